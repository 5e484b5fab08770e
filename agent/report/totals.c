/* SPDX-License-Identifier: Apache-2.0 */
#include "report/totals.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "ledger/query.h"
#include "ledger/statement.h"
#include "model/units.h"
#include "model/zone.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100000000 };

static const char *const LEVEL_NAMES[REPORT_LEVEL_COUNT] = {"total", "site", "device", "meter"};

const char *report_level_name(enum report_level level)
{
	return (unsigned)level < REPORT_LEVEL_COUNT ? LEVEL_NAMES[level] : "?";
}

bool report_level_find(const char *name, enum report_level *out)
{
	for (int level = 0; level < REPORT_LEVEL_COUNT; level++) {
		if (strcmp(LEVEL_NAMES[level], name) == 0) {
			*out = (enum report_level)level;
			return true;
		}
	}
	return false;
}

int64_t report_total_covered_ms(const struct report_total *row)
{
	return row->covered_ms[COVERAGE_MEASURED] + row->covered_ms[COVERAGE_BRIDGED];
}

int64_t report_total_covered_millij(const struct report_total *row)
{
	return row->millij[COVERAGE_MEASURED] + row->millij[COVERAGE_BRIDGED];
}

/* ---- Parts ---- */

struct parts {
	struct report_total *row;
	size_t count;
	size_t capacity;
	const struct report_register *reg;
	const struct report_site *site;
	int64_t piece_start_s; /* of the calendar year that is asked for */
	size_t late_count;
	int64_t late_millij;
};

static bool is_same_part(const struct report_total *part, const struct ledger_register_row *row, int64_t piece_start_s)
{
	const struct ledger_register_row *had = part->meter;

	return had->meter_id == row->meter_id && part->start_s >= piece_start_s && strcmp(had->grid_zone, row->grid_zone) == 0 &&
	       had->is_in_total == row->is_in_total && had->supply == row->supply && had->role == row->role && had->point == row->point &&
	       had->caliber == row->caliber;
}

static void add_sum(struct report_total *part, const struct ledger_sum *sum)
{
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		part->millij[i] += sum->millij[i];
		part->covered_ms[i] += sum->covered_ms[i];
		part->energy_millij += sum->millij[i];
		/* A slot that was closed without any covered time tells nothing. */
		part->has_energy = part->has_energy || sum->covered_ms[i] != 0 || sum->millij[i] != 0;
	}
	part->status_bits |= sum->status_bits;
	part->rev_count += sum->rev_count;
}

static enum err take_total(void *context, const struct ledger_register_row *row, int64_t from_s, int64_t to_s, const struct ledger_sum *sum,
			   struct err_info *info)
{
	struct parts *parts = context;
	struct report_total *last = parts->count == 0 ? NULL : &parts->row[parts->count - 1];
	void *array = parts->row;
	enum err err;

	if (last == NULL || !is_same_part(last, row, parts->piece_start_s)) {
		err = mem_grow(&array, &parts->capacity, parts->count, ROWS_MAX, sizeof(*parts->row));
		parts->row = array;
		if (err != ERR_NONE)
			return err_set(info, err, "no room for %zu rows", parts->count + 1);
		last = &parts->row[parts->count++];
		*last = (struct report_total){.level = REPORT_METER, .site = parts->site, .start_s = from_s, .meter_count = 1};
	}
	/* The row's texts end with this call; the register's copy stays. */
	last->meter = report_register_find(parts->reg, row->meter_id, row->valid_from_ms);
	if (last->meter == NULL)
		return err_set(info, ERR_DATA, "meter %u is not in the register", row->meter_id);
	last->end_s = to_s;
	add_sum(last, sum);
	return ERR_NONE;
}

