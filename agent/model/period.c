/* SPDX-License-Identifier: Apache-2.0 */
#include "model/period.h"

#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	PERIOD_DAYS_PER_WEEK = 7,
	PERIOD_MONTHS_PER_YEAR = 12,
	PERIOD_MONTHS_PER_QUARTER = 3,
	PERIOD_EPOCH_FROM_MONDAY = 3,
	PERIOD_YEAR_MAX = 9999
};

/* What the forms are read against. */
struct period_context {
	int64_t today_days;
	int fiscal_month;
};

/* One form each: false when the text is not of this form or names no such date. */
typedef bool period_form(struct period *out, const char *text, const struct period_context *context);

static bool skip_text(const char **at, const char *want)
{
	size_t length = strlen(want);

	if (strncmp(*at, want, length) != 0)
		return false;
	*at += length;
	return true;
}

/* Exactly `digits` digits within min..max. */
static bool read_number(const char **at, int digits, int min, int max, int *value)
{
	int sum = 0;

	for (; digits > 0; digits--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		sum = sum * 10 + (**at - '0');
	}
	*value = sum;
	return sum >= min && sum <= max;
}

static bool read_year(const char **at, int *year)
{
	return read_number(at, 4, 1, PERIOD_YEAR_MAX, year);
}

/* The first day of a month; month may lie outside 1..12 and then counts into the years around. */
static int64_t month_start_days(int64_t year, int month)
{
	int64_t months = year * PERIOD_MONTHS_PER_YEAR + month - 1;

	return clock_days_from_civil(months / PERIOD_MONTHS_PER_YEAR, (int)(months % PERIOD_MONTHS_PER_YEAR) + 1, 1);
}

/* `count` months from a month on. */
static void set_months(struct period *out, int64_t year, int month, int count)
{
	out->first_day = month_start_days(year, month);
	out->end_day = month_start_days(year, month + count);
}

/* "2026-10-05" of a day within the years 0001..9999. */
static void print_day(char *out, size_t out_bytes, int64_t days)
{
	int64_t year;
	int month;
	int day;

	clock_civil_from_days(days, &year, &month, &day);
	snprintf(out, out_bytes, "%04d-%02d-%02d", (int)year, month, day);
}

static void set_day(struct period *out, int64_t days)
{
	out->first_day = days;
	out->end_day = days + 1;
	print_day(out->label, sizeof out->label, days);
}

static void set_month(struct period *out, int64_t year, int month)
{
	int64_t first_year;
	int first_month;
	int first_day;

	set_months(out, year, month, 1);
	clock_civil_from_days(out->first_day, &first_year, &first_month, &first_day);
	snprintf(out->label, sizeof out->label, "%04d-%02d", (int)first_year, first_month);
}

static void set_year(struct period *out, int64_t year)
{
	set_months(out, year, 1, PERIOD_MONTHS_PER_YEAR);
	snprintf(out->label, sizeof out->label, "%04d", (int)year);
}

static bool parse_word(struct period *out, const char *text, const struct period_context *context)
{
	static const struct {
		const char *word;
		char unit;
		int shift;
	} words[] = {
	    {"today", 'd', 0},       {"yesterday", 'd', -1}, {"this-month", 'm', 0},
	    {"last-month", 'm', -1}, {"this-year", 'y', 0},  {"last-year", 'y', -1},
	};
	const size_t count = sizeof words / sizeof words[0];
	int64_t year;
	int month;
	int day;
	size_t i = 0;

	while (i < count && strcmp(text, words[i].word) != 0)
		i++;
	if (i == count)
		return false;
	clock_civil_from_days(context->today_days, &year, &month, &day);
	if (words[i].unit == 'd')
		set_day(out, context->today_days + words[i].shift);
	else if (words[i].unit == 'm')
		set_month(out, year, month + words[i].shift);
	else
		set_year(out, year + words[i].shift);
	return true;
}

static bool parse_year(struct period *out, const char *text, const struct period_context *context)
{
	int year;

	(void)context;
	if (!read_year(&text, &year) || *text != '\0')
		return false;
	set_year(out, year);
	return true;
}

static bool parse_month(struct period *out, const char *text, const struct period_context *context)
{
	int year;
	int month;

	(void)context;
	if (!read_year(&text, &year) || !skip_text(&text, "-") || !read_number(&text, 2, 1, PERIOD_MONTHS_PER_YEAR, &month) ||
	    *text != '\0')
		return false;
	set_month(out, year, month);
	return true;
}

