/* SPDX-License-Identifier: Apache-2.0 */
/* verify_hourly: the hourly column of totals.csv, computed again from intervals.csv and the series' rows of factors.csv. */
#include "report/verify_priv.h"

#include "account/carbon.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
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

/* What a row of totals.csv says of its hours, and what is computed. */
struct hourly {
	bool has;
	char *key;
	int64_t mg;
	int64_t millij;
	int64_t estimated_millij;
	int64_t known_ms;
	int64_t gap_microg; /* -1: none */
	int64_t row;        /* of hours, that open_millij came together in */
	int64_t open_millij;
	int64_t gap_millij;
	int64_t sum_mg;
	int64_t sum_millij;
	int64_t sum_estimated_millij;
	bool lacks;
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
	    hour.microg_per_kwh < 0 || !clock_parse_utc(cell[4], &hour.start_ms) || !num_parse_i64(cell[5], &duration_s) ||
	    duration_s <= 0 || duration_s > UNITS_S_PER_DAY || !clock_parse_utc(cell[7], &hour.known_ms))
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

enum cell { NODE = 0, TYPE, START, ZONE, MG, KG, MILLIJ, ESTIMATED, BASIS, SOURCE, GAP, KNOWN };

static void check_kg(struct verification *verification, const struct csv_row *row, const struct hourly *hourly, const char *said)
{
	struct buf text;

	buf_init(&text, NUM_TEXT_BYTES);
	figure_add_kg(&text, hourly->mg, 6);
	if (strcmp(buf_text(&text), said) != 0)
		verify_find(verification, "totals.csv:%zu: m_scope2_lb_hourly_kg is %s, of m_scope2_lb_hourly_mg it is %s", row->line, said,
			    buf_text(&text));
	buf_deinit(&text);
}

static bool parse_hourly(struct hourly *hourly, const char *const *cell)
{
	return num_parse_i64(cell[MG], &hourly->mg) && num_parse_i64(cell[MILLIJ], &hourly->millij) &&
	       num_parse_i64(cell[ESTIMATED], &hourly->estimated_millij) &&
	       (is_none(cell[GAP]) || num_parse_i64(cell[GAP], &hourly->gap_microg)) &&
	       (is_none(cell[KNOWN]) || clock_parse_utc(cell[KNOWN], &hourly->known_ms));
}

