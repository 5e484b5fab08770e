/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/commit.h"

#include "ledger/batch.h"
#include "ledger/encode_priv.h"
#include "ledger/ledger_priv.h"
#include "ledger/open_rows_priv.h"
#include "ledger/pack_priv.h"
#include "model/units.h"

#include <stdio.h>
#include <sys/stat.h>

/* Values of an interval item, in the order that batch.c puts them. */
enum {
	AT_SLOT_START = 0,
	AT_METER = 1,
	AT_REV = 2,
	AT_SLOT_S = 3,
	AT_DAY_OFFSET = 4,
	AT_SUMS = 5,
	SUM_COUNT = 11, /* energies and times by coverage, status bits */
	INTERVAL_COLUMNS = 20,
	AT_DAY_END = 20,
};

/* The parameters after the sums: what a roll-up adds up besides. */
enum { AT_ROLLUP_SUMS = 2, AT_ROLLUP_SLOT_MS = 13, AT_ROLLUP_REVS = 14, ROLLUP_COLUMNS = 15, DAY_COLUMNS = 16 };

static enum err run_item(struct ledger *ledger, const struct encode_item *item, struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = ledger_statement(ledger, item->id, &statement, info);
	int rc;

	if (err != ERR_NONE)
		return err;
	rc = encode_bind(statement, item);
	if (rc != SQLITE_OK)
		return ledger_fail(ledger, rc, info, "binding");
	return ledger_run(ledger, statement, info);
}

/* Lines are stored deflated: the item's last value becomes raw length, stored length, stored bytes. */
static enum err run_payload(struct ledger *ledger, struct encode_item *item, struct buf *packed, struct err_info *info)
{
	size_t last = item->count - 1;
	struct encode_value raw = item->value[last];
	enum err err;

	buf_clear(packed);
	err = pack_deflate(packed, raw.bytes == 0 ? (const void *)"" : raw.data, raw.bytes, info);
	if (err != ERR_NONE)
		return err;
	item->value[last] = (struct encode_value){.tag = ENCODE_INT, .integer = (int64_t)raw.bytes};
	item->value[last + 1] = (struct encode_value){.tag = ENCODE_INT, .integer = (int64_t)packed->bytes};
	item->value[last + 2] = (struct encode_value){.tag = ENCODE_BLOB, .data = (const uint8_t *)packed->data, .bytes = packed->bytes};
	item->count += 2;
	return run_item(ledger, item, info);
}

/* An interval row and, in the same transaction, what it adds to its hour and its day. */
static enum err run_interval(struct ledger *ledger, struct encode_item *item, struct err_info *info)
{
	const struct encode_value *value = item->value;
	int64_t start_s = value[AT_SLOT_START].integer;
	bool is_first = value[AT_REV].integer == 0;
	struct encode_item rollup = {.id = SQL_HOUR_ADD, .count = ROLLUP_COLUMNS};
	enum err err;

	item->count = INTERVAL_COLUMNS;
	err = run_item(ledger, item, info);
	if (err != ERR_NONE)
		return err_prefix(info, "slot %lld of meter %lld, revision %lld", (long long)start_s, (long long)value[AT_METER].integer,
				  (long long)value[AT_REV].integer);
	err = statement_note_late(ledger, start_s, value[AT_METER].integer, value[AT_REV].integer, info);
	if (err != ERR_NONE)
		return err;
	rollup.value[0] = (struct encode_value){.tag = ENCODE_INT, .integer = start_s - start_s % UNITS_S_PER_HOUR};
	rollup.value[1] = value[AT_METER];
	for (size_t i = 0; i < SUM_COUNT; i++)
		rollup.value[AT_ROLLUP_SUMS + i] = value[AT_SUMS + i];
	rollup.value[AT_ROLLUP_SLOT_MS] =
	    (struct encode_value){.tag = ENCODE_INT, .integer = is_first ? value[AT_SLOT_S].integer * UNITS_MS_PER_S : 0};
	rollup.value[AT_ROLLUP_REVS] = (struct encode_value){.tag = ENCODE_INT, .integer = is_first ? 0 : 1};
	err = run_item(ledger, &rollup, info);
	if (err != ERR_NONE)
		return err;
	rollup.id = SQL_DAY_ADD;
	rollup.count = DAY_COLUMNS;
	rollup.value[0].integer = start_s - value[AT_DAY_OFFSET].integer;
	rollup.value[DAY_COLUMNS - 1] = value[AT_DAY_END];
	return run_item(ledger, &rollup, info);
}

static enum err run_stream(struct ledger *ledger, const struct buf *stream, struct buf *packed, struct err_info *info)
{
	struct encode_item item;
	size_t at = 0;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && encode_next(stream, &at, &item)) {
		switch (item.id) {
		case SQL_INTERVAL_PUT: err = run_interval(ledger, &item, info); break;
		case SQL_OUTBOX_PUT:
		case SQL_PARKED_PUT: err = run_payload(ledger, &item, packed, info); break;
		default: err = run_item(ledger, &item, info); break;
		}
	}
	return err;
}

