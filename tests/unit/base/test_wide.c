/* SPDX-License-Identifier: Apache-2.0 */
/* The halves that processors of 32 bits compute with, on any processor. */
#define WIDE_OF_HALVES
#include "base/wide.c" /* NOLINT: compiled for this test alone where the processor has the type itself */

#include <criterion/criterion.h>

static void expect(struct wide a, uint64_t high, uint64_t low)
{
	cr_expect_eq(a.high, high, "high %016llx", (unsigned long long)a.high);
	cr_expect_eq(a.low, low, "low %016llx", (unsigned long long)a.low);
}

Test(wide, products_are_exact)
{
	expect(wide_mul(3, 4), 0, 12);
	expect(wide_mul(-3, 4), UINT64_MAX, (uint64_t)-12);
	expect(wide_mul(-3, -4), 0, 12);
	/* 2^63 x 2^63 = 2^126; (2^64 - 1)^2 = 2^128 - 2^65 + 1 */
	expect(wide_mul(INT64_MIN, INT64_MIN), UINT64_C(1) << 62, 0);
	expect(wide_mul_unsigned(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1, 1);
	/* 10^15 x 10^13 = 10^28 = 542101086 x 2^64 + 4477988020393345024 */
	expect(wide_mul(INT64_C(1000000000000000), INT64_C(10000000000000)), 542101086, UINT64_C(4477988020393345024));
	expect(wide_times(wide_mul(INT64_C(1) << 62, 4), -3), UINT64_MAX - 2, 0);
}

Test(wide, sums_carry_over_the_middle)
{
	expect(wide_add(wide_of_unsigned(UINT64_MAX), wide_of(1)), 1, 0);
	expect(wide_add(wide_of(-1), wide_of(1)), 0, 0);
	expect(wide_add(wide_of(5), wide_of(-7)), UINT64_MAX, (uint64_t)-2);
}

Test(wide, quotients_are_cut_towards_zero)
{
	int64_t rest;
	uint64_t left;

	expect(wide_divide(wide_of(7), 2, &rest), 0, 3);
	cr_expect_eq(rest, 1);
	expect(wide_divide(wide_of(-7), 2, &rest), UINT64_MAX, (uint64_t)-3);
	cr_expect_eq(rest, -1);
	expect(wide_divide(wide_mul(INT64_MAX, INT64_MAX), INT64_MAX, &rest), 0, INT64_MAX);
	cr_expect_eq(rest, 0);
	/* 2^64 = 10 x 1844674407370955161 + 6 */
	expect(wide_divide(wide_mul(INT64_C(1) << 32, INT64_C(1) << 32), 10, &rest), 0, UINT64_C(1844674407370955161));
	cr_expect_eq(rest, 6);
	/* (2^64 - 1)^2 = (2^64 - 1) x (2^64 - 1) + 0 */
	expect(wide_divide_unsigned(wide_mul_unsigned(UINT64_MAX, UINT64_MAX), UINT64_MAX, &left), 0, UINT64_MAX);
	cr_expect_eq(left, 0);
}

Test(wide, bits_are_taken_from_anywhere)
{
	struct wide a = {.high = UINT64_C(0x0123456789abcdef), .low = UINT64_C(0xfedcba9876543210)};

	cr_expect_eq(wide_shifted(a, 0), UINT64_C(0xfedcba9876543210));
	cr_expect_eq(wide_shifted(a, 4), UINT64_C(0xffedcba987654321));
	cr_expect_eq(wide_shifted(a, 64), UINT64_C(0x0123456789abcdef));
	cr_expect_eq(wide_shifted(a, 72), UINT64_C(0x0123456789abcd));
}

Test(wide, saturates_at_both_ends)
{
	cr_expect_eq(wide_saturated(wide_of(INT64_MIN)), INT64_MIN);
	cr_expect_eq(wide_saturated(wide_of(INT64_MAX)), INT64_MAX);
	cr_expect_eq(wide_saturated(wide_add(wide_of(INT64_MAX), wide_of(1))), INT64_MAX);
	cr_expect_eq(wide_saturated(wide_add(wide_of(INT64_MIN), wide_of(-1))), INT64_MIN);
}

#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 int128;

static uint64_t random_state = 88172645463325252u;

/* Of every size, with both signs. */
static int64_t random_number(void)
{
	random_state ^= random_state << 13, random_state ^= random_state >> 7, random_state ^= random_state << 17;
	return (int64_t)random_state >> (random_state >> 58);
}

Test(wide, is_what_a_processor_of_64_bits_computes)
{
	for (int i = 0; i < 100000; i++) {
		int64_t a = random_number();
		int64_t b = random_number();
		int64_t c = random_number() & INT64_MAX;
		int128 product = (int128)a * b + c;
		struct wide wide = wide_add(wide_mul(a, b), wide_of(c));
		int64_t rest;
		struct wide quotient = wide_divide(wide, c + (c == 0), &rest);

		cr_assert_eq((uint64_t)(product >> 64), wide.high);
		cr_assert_eq((uint64_t)product, wide.low);
		product /= c + (c == 0);
		cr_assert_eq((uint64_t)(product >> 64), quotient.high);
		cr_assert_eq((uint64_t)product, quotient.low);
		cr_assert_eq(rest, (int64_t)(((int128)a * b + c) % (c + (c == 0))));
	}
}
#endif
