/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_supply: supply.csv: the energy of each hour against the interval rows, the step of the store from the hour before, and the intake's emissions
 * against those of the meters. What its hours come to is what verify_again() makes the columns of totals.csv of.
 */
#include "report/verify_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/units.h"
#include "report/export.h"
#include "report/figure.h"
#include "report/supply.h"

#include <string.h>

enum { HOURS_MAX = 1000000 };

/* Beside a report_supply: what the interval rows of its hours come to, and their meters. */
struct site {
	struct report_supply *supply;
	struct report_supply_hour *sum; /* one an hour, in their order */
	struct account_store store;     /* at the end of the last hour that was read */
	struct report_total *part;      /* meters alone */
	size_t part_count;
	size_t capacity;
};

struct verify_supply {
	struct site *site; /* one a site of the register */
};

static struct site *find_site(const struct verification *verification, const char *id)
{
	const struct report_site *site = verify_find_site(verification, id);
	struct site *found = site == NULL ? NULL : &verification->supplies->site[site - verification->package.totals.reg.site];

	return found == NULL || found->supply == NULL ? NULL : found;
}

/* ---- totals.csv: what there is, and what batteries held at first ---- */

enum column { NODE = 0, TYPE, BATTERY, LOAD, CARBON, OPEN, OPEN_CARBON, CFE };

static bool take_open(const char *cell, int64_t *value)
{
	return strcmp(cell, FIGURE_NONE) == 0 || num_parse_i64(cell, value);
}

static enum err take_site(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_site *of = verify_find_site(verification, cell[NODE]);
	struct report_supply *supply;
	struct site *site;

	verification->has_cfe_columns = cell[CFE] != NULL;
	verification->has_supply_columns =
	    cell[BATTERY] != NULL && cell[LOAD] != NULL && cell[CARBON] != NULL && cell[OPEN] != NULL && cell[OPEN_CARBON] != NULL;
	if (!verification->has_supply_columns || of == NULL || strcmp(cell[TYPE], report_level_name(REPORT_SITE)) != 0)
		return ERR_NONE;
	site = &verification->supplies->site[of - verification->package.totals.reg.site];
	supply = mem_new(sizeof(*supply));
	if (supply == NULL || site->supply != NULL) {
		mem_free(supply);
		return err_set(info, ERR_DATA, "totals.csv:%zu: the site has a row already, or no memory is left", row->line);
	}
	site->supply = supply;
	verification->package.supplies.site[of - verification->package.totals.reg.site] = supply;
	supply->has_battery = strcmp(cell[BATTERY], FIGURE_NONE) != 0;
	supply->has_load = strcmp(cell[LOAD], FIGURE_NONE) != 0;
	supply->has_carbon = strcmp(cell[CARBON], FIGURE_NONE) != 0;
	if (!take_open(cell[OPEN], &supply->open.millij) || !take_open(cell[OPEN_CARBON], &supply->open.mg) ||
	    !verify_count(verification, supply->open.millij) || !verify_count(verification, supply->open.mg))
		return err_set(info, ERR_DATA, "totals.csv:%zu: what is stored at first is not understood", row->line);
	site->store = supply->open;
	supply->sum.store = supply->open;
	return ERR_NONE;
}

/* ---- supply.csv ---- */

enum hour_column { H_SITE = 0, H_START, H_FIRST, H_OUT = H_FIRST + 13 };

static enum err add_hour(struct site *site, const struct report_supply_hour *hour, struct err_info *info)
{
	struct report_supply *supply = site->supply;
	size_t capacity = site->capacity;
	void *hours = supply->hour;
	void *sums = site->sum;
	enum err err = mem_grow(&hours, &site->capacity, supply->count, HOURS_MAX, sizeof(*hour));

	supply->hour = hours;
	if (err == ERR_NONE)
		err = mem_grow(&sums, &capacity, supply->count, HOURS_MAX, sizeof(*hour));
	site->sum = sums;
	if (err != ERR_NONE)
		return err_set(info, err, EXPORT_SUPPLY ": no room for its hours");
	supply->hour[supply->count] = *hour;
	site->sum[supply->count++] = (struct report_supply_hour){.start_s = hour->start_s};
	return ERR_NONE;
}

