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

/* Class / sqrt(3): 0.5 % is 0.28867513 %, 1 % 0.57735027 %, 2 % 1.15470054 %. */
Test(uncertainty, a_class_that_is_configured_goes_before_the_default_of_the_source)
{
	struct uncertainty_meter meter = {.source = "snmp", .caliber = CALIBER_ACTUAL, .has_counter = true, .meter_class = "0.5S"};

	expect_energy(meter, 0.002886751345948);
	meter.meter_class = "1";
	expect_energy(meter, 0.005773502691896);
	meter.source = "ipmi";
	expect_energy(meter, 0.005773502691896);
	meter.meter_class = "A";
	expect_energy(meter, 0.011547005383793);
}

/* sqrt(0.5^2 + 0.5^2) / sqrt(3) = 0.40824829 %; without transformers 0.5 / sqrt(3); one of class 1 unless anything is said: sqrt(1.25 / 3). */
Test(uncertainty, a_current_transformer_adds_in_quadrature)
{
	struct uncertainty_meter meter = {
	    .source = "modbus", .caliber = CALIBER_ACTUAL, .has_counter = true, .meter_class = "0.5S", .ct_class = "0.5"};

	expect_energy(meter, 0.004082482904639);
	meter.ct_class = "none";
	expect_energy(meter, 0.002886751345948);
	meter.ct_class = "";
	expect_energy(meter, 0.006454972243679);
}

/* Amperes through the transformer, volts not: sqrt(2 x 0.5^2 + 1^2) / sqrt(3) = sqrt(0.5) %. */
Test(uncertainty, a_product_has_the_class_twice_and_the_transformer_once)
{
	expect_energy((struct uncertainty_meter){.source = "snmp",
						 .caliber = CALIBER_ACTUAL,
						 .is_product = true,
						 .has_counter = true,
						 .meter_class = "0.5",
						 .ct_class = "1"},
		      0.007071067811865);
}

Test(uncertainty, a_class_makes_no_estimate_better_and_one_that_is_not_known_counts_as_none)
{
	struct uncertainty_meter meter = {.source = "snmp", .caliber = CALIBER_ESTIMATED, .has_counter = true, .meter_class = "0.5S"};

	cr_expect_not(account_uncertainty_has_class(&meter));
	expect_energy(meter, 0.20);
	meter.caliber = CALIBER_ACTUAL;
	cr_expect(account_uncertainty_has_class(&meter));
	meter.is_component = true;
	expect_energy(meter, 0.05);
	meter.is_component = false;
	meter.meter_class = "0.7";
	cr_expect_not(account_uncertainty_has_class(&meter));
	expect_energy(meter, 0.05);
}

/* Those that a config may name. */
Test(uncertainty, each_class_has_its_limit)
{
	static const struct {
		const char *name;
		double limit;
	} CLASSES[] = {{"0.1", 0.001}, {"0.1S", 0.001}, {"0.2", 0.002}, {"0.2S", 0.002}, {"0.5", 0.005}, {"0.5S", 0.005},
		       {"1", 0.01},    {"1.5", 0.015},  {"2", 0.02},    {"3", 0.03},     {"5", 0.05},    {"A", 0.02},
		       {"B", 0.01},    {"C", 0.005},    {"none", 0},    {"", 0},         {NULL, 0}};

	for (size_t i = 0; i < sizeof(CLASSES) / sizeof(CLASSES[0]); i++)
		cr_expect(epsilon_eq(dbl, account_uncertainty_class_limit(CLASSES[i].name), CLASSES[i].limit, EPSILON), "class %s",
			  CLASSES[i].name);
}

static struct uncertainty_spread spread_of(const double *power_w, size_t count)
{
	struct uncertainty_spread spread = {0};

	for (size_t i = 0; i < count; i++)
		account_uncertainty_add_slot(&spread, (int64_t)(power_w[i] * 900000), 900000);
	return spread;
}

