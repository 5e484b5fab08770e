/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/entry.h"

#include "ledger/ledger_priv.h"
#include "model/units.h"

static enum err put(struct ledger *ledger, const struct ledger_entry *entry, struct err_info *info)
{
	sqlite3_stmt *sql;
	enum err err = ledger_statement(ledger, SQL_ENTRY_PUT, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_text(sql, 1, entry->kind, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sql, 2, entry->site_id);
	sqlite3_bind_text(sql, 3, entry->node, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sql, 4, entry->from_utc_ms);
	sqlite3_bind_int64(sql, 5, entry->to_utc_ms);
	sqlite3_bind_text(sql, 6, entry->what, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sql, 7, entry->value_micro);
	sqlite3_bind_text(sql, 8, entry->unit, -1, SQLITE_STATIC);
	sqlite3_bind_text(sql, 9, entry->note, -1, SQLITE_STATIC);
	sqlite3_bind_text(sql, 10, entry->author, -1, SQLITE_STATIC);
	sqlite3_bind_text(sql, 11, entry->reason, -1, SQLITE_STATIC);
	sqlite3_bind_int64(sql, 12, entry->entered_utc_ms);
	return ledger_run(ledger, sql, info);
}

static enum err begin(struct ledger *ledger, struct err_info *info)
{
	if (ledger->is_readonly)
		return err_set(info, ERR_PERMISSION, "%s is open for reading only", ledger->path);
	return ledger_run_id(ledger, SQL_BEGIN, info);
}

static enum err end(struct ledger *ledger, enum err err, struct err_info *info)
{
	if (err == ERR_NONE)
		err = ledger_run_id(ledger, SQL_COMMIT, info);
	if (err != ERR_NONE)
		ledger_rollback(ledger);
	return err;
}

enum err ledger_entry_add(struct ledger *ledger, const struct ledger_entry *entry, size_t count, int64_t *first_id, struct err_info *info)
{
	int64_t first = 0;
	enum err err = begin(ledger, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < count; i++) {
		err = put(ledger, &entry[i], info);
		if (i == 0)
			first = sqlite3_last_insert_rowid(ledger->db);
	}
	err = end(ledger, err, info);
	if (err == ERR_NONE)
		*first_id = first;
	return err;
}

enum err ledger_entry_void(struct ledger *ledger, int64_t entry_id, const struct ledger_entry *by, struct err_info *info)
{
	sqlite3_stmt *sql;
	enum err err = begin(ledger, info);

	if (err != ERR_NONE)
		return err;
	err = ledger_statement(ledger, SQL_ENTRY_VOID, &sql, info);
	if (err == ERR_NONE) {
		sqlite3_bind_int64(sql, 1, entry_id);
		sqlite3_bind_text(sql, 2, by->author, -1, SQLITE_STATIC);
		sqlite3_bind_text(sql, 3, by->reason, -1, SQLITE_STATIC);
		sqlite3_bind_int64(sql, 4, by->entered_utc_ms);
		err = ledger_run(ledger, sql, info);
	}
	if (err == ERR_NONE && sqlite3_changes(ledger->db) != 1)
		err = err_set(info, ERR_DATA, "there is no entry %lld that could be voided: it is void already, or was never made",
			      (long long)entry_id);
	return end(ledger, err, info);
}

static void read_entry(sqlite3_stmt *sql, struct ledger_entry *entry)
{
	*entry = (struct ledger_entry){
	    .entry_id = sqlite3_column_int64(sql, 0),
	    .kind = ledger_column_text(sql, 1),
	    .site_id = (uint32_t)sqlite3_column_int64(sql, 2),
	    .node = ledger_column_text(sql, 3),
	    .from_utc_ms = sqlite3_column_int64(sql, 4),
	    .to_utc_ms = sqlite3_column_int64(sql, 5),
	    .what = ledger_column_text(sql, 6),
	    .value_micro = sqlite3_column_int64(sql, 7),
	    .unit = ledger_column_text(sql, 8),
	    .voids = sqlite3_column_int64(sql, 9),
	    .note = ledger_column_text(sql, 10),
	    .author = ledger_column_text(sql, 11),
	    .reason = ledger_column_text(sql, 12),
	    .entered_utc_ms = sqlite3_column_int64(sql, 13),
	    .is_voided = sqlite3_column_int64(sql, 14) != 0,
	};
}

enum err ledger_query_entries(struct ledger *ledger, const struct ledger_entry_filter *filter, ledger_entry_fn *each, void *context,
			      struct err_info *info)
{
	struct ledger_entry entry;
	sqlite3_stmt *sql;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_ENTRIES, &sql, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(sql, 1, filter->site_id);
	sqlite3_bind_int64(sql, 2, filter->start_s * UNITS_MS_PER_S);
	sqlite3_bind_int64(sql, 3, filter->end_s * UNITS_MS_PER_S);
	while (err == ERR_NONE) {
		err = ledger_step(ledger, sql, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		read_entry(sql, &entry);
		err = each(context, &entry, info);
	}
	sqlite3_reset(sql);
	return err;
}
