/* SPDX-License-Identifier: Apache-2.0 */
#include "model/zone.h"

#include "base/mem.h"
#include "tzif.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct zone *rule_zone(const char *rule)
{
	return tzif_zone(0, NULL, 0, rule);
}

/* Start of a local day, and its length up to the start of the next. */
static void expect_day(const struct zone *zone, int64_t days, const char *start, int64_t length_s)
{
	int64_t start_s = zone_day_start_s(zone, days);
	int64_t end_s = zone_day_start_s(zone, days + 1);

	cr_expect(eq(i64, start_s, tzif_utc_s(start)), "%s", start);
	cr_expect(eq(i64, end_s - start_s, length_s), "%s", start);
	if (length_s == 0)
		return;
	cr_expect(eq(i64, zone_day_of(zone, start_s), days), "%s", start);
	cr_expect(eq(i64, zone_day_of(zone, end_s - 1), days), "%s", start);
}

static void expect_offset(const struct zone *zone, const char *at, int32_t offset_s)
{
	cr_expect_eq(zone_offset_s(zone, tzif_utc_s(at)), offset_s, "%s", at);
}

Test(zone, utc_needs_no_file)
{
	struct err_info info = {0};
	struct zone *zone = NULL;

	cr_assert_eq(zone_open(&zone, "/does/not/exist", "Etc/UTC", &info), ERR_NONE);
	cr_assert_null(zone_free(zone));
	cr_assert_eq(zone_open(&zone, "/does/not/exist", "UTC", &info), ERR_NONE);
	expect_offset(zone, "2026-07-01T00:00:00Z", 0);
	expect_day(zone, 0, "1970-01-01T00:00:00Z", 86400);
	expect_day(zone, -1, "1969-12-31T00:00:00Z", 86400);
	cr_assert_null(zone_free(zone));
	cr_assert_null(zone_free(NULL));
}

Test(zone, berlin_has_days_of_23_and_25_hours)
{
	struct zone *zone = rule_zone("CET-1CEST,M3.5.0,M10.5.0/3");

	expect_offset(zone, "2026-03-29T00:59:59Z", 3600);
	expect_offset(zone, "2026-03-29T01:00:00Z", 7200);
	expect_offset(zone, "2026-10-25T00:59:59Z", 7200);
	expect_offset(zone, "2026-10-25T01:00:00Z", 3600);
	expect_day(zone, tzif_days(2026, 3, 28), "2026-03-27T23:00:00Z", 24 * 3600);
	expect_day(zone, tzif_days(2026, 3, 29), "2026-03-28T23:00:00Z", 23 * 3600);
	expect_day(zone, tzif_days(2026, 3, 30), "2026-03-29T22:00:00Z", 24 * 3600);
	expect_day(zone, tzif_days(2026, 10, 25), "2026-10-24T22:00:00Z", 25 * 3600);
	zone_free(zone);
}

Test(zone, lord_howe_shifts_by_half_an_hour)
{
	struct zone *zone = rule_zone("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");

	/* 5 April and 4 October 2026 are the first Sundays of their months. */
	expect_day(zone, tzif_days(2026, 4, 5), "2026-04-04T13:00:00Z", 24 * 3600 + 1800);
	expect_day(zone, tzif_days(2026, 10, 4), "2026-10-03T13:30:00Z", 23 * 3600 + 1800);
	zone_free(zone);
}

Test(zone, sao_paulo_has_a_day_without_midnight)
{
	const struct tzif_change changes[] = {
	    {tzif_utc_s("2018-11-04T03:00:00Z"), -2 * 3600}, /* 00:00 -> 01:00 */
	    {tzif_utc_s("2019-02-17T02:00:00Z"), -3 * 3600}, /* 00:00 -> 23:00 of the day before */
	};
	struct zone *zone = tzif_zone(-3 * 3600, changes, 2, "<-03>3");

	expect_day(zone, tzif_days(2018, 11, 3), "2018-11-03T03:00:00Z", 24 * 3600);
	expect_day(zone, tzif_days(2018, 11, 4), "2018-11-04T03:00:00Z", 23 * 3600);
	expect_day(zone, tzif_days(2019, 2, 16), "2019-02-16T02:00:00Z", 25 * 3600);
	expect_day(zone, tzif_days(2019, 2, 17), "2019-02-17T03:00:00Z", 24 * 3600);
	zone_free(zone);
}

