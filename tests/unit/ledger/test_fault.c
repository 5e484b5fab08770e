/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/faulty_vfs.h"
#include "ledger/fixture.h"
#include "ledger/outbox.h"
#include "ledger/verify.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY FIXTURE_DAY_S

static void assert_sound(struct fixture *fixture, uint64_t interval_count)
{
	struct ledger_verdict verdict;

	cr_assert_eq(ledger_verify(fixture->ledger, &verdict, &fixture->info), ERR_NONE, "%s", fixture->info.text);
	cr_assert_eq(verdict.interval_count, interval_count, "%llu rows", (unsigned long long)verdict.interval_count);
}

/* Tries the batch again until it is in, as core does. Returns the failures. */
static int commit_until_in(struct fixture *fixture)
{
	int failures = 0;

	while (ledger_commit(fixture->ledger, &fixture->batch, NULL, &fixture->info) != ERR_NONE) {
		cr_assert_lt(++failures, 10, "%s", fixture->info.text);
		cr_assert_eq(ledger_fault(fixture->ledger), LEDGER_FAULT_IO, "%s", fixture->info.text);
	}
	return failures;
}

/* Fails each call of a kind in turn, in a commit that also checkpoints now and then; nothing is lost or booked twice. */
static void sweep(enum faulty_kind kind, int64_t call_max)
{
	struct fixture fixture;
	int failures = 0;
	uint64_t slots = 0;

	faulty_vfs_register();
	fixture_init(&fixture, 40);
	for (int64_t at = 1; at <= call_max; at++) {
		for (int n = 0; n < 40; n++)
			fixture_add_slot(&fixture, fixture.meter_id[n], DAY + (int64_t)slots * 900, 0, 1);
		slots++;
		faulty_vfs_arm(kind, at, 1);
		failures += commit_until_in(&fixture);
		faulty_vfs_disarm();
		cr_assert(ledger_batch_is_empty(&fixture.batch));
	}
	cr_assert_gt(failures, 0);
	assert_sound(&fixture, 40 * slots);
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE, "%s", fixture.info.text);
	assert_sound(&fixture, 40 * slots);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + (int64_t)slots * 900), (int64_t)(40 * slots));
	fixture_deinit(&fixture);
}

Test(fault, a_failed_write_books_nothing_twice)
{
	sweep(FAULTY_WRITE, 40);
}

Test(fault, a_torn_write_books_nothing_twice)
{
	sweep(FAULTY_TORN_WRITE, 40);
}

/* Here the failed sync of the commit comes after all frames were written: the reopened file may hold the commit that was reported as failed. */
Test(fault, a_failed_sync_of_unknown_outcome_books_nothing_twice)
{
	sweep(FAULTY_SYNC, 6);
}

Test(fault, a_failed_read_books_nothing_twice)
{
	struct fixture fixture;

	faulty_vfs_register();
	fixture_init(&fixture, 40);
	for (int slot = 0; slot < 30; slot++) {
		/* A new connection has nothing in its cache. */
		fixture_close(&fixture);
		cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
		for (int n = 0; n < 40; n++)
			fixture_add_slot(&fixture, fixture.meter_id[n], DAY + slot * 900, 0, 1);
		faulty_vfs_arm(FAULTY_READ, 1 + slot, 1);
		commit_until_in(&fixture);
		faulty_vfs_disarm();
	}
	assert_sound(&fixture, 40 * 30);
	fixture_deinit(&fixture);
}

Test(fault, a_dead_disk_keeps_the_batch_and_its_return_books_it)
{
	struct fixture fixture;

	faulty_vfs_register();
	fixture_init(&fixture, 1);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 77);
	faulty_vfs_arm(FAULTY_WRITE, 1, 1000000);
	for (int i = 0; i < 5; i++)
		cr_assert_eq(ledger_commit(fixture.ledger, &fixture.batch, NULL, &fixture.info), ERR_IO);
	cr_assert_eq(fixture.batch.interval_count, 1);
	faulty_vfs_disarm();
	fixture_commit(&fixture);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 900), 77);
	fixture_deinit(&fixture);
}

/* Bytes that do not deflate. */
static void fill_noise(char *out, size_t bytes)
{
	uint64_t state = 88172645463325252u;

	for (size_t i = 0; i < bytes; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		out[i] = (char)state;
	}
}

