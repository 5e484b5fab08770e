/* SPDX-License-Identifier: Apache-2.0 */
#include "run/orders.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "ledger/entry.h"
#include "report/correction.h"
#include "report/correction_sums.h"
#include "report/entries.h"
#include "report/seal.h"
#include "report/stale.h"
#include "wire/order.h"
#include "wire/plan.h"

#include <sodium.h>
#include <string.h>

enum { SEAL_FIELDS = 5, AGAIN_FIELDS = 6, RESTATE_FIELDS = 7, FACTOR_FIELDS = 9, ENTER_FIELDS = 4, CORRECT_FIELDS = 6 };

const char *const ORDERS_CORRECT_COLUMNS[ORDERS_CORRECT_COUNT] = {"meter", "from", "to", "what", "value", "author", "note"};

void orders_add_factor(struct buf *out, const struct plan_factor *factor)
{
	char number[NUM_TEXT_BYTES];
	char hex[2 * sizeof(factor->table_sha256) + 1];

	order_add(out, factor->zone);
	num_print_i64(number, factor->year);
	order_add(out, number);
	order_add(out, factor->basis);
	order_add(out, factor->edition);
	sodium_bin2hex(hex, sizeof(hex), factor->table_sha256, sizeof(factor->table_sha256));
	order_add(out, hex);
	order_add(out, factor->method);
	order_add(out, factor->publisher);
	order_add(out, factor->licence);
	num_print_i64(number, factor->microg_per_kwh);
	order_add(out, number);
}

static bool read_factor(char *const *field, struct plan_factor *out)
{
	size_t digest_bytes = 0;
	int64_t year;

	if (!num_parse_i64(field[1], &year) || year < 1900 || year > 2200 || !num_parse_i64(field[8], &out->microg_per_kwh) ||
	    out->microg_per_kwh < 0)
		return false;
	out->year = (int32_t)year;
	return text_copy(out->zone, sizeof(out->zone), field[0]) && text_copy(out->basis, sizeof(out->basis), field[2]) &&
	       text_copy(out->edition, sizeof(out->edition), field[3]) &&
	       sodium_hex2bin(out->table_sha256, sizeof(out->table_sha256), field[4], strlen(field[4]), NULL, &digest_bytes, NULL) == 0 &&
	       digest_bytes == sizeof(out->table_sha256) && text_copy(out->method, sizeof(out->method), field[5]) &&
	       text_copy(out->publisher, sizeof(out->publisher), field[6]) && text_copy(out->licence, sizeof(out->licence), field[7]) &&
	       (strcmp(out->basis, "direct") == 0 || strcmp(out->basis, "lifecycle") == 0);
}

static enum err check_text(const char *what, const char *text, struct err_info *info)
{
	if (strlen(text) >= SEAL_TEXT_BYTES)
		return err_set(info, ERR_USAGE, "%s has more than %d bytes", what, SEAL_TEXT_BYTES - 1);
	return text_is_clean(text) ? ERR_NONE : err_set(info, ERR_USAGE, "%s holds characters that are not allowed", what);
}

static enum err check_seal(const struct seal_request *request, struct err_info *info)
{
	const char *codes;
	enum err err = check_text("the author", request->author, info);

	if (err == ERR_NONE)
		err = check_text("the reason", request->reason, info);
	if (err == ERR_NONE && request->author[0] == '\0')
		err = err_set(info, ERR_USAGE, "somebody has to answer for it: --author A");
	if (err != ERR_NONE || request->reason_code == NULL)
		return err;
	if (!seal_is_reason(request->reason_code, &codes))
		return err_set(info, ERR_USAGE, "--reason '%s' is not one of %s", request->reason_code, codes);
	if (request->reason[0] == '\0')
		return err_set(info, ERR_USAGE, "--note TEXT has to say why");
	return ERR_NONE;
}

static enum err read_factors(char *const *field, size_t count, struct plan_factor **out, struct err_info *info)
{
	size_t factor_count = count / FACTOR_FIELDS;
	struct plan_factor *factor;

	*out = NULL;
	if (count % FACTOR_FIELDS != 0)
		return err_set(info, ERR_DATA, "an order whose factors have %zu fields", count);
	if (factor_count == 0)
		return ERR_NONE;
	factor = mem_new_array(factor_count, sizeof(*factor));
	if (factor == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu factors", factor_count);
	*out = factor;
	for (size_t i = 0; i < factor_count; i++) {
		if (!read_factor(field + i * FACTOR_FIELDS, &factor[i]))
			return err_set(info, ERR_DATA, "factor %zu of the order is none", i);
	}
	return ERR_NONE;
}

static enum err run_seal(struct ledger *ledger, char *const *field, size_t count, struct seal_request *request, struct buf *out,
			 struct err_info *info)
{
	struct plan_factor *factor = NULL;
	enum err err = ERR_NONE;

