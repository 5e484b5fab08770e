/* SPDX-License-Identifier: Apache-2.0 */
#include "account/slots.h"
#include "recorder.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#define S INT64_C(1000000000)

/* 2026-10-05T12:00:00Z: 1791201600, a multiple of 900. Boot second 0 is there. */
#define NOON INT64_C(1791201600)

static struct account_slots slots;
static struct account_place place;
static struct recorder recorder;
static struct account_sink sink;

static void begin(void)
{
	account_slots_init(&slots, 900);
	place = (struct account_place){.is_trusted = true, .offset_ns = NOON * S};
	sink = recorder_sink(&recorder);
}

static void book_as(int64_t from_s, int64_t to_s, int64_t millij, enum coverage coverage)
{
	account_slots_book(
	    &slots, &place,
	    &(struct account_booking){.from_boot_ns = from_s * S, .to_boot_ns = to_s * S, .millij = millij, .coverage = coverage}, &sink);
}

static void book(int64_t from_s, int64_t to_s, int64_t millij)
{
	book_as(from_s, to_s, millij, COVERAGE_MEASURED);
}

static void close_at(int64_t complete_s, int64_t now_s)
{
	account_slots_close_due(&slots, &place, complete_s * S, now_s * S, 120 * S, &sink);
}

static const struct interval *row(size_t idx)
{
	cr_assert_lt(idx, recorder.interval_count);
	return &recorder.interval[idx % RECORDER_MAX];
}

static void expect_row(size_t idx, int64_t start_s, int32_t rev, int64_t millij, int64_t measured_ms)
{
	cr_expect_eq(row(idx)->slot_start_s, NOON + start_s, "%zu start %ld", idx, (long)(row(idx)->slot_start_s - NOON));
	cr_expect_eq(row(idx)->rev, rev, "%zu rev %d", idx, row(idx)->rev);
	cr_expect_eq(interval_total_millij(row(idx)), millij, "%zu %ld mJ", idx, (long)interval_total_millij(row(idx)));
	cr_expect_eq(row(idx)->covered_ms[COVERAGE_MEASURED], measured_ms, "%zu %ld ms", idx,
		     (long)row(idx)->covered_ms[COVERAGE_MEASURED]);
	cr_expect_eq(row(idx)->slot_s, 900);
}

TestSuite(slots, .init = begin);

Test(slots, meter_and_slots_fit_their_place)
{
	cr_expect_leq(sizeof(struct account_slots) + 376, 900u);
}

Test(slots, slot_closes_when_all_before_its_end_is_booked)
{
	book(0, 870, 1000);
	close_at(870, 870);
	cr_expect_eq(recorder.interval_count, 0u);
	book(870, 930, 600);
	close_at(930, 930);
	cr_expect_eq(recorder.interval_count, 1u);
	expect_row(0, 0, 0, 1300, 900000); /* 1000 and half of 600 */
	cr_expect_eq(account_slots_held_millij(&slots), 300);
}

Test(slots, slot_closes_after_its_grace_when_nothing_comes)
{
	book(0, 600, 1000);
	close_at(600, 1019);
	cr_expect_eq(recorder.interval_count, 0u);
	close_at(600, 1020);
	expect_row(0, 0, 0, 1000, 600000);
}

Test(slots, empty_slots_have_no_row)
{
	book(0, 60, 10);
	close_at(60, 100000);
	book(90000, 90060, 10);
	close_at(90060, 200000);
	cr_expect_eq(recorder.interval_count, 2u);
	expect_row(1, 90000, 0, 10, 60000);
}

Test(slots, parts_of_a_split_add_exactly)
{
	/* 1000 mJ from 100 s to 2700 s: floor(1000 x 800 / 2600) = 307, floor(1000 x 1700 / 2600) = 653: 307, 346, 347. */
	book_as(100, 2700, 1000, COVERAGE_BRIDGED);
	close_at(2700, 2700);
	cr_expect_eq(recorder.interval_count, 3u);
	cr_expect_eq(row(0)->millij[COVERAGE_BRIDGED], 307);
	cr_expect_eq(row(1)->millij[COVERAGE_BRIDGED], 346);
	cr_expect_eq(row(2)->millij[COVERAGE_BRIDGED], 347);
	cr_expect_eq(row(0)->covered_ms[COVERAGE_BRIDGED], 800000);
	cr_expect_eq(row(1)->covered_ms[COVERAGE_BRIDGED], 900000);
	cr_expect_eq(row(2)->covered_ms[COVERAGE_BRIDGED], 900000);
}

