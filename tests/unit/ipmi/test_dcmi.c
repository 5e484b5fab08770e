/* SPDX-License-Identifier: Apache-2.0 */
/* DCMI replies, byte by byte, and what they are worth. */
#include "ipmi/dcmi.h"

#include <criterion/criterion.h>

#define S INT64_C(1000000000)

/* 412 W now, 100 min, 500 max, 400 mean; timestamp 0x66000000; period 1000 ms; active (DCMI v1.5, table 6-16, little endian). */
static const struct c_ipmi_answer golden = {
    .bytes = 18, .data = {0xdc, 0x9c, 0x01, 0x64, 0x00, 0xf4, 0x01, 0x90, 0x01, 0x00, 0x00, 0x00, 0x66, 0xe8, 0x03, 0x00, 0x00, 0x40}};

Test(dcmi, a_power_reading)
{
	struct c_ipmi_power power;

	cr_assert(c_ipmi_dcmi_parse_power(&golden, &power));
	cr_expect_eq(power.now_w, 412);
	cr_expect_eq(power.min_w, 100);
	cr_expect_eq(power.max_w, 500);
	cr_expect_eq(power.average_w, 400);
	cr_expect_eq(power.timestamp_s, 0x66000000);
	cr_expect_eq(power.period_ms, 1000);
	cr_expect(power.is_active);
}

Test(dcmi, a_reply_that_is_short_or_of_another_group_is_none)
{
	struct c_ipmi_answer answer = golden;
	struct c_ipmi_power power;

	answer.bytes = 17;
	cr_expect_not(c_ipmi_dcmi_parse_power(&answer, &power));
	answer = golden;
	answer.data[0] = 0x00;
	cr_expect_not(c_ipmi_dcmi_parse_power(&answer, &power));
	answer.bytes = 0;
	cr_expect_not(c_ipmi_dcmi_parse_power(&answer, &power));
}

Test(dcmi, requests_are_those_of_the_specification)
{
	struct c_ipmi_request request = c_ipmi_dcmi_ask_power(0);

	/* 2C 02: DC 01 00 00 */
	cr_expect_eq(request.netfn, 0x2c);
	cr_expect_eq(request.command, 0x02);
	cr_expect_arr_eq(request.data, ((uint8_t[]){0xdc, 1, 0, 0}), 4);
	request = c_ipmi_dcmi_ask_power(0x1e);
	cr_expect_arr_eq(request.data, ((uint8_t[]){0xdc, 2, 0x1e, 0}), 4);
	cr_expect(c_ipmi_allow_is_read(&request));
	request = c_ipmi_dcmi_ask_windows();
	cr_expect(c_ipmi_allow_is_read(&request));
	request = c_ipmi_dcmi_ask_inlet();
	cr_expect(c_ipmi_allow_is_read(&request));
}

Test(dcmi, windows_and_their_lengths)
{
	/* revision 2: 3 windows, 30 s, 1 min, 1 h */
	const struct c_ipmi_answer answer = {.bytes = 8, .data = {0xdc, 1, 5, 2, 3, 0x1e, 0x41, 0x81}};
	struct c_ipmi_windows windows;

	cr_assert(c_ipmi_dcmi_parse_windows(&answer, &windows));
	cr_assert_eq(windows.count, 3);
	cr_expect_eq(c_ipmi_dcmi_window_ms(windows.code[0]), 30000);
	cr_expect_eq(c_ipmi_dcmi_window_ms(windows.code[1]), 60000);
	cr_expect_eq(c_ipmi_dcmi_window_ms(windows.code[2]), 3600000);
	cr_expect_eq(c_ipmi_dcmi_window_ms(0xff), 0, "63 days are more than 32 bits of ms");
	cr_expect_eq(c_ipmi_dcmi_pick_window(&windows, 30000), 0x1e);
	cr_expect_eq(c_ipmi_dcmi_pick_window(&windows, 70000), 0x41);
	cr_expect_eq(c_ipmi_dcmi_pick_window(&windows, 20000), 0x1e, "none fits, the shortest is not twice as long");
	cr_expect_eq(c_ipmi_dcmi_pick_window(&windows, 10000), 0);
}

Test(dcmi, a_count_of_windows_beyond_the_answer_is_cut)
{
	const struct c_ipmi_answer answer = {.bytes = 6, .data = {0xdc, 1, 5, 2, 200, 0x1e}};
	struct c_ipmi_windows windows;

	cr_assert(c_ipmi_dcmi_parse_windows(&answer, &windows));
	cr_expect_eq(windows.count, 1);
}

