/* SPDX-License-Identifier: Apache-2.0 */
#include "meter_rig.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static void raw_at(int64_t at_s, uint64_t raw)
{
	take(&(struct account_reading){.boot_ns = at_s * S, .has_raw = true, .raw = raw, .caliber = CALIBER_ACTUAL, .identity = 7});
}

static void both_at(int64_t at_s, uint64_t raw, double power_w)
{
	take(&(struct account_reading){.boot_ns = at_s * S,
				       .has_raw = true,
				       .raw = raw,
				       .has_power = true,
				       .power_w = power_w,
				       .caliber = CALIBER_ACTUAL,
				       .identity = 7});
}

TestSuite(meter, .init = meter_rig_begin);

Test(meter, fits_its_place)
{
	cr_expect_leq(sizeof(struct account_meter), 512u);
}

Test(meter, power_alone_is_integrated_by_trapezoid)
{
	power_at(0, 100);
	power_at(10, 100);
	power_at(20, 300);
	cr_expect_eq(recorder.booking_count, 2u);
	expect_booking(0, 0, 10, 1000000, COVERAGE_MEASURED);  /* 100 W x 10 s */
	expect_booking(1, 10, 20, 2000000, COVERAGE_MEASURED); /* (100 + 300) / 2 x 10 s */
	cr_expect_eq(meter.energy_millij, 3000000);
	cr_expect_eq(account_meter_complete_ns(&meter), 20 * S);
}

Test(meter, power_alone_carries_what_is_less_than_a_millijoule)
{
	/* 1/3 W each 1 ms: 0.333333 mJ a time (a power is kept in microwatts); 3000 times are 999.999 mJ. */
	for (int i = 0; i <= 3000; i++)
		power_at(i * 0.001, 1.0 / 3.0);
	cr_expect_eq(meter.energy_millij, 999);
}

Test(meter, power_ramp_over_a_slot_border_is_split_where_it_lies)
{
	/* 0 to 60 W from 870 s to 930 s: until 900 s 0 to 30 W = 450 J, then 30 to 60 W = 1350 J. */
	power_at(870, 0);
	power_at(930, 60);
	cr_expect_eq(recorder.booking_count, 2u);
	expect_booking(0, 870, 900, 450000, COVERAGE_MEASURED);
	expect_booking(1, 900, 930, 1350000, COVERAGE_MEASURED);
}

Test(meter, power_alone_is_not_integrated_over_a_gap)
{
	power_at(0, 100);
	power_at(60, 100); /* just allowed */
	power_at(121, 100);
	power_at(131, 100);
	cr_expect_eq(recorder.booking_count, 2u);
	expect_booking(0, 0, 60, 6000000, COVERAGE_MEASURED);
	expect_booking(1, 121, 131, 1000000, COVERAGE_MEASURED);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_GAP], 1u);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_GAP)->before, 60000u);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_GAP)->after, 121000u);
	cr_expect(booking(1)->status_bits & INTERVAL_GAP);
}

Test(meter, power_that_is_no_number_or_impossible_is_not_integrated)
{
	rules.rated_w = 500;
	power_at(0, 100);
	power_at(10, NAN);
	power_at(15, INFINITY);
	power_at(20, 65535); /* a sentinel */
	power_at(25, 65535);
	power_at(30, 100);
	expect_booking(0, 0, 30, 3000000, COVERAGE_MEASURED);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_IMPOSSIBLE], 1u, "named once, not with each reading");
	cr_expect(booking(0)->status_bits & INTERVAL_IMPOSSIBLE);
}

Test(meter, power_delivered_backwards_is_no_energy_drawn)
{
	power_at(0, -50);
	power_at(10, -50);
	expect_booking(0, 0, 10, 0, COVERAGE_MEASURED);
}

Test(meter, caliber_decides_the_class)
{
	static const struct {
		enum caliber caliber;
		enum coverage coverage;
	} CASE[] = {{CALIBER_ACTUAL, COVERAGE_MEASURED},
		    {CALIBER_ESTIMATED, COVERAGE_ESTIMATED},
		    {CALIBER_UNKNOWN, COVERAGE_ESTIMATED},
		    {CALIBER_STATIC, COVERAGE_STATIC}};

	for (size_t i = 0; i < sizeof(CASE) / sizeof(CASE[0]); i++) {
		meter_rig_begin();
		memset(&recorder, 0, sizeof(recorder));
		for (int64_t at_s = 0; at_s <= 10; at_s += 10)
			take(&(struct account_reading){.boot_ns = at_s * S, .has_power = true, .power_w = 5, .caliber = CASE[i].caliber});
		cr_expect_eq(booking(0)->coverage, CASE[i].coverage, "%s", caliber_name(CASE[i].caliber));
	}
}

