/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/judge.h"

#include <criterion/criterion.h>

enum { SECOND = 1000000 };

static void take_each_second(struct c_traffic_judge *judge, int from, int to, uint32_t length, uint32_t hidden)
{
	for (int second = from; second < to; second++)
		c_traffic_judge_take(judge, (int64_t)second * SECOND + 1, length, hidden);
}

Test(judge, counters_without_the_hidden_heads_are_never_reckoned)
{
	struct c_traffic_judge judge = {0};

	c_traffic_judge_mark(&judge, 0, 500, true);
	take_each_second(&judge, 0, 3, 15000, 500);
	c_traffic_judge_mark(&judge, 3 * SECOND, 500 + 45000, true);
	take_each_second(&judge, 3, 6, 15000, 500);
	c_traffic_judge_mark(&judge, 6 * SECOND, 500 + 90000, true);
	c_traffic_judge_mark(&judge, 7 * SECOND, 500 + 90000, true);
	cr_assert_not(judge.is_reckoned);
}

/* The counters have 90,000 octets at the mark, the ring gave 30,000 by then: the rest comes with its time. */
Test(judge, packets_that_the_ring_gives_later_belong_to_the_mark)
{
	struct c_traffic_judge judge = {0};

	c_traffic_judge_mark(&judge, 0, 0, true);
	take_each_second(&judge, 0, 2, 15000, 20000);
	c_traffic_judge_mark(&judge, 6 * SECOND, 90000, true);
	take_each_second(&judge, 2, 6, 15000, 20000);
	c_traffic_judge_mark(&judge, 7 * SECOND, 90000, true);
	c_traffic_judge_mark(&judge, 8 * SECOND, 90000, true);
	cr_assert_not(judge.is_reckoned);
	cr_assert_eq(judge.all.seen, 90000);
}

Test(judge, counters_with_the_hidden_heads_are_reckoned_after_two_marks_that_say_so)
{
	struct c_traffic_judge judge = {0};

	c_traffic_judge_mark(&judge, 0, 7, true);
	for (int i = 1; i <= 3; i++) {
		take_each_second(&judge, i - 1, i, 15000, 500);
		cr_assert_not(judge.is_reckoned);
		c_traffic_judge_mark(&judge, (int64_t)i * SECOND, 7 + (uint64_t)i * 15500, true);
	}
	c_traffic_judge_mark(&judge, 4 * SECOND, 7 + 46500, true);
	cr_assert(judge.is_reckoned);
	c_traffic_judge_begin(&judge);
	cr_assert(judge.is_reckoned);
}

/* What was dropped is in the counters and not in the packets: it would look like heads. */
Test(judge, a_mark_with_drops_says_nothing_and_the_sums_begin_anew)
{
	struct c_traffic_judge judge = {0};

	c_traffic_judge_mark(&judge, 0, 0, true);
	take_each_second(&judge, 0, 1, 15000, 500);
	c_traffic_judge_mark(&judge, 1 * SECOND, 15000, true);
	take_each_second(&judge, 1, 2, 15000, 500);
	c_traffic_judge_mark(&judge, 2 * SECOND, 30000 + 1500, false);
	c_traffic_judge_mark(&judge, 3 * SECOND, 31500, false);
	for (int i = 3; i < 6; i++) {
		take_each_second(&judge, i, i + 1, 15000, 500);
		c_traffic_judge_mark(&judge, (int64_t)(i + 1) * SECOND, 31500 + (uint64_t)(i - 2) * 15000, true);
	}
	cr_assert_not(judge.is_reckoned);
}

/* A step of the wall clock spoils one mark's sums, which is not enough. */
Test(judge, one_odd_mark_changes_nothing)
{
	struct c_traffic_judge judge = {0};

	c_traffic_judge_mark(&judge, 0, 0, true);
	for (int i = 1; i < 4; i++) {
		take_each_second(&judge, i - 1, i, 15000, 500);
		c_traffic_judge_mark(&judge, (int64_t)i * SECOND, (uint64_t)i * 15000, true);
	}
	/* These come with a time an hour ahead. */
	take_each_second(&judge, 3600, 3601, 15000, 20000);
	c_traffic_judge_mark(&judge, 4 * SECOND, 60000, true);
	c_traffic_judge_mark(&judge, 5 * SECOND, 60000, true);
	cr_assert_not(judge.is_reckoned);
}