Test(slots, parts_of_any_split_add_exactly)
{
	uint64_t random = 7;

	for (int i = 0; i < 2000; i++) {
		int64_t millij;
		int64_t from_s;
		int64_t to_s;

		begin();
		memset(&recorder, 0, sizeof(recorder));
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		from_s = (int64_t)(random >> 50);
		to_s = from_s + (int64_t)(random >> 20 & 0x3fff);
		millij = (int64_t)(random >> 3 & 0xffffffffff);
		book(from_s, to_s, millij);
		close_at(INT64_C(100000), INT64_C(100000));
		cr_assert_eq(recorder.interval_millij, millij);
		cr_assert_eq(recorder.interval_ms, (to_s - from_s) * 1000);
		cr_assert_eq(account_slots_held_millij(&slots), 0);
	}
}

Test(slots, short_bookings_lose_no_time)
{
	/* 7 bookings of 128571428 ns: each floored alone would lose up to a millisecond. */
	for (int64_t i = 0; i < 7000; i++)
		account_slots_book(
		    &slots, &place,
		    &(struct account_booking){.from_boot_ns = i * 900 * S / 7000, .to_boot_ns = (i + 1) * 900 * S / 7000, .millij = 1},
		    &sink);
	close_at(900, 900);
	expect_row(0, 0, 0, 7000, 900000);
}

Test(slots, what_comes_after_the_close_is_a_signed_difference)
{
	struct interval sum;

	book(0, 600, 1000);
	close_at(600, 1020);
	book_as(600, 1800, 2400, COVERAGE_BRIDGED);
	close_at(600, 1020);
	cr_expect_eq(recorder.interval_count, 2u);
	expect_row(1, 0, 1, 600, 0);
	cr_expect_eq(row(1)->covered_ms[COVERAGE_BRIDGED], 300000);
	cr_expect(row(1)->status_bits & INTERVAL_LATE);
	book_as(0, 1, 5, COVERAGE_BRIDGED);
	close_at(1800, 1800);
	expect_row(2, 0, 2, 5, 0);
	/* The slot's truth is the sum: 1000 + 600 + 5. */
	sum = recorder_slot(&recorder, NOON);
	cr_expect_eq(interval_total_millij(&sum), 1605);
	expect_row(3, 900, 0, 1800, 0);
}

Test(slots, a_clock_set_back_fills_a_closed_slot_again_with_one_revision)
{
	book(0, 1800, 1800);
	close_at(1800, 1800);
	place.offset_ns -= 900 * S; /* boot second 1800 is second 900 now */
	account_slots_step(&slots);
	for (int64_t at = 1800; at < 2700; at += 10) {
		book(at, at + 10, 10);
		close_at(at + 10, at + 10);
	}
	cr_assert_eq(recorder.interval_count, 3u);
	expect_row(2, 900, 1, 900, 900000);
	cr_expect_eq(account_slots_held_millij(&slots), 0);
}

Test(slots, what_a_clock_booked_far_ahead_does_not_stay_open_until_then)
{
	book(0, 900, 900);
	close_at(900, 900);
	place.offset_ns += 315360000 * S; /* ten years */
	account_slots_step(&slots);
	book(900, 1000, 100);
	place.offset_ns -= 315360000 * S;
	account_slots_step(&slots);
	book(1000, 1100, 100);
	close_at(1100, 1100);
	cr_assert_eq(recorder.interval_count, 2u);
	expect_row(1, 315360000 + 900, 0, 100, 100000);
	close_at(1800, 1800);
	cr_assert_eq(recorder.interval_count, 3u);
	expect_row(2, 900, 0, 100, 100000);
	cr_expect_eq(account_slots_held_millij(&slots), 0);
}

Test(slots, bridge_over_slots_that_never_were_sends_first_rows)
{
	book(0, 600, 1000);
	close_at(600, 1020);
	/* Ten hours: 40 slots; the first has a row already. */
	book_as(600, 36000, 35400, COVERAGE_BRIDGED);
	close_at(36000, 36000);
	cr_expect_eq(recorder.interval_count, 41u);
	for (size_t i = 2; i < 41; i++) {
		cr_expect_eq(row(i)->rev, 0, "%zu", i);
		cr_expect_eq(interval_total_millij(row(i)), 900, "%zu", i);
	}
	expect_row(1, 0, 1, 300, 0);
}

