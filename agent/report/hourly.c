/* SPDX-License-Identifier: Apache-2.0 */
#include "report/hourly.h"

#include "account/carbon.h"
#include "base/mem.h"
#include "ledger/rows.h"
#include "report/correction.h"
#include "report/late.h"

#include <stdlib.h>
#include <string.h>

/* A part while the rows are walked: where in its series it is, and what came together there. */
struct hourly_part {
	const struct report_hourly_part *part;
	struct report_series *series;
	size_t at;          /* the first row that ends after the slot */
	int64_t millij;     /* in row `at`, not yet turned into emissions */
	int64_t gap_millij; /* outside all rows */
};

struct walk {
	struct hourly_part *part; /* by meter, then start */
	size_t count;
	const struct report_register *reg;
	struct report_late late;
};

static int compare_parts(const void *a, const void *b)
{
	const struct report_hourly_part *x = ((const struct hourly_part *)a)->part;
	const struct report_hourly_part *y = ((const struct hourly_part *)b)->part;

	if (x->meter->meter_id != y->meter->meter_id)
		return x->meter->meter_id < y->meter->meter_id ? -1 : 1;
	return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

static struct hourly_part *find_part(const struct walk *walk, uint32_t meter_id, int64_t slot_start_s)
{
	size_t low = 0;
	size_t high = walk->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct report_hourly_part *part = walk->part[middle].part;

		if (part->meter->meter_id < meter_id || (part->meter->meter_id == meter_id && part->start_s <= slot_start_s))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || walk->part[low - 1].part->meter->meter_id != meter_id || slot_start_s >= walk->part[low - 1].part->end_s)
		return NULL;
	return &walk->part[low - 1];
}

static void flush(struct hourly_part *part)
{
	if (part->millij != 0)
		part->part->out->mg += account_carbon_mg(part->millij, part->series->row[part->at].microg_per_kwh);
	part->millij = 0;
}

static enum err take_interval(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct walk *walk = context;
	struct interval corrected = *interval;
	uint32_t whose_id = report_correction_apply(walk->reg, meter_id, &corrected);
	struct hourly_part *part = find_part(walk, whose_id, interval->slot_start_s);
	int64_t millij = interval_total_millij(&corrected);
	struct report_series_row *row;

	(void)info;
	if (part == NULL || report_late_has(&walk->late, meter_id, interval))
		return ERR_NONE;
	row = part->series->row;
	while (part->at < part->series->count && row[part->at].start_s + row[part->at].duration_s <= interval->slot_start_s) {
		flush(part);
		part->at++;
	}
	if (part->at == part->series->count || interval->slot_start_s < row[part->at].start_s) {
		part->gap_millij += millij;
		return ERR_NONE;
	}
	row = &row[part->at];
	row->is_used = true;
	part->millij += millij;
	part->part->out->millij += millij;
	part->part->out->estimated_millij += row->is_estimated ? millij : 0;
	part->part->out->covered_ms += interval_total_ms(interval);
	return ERR_NONE;
}

/* The rest has the annual factor of the same basis, or the part has no figure. */
static void finish(struct hourly_part *part, const struct report_hourly_request *request)
{
	struct report_hourly_total *hourly = part->part->out;
	struct account_factor wanted = {.zone = part->part->meter->grid_zone, .year = part->part->year, .basis = part->series->basis};
	struct factor_choice choice;

	if (part->at < part->series->count)
		flush(part);
	hourly->has = true;
	hourly->series = part->series;
	if (part->gap_millij == 0)
		return;
	hourly->has = report_factors_find_like(request->factors, request->set, &wanted, &choice);
	hourly->gap_unknown_count = hourly->has ? 0 : 1;
	if (!hourly->has)
		return;
	hourly->gap_factor = &request->factors->row[choice.factor_idx];
	hourly->mg += account_carbon_mg(part->gap_millij, hourly->gap_factor->microg_per_kwh);
}

/* What was known when the period was sealed is what counts for it. */
static enum err find_series(struct report_hourly *hourly, const struct report_hourly_request *request, struct walk *walk,
			    struct err_info *info)
{
	const struct report_site *site = request->site;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < request->count; i++) {
		const struct report_hourly_part *part = &request->part[i];
		struct report_series_wish wish = {.zone = part->meter->grid_zone,
						  .start_s = part->start_s,
						  .end_s = part->end_s,
						  .known_utc_ms = site->sealed.statement_id == 0 ? INT64_MAX : site->sealed.sealed_utc_ms};
		struct report_series *series;

		err = report_hourly_find(hourly, &wish, &series, info);
		if (err == ERR_NONE && series != NULL)
			walk->part[walk->count++] = (struct hourly_part){.part = part, .series = series};
	}
	if (walk->count > 0)
		qsort(walk->part, walk->count, sizeof(*walk->part), compare_parts);
	return err;
}

static enum err walk_rows(struct walk *walk, const struct report_hourly_request *request, struct err_info *info)
{
	const struct report_site *site = request->site;
	struct ledger_filter filter = {
	    .start_s = site->span.start_s, .end_s = site->span.end_s, .site_id = site->site_id, .quantity = QUANTITY_ENERGY};
	enum err err = report_late_add(&walk->late, request->ledger, site, info);

	report_late_begin(&walk->late);
	filter.is_any_quantity = report_correction_turns(request->reg, site);
	if (err == ERR_NONE)
		err = ledger_query_intervals(request->ledger, &filter, take_interval, walk, info);
	report_late_deinit(&walk->late);
	return err;
}

enum err report_hourly_add(struct report_hourly *hourly, const struct report_hourly_request *request, struct err_info *info)
{
	struct walk walk = {.reg = request->reg};
	enum err err = ERR_NONE;

	if (hourly->search.count == 0 || request->count == 0)
		return ERR_NONE;
	walk.part = mem_new_array(request->count, sizeof(*walk.part));
	if (walk.part == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu meters", request->count);
	err = find_series(hourly, request, &walk, info);
	if (err == ERR_NONE && walk.count > 0)
		err = walk_rows(&walk, request, info);
	for (size_t i = 0; err == ERR_NONE && i < walk.count; i++)
		finish(&walk.part[i], request);
	mem_free(walk.part);
	return err;
}

void report_hourly_sum(struct report_hourly_total *sum, const struct report_hourly_total *part)
{
	bool is_first = sum->part_count == 0;

	sum->part_count++;
	sum->unknown_count += part->has ? 0 : 1;
	sum->gap_unknown_count += part->gap_unknown_count;
	sum->has = sum->unknown_count == 0;
	sum->mg += part->mg;
	sum->millij += part->millij;
	sum->estimated_millij += part->estimated_millij;
	sum->covered_ms += part->covered_ms;
	if (is_first) {
		sum->series = part->series;
		sum->gap_factor = part->gap_factor;
		return;
	}
	sum->has_many = sum->has_many || sum->series != part->series ||
			(part->gap_factor != NULL && sum->gap_factor != NULL && sum->gap_factor != part->gap_factor);
	sum->series = sum->series == part->series ? sum->series : NULL;
	if (sum->gap_factor == NULL)
		sum->gap_factor = part->gap_factor;
	if (sum->has_many)
		sum->gap_factor = NULL;
}
