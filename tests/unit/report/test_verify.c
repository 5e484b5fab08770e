/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "report/books.h"
#include "report/export.h"
#include "report/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"

static struct books_fixture books;
static char out_dir[128];
static struct buf findings;
static struct verify_summary summary;

/*
 * Two sites, a device that is retired from the total in between, revisions, a year's end, an outlet, and devices that never answered: first and
 * last of a site, and all that a third one has.
 */
static void fill(void)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	struct books_meter_options outlet = {.key = "outlet/1", .role = ROLE_PART, .supply = SUPPLY_GRID};
	struct interval less = {.rev = 1, .millij = {[COVERAGE_MEASURED] = -1234567}};
	uint32_t oslo = books_put_site(&books, "oslo", "NO", OSLO);
	uint32_t lima = books_put_site(&books, "lima", "PE", "America/Lima");
	uint32_t device = books_put_device(&books, oslo, "pdu1");
	uint32_t meter = books_put_meter(&books, device, &total);
	uint32_t other = books_put_meter(&books, books_put_device(&books, lima, "pdu1"), &total);

	(void)books_put_device(&books, oslo, "a-ghost");
	(void)books_put_device(&books, lima, "zz-ghost");
	(void)books_put_device(&books, books_put_site(&books, "rome", "IT", "Europe/Rome"), "ghost");
	books_put_slot(&books, meter, OSLO, "2026-12-31T22:45:00Z", COVERAGE_MEASURED, 1234567891);
	books_put_interval(&books, meter, OSLO, "2026-12-31T22:45:00Z", less);
	books_put_slot(&books, meter, OSLO, "2026-12-31T23:00:00Z", COVERAGE_BRIDGED, 987654321);
	books_put_slot(&books, books_put_meter(&books, device, &outlet), OSLO, "2026-12-31T23:00:00Z", COVERAGE_STATIC, 55555);
	books_put_slot(&books, other, "America/Lima", "2027-01-01T04:45:00Z", COVERAGE_ESTIMATED, 4242424242);
	total.is_in_total = false;
	books.at_utc_ms = books_utc_ms("2027-01-01T00:00:00Z");
	(void)books_put_meter(&books, device, &total);
	books_put_slot(&books, meter, OSLO, "2027-01-01T00:00:00Z", COVERAGE_MEASURED, 777);
	books_put_factor(&books, "NO", 2025, 28110000, "2026");
	books_put_factor(&books, "NO", 2027, 27110001, "2028");
	books_put_factor(&books, "PE", 2026, 233333333, "2027");
	books_commit(&books);
}

static void setup(void)
{
	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	buf_init(&findings, 1 << 20);
	fill();
}

static void teardown(void)
{
	buf_deinit(&findings);
	books_fixture_deinit(&books);
}

TestSuite(verify, .init = setup, .fini = teardown);

static void write_package(enum report_level level)
{
	struct export_request request = {
	    .level = level, .out_dir = out_dir, .export_id = "x", .software_version = "1.2.3", .generated_by = "tester"};

	request.report.period = "2026-12-31..2027-01-01";
	request.report.now_utc_ms = books_utc_ms("2027-02-01T00:00:00Z");
	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
}

/* Replaces the first `from` of a file by `to` of the same length. */
static void tamper(const char *name, const char *from, const char *to)
{
	char path[256];
	char *text;
	char *at;
	FILE *file;

	cr_assert_eq(strlen(from), strlen(to));
	snprintf(path, sizeof(path), "package/%s", name);
	text = books_read_file(&books, path);
	cr_assert_not_null(text);
	at = strstr(text, from);
	cr_assert_not_null(at, "%s is not in %s", from, name);
	memcpy(at, to, strlen(to));
	snprintf(path, sizeof(path), "%s/%s", out_dir, name);
	file = fopen(path, "w");
	cr_assert_eq(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
	mem_free(text);
}

static enum err verify(void)
{
	return verify_package(&(struct verify_request){.dir = out_dir}, &summary, &findings, &books.info);
}

static void expect_finding(const char *text)
{
	cr_expect_not_null(strstr(buf_text(&findings), text), "'%s' is not said in:\n%s", text, buf_text(&findings));
}

Test(verify, an_honest_package_is_good)
{
	write_package(REPORT_METER);
	cr_expect_eq(verify(), ERR_NONE, "%s\n%s", books.info.text, buf_text(&findings));
	cr_expect_eq(summary.finding_count, 0);
	cr_expect_eq(summary.interval_count, 6);
	cr_expect_eq(summary.file_count, 16);
	cr_expect(summary.has_meters);
	cr_expect_eq(summary.signature, VERIFY_SIGNATURE_NONE);
}

Test(verify, a_package_without_meters_is_good_as_far_as_it_goes)
{
	write_package(REPORT_SITE);
	cr_expect_eq(verify(), ERR_NONE, "%s\n%s", books.info.text, buf_text(&findings));
	cr_expect_not(summary.has_meters);
}

Test(verify, a_changed_interval_shows_in_digest_and_sums)
{
	write_package(REPORT_METER);
	tamper("intervals.csv", "987654321", "987654322");
	cr_expect_eq(verify(), ERR_DATA);
	expect_finding("intervals.csv: its SHA-256 is ");
	expect_finding("oslo/pdu1/total: energy_bridged_millij is 987654321, computed again it is 987654322");
	expect_finding("oslo: energy_bridged_millij is 987654321, computed again it is 987654322");
}

Test(verify, a_changed_total_shows_in_its_chain)
{
	write_package(REPORT_METER);
	tamper("totals.csv", "oslo/pdu1/total", "oslo/pdu2/total");
	cr_expect_eq(verify(), ERR_DATA);
	expect_finding("row_sha256 is ");
	expect_finding("chain_sha256 is ");
}

Test(verify, a_changed_factor_shows_in_the_emissions)
{
	write_package(REPORT_METER);
	tamper("factors.csv", "233333333", "133333333");
	cr_expect_eq(verify(), ERR_DATA);
	/* 4242424242 mJ x 133333333 / 3.6e12 = 157126.8... mg; the package says 274972 */
	expect_finding("lima/pdu1/total: m_scope2_lb_mg is 274972, computed again it is 157127");
}

/* 1233333324 mJ are 342.59 millionths of a MWh. */
Test(verify, a_market_figure_in_mwh_is_what_its_whole_number_says)
{
	write_package(REPORT_METER);
	tamper("totals.csv", "0.000343", "0.000344");
	cr_expect_eq(verify(), ERR_DATA);
	expect_finding("mb_fallback_mwh is 0.000344, computed again it is 0.000343");
}

Test(verify, a_file_that_is_missing_is_told)
{
	char path[256];

	write_package(REPORT_METER);
	snprintf(path, sizeof(path), "%s/events.csv", out_dir);
	cr_assert_eq(remove(path), 0);
	cr_expect_eq(verify(), ERR_DATA);
	expect_finding("events.csv: ");
}

Test(verify, what_is_no_package_is_refused)
{
	cr_expect_eq(verify_package(&(struct verify_request){.dir = books.folder}, &summary, &findings, &books.info), ERR_IO);
	write_package(REPORT_METER);
	tamper("manifest.json", "wattledger.package/1", "wattledger.package/9");
	cr_expect_eq(verify(), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "manifest.json is not the manifest of a package"));
}