static enum err put_state(struct ledger *ledger, const struct ledger_state *state, struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = ledger_statement(ledger, SQL_STATE_PUT, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, state->commit_no);
	sqlite3_bind_int64(statement, 2, state->is_part);
	sqlite3_bind_int64(statement, 3, state->outbox_high);
	return ledger_run(ledger, statement, info);
}

/* The transaction. state->is_part leaves the outbox rows out. */
static enum err write_all(struct ledger *ledger, const struct ledger_batch *batch, const struct ledger_state *state, struct err_info *info)
{
	struct buf packed;
	enum err err = ledger_run_id(ledger, SQL_BEGIN, info);

	if (err != ERR_NONE)
		return err;
	buf_init(&packed, LEDGER_PAYLOAD_BYTES_MAX);
	if ((err = run_stream(ledger, &batch->items, &packed, info)) == ERR_NONE &&
	    (err = open_rows_write(ledger, &batch->open, info)) == ERR_NONE &&
	    (err = state->is_part ? ERR_NONE : run_stream(ledger, &batch->outbox, &packed, info)) == ERR_NONE &&
	    (err = run_stream(ledger, &batch->after, &packed, info)) == ERR_NONE && (err = put_state(ledger, state, info)) == ERR_NONE)
		err = ledger_run_id(ledger, SQL_COMMIT, info);
	buf_deinit(&packed);
	if (err != ERR_NONE) {
		ledger_rollback(ledger);
		return err;
	}
	ledger->state = *state;
	ledger->fault = LEDGER_FAULT_NONE;
	return ERR_NONE;
}

static bool is_full(const struct ledger *ledger, enum err err)
{
	return err != ERR_NONE && ledger->fault == LEDGER_FAULT_FULL;
}

/*
 * The disk is full. In this order: fold the log into the file, so that it starts again in room it has; give the reserve back; leave the
 * outbox rows out. The booked energy has precedence over its delivery.
 */
static enum err write_on_full_disk(struct ledger *ledger, const struct ledger_batch *batch, struct ledger_state *state,
				   struct err_info *info)
{
	enum err err;

	sqlite3_wal_checkpoint_v2(ledger->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
	err = write_all(ledger, batch, state, info);
	if (is_full(ledger, err) && batch->outbox_count > 0) {
		state->is_part = 1;
		err = write_all(ledger, batch, state, info);
	}
	if (is_full(ledger, err) && reserve_give_back(ledger))
		err = write_all(ledger, batch, state, info);
	return err;
}

/* What is in the ledger is taken out of the batch; after a part commit the outbox rows stay. */
static void take_out(struct ledger_batch *batch, bool is_part, struct ledger_commit_report *report)
{
	report->interval_count = batch->interval_count;
	report->outbox_count = is_part ? 0 : batch->outbox_count;
	report->is_outbox_left_out = is_part;
	if (!is_part) {
		ledger_batch_clear(batch);
		return;
	}
	buf_clear(&batch->items);
	buf_clear(&batch->open);
	buf_clear(&batch->after);
	batch->commit_no = 0;
	batch->interval_count = 0;
	batch->boot_id[0] = '\0';
	batch->output[0] = '\0';
}

static uint64_t wal_bytes(const struct ledger *ledger)
{
	char path[LEDGER_PATH_BYTES + 8];
	struct stat found;

	snprintf(path, sizeof(path), "%s-wal", ledger->path);
	return stat(path, &found) == 0 ? (uint64_t)found.st_size : 0;
}

static enum err commit(struct ledger *ledger, struct ledger_batch *batch, struct ledger_commit_report *report, struct err_info *info)
{
	struct ledger_state state;
	enum err err;

	if (ledger->needs_reopen) {
		err = ledger_reconnect(ledger, info);
		if (err != ERR_NONE)
			return err;
		report->was_reopened = true;
	}
	if (batch->commit_no != 0 && batch->commit_no == ledger->state.commit_no) {
		/* The try that seemed to fail did get through. */
		take_out(batch, ledger->state.is_part != 0, report);
		return ERR_NONE;
	}
	if (batch->commit_no == 0)
		batch->commit_no = ledger->state.commit_no + 1;
	state = (struct ledger_state){.commit_no = batch->commit_no, .outbox_high = (int64_t)batch->outbox_high};
	if (state.outbox_high < ledger->state.outbox_high)
		state.outbox_high = ledger->state.outbox_high;
	err = write_all(ledger, batch, &state, info);
	if (is_full(ledger, err))
		err = write_on_full_disk(ledger, batch, &state, info);
	if (err != ERR_NONE)
		return err;
	take_out(batch, state.is_part != 0, report);
	if (state.is_part == 0)
		reserve_make(ledger);
	return ERR_NONE;
}

enum err ledger_commit(struct ledger *ledger, struct ledger_batch *batch, struct ledger_commit_report *report, struct err_info *info)
{
	struct ledger_commit_report unwanted = {0};
	struct ledger_commit_report *out = report == NULL ? &unwanted : report;
	enum err err = ERR_NONE;

	*out = (struct ledger_commit_report){0};
	if (ledger->is_readonly)
		return err_set(info, ERR_PERMISSION, "%s is open for reading only", ledger->path);
	if (!ledger_batch_is_empty(batch))
		err = commit(ledger, batch, out, info);
	out->wal_bytes = wal_bytes(ledger);
	return err;
}
