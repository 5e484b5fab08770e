/* SPDX-License-Identifier: Apache-2.0 */
#include "report/entries.h"

#include "account/market.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "ledger/entry.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/correction_sums.h"
#include "report/stale.h"
#include "report/utility.h"

#include <stdio.h>
#include <string.h>

enum { NODE_BYTES = 1024, TEXT_BYTES = 256 };

/* What a kind of entry may say, and in which unit. A span: it holds for a time; else it is of an instant. */
static const struct {
	const char *kind;
	const char *what;
	const char *unit;
	bool is_span;
} QUANTITIES[] = {
    {"fuel", "delivered", "l", false},
    {"fuel", "level", "l", false},
    {"fuel", "used", "l", true},
    {"fuel", "rate", "l/kWh", true},
    {"fuel", "rated", "kW", true},
    {"fuel", "run_time", "h", true},
    {"fuel", "load", "ratio", true},
    {"fuel", "factor", "kg/l", true},
    {"fuel", "upstream", "kg/l", true},
    {"reading", "counter", "kWh", false},
    {"invoice", "energy", "kWh", true},
    {"instrument", "certificate", "MWh", true},
    {"instrument", "ppa", "MWh", true},
    {"instrument", "supplier_rate", "g/kWh", true},
    {"asset", "commissioned_mass", "kg", false},
    {"asset", "disposed_mass", "kg", false},
    {"asset", "embodied", "kg", true},
    {REPORT_UTILITY, UTILITY_WATER, "l", true},
    {REPORT_UTILITY, UTILITY_REUSED, "kWh", true},
    {REPORT_CORRECTION, "ct_ratio", "ratio", true},
    {REPORT_CORRECTION, "scale", "ratio", true},
    {REPORT_CORRECTION, "role", "role", true},
    {REPORT_CORRECTION, "in_total", "yes/no", true},
    {REPORT_CORRECTION, "phase", "phase", true},
};

#define INSTRUMENT "instrument"

enum { QUANTITY_KINDS = sizeof(QUANTITIES) / sizeof(QUANTITIES[0]) };

const char *const ENTRIES_CELL_NAMES[ENTRIES_CELL_COUNT] = {"node", "from_utc", "to_utc", "what", "value", "unit", "note"};

struct finding {
	const char *node;
	uint32_t site_id; /* 0: not found yet */
};

static enum err take_row(void *context, const struct ledger_register_row *row, struct err_info *info)
{
	struct finding *finding = context;
	char node[NODE_BYTES];
	size_t site_bytes = strlen(row->site);
	size_t device_bytes;

	(void)info;
	snprintf(node, sizeof(node), "%s/%s/%s", row->site, row->device, row->key);
	device_bytes = site_bytes + 1 + strlen(row->device);
	if (strcmp(finding->node, node) == 0 || (strlen(finding->node) == site_bytes && strncmp(finding->node, node, site_bytes) == 0) ||
	    (strlen(finding->node) == device_bytes && strncmp(finding->node, node, device_bytes) == 0))
		finding->site_id = row->site_id;
	return ERR_NONE;
}

static enum err find_site(struct ledger *ledger, const char *node, uint32_t *site_id, struct err_info *info)
{
	struct ledger_filter all_time = {.start_s = 1, .end_s = INT64_MAX / CLOCK_MS_PER_S};
	struct finding finding = {.node = node};
	enum err err = ledger_query_register(ledger, &all_time, take_row, &finding, info);

	*site_id = finding.site_id;
	if (err == ERR_NONE && finding.site_id == 0)
		err = err_set(info, ERR_DATA, "node: the ledger knows no '%s' (SITE, SITE/DEVICE or SITE/DEVICE/METER is expected)", node);
	return err;
}

/* A correction has no unit to choose. */
static bool is_unit_known(const char *kind, char *const *cell)
{
	return strcmp(kind, REPORT_CORRECTION) == 0 && cell[ENTRIES_UNIT][0] == '\0';
}

