/* SPDX-License-Identifier: Apache-2.0 */
#include "report/entered.h"

#include "account/fuel.h"
#include "base/mem.h"
#include "ledger/entry.h"
#include "model/units.h"

#include <string.h>

enum { ENTRIES_KNOWN_MAX = 1000000 };

#define FUEL "fuel"
#define BEYOND_S (ACCOUNT_FUEL_DIP_MS / UNITS_MS_PER_S)

struct loading {
	struct report_entered *entered;
	int64_t known_utc_ms; /* what came later does not count */
};

static int64_t known_utc_ms(const struct report_site *site)
{
	return site->sealed.statement_id == 0 ? INT64_MAX : site->sealed.sealed_utc_ms;
}

/* It is there, or gone, from then on. */
static bool is_asset(const struct ledger_entry *entry)
{
	return strcmp(entry->kind, "asset") == 0 && entry->to_utc_ms == 0;
}

bool report_entered_touches(const struct ledger_entry *entry, const struct report_site *site)
{
	int64_t end_ms = entry->to_utc_ms > entry->from_utc_ms ? entry->to_utc_ms : entry->from_utc_ms + 1;
	bool is_fuel = strcmp(entry->kind, FUEL) == 0;
	int64_t start_s = is_asset(entry) ? 0 : site->span.start_s - (is_fuel ? BEYOND_S : 0);
	int64_t end_s = site->span.end_s + (is_fuel ? BEYOND_S + 1 : 0); /* a dip a day after it still counts */

	return entry->from_utc_ms < end_s * UNITS_MS_PER_S && end_ms > start_s * UNITS_MS_PER_S;
}

struct walk {
	const struct report_site *site;
	ledger_entry_fn *each;
	void *context;
};

static enum err take_wide(void *context, const struct ledger_entry *entry, struct err_info *info)
{
	const struct walk *walk = context;

	return entry->voids != 0 || report_entered_touches(entry, walk->site) ? walk->each(walk->context, entry, info) : ERR_NONE;
}

enum err report_entered_walk(struct ledger *ledger, const struct report_site *site, ledger_entry_fn *each, void *context,
			     struct err_info *info)
{
	struct walk walk = {site, each, context};
	struct ledger_entry_filter filter = {.site_id = site->site_id, .start_s = 1, .end_s = site->span.end_s + BEYOND_S + 1};

	return ledger_query_entries(ledger, &filter, take_wide, &walk, info);
}

static struct report_entered_row *find(const struct report_entered *entered, int64_t entry_id)
{
	for (size_t i = 0; i < entered->count; i++) {
		if (entered->row[i].entry_id == entry_id)
			return &entered->row[i];
	}
	return NULL;
}

/* The four texts lie one behind the other. */
static enum err copy_texts(struct report_entered_row *row, const struct ledger_entry *entry, struct err_info *info)
{
	const char *const texts[] = {entry->kind, entry->node, entry->what, entry->note};
	const char **const places[] = {&row->kind, &row->node, &row->what, &row->note};
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		bytes += strlen(texts[i]) + 1;
	row->text = mem_new(bytes);
	if (row->text == NULL)
		return err_set(info, ERR_MEMORY, "no memory for an entry");
	at = row->text;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t length = strlen(texts[i]) + 1;

		memcpy(at, texts[i], length);
		*places[i] = at;
		at += length;
	}
	return ERR_NONE;
}

static enum err take_entry(void *context, const struct ledger_entry *entry, struct err_info *info)
{
	struct loading *loading = context;
	struct report_entered *entered = loading->entered;
	bool is_known = entry->entered_utc_ms <= loading->known_utc_ms;
	void *array = entered->row;
	struct report_entered_row *row;
	enum err err;

	if (entry->voids != 0) {
		row = find(entered, entry->voids);
		if (row != NULL && is_known)
			row->counts = false;
		return ERR_NONE;
	}
	err = mem_grow(&array, &entered->capacity, entered->count, ENTRIES_KNOWN_MAX, sizeof(*entered->row));
	entered->row = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu entries", entered->count + 1);
	row = &entered->row[entered->count++];
	*row = (struct report_entered_row){.entry_id = entry->entry_id,
					   .from_ms = entry->from_utc_ms,
					   .to_ms = entry->to_utc_ms,
					   .value_micro = entry->value_micro,
					   .counts = is_known};
	return copy_texts(row, entry, info);
}

enum err report_entered_load(struct report_entered *entered, struct ledger *ledger, const struct report_site *site,
			     const struct report_request *request, struct err_info *info)
{
	struct loading loading = {entered, known_utc_ms(site)};
	enum err err = report_entered_walk(ledger, site, take_entry, &loading, info);

	for (size_t i = 0; err == ERR_NONE && i < request->pending_count; i++) {
		const struct ledger_entry *entry = &request->pending[i];

		if (entry->site_id == site->site_id && report_entered_touches(entry, site))
			err = take_entry(&loading, entry, info);
	}
	return err;
}

void report_entered_deinit(struct report_entered *entered)
{
	for (size_t i = 0; i < entered->count; i++)
		mem_free(entered->row[i].text);
	mem_free(entered->row);
	*entered = (struct report_entered){0};
}

bool report_entered_has(const struct report_entered *entered, int64_t entry_id)
{
	return find(entered, entry_id) != NULL;
}

bool report_entered_counts(const struct report_entered *entered, int64_t entry_id)
{
	const struct report_entered_row *row = find(entered, entry_id);

	return row != NULL && row->counts;
}

bool report_entered_is_in_figures(const char *kind)
{
	return strcmp(kind, "fuel") == 0 || strcmp(kind, "instrument") == 0 || strcmp(kind, REPORT_CORRECTION) == 0 ||
	       strcmp(kind, REPORT_UTILITY) == 0;
}
