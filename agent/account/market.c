/* SPDX-License-Identifier: Apache-2.0 */
#include "account/market.h"

#include "account/carbon.h"
#include "base/num.h"
#include "base/text.h"

#include <string.h>

enum { FACTOR_DECIMALS = 6, VALUE_BYTES = 128 };

static const char *const WHAT_NAME[ACCOUNT_MARKET_WHAT_COUNT] = {"certificate", "ppa", "supplier_rate"};

const char *account_market_what_name(enum account_market_what what)
{
	return (unsigned)what < ACCOUNT_MARKET_WHAT_COUNT ? WHAT_NAME[what] : "?";
}

bool account_market_what_find(const char *name, enum account_market_what *out)
{
	for (unsigned i = 0; i < ACCOUNT_MARKET_WHAT_COUNT; i++) {
		if (strcmp(name, WHAT_NAME[i]) == 0) {
			*out = (enum account_market_what)i;
			return true;
		}
	}
	return false;
}

/* ---- Terms ---- */

enum term {
	TERM_ID = 0,
	TERM_ZONE,
	TERM_FACTOR,
	TERM_RETIRED,
	TERM_REGISTRY,
	TERM_TECHNOLOGY,
	TERM_BENEFICIARY,
	TERM_DOCUMENT,
	TERM_COUNT
};

static const char *const TERM_NAME[TERM_COUNT] = {"id",       "zone",       "g_per_kwh",   "retired",
						  "registry", "technology", "beneficiary", "document"};

