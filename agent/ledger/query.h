/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query: what reports, exports and status read. Every figure equals the sum of the interval rows (all revisions) whose slot STARTS in the
 * span [start_s, end_s), UTC seconds; roll-ups only make it quick. Works on a writing and on a read-only ledger.
 */
#ifndef WATTLEDGER_LEDGER_QUERY_H
#define WATTLEDGER_LEDGER_QUERY_H

#include "base/err.h"
#include "ledger/record.h"

#include <stdbool.h>
#include <stdint.h>

struct interval;
struct ledger;

/* One sum over everything the filter names. */
enum err ledger_query_sum(struct ledger *ledger, const struct ledger_filter *filter, struct ledger_sum *out,
			  struct err_info *info) MUST_CHECK;

/*
 * Totals by meter and register row: from_s, to_s is the part of the span in which `row` was in force. Rows without any closed slot are
 * given too (zeros: slot_ms tells). Order as ledger_query_register(). Sums by device, site, all are the caller's additions.
 */
typedef enum err ledger_total_fn(void *context, const struct ledger_register_row *row, int64_t from_s, int64_t to_s,
				 const struct ledger_sum *sum, struct err_info *info);
enum err ledger_query_totals(struct ledger *ledger, const struct ledger_filter *filter, ledger_total_fn *each, void *context,
			     struct err_info *info) MUST_CHECK;

/*
 * Series: one sum over everything the filter names for each UTC hour, or each site-local day, that holds rows, in order of time. Buckets at
 * the ends hold the slots inside the span only.
 */
enum ledger_step { LEDGER_STEP_HOUR = 0, LEDGER_STEP_DAY };
typedef enum err ledger_series_fn(void *context, int64_t start_s, int64_t end_s, const struct ledger_sum *sum, struct err_info *info);
enum err ledger_query_series(struct ledger *ledger, const struct ledger_filter *filter, enum ledger_step step, ledger_series_fn *each,
			     void *context, struct err_info *info) MUST_CHECK;

/*
 * Time without coverage, from the meter's first to its last closed slot in the span, by meter that has any row in the span. Slots that were
 * never closed count whole; uncovered time of neighbouring slots is one gap.
 */
struct ledger_gaps {
	uint32_t gap_count;
	int64_t longest_ms;
	int64_t total_ms;
};
typedef enum err ledger_gaps_fn(void *context, uint32_t meter_id, const struct ledger_gaps *gaps, struct err_info *info);
enum err ledger_query_gaps(struct ledger *ledger, const struct ledger_filter *filter, ledger_gaps_fn *each, void *context,
			   struct err_info *info) MUST_CHECK;

/* One meter's, while its rows are walked: zero at first; rows in order of their slots, all revisions of a slot together. Pure. */
struct ledger_gap_walk {
	struct ledger_gaps gaps;
	bool is_seen;
	int64_t slot_start_s; /* of the slot whose revisions are being added up */
	int64_t slot_s;
	int64_t covered_ms;
	int64_t end_s;   /* of the slot before it; 0 none */
	int64_t open_ms; /* of the gap that goes on */
};

/* Takes a row: slot_start_s, slot_s and covered_ms of it. One of an earlier slot than the row before is passed over. */
void ledger_gap_walk_take(struct ledger_gap_walk *walk, const struct interval *interval);
/* After the last row: walk->gaps is whole. Nothing where there was none. */
void ledger_gap_walk_end(struct ledger_gap_walk *walk);

#endif
