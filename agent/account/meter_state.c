/* SPDX-License-Identifier: Apache-2.0 */
/* account/meter: save and load. */
#include "account/meter_priv.h"
#include "account/state_priv.h"

#include <stddef.h>

enum { METER_STATE_KIND = 0x4d01 }; /* 'M', layout 1 */

static void visit_counter(struct state_visitor *visitor, struct account_counter *counter)
{
	state_u64(visitor, &counter->carry);
	state_f32(visitor, &counter->peak_w);
	state_u8(visitor, &counter->has_baseline, 1);
	state_u8(visitor, &counter->held_kind, COUNTER_IMPOSSIBLE);
	state_u8(visitor, &counter->recover_count, COUNTER_RECOVER_COUNT);
	state_f64(visitor, &counter->uptime_s);
	state_u32(visitor, &counter->mark_s);
	state_u64(visitor, &counter->raw);
	state_time(visitor, &counter->boot_ns);
	state_time(visitor, &counter->moved_ns);
	if (counter->held_kind != COUNTER_FIRST) {
		state_u64(visitor, &counter->held_raw);
		state_u64(visitor, &counter->first_raw);
		state_time(visitor, &counter->held_boot_ns);
		state_time(visitor, &counter->first_boot_ns);
		state_u8(visitor, &counter->confirm_count, COUNTER_STILL_COUNT);
	}
	if (counter->recover_count) {
		state_u64(visitor, &counter->former_raw);
		state_u64(visitor, &counter->since_raw);
		state_time(visitor, &counter->former_ns);
	}
}

static void visit_pending(struct state_visitor *visitor, struct account_meter *meter)
{
	state_u8(visitor, &meter->pending_count, ACCOUNT_PENDING_MAX);
	state_time(visitor, &meter->pending_from_ns);
	for (unsigned i = 0; i < meter->pending_count && !visitor->is_bad; i++) {
		state_time(visitor, &meter->pending[i].to_ns);
		state_amount(visitor, &meter->pending[i].weight_microj);
	}
}

static void visit_adrift(struct state_visitor *visitor, struct account_meter *meter)
{
	state_u8(visitor, &meter->adrift, 2);
	if (!meter->adrift)
		return;
	state_u64(visitor, &meter->adrift_raw);
	state_u64(visitor, &meter->adrift_after_raw);
	state_i64(visitor, &meter->adrift_utc_ns);
	state_i64(visitor, &meter->adrift_after_ns);
	state_f32(visitor, &meter->adrift_uptime_s);
	state_f32(visitor, &meter->adrift_after_uptime_s);
}

static void visit_meter(struct state_visitor *visitor, struct account_meter *meter)
{
	state_begin(visitor, METER_STATE_KIND);
	visit_counter(visitor, &meter->counter);
	visit_pending(visitor, meter);
	visit_adrift(visitor, meter);
	state_time(visitor, &meter->seen_ns);
	state_time(visitor, &meter->still_ns);
	state_time(visitor, &meter->power_ns);
	state_i64(visitor, &meter->seen_utc_ns);
	state_amount(visitor, &meter->energy_millij);
	state_amount(visitor, &meter->shown_millij);
	state_amount(visitor, &meter->advance_millij);
	state_amount(visitor, &meter->still_microj);
	state_i64(visitor, &meter->power_microw);
	state_u64(visitor, &meter->power_carry_fj);
	state_u64(visitor, &meter->identity);
	state_u64(visitor, &meter->boot);
	state_u32(visitor, &meter->spec_digest);
	state_u32(visitor, &meter->still_count);
	state_u32(visitor, &meter->bits);
	state_u16(visitor, &meter->carry_microj, 999);
	state_u8(visitor, &meter->coverage, COVERAGE_COUNT - 1);
	state_u8(visitor, &meter->is_frozen, 1);
	state_u8(visitor, &meter->is_power_refused, 1);
	state_end(visitor);
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

static bool is_sane(const struct account_meter *meter)
{
	bool is_power =
	    meter->power_microw >= -1 && meter->power_microw <= INT64_C(1000000000000000) && meter->power_carry_fj < UINT64_C(1000000000);
	bool is_seen = !meter->counter.has_baseline || meter->seen_ns != METER_NEVER_NS;

	return is_power && is_seen && account_counter_is_sane(&meter->counter) && are_times_sane(meter) && is_pending_sane(meter);
}

size_t account_meter_save(const struct account_meter *meter, uint8_t *bytes, size_t size)
{
	struct account_meter copy = *meter;
	struct state_visitor visitor = {.out = bytes, .size = size};

	visit_meter(&visitor, &copy);
	return visitor.is_bad ? 0 : visitor.at;
}

enum err account_meter_load(struct account_meter *meter, const uint8_t *bytes, size_t size, struct err_info *info)
{
	struct account_meter copy = {0};
	struct state_visitor visitor = {.in = bytes, .size = size};

	visit_meter(&visitor, &copy);
	if (visitor.is_bad || visitor.at != size || !is_sane(&copy))
		return err_set(info, ERR_DATA,
			       "the saved state of a meter (%zu bytes) is damaged or of another version: its baseline has to be taken anew",
			       size);
	*meter = copy;
	return ERR_NONE;
}
