/* SPDX-License-Identifier: Apache-2.0 */
/* account/slots: their part of a saved state. */
#include "account/slots.h"

#include "account/meter.h"
#include "account/state_priv.h"
#include "model/units.h"

/* Differences wrap: what is expected of damaged numbers does not matter. */
static int64_t wrapping_sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* A multiple of `unit` as the difference of its number from that in which `near` lies. `from` is one; reading it becomes one. */
static void visit_multiple(struct state_visitor *visitor, int64_t *value, int64_t unit, int64_t near)
{
	int64_t number = *value / unit;

	state_i64(visitor, &number, near / unit - (near % unit < 0));
	visitor->is_bad = visitor->is_bad || __builtin_mul_overflow(number, unit, value);
}

/* Time and energy by class; the first class that has any is expected to cover the slot up to `until`. */
static void visit_classes(struct state_visitor *visitor, struct account_slot *slot, int64_t until_ms)
{
	for (unsigned i = 0; i < ACCOUNT_CLASS_COUNT; i++) {
		state_i64(visitor, &slot->millij[i], 0);
		state_u32(visitor, &slot->covered_ms[i], slot->millij[i] ? (uint32_t)wrapping_sub(until_ms, slot->from) : 0);
	}
}

/* `placed_ms`: the end of the newest booking, on the slots' axis. */
static void visit_slot(struct state_visitor *visitor, struct account_slots *slots, struct account_slot *slot, int64_t placed_ms)
{
	int64_t slot_ms = slots->slot_s * UNITS_MS_PER_S;
	int64_t until_ms;

	visit_multiple(visitor, &slot->from, slot_ms, placed_ms);
	if (visitor->is_bad)
		return;
	visit_multiple(visitor, &slot->to, slot_ms, wrapping_sub(slot->from, -slot_ms));
	until_ms = slot->to < placed_ms ? slot->to : placed_ms;
	visit_classes(visitor, slot, until_ms);
	state_u32(visitor, &slot->bits, 0);
	state_u8(visitor, &slot->has_raw, 1, 1);
	if (!slot->has_raw)
		return;
	state_u64(visitor, &slot->raw_close, visitor->base.raw);
	state_u64(visitor, &slot->raw_open, slot->raw_close);
	state_i32(visitor, &slot->open_ms, 0);
	state_i32(visitor, &slot->close_ms, (int32_t)wrapping_sub(until_ms, slot->from));
}

/* The slots before the open ones, newest first: each is expected to follow the one before it. */
static void visit_closed(struct state_visitor *visitor, struct account_slots *slots, int64_t open_ms)
{
	int64_t next_s = open_ms / UNITS_MS_PER_S;

	state_u8(visitor, &slots->closed_count, ACCOUNT_CLOSED_MAX, ACCOUNT_CLOSED_MAX);
	for (unsigned i = slots->closed_count; i-- > 0 && !visitor->is_bad;) {
		visit_multiple(visitor, &slots->closed[i].start_s, slots->slot_s, wrapping_sub(next_s, slots->slot_s));
		state_i32(visitor, &slots->closed[i].rev, 0);
		next_s = slots->closed[i].start_s;
	}
	state_i64(visitor, &slots->known_from_s, slots->closed_count == ACCOUNT_CLOSED_MAX ? next_s : INT64_MIN);
}

static void visit_instants(struct state_visitor *visitor, struct account_slots *slots, const struct account_meter *meter)
{
	int64_t utc_ms;

	state_i64(visitor, &slots->placed_boot_ns, account_meter_complete_ns(meter));
	utc_ms = wrapping_sub(visitor->base.utc_ms, wrapping_sub(visitor->base.boot_ns, slots->placed_boot_ns) / UNITS_NS_PER_MS);
	state_i64(visitor, &slots->placed_utc_ms, utc_ms);
	state_i64(visitor, &slots->trusted_utc_ms, slots->placed_utc_ms);
}

void slots_visit(struct state_visitor *visitor, struct account_slots *slots, const struct account_meter *meter)
{
	int64_t placed_ms;

	state_i32(visitor, &slots->slot_s, 15 * UNITS_S_PER_MIN);
	visitor->is_bad = visitor->is_bad || slots->slot_s <= 0;
	state_u8(visitor, &slots->slot_count, 1, ACCOUNT_SLOTS_MAX);
	state_u8(visitor, &slots->is_unplaced, 0, 1);
	visit_instants(visitor, slots, meter);
	if (visitor->is_bad)
		return;
	placed_ms = slots->is_unplaced ? account_meter_complete_ns(meter) / UNITS_NS_PER_MS : slots->placed_utc_ms;
	for (unsigned i = 0; i < slots->slot_count && !visitor->is_bad; i++)
		visit_slot(visitor, slots, &slots->slot[i], placed_ms);
	if (!visitor->is_bad)
		visit_closed(visitor, slots, slots->slot_count && !slots->is_unplaced ? slots->slot[0].from : placed_ms);
	state_i64(visitor, &slots->lost_millij, 0);
	state_amount(visitor, &slots->lost_ms, 0);
	state_u32(visitor, &slots->lost_bits, 0);
}

/* Within +-10000 years of 1970, so that no sum overflows. */
static bool is_time_ms(int64_t ms)
{
	return ms > INT64_C(-315360000000000) && ms < INT64_C(315360000000000);
}

static bool is_slot_sane(const struct account_slots *slots, const struct account_slot *slot, int64_t before_ms)
{
	int64_t slot_ms = slots->slot_s * UNITS_MS_PER_S;

	if (!is_time_ms(slot->from) || !is_time_ms(slot->to) || slot->from % slot_ms || slot->to % slot_ms)
		return false;
	return slot->from >= before_ms && slot->to > slot->from && (slots->is_unplaced || slot->to - slot->from == slot_ms);
}

bool slots_is_sane(const struct account_slots *slots)
{
	int64_t before_ms = INT64_MIN;
	int64_t before_s = INT64_MIN;

	if (slots->slot_s != 60 && slots->slot_s != 300 && slots->slot_s != 900)
		return false;
	for (unsigned i = 0; i < slots->slot_count; i++) {
		if (!is_slot_sane(slots, &slots->slot[i], before_ms))
			return false;
		before_ms = slots->slot[i].to;
	}
	for (unsigned i = 0; i < slots->closed_count; i++) {
		const struct account_closed *closed = &slots->closed[i];

		if (closed->start_s <= before_s || closed->start_s % slots->slot_s || closed->rev < 0 ||
		    !is_time_ms(closed->start_s * UNITS_MS_PER_S))
			return false;
		before_s = closed->start_s;
	}
	return is_time_ms(slots->placed_utc_ms) && is_time_ms(slots->trusted_utc_ms) && is_time_ms(slots->lost_ms);
}
