/* SPDX-License-Identifier: Apache-2.0 */
#include "account/counter.h"
#include "base/num.h"

#include <criterion/criterion.h>
#include <stdint.h>

#define S INT64_C(1000000000)

/* 1 Wh = 3.6e6 mJ in 32 bits, documented; and the same where nobody says how wide it is. */
static const struct counter_spec WH32 = {.modulus = UINT64_C(4294967296), .unit_num = 3600000, .unit_den = 1, .is_wrap_known = true};
static const struct counter_spec WH_UNKNOWN = {.modulus = UINT64_C(4294967296), .unit_num = 3600000, .unit_den = 1};
/* 1 J = 1000 mJ, counts from 0 after a restart. */
static const struct counter_spec J_ZERO = {.unit_num = 1000, .unit_den = 1, .starts_at_zero = true};
/* RAPL: microjoule, a range of 65712.999755 J. */
static const struct counter_spec RAPL = {.modulus = UINT64_C(65712999613), .unit_num = 1, .unit_den = 1000, .is_wrap_known = true};

static struct account_counter counter;

static struct counter_result read_at(const struct counter_spec *spec, double rated_w, int64_t at_s, uint64_t raw)
{
	const struct counter_reading reading = {
	    .raw = raw, .boot_ns = at_s * S, .uptime_s = COUNTER_UPTIME_NONE, .mark_s = COUNTER_MARK_NONE};

	return account_counter_take(&counter, spec, rated_w, &reading);
}

static struct counter_result read_up(const struct counter_spec *spec, double rated_w, int64_t at_s, uint64_t raw, double uptime_s)
{
	const struct counter_reading reading = {.raw = raw, .boot_ns = at_s * S, .uptime_s = uptime_s, .mark_s = COUNTER_MARK_NONE};

	return account_counter_take(&counter, spec, rated_w, &reading);
}

static void begin(void)
{
	account_counter_init(&counter);
}

static void expect(struct counter_result result, enum counter_outcome outcome, int64_t millij, const char *what)
{
	cr_expect_eq(result.outcome, outcome, "%s: %s", what, counter_outcome_name(result.outcome));
	cr_expect_eq(result.millij, millij, "%s: %ld mJ", what, (long)result.millij);
}

TestSuite(counter, .init = begin);

Test(counter, first_reading_is_only_the_baseline)
{
	expect(read_at(&WH32, 0, 0, 5000), COUNTER_FIRST, 0, "first");
	/* 3 Wh = 10 800 000 mJ */
	expect(read_at(&WH32, 0, 60, 5003), COUNTER_ADVANCE, 10800000, "next");
	expect(read_at(&WH32, 0, 120, 5003), COUNTER_ADVANCE, 0, "still");
}

Test(counter, fraction_of_a_millijoule_is_carried)
{
	/* 7/3 mJ a step: after 1, 2, 3 steps floor(2.33) = 2, floor(4.67) = 4, 7: so 2, 2, 3. */
	static const struct counter_spec ODD = {.unit_num = 7, .unit_den = 3};

	expect(read_at(&ODD, 0, 0, 100), COUNTER_FIRST, 0, "first");
	expect(read_at(&ODD, 0, 1, 101), COUNTER_ADVANCE, 2, "1");
	expect(read_at(&ODD, 0, 2, 102), COUNTER_ADVANCE, 2, "2");
	expect(read_at(&ODD, 0, 3, 103), COUNTER_ADVANCE, 3, "3");
	/* 10^18 steps more at once: (10^18 + 3) x 7 / 3 = 2333333333333333340.33 -> less the 7 that are out. */
	expect(read_at(&ODD, 0, 4, UINT64_C(1000000000000000103)), COUNTER_ADVANCE, INT64_C(2333333333333333333), "many");
}

Test(counter, any_way_of_cutting_gives_the_same_sum)
{
	static const struct counter_spec ODD = {.unit_num = 61035, .unit_den = 1000007};
	uint64_t random = 88172645463325252u;

	for (int round = 0; round < 200; round++) {
		uint64_t raw = 0;
		int64_t sum = 0;

		begin();
		(void)read_at(&ODD, 0, 0, 0);
		for (int i = 1; i <= 50; i++) {
			random ^= random << 13, random ^= random >> 7, random ^= random << 17;
			raw += random % 1000000007u;
			sum += read_at(&ODD, 0, i, raw).millij;
		}
		cr_assert_eq(sum, num_muldiv_floor((int64_t)raw, 61035, 1000007));
	}
}