static bool is_date(const char *text)
{
	static const char FORM[] = "dddd-dd-dd";

	for (size_t i = 0; i < sizeof(FORM); i++) {
		if (FORM[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != FORM[i])
			return false;
	}
	return true;
}

static enum err take_term(struct account_market_terms *out, enum term term, const char *value, struct err_info *info)
{
	bool is_good = value[0] != '\0';

	if (term == TERM_ID)
		is_good = is_good && text_copy(out->id, sizeof(out->id), value);
	else if (term == TERM_ZONE)
		is_good = text_is_id(value) && text_copy(out->zone, sizeof(out->zone), value);
	else if (term == TERM_FACTOR)
		is_good = num_parse_fixed(value, FACTOR_DECIMALS, &out->microg_per_kwh) && out->microg_per_kwh >= 0 &&
			  out->microg_per_kwh <= ACCOUNT_MARKET_MICROG_MAX;
	else if (term == TERM_RETIRED)
		is_good = is_date(value);
	out->has_factor = out->has_factor || term == TERM_FACTOR;
	out->is_retired = out->is_retired || term == TERM_RETIRED;
	if (!is_good)
		return err_set(info, ERR_DATA,
			       "note: %s=%s is not understood (id and zone are short names, g_per_kwh 0 to 5000, retired a date)",
			       TERM_NAME[term], value);
	return ERR_NONE;
}

/* One "key=value", without the spaces around it. */
static enum err take_pair(struct account_market_terms *out, char *pair, bool seen[static TERM_COUNT], struct err_info *info)
{
	char *value = strchr(pair, '=');

	for (int term = 0; value != NULL && term < TERM_COUNT; term++) {
		size_t bytes = strlen(TERM_NAME[term]);

		if ((size_t)(value - pair) != bytes || strncmp(pair, TERM_NAME[term], bytes) != 0)
			continue;
		if (seen[term])
			return err_set(info, ERR_DATA, "note: %s is said twice", TERM_NAME[term]);
		seen[term] = true;
		return take_term(out, (enum term)term, value + 1, info);
	}
	return err_set(info, ERR_DATA,
		       "note: '%s' is none of id=, zone=, g_per_kwh=, retired=, registry=, technology=, beneficiary=, document= "
		       "(with a semicolon between)",
		       pair);
}

enum err account_market_parse(struct account_market_terms *out, const char *note, struct err_info *info)
{
	bool seen[TERM_COUNT] = {false};
	enum err err = ERR_NONE;

	*out = (struct account_market_terms){0};
	while (err == ERR_NONE && *note != '\0') {
		size_t bytes = strcspn(note, ";");
		const char *next = note + bytes + (note[bytes] == ';' ? 1 : 0);
		char pair[VALUE_BYTES];

		while (bytes > 0 && *note == ' ') {
			note++;
			bytes--;
		}
		while (bytes > 0 && note[bytes - 1] == ' ')
			bytes--;
		if (bytes >= sizeof(pair))
			return err_set(info, ERR_DATA, "note: '%.40s...' is longer than %zu bytes", note, sizeof(pair) - 1);
		memcpy(pair, note, bytes);
		pair[bytes] = '\0';
		if (bytes > 0)
			err = take_pair(out, pair, seen, info);
		note = next;
	}
	return err;
}

/* ---- Matching ---- */

static int64_t distance(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

static int64_t move(int64_t instant_ms, int64_t start_ms, int64_t end_ms)
{
	int64_t near = distance(instant_ms, end_ms) < distance(instant_ms, start_ms) ? end_ms : start_ms;

	return distance(instant_ms, near) <= ACCOUNT_MARKET_NEAR_MS ? near : instant_ms;
}

/* A vintage in a span: its ends where they count, and the time that lies in the span. */
struct vintage {
	int64_t whole_ms;
	int64_t overlap_ms;
};

/* One that is all near an end keeps its own ends. */
static struct vintage place(const struct account_market_instrument *instrument, int64_t start_ms, int64_t end_ms)
{
	bool is_short = instrument->to_ms - instrument->from_ms <= 2 * ACCOUNT_MARKET_NEAR_MS;
	int64_t from = is_short ? instrument->from_ms : move(instrument->from_ms, start_ms, end_ms);
	int64_t to = is_short ? instrument->to_ms : move(instrument->to_ms, start_ms, end_ms);
	int64_t first = from < start_ms ? start_ms : from;
	int64_t last = to > end_ms ? end_ms : to;

	return (struct vintage){to - from, last > first ? last - first : 0};
}

static bool is_under(const char *node, const char *of)
{
	size_t bytes = strlen(of);

	return strncmp(node, of, bytes) == 0 && (node[bytes] == '\0' || node[bytes] == '/');
}

static bool is_for(const struct account_market_instrument *instrument, const struct account_market_part *part)
{
	int64_t overlap_ms;

	if (!is_under(part->node, instrument->node) || strcmp(part->zone, instrument->zone) != 0)
		return false;
	overlap_ms = place(instrument, part->start_ms, part->end_ms).overlap_ms;
	return instrument->what == ACCOUNT_MARKET_SUPPLIER_RATE ? overlap_ms == part->end_ms - part->start_ms : overlap_ms > 0;
}

/* The share that the period has in the vintage. */
static int64_t share_millij(const struct account_market_instrument *instrument, const struct vintage *vintage)
{
	if (vintage->overlap_ms == 0)
		return 0;
	return num_muldiv_half_even(instrument->micro_mwh, vintage->overlap_ms, vintage->whole_ms) * ACCOUNT_MARKET_MILLIJ_PER_MICRO_MWH;
}

static void spread(const struct account_market *market, size_t at, int64_t millij, int64_t left_millij)
{
	struct account_market_instrument *instrument = &market->instrument[at];
	int64_t come = 0;
	int64_t given = 0;

	for (size_t i = 0; i < market->part_count; i++) {
		struct account_market_part *part = &market->part[i];
		int64_t upto;
		int64_t share;

		if (part->left_millij <= 0 || !is_for(instrument, part))
			continue;
		come += part->left_millij;
		upto = num_muldiv_half_even(millij, come, left_millij);
		share = upto - given;
		given = upto;
		if (share == 0)
			continue;
		part->left_millij -= share;
		part->mg += account_carbon_mg(share, instrument->microg_per_kwh);
		if (market->take != NULL)
			market->take(market->context, at, i, share);
	}
	instrument->taken_millij = given;
}

static void match(const struct account_market *market, size_t at)
{
	struct account_market_instrument *instrument = &market->instrument[at];
	struct vintage vintage = place(instrument, market->start_ms, market->end_ms);
	int64_t left_millij = 0;
	bool has_zone = false;

	for (size_t i = 0; i < market->part_count; i++) {
		const struct account_market_part *part = &market->part[i];

		has_zone = has_zone || (is_under(part->node, instrument->node) && strcmp(part->zone, instrument->zone) == 0);
		if (part->left_millij > 0 && is_for(instrument, part))
			left_millij += part->left_millij;
	}
	instrument->offered_millij = instrument->what == ACCOUNT_MARKET_SUPPLIER_RATE ? left_millij : share_millij(instrument, &vintage);
	instrument->why = !has_zone ? ACCOUNT_MARKET_ZONE : vintage.overlap_ms == 0 ? ACCOUNT_MARKET_VINTAGE : ACCOUNT_MARKET_COUNTS;
	if (instrument->why == ACCOUNT_MARKET_COUNTS && left_millij == 0)
		instrument->why = ACCOUNT_MARKET_FULL;
	if (left_millij > 0)
		spread(market, at, instrument->offered_millij < left_millij ? instrument->offered_millij : left_millij, left_millij);
}

void account_market_match(const struct account_market *market)
{
	for (size_t i = 0; i < market->part_count; i++) {
		market->part[i].left_millij = market->part[i].millij;
		market->part[i].mg = 0;
	}
	for (size_t i = 0; i < market->instrument_count; i++)
		market->instrument[i].taken_millij = 0;
	for (unsigned what = 0; what < ACCOUNT_MARKET_WHAT_COUNT; what++) {
		for (size_t i = 0; i < market->instrument_count; i++) {
			if (market->instrument[i].what == (enum account_market_what)what)
				match(market, i);
		}
	}
}
