/* SPDX-License-Identifier: Apache-2.0 */
/* verify_hourly: the hourly figures of meters, computed again from intervals.csv and the series' rows of factors.csv. */
#include "report/verify_priv.h"

#include "account/carbon.h"
#include "account/market.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/quantity.h"
#include "model/units.h"
#include "report/export.h"
#include "report/figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 10000000, NODE_BYTES = 1024, NO_ROW = -1 };

/* An interval of a series. `key` is "zone/basis/publisher". */
struct hour {
	char *key;
	int64_t start_ms;
	int64_t end_ms;
	int64_t known_ms;
	int64_t microg_per_kwh;
	bool is_estimated;
};

/* A meter's row of totals.csv while its hours are added up. */
struct hourly {
	char *key; /* NULL: the row has no hourly figure */
	int64_t known_ms;
	int64_t gap_microg; /* -1: it names none */
	int64_t row;        /* of hours, that open_millij came together in */
	int64_t open_millij;
	int64_t gap_millij;
	struct report_series *series;
};

struct verify_hours {
	struct hour *hour; /* by key, start, known */
	size_t count;
	size_t capacity;
	struct hourly *total; /* one a row of totals */
	bool has_any;
};

static bool is_none(const char *cell)
{
	return cell == NULL || strcmp(cell, FIGURE_NONE) == 0;
}

static char *make_key(const char *zone, const char *basis, const char *publisher)
{
	char text[NODE_BYTES];

	snprintf(text, sizeof(text), "%.255s/%.31s/%.511s", zone, basis, publisher);
	return mem_dup(text);
}

/* ---- factors.csv ---- */

