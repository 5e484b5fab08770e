/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conservation: whatever happens to a device, its counter and the agent, what the counter showed is what was booked and what was
 * refused by name, to the millijoule; and what was booked is what the intervals hold.
 */
#include "world.h"

#include <criterion/criterion.h>

/* A PDU outlet: 0.1 kWh steps in a 32-bit counter, no wrap in sight. 0.1 kWh = 3.6e8 mJ. */
static const struct counter_spec PDU = {.modulus = UINT64_C(1) << 32, .unit_num = 360000000, .unit_den = 1, .is_wrap_known = true};
/* RAPL: 61.035 microjoule units shown in microjoule, 262144 J range: a wrap in 22 min at 200 W. 1 microjoule = 1/1000 mJ. */
static const struct counter_spec RAPL = {
    .modulus = UINT64_C(262143328850), .unit_num = 1, .unit_den = 1000, .is_wrap_known = true, .starts_at_zero = true};
/* A meter in Wh/3 steps: 1.2e6 mJ; and one whose step is no whole number of millijoules (7/3 mJ), 24 bit, resettable. */
static const struct counter_spec ODD = {.modulus = UINT64_C(1) << 40, .unit_num = 7, .unit_den = 3, .is_resettable = true};

static void check(const struct world *world, const char *name, uint64_t seed)
{
	const struct account_meter *meter = &world->book.meter;
	int64_t due = world_due_millij(world);
	int64_t kept = world->recorder.booked_millij + world->recorder.refused_millij - meter->advance_millij;

	cr_expect(!world->has_lost_state, "%s seed %lu: a saved state did not load", name, (unsigned long)seed);
	cr_expect(!world->has_fallen, "%s seed %lu: the running total fell", name, (unsigned long)seed);
	if (world->setup.has_raw)
		cr_expect_eq(kept, due, "%s seed %lu: off by %ld (booked %ld refused %ld ahead %ld)", name, (unsigned long)seed,
			     (long)(kept - due), (long)world->recorder.booked_millij, (long)world->recorder.refused_millij,
			     (long)meter->advance_millij);
	cr_expect_eq(world->recorder.interval_millij + account_slots_held_millij(&world->book.slots), world->recorder.booked_millij,
		     "%s seed %lu", name, (unsigned long)seed);
	cr_expect_eq(meter->energy_millij, world->recorder.booked_millij, "%s seed %lu", name, (unsigned long)seed);
}

static void run(const struct world_setup *setup, const char *name, uint64_t seeds, int polls)
{
	static struct world world;

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		world_init(&world, setup, seed);
		for (int i = 0; i < polls; i++)
			world_step(&world);
		world_finish(&world);
		check(&world, name, seed);
	}
}

static const struct world_setup BASE = {
    .rated_w = 2300.0, .poll_ns = INT64_C(10000000000), .slot_s = 300, .has_raw = true, .has_power = true, .has_uptime = true};

Test(conservation, holds_without_faults)
{
	struct world_setup setup = BASE;

	setup.spec = PDU;
	run(&setup, "pdu", 5, 3000);
	setup.has_power = false;
	run(&setup, "pdu without power", 5, 3000);
	setup.spec = ODD;
	run(&setup, "odd", 5, 3000);
	setup.spec = RAPL;
	setup.rated_w = 280;
	run(&setup, "rapl", 5, 3000);
}

Test(conservation, holds_over_gaps_and_missing_values)
{
	struct world_setup setup = BASE;

	setup.faults = (struct world_faults){.gap = 100, .no_power = 10, .no_raw = 10, .save = 20};
	setup.spec = PDU;
	run(&setup, "pdu", 20, 4000);
	setup.power_error_ppm = 50000;
	run(&setup, "pdu with power 5 % high", 20, 4000);
	setup.power_error_ppm = -80000;
	run(&setup, "pdu with power 8 % low", 20, 4000);
	setup.spec = ODD;
	run(&setup, "odd", 20, 4000);
}

Test(conservation, holds_over_dips_and_spikes)
{
	struct world_setup setup = BASE;

	setup.faults = (struct world_faults){.dip = 60, .spike = 60, .gap = 200, .save = 15};
	setup.spec = PDU;
	run(&setup, "pdu", 20, 4000);
	setup.has_uptime = false;
	run(&setup, "pdu without uptime", 20, 4000);
	setup.spec = ODD;
	run(&setup, "odd", 20, 4000);
	setup.has_power = false;
	run(&setup, "odd without power", 20, 4000);
}