Test(zone, beirut_skips_midnight_each_spring)
{
	struct zone *zone = rule_zone("EET-2EEST,M3.5.0/0,M10.5.0/0");

	expect_day(zone, tzif_days(2026, 3, 29), "2026-03-28T22:00:00Z", 23 * 3600);
	expect_day(zone, tzif_days(2026, 10, 24), "2026-10-23T21:00:00Z", 25 * 3600);
	expect_day(zone, tzif_days(2026, 10, 25), "2026-10-24T22:00:00Z", 24 * 3600);
	zone_free(zone);
}

Test(zone, samoa_had_no_30_december_2011)
{
	const struct tzif_change changes[] = {{tzif_utc_s("2011-12-30T10:00:00Z"), 14 * 3600}};
	struct zone *zone = tzif_zone(-10 * 3600, changes, 1, "<+13>-13");

	/* The footer holds from the last change on: 14 h are never seen, 13 h are. */
	expect_offset(zone, "2011-12-30T10:00:00Z", 13 * 3600);
	zone_free(zone);
	zone = tzif_zone(-10 * 3600, changes, 1, "");
	expect_day(zone, tzif_days(2011, 12, 29), "2011-12-29T10:00:00Z", 24 * 3600);
	expect_day(zone, tzif_days(2011, 12, 30), "2011-12-30T10:00:00Z", 0);
	expect_day(zone, tzif_days(2011, 12, 31), "2011-12-30T10:00:00Z", 24 * 3600);
	cr_assert(eq(i64, zone_day_of(zone, tzif_utc_s("2011-12-30T09:59:59Z")), tzif_days(2011, 12, 29)));
	zone_free(zone);
}

Test(zone, of_two_midnights_the_earlier_counts)
{
	/* 2010-11-07 in St. John's: 00:01 -> 23:01 of the day before; midnight at 02:30Z and again at 03:30Z. */
	struct zone *zone = rule_zone("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01");

	expect_day(zone, tzif_days(2010, 11, 7), "2010-11-07T02:30:00Z", 25 * 3600);
	/* Local 23:11 of 6 November, the second time. */
	cr_assert(eq(i64, zone_day_of(zone, tzif_utc_s("2010-11-07T02:41:00Z")), tzif_days(2010, 11, 7)));
	zone_free(zone);
}

Test(zone, casablanca_goes_back_for_a_month)
{
	const struct tzif_change changes[] = {
	    {tzif_utc_s("2026-02-15T02:00:00Z"), 0},
	    {tzif_utc_s("2026-03-22T02:00:00Z"), 3600},
	};
	struct zone *zone = tzif_zone(3600, changes, 2, "<+01>-1");

	expect_day(zone, tzif_days(2026, 2, 15), "2026-02-14T23:00:00Z", 25 * 3600);
	expect_day(zone, tzif_days(2026, 3, 1), "2026-03-01T00:00:00Z", 24 * 3600);
	expect_day(zone, tzif_days(2026, 3, 22), "2026-03-22T00:00:00Z", 23 * 3600);
	expect_offset(zone, "2200-01-01T00:00:00Z", 3600);
	zone_free(zone);
}

Test(zone, a_day_can_come_twice)
{
	/* Alaska 1867: the date line moved, 15:02:19 ahead became 8:57:41 behind; one date was lived twice. */
	const struct tzif_change changes[] = {{tzif_utc_s("1867-10-18T08:57:41Z"), -32261}};
	struct zone *zone = tzif_zone(54139, changes, 1, "");
	int64_t day = tzif_days(1867, 10, 19);

	/* 18 October had begun at 17 October 08:57:41Z; local midnight of the 19th is only reached on the new side. */
	expect_day(zone, day - 1, "1867-10-17T08:57:41Z", 48 * 3600);
	expect_day(zone, day, "1867-10-19T08:57:41Z", 24 * 3600);
	zone_free(zone);
}

Test(zone, footer_holds_beyond_the_table)
{
	const struct tzif_change changes[] = {{tzif_utc_s("1996-03-31T01:00:00Z"), 7200}, {tzif_utc_s("1996-10-27T01:00:00Z"), 3600}};
	struct zone *zone = tzif_zone(3600, changes, 2, "CET-1CEST,M3.5.0,M10.5.0/3");

	expect_offset(zone, "1996-07-01T00:00:00Z", 7200);
	expect_offset(zone, "1990-07-01T00:00:00Z", 3600); /* before the table: the first type */
	/* The last Sunday of March 2100 is the 28th. */
	expect_day(zone, tzif_days(2100, 3, 28), "2100-03-27T23:00:00Z", 23 * 3600);
	expect_offset(zone, "9999-07-01T00:00:00Z", 7200);
	zone_free(zone);
}