static int compare_parts(const void *a, const void *b)
{
	const struct report_total *x = a;
	const struct report_total *y = b;
	int order = strcmp(x->meter->device, y->meter->device);

	if (order == 0)
		order = strcmp(x->meter->key, y->meter->key);
	if (order == 0)
		order = (x->meter->meter_id > y->meter->meter_id) - (x->meter->meter_id < y->meter->meter_id);
	return order != 0 ? order : (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

static int32_t year_of(const struct zone *zone, int64_t utc_s)
{
	int64_t year;
	int month;
	int day;

	clock_civil_from_days(zone_day_of(zone, utc_s), &year, &month, &day);
	return (int32_t)year;
}

/* Each calendar year of the site is asked for by itself: factors change with it. */
static enum err query_site(struct parts *parts, struct ledger *ledger, struct err_info *info)
{
	const struct report_site *site = parts->site;
	int64_t at_s = site->span.start_s;

	while (at_s < site->span.end_s) {
		int64_t next_s = zone_day_start_s(site->zone, clock_days_from_civil((int64_t)year_of(site->zone, at_s) + 1, 1, 1));
		struct ledger_filter filter = {.start_s = at_s, .site_id = site->site_id, .quantity = QUANTITY_ENERGY};
		enum err err;

		filter.end_s = next_s < site->span.end_s ? next_s : site->span.end_s;
		parts->piece_start_s = at_s;
		err = ledger_query_totals(ledger, &filter, take_total, parts, info);
		if (err != ERR_NONE)
			return err;
		at_s = filter.end_s;
	}
	return ERR_NONE;
}

static int64_t clip_to_now_s(int64_t instant_s, int64_t now_utc_ms)
{
	int64_t now_s = now_utc_ms / UNITS_MS_PER_S;

	return instant_s < now_s ? instant_s : now_s;
}

/* The first part of a meter begins with the period. */
static void expect_time(struct parts *parts, int64_t now_utc_ms)
{
	for (size_t i = 0; i < parts->count; i++) {
		struct report_total *part = &parts->row[i];
		int64_t end_s = clip_to_now_s(part->end_s, now_utc_ms);

		if (i == 0 || parts->row[i - 1].meter->meter_id != part->meter->meter_id)
			part->start_s = parts->site->span.start_s;
		part->expected_ms = end_s > part->start_s ? (end_s - part->start_s) * UNITS_MS_PER_S : 0;
		part->unknown_count = part->has_energy ? 0 : 1;
	}
}

/* Which factors a site may use; NULL: all. */
static const struct report_factor_set *set_of(const struct report_totals *totals, const struct report_site *site)
{
	if (site->sealed.statement_id != 0)
		return &site->sealed.factors;
	return totals->edition.count > 0 ? &totals->edition : NULL;
}

static void add_carbon(struct report_total *part, const struct report_totals *totals)
{
	const struct report_factors *factors = &totals->factors;
	int32_t year = year_of(part->site->zone, part->start_s);

	if (!part->has_energy || part->meter->supply != SUPPLY_GRID)
		return;
	part->grid_count = 1;
	part->grid_millij = part->energy_millij;
	part->no_factor_count =
	    report_factors_find(factors, set_of(totals, part->site), part->meter->grid_zone, year, &part->choice) ? 0 : 1;
	if (part->no_factor_count != 0)
		return;
	part->factor = &factors->row[part->choice.factor_idx];
	part->has_location = true;
	part->location_mg = account_carbon_mg(part->energy_millij, part->factor->microg_per_kwh);
}

/* ---- What came after the seal ---- */

/* The part that a slot is in; SIZE_MAX: none (another quantity). */
static size_t part_of(const struct parts *parts, uint32_t meter_id, int64_t slot_start_s)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct report_total *part = &parts->row[i];

		if (part->meter->meter_id == meter_id && slot_start_s >= part->start_s && slot_start_s < part->end_s)
			return i;
	}
	return SIZE_MAX;
}

static enum err take_late(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct parts *parts = context;
	size_t at = part_of(parts, meter_id, interval->slot_start_s);
	struct report_total *part;

	(void)info;
	if (at == SIZE_MAX)
		return ERR_NONE;
	part = &parts->row[at];
	parts->late_count++;
	part->has_energy = false;
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		part->millij[i] -= interval->millij[i];
		part->covered_ms[i] -= interval->covered_ms[i];
		part->energy_millij -= interval->millij[i];
		parts->late_millij += part->meter->is_in_total ? interval->millij[i] : 0;
		part->has_energy = part->has_energy || part->covered_ms[i] != 0 || part->millij[i] != 0;
	}
	part->unknown_count = part->has_energy ? 0 : 1;
	part->rev_count -= interval->rev > 0 ? 1 : 0;
	return ERR_NONE;
}

static enum err take_off_late(struct parts *parts, struct ledger *ledger, struct err_info *info)
{
	const struct report_site *site = parts->site;
	struct ledger_filter filter = {.start_s = site->span.start_s, .end_s = site->span.end_s, .site_id = site->site_id};

