/* SPDX-License-Identifier: Apache-2.0 */
#include "account/counter.h"

#include "base/wide.h"
#include "model/units.h"

#include <math.h>
#include <stddef.h>

/* Meters and ratings are not exact: a delta may be so many times what rated power allows (METHODS, counter rules). */
static const double POWER_MARGIN = 1.1;

/* Without a rating, what was seen so far times this bounds how often a counter can have wrapped. */
static const double SEEN_MARGIN = 2.0;

/* A counter shows energy in steps, and some refresh it only once a minute: their advance may come late by so much. */
static const double REFRESH_MAX_S = 60.0;

/* sysUpTime (RFC 3418) is a 32-bit count of hundredths: it wraps after 497 days without any restart. */
static const double UPTIME_WRAP_S = 42949672.96;
static const double UPTIME_WRAP_TOLERANCE_S = 120.0;

/* Device clocks drift and uptimes are rounded; what falls by less is no restart. */
static const double UPTIME_TOLERANCE_S = 5.0;
static const double UPTIME_FALL_S = 60.0;

static double seconds(int64_t ns)
{
	return (double)ns / (double)UNITS_NS_PER_S;
}

static int64_t nanoseconds(double s)
{
	return (int64_t)(s * (double)UNITS_NS_PER_S);
}

static double modulus_of(const struct counter_spec *spec)
{
	return spec->modulus ? (double)spec->modulus : ldexp(1.0, 64);
}

/* Steps between two readings, forwards through the modulus. */
static uint64_t steps_forward(const struct counter_spec *spec, uint64_t before, uint64_t after)
{
	return after >= before || !spec->modulus ? after - before : after + (spec->modulus - before);
}

static double steps_of(const struct counter_spec *spec, double power_w, double time_s)
{
	return power_w * time_s * (double)UNITS_MILLIJ_PER_J * (double)spec->unit_den / (double)spec->unit_num;
}

/* The most steps that rated power allows in a time; one more since both readings are cut to whole steps. */
static double steps_most(const struct counter_spec *spec, double rated_w, double time_s)
{
	return rated_w > 0.0 ? floor(steps_of(spec, rated_w * POWER_MARGIN, time_s)) + 1.0 : INFINITY;
}

/* The same for a rise, where an unrated device has at least a bound of common sense. */
static double rise_most(const struct counter_spec *spec, double rated_w, const struct counter_reading *reading, double time_s)
{
	return steps_most(spec, rated_w > 0.0 ? rated_w : reading->bound_w, time_s);
}

/* Exact: steps x num / den, the fraction carried. */
static int64_t convert(struct account_counter *counter, const struct counter_spec *spec, uint64_t steps)
{
	uint64_t den = (uint64_t)spec->unit_den;
	struct wide sum = wide_add(wide_mul_unsigned(steps, (uint64_t)spec->unit_num), wide_of_unsigned(counter->carry % den));

	return wide_saturated(wide_divide_unsigned(sum, den, &counter->carry));
}

/* Seconds since the device restarted or its counter lost continuity, when that was after the baseline; < 0 when it was not. */
static double restart_age_s(const struct account_counter *counter, const struct counter_reading *reading)
{
	double time_s = seconds(reading->boot_ns - counter->boot_ns);
	double uptime_s = reading->uptime_s;
	double fall_s = counter->uptime_s - uptime_s;
	double age_s;

	if (counter->mark_s != COUNTER_MARK_NONE && reading->mark_s != COUNTER_MARK_NONE && counter->mark_s != reading->mark_s) {
		age_s = uptime_s >= (double)reading->mark_s ? uptime_s - (double)reading->mark_s : time_s;
		return fmin(age_s, time_s);
	}
	if (uptime_s < 0.0 || counter->uptime_s < 0.0)
		return -1.0;
	if (fall_s > 0.0 && fabs(fall_s + time_s - UPTIME_WRAP_S) <= UPTIME_WRAP_TOLERANCE_S)
		return -1.0;
	if (fall_s > UPTIME_FALL_S || (fall_s > 0.0 && uptime_s <= time_s + UPTIME_TOLERANCE_S))
		return fmin(uptime_s, time_s);
	/* It may run for longer by now than it had then, after a long gap. */
	if (uptime_s <= time_s && fall_s + time_s > UPTIME_TOLERANCE_S + time_s / 100.0)
		return uptime_s;
	return -1.0;
}

