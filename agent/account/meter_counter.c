/* SPDX-License-Identifier: Apache-2.0 */
/* account/meter: readings that bring a counter, alone or with power. */
#include "account/meter_priv.h"

#include "base/wide.h"
#include "model/units.h"

#include <math.h>

static const int64_t FROZEN_STEPS = 4;      /* a counter that stood while the power was worth so many steps, */
static const uint32_t FROZEN_READINGS = 10; /* over so many readings (and frozen_ns) */

static const int64_t FJ_PER_MILLIJ = INT64_C(1000000000000); /* microwatt x nanosecond = femtojoule */
static const double MICROW_PER_W = 1e6;

/* The counter moved by `millij`: what was booked ahead of it is taken off. Returns what is still to be booked. */
static int64_t advance_settle(const struct meter_taking *taking, int64_t millij)
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
	meter_still_restart(meter, taking->reading->boot_ns);
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
static void book_stretch(const struct meter_taking *taking, const struct counter_result *result, int64_t from_ns, int64_t millij)
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
static void take_over_gap(const struct meter_taking *taking, const struct counter_result *result)
{
	struct account_meter *meter = taking->meter;
	bool has_moved = result->after != result->before;
	int64_t from_ns = meter->seen_ns;
	int64_t millij = 0;

	meter_report_gap(taking);
	if (has_moved) {
		int64_t room = result->millij > meter->advance_millij ? result->millij - meter->advance_millij : 0;

		meter_pending_estimate(meter, taking->rules, meter->pending_count, room, taking->sink);
		millij = advance_settle(taking, result->millij);
	} else {
		int64_t rest;
		struct wide twice_fj = wide_mul(meter->power_microw + taking->microw, taking->reading->boot_ns - from_ns);
		int64_t mean_millij = wide_saturated(wide_divide(twice_fj, 2 * FJ_PER_MILLIJ, &rest));
		int64_t room;

		meter_pending_estimate(meter, taking->rules, meter->pending_count, meter_room_millij(meter, taking->rules), taking->sink);
		room = meter_room_millij(meter, taking->rules);
		if (taking->microw >= 0 && meter->power_microw >= 0)
			millij = mean_millij < room ? mean_millij : room;
		meter->advance_millij = meter_add(meter->advance_millij, millij);
	}
	meter->bits |= INTERVAL_GAP;
	book_stretch(taking, result, from_ns, millij);
	meter->seen_ns = taking->reading->boot_ns;
}

static void counter_check_frozen(const struct meter_taking *taking)
{
	struct account_meter *meter = taking->meter;
	const struct account_rules *rules = taking->rules;
	int64_t step = account_counter_step_millij(&rules->counter);

	/* At rest a counter stands rightly. */
	if (taking->microw == 0)
		meter_still_restart(meter, taking->reading->boot_ns);
	if (taking->microw <= 0)
		return;
	if (meter->still_count < UINT32_MAX)
		meter->still_count++;
	if (meter->is_frozen || !rules->frozen_ns || taking->reading->boot_ns - meter->still_ns < rules->frozen_ns)
		return;
	if (meter->still_count < FROZEN_READINGS || meter->still_microj / 1000 / FROZEN_STEPS < step)
		return;
	meter->is_frozen = 1;
	meter_report_code(taking, ACCOUNT_EVENT_FROZEN, 0, meter->counter.raw);
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
static void take_advance(const struct meter_taking *taking, const struct counter_result *result)
{
	struct account_meter *meter = taking->meter;
	struct meter_evidence evidence = evidence_of(result);
	enum account_event_code code = event_of(result->outcome);
	struct meter_ramp ramp;

	if (code != ACCOUNT_EVENT_NONE)
		meter_report_code(taking, code, result->before, code == ACCOUNT_EVENT_DIP ? result->low : result->after);
	if (result->has_restarted)
		meter_report_code(taking, ACCOUNT_EVENT_RESTART, result->before, result->after);
	if (meter_is_gap(taking)) {
		take_over_gap(taking, result);
		return;
	}
	ramp = meter_ramp_of(taking);
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
static void take_undecided(const struct meter_taking *taking)
{
	struct account_meter *meter = taking->meter;
	struct meter_ramp ramp;

	if (taking->microw < 0 || meter->seen_ns == METER_NEVER_NS || meter_is_gap(taking))
		return;
	ramp = meter_ramp_of(taking);
	meter_pending_extend(meter, taking->rules, &ramp, taking->sink);
	meter->seen_ns = taking->reading->boot_ns;
}

/* This poll brought no counter value. After a gap the wait for it ends: its advance will be booked where it is seen. */
void meter_take_without_raw(const struct meter_taking *taking)
{
	struct account_meter *meter = taking->meter;

	if (taking->microw < 0)
		return;
	if (meter->seen_ns == METER_NEVER_NS || !meter_is_gap(taking)) {
		take_undecided(taking);
		return;
	}
	meter_pending_estimate(meter, taking->rules, meter->pending_count, meter_room_millij(meter, taking->rules), taking->sink);
	meter_report_gap(taking);
	meter->seen_ns = taking->reading->boot_ns;
}

/* The series is broken (reset, confirmed jump, several wraps): what is pending before the break ends there, by power. */
static void take_break(const struct meter_taking *taking, const struct counter_result *result)
{
	struct account_meter *meter = taking->meter;
	int64_t from_ns = result->from_boot_ns;

	if (meter->seen_ns != METER_NEVER_NS && meter_is_gap(taking))
		meter_report_gap(taking);
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
	meter_still_restart(meter, taking->reading->boot_ns);
}

/*
 * What a device without a rating does not exceed: twenty times what was seen of it. But a load may come and go between two readings, so an
 * outlet may always have 50 kW where its power is read, and anything 100 MW where it is not.
 */
static double bound_w(const struct account_meter *meter, double power_w, bool has_power)
{
	return fmax(has_power ? 5e4 : 1e8, 20.0 * fmax(power_w, (double)meter->counter.peak_w));
}

static struct counter_result counter_read(const struct meter_taking *taking)
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
	in.bound_w = bound_w(meter, in.power_w, meter->power_microw >= 0 && taking->microw >= 0);
	return account_counter_take(&meter->counter, &taking->rules->counter, taking->rules->rated_w, &in);
}

void meter_take_counter(const struct meter_taking *taking)
{
	struct account_meter *meter = taking->meter;
	bool was_doubtful = meter->counter.held_kind != COUNTER_FIRST;
	struct counter_result result = counter_read(taking);

	switch (result.outcome) {
	case COUNTER_FIRST:
		meter_take_power(taking);
		meter_report_code(taking, ACCOUNT_EVENT_STARTED, result.after, result.after);
		meter->seen_ns = taking->reading->boot_ns;
		meter->carry_microj = 0;
		meter->is_frozen = 0;
		meter_still_restart(meter, taking->reading->boot_ns);
		break;
	case COUNTER_IMPOSSIBLE:
		if (!was_doubtful)
			meter_report_code(taking, ACCOUNT_EVENT_IMPOSSIBLE, result.before, result.after);
		take_undecided(taking);
		break;
	case COUNTER_HELD: take_undecided(taking); break;
	case COUNTER_RESET:
	case COUNTER_REBASED:
	case COUNTER_MULTIWRAP: take_break(taking, &result); break;
	default: take_advance(taking, &result); break;
	}
	meter_power_keep(taking);
}