	if (site->sealed.statement_id == 0)
		return ERR_NONE;
	return ledger_query_late(ledger, &filter, site->sealed.statement_id, take_late, parts, info);
}

static enum err add_hourly(struct parts *parts, struct ledger *ledger, struct report_totals *totals, struct err_info *info)
{
	struct report_hourly_part *part;
	struct report_hourly_request request = {
	    .ledger = ledger, .factors = &totals->factors, .set = set_of(totals, parts->site), .site = parts->site};
	enum err err;

	if (totals->hourly.search.count == 0)
		return ERR_NONE;
	part = mem_new_array(parts->count, sizeof(*part));
	if (part == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu meters", parts->count);
	for (size_t i = 0; i < parts->count; i++) {
		struct report_total *row = &parts->row[i];

		if (row->grid_count > 0)
			part[request.count++] = (struct report_hourly_part){row->meter, row->start_s, row->end_s,
									    year_of(row->site->zone, row->start_s), &row->hourly};
	}
	request.part = part;
	err = report_hourly_add(&totals->hourly, &request, info);
	mem_free(part);
	return err;
}

static enum err make_parts(struct parts *parts, struct ledger *ledger, struct report_totals *totals, struct err_info *info)
{
	enum err err = query_site(parts, ledger, info);

	if (err != ERR_NONE || parts->count == 0)
		return err;
	qsort(parts->row, parts->count, sizeof(parts->row[0]), compare_parts);
	expect_time(parts, totals->now_utc_ms);
	err = take_off_late(parts, ledger, info);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < parts->count; i++)
		add_carbon(&parts->row[i], totals);
	return add_hourly(parts, ledger, totals, info);
}

/* ---- Sums of parts ---- */

/* An amount of grid energy without a factor makes the sum's emissions unknown. */
static void add_part_carbon(struct report_total *sum, const struct report_total *part)
{
	bool is_first = sum->grid_count == 0;

	if (part->grid_count == 0)
		return;
	sum->grid_count += part->grid_count;
	sum->no_factor_count += part->no_factor_count;
	sum->grid_millij += part->grid_millij;
	sum->location_mg += part->location_mg;
	report_hourly_sum(&sum->hourly, &part->hourly);
	sum->has_location = sum->no_factor_count == 0;
	if (is_first) {
		sum->factor = part->factor;
		sum->choice = part->choice;
	} else if (sum->factor != part->factor || sum->choice.lag_years != part->choice.lag_years) {
		sum->has_many_factors = true;
		sum->factor = NULL;
	}
}

static void add_part(struct report_total *sum, const struct report_total *part)
{
	sum->meter_count++;
	sum->unknown_count += part->unknown_count;
	sum->expected_ms += part->expected_ms;
	sum->status_bits |= part->status_bits;
	sum->rev_count += part->rev_count;
	sum->has_energy = sum->has_energy || part->has_energy;
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		sum->millij[i] += part->millij[i];
		sum->covered_ms[i] += part->covered_ms[i];
	}
	sum->energy_millij += part->energy_millij;
	add_part_carbon(sum, part);
}

/* A new row at the end; NULL with *err set when there is no room. */
static struct report_total *add_row(struct report_totals *totals, const struct report_total *row, enum err *err, struct err_info *info)
{
	void *array = totals->row;

	*err = mem_grow(&array, &totals->capacity, totals->count, ROWS_MAX, sizeof(*totals->row));
	totals->row = array;
	if (*err != ERR_NONE) {
		*err = err_set(info, *err, "no room for %zu rows", totals->count + 1);
		return NULL;
	}
	totals->row[totals->count] = *row;
	return &totals->row[totals->count++];
}

/* parts[first..end) are of one device. */
static enum err add_device(struct report_totals *totals, const struct parts *parts, size_t first, size_t end, enum report_level level,
			   struct err_info *info)
{
	struct report_total device = {.level = REPORT_DEVICE,
				      .site = parts->site,
				      .meter = parts->row[first].meter,
				      .start_s = parts->site->span.start_s,
				      .end_s = parts->site->span.end_s};
	enum err err = ERR_NONE;

	for (size_t i = first; i < end; i++) {
		if (parts->row[i].meter->role == ROLE_TOTAL)
			add_part(&device, &parts->row[i]);
	}
	(void)add_row(totals, &device, &err, info);
	for (size_t i = first; err == ERR_NONE && level >= REPORT_METER && i < end; i++)
		(void)add_row(totals, &parts->row[i], &err, info);
	return err;
}