static bool is_step(const struct report_supply *supply, const struct report_supply_hour *made, const struct report_supply_hour *said)
{
	return made->store.millij == said->store.millij &&
	       (!supply->has_carbon || (made->charge_mg == said->charge_mg && made->discharge_mg == said->discharge_mg &&
					made->store.mg == said->store.mg && made->delivered_mg == said->delivered_mg));
}

static enum err take_hour(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct site *site = find_site(verification, cell[H_SITE]);
	struct report_supply_hour said = {0};
	struct report_supply_hour hour;
	int64_t residual_millij = 0;
	int64_t start_ms;
	int64_t *const to[] = {&said.in_millij[SUPPLY_GRID],
			       &said.in_millij[SUPPLY_GENSET],
			       &said.in_millij[SUPPLY_PV],
			       &said.intake_mg,
			       &said.charge_millij,
			       &said.charge_mg,
			       &said.discharge_millij,
			       &said.discharge_mg,
			       &said.store.millij,
			       &said.store.mg,
			       &said.load_millij,
			       &said.delivered_mg,
			       &residual_millij,
			       &said.out_millij};

	if (site == NULL || !clock_parse_utc(cell[H_START], &start_ms))
		return err_set(info, ERR_DATA, EXPORT_SUPPLY ":%zu: totals.csv has no site '%.80s', or the hour is none", row->line,
			       cell[H_SITE]);
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		const char *text = cell[H_FIRST + i] == NULL ? FIGURE_NONE : cell[H_FIRST + i]; /* of a version that had none */

		if (!take_open(text, to[i]) || !verify_count(verification, *to[i]))
			return err_set(info, ERR_DATA, EXPORT_SUPPLY ":%zu: '%.80s' is no whole number", row->line, text);
	}
	said.start_s = start_ms / UNITS_MS_PER_S;
	if (site->supply->count > 0 && said.start_s <= site->supply->hour[site->supply->count - 1].start_s)
		return err_set(info, ERR_DATA, EXPORT_SUPPLY ":%zu: the hour comes before the one above it", row->line);
	hour = said;
	report_supply_step(&hour, &site->store);
	if (!is_step(site->supply, &hour, &said) || residual_millij != report_supply_residual_millij(&said))
		verify_find(verification, EXPORT_SUPPLY ":%zu: what is charged, stored, delivered or left over is not what the hour gives",
			    row->line);
	report_supply_add(&site->supply->sum, &hour);
	return add_hour(site, &said, info);
}

/* ---- intervals.csv ---- */

static enum err gather_meters(struct verification *verification, struct err_info *info)
{
	const struct report_register *reg = &verification->package.totals.reg;

	for (size_t i = 0; i < reg->site_count; i++) {
		struct site *site = &verification->supplies->site[i];

		if (site->supply == NULL || site->supply->count == 0)
			continue;
		site->part = mem_new_array(reg->entry_count + 1, sizeof(*site->part));
		if (site->part == NULL)
			return err_set(info, ERR_MEMORY, "no memory for %zu meters", reg->entry_count);
		for (size_t e = 0; e < reg->entry_count; e++) {
			if (strcmp(reg->entry[e].row.site, reg->site[i].id) == 0)
				site->part[site->part_count++].meter = &reg->entry[e].row;
		}
	}
	return ERR_NONE;
}

