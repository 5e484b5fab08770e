/* SPDX-License-Identifier: Apache-2.0 */
/* verify_market: the market-based figures of totals.csv, computed again from the instruments of entries.csv that count. */
#include "report/verify_priv.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/figure.h"
#include "report/market.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_MAX = 1000000, MICRO_DECIMALS = 6 };

enum figure { MARKET = 0, INSTRUMENT, RESIDUAL, FALLBACK, FIGURE_COUNT };

enum { MWH_COUNT = FIGURE_COUNT - INSTRUMENT };

static const char *const FIGURE_NAMES[FIGURE_COUNT] = {"m_scope2_mb_mg", "mb_instrument_millij", "mb_residual_millij",
						       "mb_fallback_millij"};

struct row {
	bool has[FIGURE_COUNT];
	int64_t said[FIGURE_COUNT];
	char *zone;
	int64_t residual_idx; /* in factors.csv; -1 none */
	size_t grid_count;
	struct report_market market;
};

struct entry {
	char *node;
	struct account_market_terms terms;
	struct account_market_instrument match;
};

struct verify_market {
	struct row *row; /* one a row of totals */
	struct entry *entry;
	size_t count;
	size_t capacity;
	bool is_there; /* the package has such columns */
};

/* ---- entries.csv ---- */

enum entry_column { KIND = 0, ENTRY_NODE, FROM, TO, WHAT, VALUE, NOTE, COUNTS };

/* As the report takes it: one that tells no factor, or no zone, is none. */
static bool is_understood(const struct entry *entry)
{
	bool is_rate = entry->match.what == ACCOUNT_MARKET_SUPPLIER_RATE;

	return entry->terms.zone[0] != '\0' && entry->terms.has_factor != is_rate;
}

static bool is_value(const struct account_market_instrument *match)
{
	int64_t most = match->what == ACCOUNT_MARKET_SUPPLIER_RATE ? ACCOUNT_MARKET_MICROG_MAX : ACCOUNT_MARKET_MICRO_MWH_MAX;

	return match->micro_mwh >= 0 && match->micro_mwh <= most;
}

/* Nothing is used twice: an entry that is refused where it is entered must not be in a package either. */
static void check_twice(struct verification *verification, const struct entry *entry, size_t line)
{
	const struct verify_market *market = verification->market;

	for (size_t i = 0; i < market->count; i++) {
		const struct entry *had = &market->entry[i];

		if (had->match.what == ACCOUNT_MARKET_CERTIFICATE && entry->match.what == ACCOUNT_MARKET_CERTIFICATE &&
		    strcmp(had->terms.id, entry->terms.id) == 0)
			verify_find(verification, "entries.csv:%zu: certificate %s is used twice", line, entry->terms.id);
	}
}

