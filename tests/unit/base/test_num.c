/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

#include <stdio.h>
#include <string.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

Test(num, parse_i64_takes_the_whole_range)
{
	int64_t value = 0;

	cr_assert(num_parse_i64("9223372036854775807", &value));
	cr_assert(eq(i64, value, INT64_MAX));
	cr_assert(num_parse_i64("-9223372036854775808", &value));
	cr_assert(eq(i64, value, INT64_MIN));
	cr_assert(num_parse_i64("+0012", &value));
	cr_assert(eq(i64, value, 12));
}

Test(num, parse_i64_refuses_everything_else)
{
	static const char *const bad[] = {
	    "", "-", "+", " 1", "1 ", "1.0", "0x10", "1e3", "--1", "9223372036854775808", "-9223372036854775809"};
	int64_t value = 77;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(num_parse_i64(bad[i], &value), "%s", bad[i]);
	cr_assert(eq(i64, value, 77));
}

Test(num, parse_u64_takes_the_whole_range_and_no_sign)
{
	uint64_t value = 5;

	cr_assert(num_parse_u64("18446744073709551615", &value));
	cr_assert(eq(u64, value, UINT64_MAX));
	cr_assert_not(num_parse_u64("18446744073709551616", &value));
	cr_assert_not(num_parse_u64("99999999999999999999", &value));
	cr_assert_not(num_parse_u64("+1", &value));
	cr_assert_not(num_parse_u64("-1", &value));
	cr_assert_not(num_parse_u64("", &value));
}

Test(num, parse_double_takes_decimal_numbers)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {{"1", 1}, {"-2.5", -2.5}, {"1e3", 1000}, {"+.5", 0.5}, {"5.", 5}, {"1E-2", 0.01}, {"0.1", 0.1}, {"1e-400", 0}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		double value = 99;

		cr_expect(num_parse_double(cases[i].text, &value), "%s", cases[i].text);
		/* The nearest double is the exact answer: no tolerance. */
		cr_expect(eq(dbl, value, cases[i].value), "%s", cases[i].text);
	}
}

Test(num, parse_double_refuses_everything_else)
{
	static const char *const bad[] = {"",    ".",  "-",  "inf",   "nan",   "0x1p3",    "1e", "1e+",
					  "1,5", " 1", "1 ", "1e999", "1.2.3", "infinity", "e5"};
	double value = 7;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(num_parse_double(bad[i], &value), "%s", bad[i]);
	cr_assert(eq(dbl, value, 7.0));
}

Test(num, parse_fixed_is_exact)
{
	static const struct {
		const char *text;
		int decimals;
		int64_t value;
	} cases[] = {
	    {"12.345678", 6, 12345678},
	    {"12", 6, 12000000},
	    {"-0.000001", 6, -1},
	    {"0.1", 1, 1},
	    {".5", 3, 500},
	    {"7.000", 0, 7},
	    {"1.20000", 1, 12},
	    {"9.223372036854775807", 18, INT64_MAX},
	    {"-9223372036854775808", 0, INT64_MIN},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t value = -5;

		cr_expect(num_parse_fixed(cases[i].text, cases[i].decimals, &value), "%s", cases[i].text);
		cr_expect(eq(i64, value, cases[i].value), "%s", cases[i].text);
	}
}

Test(num, parse_fixed_refuses_lost_digits_and_overflow)
{
	static const struct {
		const char *text;
		int decimals;
	} bad[] = {{"1.23", 1},
		   {"1e3", 2},
		   {"", 2},
		   {".", 2},
		   {"1.", 2},
		   {"-", 2},
		   {"1 ", 2},
		   {"1.x", 2},
		   {"9.223372036854775808", 18},
		   {"10", 18},
		   {"1", 19},
		   {"1", -1},
		   {"99999999999999999999", 0}};
	int64_t value = 77;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(num_parse_fixed(bad[i].text, bad[i].decimals, &value), "%s", bad[i].text);
	cr_assert(eq(i64, value, 77));
}

Test(num, print_integers)
{
	char out[NUM_TEXT_BYTES];

	cr_assert_eq(num_print_i64(out, INT64_MIN), 20);
	cr_assert_str_eq(out, "-9223372036854775808");
	cr_assert_eq(num_print_i64(out, 0), 1);
	cr_assert_str_eq(out, "0");
	cr_assert_eq(num_print_u64(out, UINT64_MAX), 20);
	cr_assert_str_eq(out, "18446744073709551615");
	cr_assert_eq(num_print_u64(out, 100), 3);
	cr_assert_str_eq(out, "100");
}

