/* SPDX-License-Identifier: Apache-2.0 */
#include "account/meter.h"

#include "account/meter_priv.h"
#include "model/units.h"

#include <math.h>

static const double POWER_MARGIN = 1.1; /* as for counters: a rating is not exact */
static const double POWER_MOST_W = 1e9; /* no meter of ours sees more; keeps integrals in range */
static const double MICROW_PER_W = 1e6;
static const int64_t NONE_MICROW = -1;
static const int64_t FROZEN_STEPS = 4;      /* a counter that stood while the power was worth so many steps, */
static const uint32_t FROZEN_READINGS = 10; /* over so many readings (and frozen_ns) */

/* One call of account_meter_take. */
struct taking {
	struct account_meter *meter;
	const struct account_rules *rules;
	const struct account_reading *reading;
	const struct account_sink *sink;
	int64_t microw; /* believed power, < 0 none */
};

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

static void report(const struct taking *taking, enum account_event_code code, uint64_t before, uint64_t after)
{
	meter_report(taking->meter, taking->sink,
		     &(struct account_event){.code = code, .boot_ns = taking->reading->boot_ns, .before = before, .after = after});
}

static enum coverage coverage_of(enum caliber caliber)
{
	if (caliber == CALIBER_ACTUAL)
		return COVERAGE_MEASURED;
	return caliber == CALIBER_STATIC ? COVERAGE_STATIC : COVERAGE_ESTIMATED;
}

static void still_restart(struct account_meter *meter, int64_t boot_ns)
{
	meter->still_ns = boot_ns;
	meter->still_microj = 0;
	meter->still_count = 0;
}

void meter_segment_end(struct account_meter *meter)
{
	meter->pending_count = 0;
	meter->pending_from_ns = METER_NEVER_NS;
	meter->power_microw = NONE_MICROW;
	meter->seen_ns = METER_NEVER_NS;
	meter->is_frozen = 0;
	meter->is_power_refused = 0;
	still_restart(meter, 0);
}

/* The power in microwatts, < 0 when there is none that can be believed. */
static int64_t power_take(const struct taking *taking)
{
	const struct account_reading *reading = taking->reading;
	double most_w = taking->rules->rated_w > 0.0 ? taking->rules->rated_w * POWER_MARGIN : POWER_MOST_W;
	double power_w = reading->power_w;

	if (!reading->has_power || !isfinite(power_w))
		return NONE_MICROW;
	if (power_w > fmin(most_w, POWER_MOST_W)) {
		if (!taking->meter->is_power_refused)
			report(taking, ACCOUNT_EVENT_IMPOSSIBLE, 0, (uint64_t)fmin(power_w * 1000.0, 1e18));
		taking->meter->bits |= INTERVAL_IMPOSSIBLE;
		taking->meter->is_power_refused = 1;
		return NONE_MICROW;
	}
	taking->meter->is_power_refused = 0;
	return power_w > 0.0 ? llround(power_w * MICROW_PER_W) : 0;
}

static void power_keep(const struct taking *taking)
{
	if (taking->microw < 0)
		return;
	taking->meter->power_microw = taking->microw;
	taking->meter->power_ns = taking->reading->boot_ns;
}

static bool is_gap(const struct taking *taking)
{
	return taking->reading->boot_ns - taking->meter->seen_ns > taking->rules->max_gap_ns;
}

/* The power over the time since the last reading, as weight of what is pending: what is missing at one end is taken from the other. */
static struct meter_ramp ramp_of(const struct taking *taking)
{
	const struct account_meter *meter = taking->meter;
	int64_t boot_ns = taking->reading->boot_ns;
	bool is_recent = meter->power_microw >= 0 && boot_ns - meter->power_ns <= taking->rules->max_gap_ns;
	int64_t before = is_recent ? meter->power_microw : taking->microw;
	int64_t after = taking->microw >= 0 ? taking->microw : before;

	return (struct meter_ramp){
	    .from_ns = meter->seen_ns, .to_ns = boot_ns, .from_microw = before > 0 ? before : 0, .to_microw = after > 0 ? after : 0};
}