static enum err take_entry(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_market *market = verification->market;
	struct entry entry = {0};
	struct account_market_instrument *match = &entry.match;
	void *array = market->entry;
	enum err err;

	if (strcmp(cell[KIND], "instrument") != 0 || cell[COUNTS] == NULL || strcmp(cell[COUNTS], "yes") != 0 ||
	    !account_market_what_find(cell[WHAT], &match->what) || account_market_parse(&entry.terms, cell[NOTE], NULL) != ERR_NONE ||
	    !is_understood(&entry))
		return ERR_NONE;
	if (!clock_parse_utc(cell[FROM], &match->from_ms) || !clock_parse_utc(cell[TO], &match->to_ms) || match->to_ms <= match->from_ms ||
	    !num_parse_fixed(cell[VALUE], MICRO_DECIMALS, &match->micro_mwh) || !is_value(match))
		return err_set(info, ERR_DATA, "entries.csv:%zu: instants and value are not understood", row->line);
	match->microg_per_kwh = match->what == ACCOUNT_MARKET_SUPPLIER_RATE ? match->micro_mwh : entry.terms.microg_per_kwh;
	check_twice(verification, &entry, row->line);
	err = mem_grow(&array, &market->capacity, market->count, ENTRIES_MAX, sizeof(*market->entry));
	market->entry = array;
	if (err != ERR_NONE)
		return err_set(info, err, "entries.csv: no room for its rows");
	entry.node = mem_dup(cell[ENTRY_NODE]);
	market->entry[market->count++] = entry;
	return entry.node == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

/* ---- totals.csv ---- */

enum column { NODE = 0, TYPE, START, ZONE, KG, YEAR, EDITION, TABLE, FIRST, FIRST_MWH = FIRST + FIGURE_COUNT };

static void check_kg(struct verification *verification, const struct csv_row *row, const struct row *said, const char *kg)
{
	struct buf text;

	buf_init(&text, NUM_TEXT_BYTES);
	if (said->has[MARKET])
		figure_add_kg(&text, said->said[MARKET], MICRO_DECIMALS);
	else
		buf_add_text(&text, FIGURE_NONE);
	if (strcmp(buf_text(&text), kg) != 0)
		verify_find(verification, "totals.csv:%zu: m_scope2_mb_kg is '%.40s', of m_scope2_mb_mg it is %s", row->line, kg,
			    buf_text(&text));
	buf_deinit(&text);
}

/* MWh are for people; they must say what the integers say. */
static void check_mwh(struct verification *verification, const struct csv_row *row, const struct row *said, const char *const *mwh)
{
	for (int i = 0; i < MWH_COUNT; i++) {
		char text[NUM_TEXT_BYTES] = FIGURE_NONE;

		if (said->has[INSTRUMENT + i])
			num_print_fixed(text, num_muldiv_half_even(said->said[INSTRUMENT + i], 1, ACCOUNT_MARKET_MILLIJ_PER_MICRO_MWH),
					MICRO_DECIMALS, MICRO_DECIMALS);
		if (mwh[i] != NULL && strcmp(text, mwh[i]) != 0)
			verify_find(verification, "totals.csv:%zu: %s is %.40s MWh, in whole numbers it is %s", row->line,
				    FIGURE_NAMES[INSTRUMENT + i], mwh[i], text);
	}
}

static enum err take_figures(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	enum report_level level;
	int64_t start_ms;
	struct verify_total *total = report_level_find(cell[TYPE], &level) && clock_parse_utc(cell[START], &start_ms)
					 ? verify_find_total(verification, level, cell[NODE], start_ms)
					 : NULL;
	struct row *said;

	if (total == NULL)
		return err_set(info, ERR_DATA, "totals.csv:%zu: a row that is not found again", row->line);
	verification->market->is_there = cell[FIRST + INSTRUMENT] != NULL && cell[YEAR] != NULL;
	if (!verification->market->is_there)
		return ERR_NONE;
	said = &verification->market->row[total - verification->total];
	for (int i = 0; i < FIGURE_COUNT; i++) {
		said->has[i] = strcmp(cell[FIRST + i], FIGURE_NONE) != 0;
		if (said->has[i] && !num_parse_i64(cell[FIRST + i], &said->said[i]))
			return err_set(info, ERR_DATA, "totals.csv:%zu: %s is not understood", row->line, FIGURE_NAMES[i]);
	}
	check_kg(verification, row, said, cell[KG]);
	check_mwh(verification, row, said, cell + FIRST_MWH);
	said->residual_idx = verify_find_factor_like(
	    verification, &(struct verify_factor_wish){FACTOR_RESIDUAL, cell[ZONE], cell[YEAR], cell[EDITION], cell[TABLE]});
	if (level == REPORT_METER && said->residual_idx < 0 && strcmp(cell[YEAR], FIGURE_NONE) != 0)
		verify_find(verification, "totals.csv:%zu: %s: its residual mix is not in factors.csv", row->line, cell[NODE]);
	mem_free(said->zone);
	said->zone = mem_dup(cell[ZONE]);
	return said->zone == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

/* ---- Computing ---- */

/* A site's meters that count, in the order of totals.csv. */
struct site {
	size_t *idx;
	size_t count;
	struct account_market_part *part;
	struct account_market_instrument *instrument;
};

static bool is_on_grid(const struct verify_total *total)
{
	return total->level == REPORT_METER && total->is_grid && total->has_energy;
}

static void gather(const struct verification *verification, const struct verify_total *site, struct site *out)
{
	size_t bytes = strlen(site->node);

	for (size_t i = 0; i < verification->total_count; i++) {
		const struct verify_total *total = &verification->total[i];
		size_t at = out->count;

		if (!is_on_grid(total) || !total->is_in_total || strncmp(total->node, site->node, bytes) != 0 || total->node[bytes] != '/')
			continue;
		while (at > 0 && verification->total[out->idx[at - 1]].line > total->line) {
			out->idx[at] = out->idx[at - 1];
			at--;
		}
		out->idx[at] = i;
		out->count++;
	}
	for (size_t i = 0; i < out->count; i++) {
		const struct verify_total *total = &verification->total[out->idx[i]];

		out->part[i] = (struct account_market_part){.node = total->node,
							    .zone = verification->market->row[out->idx[i]].zone,
							    .start_ms = total->start_ms,
							    .end_ms = total->end_ms,
							    .millij = total->energy_millij};
	}
}

static bool is_under(const char *node, const char *of)
{
	size_t bytes = strlen(of);

	return strncmp(node, of, bytes) == 0 && (node[bytes] == '\0' || node[bytes] == '/');
}

static size_t choose(const struct verify_market *market, const char *site, struct account_market_instrument *out)
{
	size_t count = 0;

	for (size_t i = 0; i < market->count; i++) {
		if (!is_under(market->entry[i].node, site))
			continue;
		out[count] = market->entry[i].match;
		out[count].node = market->entry[i].node;
		out[count++].zone = market->entry[i].terms.zone;
	}
	return count;
}

static void add_meter(struct verification *verification, size_t at, const struct account_market_part *part)
{
	struct row *row = &verification->market->row[at];
	const struct verify_total *total = &verification->total[at];
	int64_t factor_idx = row->residual_idx >= 0 ? row->residual_idx : total->factor_idx;

	row->market =
	    (struct report_market){.part_count = 1, .mg = part->mg, .instrument_millij = total->energy_millij - part->left_millij};
	*(row->residual_idx >= 0 ? &row->market.residual_millij : &row->market.fallback_millij) = part->left_millij;
	row->market.unknown_count = part->left_millij != 0 && factor_idx < 0 ? 1 : 0;
	if (part->left_millij != 0 && factor_idx >= 0)
		row->market.mg += account_carbon_mg(part->left_millij, verification->factor[factor_idx].microg_per_kwh);
}

static void compute(struct verification *verification, const struct verify_total *total, struct site *site)
{
	struct account_market matching = {
	    .instrument = site->instrument, .part = site->part, .start_ms = total->start_ms, .end_ms = total->end_ms};

	site->count = 0;
	gather(verification, total, site);
	matching.part_count = site->count;
	matching.instrument_count = choose(verification->market, total->node, site->instrument);
	account_market_match(&matching);
	for (size_t i = 0; i < site->count; i++)
		add_meter(verification, site->idx[i], &site->part[i]);
}

/* What is not in the total has no figure, and counts as one without. */
static void add_up(struct verification *verification, size_t at)
{
	struct row *row = &verification->market->row[at];
	struct verify_total *above[VERIFY_ABOVE_COUNT];

	if (!is_on_grid(&verification->total[at]))
		return;
	row->grid_count = 1;
	verify_find_above(verification, &verification->total[at], above);
	for (int i = 0; i < VERIFY_ABOVE_COUNT; i++) {
		struct row *sum = above[i] == NULL ? NULL : &verification->market->row[above[i] - verification->total];

		if (sum == NULL)
			continue;
		sum->grid_count++;
		report_market_sum(&sum->market, &row->market);
	}
}

static void compare(struct verification *verification, size_t at)
{
	const struct row *row = &verification->market->row[at];
	const struct report_market *market = &row->market;
	bool has_energy = market->part_count > 0 && market->part_count == row->grid_count;
	int64_t value[FIGURE_COUNT] = {market->mg, market->instrument_millij, market->residual_millij, market->fallback_millij};

	for (int i = 0; i < FIGURE_COUNT; i++) {
		bool has = i == MARKET ? report_market_has(market, row->grid_count) : has_energy;

		if (has == row->has[i] && (!has || value[i] == row->said[i]))
			continue;
		verify_find(verification, "totals.csv:%zu: %s: %s is %lld%s, by the entries it is %lld%s", verification->total[at].line,
			    verification->total[at].node, FIGURE_NAMES[i], (long long)row->said[i], row->has[i] ? "" : " (n/a)",
			    (long long)value[i], has ? "" : " (n/a)");
	}
}

static enum err compute_all(struct verification *verification, struct err_info *info)
{
	struct site site = {.idx = mem_new_array(verification->total_count + 1, sizeof(*site.idx)),
			    .part = mem_new_array(verification->total_count + 1, sizeof(*site.part)),
			    .instrument = mem_new_array(verification->market->count + 1, sizeof(*site.instrument))};
	bool has_room = site.idx != NULL && site.part != NULL && site.instrument != NULL;

	for (size_t i = 0; has_room && i < verification->total_count; i++) {
		if (verification->total[i].level == REPORT_SITE)
			compute(verification, &verification->total[i], &site);
	}
	mem_free(site.idx);
	mem_free(site.part);
	mem_free(site.instrument);
	if (!has_room)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	for (size_t i = 0; i < verification->total_count; i++)
		add_up(verification, i);
	for (size_t i = 0; i < verification->total_count; i++)
		compare(verification, i);
	return ERR_NONE;
}

static enum err walk_all(struct verification *verification, struct err_info *info)
{
	static const char *const ENTRIES[] = {[KIND] = "kind",
					      [ENTRY_NODE] = "node",
					      [FROM] = "from_utc",
					      [TO] = "to_utc",
					      [WHAT] = "what",
					      [VALUE] = "value",
					      [NOTE] = "note",
					      [COUNTS] = VERIFY_OPTIONAL "counts",
					      NULL};
	static const char *const TOTALS[] = {[NODE] = "node_id",
					     [TYPE] = "node_type",
					     [START] = "period_start_utc",
					     [ZONE] = "zone",
					     [KG] = "m_scope2_mb_kg",
					     [YEAR] = VERIFY_OPTIONAL "mb_residual_year",
					     [EDITION] = VERIFY_OPTIONAL "mb_residual_edition",
					     [TABLE] = VERIFY_OPTIONAL "mb_residual_table_sha256",
					     [FIRST + MARKET] = "m_scope2_mb_mg",
					     [FIRST + INSTRUMENT] = VERIFY_OPTIONAL "mb_instrument_millij",
					     [FIRST + RESIDUAL] = VERIFY_OPTIONAL "mb_residual_millij",
					     [FIRST + FALLBACK] = VERIFY_OPTIONAL "mb_fallback_millij",
					     [FIRST_MWH] = VERIFY_OPTIONAL "mb_instrument_mwh",
					     [FIRST_MWH + 1] = VERIFY_OPTIONAL "mb_residual_mwh",
					     [FIRST_MWH + 2] = VERIFY_OPTIONAL "mb_fallback_mwh",
					     NULL};
	enum err err = verify_walk(verification, "entries.csv", ENTRIES, take_entry, info);

	if (err == ERR_NONE)
		err = verify_walk(verification, "totals.csv", TOTALS, take_figures, info);
	if (err != ERR_NONE || !verification->market->is_there || !verification->summary->has_meters)
		return err;
	return compute_all(verification, info);
}

enum err verify_market(struct verification *verification, struct err_info *info)
{
	struct verify_market market = {.row = mem_new_array(verification->total_count + 1, sizeof(*market.row))};
	enum err err;

	if (market.row == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	verification->market = &market;
	err = walk_all(verification, info);
	verification->market = NULL;
	for (size_t i = 0; i < market.count; i++)
		mem_free(market.entry[i].node);
	for (size_t i = 0; i < verification->total_count; i++)
		mem_free(market.row[i].zone);
	mem_free(market.entry);
	mem_free(market.row);
	return err;
}