Test(num, print_fixed_rounds_half_to_even)
{
	static const struct {
		int64_t value;
		int scale;
		int decimals;
		const char *text;
	} cases[] = {
	    {12345678, 6, 6, "12.345678"},
	    {12345678, 6, 2, "12.35"}, /* .345678 is nearer to .35 */
	    {12500, 4, 0, "1"},        /* 1.25 -> 1 */
	    {25, 1, 0, "2"},           /* 2.5: the even neighbour is 2 */
	    {35, 1, 0, "4"},           /* 3.5: the even neighbour is 4 */
	    {-25, 1, 0, "-2"},
	    {-4, 1, 0, "0"}, /* -0.4 is never "-0" */
	    {5, 0, 3, "5.000"},
	    {-1, 3, 3, "-0.001"},
	    {INT64_MIN, 0, 9, "-9223372036854775808.000000000"},
	    {INT64_MAX, 18, 9, "9.223372037"}, /* .2233720368 rounds up */
	    {999999999, 9, 3, "1.000"},
	};
	char out[NUM_TEXT_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t bytes = num_print_fixed(out, cases[i].value, cases[i].scale, cases[i].decimals);

		cr_expect_str_eq(out, cases[i].text);
		cr_expect_eq(bytes, strlen(cases[i].text));
	}
}

Test(num, print_double_cuts_zeros_and_rounds_half_away)
{
	static const struct {
		double value;
		int decimals;
		const char *text;
	} cases[] = {
	    {230.1, 3, "230.1"},
	    {5, 9, "5"},
	    {-0.25, 2, "-0.25"},
	    {0.125, 2, "0.13"},
	    {-0.125, 2, "-0.13"},
	    {0.5, 0, "1"},
	    {-0.4, 0, "0"},
	    {-0.0, 3, "0"},
	    {1e-300, 9, "0"},
	    {4.9e-324, 9, "0"},
	    {9e15, 9, "9000000000000000"},
	    {0.999999, 3, "1"},
	    {1e15, 2, "1000000000000000"},
	    {123456.789, 1, "123456.8"},
	    {0.000000001, 9, "0.000000001"},
	    {1.0000000005, 9, "1.000000001"}, /* the double is 1.00000000050000004 */
	    {2.675, 2, "2.67"},               /* the double is 2.67499999999999982 */
	    {100, 0, "100"},
	};
	char out[NUM_TEXT_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t bytes = num_print_double(out, cases[i].value, cases[i].decimals);

		cr_expect_str_eq(out, cases[i].text);
		cr_expect_eq(bytes, strlen(cases[i].text));
	}
}

Test(num, print_double_refuses_what_it_cannot_print)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY, 9.1e15, -9.1e15};
	char out[NUM_TEXT_BYTES];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		cr_expect_eq(num_print_double(out, bad[i], 3), 0);
		cr_expect_str_eq(out, "0");
	}
}

/* Numbers with up to 6 digits behind the dot must come back as the same double: 15 digits are always enough. */
Test(num, print_double_comes_back_as_the_same_number)
{
	uint64_t seed = 42;
	char out[NUM_TEXT_BYTES];

	for (int i = 0; i < 20000; i++) {
		double value;
		double back;

		seed = seed * UINT64_C(6364136223846793005) + 1;
		value = (double)(int64_t)(seed >> 24) / 1e6 - 500000;
		value = round(value * 1e6) / 1e6;
		(void)num_print_double(out, value, 6);
		cr_assert(num_parse_double(out, &back));
		cr_assert(ieee_ulp_eq(dbl, back, value, 1), "%s", out);
	}
}

Test(num, muldiv_rounds_half_to_even)
{
	cr_assert(eq(i64, num_muldiv_half_even(5, 1, 2), 2));   /* 2.5 -> 2 */
	cr_assert(eq(i64, num_muldiv_half_even(7, 1, 2), 4));   /* 3.5 -> 4 */
	cr_assert(eq(i64, num_muldiv_half_even(-5, 1, 2), -2)); /* -2.5 -> -2 */
	cr_assert(eq(i64, num_muldiv_half_even(-7, 1, 2), -4));
	cr_assert(eq(i64, num_muldiv_half_even(-8, 1, 3), -3)); /* -2.67 */
	cr_assert(eq(i64, num_muldiv_half_even(10, 2, 3), 7));  /* 6.67 */
}

