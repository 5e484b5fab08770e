/* SPDX-License-Identifier: Apache-2.0 */
/* A meter and its slots together, as core uses them; and a month of fifty of them. */
#include "account/book.h"
#include "recorder.h"
#include "world.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#define S INT64_C(1000000000)
#define NOON INT64_C(1791201600) /* 2026-10-05T12:00:00Z */

static struct account_book book;
static struct account_rules rules;
static struct account_place place;
static struct recorder recorder;
static struct account_sink sink;

static void begin(void)
{
	account_book_init(&book, 900);
	account_rules_init(&rules);
	rules.counter = (struct counter_spec){.unit_num = 3600000, .unit_den = 1};
	place = (struct account_place){.is_trusted = true, .offset_ns = NOON * S};
	sink = recorder_sink(&recorder);
	account_book_resume(&book, &rules, &place, &(struct account_now){.boot = 1, .utc_ns = NOON * S}, &sink);
}

static void raw_at(int64_t at_s, uint64_t raw)
{
	account_book_take(&book, &rules, &place,
			  &(struct account_reading){.boot_ns = at_s * S,
						    .utc_ns = account_place_utc_ns(&place, at_s * S),
						    .has_raw = true,
						    .raw = raw,
						    .caliber = CALIBER_ACTUAL},
			  &sink);
}

static void tick_at(int64_t at_s)
{
	account_book_tick(&book, &rules, &place, at_s * S, &sink);
}

static void reload(void)
{
	uint8_t bytes[ACCOUNT_BOOK_BYTES_MAX];
	size_t size = account_book_save(&book, NULL, bytes, sizeof(bytes));

	cr_assert_gt(size, 0u);
	memset(&book, 0x55, sizeof(book));
	cr_assert_eq(account_book_load(&book, NULL, bytes, size, NULL), ERR_NONE);
}

TestSuite(book, .init = begin);

/* What the ledger's row says beside a state. */
static struct account_base base_of(const struct account_book *of, int64_t boot_ns)
{
	return (struct account_base){.boot_ns = boot_ns,
				     .utc_ms = account_place_utc_ms(&place, boot_ns),
				     .energy_millij = of->meter.energy_millij,
				     .raw = of->meter.counter.raw,
				     .uptime_ms = of->meter.counter.uptime_s < 0 ? -1 : (int64_t)(of->meter.counter.uptime_s * 1000 + 0.5),
				     .boot = of->meter.boot};
}

/* A PDU's outlet of 237.4 W on a counter of 0.1 kWh that steps each 1516 s, polled each 10 s or so, three hours on. */
static int64_t outlet_runs(void)
{
	int64_t at_ns = 0;

	rules.counter = (struct counter_spec){.modulus = UINT64_C(1) << 32, .unit_num = 360000000, .unit_den = 1, .is_wrap_known = true};
	for (int i = 0; i < 1100; i++) {
		at_ns = (int64_t)i * 10 * S + (i * 7919) % 5003 * INT64_C(1777);
		account_book_take(&book, &rules, &place,
				  &(struct account_reading){.boot_ns = at_ns,
							    .utc_ns = account_place_utc_ns(&place, at_ns),
							    .has_raw = true,
							    .raw = 70000 + (uint64_t)(at_ns / S * 2374 / 3600000),
							    .has_power = true,
							    .power_w = 237.4,
							    .has_uptime = true,
							    .uptime_s = 86400.07 + i * 10,
							    .identity = UINT64_C(0xaf63dc4c8601ec8c),
							    .caliber = CALIBER_ACTUAL},
				  &sink);
	}
	return at_ns;
}

Test(book, state_is_small)
{
	uint8_t bytes[ACCOUNT_BOOK_BYTES_MAX];
	struct account_base base;
	int64_t at_ns;

	cr_expect_leq(sizeof(struct account_book), 900u);
	at_ns = outlet_runs();
	base = base_of(&book, at_ns);
	/* 100 such rows and their 40 bytes of columns are three pages of 4 KiB, which is what a commit may cost. */
	cr_expect_leq(account_book_save(&book, &base, bytes, sizeof(bytes)), 72u, "%zu bytes of a row that is written with each commit",
		      account_book_save(&book, &base, bytes, sizeof(bytes)));
}

