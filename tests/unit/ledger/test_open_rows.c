/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fixture.h"
#include "ledger/resume.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { METERS = 300, TEXT_BYTES = 1 << 16 };

/* All of a row follows from its meter and a number. */
static void add_row(struct fixture *fixture, uint32_t meter_id, int64_t n)
{
	uint8_t state[64];
	struct ledger_open_row row = {.meter_id = meter_id,
				      .utc_ms = meter_id % 7 == 0 ? 0 : FIXTURE_DAY_S * 1000 + n,
				      .boot_ns = n * 1000003 + meter_id,
				      .energy_millij = n * meter_id,
				      .has_raw = meter_id % 3 != 0,
				      .raw = meter_id % 3 != 0 ? UINT64_MAX - (uint64_t)n : 0,
				      .uptime_ms = meter_id % 5 == 0 ? -1 : n * 10,
				      .state = state,
				      .state_bytes = (size_t)((meter_id + (uint64_t)n) % sizeof(state))};

	snprintf(row.boot_id, sizeof(row.boot_id), "boot-%lld", (long long)(n % 2));
	memset(state, (int)meter_id, sizeof(state));
	cr_assert_eq(ledger_batch_add_open(&fixture->batch, &row, &fixture->info), ERR_NONE, "%s", fixture->info.text);
}

static enum err print_row(void *context, const struct ledger_open_row *row, struct err_info *info)
{
	char *text = context;
	size_t length = strlen(text);
	const uint8_t *state = row->state;

	(void)info;
	snprintf(text + length, TEXT_BYTES - length, "%u %lld %s %lld %lld %d %llu %lld %zu/%d\n", (unsigned)row->meter_id,
		 (long long)row->utc_ms, row->boot_id, (long long)row->boot_ns, (long long)row->energy_millij, row->has_raw,
		 (unsigned long long)row->raw, (long long)row->uptime_ms, row->state_bytes,
		 row->state_bytes > 0 ? state[row->state_bytes - 1] : -1);
	return ERR_NONE;
}

/* What add_row() would print. */
static void print_expected(char *text, uint32_t meter_id, int64_t n)
{
	size_t length = strlen(text);
	size_t bytes = (size_t)((meter_id + (uint64_t)n) % 64);

	snprintf(text + length, TEXT_BYTES - length, "%u %lld boot-%lld %lld %lld %d %llu %lld %zu/%d\n", (unsigned)meter_id,
		 (long long)(meter_id % 7 == 0 ? 0 : FIXTURE_DAY_S * 1000 + n), (long long)(n % 2), (long long)(n * 1000003 + meter_id),
		 (long long)(n * meter_id), meter_id % 3 != 0, (unsigned long long)(meter_id % 3 != 0 ? UINT64_MAX - (uint64_t)n : 0),
		 (long long)(meter_id % 5 == 0 ? -1 : n * 10), bytes, bytes > 0 ? (int)(uint8_t)meter_id : -1);
}

static void assert_rows(struct fixture *fixture, const char *expected)
{
	static char found[TEXT_BYTES];

	found[0] = '\0';
	cr_assert_eq(ledger_resume_open(fixture->ledger, print_row, found, &fixture->info), ERR_NONE, "%s", fixture->info.text);
	cr_assert_str_eq(found, expected);
}

Test(open_rows, come_back_over_several_packs_as_they_were_added_last)
{
	static char expected[TEXT_BYTES];
	struct fixture fixture;

	fixture_init(&fixture, 0);
	/* From the last to the first; then every fourth again, twice in one batch: the later holds. */
	for (uint32_t id = METERS; id >= 1; id--)
		add_row(&fixture, id, 100);
	fixture_commit(&fixture);
	for (uint32_t id = 4; id <= METERS; id += 4) {
		add_row(&fixture, id, 999);
		add_row(&fixture, id, 201);
	}
	fixture_commit(&fixture);
	for (uint32_t id = 1; id <= METERS; id++)
		print_expected(expected, id, id % 4 == 0 ? 201 : 100);
	assert_rows(&fixture, expected);
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	assert_rows(&fixture, expected);
	fixture_deinit(&fixture);
}

Test(open_rows, of_new_meters_go_between_those_that_are_there)
{
	static char expected[TEXT_BYTES];
	struct fixture fixture;

	fixture_init(&fixture, 0);
	add_row(&fixture, 2, 1);
	add_row(&fixture, 126, 1);
	fixture_commit(&fixture);
	add_row(&fixture, 1, 2);
	add_row(&fixture, 127, 2);
	add_row(&fixture, 50, 2);
	add_row(&fixture, UINT32_MAX, 2);
	fixture_commit(&fixture);
	print_expected(expected, 1, 2);
	print_expected(expected, 2, 1);
	print_expected(expected, 50, 2);
	print_expected(expected, 126, 1);
	print_expected(expected, 127, 2);
	print_expected(expected, UINT32_MAX, 2);
	assert_rows(&fixture, expected);
	fixture_deinit(&fixture);
}

Test(open_rows, a_reader_sees_what_a_later_commit_changed)
{
	struct fixture fixture;
	struct ledger *reader = NULL;
	struct ledger_open_row row;
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	bool is_found = false;

	fixture_init(&fixture, 0);
	for (int64_t n = 1; n < 4; n++) {
		add_row(&fixture, 8, n);
		fixture_commit(&fixture);
		if (reader == NULL)
			cr_assert_eq(ledger_open_readonly(&reader, fixture.path, &fixture.info), ERR_NONE, "%s", fixture.info.text);
		cr_assert_eq(ledger_resume_open_one(reader, 8, &row, state, &is_found, &fixture.info), ERR_NONE);
		cr_assert(is_found);
		cr_assert_eq(row.energy_millij, 8 * n);
		cr_assert_eq(ledger_resume_open_one(reader, 9, &row, state, &is_found, &fixture.info), ERR_NONE);
		cr_assert(!is_found);
	}
	ledger_close(reader);
	fixture_deinit(&fixture);
}

static int64_t ask(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;
	int64_t answer;

	cr_assert_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
	answer = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}

/* One of another length would move to other pages, and cost those of the free list besides. */
Test(open_rows, a_pack_keeps_its_length_when_its_rows_become_a_little_shorter_or_longer)
{
	static const char LENGTH[] = "SELECT length(body) FROM open_pack WHERE pack = 1";
	struct fixture fixture;
	int64_t before;

	fixture_init(&fixture, 0);
	for (uint32_t id = 1; id < 100; id++)
		add_row(&fixture, id, INT64_C(1) << 40);
	fixture_commit(&fixture);
	before = ask(fixture.path, LENGTH);
	cr_assert_eq(before % 256, 0);
	for (int64_t n = 1; n < 5; n++) {
		for (uint32_t id = 1; id < 100; id++)
			add_row(&fixture, id, n << 20);
		fixture_commit(&fixture);
		cr_assert_eq(ask(fixture.path, LENGTH), before);
	}
	cr_assert_eq(ask(fixture.path, "SELECT meter_count FROM open_pack WHERE pack = 1"), 99);
	fixture_deinit(&fixture);
}
