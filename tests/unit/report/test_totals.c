/* SPDX-License-Identifier: Apache-2.0 */
#include "report/books.h"
#include "report/totals.h"

#include <criterion/criterion.h>
#include <string.h>

#define OSLO "Europe/Oslo"

static struct books_fixture books;

static void setup(void)
{
	books_fixture_init(&books);
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(totals, .init = setup, .fini = teardown);

static const struct books_meter_options TOTAL = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
static const struct books_meter_options OUTLET = {.key = "outlet/1", .role = ROLE_PART, .supply = SUPPLY_GRID};

/* A device with a total and an outlet; the number of the total's meter. */
static uint32_t put_pdu(const char *site, const char *zone, const char *time_zone, const char *device, uint32_t *outlet)
{
	uint32_t site_id = books_put_site(&books, site, zone, time_zone);
	uint32_t device_id = books_put_device(&books, site_id, device);
	uint32_t part = books_put_meter(&books, device_id, &OUTLET);

	if (outlet != NULL)
		*outlet = part;
	return books_put_meter(&books, device_id, &TOTAL);
}

static struct report_totals make(const char *period, const char *now, enum report_level level)
{
	struct report_request request = {.period = period, .now_utc_ms = books_utc_ms(now)};
	struct report_totals totals;

	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, level, &books.info), ERR_NONE, "%s", books.info.text);
	return totals;
}

/* October 2026 of Oslo is 2026-09-30T22:00Z to 2026-10-31T23:00Z: 31 days and an hour. */
Test(totals, period_is_that_of_the_site)
{
	uint32_t meter = put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	struct report_totals totals;

	books_put_slot(&books, meter, OSLO, "2026-09-30T21:45:00Z", COVERAGE_MEASURED, 7 * KWH);
	books_put_slot(&books, meter, OSLO, "2026-09-30T22:00:00Z", COVERAGE_MEASURED, 1 * KWH);
	books_put_slot(&books, meter, OSLO, "2026-10-31T22:45:00Z", COVERAGE_MEASURED, 2 * KWH);
	books_put_slot(&books, meter, OSLO, "2026-10-31T23:00:00Z", COVERAGE_MEASURED, 7 * KWH);
	books_commit(&books);
	totals = make("2026-10", "2026-12-01T00:00:00Z", REPORT_TOTAL);
	cr_assert_eq(totals.count, 1);
	cr_expect_eq(totals.row[0].start_s, books_utc_ms("2026-09-30T22:00:00Z") / 1000);
	cr_expect_eq(totals.row[0].end_s, books_utc_ms("2026-10-31T23:00:00Z") / 1000);
	cr_expect_eq(totals.row[0].energy_millij, 3 * KWH);
	report_totals_deinit(&totals);
}

/* FY2026 of a site whose fiscal years begin in April: 2026-04-01 to 2027-03-31 in Oslo, summer time at both ends. */
Test(totals, fiscal_year_begins_with_the_sites_month)
{
	struct report_totals totals;
	uint32_t meter;

	books.fiscal_month = 4;
	meter = put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	books_put_slot(&books, meter, OSLO, "2026-03-31T21:45:00Z", COVERAGE_MEASURED, 7 * KWH);
	books_put_slot(&books, meter, OSLO, "2026-03-31T22:00:00Z", COVERAGE_MEASURED, 1 * KWH);
	books_put_slot(&books, meter, OSLO, "2027-03-31T21:45:00Z", COVERAGE_MEASURED, 2 * KWH);
	books_put_slot(&books, meter, OSLO, "2027-03-31T22:00:00Z", COVERAGE_MEASURED, 7 * KWH);
	books_commit(&books);
	totals = make("FY2026", "2027-06-01T00:00:00Z", REPORT_TOTAL);
	cr_assert_eq(totals.count, 1);
	cr_expect_eq(totals.row[0].start_s, books_utc_ms("2026-03-31T22:00:00Z") / 1000);
	cr_expect_eq(totals.row[0].end_s, books_utc_ms("2027-03-31T22:00:00Z") / 1000);
	cr_expect_eq(totals.row[0].energy_millij, 3 * KWH);
	report_totals_deinit(&totals);
}

