/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err: how every module reports a failure.
 *
 * A function that can fail returns `enum err` and takes a `struct err_info *` as its last argument. On failure it fills the
 * text (what, where, what to do) and returns the code; out-parameters are left untouched. Nothing is logged below the top.
 */
#ifndef WATTLEDGER_BASE_ERR_H
#define WATTLEDGER_BASE_ERR_H

#include <stddef.h>

/* Marks a result that the caller has to look at. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* What kind of failure it is; err_exit_code() maps each to a process exit code. */
enum err {
	ERR_NONE = 0,
	ERR_USAGE,       /* the command line is wrong */
	ERR_DATA,        /* input data is malformed, or a verification failed */
	ERR_UNAVAILABLE, /* a device, a store or a service does not answer */
	ERR_IO,          /* the operating system refused a read or a write */
	ERR_PERMISSION,  /* a right is missing */
	ERR_CONFIG,      /* the configuration is wrong */
	ERR_MEMORY,      /* out of memory */
	ERR_LIMIT,       /* a bound of ours would be passed */
	ERR_BUSY,        /* somebody else holds it (a lock, a bus) */
};

enum { ERR_TEXT_BYTES = 1024 };

/* The code and the sentence of a failure; zero-initialise it. */
struct err_info {
	enum err code;
	char text[ERR_TEXT_BYTES];
};

/*
 * Sets code and text (printf format, cut at ERR_TEXT_BYTES - 1) and returns `code`. `info` may be NULL: only the code is
 * returned then.
 */
enum err err_set(struct err_info *info, enum err code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set with ": strerror(errno_value)" after the text; EACCES and EPERM turn ERR_IO into ERR_PERMISSION. */
enum err err_set_errno(struct err_info *info, enum err code, int errno_value, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Puts "context: " before the text that is there; returns info->code. `info` may be NULL: what kind of failure it was is not known then,
 * and ERR_UNAVAILABLE is returned, so that a failure stays one.
 */
enum err err_prefix(struct err_info *info, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The process exit code of sysexits(3): 0, 64 usage, 65 data, 69 unavailable, 74 I/O, 77 permission, 78 config. */
int err_exit_code(enum err code) MUST_CHECK;

#endif
