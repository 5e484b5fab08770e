/* SPDX-License-Identifier: Apache-2.0 */
#include "report/supply.h"

#include "account/carbon.h"
#include "base/mem.h"
#include "base/num.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/late.h"

#include <stdlib.h>
#include <string.h>

enum { SOURCES_MAX = 1000000 };

enum way { WAY_NONE = 0, WAY_INTAKE, WAY_CHARGE, WAY_DISCHARGE, WAY_LOAD, WAY_OUT };

/* Emissions that are spread over energy: `millij` of it had come when `given_mg` were given. */
struct spread {
	int64_t total_millij;
	int64_t total_mg;
	int64_t millij;
	int64_t given_mg;
};

struct source {
	uint32_t meter_id;
	int64_t start_s; /* half-open, UTC seconds */
	int64_t end_s;
	enum way way;
	const struct report_total *part; /* NULL: energy out */
	struct report_battery *battery;  /* of a charge and a discharge */
	struct spread rest;              /* of all its energy, or of what is in no row of its series */
	size_t hour;                     /* in which rest_millij came together */
	int64_t rest_millij;
	size_t at; /* the row of its series that ends after the slot, with what came together in it */
	int64_t series_millij;
};

struct walk {
	const struct report_supply_request *request;
	struct report_supply *supply;
	struct source *source; /* by meter, then start */
	size_t count;
	size_t capacity;
	struct report_late late;
};

int64_t report_supply_in_millij(const struct report_supply_hour *hour)
{
	return hour->in_millij[SUPPLY_GRID] + hour->in_millij[SUPPLY_GENSET] + hour->in_millij[SUPPLY_PV];
}

int64_t report_supply_residual_millij(const struct report_supply_hour *hour)
{
	return report_supply_in_millij(hour) - hour->charge_millij + hour->discharge_millij - hour->load_millij - hour->out_millij;
}

int64_t report_supply_intensity(const struct report_supply *supply)
{
	if (!supply->has_carbon || supply->sum.load_millij <= 0)
		return 0;
	return num_muldiv_half_even(supply->sum.delivered_mg, UNITS_MILLIJ_PER_KWH * UNITS_MICROG_PER_MG, supply->sum.load_millij);
}

/* ---- Which meter is what ---- */

/* Whether the device that `fed_by` begins with ("dc", "dc/total", "dc/a dc/b") is a load of the site. */
static bool is_load_device(const struct report_supply_request *request, const char *fed_by)
{
	size_t bytes = strcspn(fed_by, "/ ,");

	for (size_t i = 0; bytes > 0 && i < request->count; i++) {
		const struct ledger_register_row *meter = request->part[i].meter;

		if (meter->supply == SUPPLY_NONE && meter->role == ROLE_TOTAL && strlen(meter->device) == bytes &&
		    strncmp(meter->device, fed_by, bytes) == 0)
			return true;
	}
	return false;
}

/* Whether energy out is that of a meter whose energy in is intake. */
static bool is_intake_out(const struct report_supply_request *request, const struct ledger_register_row *out)
{
	for (size_t i = 0; out->quantity == QUANTITY_ENERGY_OUT && out->supply == SUPPLY_GRID && i < request->count; i++) {
		const struct ledger_register_row *meter = request->part[i].meter;

		if (meter->quantity == QUANTITY_ENERGY && meter->is_in_total && strcmp(meter->key, out->key) == 0 &&
		    strcmp(meter->device, out->device) == 0)
			return true;
	}
	return false;
}

static enum way way_of(const struct report_supply_request *request, const struct ledger_register_row *meter)
{
	if (report_battery_is(meter))
		return meter->quantity == QUANTITY_ENERGY_OUT ? WAY_DISCHARGE : WAY_CHARGE;
	if (meter->role != ROLE_TOTAL || meter->is_port || meter->supply == SUPPLY_BATTERY)
		return WAY_NONE;
	if (meter->quantity != QUANTITY_ENERGY)
		return is_intake_out(request, meter) ? WAY_OUT : WAY_NONE;
	if (meter->supply == SUPPLY_NONE)
		return is_load_device(request, meter->fed_by) ? WAY_NONE : WAY_LOAD;
	return meter->is_in_total ? WAY_INTAKE : WAY_NONE;
}