Test(totals, parts_of_a_device_are_shown_and_not_added)
{
	uint32_t outlet;
	uint32_t meter = put_pdu("oslo", "NO", OSLO, "pdu1", &outlet);
	struct report_totals totals;

	books_put_slot(&books, meter, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 3 * KWH);
	books_put_slot(&books, outlet, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 2 * KWH);
	books_commit(&books);
	totals = make("2026-10-05", "2026-12-01T00:00:00Z", REPORT_METER);
	cr_assert_eq(totals.count, 5); /* total, site, device, outlet/1, total */
	cr_expect_eq(totals.row[0].energy_millij, 3 * KWH);
	cr_expect_eq(totals.row[1].energy_millij, 3 * KWH);
	cr_expect_eq(totals.row[2].energy_millij, 3 * KWH);
	cr_expect_str_eq(totals.row[3].meter->key, "outlet/1");
	cr_expect_eq(totals.row[3].energy_millij, 2 * KWH);
	cr_expect_eq(totals.row[4].energy_millij, 3 * KWH);
	report_totals_deinit(&totals);
}

Test(totals, a_meter_without_slots_is_unknown_not_zero)
{
	struct report_totals totals;

	(void)put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	books_put_factor(&books, "NO", 2026, 30000000, "2027");
	books_commit(&books);
	totals = make("2026-10-05", "2026-12-01T00:00:00Z", REPORT_METER);
	for (size_t i = 0; i < totals.count; i++) {
		cr_expect_not(totals.row[i].has_energy, "row %zu", i);
		cr_expect_not(totals.row[i].has_location, "row %zu", i);
	}
	cr_expect_eq(totals.row[0].unknown_count, 1);
	report_totals_deinit(&totals);
}

/* 5 kWh and 1.5 kWh, of 24 h: 900 s measured and 900 s bridged of 86400 s. */
Test(totals, classes_are_kept_apart_and_coverage_counts_from_the_start)
{
	uint32_t meter = put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	struct report_totals totals;

	books_put_slot(&books, meter, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 5 * KWH);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:15:00Z", COVERAGE_BRIDGED, 3 * KWH / 2);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:30:00Z", COVERAGE_ESTIMATED, KWH);
	books_commit(&books);
	totals = make("2026-10-05", "2026-12-01T00:00:00Z", REPORT_TOTAL);
	cr_expect_eq(totals.row[0].millij[COVERAGE_MEASURED], 5 * KWH);
	cr_expect_eq(totals.row[0].millij[COVERAGE_BRIDGED], 3 * KWH / 2);
	cr_expect_eq(totals.row[0].millij[COVERAGE_ESTIMATED], KWH);
	cr_expect_eq(totals.row[0].energy_millij, 15 * KWH / 2);
	cr_expect_eq(report_total_covered_ms(&totals.row[0]), 1800000);
	cr_expect_eq(totals.row[0].expected_ms, 86400000);
	report_totals_deinit(&totals);
}

/* At 12:00 local (10:00Z) only half of the day could have been covered. */
Test(totals, the_future_is_not_expected)
{
	struct report_totals totals;

	(void)put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	books_commit(&books);
	totals = make("today", "2026-10-05T10:00:00Z", REPORT_TOTAL);
	cr_expect_eq(totals.row[0].expected_ms, 43200000);
	report_totals_deinit(&totals);
}

