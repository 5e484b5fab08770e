/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/judge.h"

void c_traffic_judge_begin(struct c_traffic_judge *judge)
{
	*judge = (struct c_traffic_judge){.is_reckoned = judge->is_reckoned, .said = judge->is_reckoned};
}

static void add(struct c_traffic_judge_sums *sums, uint32_t length, uint32_t hidden)
{
	sums->seen += length;
	sums->hidden += hidden;
}

void c_traffic_judge_take(struct c_traffic_judge *judge, int64_t at_us, uint32_t length, uint32_t hidden)
{
	add(&judge->all, length, hidden);
	if (judge->has_mark && at_us <= judge->mark_us)
		add(&judge->marked, length, hidden);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Which of both sums is nearer to what was counted. */
static void answer(struct c_traffic_judge *judge)
{
	uint64_t counted = judge->counted - judge->base_counted;
	uint64_t seen = judge->marked.seen - judge->base.seen;
	uint64_t hidden = judge->marked.hidden - judge->base.hidden;
	bool says;

	if (hidden == 0)
		return;
	says = distance(counted, seen + hidden) < distance(counted, seen);
	if (says == judge->said)
		judge->is_reckoned = says;
	judge->said = says;
}

void c_traffic_judge_mark(struct c_traffic_judge *judge, int64_t at_us, uint64_t counted, bool is_whole)
{
	if (judge->has_mark && judge->has_base && is_whole) {
		answer(judge);
	} else if (judge->has_mark) {
		judge->has_base = is_whole;
		judge->base = judge->marked;
		judge->base_counted = judge->counted;
	}
	judge->has_mark = true;
	judge->mark_us = at_us;
	judge->counted = counted;
	judge->marked = judge->all;
}