Test(num, muldiv_floor_goes_down)
{
	cr_assert(eq(i64, num_muldiv_floor(7, 1, 2), 3));
	cr_assert(eq(i64, num_muldiv_floor(-7, 1, 2), -4));
	cr_assert(eq(i64, num_muldiv_floor(-8, 1, 2), -4));
}

Test(num, muldiv_keeps_128_bits_and_saturates)
{
	/* (2^63 - 1) x (2^63 - 1) / (2^63 - 1) */
	cr_assert(eq(i64, num_muldiv_floor(INT64_MAX, INT64_MAX, INT64_MAX), INT64_MAX));
	cr_assert(eq(i64, num_muldiv_floor(INT64_MAX, 2, 1), INT64_MAX));
	cr_assert(eq(i64, num_muldiv_half_even(INT64_MIN, 2, 1), INT64_MIN));
	cr_assert(eq(i64, num_muldiv_half_even(INT64_MIN, INT64_MIN, 1), INT64_MAX));
	cr_assert(eq(i64, num_muldiv_half_even(1, 1, INT64_MAX), 0));
}

Test(num, add_saturating_says_when_it_stops)
{
	bool is_saturated = false;

	cr_assert(eq(i64, num_add_saturating(1, 2, &is_saturated), 3));
	cr_assert_not(is_saturated);
	cr_assert(eq(i64, num_add_saturating(INT64_MAX, 1, &is_saturated), INT64_MAX));
	cr_assert(is_saturated);
	cr_assert(eq(i64, num_add_saturating(INT64_MIN, -1, &is_saturated), INT64_MIN));
	cr_assert(eq(i64, num_add_saturating(1, 1, &is_saturated), 2));
	cr_assert(is_saturated);
}

Test(num, parse_duration_needs_a_unit)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {{"10s", 10000}, {"15min", 900000}, {"500ms", 500}, {"2h", 7200000}, {"90d", INT64_C(7776000000)}, {"0s", 0}};
	static const char *const bad[] = {
	    "", "10", "s", "-1s", "+1s", "1.5s", "10 s", "1m", "1S", "106751991168d", "99999999999999999999s"};
	int64_t ms = 0;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_expect(num_parse_duration_ms(cases[i].text, &ms), "%s", cases[i].text);
		cr_expect(eq(i64, ms, cases[i].ms), "%s", cases[i].text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(num_parse_duration_ms(bad[i], &ms), "%s", bad[i]);
}

/* Numbers of every length, and doubles of every size, as the C library prints them. */
Test(num, prints_as_snprintf_does)
{
	uint64_t random = UINT64_C(88172645463325252);
	char expected[64];
	char out[NUM_TEXT_BYTES];

	for (int i = 0; i < 200000; i++) {
		uint64_t value;
		double whole;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		value = random >> (i % 64);
		snprintf(expected, sizeof(expected), "%llu", (unsigned long long)value);
		cr_assert_eq(num_print_u64(out, value), strlen(expected));
		cr_assert_str_eq(out, expected);
		snprintf(expected, sizeof(expected), "%lld", (long long)value);
		cr_assert_eq(num_print_i64(out, (int64_t)value), strlen(expected));
		cr_assert_str_eq(out, expected);
		/* Sixteenths are exact in four decimals: nothing is rounded, only zeros at the end are cut off. */
		whole = (double)(int64_t)(value >> 16) / 16.0 * (i % 2 ? 1.0 : -1.0);
		snprintf(expected, sizeof(expected), "%.4f", fabs(whole) > 9e15 ? 0.0 : whole);
		for (size_t end = strlen(expected); expected[end - 1] == '0' || expected[end - 1] == '.'; end--) {
			bool is_dot = expected[end - 1] == '.';

			expected[end - 1] = '\0';
			if (is_dot)
				break;
		}
		if (strcmp(expected, "-0") == 0)
			memmove(expected, "0", 2);
		cr_assert_eq(num_print_double(out, whole, 4), strlen(expected), "%s %s", out, expected);
		cr_assert_str_eq(out, expected);
	}
}
