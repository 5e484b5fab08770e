/* SPDX-License-Identifier: Apache-2.0 */
/* What a statement says beyond energy and location-based scope 2; and statements of versions that did not. */
#include "base/mem.h"
#include "ledger/entry.h"
#include "ledger/statement.h"
#include "report/books.h"
#include "report/recalculation.h"
#include "report/seal.h"
#include "report/seal_priv.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define DAY "2026-10-05"

static struct books_fixture books;
static char out_dir[128];
static struct buf said;
static struct buf findings;

static void put_factor(const char *basis, int64_t microg_per_kwh)
{
	struct plan_factor factor = {
	    .zone = "NO", .year = 2026, .microg_per_kwh = microg_per_kwh, .publisher = "NVE, table 2", .edition = "2026"};

	snprintf(factor.basis, sizeof(factor.basis), "%s", basis);
	memset(factor.table_sha256, 0xab, sizeof(factor.table_sha256));
	cr_assert_eq(ledger_batch_add_factor(&books.batch, &factor, &books.info), ERR_NONE, "%s", books.info.text);
}

/* 10 kWh from the grid at 20 g, residual mix 500 g, 6 g before the plants: 200 g, 5 kg, 60 g. */
static void fill(void)
{
	struct books_meter_options grid = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	uint32_t site;

	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	site = books_put_site(&books, "oslo", "NO", OSLO);
	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, site, "pdu"), &grid), OSLO, "2026-10-05T10:00:00Z",
		       COVERAGE_MEASURED, 10 * KWH);
	put_factor("direct", 20000000);
	put_factor("residual", 500000000);
	put_factor("upstream", 6000000);
	books_commit(&books);
}

static void setup(void)
{
	buf_init(&said, SEAL_ANSWER_BYTES_MAX);
	buf_init(&findings, 1 << 20);
	fill();
}

static void teardown(void)
{
	buf_deinit(&findings);
	buf_deinit(&said);
	books_fixture_deinit(&books);
}

TestSuite(stated, .init = setup, .fini = teardown);

static const char *state(const char *code, const char *utc)
{
	struct seal_request request = {.author = "anna", .reason_code = code, .reason = "because", .report.period = DAY};

	buf_clear(&said);
	request.report.now_utc_ms = books_utc_ms(utc);
	cr_assert_eq(seal_make(books.ledger, &request, &said, &books.info), ERR_NONE, "%s", books.info.text);
	return buf_text(&said);
}

/* Half of the energy, of a contract without emissions. */
static void enter_contract(void)
{
	struct ledger_entry entry = {.kind = "instrument",
				     .site_id = 1,
				     .node = "oslo",
				     .from_utc_ms = books_utc_ms("2026-10-04T22:00:00Z"),
				     .to_utc_ms = books_utc_ms("2026-10-05T22:00:00Z"),
				     .what = "ppa",
				     .value_micro = 5000,
				     .unit = "MWh",
				     .note = "id=W; zone=NO; g_per_kwh=0",
				     .author = "anna",
				     .reason = "read",
				     .entered_utc_ms = books_utc_ms("2026-11-02T00:00:00Z")};
	int64_t first_id;

	cr_assert_eq(ledger_entry_add(books.ledger, &entry, 1, &first_id, &books.info), ERR_NONE, "%s", books.info.text);
}

static void expect_sound(void)
{
	recalculation_export(&books, out_dir, DAY);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
}

Test(stated, market_and_category_3_are_sealed_and_restated_side_by_side)
{
	char *text;

	cr_expect_not_null(strstr(state(NULL, "2026-11-01T00:00:00Z"),
				  "10.000000 kWh, 0.200000 kg CO2e\n  market-based scope 2: 5.000000 kg CO2e\n"
				  "  scope 3, category 3 B (before the plants): 0.060000 kg CO2e\n  chain "),
			   "%s", buf_text(&said));
	enter_contract();
	cr_expect_not_null(strstr(state("LATE_DATA", "2026-11-03T00:00:00Z"),
				  "\n  market-based scope 2: 2.500000 kg CO2e; before: 5.000000, -50.00 %\n"
				  "  scope 3, category 3 B (before the plants): 0.060000 kg CO2e; before: 0.060000, +0.00 %\n  chain "),
			   "%s", buf_text(&said));
	expect_sound();
	text = books_read_file(&books, "package/statement_rows.csv");
	cr_expect_not_null(strstr(text, ",200000,5000000,n/a,60000,n/a\n"), "%s", text);
	cr_expect_not_null(strstr(text, ",200000,2500000,n/a,60000,n/a\n"), "%s", text);
	mem_free(text);
	text = books_read_file(&books, "package/report.html");
	cr_expect_not_null(strstr(text, "emissions by +0.00 % (market-based by -50.00 %)"));
	mem_free(text);
}

Test(stated, totals_that_are_not_what_was_sealed_are_found)
{
	(void)state(NULL, "2026-11-01T00:00:00Z");
	expect_sound();
	recalculation_tamper(&books, out_dir, ",5000000,", ",5000001,"); /* of all, then of the site */
	recalculation_tamper(&books, out_dir, ",5000000,", ",5000001,");
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_not_null(strstr(buf_text(&findings), "is not what was sealed (statement_rows.csv:"), "%s", buf_text(&findings));
}

