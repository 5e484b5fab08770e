/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: commands to a running SNMP simulator, one a line:
 *
 *   fault WHO FAULT     WHO = all, 3, 3-7 or 5%; FAULT as in fault.h
 *   clock stop | go | set SECONDS | advance SECONDS
 *   truth               writes the truth file, as SIGUSR1 does
 *   quit
 */
#ifndef WATTLEDGER_SIM_CONTROL_H
#define WATTLEDGER_SIM_CONTROL_H

#include "fleet.h"
#include "life.h"

/* Does what `line` says at real time real_ns; the line is changed. Errors: ERR_USAGE with what is wrong. */
enum err sim_control_run(char *line, struct sim_fleet *fleet, struct sim_clockwork *clock, struct sim_life *life,
			 struct err_info *info) MUST_CHECK;

/* The clock's part, for the other simulators: `words` is what stands behind "clock" (NULL: nothing). Errors: ERR_USAGE. */
enum err sim_control_run_clock(struct sim_clockwork *clock, char *words, struct err_info *info) MUST_CHECK;

#endif
