/* SPDX-License-Identifier: Apache-2.0 */
/* What a restart of the agent or of the machine does to a meter. */
#include "meter_rig.h"

#include <criterion/criterion.h>
#include <stdint.h>

TestSuite(meter_restart, .init = meter_rig_begin);

#define UTC (INT64_C(1790000000) * S)

static void raw_utc_at(int64_t at_s, uint64_t raw, int64_t utc_ns)
{
	take(&(struct account_reading){.boot_ns = at_s * S, .utc_ns = utc_ns, .has_raw = true, .raw = raw, .caliber = CALIBER_ACTUAL});
}

static void resume(uint64_t boot, int64_t boot_s, int64_t utc_ns)
{
	account_meter_resume(&meter, &rules, &(struct account_now){.boot = boot, .boot_ns = boot_s * S, .utc_ns = utc_ns}, &sink);
}

Test(meter_restart, agent_restart_in_the_same_boot_bridges_the_gap)
{
	has_counter(3600000);
	resume(1, 0, 0);
	raw_utc_at(1000, 100, UTC);
	resume(1, 8000, 0);
	raw_utc_at(8200, 1100, 0);
	expect_booking(0, 1000, 8200, INT64_C(3600000000), COVERAGE_BRIDGED);
}

Test(meter_restart, machine_restart_with_a_trusted_clock_bridges_by_the_clock)
{
	has_counter(3600000);
	resume(1, 0, 0);
	raw_utc_at(1000, 100, UTC);
	/* An hour later by the wall clock, 40 s after boot: the last reading was at -3560 s of this boot. */
	resume(2, 40, UTC + 3600 * S);
	raw_utc_at(50, 1100, UTC + 3610 * S);
	expect_booking(0, -3560, 50, INT64_C(3600000000), COVERAGE_BRIDGED);
}

Test(meter_restart, machine_restart_with_an_untrusted_clock_waits_for_trust)
{
	has_counter(3600000);
	resume(1, 0, 0);
	raw_utc_at(1000, 100, UTC);
	resume(2, 40, 0);
	raw_utc_at(50, 1100, 0);
	raw_utc_at(80, 1103, 0);
	expect_booking(0, 50, 80, 10800000, COVERAGE_MEASURED);
	cr_expect_eq(recorder.booking_count, 1u, "1000 Wh wait");
	account_meter_trust(&meter, &rules, &(struct account_now){.boot = 2, .boot_ns = 100 * S, .utc_ns = UTC + 3660 * S}, &sink);
	/* The first reading was 50 s before that, so at UTC + 3610 s: 3610 s after the last one. */
	expect_booking(1, 50 - 3610, 50, INT64_C(3600000000), COVERAGE_BRIDGED);
	cr_expect_eq(meter.adrift, 0);
}

Test(meter_restart, second_restart_before_trust_keeps_the_energy)
{
	has_counter(3600000);
	resume(1, 0, 0);
	raw_utc_at(1000, 100, UTC);
	resume(2, 40, 0);
	raw_utc_at(50, 200, 0);
	resume(3, 40, 0);
	expect_booking(0, 50, 50, INT64_C(360000000), COVERAGE_BRIDGED);
	cr_expect(booking(0)->status_bits & INTERVAL_UNPLACED);
	raw_utc_at(60, 250, 0);
	account_meter_trust(&meter, &rules, &(struct account_now){.boot = 3, .boot_ns = 100 * S, .utc_ns = UTC + 3660 * S}, &sink);
	cr_expect_eq(meter.energy_millij, 150 * INT64_C(3600000));
}

Test(meter_restart, power_alone_does_not_bridge_a_machine_restart)
{
	resume(1, 0, 0);
	power_at(1000, 100);
	resume(2, 5, 0);
	power_at(10, 100);
	power_at(20, 100);
	cr_expect_eq(recorder.booking_count, 1u);
	expect_booking(0, 10, 20, 1000000, COVERAGE_MEASURED);
}

static void raw_up_at(int64_t at_s, uint64_t raw, double uptime_s)
{
	take(&(struct account_reading){
	    .boot_ns = at_s * S, .has_raw = true, .raw = raw, .has_uptime = true, .uptime_s = uptime_s, .caliber = CALIBER_ACTUAL});
}

Test(meter_restart, uptime_that_has_grown_bounds_a_gap_that_no_clock_bounds)
{
	/* Counts from 0 after a restart of the device: taken for ten years, the gap would look like one, and 5200 steps would be booked. */
	has_counter(1000);
	rules.counter.starts_at_zero = true;
	rules.rated_w = 2000;
	resume(1, 0, 0);
	raw_up_at(1000, 5000, 8000);
	resume(2, 40, 0);
	raw_up_at(50, 5200, 8100);
	resume(3, 40, 0);
	expect_booking(0, 50, 50, 200000, COVERAGE_BRIDGED); /* 200 steps of 1 J */
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_RESET], 0u);
}

static void raw_up_utc_at(int64_t at_s, uint64_t raw, double uptime_s, int64_t utc_ns)
{
	take(&(struct account_reading){.boot_ns = at_s * S,
				       .utc_ns = utc_ns,
				       .has_raw = true,
				       .raw = raw,
				       .has_uptime = true,
				       .uptime_s = uptime_s,
				       .caliber = CALIBER_ACTUAL});
}