Test(conservation, holds_over_resets_and_swaps)
{
	struct world_setup setup = BASE;

	setup.faults = (struct world_faults){.reset = 150, .swap = 150, .gap = 200, .save = 15};
	setup.spec = PDU;
	run(&setup, "pdu", 20, 4000);
	setup.spec.starts_at_zero = true;
	run(&setup, "pdu that starts at zero", 20, 4000);
	setup.spec = RAPL;
	setup.rated_w = 280;
	setup.faults.gap = 0;
	run(&setup, "rapl", 20, 4000);
}

Test(conservation, holds_over_restarts_of_the_machine_and_clock_steps)
{
	struct world_setup setup = BASE;

	setup.faults = (struct world_faults){.reboot = 150, .clock_step = 200, .save = 15};
	setup.spec = PDU;
	run(&setup, "pdu", 20, 4000);
	setup.has_power = false;
	run(&setup, "pdu without power", 20, 4000);
	setup.spec = ODD;
	run(&setup, "odd", 20, 4000);
}

Test(conservation, holds_over_everything)
{
	struct world_setup setup = BASE;

	setup.faults = (struct world_faults){.gap = 200,
					     .dip = 200,
					     .spike = 200,
					     .reset = 400,
					     .swap = 600,
					     .save = 30,
					     .reboot = 500,
					     .clock_step = 500,
					     .no_power = 30,
					     .no_raw = 30};
	setup.spec = PDU;
	run(&setup, "pdu", 100, 6000);
	setup.spec = ODD;
	run(&setup, "odd", 100, 6000);
}

Test(conservation, saving_and_loading_at_every_step_changes_nothing)
{
	static struct world whole;
	static struct world cut;
	struct world_setup setup = BASE;
	uint8_t bytes[ACCOUNT_BOOK_BYTES_MAX];
	uint8_t other[ACCOUNT_BOOK_BYTES_MAX];

	setup.spec = PDU;
	setup.faults = (struct world_faults){.gap = 200,
					     .dip = 200,
					     .spike = 200,
					     .reset = 400,
					     .swap = 600,
					     .reboot = 500,
					     .clock_step = 500,
					     .no_power = 30,
					     .no_raw = 30};
	for (uint64_t seed = 1; seed <= 10; seed++) {
		size_t size;

		setup.faults.save = 0;
		world_init(&whole, &setup, seed);
		setup.faults.save = 1;
		world_init(&cut, &setup, seed);
		for (int i = 0; i < 3000; i++) {
			world_step(&whole);
			world_step(&cut);
		}
		size = account_book_save(&whole.book, NULL, bytes, sizeof(bytes));
		cr_assert_gt(size, 0u);
		cr_assert_eq(account_book_save(&cut.book, NULL, other, sizeof(other)), size, "seed %lu", (unsigned long)seed);
		cr_expect_arr_eq(bytes, other, size, "seed %lu", (unsigned long)seed);
		cr_expect_eq(whole.recorder.interval_count, cut.recorder.interval_count);
		cr_expect_eq(whole.recorder.interval_millij, cut.recorder.interval_millij);
		cr_expect_eq(whole.recorder.event_count, cut.recorder.event_count);
	}
}

Test(conservation, the_faults_do_happen)
{
	static struct world world;
	struct world_setup setup = BASE;

	setup.spec = PDU;
	setup.faults =
	    (struct world_faults){.gap = 100, .dip = 100, .spike = 100, .reset = 200, .swap = 200, .reboot = 200, .clock_step = 200};
	world_init(&world, &setup, 7);
	for (int i = 0; i < 20000; i++)
		world_step(&world);
	cr_expect_gt(world.recorder.count_of[ACCOUNT_EVENT_GAP], 10u);
	cr_expect_gt(world.recorder.count_of[ACCOUNT_EVENT_DIP], 10u);
	cr_expect_gt(world.recorder.count_of[ACCOUNT_EVENT_IMPOSSIBLE], 10u);
	cr_expect_gt(world.recorder.count_of[ACCOUNT_EVENT_RESET], 10u);
	cr_expect_gt(world.recorder.count_of[ACCOUNT_EVENT_SWAP], 10u);
	cr_expect_gt(world.recorder.count_of[ACCOUNT_EVENT_CLOCK_STEP], 10u);
	cr_expect_gt(world.recorder.count_of[ACCOUNT_EVENT_CLOCK_TRUST], 0u);
	cr_expect_gt(world.boot, 10u);
}

Test(conservation, wraps_are_exact_where_one_is_possible)
{
	struct world_setup setup = BASE;

	/* 10 s polls at up to 280 W of a range of 262 kJ: a wrap each half hour or so. */
	setup.spec = RAPL;
	setup.rated_w = 280;
	setup.has_power = false;
	setup.faults = (struct world_faults){.save = 10, .reset = 300};
	run(&setup, "rapl", 20, 6000);
}