	request->reason = field[4];
	request->is_sealed_fine = count == AGAIN_FIELDS;
	if (count >= RESTATE_FIELDS) {
		request->reason_code = field[4];
		request->reason = field[5];
		request->report.edition = field[6][0] == '\0' ? NULL : field[6];
		err = read_factors(field + RESTATE_FIELDS, count - RESTATE_FIELDS, &factor, info);
		request->factor = factor;
		request->factor_count = (count - RESTATE_FIELDS) / FACTOR_FIELDS;
	}
	if (err == ERR_NONE)
		err = check_seal(request, info);
	if (err == ERR_NONE)
		err = seal_make(ledger, request, out, info);
	mem_free(factor);
	return err;
}

/* ---- Corrections ---- */

enum correct_field { CORRECT_METER = 0, CORRECT_FROM, CORRECT_TO, CORRECT_WHAT, CORRECT_VALUE, CORRECT_AUTHOR, CORRECT_NOTE };

/* A row of the order as an entry is typed. The unit is known of what it is. */
static void set_cells(char **cell, char *const *field, char *none)
{
	cell[ENTRIES_NODE] = field[CORRECT_METER];
	cell[ENTRIES_FROM] = field[CORRECT_FROM];
	cell[ENTRIES_TO] = field[CORRECT_TO];
	cell[ENTRIES_WHAT] = field[CORRECT_WHAT];
	cell[ENTRIES_VALUE] = field[CORRECT_VALUE];
	cell[ENTRIES_UNIT] = none; /* whatever belongs to it */
	cell[ENTRIES_NOTE] = field[CORRECT_NOTE];
}

/* Who found a mistake may be another than who restates. */
static enum err take_authors(struct ledger_entry *entry, char *const *field, size_t count, struct err_info *info)
{
	for (size_t i = 0; i < count; i++) {
		const char *author = field[i * ORDERS_CORRECT_COUNT + CORRECT_AUTHOR];
		enum err err = check_text("the author", author, info);

		if (err != ERR_NONE)
			return err;
		if (author[0] != '\0')
			entry[i].author = author;
	}
	return ERR_NONE;
}

static enum err run_correct(struct ledger *ledger, char *const *field, size_t count, struct seal_request *request, struct buf *out,
			    struct err_info *info)
{
	struct entries_request entries = {.kind = REPORT_CORRECTION, .now_utc_ms = request->report.now_utc_ms};
	struct ledger_entry *entry = mem_new_array(ENTRIES_MAX, sizeof(*entry));
	char **cell = mem_new_array(ENTRIES_MAX * (size_t)ENTRIES_CELL_COUNT, sizeof(*cell));
	char none[] = "";
	enum err err = entry == NULL || cell == NULL ? err_set(info, ERR_MEMORY, "no memory for corrections") : ERR_NONE;

	request->reason_code = field[4];
	request->reason = field[5];
	entries.author = request->author;
	entries.reason = request->reason;
	entries.cell = cell;
	entries.count = (count - CORRECT_FIELDS) / ORDERS_CORRECT_COUNT;
	if (err == ERR_NONE)
		err = check_seal(request, info);
	if (err == ERR_NONE && ((count - CORRECT_FIELDS) % ORDERS_CORRECT_COUNT != 0 || entries.count > ENTRIES_MAX))
		err = err_set(info, ERR_DATA, "an order of corrections with %zu fields; %d corrections at a time are the most", count,
			      ENTRIES_MAX);
	for (size_t i = 0; err == ERR_NONE && i < entries.count; i++)
		set_cells(cell + i * ENTRIES_CELL_COUNT, field + CORRECT_FIELDS + i * ORDERS_CORRECT_COUNT, none);
	if (err == ERR_NONE)
		err = entries_check(ledger, &entries, entry, info);
	if (err == ERR_NONE)
		err = report_correction_add_sums(ledger, entry, entries.count, out, info);
	if (err == ERR_NONE)
		err = take_authors(entry, field + CORRECT_FIELDS, entries.count, info);
	request->report.pending = entry;
	request->report.pending_count = entries.count;
	if (err == ERR_NONE)
		err = seal_make(ledger, request, out, info);
	mem_free(cell);
	mem_free(entry);
	return err;
}

static bool has_verb(const char *line, const char *verb)
{
	size_t length = strlen(verb);

	return strncmp(line, verb, length) == 0 && (line[length] == '\t' || line[length] == '\0');
}

static enum err run_statement(struct ledger *ledger, char *const *field, size_t count, struct seal_request *request, struct buf *out,
			      struct err_info *info)
{
	request->report.period = field[1];
	request->report.site = field[2][0] == '\0' ? NULL : field[2];
	request->author = field[3];
	return has_verb(field[0], "correct") ? run_correct(ledger, field, count, request, out, info)
					     : run_seal(ledger, field, count, request, out, info);
}

/* ---- Entries ---- */

static enum err run_enter(struct ledger *ledger, char *const *field, size_t count, int64_t now_utc_ms, struct buf *out,
			  struct err_info *info)
{
	struct entries_request request = {.kind = field[1], .author = field[2], .reason = field[3], .now_utc_ms = now_utc_ms};
	int64_t first_id = 0;
	struct buf advice;
	enum err err;