static enum err check_quantity(struct ledger_entry *entry, const char *kind, char *const *cell, bool *is_span, struct err_info *info)
{
	char known[2 * TEXT_BYTES] = "";

	for (size_t i = 0; i < QUANTITY_KINDS; i++) {
		if (strcmp(QUANTITIES[i].kind, kind) != 0)
			continue;
		if (strcmp(QUANTITIES[i].what, cell[ENTRIES_WHAT]) == 0 &&
		    (strcmp(QUANTITIES[i].unit, cell[ENTRIES_UNIT]) == 0 || is_unit_known(kind, cell))) {
			*is_span = QUANTITIES[i].is_span;
			entry->unit = QUANTITIES[i].unit;
			return ERR_NONE;
		}
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s in %s", known[0] == '\0' ? "" : ", ",
			 QUANTITIES[i].what, QUANTITIES[i].unit);
	}
	if (known[0] == '\0')
		return err_set(
		    info, ERR_DATA,
		    "there is no kind of entry '%s': fuel, reading, invoice, instrument, asset, utility or correction is expected", kind);
	return err_set(info, ERR_DATA, "what, unit: '%s' in '%s' is none of: %s", cell[ENTRIES_WHAT], cell[ENTRIES_UNIT], known);
}

static enum err check_times(struct ledger_entry *entry, char *const *cell, bool is_span, int64_t now_utc_ms, struct err_info *info)
{
	const char *to = cell[ENTRIES_TO];

	if (!clock_parse_utc(cell[ENTRIES_FROM], &entry->from_utc_ms))
		return err_set(info, ERR_DATA, "from_utc: '%s' is no instant like 2026-10-01T00:00:00Z", cell[ENTRIES_FROM]);
	if (!is_span && to[0] != '\0')
		return err_set(info, ERR_DATA, "to_utc: '%s' of an instant leaves it empty", cell[ENTRIES_WHAT]);
	if (is_span && !clock_parse_utc(to, &entry->to_utc_ms))
		return err_set(info, ERR_DATA, "to_utc: '%s' is no instant like 2026-11-01T00:00:00Z", to);
	if (is_span && entry->to_utc_ms <= entry->from_utc_ms)
		return err_set(info, ERR_DATA, "to_utc: it is not after from_utc");
	if (entry->from_utc_ms > now_utc_ms)
		return err_set(info, ERR_DATA, "from_utc: '%s' has not come yet", cell[ENTRIES_FROM]);
	return ERR_NONE;
}

static enum err check_value(struct ledger_entry *entry, const char *kind, char *const *cell, struct err_info *info)
{
	enum report_correction_what what;

	if (strcmp(kind, REPORT_CORRECTION) == 0 && report_correction_find(cell[ENTRIES_WHAT], &what))
		return report_correction_parse(what, cell[ENTRIES_VALUE], &entry->value_micro, info);
	if (num_parse_fixed(cell[ENTRIES_VALUE], ENTRIES_DECIMALS, &entry->value_micro) && entry->value_micro >= 0)
		return ERR_NONE;
	return err_set(info, ERR_DATA, "value: '%s' is no number of at least 0 with at most %d decimals", cell[ENTRIES_VALUE],
		       ENTRIES_DECIMALS);
}

/* Slots begin with whole minutes, so a correction does. */
static enum err check_correction(struct ledger *ledger, const struct ledger_entry *entry, struct err_info *info)
{
	if (strcmp(entry->kind, REPORT_CORRECTION) != 0)
		return ERR_NONE;
	if (entry->from_utc_ms % (UNITS_S_PER_MIN * UNITS_MS_PER_S) != 0 || entry->to_utc_ms % (UNITS_S_PER_MIN * UNITS_MS_PER_S) != 0)
		return err_set(info, ERR_DATA, "from_utc, to_utc: a correction begins and ends with a whole minute");
	return report_correction_check(ledger, entry, info);
}

