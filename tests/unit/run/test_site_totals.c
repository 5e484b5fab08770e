/* SPDX-License-Identifier: Apache-2.0 */
#include "run/site_totals.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { SENT_MAX = 1000 };

static struct site_totals totals;
static struct site_total sent[SENT_MAX];
static size_t sent_count;

static void keep(void *context, const struct site_total *total)
{
	cr_assert_eq(context, &totals);
	cr_assert_lt(sent_count, SENT_MAX);
	sent[sent_count++] = *total;
}

/* A meter closes the slot of 900 s that starts at `start_s`. */
static void add(int64_t start_s, int64_t energy_j, uint32_t expected)
{
	const struct site_total_row row = {.slot_start_s = start_s,
					   .energy_j = energy_j,
					   .covered_s = 900,
					   .location_mg = energy_j / 10,
					   .slot_s = 900,
					   .point = POINT_SITE_AC,
					   .has_location = true,
					   .is_first = true};

	site_totals_add(&totals, &row, expected, keep, &totals);
}

/* A revision of that slot. */
static void revise(int64_t start_s, int64_t energy_j)
{
	const struct site_total_row row = {.slot_start_s = start_s, .energy_j = energy_j, .slot_s = 900, .point = POINT_SITE_AC};

	site_totals_add(&totals, &row, 2, keep, &totals);
}

Test(site_totals, a_slot_goes_out_when_all_meters_have_closed_it)
{
	add(9000, 1000, 2);
	cr_expect_eq(sent_count, 0);
	add(9000, 500, 2);
	cr_assert_eq(sent_count, 1);
	cr_expect_eq(sent[0].slot_start_s, 9000);
	cr_expect_eq(sent[0].energy_j, 1500);
	cr_expect_eq(sent[0].covered_s, 1800);
	cr_expect_eq(sent[0].expected_s, 1800);
	cr_expect_eq(sent[0].location_mg, 150);
	cr_expect(sent[0].has_location);
	cr_expect_eq(sent[0].rev, 0);
}

Test(site_totals, points_are_kept_apart)
{
	struct site_total_row row = {.slot_start_s = 9000, .energy_j = 7, .slot_s = 900, .point = POINT_IT_IN, .is_first = true};

	add(9000, 1000, 2);
	site_totals_add(&totals, &row, 1, keep, &totals);
	cr_assert_eq(sent_count, 1);
	cr_expect_eq(sent[0].point, POINT_IT_IN);
	cr_expect_eq(sent[0].energy_j, 7);
	cr_expect(not(sent[0].has_location));
}

Test(site_totals, an_overdue_slot_goes_out_with_what_it_has)
{
	add(9000, 1000, 2);
	site_totals_flush(&totals, 9000, 10000, keep, &totals);
	cr_expect_eq(sent_count, 0, "slots before 9000 alone are due");
	site_totals_flush(&totals, 9001, 10000, keep, &totals);
	cr_assert_eq(sent_count, 1);
	cr_expect_eq(sent[0].covered_s, 900);
	cr_expect_eq(sent[0].expected_s, 1800, "two meters were expected");
	site_totals_flush(&totals, 20000, 20000, keep, &totals);
	cr_expect_eq(sent_count, 1, "nothing waits any more");
}

Test(site_totals, what_comes_later_is_a_difference_with_a_growing_revision)
{
	add(9000, 1000, 1);
	cr_assert_eq(sent_count, 1);
	revise(9000, -200);
	cr_expect_eq(sent_count, 1, "differences are gathered");
	revise(9000, 50);
	site_totals_flush(&totals, 0, 10800, keep, &totals);
	cr_assert_eq(sent_count, 2);
	cr_expect_eq(sent[1].energy_j, -150);
	cr_expect_eq(sent[1].expected_s, 0, "the first point has said it");
	cr_expect_eq(sent[1].rev, 1);
	revise(9000, 1);
	site_totals_flush(&totals, 0, 11100, keep, &totals);
	cr_expect_eq(sent[2].rev, 2);
}