/* Joules with an end of 262,144 J, as a processor counts them: 280 W take 936 s from 0 to it. */
static void has_short_counter(void)
{
	has_counter(1000);
	rules.counter.modulus = 262144;
	rules.counter.starts_at_zero = true;
	rules.rated_w = 280;
}

Test(meter_restart, clock_that_was_ahead_before_makes_no_reset_of_a_counter_that_went_over_its_end)
{
	/* The wall clock was an hour ahead: by it the restart took 500 s, in which the counter cannot have gone round. */
	has_short_counter();
	resume(1, 0, 0);
	raw_up_utc_at(1000, 200000, 8000, UTC + 3600 * S);
	resume(2, 40, 0);
	raw_up_at(50, 100000, 12100);
	account_meter_trust(&meter, &rules, &(struct account_now){.boot = 2, .boot_ns = 120 * S, .utc_ns = UTC + 4170 * S}, &sink);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_RESET], 0u);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_MULTIWRAP], 1u, "in the 4,100 s that the device was up for longer it can have");
	cr_expect_eq(recorder.refused_millij, INT64_C(162144000), "262,144 - 200,000 + 100,000 J are named");
}

Test(meter_restart, clock_that_was_ahead_before_does_not_shorten_a_restart_after_which_it_is_trusted_at_once)
{
	has_short_counter();
	resume(1, 0, 0);
	raw_up_utc_at(1000, 250000, 8000, UTC + 3600 * S);
	resume(2, 40, UTC + 4000 * S);
	raw_up_utc_at(50, 10000, 8900, UTC + 4010 * S);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_RESET], 0u);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_WRAP], 1u);
	expect_booking(0, -850, 50, 22144000, COVERAGE_BRIDGED); /* 262,144 - 250,000 + 10,000 J in the 900 s that it was up for longer */
}

Test(meter_restart, clock_that_was_a_day_behind_before_does_not_lengthen_a_restart_after_which_it_is_trusted_at_once)
{
	/* Up for 8,100 s: within the day that the wall clocks say it could have restarted, and 5200 steps would be booked. */
	has_counter(1000);
	rules.counter.starts_at_zero = true;
	rules.rated_w = 2000;
	resume(1, 0, 0);
	raw_up_utc_at(1000, 5000, 8000, UTC);
	resume(2, 40, UTC + (86400 + 90) * S);
	raw_up_utc_at(50, 5200, 8100, UTC + (86400 + 100) * S);
	expect_booking(0, -50, 50, 200000, COVERAGE_BRIDGED);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_RESET], 0u);
}

Test(meter_restart, step_of_the_clock_moves_the_last_reading_of_a_device_that_was_silent_by_then)
{
	/* The wall clock was a day behind when it was read, and right when the machine went down. */
	has_short_counter();
	resume(1, 0, 0);
	raw_utc_at(1000, 250000, UTC);
	account_meter_step(&meter, 86400 * S);
	resume(2, 40, UTC + (86400 + 860) * S);
	raw_utc_at(50, 10000, UTC + (86400 + 870) * S);
	expect_booking(0, -820, 50, 22144000, COVERAGE_BRIDGED);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_MULTIWRAP], 0u);
}

Test(meter_restart, years_that_a_clock_is_ahead_make_no_restart_of_a_counter_that_went_over_its_end)
{
	has_short_counter();
	resume(1, 0, 0);
	raw_up_utc_at(1000, 250000, 8000, UTC);
	resume(2, 40, UTC + 315360000 * S);
	raw_up_utc_at(50, 10000, 8900, UTC + 315360010 * S);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_RESET] + recorder.count_of[ACCOUNT_EVENT_MULTIWRAP], 0u);
	expect_booking(0, -850, 50, 22144000, COVERAGE_BRIDGED);
}

Test(meter_restart, clock_that_is_a_day_ahead_makes_no_restart_of_a_device_that_ran_on)
{
	/* Up for 8,100 s: within the day that the wall clocks say it could have restarted, and 5200 steps would be booked. */
	has_counter(1000);
	rules.counter.starts_at_zero = true;
	rules.rated_w = 2000;
	resume(1, 0, 0);
	raw_up_utc_at(1000, 5000, 8000, UTC);
	resume(2, 40, 0);
	raw_up_at(50, 5200, 8100);
	account_meter_trust(&meter, &rules, &(struct account_now){.boot = 2, .boot_ns = 120 * S, .utc_ns = UTC + (86400 + 170) * S}, &sink);
	expect_booking(0, -50, 50, 200000, COVERAGE_BRIDGED); /* 200 steps of 1 J in the 100 s that it was up for longer */
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_RESET], 0u);
}

Test(meter_restart, other_scale_before_trust_keeps_what_the_restart_counted)
{
	has_counter(3600000);
	resume(1, 0, 0);
	raw_utc_at(1000, 100, UTC);
	resume(2, 40, 0);
	raw_utc_at(50, 200, 0);
	account_meter_segment(&meter, &rules, ACCOUNT_EVENT_RECONFIGURED, 55 * S, &sink);
	expect_booking(0, 50, 50, INT64_C(360000000), COVERAGE_BRIDGED); /* 100 steps of the old scale */
	has_counter(360000);
	raw_utc_at(60, 7, 0);
	raw_utc_at(70, 9, 0);
	expect_booking(1, 60, 70, 720000, COVERAGE_MEASURED); /* 2 of the new one */
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_RECONFIGURED], 1u);
}
