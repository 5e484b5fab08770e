/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query: sums by way of the roll-ups. A roll-up row counts whole when it lies inside the span and inside one segment of its meter; the
 * others ("ragged": at the ends of the span, and where the register changed) are replaced by those of their intervals that belong.
 */
#include "ledger/query.h"

#include "base/mem.h"
#include "ledger/ledger_priv.h"
#include "ledger/read_priv.h"
#include "ledger/select_priv.h"
#include "model/units.h"

#include <stdlib.h>

enum { QUERY_RAGGED_MAX = 1 << 26, QUERY_COLUMN_SUMS = 3 };

struct bucket {
	int64_t start_s;
	int64_t end_s;
};

/* Where a walk's rows go: the part of a bucket that belongs to a segment; and the end of each bucket that had rows. */
typedef void add_fn(void *context, struct select_segment *segment, const struct ledger_sum *sum);
typedef enum err end_fn(void *context, const struct bucket *bucket, struct err_info *info);

struct walk {
	struct ledger *ledger;
	struct select *select;
	enum ledger_step step;
	add_fn *add;
	end_fn *end; /* NULL: nobody asks */
	void *context;
	struct bucket bucket;
	uint32_t *ragged; /* meters of this bucket, ascending */
	size_t ragged_count;
	size_t ragged_capacity;
};

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static enum err add_ragged(struct walk *walk, uint32_t meter_id, struct err_info *info)
{
	void *array = walk->ragged;
	enum err err = mem_grow(&array, &walk->ragged_capacity, walk->ragged_count, QUERY_RAGGED_MAX, sizeof(*walk->ragged));

	walk->ragged = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no memory for %zu meters", walk->ragged_count);
	walk->ragged[walk->ragged_count++] = meter_id;
	return ERR_NONE;
}

static enum err take_rollup(struct walk *walk, sqlite3_stmt *statement, struct err_info *info)
{
	const struct ledger_filter *filter = walk->select->filter;
	uint32_t meter_id = (uint32_t)sqlite3_column_int64(statement, 1);
	int64_t end_s = sqlite3_column_int64(statement, 2);
	size_t at = select_find_any(walk->select, meter_id, walk->bucket.start_s);
	struct ledger_sum sum;

	walk->bucket.end_s = larger(walk->bucket.end_s, end_s);
	if (at == SELECT_NONE)
		return ERR_NONE;
	if (walk->bucket.start_s < filter->start_s || end_s > filter->end_s || select_find_any(walk->select, meter_id, end_s - 1) != at)
		return add_ragged(walk, meter_id, info);
	if (!walk->select->segment[at].is_wanted)
		return ERR_NONE;
	read_rollup(statement, QUERY_COLUMN_SUMS, &sum);
	walk->add(walk->context, &walk->select->segment[at], &sum);
	return ERR_NONE;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* An interval of a ragged row, when it was added to this bucket's roll-up and not to that of an overlapping day. */
static void take_interval(struct walk *walk, sqlite3_stmt *statement)
{
	int64_t slot_s = sqlite3_column_int64(statement, 0);
	uint32_t meter_id = (uint32_t)sqlite3_column_int64(statement, 1);
	int64_t offset_s = walk->step == LEDGER_STEP_HOUR ? slot_s % UNITS_S_PER_HOUR : sqlite3_column_int64(statement, 4);
	struct interval interval;
	struct ledger_sum sum;
	size_t at;

	if (slot_s - offset_s != walk->bucket.start_s ||
	    bsearch(&meter_id, walk->ragged, walk->ragged_count, sizeof(meter_id), compare_ids) == NULL)
		return;
	at = select_find(walk->select, meter_id, slot_s);
	if (at == SELECT_NONE)
		return;
	read_interval(statement, &interval);
	sum = read_interval_as_sum(&interval);
	walk->add(walk->context, &walk->select->segment[at], &sum);
}

static enum err take_ragged(struct walk *walk, struct err_info *info)
{
	const struct ledger_filter *filter = walk->select->filter;
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err;

	if (walk->ragged_count == 0)
		return ERR_NONE;
	err = select_bind_intervals(walk->ledger, larger(filter->start_s, walk->bucket.start_s), smaller(filter->end_s, walk->bucket.end_s),
				    &statement, info);
	while (err == ERR_NONE) {
		err = ledger_step(walk->ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			break;
		take_interval(walk, statement);
	}
	walk->ragged_count = 0;
	return err;
}

static enum err end_bucket(struct walk *walk, struct err_info *info)
{
	enum err err;

	if (walk->bucket.start_s == walk->bucket.end_s)
		return ERR_NONE;
	err = take_ragged(walk, info);
	if (err == ERR_NONE && walk->end != NULL)
		err = walk->end(walk->context, &walk->bucket, info);
	return err;
}

static enum err walk_rows(struct walk *walk, struct err_info *info)
{
	const struct ledger_filter *filter = walk->select->filter;
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(walk->ledger, walk->step == LEDGER_STEP_HOUR ? SQL_HOURS : SQL_DAYS, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, filter->start_s);
	sqlite3_bind_int64(statement, 2, filter->end_s);
	while (err == ERR_NONE) {
		int64_t start_s;

		err = ledger_step(walk->ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			break;
		start_s = sqlite3_column_int64(statement, 0);
		if (start_s != walk->bucket.start_s || walk->bucket.end_s == walk->bucket.start_s) {
			err = end_bucket(walk, info);
			walk->bucket = (struct bucket){.start_s = start_s, .end_s = start_s};
		}
		if (err == ERR_NONE)
			err = take_rollup(walk, statement, info);
	}
	return err == ERR_NONE ? end_bucket(walk, info) : err;
}

/* Everything of the filter to walk->add and walk->end, from one snapshot that the caller holds. */
static enum err run_walk(struct walk *walk, struct err_info *info)
{
	enum err err = walk_rows(walk, info);

