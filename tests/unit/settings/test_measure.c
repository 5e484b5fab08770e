/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units. */
#include "settings/measure.h"

#include <criterion/criterion.h>
#include <stddef.h>

struct step_case {
	const char *text;
	enum quantity quantity;
	int64_t num; /* thousandths of SI */
	int64_t den;
};

Test(measure, steps_are_exact_fractions_of_a_thousandth_of_si)
{
	static const struct step_case table[] = {
	    {"0.1 kWh", QUANTITY_ENERGY, 360000000, 1},   /* 0.1 x 3.6e6 J x 1000 */
	    {"kWh", QUANTITY_ENERGY, 3600000000, 1},      /* 3.6e6 J x 1000 */
	    {"Wh", QUANTITY_ENERGY_OUT, 3600000, 1},      /* 3600 J x 1000 */
	    {"10 Ws", QUANTITY_ENERGY, 10000, 1},         /* 10 J x 1000 */
	    {"0.01 kW", QUANTITY_POWER, 10000, 1},        /* 10 W x 1000 */
	    {"mW", QUANTITY_POWER, 1, 1},                 /* 0.001 W x 1000 */
	    {"0.1 mW", QUANTITY_POWER, 1, 10},            /* 0.0001 W x 1000 */
	    {"0.1V", QUANTITY_VOLTAGE, 100, 1},           /* 0.1 V x 1000 */
	    {"1/3 A", QUANTITY_CURRENT, 1000, 3},         /* A/3 x 1000 */
	    {"1/1000", QUANTITY_POWER_FACTOR, 1, 1},      /* 0.001 x 1000 */
	    {"0.01", QUANTITY_POWER_FACTOR, 10, 1},       /* 0.01 x 1000 */
	    {"%", QUANTITY_HUMIDITY, 10, 1},              /* 0.01 x 1000 */
	    {"octet", QUANTITY_RX_OCTETS, 1000, 1},       /* 1 x 1000 */
	    {"0.01 s", QUANTITY_UPTIME, 10, 1},           /* 0.01 s x 1000 */
	    {"0.1 C", QUANTITY_TEMPERATURE, 100, 1},      /* 0.1 C x 1000 */
	    {"mHz", QUANTITY_FREQUENCY, 1, 1},            /* 0.001 Hz x 1000 */
	    {"0.000000001 MWh", QUANTITY_ENERGY, 3600, 1} /* 1e-9 x 3.6e9 J x 1000 */
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		int64_t num = 0;
		int64_t den = 0;
		cr_assert(measure_parse_step(table[i].text, table[i].quantity, &num, &den), "%s", table[i].text);
		cr_expect_eq(num, table[i].num, "%s: %lld", table[i].text, (long long)num);
		cr_expect_eq(den, table[i].den, "%s: %lld", table[i].text, (long long)den);
	}
}

Test(measure, steps_that_are_none)
{
	static const struct step_case table[] = {
	    {"0 W", QUANTITY_POWER, 0, 0},
	    {"-1 W", QUANTITY_POWER, 0, 0},
	    {"W W", QUANTITY_POWER, 0, 0},
	    {"Wh", QUANTITY_POWER, 0, 0},
	    {"kwh", QUANTITY_ENERGY, 0, 0},
	    {"", QUANTITY_ENERGY, 0, 0},
	    {"1", QUANTITY_ENERGY, 0, 0},
	    {"1/0 A", QUANTITY_CURRENT, 0, 0},
	    {"1/2/3 A", QUANTITY_CURRENT, 0, 0},
	    {"1..2 V", QUANTITY_VOLTAGE, 0, 0},
	    {"9223372036 MWh", QUANTITY_ENERGY, 0, 0},
	    {"0.0000000001 W", QUANTITY_POWER, 0, 0},
	    {"W", QUANTITY_NONE, 0, 0},
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		int64_t num = 7;
		int64_t den = 7;
		cr_expect_not(measure_parse_step(table[i].text, table[i].quantity, &num, &den), "%s", table[i].text);
		cr_expect_eq(num, 7, "left as it was");
	}
}

Test(measure, scaling_keeps_lowest_terms)
{
	int64_t num = 1000;
	int64_t den = 1;

	cr_assert(measure_scale("0.001", &num, &den));
	cr_expect_eq(num, 1);
	cr_expect_eq(den, 1);
	cr_assert(measure_scale("1000", &num, &den));
	cr_expect_eq(num, 1000);
	cr_expect_not(measure_scale("0", &num, &den));
	cr_expect_not(measure_scale("x", &num, &den));
}

Test(measure, power)
{
	double power_w = 0.0;

	cr_assert(measure_parse_power_w("7.4 kW", &power_w));
	cr_expect_float_eq(power_w, 7400.0, 1e-9, "one multiplication of two doubles");
	cr_assert(measure_parse_power_w("500", &power_w));
	cr_expect_float_eq(power_w, 500.0, 1e-12);
	cr_assert(measure_parse_power_w("0.5MW", &power_w));
	cr_expect_float_eq(power_w, 500000.0, 1e-6);
	cr_expect_not(measure_parse_power_w("7.4 kWh", &power_w));
	cr_expect_not(measure_parse_power_w("-1 W", &power_w));
	cr_expect_not(measure_parse_power_w("kW", &power_w));
	cr_expect_not(measure_parse_power_w("2000 MW", &power_w));
}

Test(measure, sizes)
{
	uint64_t bytes = 0;

	cr_assert(measure_parse_bytes("20MB", &bytes));
	cr_expect_eq(bytes, 20000000);
	cr_assert(measure_parse_bytes("1.5 GiB", &bytes));
	cr_expect_eq(bytes, 1610612736); /* 1.5 x 2^30 */
	cr_assert(measure_parse_bytes("4096", &bytes));
	cr_expect_eq(bytes, 4096);
	cr_expect_not(measure_parse_bytes("1.5", &bytes), "half a byte");
	cr_expect_not(measure_parse_bytes("20 mb", &bytes));
	cr_expect_not(measure_parse_bytes("-1", &bytes));
	cr_expect_not(measure_parse_bytes("9999999999 GB", &bytes));
}