/* ---- A statement of an earlier version ---- */

struct copy {
	struct ledger_statement row;
	struct buf line;
	struct buf body;
};

/* The body's rows without their last four cells, the line with its digest, and the digests of both. */
static enum err take_statement(void *context, const struct ledger_statement *row, struct err_info *info)
{
	struct copy *copy = context;
	uint8_t both[2 * crypto_hash_sha256_BYTES] = {0};
	uint8_t body_sha256[crypto_hash_sha256_BYTES];

	(void)info;
	copy->row = *row;
	for (const char *at = row->body; *at != '\0'; at += strcspn(at, "\n") + 1) {
		size_t bytes = strcspn(at, "\n");

		for (int commas = 0; commas < REPORT_STATED_COUNT; commas += at[--bytes] == ',' ? 1 : 0)
			;
		buf_add(&copy->body, at, bytes);
		buf_add_char(&copy->body, '\n');
	}
	crypto_hash_sha256(body_sha256, (const unsigned char *)buf_text(&copy->body), copy->body.bytes);
	copy->row.label = DAY;
	copy->row.author = "anna";
	copy->row.reason_code = "SEAL";
	copy->row.reason = "because";
	copy->row.edition = "";
	seal_add_line(&copy->line, "oslo", &copy->row, body_sha256);
	crypto_hash_sha256(copy->row.row_sha256, (const unsigned char *)buf_text(&copy->line), copy->line.bytes);
	memcpy(both + crypto_hash_sha256_BYTES, copy->row.row_sha256, crypto_hash_sha256_BYTES);
	crypto_hash_sha256(copy->row.chain_sha256, both, sizeof(both));
	copy->row.line = buf_text(&copy->line);
	copy->row.body = buf_text(&copy->body);
	return ERR_NONE;
}

static enum err take_factor(void *context, const struct plan_factor *factor, struct err_info *info)
{
	struct plan_factor *factors = context;

	(void)info;
	while (factors->zone[0] != '\0')
		factors++;
	*factors = *factor;
	return ERR_NONE;
}

static void put_old_statement(void)
{
	struct plan_factor factors[4] = {{.year = 0}};
	const struct plan_factor *list[3] = {&factors[0], &factors[1], &factors[2]};
	struct ledger_statement_filter all = {0};
	struct ledger_statement_item item = {.factor = list, .factor_count = 3};
	struct copy copy = {.row = {0}};

	buf_init(&copy.line, 1 << 20);
	buf_init(&copy.body, 1 << 20);
	(void)state(NULL, "2026-11-01T00:00:00Z");
	cr_assert_eq(ledger_query_statements(books.ledger, &all, take_statement, &copy, &books.info), ERR_NONE);
	cr_assert_eq(ledger_query_statement_factors(books.ledger, 1, take_factor, factors, &books.info), ERR_NONE);
	books_fixture_deinit(&books);
	fill();
	item.statement = &copy.row;
	cr_assert_eq(ledger_statement_add(books.ledger, &item, 1, &books.info), ERR_NONE, "%s", books.info.text);
	buf_deinit(&copy.line);
	buf_deinit(&copy.body);
}

Test(stated, what_an_earlier_version_did_not_state_is_said_to_be_so_and_verifies)
{
	char *text;

	put_old_statement();
	expect_sound();
	text = books_read_file(&books, "package/statement_rows.csv");
	cr_expect_not_null(strstr(text, ",200000,unstated,unstated,unstated,unstated\n"), "%s", text);
	mem_free(text);
}

Test(stated, a_restatement_of_what_an_earlier_version_stated_says_what_is_new)
{
	put_old_statement();
	enter_contract();
	cr_expect_not_null(
	    strstr(state("LATE_DATA", "2026-11-03T00:00:00Z"), "\n  market-based scope 2: 2.500000 kg CO2e; before: not stated\n"), "%s",
	    buf_text(&said));
	expect_sound();
}

/* ---- Rows as text ---- */

Test(stated_rows, cells_in_quotes_are_one)
{
	cr_expect_eq(report_stated_count_cells("a,\"b,c\"\"d,e\",f", 15), 3);
	cr_expect_eq(report_stated_count_cells("", 0), 1);
	cr_expect_eq(report_stated_count_cells("a,b,c", 3), 2);
}

Test(stated_rows, a_word_is_no_figure_and_a_shorter_row_states_nothing)
{
	struct report_stated stated;

	report_stated_read(&stated, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,\"x,y\",21,22,5,n/a,included,-3\nrest");
	cr_expect(stated.is_stated && stated.has[REPORT_STATED_MARKET] && stated.has[REPORT_STATED_CAT3C]);
	cr_expect_not(stated.has[REPORT_STATED_CAT3A] || stated.has[REPORT_STATED_CAT3B]);
	cr_expect_eq(stated.mg[REPORT_STATED_MARKET], 5);
	cr_expect_eq(stated.mg[REPORT_STATED_CAT3C], -3);
	report_stated_read(&stated, "1,2,3\n");
	cr_expect_not(stated.is_stated);
	report_stated_read(&stated, "");
	cr_expect_not(stated.is_stated);
}
