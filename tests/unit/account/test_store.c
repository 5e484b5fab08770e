/* SPDX-License-Identifier: Apache-2.0 */
#include "account/store.h"

#include <criterion/criterion.h>

#define KWH INT64_C(3600000000)

/* 10 kWh with 5 kg, then 10 kWh of sun: 19 kWh hold 5 kg; 5 kWh out are 5 / 0.95 / 19 of it. */
Test(store, what_leaves_has_the_mean_of_what_came)
{
	struct account_store store = {0};

	account_store_charge(&store, 10 * KWH, 5000000, ACCOUNT_STORE_ETA_PPM);
	account_store_charge(&store, 10 * KWH, 0, ACCOUNT_STORE_ETA_PPM);
	cr_expect_eq(store.millij, 19 * KWH);
	cr_expect_eq(store.mg, 5000000);
	/* 5 x 3.6e9 / 0.95 = 18947368421.05 mJ of 68.4e9: 1385041.55 mg */
	cr_expect_eq(account_store_discharge(&store, 5 * KWH, ACCOUNT_STORE_ETA_PPM), 1385042);
	cr_expect_eq(store.mg, 3614958);
	cr_expect_eq(store.millij, 19 * KWH - 18947368421);
}

Test(store, the_last_energy_takes_the_last_carbon_and_nothing_goes_below_zero)
{
	struct account_store store = {.millij = KWH, .mg = 777};

	cr_expect_eq(account_store_discharge(&store, 2 * KWH, ACCOUNT_STORE_ETA_PPM), 777);
	cr_expect_eq(store.millij, 0);
	cr_expect_eq(store.mg, 0);
	cr_expect_eq(account_store_discharge(&store, KWH, ACCOUNT_STORE_ETA_PPM), 0);
	account_store_charge(&store, -5, -7, ACCOUNT_STORE_ETA_PPM);
	cr_expect_eq(account_store_discharge(&store, -5, ACCOUNT_STORE_ETA_PPM), 0);
	cr_expect_eq(store.millij, 0);
	cr_expect_eq(store.mg, 0);
}

/* 0.95^2; 921954^2 = 849999178116 <= 0.85 x 10^12 < 921955^2. */
Test(store, a_round_trip_is_the_same_each_way_and_one_that_is_not_known_is_lithiums)
{
	cr_expect_eq(account_store_eta_ppm(902500), 950000);
	cr_expect_eq(account_store_eta_ppm(850000), 921954);
	cr_expect_eq(account_store_eta_ppm(1000000), 1000000);
	cr_expect_eq(account_store_eta_ppm(1), 1000);
	cr_expect_eq(account_store_eta_ppm(0), ACCOUNT_STORE_ETA_PPM);
	cr_expect_eq(account_store_eta_ppm(1000001), ACCOUNT_STORE_ETA_PPM);
	cr_expect_eq(account_store_eta_ppm(-1), ACCOUNT_STORE_ETA_PPM);
}
