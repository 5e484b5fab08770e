/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>

static const int64_t NS_PER_S = 1000000000;
static const int64_t UTC_BEGIN_NS = INT64_C(1790000000) * 1000000000; /* 2026-09-21 */

uint64_t world_random(struct world *world)
{
	/* splitmix64 */
	uint64_t value = world->random += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
	return value ^ (value >> 31);
}

static uint64_t below(struct world *world, uint64_t count)
{
	return world_random(world) % count;
}

static bool happens(struct world *world, uint32_t one_in)
{
	/* Never and always draw no number: so that the same seed gives the same faults with and without them. */
	return one_in == 1 || (one_in && below(world, one_in) == 0);
}

static int64_t boot_ns(const struct world *world)
{
	return world->now_ns - world->boot_at_ns;
}

static void clock_feed(struct world *world)
{
	struct place_floor floor = {.build_utc_ns = UTC_BEGIN_NS - NS_PER_S};
	struct place_reading reading = {
	    .boot_ns = boot_ns(world), .utc_ns = UTC_BEGIN_NS + world->now_ns + world->utc_error_ns, .is_synced = true};
	struct account_now now = {.boot = world->boot, .boot_ns = reading.boot_ns};
	int64_t step_ns;
	enum place_outcome outcome = account_place_feed(&world->place, &floor, &reading, &step_ns);

	now.utc_ns = account_place_utc_ns(&world->place, reading.boot_ns);
	if (outcome == PLACE_BEGUN)
		account_book_trust(&world->book, &world->rules, &world->place, &now, &world->sink);
	else if (outcome == PLACE_STEPPED)
		account_book_step(&world->book, reading.boot_ns, step_ns, &world->sink);
}

static void agent_restart(struct world *world)
{
	uint8_t bytes[ACCOUNT_BOOK_BYTES_MAX];
	size_t size = account_book_save(&world->book, NULL, bytes, sizeof(bytes));
	struct account_now now = {.boot = world->boot, .boot_ns = boot_ns(world)};

	memset(&world->book, 0xa5, sizeof(world->book));
	if (!size || account_book_load(&world->book, NULL, bytes, size, NULL) != ERR_NONE)
		world->has_lost_state = true;
	now.utc_ns = account_place_utc_ns(&world->place, now.boot_ns);
	account_book_resume(&world->book, &world->rules, &world->place, &now, &world->sink);
}

void world_init(struct world *world, const struct world_setup *setup, uint64_t seed)
{
	struct account_now now = {.boot = 1};

	memset(world, 0, sizeof(*world));
	world->setup = *setup;
	world->random = seed * UINT64_C(0x2545f4914f6cdd1d) + 1;
	world->sink = recorder_sink(&world->recorder);
	world->identity = 1000;
	world->boot = 1;
	world->quiet = 10;
	world->load_microw = (int64_t)(setup->rated_w * 0.4e6);
	account_rules_init(&world->rules);
	world->rules.counter = setup->spec;
	world->rules.rated_w = setup->rated_w;
	world->rules.slot_ns = setup->slot_s * NS_PER_S;
	world->rules.max_gap_ns = 3 * setup->poll_ns > 60 * NS_PER_S ? 3 * setup->poll_ns : 60 * NS_PER_S;
	account_book_init(&world->book, setup->slot_s);
	account_book_resume(&world->book, &world->rules, &world->place, &now, &world->sink);
}

/* Steps since the world began. */
static uint64_t total_steps(const struct world *world)
{
	const struct counter_spec *spec = &world->setup.spec;
	uint64_t rest;
	struct wide nanoj = wide_divide_unsigned(world->fj, 1000000, &rest);

	/* 1 mJ = 1e12 fJ; kept below 2^127 by dividing in two parts. */
	return wide_shifted(wide_divide_unsigned(wide_times(nanoj, spec->unit_den), (uint64_t)spec->unit_num * 1000000, &rest), 0);
}

static void load_change(struct world *world)
{
	if (below(world, 20) == 0)
		world->load_microw = below(world, 4) == 0 ? 0 : (int64_t)below(world, (uint64_t)(world->setup.rated_w * 1e6));
}

static void device_reset(struct world *world)
{
	world->series_begin = total_steps(world);
	world->up_since_s = (double)world->now_ns / 1e9;
	/* Counted from here where the device documents it and says that it restarted; else from the first reading. */
	world->has_seen = world->setup.has_uptime && world->setup.spec.starts_at_zero && world->has_seen;
	world->seen_total = world->series_begin;
}