/* At 1.8 kg/kWh: 3000 mJ x 1.8e9 microg/kWh / 3.6e12 = 1.5 mg. */
Test(totals, emissions_are_divided_once_a_meter_and_then_added)
{
	uint32_t site_id = books_put_site(&books, "oslo", "NO", OSLO);
	uint32_t a = books_put_meter(&books, books_put_device(&books, site_id, "a"), &TOTAL);
	uint32_t b = books_put_meter(&books, books_put_device(&books, site_id, "b"), &TOTAL);
	struct report_totals totals;

	books_put_factor(&books, "NO", 2026, 1800000000, "2027");
	/* Each rounds half to even to 2; the site has 2 + 2 = 4, where one division of 6000 mJ would give 3. */
	books_put_slot(&books, a, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 2000);
	books_put_slot(&books, a, OSLO, "2026-10-05T10:15:00Z", COVERAGE_MEASURED, 1000);
	books_put_slot(&books, b, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 3000);
	books_commit(&books);
	totals = make("2026-10-05", "2026-12-01T00:00:00Z", REPORT_DEVICE);
	cr_assert_eq(totals.count, 4);
	cr_expect_eq(totals.row[2].location_mg, 2);
	cr_expect_eq(totals.row[3].location_mg, 2);
	cr_expect_eq(totals.row[1].location_mg, 4);
	cr_expect_eq(totals.row[0].location_mg, 4);
	cr_expect_str_eq(totals.row[0].factor->edition, "2027");
	report_totals_deinit(&totals);
}

/* 2 kWh on each side of the new year: 100 g/kWh in 2026, 50 g/kWh in 2027. */
Test(totals, each_calendar_year_has_its_own_factor)
{
	uint32_t meter = put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	struct report_totals totals;

	books_put_factor(&books, "NO", 2026, 100000000, "2028");
	books_put_factor(&books, "NO", 2027, 50000000, "2028");
	books_put_slot(&books, meter, OSLO, "2026-12-31T22:45:00Z", COVERAGE_MEASURED, 2 * KWH);
	books_put_slot(&books, meter, OSLO, "2026-12-31T23:00:00Z", COVERAGE_MEASURED, 2 * KWH);
	books_commit(&books);
	totals = make("2026-12-31..2027-01-01", "2027-02-01T00:00:00Z", REPORT_METER);
	/* total, site, device, outlet/1 twice, total twice */
	cr_assert_eq(totals.count, 7);
	cr_expect_eq(totals.row[5].location_mg, 200000);
	cr_expect_eq(totals.row[5].end_s, books_utc_ms("2026-12-31T23:00:00Z") / 1000);
	cr_expect_eq(totals.row[6].location_mg, 100000);
	cr_expect_eq(totals.row[0].location_mg, 300000);
	cr_expect(totals.row[0].has_many_factors);
	cr_expect_null(totals.row[0].factor);
	report_totals_deinit(&totals);
}

Test(totals, an_earlier_year_stands_in_and_says_so)
{
	uint32_t meter = put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	struct report_totals totals;

	books_put_factor(&books, "NO", 2024, 30000000, "2025");
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 1 * KWH);
	books_commit(&books);
	totals = make("2026-10", "2026-12-01T00:00:00Z", REPORT_SITE);
	cr_expect_eq(totals.row[1].location_mg, 30000);
	cr_expect_eq(totals.row[1].choice.lag_years, 2);
	cr_expect(totals.row[1].choice.is_proxy);
	report_totals_deinit(&totals);
}

