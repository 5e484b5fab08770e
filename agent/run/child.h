/* SPDX-License-Identifier: Apache-2.0 */
/* child: what the mains of the supervisor's children have in common. */
#ifndef WATTLEDGER_RUN_CHILD_H
#define WATTLEDGER_RUN_CHILD_H

#include "base/buf.h"
#include "base/err.h"

/* The descriptor behind the option `name` (--plan-fd N); -1 when it is not there. */
int child_find_fd(int argc, char **argv, const char *name) MUST_CHECK;

/* All that guard.h takes away from a child that needs no capability. Errors: ERR_IO, ERR_PERMISSION, ERR_UNAVAILABLE. */
enum err child_guard(struct err_info *info) MUST_CHECK;

/*
 * SIGTERM and SIGINT become readable on *signal_fd (yours); a peer that closes its socket does not end the process. Errors: ERR_IO.
 */
enum err child_open_signals(int *signal_fd, struct err_info *info) MUST_CHECK;

/*
 * The bytes of the plan behind `plan_fd`, which is closed, into `out`. They may hold secrets: wipe them with child_wipe() once they are decoded.
 * Errors: file_read_fd()'s.
 */
enum err child_read_plan(int plan_fd, struct buf *out, struct err_info *info) MUST_CHECK;
void child_wipe(struct buf *plan);

/* This process's own CPU time and memory into the fields of a STATS record; the rest stays. */
struct wire_stats;
void child_measure(struct wire_stats *stats);

#endif
