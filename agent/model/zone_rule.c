/* SPDX-License-Identifier: Apache-2.0 */
#include "model/zone_rule.h"

#include "base/clock.h"
#include "model/units.h"

#include <stddef.h>

enum {
	RULE_OFFSET_HOURS_MAX = 24,
	RULE_TIME_HOURS_MAX = 167,
	RULE_TIME_DEFAULT_S = 2 * 3600,
	RULE_NAME_CHARS_MIN = 3,
	RULE_YEARS = 3, /* the year of an instant and its neighbours, for changes near its ends */
	RULE_CHANGE_COUNT = RULE_YEARS * 2,
	RULE_DAYS_PER_WEEK = 7,
	RULE_EPOCH_WEEKDAY = 4 /* 1970-01-01 was a Thursday */
};

/* A change of a rule in one year: the instant, and what holds from there on. */
struct rule_change {
	int64_t at_s;
	bool is_dst;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool skip_char(const char **at, char want)
{
	if (**at != want)
		return false;
	(*at)++;
	return true;
}

/* One to three digits within min..max. */
static bool read_number(const char **at, int min, int max, int *value)
{
	const char *start = *at;
	int sum = 0;

	while (is_digit(**at) && *at - start < 3)
		sum = sum * 10 + (*(*at)++ - '0');
	if (*at == start || sum < min || sum > max)
		return false;
	*value = sum;
	return true;
}

/* "CET" or "<+0530>". */
static bool skip_name(const char **at)
{
	bool is_quoted = skip_char(at, '<');
	const char *start = *at;
	ptrdiff_t count;

	while (is_letter(**at) || (is_quoted && (is_digit(**at) || **at == '+' || **at == '-')))
		(*at)++;
	count = *at - start;
	return count >= RULE_NAME_CHARS_MIN && (!is_quoted || skip_char(at, '>'));
}

/* [+-]h[:mm[:ss]] */
static bool read_time_s(const char **at, int hours_max, int32_t *seconds)
{
	bool is_negative = **at == '-';
	int hours;
	int minutes = 0;
	int rest = 0;

	if (is_negative || **at == '+')
		(*at)++;
	if (!read_number(at, 0, hours_max, &hours))
		return false;
	if (skip_char(at, ':') && !read_number(at, 0, 59, &minutes))
		return false;
	if (skip_char(at, ':') && !read_number(at, 0, 59, &rest))
		return false;
	*seconds = (hours * 60 + minutes) * 60 + rest;
	if (is_negative)
		*seconds = -*seconds;
	return true;
}

/* The text gives what has to be added to local time, we keep what local time is ahead. */
static bool read_offset_s(const char **at, int32_t *offset_s)
{
	int32_t west_s;

	if (!read_time_s(at, RULE_OFFSET_HOURS_MAX, &west_s))
		return false;
	*offset_s = -west_s;
	return true;
}

static bool read_month_form(const char **at, struct zone_rule_date *date)
{
	date->form = ZONE_RULE_MONTH;
	return read_number(at, 1, 12, &date->month) && skip_char(at, '.') && read_number(at, 1, 5, &date->week) && skip_char(at, '.') &&
	       read_number(at, 0, 6, &date->day);
}

static bool read_day_form(const char **at, struct zone_rule_date *date)
{
	if (skip_char(at, 'M'))
		return read_month_form(at, date);
	date->form = skip_char(at, 'J') ? ZONE_RULE_JULIAN : ZONE_RULE_DAY;
	return read_number(at, date->form == ZONE_RULE_JULIAN ? 1 : 0, 365, &date->day);
}

static bool read_date(const char **at, struct zone_rule_date *date)
{
	date->time_s = RULE_TIME_DEFAULT_S;
	if (!skip_char(at, ',') || !read_day_form(at, date))
		return false;
	return !skip_char(at, '/') || read_time_s(at, RULE_TIME_HOURS_MAX, &date->time_s);
}

bool zone_rule_parse(struct zone_rule *out, const char *text)
{
	struct zone_rule rule = {0};

	if (!skip_name(&text) || !read_offset_s(&text, &rule.std_offset_s))
		return false;
	rule.has_dst = *text != '\0';
	if (rule.has_dst) {
		rule.dst_offset_s = rule.std_offset_s + (int32_t)UNITS_S_PER_HOUR;
		if (!skip_name(&text) || (*text != ',' && !read_offset_s(&text, &rule.dst_offset_s)))
			return false;
		if (!read_date(&text, &rule.dst_start) || !read_date(&text, &rule.dst_end) || *text != '\0')
			return false;
	}
	*out = rule;
	return true;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static int64_t month_form_days(const struct zone_rule_date *date, int64_t year)
{
	int64_t first = clock_days_from_civil(year, date->month, 1);
	int64_t next_month = date->month == 12 ? clock_days_from_civil(year + 1, 1, 1) : clock_days_from_civil(year, date->month + 1, 1);
	int64_t from_week_start = first + RULE_EPOCH_WEEKDAY;
	int64_t weekday = from_week_start - floor_div(from_week_start, RULE_DAYS_PER_WEEK) * RULE_DAYS_PER_WEEK;
	int64_t days = first + (date->day - weekday + RULE_DAYS_PER_WEEK) % RULE_DAYS_PER_WEEK + (date->week - 1) * RULE_DAYS_PER_WEEK;

	return days >= next_month ? days - RULE_DAYS_PER_WEEK : days;
}

/* The date in a year, as days since 1970-01-01. */
static int64_t date_days(const struct zone_rule_date *date, int64_t year)
{
	int64_t first = clock_days_from_civil(year, 1, 1);
	int64_t march = clock_days_from_civil(year, 3, 1);

	if (date->form == ZONE_RULE_MONTH)
		return month_form_days(date, year);
	if (date->form == ZONE_RULE_DAY)
		return first + date->day;
	/* Jn: day 60 is 1 March in every year. */
	return date->day < 60 ? first + date->day - 1 : march + date->day - 60;
}

/*
 * The changes of the years around an instant. Each year's end of summer time stands before its start, so that of two at one instant
 * (summer time all year, "0/0,J365/25") the later one in this order, the start, holds.
 */
static void list_changes(const struct zone_rule *rule, int64_t utc_s, struct rule_change changes[static RULE_CHANGE_COUNT])
{
	int64_t year;
	int month;
	int day;
	int i;

	clock_civil_from_days(floor_div(utc_s, UNITS_S_PER_DAY), &year, &month, &day);
	for (i = 0; i < RULE_YEARS; i++) {
		int64_t start_days = date_days(&rule->dst_start, year - 1 + i);
		int64_t end_days = date_days(&rule->dst_end, year - 1 + i);

		changes[2 * i].is_dst = false;
		changes[2 * i].at_s = end_days * UNITS_S_PER_DAY + rule->dst_end.time_s - rule->dst_offset_s;
		changes[2 * i + 1].is_dst = true;
		changes[2 * i + 1].at_s = start_days * UNITS_S_PER_DAY + rule->dst_start.time_s - rule->std_offset_s;
	}
}

int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t utc_s)
{
	struct rule_change changes[RULE_CHANGE_COUNT];
	struct rule_change last = {.at_s = INT64_MIN};
	int i;

	if (!rule->has_dst)
		return rule->std_offset_s;
	list_changes(rule, utc_s, changes);
	for (i = 0; i < RULE_CHANGE_COUNT; i++) {
		if (changes[i].at_s <= utc_s && changes[i].at_s >= last.at_s)
			last = changes[i];
	}
	return last.is_dst ? rule->dst_offset_s : rule->std_offset_s;
}

int64_t zone_rule_next_s(const struct zone_rule *rule, int64_t utc_s)
{
	struct rule_change changes[RULE_CHANGE_COUNT];
	int64_t next_s = INT64_MAX;
	int i;

	if (!rule->has_dst)
		return INT64_MAX;
	list_changes(rule, utc_s, changes);
	for (i = 0; i < RULE_CHANGE_COUNT; i++) {
		if (changes[i].at_s > utc_s && changes[i].at_s < next_s)
			next_s = changes[i].at_s;
	}
	return next_s;
}
