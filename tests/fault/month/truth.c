/* SPDX-License-Identifier: Apache-2.0 */
#include "truth.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define FJ_PER_MILLIJ UINT64_C(1000000000000)

enum { FAULT_GAP = 0, FAULT_DIP, FAULT_SPIKE, FAULT_RESET, FAULT_SWAP, FAULT_ONE_IN = 700 };

#define JOULES(steps)                                                                                                   \
	{                                                                                                               \
		.modulus = UINT64_C(1) << 32, .unit_num = INT64_C(1000) * (steps), .unit_den = 1, .is_wrap_known = true \
	}
#define RAPL(num)                                                                                                                     \
	{                                                                                                                             \
		.modulus = UINT64_C(262143328850), .unit_num = (num), .unit_den = 1000, .is_wrap_known = true, .starts_at_zero = true \
	}

static const struct truth_kind KIND[] = {
    /* Joules, 32 bits. */
    {{JOULES(1), JOULES(10)}, 2300, .has_raw = true, .has_power = true, .has_uptime = true, .can_dip = true},
    /* Microjoules with a range of 262 kJ: it goes over its end every quarter of an hour. */
    {{RAPL(1), RAPL(2)}, 280, .has_raw = true, .has_uptime = true},
    /* Tenths of a kilowatt hour: the power has to place them. */
    {{{.modulus = UINT64_C(1) << 32, .unit_num = 360000000, .unit_den = 1, .is_wrap_known = true},
      {.modulus = UINT64_C(1) << 32, .unit_num = 3600000, .unit_den = 1, .is_wrap_known = true}},
     2300,
     .has_raw = true,
     .has_power = true,
     .has_uptime = true,
     .can_dip = true},
    /* Steps of 7/3 mJ, set back by anybody, and nobody says so. */
    {{{.unit_num = 7, .unit_den = 3, .is_resettable = true}, {.unit_num = 11, .unit_den = 3, .is_resettable = true}},
     2300,
     .has_raw = true,
     .has_power = true,
     .can_dip = true},
    /* Decimal digits: from 99,999,999 to 0. */
    {{{.modulus = 100000000, .unit_num = 36000, .unit_den = 1, .is_wrap_known = true},
      {.modulus = 100000000, .unit_num = 360000, .unit_den = 1, .is_wrap_known = true}},
     1500,
     .has_raw = true,
     .has_uptime = true,
     .can_dip = true},
    /* Power alone. */
    {{{.unit_num = 1, .unit_den = 1}, {.unit_num = 1, .unit_den = 1}}, 500, .has_power = true, .has_uptime = true},
    /* Rows of a sum: watt hours that begin at 0 when the device starts. */
    {{{.modulus = UINT64_C(1) << 32, .unit_num = 3600000, .unit_den = 1, .is_wrap_known = true, .starts_at_zero = true},
      {.modulus = UINT64_C(1) << 32, .unit_num = 360000, .unit_den = 1, .is_wrap_known = true, .starts_at_zero = true}},
     800,
     .has_raw = true,
     .has_power = true,
     .has_uptime = true,
     .can_dip = true},
};

enum { KIND_COUNT = sizeof(KIND) / sizeof(KIND[0]), KIND_ROW = KIND_COUNT - 1 };

uint64_t truth_below(struct truth *truth, uint64_t count)
{
	/* splitmix64 */
	uint64_t value = truth->random += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (value ^ (value >> 31)) % count;
}

/* A series begins at a level from which it goes over its end within the month, or in the middle of nowhere. */
static void begin_series(struct truth *truth, struct truth_meter *meter, const struct counter_spec *spec)
{
	uint64_t range = spec->modulus ? spec->modulus : UINT64_C(1) << 40;
	uint64_t month = range / 8 < UINT64_C(400000000) ? range / 8 : UINT64_C(400000000);

	meter->base_fj = meter->fj;
	if (spec->is_wrap_known && truth_below(truth, 2) == 0)
		meter->base_raw = range - 1 - truth_below(truth, month);
	else
		meter->base_raw = range / 4 + truth_below(truth, range / 4);
}