/* Five slots of 90 W, five of 110 W: mean 100 W, sd^2 = 10 x 10^2 / 9; sqrt(111.1111 / 10) / 100 = 3.33333 %. */
Test(uncertainty, integrated_power_is_as_sure_as_its_slots_agree)
{
	static const double POWER_W[] = {90, 110, 90, 110, 90, 110, 90, 110, 90, 110};
	struct uncertainty_spread spread = spread_of(POWER_W, 10);

	cr_expect(epsilon_eq(dbl, spread.mean_w, 100.0, EPSILON));
	cr_expect(epsilon_eq(dbl, account_uncertainty_sampling(&spread), 0.033333333333333, EPSILON));
	/* With a class of 1 %: sqrt(0.0333333^2 + 0.0057735^2) = sqrt(0.00111111 + 0.00003333). A counter has nothing of it. */
	expect_energy((struct uncertainty_meter){.caliber = CALIBER_ACTUAL, .meter_class = "1", .spread = spread}, 0.033829638550307);
	expect_energy((struct uncertainty_meter){.caliber = CALIBER_ACTUAL, .meter_class = "1", .spread = spread, .has_counter = true},
		      0.005773502691896);
}

/* Nine slots, slots without time that is covered, and a mean that is nothing or below: 1 %. */
Test(uncertainty, few_slots_say_nothing_of_sampling)
{
	static const double POWER_W[] = {90, 110, 90, 110, 90, 110, 90, 110, 90};
	static const double NONE_W[12] = {0};
	struct uncertainty_spread spread = spread_of(POWER_W, 9);

	account_uncertainty_add_slot(&spread, 900000, 0);
	account_uncertainty_add_slot(&spread, 900000, -1);
	cr_expect_eq(spread.count, 9);
	cr_expect(epsilon_eq(dbl, account_uncertainty_sampling(&spread), 0.01, EPSILON));
	spread = spread_of(NONE_W, 12);
	cr_expect(epsilon_eq(dbl, account_uncertainty_sampling(&spread), 0.01, EPSILON));
}

static void expect_told(const char *method, enum uncertainty_told told, double ratio)
{
	double read = 0;

	cr_expect_eq(account_uncertainty_told(method, &read), told, "%s", method);
	cr_expect(epsilon_eq(dbl, read, ratio, EPSILON), "%s: %.12f", method, read);
}

/* Per cent at k = 2: 8 % is 0.04, 12.34 % 0.0617. */
Test(uncertainty, a_table_says_at_the_end_of_its_method_how_sure_it_is)
{
	expect_told("location-based average; uncertainty 8 %", UNCERTAINTY_TOLD, 0.04);
	expect_told("average; uncertainty 12.34 %", UNCERTAINTY_TOLD, 0.0617);
	expect_told("average; uncertainty 100 %", UNCERTAINTY_TOLD, 0.5);
	expect_told("average; its uncertainty is not known", UNCERTAINTY_UNTOLD, 0);
	expect_told("", UNCERTAINTY_UNTOLD, 0);
}

Test(uncertainty, a_table_that_says_it_badly_is_told)
{
	expect_told("average; uncertainty 8%", UNCERTAINTY_TOLD_BADLY, 0);
	expect_told("average; uncertainty 8 % of it", UNCERTAINTY_TOLD_BADLY, 0);
	expect_told("average; uncertainty  %", UNCERTAINTY_TOLD_BADLY, 0);
	expect_told("average; uncertainty 0 %", UNCERTAINTY_TOLD_BADLY, 0);
	expect_told("average; uncertainty -8 %", UNCERTAINTY_TOLD_BADLY, 0);
	expect_told("average; uncertainty 100.01 %", UNCERTAINTY_TOLD_BADLY, 0);
	expect_told("average; uncertainty 8.123 %", UNCERTAINTY_TOLD_BADLY, 0);
	expect_told("average; uncertainty nan %", UNCERTAINTY_TOLD_BADLY, 0);
	expect_told("average; uncertainty 00000000000000000000000000000000000000000000000000000000000000000008 %", UNCERTAINTY_TOLD_BADLY,
		    0);
}

Test(uncertainty, a_direct_factor_is_surer_than_one_of_a_whole_life)
{
	cr_expect(epsilon_eq(dbl, account_uncertainty_factor(FACTOR_DIRECT), 0.05, EPSILON));
	cr_expect(epsilon_eq(dbl, account_uncertainty_factor(FACTOR_LIFECYCLE), 0.075, EPSILON));
}
