/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "ledger/entry.h"
#include "report/books.h"
#include "report/export.h"
#include "report/seal.h"
#include "report/seal_priv.h"
#include "report/totals.h"
#include "report/verify.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OSLO "Europe/Oslo"
#define DAY "2026-10-05"

static struct books_fixture books;
static uint32_t meter;
static struct buf text;

/* One slot of 1 kWh on the 5th of October in Oslo, at 28.11 g/kWh of the edition 2026: 28110 mg. */
static void setup(void)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	uint32_t site;

	books_fixture_init(&books);
	buf_init(&text, SEAL_ANSWER_BYTES_MAX);
	site = books_put_site(&books, "oslo", "NO", OSLO);
	meter = books_put_meter(&books, books_put_device(&books, site, "pdu1"), &total);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, KWH);
	books_put_factor(&books, "NO", 2025, 28110000, "2026");
	books_commit(&books);
}

static void teardown(void)
{
	buf_deinit(&text);
	books_fixture_deinit(&books);
}

TestSuite(seal, .init = setup, .fini = teardown);

static struct seal_request request_of(const char *code, const char *reason)
{
	struct seal_request request = {.author = "anna", .reason_code = code, .reason = reason};

	request.report.period = DAY;
	request.report.now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z");
	return request;
}

static enum err seal(const char *code, const char *reason)
{
	struct seal_request request = request_of(code, reason);

	buf_clear(&text);
	return seal_make(books.ledger, &request, &text, &books.info);
}

static struct report_totals totals_now(void)
{
	struct report_request request = {.period = DAY, .now_utc_ms = books_utc_ms("2026-11-02T00:00:00Z")};
	struct report_totals totals;

	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	return totals;
}

static void expect_site(int64_t millij, int64_t mg, int revision)
{
	struct report_totals totals = totals_now();

	cr_expect_eq(totals.row[0].energy_millij, millij, "%lld", (long long)totals.row[0].energy_millij);
	cr_expect_eq(totals.row[0].location_mg, mg, "%lld", (long long)totals.row[0].location_mg);
	cr_expect_eq(totals.reg.site[0].sealed.revision, revision);
	report_totals_deinit(&totals);
}

static void expect_said(const char *what)
{
	cr_expect_not_null(strstr(buf_text(&text), what), "'%s' is not said in:\n%s", what, buf_text(&text));
}

Test(seal, undecided_gaps_are_refused_until_they_are_accepted)
{
	cr_expect_eq(seal(NULL, ""), ERR_DATA);
	/* 900 s of the day's 86400 s are covered. */
	cr_expect_not_null(strstr(books.info.text, "oslo/pdu1/total: 23 h 45 min"), "%s", books.info.text);
	cr_assert_eq(seal(NULL, "a day of the maintenance"), ERR_NONE, "%s", books.info.text);
	expect_said("oslo: 2026-10-05 sealed, revision 0: 1.000000 kWh, 0.028110 kg CO2e");
	cr_expect_eq(seal(NULL, "again"), ERR_DATA);
	expect_site(KWH, 28110, 0);
}

Test(seal, a_period_that_is_not_over_is_refused)
{
	struct seal_request request = request_of(NULL, "why not");

	request.report.now_utc_ms = books_utc_ms("2026-10-05T21:59:59Z");
	cr_expect_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "is not over yet in Europe/Oslo"), "%s", books.info.text);
}

Test(seal, an_untrusted_clock_is_refused_whatever_is_accepted)
{
	struct seal_request request = request_of(NULL, "why not");

	request.is_clock_untrusted = true;
	cr_expect_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_DATA);
}

/* What comes late is in the ledger, and not in what was sealed; restating takes it in, and what was stated before stays. */
Test(seal, late_data_changes_nothing_until_it_is_restated)
{
	struct interval more = {.rev = 1, .millij = {[COVERAGE_MEASURED] = KWH / 2}};
	struct report_totals totals;

	cr_assert_eq(seal(NULL, "accepted"), ERR_NONE, "%s", books.info.text);
	books_put_interval(&books, meter, OSLO, "2026-10-05T10:00:00Z", more);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:15:00Z", COVERAGE_BRIDGED, KWH / 4);
	books_put_slot(&books, meter, OSLO, "2026-10-06T10:15:00Z", COVERAGE_BRIDGED, KWH);
	books_commit(&books);
	expect_site(KWH, 28110, 0);
	totals = totals_now();
	cr_expect_eq(totals.reg.site[0].sealed.late_count, 2);
	cr_expect_eq(totals.reg.site[0].sealed.late_millij, 3 * KWH / 4);
	report_totals_deinit(&totals);

	cr_assert_eq(seal("LATE_DATA", "the outlet's readings came by hand"), ERR_NONE, "%s", books.info.text);
	/* 1.75 kWh x 28.11 g = 49.1925 g = 49192.5 mg, half to even */
	expect_said("before: 1.000000 kWh, 0.028110 kg CO2e");
	expect_said("after:  1.750000 kWh, 0.049192 kg CO2e");
	expect_said("change: energy +75.00 %, emissions +75.00 %; above the threshold of 5 %");
	expect_site(7 * KWH / 4, 49192, 1);
	cr_expect_eq(seal("LATE_DATA", "nothing new"), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "nothing changes"), "%s", books.info.text);
}

