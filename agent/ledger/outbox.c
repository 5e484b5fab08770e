/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/outbox.h"

#include "ledger/ledger_priv.h"
#include "ledger/pack_priv.h"

static enum err inflate_column(struct ledger *ledger, sqlite3_stmt *statement, int raw_column, struct buf *payload, struct err_info *info)
{
	size_t raw_bytes = (size_t)sqlite3_column_int64(statement, raw_column);
	const void *data = sqlite3_column_blob(statement, raw_column + 1);
	size_t bytes = (size_t)sqlite3_column_bytes(statement, raw_column + 1);
	enum err err;

	if (raw_bytes > LEDGER_PAYLOAD_BYTES_MAX || data == NULL) {
		ledger->fault = LEDGER_FAULT_DAMAGED;
		return err_set(info, ERR_DATA, "%s: a stored payload says it has %zu bytes", ledger->path, raw_bytes);
	}
	err = pack_inflate(payload, data, bytes, raw_bytes, info);
	return err == ERR_NONE ? ERR_NONE : err_prefix(info, "%s", ledger->path);
}

enum err ledger_outbox_next(struct ledger *ledger, struct ledger_outbox_cursor *cursor, struct ledger_outbox_item *item,
			    struct buf *payload, bool *is_found, struct err_info *info)
{
	bool is_live = cursor->lane == LEDGER_LANE_LIVE;
	struct ledger_outbox_item found;
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, is_live ? SQL_OUTBOX_LIVE : SQL_OUTBOX_BACKLOG, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_text(statement, 1, cursor->output, -1, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, (int64_t)cursor->after_id);
	sqlite3_bind_int64(statement, 3, cursor->live_since_utc_ms);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*is_found = has_row;
	if (!has_row)
		return ERR_NONE;
	found = (struct ledger_outbox_item){
	    .id = (uint64_t)sqlite3_column_int64(statement, 0),
	    .kind = sqlite3_column_int(statement, 1) == LEDGER_OUTBOX_SAMPLES ? LEDGER_OUTBOX_SAMPLES : LEDGER_OUTBOX_SLOTS,
	    .created_utc_ms = sqlite3_column_int64(statement, 2),
	    .point_count = (uint32_t)sqlite3_column_int64(statement, 3),
	    .payload_bytes = (uint32_t)sqlite3_column_int64(statement, 4),
	    .is_live = is_live,
	};
	err = inflate_column(ledger, statement, 4, payload, info);
	sqlite3_reset(statement);
	if (err != ERR_NONE)
		return err_prefix(info, "outbox row %llu", (unsigned long long)found.id);
	*item = found;
	cursor->after_id = found.id;
	return ERR_NONE;
}

static enum err read_payload(struct ledger *ledger, enum sql_id id, uint64_t row_id, struct buf *payload, bool *is_found,
			     struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, id, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, (int64_t)row_id);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	if (has_row)
		err = inflate_column(ledger, statement, 0, payload, info);
	sqlite3_reset(statement);
	if (err == ERR_NONE)
		*is_found = has_row;
	return err;
}

enum err ledger_outbox_read(struct ledger *ledger, uint64_t id, struct buf *payload, bool *is_found, struct err_info *info)
{
	return read_payload(ledger, SQL_OUTBOX_READ, id, payload, is_found, info);
}

static enum err measure(struct ledger *ledger, enum sql_id id, const char *output, struct ledger_outbox_figures *out, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, id, &statement, info);

	if (err != ERR_NONE)
		return err;
	if (output != NULL)
		sqlite3_bind_text(statement, 1, output, -1, SQLITE_STATIC);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	if (id == SQL_PARKED_FIGURES) {
		out->parked_count = (uint64_t)sqlite3_column_int64(statement, 0);
		out->parked_points = (uint64_t)sqlite3_column_int64(statement, 1);
	} else {
		out->row_count = (uint64_t)sqlite3_column_int64(statement, 0);
		out->point_count = (uint64_t)sqlite3_column_int64(statement, 1);
		out->stored_bytes = (uint64_t)sqlite3_column_int64(statement, 2);
		out->oldest_utc_ms = sqlite3_column_int64(statement, 3);
	}
	sqlite3_reset(statement);
	return ERR_NONE;
}

enum err ledger_outbox_measure(struct ledger *ledger, const char *output, struct ledger_outbox_figures *out, struct err_info *info)
{
	struct ledger_outbox_figures found = {0};
	enum err err = measure(ledger, SQL_OUTBOX_FIGURES, output, &found, info);

	if (err == ERR_NONE)
		err = measure(ledger, SQL_PARKED_FIGURES, output, &found, info);
	if (err == ERR_NONE)
		*out = found;
	return err;
}

