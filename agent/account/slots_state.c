/* SPDX-License-Identifier: Apache-2.0 */
/* account/slots: save and load. */
#include "account/slots.h"
#include "account/state_priv.h"
#include "model/units.h"

enum { SLOTS_STATE_KIND = 0x5301 }; /* 'S', layout 1 */

static void visit_slot(struct state_visitor *visitor, struct account_slot *slot)
{
	state_time(visitor, &slot->from);
	state_time(visitor, &slot->to);
	for (unsigned i = 0; i < ACCOUNT_CLASS_COUNT; i++) {
		state_i64(visitor, &slot->millij[i]);
		state_u32(visitor, &slot->covered_ms[i]);
	}
	state_u32(visitor, &slot->bits);
	state_u8(visitor, &slot->has_raw, 1);
	if (!slot->has_raw)
		return;
	state_u64(visitor, &slot->raw_open);
	state_u64(visitor, &slot->raw_close);
	state_i32(visitor, &slot->open_ms);
	state_i32(visitor, &slot->close_ms);
}

static void visit_slots(struct state_visitor *visitor, struct account_slots *slots)
{
	state_begin(visitor, SLOTS_STATE_KIND);
	state_i32(visitor, &slots->slot_s);
	state_u8(visitor, &slots->slot_count, ACCOUNT_SLOTS_MAX);
	state_u8(visitor, &slots->closed_count, ACCOUNT_CLOSED_MAX);
	state_u8(visitor, &slots->is_unplaced, 1);
	for (unsigned i = 0; i < slots->slot_count && !visitor->is_bad; i++)
		visit_slot(visitor, &slots->slot[i]);
	for (unsigned i = 0; i < slots->closed_count && !visitor->is_bad; i++) {
		state_time(visitor, &slots->closed[i].start_s);
		state_i32(visitor, &slots->closed[i].rev);
	}
	state_time(visitor, &slots->known_from_s);
	state_time(visitor, &slots->placed_boot_ns);
	state_i64(visitor, &slots->placed_utc_ms);
	state_i64(visitor, &slots->trusted_utc_ms);
	state_i64(visitor, &slots->lost_millij);
	state_amount(visitor, &slots->lost_ms);
	state_u32(visitor, &slots->lost_bits);
	state_end(visitor);
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

static bool is_sane(const struct account_slots *slots)
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

size_t account_slots_save(const struct account_slots *slots, uint8_t *bytes, size_t size)
{
	struct account_slots copy = *slots;
	struct state_visitor visitor = {.out = bytes, .size = size};

	visit_slots(&visitor, &copy);
	return visitor.is_bad ? 0 : visitor.at;
}

enum err account_slots_load(struct account_slots *slots, const uint8_t *bytes, size_t size, struct err_info *info)
{
	struct account_slots copy = {0};
	struct state_visitor visitor = {.in = bytes, .size = size};

	visit_slots(&visitor, &copy);
	if (visitor.is_bad || visitor.at != size || !is_sane(&copy))
		return err_set(info, ERR_DATA, "the saved slots of a meter (%zu bytes) are damaged or of another version", size);
	*slots = copy;
	return ERR_NONE;
}