Test(zone, rules_of_every_form_are_followed)
{
	static const struct {
		const char *rule;
		const char *at;
		int32_t offset_s;
	} cases[] = {
	    {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-15T00:00:00Z", 0}, /* Dublin: winter is the exception */
	    {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-15T00:00:00Z", 3600},
	    {"EST5EDT,0/0,J365/25", "2026-01-01T04:59:59Z", -4 * 3600}, /* summer time all year */
	    {"EST5EDT,0/0,J365/25", "2026-01-01T05:00:00Z", -4 * 3600},
	    {"EST5EDT,0/0,J365/25", "2024-12-31T23:00:00Z", -4 * 3600},
	    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200}, /* Nuuk: Saturday 23:00 local */
	    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600},
	    {"AAA0BBB,J60/0,J300/0", "2024-02-29T23:59:59Z", 0}, /* J60 is 1 March in a leap year too */
	    {"AAA0BBB,J60/0,J300/0", "2024-03-01T00:00:00Z", 3600},
	    {"AAA0BBB,59/0,J300/0", "2024-02-29T00:00:00Z", 3600}, /* day 59 from 0 is 29 February */
	    {"NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-01-01T00:00:00Z", 13 * 3600},
	    {"NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-07-01T00:00:00Z", 12 * 3600},
	    {"<+0545>-5:45", "2026-07-01T00:00:00Z", 20700},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct zone *zone = rule_zone(cases[i].rule);

		expect_offset(zone, cases[i].at, cases[i].offset_s);
		zone_free(zone);
	}
}

static enum err parse(const struct buf *file, struct err_info *info)
{
	struct zone *zone = NULL;
	enum err err = zone_parse(&zone, file->data, file->bytes, info);

	zone_free(zone);
	return err;
}

Test(zone, bad_footers_are_refused)
{
	static const char *const bad[] = {
	    "C-1",
	    "CET",
	    "CET-1CEST",
	    "CET-25",
	    "CET-1CEST,M3.5.0",
	    "CET-1CEST,M13.5.0,M10.5.0",
	    "CET-1CEST,M3.6.0,M10.5.0",
	    "CET-1CEST,M3.5.7,M10.5.0",
	    "CET-1CEST,J0,J300",
	    "CET-1CEST,366,1",
	    "CET-1CEST,M3.5.0,M10.5.0/168",
	    "<+01-1",
	    "CET-1CEST,M3.5.0,M10.5.0x",
	    "CET-1:60",
	    "<+1>-1",
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err_info info = {0};
		struct buf file;

		buf_init(&file, 10000);
		tzif_build(&file, 0, NULL, 0, bad[i]);
		cr_expect_eq(parse(&file, &info), ERR_DATA, "%s", bad[i]);
		cr_expect_not_null(strstr(info.text, "footer"), "%s", info.text);
		buf_deinit(&file);
	}
}

Test(zone, every_cut_of_a_file_is_refused)
{
	const struct tzif_change changes[] = {{1000, 3600}, {2000, 0}};
	struct buf file;

	buf_init(&file, 10000);
	tzif_build(&file, 0, changes, 2, "CET-1");
	for (size_t cut = 0; cut < file.bytes; cut++) {
		struct err_info info = {0};
		struct zone *zone = NULL;
		char *exact = mem_new(cut);

		memcpy(exact, file.data, cut);
		cr_expect_eq(zone_parse(&zone, exact, cut, &info), ERR_DATA, "cut at %zu", cut);
		cr_expect_null(zone);
		mem_free(exact);
	}
	buf_deinit(&file);
}

Test(zone, malformed_tables_are_refused)
{
	const struct tzif_change backwards[] = {{2000, 3600}, {1000, 0}};
	const struct tzif_change far_off[] = {{1000, 26 * 3600 + 1}};
	struct err_info info = {0};
	struct buf file;

	buf_init(&file, 10000);
	tzif_build(&file, 0, backwards, 2, "");
	cr_assert_eq(parse(&file, &info), ERR_DATA);
	cr_assert_not_null(strstr(info.text, "not in order"), "%s", info.text);
	buf_clear(&file);
	tzif_build(&file, 0, far_off, 1, "");
	cr_assert_eq(parse(&file, &info), ERR_DATA);
	cr_assert_not_null(strstr(info.text, "change 1"), "%s", info.text);
	buf_clear(&file);
	tzif_build(&file, 0, NULL, 0, "");
	file.data[44 + 6 + 4 + 20 + 8 + 3] = 1; /* leap count of the second header */
	cr_assert_eq(parse(&file, &info), ERR_DATA);
	buf_clear(&file);
	tzif_build(&file, 0, NULL, 0, "");
	file.data[0] = 'X';
	cr_assert_eq(parse(&file, &info), ERR_DATA);
	cr_assert_not_null(strstr(info.text, "not TZif"), "%s", info.text);
	buf_deinit(&file);
}

