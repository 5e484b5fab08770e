/* SPDX-License-Identifier: Apache-2.0 */
#include "account/cfe.h"

#include <criterion/criterion.h>

enum { HOURS = 24 };
#define KWH INT64_C(3600000000) /* in mJ */

/*
 * A day with 10 kWh an hour from the grid. A wind farm gives 4 kWh from 0 to 12 h and 16 kWh after it; annually 12 x 4 + 12 x 16 = 240 kWh cover
 * all 240. Hour by hour 12 x 4 + 12 x 10 = 168 do: 70 %, and 12 hours are wholly carbon-free.
 */
Test(cfe, what_an_hour_has_too_much_of_does_not_carry_over)
{
	struct account_cfe sum = {0};

	for (int hour = 0; hour < HOURS; hour++) {
		struct account_cfe_claim claim = {.millij = (hour < 12 ? 4 : 16) * KWH};

		account_cfe_add(&sum, &(struct account_cfe_hour){.grid_millij = 10 * KWH}, &claim, 1);
	}
	cr_expect_eq(sum.load_millij, 240 * KWH);
	cr_expect_eq(sum.free_millij, 168 * KWH);
	cr_expect_eq(sum.instrument_millij, 168 * KWH);
	cr_expect_eq(sum.instrument_mg, 0);
	cr_expect_eq(sum.hour_count, 24);
	cr_expect_eq(sum.free_hour_count, 12);
}

/* 6 kWh of PV of which 2 go to the grid: 4 are used. With 5 from the grid and 1 of a set that is 10; 4 of them are carbon-free. */
Test(cfe, the_suns_energy_that_goes_to_the_grid_is_neither_used_nor_free)
{
	struct account_cfe sum = {0};

	account_cfe_add(&sum, &(struct account_cfe_hour){5 * KWH, 1 * KWH, 6 * KWH, 2 * KWH}, NULL, 0);
	cr_expect_eq(sum.load_millij, 10 * KWH);
	cr_expect_eq(sum.free_millij, 4 * KWH);
	cr_expect_eq(sum.free_hour_count, 0);
}

/* More goes out than PV makes (out of a battery): nothing of it counts, and nothing is below 0. */
Test(cfe, more_going_out_than_pv_makes_leaves_nothing_of_it)
{
	struct account_cfe sum = {0};

	account_cfe_add(&sum, &(struct account_cfe_hour){5 * KWH, 0, 1 * KWH, 2 * KWH}, NULL, 0);
	cr_expect_eq(sum.load_millij, 5 * KWH);
	cr_expect_eq(sum.free_millij, 0);
}

/* Of 10 kWh 3 are carbon-free, then 4 at 50 g; 5 kWh of the third find 3 left, at 100 g: 200 + 300 g. */
Test(cfe, claims_take_in_their_order_what_is_left)
{
	static const struct account_cfe_claim CLAIMS[] = {{3 * KWH, 0}, {4 * KWH, 50000000}, {5 * KWH, 100000000}};
	struct account_cfe sum = {0};

	account_cfe_add(&sum, &(struct account_cfe_hour){.grid_millij = 10 * KWH}, CLAIMS, 3);
	cr_expect_eq(sum.free_millij, 3 * KWH);
	cr_expect_eq(sum.instrument_millij, 10 * KWH);
	cr_expect_eq(sum.instrument_mg, 500000);
}

Test(cfe, an_hour_without_use_is_no_hour_and_an_instrument_of_it_nothing)
{
	static const struct account_cfe_claim CLAIM = {3 * KWH, 0};
	struct account_cfe sum = {0};
	struct account_cfe all = {.load_millij = 1, .free_millij = 2, .hour_count = 3, .free_hour_count = 4};

	account_cfe_add(&sum, &(struct account_cfe_hour){.grid_millij = -5}, &CLAIM, 1);
	cr_expect_eq(sum.hour_count + sum.free_hour_count + sum.load_millij + sum.free_millij + sum.instrument_millij, 0);
	account_cfe_sum(&all, &all);
	cr_expect_eq(all.load_millij + all.free_millij + all.hour_count + all.free_hour_count, 20);
}