static void limit_files(off_t bytes)
{
	struct rlimit limit = {.rlim_cur = (rlim_t)bytes, .rlim_max = RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static off_t size_of(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 ? found.st_size : 0;
}

Test(fault, on_a_full_disk_the_energy_is_booked_and_the_outbox_rows_wait)
{
	static char noise[1 << 20];
	struct fixture fixture;
	struct ledger_batch next;
	struct ledger_outbox_row row = {
	    .id = 1, .output = "influx", .created_utc_ms = DAY * 1000, .point_count = 1, .payload = noise, .payload_bytes = sizeof(noise)};
	struct ledger_commit_report report;
	struct ledger_outbox_figures figures;

	fixture_init(&fixture, 4);
	fill_noise(noise, sizeof(noise));
	limit_files(size_of(fixture.path) + (512 << 10));
	for (int n = 0; n < 4; n++)
		fixture_add_slot(&fixture, fixture.meter_id[n], DAY, 0, 10);
	cr_assert_eq(ledger_batch_add_outbox(&fixture.batch, &row, &fixture.info), ERR_NONE);
	cr_assert_eq(ledger_commit(fixture.ledger, &fixture.batch, &report, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert(report.is_outbox_left_out);
	cr_assert_eq(report.interval_count, 4);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 900), 40);
	/* The rows go on with the next batch; room returns. */
	ledger_batch_init(&next, 4 << 20);
	cr_assert_eq(ledger_batch_move_outbox(&next, &fixture.batch, &fixture.info), ERR_NONE);
	cr_assert(ledger_batch_is_empty(&fixture.batch));
	limit_files((off_t)RLIM_INFINITY);
	cr_assert_eq(ledger_commit(fixture.ledger, &next, &report, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert_eq(report.outbox_count, 1);
	cr_assert_eq(ledger_outbox_measure(fixture.ledger, "influx", &figures, &fixture.info), ERR_NONE);
	cr_assert_eq(figures.row_count, 1);
	ledger_batch_deinit(&next);
	assert_sound(&fixture, 4);
	fixture_deinit(&fixture);
}

Test(fault, on_a_full_disk_commits_fail_cleanly_and_go_on_when_room_returns)
{
	struct fixture fixture;
	int64_t slot = 0;
	int64_t booked = 0;

	fixture_init(&fixture, 100);
	limit_files(size_of(fixture.path) + (96 << 10));
	for (;; slot++) {
		for (int n = 0; n < 100; n++)
			fixture_add_slot(&fixture, fixture.meter_id[n], DAY + slot * 900, 0, 1);
		if (ledger_commit(fixture.ledger, &fixture.batch, NULL, &fixture.info) != ERR_NONE)
			break;
		booked += 100;
		cr_assert_lt(slot, 1000);
	}
	cr_assert_eq(ledger_fault(fixture.ledger), LEDGER_FAULT_FULL, "%s", fixture.info.text);
	cr_assert_not_null(strstr(fixture.info.text, "no room"));
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + (slot + 1) * 900), booked);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(ledger_commit(fixture.ledger, &fixture.batch, NULL, &fixture.info), ERR_IO);
	limit_files((off_t)RLIM_INFINITY);
	fixture_commit(&fixture);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + (slot + 1) * 900), booked + 100);
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	assert_sound(&fixture, (uint64_t)booked + 100);
	fixture_deinit(&fixture);
}

Test(fault, the_reserve_is_given_back_when_nothing_else_helps)
{
	struct fixture fixture;
	struct ledger_options options = {.now_utc_ms = DAY * 1000, .reserve_bytes = 65536};
	char reserve[128];

	faulty_vfs_register();
	fixture_init(&fixture, 1);
	fixture_close(&fixture);
	options.path = fixture.path;
	cr_assert_eq(ledger_open(&fixture.ledger, &options, NULL, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	snprintf(reserve, sizeof(reserve), "%s", fixture_beside(&fixture, ".reserve"));
	cr_assert_eq(size_of(reserve), 65536);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 5);
	/* Two writes find no room: the first try, and the one after folding the log. The third comes after the reserve was given back. */
	faulty_vfs_arm(FAULTY_FULL, 1, 2);
	fixture_commit(&fixture);
	faulty_vfs_disarm();
	cr_assert_neq(access(reserve, F_OK), 0);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 900), 5);
	fixture_deinit(&fixture);
}