Test(counter, wrap_at_32_bit_adds_one_modulus)
{
	(void)read_at(&WH32, 0, 0, 4294967290u);
	/* 4294967296 - 4294967290 + 10 = 16 Wh = 57 600 000 mJ; with the maximum instead of the modulus it would be 15. */
	expect(read_at(&WH32, 0, 60, 10), COUNTER_WRAP, 57600000, "wrap");
	expect(read_at(&WH32, 0, 120, 11), COUNTER_ADVANCE, 3600000, "after");
}

Test(counter, wrap_of_64_bits_is_arithmetic)
{
	static const struct counter_spec J64 = {.unit_num = 1000, .unit_den = 1, .is_wrap_known = true};

	(void)read_at(&J64, 0, 0, UINT64_MAX - 2);
	expect(read_at(&J64, 0, 10, 4), COUNTER_WRAP, 7000, "2^64 - 3 to 4 are 7 J");
}

Test(counter, wrap_at_a_display_limit_uses_that_modulus)
{
	/* 8 digits of 0.1 kWh: 99999999 is followed by 0. 0.1 kWh = 3.6e8 mJ. */
	static const struct counter_spec DIGITS = {.modulus = 100000000, .unit_num = 360000000, .unit_den = 1, .is_wrap_known = true};

	(void)read_at(&DIGITS, 0, 0, 99999998);
	expect(read_at(&DIGITS, 0, 900, 1), COUNTER_WRAP, INT64_C(1080000000), "3 steps");
}

Test(counter, wrap_of_rapl_from_the_middle_is_believed_when_the_machine_ran_on)
{
	/* 400 W, 120 s: 48 kJ of a range of 65.7 kJ. 1.1 x 400 W x 120 s = 52.8 kJ are possible. */
	(void)read_up(&RAPL, 400, 0, 20000000000, 1000);
	/* 65712999613 - 20000000000 + 2000000000 = 47712999613 microjoule */
	expect(read_up(&RAPL, 400, 120, 2000000000, 1120), COUNTER_WRAP, 47712999, "wrap");
}

Test(counter, fall_is_no_wrap_without_a_documented_modulus)
{
	(void)read_at(&WH_UNKNOWN, 0, 0, 4294967290u);
	expect(read_at(&WH_UNKNOWN, 0, 60, 10), COUNTER_HELD, 0, "unknown width");
}

Test(counter, fall_from_the_middle_of_the_range_is_no_wrap)
{
	/* esphome 15280: a 24-bit meter set back near zero was taken for a wrap, and about 3 MWh were added. */
	static const struct counter_spec BL0942 = {.modulus = 1 << 24, .unit_num = 3600000, .unit_den = 1, .is_wrap_known = true};

	(void)read_at(&BL0942, 0, 0, 4000000);
	expect(read_at(&BL0942, 0, 10, 3), COUNTER_HELD, 0, "no rating");
	begin();
	(void)read_at(&BL0942, 3680, 0, 16777000);
	/* From the top, but 219 Wh in 10 s would be 79 kW. */
	expect(read_at(&BL0942, 3680, 10, 3), COUNTER_HELD, 0, "too much for its rating");
}

Test(counter, dip_that_recovers_books_only_the_advance)
{
	static const struct {
		uint64_t raw;
		enum counter_outcome outcome;
		int64_t millij;
	} STEP[] = {
	    {5000, COUNTER_FIRST, 0},
	    {0, COUNTER_HELD, 0},
	    {5001, COUNTER_DIP, 3600000}, /* one reading of 0 */
	    {0, COUNTER_HELD, 0},
	    {0, COUNTER_HELD, 0},
	    {0, COUNTER_HELD, 0},
	    {5001, COUNTER_DIP, 0}, /* three, and nothing used */
	    {4990, COUNTER_HELD, 0},
	    {5003, COUNTER_DIP, 7200000}, /* a small fall */
	    {700, COUNTER_HELD, 0},
	    {12, COUNTER_HELD, 0},
	    {3000, COUNTER_HELD, 0},
	    {5004, COUNTER_DIP, 3600000}, /* nonsense for a while */
	    {5005, COUNTER_ADVANCE, 3600000},
	};

	for (size_t i = 0; i < sizeof(STEP) / sizeof(STEP[0]); i++) {
		struct counter_result result = read_at(&WH32, 2300, (int64_t)i * 10, STEP[i].raw);

		cr_expect_eq(result.outcome, STEP[i].outcome, "step %zu: %s", i, counter_outcome_name(result.outcome));
		cr_expect_eq(result.millij, STEP[i].millij, "step %zu: %ld", i, (long)result.millij);
	}
}