static void init_meter(struct truth *truth, struct truth_meter *meter, const struct truth_kind *kind)
{
	meter->kind = kind;
	meter->load_microw = (int64_t)(kind->rated_w * 0.4e6);
	begin_series(truth, meter, &kind->spec[0]);
}

void truth_init(struct truth *truth, uint64_t seed)
{
	struct truth_meter *next = truth->meter;

	memset(truth, 0, sizeof(*truth));
	truth->random = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
	for (uint32_t i = 0; i < TRUTH_DEVICES; i++) {
		struct truth_device *device = &truth->device[i];

		device->is_sum = i < TRUTH_SUMS;
		device->site = i % 3;
		device->serial = 1;
		device->up_since_ns = -INT64_C(86400) * NS_PER_S * (int64_t)(1 + truth_below(truth, 100));
		device->quiet = 10;
		device->meter = next;
		device->meter_count = device->is_sum ? TRUTH_ROWS : 1;
		next += device->meter_count;
		for (uint32_t m = 0; m < device->meter_count; m++) {
			init_meter(truth, &device->meter[m], device->is_sum ? &KIND[KIND_ROW] : &KIND[i % KIND_ROW]);
			snprintf(device->meter[m].key, sizeof(device->meter[m].key), device->is_sum ? "line/%u" : "total", m);
		}
	}
}

static void change_load(struct truth *truth, struct truth_meter *meter)
{
	if (truth_below(truth, 20) == 0)
		meter->load_microw = truth_below(truth, 4) == 0 ? 0 : (int64_t)truth_below(truth, (uint64_t)(meter->kind->rated_w * 1e6));
}

void truth_pass(struct truth *truth, int64_t time_ns)
{
	truth->now_ns += time_ns;
	for (uint32_t i = 0; i < TRUTH_METERS; i++) {
		struct truth_meter *meter = &truth->meter[i];

		meter->fj += (unsigned __int128)meter->load_microw * (unsigned __int128)time_ns;
		if (!truth->is_stopped)
			change_load(truth, meter);
	}
}

void truth_stop(struct truth *truth)
{
	truth->is_stopped = true;
	for (uint32_t i = 0; i < TRUTH_METERS; i++)
		truth->meter[i].load_microw = 0;
}

static const struct counter_spec *spec_of(const struct truth_device *device, const struct truth_meter *meter)
{
	return &meter->kind->spec[device->scale];
}

uint64_t truth_raw(const struct truth_device *device, const struct truth_meter *meter)
{
	const struct counter_spec *spec = spec_of(device, meter);
	unsigned __int128 steps = meter->base_raw + (meter->fj - meter->base_fj) * (unsigned __int128)spec->unit_den /
							((unsigned __int128)spec->unit_num * FJ_PER_MILLIJ);

	return (uint64_t)(spec->modulus ? steps % spec->modulus : steps);
}

void truth_round_up(const struct truth_device *device, struct truth_meter *meter)
{
	const struct counter_spec *spec = spec_of(device, meter);
	unsigned __int128 step_fj = (unsigned __int128)spec->unit_num * FJ_PER_MILLIJ;
	unsigned __int128 since = (meter->fj - meter->base_fj) * (unsigned __int128)spec->unit_den;

	if (meter->kind->has_raw)
		meter->fj += (step_fj - since % step_fj + (unsigned __int128)spec->unit_den - 1) / (unsigned __int128)spec->unit_den;
}

/* So near its end that what is not true could be. */
static bool is_near_the_end(const struct truth_device *device)
{
	for (uint32_t m = 0; m < device->meter_count; m++) {
		const struct counter_spec *spec = spec_of(device, &device->meter[m]);
		double left = (double)(spec->modulus - truth_raw(device, &device->meter[m]));

		if (spec->is_wrap_known &&
		    left * (double)spec->unit_num / (double)spec->unit_den < 20.0 * TRUTH_POLL_S * 1000.0 * device->meter[m].kind->rated_w)
			return true;
	}
	return false;
}

