/* SPDX-License-Identifier: Apache-2.0 */
/* What a restart of the agent or of the machine does to a meter. */
#include "account/meter.h"
#include "recorder.h"

#include <criterion/criterion.h>
#include <stdint.h>

#define S INT64_C(1000000000)

static struct account_meter meter;
static struct account_rules rules;
static struct recorder recorder;
static struct account_sink sink;

static void begin(void)
{
	account_meter_init(&meter);
	account_rules_init(&rules); /* max_gap 60 s, grace 120 s, slots of 900 s of boot time */
	sink = recorder_sink(&recorder);
}

static void has_counter(int64_t unit_num)
{
	rules.counter = (struct counter_spec){.modulus = UINT64_C(4294967296), .unit_num = unit_num, .unit_den = 1, .is_wrap_known = true};
}

static void take(const struct account_reading *reading)
{
	account_meter_take(&meter, &rules, reading, &sink);
}

static void power_at(double at_s, double power_w)
{
	take(&(struct account_reading){
	    .boot_ns = (int64_t)(at_s * 1e9), .has_power = true, .power_w = power_w, .caliber = CALIBER_ACTUAL, .identity = 7});
}

static const struct account_booking *booking(size_t idx)
{
	return &recorder.booking[idx];
}

static void expect_booking(size_t idx, int64_t from_s, int64_t to_s, int64_t millij, enum coverage coverage)
{
	cr_assert_lt(idx, recorder.booking_count);
	cr_expect_eq(booking(idx)->from_boot_ns, from_s * S, "%zu from %ld", idx, (long)(booking(idx)->from_boot_ns / S));
	cr_expect_eq(booking(idx)->to_boot_ns, to_s * S, "%zu to %ld", idx, (long)(booking(idx)->to_boot_ns / S));
	cr_expect_eq(booking(idx)->millij, millij, "%zu: %ld mJ", idx, (long)booking(idx)->millij);
	cr_expect_eq(booking(idx)->coverage, coverage, "%zu: %s", idx, coverage_name(booking(idx)->coverage));
}

TestSuite(meter_restart, .init = begin);

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