Test(meter, counter_alone_is_booked_between_its_readings)
{
	has_counter(3600000); /* Wh */
	raw_at(0, 100);
	raw_at(30, 103);
	raw_at(60, 103);
	expect_booking(0, 0, 30, 10800000, COVERAGE_MEASURED);
	expect_booking(1, 30, 60, 0, COVERAGE_MEASURED);
	cr_expect(booking(0)->has_raw);
	cr_expect_eq(booking(0)->raw_open, 100u);
	cr_expect_eq(booking(0)->raw_close, 103u);
}

Test(meter, gap_of_a_counter_that_ran_on_is_bridged)
{
	has_counter(3600000);
	raw_at(0, 100);
	raw_at(7200, 1100);
	expect_booking(0, 0, 7200, INT64_C(3600000000), COVERAGE_BRIDGED); /* 1000 Wh */
	cr_expect(booking(0)->status_bits & INTERVAL_GAP);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_GAP], 1u);
}

Test(meter, gap_of_an_estimated_counter_stays_estimated)
{
	has_counter(3600000);
	for (int64_t at_s = 0; at_s <= 3600; at_s += 3600)
		take(&(struct account_reading){.boot_ns = at_s * S, .has_raw = true, .raw = (uint64_t)at_s, .caliber = CALIBER_ESTIMATED});
	cr_expect_eq(booking(0)->coverage, COVERAGE_ESTIMATED);
}

Test(meter, power_places_the_energy_between_the_steps_of_a_coarse_counter)
{
	/* 0.1 kWh = 3.6e8 mJ. Step at 600 s; then 300 s at 200 W until the border at 900 s, and 300 s at 1000 W; step at 1200 s. */
	has_counter(360000000);
	both_at(570, 10, 200);
	both_at(600, 11, 200);
	for (int at_s = 630; at_s <= 900; at_s += 30)
		both_at(at_s, 11, 200);
	cr_expect_eq(recorder.booking_count, 1u, "pending until the step");
	cr_expect_eq(account_meter_complete_ns(&meter), 600 * S);
	both_at(901, 11, 1000);
	for (int at_s = 930; at_s < 1200; at_s += 30)
		both_at(at_s, 11, 1000);
	both_at(1200, 12, 1000);
	/*
	 * Power integral: 300 s x 200 W = 60 000 J before the border; 1 s x 600 W + 299 s x 1000 W = 299 600 J after: 359 600 J.
	 * Of 3.6e8 mJ: 3.6e8 x 60000 / 359600 = 60066740.8 -> 60066740, rest 299933260.
	 */
	cr_expect_eq(recorder.booking_count, 3u);
	expect_booking(1, 600, 900, 60066740, COVERAGE_MEASURED);
	expect_booking(2, 900, 1200, 299933260, COVERAGE_MEASURED);
	cr_expect_eq(booking(2)->raw_open, 11u);
	cr_expect_eq(booking(2)->raw_close, 12u);
}

Test(meter, what_is_pending_too_long_is_booked_by_power_and_settled_by_the_step)
{
	/* 100 W: a step takes 3600 s. Border at 900 s, grace 120 s. */
	has_counter(360000000);
	both_at(0, 10, 100);
	for (int at_s = 30; at_s <= 990; at_s += 30)
		both_at(at_s, 10, 100);
	account_meter_expire(&meter, &rules, 1019 * S, &sink);
	cr_expect_eq(recorder.booking_count, 0u);
	account_meter_expire(&meter, &rules, 1020 * S, &sink);
	expect_booking(0, 0, 900, 90000000, COVERAGE_MEASURED); /* 900 s x 100 W */
	cr_expect_eq(meter.advance_millij, 90000000);
	cr_expect_eq(account_meter_complete_ns(&meter), 900 * S);
	both_at(1020, 11, 100);
	/* The step came early: 3.6e8 - 9e7 for the rest. */
	expect_booking(1, 900, 1020, 270000000, COVERAGE_MEASURED);
	cr_expect_eq(meter.advance_millij, 0);
	cr_expect_eq(meter.energy_millij, 360000000);
}

Test(meter, power_is_never_booked_more_than_a_step_ahead_of_a_counter_that_stands)
{
	has_counter(3600000); /* 1 Wh, but the power says 1000 W */
	rules.frozen_ns = 0;
	for (int at_s = 0; at_s <= 3600; at_s += 30) {
		both_at(at_s, 10, 1000);
		account_meter_expire(&meter, &rules, at_s * S, &sink);
	}
	cr_expect_eq(meter.energy_millij, 3600000);
	/* It moves by 1: that is what was booked. */
	both_at(3630, 11, 1000);
	cr_expect_eq(meter.energy_millij, 3600000);
}

