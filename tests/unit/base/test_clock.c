/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(clock, civil_days_of_known_dates)
{
	static const struct {
		int64_t year;
		int month;
		int day;
		int64_t days;
	} cases[] = {
	    {1970, 1, 1, 0},       {1969, 12, 31, -1}, {2000, 2, 29, 11016}, /* 30 years, 7 of them leap, + 31 + 28 */
	    {2026, 11, 25, 20782}, {1, 1, 1, -719162}, {9999, 12, 31, 2932896}, {0, 3, 1, -719468}, {-400, 3, 1, -865565},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t year;
		int month;
		int day;

		cr_expect(eq(i64, clock_days_from_civil(cases[i].year, cases[i].month, cases[i].day), cases[i].days));
		clock_civil_from_days(cases[i].days, &year, &month, &day);
		cr_expect(eq(i64, year, cases[i].year));
		cr_expect_eq(month, cases[i].month);
		cr_expect_eq(day, cases[i].day);
	}
}

Test(clock, civil_goes_there_and_back_over_four_centuries)
{
	for (int64_t days = -150000; days < 150000; days += 7) {
		int64_t year;
		int month;
		int day;

		clock_civil_from_days(days, &year, &month, &day);
		cr_assert(eq(i64, clock_days_from_civil(year, month, day), days));
		cr_assert(month >= 1 && month <= 12 && day >= 1 && day <= 31);
	}
}

Test(clock, print_utc_omits_a_zero_fraction)
{
	char out[CLOCK_TEXT_BYTES];

	/* 20782 days x 86400 s + 20:15:00 */
	cr_assert_eq(clock_print_utc(out, (INT64_C(20782) * 86400 + 72900) * 1000), 20);
	cr_assert_str_eq(out, "2026-11-25T20:15:00Z");
	cr_assert_eq(clock_print_utc(out, 7), 24);
	cr_assert_str_eq(out, "1970-01-01T00:00:00.007Z");
	(void)clock_print_utc(out, -1);
	cr_assert_str_eq(out, "1969-12-31T23:59:59.999Z");
}

Test(clock, print_utc_stays_within_four_digit_years)
{
	char out[CLOCK_TEXT_BYTES];

	(void)clock_print_utc(out, INT64_MAX);
	cr_assert_str_eq(out, "9999-12-31T23:59:59.999Z");
	(void)clock_print_utc(out, INT64_MIN);
	cr_assert_str_eq(out, "0001-01-01T00:00:00Z");
}

Test(clock, parse_utc_takes_rfc_3339)
{
	static const struct {
		const char *text;
		int64_t utc_ms;
	} cases[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-11-25T20:15:00Z", (INT64_C(20782) * 86400 + 72900) * 1000},
	    {"2026-11-25T21:15:00+01:00", (INT64_C(20782) * 86400 + 72900) * 1000},
	    {"2026-11-25T14:45:00-05:30", (INT64_C(20782) * 86400 + 72900) * 1000},
	    {"1970-01-01t00:00:00.1z", 100},
	    {"1970-01-01T00:00:00.123456789Z", 123},
	    {"1970-01-01T00:00:60Z", 59999},
	    {"1970-01-01T00:00:00-00:00", 0},
	    {"1972-02-29T00:00:00Z", INT64_C(789) * 86400000}, /* 365 + 365 + 59 days */
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t utc_ms = -1;

		cr_expect(clock_parse_utc(cases[i].text, &utc_ms), "%s", cases[i].text);
		cr_expect(eq(i64, utc_ms, cases[i].utc_ms), "%s", cases[i].text);
	}
}

Test(clock, parse_utc_refuses_everything_else)
{
	static const char *const bad[] = {
	    "",
	    "2026",
	    "2026-11-25",
	    "2026-11-25T20:15:00",
	    "2026-11-25 20:15:00Z",
	    "2026-11-25T20:15Z",
	    "2026-13-01T00:00:00Z",
	    "2026-02-29T00:00:00Z",
	    "2026-00-01T00:00:00Z",
	    "2026-01-00T00:00:00Z",
	    "2026-01-01T24:00:00Z",
	    "2026-01-01T00:60:00Z",
	    "2026-01-01T00:00:61Z",
	    "2026-01-01T00:00:00.Z",
	    "2026-01-01T00:00:00.1234567890Z",
	    "2026-01-01T00:00:00+0100",
	    "2026-01-01T00:00:00+24:00",
	    "2026-01-01T00:00:00Zx",
	    "0000-01-01T00:00:00Z",
	    "+026-01-01T00:00:00Z",
	    "2026-01-01T00:00:00+01:60",
	};
	int64_t utc_ms = 42;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(clock_parse_utc(bad[i], &utc_ms), "%s", bad[i]);
	cr_assert(eq(i64, utc_ms, 42));
}

Test(clock, reading_lies_between_two_boot_readings)
{
	struct clock_reading reading;
	int64_t before_ns = clock_boot_ns();

	clock_read(&reading);
	cr_assert(reading.boot_ns >= before_ns);
	cr_assert(reading.boot_ns <= clock_boot_ns());
	cr_assert(reading.utc_ns > 0);
}

Test(clock, boot_id_has_the_form_of_a_uuid)
{
	char id[CLOCK_BOOT_ID_BYTES];

	clock_read_boot_id(id);
	cr_assert_eq(strlen(id), 36);
	cr_assert(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
}
