/* SPDX-License-Identifier: Apache-2.0 */
#include "run/site_totals.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { SENT_MAX = 64 };

static struct site_totals totals;
static struct site_total sent[SENT_MAX];
static size_t sent_count;

static void keep(void *context, const struct site_total *total)
{
	cr_assert_eq(context, &totals);
	cr_assert_lt(sent_count, SENT_MAX);
	sent[sent_count++] = *total;
}

/* A meter closes the slot of 900 s that starts at `start_s`, a second behind its end. */
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

	site_totals_add(&totals, &row, expected, start_s + 901, keep, &totals);
}

/* A revision of that slot at now_s. */
static void revise(int64_t start_s, int64_t energy_j, int64_t now_s)
{
	const struct site_total_row row = {.slot_start_s = start_s, .energy_j = energy_j, .slot_s = 900, .point = POINT_SITE_AC};

	site_totals_add(&totals, &row, 2, now_s, keep, &totals);
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
	site_totals_add(&totals, &row, 1, 9901, keep, &totals);
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
	revise(9000, -200, 10500);
	cr_expect_eq(sent_count, 1, "differences are gathered");
	revise(9000, 50, 10600);
	site_totals_flush(&totals, 0, 10800, keep, &totals);
	cr_assert_eq(sent_count, 2);
	cr_expect_eq(sent[1].energy_j, -150);
	cr_expect_eq(sent[1].expected_s, 0, "the first point has said it");
	cr_expect_eq(sent[1].rev, 1800, "seconds since the slot's start");
	revise(9000, 1, 11000);
	site_totals_flush(&totals, 0, 11100, keep, &totals);
	cr_expect_eq(sent[2].rev, 2100);
}

Test(site_totals, a_revision_of_a_slot_long_gone_is_a_difference_too)
{
	revise(9000, 42, 50000);
	cr_expect_eq(sent_count, 0);
	site_totals_flush(&totals, 0, 50000, keep, &totals);
	cr_assert_eq(sent_count, 1);
	cr_expect_eq(sent[0].energy_j, 42);
	cr_expect_eq(sent[0].rev, 41000);
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
	cr_expect_eq(sent[1].rev, 1100);
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
	/* 15 slots: 15 x 100 + 0 + 1 + ... + 14 */
	cr_expect_eq(sum_j, 1605, "no joule is lost");
}

Test(site_totals, what_waits_survives_a_restart)
{
	uint8_t bytes[SITE_TOTALS_BYTES_MAX];
	struct err_info info = {0};
	size_t size;

	add(9000, 1000, 1); /* goes out: only a difference waits */
	revise(9000, -3, 10000);
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
	cr_expect_eq(site_totals_save(&totals, bytes), 0, "nothing waits");
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