	if ((count - ENTER_FIELDS) % ENTRIES_CELL_COUNT != 0)
		return err_set(info, ERR_DATA, "an order of entries with %zu fields", count);
	request.cell = field + ENTER_FIELDS;
	request.count = (count - ENTER_FIELDS) / ENTRIES_CELL_COUNT;
	buf_init(&advice, ORDER_ANSWER_BYTES_MAX);
	err = entries_add(ledger, &request, &first_id, &advice, info);
	if (err == ERR_NONE)
		buf_add_format(out, "entered as %lld%s", (long long)first_id, request.count == 1 ? "\n" : "");
	if (err == ERR_NONE && request.count > 1)
		buf_add_format(out, " to %lld\n", (long long)first_id + (long long)request.count - 1);
	if (err == ERR_NONE)
		buf_add_text(out, buf_text(&advice));
	buf_deinit(&advice);
	return err;
}

static enum err run_void(struct ledger *ledger, char *const *field, size_t count, int64_t now_utc_ms, struct buf *out,
			 struct err_info *info)
{
	struct ledger_entry by = {.author = field[2], .reason = field[3], .entered_utc_ms = now_utc_ms};
	int64_t entry_id;
	enum err err;

	if (count != ENTER_FIELDS || !num_parse_i64(field[1], &entry_id))
		return err_set(info, ERR_DATA, "an order to void of %zu fields", count);
	err = ledger_entry_void(ledger, entry_id, &by, info);
	if (err == ERR_NONE) {
		buf_add_format(out, "entry %lld is void; it stays, with the reason beside it\n", (long long)entry_id);
		report_stale_add_voided(ledger, entry_id, out);
	}
	return err;
}

static enum err run_entries(struct ledger *ledger, char *const *field, size_t count, int64_t now_utc_ms, struct buf *out,
			    struct err_info *info)
{
	enum err err;

	if (count < ENTER_FIELDS)
		return err_set(info, ERR_DATA, "an order '%.20s' of %zu fields", field[0], count);
	err = check_text("the author", field[2], info);
	if (err == ERR_NONE)
		err = check_text("the reason", field[3], info);
	if (err == ERR_NONE && (field[2][0] == '\0' || field[3][0] == '\0'))
		err = err_set(info, ERR_USAGE, "an entry has an author and a reason");
	if (err != ERR_NONE)
		return err;
	return has_verb(field[0], "void") ? run_void(ledger, field, count, now_utc_ms, out, info)
					  : run_enter(ledger, field, count, now_utc_ms, out, info);
}

bool orders_is_one(const char *line)
{
	return has_verb(line, "seal") || has_verb(line, "restate") || has_verb(line, "correct") || has_verb(line, "enter") ||
	       has_verb(line, "void");
}

enum err orders_run(struct ledger *ledger, char *line, int64_t now_utc_ms, bool is_clock_untrusted, struct buf *out, struct err_info *info)
{
	struct seal_request request = {.is_clock_untrusted = is_clock_untrusted};
	bool is_seal = has_verb(line, "seal");
	size_t least = has_verb(line, "correct") ? CORRECT_FIELDS : RESTATE_FIELDS;
	bool is_entry = has_verb(line, "enter") || has_verb(line, "void");
	char **field = mem_new_array(ORDER_FIELDS_MAX, sizeof(*field));
	size_t count = 0;
	enum err err;

	if (field == NULL)
		return err_set(info, ERR_MEMORY, "no memory for an order");
	request.report.now_utc_ms = now_utc_ms;
	err = order_split(line, field, ORDER_FIELDS_MAX, &count, info);
	if (err == ERR_NONE && is_entry)
		err = run_entries(ledger, field, count, now_utc_ms, out, info);
	else if (err == ERR_NONE && (is_seal ? count != SEAL_FIELDS && count != AGAIN_FIELDS : count < least))
		err = err_set(info, ERR_DATA, "an order '%.20s' of %zu fields", field[0], count);
	else if (err == ERR_NONE)
		err = run_statement(ledger, field, count, &request, out, info);
	if (err == ERR_NONE && !is_entry && out->bytes > 0)
		report_stale_add_twice(ledger, out);
	mem_free(field);
	return err;
}
