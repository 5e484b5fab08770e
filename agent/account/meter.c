/* SPDX-License-Identifier: Apache-2.0 */
#include "account/meter.h"

#include "account/meter_priv.h"
#include "model/units.h"

#include <math.h>

static const double POWER_MARGIN = 1.1; /* as for counters: a rating is not exact */
static const double POWER_MOST_W = 1e9; /* no meter of ours sees more; keeps integrals in range */
static const double MICROW_PER_W = 1e6;
static const int64_t NONE_MICROW = -1;

void account_rules_init(struct account_rules *rules)
{
	*rules = (struct account_rules){
	    .counter = {.unit_den = 1},
	    .max_gap_ns = 60 * UNITS_NS_PER_S,
	    .grace_ns = 120 * UNITS_NS_PER_S,
	    .slot_ns = 900 * UNITS_NS_PER_S,
	    .frozen_ns = 1800 * UNITS_NS_PER_S,
	    .frozen_count = 240,
	};
}

void account_meter_init(struct account_meter *meter)
{
	*meter = (struct account_meter){
	    .seen_ns = METER_NEVER_NS, .pending_from_ns = METER_NEVER_NS, .power_microw = NONE_MICROW, .adrift_uptime_s = -1.0F};
	account_counter_init(&meter->counter);
}

void meter_report_code(const struct meter_taking *taking, enum account_event_code code, uint64_t before, uint64_t after)
{
	meter_report(taking->meter, taking->sink,
		     &(struct account_event){.code = code, .boot_ns = taking->reading->boot_ns, .before = before, .after = after});
}

static void report_power(const struct meter_taking *taking, enum account_event_code code, int64_t milliw)
{
	meter_report(taking->meter, taking->sink,
		     &(struct account_event){
			 .code = code, .boot_ns = taking->reading->boot_ns, .after = milliw > 0 ? (uint64_t)milliw : 0, .is_power = true});
}

void meter_still_restart(struct account_meter *meter, int64_t boot_ns)
{
	meter->still_ns = boot_ns;
	meter->still_microj = 0;
	meter->still_count = 0;
}

bool meter_is_gap(const struct meter_taking *taking)
{
	return taking->reading->boot_ns - taking->meter->seen_ns > taking->rules->max_gap_ns;
}

/* The power over the time since the last reading, as weight of what is pending: what is missing at one end is taken from the other. */
struct meter_ramp meter_ramp_of(const struct meter_taking *taking)
{
	const struct account_meter *meter = taking->meter;
	int64_t boot_ns = taking->reading->boot_ns;
	bool is_recent = meter->power_microw >= 0 && boot_ns - meter->power_ns <= taking->rules->max_gap_ns;
	int64_t before = is_recent ? meter->power_microw : taking->microw;
	int64_t after = taking->microw >= 0 ? taking->microw : before;

	return (struct meter_ramp){
	    .from_ns = meter->seen_ns, .to_ns = boot_ns, .from_microw = before > 0 ? before : 0, .to_microw = after > 0 ? after : 0};
}

void meter_report_gap(const struct meter_taking *taking)
{
	struct account_meter *meter = taking->meter;

	meter_report_code(taking, ACCOUNT_EVENT_GAP, (uint64_t)(meter->seen_ns / UNITS_NS_PER_MS),
			  (uint64_t)(taking->reading->boot_ns / UNITS_NS_PER_MS));
	/* Marks the slot in which the gap began, too. */
	meter_book(meter, taking->rules, taking->sink,
		   &(struct account_booking){.from_boot_ns = meter->seen_ns, .to_boot_ns = meter->seen_ns});
	meter->bits |= INTERVAL_GAP;
}

static enum coverage coverage_of(enum caliber caliber)
{
	if (caliber == CALIBER_ACTUAL)
		return COVERAGE_MEASURED;
	return caliber == CALIBER_STATIC ? COVERAGE_STATIC : COVERAGE_ESTIMATED;
}

void meter_segment_end(struct account_meter *meter)
{
	meter->pending_count = 0;
	meter->pending_from_ns = METER_NEVER_NS;
	meter->power_microw = NONE_MICROW;
	meter->seen_ns = METER_NEVER_NS;
	meter->is_frozen = 0;
	meter->is_power_refused = 0;
	meter_still_restart(meter, 0);
}