/* What bills say is of a whole site. */
static enum err check_utility(const struct ledger_entry *entry, struct err_info *info)
{
	if (strcmp(entry->kind, REPORT_UTILITY) != 0 || strchr(entry->node, '/') == NULL)
		return ERR_NONE;
	return err_set(info, ERR_DATA, "node: '%s' is no SITE, and '%s' is of one", entry->node, entry->what);
}

static enum err check(struct ledger *ledger, const struct entries_request *request, char *const *cell, struct ledger_entry *entry,
		      struct err_info *info)
{
	bool is_span = false;
	enum err err = check_quantity(entry, request->kind, cell, &is_span, info);

	if (err == ERR_NONE)
		err = check_times(entry, cell, is_span, request->now_utc_ms, info);
	if (err == ERR_NONE)
		err = check_value(entry, request->kind, cell, info);
	if (err == ERR_NONE && (!text_is_clean(cell[ENTRIES_NOTE]) || strlen(cell[ENTRIES_NOTE]) >= TEXT_BYTES))
		err = err_set(info, ERR_DATA, "note: it is longer than %d bytes, or holds characters that are not allowed", TEXT_BYTES - 1);
	if (err == ERR_NONE)
		err = find_site(ledger, cell[ENTRIES_NODE], &entry->site_id, info);
	if (err != ERR_NONE)
		return err;
	entry->kind = request->kind;
	entry->node = cell[ENTRIES_NODE];
	entry->what = cell[ENTRIES_WHAT];
	entry->note = cell[ENTRIES_NOTE];
	entry->author = request->author;
	entry->reason = request->reason;
	entry->entered_utc_ms = request->now_utc_ms;
	err = check_utility(entry, info);
	return err == ERR_NONE ? check_correction(ledger, entry, info) : err;
}

static enum err check_among(const struct ledger_entry *entry, size_t count, struct err_info *info)
{
	for (size_t i = 0; i + 1 < count; i++) {
		if (report_correction_collides(&entry[i], &entry[count - 1]))
			return err_set(info, ERR_DATA, "it corrects the same of '%s' as entry %zu, in the same time", entry[i].node, i + 1);
	}
	return ERR_NONE;
}

/* ---- Instruments ---- */

/* What an instrument has to say, in its note. */
static enum err check_terms(struct account_market_terms *terms, const struct ledger_entry *entry, struct err_info *info)
{
	bool is_rate = strcmp(entry->what, account_market_what_name(ACCOUNT_MARKET_SUPPLIER_RATE)) == 0;
	bool is_certificate = strcmp(entry->what, account_market_what_name(ACCOUNT_MARKET_CERTIFICATE)) == 0;
	enum err err = account_market_parse(terms, entry->note, info);

	if (err != ERR_NONE)
		return err;
	if (terms->id[0] == '\0' || terms->zone[0] == '\0' || terms->has_factor == is_rate || (is_certificate && !terms->is_retired))
		return err_set(info, ERR_DATA,
			       "note: %s needs %s, like: id=GO-4711; zone=NO%s (also registry=, technology=, beneficiary=, document=)",
			       entry->what,
			       is_rate          ? "id and zone, and no g_per_kwh beside its value"
			       : is_certificate ? "id, zone, g_per_kwh and the day on which it was retired"
						: "id, zone and g_per_kwh",
			       is_rate ? "" : "; g_per_kwh=0; retired=2026-02-01");
	if (!is_rate && entry->value_micro > ACCOUNT_MARKET_MICRO_MWH_MAX)
		return err_set(info, ERR_DATA, "value: more than a million MWh");
	if (is_rate && entry->value_micro > ACCOUNT_MARKET_MICROG_MAX)
		return err_set(info, ERR_DATA, "value: more than 5000 g/kWh");
	return ERR_NONE;
}