	walk->ragged = mem_free(walk->ragged);
	return err;
}

static void add_to_total(void *context, struct select_segment *segment, const struct ledger_sum *sum)
{
	(void)segment;
	read_add_sum(context, sum);
}

enum err ledger_query_sum(struct ledger *ledger, const struct ledger_filter *filter, struct ledger_sum *out, struct err_info *info)
{
	struct ledger_sum total = {0};
	struct select select;
	struct walk walk = {.ledger = ledger, .select = &select, .step = LEDGER_STEP_DAY, .add = add_to_total, .context = &total};
	enum err err = ledger_begin_read(ledger, info);

	if (err != ERR_NONE)
		return err;
	err = select_init(&select, ledger, filter, info);
	if (err == ERR_NONE) {
		err = run_walk(&walk, info);
		select_deinit(&select);
	}
	if (err == ERR_NONE)
		*out = total;
	return ledger_end_read(ledger, err);
}

static void add_to_segment(void *context, struct select_segment *segment, const struct ledger_sum *sum)
{
	(void)context;
	segment->has_rows = true;
	read_add_sum(&segment->sum, sum);
}

static bool is_in_span(const struct ledger_filter *filter, const struct select_segment *segment)
{
	return segment->has_rows || (segment->from_s < filter->end_s && segment->to_s > filter->start_s);
}

/* by_order[i]: the segment of register row i. */
static enum err emit_totals(struct ledger *ledger, const struct select *select, const size_t *by_order, ledger_total_fn *each,
			    void *context, struct err_info *info);

static enum err totals(struct ledger *ledger, struct select *select, ledger_total_fn *each, void *context, struct err_info *info)
{
	struct walk walk = {.ledger = ledger, .select = select, .step = LEDGER_STEP_DAY, .add = add_to_segment};
	size_t *by_order = mem_new_array(select->count, sizeof(*by_order));
	enum err err =
	    by_order == NULL ? err_set(info, ERR_MEMORY, "no memory for %zu register rows", select->count) : run_walk(&walk, info);

	for (size_t i = 0; i < select->count && err == ERR_NONE; i++)
		by_order[select->segment[i].order] = i;
	if (err == ERR_NONE)
		err = emit_totals(ledger, select, by_order, each, context, info);
	mem_free(by_order);
	return err;
}

static enum err emit_totals(struct ledger *ledger, const struct select *select, const size_t *by_order, ledger_total_fn *each,
			    void *context, struct err_info *info)
{
	const struct ledger_filter *filter = select->filter;
	struct ledger_register_row row;
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = select_bind_register(ledger, filter, &statement, info);

	for (size_t i = 0; err == ERR_NONE; i++) {
		const struct select_segment *segment;

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row || i >= select->count)
			return err;
		segment = &select->segment[by_order[i]];
		if (!segment->is_wanted || !is_in_span(filter, segment))
			continue;
		read_register(statement, &row);
		err = each(context, &row, smaller(larger(segment->from_s, filter->start_s), filter->end_s),
			   smaller(segment->to_s, filter->end_s), &segment->sum, info);
	}
	return err;
}

enum err ledger_query_totals(struct ledger *ledger, const struct ledger_filter *filter, ledger_total_fn *each, void *context,
			     struct err_info *info)
{
	struct select select;
	enum err err = ledger_begin_read(ledger, info);

	if (err != ERR_NONE)
		return err;
	err = select_init(&select, ledger, filter, info);
	if (err == ERR_NONE) {
		err = totals(ledger, &select, each, context, info);
		select_deinit(&select);
	}
	return ledger_end_read(ledger, err);
}

struct series {
	struct ledger_sum sum;
	bool has_rows;
	ledger_series_fn *each;
	void *context;
};

static void add_to_series(void *context, struct select_segment *segment, const struct ledger_sum *sum)
{
	struct series *series = context;

	(void)segment;
	series->has_rows = true;
	read_add_sum(&series->sum, sum);
}

static enum err end_of_series(void *context, const struct bucket *bucket, struct err_info *info)
{
	struct series *series = context;
	enum err err = ERR_NONE;

	if (series->has_rows)
		err = series->each(series->context, bucket->start_s, bucket->end_s, &series->sum, info);
	series->sum = (struct ledger_sum){0};
	series->has_rows = false;
	return err;
}

enum err ledger_query_series(struct ledger *ledger, const struct ledger_filter *filter, enum ledger_step step, ledger_series_fn *each,
			     void *context, struct err_info *info)
{
	struct series series = {.each = each, .context = context};
	struct select select;
	struct walk walk = {
	    .ledger = ledger, .select = &select, .step = step, .add = add_to_series, .end = end_of_series, .context = &series};
	enum err err = ledger_begin_read(ledger, info);

	if (err != ERR_NONE)
		return err;
	err = select_init(&select, ledger, filter, info);
	if (err == ERR_NONE) {
		err = run_walk(&walk, info);
		select_deinit(&select);
	}
	return ledger_end_read(ledger, err);
}
