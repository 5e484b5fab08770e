/* SPDX-License-Identifier: Apache-2.0 */
/* trial_lines: the points that an agent with a new ledger would send for two reads (`test --format lp`). */
#ifndef WATTLEDGER_CLI_TRIAL_LINES_H
#define WATTLEDGER_CLI_TRIAL_LINES_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "cli/gather.h"
#include "wire/plan.h"

/*
 * Adds up to two `energy` points for each meter of a device: the first and the second reading. energy_j begins at 0 with the first reading
 * of a counter, and is left out where there is none. `clock` says what a sample's boot time is in UTC. ERR_MEMORY.
 */
enum err trial_lines_add_device(struct buf *out, const struct plan_core *plan, const char *device_id, const struct gather_device *device,
				const struct clock_reading *clock, struct err_info *info) MUST_CHECK;

#endif
