/* SPDX-License-Identifier: Apache-2.0 */
#include "model/period.h"

#include "tzif.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

/* Parsed on 2026-03-01, with a fiscal year from April on. */
static void expect_period(const char *text, int64_t first_day, int64_t end_day, const char *label)
{
	struct err_info info = {0};
	struct period period;

	cr_assert_eq(period_parse(&period, text, tzif_days(2026, 3, 1), 4, &info), ERR_NONE, "%s", info.text);
	cr_expect(eq(i64, period.first_day, first_day), "%s", text);
	cr_expect(eq(i64, period.end_day, end_day), "%s", text);
	cr_expect_str_eq(period.label, label);
}

Test(period, words_are_relative_to_today)
{
	expect_period("today", tzif_days(2026, 3, 1), tzif_days(2026, 3, 2), "2026-03-01");
	expect_period("yesterday", tzif_days(2026, 2, 28), tzif_days(2026, 3, 1), "2026-02-28");
	expect_period("this-month", tzif_days(2026, 3, 1), tzif_days(2026, 4, 1), "2026-03");
	expect_period("last-month", tzif_days(2026, 2, 1), tzif_days(2026, 3, 1), "2026-02");
	expect_period("this-year", tzif_days(2026, 1, 1), tzif_days(2027, 1, 1), "2026");
	expect_period("last-year", tzif_days(2025, 1, 1), tzif_days(2026, 1, 1), "2025");
}

Test(period, last_month_of_january_is_december)
{
	struct err_info info = {0};
	struct period period;

	cr_assert_eq(period_parse(&period, "last-month", tzif_days(2026, 1, 31), 1, &info), ERR_NONE);
	cr_assert_str_eq(period.label, "2025-12");
	cr_assert(eq(i64, period.end_day - period.first_day, 31));
}

Test(period, calendar_forms)
{
	expect_period("2024", tzif_days(2024, 1, 1), tzif_days(2025, 1, 1), "2024");
	expect_period("2026-Q1", tzif_days(2026, 1, 1), tzif_days(2026, 4, 1), "2026-Q1");
	expect_period("2026-Q4", tzif_days(2026, 10, 1), tzif_days(2027, 1, 1), "2026-Q4");
	expect_period("2024-02", tzif_days(2024, 2, 1), tzif_days(2024, 3, 1), "2024-02");
	expect_period("2026-12", tzif_days(2026, 12, 1), tzif_days(2027, 1, 1), "2026-12");
	expect_period("2024-02-29", tzif_days(2024, 2, 29), tzif_days(2024, 3, 1), "2024-02-29");
	expect_period("2026-10-05..2026-10-11", tzif_days(2026, 10, 5), tzif_days(2026, 10, 12), "2026-10-05..2026-10-11");
	expect_period("2026-10-05..2026-10-05", tzif_days(2026, 10, 5), tzif_days(2026, 10, 6), "2026-10-05..2026-10-05");
}

Test(period, weeks_are_those_of_iso_8601)
{
	expect_period("2026-W40", tzif_days(2026, 9, 28), tzif_days(2026, 10, 5), "2026-W40");
	/* 2026-01-01 is a Thursday: week 1 begins in 2025, and the year has 53 weeks. */
	expect_period("2026-W01", tzif_days(2025, 12, 29), tzif_days(2026, 1, 5), "2026-W01");
	expect_period("2026-W53", tzif_days(2026, 12, 28), tzif_days(2027, 1, 4), "2026-W53");
	/* 2021-01-01 is a Friday: it belongs to week 53 of 2020. */
	expect_period("2020-W53", tzif_days(2020, 12, 28), tzif_days(2021, 1, 4), "2020-W53");
	expect_period("2021-W01", tzif_days(2021, 1, 4), tzif_days(2021, 1, 11), "2021-W01");
}

Test(period, fiscal_years_begin_in_the_year_they_are_called_by)
{
	struct err_info info = {0};
	struct period period;

	expect_period("FY2026", tzif_days(2026, 4, 1), tzif_days(2027, 4, 1), "FY2026");
	cr_assert_eq(period_parse(&period, "FY2026", 0, 1, &info), ERR_NONE);
	cr_assert(eq(i64, period.first_day, tzif_days(2026, 1, 1)));
	cr_assert(eq(i64, period.end_day, tzif_days(2027, 1, 1)));
}

Test(period, everything_else_is_refused_with_the_forms)
{
	static const char *const bad[] = {
	    "",
	    "tomorrow",
	    "Today",
	    "26",
	    "2026-",
	    "2026-13",
	    "2026-00",
	    "2026-Q5",
	    "2026-Q0",
	    "2026-q1",
	    "2026-W00",
	    "2026-W54",
	    "2025-W53",
	    "2026-02-29",
	    "2026-1-5",
	    "FY26",
	    "fy2026",
	    "2026-10-05..",
	    "..2026-10-05",
	    "2026-10-05..2026-10-04",
	    "2026-10..2026-11",
	    "2026-10-05 ",
	    "0000",
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct err_info info = {0};
		struct period period = {.first_day = 42};

		cr_expect_eq(period_parse(&period, bad[i], 20000, 1, &info), ERR_USAGE, "%s", bad[i]);
		cr_expect_not_null(strstr(info.text, "2026-W40"), "%s", info.text);
		cr_expect(eq(i64, period.first_day, 42));
	}
}

Test(period, fiscal_month_is_a_month)
{
	struct err_info info = {0};
	struct period period;

	cr_assert_eq(period_parse(&period, "2026", 0, 0, &info), ERR_USAGE);
	cr_assert_eq(period_parse(&period, "2026", 0, 13, &info), ERR_USAGE);
}

Test(period, resolves_in_the_zone_of_the_site)
{
	struct zone *zone = tzif_zone(0, NULL, 0, "CET-1CEST,M3.5.0,M10.5.0/3");
	struct err_info info = {0};
	struct period_span span;
	struct period period;

	cr_assert_eq(period_parse(&period, "2026-10", 0, 1, &info), ERR_NONE);
	span = period_resolve(&period, zone);
	cr_assert(eq(i64, span.start_s, tzif_utc_s("2026-09-30T22:00:00Z")));
	cr_assert(eq(i64, span.end_s, tzif_utc_s("2026-10-31T23:00:00Z")));
	zone_free(zone);
}

Test(period, a_day_that_was_skipped_is_empty)
{
	const struct tzif_change changes[] = {{tzif_utc_s("2011-12-30T10:00:00Z"), 14 * 3600}};
	struct zone *zone = tzif_zone(-10 * 3600, changes, 1, "");
	struct err_info info = {0};
	struct period_span span;
	struct period period;

	cr_assert_eq(period_parse(&period, "2011-12-30", 0, 1, &info), ERR_NONE);
	span = period_resolve(&period, zone);
	cr_assert(eq(i64, span.start_s, span.end_s));
	zone_free(zone);
}
