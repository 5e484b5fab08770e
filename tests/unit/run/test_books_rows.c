/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows a device's sum needs: learned from the device, told when they change, unknown while one is silent. */
#include "books_rig.h"
#include "ledger/resume.h"
#include "ledger/rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct rig rig;
static uint64_t raw[4];

static void announce(uint32_t rows)
{
	struct meter_info sum = {.key = "total", .role = ROLE_TOTAL, .point = POINT_PDU_OUT, .is_derived = true, .caliber = CALIBER_ACTUAL};

	rig_meter_info(&rig, 0, 0, &sum);
	for (uint32_t i = 1; i <= rows; i++) {
		struct meter_info row = {.role = ROLE_PART,
					 .point = POINT_PDU_OUT,
					 .caliber = CALIBER_ACTUAL,
					 .is_summand = true,
					 .energy = {.unit_num = 1000, .unit_den = 1}};

		snprintf(row.key, sizeof(row.key), "line/%u", i);
		rig_meter_info(&rig, 0, i, &row);
	}
}

/* The collector walked the device, all of it, and found so many rows. */
static void learn(uint32_t rows)
{
	struct wire_device record = {.state = DEVICE_UP, .expected_count = rows, .is_expected_learned = true};
	struct err_info info = {0};

	snprintf(record.driver, sizeof(record.driver), "pdu");
	cr_assert(books_put_device(rig.books, WIRE_KIND_SNMP, &record, &info) == ERR_NONE, "%s", info.text);
}

static void begin(void)
{
	rig_open(&rig, 1);
	announce(3);
	learn(3);
}

static void end(void)
{
	rig_close(&rig);
}

TestSuite(books_rows, .init = begin, .fini = end);

/* So many minutes of 100 W in each row but `silent` (0: none is), read every 10 s. */
static void run(int64_t minutes, uint32_t rows, uint32_t silent)
{
	for (int64_t at = 0; at < 6 * minutes; at++) {
		rig_pass(&rig, 10);
		for (uint32_t i = 1; i <= rows; i++) {
			raw[i - 1] += 1000;
			if (i != silent)
				rig_read(&rig, 0, i, raw[i - 1], 100);
		}
	}
}

struct found {
	const char *code;
	size_t count;
	char last[200];
};

static enum err find_event(void *context, const struct ledger_event_row *row, struct err_info *info)
{
	struct found *found = context;

	(void)info;
	if (strcmp(row->code, found->code) != 0)
		return ERR_NONE;
	found->count++;
	snprintf(found->last, sizeof(found->last), "%s -> %s", row->before, row->after);
	return ERR_NONE;
}

static struct found events(const char *code)
{
	struct found found = {.code = code};
	struct ledger_filter all = {0};

	rig_commit(&rig);
	cr_assert(ledger_query_events(rig.ledger, &all, find_event, &found, NULL) == ERR_NONE);
	return found;
}

Test(books_rows, silent_row_makes_the_sum_unknown_and_changes_nothing)
{
	run(2, 3, 0);
	cr_assert_str_eq(events("rows_changed").last, " -> 3 rows");
	run(2, 3, 2);
	cr_assert_eq(events("rows_changed").count, 1u);
	rig_pass(&rig, 80);
	rig_commit(&rig);
	/* slots of 60 s; the first begins with the first reading, at 10 s: 50 s + 60 s x 3 x 100 W. No sum where a row was silent. */
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 33000000);
}

Test(books_rows, row_that_the_device_does_not_have_any_more_is_retired_and_the_sum_goes_on_without_it)
{
	run(2, 3, 0);
	learn(2);
	run(3, 3, 2);
	cr_assert_str_eq(events("rows_changed").last, "3 rows -> 2 rows");
	cr_assert_str_eq(events("retired").last, "in force -> retired");
	cr_assert_eq(events("retired").count, 1u);
	learn(3); /* the device has it again */
	run(1, 3, 0);
	cr_assert_str_eq(events("rows_changed").last, "2 rows -> 3 rows");
	cr_assert_eq(events("returned").count, 1u);
}

