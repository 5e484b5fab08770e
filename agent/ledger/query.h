/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query: what reports, exports and status read. Every figure equals the sum of the interval rows (all revisions) whose slot STARTS in the
 * span [start_s, end_s), UTC seconds; roll-ups only make it quick. Works on a writing and on a read-only ledger.
 */
#ifndef WATTLEDGER_LEDGER_QUERY_H
#define WATTLEDGER_LEDGER_QUERY_H

#include "base/err.h"
#include "model/interval.h"
#include "model/meter.h"
#include "model/quantity.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

/* What is asked for. Zero ids: any. A span has its bounds in UTC (period_resolve() of the site's zone). */
struct ledger_filter {
	int64_t start_s;
	int64_t end_s;
	uint32_t site_id;
	uint32_t device_id;
	uint32_t meter_id;
	enum quantity quantity; /* QUANTITY_NONE: energy */
	bool is_in_total_only;  /* only time in which a meter counted in its site's total */
};

/* Sums. */
struct ledger_sum {
	int64_t millij[COVERAGE_COUNT];
	int64_t covered_ms[COVERAGE_COUNT];
	int64_t slot_ms;      /* length of the slots that were closed: covered + not covered */
	uint32_t status_bits; /* all that occurred */
	int64_t rev_count;    /* interval rows that are revisions (0: nothing was revised) */
};

/* One sum over everything the filter names. */
enum err ledger_query_sum(struct ledger *ledger, const struct ledger_filter *filter, struct ledger_sum *out,
			  struct err_info *info) MUST_CHECK;

struct ledger_register_row;

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

#endif
