/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/verify.h"

#include "base/text.h"
#include "ledger/ledger_priv.h"
#include "ledger/open_rows_priv.h"

#include <string.h>

static enum err count(struct ledger *ledger, enum sql_id id, uint64_t *out, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, id, &statement, info);

	if (err == ERR_NONE)
		err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*out = has_row ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
	sqlite3_reset(statement);
	return ERR_NONE;
}

/* SQLite's own check: the one row "ok", or a row for each finding. */
static enum err check_pages(struct ledger *ledger, uint64_t *out, char words[static LEDGER_REASON_BYTES], struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_INTEGRITY_CHECK, &statement, info);

	while (err == ERR_NONE) {
		const char *text;

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		text = ledger_column_text(statement, 0);
		if (strcmp(text, "ok") == 0)
			continue;
		if ((*out)++ == 0)
			text_clean(words, LEDGER_REASON_BYTES, text, strlen(text));
	}
	return err;
}

struct unknown {
	struct ledger *ledger;
	uint64_t count;
};

static enum err look_up(void *context, const struct ledger_open_row *row, struct err_info *info)
{
	struct unknown *unknown = context;
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(unknown->ledger, SQL_METER_KNOWN, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, row->meter_id);
	err = ledger_step(unknown->ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	unknown->count += has_row ? 0 : 1;
	sqlite3_reset(statement);
	return ERR_NONE;
}

/* Adds the meters with an open row that the register does not have. */
static enum err count_unknown(struct ledger *ledger, uint64_t *out, struct err_info *info)
{
	struct unknown unknown = {.ledger = ledger};
	enum err err = open_rows_walk(ledger, look_up, &unknown, info);

	*out += unknown.count;
	return err;
}

static enum err judge(struct ledger *ledger, const struct ledger_verdict *found, const char *words, struct err_info *info)
{
	const struct {
		uint64_t count;
		const char *what;
	} findings[] = {
	    {found->pages_wrong, "findings of SQLite's integrity check"},
	    {found->hours_wrong, "hours that are not the sum of their intervals"},
	    {found->days_wrong, "days that are not the sum of their intervals"},
	    {found->meters_unknown, "meters with rows that the register does not have"},
	    {found->registers_wrong, "register rows that overlap"},
	};

	for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]); i++)
		if (findings[i].count > 0)
			return err_set(info, ERR_DATA, "%s does not agree with itself: %llu %s%s%s", ledger_path(ledger),
				       (unsigned long long)findings[i].count, findings[i].what, i == 0 ? ": " : "", i == 0 ? words : "");
	return ERR_NONE;
}

enum err ledger_verify(struct ledger *ledger, struct ledger_verdict *out, struct err_info *info)
{
	struct ledger_verdict found = {0};
	const struct {
		enum sql_id id;
		uint64_t *out;
	} counts[] = {
	    {SQL_INTERVAL_COUNT, &found.interval_count}, {SQL_HOURS_WRONG, &found.hours_wrong},         {SQL_DAYS_WRONG, &found.days_wrong},
	    {SQL_METERS_UNKNOWN, &found.meters_unknown}, {SQL_REGISTERS_WRONG, &found.registers_wrong},
	};
	char words[LEDGER_REASON_BYTES] = "";
	enum err err = ledger_begin_read(ledger, info);

	if (err != ERR_NONE)
		return err;
	err = check_pages(ledger, &found.pages_wrong, words, info);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && err == ERR_NONE; i++)
		err = count(ledger, counts[i].id, counts[i].out, info);
	if (err == ERR_NONE)
		err = count_unknown(ledger, &found.meters_unknown, info);
	err = ledger_end_read(ledger, err);
	if (err != ERR_NONE)
		return err;
	*out = found;
	return judge(ledger, &found, words, info);
}