/* A certificate is used once; of a contract, or of a supplier, different times stand side by side. */
static bool is_twice(const struct ledger_entry *a, const char *id, const struct ledger_entry *b)
{
	struct account_market_terms other;

	if (strcmp(a->what, b->what) != 0 || account_market_parse(&other, b->note, NULL) != ERR_NONE || strcmp(id, other.id) != 0)
		return false;
	return strcmp(a->what, account_market_what_name(ACCOUNT_MARKET_CERTIFICATE)) == 0 ||
	       (a->from_utc_ms < b->to_utc_ms && b->from_utc_ms < a->to_utc_ms &&
		(strcmp(a->what, account_market_what_name(ACCOUNT_MARKET_PPA)) == 0 || strcmp(a->node, b->node) == 0));
}

struct claiming {
	const struct ledger_entry *entry;
	struct account_market_terms *terms;
	size_t count;
};

static enum err take_claimed(void *context, const struct ledger_entry *had, struct err_info *info)
{
	const struct claiming *claiming = context;

	for (size_t i = 0; !had->is_voided && strcmp(had->kind, INSTRUMENT) == 0 && i < claiming->count; i++) {
		if (is_twice(&claiming->entry[i], claiming->terms[i].id, had))
			return err_set(info, ERR_DATA, "entry %zu: note: %s is claimed already by entry %lld of %s: nothing is used twice",
				       i + 1, claiming->terms[i].id, (long long)had->entry_id, had->node);
	}
	return ERR_NONE;
}

static enum err check_instruments(struct ledger *ledger, const struct ledger_entry *entry, size_t count, struct err_info *info)
{
	struct ledger_entry_filter all = {0};
	struct claiming claiming = {entry, mem_new_array(count, sizeof(*claiming.terms)), count};
	enum err err = claiming.terms == NULL ? err_set(info, ERR_MEMORY, "no memory for %zu entries", count) : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < count; i++) {
		err = check_terms(&claiming.terms[i], &entry[i], info);
		for (size_t j = 0; err == ERR_NONE && j < i; j++) {
			if (is_twice(&entry[i], claiming.terms[i].id, &entry[j]))
				err = err_set(info, ERR_DATA, "note: %s stands in entry %zu already: nothing is used twice",
					      claiming.terms[i].id, j + 1);
		}
		if (err != ERR_NONE)
			err = err_prefix(info, "entry %zu", i + 1);
	}
	if (err == ERR_NONE)
		err = ledger_query_entries(ledger, &all, take_claimed, &claiming, info);
	mem_free(claiming.terms);
	return err;
}

enum err entries_check(struct ledger *ledger, const struct entries_request *request, struct ledger_entry *entry, struct err_info *info)
{
	enum err err = ERR_NONE;

	if (request->count == 0 || request->count > ENTRIES_MAX)
		return err_set(info, ERR_DATA, "%zu entries: 1 to %d at a time are expected", request->count, ENTRIES_MAX);
	for (size_t i = 0; err == ERR_NONE && i < request->count; i++) {
		err = check(ledger, request, request->cell + i * ENTRIES_CELL_COUNT, &entry[i], info);
		if (err == ERR_NONE)
			err = check_among(entry, i + 1, info);
		if (err != ERR_NONE)
			err = err_prefix(info, "entry %zu", i + 1);
	}
	if (err == ERR_NONE && strcmp(request->kind, INSTRUMENT) == 0)
		err = check_instruments(ledger, entry, request->count, info);
	return err;
}

enum err entries_add(struct ledger *ledger, const struct entries_request *request, int64_t *first_id, struct buf *out,
		     struct err_info *info)
{
	struct ledger_entry *entry = mem_new_array(ENTRIES_MAX, sizeof(*entry));
	enum err err;

	if (entry == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu entries", request->count);
	err = entries_check(ledger, request, entry, info);
	if (err == ERR_NONE)
		err = report_correction_add_sums(ledger, entry, request->count, out, info);
	if (err == ERR_NONE)
		err = ledger_entry_add(ledger, entry, request->count, first_id, info);
	if (err == ERR_NONE && strcmp(request->kind, INSTRUMENT) == 0)
		report_stale_add_twice(ledger, out);
	mem_free(entry);
	return err;
}