Test(slots, bridge_over_months_is_spread_evenly_and_one_over_years_is_not)
{
	/* 60 days are 5760 slots and more milliseconds than 32 bits hold. */
	book_as(0, 60 * 86400, 5760000, COVERAGE_BRIDGED);
	close_at(60 * 86400, 60 * 86400);
	cr_expect_eq(recorder.interval_count, 5760u);
	cr_expect_eq(interval_total_millij(row(5759)), 1000);
	cr_expect_eq(recorder.interval_ms, 60 * INT64_C(86400000));
	/* Ten years: the newest day gets it, and says so. */
	book_as(60 * 86400, INT64_C(3650) * 86400, 38400000, COVERAGE_BRIDGED);
	close_at(INT64_C(3650) * 86400, INT64_C(3650) * 86400);
	cr_expect_eq(recorder.interval_count, 5760u + 96u);
	cr_expect_eq(recorder.interval_millij, 5760000 + 38400000);
	cr_expect(row(5760 + 95)->status_bits & INTERVAL_UNPLACED);
}

Test(slots, very_old_slots_are_left_to_the_ledger)
{
	for (int i = 0; i < 10; i++)
		book(i * 900, (i + 1) * 900, 900);
	close_at(9000, 9000);
	book_as(0, 1, 1, COVERAGE_BRIDGED);
	close_at(9000, 9000);
	cr_expect_eq(row(10)->rev, ACCOUNT_REV_ASK);
	/* Of the newest ones the rev is known. */
	book_as(8100, 8101, 1, COVERAGE_BRIDGED);
	close_at(9000, 9000);
	cr_expect_eq(row(11)->rev, 1);
	/* An empty one between two that are known has no row yet. */
	begin();
	memset(&recorder, 0, sizeof(recorder));
	book(0, 1, 1);
	book(1800, 1801, 1);
	close_at(3600, 3600);
	book_as(900, 901, 1, COVERAGE_BRIDGED);
	close_at(3600, 3600);
	expect_row(2, 900, 0, 1, 0);
}

Test(slots, new_state_of_a_meter_with_rows_leaves_the_old_ones_to_the_ledger)
{
	slots.known_from_s = NOON + 1800;
	book(0, 2700, 2700);
	close_at(2700, 2700);
	cr_expect_eq(row(0)->rev, ACCOUNT_REV_ASK);
	cr_expect_eq(row(1)->rev, ACCOUNT_REV_ASK);
	cr_expect_eq(row(2)->rev, 0);
}

Test(slots, evidence_is_the_outermost_reading)
{
	struct account_booking booking = {.from_boot_ns = 100 * S,
					  .to_boot_ns = 200 * S,
					  .has_raw = true,
					  .raw_open = 10,
					  .raw_close = 12,
					  .raw_open_ns = 95 * S,
					  .raw_close_ns = 200 * S};

	account_slots_book(&slots, &place, &booking, &sink);
	booking = (struct account_booking){.from_boot_ns = 200 * S,
					   .to_boot_ns = 1000 * S,
					   .has_raw = true,
					   .raw_open = 12,
					   .raw_close = 20,
					   .raw_open_ns = 200 * S,
					   .raw_close_ns = 1000 * S};
	account_slots_book(&slots, &place, &booking, &sink);
	close_at(1000, 1000);
	cr_expect_eq(row(0)->raw_open, 10u);
	cr_expect_eq(row(0)->raw_close, 20u);
	cr_expect_eq(row(0)->open_utc_ms, (NOON + 95) * 1000);
	cr_expect_eq(row(0)->close_utc_ms, (NOON + 1000) * 1000, "outside the slot, as it was read");
}

Test(slots, mark_flags_an_open_slot_and_makes_no_row)
{
	const struct account_booking mark = {.from_boot_ns = 50 * S, .to_boot_ns = 50 * S, .status_bits = INTERVAL_GAP};

	account_slots_book(&slots, &place, &mark, &sink);
	cr_expect_eq(slots.slot_count, 0);
	book(0, 60, 10);
	account_slots_book(&slots, &place, &mark, &sink);
	close_at(60, 5000);
	cr_expect_eq(row(0)->status_bits, (uint32_t)INTERVAL_GAP);
	account_slots_book(&slots, &place, &mark, &sink);
	cr_expect_eq(recorder.interval_count, 1u);
}

Test(slots, small_change_of_the_offset_leaves_no_seam)
{
	book(0, 300, 300);
	place.offset_ns += 40000000; /* 40 ms */
	book(300, 600, 300);
	place.offset_ns -= 90000000;
	book(600, 910, 310);
	close_at(910, 910);
	/* The last ends at 909.95 s: 310 mJ x (900 - 600.04) / 309.91, rounded down: 300. */
	expect_row(0, 0, 0, 900, 900000);
}

