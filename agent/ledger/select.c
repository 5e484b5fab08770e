/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/select_priv.h"

#include "base/mem.h"
#include "ledger/ledger_priv.h"
#include "ledger/read_priv.h"
#include "model/units.h"

#include <stdlib.h>

enum { SELECT_SEGMENTS_MAX = 1 << 26 };

/* Milliseconds to the second that begins at or after them: a slot that starts with a change belongs to the new row. */
static int64_t to_seconds(int64_t ms)
{
	return ms == INT64_MAX ? INT64_MAX : (ms + UNITS_MS_PER_S - 1) / UNITS_MS_PER_S;
}

static bool is_wanted(const struct ledger_filter *filter, const struct ledger_register_row *row)
{
	enum quantity quantity = filter->quantity == QUANTITY_NONE ? QUANTITY_ENERGY : filter->quantity;

	return (filter->is_any_quantity || row->quantity == quantity) && (row->is_in_total || !filter->is_in_total_only);
}

static enum err add_segment(struct select *select, const struct ledger_register_row *row, struct err_info *info)
{
	void *array = select->segment;
	enum err err = mem_grow(&array, &select->capacity, select->count, SELECT_SEGMENTS_MAX, sizeof(*select->segment));

	select->segment = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no memory for the register of %zu rows", select->count);
	select->segment[select->count] = (struct select_segment){.meter_id = row->meter_id,
								 .order = (uint32_t)select->count,
								 .from_s = to_seconds(row->valid_from_ms),
								 .to_s = to_seconds(row->valid_to_ms),
								 .is_wanted = is_wanted(select->filter, row)};
	select->count++;
	if (select->meter_end <= row->meter_id)
		select->meter_end = (size_t)row->meter_id + 1;
	return ERR_NONE;
}

enum err select_bind_register(struct ledger *ledger, const struct ledger_filter *filter, sqlite3_stmt **out, struct err_info *info)
{
	enum err err = ledger_statement(ledger, SQL_REGISTER, out, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(*out, 1, filter->site_id);
	sqlite3_bind_int64(*out, 2, filter->device_id);
	sqlite3_bind_int64(*out, 3, filter->meter_id);
	return ERR_NONE;
}

static enum err load(struct select *select, struct ledger *ledger, struct err_info *info)
{
	struct ledger_register_row row;
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = select_bind_register(ledger, select->filter, &statement, info);

	while (err == ERR_NONE) {
		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_register(statement, &row);
		err = add_segment(select, &row, info);
	}
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct select_segment *x = a;
	const struct select_segment *y = b;

	if (x->meter_id != y->meter_id)
		return x->meter_id < y->meter_id ? -1 : 1;
	return (x->from_s > y->from_s) - (x->from_s < y->from_s);
}

static enum err index_meters(struct select *select, struct err_info *info)
{
	size_t at = 0;

	if (select->count > 0)
		qsort(select->segment, select->count, sizeof(*select->segment), compare);
	select->first = mem_new_array(select->meter_end + 1, sizeof(*select->first));
	if (select->first == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu meters", select->meter_end);
	for (size_t meter = 0; meter <= select->meter_end; meter++) {
		while (at < select->count && select->segment[at].meter_id < meter)
			at++;
		select->first[meter] = at;
	}
	return ERR_NONE;
}

enum err select_init(struct select *select, struct ledger *ledger, const struct ledger_filter *filter, struct err_info *info)
{
	enum err err;

	*select = (struct select){.filter = filter};
	err = load(select, ledger, info);
	if (err == ERR_NONE)
		err = index_meters(select, info);
	if (err != ERR_NONE)
		select_deinit(select);
	return err;
}

void select_deinit(struct select *select)
{
	mem_free(select->segment);
	mem_free(select->first);
	*select = (struct select){0};
}

size_t select_find_any(const struct select *select, uint32_t meter_id, int64_t start_s)
{
	size_t at;

	if (meter_id >= select->meter_end || select->first[meter_id] == select->first[meter_id + 1])
		return SELECT_NONE;
	/* Nearly always the last one. */
	for (at = select->first[meter_id + 1] - 1; at > select->first[meter_id]; at--)
		if (select->segment[at].from_s <= start_s)
			break;
	return at;
}

size_t select_find(const struct select *select, uint32_t meter_id, int64_t start_s)
{
	size_t at = select_find_any(select, meter_id, start_s);

	return at != SELECT_NONE && select->segment[at].is_wanted ? at : SELECT_NONE;
}

enum err select_bind_intervals(struct ledger *ledger, int64_t start_s, int64_t end_s, sqlite3_stmt **out, struct err_info *info)
{
	enum err err = ledger_statement(ledger, SQL_INTERVALS, out, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(*out, 1, start_s);
	sqlite3_bind_int64(*out, 2, end_s);
	return ERR_NONE;
}
