/* SPDX-License-Identifier: Apache-2.0 */
/*
 * select: which meter, and which register row of it, a row of the time series belongs to. A segment is a stretch in which the register rows
 * of a meter, its device and its site do not change. A row belongs to the segment in force at its start; before the first one to the first,
 * between two to the earlier: nothing that is booked is ever left out of a sum.
 */
#ifndef WATTLEDGER_LEDGER_SELECT_PRIV_H
#define WATTLEDGER_LEDGER_SELECT_PRIV_H

#include "base/err.h"
#include "ledger/record.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

#define SELECT_NONE SIZE_MAX

struct select_segment {
	uint32_t meter_id;
	uint32_t order; /* of its register row, in the order of SQL_REGISTER */
	int64_t from_s;
	int64_t to_s;   /* INT64_MAX: in force */
	bool is_wanted; /* by quantity and in_total */
	bool has_rows;
	struct ledger_sum sum;
};

struct select {
	const struct ledger_filter *filter;
	struct select_segment *segment; /* by meter, from_s */
	size_t count;
	size_t capacity;
	size_t *first;    /* of meter i: segment first[i] to first[i + 1] - 1 */
	size_t meter_end; /* largest meter id + 1 */
};

/* All segments of what the filter names, whatever its span. Errors: ERR_MEMORY and those of reading; nothing to deinit then. */
enum err select_init(struct select *select, struct ledger *ledger, const struct ledger_filter *filter, struct err_info *info) MUST_CHECK;
void select_deinit(struct select *select);

/* The segment that a row of a meter at `start_s` belongs to; SELECT_NONE when it is not asked for. */
size_t select_find(const struct select *select, uint32_t meter_id, int64_t start_s) MUST_CHECK;
/* The same without regard to quantity and in_total. */
size_t select_find_any(const struct select *select, uint32_t meter_id, int64_t start_s) MUST_CHECK;

/* SQL_REGISTER and SQL_INTERVALS, bound; read_register() and read_interval() take their rows. */
enum err select_bind_register(struct ledger *ledger, const struct ledger_filter *filter, sqlite3_stmt **out,
			      struct err_info *info) MUST_CHECK;
enum err select_bind_intervals(struct ledger *ledger, int64_t start_s, int64_t end_s, sqlite3_stmt **out, struct err_info *info) MUST_CHECK;

#endif
