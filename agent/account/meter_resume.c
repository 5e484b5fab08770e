/* SPDX-License-Identifier: Apache-2.0 */
/* account/meter: a restart of the machine in between. Boot times of before mean nothing any more; only the wall clock bridges it. */
#include "account/meter_priv.h"
#include "model/units.h"

enum { ADRIFT_NO = 0, ADRIFT_WAITING = 1, ADRIFT_ARRIVED = 2 };

/* When no trusted instant bounds the time: so long it may have been. */
static const int64_t UNKNOWN_NS = INT64_C(315360000000000000); /* 10 years */

/* Nobody switches a machine on after longer than this: a clock was wrong. 400 days. */
static const int64_t BELIEVED_NS = INT64_C(34560000000000000);

/* But a counter is taken to have wrapped more than once only if it can in so long: machines do not lie for longer without a clock. */
static const int64_t LIKELY_NS = INT64_C(604800000000000); /* 7 days */

/* Uptimes are rounded, and kept as floats: they tell a restart to the second or so. */
static const int64_t UPTIME_ROUNDED_NS = INT64_C(10000000000);

static void shift(int64_t *boot_ns, int64_t by_ns)
{
	*boot_ns += by_ns;
}

/* Moves what was read before this boot to its axis: the last reading was at seen_ns. */
static void move_before(struct account_meter *meter, int64_t seen_ns)
{
	int64_t by_ns = (seen_ns < 0 ? seen_ns : -1) - meter->seen_ns;

	shift(&meter->seen_ns, by_ns);
	shift(&meter->still_ns, by_ns);
	shift(&meter->power_ns, by_ns);
	shift(&meter->counter.boot_ns, by_ns);
	shift(&meter->counter.moved_ns, by_ns);
	shift(&meter->counter.former_ns, by_ns);
}

/* Moves the baseline to this boot's axis: the last reading was at seen_utc_ns, before this boot began. */
static void move_axis(struct account_meter *meter, const struct account_now *now)
{
	move_before(meter, now->boot_ns - (now->utc_ns - meter->seen_utc_ns));
	meter->pending_from_ns = METER_NEVER_NS;
	meter->counter.held_kind = COUNTER_FIRST;
	meter->counter.confirm_count = 0;
}

static enum account_event_code event_of(enum counter_outcome outcome)
{
	switch (outcome) {
	case COUNTER_WRAP: return ACCOUNT_EVENT_WRAP;
	case COUNTER_RESET: return ACCOUNT_EVENT_RESET;
	case COUNTER_REBASED: return ACCOUNT_EVENT_REBASED;
	case COUNTER_MULTIWRAP: return ACCOUNT_EVENT_MULTIWRAP;
	default: return ACCOUNT_EVENT_REBOOT_GAP;
	}
}

/* What a device says of itself before and after a restart of the machine. */
struct restart_witness {
	double uptime_before_s; /* < 0 not known */
	double uptime_after_s;  /* likewise */
	bool is_raw_lower;      /* the counter shows less than before */
};

static bool has_grown(const struct restart_witness *witness)
{
	return witness->uptime_before_s >= 0.0 && witness->uptime_after_s > witness->uptime_before_s;
}

static int64_t grown_ns(const struct restart_witness *witness)
{
	return (int64_t)((witness->uptime_after_s - witness->uptime_before_s) * (double)UNITS_NS_PER_S);
}

/*
 * How long the restart took: as long as the wall clocks say, unless the device's uptime knows better; one of the clocks may have been hours or a day
 * off. It was never shorter than the uptime grew by: taken for shorter, a counter that went over its end would look like one that was set back. And
 * where uptime and counter have both gone on it was not longer: the device would look as if it had restarted, and what its counter had shown before
 * would be booked again. So it is with years that nobody believes.
 */
static int64_t believed_time_ns(const struct restart_witness *witness, int64_t wall_ns)
{
	int64_t slack_ns;
	bool is_too_long;

	if (!has_grown(witness))
		return wall_ns;
	slack_ns = grown_ns(witness) / 100 + UPTIME_ROUNDED_NS;
	is_too_long = wall_ns > grown_ns(witness) + slack_ns && (!witness->is_raw_lower || wall_ns > BELIEVED_NS);
	return is_too_long || wall_ns < grown_ns(witness) - slack_ns ? grown_ns(witness) : wall_ns;
}