enum err ledger_parked_list(struct ledger *ledger, const char *output, ledger_parked_fn *each, void *context, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_PARKED_LIST, &statement, info);

	if (err == ERR_NONE && output != NULL)
		sqlite3_bind_text(statement, 1, output, -1, SQLITE_STATIC);
	while (err == ERR_NONE) {
		struct ledger_parked row;

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		row = (struct ledger_parked){
		    .id = (uint64_t)sqlite3_column_int64(statement, 0),
		    .outbox_id = (uint64_t)sqlite3_column_int64(statement, 1),
		    .output = ledger_column_text(statement, 2),
		    .created_utc_ms = sqlite3_column_int64(statement, 3),
		    .parked_utc_ms = sqlite3_column_int64(statement, 4),
		    .http_status = (uint32_t)sqlite3_column_int64(statement, 5),
		    .reason = ledger_column_text(statement, 6),
		    .point_count = (uint32_t)sqlite3_column_int64(statement, 7),
		    .payload_bytes = (uint32_t)sqlite3_column_int64(statement, 8),
		};
		err = each(context, &row, info);
		if (err != ERR_NONE)
			sqlite3_reset(statement);
	}
	return err;
}

enum err ledger_parked_read(struct ledger *ledger, uint64_t id, struct buf *payload, struct err_info *info)
{
	bool is_found = false;
	enum err err = read_payload(ledger, SQL_PARKED_READ, id, payload, &is_found, info);

	if (err == ERR_NONE && !is_found)
		return err_set(info, ERR_DATA, "no refused lines have the number %llu (`wattledger outbox list` shows them)",
			       (unsigned long long)id);
	return err;
}

static enum err count_parked(struct ledger *ledger, uint64_t id, uint64_t *count, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_PARKED_COUNT, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, (int64_t)id);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*count = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return ERR_NONE;
}

static enum err run_with_ids(struct ledger *ledger, enum sql_id id, uint64_t first, uint64_t second, struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = ledger_statement(ledger, id, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, (int64_t)first);
	if (second != 0)
		sqlite3_bind_int64(statement, 2, (int64_t)second);
	return ledger_run(ledger, statement, info);
}

/* The ids that were given away are as good as used: the next start must not give them again. */
static enum err raise_outbox_high(struct ledger *ledger, uint64_t high, struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = ledger_statement(ledger, SQL_STATE_PUT, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, ledger->state.commit_no);
	sqlite3_bind_int64(statement, 2, ledger->state.is_part);
	sqlite3_bind_int64(statement, 3, (int64_t)high);
	return ledger_run(ledger, statement, info);
}

static enum err move_parked(struct ledger *ledger, uint64_t id, uint64_t next_outbox_id, uint64_t *count, struct err_info *info)
{
	enum err err = count_parked(ledger, id, count, info);

	if (err == ERR_NONE && *count == 0)
		return id == 0 ? ERR_NONE : err_set(info, ERR_DATA, "no refused lines have the number %llu", (unsigned long long)id);
	if (err == ERR_NONE && next_outbox_id != 0)
		err = run_with_ids(ledger, SQL_PARKED_TO_OUTBOX, id, next_outbox_id, info);
	if (err == ERR_NONE && next_outbox_id != 0)
		err = raise_outbox_high(ledger, next_outbox_id + *count - 1, info);
	return err == ERR_NONE ? run_with_ids(ledger, SQL_PARKED_DROP, id, 0, info) : err;
}

static enum err move_parked_whole(struct ledger *ledger, uint64_t id, uint64_t next_outbox_id, uint64_t *count, struct err_info *info)
{
	uint64_t moved = 0;
	enum err err = ledger_run_id(ledger, SQL_BEGIN, info);

	if (err == ERR_NONE)
		err = move_parked(ledger, id, next_outbox_id, &moved, info);
	if (err == ERR_NONE)
		err = ledger_run_id(ledger, SQL_COMMIT, info);
	if (err != ERR_NONE) {
		ledger_rollback(ledger);
		return err;
	}
	if (next_outbox_id != 0 && moved > 0 && (int64_t)(next_outbox_id + moved - 1) > ledger->state.outbox_high)
		ledger->state.outbox_high = (int64_t)(next_outbox_id + moved - 1);
	*count = moved;
	return ERR_NONE;
}

enum err ledger_parked_retry(struct ledger *ledger, uint64_t id, uint64_t next_outbox_id, uint64_t *count, struct err_info *info)
{
	if (next_outbox_id == 0 || (int64_t)next_outbox_id <= ledger->state.outbox_high)
		next_outbox_id = (uint64_t)ledger->state.outbox_high + 1;
	return move_parked_whole(ledger, id, next_outbox_id, count, info);
}

enum err ledger_parked_drop(struct ledger *ledger, uint64_t id, uint64_t *count, struct err_info *info)
{
	return move_parked_whole(ledger, id, 0, count, info);
}
