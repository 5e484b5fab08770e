/* SPDX-License-Identifier: Apache-2.0 */
/* account/meter: its part of a saved state. */
#include "account/meter_priv.h"
#include "account/state_priv.h"
#include "model/units.h"

#include <stddef.h>

/* The device's uptime as the row beside the state has it, which is in whole milliseconds. */
static double uptime_of(const struct account_base *base)
{
	return base->uptime_ms < 0 ? COUNTER_UPTIME_NONE : (double)base->uptime_ms / (double)UNITS_MS_PER_S;
}

static void visit_counter(struct state_visitor *visitor, struct account_counter *counter)
{
	state_u8(visitor, &counter->has_baseline, 1, 1);
	state_u8(visitor, &counter->held_kind, COUNTER_FIRST, COUNTER_IMPOSSIBLE);
	state_u8(visitor, &counter->recover_count, 0, COUNTER_RECOVER_COUNT);
	state_u64(visitor, &counter->carry, 0);
	state_f32(visitor, &counter->peak_w);
	state_f64(visitor, &counter->uptime_s, uptime_of(&visitor->base));
	state_u32(visitor, &counter->mark_s, COUNTER_MARK_NONE);
	state_u64(visitor, &counter->raw, visitor->base.raw);
	state_i64(visitor, &counter->boot_ns, visitor->base.boot_ns);
	state_i64(visitor, &counter->moved_ns, counter->boot_ns);
	if (counter->held_kind != COUNTER_FIRST) {
		state_u64(visitor, &counter->held_raw, visitor->base.raw);
		state_u64(visitor, &counter->first_raw, counter->held_raw);
		state_i64(visitor, &counter->held_boot_ns, visitor->base.boot_ns);
		state_i64(visitor, &counter->first_boot_ns, counter->held_boot_ns);
		state_u8(visitor, &counter->confirm_count, 0, COUNTER_STILL_COUNT);
	}
	if (counter->recover_count) {
		state_u64(visitor, &counter->former_raw, counter->raw);
		state_u64(visitor, &counter->since_raw, 0);
		state_i64(visitor, &counter->former_ns, counter->boot_ns);
	}
}

/* It begins where the counter stepped, and ends with the last reading; a slot's border may lie between. */
static void visit_pending(struct state_visitor *visitor, struct account_meter *meter)
{
	state_u8(visitor, &meter->pending_count, 0, ACCOUNT_PENDING_MAX);
	state_i64(visitor, &meter->pending_from_ns, meter->pending_count ? meter->counter.moved_ns : meter->seen_ns);
	for (unsigned i = 0; i < meter->pending_count && !visitor->is_bad; i++) {
		state_i64(visitor, &meter->pending[i].to_ns, meter->seen_ns);
		state_amount(visitor, &meter->pending[i].weight_microj, 0);
	}
}

static void visit_adrift(struct state_visitor *visitor, struct account_meter *meter)
{
	state_u8(visitor, &meter->adrift, 0, 2);
	if (!meter->adrift)
		return;
	state_u64(visitor, &meter->adrift_raw, visitor->base.raw);
	state_u64(visitor, &meter->adrift_after_raw, visitor->base.raw);
	state_i64(visitor, &meter->adrift_utc_ns, meter->seen_utc_ns);
	state_i64(visitor, &meter->adrift_after_ns, visitor->base.boot_ns);
	state_f32(visitor, &meter->adrift_uptime_s);
	state_f32(visitor, &meter->adrift_after_uptime_s);
}

/* Sums may be as large as they like: what is expected of them wraps. */
static int64_t wrapping_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static void visit_sums(struct state_visitor *visitor, struct account_meter *meter)
{
	int64_t pending_microj = 0;

	for (unsigned i = 0; i < meter->pending_count && !visitor->is_bad; i++)
		pending_microj = wrapping_add(pending_microj, meter->pending[i].weight_microj);
	state_amount(visitor, &meter->energy_millij, visitor->base.energy_millij);
	state_amount(visitor, &meter->shown_millij, wrapping_add(meter->energy_millij, pending_microj / 1000));
	state_amount(visitor, &meter->advance_millij, 0);
	state_amount(visitor, &meter->still_microj, pending_microj);
}

void meter_visit(struct state_visitor *visitor, struct account_meter *meter)
{
	visit_counter(visitor, &meter->counter);
	state_i64(visitor, &meter->seen_ns, visitor->base.boot_ns);
	state_i64(visitor, &meter->still_ns, meter->counter.moved_ns);
	state_i64(visitor, &meter->power_ns, meter->seen_ns);
	state_i64(visitor, &meter->seen_utc_ns, (int64_t)((uint64_t)visitor->base.utc_ms * (uint64_t)UNITS_NS_PER_MS));
	visit_pending(visitor, meter);
	visit_adrift(visitor, meter);
	visit_sums(visitor, meter);
	state_micro(visitor, &meter->power_microw);
	state_word(visitor, &meter->power_carry_fj);
	state_word(visitor, &meter->identity);
	state_u64(visitor, &meter->boot, visitor->base.boot);
	state_word(visitor, &meter->spec_digest);
	state_u32(visitor, &meter->still_count, 0);
	state_u32(visitor, &meter->bits, 0);
	state_u16(visitor, &meter->carry_microj, 999);
	state_u8(visitor, &meter->coverage, COVERAGE_MEASURED, COVERAGE_COUNT - 1);
	state_u8(visitor, &meter->is_frozen, 0, 1);
	state_u8(visitor, &meter->is_power_refused, 0, 1);
}

/* Every boot time lies within +-100 years: so no difference of two overflows. */
static bool is_time(int64_t ns)
{
	return ns > INT64_C(-3153600000000000000) && ns < INT64_C(3153600000000000000);
}

static bool is_time_or_never(int64_t ns)
{
	return ns == METER_NEVER_NS || is_time(ns);
}

static bool are_times_sane(const struct account_meter *meter)
{
	const struct account_counter *counter = &meter->counter;
	const int64_t time[] = {counter->boot_ns,     counter->held_boot_ns,  counter->first_boot_ns, counter->moved_ns, counter->former_ns,
				meter->adrift_utc_ns, meter->adrift_after_ns, meter->seen_utc_ns,     meter->still_ns,   meter->power_ns};

	for (size_t i = 0; i < sizeof(time) / sizeof(time[0]); i++) {
		if (!is_time(time[i]))
			return false;
	}
	return is_time_or_never(meter->seen_ns) && is_time_or_never(meter->pending_from_ns);
}

static bool is_pending_sane(const struct account_meter *meter)
{
	int64_t before_ns = meter->pending_from_ns;

	if (meter->pending_count && (before_ns == METER_NEVER_NS || meter->seen_ns == METER_NEVER_NS))
		return false;
	for (unsigned i = 0; i < meter->pending_count; i++) {
		if (meter->pending[i].to_ns <= before_ns || !is_time(meter->pending[i].to_ns))
			return false;
		before_ns = meter->pending[i].to_ns;
	}
	return true;
}

bool meter_is_sane(const struct account_meter *meter)
{
	bool is_power =
	    meter->power_microw >= -1 && meter->power_microw <= INT64_C(1000000000000000) && meter->power_carry_fj < UINT32_C(1000000000);
	bool is_seen = !meter->counter.has_baseline || meter->seen_ns != METER_NEVER_NS;

	return is_power && is_seen && account_counter_is_sane(&meter->counter) && are_times_sane(meter) && is_pending_sane(meter);
}