/* The same where no trusted instant may tell: the boot that ended never knew the time, or a clock was years off. */
static int64_t adrift_time_ns(const struct account_meter *meter, int64_t since_utc_ns, int64_t utc_ns)
{
	const struct restart_witness witness = {.uptime_before_s = (double)meter->adrift_uptime_s,
						.uptime_after_s = (double)meter->adrift_after_uptime_s,
						.is_raw_lower = meter->adrift_after_raw < meter->adrift_raw};
	bool is_bound = utc_ns && since_utc_ns && utc_ns > since_utc_ns && utc_ns - since_utc_ns <= BELIEVED_NS;

	if (is_bound && meter->adrift_utc_ns > 0)
		return believed_time_ns(&witness, utc_ns - since_utc_ns);
	if (has_grown(&witness))
		return grown_ns(&witness);
	return is_bound ? utc_ns - since_utc_ns : UNKNOWN_NS;
}

/* What the counter advanced over the restart. utc_ns: instant of the first reading after it, 0 not known. */
static void adrift_settle(struct account_meter *meter, const struct account_rules *rules, int64_t utc_ns, const struct account_sink *sink)
{
	int64_t since_utc_ns = meter->adrift_utc_ns < 0 ? -meter->adrift_utc_ns : meter->adrift_utc_ns;
	bool is_known = utc_ns && since_utc_ns && utc_ns > since_utc_ns;
	int64_t time_ns = adrift_time_ns(meter, since_utc_ns, utc_ns);
	int64_t from_ns = meter->adrift_after_ns - time_ns;
	struct account_counter counter = {.raw = meter->adrift_raw,
					  .boot_ns = from_ns,
					  .moved_ns = from_ns,
					  .carry = meter->counter.carry,
					  .uptime_s = (double)meter->adrift_uptime_s,
					  .mark_s = COUNTER_MARK_NONE,
					  .peak_w = meter->counter.peak_w,
					  .has_baseline = 1};
	struct counter_reading reading = {.raw = meter->adrift_after_raw,
					  .boot_ns = meter->adrift_after_ns,
					  .uptime_s = (double)meter->adrift_after_uptime_s,
					  .mark_s = COUNTER_MARK_NONE};
	struct account_counter counter_before = counter;
	struct counter_result result = account_counter_take(&counter, &rules->counter, rules->rated_w, &reading);
	bool is_lost;
	int64_t millij;

	/* In ten years nearly every counter could have wrapped: that alone is no reason to let its advance go. */
	if (time_ns == UNKNOWN_NS && result.outcome == COUNTER_MULTIWRAP) {
		counter = counter_before;
		counter.boot_ns = counter.moved_ns = meter->adrift_after_ns - LIKELY_NS;
		result = account_counter_take(&counter, &rules->counter, rules->rated_w, &reading);
	}
	is_lost = !result.is_counted;

	if (counter.held_kind != COUNTER_FIRST) {
		result = account_counter_decide(&counter, &rules->counter);
		is_lost = true;
	}
	meter->counter.carry = counter.carry;
	meter->adrift = ADRIFT_NO;
	meter_report(meter, sink,
		     &(struct account_event){.code = event_of(result.outcome),
					     .boot_ns = meter->adrift_after_ns,
					     .before = result.before,
					     .after = result.after,
					     .millij = result.millij,
					     .millij_refused = result.refused_millij - (is_lost ? meter->advance_millij : 0)});
	if (is_lost) {
		meter->advance_millij = 0;
		return;
	}
	millij = result.millij > meter->advance_millij ? result.millij - meter->advance_millij : 0;
	meter->advance_millij -= result.millij - millij;
	if (is_known && result.from_boot_ns > from_ns)
		from_ns = result.from_boot_ns;
	meter->bits |= INTERVAL_GAP | (is_known ? 0u : (unsigned)INTERVAL_UNPLACED);
	meter_book(meter, rules, sink,
		   &(struct account_booking){.from_boot_ns = is_known ? from_ns : meter->adrift_after_ns,
					     .to_boot_ns = meter->adrift_after_ns,
					     .millij = millij,
					     .coverage = COVERAGE_BRIDGED,
					     .has_raw = true,
					     .raw_open = result.before,
					     .raw_close = result.after,
					     .raw_open_ns = from_ns,
					     .raw_close_ns = meter->adrift_after_ns});
}

