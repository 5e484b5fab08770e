/* SPDX-License-Identifier: Apache-2.0 */
/* verify_fuel: litres, scope 1, category 3 A and category 8 of totals.csv, computed again from what entries.csv says counts. */
#include "report/verify_priv.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/figure.h"
#include "report/fuel.h"

#include <string.h>

enum { ENTRIES_MAX = 1000000, MICRO_DECIMALS = 6 };

/* What a row of totals.csv says and what comes out. */
enum figure { SCOPE1 = 0, UPSTREAM, LITRES, LEASED, FIGURE_COUNT };

static const char *const FIGURE_NAMES[FIGURE_COUNT] = {"m_scope1_mg", "m_scope3_cat3a_mg", "fuel_micro_l", "m_scope3_cat8_mg"};

struct row {
	bool has[FIGURE_COUNT];
	int64_t said[FIGURE_COUNT];
	enum supply supply;
	struct report_fuel fuel;
	struct report_leased leased;
};

struct entry {
	char *node;
	char *note;
	struct account_fuel_entry fuel;
};

struct verify_fuel {
	struct row *row; /* one a row of totals */
	struct entry *entry;
	struct account_fuel_entry *chosen; /* room for all entries */
	size_t count;
	size_t capacity;
	bool is_there; /* the package has such columns */
};

/* ---- entries.csv ---- */

static bool parse_entry(struct account_fuel_entry *entry, const char *const *cell)
{
	return clock_parse_utc(cell[2], &entry->from_ms) &&
	       (strcmp(cell[3], FIGURE_NONE) == 0 || clock_parse_utc(cell[3], &entry->to_ms)) &&
	       num_parse_fixed(cell[5], MICRO_DECIMALS, &entry->micro);
}

static enum err take_entry(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_fuel *fuels = verification->fuels;
	struct account_fuel_entry entry = {0};
	struct entry *own;
	void *array = fuels->entry;
	enum err err;

	if (strcmp(cell[0], "fuel") != 0 || cell[6] == NULL || strcmp(cell[6], "yes") != 0 || !account_fuel_what_find(cell[4], &entry.what))
		return ERR_NONE;
	if (!parse_entry(&entry, cell))
		return err_set(info, ERR_DATA, "entries.csv:%zu: instants and value are not understood", row->line);
	err = mem_grow(&array, &fuels->capacity, fuels->count, ENTRIES_MAX, sizeof(*fuels->entry));
	fuels->entry = array;
	if (err != ERR_NONE)
		return err_set(info, err, "entries.csv: no room for its rows");
	fuels->entry[fuels->count] = (struct entry){mem_dup(cell[1]), mem_dup(cell[7]), entry};
	own = &fuels->entry[fuels->count++];
	own->fuel.note = own->note;
	return own->node == NULL || own->note == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

/* ---- totals.csv ---- */

enum column { NODE = 0, TYPE, START, SUPPLY, FIRST_MG, FIRST_TEXT = FIRST_MG + FIGURE_COUNT };

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
	said = &verification->fuels->row[total - verification->total];
	if (!supply_find(cell[SUPPLY], &said->supply))
		said->supply = SUPPLY_NONE;
	verification->fuels->is_there = cell[FIRST_MG + LITRES] != NULL;
	for (int i = 0; verification->fuels->is_there && i < FIGURE_COUNT; i++) {
		struct buf text;

		if (cell[FIRST_MG + i] == NULL || cell[FIRST_TEXT + i] == NULL)
			continue; /* of a version that had no such column */
		said->has[i] = strcmp(cell[FIRST_MG + i], FIGURE_NONE) != 0;
		if (said->has[i] && !num_parse_i64(cell[FIRST_MG + i], &said->said[i]))
			return err_set(info, ERR_DATA, "totals.csv:%zu: %s is not understood", row->line, FIGURE_NAMES[i]);
		/* Kilograms and litres have the digits of milligrams and millionths. */
		buf_init(&text, NUM_TEXT_BYTES);
		figure_add_kg(&text, said->said[i], MICRO_DECIMALS);
		if (strcmp(said->has[i] ? buf_text(&text) : FIGURE_NONE, cell[FIRST_TEXT + i]) != 0)
			verify_find(verification, "totals.csv:%zu: %s is %s beside '%.40s'", row->line, FIGURE_NAMES[i], cell[FIRST_MG + i],
				    cell[FIRST_TEXT + i]);
		buf_deinit(&text);
	}
	return ERR_NONE;
}