Test(book, saved_state_is_the_same_state)
{
	uint8_t bytes[ACCOUNT_BOOK_BYTES_MAX];
	uint8_t again[ACCOUNT_BOOK_BYTES_MAX];
	struct account_base base;
	struct account_book other;
	struct err_info info = {0};
	int64_t at_ns;
	size_t size;

	at_ns = outlet_runs();
	base = base_of(&book, at_ns);
	size = account_book_save(&book, &base, bytes, sizeof(bytes));
	memset(&other, 0x55, sizeof(other));
	for (size_t i = 0; i < size * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		cr_expect_eq(account_book_load(&other, &base, bytes, size, &info), ERR_DATA, "bit %zu", i);
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	cr_expect_neq(info.text[0], '\0');
	for (size_t room = 0; room < size; room++) {
		cr_expect_eq(account_book_load(&other, &base, bytes, room, NULL), ERR_DATA, "cut at %zu", room);
		cr_expect_eq(account_book_save(&book, &base, again, room), 0u);
	}
	cr_expect_eq(account_book_load(&other, NULL, bytes, size, NULL), ERR_DATA, "saved beside another row");
	cr_expect_eq(((const uint8_t *)&other)[0], 0x55, "untouched");
	cr_assert_eq(account_book_load(&other, &base, bytes, size, NULL), ERR_NONE);
	cr_assert_eq(account_book_save(&other, &base, again, sizeof(again)), size);
	cr_expect_arr_eq(bytes, again, size);
}

Test(book, fullest_state_has_room)
{
	uint8_t bytes[ACCOUNT_BOOK_BYTES_MAX];
	struct account_slots *slots = &book.slots;
	struct account_book other;
	size_t size;

	outlet_runs();
	slots->slot_count = ACCOUNT_SLOTS_MAX;
	for (int i = 0; i < ACCOUNT_SLOTS_MAX; i++) {
		slots->slot[i] = (struct account_slot){.from = (NOON + i * 900) * 1000,
						       .to = (NOON + i * 900 + 900) * 1000,
						       .raw_open = UINT64_MAX / 3,
						       .raw_close = UINT64_MAX / 2,
						       .open_ms = INT32_MIN,
						       .close_ms = INT32_MAX,
						       .bits = UINT32_MAX,
						       .has_raw = 1};
		for (int k = 0; k < ACCOUNT_CLASS_COUNT; k++) {
			slots->slot[i].millij[k] = INT64_MAX;
			slots->slot[i].covered_ms[k] = UINT32_MAX;
		}
	}
	size = account_book_save(&book, NULL, bytes, sizeof(bytes));
	cr_assert_gt(size, 0u);
	cr_assert_eq(account_book_load(&other, NULL, bytes, size, NULL), ERR_NONE);
	cr_expect_eq(other.slots.slot[3].raw_close, UINT64_MAX / 2);
	cr_expect_eq(other.slots.slot[3].millij[2], INT64_MAX);
}

Test(book, reading_after_its_end_closes_a_slot)
{
	raw_at(0, 1000);
	raw_at(899, 1001);
	cr_expect_eq(recorder.interval_count, 0u);
	raw_at(901, 1002);
	cr_expect_eq(recorder.interval_count, 1u);
	cr_expect_eq(interval_total_ms(&recorder.interval[0]), 900000);
}

Test(book, agent_outage_of_two_hours_is_bridged)
{
	raw_at(0, 1000);
	raw_at(30, 1001);
	reload();
	account_book_resume(&book, &rules, &place, &(struct account_now){.boot = 1, .boot_ns = 7000 * S, .utc_ns = NOON * S + 7000 * S},
			    &sink);
	raw_at(7230, 1721); /* 720 Wh in 7200 s: 360 W */
	tick_at(7230);
	/* Eight slots are over; the first holds 30 s x 120 W and 870 s x 360 W. */
	cr_expect_eq(recorder.interval_count, 8u);
	cr_expect_eq(recorder.interval[0].millij[COVERAGE_MEASURED], 3600000);
	cr_expect_eq(recorder.interval[0].millij[COVERAGE_BRIDGED], 870 * INT64_C(360000));
	cr_expect_eq(recorder.interval[0].covered_ms[COVERAGE_BRIDGED], 870000);
	for (size_t i = 1; i < 8; i++)
		cr_expect_eq(recorder.interval[i].millij[COVERAGE_BRIDGED], 900 * INT64_C(360000), "%zu", i);
	cr_expect(recorder.interval[0].status_bits & INTERVAL_GAP);
	cr_expect_eq(recorder.interval[0].raw_open, 1000u);
}

Test(book, machine_restart_is_bridged_once_the_clock_is_trusted)
{
	raw_at(0, 1000);
	raw_at(30, 1001);
	reload();
	/* Off at 12:00:30; up again at 13:00:00, the clock trusted at 13:02:00. */
	place = (struct account_place){0};
	account_book_resume(&book, &rules, &place, &(struct account_now){.boot = 2, .boot_ns = 10 * S}, &sink);
	raw_at(20, 1061);
	raw_at(50, 1062);
	tick_at(60);
	cr_expect_eq(recorder.interval_count, 1u, "the slot of 12:00 is sent, since no more can be placed for now");
	cr_expect_eq(interval_total_millij(&recorder.interval[0]), 3600000);
	place = (struct account_place){.is_trusted = true, .offset_ns = (NOON + 3600) * S};
	account_book_trust(&book, &rules, &place, &(struct account_now){.boot = 2, .boot_ns = 120 * S, .utc_ns = (NOON + 3720) * S}, &sink);
	tick_at(2000);
	/* 12:00:30 to 13:00:20 are 3590 s and 60 Wh, then 1 Wh. */
	cr_expect_eq(recorder.interval_millij, (1 + 60 + 1) * INT64_C(3600000));
	cr_expect_eq(recorder_slot(&recorder, NOON).millij[COVERAGE_BRIDGED], 60 * INT64_C(3600000) * 870 / 3590);
	cr_expect_eq(recorder_slot(&recorder, NOON).rev, 1);
	cr_expect_eq(recorder_slot(&recorder, NOON + 3600).millij[COVERAGE_MEASURED], 3600000);
	cr_expect(recorder_slot(&recorder, NOON + 3600).status_bits & INTERVAL_CLOCK_UNTRUSTED);
}

Test(book, step_of_the_clock_changes_no_energy)
{
	raw_at(0, 1000);
	raw_at(30, 1001);
	account_book_step(&book, 30 * S, 100 * S, &sink);
	place.offset_ns += 100 * S;
	raw_at(60, 1002);
	tick_at(5000);
	cr_expect_eq(recorder.interval_millij, 7200000);
	cr_expect_eq(recorder.interval_ms, 60000, "no time is made up for the skipped span");
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_CLOCK_STEP)->before, 100000u);
	cr_expect(recorder.interval[0].status_bits & INTERVAL_CLOCK_ADJUSTED);
}