/* Set back again before it counted anything: nobody could tell, and nothing is lost by it. */
static bool is_unseen(const struct truth_device *device)
{
	for (uint32_t m = 0; m < device->meter_count; m++) {
		if (device->meter[m].kind->has_uptime || truth_raw(device, &device->meter[m]) != 0)
			return false;
	}
	return true;
}

static void reset(struct truth *truth, struct truth_device *device)
{
	if (is_unseen(device))
		return;
	device->series++;
	device->up_since_ns = truth->now_ns;
	for (uint32_t m = 0; m < device->meter_count; m++) {
		device->meter[m].base_fj = device->meter[m].fj;
		device->meter[m].base_raw = 0;
	}
}

static void swap(struct truth *truth, struct truth_device *device)
{
	device->serial++;
	device->up_since_ns = truth->now_ns;
	for (uint32_t m = 0; m < device->meter_count; m++)
		begin_series(truth, &device->meter[m], spec_of(device, &device->meter[m]));
}

void truth_draw_fault(struct truth *truth, struct truth_device *device)
{
	bool can_lie = device->meter[0].kind->can_dip && !is_near_the_end(device);
	uint64_t fault;

	if (device->quiet > 0)
		device->quiet--;
	if (device->quiet > 0 || truth_below(truth, FAULT_ONE_IN) != 0)
		return;
	fault = truth_below(truth, 5);
	if ((fault == FAULT_DIP || fault == FAULT_SPIKE) && !can_lie)
		return;
	truth->fault_count[fault]++;
	switch (fault) {
	case FAULT_GAP: device->gap_left = 3 + (int)truth_below(truth, 200); break;
	case FAULT_DIP: device->dip_left = 1 + (int)truth_below(truth, 3); break;
	case FAULT_SPIKE: device->is_spike = true; break;
	case FAULT_RESET: reset(truth, device); break;
	default: swap(truth, device); break;
	}
	device->quiet = device->gap_left + TRUTH_QUIET_POLLS;
}

void truth_calm(struct truth *truth)
{
	for (uint32_t i = 0; i < TRUTH_DEVICES; i++) {
		struct truth_device *device = &truth->device[i];

		device->dip_left = 0;
		device->is_spike = false;
		if (device->quiet < TRUTH_QUIET_POLLS)
			device->quiet = TRUTH_QUIET_POLLS;
	}
}

/* What its steps so far are worth is fixed: the fraction of a millijoule ends with the scale. */
static void settle(struct truth_oracle *oracle, const struct counter_spec *spec)
{
	oracle->due_millij += (int64_t)(oracle->due_steps * (unsigned __int128)spec->unit_num / (unsigned __int128)spec->unit_den);
	oracle->due_steps = 0;
}

void truth_see(const struct truth_device *device, struct truth_meter *meter, uint64_t raw)
{
	const struct counter_spec *spec = spec_of(device, meter);
	struct truth_oracle *oracle = &meter->oracle;
	bool is_same = oracle->has_seen && oracle->serial == device->serial && oracle->scale == device->scale;

	if (oracle->scale != device->scale)
		settle(oracle, &meter->kind->spec[oracle->scale]);
	if (is_same && oracle->series == device->series)
		oracle->due_steps += raw >= oracle->seen_raw ? raw - oracle->seen_raw : raw + spec->modulus - oracle->seen_raw;
	else if (is_same && spec->starts_at_zero && meter->kind->has_uptime)
		oracle->due_steps += raw; /* since the device began to count anew */
	else if (is_same && !spec->starts_at_zero && raw >= oracle->seen_raw)
		oracle->due_steps +=
		    raw - oracle->seen_raw; /* set back unseen, and further by now: it looks as if it had gone on, as most do */
	oracle->has_seen = true;
	oracle->seen_raw = raw;
	oracle->series = device->series;
	oracle->serial = device->serial;
	oracle->scale = device->scale;
}

int64_t truth_due_millij(const struct truth_meter *meter)
{
	struct truth_oracle oracle = meter->oracle;

	settle(&oracle, &meter->kind->spec[oracle.scale]);
	return oracle.due_millij;
}