static void baseline_move(struct account_counter *counter, const struct counter_reading *reading)
{
	if (counter->raw != reading->raw || !counter->has_baseline)
		counter->moved_ns = reading->boot_ns;
	counter->raw = reading->raw;
	counter->boot_ns = reading->boot_ns;
	counter->has_baseline = 1;
	if (reading->uptime_s >= 0.0)
		counter->uptime_s = reading->uptime_s;
	if (reading->mark_s != COUNTER_MARK_NONE)
		counter->mark_s = reading->mark_s;
	counter->held_kind = COUNTER_FIRST;
	counter->confirm_count = 0;
}

static struct counter_result result_of(const struct account_counter *counter, const struct counter_reading *reading,
				       enum counter_outcome outcome)
{
	return (struct counter_result){
	    .outcome = outcome,
	    .from_boot_ns = counter->boot_ns,
	    .to_boot_ns = reading->boot_ns,
	    .before = counter->raw,
	    .after = reading->raw,
	};
}

/* Believes the reading; `steps` were counted since the baseline. */
static struct counter_result believe(struct account_counter *counter, const struct counter_spec *spec,
				     const struct counter_reading *reading, enum counter_outcome outcome, uint64_t steps)
{
	struct counter_result result = result_of(counter, reading, outcome);
	double time_s = seconds(reading->boot_ns - counter->boot_ns);

	result.millij = convert(counter, spec, steps);
	result.is_counted = true;
	/* One step less: the mean power was at least this. */
	if (steps > 1 && time_s > 0.0)
		counter->peak_w = fmaxf(counter->peak_w, (float)((double)(steps - 1) / steps_of(spec, 1.0, time_s)));
	if (counter->recover_count) {
		counter->since_raw += steps;
		counter->recover_count = (uint8_t)(counter->recover_count - (steps > 0));
	}
	baseline_move(counter, reading);
	return result;
}

/* Keeps the reading as the begin of a doubtful series. */
static struct counter_result doubt(struct account_counter *counter, const struct counter_reading *reading, enum counter_outcome outcome)
{
	counter->held_kind = (uint8_t)outcome;
	counter->held_raw = counter->first_raw = reading->raw;
	counter->held_boot_ns = counter->first_boot_ns = reading->boot_ns;
	counter->confirm_count = 0;
	return result_of(counter, reading, outcome);
}

/* As reset's from_boot_ns: nobody knows what was used since the baseline. */
static const int64_t RESET_UNCOUNTED = INT64_MIN;

/* From now on the new series counts, `steps` of it since from_boot_ns; remembers the old level for a recovery. */
static struct counter_result reset(struct account_counter *counter, const struct counter_spec *spec, const struct counter_reading *reading,
				   uint64_t steps, int64_t from_boot_ns)
{
	struct counter_result result = result_of(counter, reading, COUNTER_RESET);
	uint64_t former_raw = counter->raw;

	result.millij = convert(counter, spec, steps);
	result.from_boot_ns = from_boot_ns > counter->boot_ns ? from_boot_ns : counter->boot_ns;
	counter->recover_count = reading->raw < former_raw ? COUNTER_RECOVER_COUNT : 0;
	counter->former_raw = former_raw;
	counter->former_ns = counter->boot_ns;
	counter->since_raw = steps;
	baseline_move(counter, reading);
	result.is_counted = from_boot_ns != RESET_UNCOUNTED;
	return result;
}

/* Power to reckon with when several wraps may hide in a gap, W. */
static double power_most_w(const struct account_counter *counter, double rated_w, double power_w)
{
	return rated_w > 0.0 ? rated_w * POWER_MARGIN : SEEN_MARGIN * fmax((double)counter->peak_w, power_w);
}

/* True when `steps` and the same plus a whole modulus are both possible in the time. */
static bool is_ambiguous(const struct counter_spec *spec, double power_w, double time_s, uint64_t steps)
{
	return spec->is_wrap_known && (double)steps + modulus_of(spec) <= steps_of(spec, power_w, time_s);
}

static struct counter_result multiwrap(struct account_counter *counter, const struct counter_spec *spec,
				       const struct counter_reading *reading, uint64_t steps)
{
	struct counter_result result = result_of(counter, reading, COUNTER_MULTIWRAP);

	result.refused_millij = convert(counter, spec, steps);
	counter->recover_count = 0;
	baseline_move(counter, reading);
	return result;
}