Test(counter, dip_by_one_step_does_not_book_the_whole_register)
{
	/* grott 99: a fall of 0.1 kWh was taken for a reset and 215 kWh were booked. */
	static const struct counter_spec KWH = {.unit_num = 360000000, .unit_den = 1, .is_resettable = true, .starts_at_zero = true};
	int64_t sum = 0;

	(void)read_at(&KWH, 0, 0, 2149);
	sum += read_at(&KWH, 0, 60, 2150).millij;
	for (int i = 2; i < 40; i++)
		sum += read_at(&KWH, 0, 60 * i, 2149).millij;
	sum += read_at(&KWH, 0, 2400, 2150).millij;
	sum += read_at(&KWH, 0, 2460, 2151).millij;
	/* 2149 -> 2150, and the two steps after the new level was believed. */
	cr_expect_leq(sum, INT64_C(3) * 360000000);
}

Test(counter, restart_of_the_device_is_a_reset_at_once)
{
	(void)read_up(&WH32, 2300, 0, 5000, 86400);
	struct counter_result result = read_up(&WH32, 2300, 60, 3, 20);

	/* Nobody documents that it starts at 0: the 3 Wh may be anything. */
	expect(result, COUNTER_RESET, 0, "no energy");
	cr_expect(result.has_restarted);
	cr_expect_not(result.is_counted);
	expect(read_up(&WH32, 2300, 120, 5, 80), COUNTER_ADVANCE, 7200000, "after");
}

Test(counter, reset_of_a_counter_that_starts_at_zero_books_what_it_shows)
{
	(void)read_up(&J_ZERO, 500, 0, 900000, 5000);
	struct counter_result result = read_up(&J_ZERO, 500, 60, 4000, 20);

	/* 4000 J in the 20 s since the restart: 200 W of 550. Booked over those 20 s. */
	expect(result, COUNTER_RESET, 4000000, "since the restart");
	cr_expect_eq(result.from_boot_ns, 40 * S);
	cr_expect(result.is_counted);
}

Test(counter, reset_does_not_book_more_than_can_have_been_used_since)
{
	(void)read_up(&J_ZERO, 500, 0, 900000, 5000);
	/* 40 kJ in 20 s would be 2 kW. */
	expect(read_up(&J_ZERO, 500, 60, 40000, 20), COUNTER_RESET, 0, "not possible");
}

Test(counter, restarted_counter_above_its_old_value_is_a_reset_too)
{
	/* Known to start at 0, back after two hours with more than before: 300 W x 7000 s = 2.1 MJ. */
	(void)read_up(&J_ZERO, 500, 0, 90000, 300);
	expect(read_up(&J_ZERO, 500, 7200, 2100000, 7000), COUNTER_RESET, INT64_C(2100000000), "all since the restart");
}

Test(counter, counter_that_survives_a_restart_goes_on)
{
	(void)read_up(&WH32, 2300, 0, 5000, 86400);
	struct counter_result result = read_up(&WH32, 2300, 300, 5040, 100);

	expect(result, COUNTER_ADVANCE, INT64_C(144000000), "40 Wh");
	cr_expect(result.has_restarted);
}

Test(counter, wrap_of_the_uptime_is_no_restart)
{
	/* 2^32 hundredths of a second = 42949672.96 s. */
	(void)read_up(&J_ZERO, 500, 0, 900000, 42949660);
	struct counter_result result = read_up(&J_ZERO, 500, 60, 906000, 47.04);

	expect(result, COUNTER_ADVANCE, 6000000, "ran on");
	cr_expect_not(result.has_restarted);
}

Test(counter, jitter_of_the_uptime_is_no_restart)
{
	(void)read_up(&J_ZERO, 500, 0, 900000, 1000);
	cr_expect_not(read_up(&J_ZERO, 500, 1, 900100, 999).has_restarted);
	cr_expect_not(read_up(&J_ZERO, 500, 61, 901000, 1059).has_restarted);
}