/* ---- Computing ---- */

static bool is_source(const struct verification *verification, const struct verify_total *total, enum supply supply)
{
	struct ledger_register_row meter = {
	    .supply = supply, .role = verify_is_device_total(verification, total->node, total->start_ms) ? ROLE_TOTAL : ROLE_PART};

	return total->level == REPORT_METER && report_fuel_is_source(&meter);
}

/* How much of a meter's node is its site, or its device: up to the n-th slash. */
static size_t prefix_bytes(const char *node, int slashes)
{
	size_t at = 0;

	for (; node[at] != '\0'; at++) {
		if (node[at] == '/' && --slashes == 0)
			return at;
	}
	return at;
}

static bool is_only_set(const struct verification *verification, size_t at)
{
	const struct verify_total *own = &verification->total[at];
	size_t site_bytes = prefix_bytes(own->node, 1) + 1;

	for (size_t i = 0; i < verification->total_count; i++) {
		const struct verify_total *total = &verification->total[i];

		if (verification->fuels->row[i].supply == SUPPLY_GENSET && is_source(verification, total, SUPPLY_GENSET) &&
		    strncmp(total->node, own->node, site_bytes) == 0 && strcmp(total->node, own->node) != 0)
			return false;
	}
	return true;
}

static bool is_prefix(const char *node, const char *of, size_t bytes)
{
	return strlen(node) == bytes && strncmp(node, of, bytes) == 0;
}

static size_t choose(const struct verification *verification, size_t at)
{
	const struct verify_fuel *fuels = verification->fuels;
	const char *own = verification->total[at].node;
	bool is_only = is_only_set(verification, at);
	size_t count = 0;

	for (size_t i = 0; i < fuels->count; i++) {
		const char *node = fuels->entry[i].node;

		if (strcmp(node, own) == 0 || is_prefix(node, own, prefix_bytes(own, 2)) ||
		    (is_only && is_prefix(node, own, prefix_bytes(own, 1))))
			fuels->chosen[count++] = fuels->entry[i].fuel;
	}
	return count;
}

static void add_up(struct verification *verification, size_t at)
{
	const struct row *own = &verification->fuels->row[at];
	struct verify_total *above[VERIFY_ABOVE_COUNT];

	verify_find_above(verification, &verification->total[at], above);
	for (int i = 0; i < VERIFY_ABOVE_COUNT; i++) {
		struct row *sum = above[i] == NULL ? NULL : &verification->fuels->row[above[i] - verification->total];

		if (sum == NULL)
			continue;
		report_fuel_sum(&sum->fuel, &own->fuel);
		report_leased_sum(&sum->leased, &own->leased);
	}
}

/* Energy from a grid that somebody else controls. */
static void compute_grid(struct verification *verification, size_t at)
{
	const struct verify_total *total = &verification->total[at];
	bool has_factor = total->factor_idx >= 0;
	int64_t microg = has_factor ? verification->factor[total->factor_idx].microg_per_kwh : 0;

	report_leased_put(&verification->fuels->row[at].leased, has_factor, account_carbon_mg(total->energy_millij, microg));
	add_up(verification, at);
}

static void compute(struct verification *verification, size_t at)
{
	struct verify_fuel *fuels = verification->fuels;
	const struct verify_total *total = &verification->total[at];
	struct account_fuel_span span = {total->start_ms, total->end_ms, total->has_energy, total->energy_millij};
	struct report_fuel *fuel = &fuels->row[at].fuel;

	if (total->level == REPORT_METER && total->is_leased && fuels->row[at].supply == SUPPLY_GRID && total->has_energy)
		compute_grid(verification, at);
	if (!is_source(verification, total, fuels->row[at].supply))
		return;
	if (fuels->row[at].supply == SUPPLY_PV)
		report_fuel_put_sun(fuel, total->has_energy);
	else
		report_fuel_put(fuel, fuels->chosen, choose(verification, at), &span);
	if (total->is_leased)
		report_leased_take_fuel(&fuels->row[at].leased, fuel);
	add_up(verification, at);
}

