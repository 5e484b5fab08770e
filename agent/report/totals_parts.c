/* SPDX-License-Identifier: Apache-2.0 */
/* totals_parts: one meter in one calendar year in which nothing about it changed: its energy and its emissions. */
#include "report/totals_priv.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/query.h"
#include "ledger/statement.h"
#include "model/units.h"
#include "model/zone.h"

#include <stdlib.h>
#include <string.h>

static bool is_same_stored(const struct ledger_register_row *a, const struct ledger_register_row *b)
{
	const struct report_stored *x = &report_register_entry(a)->stored;
	const struct report_stored *y = &report_register_entry(b)->stored;

	return x->role == y->role && x->is_in_total == y->is_in_total;
}

static bool is_same_part(const struct report_total *part, const struct ledger_register_row *row, int64_t year_start_s)
{
	const struct ledger_register_row *had = part->meter;

	return had->meter_id == row->meter_id && part->start_s >= year_start_s && is_same_stored(had, row) &&
	       strcmp(had->grid_zone, row->grid_zone) == 0 && had->is_in_total == row->is_in_total && had->supply == row->supply &&
	       had->role == row->role && had->point == row->point && had->caliber == row->caliber && strcmp(had->facts, row->facts) == 0 &&
	       strcmp(had->site_facts, row->site_facts) == 0;
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

/* The newest part of a meter that this one may go on in: the last one of all, or one of an earlier piece of the year. NULL: there is none. */
static struct report_total *find_last(const struct report_parts *parts, uint32_t meter_id)
{
	if (parts->piece_start_s == parts->year_start_s)
		return parts->count == 0 ? NULL : &parts->row[parts->count - 1];
	for (size_t i = parts->count; i > 0; i--) {
		if (parts->row[i - 1].meter->meter_id == meter_id)
			return &parts->row[i - 1];
	}
	return NULL;
}

static enum err take_total(void *context, const struct ledger_register_row *row, int64_t from_s, int64_t to_s, const struct ledger_sum *sum,
			   struct err_info *info)
{
	struct report_parts *parts = context;
	struct report_total *last = find_last(parts, row->meter_id);
	int64_t piece_start_ms = parts->piece_start_s * UNITS_MS_PER_S;
	const struct ledger_register_row *meter = /* the row's texts end with this call, the register's copy stays */
	    report_register_find(parts->reg, row->meter_id, row->valid_from_ms > piece_start_ms ? row->valid_from_ms : piece_start_ms);
	void *array = parts->row;
	enum err err;

	if (meter == NULL)
		return err_set(info, ERR_DATA, "meter %u is not in the register", row->meter_id);
	if (last == NULL || !is_same_part(last, meter, parts->year_start_s)) {
		err = mem_grow(&array, &parts->capacity, parts->count, REPORT_ROWS_MAX, sizeof(*parts->row));
		parts->row = array;
		if (err != ERR_NONE)
			return err_set(info, err, "no room for %zu rows", parts->count + 1);
		last = &parts->row[parts->count++];
		*last = (struct report_total){.level = REPORT_METER, .site = parts->site, .start_s = from_s, .meter_count = 1};
	}
	last->meter = meter;
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

/* Where the register was cut between two instants: the first of them; else the second. */
static int64_t next_cut_s(const struct report_parts *parts, int64_t at_s, int64_t end_s)
{
	const struct report_register *reg = parts->reg;

	for (size_t i = 0; reg->correction_count > 0 && i < parts->site->entry_count; i++) {
		const struct report_entry *entry = &reg->entry[parts->site->first_entry + i];
		int64_t cut_s = entry->row.valid_from_ms / UNITS_MS_PER_S;

		/* Of a piece of a row, and its end: where the next one begins. */
		if ((entry->is_corrected || entry->text == NULL) && cut_s > at_s && cut_s < end_s)
			end_s = cut_s;
	}
	return end_s;
}

/* A calendar year of the site, or what of it is in the period. */
static enum err query_year(struct report_parts *parts, struct ledger *ledger, int64_t end_s, struct err_info *info)
{
	struct ledger_filter filter = {.end_s = parts->year_start_s, .site_id = parts->site->site_id, .quantity = QUANTITY_ENERGY};
	enum err err = ERR_NONE;

	while (err == ERR_NONE && filter.end_s < end_s) {
		filter.start_s = filter.end_s;
		filter.end_s = next_cut_s(parts, filter.start_s, end_s);
		parts->piece_start_s = filter.start_s;
		err = ledger_query_totals(ledger, &filter, take_total, parts, info);
	}
	return err;
}

/* Each calendar year of the site is asked for by itself: factors change with it. */
static enum err query_site(struct report_parts *parts, struct ledger *ledger, struct err_info *info)
{
	const struct report_site *site = parts->site;
	int64_t at_s = site->span.start_s;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && at_s < site->span.end_s) {
		int64_t next_s = zone_day_start_s(site->zone, clock_days_from_civil((int64_t)year_of(site->zone, at_s) + 1, 1, 1));

		parts->year_start_s = at_s;
		at_s = next_s < site->span.end_s ? next_s : site->span.end_s;
		err = query_year(parts, ledger, at_s, info);
	}
	return err;
}

static int64_t clip_to_now_s(int64_t instant_s, int64_t now_utc_ms)
{
	int64_t now_s = now_utc_ms / UNITS_MS_PER_S;

	return instant_s < now_s ? instant_s : now_s;
}

/* The first part of a meter begins with the period. */
static void expect_time(struct report_parts *parts, int64_t now_utc_ms)
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

/* What somebody else controls is in none of the figures of scopes 1 and 2. */
static void lease_carbon(struct report_total *part, const struct report_totals *totals)
{
	bool has_factor = report_factors_find(&totals->factors, set_of(totals, part->site), part->meter->grid_zone,
					      year_of(part->site->zone, part->start_s), &part->choice);

	if (has_factor)
		part->factor = &totals->factors.row[part->choice.factor_idx];
	report_leased_put(&part->leased, has_factor, has_factor ? account_carbon_mg(part->energy_millij, part->factor->microg_per_kwh) : 0);
}

static void add_carbon(struct report_total *part, const struct report_totals *totals)
{
	const struct report_factors *factors = &totals->factors;
	int32_t year = year_of(part->site->zone, part->start_s);
	struct report_upstream_part wish = {part->meter->grid_zone, year, part->energy_millij, NULL, false};

	if (!part->has_energy || part->meter->supply != SUPPLY_GRID)
		return;
	if (report_leased_is(part->meter)) {
		lease_carbon(part, totals);
		return;
	}
	part->grid_count = 1;
	part->grid_millij = part->energy_millij;
	part->no_factor_count =
	    report_factors_find(factors, set_of(totals, part->site), part->meter->grid_zone, year, &part->choice) ? 0 : 1;
	if (part->no_factor_count == 0)
		wish.location = &factors->row[part->choice.factor_idx];
	wish.is_lifecycle = part->choice.is_proxy;
	report_upstream_put(&part->upstream, factors, set_of(totals, part->site), &wish);
	if (part->no_factor_count != 0)
		return;
	part->factor = wish.location;
	part->has_location = true;
	part->location_mg = account_carbon_mg(part->energy_millij, part->factor->microg_per_kwh);
}

/* ---- What came after the seal ---- */

size_t report_parts_find(const struct report_parts *parts, uint32_t meter_id, int64_t slot_start_s)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct report_total *part = &parts->row[i];

		if (part->meter->meter_id == meter_id && slot_start_s >= part->start_s && slot_start_s < part->end_s)
			return i;
	}
	return SIZE_MAX;
}