static void faults_draw(struct world *world)
{
	const struct world_faults *faults = &world->setup.faults;

	if (world->quiet > 0) {
		world->quiet--;
		return;
	}
	if (happens(world, faults->gap))
		world->gap_left = 2 + (int)below(world, 199);
	else if (happens(world, faults->dip))
		world->dip_left = 1 + (int)below(world, 3);
	else if (happens(world, faults->spike))
		world->is_spike = true;
	else if (happens(world, faults->reset))
		device_reset(world);
	else if (happens(world, faults->swap)) {
		world->identity++;
		world->series_begin = 0;
		world->has_seen = false;
		world->up_since_s = (double)world->now_ns / 1e9;
	} else if (happens(world, faults->reboot)) {
		world->boot++;
		world->boot_at_ns = world->now_ns - 1 - (int64_t)below(world, 20000000000);
		memset(&world->place, 0, sizeof(world->place));
		agent_restart(world);
	} else if (happens(world, faults->clock_step)) {
		world->utc_error_ns += (int64_t)below(world, 14400) * NS_PER_S - 7200 * NS_PER_S;
	} else {
		return;
	}
	world->quiet = world->gap_left + 30;
}

static void oracle_see(struct world *world)
{
	uint64_t total = total_steps(world);

	if (world->has_seen)
		world->due = wide_add(world->due, wide_of_unsigned(total - world->seen_total));
	world->has_seen = true;
	world->seen_total = total;
}

static void poll(struct world *world)
{
	const struct world_setup *setup = &world->setup;
	uint64_t shown = total_steps(world) - world->series_begin;
	struct account_reading reading = {
	    .boot_ns = boot_ns(world),
	    .utc_ns = account_place_utc_ns(&world->place, boot_ns(world)),
	    /* What is booked by power before a counter is known is none of its steps: the oracle would have to integrate power. */
	    .has_raw = setup->has_raw && !(world->has_seen && happens(world, setup->faults.no_raw)),
	    .has_power = setup->has_power && !happens(world, setup->faults.no_power),
	    .has_uptime = setup->has_uptime,
	    .power_w = (double)world->load_microw / 1e6 * (1.0 + (double)setup->power_error_ppm / 1e6),
	    .uptime_s = (double)world->now_ns / 1e9 - world->up_since_s,
	    .caliber = CALIBER_ACTUAL,
	    .identity = world->identity,
	};

	if (setup->spec.modulus)
		shown %= setup->spec.modulus;
	reading.raw = shown;
	if (world->dip_left > 0) {
		world->dip_left--;
		reading.raw = 0;
	} else if (world->is_spike) {
		world->is_spike = false;
		reading.raw = shown + (setup->spec.modulus ? (setup->spec.modulus - shown) / 2 : UINT64_C(1) << 40);
	} else if (reading.has_raw) {
		oracle_see(world);
	}
	account_book_take(&world->book, &world->rules, &world->place, &reading, &world->sink);
}

void world_step(struct world *world)
{
	int64_t jitter_ns = (int64_t)below(world, (uint64_t)world->setup.poll_ns / 10);
	int64_t time_ns = world->setup.poll_ns + jitter_ns;
	int64_t shown_millij;

	world->now_ns += time_ns;
	world->fj = wide_add(world->fj, wide_mul(world->load_microw, time_ns));
	clock_feed(world);
	faults_draw(world);
	if (world->gap_left > 0)
		world->gap_left--;
	else
		poll(world);
	load_change(world);
	account_book_tick(&world->book, &world->rules, &world->place, boot_ns(world), &world->sink);
	if (happens(world, world->setup.faults.save))
		agent_restart(world);
	shown_millij = account_meter_energy_millij(&world->book.meter);
	world->has_fallen = world->has_fallen || shown_millij < world->shown_millij;
	world->shown_millij = shown_millij;
}

void world_finish(struct world *world)
{
	uint32_t no_power = world->setup.faults.no_power;

	world->setup.faults = (struct world_faults){.no_power = no_power};
	world->dip_left = 0;
	world->gap_left = 0;
	world->is_spike = false;
	for (int i = 0; i < 40; i++)
		world_step(world);
	/* Two slots later all is booked and closed. */
	for (int i = 0; i < 4; i++) {
		world->now_ns += world->setup.slot_s * NS_PER_S;
		clock_feed(world);
		account_book_tick(&world->book, &world->rules, &world->place, boot_ns(world), &world->sink);
	}
}

int64_t world_due_millij(const struct world *world)
{
	int64_t rest;

	return wide_saturated(wide_divide(wide_times(world->due, world->setup.spec.unit_num), world->setup.spec.unit_den, &rest));
}
