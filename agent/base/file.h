/* SPDX-License-Identifier: Apache-2.0 */
/* file: whole files in and out, with bounds and without half-written results. */
#ifndef WATTLEDGER_BASE_FILE_H
#define WATTLEDGER_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Appends the file's bytes to `out` (its max_bytes bounds them). Errors: ERR_IO, ERR_PERMISSION, ERR_LIMIT, ERR_MEMORY. */
enum err file_read(const char *path, struct buf *out, struct err_info *info) MUST_CHECK;

/* The same from an open descriptor, from its present position to its end. */
enum err file_read_fd(int fd, struct buf *out, struct err_info *info) MUST_CHECK;

/* Writes to "PATH.tmp-PID", fsyncs, renames over PATH, fsyncs the folder; on failure PATH is as it was. */
enum err file_replace(const char *path, const void *data, size_t bytes, mode_t mode, struct err_info *info) MUST_CHECK;

/* All bytes to `fd`, restarted on EINTR. Errors: ERR_IO. */
enum err file_write_all(int fd, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;

/* mkdir -p with `mode` for what is made. */
enum err file_make_dirs(const char *path, mode_t mode, struct err_info *info) MUST_CHECK;

/* true when group or others may read it (for secrets); false when it is private or is not there. */
bool file_is_readable_by_others(const char *path) MUST_CHECK;

/* "dir/name" into out; ERR_LIMIT when it does not fit. */
enum err file_join(char *out, size_t out_bytes, const char *dir, const char *name, struct err_info *info) MUST_CHECK;

#endif
