/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/statement.h"

#include "ledger/ledger_priv.h"
#include "ledger/read_priv.h"
#include "wire/plan.h"

#include <string.h>

/* ---- Adding ---- */

static void bind_amount(sqlite3_stmt *sql, int at, bool has, int64_t value)
{
	if (has)
		sqlite3_bind_int64(sql, at, value);
	else
		sqlite3_bind_null(sql, at);
}

static enum err put(struct ledger *ledger, const struct ledger_statement *row, struct err_info *info)
{
	sqlite3_stmt *sql;
	enum err err = ledger_statement(ledger, SQL_STATEMENT_PUT, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, row->site_id);
	sqlite3_bind_text(sql, 2, row->label, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sql, 3, row->start_s);
	sqlite3_bind_int64(sql, 4, row->end_s);
	sqlite3_bind_int64(sql, 5, row->revision);
	sqlite3_bind_int64(sql, 6, row->sealed_utc_ms);
	sqlite3_bind_text(sql, 7, row->author, -1, SQLITE_STATIC);
	sqlite3_bind_text(sql, 8, row->reason_code, -1, SQLITE_STATIC);
	sqlite3_bind_text(sql, 9, row->reason, -1, SQLITE_STATIC);
	sqlite3_bind_text(sql, 10, row->edition, -1, SQLITE_STATIC);
	bind_amount(sql, 11, row->has_energy, row->energy_millij);
	bind_amount(sql, 12, row->has_location, row->location_mg);
	sqlite3_bind_text(sql, 13, row->line, -1, SQLITE_STATIC);
	sqlite3_bind_blob(sql, 14, row->row_sha256, sizeof(row->row_sha256), SQLITE_STATIC);
	sqlite3_bind_blob(sql, 15, row->chain_sha256, sizeof(row->chain_sha256), SQLITE_STATIC);
	sqlite3_bind_text(sql, 16, row->body, -1, SQLITE_STATIC);
	return ledger_run(ledger, sql, info);
}

static enum err put_factor(struct ledger *ledger, int64_t statement_id, const struct plan_factor *factor, struct err_info *info)
{
	sqlite3_stmt *sql;
	enum err err = ledger_statement(ledger, SQL_STATEMENT_FACTOR_PUT, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, statement_id);
	sqlite3_bind_text(sql, 2, factor->zone, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sql, 3, factor->year);
	sqlite3_bind_text(sql, 4, factor->basis, -1, SQLITE_STATIC);
	sqlite3_bind_text(sql, 5, factor->edition, -1, SQLITE_STATIC);
	sqlite3_bind_blob(sql, 6, factor->table_sha256, sizeof(factor->table_sha256), SQLITE_STATIC);
	return ledger_run(ledger, sql, info);
}

static enum err put_item(struct ledger *ledger, const struct ledger_statement_item *item, struct err_info *info)
{
	enum err err = put(ledger, item->statement, info);
	int64_t statement_id = err == ERR_NONE ? sqlite3_last_insert_rowid(ledger->db) : 0;

	for (size_t i = 0; err == ERR_NONE && i < item->factor_count; i++)
		err = put_factor(ledger, statement_id, item->factor[i], info);
	return err;
}

enum err ledger_statement_add(struct ledger *ledger, const struct ledger_statement_item *item, size_t count, struct err_info *info)
{
	enum err err;

	if (ledger->is_readonly)
		return err_set(info, ERR_PERMISSION, "%s is open for reading only", ledger->path);
	err = ledger_run_id(ledger, SQL_BEGIN, info);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < count; i++)
		err = put_item(ledger, &item[i], info);
	if (err == ERR_NONE)
		err = ledger_run_id(ledger, SQL_COMMIT, info);
	if (err != ERR_NONE) {
		ledger_rollback(ledger);
		return err;
	}
	return statement_read_state(ledger, info);
}

/* ---- The writer's side ---- */

enum err statement_read_state(struct ledger *ledger, struct err_info *info)
{
	sqlite3_stmt *sql;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_SEALED_UNTIL, &sql, info);

	if (err == ERR_NONE)
		err = ledger_step(ledger, sql, &has_row, info);
	if (err != ERR_NONE)
		return err;
	ledger->sealed_until_s = has_row ? sqlite3_column_int64(sql, 0) : 0;
	sqlite3_reset(sql);
	return ERR_NONE;
}

enum err statement_note_late(struct ledger *ledger, int64_t slot_start_s, int64_t meter_id, int64_t rev, struct err_info *info)
{
	sqlite3_stmt *sql;
	enum err err;

	if (slot_start_s >= ledger->sealed_until_s)
		return ERR_NONE;
	err = ledger_statement(ledger, SQL_LATE_ADD, &sql, info);
	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, slot_start_s);
	sqlite3_bind_int64(sql, 2, meter_id);
	sqlite3_bind_int64(sql, 3, rev);
	return ledger_run(ledger, sql, info);
}

/* ---- Reading ---- */