/* The hour that holds an instant; NULL: supply.csv has no row of it. */
static struct report_supply_hour *find_hour(const struct site *site, int64_t utc_s)
{
	size_t low = 0;
	size_t high = site->supply->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (site->sum[middle].start_s <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low == 0 || utc_s >= site->sum[low - 1].start_s + UNITS_S_PER_HOUR ? NULL : &site->sum[low - 1];
}

/* The row of the register that describes a meter of energy in, or out, at an instant. */
static const struct ledger_register_row *find_meter(const struct site *site, const struct verify_slot *slot, const char *const *cell)
{
	const struct ledger_register_row *found = NULL;

	for (size_t i = 0; i < site->part_count; i++) {
		const struct ledger_register_row *meter = site->part[i].meter;

		if (meter->quantity == slot->quantity && strcmp(meter->device, cell[1]) == 0 && strcmp(meter->key, cell[2]) == 0 &&
		    (found == NULL || meter->valid_from_ms <= slot->start_ms))
			found = meter;
	}
	return found;
}

static enum err take_interval(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct site *site = find_site(verification, cell[0]);
	const struct ledger_register_row *meter;
	struct report_supply_request request;
	struct report_supply_hour none = {0};
	struct report_supply_hour *hour;
	struct verify_slot slot;
	enum err err;

	if (site == NULL || site->supply->count == 0)
		return ERR_NONE;
	err = verify_read_slot(verification, row, cell, &slot, info);
	if (err != ERR_NONE || slot.quantity == QUANTITY_NONE)
		return err;
	meter = find_meter(site, &slot, cell);
	request = (struct report_supply_request){.part = site->part, .count = site->part_count};
	if (meter == NULL || report_supply_place(&none, &request, meter) == NULL)
		return ERR_NONE;
	hour = find_hour(site, slot.start_ms / UNITS_MS_PER_S);
	if (hour == NULL) {
		verify_find(verification, EXPORT_INTERVALS ":%zu: " EXPORT_SUPPLY " has no row of its hour", row->line);
		return ERR_NONE;
	}
	for (int c = 0; c < COVERAGE_COUNT; c++)
		*report_supply_place(hour, &request, meter) += slot.millij[c];
	return ERR_NONE;
}

/* ---- Comparing ---- */

static void compare_hour(struct verification *verification, const char *site, const struct report_supply_hour *said,
			 const struct report_supply_hour *sum)
{
	const struct {
		const char *name;
		int64_t said;
		int64_t sum;
	} energy[] = {{"grid_millij", said->in_millij[SUPPLY_GRID], sum->in_millij[SUPPLY_GRID]},
		      {"genset_millij", said->in_millij[SUPPLY_GENSET], sum->in_millij[SUPPLY_GENSET]},
		      {"pv_millij", said->in_millij[SUPPLY_PV], sum->in_millij[SUPPLY_PV]},
		      {"charge_millij", said->charge_millij, sum->charge_millij},
		      {"discharge_millij", said->discharge_millij, sum->discharge_millij},
		      {"load_millij", said->load_millij, sum->load_millij},
		      {"grid_out_millij", said->out_millij, verification->has_cfe_columns ? sum->out_millij : said->out_millij}};
	char start[CLOCK_TEXT_BYTES];

	clock_print_utc(start, said->start_s * UNITS_MS_PER_S);
	for (size_t i = 0; i < sizeof(energy) / sizeof(energy[0]); i++) {
		if (energy[i].said != energy[i].sum)
			verify_find(verification, EXPORT_SUPPLY ": %s, %s: %s is %lld, its intervals give %lld", site, start,
				    energy[i].name, (long long)energy[i].said, (long long)energy[i].sum);
	}
}

static void compare_all(struct verification *verification)
{
	const struct report_register *reg = &verification->package.totals.reg;

	for (size_t i = 0; i < reg->site_count; i++) {
		const struct site *site = &verification->supplies->site[i];

		for (size_t h = 0; site->supply != NULL && h < site->supply->count; h++)
			compare_hour(verification, reg->site[i].id, &site->supply->hour[h], &site->sum[h]);
	}
}

/* What the meters that count came with is what the hours took in. */
enum err verify_intake(struct verification *verification, struct err_info *info)
{
	const struct report_totals *totals = &verification->package.totals;