void meter_axis_arrive(struct account_meter *meter, const struct account_reading *reading)
{
	struct restart_witness witness = {.uptime_before_s = meter->counter.uptime_s,
					  .uptime_after_s = reading->has_uptime ? reading->uptime_s : -1.0,
					  .is_raw_lower = reading->raw < meter->counter.raw};
	int64_t wall_ns = reading->boot_ns - meter->seen_ns;

	/* Readings of this boot have boot times from 0 on. */
	if (meter->seen_ns < 0 && meter->seen_ns != METER_NEVER_NS && meter->counter.has_baseline && reading->boot_ns >= 0)
		move_before(meter, reading->boot_ns - believed_time_ns(&witness, wall_ns));
}

void meter_adrift_arrive(struct account_meter *meter, const struct account_rules *rules, const struct account_reading *reading,
			 const struct account_sink *sink)
{
	if (meter->adrift != ADRIFT_WAITING || (rules->counter.modulus && reading->raw >= rules->counter.modulus))
		return;
	meter->adrift_after_raw = reading->raw;
	meter->adrift_after_ns = reading->boot_ns;
	meter->adrift_after_uptime_s = reading->has_uptime && reading->uptime_s >= 0.0 ? (float)reading->uptime_s : -1.0F;
	meter->adrift = ADRIFT_ARRIVED;
	if (reading->utc_ns)
		adrift_settle(meter, rules, reading->utc_ns, sink);
}

void account_meter_resume(struct account_meter *meter, const struct account_rules *rules, const struct account_now *now,
			  const struct account_sink *sink)
{
	bool is_same = meter->boot == now->boot;

	meter->boot = now->boot;
	if (is_same || (meter->seen_ns == METER_NEVER_NS && meter->adrift == ADRIFT_NO))
		return;
	/* A second restart before the clock was trusted: the first one's gap will never be known better. */
	if (meter->adrift == ADRIFT_ARRIVED)
		adrift_settle(meter, rules, 0, sink);
	meter_pending_estimate(meter, rules, meter->pending_count, meter_room_millij(meter, rules), sink);
	/* A clock that was ahead then says nothing of the time between. */
	if (meter->adrift == ADRIFT_NO && meter->seen_utc_ns > 0 && now->utc_ns > meter->seen_utc_ns) {
		move_axis(meter, now);
		return;
	}
	if (meter->adrift == ADRIFT_NO && meter->counter.has_baseline) {
		meter->adrift = ADRIFT_WAITING;
		meter->adrift_raw = meter->counter.raw;
		meter->adrift_uptime_s = (float)meter->counter.uptime_s;
		meter->adrift_utc_ns = meter->seen_utc_ns;
	}
	/* Readings of this boot come after it, but nobody knows yet by how much. */
	meter->seen_utc_ns = meter->seen_utc_ns > 0 ? -meter->seen_utc_ns : meter->seen_utc_ns;
	account_counter_forget(&meter->counter);
	meter_segment_end(meter);
}

void account_meter_segment(struct account_meter *meter, const struct account_rules *rules, enum account_event_code code, int64_t boot_ns,
			   const struct account_sink *sink)
{
	struct account_event event = {.code = code, .boot_ns = boot_ns, .before = meter->spec_digest};

	if (meter->seen_ns == METER_NEVER_NS && !meter->counter.has_baseline && meter->adrift == ADRIFT_NO)
		return;
	/* Its place in time will never be known better, and its scale is known now only. */
	if (meter->adrift == ADRIFT_ARRIVED)
		adrift_settle(meter, rules, 0, sink);
	meter_pending_estimate(meter, rules, meter->pending_count, meter_room_millij(meter, rules), sink);
	event.millij_refused = -meter->advance_millij;
	meter->advance_millij = 0;
	meter->adrift = ADRIFT_NO;
	meter->spec_digest = 0;
	meter_segment_end(meter);
	account_counter_init(&meter->counter);
	meter_report(meter, sink, &event);
}

void account_meter_trust(struct account_meter *meter, const struct account_rules *rules, const struct account_now *now,
			 const struct account_sink *sink)
{
	if (!now->utc_ns)
		return;
	if (meter->adrift == ADRIFT_ARRIVED)
		adrift_settle(meter, rules, meter->adrift_after_ns + (now->utc_ns - now->boot_ns), sink);
	if (meter->seen_ns != METER_NEVER_NS)
		meter->seen_utc_ns = meter->seen_ns + (now->utc_ns - now->boot_ns);
}

void account_meter_step(struct account_meter *meter, int64_t step_ns)
{
	if (meter->seen_ns >= 0 && meter->seen_utc_ns > 0 && meter->seen_utc_ns + step_ns > 0)
		meter->seen_utc_ns += step_ns;
}