void report_parts_add(struct report_total *part, const struct interval *interval, int sign)
{
	part->has_energy = false;
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		part->millij[i] += sign * interval->millij[i];
		part->covered_ms[i] += sign * interval->covered_ms[i];
		part->energy_millij += sign * interval->millij[i];
		part->has_energy = part->has_energy || part->covered_ms[i] != 0 || part->millij[i] != 0;
	}
	part->unknown_count = part->has_energy ? 0 : 1;
}

static enum err take_late(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct report_parts *parts = context;
	size_t at = report_parts_find(parts, meter_id, interval->slot_start_s);
	struct report_total *part;

	(void)info;
	if (at == SIZE_MAX) {
		report_parts_take_off_flow(parts, meter_id, interval);
		return ERR_NONE;
	}
	part = &parts->row[at];
	parts->late_count++;
	parts->late_millij += part->meter->is_in_total ? interval_total_millij(interval) : 0;
	report_parts_add(part, interval, -1);
	part->rev_count -= interval->rev > 0 ? 1 : 0;
	return ERR_NONE;
}

static enum err take_off_late(struct report_parts *parts, struct ledger *ledger, struct err_info *info)
{
	const struct report_site *site = parts->site;
	struct ledger_filter filter = {.start_s = site->span.start_s, .end_s = site->span.end_s, .site_id = site->site_id};