int64_t *report_supply_place(struct report_supply_hour *hour, const struct report_supply_request *request,
			     const struct ledger_register_row *meter)
{
	switch (way_of(request, meter)) {
	case WAY_INTAKE: return &hour->in_millij[meter->supply];
	case WAY_CHARGE: return &hour->charge_millij;
	case WAY_DISCHARGE: return &hour->discharge_millij;
	case WAY_LOAD: return &hour->load_millij;
	case WAY_OUT: return &hour->out_millij;
	default: return NULL;
	}
}

static bool has_own_source(const struct report_supply_request *request)
{
	for (size_t i = 0; i < request->count; i++) {
		const struct ledger_register_row *meter = request->part[i].meter;

		if (meter->supply != SUPPLY_GRID && meter->supply != SUPPLY_NONE && way_of(request, meter) != WAY_NONE)
			return true;
	}
	return false;
}

/* ---- Emissions of the intake ---- */

bool report_supply_emissions(const struct report_total *part, int64_t *mg)
{
	*mg = part->leased.mg;
	if (part->leased.part_count > 0)
		return report_leased_has(&part->leased);
	if (part->meter->supply != SUPPLY_GRID) {
		*mg = part->fuel.sum.scope1_mg;
		return report_fuel_has_scope1(&part->fuel);
	}
	*mg = part->hourly.has ? part->hourly.mg : part->location_mg;
	return part->hourly.has || part->has_location;
}

static bool has_series(const struct source *source)
{
	return source->part->meter->supply == SUPPLY_GRID && source->part->hourly.has;
}

/* Of a part with a series what is in none of its rows; else all. */
static bool begin_spread(struct source *source)
{
	const struct report_total *part = source->part;
	const struct plan_factor *gap = part->hourly.gap_factor;

	source->rest.total_millij = part->energy_millij;
	if (!has_series(source))
		return report_supply_emissions(part, &source->rest.total_mg) && part->has_energy;
	source->rest.total_millij -= part->hourly.millij;
	if (gap != NULL)
		source->rest.total_mg = account_carbon_mg(source->rest.total_millij, gap->microg_per_kwh);
	return true;
}

static int64_t spread_mg(struct spread *spread, int64_t millij)
{
	int64_t before_mg = spread->given_mg;

	spread->millij += millij;
	if (spread->total_millij > 0)
		spread->given_mg = num_muldiv_half_even(spread->total_mg, spread->millij, spread->total_millij);
	return spread->given_mg - before_mg;
}

static size_t hour_of(const struct walk *walk, int64_t utc_s)
{
	return (size_t)((utc_s - walk->supply->hour[0].start_s) / UNITS_S_PER_HOUR);
}

static void flush_rest(struct walk *walk, struct source *source)
{
	walk->supply->hour[source->hour].intake_mg += spread_mg(&source->rest, source->rest_millij);
	source->rest_millij = 0;
}

/* The emissions of a row of the series are of the hour that it begins in. */
static void flush_series(struct walk *walk, struct source *source)
{
	const struct report_series_row *row = &source->part->hourly.series->row[source->at];

	if (source->series_millij != 0)
		walk->supply
		    ->hour[hour_of(walk, row->start_s < walk->supply->hour[0].start_s ? walk->supply->hour[0].start_s : row->start_s)]
		    .intake_mg += account_carbon_mg(source->series_millij, row->microg_per_kwh);
	source->series_millij = 0;
}

static void add_intake(struct walk *walk, struct source *source, int64_t slot_start_s, int64_t millij)
{
	size_t hour = hour_of(walk, slot_start_s);
	const struct report_series *series = has_series(source) ? source->part->hourly.series : NULL;

	walk->supply->hour[hour].in_millij[source->part->meter->supply] += millij;
	while (series != NULL && source->at < series->count &&
	       series->row[source->at].start_s + series->row[source->at].duration_s <= slot_start_s) {
		flush_series(walk, source);
		source->at++;
	}
	if (series != NULL && source->at < series->count && slot_start_s >= series->row[source->at].start_s) {
		source->series_millij += millij;
		return;
	}
	if (hour != source->hour)
		flush_rest(walk, source);
	source->hour = hour;
	source->rest_millij += millij;
}

/* ---- The rows ---- */

static struct source *find_source(const struct walk *walk, uint32_t meter_id, int64_t slot_start_s)
{
	size_t low = 0;
	size_t high = walk->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct source *source = &walk->source[middle];

		if (source->meter_id < meter_id || (source->meter_id == meter_id && source->start_s <= slot_start_s))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || walk->source[low - 1].meter_id != meter_id || slot_start_s >= walk->source[low - 1].end_s)
		return NULL;
	return &walk->source[low - 1];
}

