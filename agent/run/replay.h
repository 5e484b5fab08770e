/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: a trace of readings through the same books and the same ledger as the agent's, on the trace's clocks. Days take seconds.
 *
 * A trace is CSV with the header boot_id,boot_s,utc,device,meter,quantity,value. Rows of one boot stand together and boot_s never falls in it;
 * rows with the same boot_id, boot_s and device are one read. quantities: power_w (W), energy_j and energy_out_j (counters in J, up to three decimals),
 * raw_counter (steps of the driver's counter), uptime_s, serial (text), bytes and tx_bytes (counters of octets received and sent). utc: RFC 3339, empty while the wall
 * clock is not synchronised. meter: empty for uptime_s and serial.
 */
#ifndef WATTLEDGER_RUN_REPLAY_H
#define WATTLEDGER_RUN_REPLAY_H

#include "base/err.h"
#include "base/progress.h"
#include "settings/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct replay_source {
	const struct settings *settings; /* devices of the trace by id; its core.ledger_path is written */
	const char *name;                /* of the trace, for messages */
	const void *data;
	size_t bytes;
	int64_t commit_s;                /* trace time between two commits at least; 0: a minute */
	bool has_points;                 /* the plan's outputs are to get their points: they are left in the outbox */
	const struct progress *progress; /* told of the rows; NULL: nobody */
};

struct replay_report {
	uint64_t row_count;
	uint64_t read_count;
	uint64_t boot_count;
	uint64_t commit_count;
	int64_t first_utc_ms; /* placed instants of the trace; 0 when the clock was never trusted */
	int64_t last_utc_ms;
};

/*
 * Runs the whole trace and closes what is open at its end. Errors: ERR_DATA "NAME:LINE:COL: what" (what was read before is committed); the
 * ledger's; ERR_MEMORY.
 */
enum err replay_run(const struct replay_source *source, struct replay_report *report, struct err_info *info) MUST_CHECK;

#endif