	if (site->sealed.statement_id == 0)
		return ERR_NONE;
	return ledger_query_late(ledger, &filter, site->sealed.statement_id, take_late, parts, info);
}

static enum err add_hourly(struct report_parts *parts, struct ledger *ledger, struct report_totals *totals, struct err_info *info)
{
	struct report_hourly_part *part;
	struct report_hourly_request request = {
	    .ledger = ledger, .factors = &totals->factors, .set = set_of(totals, parts->site), .reg = parts->reg, .site = parts->site};
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

static enum err add_market(struct report_parts *parts, const struct report_entered *entered, struct report_totals *totals,
			   struct err_info *info)
{
	struct report_market_part *part = mem_new_array(parts->count, sizeof(*part));
	struct report_market_request request = {
	    .site = parts->site, .entered = entered, .factors = &totals->factors, .set = set_of(totals, parts->site), .part = part};
	enum err err;

	if (part == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu meters", parts->count);
	for (size_t i = 0; i < parts->count; i++) {
		struct report_total *row = &parts->row[i];

		if (row->grid_count > 0 && row->meter->is_in_total)
			part[request.count++] =
			    (struct report_market_part){row->meter,       row->start_s, row->end_s,  year_of(row->site->zone, row->start_s),
							row->grid_millij, row->factor,  &row->market};
	}
	err = report_market_add(&totals->markets, &request, info);
	mem_free(part);
	return err;
}

enum err report_parts_compute(struct report_parts *parts, const struct report_entered *entered, struct report_totals *totals,
			      struct err_info *info)
{
	enum err err;

	for (size_t i = 0; i < parts->count; i++) {
		add_carbon(&parts->row[i], totals);
		report_parts_uncorrect(&parts->row[i]);
	}
	err = report_parts_add_fuel(parts, entered, info);
	return err == ERR_NONE ? add_market(parts, entered, totals, info) : err;
}

enum err report_parts_make(struct report_parts *parts, struct ledger *ledger, struct report_totals *totals, struct err_info *info)
{
	struct report_entered entered = {.row = totals->entered.row + parts->site->first_entered, .count = parts->site->entered_count};
	enum err err = query_site(parts, ledger, info);

	if (err != ERR_NONE || parts->count == 0)
		return err;
	qsort(parts->row, parts->count, sizeof(parts->row[0]), compare_parts);
	expect_time(parts, totals->now_utc_ms);
	err = report_parts_add_flows(parts, ledger, info);
	if (err != ERR_NONE)
		return err;
	err = take_off_late(parts, ledger, info);
	if (err != ERR_NONE)
		return err;
	err = report_parts_correct(parts, ledger, info);
	if (err != ERR_NONE)
		return err;
	err = report_parts_compute(parts, &entered, totals, info);
	return err == ERR_NONE ? add_hourly(parts, ledger, totals, info) : err;
}
