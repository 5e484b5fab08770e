/* SPDX-License-Identifier: Apache-2.0 */
#include "frame/schedule.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MS INT64_C(1000000)
#define S (1000 * MS)

static struct schedule *make(size_t count, uint32_t interval_ms, int64_t now_ns)
{
	struct schedule *schedule = schedule_new(0);
	char id[32];

	cr_assert_not_null(schedule);
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(id, sizeof id, "d%zu", i);
		cr_assert_eq(schedule_add(schedule, id, interval_ms, NULL), ERR_NONE);
	}
	cr_assert_eq(schedule_start(schedule, now_ns, NULL), ERR_NONE);
	return schedule;
}

/* Takes and ends everything that is due; returns how many reads were begun. */
static size_t run_due(struct schedule *schedule, int64_t now_ns, bool is_success)
{
	uint32_t device;
	size_t count = 0;

	for (; schedule_take(schedule, now_ns, &device); count++)
		(void)schedule_end(schedule, device, is_success, now_ns);
	return count;
}

Test(schedule, tick_is_at_most_300_ms_and_an_interval_has_a_whole_number_of_them)
{
	/* 100 devices a second x 0.3 s = 30 a tick, below 128. 10 s / 0.3 s = 33.3, so 34 ticks of 294,117,647.06 ns, rounded up. */
	struct schedule *schedule = make(1000, 10000, 0);

	cr_expect_eq(schedule_tick_ns(schedule), 294117648);
	schedule_free(schedule);
}

Test(schedule, tick_shrinks_so_that_a_tick_holds_128_devices)
{
	/* 50,000 / 10 s = 5,000 a second: 128 / 5,000 s = 25.6 ms, of which 10 s have 390.6: 391 ticks of 25,575,447.6 ns, rounded up. */
	struct schedule *schedule = make(50000, 10000, 0);

	cr_expect_eq(schedule_tick_ns(schedule), 25575448);
	schedule_free(schedule);
}

Test(schedule, tick_is_a_quarter_of_a_short_interval)
{
	struct schedule *schedule = make(1, 100, 0);

	cr_expect_eq(schedule_tick_ns(schedule), 25 * MS);
	schedule_free(schedule);
}

Test(schedule, first_reads_come_at_once_two_ms_apart)
{
	struct schedule *schedule = make(10, 10000, 5 * S);

	cr_expect_eq(run_due(schedule, 5 * S, true), 1);
	cr_expect_eq(run_due(schedule, 5 * S + 2 * MS, true), 1);
	cr_expect_eq(run_due(schedule, 5 * S + 18 * MS, true), 8);
	schedule_free(schedule);
}

Test(schedule, second_reads_come_within_an_interval_of_the_first)
{
	struct schedule *schedule = make(10, 10000, 5 * S);

	/* They are due at 5 s to 5.018 s; nine of them take some 3 s, in which three meet their grid points 6, 7 and 8 s. */
	cr_expect_eq(run_due(schedule, 5 * S, true), 1);
	cr_expect_eq(run_due(schedule, 8 * S, true), 9);
	/* half an interval after their first reads those three, and the others at their grid points, by 15 s */
	cr_expect_eq(run_due(schedule, 10018 * MS, true), 3 + 2);
	cr_expect_eq(run_due(schedule, 15 * S, true), 5);
	/* and those three at theirs */
	cr_expect_eq(run_due(schedule, 18 * S, true), 3);
	schedule_free(schedule);
}

Test(schedule, a_long_first_read_has_missed_nothing)
{
	struct schedule *schedule = make(1, 1000, 0);
	uint32_t device;

	cr_assert(schedule_take(schedule, 0, &device));
	cr_expect_eq(schedule_end(schedule, device, true, 4500 * MS), 0);
	cr_expect_eq(run_due(schedule, 5 * S, true), 1);
	schedule_free(schedule);
}

Test(schedule, reads_spread_evenly_over_the_interval)
{
	struct schedule *schedule = make(1000, 10000, 0);

	(void)run_due(schedule, 2 * S, true); /* the first ones */
	(void)run_due(schedule, 30 * S, true);
	/* From here on 100 devices a second, whatever second. */
	for (int64_t second = 31; second <= 50; second++)
		cr_expect_eq(run_due(schedule, second * S, true), 100, "second %d", (int)second);
	schedule_free(schedule);
}

Test(schedule, same_ids_give_the_same_phases_after_a_restart)
{
	struct schedule *first = make(5, 10000, 3 * S);
	struct schedule *second = make(5, 10000, 777 * S);
	uint32_t a, b;

	(void)run_due(first, 4 * S, true);
	(void)run_due(first, 1000 * S, true);
	(void)run_due(second, 778 * S, true);
	(void)run_due(second, 1000 * S, true);
	for (int64_t now = 1000; now < 1020; now++) {
		bool is_a = schedule_take(first, now * S, &a), is_b = schedule_take(second, now * S, &b);

		cr_assert_eq(is_a, is_b);
		if (!is_a)
			continue;
		cr_expect_eq(a, b);
		(void)schedule_end(first, a, true, now * S);
		(void)schedule_end(second, b, true, now * S);
	}
	schedule_free(first);
	schedule_free(second);
}