/* The device restarted `age_s` ago. */
static struct counter_result take_restarted(struct account_counter *counter, const struct counter_spec *spec, double rated_w,
					    const struct counter_reading *reading, double age_s)
{
	bool has_mark_moved =
	    counter->mark_s != reading->mark_s && counter->mark_s != COUNTER_MARK_NONE && reading->mark_s != COUNTER_MARK_NONE;
	double time_s = seconds(reading->boot_ns - counter->boot_ns);
	bool has_gone_on =
	    !has_mark_moved && reading->raw >= counter->raw && (double)(reading->raw - counter->raw) <= steps_most(spec, rated_w, time_s);
	bool is_energy = spec->starts_at_zero && (double)reading->raw <= steps_most(spec, rated_w, age_s);
	double power_w = power_most_w(counter, rated_w, reading->power_w);
	struct counter_result result;

	if (is_energy && is_ambiguous(spec, power_w, age_s, reading->raw))
		result = multiwrap(counter, spec, reading, reading->raw);
	else if (is_energy)
		result = reset(counter, spec, reading, reading->raw, reading->boot_ns - nanoseconds(age_s));
	else if (has_gone_on)
		result = believe(counter, spec, reading, COUNTER_ADVANCE, reading->raw - counter->raw);
	else
		result = reset(counter, spec, reading, 0, RESET_UNCOUNTED);
	result.has_restarted = true;
	return result;
}

/*
 * A fall is a wrap when the way over the top is possible, and a reset is either excluded (the device ran on and nobody can set it
 * back) or improbable (from the last quarter of the range into its first).
 */
static bool is_wrap(const struct account_counter *counter, const struct counter_spec *spec, double rated_w,
		    const struct counter_reading *reading)
{
	double quarter = modulus_of(spec) / 4.0;
	bool is_near = modulus_of(spec) - (double)counter->raw <= quarter && (double)reading->raw <= quarter;
	bool has_run_on = counter->uptime_s >= 0.0 && reading->uptime_s >= 0.0 && !spec->is_resettable && rated_w > 0.0;
	double time_s = seconds(reading->boot_ns - counter->boot_ns);
	double steps = (double)steps_forward(spec, counter->raw, reading->raw);

	return spec->is_wrap_known && (is_near || has_run_on) && steps <= steps_most(spec, rated_w, time_s);
}

/* After a reset the counter shows its old level again, which it cannot have reached by counting: the low readings were a dip. */
static bool has_recovered(const struct account_counter *counter, const struct counter_spec *spec, double rated_w, double most,
			  const struct counter_reading *reading)
{
	uint64_t above = reading->raw - counter->former_raw;

	if (!counter->recover_count || reading->raw < counter->former_raw || counter->raw >= counter->former_raw / 2)
		return false;
	if (above < counter->since_raw)
		return false;
	if (rated_w <= 0.0)
		return above < counter->former_raw - counter->raw;
	return (double)(reading->raw - counter->raw) > most &&
	       (double)above <= steps_most(spec, rated_w, seconds(reading->boot_ns - counter->former_ns));
}

static struct counter_result take_rise(struct account_counter *counter, const struct counter_spec *spec, double rated_w,
				       const struct counter_reading *reading)
{
	uint64_t steps = reading->raw - counter->raw;
	double time_s = seconds(reading->boot_ns - counter->boot_ns);
	double still_s = fmin(seconds(counter->boot_ns - counter->moved_ns), REFRESH_MAX_S);
	double most = rise_most(spec, rated_w, reading, time_s + still_s);
	enum counter_outcome outcome = counter->held_kind == COUNTER_HELD ? COUNTER_DIP : COUNTER_ADVANCE;
	uint64_t low = counter->first_raw;
	struct counter_result result;

	if (has_recovered(counter, spec, rated_w, most, reading)) {
		steps = reading->raw - counter->former_raw - counter->since_raw;
		counter->recover_count = 0;
		low = counter->raw > counter->since_raw ? counter->raw - counter->since_raw : 0;
		result = believe(counter, spec, reading, COUNTER_DIP, steps);
		result.low = low;
		return result;
	}
	if (is_ambiguous(spec, power_most_w(counter, rated_w, reading->power_w), time_s, steps))
		return multiwrap(counter, spec, reading, steps);
	if ((double)steps > most)
		return doubt(counter, reading, COUNTER_IMPOSSIBLE);
	result = believe(counter, spec, reading, outcome, steps);
	result.low = low;
	return result;
}

