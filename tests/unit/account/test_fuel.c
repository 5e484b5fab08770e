/* SPDX-License-Identifier: Apache-2.0 */
#include "account/fuel.h"

#include <criterion/criterion.h>
#include <string.h>

#define DAY INT64_C(86400000)
#define MICRO INT64_C(1000000)
#define KWH INT64_C(3600000000)

/* Ten days that begin at day 100, in which 100 kWh were generated. */
static const struct account_fuel_span SPAN = {.start_ms = 100 * DAY, .end_ms = 110 * DAY, .has_energy = true, .millij = 100 * KWH};

#define ALWAYS 0, 200 * DAY
#define FIND(entries, span) account_fuel_find(&fuel, entries, sizeof(entries) / sizeof((entries)[0]), span)

/* Nine days and a half of ten are read: half a day lacks, which is a twentieth. 27 x 2.705 and 27 x 0.62409 kg. */
Test(fuel, what_a_flow_meter_counted_goes_before_dips_where_it_covers_the_span)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY, 0, 40 * MICRO, NULL},
	    {ACCOUNT_FUEL_LEVEL, 110 * DAY, 0, 9 * MICRO, NULL},
	};
	struct account_fuel_flow flow[ACCOUNT_FUEL_FLOW_COUNT] = {{.litres = 27, .covered_ms = 19 * DAY / 2, .counter_count = 1}};
	struct account_fuel_span span = SPAN;
	struct account_fuel fuel;

	span.expected_ms = 10 * DAY;
	span.flow = flow;
	FIND(ENTRIES, &span);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_FLOW);
	cr_expect_str_eq(account_fuel_method_name(fuel.method), "metered");
	cr_expect_eq(fuel.micro_l, 27 * MICRO);
	cr_expect_eq(fuel.scope1_mg, 73035000);
	cr_expect_eq(fuel.upstream_mg, 16850430);
	flow[ACCOUNT_FUEL_FLOW_OTHER] = (struct account_fuel_flow){.litres = 26, .covered_ms = 10 * DAY, .counter_count = 1};
	FIND(ENTRIES, &span);
	cr_expect_eq(fuel.micro_l, 27 * MICRO, "its own goes first");
	flow[ACCOUNT_FUEL_FLOW_OWN].covered_ms--;
	FIND(ENTRIES, &span);
	cr_expect_eq(fuel.micro_l, 26 * MICRO, "of its own more than a twentieth of the time is not known");
	flow[ACCOUNT_FUEL_FLOW_OTHER].counter_count = 2;
	FIND(ENTRIES, &span);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_DIP, "two may tell the same litres");
}

Test(fuel, litres_that_no_counter_can_have_are_not_taken)
{
	static const struct account_fuel_entry ENTRIES[] = {{ACCOUNT_FUEL_USED, 100 * DAY, 110 * DAY, 35 * MICRO, NULL}};
	struct account_fuel_flow flow[ACCOUNT_FUEL_FLOW_COUNT] = {{.litres = -1, .covered_ms = 10 * DAY, .counter_count = 1}};
	struct account_fuel_span span = SPAN;
	struct account_fuel fuel;

	span.expected_ms = 10 * DAY;
	span.flow = flow;
	FIND(ENTRIES, &span);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_ENTERED);
	flow[0].litres = INT64_MAX;
	FIND(ENTRIES, &span);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_ENTERED);
	flow[0].litres = 0;
	FIND(ENTRIES, &span);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_FLOW, "it stood still, and is known to have");
	cr_expect_eq(fuel.scope1_mg, 0);
}

Test(fuel, by_dip_what_was_there_and_came_less_what_is_left_was_burnt)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_LEVEL, 90 * DAY, 0, 77 * MICRO, NULL}, /* too far from the start */
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY - 1000, 0, 40 * MICRO, NULL},
	    {ACCOUNT_FUEL_DELIVERED, 99 * DAY, 0, 500 * MICRO, NULL}, /* in the dip */
	    {ACCOUNT_FUEL_DELIVERED, 105 * DAY, 0, 100 * MICRO, NULL},
	    {ACCOUNT_FUEL_LEVEL, 110 * DAY + 5000, 0, 109 * MICRO, NULL},
	    {ACCOUNT_FUEL_USED, 100 * DAY, 110 * DAY, 35 * MICRO, NULL}, /* a dip goes before it */
	};
	struct account_fuel fuel;

	FIND(ENTRIES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_DIP);
	cr_expect_eq(fuel.micro_l, 31 * MICRO); /* 40 + 100 - 109 */
	cr_expect_eq(fuel.open_micro_l, 40 * MICRO);
	cr_expect_eq(fuel.delivered_micro_l, 100 * MICRO);
	cr_expect_eq(fuel.close_micro_l, 109 * MICRO);
	cr_expect_eq(fuel.scope1_mg, 83855000);   /* 31 x 2.705 kg */
	cr_expect_eq(fuel.upstream_mg, 19346790); /* 31 x 0.62409 kg */
}

