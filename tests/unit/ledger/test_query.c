/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fixture.h"
#include "ledger/rows.h"
#include "ledger/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define DAY FIXTURE_DAY_S
#define HOUR INT64_C(3600)

static int64_t total_of(const struct ledger_sum *sum)
{
	int64_t total = 0;

	for (int i = 0; i < COVERAGE_COUNT; i++)
		total += sum->millij[i];
	return total;
}

Test(query, a_span_takes_the_slots_that_start_in_it)
{
	struct fixture fixture;

	fixture_init(&fixture, 1);
	/* 8 slots of 1, 2, 4 ... 128 mJ from 00:00 on: each subset has its own sum. */
	for (int i = 0; i < 8; i++)
		fixture_add_slot(&fixture, fixture.meter_id[0], DAY + i * 900, 0, INT64_C(1) << i);
	fixture_commit(&fixture);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 900), 1);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY + 900, DAY + 2700), 2 + 4);
	/* Starting a second late leaves the first out, ending a second late takes the next in. */
	cr_assert_eq(fixture_sum_millij(&fixture, DAY + 1, DAY + 901), 2);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 86400), 255);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY - 86400, DAY), 0);
	fixture_deinit(&fixture);
}

Test(query, sums_keep_coverages_times_bits_and_revisions_apart)
{
	struct fixture fixture;
	struct interval interval = {.slot_start_s = DAY,
				    .slot_s = 900,
				    .millij = {[COVERAGE_MEASURED] = 100, [COVERAGE_BRIDGED] = 20},
				    .covered_ms = {[COVERAGE_MEASURED] = 600000, [COVERAGE_BRIDGED] = 120000},
				    .status_bits = INTERVAL_GAP};
	struct ledger_filter filter = {.start_s = DAY, .end_s = DAY + 86400};
	struct ledger_sum sum;

	fixture_init(&fixture, 1);
	fixture_add_interval(&fixture, fixture.meter_id[0], &interval);
	interval = (struct interval){.slot_start_s = DAY,
				     .slot_s = 900,
				     .rev = 1,
				     .millij = {[COVERAGE_BRIDGED] = -20, [COVERAGE_ESTIMATED] = 25},
				     .covered_ms = {[COVERAGE_BRIDGED] = -120000, [COVERAGE_ESTIMATED] = 300000},
				     .status_bits = INTERVAL_LATE};
	fixture_add_interval(&fixture, fixture.meter_id[0], &interval);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_query_sum(fixture.ledger, &filter, &sum, &fixture.info), ERR_NONE);
	cr_assert_eq(sum.millij[COVERAGE_MEASURED], 100);
	cr_assert_eq(sum.millij[COVERAGE_BRIDGED], 0);
	cr_assert_eq(sum.millij[COVERAGE_ESTIMATED], 25);
	cr_assert_eq(sum.covered_ms[COVERAGE_MEASURED], 600000);
	cr_assert_eq(sum.covered_ms[COVERAGE_BRIDGED], 0);
	cr_assert_eq(sum.covered_ms[COVERAGE_ESTIMATED], 300000);
	cr_assert_eq(sum.slot_ms, 900000);
	cr_assert_eq(sum.rev_count, 1);
	cr_assert_eq(sum.status_bits, (uint32_t)(INTERVAL_GAP | INTERVAL_LATE));
	fixture_deinit(&fixture);
}

Test(query, time_outside_the_total_is_left_out_to_the_slot)
{
	struct fixture fixture;
	struct ledger_filter filter = {.start_s = DAY, .end_s = DAY + 86400, .is_in_total_only = true};
	struct ledger_sum sum;

	fixture_init(&fixture, 1);
	for (int i = 0; i < 96; i++)
		fixture_add_slot(&fixture, fixture.meter_id[0], DAY + i * 900, 0, 10);
	/* Out of the total from 06:00 to 12:00: 24 of 96 slots. */
	fixture_put_meter(&fixture, 0, (DAY + 6 * HOUR) * 1000, false);
	fixture_put_meter(&fixture, 0, (DAY + 12 * HOUR) * 1000, true);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_query_sum(fixture.ledger, &filter, &sum, &fixture.info), ERR_NONE);
	cr_assert_eq(total_of(&sum), 72 * 10);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 86400), 960);
	fixture_deinit(&fixture);
}

struct found_totals {
	int count;
	int64_t from_s[8];
	int64_t to_s[8];
	int64_t millij[8];
	bool is_in_total[8];
};

static enum err take_total(void *context, const struct ledger_register_row *row, int64_t from_s, int64_t to_s, const struct ledger_sum *sum,
			   struct err_info *info)
{
	struct found_totals *found = context;

