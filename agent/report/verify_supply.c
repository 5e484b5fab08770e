/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_supply: supply.csv and batteries.csv: the energy of each hour against the interval rows, the step of each battery's store from the hour before,
 * and the intake's emissions against those of the meters. What the hours come to is what verify_again() makes the columns of totals.csv of. A package
 * of a version without batteries.csv has one store for all batteries of a site.
 */
#include "report/verify_supply_priv.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/units.h"
#include "report/export.h"
#include "report/figure.h"

#include <string.h>

enum { HOURS_MAX = 1000000 };

static struct verify_supply_site *find_site(const struct verification *verification, const char *id)
{
	const struct report_site *site = verify_find_site(verification, id);
	struct verify_supply_site *found =
	    site == NULL ? NULL : &verification->supplies->site[site - verification->package.totals.reg.site];

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
	struct verify_supply_site *site;

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
	supply->sum.store = supply->open;
	return ERR_NONE;
}

/* ---- supply.csv ---- */

enum hour_column { H_SITE = 0, H_START, H_FIRST, H_OUT = H_FIRST + 13 };

static enum err add_hour(struct verify_supply_site *site, const struct report_supply_hour *hour, size_t line, struct err_info *info)
{
	struct report_supply *supply = site->supply;
	size_t capacity = site->capacity;
	void *hours = supply->hour;
	void *sums = site->sum;
	void *lines = site->line;
	enum err err = mem_grow(&hours, &site->capacity, supply->count, HOURS_MAX, sizeof(*hour));

	supply->hour = hours;
	if (err == ERR_NONE)
		err = mem_grow(&sums, &capacity, supply->count, HOURS_MAX, sizeof(*hour));
	site->sum = sums;
	if (err == ERR_NONE)
		err = mem_grow(&lines, &site->line_capacity, supply->count, HOURS_MAX, sizeof(*site->line));
	site->line = lines;
	if (err != ERR_NONE)
		return err_set(info, err, EXPORT_SUPPLY ": no room for its hours");
	supply->hour[supply->count] = *hour;
	site->line[supply->count] = line;
	site->sum[supply->count++] = (struct report_supply_hour){.start_s = hour->start_s};
	return ERR_NONE;
}

static enum err take_hour(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_supply_site *site = find_site(verification, cell[H_SITE]);
	struct report_supply_hour said = {0};
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
	if (residual_millij != report_supply_residual_millij(&said))
		verify_find(verification, EXPORT_SUPPLY VERIFY_NOT_GIVEN, row->line);
	return add_hour(site, &said, row->line, info);
}

/* ---- batteries.csv ---- */

enum battery_column { B_SITE = 0, B_DEVICE, B_START, B_FIRST };

/* One store for all, where the package knows of no other. */
static enum err make_batteries(struct verification *verification, struct err_info *info)
{
	static const struct ledger_register_row ALL = {.device = ""};
	const struct report_register *reg = &verification->package.totals.reg;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		struct verify_supply_site *site = &verification->supplies->site[i];
		struct report_supply *supply = site->supply;

		if (supply == NULL || supply->count == 0)
			continue;
		err = verification->has_batteries ? report_batteries_make(&supply->batteries, reg, &reg->site[i], supply->count, info)
						  : report_batteries_add(&supply->batteries, &ALL, supply->count, info);
		if (err != ERR_NONE)
			break;
		site->battery = mem_new_array(supply->batteries.count * supply->count + 1, sizeof(*site->battery));
		if (site->battery == NULL)
			err = err_set(info, ERR_MEMORY, "no memory for the hours of batteries");
	}
	return err;
}

/* Of an hour that supply.csv has, by its place there; SIZE_MAX: it has none. */
static size_t find_hour(const struct verify_supply_site *site, int64_t utc_s)
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
	return low == 0 || utc_s >= site->sum[low - 1].start_s + UNITS_S_PER_HOUR ? SIZE_MAX : low - 1;
}

static struct verify_battery_hour *battery_hour_of(const struct verify_supply_site *site, const char *device, size_t at)
{
	const struct report_battery *battery = report_batteries_find_named(&site->supply->batteries, device);

	return battery == NULL ? NULL : &site->battery[(size_t)(battery - site->supply->batteries.row) * site->supply->count + at];
}