static void read_statement(sqlite3_stmt *sql, struct ledger_statement *row)
{
	*row = (struct ledger_statement){
	    .statement_id = sqlite3_column_int64(sql, 0),
	    .site_id = (uint32_t)sqlite3_column_int64(sql, 1),
	    .label = ledger_column_text(sql, 2),
	    .start_s = sqlite3_column_int64(sql, 3),
	    .end_s = sqlite3_column_int64(sql, 4),
	    .revision = sqlite3_column_int(sql, 5),
	    .sealed_utc_ms = sqlite3_column_int64(sql, 6),
	    .author = ledger_column_text(sql, 7),
	    .reason_code = ledger_column_text(sql, 8),
	    .reason = ledger_column_text(sql, 9),
	    .edition = ledger_column_text(sql, 10),
	    .has_energy = sqlite3_column_type(sql, 11) != SQLITE_NULL,
	    .energy_millij = sqlite3_column_int64(sql, 11),
	    .has_location = sqlite3_column_type(sql, 12) != SQLITE_NULL,
	    .location_mg = sqlite3_column_int64(sql, 12),
	    .line = ledger_column_text(sql, 13),
	    .body = ledger_column_text(sql, 16),
	};
	ledger_column_sha256(sql, 14, row->row_sha256);
	ledger_column_sha256(sql, 15, row->chain_sha256);
}

enum err ledger_query_statements(struct ledger *ledger, const struct ledger_statement_filter *filter, ledger_statement_fn *each,
				 void *context, struct err_info *info)
{
	struct ledger_statement row;
	sqlite3_stmt *sql;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_STATEMENTS, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, filter->site_id);
	sqlite3_bind_int64(sql, 2, filter->start_s);
	sqlite3_bind_int64(sql, 3, filter->end_s);
	while (err == ERR_NONE) {
		err = ledger_step(ledger, sql, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_statement(sql, &row);
		err = each(context, &row, info);
	}
	sqlite3_reset(sql);
	return err;
}

enum err ledger_query_sealed_spans(struct ledger *ledger, uint32_t site_id, ledger_sealed_span_fn *each, void *context,
				   struct err_info *info)
{
	sqlite3_stmt *sql;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_SEALED_SPANS, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, site_id);
	while (err == ERR_NONE) {
		struct period_span span;

		err = ledger_step(ledger, sql, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		span = (struct period_span){.start_s = sqlite3_column_int64(sql, 1), .end_s = sqlite3_column_int64(sql, 2)};
		err = each(context, ledger_column_text(sql, 0), &span, info);
	}
	sqlite3_reset(sql);
	return err;
}

enum err ledger_query_chain_head(struct ledger *ledger, uint32_t site_id, int64_t before_utc_ms, struct ledger_chain_head *out,
				 struct err_info *info)
{
	sqlite3_stmt *sql;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_CHAIN_HEAD, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, site_id);
	sqlite3_bind_int64(sql, 2, before_utc_ms);
	err = ledger_step(ledger, sql, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*out = (struct ledger_chain_head){.statement_count = has_row ? sqlite3_column_int64(sql, 0) : 0};
	if (has_row)
		ledger_column_sha256(sql, 1, out->chain_sha256);
	sqlite3_reset(sql);
	return ERR_NONE;
}

enum err ledger_query_statement_factors(struct ledger *ledger, int64_t statement_id, ledger_factor_fn *each, void *context,
					struct err_info *info)
{
	struct plan_factor factor;
	sqlite3_stmt *sql;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_STATEMENT_FACTORS, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, statement_id);
	while (err == ERR_NONE) {
		err = ledger_step(ledger, sql, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_factor(sql, &factor);
		err = each(context, &factor, info);
	}
	sqlite3_reset(sql);
	return err;
}

enum err ledger_query_late(struct ledger *ledger, const struct ledger_filter *filter, int64_t after_id, ledger_interval_fn *each,
			   void *context, struct err_info *info)
{
	struct interval interval;
	sqlite3_stmt *sql;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_LATE, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, filter->start_s);
	sqlite3_bind_int64(sql, 2, filter->end_s);
	sqlite3_bind_int64(sql, 3, filter->site_id);
	sqlite3_bind_int64(sql, 4, after_id);
	while (err == ERR_NONE) {
		err = ledger_step(ledger, sql, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_interval(sql, &interval);
		err = each(context, (uint32_t)sqlite3_column_int64(sql, 1), &interval, info);
	}
	sqlite3_reset(sql);
	return err;
}

enum err ledger_query_unplaced_count(struct ledger *ledger, uint32_t site_id, uint64_t *out, struct err_info *info)
{
	sqlite3_stmt *sql;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_UNPLACED_COUNT, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, site_id);
	err = ledger_step(ledger, sql, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*out = has_row ? (uint64_t)sqlite3_column_int64(sql, 0) : 0;
	sqlite3_reset(sql);
	return ERR_NONE;
}
