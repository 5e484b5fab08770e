/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/rows.h"

#include "ledger/ledger_priv.h"
#include "ledger/read_priv.h"
#include "ledger/select_priv.h"
#include "model/units.h"
#include "wire/plan.h"

#include <stdio.h>
#include <string.h>

/* A zero span asks for what is in force. */
static bool is_wanted(const struct ledger_filter *filter, const struct ledger_register_row *row)
{
	if (filter->quantity != QUANTITY_NONE && row->quantity != filter->quantity)
		return false;
	if (filter->is_in_total_only && !row->is_in_total)
		return false;
	if (filter->start_s == 0 && filter->end_s == 0)
		return row->valid_to_ms == INT64_MAX;
	return row->valid_from_ms < filter->end_s * UNITS_MS_PER_S && row->valid_to_ms > filter->start_s * UNITS_MS_PER_S;
}

enum err ledger_query_register(struct ledger *ledger, const struct ledger_filter *filter, ledger_register_fn *each, void *context,
			       struct err_info *info)
{
	struct ledger_register_row row;
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = select_bind_register(ledger, filter, &statement, info);

	while (err == ERR_NONE) {
		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_register(statement, &row);
		if (is_wanted(filter, &row))
			err = each(context, &row, info);
		if (err != ERR_NONE)
			sqlite3_reset(statement);
	}
	return err;
}

static enum err walk_intervals(struct ledger *ledger, const struct select *select, ledger_interval_fn *each, void *context,
			       struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = select_bind_intervals(ledger, select->filter->start_s, select->filter->end_s, &statement, info);

	while (err == ERR_NONE) {
		struct interval interval;
		uint32_t meter_id;

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		meter_id = (uint32_t)sqlite3_column_int64(statement, 1);
		if (select_find(select, meter_id, sqlite3_column_int64(statement, 0)) == SELECT_NONE)
			continue;
		read_interval(statement, &interval);
		err = each(context, meter_id, &interval, info);
	}
	return err;
}

enum err ledger_query_intervals(struct ledger *ledger, const struct ledger_filter *filter, ledger_interval_fn *each, void *context,
				struct err_info *info)
{
	struct select select;
	enum err err = ledger_begin_read(ledger, info);

	if (err != ERR_NONE)
		return err;
	err = select_init(&select, ledger, filter, info);
	if (err == ERR_NONE) {
		err = walk_intervals(ledger, &select, each, context, info);
		select_deinit(&select);
	}
	return ledger_end_read(ledger, err);
}

static enum err walk_meter(struct ledger *ledger, int64_t slot_start_s, uint32_t meter_id, ledger_interval_fn *each, void *context,
			   struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_INTERVALS_OF, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, slot_start_s);
	sqlite3_bind_int64(statement, 2, meter_id);
	while (err == ERR_NONE) {
		struct interval interval;

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_interval(statement, &interval);
		err = each(context, meter_id, &interval, info);
	}
	sqlite3_reset(statement);
	return err;
}

enum err ledger_query_slot(struct ledger *ledger, const struct ledger_slot_meters *slot, ledger_interval_fn *each, void *context,
			   struct err_info *info)
{
	enum err err = ledger_begin_read(ledger, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < slot->count; i++)
		err = walk_meter(ledger, slot->slot_start_s, slot->meter_id[i], each, context, info);
	return ledger_end_read(ledger, err);
}

static void read_event(sqlite3_stmt *statement, struct ledger_event_row *row)
{
	*row = (struct ledger_event_row){
	    .event_id = sqlite3_column_int64(statement, 0),
	    .utc_ms = sqlite3_column_int64(statement, 1),
	    .boot_ns = sqlite3_column_int64(statement, 3),
	    .level = sqlite3_column_int(statement, 4),
	    .code = ledger_column_text(statement, 5),
	    .site_id = (uint32_t)sqlite3_column_int64(statement, 6),
	    .device_id = (uint32_t)sqlite3_column_int64(statement, 7),
	    .meter_id = (uint32_t)sqlite3_column_int64(statement, 8),
	    .before = ledger_column_text(statement, 9),
	    .after = ledger_column_text(statement, 10),
	    .millij = sqlite3_column_int64(statement, 11),
	    .text = ledger_column_text(statement, 12),
	};
	snprintf(row->boot_id, sizeof(row->boot_id), "%s", ledger_column_text(statement, 2));
}

enum err ledger_query_events(struct ledger *ledger, const struct ledger_filter *filter, ledger_event_fn *each, void *context,
			     struct err_info *info)
{
	struct ledger_event_row row;
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_EVENTS, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, filter->start_s * UNITS_MS_PER_S);
	sqlite3_bind_int64(statement, 2, filter->end_s * UNITS_MS_PER_S);
	sqlite3_bind_int64(statement, 3, filter->site_id);
	sqlite3_bind_int64(statement, 4, filter->device_id);
	sqlite3_bind_int64(statement, 5, filter->meter_id);
	while (err == ERR_NONE) {
		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_event(statement, &row);
		err = each(context, &row, info);
	}
	sqlite3_reset(statement);
	return err;
}

enum err ledger_query_factors(struct ledger *ledger, ledger_factor_fn *each, void *context, struct err_info *info)
{
	struct plan_factor factor;
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_FACTORS, &statement, info);

	while (err == ERR_NONE) {
		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_factor(statement, &factor);
		err = each(context, &factor, info);
		if (err != ERR_NONE)
			sqlite3_reset(statement);
	}
	return err;
}

enum err ledger_query_configs(struct ledger *ledger, ledger_config_fn *each, void *context, struct err_info *info)
{
	uint8_t sha256[32];
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_CONFIGS, &statement, info);

	while (err == ERR_NONE) {
		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		ledger_column_sha256(statement, 1, sha256);
		err = each(context, sqlite3_column_int64(statement, 0), sha256, info);
		if (err != ERR_NONE)
			sqlite3_reset(statement);
	}
	return err;
}

enum err ledger_query_meterless(struct ledger *ledger, const struct ledger_filter *filter, ledger_meterless_fn *each, void *context,
				struct err_info *info)
{
	enum { ANSWERED_COLUMN = 39 };
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_METERLESS, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, filter->site_id);
	sqlite3_bind_int64(statement, 2, filter->start_s * UNITS_MS_PER_S);
	sqlite3_bind_int64(statement, 3, filter->end_s * UNITS_MS_PER_S);
	while (err == ERR_NONE) {
		struct ledger_meterless_row row;

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_register(statement, &row.row);
		row.has_answered = sqlite3_column_int(statement, ANSWERED_COLUMN) != 0;
		err = each(context, &row, info);
		if (err != ERR_NONE)
			sqlite3_reset(statement);
	}
	return err;
}