static bool parse_quarter(struct period *out, const char *text, const struct period_context *context)
{
	int year;
	int quarter;

	(void)context;
	if (!read_year(&text, &year) || !skip_text(&text, "-Q") || !read_number(&text, 1, 1, 4, &quarter) || *text != '\0')
		return false;
	set_months(out, year, (quarter - 1) * PERIOD_MONTHS_PER_QUARTER + 1, PERIOD_MONTHS_PER_QUARTER);
	snprintf(out->label, sizeof out->label, "%04d-Q%d", year, quarter);
	return true;
}

static int64_t floor_mod(int64_t a, int64_t b)
{
	return (a % b + b) % b;
}

/* The Monday of week 1: the week with 4 January in it (ISO 8601, 3.1.1.23). */
static int64_t iso_year_start_days(int year)
{
	int64_t fourth = clock_days_from_civil(year, 1, 4);

	return fourth - floor_mod(fourth + PERIOD_EPOCH_FROM_MONDAY, PERIOD_DAYS_PER_WEEK);
}

static bool parse_week(struct period *out, const char *text, const struct period_context *context)
{
	int year;
	int week;

	(void)context;
	if (!read_year(&text, &year) || !skip_text(&text, "-W") || !read_number(&text, 2, 1, 53, &week) || *text != '\0')
		return false;
	out->first_day = iso_year_start_days(year) + (week - 1) * PERIOD_DAYS_PER_WEEK;
	out->end_day = out->first_day + PERIOD_DAYS_PER_WEEK;
	snprintf(out->label, sizeof out->label, "%04d-W%02d", year, week);
	return out->first_day < iso_year_start_days(year + 1);
}

static bool read_day(const char **at, int64_t *days)
{
	int year;
	int month;
	int day;

	if (!read_year(at, &year) || !skip_text(at, "-") || !read_number(at, 2, 1, PERIOD_MONTHS_PER_YEAR, &month) || !skip_text(at, "-") ||
	    !read_number(at, 2, 1, 31, &day))
		return false;
	*days = clock_days_from_civil(year, month, day);
	return *days < month_start_days(year, month + 1);
}

static bool parse_day(struct period *out, const char *text, const struct period_context *context)
{
	int64_t days;

	(void)context;
	if (!read_day(&text, &days) || *text != '\0')
		return false;
	set_day(out, days);
	return true;
}

static bool parse_range(struct period *out, const char *text, const struct period_context *context)
{
	char first_text[PERIOD_LABEL_BYTES / 2 - 2];
	char last_text[PERIOD_LABEL_BYTES / 2 - 2];
	int64_t first;
	int64_t last;

	(void)context;
	if (!read_day(&text, &first) || !skip_text(&text, "..") || !read_day(&text, &last) || *text != '\0' || last < first)
		return false;
	out->first_day = first;
	out->end_day = last + 1;
	print_day(first_text, sizeof first_text, first);
	print_day(last_text, sizeof last_text, last);
	snprintf(out->label, sizeof out->label, "%s..%s", first_text, last_text);
	return true;
}

static bool parse_fiscal_year(struct period *out, const char *text, const struct period_context *context)
{
	int year;

	if (!skip_text(&text, "FY") || !read_year(&text, &year) || *text != '\0')
		return false;
	set_months(out, year, context->fiscal_month, PERIOD_MONTHS_PER_YEAR);
	snprintf(out->label, sizeof out->label, "FY%04d", year);
	return true;
}

enum err period_parse(struct period *out, const char *text, int64_t today_days, int fiscal_month, struct err_info *info)
{
	static period_form *const forms[] = {
	    parse_word, parse_year, parse_month, parse_quarter, parse_week, parse_day, parse_range, parse_fiscal_year,
	};
	const struct period_context context = {.today_days = today_days, .fiscal_month = fiscal_month};
	struct period parsed = {0};
	size_t i;

	if (fiscal_month < 1 || fiscal_month > PERIOD_MONTHS_PER_YEAR)
		return err_set(info, ERR_USAGE, "the fiscal year begins with month %d; give 1 to 12", fiscal_month);
	for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (!forms[i](&parsed, text, &context))
			continue;
		*out = parsed;
		return ERR_NONE;
	}
	return err_set(
	    info, ERR_USAGE,
	    "\"%.64s\" is not a period, or there is no such date; give today, yesterday, this-month, last-month, this-year, last-year, "
	    "2026, 2026-Q3, 2026-10, 2026-W40, 2026-10-05, 2026-10-05..2026-10-11 or FY2026",
	    text);
}

struct period_span period_resolve(const struct period *period, const struct zone *zone)
{
	return (struct period_span){
	    .start_s = zone_day_start_s(zone, period->first_day),
	    .end_s = zone_day_start_s(zone, period->end_day),
	};
}
