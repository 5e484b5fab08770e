/* SPDX-License-Identifier: Apache-2.0 */
#include "report/totals_priv.h"

#include "base/mem.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/utility.h"

#include <string.h>

static const char *const LEVEL_NAMES[REPORT_LEVEL_COUNT] = {"total", "site", "device", "meter", "overhead"};

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

bool report_uncorrected_has_location(const struct report_uncorrected *uncorrected)
{
	return uncorrected->grid_count > 0 && uncorrected->no_factor_count == 0;
}

int64_t report_total_covered_ms(const struct report_total *row)
{
	return row->covered_ms[COVERAGE_MEASURED] + row->covered_ms[COVERAGE_BRIDGED];
}

int64_t report_total_covered_millij(const struct report_total *row)
{
	return row->millij[COVERAGE_MEASURED] + row->millij[COVERAGE_BRIDGED];
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
	report_market_sum(&sum->market, &part->market);
	report_upstream_sum(&sum->upstream, &part->upstream);
	sum->has_location = sum->no_factor_count == 0;
	if (is_first) {
		sum->factor = part->factor;
		sum->choice = part->choice;
	} else if (sum->factor != part->factor || sum->choice.lag_years != part->choice.lag_years) {
		sum->has_many_factors = true;
		sum->factor = NULL;
	}
}

/* A part that was in a row as the register has it, and is in it now that that is corrected; or one of both. */
static void add_uncorrected(struct report_uncorrected *sum, const struct report_total *part, bool was_in, bool is_in)
{
	const struct report_uncorrected *own = &part->uncorrected;

	sum->is_corrected = sum->is_corrected || (own->is_corrected && (was_in || is_in));
	if (!was_in)
		return;
	sum->has_energy = sum->has_energy || own->has_energy;
	sum->energy_millij += own->energy_millij;
	sum->grid_count += own->grid_count;
	sum->no_factor_count += own->no_factor_count;
	sum->location_mg += own->location_mg;
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
	report_fuel_sum(&sum->fuel, &part->fuel);
	report_leased_sum(&sum->leased, &part->leased);
}

/* A new row at the end; NULL with *err set when there is no room. */
static struct report_total *add_row(struct report_totals *totals, const struct report_total *row, enum err *err, struct err_info *info)
{
	void *array = totals->row;

	*err = mem_grow(&array, &totals->capacity, totals->count, REPORT_ROWS_MAX, sizeof(*totals->row));
	totals->row = array;
	if (*err != ERR_NONE) {
		*err = err_set(info, *err, "no room for %zu rows", totals->count + 1);
		return NULL;
	}
	totals->row[totals->count] = *row;
	return &totals->row[totals->count++];
}

/* parts[first..end) are of one device. */
static enum err add_device(struct report_totals *totals, const struct report_parts *parts, size_t first, size_t end,
			   enum report_level level, struct err_info *info)
{
	struct report_total device = {.level = REPORT_DEVICE,
				      .site = parts->site,
				      .meter = parts->row[first].meter,
				      .start_s = parts->site->span.start_s,
				      .end_s = parts->site->span.end_s};
	enum err err = ERR_NONE;

	for (size_t i = first; i < end; i++) {
		const struct report_total *part = &parts->row[i];
		bool was_in = report_register_entry(part->meter)->stored.role == ROLE_TOTAL;
		bool is_in = part->meter->role == ROLE_TOTAL;

		add_uncorrected(&device.uncorrected, part, was_in, is_in);
		if (is_in)
			add_part(&device, part);
		device.is_counted = device.is_counted || part->meter->is_in_total;
	}
	(void)add_row(totals, &device, &err, info);
	for (size_t i = first; err == ERR_NONE && level >= REPORT_METER && i < end; i++)
		(void)add_row(totals, &parts->row[i], &err, info);
	return err;
}

/* The device is the run of parts from `first` on; returns where the next one begins. */
static size_t end_of_device(const struct report_parts *parts, size_t first)
{
	size_t end = first + 1;

	while (end < parts->count && strcmp(parts->row[end].meter->device, parts->row[first].meter->device) == 0)
		end++;
	return end;
}

static enum err add_devices(struct report_totals *totals, const struct report_parts *parts, enum report_level level, struct err_info *info)
{
	size_t first = 0;