Test(totals, grid_energy_without_a_factor_makes_the_sum_unknown)
{
	uint32_t oslo = put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	uint32_t moon = put_pdu("moon", "", "UTC", "pdu2", NULL);
	struct report_totals totals;

	books_put_factor(&books, "NO", 2026, 30000000, "2027");
	books_put_slot(&books, oslo, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 1 * KWH);
	books_put_slot(&books, moon, "UTC", "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 1 * KWH);
	books_commit(&books);
	totals = make("2026-10-05", "2026-12-01T00:00:00Z", REPORT_SITE);
	cr_assert_eq(totals.count, 3);
	cr_expect_str_eq(totals.row[1].site->id, "moon");
	cr_expect_not(totals.row[1].has_location);
	cr_expect(totals.row[2].has_location);
	cr_expect_not(totals.row[0].has_location);
	cr_expect_eq(totals.row[0].energy_millij, 2 * KWH);
	report_totals_deinit(&totals);
}

Test(totals, energy_that_is_not_from_the_grid_has_no_scope_2)
{
	struct books_meter_options genset = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GENSET, .is_in_total = true};
	uint32_t site_id = books_put_site(&books, "oslo", "NO", OSLO);
	uint32_t grid = books_put_meter(&books, books_put_device(&books, site_id, "a"), &TOTAL);
	uint32_t diesel = books_put_meter(&books, books_put_device(&books, site_id, "b"), &genset);
	struct report_totals totals;

	books_put_factor(&books, "NO", 2026, 30000000, "2027");
	books_put_slot(&books, grid, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 1 * KWH);
	books_put_slot(&books, diesel, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 9 * KWH);
	books_commit(&books);
	totals = make("2026-10-05", "2026-12-01T00:00:00Z", REPORT_DEVICE);
	cr_expect_eq(totals.row[1].energy_millij, 10 * KWH);
	cr_expect_eq(totals.row[1].location_mg, 30000);
	cr_expect_eq(totals.row[2].location_mg, 30000);
	cr_expect_not(totals.row[3].has_location);
	report_totals_deinit(&totals);
}

Test(totals, revisions_are_added_as_signed_differences)
{
	uint32_t meter = put_pdu("oslo", "NO", OSLO, "pdu1", NULL);
	struct interval less = {.rev = 1, .millij = {[COVERAGE_MEASURED] = -KWH / 4}, .status_bits = INTERVAL_LATE};
	struct report_totals totals;

	books_put_slot(&books, meter, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 1 * KWH);
	books_put_interval(&books, meter, OSLO, "2026-10-05T10:00:00Z", less);
	books_commit(&books);
	totals = make("2026-10-05", "2026-12-01T00:00:00Z", REPORT_TOTAL);
	cr_expect_eq(totals.row[0].energy_millij, 3 * KWH / 4);
	cr_expect_eq(totals.row[0].rev_count, 1);
	report_totals_deinit(&totals);
}

/* From 10:15Z on the meter counts no more in the site's total. */
Test(totals, a_change_of_in_total_makes_another_row)
{
	struct books_meter_options alone = TOTAL;
	uint32_t site_id = books_put_site(&books, "oslo", "NO", OSLO);
	uint32_t device_id = books_put_device(&books, site_id, "pdu1");
	uint32_t meter = books_put_meter(&books, device_id, &alone);
	struct report_totals totals;

	alone.is_in_total = false;
	books.at_utc_ms = books_utc_ms("2026-10-05T10:15:00Z");
	cr_assert_eq(books_put_meter(&books, device_id, &alone), meter);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 1 * KWH);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:15:00Z", COVERAGE_MEASURED, 4 * KWH);
	books_commit(&books);
	totals = make("2026-10-05", "2026-12-01T00:00:00Z", REPORT_METER);
	cr_assert_eq(totals.count, 5);
	cr_expect_eq(totals.row[1].energy_millij, 1 * KWH);
	cr_expect_eq(totals.row[2].energy_millij, 5 * KWH);
	cr_expect_eq(totals.row[3].end_s, books_utc_ms("2026-10-05T10:15:00Z") / 1000);
	cr_expect_eq(totals.row[3].energy_millij, 1 * KWH);
	cr_expect_eq(totals.row[4].energy_millij, 4 * KWH);
	report_totals_deinit(&totals);
}

Test(totals, unknown_site_and_period_are_refused)
{
	struct report_request request = {.period = "2026-10", .site = "nowhere", .now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z")};
	struct report_totals totals;

	cr_expect_eq(report_totals_make(&totals, books.ledger, &request, REPORT_TOTAL, &books.info), ERR_USAGE);
	cr_expect_str_eq(books.info.text, "the ledger knows no site 'nowhere'");
	request.site = NULL;
	request.period = "october";
	cr_expect_eq(report_totals_make(&totals, books.ledger, &request, REPORT_TOTAL, &books.info), ERR_USAGE);
}
