/* SPDX-License-Identifier: Apache-2.0 */
/* Totals with hourly factors. */
#include "base/clock.h"
#include "base/file.h"
#include "report/books.h"
#include "report/totals.h"
#include "settings/problems.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct books_fixture books;

static void setup(void)
{
	books_fixture_init(&books);
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(hourly, .init = setup, .fini = teardown);

static const struct series_hints HINTS = {.zone = "GB", .basis = "lifecycle", .publisher = "P", .edition = "E", .source = "S"};

/* A publisher's file, as `factors import` keeps it beside the ledger. */
static void import(const void *data, size_t bytes, const struct series_hints *hints)
{
	struct problems problems = {0};
	struct series series;
	struct buf text;
	char name[SERIES_NAME_BYTES];
	char path[512];

	cr_assert_eq(series_read(&series, data, bytes, problems_add_file(&problems, "h.csv"), hints, &problems), ERR_NONE, "%s",
		     problems.count == 0 ? "" : problems.item[0].text);
	buf_init(&text, 2 * SERIES_FILE_BYTES_MAX);
	series_print(&series, &text);
	series_name(&series, name);
	snprintf(path, sizeof(path), "%s/" SERIES_FOLDER, books.folder);
	cr_assert_eq(file_make_dirs(path, 0700, &books.info), ERR_NONE);
	snprintf(path, sizeof(path), "%s/" SERIES_FOLDER "/%s", books.folder, name);
	cr_assert_eq(file_replace(path, buf_text(&text), text.bytes, 0600, &books.info), ERR_NONE, "%s", books.info.text);
	buf_deinit(&text);
	series_deinit(&series);
	problems_deinit(&problems);
}

static uint32_t put_meter(const char *site_id, const char *zone)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};

	return books_put_meter(&books, books_put_device(&books, books_put_site(&books, site_id, zone, "Etc/UTC"), "pdu"), &total);
}

