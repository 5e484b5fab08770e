/* SPDX-License-Identifier: Apache-2.0 */
#include "account/carbon.h"
#include "account/factor.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

/* 10 % of what is fed in is lost: of 9 kWh that arrive 1; GB's 9.87246 % of 1 kWh are 0.109539 kWh. */
Test(carbon, what_is_lost_on_the_way_is_a_share_of_what_is_fed_in)
{
	cr_expect_eq(account_carbon_lost_millij(INT64_C(32400000000), 10000000), INT64_C(3600000000));
	cr_expect_eq(account_carbon_lost_millij(INT64_C(3600000000), 9872460), 394339577);
	cr_expect_eq(account_carbon_lost_millij(INT64_C(3600000000), 0), 0);
}

Test(carbon, one_kwh_is_the_factor)
{
	/* 1 kWh = 3.6e9 mJ at 381.234567 g/kWh = 381234.567 mg -> 381235. */
	cr_expect_eq(account_carbon_mg(INT64_C(3600000000), 381234567), 381235);
	cr_expect_eq(account_carbon_mg(0, 381234567), 0);
	cr_expect_eq(account_carbon_mg(INT64_C(3600000000), 0), 0);
}

Test(carbon, half_goes_to_even)
{
	/* 1 kWh x 500 microg/kWh = 0.5 mg -> 0; 1500 -> 1.5 -> 2; 2500 -> 2.5 -> 2. */
	cr_expect_eq(account_carbon_mg(INT64_C(3600000000), 500), 0);
	cr_expect_eq(account_carbon_mg(INT64_C(3600000000), 1500), 2);
	cr_expect_eq(account_carbon_mg(INT64_C(3600000000), 2500), 2);
	cr_expect_eq(account_carbon_mg(INT64_C(3600000000), 2501), 3);
}

Test(carbon, revision_takes_back_what_the_energy_gave)
{
	cr_expect_eq(account_carbon_mg(-INT64_C(3600000000), 381234567), -381235);
	cr_expect_eq(account_carbon_mg(-INT64_C(3600000000), 1500), -2, "half to even on either side");
}

Test(carbon, large_amounts_do_not_overflow)
{
	/* 1 TWh = 3.6e18 mJ at 1000 g/kWh = 1e9 t = 1e15 g... 1e9 kWh x 1e6 mg = 1e15 mg for 1 TWh = 1e9 kWh. */
	cr_expect_eq(account_carbon_mg(INT64_C(3600000000000000000), INT64_C(1000000000)), INT64_C(1000000000000000));
}

Test(carbon, display_value_is_grams)
{
	cr_expect_float_eq(account_carbon_g_per_kwh(381234567), 381.234567, 1e-9);
}

static const struct account_factor FACTORS[] = {
    {"NO", 2022, FACTOR_LIFECYCLE, 29000000}, {"NO", 2021, FACTOR_DIRECT, 8000000},     {"NO", 2023, FACTOR_DIRECT, 7000000},
    {"NO", 2023, FACTOR_LIFECYCLE, 30000000}, {"FR", 2020, FACTOR_LIFECYCLE, 51000000}, {"FR", 2025, FACTOR_DIRECT, 21000000},
};

enum { FACTOR_COUNT = sizeof(FACTORS) / sizeof(FACTORS[0]) };

Test(factor, same_year_direct_comes_first)
{
	struct factor_choice choice;

	cr_assert(account_factor_find(FACTORS, FACTOR_COUNT, "NO", 2023, &choice));
	cr_expect_eq(choice.factor_idx, 2u);
	cr_expect_eq(choice.lag_years, 0);
	cr_expect_not(choice.is_proxy);
}

Test(factor, newest_earlier_year_stands_in_with_its_lag)
{
	struct factor_choice choice;

	cr_assert(account_factor_find(FACTORS, FACTOR_COUNT, "NO", 2026, &choice));
	cr_expect_eq(choice.factor_idx, 2u);
	cr_expect_eq(choice.lag_years, 3);
	cr_assert(account_factor_find(FACTORS, FACTOR_COUNT, "NO", 2022, &choice));
	cr_expect_eq(choice.factor_idx, 1u, "direct of 2021 before lifecycle of 2022");
	cr_expect_eq(choice.lag_years, 1);
}

Test(factor, lifecycle_stands_in_and_says_so)
{
	struct factor_choice choice;

	cr_assert(account_factor_find(FACTORS, FACTOR_COUNT, "FR", 2024, &choice));
	cr_expect_eq(choice.factor_idx, 4u);
	cr_expect(choice.is_proxy);
	cr_expect_eq(choice.lag_years, 4);
}

Test(factor, later_year_is_never_used)
{
	struct factor_choice choice = {.factor_idx = 99};

	cr_expect_not(account_factor_find(FACTORS, FACTOR_COUNT, "NO", 2020, &choice));
	cr_expect_not(account_factor_find(FACTORS, FACTOR_COUNT, "DE", 2024, &choice));
	cr_expect_not(account_factor_find(NULL, 0, "NO", 2024, &choice));
	cr_expect_eq(choice.factor_idx, 99u, "untouched");
}

Test(factor, choice_has_a_name)
{
	char text[64];

	cr_expect_eq(factor_choice_print(text, sizeof(text), &(struct factor_choice){0}), 6u);
	cr_expect_str_eq(text, "direct");
	(void)factor_choice_print(text, sizeof(text), &(struct factor_choice){.lag_years = 2});
	cr_expect_str_eq(text, "direct-lag-2");
	(void)factor_choice_print(text, sizeof(text), &(struct factor_choice){.is_proxy = true});
	cr_expect_str_eq(text, "lifecycle-proxy");
	(void)factor_choice_print(text, sizeof(text), &(struct factor_choice){.is_proxy = true, .lag_years = 1});
	cr_expect_str_eq(text, "lifecycle-proxy-lag-1");
	cr_expect_eq(factor_choice_print(text, 5, &(struct factor_choice){.lag_years = 2}), 4u, "cut");
	cr_expect_str_eq(text, "dire");
	cr_expect_eq(factor_choice_print(text, 0, &(struct factor_choice){0}), 0u);
}

Test(factor, basis_has_names)
{
	enum factor_basis basis = FACTOR_DIRECT;

	cr_expect(factor_basis_find("lifecycle", &basis));
	cr_expect_eq(basis, FACTOR_LIFECYCLE);
	cr_expect_not(factor_basis_find("cradle", &basis));
	cr_expect_str_eq(factor_basis_name(FACTOR_DIRECT), "direct");
}