static void report_gap(const struct taking *taking)
{
	struct account_meter *meter = taking->meter;

	report(taking, ACCOUNT_EVENT_GAP, (uint64_t)(meter->seen_ns / UNITS_NS_PER_MS),
	       (uint64_t)(taking->reading->boot_ns / UNITS_NS_PER_MS));
	/* Marks the slot in which the gap began, too. */
	meter_book(meter, taking->rules, taking->sink,
		   &(struct account_booking){.from_boot_ns = meter->seen_ns, .to_boot_ns = meter->seen_ns});
	meter->bits |= INTERVAL_GAP;
}

/* Power alone: the same value over and over is suspicious (a value that is only nominal is expected to stand). */
static void power_check_frozen(const struct taking *taking, bool is_same)
{
	struct account_meter *meter = taking->meter;
	uint32_t most = taking->rules->frozen_count;

	if (!is_same || taking->microw <= 0 || taking->reading->caliber != CALIBER_ACTUAL) {
		if (meter->is_frozen)
			report(taking, ACCOUNT_EVENT_THAWED, 0, (uint64_t)(taking->microw / 1000));
		meter->is_frozen = 0;
		meter->still_count = 0;
		return;
	}
	if (meter->still_count < UINT32_MAX)
		meter->still_count++;
	if (most && !meter->is_frozen && meter->still_count >= most) {
		meter->is_frozen = 1;
		report(taking, ACCOUNT_EVENT_FROZEN, 0, (uint64_t)(taking->microw / 1000));
	}
}

/* No counter (yet): the trapezoid between two readings that are near enough is the energy. */
static void take_power(const struct taking *taking)
{
	struct account_meter *meter = taking->meter;
	int64_t boot_ns = taking->reading->boot_ns;
	bool has_before = meter->power_microw >= 0 && meter->seen_ns != METER_NEVER_NS;
	bool is_same = has_before && meter->power_microw == taking->microw;

	if (taking->microw < 0)
		return;
	if (has_before && is_gap(taking)) {
		report_gap(taking);
	} else if (has_before) {
		struct meter_ramp ramp = ramp_of(taking);
		int64_t microj;

		meter_pending_extend(meter, taking->rules, &ramp, taking->sink);
		microj = meter_add(meter_pending_microj(meter), meter->carry_microj);
		meter->carry_microj = (uint16_t)(microj % 1000);
		/* A counter whose advance is still being waited for will show this energy, too. */
		if (meter->adrift)
			meter->advance_millij = meter_add(meter->advance_millij, microj / 1000);
		meter_pending_settle(meter, taking->rules, microj / 1000, &(struct meter_evidence){.has_raw = false}, taking->sink);
		meter->still_microj = 0;
	} else {
		report(taking, ACCOUNT_EVENT_STARTED, 0, 0);
	}
	power_keep(taking);
	meter->seen_ns = boot_ns;
	power_check_frozen(taking, is_same);
}

/* The counter moved by `millij`: what was booked ahead of it is taken off. Returns what is still to be booked. */
static int64_t advance_settle(const struct taking *taking, int64_t millij)
{
	struct account_meter *meter = taking->meter;
	int64_t debt = meter->advance_millij - millij;
	bool was_frozen = meter->is_frozen;

	meter->advance_millij = debt > 0 ? debt : 0;
	meter->is_frozen = 0;
	if (was_frozen || debt > account_counter_step_millij(&taking->rules->counter)) {
		meter_report(meter, taking->sink,
			     &(struct account_event){.code = was_frozen ? ACCOUNT_EVENT_THAWED : ACCOUNT_EVENT_DRIFT,
						     .boot_ns = taking->reading->boot_ns,
						     .after = meter->counter.raw,
						     .millij_refused = -meter->advance_millij});
		meter->advance_millij = 0;
	}
	still_restart(meter, taking->reading->boot_ns);
	return debt < 0 ? -debt : 0;
}