Test(site_totals, a_revision_of_a_slot_long_gone_is_a_difference_too)
{
	revise(9000, 42);
	cr_expect_eq(sent_count, 0);
	site_totals_flush(&totals, 0, 50000, keep, &totals);
	cr_assert_eq(sent_count, 1);
	cr_expect_eq(sent[0].energy_j, 42);
	cr_expect_eq(sent[0].rev, 1);
}

Test(site_totals, a_late_meter_after_the_slot_went_out_adds_to_it)
{
	add(9000, 1000, 2);
	site_totals_flush(&totals, 9001, 10000, keep, &totals);
	add(9000, 500, 2);
	site_totals_flush(&totals, 0, 10100, keep, &totals);
	cr_assert_eq(sent_count, 2);
	cr_expect_eq(sent[1].energy_j, 500);
	cr_expect_eq(sent[1].covered_s, 900);
	cr_expect_eq(sent[1].rev, 1);
}

Test(site_totals, the_oldest_goes_out_when_there_is_no_room)
{
	int64_t sum_j = 0;

	for (int64_t i = 0; i < SITE_TOTALS_OPEN_MAX + 3; i++)
		add(9000 + i * 900, 100 + i, 2);
	cr_assert_eq(sent_count, 3);
	for (size_t i = 0; i < 3; i++)
		cr_expect_eq(sent[i].slot_start_s, 9000 + (int64_t)i * 900);
	site_totals_flush(&totals, INT64_MAX, 100000, keep, &totals);
	for (size_t i = 0; i < sent_count; i++)
		sum_j += sent[i].energy_j;
	/* 131 slots: 131 x 100 + 0 + 1 + ... + 130 */
	cr_expect_eq(sum_j, 13100 + 130 * 131 / 2, "no joule is lost");
}

/* A store keeps one point a series and time. */
static void check_no_revision_comes_twice(void)
{
	for (size_t i = 0; i < sent_count; i++)
		for (size_t j = 0; j < i; j++)
			cr_assert(sent[i].slot_start_s != sent[j].slot_start_s || sent[i].rev != sent[j].rev,
				  "slot %lld: revision %d is there twice", (long long)sent[i].slot_start_s, (int)sent[i].rev);
}

/* After a silence of two days each meter closes all slots of it, one meter after another: more than there is room for. */
Test(site_totals, slots_that_made_room_before_their_commit_have_no_second_first_point)
{
	enum { SLOTS = SITE_TOTALS_OPEN_MAX + 20, METERS = 3 };
	int64_t sum_j = 0;

	for (int meter = 0; meter < METERS; meter++)
		for (int64_t i = 0; i < SLOTS; i++)
			add(9000 + i * 900, 10, METERS);
	site_totals_flush(&totals, INT64_MAX, 1000000, keep, &totals);
	check_no_revision_comes_twice();
	for (size_t i = 0; i < sent_count; i++)
		sum_j += sent[i].energy_j;
	cr_assert_eq(sum_j, 10 * SLOTS * METERS);
}

Test(site_totals, revisions_do_not_come_again_after_a_restart_or_a_step_of_the_clock)
{
	uint8_t bytes[SITE_TOTALS_BYTES_MAX];
	struct err_info info = {0};
	size_t size;

	add(9000, 1000, 1);
	revise(9000, -3);
	site_totals_flush(&totals, 0, 12600, keep, &totals);
	cr_assert(totals.is_changed);
	size = site_totals_save(&totals, bytes);
	memset(&totals, 0, sizeof totals);
	cr_assert_eq(site_totals_load(&totals, bytes, size, &info), ERR_NONE, "%s", info.text);
	revise(9000, 5);
	site_totals_flush(&totals, 0, 12600, keep, &totals); /* the same second again */
	cr_assert_eq(sent_count, 3);
	check_no_revision_comes_twice();
}

