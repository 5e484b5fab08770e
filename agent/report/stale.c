/* SPDX-License-Identifier: Apache-2.0 */
#include "report/stale.h"

#include "account/market.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/entry.h"
#include "ledger/statement.h"
#include "model/units.h"
#include "report/entered.h"

#include <stdio.h>
#include <string.h>

enum { LIST_MAX = 1000000, SITE_BYTES = 64, LABEL_BYTES = 64 };

/* A certificate, or the one entry that is asked for. */
struct claim {
	int64_t entry_id;
	uint32_t site_id;
	char site[SITE_BYTES];
	char id[ACCOUNT_MARKET_TEXT_BYTES];
	int64_t from_ms;
	int64_t to_ms;
	int64_t entered_ms;
	int64_t voided_ms; /* 0: it counts */
};

/* The newest of a site and span. */
struct sealed {
	uint32_t site_id;
	char label[LABEL_BYTES];
	int64_t start_s;
	int64_t end_s;
	int64_t sealed_ms;
};

struct stale {
	int64_t entry_id; /* this one alone; 0: all certificates */
	struct claim *claim;
	size_t claim_count;
	size_t claim_capacity;
	size_t void_count;
	struct sealed *sealed;
	size_t sealed_count;
	size_t sealed_capacity;
};

/* ---- What was entered, and what was sealed ---- */

static bool is_certificate(const struct ledger_entry *entry)
{
	return strcmp(entry->kind, "instrument") == 0 && strcmp(entry->what, account_market_what_name(ACCOUNT_MARKET_CERTIFICATE)) == 0;
}

static void take_void(struct stale *stale, const struct ledger_entry *entry)
{
	for (size_t i = 0; i < stale->claim_count; i++) {
		if (stale->claim[i].entry_id != entry->voids)
			continue;
		stale->claim[i].voided_ms = entry->entered_utc_ms;
		stale->void_count++;
	}
}

static enum err take_entry(void *context, const struct ledger_entry *entry, struct err_info *info)
{
	struct stale *stale = context;
	struct account_market_terms terms = {.id = ""};
	void *array = stale->claim;
	struct claim *claim;
	enum err err;

	if (entry->voids != 0)
		take_void(stale, entry);
	if (stale->entry_id != 0 ? entry->entry_id != stale->entry_id || !report_entered_is_in_figures(entry->kind)
				 : !is_certificate(entry) || account_market_parse(&terms, entry->note, NULL) != ERR_NONE)
		return ERR_NONE;
	err = mem_grow(&array, &stale->claim_capacity, stale->claim_count, LIST_MAX, sizeof(*claim));
	stale->claim = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu entries", stale->claim_count + 1);
	claim = &stale->claim[stale->claim_count++];
	*claim = (struct claim){.entry_id = entry->entry_id,
				.site_id = entry->site_id,
				.from_ms = entry->from_utc_ms,
				.to_ms = entry->to_utc_ms == 0 ? entry->from_utc_ms + 1 : entry->to_utc_ms,
				.entered_ms = entry->entered_utc_ms};
	(void)text_copy(claim->id, sizeof(claim->id), terms.id);
	snprintf(claim->site, sizeof(claim->site), "%.*s", (int)strcspn(entry->node, "/"), entry->node);
	return ERR_NONE;
}

static enum err take_statement(void *context, const struct ledger_statement *row, struct err_info *info)
{
	struct stale *stale = context;
	void *array = stale->sealed;
	size_t at = 0;
	enum err err;

	while (at < stale->sealed_count && (stale->sealed[at].site_id != row->site_id || stale->sealed[at].start_s != row->start_s ||
					    stale->sealed[at].end_s != row->end_s))
		at++;
	if (at == stale->sealed_count) {
		err = mem_grow(&array, &stale->sealed_capacity, stale->sealed_count, LIST_MAX, sizeof(*stale->sealed));
		stale->sealed = array;
		if (err != ERR_NONE)
			return err_set(info, err, "no room for %zu statements", stale->sealed_count + 1);
		stale->sealed_count++;
	}
	stale->sealed[at] =
	    (struct sealed){.site_id = row->site_id, .start_s = row->start_s, .end_s = row->end_s, .sealed_ms = row->sealed_utc_ms};
	(void)text_copy(stale->sealed[at].label, sizeof(stale->sealed[at].label), row->label);
	return ERR_NONE;
}

/* ---- What does not fit ---- */

/* It counted when that was sealed, and is void now. */
static bool is_held(const struct claim *claim, const struct sealed *sealed)
{
	return claim->site_id == sealed->site_id && claim->voided_ms > sealed->sealed_ms && claim->entered_ms <= sealed->sealed_ms &&
	       claim->from_ms < sealed->end_s * UNITS_MS_PER_S && claim->to_ms > sealed->start_s * UNITS_MS_PER_S;
}

static const struct claim *find_other(const struct stale *stale, const struct claim *claim)
{
	for (size_t i = 0; i < stale->claim_count; i++) {
		if (stale->claim[i].voided_ms == 0 && strcmp(stale->claim[i].id, claim->id) == 0)
			return &stale->claim[i];
	}
	return NULL;
}

static void add_command(struct buf *out, const struct claim *claim, const struct sealed *sealed)
{
	buf_add_format(out, "`wattledger restate --period %s --site %s --reason ERROR --note 'entry %lld was voided'`\n", sealed->label,
		       claim->site, (long long)claim->entry_id);
}

static void add_lines(const struct stale *stale, struct buf *out)
{
	for (size_t i = 0; i < stale->claim_count; i++) {
		const struct claim *claim = &stale->claim[i];
		const struct claim *other = claim->voided_ms == 0 || stale->entry_id != 0 ? NULL : find_other(stale, claim);

		for (size_t s = 0; s < stale->sealed_count; s++) {
			const struct sealed *sealed = &stale->sealed[s];

			if (!is_held(claim, sealed) || (stale->entry_id == 0 && other == NULL))
				continue;
			if (other == NULL)
				buf_add_format(out, "%s of %s was sealed with entry %lld, and holds it until ", sealed->label, claim->site,
					       (long long)claim->entry_id);
			else
				buf_add_format(
				    out,
				    "warning: certificate %s counts twice: in %s of %s, which was sealed before entry %lld was voided, "
				    "and by entry %lld; until ",
				    claim->id, sealed->label, claim->site, (long long)claim->entry_id, (long long)other->entry_id);
			add_command(out, claim, sealed);
		}
	}
}

static void add(struct ledger *ledger, struct stale *stale, struct buf *out)
{
	struct ledger_entry_filter all = {0};
	struct ledger_statement_filter each = {0};
	struct err_info info = {0};
	enum err err = ledger_query_entries(ledger, &all, take_entry, stale, &info);

	if (err == ERR_NONE && stale->void_count > 0)
		err = ledger_query_statements(ledger, &each, take_statement, stale, &info);
	if (err == ERR_NONE)
		add_lines(stale, out);
	else
		buf_add_format(out, "warning: whether a sealed period has to be restated is not known: %s\n", info.text);
	mem_free(stale->claim);
	mem_free(stale->sealed);
}

void report_stale_add_twice(struct ledger *ledger, struct buf *out)
{
	struct stale stale = {.entry_id = 0};

	add(ledger, &stale, out);
}

void report_stale_add_voided(struct ledger *ledger, int64_t entry_id, struct buf *out)
{
	struct stale stale = {.entry_id = entry_id};

	add(ledger, &stale, out);
}