/* The power in microwatts, < 0 when there is none that can be believed. */
static int64_t power_take(const struct meter_taking *taking)
{
	const struct account_reading *reading = taking->reading;
	double most_w = taking->rules->rated_w > 0.0 ? taking->rules->rated_w * POWER_MARGIN : POWER_MOST_W;
	double power_w = reading->power_w;

	if (!reading->has_power || !isfinite(power_w))
		return NONE_MICROW;
	if (power_w > fmin(most_w, POWER_MOST_W)) {
		if (!taking->meter->is_power_refused)
			report_power(taking, ACCOUNT_EVENT_IMPOSSIBLE, (int64_t)fmin(power_w * 1000.0, 1e18));
		taking->meter->bits |= INTERVAL_IMPOSSIBLE;
		taking->meter->is_power_refused = 1;
		return NONE_MICROW;
	}
	taking->meter->is_power_refused = 0;
	return power_w > 0.0 ? llround(power_w * MICROW_PER_W) : 0;
}

void meter_power_keep(const struct meter_taking *taking)
{
	if (taking->microw < 0)
		return;
	taking->meter->power_microw = taking->microw;
	taking->meter->power_ns = taking->reading->boot_ns;
}

/* Power alone: the same value over and over is suspicious (a value that is only nominal is expected to stand). */
static void power_check_frozen(const struct meter_taking *taking, bool is_same)
{
	struct account_meter *meter = taking->meter;
	uint32_t most = taking->rules->frozen_count;

	if (!is_same || taking->microw <= 0 || taking->reading->caliber != CALIBER_ACTUAL) {
		if (meter->is_frozen)
			report_power(taking, ACCOUNT_EVENT_THAWED, taking->microw / 1000);
		meter->is_frozen = 0;
		meter->still_count = 0;
		return;
	}
	if (meter->still_count < UINT32_MAX)
		meter->still_count++;
	if (most && !meter->is_frozen && meter->still_count >= most) {
		meter->is_frozen = 1;
		report_power(taking, ACCOUNT_EVENT_FROZEN, taking->microw / 1000);
	}
}

/* No counter (yet): the trapezoid between two readings that are near enough is the energy. */
void meter_take_power(const struct meter_taking *taking)
{
	struct account_meter *meter = taking->meter;
	int64_t boot_ns = taking->reading->boot_ns;
	bool has_before = meter->power_microw >= 0 && meter->seen_ns != METER_NEVER_NS;
	bool is_same = has_before && meter->power_microw == taking->microw;
	bool has_raw = taking->reading->has_raw && taking->rules->counter.unit_num > 0;

	if (taking->microw < 0)
		return;
	if (has_before && meter_is_gap(taking)) {
		meter_report_gap(taking);
	} else if (has_before) {
		struct meter_ramp ramp = meter_ramp_of(taking);
		int64_t microj;

		meter_pending_extend(meter, taking->rules, &ramp, taking->sink);
		microj = meter_add(meter_pending_microj(meter), meter->carry_microj);
		meter->carry_microj = (uint16_t)(microj % 1000);
		/* A counter whose advance is still being waited for will show this energy, too. */
		if (meter->adrift)
			meter->advance_millij = meter_add(meter->advance_millij, microj / 1000);
		meter_pending_settle(meter, taking->rules, microj / 1000, &(struct meter_evidence){.has_raw = false}, taking->sink);
		meter->still_microj = 0;
	} else if (!has_raw) {
		report_power(taking, ACCOUNT_EVENT_STARTED, taking->microw / 1000);
	}
	meter_power_keep(taking);
	meter->seen_ns = boot_ns;
	power_check_frozen(taking, is_same);
}

/* The old readings cannot be compared with the new ones: what is pending is booked by power, and the baseline is gone. */
static void segment_begin(const struct meter_taking *taking, struct account_event event)
{
	struct account_meter *meter = taking->meter;
	bool is_swap = event.code == ACCOUNT_EVENT_SWAP;

	meter_pending_estimate(meter, taking->rules, meter->pending_count, meter_room_millij(meter, taking->rules), taking->sink);
	event.boot_ns = taking->reading->boot_ns;
	event.millij_refused = -meter->advance_millij;
	meter->advance_millij = 0;
	meter_segment_end(meter);
	if (is_swap)
		account_counter_forget(&meter->counter);
	else
		account_counter_init(&meter->counter);
	/* A first reading that has arrived is still one of the old hardware. */
	if (meter->adrift == 1 || !is_swap)
		meter->adrift = 0;
	meter_report(meter, taking->sink, &event);
}

