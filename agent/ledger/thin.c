/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thin: the outbox within its bounds. A sample row holds one tick of many meters, so to keep one row a quarter of an hour is to keep a
 * point of each.
 */
#include "base/log.h"
#include "ledger/batch.h"
#include "ledger/ledger_priv.h"
#include "ledger/outbox.h"
#include "model/units.h"

#include <stdio.h>
#include <string.h>

/* Stages, mildest first: keep one row a span; 0 keeps none. */
static const int64_t STAGES_S[] = {900, 3600, 0};
enum { STAGE_COUNT = 3, THIN_OUTPUTS_MAX = 64 };

struct thin {
	struct ledger *ledger;
	const struct ledger_outbox_bounds *bounds;
	uint64_t stored_bytes;
	struct ledger_outbox_loss loss;
	/* Last span of which a row was kept, by output number; outputs beyond share the last place. */
	int64_t kept_span[THIN_OUTPUTS_MAX];
};

static enum err read_one(struct ledger *ledger, enum sql_id id, uint64_t *out, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, id, &statement, info);

	if (err == ERR_NONE)
		err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*out = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return ERR_NONE;
}

static enum err delete_row(struct ledger *ledger, enum sql_id id, int64_t row, struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = ledger_statement(ledger, id, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, row);
	return ledger_run(ledger, statement, info);
}

static bool is_too_old(const struct thin *thin, int64_t created_ms)
{
	return thin->bounds->max_age_s > 0 && created_ms < thin->bounds->now_utc_ms - thin->bounds->max_age_s * UNITS_MS_PER_S;
}

static bool is_too_big(const struct thin *thin)
{
	return thin->bounds->max_bytes > 0 && thin->stored_bytes > thin->bounds->max_bytes;
}

/* true when a row of this span was kept already, or none shall be. */
static bool is_surplus(struct thin *thin, int64_t output_id, int64_t created_ms, int64_t stage_s)
{
	int64_t *kept = &thin->kept_span[output_id >= 0 && output_id < THIN_OUTPUTS_MAX ? output_id : 0];
	int64_t span;

	if (stage_s == 0)
		return true;
	span = created_ms / (stage_s * UNITS_MS_PER_S);
	if (*kept == span)
		return true;
	*kept = span;
	return false;
}

/* One pass over the sample rows, oldest first, until the bounds hold. */
static enum err run_stage(struct thin *thin, int64_t stage_s, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(thin->ledger, SQL_OUTBOX_OLD_SAMPLES, &statement, info);

	memset(thin->kept_span, 0xff, sizeof(thin->kept_span));
	if (err == ERR_NONE)
		sqlite3_bind_int64(statement, 1, 0);
	while (err == ERR_NONE) {
		int64_t created_ms;

		err = ledger_step(thin->ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			break;
		created_ms = sqlite3_column_int64(statement, 2);
		if (!is_too_big(thin) && !is_too_old(thin, created_ms))
			break;
		if (!is_surplus(thin, sqlite3_column_int64(statement, 1), created_ms, is_too_old(thin, created_ms) ? 0 : stage_s))
			continue;
		thin->stored_bytes -= (uint64_t)sqlite3_column_int64(statement, 4);
		thin->loss.lost_points += (uint64_t)sqlite3_column_int64(statement, 3);
		if (stage_s == 0 || is_too_old(thin, created_ms))
			thin->loss.dropped_rows++;
		else
			thin->loss.thinned_rows++;
		err = delete_row(thin->ledger, SQL_OUTBOX_DELETE, sqlite3_column_int64(statement, 0), info);
	}
	sqlite3_reset(statement);
	return err;
}

static enum err bound_parked(struct thin *thin, struct err_info *info)
{
	uint64_t stored_bytes = 0;
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err;

	if (thin->bounds->max_parked_bytes == 0)
		return ERR_NONE;
	err = read_one(thin->ledger, SQL_PARKED_BYTES, &stored_bytes, info);
	if (err == ERR_NONE)
		err = ledger_statement(thin->ledger, SQL_PARKED_OLDEST, &statement, info);
	if (err != ERR_NONE)
		return err;
	while (err == ERR_NONE && stored_bytes > thin->bounds->max_parked_bytes) {
		err = ledger_step(thin->ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			break;
		stored_bytes -= (uint64_t)sqlite3_column_int64(statement, 2);
		thin->loss.parked_rows++;
		thin->loss.lost_points += (uint64_t)sqlite3_column_int64(statement, 1);
		err = delete_row(thin->ledger, SQL_PARKED_DROP, sqlite3_column_int64(statement, 0), info);
	}
	sqlite3_reset(statement);
	return err;
}

static enum err put_event(const struct thin *thin, const char *code, uint64_t rows, const char *what, struct err_info *info)
{
	char text[LEDGER_EVENT_TEXT_BYTES];
	sqlite3_stmt *statement;
	enum err err;

	if (rows == 0)
		return ERR_NONE;
	err = ledger_statement(thin->ledger, SQL_EVENT_PUT, &statement, info);
	if (err != ERR_NONE)
		return err;
	snprintf(text, sizeof(text), "%llu %s; the ledger's own figures are not touched", (unsigned long long)rows, what);
	sqlite3_bind_int64(statement, 1, thin->bounds->now_utc_ms);
	sqlite3_bind_int(statement, 3, 0);
	sqlite3_bind_int(statement, 4, LOG_LEVEL_WARNING);
	sqlite3_bind_text(statement, 5, code, -1, SQLITE_STATIC);
	for (int i = 6; i <= 8; i++)
		sqlite3_bind_int(statement, i, 0);
	sqlite3_bind_text(statement, 9, "", -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 10, "", -1, SQLITE_STATIC);
	sqlite3_bind_int(statement, 11, 0);
	sqlite3_bind_text(statement, 12, text, -1, SQLITE_STATIC);
	return ledger_run(thin->ledger, statement, info);
}

static enum err bound(struct thin *thin, struct err_info *info)
{
	enum err err = read_one(thin->ledger, SQL_OUTBOX_BYTES, &thin->stored_bytes, info);

	for (int stage = 0; stage < STAGE_COUNT && err == ERR_NONE; stage++)
		if (stage == 0 || is_too_big(thin))
			err = run_stage(thin, STAGES_S[stage], info);
	if (err == ERR_NONE)
		err = bound_parked(thin, info);
	if (err == ERR_NONE)
		err = put_event(thin, "outbox_thinned", thin->loss.thinned_rows, "batches that waited for delivery were thinned out", info);
	if (err == ERR_NONE)
		err = put_event(thin, "outbox_dropped", thin->loss.dropped_rows + thin->loss.parked_rows,
				"batches that waited for delivery, or were refused, were dropped", info);
	return err;
}

enum err ledger_outbox_bound(struct ledger *ledger, const struct ledger_outbox_bounds *bounds, struct ledger_outbox_loss *loss,
			     struct err_info *info)
{
	struct thin thin = {.ledger = ledger, .bounds = bounds};
	enum err err = ledger_run_id(ledger, SQL_BEGIN, info);

	if (err == ERR_NONE)
		err = bound(&thin, info);
	if (err == ERR_NONE && thin.loss.thinned_rows + thin.loss.dropped_rows + thin.loss.parked_rows == 0) {
		/* Nothing to do: no page is written. */
		ledger_rollback(ledger);
		*loss = thin.loss;
		return ERR_NONE;
	}
	if (err == ERR_NONE)
		err = ledger_run_id(ledger, SQL_COMMIT, info);
	if (err != ERR_NONE) {
		ledger_rollback(ledger);
		return err;
	}
	*loss = thin.loss;
	return ERR_NONE;
}