static void compare(struct verification *verification, size_t at)
{
	const struct row *row = &verification->fuels->row[at];
	const struct report_fuel *fuel = &row->fuel;
	bool has[FIGURE_COUNT] = {report_fuel_has_scope1(fuel), report_fuel_has_upstream(fuel), report_fuel_has_litres(fuel),
				  report_leased_has(&row->leased)};
	int64_t value[FIGURE_COUNT] = {fuel->sum.scope1_mg, fuel->sum.upstream_mg, fuel->sum.micro_l, row->leased.mg};

	for (int i = 0; i < FIGURE_COUNT; i++) {
		if (has[i] == row->has[i] && (!has[i] || value[i] == row->said[i]))
			continue;
		verify_find(verification, "totals.csv:%zu: %s: %s is %lld%s, by the entries it is %lld%s", verification->total[at].line,
			    verification->total[at].node, FIGURE_NAMES[i], (long long)row->said[i], row->has[i] ? "" : " (n/a)",
			    (long long)value[i], has[i] ? "" : " (n/a)");
	}
}

static enum err walk_all(struct verification *verification, struct err_info *info)
{
	static const char *const ENTRIES[] = {"kind", "node", "from_utc", "to_utc", "what", "value", VERIFY_OPTIONAL "counts",
					      "note", NULL};
	static const char *const TOTALS[] = {[NODE] = "node_id",
					     [TYPE] = "node_type",
					     [START] = "period_start_utc",
					     [SUPPLY] = "supply",
					     [FIRST_MG + SCOPE1] = "m_scope1_mg",
					     [FIRST_MG + UPSTREAM] = "m_scope3_cat3a_mg",
					     [FIRST_MG + LITRES] = VERIFY_OPTIONAL "fuel_micro_l",
					     [FIRST_MG + LEASED] = VERIFY_OPTIONAL "m_scope3_cat8_mg",
					     [FIRST_TEXT + SCOPE1] = "m_scope1_kg",
					     [FIRST_TEXT + UPSTREAM] = "m_scope3_cat3a_kg",
					     [FIRST_TEXT + LITRES] = "fuel_l",
					     [FIRST_TEXT + LEASED] = VERIFY_OPTIONAL "m_scope3_cat8_kg",
					     NULL};
	struct verify_fuel *fuels = verification->fuels;
	enum err err = verify_walk(verification, "entries.csv", ENTRIES, take_entry, info);

	if (err == ERR_NONE)
		err = verify_walk(verification, "totals.csv", TOTALS, take_figures, info);
	if (err != ERR_NONE || !fuels->is_there)
		return err;
	fuels->chosen = mem_new_array(fuels->count + 1, sizeof(*fuels->chosen));
	if (fuels->chosen == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu entries", fuels->count);
	for (size_t i = 0; i < verification->total_count; i++)
		compute(verification, i);
	for (size_t i = 0; i < verification->total_count; i++) {
		if (verification->summary->has_meters && verification->total[i].level != REPORT_OVERHEAD)
			compare(verification, i);
	}
	return ERR_NONE;
}

enum err verify_fuel(struct verification *verification, struct err_info *info)
{
	struct verify_fuel fuels = {.row = mem_new_array(verification->total_count + 1, sizeof(*fuels.row))};
	enum err err;

	if (fuels.row == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	verification->fuels = &fuels;
	err = walk_all(verification, info);
	verification->fuels = NULL;
	for (size_t i = 0; i < fuels.count; i++) {
		mem_free(fuels.entry[i].node);
		mem_free(fuels.entry[i].note);
	}
	mem_free(fuels.entry);
	mem_free(fuels.chosen);
	mem_free(fuels.row);
	return err;
}