/* 40 + 100 - 109 = 31 l of the store, 50 - 60 = -10 l of the day tank, into which some of it was moved. */
Test(fuel, several_tanks_have_dips_of_their_own_and_are_added_up)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY, 0, 40 * MICRO, "dip stick; tank=store "},
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY, 0, 50 * MICRO, "tank=day"},
	    {ACCOUNT_FUEL_DELIVERED, 105 * DAY, 0, 100 * MICRO, " tank=store; note 17"},
	    {ACCOUNT_FUEL_LEVEL, 110 * DAY, 0, 109 * MICRO, "tank=store"},
	    {ACCOUNT_FUEL_LEVEL, 110 * DAY, 0, 60 * MICRO, "tank=day"},
	    {ACCOUNT_FUEL_LEVEL, 110 * DAY, 0, 999 * MICRO, "tank=next"}, /* it begins when the span ends */
	};
	struct account_fuel fuel;

	FIND(ENTRIES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_DIP);
	cr_expect_eq(fuel.micro_l, 21 * MICRO);
	cr_expect_eq(fuel.open_micro_l, 90 * MICRO);
	cr_expect_eq(fuel.delivered_micro_l, 100 * MICRO);
	cr_expect_eq(fuel.close_micro_l, 169 * MICRO);
}

Test(fuel, a_tank_without_its_closing_dip_leaves_the_amount_to_the_next_method)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY, 0, 40 * MICRO, "tank=a"},
	    {ACCOUNT_FUEL_LEVEL, 110 * DAY, 0, 30 * MICRO, "tank=a"},
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY, 0, 50 * MICRO, NULL},
	    {ACCOUNT_FUEL_USED, 100 * DAY, 110 * DAY, 35 * MICRO, NULL},
	};
	static const struct account_fuel_entry COMES[] = {
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY, 0, 40 * MICRO, "tank=a"},
	    {ACCOUNT_FUEL_LEVEL, 110 * DAY, 0, 30 * MICRO, "tank=a"},
	    {ACCOUNT_FUEL_DELIVERED, 105 * DAY, 0, 5 * MICRO, "tank=b"},
	    {ACCOUNT_FUEL_USED, 100 * DAY, 110 * DAY, 35 * MICRO, NULL},
	};
	struct account_fuel fuel;

	FIND(ENTRIES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_ENTERED);
	FIND(COMES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_ENTERED, "what came into b is not known to have been burnt");
}

Test(fuel, more_left_than_came_is_no_dip_and_the_next_method_counts)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY, 0, 40 * MICRO, NULL},
	    {ACCOUNT_FUEL_LEVEL, 110 * DAY, 0, 41 * MICRO, NULL},
	    /* The first lies half in the span: 10 l of its 20. */
	    {ACCOUNT_FUEL_USED, 98 * DAY, 102 * DAY, 20 * MICRO, NULL},
	    {ACCOUNT_FUEL_USED, 102 * DAY, 110 * DAY, 25 * MICRO, NULL},
	};
	struct account_fuel fuel;

	FIND(ENTRIES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_ENTERED);
	cr_expect_eq(fuel.micro_l, 35 * MICRO);
}