Test(counter, discontinuity_of_the_counter_is_a_reset)
{
	struct counter_reading reading = {.raw = 900, .boot_ns = 0, .uptime_s = 5000, .mark_s = 10};

	expect(account_counter_take(&counter, &WH32, 2300, &reading), COUNTER_FIRST, 0, "first");
	reading = (struct counter_reading){.raw = 901, .boot_ns = 60 * S, .uptime_s = 5060, .mark_s = 5030};
	expect(account_counter_take(&counter, &WH32, 2300, &reading), COUNTER_RESET, 0, "mark moved");
}

Test(counter, held_fall_is_a_reset_when_two_readings_count_on)
{
	(void)read_at(&WH32, 2300, 0, 5000);
	expect(read_at(&WH32, 2300, 60, 10), COUNTER_HELD, 0, "fell");
	expect(read_at(&WH32, 2300, 120, 20), COUNTER_HELD, 0, "counts on");
	struct counter_result result = read_at(&WH32, 2300, 180, 30);

	/* 10 -> 30, from the first reading of the new series. */
	expect(result, COUNTER_RESET, 72000000, "confirmed");
	cr_expect_eq(result.from_boot_ns, 60 * S);
}

Test(counter, held_fall_that_stands_still_needs_ten_readings)
{
	(void)read_at(&WH32, 2300, 0, 5000);
	for (int i = 1; i <= 10; i++)
		expect(read_at(&WH32, 2300, 60 * i, 0), COUNTER_HELD, 0, "stands");
	expect(read_at(&WH32, 2300, 660, 0), COUNTER_RESET, 0, "believed");
}

Test(counter, old_level_after_a_believed_reset_undoes_it)
{
	(void)read_at(&WH32, 2300, 0, 5000);
	for (int i = 1; i <= 20; i++)
		(void)read_at(&WH32, 2300, 60 * i, 0);
	/* 20 minutes of zeros were a dip after all: 5004 - 5000. */
	expect(read_at(&WH32, 2300, 1260, 5004), COUNTER_DIP, 14400000, "recovered");
}

Test(counter, spike_after_a_reset_is_no_recovery)
{
	(void)read_up(&WH32, 2300, 0, 500, 86400);
	(void)read_up(&WH32, 2300, 60, 0, 20);
	expect(read_up(&WH32, 2300, 120, 2147483648u, 80), COUNTER_IMPOSSIBLE, 0, "too high even for that");
}

Test(counter, impossible_rise_is_refused_and_forgotten)
{
	(void)read_at(&WH32, 2300, 0, 5000);
	/* 2300 W x 1.1 x 60 s = 42.2 Wh, one more for the steps: 43. */
	expect(read_at(&WH32, 2300, 60, 5044), COUNTER_IMPOSSIBLE, 0, "44 Wh");
	expect(read_at(&WH32, 2300, 120, 5020), COUNTER_ADVANCE, 72000000, "back");
	expect(read_at(&WH32, 2300, 180, 5063), COUNTER_ADVANCE, INT64_C(154800000), "43 Wh are possible");
}

Test(counter, impossible_level_that_stays_becomes_the_baseline)
{
	(void)read_at(&WH32, 2300, 0, 5000);
	expect(read_at(&WH32, 2300, 60, 65536000), COUNTER_IMPOSSIBLE, 0, "jump");
	expect(read_at(&WH32, 2300, 120, 65536010), COUNTER_IMPOSSIBLE, 0, "goes on");
	struct counter_result result = read_at(&WH32, 2300, 180, 65536020);

	expect(result, COUNTER_REBASED, 72000000, "20 Wh since the jump");
	/* 65536000 - 5000 = 65531000 Wh */
	cr_expect_eq(result.refused_millij, INT64_C(65531000) * 3600000);
	cr_expect_eq(result.from_boot_ns, 60 * S);
}

Test(counter, reading_outside_the_modulus_is_never_believed)
{
	(void)read_at(&RAPL, 400, 0, 1000);
	for (int i = 1; i < 20; i++)
		expect(read_at(&RAPL, 400, i * 10, UINT64_C(65712999613)), COUNTER_IMPOSSIBLE, 0, "outside");
	begin();
	expect(read_at(&RAPL, 400, 0, UINT64_C(65712999613)), COUNTER_IMPOSSIBLE, 0, "as first");
	cr_expect_not(counter.has_baseline);
}