static struct counter_result take_fall(struct account_counter *counter, const struct counter_spec *spec, double rated_w,
				       const struct counter_reading *reading)
{
	uint64_t steps = steps_forward(spec, counter->raw, reading->raw);
	double time_s = seconds(reading->boot_ns - counter->boot_ns);

	if (is_ambiguous(spec, power_most_w(counter, rated_w, reading->power_w), time_s, steps))
		return multiwrap(counter, spec, reading, steps);
	if (!is_wrap(counter, spec, rated_w, reading))
		return doubt(counter, reading, COUNTER_HELD);
	counter->recover_count = 0;
	return believe(counter, spec, reading, COUNTER_WRAP, steps);
}

/* The doubtful series is confirmed: a reset. What it counted before its first reading is energy only where that is documented. */
static struct counter_result confirm_reset(struct account_counter *counter, const struct counter_spec *spec, double rated_w,
					   const struct counter_reading *reading)
{
	double most_w = rated_w > 0.0 ? rated_w : SEEN_MARGIN * (double)counter->peak_w;
	double time_s = seconds(counter->first_boot_ns - counter->boot_ns);
	uint64_t steps = reading->raw - counter->first_raw;
	int64_t from_boot_ns = counter->first_boot_ns;

	if (spec->starts_at_zero && most_w > 0.0 && (double)counter->first_raw <= steps_most(spec, most_w, time_s)) {
		steps += counter->first_raw;
		from_boot_ns = counter->boot_ns;
	}
	return reset(counter, spec, reading, steps, from_boot_ns);
}

static struct counter_result confirm_jump(struct account_counter *counter, const struct counter_spec *spec,
					  const struct counter_reading *reading)
{
	struct counter_result result = result_of(counter, reading, COUNTER_REBASED);

	result.after = counter->first_raw;
	result.refused_millij = convert(counter, spec, counter->first_raw - counter->raw);
	result.millij = convert(counter, spec, reading->raw - counter->first_raw);
	result.from_boot_ns = counter->first_boot_ns;
	result.is_counted = true;
	counter->recover_count = 0;
	baseline_move(counter, reading);
	return result;
}

/* The reading goes on from the doubtful series. */
static struct counter_result agree(struct account_counter *counter, const struct counter_spec *spec, double rated_w,
				   const struct counter_reading *reading)
{
	bool is_still = reading->raw == counter->first_raw;

	counter->held_raw = reading->raw;
	counter->held_boot_ns = reading->boot_ns;
	counter->confirm_count++;
	if (counter->confirm_count < (is_still ? COUNTER_STILL_COUNT : COUNTER_CONFIRM_COUNT))
		return result_of(counter, reading, (enum counter_outcome)counter->held_kind);
	if (counter->held_kind == COUNTER_IMPOSSIBLE)
		return confirm_jump(counter, spec, reading);
	return confirm_reset(counter, spec, rated_w, reading);
}

static struct counter_result take_doubtful(struct account_counter *counter, const struct counter_spec *spec, double rated_w,
					   const struct counter_reading *reading)
{
	bool is_jump = counter->held_kind == COUNTER_IMPOSSIBLE;
	double base_s = seconds(reading->boot_ns - counter->boot_ns);
	double held_s = seconds(reading->boot_ns - counter->held_boot_ns);
	bool is_agreed =
	    reading->raw >= counter->held_raw && (double)(reading->raw - counter->held_raw) <= rise_most(spec, rated_w, reading, held_s);

	/* Back at the old level, or the jump has become possible in the time that has passed since. */
	if (reading->raw >= counter->raw && (double)(reading->raw - counter->raw) <= rise_most(spec, rated_w, reading, base_s))
		return take_rise(counter, spec, rated_w, reading);
	if (is_agreed && (is_jump || reading->raw < counter->raw))
		return agree(counter, spec, rated_w, reading);
	return reading->raw >= counter->raw ? doubt(counter, reading, COUNTER_IMPOSSIBLE) : take_fall(counter, spec, rated_w, reading);
}