	(void)info;
	cr_assert_lt(found->count, 8);
	found->from_s[found->count] = from_s;
	found->to_s[found->count] = to_s;
	found->millij[found->count] = total_of(sum);
	found->is_in_total[found->count++] = row->is_in_total;
	return ERR_NONE;
}

Test(query, totals_are_split_where_the_register_changed)
{
	struct fixture fixture;
	struct ledger_filter filter = {.start_s = DAY, .end_s = DAY + 86400};
	struct found_totals found = {0};

	fixture_init(&fixture, 2);
	for (int i = 0; i < 96; i++)
		fixture_add_slot(&fixture, fixture.meter_id[0], DAY + i * 900, 0, 10);
	/* 00:07:30: the slot of 00:00 began before it and belongs to the old row: 1 slot before, 95 after. */
	fixture_put_meter(&fixture, 0, (DAY + 450) * 1000, false);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_query_totals(fixture.ledger, &filter, take_total, &found, &fixture.info), ERR_NONE);
	/* m1 twice, and m2 without any row. */
	cr_assert_eq(found.count, 3);
	cr_assert_eq(found.millij[0], 10);
	cr_assert(found.is_in_total[0]);
	cr_assert_eq(found.from_s[0], DAY);
	cr_assert_eq(found.to_s[0], DAY + 450);
	cr_assert_eq(found.millij[1], 950);
	cr_assert(!found.is_in_total[1]);
	cr_assert_eq(found.to_s[1], DAY + 86400);
	cr_assert_eq(found.millij[2], 0);
	fixture_deinit(&fixture);
}

struct found_series {
	int count;
	int64_t start_s[64];
	int64_t millij[64];
};

static enum err take_bucket(void *context, int64_t start_s, int64_t end_s, const struct ledger_sum *sum, struct err_info *info)
{
	struct found_series *found = context;

	(void)info;
	(void)end_s;
	cr_assert_lt(found->count, 64);
	found->start_s[found->count] = start_s;
	found->millij[found->count++] = total_of(sum);
	return ERR_NONE;
}

Test(query, a_series_has_whole_hours_and_the_rest_at_its_ends)
{
	struct fixture fixture;
	struct ledger_filter filter = {.start_s = DAY + 1800, .end_s = DAY + 3 * HOUR + 900};
	struct found_series found = {0};

	fixture_init(&fixture, 2);
	for (int i = 0; i < 16; i++)
		for (int n = 0; n < 2; n++)
			fixture_add_slot(&fixture, fixture.meter_id[n], DAY + i * 900, 0, 1);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_query_series(fixture.ledger, &filter, LEDGER_STEP_HOUR, take_bucket, &found, &fixture.info), ERR_NONE);
	/* 00:30 to 03:15 with two meters: 2 slots, 4, 4, 1. */
	cr_assert_eq(found.count, 4);
	cr_assert_eq(found.start_s[0], DAY);
	cr_assert_eq(found.millij[0], 4);
	cr_assert_eq(found.millij[1], 8);
	cr_assert_eq(found.millij[2], 8);
	cr_assert_eq(found.millij[3], 2);
	fixture_deinit(&fixture);
}

static enum err take_gaps(void *context, uint32_t meter_id, const struct ledger_gaps *gaps, struct err_info *info)
{
	(void)info;
	((struct ledger_gaps *)context)[meter_id] = *gaps;
	return ERR_NONE;
}

Test(query, gaps_join_missing_slots_and_uncovered_time)
{
	struct fixture fixture;
	struct ledger_filter filter = {.start_s = DAY, .end_s = DAY + 86400};
	struct interval half = {.slot_start_s = DAY + 900, .slot_s = 900, .covered_ms = {[COVERAGE_MEASURED] = 400000}};
	struct ledger_gaps found[8] = {0};

	fixture_init(&fixture, 2);
	/* 00:00 whole, 00:15 with 500 s uncovered, 00:30 never closed, 00:45 whole, 01:00 with a revision that fills it, 01:15 whole. */
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1);
	fixture_add_interval(&fixture, fixture.meter_id[0], &half);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY + 2700, 0, 1);
	half.slot_start_s = DAY + 3600;
	fixture_add_interval(&fixture, fixture.meter_id[0], &half);
	half.rev = 1;
	half.covered_ms[COVERAGE_MEASURED] = 500000;
	fixture_add_interval(&fixture, fixture.meter_id[0], &half);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY + 4500, 0, 1);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_query_gaps(fixture.ledger, &filter, take_gaps, found, &fixture.info), ERR_NONE);
	/* One gap: 500 s + 900 s. */
	cr_assert_eq(found[fixture.meter_id[0]].gap_count, 1);
	cr_assert_eq(found[fixture.meter_id[0]].longest_ms, 1400000);
	cr_assert_eq(found[fixture.meter_id[0]].total_ms, 1400000);
	fixture_deinit(&fixture);
}

