/* SPDX-License-Identifier: Apache-2.0 */
#include "account/uncertainty.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* Rounding of a square root. */
#define EPSILON 1e-9

static void expect_energy(struct uncertainty_meter meter, double u)
{
	cr_expect(epsilon_eq(dbl, account_uncertainty_energy(&meter), u, EPSILON), "%.12f", account_uncertainty_energy(&meter));
}

/* sqrt(2^2 + 1^2) / sqrt(3) = 1.290994449 %; with a share of 0.1 estimated at 30 %: sqrt(0.01290994449^2 + 0.03^2) = 0.03265986324. */
Test(uncertainty, a_panel_meter_has_its_class_and_its_transformer)
{
	expect_energy((struct uncertainty_meter){.source = "modbus", .caliber = CALIBER_ACTUAL, .has_counter = true}, 0.012909944487358);
	expect_energy(
	    (struct uncertainty_meter){.source = "modbus", .caliber = CALIBER_ACTUAL, .has_counter = true, .estimated_ratio = 0.1},
	    0.032659863237109);
}

/* 400 W: 5 % is more than 10 W, 0.05 / sqrt(3) = 0.02886751346; 100 W: 10 W is 10 %, 0.05773502692; joined with 1 % for integrated power. */
Test(uncertainty, server_power_is_no_better_than_ten_watts)
{
	expect_energy((struct uncertainty_meter){.source = "ipmi", .caliber = CALIBER_ACTUAL, .has_counter = true, .power_w = 400},
		      0.028867513459481);
	expect_energy((struct uncertainty_meter){.source = "ipmi", .caliber = CALIBER_ACTUAL, .has_counter = true, .power_w = 100},
		      0.057735026918963);
	/* sqrt(0.0033333... + 0.0001) */
	expect_energy((struct uncertainty_meter){.source = "ipmi", .caliber = CALIBER_ACTUAL, .power_w = 100}, 0.058594652770823);
}

Test(uncertainty, a_nameplate_is_worst_and_what_nobody_describes_is_a_sensor)
{
	expect_energy((struct uncertainty_meter){.source = "modbus", .caliber = CALIBER_STATIC, .has_counter = true}, 0.30);
	expect_energy((struct uncertainty_meter){.caliber = CALIBER_ACTUAL, .has_counter = true}, 0.05);
	expect_energy((struct uncertainty_meter){.source = "rapl", .caliber = CALIBER_ACTUAL, .is_component = true, .has_counter = true},
		      0.05);
}

Test(uncertainty, tiers_have_their_limits)
{
	cr_expect_str_eq(account_uncertainty_tier(0.05), "High");
	cr_expect_str_eq(account_uncertainty_tier(0.0501), "Good");
	cr_expect_str_eq(account_uncertainty_tier(0.30), "Fair");
	cr_expect_str_eq(account_uncertainty_tier(0.3001), "Poor");
}

/* A plant that gives volts and amperes: sqrt(5 %^2 + 5 %^2), then the sampling of 1 %. */
Test(uncertainty, a_product_of_volts_and_amperes_has_the_uncertainty_of_both)
{
	expect_energy((struct uncertainty_meter){.source = "snmp", .caliber = CALIBER_ACTUAL, .is_product = true}, 0.071414284285429);
	expect_energy((struct uncertainty_meter){.source = "snmp", .caliber = CALIBER_ESTIMATED, .is_product = true, .has_counter = true},
		      0.20);
}