struct counter_result account_counter_take(struct account_counter *counter, const struct counter_spec *spec, double rated_w,
					   const struct counter_reading *reading)
{
	struct counter_result result;
	double age_s;

	if (!counter->has_baseline) {
		result = result_of(counter, reading, COUNTER_FIRST);
		result.from_boot_ns = reading->boot_ns;
		result.before = reading->raw;
		counter->uptime_s = COUNTER_UPTIME_NONE;
		counter->mark_s = COUNTER_MARK_NONE;
		if (spec->modulus && reading->raw >= spec->modulus)
			result.outcome = COUNTER_IMPOSSIBLE;
		else
			baseline_move(counter, reading);
		return result;
	}
	if (spec->modulus && reading->raw >= spec->modulus)
		return result_of(counter, reading, COUNTER_IMPOSSIBLE);
	age_s = restart_age_s(counter, reading);
	if (age_s >= 0.0)
		return take_restarted(counter, spec, rated_w, reading, age_s);
	if (counter->held_kind != COUNTER_FIRST)
		return take_doubtful(counter, spec, rated_w, reading);
	if (reading->raw >= counter->raw)
		return take_rise(counter, spec, rated_w, reading);
	return take_fall(counter, spec, rated_w, reading);
}

struct counter_result account_counter_decide(struct account_counter *counter, const struct counter_spec *spec)
{
	struct counter_reading reading = {
	    .raw = counter->held_raw, .boot_ns = counter->held_boot_ns, .uptime_s = COUNTER_UPTIME_NONE, .mark_s = COUNTER_MARK_NONE};

	if (counter->held_kind == COUNTER_IMPOSSIBLE)
		return confirm_jump(counter, spec, &reading);
	return reset(counter, spec, &reading, 0, RESET_UNCOUNTED);
}

void account_counter_init(struct account_counter *counter)
{
	*counter = (struct account_counter){.uptime_s = COUNTER_UPTIME_NONE, .mark_s = COUNTER_MARK_NONE};
}

void account_counter_forget(struct account_counter *counter)
{
	uint64_t carry = counter->carry;
	float peak_w = counter->peak_w;

	account_counter_init(counter);
	counter->carry = carry;
	counter->peak_w = peak_w;
}

int64_t account_counter_step_millij(const struct counter_spec *spec)
{
	int64_t step = spec->unit_den > 0 ? spec->unit_num / spec->unit_den + (spec->unit_num % spec->unit_den > 0) : 1;

	return step > 0 ? step : 1;
}

uint32_t account_counter_spec_digest(const struct counter_spec *spec)
{
	const uint64_t field[] = {spec->modulus, (uint64_t)spec->unit_num, (uint64_t)spec->unit_den};
	uint32_t hash = UINT32_C(2166136261); /* FNV-1a 32 */

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		for (unsigned shift = 0; shift < 64; shift += 8) {
			hash ^= (uint32_t)(field[i] >> shift & 0xff);
			hash *= UINT32_C(16777619);
		}
	}
	return hash ? hash : 1;
}

bool account_counter_is_sane(const struct account_counter *counter)
{
	bool is_kind =
	    counter->held_kind == COUNTER_FIRST || counter->held_kind == COUNTER_HELD || counter->held_kind == COUNTER_IMPOSSIBLE;
	bool is_order = counter->first_boot_ns <= counter->held_boot_ns && counter->moved_ns <= counter->boot_ns;
	bool is_real = isfinite(counter->uptime_s) && isfinite(counter->peak_w) && counter->peak_w >= 0.0F;

	if (counter->has_baseline > 1 || !is_kind || !is_real || !is_order)
		return false;
	if (counter->held_kind != COUNTER_FIRST && (!counter->has_baseline || counter->held_raw < counter->first_raw))
		return false;
	return counter->confirm_count <= COUNTER_STILL_COUNT && counter->recover_count <= COUNTER_RECOVER_COUNT;
}

const char *counter_outcome_name(enum counter_outcome outcome)
{
	static const char *const NAME[COUNTER_OUTCOME_COUNT] = {
	    "first", "advance", "wrap", "reset", "held", "dip", "impossible", "rebased", "multiwrap",
	};

	return (unsigned)outcome < COUNTER_OUTCOME_COUNT ? NAME[outcome] : "unknown";
}