static enum err take_hour(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_hours *hours = verification->hours;
	struct hour hour = {0};
	void *array = hours->hour;
	int64_t duration_s;
	enum err err;

	if (is_none(cell[4]))
		return ERR_NONE;
	if (cell[5] == NULL || cell[6] == NULL || cell[7] == NULL || !num_parse_i64(cell[3], &hour.microg_per_kwh) ||
	    hour.microg_per_kwh < 0 || hour.microg_per_kwh > ACCOUNT_MARKET_MICROG_MAX || !clock_parse_utc(cell[4], &hour.start_ms) ||
	    !num_parse_i64(cell[5], &duration_s) || duration_s <= 0 || duration_s > UNITS_S_PER_DAY ||
	    !clock_parse_utc(cell[7], &hour.known_ms))
		return err_set(info, ERR_DATA, "factors.csv:%zu: the interval of a series is not understood", row->line);
	err = mem_grow(&array, &hours->capacity, hours->count, ROWS_MAX, sizeof(hour));
	hours->hour = array;
	if (err != ERR_NONE)
		return err_set(info, err, "factors.csv: no room for its rows");
	hour.end_ms = hour.start_ms + duration_s * UNITS_MS_PER_S;
	hour.is_estimated = strcmp(cell[6], "yes") == 0;
	hour.key = make_key(cell[0], cell[1], cell[2]);
	hours->hour[hours->count++] = hour;
	return hour.key == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

static int compare_hours(const void *a, const void *b)
{
	const struct hour *x = a;
	const struct hour *y = b;
	int order = strcmp(x->key, y->key);

	if (order == 0)
		order = (x->start_ms > y->start_ms) - (x->start_ms < y->start_ms);
	return order != 0 ? order : (x->known_ms > y->known_ms) - (x->known_ms < y->known_ms);
}

/* The interval that holds an instant, as it was known to the total; NO_ROW: none does. */
static int64_t find_hour(const struct verify_hours *hours, const struct hourly *total, int64_t utc_ms)
{
	struct hour wanted = {.key = total->key, .start_ms = utc_ms, .known_ms = INT64_MAX};
	size_t low = 0;
	size_t high = hours->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_hours(&hours->hour[middle], &wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low > 0 && strcmp(hours->hour[low - 1].key, total->key) == 0) {
		const struct hour *hour = &hours->hour[--low];

		if (hour->known_ms <= total->known_ms)
			return utc_ms < hour->end_ms ? (int64_t)low : NO_ROW;
	}
	return NO_ROW;
}

/* ---- totals.csv ---- */

enum cell { NODE = 0, TYPE, START, ZONE, MG, BASIS, SOURCE, GAP, KNOWN };

/* The series of a zone, publisher and basis as it was known at an instant; it has no rows of its own. NULL: no memory. */
static struct report_series *find_series(struct report_hourly *hourly, const struct report_series *wanted)
{
	void *array = hourly->series;
	struct report_series *series;

	for (size_t i = 0; i < hourly->count; i++) {
		series = hourly->series[i];
		if (series->basis == wanted->basis && series->known_utc_ms == wanted->known_utc_ms &&
		    strcmp(series->zone, wanted->zone) == 0 && strcmp(series->publisher, wanted->publisher) == 0)
			return series;
	}
	if (mem_grow(&array, &hourly->capacity, hourly->count, ROWS_MAX, sizeof(*hourly->series)) != ERR_NONE)
		return NULL;
	hourly->series = array;
	series = mem_new(sizeof(*series));
	if (series == NULL)
		return NULL;
	*series = *wanted;
	hourly->series[hourly->count++] = series;
	return series;
}

static bool parse(struct hourly *hourly, struct report_series *series, const char *const *cell)
{
	hourly->known_ms = INT64_MAX;
	hourly->gap_microg = -1;
	if ((!is_none(cell[GAP]) && !num_parse_i64(cell[GAP], &hourly->gap_microg)) ||
	    (!is_none(cell[KNOWN]) && !clock_parse_utc(cell[KNOWN], &hourly->known_ms)) ||
	    !factor_basis_find_mix(cell[BASIS], &series->basis) || !text_copy(series->zone, sizeof(series->zone), cell[ZONE]) ||
	    !text_copy(series->publisher, sizeof(series->publisher), cell[SOURCE]))
		return false;
	series->known_utc_ms = hourly->known_ms;
	return true;
}

static enum err take_total(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct report_series series = {.count = 0};
	struct verify_total *total;
	struct hourly *hourly;
	int64_t start_ms;

	if (is_none(cell[MG]) || strcmp(cell[TYPE], report_level_name(REPORT_METER)) != 0)
		return ERR_NONE;
	for (int i = 0; i <= KNOWN; i++) {
		if (cell[i] == NULL)
			return err_set(info, ERR_DATA, "totals.csv has some of the hourly columns and not all");
	}
	total = clock_parse_utc(cell[START], &start_ms) ? verify_find_total(verification, REPORT_METER, cell[NODE], start_ms) : NULL;
	if (total == NULL)
		return err_set(info, ERR_DATA, "totals.csv:%zu: a row that is not found again", row->line);
	hourly = &verification->hours->total[total - verification->total];
	if (!parse(hourly, &series, cell))
		return err_set(info, ERR_DATA, "totals.csv:%zu: the hourly cells are not understood", row->line);
	verification->hours->has_any = true;
	mem_free(hourly->key);
	hourly->key = make_key(cell[ZONE], cell[BASIS], cell[SOURCE]);
	hourly->series = find_series(&verification->package.totals.hourly, &series);
	return hourly->key == NULL || hourly->series == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

/* ---- intervals.csv ---- */

static void flush(const struct verify_hours *hours, struct hourly *hourly, struct report_hourly_total *sum)
{
	if (hourly->row != NO_ROW && hourly->open_millij != 0)
		sum->mg += account_carbon_mg(hourly->open_millij, hours->hour[hourly->row].microg_per_kwh);
	hourly->open_millij = 0;
}

static enum err take_interval(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	const struct verify_hours *hours = verification->hours;
	struct report_hourly_total *sum;
	struct verify_total *total;
	struct hourly *hourly;
	struct verify_slot slot;
	int64_t millij = 0;
	int64_t found;
	enum err err = verify_read_slot(verification, row, cell, &slot, info);

	if (err != ERR_NONE || slot.quantity != QUANTITY_ENERGY)
		return err;
	total = verify_find_total(verification, REPORT_METER, slot.node, slot.start_ms);
	hourly = total == NULL ? NULL : &hours->total[total - verification->total];
	if (hourly == NULL || hourly->key == NULL)
		return ERR_NONE;
	sum = &total->sum.hourly;
	for (int i = 0; i < COVERAGE_COUNT; i++)
		millij += slot.millij[i];
	found = find_hour(hours, hourly, slot.start_ms);
	if (found == NO_ROW) {
		hourly->gap_millij += millij;
		return ERR_NONE;
	}
	if (found != hourly->row)
		flush(hours, hourly, sum);
	hourly->row = found;
	hourly->open_millij += millij;
	sum->millij += millij;
	sum->estimated_millij += hours->hour[found].is_estimated ? millij : 0;
	for (int i = 0; i < COVERAGE_COUNT; i++)
		sum->covered_ms += slot.covered_ms[i];
	return ERR_NONE;
}

/* ---- The rest ---- */

/* The annual factor of the gaps has to be one of factors.csv, of the same zone and basis. */
static const struct plan_factor *find_gap_factor(const struct verification *verification, const struct hourly *hourly)
{
	const struct report_factors *factors = &verification->package.totals.factors;

	for (size_t i = 0; i < factors->count; i++) {
		if (factors->by_rule[i].microg_per_kwh == hourly->gap_microg && factors->by_rule[i].basis == hourly->series->basis &&
		    strcmp(factors->by_rule[i].zone, hourly->series->zone) == 0)
			return &factors->row[i];
	}
	return NULL;
}

static void finish(struct verification *verification, struct verify_total *total, struct hourly *hourly)
{
	struct report_hourly_total *sum = &total->sum.hourly;

	flush(verification->hours, hourly, sum);
	sum->has = true;
	sum->series = hourly->series;
	if (hourly->gap_millij == 0)
		return;
	sum->gap_factor = find_gap_factor(verification, hourly);
	sum->has = sum->gap_factor != NULL;
	if (sum->has)
		sum->mg += account_carbon_mg(hourly->gap_millij, sum->gap_factor->microg_per_kwh);
	else
		verify_find(verification, "totals.csv:%zu: the factor of %s for hours without one is not in factors.csv", total->line,
			    total->node);
}

/* ---- The whole ---- */

static enum err walk_all(struct verification *verification, struct err_info *info)
{
	static const char *const FACTORS[] = {"zone",
					      "basis",
					      "publisher",
					      "microg_per_kwh",
					      VERIFY_OPTIONAL "start_utc",
					      VERIFY_OPTIONAL "duration_s",
					      VERIFY_OPTIONAL "estimated",
					      VERIFY_OPTIONAL "known_utc",
					      NULL};
	static const char *const TOTALS[] = {[NODE] = "node_id",
					     [TYPE] = "node_type",
					     [START] = "period_start_utc",
					     [ZONE] = "zone",
					     [MG] = VERIFY_OPTIONAL "m_scope2_lb_hourly_mg",
					     [BASIS] = VERIFY_OPTIONAL "hourly_basis",
					     [SOURCE] = VERIFY_OPTIONAL "hourly_source",
					     [GAP] = VERIFY_OPTIONAL "hourly_gap_microg_per_kwh",
					     [KNOWN] = VERIFY_OPTIONAL "hourly_known_until_utc",
					     NULL};
	struct verify_hours *hours = verification->hours;
	enum err err = verify_walk(verification, "factors.csv", FACTORS, take_hour, info);

	if (err == ERR_NONE && hours->count > 0)
		qsort(hours->hour, hours->count, sizeof(*hours->hour), compare_hours);
	if (err == ERR_NONE)
		err = verify_walk(verification, "totals.csv", TOTALS, take_total, info);
	if (err == ERR_NONE && hours->has_any)
		err = verify_walk(verification, EXPORT_INTERVALS, VERIFY_SLOT_COLUMNS, take_interval, info);
	for (size_t i = 0; err == ERR_NONE && i < verification->total_count; i++) {
		if (hours->total[i].key != NULL)
			finish(verification, &verification->total[i], &hours->total[i]);
	}
	return err;
}

enum err verify_hourly(struct verification *verification, struct err_info *info)
{
	struct verify_hours hours = {.total = mem_new_array(verification->total_count + 1, sizeof(*hours.total))};
	enum err err;

	if (hours.total == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	for (size_t i = 0; i < verification->total_count; i++)
		hours.total[i].row = NO_ROW;
	verification->hours = &hours;
	err = walk_all(verification, info);
	verification->hours = NULL;
	for (size_t i = 0; i < verification->total_count; i++)
		mem_free(hours.total[i].key);
	for (size_t i = 0; i < hours.count; i++)
		mem_free(hours.hour[i].key);
	mem_free(hours.hour);
	mem_free(hours.total);
	return err;
}