	(void)info;
	for (size_t i = 0; verification->summary->has_meters && i < totals->reg.site_count; i++) {
		const struct report_supply *supply = report_supplies_find(&verification->package.supplies, &totals->reg.site[i]);
		bool is_saturated = false;
		int64_t mg = 0;

		if (supply == NULL || supply->count == 0 || !supply->has_carbon)
			continue;
		for (size_t r = 0; r < totals->count; r++) {
			const struct report_total *row = &totals->row[r];
			int64_t own_mg;

			if (row->level == REPORT_METER && row->site == &totals->reg.site[i] && row->meter->is_in_total &&
			    report_supply_emissions(row, &own_mg))
				mg = num_add_saturating(mg, own_mg, &is_saturated);
		}
		if (mg != supply->sum.intake_mg)
			verify_find(verification, EXPORT_SUPPLY ": %s has %lld mg CO2e of intake, its meters have %lld",
				    totals->reg.site[i].id, (long long)supply->sum.intake_mg, (long long)mg);
	}
	return ERR_NONE;
}

/* ---- The whole ---- */

static enum err walk_all(struct verification *verification, struct err_info *info)
{
	static const char *const TOTALS[] = {[NODE] = "node_id",
					     [TYPE] = "node_type",
					     [BATTERY] = VERIFY_OPTIONAL "battery_in_millij",
					     [LOAD] = VERIFY_OPTIONAL "load_millij",
					     [CARBON] = VERIFY_OPTIONAL "m_intake_mg",
					     [OPEN] = VERIFY_OPTIONAL "stored_open_millij",
					     [OPEN_CARBON] = VERIFY_OPTIONAL "stored_carbon_open_mg",
					     [CFE] = VERIFY_OPTIONAL "cfe_millij",
					     NULL};
	static const char *const HOURS[] = {[H_SITE] = "site",
					    [H_START] = "hour_start_utc",
					    [H_FIRST] = "grid_millij",
					    "genset_millij",
					    "pv_millij",
					    "intake_mg",
					    "charge_millij",
					    "charge_mg",
					    "discharge_millij",
					    "discharge_mg",
					    "stored_millij",
					    "stored_mg",
					    "load_millij",
					    "delivered_mg",
					    "residual_millij",
					    [H_OUT] = VERIFY_OPTIONAL "grid_out_millij",
					    NULL};
	bool has_hours = false;
	enum err err = verify_walk(verification, "totals.csv", TOTALS, take_site, info);

	if (err != ERR_NONE || !verification->has_supply_columns || !verification->has_supply)
		return err;
	err = verify_walk(verification, EXPORT_SUPPLY, HOURS, take_hour, info);
	for (size_t i = 0; i < verification->package.totals.reg.site_count; i++)
		has_hours =
		    has_hours || (verification->supplies->site[i].supply != NULL && verification->supplies->site[i].supply->count > 0);
	if (err == ERR_NONE && has_hours)
		err = gather_meters(verification, info);
	if (err == ERR_NONE && has_hours)
		err = verify_walk(verification, EXPORT_INTERVALS, VERIFY_SLOT_COLUMNS, take_interval, info);
	if (err == ERR_NONE && has_hours)
		compare_all(verification);
	return err;
}

enum err verify_supply(struct verification *verification, struct err_info *info)
{
	struct package *package = &verification->package;
	size_t count = package->totals.reg.site_count;
	struct verify_supply supplies = {.site = mem_new_array(count + 1, sizeof(*supplies.site))};
	enum err err;

	package->supplies =
	    (struct report_supplies){.totals = &package->totals, .site = mem_new_array(count + 1, sizeof(*package->supplies.site))};
	verification->supplies = &supplies;
	err = supplies.site == NULL || package->supplies.site == NULL ? err_set(info, ERR_MEMORY, "no memory for %zu sites", count)
								      : walk_all(verification, info);
	verification->supplies = NULL;
	for (size_t i = 0; supplies.site != NULL && i < count; i++) {
		mem_free(supplies.site[i].sum);
		mem_free(supplies.site[i].part);
	}
	mem_free(supplies.site);
	return err;
}
