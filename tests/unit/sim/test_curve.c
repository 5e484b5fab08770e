/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/curve.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const struct sim_curve wave = {.base_per_s = 1000, .amplitude_per_s = 250, .period_s = 120};

Test(curve, rate_goes_up_and_down_around_its_base)
{
	/* at a quarter of the period the sine is 1, at three quarters -1; rounding of pi leaves less than 1e-9 */
	cr_assert(epsilon_eq(dbl, sim_curve_rate(&wave, 0), 1000, 1e-9));
	cr_assert(epsilon_eq(dbl, sim_curve_rate(&wave, 30), 1250, 1e-9));
	cr_assert(epsilon_eq(dbl, sim_curve_rate(&wave, 90), 750, 1e-9));
}

Test(curve, a_whole_period_holds_the_base_alone)
{
	cr_assert(epsilon_eq(dbl, sim_curve_integral(&wave, 120), 120000, 1e-6));
	cr_assert(epsilon_eq(dbl, sim_curve_integral(&wave, 1200), 1200000, 1e-6));
}

Test(curve, half_a_period_holds_the_upper_half_wave)
{
	/* 1000 W x 60 s + 250 W x 120 s / (2 pi) x 2 = 60000 J + 9549.296585 J */
	cr_assert(epsilon_eq(dbl, sim_curve_integral(&wave, 60), 69549.296585, 1e-6));
}

Test(curve, integral_is_the_sum_of_small_steps)
{
	double sum = 0;

	/* the midpoint rule with 10 ms steps is exact to far below 0.001 J here */
	for (int i = 0; i < 5000; i++)
		sum += sim_curve_rate(&wave, (i + 0.5) * 0.01) * 0.01;
	cr_assert(epsilon_eq(dbl, sim_curve_integral(&wave, 50), sum, 1e-3));
}

Test(curve, shapes_have_their_periods)
{
	struct sim_curve day = sim_curve_make(SIM_SHAPE_DAY, 400, 1400, 7);
	struct sim_curve fast = sim_curve_make(SIM_SHAPE_FAST, 400, 1400, 7);
	struct sim_curve flat = sim_curve_make(SIM_SHAPE_FLAT, 400, 1400, 7);

	cr_assert(epsilon_eq(dbl, day.period_s, 86400, 0.5));
	cr_assert(ge(dbl, fast.period_s, 60));
	cr_assert(le(dbl, fast.period_s, 180));
	cr_assert(le(dbl, flat.amplitude_per_s, 0));
}

Test(curve, base_stays_in_its_range_and_follows_the_seed)
{
	double seen_low = 1e9;
	double seen_high = 0;

	for (uint64_t seed = 0; seed < 1000; seed++) {
		double base = sim_curve_make(SIM_SHAPE_DAY, 400, 1400, seed).base_per_s;
		double again = sim_curve_make(SIM_SHAPE_DAY, 400, 1400, seed).base_per_s;

		cr_assert(epsilon_eq(dbl, base, again, 1e-9));
		seen_low = base < seen_low ? base : seen_low;
		seen_high = base > seen_high ? base : seen_high;
	}
	cr_assert(ge(dbl, seen_low, 400));
	cr_assert(le(dbl, seen_low, 450));
	cr_assert(le(dbl, seen_high, 1400));
	cr_assert(ge(dbl, seen_high, 1350));
}

Test(curve, seeds_are_mixed_as_published)
{
	/* first output of splitmix64 for seed 0 */
	cr_assert_eq(sim_mix(0), UINT64_C(0xe220a8397b1dcdaf));
}