Test(fuel, what_does_not_cover_the_span_is_no_amount_of_it)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_LEVEL, 100 * DAY, 0, 40 * MICRO, NULL},
	    {ACCOUNT_FUEL_USED, 100 * DAY, 109 * DAY, 25 * MICRO, NULL},
	    {ACCOUNT_FUEL_RATE, 101 * DAY, 200 * DAY, 400000, NULL},
	    {ACCOUNT_FUEL_RATED, ALWAYS, 20 * MICRO, NULL},
	};
	struct account_fuel fuel;

	FIND(ENTRIES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_CDM_DEFAULT);
	cr_expect_not(fuel.has_litres);
	cr_expect_eq(fuel.scope1_mg, 190 * MICRO); /* 100 kWh x 1.9 kg of 15 to 35 kW */
	cr_expect_eq(fuel.upstream_mg, 0);
}

Test(fuel, two_bills_of_one_day_do_not_stand_for_a_day_without_one)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_USED, 100 * DAY, 105 * DAY, 20 * MICRO, NULL},
	    {ACCOUNT_FUEL_USED, 104 * DAY, 109 * DAY, 20 * MICRO, NULL}, /* ten days in all, day 104 twice and day 109 not at all */
	    {ACCOUNT_FUEL_RATE, ALWAYS, 300000, NULL},
	};
	struct account_fuel fuel;

	FIND(ENTRIES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_RATE);
	cr_expect_eq(fuel.micro_l, 30 * MICRO);
}

Test(fuel, litres_a_kwh_of_the_site_go_before_the_curve_and_the_later_entry_counts)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_RATE, ALWAYS, 400000, NULL},     {ACCOUNT_FUEL_RATE, ALWAYS, 330000, NULL},
	    {ACCOUNT_FUEL_FACTOR, ALWAYS, 2685000, NULL},  {ACCOUNT_FUEL_UPSTREAM, ALWAYS, 600000, NULL},
	    {ACCOUNT_FUEL_RATED, ALWAYS, 8 * MICRO, NULL}, {ACCOUNT_FUEL_RUN_TIME, 100 * DAY, 110 * DAY, 20 * MICRO, NULL},
	};
	struct account_fuel fuel;

	FIND(ENTRIES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_RATE);
	cr_expect_eq(fuel.micro_l, 33 * MICRO);
	cr_expect_eq(fuel.scope1_mg, 88605000); /* 33 x 2.685 kg */
	cr_expect_eq(fuel.upstream_mg, 19800000);
}

Test(fuel, the_curve_is_read_at_the_mean_load)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_RATED, ALWAYS, 8 * MICRO, NULL},
	    {ACCOUNT_FUEL_RUN_TIME, 100 * DAY, 110 * DAY, 20 * MICRO, NULL},
	};
	struct account_fuel fuel;

	/* 100 kWh of 160 is 62.5 %, half way between 0.30 and 0.26: 28 l. */
	FIND(ENTRIES, &SPAN);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_CURVE);
	cr_expect_eq(fuel.micro_l, 28 * MICRO);
}

Test(fuel, without_kwh_run_time_and_an_entered_load_are_left)
{
	static const struct account_fuel_entry ENTRIES[] = {
	    {ACCOUNT_FUEL_RATED, ALWAYS, 8 * MICRO, NULL},
	    {ACCOUNT_FUEL_RUN_TIME, 100 * DAY, 110 * DAY, 20 * MICRO, NULL},
	    {ACCOUNT_FUEL_LOAD, ALWAYS, 250000, NULL},
	};
	static const struct account_fuel_span DARK = {.start_ms = 100 * DAY, .end_ms = 110 * DAY};
	struct account_fuel fuel;

	FIND(ENTRIES, &DARK);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_BY_RUN_TIME);
	cr_expect_eq(fuel.micro_l, 14 * MICRO); /* 20 h x 8 kW x 0.25 x 0.35 */
	account_fuel_find(&fuel, ENTRIES, 2, &DARK);
	cr_expect_eq(fuel.method, ACCOUNT_FUEL_UNKNOWN);
	cr_expect_eq(fuel.scope1_mg, 0);
}

Test(fuel, every_kind_of_entry_and_method_has_a_name)
{
	for (int i = 0; i < ACCOUNT_FUEL_WHAT_COUNT; i++) {
		enum account_fuel_what what;

		cr_expect(account_fuel_what_find(account_fuel_what_name((enum account_fuel_what)i), &what) &&
			  what == (enum account_fuel_what)i);
	}
	for (int i = 0; i < ACCOUNT_FUEL_METHOD_COUNT; i++)
		cr_expect_str_neq(account_fuel_method_name((enum account_fuel_method)i), "?");
}
