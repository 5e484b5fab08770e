/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "report/books.h"
#include "report/export.h"
#include "report/merge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"

static struct books_fixture books;
static struct buf words;
static struct merge_summary summary;
static char path[4][128];

/* Oslo 1 kWh at 28.11 g/kWh; Lima 2 kWh without any factor; Bergen has a meter of which nothing is known. */
static void setup(void)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	uint32_t oslo, bergen, lima;

	books_fixture_init(&books);
	buf_init(&words, MERGE_WORDS_BYTES_MAX);
	oslo = books_put_site(&books, "oslo", "NO", OSLO);
	bergen = books_put_site(&books, "bergen", "NO", OSLO);
	lima = books_put_site(&books, "lima", "PE", OSLO);
	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, oslo, "pdu1"), &total), OSLO, "2026-10-05T10:00:00Z",
		       COVERAGE_MEASURED, KWH);
	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, lima, "pdu1"), &total), OSLO, "2026-10-05T10:00:00Z",
		       COVERAGE_ESTIMATED, 2 * KWH);
	(void)books_put_meter(&books, books_put_device(&books, bergen, "pdu1"), &total);
	books_put_factor(&books, "NO", 2026, 28110000, "2026");
	books_commit(&books);
}

static void teardown(void)
{
	buf_deinit(&words);
	books_fixture_deinit(&books);
}

TestSuite(merge, .init = setup, .fini = teardown);

static const char *write_package(int number, const char *site)
{
	struct export_request request = {
	    .level = REPORT_METER, .out_dir = path[number], .export_id = "x", .software_version = "1.2.3", .generated_by = "tester"};

	snprintf(path[number], sizeof(path[number]), "%s/package%d", books.folder, number);
	request.report.period = "2026-10-05";
	request.report.site = site;
	request.report.now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z");
	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
	return path[number];
}

static enum err merge(const char *const *dir, size_t count)
{
	char out_dir[128];
	struct merge_request request = {.dir = dir, .dir_count = count, .out_dir = out_dir, .software_version = "1.2.3"};

	snprintf(out_dir, sizeof(out_dir), "%s/fleet", books.folder);
	return merge_packages(&request, &summary, &words, &books.info);
}

static void expect_totals(const char *text)
{
	char *totals = books_read_file(&books, "fleet/totals.csv");

	cr_assert_not_null(totals);
	cr_expect_not_null(strstr(totals, text), "'%s' is not in:\n%s", text, totals);
	mem_free(totals);
}

/* 1 + 2 kWh; what the 2 kWh emitted nobody knows, so nobody knows what the fleet did. */
Test(merge, a_site_without_a_factor_makes_the_emissions_of_the_fleet_unknown)
{
	const char *dir[] = {write_package(0, "oslo"), write_package(1, "lima")};

	cr_expect_eq(merge(dir, 2), ERR_NONE, "%s", books.info.text);
	cr_expect_eq(summary.site_count, 2);
	expect_totals("\nfleet,n/a,2026-10-05,n/a,n/a,n/a,n/a,n/a,n/a,2,3.000000,10800000000,3600000000,0,7200000000,0,0,");
	expect_totals(",n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a\nsite,lima,");
	cr_expect_not_null(strstr(buf_text(&words), "lima ("));
}

/* Bergen adds no energy and takes nothing away: 28.11 g. */
Test(merge, a_site_of_which_nothing_is_known_is_told_and_adds_nothing)
{
	const char *dir[] = {write_package(0, "oslo"), write_package(1, "bergen")};

	cr_expect_eq(merge(dir, 2), ERR_NONE, "%s", books.info.text);
	expect_totals("\nfleet,n/a,2026-10-05,n/a,n/a,n/a,n/a,n/a,n/a,2,1.000000,3600000000,3600000000,0,0,0,0,900.000,");
	expect_totals(",0.028110,n/a,28110,n/a,");
	cr_expect_not_null(strstr(buf_text(&words), "nothing is known of its energy"));
}

Test(merge, two_packages_of_one_site_and_period_do_not_count)
{
	const char *dir[] = {write_package(0, "oslo"), write_package(1, NULL), write_package(2, "bergen")};

	/* The second has all three sites. */
	cr_expect_eq(merge(dir, 3), ERR_DATA);
	cr_expect_eq(summary.site_count, 1);
	cr_expect_eq(summary.left_out_count, 4);
	expect_totals("\nfleet,n/a,2026-10-05,n/a,n/a,n/a,n/a,n/a,n/a,1,2.000000,7200000000,");
}

Test(merge, what_is_no_package_is_a_mistake_of_the_command)
{
	const char *dir[] = {"/nonexistent/wattledger"};

	cr_expect_neq(merge(dir, 1), ERR_NONE);
	cr_expect_null(books_read_file(&books, "fleet/totals.csv"));
}
