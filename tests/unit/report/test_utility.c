/* SPDX-License-Identifier: Apache-2.0 */
/* Water and energy used again as they were entered: when they count, what they come to, and both recalculations of it. */
#include "base/mem.h"
#include "ledger/entry.h"
#include "report/books.h"
#include "report/entries.h"
#include "report/recalculation.h"
#include "report/seal.h"
#include "report/totals.h"
#include "report/utility.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define DAY "2026-10-05"

/* Of the local day, in UTC. */
#define START "2026-10-04T22:00:00Z"
#define NOON "2026-10-05T10:00:00Z"
#define END "2026-10-05T22:00:00Z"

enum { SLOTS = 96 };

static struct books_fixture books;
static char out_dir[128];
static struct report_indicators indicators;

/* A day of 96 kWh at the intake, and of 76.8 kWh at the output of the UPS. */
static void setup(void)
{
	static const struct books_meter_options GRID = {
	    .key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true, .point = POINT_SITE_AC};
	static const struct books_meter_options UPS = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .point = POINT_UPS_OUT};
	uint32_t site;
	uint32_t grid;
	uint32_t ups;

	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	site = books_put_site(&books, "oslo", "NO", OSLO);
	grid = books_put_meter(&books, books_put_device(&books, site, "grid"), &GRID);
	ups = books_put_meter(&books, books_put_device(&books, site, "ups"), &UPS);
	for (int i = 0; i < SLOTS; i++) {
		char utc[32];

		snprintf(utc, sizeof(utc), "2026-10-%02dT%02d:%02d:00Z", i < 8 ? 4 : 5, i < 8 ? 22 + i / 4 : (i - 8) / 4, i % 4 * 15);
		books_put_slot(&books, grid, OSLO, utc, COVERAGE_MEASURED, KWH);
		books_put_slot(&books, ups, OSLO, utc, COVERAGE_MEASURED, 8 * KWH / 10);
	}
	books_commit(&books);
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(utility, .init = setup, .fini = teardown);

static int64_t enter(const char *what, const char *from, const char *to, int64_t value_micro)
{
	struct ledger_entry entry = {.kind = REPORT_UTILITY,
				     .site_id = 1,
				     .node = "oslo",
				     .from_utc_ms = books_utc_ms(from),
				     .to_utc_ms = books_utc_ms(to),
				     .what = what,
				     .value_micro = value_micro,
				     .unit = strcmp(what, UTILITY_WATER) == 0 ? "l" : "kWh",
				     .note = "",
				     .author = "anna",
				     .reason = "bill",
				     .entered_utc_ms = books_utc_ms("2026-10-06T00:00:00Z")};
	int64_t id;

	cr_assert_eq(ledger_entry_add(books.ledger, &entry, 1, &id, &books.info), ERR_NONE, "%s", books.info.text);
	return id;
}

static void make_void(int64_t id)
{
	struct ledger_entry by = {.author = "anna", .reason = "wrong site", .entered_utc_ms = books_utc_ms("2026-10-07T00:00:00Z")};

	cr_assert_eq(ledger_entry_void(books.ledger, id, &by, &books.info), ERR_NONE, "%s", books.info.text);
}

static void make(void)
{
	struct report_request request = {.period = DAY, .now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z")};
	struct report_totals totals;

	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_SITE, &books.info), ERR_NONE, "%s", books.info.text);
	indicators = totals.reg.site[0].indicators;
	report_totals_deinit(&totals);
}

static void expect_good_package(void)
{
	struct buf findings;

	buf_init(&findings, 1 << 20);
	recalculation_export(&books, out_dir, DAY);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	buf_deinit(&findings);
}

Test(utility, bills_that_meet_make_the_figures_and_the_package_is_computed_again)
{
	struct buf findings;
	char *text;

	enter(UTILITY_WATER, NOON, END, 56000000);
	enter(UTILITY_WATER, START, NOON, 40000000);
	enter(UTILITY_REUSED, START, END, 24000001);
	make();
	cr_assert(indicators.has_water);
	cr_expect_eq(indicators.water_micro_l, 96000000);
	cr_assert(indicators.has_reused);
	cr_expect_eq(indicators.reused_millij, 24 * KWH + 3600); /* a millionth of a kWh is 3.6 J */
	expect_good_package();
	text = books_read_file(&books, "package/totals.csv");
	/* 96 l / 76.8 kWh = 1.25; 24.000001 / 96 = 0.25, to six digits. */
	cr_expect_not_null(strstr(text, ",0.000000,1.250000,"), "ref, wue_l_per_kwh: %s", text);
	cr_expect_not_null(strstr(text, ",96.000000,96000000,24.000001,86400003600,0.250000\n"), "%s", text);
	mem_free(text);
	text = books_read_file(&books, "package/report.html");
	cr_expect_not_null(strstr(text, "WUE, l/kWh"));
	cr_expect_not_null(strstr(text, ">1.250000<"));
	mem_free(text);
	buf_init(&findings, 1 << 20);
	recalculation_tamper(&books, out_dir, ",96.000000,96000000,", ",96.000001,96000000,");
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_not_null(strstr(buf_text(&findings), "water_l is 96.000001, computed again it is 96.000000"), "%s", buf_text(&findings));
	buf_deinit(&findings);
}

