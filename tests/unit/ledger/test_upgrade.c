/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "ledger/fixture.h"
#include "ledger/resume.h"
#include "ledger/statement.h"
#include "ledger/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAY FIXTURE_DAY_S

static void build_from_sql(const char *sql_path, const char *path)
{
	struct buf sql;

	buf_init(&sql, 1 << 20);
	cr_assert_eq(file_read(sql_path, &sql, NULL), ERR_NONE, "run from the top folder of the project");
	fixture_execute(path, buf_text(&sql));
	buf_deinit(&sql);
}

/* A ledger as `sql_path` has it, opened: the same in every earlier schema, meter 1 has slots of 1000 to 1007 mJ and one revision of -3. */
static void open_earlier(struct fixture *fixture, const char *sql_path, uint64_t open_count)
{
	struct ledger_open_report report;
	struct ledger_verdict verdict;
	struct ledger_resume resume;
	struct ledger_open_row row;
	uint8_t state[LEDGER_STATE_BYTES_MAX];
	bool is_found;
	struct ledger_closed closed;

	fixture_make_folder(fixture);
	cr_assert_eq(fixture_open(fixture, NULL), ERR_NONE);
	fixture_close(fixture);
	unlink(fixture->path);
	unlink(fixture_beside(fixture, "-wal"));
	unlink(fixture_beside(fixture, "-shm"));
	build_from_sql(sql_path, fixture->path);
	cr_assert_eq(fixture_open(fixture, &report), ERR_NONE, "%s", fixture->info.text);
	cr_assert(!report.is_created && !report.is_quarantined);
	cr_assert(report.is_migrated);
	cr_assert_eq(access(report.backup_path, R_OK), 0);
	cr_assert_eq(fixture_sum_millij(fixture, DAY, DAY + 86400), 8025);
	cr_assert_eq(fixture_sum_millij(fixture, DAY, DAY + 3600), 4003);
	cr_assert_eq(ledger_resume_closed(fixture->ledger, 1, DAY + 2700, &closed, &fixture->info), ERR_NONE);
	cr_assert_eq(closed.rev, 1);
	cr_assert_eq(ledger_resume_read(fixture->ledger, &resume, &fixture->info), ERR_NONE);
	cr_assert_eq(resume.next_outbox_id, 5);
	cr_assert_eq(resume.open_count, open_count);
	cr_assert_eq(ledger_resume_open_one(fixture->ledger, 1, &row, state, &is_found, &fixture->info), ERR_NONE, "%s",
		     fixture->info.text);
	cr_assert(is_found);
	cr_assert_str_eq(row.boot_id, FIXTURE_BOOT);
	cr_assert_eq(row.utc_ms, INT64_C(1795572000000));
	cr_assert_eq(row.boot_ns, 5);
	cr_assert_eq(row.energy_millij, 8025);
	cr_assert(row.has_raw);
	cr_assert_eq(row.raw, UINT64_MAX);
	cr_assert_eq(row.uptime_ms, -1);
	cr_assert_eq(row.state_bytes, 3);
	cr_assert_eq(memcmp(row.state, "abc", 3), 0);
	cr_assert_eq(ledger_verify(fixture->ledger, &verdict, &fixture->info), ERR_NONE, "%s", fixture->info.text);
	/* The commit goes on counting where it was. */
	fixture_commit(fixture);
	fixture_close(fixture);
	cr_assert_eq(fixture_open(fixture, &report), ERR_NONE, "%s", fixture->info.text);
	cr_assert(!report.is_migrated);
}

Test(upgrade, a_ledger_of_schema_1_opens_with_all_it_holds)
{
	struct fixture fixture;

	open_earlier(&fixture, "tests/fixtures/ledger/schema-1.sql", 1);
	fixture_deinit(&fixture);
}

static enum err take_statement(void *context, const struct ledger_statement *statement, struct err_info *info)
{
	(void)info;
	snprintf(context, 64, "%s|%s", statement->author, statement->body);
	return ERR_NONE;
}

static void assert_statement(struct fixture *fixture)
{
	char found[64] = "";

	cr_assert_eq(ledger_query_statements(fixture->ledger, &(struct ledger_statement_filter){0}, take_statement, found, &fixture->info),
		     ERR_NONE, "%s", fixture->info.text);
	cr_assert_str_eq(found, "anna|body");
}

Test(upgrade, a_ledger_of_schema_2_opens_with_its_statements)
{
	struct fixture fixture;

	open_earlier(&fixture, "tests/fixtures/ledger/schema-2.sql", 1);
	assert_statement(&fixture);
	fixture_deinit(&fixture);
}

static enum err take_row(void *context, const struct ledger_open_row *row, struct err_info *info)
{
	char *text = context;
	size_t length = strlen(text);

	(void)info;
	snprintf(text + length, 512 - length, "%u %lld %lld %lld %d %llu %lld %zu;", (unsigned)row->meter_id, (long long)row->utc_ms,
		 (long long)row->boot_ns, (long long)row->energy_millij, row->has_raw, (unsigned long long)row->raw,
		 (long long)row->uptime_ms, row->state_bytes);
	return ERR_NONE;
}

Test(upgrade, a_ledger_of_schema_3_opens_with_an_open_row_for_each_meter)
{
	struct fixture fixture;
	char rows[512] = "";

	open_earlier(&fixture, "tests/fixtures/ledger/schema-3.sql", 4);
	assert_statement(&fixture);
	cr_assert_eq(ledger_resume_open(fixture.ledger, take_row, rows, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert_str_eq(rows, "1 1795572000000 5 8025 1 18446744073709551615 -1 3;"
			       "127 0 3600127000381 127000 0 0 -1 0;"
			       "128 1795572000128 3600128000384 128000 1 18446744073709551615 86400123 200;"
			       "130 1795572000300 3600300000900 300000 1 7 1 2;");
	fixture_deinit(&fixture);
}

Test(upgrade, an_earlier_ledger_is_not_read_before_it_is_brought_up_to_date)
{
	struct fixture fixture;
	struct ledger *reader = NULL;

	fixture_make_folder(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	fixture_close(&fixture);
	unlink(fixture.path);
	unlink(fixture_beside(&fixture, "-wal"));
	unlink(fixture_beside(&fixture, "-shm"));
	build_from_sql("tests/fixtures/ledger/schema-3.sql", fixture.path);
	cr_assert_eq(ledger_open_readonly(&reader, fixture.path, &fixture.info), ERR_CONFIG);
	cr_assert_not_null(strstr(fixture.info.text, "start wattledgerd once"), "%s", fixture.info.text);
	fixture_remove_folder(&fixture);
}
