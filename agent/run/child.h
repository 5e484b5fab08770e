/* SPDX-License-Identifier: Apache-2.0 */
/* child: what the mains of the supervisor's children have in common. */
#ifndef WATTLEDGER_RUN_CHILD_H
#define WATTLEDGER_RUN_CHILD_H

#include "base/err.h"

/* The descriptor behind the option `name` (--plan-fd N); -1 when it is not there. */
int child_find_fd(int argc, char **argv, const char *name) MUST_CHECK;

/*
 * SIGTERM and SIGINT become readable on *signal_fd (yours); a peer that closes its socket does not end the process. Errors: ERR_IO.
 */
enum err child_open_signals(int *signal_fd, struct err_info *info) MUST_CHECK;

#endif