Test(counter, several_wraps_are_not_guessed)
{
	/* 400 W x 1.1 x 600 s = 264 kJ: up to four times round. */
	(void)read_up(&RAPL, 400, 0, 1000000000, 1000);
	struct counter_result result = read_up(&RAPL, 400, 600, 21000000000, 1600);

	expect(result, COUNTER_MULTIWRAP, 0, "risen");
	cr_expect_eq(result.refused_millij, 20000000, "20 kJ at least");
	result = read_up(&RAPL, 400, 1200, 20000000000, 2200);
	expect(result, COUNTER_MULTIWRAP, 0, "fallen");
	/* 65712.999613 - 1000 = 64712.999613 kJ */
	cr_expect_eq(result.refused_millij, 64712999);
}

Test(counter, one_wrap_is_booked_where_a_second_is_not_possible)
{
	/* 1.1 x 400 W x 160 s = 70.4 kJ: once round, but 20 kJ more is not. */
	(void)read_up(&RAPL, 400, 0, 60000000000, 1000);
	expect(read_up(&RAPL, 400, 160, 14287000387, 1160), COUNTER_WRAP, 20000000, "65712999613 - 60000000000 + 14287000387");
}

Test(counter, wraps_are_bounded_by_what_was_seen_where_nothing_is_rated)
{
	(void)read_at(&RAPL, 0, 0, 1000000000);
	(void)read_at(&RAPL, 0, 10, 3000000000); /* 200 W seen */
	/* 2 x 200 W x 600 s = 240 kJ */
	expect(read_at(&RAPL, 0, 610, 4000000000), COUNTER_MULTIWRAP, 0, "long gap");
	expect(read_at(&RAPL, 0, 640, 10000000000), COUNTER_ADVANCE, 6000000, "short one");
}

Test(counter, coarse_step_is_possible_in_a_short_poll)
{
	/* 0.1 kWh steps of a device rated 100 W, read each 10 s: a step falls into some poll. */
	static const struct counter_spec KWH = {.unit_num = 360000000, .unit_den = 1};

	(void)read_at(&KWH, 100, 0, 70);
	expect(read_at(&KWH, 100, 10, 71), COUNTER_ADVANCE, 360000000, "one");
	expect(read_at(&KWH, 100, 20, 73), COUNTER_IMPOSSIBLE, 0, "two");
}

Test(counter, counter_that_is_refreshed_once_a_minute_is_believed)
{
	/* 500 W of 550 W, shown each 60 s, read each 5 s. */
	uint64_t raw = 1000;
	int64_t sum = 0;

	for (int at_s = 0; at_s <= 600; at_s += 5) {
		struct counter_result result;

		if (at_s % 60 == 0)
			raw += 30000;
		result = read_at(&J_ZERO, 550, at_s, raw);
		cr_expect_neq(result.outcome, COUNTER_IMPOSSIBLE, "at %d", at_s);
		sum += result.millij;
	}
	cr_expect_eq(sum, 10 * 30000 * INT64_C(1000));
}

Test(counter, doubt_can_be_ended_at_once)
{
	(void)read_at(&WH32, 2300, 0, 5000);
	(void)read_at(&WH32, 2300, 60, 100);
	expect(account_counter_decide(&counter, &WH32), COUNTER_RESET, 0, "held");
	cr_expect_eq(counter.raw, 100u);
	(void)read_at(&WH32, 2300, 120, 900000);
	struct counter_result result = account_counter_decide(&counter, &WH32);

	expect(result, COUNTER_REBASED, 0, "jump");
	cr_expect_eq(result.refused_millij, INT64_C(899900) * 3600000);
}

Test(counter, scale_has_a_digest)
{
	struct counter_spec other = WH32;

	cr_expect_eq(account_counter_spec_digest(&WH32), account_counter_spec_digest(&other));
	other.unit_num = 36000000;
	cr_expect_neq(account_counter_spec_digest(&WH32), account_counter_spec_digest(&other));
	other = WH32;
	other.modulus = 1 << 24;
	cr_expect_neq(account_counter_spec_digest(&WH32), account_counter_spec_digest(&other));
	cr_expect_eq(account_counter_step_millij(&RAPL), 1, "rounded up");
	cr_expect_eq(account_counter_step_millij(&WH32), 3600000);
}
