/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/mirror.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define RANGE_UJ UINT64_C(65712999613)
#define SECOND_NS INT64_C(1000000000)

static struct c_rapl_mirror mirror;

static enum c_rapl_verdict take(uint64_t a_uj, uint64_t b_uj, uint64_t range_uj, int64_t at_s)
{
	const struct c_rapl_pair pair = {.uj = {a_uj, b_uj}, .range_uj = range_uj, .boot_ns = at_s * SECOND_NS, .spread_ns = 20000};

	return c_rapl_mirror_take(&mirror, &pair);
}

Test(rapl_mirror, same_counter_is_told_after_a_minute)
{
	/* 100 W, read every 10 s; the second is read a moment later and shows up to 0.1 J more */
	for (int64_t at_s = 0; at_s < 60; at_s += 10)
		cr_expect_eq(take((uint64_t)at_s * 100000000, (uint64_t)at_s * 100000000 + 100000, RANGE_UJ, at_s), C_RAPL_UNDECIDED);
	cr_expect_eq(take(6000000000, 6000000000, RANGE_UJ, 60), C_RAPL_MIRROR);
}

Test(rapl_mirror, same_counter_is_told_over_a_wrap)
{
	uint64_t start_uj = RANGE_UJ - 3000000000; /* wraps after 30 s */

	for (int64_t at_s = 0; at_s < 60; at_s += 10) {
		uint64_t uj = (start_uj + (uint64_t)at_s * 100000000) % (RANGE_UJ + 1);

		cr_expect_eq(take(uj, uj, RANGE_UJ, at_s), C_RAPL_UNDECIDED);
	}
	/* the first has wrapped, the second was read just before it would have */
	cr_expect_eq(take(0, RANGE_UJ, RANGE_UJ, 60), C_RAPL_MIRROR);
}

Test(rapl_mirror, dies_of_their_own_part_within_readings)
{
	/* 20.0 W and 20.5 W: 5 J apart after 10 s */
	cr_expect_eq(take(0, 7000000, RANGE_UJ, 0), C_RAPL_UNDECIDED);
	cr_expect_eq(take(200000000, 212000000, RANGE_UJ, 10), C_RAPL_UNDECIDED);
	cr_expect_eq(take(400000000, 417000000, RANGE_UJ, 20), C_RAPL_UNDECIDED);
	cr_expect_eq(take(600000000, 622000000, RANGE_UJ, 30), C_RAPL_OWN);
	cr_expect_eq(take(700000000, 707000000, RANGE_UJ, 90), C_RAPL_OWN, "it stays so");
}

Test(rapl_mirror, one_late_reading_makes_no_die_of_its_own)
{
	cr_expect_eq(take(0, 0, RANGE_UJ, 0), C_RAPL_UNDECIDED);
	/* the process slept between the two reads, unseen: 30 J */
	cr_expect_eq(take(1000000000, 1030000000, RANGE_UJ, 10), C_RAPL_UNDECIDED);
	cr_expect_eq(take(2000000000, 2030000000, RANGE_UJ, 20), C_RAPL_UNDECIDED);
	cr_expect_eq(take(3000000000, 3000000000, RANGE_UJ, 30), C_RAPL_UNDECIDED);
	cr_expect_eq(take(4000000000, 4030000000, RANGE_UJ, 40), C_RAPL_UNDECIDED);
	cr_expect_eq(take(5000000000, 5030000000, RANGE_UJ, 61), C_RAPL_UNDECIDED, "not while they are apart");
	cr_expect_eq(take(6000000000, 6000000000, RANGE_UJ, 70), C_RAPL_MIRROR);
}

Test(rapl_mirror, time_between_the_reads_is_allowed_for)
{
	/* 0.1 s between the reads at a kilowatt: up to 100 J */
	struct c_rapl_pair pair = {.uj = {0, 0}, .range_uj = RANGE_UJ, .spread_ns = 100000000};

	(void)c_rapl_mirror_take(&mirror, &pair);
	for (int64_t at_s = 10; at_s <= 60; at_s += 10) {
		pair.uj[0] = (uint64_t)at_s * 500000000;
		pair.uj[1] = pair.uj[0] + 90000000;
		pair.boot_ns = at_s * SECOND_NS;
		(void)c_rapl_mirror_take(&mirror, &pair);
	}
	cr_expect_eq(mirror.verdict, C_RAPL_MIRROR);
}

Test(rapl_mirror, counters_that_stand_still_are_not_judged)
{
	for (int64_t at_s = 0; at_s <= 600; at_s += 60)
		cr_expect_eq(take(5000000, 5000000, RANGE_UJ, at_s), C_RAPL_UNDECIDED);
}

Test(rapl_mirror, without_a_range_a_fall_begins_anew)
{
	cr_expect_eq(take(900000000, 900000000, 0, 0), C_RAPL_UNDECIDED);
	cr_expect_eq(take(1000, 901000000, 0, 30), C_RAPL_UNDECIDED, "one has wrapped, the other is about to");
	cr_expect_eq(take(30000000, 30000000, 0, 40), C_RAPL_UNDECIDED);
	for (int64_t at_s = 50; at_s < 100; at_s += 10)
		cr_expect_eq(take((uint64_t)at_s * 1000000, (uint64_t)at_s * 1000000, 0, at_s), C_RAPL_UNDECIDED);
	cr_expect_eq(take(100000000, 100000000, 0, 100), C_RAPL_MIRROR);
}