Test(books_rows, new_row_belongs_to_the_sum)
{
	run(2, 3, 0);
	announce(4);
	learn(4);
	run(2, 4, 4);
	cr_assert_eq(events("rows_changed").count, 1u, "it has not answered yet");
	run(2, 4, 0);
	cr_assert_str_eq(events("rows_changed").last, "3 rows -> 4 rows");
}

Test(books_rows, change_while_nobody_ran_is_told_and_the_same_rows_are_not)
{
	run(2, 3, 0);
	rig_commit(&rig);
	rig_restart(&rig, NULL, 60);
	announce(3);
	learn(3);
	run(1, 3, 0);
	cr_assert_eq(events("rows_changed").count, 1u);
	rig_restart(&rig, NULL, 60);
	announce(2);
	learn(2);
	run(1, 2, 0);
	cr_assert_str_eq(events("rows_changed").last, "3 rows -> 2 rows");
	cr_assert_eq(events("retired").count, 1u);
}

/*
 * After a silence row by row brings its share of more slots than are collected at a time, so their totals are computed from the ledger. Then the wall
 * clock is set back and passes those slots again.
 */
Test(books_rows, sum_that_was_computed_from_the_ledger_follows_its_rows_revisions)
{
	run(2, 3, 0);
	rig_pass(&rig, 590);
	for (size_t i = 0; i < 3; i++)
		raw[i] += 59000;
	run(1, 3, 0);
	for (int i = 0; i < 3; i++)
		rig_commit(&rig);
	rig.utc_at_boot_ns -= 300 * INT64_C(1000000000);
	run(6, 3, 0);
	rig_pass(&rig, 80);
	for (int i = 0; i < 4; i++)
		rig_commit(&rig);
	/* from 10 to 1,130 s: 1,120 s x 3 x 100 W */
	cr_assert_eq(rig_total_millij(&rig, "d0", "line/1"), 112000000);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 336000000);
}

static enum err count_revision(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	size_t *count = context;

	(void)meter_id;
	(void)info;
	*count += interval->rev > 0;
	return ERR_NONE;
}

/* A slot from before the step closes after it: by the new clock all rows came later than it ended. */
Test(books_rows, clock_that_is_set_forward_leaves_no_sum_of_some_rows)
{
	struct ledger_filter filter = {.end_s = INT64_MAX};
	size_t revision_count = 0;

	rig_pass(&rig, 25);
	run(2, 3, 0);
	rig.utc_at_boot_ns += 3600 * INT64_C(1000000000);
	run(6, 3, 0);
	rig_pass(&rig, 80);
	for (int i = 0; i < 4; i++)
		rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "line/1"), 47000000, "from 35 to 505 s");
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 141000000);
	cr_assert(ledger_query_intervals(rig.ledger, &filter, count_revision, &revision_count, NULL) == ERR_NONE);
	cr_assert_eq(revision_count, 0u, "a sum went out before all its rows were there");
}

Test(books_rows, meter_that_becomes_a_sum_keeps_its_running_total)
{
	struct meter_info plain = {.key = "total",
				   .role = ROLE_TOTAL,
				   .point = POINT_PDU_OUT,
				   .caliber = CALIBER_ACTUAL,
				   .energy = {.unit_num = 1000, .unit_den = 1}};
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	struct ledger_open_row row;
	struct err_info info = {0};
	bool is_found = false;

	rig_close(&rig);
	rig_open(&rig, 1);
	rig_meter_info(&rig, 0, 0, &plain);
	for (uint64_t i = 1; i <= 12; i++) {
		rig_pass(&rig, 10);
		rig_read(&rig, 0, 0, 1000 * i, 100);
	}
	rig_commit(&rig);
	rig_restart(&rig, NULL, 60);
	announce(2);
	learn(2);
	run(3, 2, 0);
	for (int i = 0; i < 3; i++)
		rig_commit(&rig);
	cr_assert(ledger_resume_open_one(rig.ledger, 1, &row, state, &is_found, &info) == ERR_NONE && is_found, "%s", info.text);
	cr_assert_geq(row.energy_millij, 11000000, "110 s of 100 W of its own, and then those of its rows");
}