static enum err take_total(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	struct verify_total *total;
	struct hourly *hourly;
	enum report_level level;
	int64_t start_ms;

	if (is_none(cell[MG]) || cell[MILLIJ] == NULL)
		return ERR_NONE;
	for (int i = 0; i <= KNOWN; i++) {
		if (cell[i] == NULL)
			return err_set(info, ERR_DATA, "totals.csv has some of the hourly columns and not all");
	}
	total = report_level_find(cell[TYPE], &level) && clock_parse_utc(cell[START], &start_ms)
		    ? verify_find_total(verification, level, cell[NODE], start_ms)
		    : NULL;
	if (total == NULL)
		return err_set(info, ERR_DATA, "totals.csv:%zu: a row that is not found again", row->line);
	hourly = &verification->hours->total[total - verification->total];
	if (!parse_hourly(hourly, cell))
		return err_set(info, ERR_DATA, "totals.csv:%zu: the hourly cells are not understood", row->line);
	hourly->has = true;
	verification->hours->has_any = true;
	mem_free(hourly->key);
	hourly->key = make_key(cell[ZONE], cell[BASIS], cell[SOURCE]);
	check_kg(verification, row, hourly, cell[KG]);
	return hourly->key == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

/* ---- intervals.csv ---- */

static void flush(const struct verify_hours *hours, struct hourly *hourly)
{
	if (hourly->row != NO_ROW && hourly->open_millij != 0)
		hourly->sum_mg += account_carbon_mg(hourly->open_millij, hours->hour[hourly->row].microg_per_kwh);
	hourly->open_millij = 0;
}

static enum err take_interval(struct verification *verification, const struct csv_row *row, const char *const *cell, struct err_info *info)
{
	const struct verify_hours *hours = verification->hours;
	struct verify_total *total;
	struct hourly *hourly;
	struct verify_slot slot;
	int64_t sum = 0;
	int64_t found;
	enum err err = verify_read_slot(verification, row, cell, &slot, info);

	if (err != ERR_NONE || slot.quantity != QUANTITY_ENERGY)
		return err;
	total = verify_find_total(verification, REPORT_METER, slot.node, slot.start_ms);
	hourly = total == NULL ? NULL : &hours->total[total - verification->total];
	if (hourly == NULL || !hourly->has)
		return ERR_NONE;
	for (int i = 0; i < COVERAGE_COUNT; i++)
		sum += slot.millij[i];
	found = find_hour(hours, hourly, slot.start_ms);
	if (found == NO_ROW) {
		hourly->gap_millij += sum;
		return ERR_NONE;
	}
	if (found != hourly->row)
		flush(hours, hourly);
	hourly->row = found;
	hourly->open_millij += sum;
	hourly->sum_millij += sum;
	hourly->sum_estimated_millij += hours->hour[found].is_estimated ? sum : 0;
	return ERR_NONE;
}

/* ---- Comparing ---- */

static void compare(struct verification *verification, const struct verify_total *total, const struct hourly *hourly)
{
	if (hourly->mg != hourly->sum_mg)
		verify_find(verification, "totals.csv:%zu: %s has %lld mg CO2e with hourly factors, computed it is %lld", total->line,
			    total->node, (long long)hourly->mg, (long long)hourly->sum_mg);
	if (hourly->millij != hourly->sum_millij || hourly->estimated_millij != hourly->sum_estimated_millij)
		verify_find(verification,
			    "totals.csv:%zu: %s has %lld mJ (%lld estimated) in hours with a factor, computed it is %lld (%lld)",
			    total->line, total->node, (long long)hourly->millij, (long long)hourly->estimated_millij,
			    (long long)hourly->sum_millij, (long long)hourly->sum_estimated_millij);
}

/* The annual factor of the gaps has to be one of factors.csv, of the same zone. */
static bool has_gap_factor(const struct verification *verification, const struct hourly *hourly)
{
	for (size_t i = 0; i < verification->factor_count; i++) {
		const struct verify_factor *factor = &verification->factor[i];
		size_t bytes = strlen(factor->zone);

		if (factor->microg_per_kwh == hourly->gap_microg && strncmp(factor->zone, hourly->key, bytes) == 0 &&
		    hourly->key[bytes] == '/')
			return true;
	}
	return false;
}

static void finish_meter(struct verification *verification, const struct verify_total *total, struct hourly *hourly)
{
	flush(verification->hours, hourly);
	if (hourly->gap_millij != 0 && !has_gap_factor(verification, hourly))
		verify_find(verification, "totals.csv:%zu: the factor of %s for hours without one is not in factors.csv", total->line,
			    total->node);
	if (hourly->gap_millij != 0 && hourly->gap_microg >= 0)
		hourly->sum_mg += account_carbon_mg(hourly->gap_millij, hourly->gap_microg);
	compare(verification, total, hourly);
}

static void add_up(struct verification *verification, const struct verify_total *meter, const struct hourly *hourly)
{
	struct verify_total *above[VERIFY_ABOVE_COUNT];

	if (!meter->is_grid || !meter->has_energy)
		return;
	verify_find_above(verification, meter, above);
	for (int i = 0; i < VERIFY_ABOVE_COUNT; i++) {
		struct hourly *sum = above[i] == NULL ? NULL : &verification->hours->total[above[i] - verification->total];

		if (sum == NULL)
			continue;
		sum->lacks = sum->lacks || !hourly->has;
		sum->sum_mg += hourly->mg;
		sum->sum_millij += hourly->millij;
		sum->sum_estimated_millij += hourly->estimated_millij;
	}
}

static void compare_all(struct verification *verification)
{
	struct hourly *hourly = verification->hours->total;

	for (size_t i = 0; i < verification->total_count; i++) {
		if (verification->total[i].level != REPORT_METER)
			continue;
		if (hourly[i].has)
			finish_meter(verification, &verification->total[i], &hourly[i]);
		add_up(verification, &verification->total[i], &hourly[i]);
	}
	for (size_t i = 0; verification->summary->has_meters && i < verification->total_count; i++) {
		if (verification->total[i].level == REPORT_METER || !hourly[i].has)
			continue;
		if (hourly[i].lacks)
			verify_find(verification, "totals.csv:%zu: %s has an hourly figure, and not all of its meters have",
				    verification->total[i].line, verification->total[i].node);
		compare(verification, &verification->total[i], &hourly[i]);
	}
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
					     [KG] = VERIFY_OPTIONAL "m_scope2_lb_hourly_kg",
					     [MILLIJ] = VERIFY_OPTIONAL "hourly_millij",
					     [ESTIMATED] = VERIFY_OPTIONAL "hourly_estimated_millij",
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
	if (err == ERR_NONE && hours->has_any)
		compare_all(verification);
	return err;
}

enum err verify_hourly(struct verification *verification, struct err_info *info)
{
	struct verify_hours hours = {.total = mem_new_array(verification->total_count + 1, sizeof(*hours.total))};
	enum err err;

	if (hours.total == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu totals", verification->total_count);
	for (size_t i = 0; i < verification->total_count; i++)
		hours.total[i] = (struct hourly){.known_ms = INT64_MAX, .gap_microg = -1, .row = NO_ROW};
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
