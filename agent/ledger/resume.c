/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/resume.h"

#include "ledger/ledger_priv.h"
#include "ledger/open_rows_priv.h"
#include "ledger/read_priv.h"
#include "ledger/registry_priv.h"

#include <stdio.h>
#include <string.h>

static enum err read_counts(struct ledger *ledger, struct ledger_resume *out, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_RESUME_COUNTS, &statement, info);

	if (err == ERR_NONE)
		err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	out->open_count = (uint64_t)sqlite3_column_int64(statement, 0);
	out->unplaced_count = (uint64_t)sqlite3_column_int64(statement, 1);
	return ERR_NONE;
}

static enum err read_newest(struct ledger *ledger, struct ledger_resume *out, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_NEWEST_MS, &statement, info);

	if (err == ERR_NONE)
		err = ledger_step(ledger, statement, &has_row, info);
	if (err == ERR_NONE)
		out->newest_utc_ms = sqlite3_column_int64(statement, 0);
	return err;
}

enum err ledger_resume_read(struct ledger *ledger, struct ledger_resume *out, struct err_info *info)
{
	struct ledger_resume found = {0};
	enum err err = ledger_begin_read(ledger, info);

	if (err != ERR_NONE)
		return err;
	err = schema_read_state(ledger, info);
	if (err == ERR_NONE)
		err = read_newest(ledger, &found, info);
	if (err == ERR_NONE)
		err = read_counts(ledger, &found, info);
	if (err == ERR_NONE) {
		found.next_outbox_id = (uint64_t)ledger->state.outbox_high + 1;
		*out = found;
	}
	return ledger_end_read(ledger, err);
}

enum err ledger_resume_open(struct ledger *ledger, ledger_open_fn *each, void *context, struct err_info *info)
{
	return open_rows_walk(ledger, each, context, info);
}

enum err ledger_resume_open_one(struct ledger *ledger, uint32_t meter_id, struct ledger_open_row *row,
				uint8_t state[static LEDGER_STATE_BYTES_MAX], bool *is_found, struct err_info *info)
{
	enum err err = open_rows_find(ledger, meter_id, row, is_found, info);

	if (err != ERR_NONE || !*is_found)
		return err;
	if (row->state_bytes > 0)
		memcpy(state, row->state, row->state_bytes);
	row->state = state;
	return ERR_NONE;
}

/* The newest register row of something. With *is_found the statement waits to be reset. */
static enum err find_register(struct ledger *ledger, enum sql_id id, uint32_t number, sqlite3_stmt **statement, bool *is_found,
			      struct err_info *info)
{
	enum err err = ledger_statement(ledger, id, statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(*statement, 1, number);
	return ledger_step(ledger, *statement, is_found, info);
}

enum err ledger_resume_counter(struct ledger *ledger, uint32_t meter_id, struct counter_spec *spec, bool *is_found, struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = find_register(ledger, SQL_METER_COUNTER, meter_id, &statement, is_found, info);

	if (err != ERR_NONE || !*is_found)
		return err;
	register_read_counter(statement, 0, spec);
	sqlite3_reset(statement);
	return ERR_NONE;
}

enum err ledger_resume_driver(struct ledger *ledger, uint32_t device_id, char driver[static METER_IDENTITY_BYTES], bool *is_found,
			      struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = find_register(ledger, SQL_DEVICE_DRIVER, device_id, &statement, is_found, info);

	if (err != ERR_NONE || !*is_found)
		return err;
	snprintf(driver, METER_IDENTITY_BYTES, "%s", ledger_column_text(statement, 0));
	sqlite3_reset(statement);
	return ERR_NONE;
}

enum err ledger_resume_closed(struct ledger *ledger, uint32_t meter_id, int64_t slot_start_s, struct ledger_closed *out,
			      struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_CLOSED, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, slot_start_s);
	sqlite3_bind_int64(statement, 2, meter_id);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*out = (struct ledger_closed){.rev = sqlite3_column_int(statement, 0), .covered_ms = sqlite3_column_int64(statement, 1)};
	sqlite3_reset(statement);
	return ERR_NONE;
}

enum err ledger_resume_site_slot(struct ledger *ledger, uint32_t site_id, enum point point, int64_t slot_start_s, bool *has_rows,
				 struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_SITE_SLOT, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, slot_start_s);
	sqlite3_bind_int64(statement, 2, site_id);
	sqlite3_bind_int(statement, 3, (int)point);
	sqlite3_bind_int(statement, 4, REGISTER_IN_TOTAL);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*has_rows = sqlite3_column_int(statement, 0) != 0;
	sqlite3_reset(statement);
	return ERR_NONE;
}

enum err ledger_resume_unplaced(struct ledger *ledger, ledger_unplaced_fn *each, void *context, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_UNPLACED_ALL, &statement, info);

	while (err == ERR_NONE) {
		struct interval interval = {0};

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		interval.slot_start_s = sqlite3_column_int64(statement, 1);
		interval.slot_s = sqlite3_column_int(statement, 3);
		read_interval_sums(statement, 4, &interval);
		err = each(context, ledger_column_text(statement, 0), (uint32_t)sqlite3_column_int64(statement, 2), &interval, info);
		if (err != ERR_NONE)
			sqlite3_reset(statement);
	}
	return err;
}

enum err ledger_resume_note(struct ledger *ledger, const char *key, void *data, size_t capacity, size_t *bytes, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	size_t length = 0;
	enum err err = ledger_statement(ledger, SQL_NOTE_GET, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	if (has_row)
		length = (size_t)sqlite3_column_bytes(statement, 0);
	if (length > capacity)
		err = err_set(info, ERR_LIMIT, "note '%s' has %zu bytes, %zu at most were expected", key, length, capacity);
	else if (length > 0)
		memcpy(data, sqlite3_column_blob(statement, 0), length);
	sqlite3_reset(statement);
	if (err == ERR_NONE)
		*bytes = length;
	return err;
}
