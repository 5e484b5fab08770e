/* SPDX-License-Identifier: Apache-2.0 */
/* verify_entries: what was entered, as reports read it; and that corrections.csv says what entries.csv says. */
#include "report/verify_priv.h"

#include "account/market.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/assets.h"
#include "report/correction.h"
#include "report/export.h"
#include "report/figure.h"

#include <string.h>

enum { ENTRIES_MAX = 1000000, MICRO_DECIMALS = 6, LINE_BYTES_MAX = 64 << 10 };

enum column { ID = 0, KIND, NODE, FROM, TO, WHAT, VALUE, NOTE, AUTHOR, REASON, ENTERED, VOIDED, COUNTS, VOIDS };

static bool is_yes(const char *cell)
{
	return cell != NULL && strcmp(cell, "yes") == 0;
}

/* ---- Corrections ---- */

/* All that both files say of one, its value as corrections.csv writes it. */
static char *make_line(const char *const *cell, const char *value)
{
	static const enum column SAME[] = {ID, NODE, FROM, TO, WHAT, NOTE, AUTHOR, REASON, ENTERED, VOIDED, COUNTS};
	struct buf line;
	size_t bytes;
	char *text;

	buf_init(&line, LINE_BYTES_MAX);
	for (size_t i = 0; i < sizeof(SAME) / sizeof(SAME[0]); i++) {
		buf_add_text(&line, cell[SAME[i]] == NULL ? "" : cell[SAME[i]]);
		buf_add_char(&line, '\n');
	}
	buf_add_text(&line, value);
	text = buf_take(&line, &bytes);
	buf_deinit(&line);
	return text;
}

static enum err add_line(struct verification *verification, const char *const *cell, int64_t value_micro, struct err_info *info)
{
	enum report_correction_what what;
	void *array = verification->line;
	struct buf value;
	enum err err;

	if (strcmp(cell[KIND], REPORT_CORRECTION) != 0 || !report_correction_find(cell[WHAT], &what))
		return ERR_NONE;
	err = mem_grow(&array, &verification->line_capacity, verification->line_count, ENTRIES_MAX, sizeof(*verification->line));
	verification->line = array;
	if (err != ERR_NONE)
		return err_set(info, err, "entries.csv: no room for its corrections");
	buf_init(&value, NUM_TEXT_BYTES);
	report_correction_add_value(&value, what, value_micro);
	verification->line[verification->line_count] = make_line(cell, buf_text(&value));
	buf_deinit(&value);
	return verification->line[verification->line_count++] == NULL ? err_set(info, ERR_MEMORY, "no memory for a correction") : ERR_NONE;
}

static enum err take_correction(struct verification *verification, const struct csv_row *row, const char *const *cell,
				struct err_info *info)
{
	char *line = make_line(cell, cell[VALUE]);

	if (line == NULL)
		return err_set(info, ERR_MEMORY, "no memory for a correction");
	if (verification->line_at >= verification->line_count || strcmp(verification->line[verification->line_at], line) != 0)
		verify_find(verification, EXPORT_CORRECTIONS ":%zu: correction %s of %s is not so in entries.csv", row->line, cell[ID],
			    cell[NODE]);
	verification->line_at++;
	mem_free(line);
	return ERR_NONE;
}

enum err verify_held_corrections(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {[ID] = "entry_id",         [KIND] = "site", /* nothing is asked of it */
					      [NODE] = "node",           [FROM] = "from_utc",    [TO] = "to_utc",     [WHAT] = "what",
					      [VALUE] = "value",         [NOTE] = "note",        [AUTHOR] = "author", [REASON] = "reason",
					      [ENTERED] = "entered_utc", [VOIDED] = "is_voided", [COUNTS] = "counts", NULL};
	enum err err;

	if (!verification->has_corrections)
		return ERR_NONE;
	err = verify_walk(verification, EXPORT_CORRECTIONS, COLUMNS, take_correction, info);
	if (err == ERR_NONE && verification->line_at < verification->line_count)
		verify_find(verification, EXPORT_CORRECTIONS ": entries.csv has %zu corrections, and it has %zu", verification->line_count,
			    verification->line_at);
	return err;
}

/* ---- entries.csv ---- */

/* Nothing is used twice: an entry that is refused where it is entered must not be in a package either. */
static void check_twice(struct verification *verification, const struct report_entered_row *row, size_t line)
{
	const struct report_entered *entered = &verification->package.totals.entered;
	struct account_market_terms terms;
	struct account_market_terms had;

	if (!row->counts || strcmp(row->kind, "instrument") != 0 || strcmp(row->what, "certificate") != 0 ||
	    account_market_parse(&terms, row->note, NULL) != ERR_NONE)
		return;
	for (size_t i = 0; i + 1 < entered->count; i++) {
		const struct report_entered_row *other = &entered->row[i];

		if (other->counts && strcmp(other->kind, row->kind) == 0 && strcmp(other->what, row->what) == 0 &&
		    account_market_parse(&had, other->note, NULL) == ERR_NONE && strcmp(had.id, terms.id) == 0)
			verify_find(verification, "entries.csv:%zu: certificate %s is used twice", line, terms.id);
	}
}