	while (first < parts->count) {
		size_t end = end_of_device(parts, first);
		enum err err = add_device(totals, parts, first, end, level, info);
		if (err != ERR_NONE)
			return err;
		first = end;
	}
	return ERR_NONE;
}

static void count_assets(const struct report_parts *parts, struct report_total *site, struct report_total *all)
{
	size_t silent = report_register_silent_count(parts->reg, parts->site->site_id);
	size_t end;

	for (size_t first = 0; first < parts->count; first = end) {
		bool has_energy = false;

		end = end_of_device(parts, first);
		for (size_t i = first; i < end; i++)
			has_energy = has_energy || parts->row[i].has_energy;
		site->asset_count++;
		site->metered_count += has_energy ? 1 : 0;
	}
	all->asset_count += site->asset_count;
	all->metered_count += site->metered_count;
	site->asset_count += silent;
}

static enum err add_site(struct report_totals *totals, const struct report_parts *parts, struct report_total *all, enum report_level level,
			 struct err_info *info)
{
	struct report_total site = {.level = REPORT_SITE, .site = parts->site};
	struct report_indicators *indicators = &totals->reg.site[parts->site - totals->reg.site].indicators;
	enum err err;

	site.start_s = parts->site->span.start_s;
	site.end_s = parts->site->span.end_s;
	for (size_t i = 0; i < parts->count; i++) {
		const struct report_total *part = &parts->row[i];
		bool was_in = report_register_entry(part->meter)->stored.is_in_total;
		bool is_in = part->meter->is_in_total;

		add_uncorrected(&site.uncorrected, part, was_in, is_in);
		add_uncorrected(&all->uncorrected, part, was_in, is_in);
		if (!is_in)
			continue;
		add_part(&site, part);
		report_overhead_add(&site.overhead,
				    &(struct report_overhead_part){part->meter, part->has_energy, part->energy_millij, part->factor});
		add_part(all, part);
	}
	report_parts_indicate(indicators, parts->row, parts->count, &site, totals->now_utc_ms / UNITS_MS_PER_S);
	err = report_utility_indicate(indicators, &totals->entered, parts->site, info);
	count_assets(parts, &site, all);
	if (err == ERR_NONE && level >= REPORT_SITE)
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

enum err report_totals_add(struct report_totals *totals, enum report_level level, report_parts_fn *make, void *context,
			   struct err_info *info)
{
	struct report_total all = {.level = REPORT_TOTAL,
				   .asset_count = report_register_silent_count(&totals->reg, 0),
				   .site = totals->reg.site_count == 1 ? &totals->reg.site[0] : NULL};
	enum err err;

	(void)add_row(totals, &all, &err, info); /* its place; filled at the end */
	for (size_t i = 0; err == ERR_NONE && i < totals->reg.site_count; i++) {
		struct report_parts parts = {.reg = &totals->reg, .site = &totals->reg.site[i]};

		widen(&all, parts.site, i == 0);
		err = make(context, &parts, info);
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

struct making {
	struct report_totals *totals;
	struct ledger *ledger;
};

static enum err make_parts(void *context, struct report_parts *parts, struct err_info *info)
{
	const struct making *making = context;

	return report_parts_make(parts, making->ledger, making->totals, info);
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

/* What was entered, site by site; what it says of meters goes into the register. */
static enum err load_entered(struct report_totals *totals, struct ledger *ledger, const struct report_request *request,
			     struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < totals->reg.site_count; i++) {
		struct report_site *site = &totals->reg.site[i];

		site->first_entered = totals->entered.count;
		err = report_entered_load(&totals->entered, ledger, site, request, info);
		site->entered_count = totals->entered.count - site->first_entered;
	}
	return err == ERR_NONE ? report_corrections_take(&totals->reg, &totals->entered, info) : err;
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
		err = load_entered(&totals, ledger, request, info);
	if (err == ERR_NONE)
		err = report_hourly_open(&totals.hourly, ledger, info);
	if (err == ERR_NONE)
		err = report_totals_add(&totals, level, make_parts, &(struct making){&totals, ledger}, info);
	if (err == ERR_NONE)
		err = report_totals_add_assets(&totals, info);
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
	report_markets_deinit(&totals->markets);
	report_entered_deinit(&totals->entered);
	report_factor_set_deinit(&totals->edition);
	report_factors_deinit(&totals->factors);
	report_register_deinit(&totals->reg);
	*totals = (struct report_totals){0};
}