Test(dcmi, inlet_temperature_has_a_sign)
{
	struct c_ipmi_answer answer = {.bytes = 5, .data = {0xdc, 1, 1, 23, 1}};
	double temperature_c = 0;

	cr_assert(c_ipmi_dcmi_parse_inlet(&answer, &temperature_c));
	cr_expect_float_eq(temperature_c, 23, 1e-9);
	answer.data[3] = 0x80 | 5;
	cr_assert(c_ipmi_dcmi_parse_inlet(&answer, &temperature_c));
	cr_expect_float_eq(temperature_c, -5, 1e-9);
	answer.data[2] = 0;
	cr_expect_not(c_ipmi_dcmi_parse_inlet(&answer, &temperature_c), "no instance");
}

/* ---- What a reply is worth ---------------------------------------------------------------------------------------------------------------- */

static struct c_ipmi_power steady(uint32_t period_ms, uint32_t timestamp_s)
{
	return (struct c_ipmi_power){.now_w = 412,
				     .min_w = 100,
				     .max_w = 500,
				     .average_w = 400,
				     .timestamp_s = timestamp_s,
				     .period_ms = period_ms,
				     .is_active = true};
}

Test(dcmi, zero_and_inactive_are_no_values)
{
	struct c_ipmi_track track = {0};
	const struct c_ipmi_question question = {0, 30000, 10 * S};
	struct c_ipmi_power power = steady(1000, 5);

	power.is_active = false;
	cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &question), C_IPMI_POWER_INACTIVE);
	power.is_active = true;
	power.now_w = 0;
	cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &question), C_IPMI_POWER_ZERO);
	power.now_w = 0xffff;
	cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &question), C_IPMI_POWER_ZERO);
}

Test(dcmi, a_window_that_was_asked_for_counts_when_the_bmc_kept_to_it)
{
	struct c_ipmi_track track = {0};
	const struct c_ipmi_question question = {0x1e, 30000, 10 * S};
	struct c_ipmi_power power = steady(30000, 5);

	cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &question), C_IPMI_POWER_AVERAGE);
	power = steady(1, 6); /* OpenBMC */
	cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &question), C_IPMI_POWER_NOW);
	power = steady(30000, 7);
	power.average_w = 501; /* above its own maximum */
	cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &question), C_IPMI_POWER_NOW);
}

Test(dcmi, a_period_that_stays_is_a_window_and_one_that_grows_is_none)
{
	struct c_ipmi_track track = {0};
	struct c_ipmi_power power;

	for (uint32_t i = 0; i < 4; i++) {
		power = steady(60000, 100 + i);
		cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &(struct c_ipmi_question){0, 30000, (10 + i) * S}),
			     i < 2 ? C_IPMI_POWER_NOW : C_IPMI_POWER_AVERAGE, "reply %u", i);
	}
	for (uint32_t i = 0; i < 4; i++) {
		power = steady(60001 + 1000 * i, 200 + i);
		cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &(struct c_ipmi_question){0, 30000, (20 + i) * S}), C_IPMI_POWER_NOW);
	}
	/* since a reset, as a Supermicro shows it: it stays at its limit, and is no window of a minute */
	for (uint32_t i = 0; i < 4; i++) {
		power = steady(65530000, 300 + i);
		cr_expect_eq(c_ipmi_dcmi_judge(&track, &power, &(struct c_ipmi_question){0, 30000, (30 + i) * S}), C_IPMI_POWER_NOW);
	}
}

Test(dcmi, a_timestamp_that_stands_still_is_stale_only_when_it_used_to_run)
{
	struct c_ipmi_track runs = {0};
	struct c_ipmi_track stands = {0};
	struct c_ipmi_power first = steady(1000, 5);
	struct c_ipmi_power second = steady(1000, 6);

	cr_expect_eq(c_ipmi_dcmi_judge(&runs, &first, &(struct c_ipmi_question){0, 10000, 10 * S}), C_IPMI_POWER_NOW);
	cr_expect_eq(c_ipmi_dcmi_judge(&runs, &second, &(struct c_ipmi_question){0, 10000, 20 * S}), C_IPMI_POWER_NOW);
	cr_expect_neq(c_ipmi_dcmi_judge(&runs, &second, &(struct c_ipmi_question){0, 10000, 140 * S}), C_IPMI_POWER_STALE, "two minutes");
	cr_expect_eq(c_ipmi_dcmi_judge(&runs, &second, &(struct c_ipmi_question){0, 10000, 141 * S}), C_IPMI_POWER_STALE);
	cr_expect_neq(c_ipmi_dcmi_judge(&runs, &first, &(struct c_ipmi_question){0, 10000, 142 * S}), C_IPMI_POWER_STALE, "it moved");
	for (int64_t at = 10; at < 1000; at += 90) /* 1970 for ever */
		cr_expect_neq(c_ipmi_dcmi_judge(&stands, &first, &(struct c_ipmi_question){0, 10000, at * S}), C_IPMI_POWER_STALE);
}