Test(slots, step_back_covers_no_time_twice)
{
	book(0, 600, 600);
	account_slots_step(&slots);
	place.offset_ns -= 500 * S;
	book(600, 1400, 800);
	close_at(1400, 1400);
	/* 100 s to 900 s by the new clock: 600 s + 800 s of a slot of 900. The energy is untouched. */
	expect_row(0, 0, 0, 1400, 900000);
	cr_expect(row(0)->status_bits & INTERVAL_CLOCK_ADJUSTED);
}

Test(slots, step_forward_leaves_the_skipped_slots_empty)
{
	book(0, 600, 600);
	account_slots_step(&slots);
	place.offset_ns += 9000 * S;
	book(600, 700, 100);
	close_at(700, 700);
	expect_row(0, 0, 0, 600, 600000);
	cr_expect_eq(recorder.interval_count, 1u);
	close_at(1000, 1000);
	expect_row(1, 9000, 0, 100, 100000);
}

Test(slots, untrusted_time_is_placed_on_first_trust)
{
	place.is_trusted = false;
	book(10, 100, 900);
	close_at(100, 5000);
	cr_expect_eq(recorder.interval_count, 0u);
	place.is_trusted = true;
	account_slots_trust(&slots, &place, 100 * S, &sink);
	cr_expect_eq(recorder_event(&recorder, ACCOUNT_EVENT_CLOCK_TRUST)->millij, 900);
	close_at(100, 5000);
	expect_row(0, 0, 0, 900, 90000);
	cr_expect(row(0)->status_bits & INTERVAL_CLOCK_UNTRUSTED);
	cr_expect_not(row(0)->status_bits & INTERVAL_UNPLACED);
}

Test(slots, untrusted_time_is_bounded)
{
	place.is_trusted = false;
	/* 100 slots of 900 mJ in at most four stretches. */
	for (int i = 0; i < 100; i++)
		book(i * 900, (i + 1) * 900, 900);
	cr_expect_leq(slots.slot_count, ACCOUNT_SLOTS_MAX);
	cr_expect_eq(account_slots_held_millij(&slots), 90000);
	place.is_trusted = true;
	account_slots_trust(&slots, &place, 90000 * S, &sink);
	close_at(90000, 90000);
	cr_expect_eq(recorder.interval_count, 100u);
	cr_expect_eq(recorder.interval_millij, 90000);
	cr_expect_eq(recorder.interval_ms, 90000 * INT64_C(1000));
	for (size_t i = 0; i < 100; i++)
		cr_expect_eq(interval_total_millij(row(i)), 900, "%zu", i);
}

Test(slots, reboot_before_trust_bridges_the_sum_between_the_trusted_instants)
{
	book(0, 900, 900);
	close_at(900, 900);
	expect_row(0, 0, 0, 900, 900000);
	/* Another boot, never trusted: 1000 s at 1 W; then a third one, trusted 3600 s after the first instant. */
	account_slots_reboot(&slots);
	place.is_trusted = false;
	book(0, 1000, 1000);
	account_slots_reboot(&slots);
	cr_expect_eq(account_slots_held_millij(&slots), 1000);
	place = (struct account_place){.is_trusted = true, .offset_ns = (NOON + 3600) * S};
	account_slots_trust(&slots, &place, 0, &sink);
	close_at(0, 0);
	/* From 900 s to 3600 s: three slots, 1000 mJ and 1000 s of time. */
	cr_expect_eq(recorder.interval_count, 4u);
	cr_expect_eq(recorder.interval_millij, 1900);
	for (size_t i = 1; i < 4; i++) {
		cr_expect_eq(row(i)->rev, 0);
		cr_expect(row(i)->status_bits & INTERVAL_UNPLACED);
		cr_expect_float_eq((double)row(i)->millij[COVERAGE_BRIDGED], 333.4, 0.7, "a third each, rounded");
	}
	cr_expect_eq(recorder.interval_ms, 1900000);
}

Test(slots, open_slots_are_sent_when_the_next_boot_is_not_trusted)
{
	book(0, 600, 600);
	account_slots_reboot(&slots);
	place.is_trusted = false;
	book(5, 10, 5);
	expect_row(0, 0, 0, 600, 600000);
	cr_expect_eq(account_slots_held_millij(&slots), 5);
}
