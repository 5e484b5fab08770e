/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core: the process that keeps the books. One loop (epoll) drains the collectors' sockets, feeds the books, hands a batch to the commit thread
 * every commit interval, offers what was committed to deliver, and answers the control socket. epoll because the set is small and
 * changes seldom; a library would add memory and nothing else.
 */
#ifndef WATTLEDGER_RUN_CORE_H
#define WATTLEDGER_RUN_CORE_H

#include "base/err.h"

struct core_options {
	int plan_fd;    /* the plan, read to its end and closed */
	int control_fd; /* the supervisor's socket; its end is ours too */
};

/* Runs until SIGTERM or the supervisor is gone; commits before it returns. Returns the exit code of the process. */
int core_run(const struct core_options *options) MUST_CHECK;

#endif