/* Market-based: 1 kWh with the location-based factor, and with a certificate of 0 g/kWh none. */
static void expect_market_mg(int64_t mg)
{
	struct report_totals totals = totals_now();

	cr_expect_eq(totals.row[0].market.mg, mg, "%lld", (long long)totals.row[0].market.mg);
	report_totals_deinit(&totals);
}

Test(seal, a_certificate_that_comes_after_the_seal_counts_once_it_is_restated)
{
	struct ledger_entry entry = {.kind = "instrument",
				     .site_id = 1,
				     .node = "oslo",
				     .from_utc_ms = books_utc_ms("2026-01-01T00:00:00Z"),
				     .to_utc_ms = books_utc_ms("2027-01-01T00:00:00Z"),
				     .what = "certificate",
				     .value_micro = 1000000,
				     .unit = "MWh",
				     .note = "id=GO-1; zone=NO; g_per_kwh=0; retired=2027-01-15",
				     .author = "anna",
				     .reason = "registry statement",
				     .entered_utc_ms = books_utc_ms("2026-11-01T00:00:01Z")};
	struct seal_request request = request_of("LATE_DATA", "cancelled in January");
	int64_t first_id;

	cr_assert_eq(seal(NULL, "accepted"), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(ledger_entry_add(books.ledger, &entry, 1, &first_id, &books.info), ERR_NONE, "%s", books.info.text);
	expect_market_mg(28110);
	request.report.now_utc_ms = entry.entered_utc_ms;
	cr_assert_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_NONE, "%s", books.info.text);
	expect_market_mg(0);
	expect_site(KWH, 28110, 1);
	cr_expect_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "nothing changes"), "%s", books.info.text);
}

Test(seal, emissions_that_are_not_known_any_more_have_no_change_in_per_cent)
{
	struct report_site site = {.id = "oslo", .period.label = DAY};
	struct report_sealed before = {
	    .statement_id = 1, .has_energy = true, .energy_millij = KWH, .has_location = true, .location_mg = 28110};
	struct ledger_statement after = {.revision = 1, .has_energy = true, .energy_millij = KWH, .body = ""};

	seal_tell_statement(&text, &site, &before, &after);
	expect_said("after:  1.000000 kWh, n/a kg CO2e");
	expect_said("change: energy +0.00 %, emissions n/a; above the threshold of 5 %");
}

/* A newer edition becomes known later: the sealed figure keeps its own. */
Test(seal, a_newer_edition_changes_nothing_until_it_is_restated)
{
	struct seal_request request = request_of("FACTOR_EDITION", "yearly update");

	cr_assert_eq(seal(NULL, "accepted"), ERR_NONE, "%s", books.info.text);
	books_put_factor(&books, "NO", 2025, 28500000, "2027");
	books_commit(&books);
	expect_site(KWH, 28110, 0);
	request.report.edition = "2027";
	cr_assert_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_NONE, "%s", books.info.text);
	/* 28500 / 28110 = 1.01387 */
	expect_said("emissions +1.39 %; within the threshold of 5 %");
	expect_site(KWH, 28500, 1);
	request.report.edition = "2026";
	cr_assert_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_NONE, "%s", books.info.text);
	expect_site(KWH, 28110, 2);
	request.report.edition = "1999";
	cr_expect_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_USAGE);
}

Test(seal, what_is_not_sealed_is_not_restated)
{
	cr_expect_eq(seal("ERROR", "a wrong ratio"), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "nothing to restate"), "%s", books.info.text);
}