/* Read at 12:00:30 by a clock that is a day behind, which then is set; off, and read again an hour later: the counter cannot have gone round twice. */
Test(book, step_of_the_clock_does_not_lengthen_a_restart)
{
	rules.counter = (struct counter_spec){.modulus = 1000, .unit_num = 3600000, .unit_den = 1, .is_wrap_known = true};
	rules.rated_w = 500;
	raw_at(0, 989);
	raw_at(30, 990);
	account_book_step(&book, 40 * S, 86400 * S, &sink);
	reload();
	place = (struct account_place){.is_trusted = true, .offset_ns = (NOON + 86400 + 3600) * S};
	account_book_resume(&book, &rules, &place, &(struct account_now){.boot = 2, .boot_ns = 10 * S, .utc_ns = (NOON + 86400 + 3610) * S},
			    &sink);
	raw_at(30, 10);
	tick_at(5000);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_WRAP], 1u);
	cr_expect_eq(recorder.count_of[ACCOUNT_EVENT_MULTIWRAP], 0u);
	cr_expect_eq(recorder.interval_millij, (1 + 20) * INT64_C(3600000));
	cr_expect_eq(recorder.interval_ms, 3630000);
}

Test(book, damaged_or_foreign_bytes_are_refused)
{
	uint8_t bytes[ACCOUNT_BOOK_BYTES_MAX];
	struct account_book other;
	size_t size;
	uint64_t random = 1;

	raw_at(0, 1000);
	raw_at(30, 1001);
	size = account_book_save(&book, NULL, bytes, sizeof(bytes));
	for (size_t cut = 0; cut < size; cut++) {
		cr_expect_eq(account_book_load(&other, NULL, bytes, cut, NULL), ERR_DATA);
		cr_expect_eq(account_book_save(&book, NULL, bytes + 0, cut), 0u);
		size = account_book_save(&book, NULL, bytes, sizeof(bytes));
	}
	for (int i = 0; i < 20000; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)((random >> (k % 57)) ^ k * 37);
		cr_expect_eq(account_book_load(&other, NULL, bytes, random % sizeof(bytes), NULL), ERR_DATA);
	}
}

/* ---- A month ----------------------------------------------------------------------------------------------------------------------- */

Test(book, month_of_fifty_meters_is_exact_and_complete)
{
	static struct world world;
	const struct world_setup setup = {.spec = {.modulus = UINT64_C(1) << 32, .unit_num = 3600000, .unit_den = 1, .is_wrap_known = true},
					  .rated_w = 2300.0,
					  .poll_ns = 60 * S,
					  .slot_s = 900,
					  .has_raw = true,
					  .has_power = true,
					  .has_uptime = true,
					  .faults = {.gap = 2000, .dip = 500, .spike = 500, .save = 1000, .no_power = 50}};

	for (uint64_t seed = 1; seed <= 50; seed++) {
		int64_t kept;

		world_init(&world, &setup, seed);
		for (int i = 0; i < 41143; i++) /* 30 days of polls of 63 s on average */
			world_step(&world);
		world_finish(&world);
		kept = world.recorder.booked_millij + world.recorder.refused_millij - world.book.meter.advance_millij;
		cr_expect_eq(kept, world_due_millij(&world), "seed %lu: %ld", (unsigned long)seed, (long)(kept - world_due_millij(&world)));
		cr_expect_eq(world.recorder.interval_millij, world.recorder.booked_millij);
		/* Gaps are bridged, so all time is covered: each slot but the first and the last holds its 900 s. */
		cr_expect_leq(world.recorder.booked_ns / 1000000 - world.recorder.interval_ms, 1);
		cr_expect_not(world.has_fallen);
		cr_expect_not(world.has_lost_state);
	}
}
