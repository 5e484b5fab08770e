/* SPDX-License-Identifier: Apache-2.0 */
/* demo_past: what the demo's devices metered before it was started: a simulated trace, through the agent's own accounting (run/replay.h). */
#ifndef WATTLEDGER_CLI_DEMO_PAST_H
#define WATTLEDGER_CLI_DEMO_PAST_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct demo_past {
	const char *folder;      /* of the demo: the trace and ledger.db are written there */
	const char *config_path; /* its devices are those of wattledger-sim-past */
	const char *drivers_dir; /* NULL: none */
	int64_t since_s;         /* UTC: when the simulators' time began, before from_s */
	int64_t from_s;          /* UTC; reads are five minutes apart from there to now */
	bool has_meter;          /* the configuration has the Modbus meter */
	bool has_points;         /* the configuration's outputs are to get it: it waits in the ledger's outbox */
};

/*
 * When the past begins (from_s): with the first day of `period` (model/period.h) in UTC; and its simulators (since_s). Errors: ERR_USAGE for what is
 * no period, or one that begins after now or more than DEMO_PAST_DAYS_MAX days before.
 */
enum { DEMO_PAST_DAYS_MAX = 400 };
enum err demo_past_from(struct demo_past *past, const char *period, struct err_info *info) MUST_CHECK;

/* Refuses (ERR_USAGE) a folder that has a ledger: a past is not written over what is there. */
enum err demo_past_check(const char *folder, struct err_info *info) MUST_CHECK;

/* Makes it; says on standard error what it did. Errors: ERR_UNAVAILABLE (the simulator), ERR_CONFIG, those of replay_run(). */
enum err demo_past_make(const struct demo_past *past, struct err_info *info) MUST_CHECK;

#endif