Test(seal, a_package_shows_all_revisions_and_verifies)
{
	struct export_request request = {.level = REPORT_METER, .export_id = "x", .software_version = "1", .generated_by = "tester"};
	struct interval more = {.rev = 1, .millij = {[COVERAGE_MEASURED] = KWH / 2}};
	struct verify_summary summary;
	char out_dir[128];
	char *rows;
	char *intervals;

	cr_assert_eq(seal(NULL, "accepted, \"so it is\""), ERR_NONE, "%s", books.info.text);
	books_put_interval(&books, meter, OSLO, "2026-10-05T10:00:00Z", more);
	books_put_factor(&books, "NO", 2025, 28500000, "2027");
	books_commit(&books);
	cr_assert_eq(seal("LATE_DATA", "by hand"), ERR_NONE, "%s", books.info.text);
	/* This one comes too late for the second as well. */
	more.rev = 2;
	books_put_interval(&books, meter, OSLO, "2026-10-05T10:00:00Z", more);
	books_commit(&books);

	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	request.out_dir = out_dir;
	request.report = (struct report_request){.period = DAY, .now_utc_ms = books_utc_ms("2026-11-02T00:00:00Z")};
	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
	buf_clear(&text);
	cr_expect_eq(verify_package(&(struct verify_request){.dir = out_dir}, &summary, &text, &books.info), ERR_NONE, "%s: %s",
		     books.info.text, buf_text(&text));
	cr_expect_eq(summary.statement_count, 2);
	rows = books_read_file(&books, "package/statement_rows.csv");
	intervals = books_read_file(&books, "package/intervals.csv");
	cr_expect_not_null(strstr(rows, ",0,site,oslo,"));
	cr_expect_not_null(strstr(rows, ",1,meter,oslo/pdu1/total,"));
	cr_expect_not_null(strstr(intervals, ",1800000000,0,0,"));
	cr_expect_eq(summary.interval_count, 2);
	mem_free(rows);
	mem_free(intervals);
}

/* ---- A zone whose rules change: Oslo without summer time, so that its days of October begin an hour later ---- */

static struct report_request without_summer_time(const char *period)
{
	static char root[96];
	char path[128];

	snprintf(root, sizeof(root), "%s/zoneinfo", books.folder);
	snprintf(path, sizeof(path), "%s/Europe", root);
	(void)mkdir(root, 0700);
	(void)mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/" OSLO, root);
	cr_assert(symlink("/usr/share/zoneinfo/Etc/GMT-1", path) == 0 || errno == EEXIST);
	return (struct report_request){.period = period, .now_utc_ms = books_utc_ms("2026-11-02T00:00:00Z"), .zone_root = root};
}

static int64_t energy_of(const struct report_request *request)
{
	struct report_totals totals;
	int64_t millij;

	cr_assert_eq(report_totals_make(&totals, books.ledger, request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	millij = totals.row[0].energy_millij;
	report_totals_deinit(&totals);
	return millij;
}

/* By the rules of then: the first in the 5th, the second in the 6th. By those without summer time: in the 4th, in the 5th. */
static void put_hours_between(void)
{
	books_put_slot(&books, meter, OSLO, "2026-10-04T22:15:00Z", COVERAGE_MEASURED, 10 * KWH);
	books_put_slot(&books, meter, OSLO, "2026-10-05T22:45:00Z", COVERAGE_MEASURED, 200 * KWH);
	books_commit(&books);
}

Test(seal, days_of_changed_zone_rules_are_those_of_today_and_add_up)
{
	static const char *const PERIOD[3] = {"2026-10-04", "2026-10-05", "2026-10-06"};
	static const int64_t AFTER[3] = {10 * KWH, 201 * KWH, 0};
	static const int64_t BEFORE[3] = {0, 11 * KWH, 200 * KWH};
	struct report_request month;

	put_hours_between();
	for (int i = 0; i < 3; i++) {
		struct report_request after;
		struct report_request before;

		after = without_summer_time(PERIOD[i]);
		before = (struct report_request){.period = PERIOD[i], .now_utc_ms = after.now_utc_ms};
		cr_expect_eq(energy_of(&after), AFTER[i], "%s: %lld", PERIOD[i], (long long)energy_of(&after));
		cr_expect_eq(energy_of(&before), BEFORE[i], "%s: %lld", PERIOD[i], (long long)energy_of(&before));
	}
	month = without_summer_time("2026-10");
	cr_expect_eq(energy_of(&month), 211 * KWH);
}

Test(seal, sealed_day_keeps_its_bounds_when_the_zone_rules_change_and_its_neighbours_begin_there)
{
	struct report_request request;
	struct seal_request again = request_of(NULL, "again");

	put_hours_between();
	cr_assert_eq(seal(NULL, "by the rules of then"), ERR_NONE, "%s", books.info.text);
	request = without_summer_time("2026-10-04");
	cr_expect_eq(energy_of(&request), 0, "%lld", (long long)energy_of(&request));
	request.period = DAY;
	cr_expect_eq(energy_of(&request), 11 * KWH, "%lld", (long long)energy_of(&request));
	request.period = "2026-10-06";
	cr_expect_eq(energy_of(&request), 200 * KWH, "%lld", (long long)energy_of(&request));
	request.period = "2026-10-05..2026-10-06";
	cr_expect_eq(energy_of(&request), 211 * KWH, "%lld", (long long)energy_of(&request));
	request.period = "2026-10";
	cr_expect_eq(energy_of(&request), 211 * KWH, "%lld", (long long)energy_of(&request));
	again.report = without_summer_time(DAY);
	cr_expect_eq(seal_make(books.ledger, &again, &text, &books.info), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "is sealed already"), "%s", books.info.text);
}