static struct meter_evidence evidence_of(const struct counter_result *result)
{
	return (struct meter_evidence){.has_raw = true,
				       .raw_open = result->before,
				       .raw_close = result->after,
				       .open_ns = result->from_boot_ns,
				       .close_ns = result->to_boot_ns};
}

/* A stretch that is booked as one: [from, reading], bridged when it is longer than allowed. */
static void book_stretch(const struct taking *taking, const struct counter_result *result, int64_t from_ns, int64_t millij)
{
	struct account_meter *meter = taking->meter;
	int64_t to_ns = taking->reading->boot_ns;
	bool is_long = to_ns - from_ns > taking->rules->max_gap_ns;
	enum coverage coverage = (enum coverage)meter->coverage;

	meter_book(meter, taking->rules, taking->sink,
		   &(struct account_booking){.from_boot_ns = from_ns,
					     .to_boot_ns = to_ns,
					     .millij = millij,
					     .coverage = is_long && coverage == COVERAGE_MEASURED ? COVERAGE_BRIDGED : coverage,
					     .has_raw = true,
					     .raw_open = result->before,
					     .raw_close = result->after,
					     .raw_open_ns = result->from_boot_ns,
					     .raw_close_ns = result->to_boot_ns});
}

/*
 * No reading for too long, and the counter ran on. What was pending before the gap comes first. A coarse counter that has not stepped in
 * the gap bounds its energy by a step: the power at both ends places that.
 */
static void take_over_gap(const struct taking *taking, const struct counter_result *result)
{
	struct account_meter *meter = taking->meter;
	bool has_moved = result->after != result->before;
	int64_t from_ns = meter->seen_ns;
	int64_t millij = 0;

	report_gap(taking);
	if (has_moved) {
		int64_t room = result->millij > meter->advance_millij ? result->millij - meter->advance_millij : 0;

		meter_pending_estimate(meter, taking->rules, meter->pending_count, room, taking->sink);
		millij = advance_settle(taking, result->millij);
	} else {
		__int128 fj = ((__int128)meter->power_microw + taking->microw) * (taking->reading->boot_ns - from_ns) / 2;
		int64_t room;

		meter_pending_estimate(meter, taking->rules, meter->pending_count, meter_room_millij(meter, taking->rules), taking->sink);
		room = meter_room_millij(meter, taking->rules);
		if (taking->microw >= 0 && meter->power_microw >= 0)
			millij = fj / 1000000000000 < room ? (int64_t)(fj / 1000000000000) : room;
		meter->advance_millij = meter_add(meter->advance_millij, millij);
	}
	meter->bits |= INTERVAL_GAP;
	book_stretch(taking, result, from_ns, millij);
	meter->seen_ns = taking->reading->boot_ns;
}

static void counter_check_frozen(const struct taking *taking)
{
	struct account_meter *meter = taking->meter;
	const struct account_rules *rules = taking->rules;
	int64_t step = account_counter_step_millij(&rules->counter);

	/* At rest a counter stands rightly. */
	if (taking->microw == 0)
		still_restart(meter, taking->reading->boot_ns);
	if (taking->microw <= 0)
		return;
	if (meter->still_count < UINT32_MAX)
		meter->still_count++;
	if (meter->is_frozen || !rules->frozen_ns || taking->reading->boot_ns - meter->still_ns < rules->frozen_ns)
		return;
	if (meter->still_count < FROZEN_READINGS || meter->still_microj / 1000 / FROZEN_STEPS < step)
		return;
	meter->is_frozen = 1;
	report(taking, ACCOUNT_EVENT_FROZEN, 0, meter->counter.raw);
}

static enum account_event_code event_of(enum counter_outcome outcome)
{
	static const enum account_event_code CODE[COUNTER_OUTCOME_COUNT] = {
	    [COUNTER_FIRST] = ACCOUNT_EVENT_STARTED,         [COUNTER_WRAP] = ACCOUNT_EVENT_WRAP,
	    [COUNTER_RESET] = ACCOUNT_EVENT_RESET,           [COUNTER_DIP] = ACCOUNT_EVENT_DIP,
	    [COUNTER_IMPOSSIBLE] = ACCOUNT_EVENT_IMPOSSIBLE, [COUNTER_REBASED] = ACCOUNT_EVENT_REBASED,
	    [COUNTER_MULTIWRAP] = ACCOUNT_EVENT_MULTIWRAP,
	};

