/* SPDX-License-Identifier: Apache-2.0 */
/* totals_priv: the parts of one site, of which all rows of totals are sums. For agent/report/totals*.c and verify_again.c only. */
#ifndef WATTLEDGER_REPORT_TOTALS_PRIV_H
#define WATTLEDGER_REPORT_TOTALS_PRIV_H

#include "report/totals.h"

enum { REPORT_ROWS_MAX = 100000000 };

struct report_parts {
	struct report_total *row;
	size_t count;
	size_t capacity;
	const struct report_register *reg;
	const struct report_site *site;
	int64_t year_start_s;  /* of the calendar year that is asked for */
	int64_t piece_start_s; /* of what of it is: corrections cut it */
	size_t late_count;
	int64_t late_millij;
};

/*
 * Corrects the energy of the parts, and keeps what it was: each row of a meter whose ratio was corrected is read. Errors: the ledger's,
 * ERR_MEMORY.
 */
enum err report_parts_correct(struct report_parts *parts, struct ledger *ledger, struct err_info *info) MUST_CHECK;

/* After its factor was chosen: the emissions of a part without corrections. */
void report_parts_uncorrect(struct report_total *part);

/* The part that a slot is in; SIZE_MAX: none (another quantity). */
size_t report_parts_find(const struct report_parts *parts, uint32_t meter_id, int64_t slot_start_s) MUST_CHECK;

/* Adds a row of intervals to a part, or takes it off (sign -1). */
void report_parts_add(struct report_total *part, const struct interval *interval, int sign);

/* Energy, emissions and all else of each part of parts->site, by device, meter, start. Errors: the ledger's, ERR_MEMORY, ERR_LIMIT. */
enum err report_parts_make(struct report_parts *parts, struct ledger *ledger, struct report_totals *totals,
			   struct err_info *info) MUST_CHECK;

/* After the parts have their spans: what counters of litres have of generating sets. Errors: the ledger's. */
enum err report_parts_add_flows(struct report_parts *parts, struct ledger *ledger, struct err_info *info) MUST_CHECK;

/* Takes a late interval row of a counter of litres off; nothing when it is of another meter. */
void report_parts_take_off_flow(struct report_parts *parts, uint32_t meter_id, const struct interval *interval);

/* Of parts whose energy and flows are there: what they burnt. ERR_MEMORY. */
enum err report_parts_add_fuel(struct report_parts *parts, const struct report_entered *entered, struct err_info *info) MUST_CHECK;

/* Of parts whose energy is there: factors, emissions, fuel, instruments. `entered` are the site's. ERR_MEMORY, ERR_LIMIT. */
enum err report_parts_compute(struct report_parts *parts, const struct report_entered *entered, struct report_totals *totals,
			      struct err_info *info) MUST_CHECK;

/* Fills the parts of parts->site, in the order of totals.csv. */
typedef enum err report_parts_fn(void *context, struct report_parts *parts, struct err_info *info);

/*
 * Adds the rows of all sites of totals->reg down to `level`, with what they come to first. Errors: make()'s, ERR_MEMORY, ERR_LIMIT.
 */
enum err report_totals_add(struct report_totals *totals, enum report_level level, report_parts_fn *make, void *context,
			   struct err_info *info) MUST_CHECK;

/* After all rows are there: masses and embodied emissions of what was entered. ERR_MEMORY. */
enum err report_totals_add_assets(struct report_totals *totals, struct err_info *info) MUST_CHECK;

/* What the parts of a site make: `count` of them, sorted by device. Sets part[].term. The site's own row is `site`; now_s: UTC seconds. */
void report_parts_indicate(struct report_indicators *out, struct report_total *part, size_t count, const struct report_total *site,
			   int64_t now_s);

#endif