static enum err add_devices(struct report_totals *totals, const struct parts *parts, enum report_level level, struct err_info *info)
{
	size_t first = 0;

	while (first < parts->count) {
		size_t end = first + 1;
		enum err err;

		while (end < parts->count && strcmp(parts->row[end].meter->device, parts->row[first].meter->device) == 0)
			end++;
		err = add_device(totals, parts, first, end, level, info);
		if (err != ERR_NONE)
			return err;
		first = end;
	}
	return ERR_NONE;
}

static enum err add_site(struct report_totals *totals, const struct parts *parts, struct report_total *all, enum report_level level,
			 struct err_info *info)
{
	struct report_total site = {.level = REPORT_SITE, .site = parts->site};
	enum err err = ERR_NONE;

	site.start_s = parts->site->span.start_s;
	site.end_s = parts->site->span.end_s;
	for (size_t i = 0; i < parts->count; i++) {
		if (!parts->row[i].meter->is_in_total)
			continue;
		add_part(&site, &parts->row[i]);
		add_part(all, &parts->row[i]);
	}
	if (level >= REPORT_SITE)
		(void)add_row(totals, &site, &err, info);
	if (err == ERR_NONE && level >= REPORT_DEVICE)
		err = add_devices(totals, parts, level, info);
	return err;
}

static void widen(struct report_total *all, const struct report_site *site, bool is_first)
{
	if (is_first || site->span.start_s < all->start_s)
		all->start_s = site->span.start_s;
	if (is_first || site->span.end_s > all->end_s)
		all->end_s = site->span.end_s;
}

static enum err make_rows(struct report_totals *totals, struct ledger *ledger, enum report_level level, struct err_info *info)
{
	struct report_total all = {.level = REPORT_TOTAL, .site = totals->reg.site_count == 1 ? &totals->reg.site[0] : NULL};
	enum err err;

	(void)add_row(totals, &all, &err, info); /* its place; filled at the end */
	for (size_t i = 0; err == ERR_NONE && i < totals->reg.site_count; i++) {
		struct parts parts = {.reg = &totals->reg, .site = &totals->reg.site[i]};

		widen(&all, parts.site, i == 0);
		err = make_parts(&parts, ledger, totals, info);
		totals->reg.site[i].sealed.late_count = parts.late_count;
		totals->reg.site[i].sealed.late_millij = parts.late_millij;
		if (err == ERR_NONE)
			err = add_site(totals, &parts, &all, level, info);
		mem_free(parts.row);
	}
	if (err == ERR_NONE)
		totals->row[0] = all;
	return err;
}

/* Sealed periods are bound to their factors; what is computed anew may be bound to an edition. */
static enum err load_choice(struct report_totals *totals, struct ledger *ledger, const struct report_request *request,
			    struct err_info *info)
{
	enum err err = ERR_NONE;

	if (request->is_unsealed)
		return request->edition == NULL ? ERR_NONE
						: report_factor_set_add_edition(&totals->edition, &totals->factors, request->edition, info);
	for (size_t i = 0; err == ERR_NONE && i < totals->reg.site_count; i++) {
		struct report_site *site = &totals->reg.site[i];

		err = report_sealed_load(&site->sealed, ledger, site->site_id, &site->span, &totals->factors, info);
	}
	return err;
}

enum err report_totals_make(struct report_totals *out, struct ledger *ledger, const struct report_request *request, enum report_level level,
			    struct err_info *info)
{
	struct report_totals totals = {.now_utc_ms = request->now_utc_ms};
	enum err err = report_register_load(&totals.reg, ledger, request, info);

	if (err == ERR_NONE)
		err = report_factors_load(&totals.factors, ledger, info);
	if (err == ERR_NONE)
		err = load_choice(&totals, ledger, request, info);
	if (err == ERR_NONE)
		err = report_hourly_open(&totals.hourly, ledger, info);
	if (err == ERR_NONE)
		err = make_rows(&totals, ledger, level, info);
	if (err != ERR_NONE) {
		report_totals_deinit(&totals);
		return err;
	}
	*out = totals;
	return ERR_NONE;
}

void report_totals_deinit(struct report_totals *totals)
{
	mem_free(totals->row);
	report_hourly_close(&totals->hourly);
	report_factor_set_deinit(&totals->edition);
	report_factors_deinit(&totals->factors);
	report_register_deinit(&totals->reg);
	*totals = (struct report_totals){0};
}
