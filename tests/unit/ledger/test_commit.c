/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fixture.h"
#include "ledger/resume.h"
#include "ledger/verify.h"

#include <criterion/criterion.h>
#include <string.h>

/* 2026-11-25 in UTC. */
#define DAY FIXTURE_DAY_S

static void assert_sound(struct fixture *fixture, uint64_t interval_count)
{
	struct ledger_verdict verdict;

	cr_assert_eq(ledger_verify(fixture->ledger, &verdict, &fixture->info), ERR_NONE, "%s", fixture->info.text);
	cr_assert_eq(verdict.interval_count, interval_count);
}

Test(commit, an_interval_is_in_its_hour_and_its_day)
{
	struct fixture fixture;

	fixture_init(&fixture, 1);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 450000);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY + 900, 0, 450001);
	fixture_commit(&fixture);
	assert_sound(&fixture, 2);
	/* 450 000 + 450 001 mJ */
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 86400), 900001);
	fixture_deinit(&fixture);
}

Test(commit, a_revision_adds_its_signed_difference_everywhere)
{
	struct fixture fixture;
	struct ledger_closed closed;

	fixture_init(&fixture, 1);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1000);
	fixture_commit(&fixture);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 1, -300);
	fixture_commit(&fixture);
	assert_sound(&fixture, 2);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 86400), 700);
	cr_assert_eq(ledger_resume_closed(fixture.ledger, fixture.meter_id[0], DAY, &closed, &fixture.info), ERR_NONE);
	cr_assert_eq(closed.rev, 1);
	cr_assert_eq(closed.covered_ms, 900000);
	cr_assert_eq(ledger_resume_closed(fixture.ledger, fixture.meter_id[0], DAY + 900, &closed, &fixture.info), ERR_NONE);
	cr_assert_eq(closed.rev, -1);
	cr_assert_eq(closed.covered_ms, 0);
	fixture_deinit(&fixture);
}

Test(commit, a_row_that_is_there_already_refuses_the_whole_batch)
{
	struct fixture fixture;

	fixture_init(&fixture, 2);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1000);
	fixture_commit(&fixture);
	fixture_add_slot(&fixture, fixture.meter_id[1], DAY, 0, 5);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1000);
	cr_assert_neq(ledger_commit(fixture.ledger, &fixture.batch, NULL, &fixture.info), ERR_NONE);
	cr_assert_eq(ledger_fault(fixture.ledger), LEDGER_FAULT_OTHER);
	cr_assert(!ledger_batch_is_empty(&fixture.batch));
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 86400), 1000);
	assert_sound(&fixture, 1);
	fixture_deinit(&fixture);
}

Test(commit, a_batch_whose_number_is_in_the_ledger_is_not_booked_again)
{
	struct fixture fixture;
	struct ledger_commit_report report;
	int64_t number;

	fixture_init(&fixture, 1);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1000);
	fixture_commit(&fixture);
	/* As after a commit that got through and reported a failure: the same rows under the number of the commit that is in. The registry was
	 * commit 1, the slot commit 2. */
	number = 2;
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1000);
	fixture.batch.commit_no = number;
	cr_assert_eq(ledger_commit(fixture.ledger, &fixture.batch, &report, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert(ledger_batch_is_empty(&fixture.batch));
	assert_sound(&fixture, 1);
	fixture_deinit(&fixture);
}

Test(commit, open_rows_come_back_as_they_were)
{
	struct fixture fixture;
	struct ledger_open_row row = {.meter_id = 0,
				      .utc_ms = DAY * 1000 + 123,
				      .boot_id = FIXTURE_BOOT,
				      .boot_ns = INT64_C(77000000001),
				      .energy_millij = INT64_C(987654321012),
				      .has_raw = true,
				      .raw = UINT64_MAX - 1,
				      .uptime_ms = -1,
				      .state = "state\0bytes",
				      .state_bytes = 11};
	struct ledger_open_row found;
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	bool is_found = false;

	fixture_init(&fixture, 2);
	row.meter_id = fixture.meter_id[1];
	cr_assert_eq(ledger_batch_add_open(&fixture.batch, &row, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	cr_assert_eq(ledger_resume_open_one(fixture.ledger, fixture.meter_id[1], &found, state, &is_found, &fixture.info), ERR_NONE);
	cr_assert(is_found);
	cr_assert_eq(found.utc_ms, row.utc_ms);
	cr_assert_eq(found.boot_ns, row.boot_ns);
	cr_assert_eq(found.energy_millij, row.energy_millij);
	cr_assert(found.has_raw);
	cr_assert_eq(found.raw, UINT64_MAX - 1);
	cr_assert_eq(found.uptime_ms, -1);
	cr_assert_str_eq(found.boot_id, FIXTURE_BOOT);
	cr_assert_eq(found.state_bytes, 11);
	cr_assert_eq(memcmp(found.state, "state\0bytes", 11), 0);
	cr_assert_eq(ledger_resume_open_one(fixture.ledger, fixture.meter_id[0], &found, state, &is_found, &fixture.info), ERR_NONE);
	cr_assert(!is_found);
	fixture_deinit(&fixture);
}

Test(commit, a_batch_that_is_reused_allocates_nothing)
{
	struct fixture fixture;
	const char *items;

	fixture_init(&fixture, 4);
	for (int round = 0; round < 3; round++) {
		for (int n = 0; n < 4; n++)
			fixture_add_slot(&fixture, fixture.meter_id[n], DAY + round * 900, 0, 7);
		if (round > 0)
			cr_assert_eq(fixture.batch.items.data, items);
		items = fixture.batch.items.data;
		fixture_commit(&fixture);
	}
	assert_sound(&fixture, 12);
	fixture_deinit(&fixture);
}

Test(commit, a_slot_that_does_not_fit_an_hour_is_refused)
{
	struct fixture fixture;
	struct interval interval = {.slot_start_s = DAY, .slot_s = 700};
	struct ledger_day day = {.start_s = DAY, .end_s = DAY + 86400};

	fixture_init(&fixture, 1);
	cr_assert_eq(ledger_batch_add_interval(&fixture.batch, fixture.meter_id[0], &interval, &day, &fixture.info), ERR_DATA);
	cr_assert(ledger_batch_is_empty(&fixture.batch));
	fixture_deinit(&fixture);
}

Test(commit, a_full_batch_is_as_it_was_before_the_row_that_did_not_fit)
{
	struct ledger_batch batch;
	struct ledger_event event = {.utc_ms = DAY * 1000, .code = "x", .text = "a text of some length"};
	struct err_info info = {0};
	size_t before = 0;

	ledger_batch_init(&batch, 256);
	while (ledger_batch_add_event(&batch, &event, &info) == ERR_NONE)
		before = ledger_batch_bytes(&batch);
	cr_assert_eq(info.code, ERR_LIMIT);
	cr_assert_gt(before, 0);
	cr_assert_eq(ledger_batch_bytes(&batch), before);
	ledger_batch_deinit(&batch);
}