Test(meter, counter_that_stands_while_power_flows_is_frozen)
{
	has_counter(3600000);
	for (int at_s = 0; at_s <= 1770; at_s += 30)
		both_at(at_s, 10, 1000);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_FROZEN], 0u);
	both_at(1800, 10, 1000);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_FROZEN], 1u);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_FROZEN)->after, 10u);
	both_at(1830, 10, 1000);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_FROZEN], 1u, "once");
	/* From now on the power is what there is, as an estimate. */
	account_meter_expire(&meter, &rules, 4000 * S, &sink);
	cr_expect_eq(meter.energy_millij, 1830 * INT64_C(1000000));
	cr_expect_eq(booking(recorder.booking_count - 1)->coverage, COVERAGE_ESTIMATED);
	cr_expect(booking(recorder.booking_count - 1)->status_bits & INTERVAL_FROZEN);
	/* It moves by 2 Wh = 7.2e6 mJ only: the rest is let go by name. */
	both_at(1860, 12, 1000);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_THAWED)->millij_refused, 7200000 - INT64_C(1830000000));
	cr_expect_eq(meter.advance_millij, 0);
}

Test(meter, counter_at_rest_is_not_frozen)
{
	has_counter(3600000);
	for (int at_s = 0; at_s <= 36000; at_s += 30)
		both_at(at_s, 10, 0);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_FROZEN], 0u);
	cr_expect_eq(recorder.booked_ns, 36000 * S, "covered, nothing used");
	cr_expect_eq(meter.energy_millij, 0);
}

Test(meter, counter_is_not_frozen_when_load_comes_back_after_a_rest)
{
	has_counter(3600000);
	/* The last ramp down is worth 4 Wh by the trapezoid that the counter does not show, and after an hour the load returns. */
	both_at(0, 10, 1000);
	both_at(30, 18, 1000);
	for (int at_s = 60; at_s <= 3600; at_s += 30)
		both_at(at_s, 18, 0);
	for (int at_s = 3630; at_s < 4000; at_s += 30)
		both_at(at_s, 18, 1);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_FROZEN], 0u);
}

Test(meter, power_that_never_changes_is_suspicious)
{
	rules.frozen_count = 20;
	for (int i = 0; i <= 20; i++)
		power_at(i * 10, 123.4);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_FROZEN], 1u);
	power_at(210, 123.5);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_THAWED], 1u);
	meter_rig_begin();
	memset(&recorder, 0, sizeof(recorder));
	rules.frozen_count = 20;
	for (int i = 0; i <= 100; i++)
		power_at(i * 10, 0);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_FROZEN], 0u, "zero is legitimate");
}

Test(meter, spike_of_a_device_without_a_rating_is_refused)
{
	has_counter(3600000);
	both_at(0, 1000, 200);
	/* Torn words: 65536 Wh more in 30 s would be 7.9 MW. */
	both_at(30, 66538, 200);
	both_at(60, 1003, 200);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_IMPOSSIBLE], 1u);
	cr_expect_eq(meter.energy_millij, 10800000);
	/* A kettle between two readings is none: 30 Wh in 30 s are 3.6 kW. */
	both_at(90, 1033, 200);
	cr_expect_eq(meter.energy_millij, INT64_C(118800000));
}

Test(meter, spike_of_a_counter_alone_is_refused_when_no_plant_could_do_it)
{
	has_counter(3600000);
	raw_at(0, 1000);
	raw_at(30, 2147484648u);
	raw_at(60, 1003);
	cr_expect_eq(meter.energy_millij, 10800000);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_IMPOSSIBLE], 1u);
}

Test(meter, dip_books_nothing_and_has_a_name)
{
	has_counter(3600000);
	raw_at(0, 100);
	raw_at(30, 0);
	cr_expect_eq(recorder.booking_count, 0u);
	raw_at(60, 101);
	expect_booking(0, 0, 60, 3600000, COVERAGE_MEASURED);
	cr_expect(booking(0)->status_bits & INTERVAL_DIP);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_DIP], 1u);
}

Test(meter, wrap_is_booked_and_flagged)
{
	has_counter(3600000);
	raw_at(0, 4294967290u);
	raw_at(30, 10);
	expect_booking(0, 0, 30, 57600000, COVERAGE_MEASURED); /* 16 Wh */
	cr_expect(booking(0)->status_bits & INTERVAL_WRAP);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_WRAP)->before, 4294967290u);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_WRAP)->after, 10u);
}

static void raw_up_at(int64_t at_s, uint64_t raw, double uptime_s)
{
	take(&(struct account_reading){
	    .boot_ns = at_s * S, .has_raw = true, .raw = raw, .has_uptime = true, .uptime_s = uptime_s, .caliber = CALIBER_ACTUAL});
}