/* The four texts lie one behind the other. */
static bool take_texts(struct report_entered_row *row, const char *const *cell)
{
	const char *const text[] = {cell[KIND], cell[NODE], cell[WHAT], strcmp(cell[NOTE], FIGURE_NONE) == 0 ? "" : cell[NOTE]};
	const char **const place[] = {&row->kind, &row->node, &row->what, &row->note};
	size_t bytes = 0;

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		bytes += strlen(text[i]) + 1;
	row->text = mem_new(bytes);
	if (row->text == NULL)
		return false;
	bytes = 0;
	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		size_t length = strlen(text[i]) + 1;

		memcpy(row->text + bytes, text[i], length);
		*place[i] = row->text + bytes;
		bytes += length;
	}
	return true;
}

static enum err add_invoice(struct verification *verification, const struct report_entered_row *row, struct err_info *info)
{
	struct package *package = &verification->package;
	void *array = package->invoice;
	enum err err = mem_grow(&array, &package->invoice_capacity, package->invoice_count, ENTRIES_MAX, sizeof(*package->invoice));

	package->invoice = array;
	if (err != ERR_NONE)
		return err_set(info, err, "entries.csv: no room for its invoices");
	package->invoice[package->invoice_count] = (struct export_invoice){row->from_ms, row->to_ms, row->value_micro, mem_dup(row->node)};
	return package->invoice[package->invoice_count++].node == NULL ? err_set(info, ERR_MEMORY, "no memory for an invoice") : ERR_NONE;
}

/* What is refused where it is entered must not be in a package either: it would be divided by, or be more than sums can take. */
static bool is_sound(const struct report_entered_row *entry)
{
	bool is_instrument = strcmp(entry->kind, "instrument") == 0;
	bool is_correction = strcmp(entry->kind, REPORT_CORRECTION) == 0;
	bool is_span =
	    is_instrument || is_correction || strcmp(entry->kind, REPORT_UTILITY) == 0 || strcmp(entry->what, ASSET_EMBODIED) == 0;
	int64_t most = strcmp(entry->what, "supplier_rate") == 0 ? ACCOUNT_MARKET_MICROG_MAX : ACCOUNT_MARKET_MICRO_MWH_MAX;

	return (entry->to_ms == 0 ? !is_span : entry->to_ms > entry->from_ms) && (is_correction || entry->value_micro >= 0) &&
	       (!is_instrument || entry->value_micro <= most);
}

static enum err take_entry(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_entered *entered = &verification->package.totals.entered;
	struct report_entered_row entry = {.counts = is_yes(cell[COUNTS])};
	void *array = entered->row;
	enum err err;

	verification->has_entries = cell[COUNTS] != NULL;
	if (strcmp(cell[VOIDS], FIGURE_NONE) != 0)
		return ERR_NONE;
	if (!num_parse_i64(cell[ID], &entry.entry_id) || !clock_parse_utc(cell[FROM], &entry.from_ms) ||
	    (strcmp(cell[TO], FIGURE_NONE) != 0 && !clock_parse_utc(cell[TO], &entry.to_ms)) ||
	    !num_parse_fixed(cell[VALUE], MICRO_DECIMALS, &entry.value_micro) || !verify_count(verification, entry.value_micro))
		return err_set(info, ERR_DATA, "entries.csv:%zu: number, instants and value are not understood", row->line);
	err = mem_grow(&array, &entered->capacity, entered->count, ENTRIES_MAX, sizeof(entry));
	entered->row = array;
	if (err != ERR_NONE)
		return err_set(info, err, "entries.csv: no room for its rows");
	if (!take_texts(&entry, cell))
		return err_set(info, ERR_MEMORY, "no memory for an entry");
	entered->row[entered->count++] = entry;
	if (!is_sound(&entry))
		return err_set(info, ERR_DATA, "entries.csv:%zu: span or value is none that can be entered", row->line);
	check_twice(verification, &entry, row->line);
	if (!is_yes(cell[VOIDED]) && strcmp(entry.kind, "invoice") == 0 && strcmp(entry.what, "energy") == 0)
		err = add_invoice(verification, &entry, info);
	return err == ERR_NONE ? add_line(verification, cell, entry.value_micro, info) : err;
}

static bool is_of(const char *node, const char *site)
{
	size_t bytes = strlen(site);

	return strncmp(node, site, bytes) == 0 && (node[bytes] == '\0' || node[bytes] == '/');
}

/* Those of a site stand together. */
static void share_out(struct verification *verification)
{
	const struct report_entered *entered = &verification->package.totals.entered;
	struct report_register *reg = &verification->package.totals.reg;

	for (size_t i = 0; i < reg->site_count; i++) {
		struct report_site *site = &reg->site[i];

		while (site->first_entered < entered->count && !is_of(entered->row[site->first_entered].node, site->id))
			site->first_entered++;
		while (site->first_entered + site->entered_count < entered->count &&
		       is_of(entered->row[site->first_entered + site->entered_count].node, site->id))
			site->entered_count++;
	}
}

enum err verify_load_entries(struct verification *verification, struct err_info *info)
{
	static const char *const COLUMNS[] = {[ID] = "entry_id",
					      [KIND] = "kind",
					      [NODE] = "node",
					      [FROM] = "from_utc",
					      [TO] = "to_utc",
					      [WHAT] = "what",
					      [VALUE] = "value",
					      [NOTE] = "note",
					      [AUTHOR] = "author",
					      [REASON] = "reason",
					      [ENTERED] = "entered_utc",
					      [VOIDED] = "is_voided",
					      [COUNTS] = VERIFY_OPTIONAL "counts",
					      [VOIDS] = "voids",
					      NULL};
	enum err err;

	verification->has_entries = true; /* unless a row lacks what counts */
	err = verify_walk(verification, "entries.csv", COLUMNS, take_entry, info);
	share_out(verification);
	return err;
}