static enum err take_interval(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct walk *walk = context;
	struct interval corrected = *interval;
	uint32_t whose_id = report_correction_apply(walk->request->reg, meter_id, &corrected);
	struct source *source = find_source(walk, whose_id, interval->slot_start_s);
	int64_t millij = interval_total_millij(&corrected);
	struct report_supply_hour *hour;
	size_t at;

	(void)info;
	if (source == NULL || report_late_has(&walk->late, meter_id, interval))
		return ERR_NONE;
	at = hour_of(walk, interval->slot_start_s);
	hour = &walk->supply->hour[at];
	hour->has_rows = true;
	switch (source->way) {
	case WAY_INTAKE: add_intake(walk, source, interval->slot_start_s, millij); break;
	case WAY_CHARGE:
		hour->charge_millij += millij;
		source->battery->hour[at].charge_millij += millij;
		break;
	case WAY_DISCHARGE:
		hour->discharge_millij += millij;
		source->battery->hour[at].discharge_millij += millij;
		break;
	case WAY_LOAD: hour->load_millij += millij; break;
	default: hour->out_millij += millij; break;
	}
	return ERR_NONE;
}

/* ---- Sources ---- */

static enum err add_source(struct walk *walk, const struct source *source, struct err_info *info)
{
	void *array = walk->source;
	enum err err = mem_grow(&array, &walk->capacity, walk->count, SOURCES_MAX, sizeof(*walk->source));

	walk->source = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu sources", walk->count + 1);
	walk->source[walk->count++] = *source;
	return ERR_NONE;
}

static int compare_sources(const void *a, const void *b)
{
	const struct source *x = a;
	const struct source *y = b;

	if (x->meter_id != y->meter_id)
		return x->meter_id < y->meter_id ? -1 : 1;
	return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

static enum err add_parts(struct walk *walk, struct err_info *info)
{
	const struct report_supply_request *request = walk->request;
	struct report_supply *supply = walk->supply;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < request->count; i++) {
		const struct report_total *part = &request->part[i];
		struct source source = {.meter_id = part->meter->meter_id,
					.start_s = part->start_s,
					.end_s = part->end_s,
					.part = part,
					.way = way_of(request, part->meter)};

		if (source.way == WAY_CHARGE)
			source.battery = report_batteries_find(&supply->batteries, part->meter);
		if (source.way == WAY_NONE || (source.way == WAY_CHARGE && source.battery == NULL))
			continue;
		if (source.way == WAY_INTAKE && !begin_spread(&source))
			supply->has_carbon = false;
		supply->has_battery = supply->has_battery || source.way == WAY_CHARGE;
		supply->has_load = supply->has_load || source.way == WAY_LOAD;
		err = add_source(walk, &source, info);
	}
	return err;
}

/* What goes into a battery or the grid is energy of a meter without a part. */
static enum err add_outs(struct walk *walk, struct err_info *info)
{
	const struct report_supply_request *request = walk->request;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < request->reg->entry_count; i++) {
		const struct ledger_register_row *row = &request->reg->entry[i].row;
		struct source source = {.meter_id = row->meter_id,
					.start_s = request->site->span.start_s,
					.end_s = request->site->span.end_s,
					.way = way_of(request, row),
					.battery = report_batteries_find(&walk->supply->batteries, row)};
		bool is_out = source.way == WAY_OUT || (source.way == WAY_DISCHARGE && source.battery != NULL);

		/* One for all rows that describe a meter: the newest says what it is. */
		if (row->site_id == request->site->site_id && is_out && report_register_find(request->reg, row->meter_id, INT64_MAX) == row)
			err = add_source(walk, &source, info);
	}
	if (walk->count > 0)
		qsort(walk->source, walk->count, sizeof(*walk->source), compare_sources);
	return err;
}

/* ---- The whole ---- */

void report_supply_step(struct report_supply *supply, size_t at)
{
	struct report_supply_hour *hour = &supply->hour[at];
	int64_t in_millij = report_supply_in_millij(hour);
	int64_t charge_millij = hour->charge_millij < in_millij ? hour->charge_millij : in_millij;
	struct report_battery_hour all;

	/* What charges beyond the intake comes from nowhere that is known, and with nothing. */
	hour->charge_mg = charge_millij <= 0 ? 0 : num_muldiv_half_even(hour->intake_mg, charge_millij, in_millij);
	report_batteries_step(&supply->batteries, at, hour->charge_mg, &all);
	hour->discharge_mg = all.discharge_mg;
	hour->delivered_mg = hour->intake_mg - hour->charge_mg + hour->discharge_mg;
	hour->store = all.store;
}