static enum err take_battery(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_supply_site *site = find_site(verification, cell[B_SITE]);
	struct verify_battery_hour hour = {.line = row->line};
	struct verify_battery_hour *place;
	int64_t start_ms;
	size_t at;
	int64_t *const to[] = {&hour.before.millij,         &hour.before.mg,         &hour.said.charge_millij, &hour.said.charge_mg,
			       &hour.said.discharge_millij, &hour.said.discharge_mg, &hour.said.store.millij,  &hour.said.store.mg};

	if (site == NULL || !clock_parse_utc(cell[B_START], &start_ms))
		return err_set(info, ERR_DATA, EXPORT_BATTERIES ":%zu: " EXPORT_SUPPLY " has no site '%.80s', or the hour is none",
			       row->line, cell[B_SITE]);
	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		if (!take_open(cell[B_FIRST + i], to[i]) || !verify_count(verification, *to[i]))
			return err_set(info, ERR_DATA, EXPORT_BATTERIES ":%zu: '%.80s' is no whole number", row->line, cell[B_FIRST + i]);
	}
	at = site->supply->count == 0 ? SIZE_MAX : find_hour(site, start_ms / UNITS_MS_PER_S);
	place = at == SIZE_MAX || site->sum[at].start_s != start_ms / UNITS_MS_PER_S ? NULL : battery_hour_of(site, cell[B_DEVICE], at);
	if (place == NULL || place->line != 0) {
		verify_find(verification,
			    EXPORT_BATTERIES ":%zu: register.csv has no battery %.80s, " EXPORT_SUPPLY
					     " no such hour, or it stands here twice",
			    row->line, cell[B_DEVICE]);
		return ERR_NONE;
	}
	*place = hour;
	return ERR_NONE;
}

/* ---- intervals.csv ---- */

static enum err gather_meters(struct verification *verification, struct err_info *info)
{
	const struct report_register *reg = &verification->package.totals.reg;

	for (size_t i = 0; i < reg->site_count; i++) {
		struct verify_supply_site *site = &verification->supplies->site[i];

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

/* The row of the register that describes a meter of energy in, or out, at an instant. */
static const struct ledger_register_row *find_meter(const struct verify_supply_site *site, const struct verify_slot *slot,
						    const char *const *cell)
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
	struct verify_supply_site *site = find_site(verification, cell[0]);
	const struct ledger_register_row *meter;
	struct report_supply_request request;
	struct report_supply_hour none = {0};
	struct verify_battery_hour *battery;
	struct verify_slot slot;
	size_t at;
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
	at = find_hour(site, slot.start_ms / UNITS_MS_PER_S);
	if (at == SIZE_MAX) {
		verify_find(verification, EXPORT_INTERVALS ":%zu: " EXPORT_SUPPLY " has no row of its hour", row->line);
		return ERR_NONE;
	}
	battery = report_battery_is(meter) ? battery_hour_of(site, meter->device, at) : NULL;
	for (int c = 0; c < COVERAGE_COUNT; c++) {
		*report_supply_place(&site->sum[at], &request, meter) += slot.millij[c];
		if (battery != NULL)
			*(meter->quantity == QUANTITY_ENERGY ? &battery->charge_millij : &battery->discharge_millij) += slot.millij[c];
	}
	return ERR_NONE;
}

/* ---- The whole ---- */

static enum err walk_batteries(struct verification *verification, struct err_info *info)
{
	static const char *const BATTERIES[] = {[B_SITE] = "site",
						[B_DEVICE] = "device",
						[B_START] = "hour_start_utc",
						[B_FIRST] = "before_millij",
						"before_mg",
						"charge_millij",
						"charge_mg",
						"discharge_millij",
						"discharge_mg",
						"stored_millij",
						"stored_mg",
						NULL};
	enum err err = make_batteries(verification, info);

	return err == ERR_NONE && verification->has_batteries ? verify_walk(verification, EXPORT_BATTERIES, BATTERIES, take_battery, info)
							      : err;
}

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
	if (err == ERR_NONE)
		err = walk_batteries(verification, info);
	if (err == ERR_NONE && has_hours)
		err = gather_meters(verification, info);
	if (err == ERR_NONE && has_hours)
		err = verify_walk(verification, EXPORT_INTERVALS, VERIFY_SLOT_COLUMNS, take_interval, info);
	if (err == ERR_NONE && has_hours)
		verify_supply_compare(verification);
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
		mem_free(supplies.site[i].line);
		mem_free(supplies.site[i].battery);
		mem_free(supplies.site[i].part);
	}
	mem_free(supplies.site);
	return err;
}