Test(schedule, a_late_device_skips_and_counts_and_is_not_piled_up)
{
	struct schedule *schedule = make(1, 1000, 0);
	uint32_t device;

	cr_assert(schedule_take(schedule, 0, &device));
	cr_expect_eq(schedule_end(schedule, device, true, 0), 0); /* next: 1 s */
	cr_assert(schedule_take(schedule, 1 * S, &device));
	/* Ends at 4.5 s: the points 2, 3 and 4 s are gone; the next is 5 s, once. */
	cr_expect_eq(schedule_end(schedule, device, true, 4500 * MS), 3);
	cr_expect_not(schedule_take(schedule, 4999 * MS, &device));
	cr_expect_eq(run_due(schedule, 5 * S, true), 1);
	cr_expect_eq(run_due(schedule, 5 * S, true), 0);
	schedule_free(schedule);
}

Test(schedule, a_running_device_is_not_taken_again)
{
	struct schedule *schedule = make(1, 1000, 0);
	uint32_t device;

	cr_assert(schedule_take(schedule, 0, &device));
	cr_expect_not(schedule_take(schedule, 60 * S, &device));
	cr_expect_eq(schedule_next_ns(schedule), INT64_MAX);
	schedule_free(schedule);
}

Test(schedule, failures_double_the_wait_up_to_four_intervals)
{
	cr_expect_eq(schedule_backoff_intervals(0), 1);
	cr_expect_eq(schedule_backoff_intervals(1), 1);
	cr_expect_eq(schedule_backoff_intervals(2), 2);
	cr_expect_eq(schedule_backoff_intervals(3), 4);
	cr_expect_eq(schedule_backoff_intervals(1000), 4);
}

Test(schedule, a_failing_device_backs_off_and_one_success_brings_it_back)
{
	struct schedule *schedule = make(1, 1000, 0);
	uint32_t device;

	(void)run_due(schedule, 0, false);     /* 1st failure: next at 1 s */
	(void)run_due(schedule, 1 * S, false); /* 2nd: 2 intervals, next at 3 s */
	cr_expect_eq(run_due(schedule, 2 * S, false), 0);
	cr_expect_eq(run_due(schedule, 3 * S, false), 1); /* 3rd: 4 intervals, next at 7 s */
	cr_expect_eq(run_due(schedule, 6 * S, false), 0);
	cr_assert(schedule_take(schedule, 7 * S, &device));
	cr_expect_eq(schedule_failed_count(schedule, device), 3);
	cr_expect_eq(schedule_end(schedule, device, true, 7 * S), 0); /* back-off is not "missed" */
	cr_expect_eq(schedule_failed_count(schedule, device), 0);
	cr_expect_eq(run_due(schedule, 8 * S, true), 1);
	schedule_free(schedule);
}

Test(schedule, wakes_are_multiples_of_the_tick)
{
	struct schedule *schedule = make(3, 10000, 1);

	cr_expect_eq(schedule_round_up_ns(schedule, 294117649), 588235296);
	cr_expect_eq(schedule_round_up_ns(schedule, 294117648), 294117648);
	cr_expect_eq(schedule_round_up_ns(schedule, INT64_MAX), INT64_MAX);
	cr_expect_eq(schedule_next_ns(schedule), 294117648); /* due at 1 ns */
	schedule_free(schedule);
}

Test(schedule, wakes_for_a_device_are_an_interval_apart)
{
	struct schedule *schedule = make(1, 10000, 0);
	int64_t wake_ns = schedule_next_ns(schedule);

	cr_assert_eq(run_due(schedule, wake_ns, true), 1);
	for (int i = 0; i < 5; i++) {
		int64_t before_ns = wake_ns;

		wake_ns = schedule_next_ns(schedule);
		cr_assert_eq(run_due(schedule, wake_ns, true), 1);
		/* 34 ticks of 294,117,648 ns; with ticks of 0.3 s it would be 9.9 or 10.2 s. */
		cr_expect_eq(wake_ns - before_ns, 10000000032);
	}
	schedule_free(schedule);
}

Test(schedule, an_interval_out_of_range_is_refused)
{
	struct schedule *schedule = schedule_new(0);
	struct err_info info = {0};

	cr_expect_eq(schedule_add(schedule, "d", 9, &info), ERR_DATA);
	cr_expect_eq(schedule_add(schedule, "d", 86400001, &info), ERR_DATA);
	cr_expect_eq(schedule_count(schedule), 0);
	schedule_free(schedule);
}