static enum err take_interval(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	(void)meter_id;
	(void)info;
	*(struct interval *)context = *interval;
	return ERR_NONE;
}

Test(query, an_interval_comes_back_with_its_evidence)
{
	struct fixture fixture;
	struct ledger_filter filter = {.start_s = DAY, .end_s = DAY + 900};
	struct interval put = {.slot_start_s = DAY,
			       .slot_s = 900,
			       .millij = {1, 2, 3, 4, 5},
			       .covered_ms = {6, 7, 8, 9, 10},
			       .status_bits = INTERVAL_SUSPEND | INTERVAL_WRAP,
			       .has_raw = true,
			       .raw_open = UINT64_MAX,
			       .raw_close = 3,
			       .open_utc_ms = DAY * 1000 - 4321,
			       .close_utc_ms = DAY * 1000 + 901234};
	struct interval got = {0};

	fixture_init(&fixture, 1);
	fixture_add_interval(&fixture, fixture.meter_id[0], &put);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_query_intervals(fixture.ledger, &filter, take_interval, &got, &fixture.info), ERR_NONE);
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		cr_assert_eq(got.millij[i], i + 1);
		cr_assert_eq(got.covered_ms[i], i + 6);
	}
	cr_assert_eq(got.status_bits, put.status_bits);
	cr_assert(got.has_raw);
	cr_assert_eq(got.raw_open, UINT64_MAX);
	cr_assert_eq(got.raw_close, 3);
	cr_assert_eq(got.open_utc_ms, put.open_utc_ms);
	cr_assert_eq(got.close_utc_ms, put.close_utc_ms);
	fixture_deinit(&fixture);
}

/* xorshift64 (Marsaglia 2003): the same numbers in each run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* By hand: each slot's energy, when it counted in the total. */
static int64_t oracle_sum(int64_t millij[3][400], bool is_in_total[3][400], int64_t start_s, int64_t end_s)
{
	int64_t total = 0;

	for (int meter = 0; meter < 3; meter++)
		for (int slot = 0; slot < 400; slot++)
			if (DAY + slot * 900 >= start_s && DAY + slot * 900 < end_s && is_in_total[meter][slot])
				total += millij[meter][slot];
	return total;
}

Test(query, sums_equal_those_of_the_intervals_whatever_happens)
{
	static int64_t millij[3][400];
	static bool is_in_total[3][400];
	struct fixture fixture;
	struct ledger_verdict verdict;
	uint64_t random = 88172645463325252u;
	bool now[3] = {true, true, true};

	fixture_init(&fixture, 3);
	for (int slot = 0; slot < 400; slot++) {
		/* The site's zone changes twice: days overlap there, and begin together and end apart. */
		fixture.zone_offset_s = slot < 150 ? 0 : slot < 300 ? 3 * HOUR + 1800 : -5 * HOUR;
		for (int meter = 0; meter < 3; meter++) {
			int64_t energy = (int64_t)(next_random(&random) % 100000);

			if (next_random(&random) % 40 == 0) {
				now[meter] = !now[meter];
				fixture_put_meter(&fixture, meter, (DAY + slot * 900) * 1000, now[meter]);
			}
			is_in_total[meter][slot] = now[meter];
			if (next_random(&random) % 10 == 0)
				continue;
			fixture_add_slot(&fixture, fixture.meter_id[meter], DAY + slot * 900, 0, energy);
			millij[meter][slot] = energy;
			if (next_random(&random) % 8 == 0) {
				fixture_add_slot(&fixture, fixture.meter_id[meter], DAY + slot * 900, 1, -energy / 3);
				millij[meter][slot] -= energy / 3;
			}
		}
		if (slot % 7 == 0)
			fixture_commit(&fixture);
	}
	fixture_commit(&fixture);
	for (int i = 0; i < 200; i++) {
		int64_t start_s = DAY - 7200 + (int64_t)(next_random(&random) % (400 * 900));
		int64_t end_s = start_s + (int64_t)(next_random(&random) % (400 * 900));
		struct ledger_filter filter = {.start_s = start_s, .end_s = end_s, .is_in_total_only = true};
		struct ledger_sum sum;

		cr_assert_eq(ledger_query_sum(fixture.ledger, &filter, &sum, &fixture.info), ERR_NONE);
		cr_assert_eq(total_of(&sum), oracle_sum(millij, is_in_total, start_s, end_s), "%lld to %lld", (long long)start_s,
			     (long long)end_s);
	}
	cr_assert_eq(ledger_verify(fixture.ledger, &verdict, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	fixture_deinit(&fixture);
}

static enum err refuse(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	(void)context;
	(void)meter_id;
	(void)interval;
	return err_set(info, ERR_LIMIT, "enough");
}

Test(query, a_callback_can_end_a_walk_and_the_ledger_goes_on)
{
	struct fixture fixture;
	struct ledger_filter filter = {.start_s = DAY, .end_s = DAY + 86400};

	fixture_init(&fixture, 1);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY + 900, 0, 1);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_query_intervals(fixture.ledger, &filter, refuse, NULL, &fixture.info), ERR_LIMIT);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY + 1800, 0, 1);
	fixture_commit(&fixture);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 86400), 3);
	fixture_deinit(&fixture);
}