Test(zone, version_1_files_have_no_footer)
{
	struct err_info info = {0};
	struct zone *zone = NULL;
	/* No changes, one type of +1 h. */
	static const char file[] = "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
				   "\0\0\x0E\x10\0\0"
				   "CET";

	cr_assert_eq(zone_parse(&zone, file, sizeof file, &info), ERR_NONE, "%s", info.text);
	expect_offset(zone, "2026-07-01T00:00:00Z", 3600);
	zone_free(zone);
}

Test(zone, names_do_not_leave_their_folder)
{
	static const char *const bad[] = {"", "/etc/passwd", "../x", "Europe/../../x", "Europe/", "a b", "Europe/Oslo\n", "x.y"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err_info info = {0};
		struct zone *zone = NULL;

		cr_expect_eq(zone_open(&zone, NULL, bad[i], &info), ERR_DATA, "%s", bad[i]);
		cr_expect_not_null(strstr(info.text, "not the name of a time zone"), "%s", info.text);
	}
}

Test(zone, missing_file_gives_advice)
{
	struct err_info info = {0};
	struct zone *zone = NULL;

	cr_assert_eq(zone_open(&zone, "/does/not/exist", "Europe/Oslo", &info), ERR_DATA);
	cr_assert_not_null(strstr(info.text, "\"Europe/Oslo\" is not in /does/not/exist"));
	cr_assert_not_null(strstr(info.text, "tzdata"));
}

Test(zone, extreme_numbers_do_not_overflow)
{
	struct zone *zone = rule_zone("CET-1CEST,M3.5.0,M10.5.0/3");

	cr_assert(zone_offset_s(zone, INT64_MAX) >= 3600);
	cr_assert(zone_offset_s(zone, INT64_MIN) >= 3600);
	cr_assert(zone_day_of(zone, INT64_MAX) > 0);
	cr_assert(zone_day_of(zone, INT64_MIN) < 0);
	cr_assert(zone_day_start_s(zone, INT64_MAX) > 0);
	cr_assert(zone_day_start_s(zone, INT64_MIN) < 0);
	zone_free(zone);
}

static const char *const system_zones[] = {
    "Europe/Berlin", "Europe/Dublin",     "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut",
    "Pacific/Apia",  "Africa/Casablanca", "America/St_Johns",    "America/Nuuk",      "Asia/Kathmandu",
    "Africa/Cairo",  "Asia/Gaza",         "Pacific/Kiritimati",  "America/Havana",
};

/* The C library reads the same files: offsets over 130 years must agree, and days must be whole. */
static void compare_with_libc(const char *name)
{
	struct err_info info = {0};
	struct zone *zone = NULL;

	cr_assert_eq(zone_open(&zone, NULL, name, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(setenv("TZ", name, 1), 0);
	tzset();
	for (int64_t utc_s = 0; utc_s < INT64_C(4102444800); utc_s += 3 * 86400 + 7211) {
		time_t at = (time_t)utc_s;
		int64_t days = zone_day_of(zone, utc_s);
		struct tm local;

		cr_assert_not_null(localtime_r(&at, &local));
		cr_expect_eq(zone_offset_s(zone, utc_s), local.tm_gmtoff, "%s at %lld", name, (long long)utc_s);
		cr_expect(zone_day_start_s(zone, days) <= utc_s && utc_s < zone_day_start_s(zone, days + 1), "%s at %lld", name,
			  (long long)utc_s);
	}
	zone_free(zone);
}

Test(zone, system_files_agree_with_the_c_library)
{
	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
		cr_skip_test("/usr/share/zoneinfo is not there: install tzdata to compare with the C library");
	for (size_t i = 0; i < sizeof system_zones / sizeof system_zones[0]; i++) {
		char path[128];

		snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", system_zones[i]);
		if (access(path, R_OK) == 0)
			compare_with_libc(system_zones[i]);
	}
}
