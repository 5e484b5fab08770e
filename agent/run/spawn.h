/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn: starts the programs beside ours, each with exactly the descriptors and the capability it needs.
 */
#ifndef WATTLEDGER_RUN_SPAWN_H
#define WATTLEDGER_RUN_SPAWN_H

#include "base/err.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SPAWN_FDS_MAX = 12, SPAWN_ARGS_MAX = 24, SPAWN_NO_CAPABILITY = -1 };

/* The first descriptor number that a child finds its own at: fd[0] becomes 3, fd[1] becomes 4, and so on. */
enum { SPAWN_FIRST_FD = 3 };

struct spawn_request {
	const char *program;                  /* name of a program in our folder, or with a slash: a path */
	const char *argument[SPAWN_ARGS_MAX]; /* behind the name; ends with NULL */
	int fd[SPAWN_FDS_MAX];                /* handed over as 3, 4, ...; all others are closed */
	size_t fd_count;
	int capability;          /* the one it keeps (linux/capability.h), SPAWN_NO_CAPABILITY none */
	int death_signal;        /* sent to it when we die; 0 none */
	int stdout_fd;           /* becomes its standard output; -1: ours */
	int stderr_fd;           /* becomes its standard error; -1: ours */
	bool keeps_capabilities; /* no dropping at all: for programs that start others */
};

/* A request with no descriptors and nothing kept. */
void spawn_request_init(struct spawn_request *request, const char *program);

/*
 * Where the sibling program NAME lies: beside our own executable, in ../libexec/wattledger, or in ../sbin. Errors: ERR_IO with the places named.
 */
enum err spawn_find(const char *name, char *out, size_t out_bytes, struct err_info *info) MUST_CHECK;

/*
 * The package that brings a program (packaging/split): each collector but rapl, the page and series have one of their own, named like the program, which
 * is then returned itself; "wattledger" for all others.
 */
const char *spawn_package_of(const char *program) MUST_CHECK;

/* Starts it; *pid is the child's. Errors: ERR_IO. The descriptors stay open on our side. */
enum err spawn_start(const struct spawn_request *request, pid_t *pid, struct err_info *info) MUST_CHECK;

/* Takes everything from our own capability sets but what the children need, where the kernel lets us. Never fails: less is kept. */
void spawn_limit_own_capabilities(void);

/* The capability a process of this kind needs: rapl reads 0400 files, traffic opens packet sockets; SPAWN_NO_CAPABILITY for the rest. */
int spawn_capability_of(enum plan_kind kind) MUST_CHECK;

/* Waits for it and returns its exit code, 128 + signal when a signal ended it. */
int spawn_wait(pid_t pid);

#endif
