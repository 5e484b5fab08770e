/* SPDX-License-Identifier: Apache-2.0 */
/* supervise_priv: what the supervisor knows of itself and its children. For agent/run/supervise*.c only. */
#ifndef WATTLEDGER_RUN_SUPERVISE_PRIV_H
#define WATTLEDGER_RUN_SUPERVISE_PRIV_H

#include "run/plans.h"
#include "run/supervise.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: not running */
	int64_t started_ns;
	int64_t restart_at_ns; /* when it is due to start; INT64_MAX: it is not */
	int64_t kill_at_ns;    /* SIGKILL when it has not ended by then; INT64_MAX: it was not asked to end */
	unsigned failure_count;
	bool is_absent; /* it could not be started, which was said */
};

struct supervisor {
	const struct plans_source *source;
	struct plans plans;      /* in force */
	struct plans next_plans; /* loaded, waits for the changed children to end */
	bool has_next;
	pid_t loader_pid;      /* 0: no loader runs */
	bool is_reload_wanted; /* another SIGHUP came while one was being worked on */
	struct child child[PLAN_KIND_COUNT];
	int core_fd; /* our end of core's control socket, -1 none */
	int signal_fd;
	bool is_core_ready;
	bool is_stopping;
	int exit_code;
};

/*
 * Starts the program of `kind` on the plan in force; its pid is in child[kind]. Core's control socket, core_fd, is made with core; the others'
 * sockets go to core through it. Errors: ERR_UNAVAILABLE when the program is not installed, ERR_IO; nothing runs then.
 */
enum err supervise_start(struct supervisor *supervisor, enum plan_kind kind, struct err_info *info) MUST_CHECK;

#endif