static void make(struct report_totals *totals, const char *period)
{
	struct report_request request = {.period = period, .now_utc_ms = books_utc_ms("2026-06-01T00:00:00Z")};

	cr_assert_eq(report_totals_make(totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
}

static const char SERIES[] = "start,end,value,estimated\n2026-01-02T00:00Z,2026-01-02T00:30Z,100,no\n"
			     "2026-01-02T00:30Z,2026-01-02T01:00Z,200.5,yes\n2026-01-02T01:00Z,2026-01-02T02:00Z,,no\n";

/* 1 kWh x 100 + 2 kWh x 200.5 (estimated) + 4 kWh x 30 of the year (01:00 has no value) = 100 + 401 + 120 = 621 g. */
Test(hourly, a_slot_has_the_factor_of_its_interval_and_a_gap_the_annual_one_of_the_same_basis)
{
	uint32_t meter = put_meter("a", "GB");
	struct report_totals totals;

	books_put_slot(&books, meter, "Etc/UTC", "2026-01-02T00:15:00Z", COVERAGE_MEASURED, KWH);
	books_put_slot(&books, meter, "Etc/UTC", "2026-01-02T00:30:00Z", COVERAGE_MEASURED, KWH);
	books_put_slot(&books, meter, "Etc/UTC", "2026-01-02T00:45:00Z", COVERAGE_BRIDGED, KWH);
	books_put_slot(&books, meter, "Etc/UTC", "2026-01-02T01:00:00Z", COVERAGE_MEASURED, 4 * KWH);
	books_put_factor(&books, "GB", 2025, 30000000, "2026");
	books_commit(&books);
	import(SERIES, strlen(SERIES), &HINTS);
	make(&totals, "2026-01");
	for (size_t i = 0; i < totals.count; i++) {
		const struct report_hourly_total *hourly = &totals.row[i].hourly;

		cr_expect(hourly->has);
		cr_expect_eq(hourly->mg, 621000, "%lld", (long long)hourly->mg);
		cr_expect_eq(hourly->millij, 3 * KWH);
		cr_expect_eq(hourly->estimated_millij, 2 * KWH);
		cr_expect_eq(hourly->covered_ms, 3 * 900000);
		cr_expect_eq(hourly->gap_factor->microg_per_kwh, 30000000);
		cr_expect_eq(totals.row[i].location_mg, 210000); /* 7 kWh x 30 */
	}
	cr_expect(totals.row[0].hourly.series->row[0].is_used);
	report_totals_deinit(&totals);
}

/* The annual factor is lifecycle, the series direct: no sum of the two is made. */
Test(hourly, bases_are_never_blended)
{
	struct series_hints hints = HINTS;
	uint32_t meter = put_meter("a", "GB");
	struct report_totals totals;

	hints.basis = "direct";
	books_put_slot(&books, meter, "Etc/UTC", "2026-01-02T00:15:00Z", COVERAGE_MEASURED, KWH);
	books_put_factor(&books, "GB", 2025, 30000000, "2026");
	books_commit(&books);
	import(SERIES, strlen(SERIES), &hints);
	make(&totals, "2026-01");
	cr_expect(totals.row[0].hourly.has);
	cr_expect_eq(totals.row[0].hourly.mg, 100000);
	cr_expect_null(totals.row[0].hourly.gap_factor);
	report_totals_deinit(&totals);

	books_put_slot(&books, meter, "Etc/UTC", "2026-01-02T01:00:00Z", COVERAGE_MEASURED, KWH);
	books_commit(&books);
	make(&totals, "2026-01");
	cr_expect_not(totals.row[0].hourly.has);
	cr_expect_eq(totals.row[0].hourly.gap_unknown_count, 1);
	cr_expect(totals.row[0].has_location);
	report_totals_deinit(&totals);
}

/* One of two sites has no series: the sum is unknown, not the sum of what is known. */
Test(hourly, a_sum_is_unknown_when_a_part_is)
{
	struct report_totals totals;

	books_put_slot(&books, put_meter("a", "GB"), "Etc/UTC", "2026-01-02T00:15:00Z", COVERAGE_MEASURED, KWH);
	books_put_slot(&books, put_meter("b", "NO"), "Etc/UTC", "2026-01-02T00:15:00Z", COVERAGE_MEASURED, KWH);
	books_commit(&books);
	import(SERIES, strlen(SERIES), &HINTS);
	make(&totals, "2026-01");
	cr_expect_not(totals.row[0].hourly.has);
	cr_expect_str_eq(totals.row[1].site->id, "a");
	cr_expect(totals.row[1].hourly.has);
	report_totals_deinit(&totals);
}

/* What was imported later takes the place of what it touches: a whole hour that of the half-hour within it. */
Test(hourly, a_later_import_counts_but_not_for_who_did_not_know_it)
{
	static const char LATER[] = "start,end,value\n2026-01-02T00:00Z,2026-01-02T01:00Z,50\n";
	struct report_series_wish wish = {
	    .zone = "GB", .start_s = books_utc_ms("2026-01-01T00:00:00Z") / 1000, .end_s = books_utc_ms("2026-02-01T00:00:00Z") / 1000};
	struct series_hints hints = HINTS;
	struct report_hourly hourly;
	struct report_series *series;

	hints.imported_utc_ms = books_utc_ms("2026-02-02T00:00:00Z");
	import(SERIES, strlen(SERIES), &hints);
	hints.imported_utc_ms = books_utc_ms("2026-03-02T00:00:00Z");
	import(LATER, strlen(LATER), &hints);
	cr_assert_eq(report_hourly_open(&hourly, books.ledger, &books.info), ERR_NONE);
	wish.known_utc_ms = INT64_MAX;
	cr_assert_eq(report_hourly_find(&hourly, &wish, &series, &books.info), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(series->count, 1);
	cr_expect_eq(series->row[0].microg_per_kwh, 50000000);
	wish.known_utc_ms = books_utc_ms("2026-02-15T00:00:00Z");
	cr_assert_eq(report_hourly_find(&hourly, &wish, &series, &books.info), ERR_NONE);
	cr_assert_eq(series->count, 2);
	cr_expect_eq(series->row[1].microg_per_kwh, 200500000);
	wish.known_utc_ms = books_utc_ms("2026-02-01T00:00:00Z");
	cr_assert_eq(report_hourly_find(&hourly, &wish, &series, &books.info), ERR_NONE);
	cr_expect_null(series);
	report_hourly_close(&hourly);
}

/* ---- Real series: GB by NESO, and three that have another licence and are never part of the tree ---- */

static const struct {
	const char *zone;
	const char *file;
	int64_t mg;
	int64_t estimated_hours;
} YEARS[] = {
    /* 1 kW over the 8784 hours of 2024 is 1 kWh an hour: the column added up, in mg (g x 1000, at most two decimals, so nothing is rounded). */
    {"GB", "hourly-sample-GB-2024-neso.csv", 1090742000, 0},
    {"ZA", "hourly-sample-ZA-2024-electricitymaps-direct.csv", 5768624070, 618},
    {"IN", "hourly-sample-IN-WE-2024-electricitymaps-direct.csv", 5972055870, 8784},
    {"BR", "hourly-sample-BR-CS-2024-electricitymaps-direct.csv", 585201720, 127},
};

static void put_year(uint32_t meter)
{
	int64_t start_ms = books_utc_ms("2024-01-01T00:00:00Z");

	for (int64_t hour = 0; hour < 8784; hour++) {
		char utc[64];

		clock_print_utc(utc, start_ms + hour * 3600000);
		books_put_slot(&books, meter, "Etc/UTC", utc, COVERAGE_MEASURED, KWH);
	}
}

static bool import_year(size_t at)
{
	const char *folder = getenv("WATTLEDGER_GRID");
	struct series_hints hints = {.zone = YEARS[at].zone, .basis = "direct", .publisher = "P", .edition = "E", .source = "S"};
	struct buf data;
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder == NULL ? "../shared/grid" : folder, YEARS[at].file);
	buf_init(&data, SERIES_FILE_BYTES_MAX);
	bool is_there = file_read(path, &data, NULL) == ERR_NONE;
	if (is_there)
		import(buf_text(&data), data.bytes, &hints);
	buf_deinit(&data);
	return is_there;
}

/* As NESO's own columns; the fixture holds the values alone. */
static void import_great_britain(void)
{
	static const struct series_hints hints = {.zone = "GB", .basis = "direct", .publisher = "P", .edition = "E", .source = "S"};
	int64_t at_ms = books_utc_ms("2024-01-01T00:00:00Z");
	struct buf values;
	struct buf rows;

	buf_init(&values, 1 << 20);
	buf_init(&rows, 1 << 20);
	cr_assert_eq(file_read("tests/fixtures/series/gb-2024-neso.txt", &values, &books.info), ERR_NONE, "%s", books.info.text);
	buf_add_text(&rows, "DATETIME,CARBON_INTENSITY\n");
	for (const char *at = buf_text(&values); *at != '\0'; at += strspn(at, " \n"), at_ms += 3600000) {
		char utc[64];
		size_t bytes = strcspn(at, " \n");

		clock_print_utc(utc, at_ms);
		buf_add_format(&rows, "%s,%.*s\n", utc, (int)bytes, at);
		at += bytes;
	}
	import(buf_text(&rows), rows.bytes, &hints);
	buf_deinit(&values);
	buf_deinit(&rows);
}

/* The sum of the 8784 values is 1,090,742 g. */
Test(hourly, a_year_of_one_kilowatt_in_great_britain)
{
	struct report_totals totals;

	import_great_britain();
	put_year(put_meter("GB", "GB"));
	books_commit(&books);
	make(&totals, "2024");
	cr_expect_eq(totals.row[0].hourly.mg, YEARS[0].mg, "%lld", (long long)totals.row[0].hourly.mg);
	cr_expect_eq(totals.row[0].hourly.millij, 8784 * KWH);
	cr_expect_eq(totals.row[0].hourly.estimated_millij, 0);
	report_totals_deinit(&totals);
}

Test(hourly, a_year_of_one_kilowatt_in_four_countries)
{
	struct report_totals totals;

	for (size_t i = 0; i < sizeof(YEARS) / sizeof(YEARS[0]); i++) {
		if (!import_year(i))
			cr_skip_test("%s is not there (WATTLEDGER_GRID names its folder)", YEARS[i].file);
		put_year(put_meter(YEARS[i].zone, YEARS[i].zone));
	}
	books_commit(&books);
	make(&totals, "2024");
	for (size_t i = 0, site = 0; i < totals.count; i++) {
		const struct report_hourly_total *hourly = &totals.row[i].hourly;
		size_t year = 0;

		if (totals.row[i].level != REPORT_SITE)
			continue;
		while (strcmp(YEARS[year].zone, totals.row[i].site->id) != 0)
			year++;
		cr_expect_eq(hourly->mg, YEARS[year].mg, "%s: %lld", YEARS[year].zone, (long long)hourly->mg);
		cr_expect_eq(hourly->estimated_millij, YEARS[year].estimated_hours * KWH);
		cr_expect_eq(hourly->millij, 8784 * KWH);
		site++;
		cr_expect_leq(site, 4);
	}
	/* 1090742000 + 5768624070 + 5972055870 + 585201720 */
	cr_expect_eq(totals.row[0].hourly.mg, 13416623660);
	report_totals_deinit(&totals);
}