	return CODE[outcome];
}

/* The counter went on (or stands). */
static void take_advance(const struct taking *taking, const struct counter_result *result)
{
	struct account_meter *meter = taking->meter;
	struct meter_evidence evidence = evidence_of(result);
	enum account_event_code code = event_of(result->outcome);
	struct meter_ramp ramp;

	if (code != ACCOUNT_EVENT_NONE)
		report(taking, code, result->before, result->after);
	if (result->has_restarted)
		report(taking, ACCOUNT_EVENT_RESTART, result->before, result->after);
	if (is_gap(taking)) {
		take_over_gap(taking, result);
		return;
	}
	ramp = ramp_of(taking);
	meter_pending_extend(meter, taking->rules, &ramp, taking->sink);
	meter->seen_ns = taking->reading->boot_ns;
	evidence.open_ns = meter->pending_from_ns;
	if (result->after != result->before) {
		meter_pending_settle(meter, taking->rules, advance_settle(taking, result->millij), &evidence, taking->sink);
		return;
	}
	if (!meter_pending_microj(meter))
		meter_pending_settle(meter, taking->rules, 0, &evidence, taking->sink);
	counter_check_frozen(taking);
}

/* Nobody knows yet what the counter means: the power, if there is any, goes on weighing the time. */
static void take_undecided(const struct taking *taking)
{
	struct account_meter *meter = taking->meter;
	struct meter_ramp ramp;

	if (taking->microw < 0 || meter->seen_ns == METER_NEVER_NS || is_gap(taking))
		return;
	ramp = ramp_of(taking);
	meter_pending_extend(meter, taking->rules, &ramp, taking->sink);
	meter->seen_ns = taking->reading->boot_ns;
}

/* This poll brought no counter value. After a gap the wait for it ends: its advance will be booked where it is seen. */
static void take_without_raw(const struct taking *taking)
{
	struct account_meter *meter = taking->meter;

	if (taking->microw < 0)
		return;
	if (meter->seen_ns == METER_NEVER_NS || !is_gap(taking)) {
		take_undecided(taking);
		return;
	}
	meter_pending_estimate(meter, taking->rules, meter->pending_count, meter_room_millij(meter, taking->rules), taking->sink);
	report_gap(taking);
	meter->seen_ns = taking->reading->boot_ns;
}

/* The series is broken (reset, confirmed jump, several wraps): what is pending before the break ends there, by power. */
static void take_break(const struct taking *taking, const struct counter_result *result)
{
	struct account_meter *meter = taking->meter;
	int64_t from_ns = result->from_boot_ns;

	/* Not before what has been booked already. */
	if (from_ns < meter->pending_from_ns)
		from_ns = meter->pending_from_ns;
	if (result->is_counted)
		meter_pending_cut(meter, from_ns);
	meter_pending_estimate(meter, taking->rules, meter->pending_count, meter_room_millij(meter, taking->rules), taking->sink);
	meter_report(meter, taking->sink,
		     &(struct account_event){.code = event_of(result->outcome),
					     .boot_ns = taking->reading->boot_ns,
					     .before = result->before,
					     .after = result->after,
					     .millij = result->millij,
					     .millij_refused = result->refused_millij - meter->advance_millij});
	if (result->has_restarted)
		meter->bits |= INTERVAL_POWER_DOWN;
	meter->advance_millij = 0;
	meter->is_frozen = 0;
	if (result->is_counted)
		book_stretch(taking, result, from_ns, result->millij);
	meter->seen_ns = taking->reading->boot_ns;
	still_restart(meter, taking->reading->boot_ns);
}