Test(utility, what_reaches_beyond_the_period_leaves_a_gap_or_counts_twice_is_not_known)
{
	int64_t beyond = enter(UTILITY_WATER, "2026-10-04T21:59:00Z", END, 96000000);
	int64_t half;
	int64_t twice;

	make();
	cr_expect_not(indicators.has_water, "a minute of it is of the day before");
	make_void(beyond);
	half = enter(UTILITY_WATER, START, NOON, 40000000);
	make();
	cr_expect_not(indicators.has_water, "nobody entered the afternoon");
	enter(UTILITY_WATER, NOON, END, 0);
	make();
	cr_expect(indicators.has_water, "none is known, too");
	cr_expect_eq(indicators.water_micro_l, 40000000);
	twice = enter(UTILITY_WATER, "2026-10-05T09:59:00Z", NOON, 1000000);
	make();
	cr_expect_not(indicators.has_water, "a minute of it counts twice");
	expect_good_package();
	make_void(twice);
	make();
	cr_expect(indicators.has_water);
	make_void(half);
	make();
	cr_expect_not(indicators.has_water);
	cr_expect_not(indicators.has_reused, "nobody entered it");
}

static void state(const char *code, const char *utc)
{
	struct seal_request request = {.author = "anna", .reason_code = code, .reason = "because", .report.period = DAY};
	struct buf out;

	buf_init(&out, 1 << 20);
	request.report.now_utc_ms = books_utc_ms(utc);
	cr_assert_eq(seal_make(books.ledger, &request, &out, &books.info), ERR_NONE, "%s", books.info.text);
	buf_deinit(&out);
}

Test(utility, a_bill_that_came_after_the_seal_counts_from_a_restatement_on)
{
	state(NULL, "2026-10-05T23:00:00Z");
	enter(UTILITY_WATER, START, END, 96000000);
	make();
	cr_expect_not(indicators.has_water);
	expect_good_package();
	state("ERROR", "2026-10-08T00:00:00Z");
	make();
	cr_expect(indicators.has_water);
	snprintf(out_dir, sizeof(out_dir), "%s/restated", books.folder);
	expect_good_package();
}

Test(utility, amounts_that_no_sum_can_hold_are_not_known)
{
	enter(UTILITY_WATER, START, NOON, INT64_MAX - 1);
	enter(UTILITY_WATER, NOON, END, INT64_MAX - 1);
	make();
	cr_expect_not(indicators.has_water);
}

static enum err check(char *node, char *what, char *to, char *unit)
{
	char from[] = START;
	char value[] = "1";
	char note[] = "";
	char *cell[ENTRIES_CELL_COUNT] = {node, from, to, what, value, unit, note};
	struct entries_request request = {.kind = REPORT_UTILITY,
					  .author = "anna",
					  .reason = "bill",
					  .now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z"),
					  .cell = cell,
					  .count = 1};
	struct ledger_entry entry;

	return entries_check(books.ledger, &request, &entry, &books.info);
}

Test(utility, it_is_of_a_site_in_its_unit_and_of_a_time)
{
	cr_expect_eq(check((char[]){"oslo"}, (char[]){"water"}, (char[]){END}, (char[]){"l"}), ERR_NONE, "%s", books.info.text);
	cr_expect_eq(check((char[]){"oslo"}, (char[]){"reused"}, (char[]){END}, (char[]){"kWh"}), ERR_NONE, "%s", books.info.text);
	cr_expect_eq(check((char[]){"oslo/grid"}, (char[]){"water"}, (char[]){END}, (char[]){"l"}), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "node: 'oslo/grid' is no SITE, and 'water' is of one"), "%s", books.info.text);
	cr_expect_eq(check((char[]){"oslo"}, (char[]){"water"}, (char[]){END}, (char[]){"m3"}), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "is none of: water in l, reused in kWh"), "%s", books.info.text);
	cr_expect_eq(check((char[]){"oslo"}, (char[]){"water"}, (char[]){""}, (char[]){"l"}), ERR_DATA);
}