/* Half of it is kept with every commit, and tells one piece of hardware from another well enough. */
static uint32_t folded(uint64_t identity)
{
	uint32_t half = (uint32_t)(identity ^ identity >> 32);

	return identity && !half ? 1 : half;
}

/* Other hardware, or other numbers from it. */
static void check_segment(const struct meter_taking *taking)
{
	const struct counter_spec *spec = &taking->rules->counter;
	struct account_meter *meter = taking->meter;
	uint32_t identity = folded(taking->reading->identity);
	uint32_t digest = spec->unit_num > 0 ? account_counter_spec_digest(spec) : 0;
	uint32_t old_identity = meter->identity;
	uint32_t old_digest = meter->spec_digest;

	if (identity)
		meter->identity = identity;
	if (digest)
		meter->spec_digest = digest;
	if (digest && old_digest && digest != old_digest)
		segment_begin(taking, (struct account_event){.code = ACCOUNT_EVENT_RECONFIGURED, .before = old_digest, .after = digest});
	if (identity && old_identity && identity != old_identity)
		segment_begin(taking, (struct account_event){.code = ACCOUNT_EVENT_SWAP, .before = old_identity, .after = identity});
}

static void shown_update(struct account_meter *meter, const struct account_rules *rules)
{
	/* Less than a whole step ahead: the counter, which has not stepped, would contradict a whole one. */
	int64_t step = account_counter_step_millij(&rules->counter) - 1;
	int64_t room = step > meter->advance_millij ? step - meter->advance_millij : 0;
	int64_t pending = meter_pending_microj(meter) / 1000;
	int64_t shown = meter_add(meter->energy_millij, pending < room ? pending : room);

	if (shown > meter->shown_millij)
		meter->shown_millij = shown;
}

/* A late answer says nothing new. */
static bool is_late(const struct account_meter *meter, int64_t boot_ns)
{
	const struct account_counter *counter = &meter->counter;

	return (meter->seen_ns != METER_NEVER_NS && boot_ns <= meter->seen_ns) || (counter->has_baseline && boot_ns <= counter->boot_ns) ||
	       (counter->held_kind != COUNTER_FIRST && boot_ns <= counter->held_boot_ns);
}

void account_meter_take(struct account_meter *meter, const struct account_rules *rules, const struct account_reading *reading,
			const struct account_sink *sink)
{
	struct meter_taking taking = {.meter = meter, .rules = rules, .reading = reading, .sink = sink};

	if (is_late(meter, reading->boot_ns))
		return;
	check_segment(&taking);
	if (reading->has_raw)
		meter_axis_arrive(meter, reading);
	meter->coverage = (uint8_t)coverage_of(reading->caliber);
	taking.microw = power_take(&taking);
	if (reading->has_raw && rules->counter.unit_num > 0) {
		meter_take_counter(&taking);
		meter_adrift_arrive(meter, rules, reading, sink);
	} else if (meter->counter.has_baseline) {
		meter_take_without_raw(&taking);
		meter_power_keep(&taking);
	} else {
		meter_take_power(&taking);
	}
	if (reading->utc_ns && meter->seen_ns == reading->boot_ns)
		meter->seen_utc_ns = reading->utc_ns;
	shown_update(meter, rules);
}

void account_meter_expire(struct account_meter *meter, const struct account_rules *rules, int64_t now_ns, const struct account_sink *sink)
{
	unsigned count = 0;

	while (count < meter->pending_count && meter_border_ns(rules, meter->pending[count].to_ns - 1) <= now_ns - rules->grace_ns)
		count++;
	meter_pending_estimate(meter, rules, count, meter_room_millij(meter, rules), sink);
	shown_update(meter, rules);
}

int64_t account_meter_complete_ns(const struct account_meter *meter)
{
	return meter->pending_count ? meter->pending_from_ns : meter->seen_ns;
}

int64_t account_meter_energy_millij(const struct account_meter *meter)
{
	return meter->shown_millij;
}