Test(query, what_is_committed_after_a_snapshot_began_is_not_in_it)
{
	struct fixture fixture;
	struct ledger_filter filter = {.start_s = DAY, .end_s = DAY + 86400};
	struct ledger *reader;
	struct ledger_sum sum;

	fixture_init(&fixture, 1);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_open_readonly(&reader, ledger_path(fixture.ledger), &fixture.info), ERR_NONE);
	cr_assert_eq(ledger_begin_snapshot(reader, &fixture.info), ERR_NONE);
	cr_assert_eq(ledger_query_sum(reader, &filter, &sum, &fixture.info), ERR_NONE);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY + 900, 0, 1);
	fixture_commit(&fixture);
	/* A query that a callback ends is none of the snapshot's end. */
	cr_assert_eq(ledger_query_intervals(reader, &filter, refuse, NULL, &fixture.info), ERR_LIMIT);
	cr_assert_eq(ledger_query_sum(reader, &filter, &sum, &fixture.info), ERR_NONE);
	cr_expect_eq(sum.millij[COVERAGE_MEASURED], 1);
	cr_assert_eq(ledger_end_snapshot(reader, ERR_NONE), ERR_NONE);
	cr_assert_eq(ledger_query_sum(reader, &filter, &sum, &fixture.info), ERR_NONE);
	cr_expect_eq(sum.millij[COVERAGE_MEASURED], 2);
	(void)ledger_close(reader);
	fixture_deinit(&fixture);
}

Test(query, other_quantities_are_asked_for_by_name)
{
	struct fixture fixture;
	struct meter_info described = {.key = "eth0", .octet_modulus = 0};
	struct ledger_meter_info meter = {.info = &described, .quantity = QUANTITY_RX_OCTETS};
	struct ledger_filter filter = {.start_s = DAY, .end_s = DAY + 86400, .quantity = QUANTITY_RX_OCTETS};
	struct ledger_sum sum;
	uint32_t meter_id;

	fixture_init(&fixture, 1);
	cr_assert_eq(ledger_registry_put_meter(fixture.registry, &fixture.batch, 0, fixture.device_id, &meter, &meter_id, &fixture.info),
		     ERR_NONE);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 5);
	fixture_add_slot(&fixture, meter_id, DAY, 0, 123456);
	fixture_commit(&fixture);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 86400), 5);
	cr_assert_eq(ledger_query_sum(fixture.ledger, &filter, &sum, &fixture.info), ERR_NONE);
	cr_assert_eq(total_of(&sum), 123456);
	fixture_deinit(&fixture);
}

/* Slots of 15 min at 0, 30 and 45 min, of which the last has 10 min: 15 min lack whole, then 5 at the end. The row at 0 comes again, too late. */
Test(query, gaps_of_rows_in_order_are_told_and_a_row_out_of_it_is_passed_over)
{
	static const int64_t START_S[] = {900000, 901800, 900000, 902700};
	struct ledger_gap_walk walk = {.is_seen = false};

	ledger_gap_walk_end(&walk);
	cr_expect_eq(walk.gaps.gap_count, 0);
	for (size_t i = 0; i < sizeof(START_S) / sizeof(START_S[0]); i++) {
		struct interval row = {
		    .slot_start_s = START_S[i], .slot_s = 900, .covered_ms = {[COVERAGE_MEASURED] = i == 3 ? 600000 : 900000}};

		ledger_gap_walk_take(&walk, &row);
	}
	ledger_gap_walk_end(&walk);
	cr_expect_eq(walk.gaps.gap_count, 2);
	cr_expect_eq(walk.gaps.longest_ms, 900000);
	cr_expect_eq(walk.gaps.total_ms, 1200000);
}