/* While the clock was ahead one meter's row went out for a slot whose time comes now. */
Test(site_totals, what_is_known_here_needs_no_look_into_the_ledger)
{
	struct site_total_row row = {.slot_start_s = 9000, .energy_j = 7, .slot_s = 900, .point = POINT_SITE_AC};

	cr_expect_not(site_totals_knows(&totals, POINT_SITE_AC, 9000));
	site_totals_add(&totals, &row, 2, keep, &totals); /* the ledger had a row of it */
	cr_expect(site_totals_knows(&totals, POINT_SITE_AC, 9000));
	cr_expect_not(site_totals_knows(&totals, POINT_IT_IN, 9000));
	site_totals_flush(&totals, 0, 9901, keep, &totals);
	cr_assert_eq(sent_count, 1);
	cr_expect_eq(sent[0].rev, 1);
}

Test(site_totals, what_waits_survives_a_restart)
{
	uint8_t bytes[SITE_TOTALS_BYTES_MAX];
	struct err_info info = {0};
	size_t size;

	add(9000, 1000, 1); /* goes out: only a difference waits */
	revise(9000, -3);
	add(9900, 700, 2);
	size = site_totals_save(&totals, bytes);
	cr_assert_gt(size, 0);
	memset(&totals, 0, sizeof totals);
	cr_assert_eq(site_totals_load(&totals, bytes, size, &info), ERR_NONE, "%s", info.text);
	add(9900, 300, 2);
	cr_assert_eq(sent_count, 2);
	cr_expect_eq(sent[1].energy_j, 1000, "the second meter completes it");
	site_totals_flush(&totals, 0, 20000, keep, &totals);
	cr_assert_eq(sent_count, 3);
	cr_expect_eq(sent[2].energy_j, -3);
	cr_expect_eq(site_totals_save(&totals, bytes), 5, "nothing waits: the last revision alone");
}

Test(site_totals, a_full_set_fits_its_bytes)
{
	uint8_t bytes[SITE_TOTALS_BYTES_MAX];
	struct site_totals back;
	struct err_info info = {0};

	for (int64_t i = 0; i < SITE_TOTALS_OPEN_MAX; i++)
		add(9000 + i * 900, 1, 2);
	cr_assert_gt(site_totals_save(&totals, bytes), 0);
	cr_expect_eq(site_totals_load(&back, bytes, site_totals_save(&totals, bytes), &info), ERR_NONE, "%s", info.text);
}

Test(site_totals, strange_bytes_leave_it_empty)
{
	uint8_t bytes[SITE_TOTALS_BYTES_MAX];
	struct err_info info = {0};
	size_t size;

	add(9000, 1000, 2);
	size = site_totals_save(&totals, bytes);
	cr_expect_eq(site_totals_load(&totals, bytes, size - 1, &info), ERR_DATA);
	site_totals_flush(&totals, INT64_MAX, 100000, keep, &totals);
	cr_expect_eq(sent_count, 0);
	bytes[0]++;
	cr_expect_eq(site_totals_load(&totals, bytes, size, &info), ERR_DATA, "another version");
	cr_expect_eq(site_totals_load(&totals, bytes, 0, &info), ERR_DATA);
}

Test(site_totals, coverage_is_that_of_the_newest_slot_over_all_points)
{
	struct site_coverage coverage = {0};

	site_coverage_add(&coverage,
			  &(struct site_total){.slot_start_s = 900, .covered_s = 800, .expected_s = 900, .point = POINT_SITE_AC});
	site_coverage_add(&coverage, &(struct site_total){.slot_start_s = 900, .covered_s = 900, .expected_s = 900, .point = POINT_IT_IN});
	cr_assert_eq(coverage.covered_s, 1700);
	cr_assert_eq(coverage.expected_s, 1800);
	site_coverage_add(&coverage, &(struct site_total){.slot_start_s = 1800, .covered_s = 450, .expected_s = 900});
	site_coverage_add(&coverage, &(struct site_total){.slot_start_s = 900, .covered_s = 100, .expected_s = 0}); /* came late */
	site_coverage_add(&coverage, &(struct site_total){.slot_start_s = 1800, .covered_s = 5, .expected_s = 0, .rev = 1});
	cr_assert_eq(coverage.covered_s, 450);
	cr_assert_eq(coverage.expected_s, 900);
}
