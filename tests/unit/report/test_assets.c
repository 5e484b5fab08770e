/* SPDX-License-Identifier: Apache-2.0 */
/* What was entered of hardware: masses, and what making it emitted, in totals, in assets.csv, and computed again from entries.csv. */
#include "base/mem.h"
#include "ledger/entry.h"
#include "report/books.h"
#include "report/entries.h"
#include "report/export.h"
#include "report/recalculation.h"
#include "report/totals.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define UTC "UTC"
#define DAY_MS INT64_C(86400000)

static struct books_fixture books;
static char out_dir[128];

static const struct books_meter_options GRID = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};

static void enter(const char *node, const char *what, const char *from, const char *to, int64_t value_micro, const char *note)
{
	struct ledger_entry entry = {.kind = ASSET_KIND,
				     .site_id = 1,
				     .node = node,
				     .from_utc_ms = books_utc_ms(from),
				     .to_utc_ms = to == NULL ? 0 : books_utc_ms(to),
				     .what = what,
				     .value_micro = value_micro,
				     .unit = "kg",
				     .note = note,
				     .author = "anna",
				     .reason = "inventory",
				     .entered_utc_ms = books_utc_ms("2026-10-20T00:00:00Z")};
	int64_t first_id;

	cr_assert_eq(ledger_entry_add(books.ledger, &entry, 1, &first_id, &books.info), ERR_NONE, "%s", books.info.text);
}

static void setup(void)
{
	uint32_t site;

	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	site = books_put_site(&books, "hall", "NO", UTC);
	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, site, "pdu"), &GRID), UTC, "2026-10-05T10:00:00Z",
		       COVERAGE_MEASURED, KWH);
	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, site, "pdu2"), &GRID), UTC, "2026-10-05T10:00:00Z",
		       COVERAGE_MEASURED, KWH);
	books_commit(&books);
	/* Came long before the period; one is gone by the 11th of it, and with it its life. */
	enter("hall/pdu", "commissioned_mass", "2025-01-01T00:00:00Z", NULL, 12500000, "serial=A");
	enter("hall/pdu", "embodied", "2026-10-01T00:00:00Z", "2026-11-10T00:00:00Z", 400000000, "serial=A");
	enter("hall/pdu", "disposed_mass", "2026-10-11T00:00:00Z", NULL, 12000000, "serial=A; route=recycler, Oslo");
	enter("hall/pdu", "commissioned_mass", "2026-10-11T00:00:00Z", NULL, 10000000, "serial=B");
	enter("hall/pdu2", "embodied", "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", 7000000, "");
	enter("hall", "embodied", "2026-09-01T00:00:00Z", "2026-11-01T00:00:00Z", 61000000, "cabling");
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(assets, .init = setup, .fini = teardown);

/* 10 of 40 days of 400 kg are 100 kg; 31 of 61 days of 61 kg are 31 kg. */
Test(assets, embodied_emissions_are_a_straight_line_that_a_disposal_ends)
{
	struct report_request request = {.period = "2026-10", .now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z")};
	struct report_totals totals;

	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(totals.count, 6);
	cr_expect_eq(totals.row[0].assets.embodied_mg, 131000000);
	cr_expect_eq(totals.row[1].assets.embodied_mg, 131000000);
	cr_expect_eq(totals.row[1].assets.mass_micro_kg, 10000000, "of B; A is gone");
	cr_expect_eq(totals.row[2].assets.embodied_mg, 100000000);
	cr_expect_eq(totals.row[2].assets.mass_count, 2);
	cr_expect_eq(totals.row[4].assets.embodied_count, 0, "its life was over before");
	cr_expect_eq(totals.row[3].assets.mass_count, 0, "a meter has none");
	report_totals_deinit(&totals);
}

Test(assets, the_package_has_a_register_and_is_computed_again)
{
	struct buf findings;
	char *text;

	buf_init(&findings, 1 << 20);
	recalculation_export(&books, out_dir, "2026-10");
	cr_expect(recalculation_check(&books, out_dir, &findings));
	cr_expect_eq(findings.bytes, 0, "%s", buf_text(&findings));
	text = books_read_file(&books, "package/assets.csv");
	cr_expect_not_null(strstr(text, "hall,hall/pdu,A,n/a,n/a,2025-01-01T00:00:00Z,12.500000,2026-10-11T00:00:00Z,12.000000,"
					"\"recycler, Oslo\",400.000000,2026-10-01T00:00:00Z,2026-11-10T00:00:00Z,100.000000,3\n"),
			   "%s", text);
	cr_expect_not_null(strstr(text, "hall,hall/pdu,B,n/a,n/a,2026-10-11T00:00:00Z,10.000000,n/a,n/a,n/a,n/a,n/a,n/a,n/a,1\n"), "%s",
			   text);
	cr_expect_null(strstr(text, "hall/pdu2"), "it has nothing to do with the period");
	mem_free(text);
	recalculation_tamper(&books, out_dir, ",100.000000,", ",100.000001,");
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_not_null(strstr(buf_text(&findings), "hall/pdu: m_embodied_kg is 100.000001, computed again it is 100.000000"), "%s",
			   buf_text(&findings));
	buf_deinit(&findings);
}

/* It does not say which of its sites has which period. */
Test(assets, a_package_of_the_total_alone_is_good)
{
	struct export_request request = {
	    .level = REPORT_TOTAL, .out_dir = out_dir, .export_id = "x", .software_version = "1", .generated_by = "t"};
	struct buf findings;

	buf_init(&findings, 1 << 20);
	request.report.period = "2026-10";
	request.report.now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z");
	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	buf_deinit(&findings);
}

Test(assets, notes_are_read_with_care)
{
	char text[ASSET_TEXT_BYTES];
	char longest[3 * ASSET_TEXT_BYTES];

	report_assets_term(text, " route = x; serial=5A1 ;route=shop", "serial");
	cr_expect_str_eq(text, "5A1");
	report_assets_term(text, "serialx=1;xserial=2; ;;", "serial");
	cr_expect_str_eq(text, "");
	report_assets_term(text, "serial=", "serial");
	cr_expect_str_eq(text, "");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memcpy(longest, "serial=", 7);
	report_assets_term(text, longest, "serial");
	cr_expect_str_eq(text, "");
	cr_expect(report_assets_is_of("hall/pdu", "hall", "pdu"));
	cr_expect(report_assets_is_of("hall/pdu/outlet/1", "hall", "pdu"));
	cr_expect_not(report_assets_is_of("hall/pdu2", "hall", "pdu"));
	cr_expect_not(report_assets_is_of("hall2/pdu", "hall", "pdu"));
	cr_expect_not(report_assets_is_of("hall", "hall", "pdu"));
}

Test(assets, a_share_is_never_more_than_the_whole_nor_less_than_nothing)
{
	struct report_asset asset = {.embodied_mg = 1000, .life_from_ms = 10 * DAY_MS, .life_to_ms = 20 * DAY_MS};

	cr_expect_eq(report_assets_share(&asset, 0, 100 * DAY_MS), 1000);
	cr_expect_eq(report_assets_share(&asset, 15 * DAY_MS, 16 * DAY_MS), 100);
	cr_expect_eq(report_assets_share(&asset, 20 * DAY_MS, 30 * DAY_MS), 0);
	asset.disposed_ms = 5 * DAY_MS;
	cr_expect_eq(report_assets_share(&asset, 0, 100 * DAY_MS), 0, "gone before its life began");
	asset.life_to_ms = asset.life_from_ms;
	cr_expect_eq(report_assets_share(&asset, 0, 100 * DAY_MS), 0, "no life");
}