static struct counter_result counter_read(const struct taking *taking)
{
	const struct account_reading *reading = taking->reading;
	struct account_meter *meter = taking->meter;
	struct counter_reading in = {
	    .raw = reading->raw,
	    .boot_ns = reading->boot_ns,
	    .uptime_s =
		reading->has_uptime && isfinite(reading->uptime_s) && reading->uptime_s >= 0.0 ? reading->uptime_s : COUNTER_UPTIME_NONE,
	    .mark_s = reading->has_mark ? reading->mark_s : COUNTER_MARK_NONE,
	    .power_w = (double)(meter->power_microw > taking->microw ? meter->power_microw : taking->microw) / MICROW_PER_W,
	};

	if (in.power_w < 0.0)
		in.power_w = 0.0;
	return account_counter_take(&meter->counter, &taking->rules->counter, taking->rules->rated_w, &in);
}

static void take_counter(const struct taking *taking)
{
	struct account_meter *meter = taking->meter;
	bool was_doubtful = meter->counter.held_kind != COUNTER_FIRST;
	struct counter_result result = counter_read(taking);

	switch (result.outcome) {
	case COUNTER_FIRST:
		take_power(taking);
		if (taking->microw < 0)
			report(taking, ACCOUNT_EVENT_STARTED, result.after, result.after);
		meter->seen_ns = taking->reading->boot_ns;
		meter->carry_microj = 0;
		meter->is_frozen = 0;
		still_restart(meter, taking->reading->boot_ns);
		break;
	case COUNTER_IMPOSSIBLE:
		if (!was_doubtful)
			report(taking, ACCOUNT_EVENT_IMPOSSIBLE, result.before, result.after);
		take_undecided(taking);
		break;
	case COUNTER_HELD: take_undecided(taking); break;
	case COUNTER_RESET:
	case COUNTER_REBASED:
	case COUNTER_MULTIWRAP: take_break(taking, &result); break;
	default: take_advance(taking, &result); break;
	}
	power_keep(taking);
}

/* Other hardware, or other numbers from it: the old readings cannot be compared with the new ones. */
static void check_segment(const struct taking *taking)
{
	struct account_meter *meter = taking->meter;
	uint64_t identity = taking->reading->identity;
	uint32_t digest = taking->rules->counter.unit_num > 0 ? account_counter_spec_digest(&taking->rules->counter) : 0;
	bool is_swap = identity && meter->identity && identity != meter->identity;
	bool is_other = digest && meter->spec_digest && digest != meter->spec_digest;
	struct account_event event = {.code = is_swap ? ACCOUNT_EVENT_SWAP : ACCOUNT_EVENT_RECONFIGURED,
				      .boot_ns = taking->reading->boot_ns,
				      .before = is_swap ? meter->identity : meter->spec_digest,
				      .after = is_swap ? identity : digest};

	if (identity)
		meter->identity = identity;
	if (digest)
		meter->spec_digest = digest;
	if (!is_swap && !is_other)
		return;
	meter_pending_estimate(meter, taking->rules, meter->pending_count, meter_room_millij(meter, taking->rules), taking->sink);
	event.millij_refused = -meter->advance_millij;
	meter->advance_millij = 0;
	meter_segment_end(meter);
	if (is_other)
		account_counter_init(&meter->counter);
	else
		account_counter_forget(&meter->counter);
	if (meter->adrift == 1 || is_other)
		meter->adrift = 0;
	meter_report(meter, taking->sink, &event);
}

static void shown_update(struct account_meter *meter, const struct account_rules *rules)
{
	int64_t step = account_counter_step_millij(&rules->counter);
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
	struct taking taking = {.meter = meter, .rules = rules, .reading = reading, .sink = sink};

	if (is_late(meter, reading->boot_ns))
		return;
	check_segment(&taking);
	meter->coverage = (uint8_t)coverage_of(reading->caliber);
	taking.microw = power_take(&taking);
	if (reading->has_raw && rules->counter.unit_num > 0) {
		take_counter(&taking);
		meter_adrift_arrive(meter, rules, reading, sink);
	} else if (meter->counter.has_baseline) {
		take_without_raw(&taking);
		power_keep(&taking);
	} else {
		take_power(&taking);
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
