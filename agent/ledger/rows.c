/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/rows.h"

#include "ledger/ledger_priv.h"
#include "ledger/read_priv.h"
#include "ledger/registry_priv.h"
#include "ledger/select_priv.h"
#include "model/units.h"
#include "wire/plan.h"

#include <stdio.h>
#include <string.h>

/* Columns of SQL_REGISTER that are texts of the row, in order, from column 5 on; the digest and then the meter follow. */
enum { REGISTER_TEXTS = 5, REGISTER_SHA = 20, REGISTER_KEY = 21, REGISTER_NUMBERS = 24 };

void select_read_register(sqlite3_stmt *statement, struct ledger_register_row *row)
{
	const char **const texts[] = {&row->site,        &row->site_name, &row->grid_zone, &row->time_zone, &row->device,
				      &row->device_name, &row->rack,      &row->tenant,    &row->fed_by,    &row->source,
				      &row->vendor,      &row->model,     &row->serial,    &row->firmware,  &row->driver};
	int flags = sqlite3_column_int(statement, REGISTER_NUMBERS + 5);
	int bits = sqlite3_column_int(statement, REGISTER_NUMBERS + 11);

	*row = (struct ledger_register_row){
	    .site_id = (uint32_t)sqlite3_column_int64(statement, 0),
	    .device_id = (uint32_t)sqlite3_column_int64(statement, 1),
	    .meter_id = (uint32_t)sqlite3_column_int64(statement, 2),
	    .valid_from_ms = sqlite3_column_int64(statement, 3),
	    .valid_to_ms = sqlite3_column_int64(statement, 4),
	    .key = ledger_column_text(statement, REGISTER_KEY),
	    .name = ledger_column_text(statement, REGISTER_KEY + 1),
	    .parent = ledger_column_text(statement, REGISTER_KEY + 2),
	    .quantity = (enum quantity)sqlite3_column_int(statement, REGISTER_NUMBERS),
	    .role = (enum role)sqlite3_column_int(statement, REGISTER_NUMBERS + 1),
	    .point = (enum point)sqlite3_column_int(statement, REGISTER_NUMBERS + 2),
	    .supply = (enum supply)sqlite3_column_int(statement, REGISTER_NUMBERS + 3),
	    .caliber = (enum caliber)sqlite3_column_int(statement, REGISTER_NUMBERS + 4),
	    .is_in_total = (flags & REGISTER_IN_TOTAL) != 0,
	    .is_derived = (flags & REGISTER_DERIVED) != 0,
	    .is_component = (flags & REGISTER_COMPONENT) != 0,
	    .phase = (uint8_t)sqlite3_column_int(statement, REGISTER_NUMBERS + 6),
	    .rated_w = sqlite3_column_double(statement, REGISTER_NUMBERS + 7),
	    .counter = {.modulus = (uint64_t)sqlite3_column_int64(statement, REGISTER_NUMBERS + 8),
			.unit_num = sqlite3_column_int64(statement, REGISTER_NUMBERS + 9),
			.unit_den = sqlite3_column_int64(statement, REGISTER_NUMBERS + 10),
			.is_wrap_known = (bits & REGISTER_WRAP_KNOWN) != 0,
			.is_resettable = (bits & REGISTER_RESETTABLE) != 0,
			.starts_at_zero = (bits & REGISTER_STARTS_AT_ZERO) != 0},
	};
	for (int i = 0; i < (int)(sizeof(texts) / sizeof(texts[0])); i++)
		*texts[i] = ledger_column_text(statement, REGISTER_TEXTS + i);
	ledger_column_sha256(statement, REGISTER_SHA, row->driver_sha256);
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
		select_read_register(statement, &row);
		if (is_wanted(filter, &row))
			err = each(context, &row, info);
		if (err != ERR_NONE)
			sqlite3_reset(statement);
	}
	return err;
}

void select_read_interval(sqlite3_stmt *statement, struct interval *out)
{
	*out = (struct interval){.slot_start_s = sqlite3_column_int64(statement, 0),
				 .rev = sqlite3_column_int(statement, 2),
				 .slot_s = sqlite3_column_int(statement, 3)};
	read_interval_sums(statement, 5, out);
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
		select_read_interval(statement, &interval);
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

static void copy_text(char *out, size_t out_bytes, sqlite3_stmt *statement, int column)
{
	snprintf(out, out_bytes, "%s", ledger_column_text(statement, column));
}

static void read_factor(sqlite3_stmt *statement, struct plan_factor *out)
{
	*out = (struct plan_factor){.year = sqlite3_column_int(statement, 1), .microg_per_kwh = sqlite3_column_int64(statement, 8)};
	copy_text(out->zone, sizeof(out->zone), statement, 0);
	copy_text(out->basis, sizeof(out->basis), statement, 2);
	copy_text(out->edition, sizeof(out->edition), statement, 3);
	ledger_column_sha256(statement, 4, out->table_sha256);
	copy_text(out->method, sizeof(out->method), statement, 5);
	copy_text(out->publisher, sizeof(out->publisher), statement, 6);
	copy_text(out->licence, sizeof(out->licence), statement, 7);
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