Test(meter, restart_leaves_the_dead_time_unbooked)
{
	has_counter(1000); /* J */
	rules.counter.starts_at_zero = true;
	rules.rated_w = 500;
	raw_up_at(0, 900000, 5000);
	raw_up_at(50, 4000, 20);
	/* 30 s to 50 s: 4 kJ since the restart; 0 s to 30 s nobody knows. */
	cr_expect_eq(recorder.booking_count, 1u);
	expect_booking(0, 30, 50, 4000000, COVERAGE_MEASURED);
	cr_expect_eq(booking(0)->status_bits, (uint32_t)(INTERVAL_RESET | INTERVAL_POWER_DOWN));
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_RESET)->millij, 4000000);
}

Test(meter, confirmed_impossible_level_is_a_named_remainder)
{
	has_counter(3600000);
	rules.rated_w = 2300;
	raw_at(0, 5000);
	raw_at(30, 65536000);
	raw_at(60, 65536010);
	raw_at(90, 65536020);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_IMPOSSIBLE], 1u);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_REBASED)->millij_refused, INT64_C(65531000) * 3600000);
	expect_booking(0, 30, 90, 72000000, COVERAGE_MEASURED);
}

Test(meter, several_possible_wraps_are_not_booked)
{
	rules.counter = (struct counter_spec){.modulus = UINT64_C(65712999613), .unit_num = 1, .unit_den = 1000, .is_wrap_known = true};
	rules.rated_w = 400;
	raw_at(0, 1000000000);
	raw_at(600, 21000000000);
	cr_expect_eq(recorder.booking_count, 0u);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_MULTIWRAP)->millij_refused, 20000000);
	raw_at(610, 21000000000 + 1000000000);
	expect_booking(0, 600, 610, 1000000, COVERAGE_MEASURED);
	cr_expect(booking(0)->status_bits & INTERVAL_MULTIWRAP);
}

Test(meter, other_serial_opens_a_segment_and_the_total_goes_on)
{
	has_counter(3600000);
	raw_at(0, 100);
	raw_at(30, 110);
	take(&(struct account_reading){.boot_ns = 60 * S, .has_raw = true, .raw = 50000, .caliber = CALIBER_ACTUAL, .identity = 8});
	cr_expect_eq(recorder.booking_count, 1u, "a higher counter of other hardware is no energy");
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_SWAP)->before, 7u);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_SWAP)->after, 8u);
	take(&(struct account_reading){.boot_ns = 90 * S, .has_raw = true, .raw = 50001, .caliber = CALIBER_ACTUAL, .identity = 8});
	cr_expect_eq(meter.energy_millij, 11 * INT64_C(3600000));
	cr_expect(booking(1)->status_bits & INTERVAL_SWAP);
}

Test(meter, other_scale_opens_a_segment)
{
	has_counter(3600000);
	raw_at(0, 100);
	has_counter(36000000);
	raw_at(30, 110);
	raw_at(60, 111);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_RECONFIGURED], 1u);
	cr_expect_eq(recorder.booking_count, 1u);
	expect_booking(0, 30, 60, 36000000, COVERAGE_MEASURED);
}

Test(meter, late_answer_is_ignored)
{
	has_counter(3600000);
	raw_at(0, 100);
	raw_at(60, 103);
	raw_at(30, 101);
	raw_at(60, 200);
	cr_expect_eq(recorder.booking_count, 1u);
	cr_expect_eq(meter.counter.raw, 103u);
	cr_expect_eq(meter.counter.held_kind, COUNTER_FIRST, "not even a doubt");
	raw_at(90, 104);
	expect_booking(1, 60, 90, 3600000, COVERAGE_MEASURED);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_DIP], 0u);
}

Test(meter, missing_counter_values_are_made_good_by_the_next_one)
{
	has_counter(3600000);
	both_at(0, 100, 360);
	both_at(30, 103, 360);
	power_at(60, 360);
	power_at(90, 360);
	both_at(120, 112, 360);
	expect_booking(0, 0, 30, 10800000, COVERAGE_MEASURED);
	expect_booking(1, 30, 120, 32400000, COVERAGE_MEASURED); /* 9 Wh */
}

Test(meter, shown_total_runs_with_the_power_between_steps)
{
	has_counter(360000000);
	both_at(0, 10, 100);
	both_at(30, 10, 100);
	cr_expect_eq(meter.energy_millij, 0);
	cr_expect_eq(account_meter_energy_millij(&meter), 3000000);
	/* Not beyond the step that has not come. */
	for (int at_s = 60; at_s <= 7200; at_s += 30)
		both_at(at_s, 10, 100);
	cr_expect_leq(account_meter_energy_millij(&meter), 360000000);
}
