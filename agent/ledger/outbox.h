/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox: what waits for delivery, and what a store refused. Rows come and go by commits (batch.h); here they are read, kept within bounds,
 * and tended by hand. Lanes: a row is live while it is younger than `live_since_utc_ms`, backlog afterwards; nothing is written to move it.
 */
#ifndef WATTLEDGER_LEDGER_OUTBOX_H
#define WATTLEDGER_LEDGER_OUTBOX_H

#include "base/buf.h"
#include "base/err.h"
#include "ledger/batch.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

enum { LEDGER_OUTPUT_NAME_BYTES = 64 };
enum ledger_outbox_lane { LEDGER_LANE_LIVE = 0, LEDGER_LANE_BACKLOG };

struct ledger_outbox_item {
	uint64_t id;
	enum ledger_outbox_kind kind;
	int64_t created_utc_ms;
	uint32_t point_count;
	uint32_t payload_bytes; /* of the lines, inflated */
	bool is_live;
};

/* Where to go on in one output's lane. The caller keeps one a lane, after_id 0 at first: rows in flight lie behind it. */
struct ledger_outbox_cursor {
	const char *output;
	enum ledger_outbox_lane lane;
	int64_t live_since_utc_ms; /* rows created at or after it are live */
	uint64_t after_id;
};

/*
 * The oldest row of the lane with an id > cursor->after_id; appends its lines to `payload` and advances the cursor. *is_found false
 * (payload, item and cursor untouched) when there is none. Errors: ERR_IO, ERR_DATA (a payload that does not inflate), ERR_LIMIT (payload's
 * bound).
 */
enum err ledger_outbox_next(struct ledger *ledger, struct ledger_outbox_cursor *cursor, struct ledger_outbox_item *item,
			    struct buf *payload, bool *is_found, struct err_info *info) MUST_CHECK;

/* The lines of one row appended to `payload` (to send it again, or to pick refused lines). *is_found false when it is gone. */
enum err ledger_outbox_read(struct ledger *ledger, uint64_t id, struct buf *payload, bool *is_found, struct err_info *info) MUST_CHECK;

/* Figures of one output, or of all (output NULL). */
struct ledger_outbox_figures {
	uint64_t row_count;
	uint64_t point_count;
	uint64_t stored_bytes; /* deflated payloads */
	int64_t oldest_utc_ms; /* created; 0 none */
	uint64_t parked_count;
	uint64_t parked_points;
};
enum err ledger_outbox_measure(struct ledger *ledger, const char *output, struct ledger_outbox_figures *out,
			       struct err_info *info) MUST_CHECK;

/*
 * Keeps the outbox within bounds; once a minute is enough. Sample rows older than max_age_s are dropped. Over max_bytes sample rows are
 * thinned, oldest first and no further than needed: to one a quarter of an hour, then to one an hour, then they are dropped. Slot rows
 * never are. max_parked_bytes bounds the refused ones (oldest go). 0: no bound. One transaction; what was lost is also an event
 * ("outbox_thinned", "outbox_dropped") in the ledger.
 */
struct ledger_outbox_bounds {
	uint64_t max_bytes; /* stored, of all outputs together */
	int64_t max_age_s;
	uint64_t max_parked_bytes;
	int64_t now_utc_ms;
};
struct ledger_outbox_loss {
	uint64_t thinned_rows;
	uint64_t dropped_rows;
	uint64_t lost_points;
	uint64_t parked_rows;
};
enum err ledger_outbox_bound(struct ledger *ledger, const struct ledger_outbox_bounds *bounds, struct ledger_outbox_loss *loss,
			     struct err_info *info) MUST_CHECK;

/* A refused batch of lines ("dead letter"). Texts are borrowed for the callback. */
struct ledger_parked {
	uint64_t id;
	uint64_t outbox_id;
	const char *output;
	int64_t created_utc_ms;
	int64_t parked_utc_ms;
	uint32_t http_status;
	const char *reason;
	uint32_t point_count;
	uint32_t payload_bytes;
};
typedef enum err ledger_parked_fn(void *context, const struct ledger_parked *parked, struct err_info *info);
/* By id. output NULL: of all. */
enum err ledger_parked_list(struct ledger *ledger, const char *output, ledger_parked_fn *each, void *context,
			    struct err_info *info) MUST_CHECK;
/* The lines of one appended to `payload`. ERR_DATA when there is no such id. */
enum err ledger_parked_read(struct ledger *ledger, uint64_t id, struct buf *payload, struct err_info *info) MUST_CHECK;
/*
 * Puts refused lines back into the outbox (as slot rows: never thinned), or drops them; id 0: all. *count: rows moved. One transaction
 * each.
 */
enum err ledger_parked_retry(struct ledger *ledger, uint64_t id, uint64_t next_outbox_id, uint64_t *count,
			     struct err_info *info) MUST_CHECK;
enum err ledger_parked_drop(struct ledger *ledger, uint64_t id, uint64_t *count, struct err_info *info) MUST_CHECK;

#endif