void report_supply_add(struct report_supply_hour *sum, const struct report_supply_hour *hour)
{
	for (int s = 0; s < SUPPLY_COUNT; s++)
		sum->in_millij[s] += hour->in_millij[s];
	sum->intake_mg += hour->intake_mg;
	sum->charge_millij += hour->charge_millij;
	sum->charge_mg += hour->charge_mg;
	sum->discharge_millij += hour->discharge_millij;
	sum->discharge_mg += hour->discharge_mg;
	sum->load_millij += hour->load_millij;
	sum->out_millij += hour->out_millij;
	sum->delivered_mg += hour->delivered_mg;
	sum->store = hour->store;
}

static void add_up(struct report_supply *supply)
{
	supply->sum.store = supply->open;
	for (size_t i = 0; i < supply->count; i++) {
		report_supply_step(supply, i);
		report_supply_add(&supply->sum, &supply->hour[i]);
	}
}

static enum err walk_rows(struct walk *walk, struct err_info *info)
{
	const struct report_site *site = walk->request->site;
	struct ledger_filter filter = {
	    .start_s = site->span.start_s, .end_s = site->span.end_s, .site_id = site->site_id, .is_any_quantity = true};
	enum err err = add_parts(walk, info);

	if (err == ERR_NONE)
		err = add_outs(walk, info);
	if (err == ERR_NONE)
		err = report_late_add(&walk->late, walk->request->ledger, site, info);
	report_late_begin(&walk->late);
	if (err == ERR_NONE)
		err = ledger_query_intervals(walk->request->ledger, &filter, take_interval, walk, info);
	for (size_t i = 0; err == ERR_NONE && i < walk->count; i++) {
		if (walk->source[i].way != WAY_INTAKE)
			continue;
		flush_rest(walk, &walk->source[i]);
		if (has_series(&walk->source[i]) && walk->source[i].at < walk->source[i].part->hourly.series->count)
			flush_series(walk, &walk->source[i]);
	}
	report_late_deinit(&walk->late);
	mem_free(walk->source);
	return err;
}

static struct report_supply *new_supply(const struct report_supply_request *request)
{
	int64_t first_s = request->site->span.start_s - request->site->span.start_s % UNITS_S_PER_HOUR;
	size_t count = (size_t)((request->site->span.end_s - first_s + UNITS_S_PER_HOUR - 1) / UNITS_S_PER_HOUR);
	struct report_supply *supply = mem_new(sizeof(*supply));

	if (supply == NULL)
		return NULL;
	*supply = (struct report_supply){.count = count, .has_carbon = true, .is_mixed = has_own_source(request)};
	supply->hour = mem_new_array(count, sizeof(*supply->hour));
	if (supply->hour == NULL)
		return report_supply_free(supply);
	for (size_t i = 0; i < count; i++)
		supply->hour[i].start_s = first_s + (int64_t)i * UNITS_S_PER_HOUR;
	return supply;
}

static enum err make_batteries(struct report_supply *supply, const struct report_supply_request *request, struct err_info *info)
{
	static const struct report_batteries NONE = {.row = NULL};
	enum err err = report_batteries_make(&supply->batteries, request->reg, request->site, supply->count, info);

	report_batteries_open(&supply->batteries, request->before == NULL ? &NONE : request->before);
	supply->open = report_batteries_sum_open(&supply->batteries);
	return err;
}

enum err report_supply_make(struct report_supply **out, const struct report_supply_request *request, struct err_info *info)
{
	struct walk walk = {.request = request};
	enum err err;

	*out = NULL;
	if ((!request->is_hourly && !has_own_source(request)) || request->site->span.end_s <= request->site->span.start_s)
		return ERR_NONE;
	walk.supply = new_supply(request);
	if (walk.supply == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the hours of site '%s'", request->site->id);
	err = make_batteries(walk.supply, request, info);
	if (err == ERR_NONE)
		err = walk_rows(&walk, info);
	if (err != ERR_NONE) {
		report_supply_free(walk.supply);
		return err;
	}
	add_up(walk.supply);
	*out = walk.supply;
	return ERR_NONE;
}

struct report_supply *report_supply_free(struct report_supply *supply)
{
	if (supply != NULL) {
		report_batteries_deinit(&supply->batteries);
		mem_free(supply->hour);
	}
	return mem_free(supply);
}
