/* SPDX-License-Identifier: Apache-2.0 */
#include "meter_rig.h"

#include <criterion/criterion.h>

struct account_meter meter;
struct account_rules rules;
struct recorder recorder;
struct account_sink sink;

void meter_rig_begin(void)
{
	account_meter_init(&meter);
	account_rules_init(&rules); /* max_gap 60 s, grace 120 s, slots of 900 s of boot time */
	sink = recorder_sink(&recorder);
}

void has_counter(int64_t unit_num)
{
	rules.counter = (struct counter_spec){.modulus = UINT64_C(4294967296), .unit_num = unit_num, .unit_den = 1, .is_wrap_known = true};
}

void take(const struct account_reading *reading)
{
	account_meter_take(&meter, &rules, reading, &sink);
}

void power_at(double at_s, double power_w)
{
	take(&(struct account_reading){
	    .boot_ns = (int64_t)(at_s * 1e9), .has_power = true, .power_w = power_w, .caliber = CALIBER_ACTUAL, .identity = 7});
}

const struct account_booking *booking(size_t idx)
{
	return &recorder.booking[idx];
}

void expect_booking(size_t idx, int64_t from_s, int64_t to_s, int64_t millij, enum coverage coverage)
{
	cr_assert_lt(idx, recorder.booking_count);
	cr_expect_eq(booking(idx)->from_boot_ns, from_s * S, "%zu from %ld", idx, (long)(booking(idx)->from_boot_ns / S));
	cr_expect_eq(booking(idx)->to_boot_ns, to_s * S, "%zu to %ld", idx, (long)(booking(idx)->to_boot_ns / S));
	cr_expect_eq(booking(idx)->millij, millij, "%zu: %ld mJ", idx, (long)booking(idx)->millij);
	cr_expect_eq(booking(idx)->coverage, coverage, "%zu: %s", idx, coverage_name(booking(idx)->coverage));
}
