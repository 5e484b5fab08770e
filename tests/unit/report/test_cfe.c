/* SPDX-License-Identifier: Apache-2.0 */
/* Instruments and sun hour by hour: the figures of a site, the package, and both recalculations of it. */
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/entry.h"
#include "report/books.h"
#include "report/cfe.h"
#include "report/recalculation.h"
#include "report/supplies.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define PUNE "Asia/Kolkata"
#define DAY "2026-10-05"

enum { HOURS = 24 };

static const struct books_meter_options GRID = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
static const struct books_meter_options SUN = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_PV, .is_in_total = true};
static const struct books_meter_options OUT = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .quantity = QUANTITY_ENERGY_OUT};

static struct books_fixture books;
static char out_dir[128];
static uint32_t site;
static uint32_t pdu;

/* Hours of the day, from local midnight on. */
static const char *hour_text(int hour)
{
	static char text[CLOCK_TEXT_BYTES];

	clock_print_utc(text, books_utc_ms("2026-10-04T22:00:00Z") + hour * INT64_C(3600000));
	return text;
}

static void put_factor(const char *basis, int64_t microg_per_kwh)
{
	struct plan_factor factor = {.zone = "NO", .year = 2026, .microg_per_kwh = microg_per_kwh, .publisher = "NVE", .edition = "2026"};

	snprintf(factor.basis, sizeof(factor.basis), "%s", basis);
	memset(factor.table_sha256, 0xab, sizeof(factor.table_sha256));
	cr_assert_eq(ledger_batch_add_factor(&books.batch, &factor, &books.info), ERR_NONE, "%s", books.info.text);
}

/* 10 kWh an hour from the grid, each in the hour's second slot; 20 g/kWh, the residual mix 500. */
static void setup(void)
{
	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	site = books_put_site(&books, "oslo", "NO", OSLO);
	pdu = books_put_device(&books, site, "pdu");
	uint32_t meter = books_put_meter(&books, pdu, &GRID);

	for (int hour = 0; hour < HOURS; hour++) {
		char text[CLOCK_TEXT_BYTES];

		clock_print_utc(text, books_utc_ms(hour_text(hour)) + 900000);
		books_put_slot(&books, meter, OSLO, text, COVERAGE_MEASURED, 10 * KWH);
	}
	put_factor("direct", 20000000);
	put_factor("residual", 500000000);
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(report_cfe, .init = setup, .fini = teardown);

static void enter(const char *what, const char *node, int64_t from_ms, int64_t to_ms, int64_t kwh, const char *note)
{
	struct ledger_entry entry = {.kind = "instrument",
				     .site_id = site,
				     .node = node,
				     .from_utc_ms = from_ms,
				     .to_utc_ms = to_ms,
				     .what = what,
				     .value_micro = kwh * 1000,
				     .unit = "MWh",
				     .note = note,
				     .author = "anna",
				     .reason = "read",
				     .entered_utc_ms = books_utc_ms("2026-10-10T00:00:00Z")};
	int64_t first_id;

	cr_assert_eq(ledger_entry_add(books.ledger, &entry, 1, &first_id, &books.info), ERR_NONE, "%s", books.info.text);
}

static void enter_hour(const char *what, int hour, int64_t kwh, const char *note)
{
	int64_t from_ms = books_utc_ms(hour_text(hour));

	enter(what, "oslo", from_ms, from_ms + 3600000, kwh, note);
}

/* A wind farm: 4 kWh an hour in the first twelve, 16 in the others: 240 kWh, as much as was used. */
static void enter_wind(void)
{
	for (int hour = 0; hour < HOURS; hour++)
		enter_hour("ppa", hour, hour < 12 ? 4 : 16, "id=WIND; zone=NO; g_per_kwh=0");
}

static struct report_cfe make_of(const char *id)
{
	struct report_request request = {.period = DAY, .site = id, .now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z")};
	struct report_supplies supplies;
	struct report_totals totals;
	struct report_cfe cfe;

	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(report_supplies_make(&supplies, books.ledger, &totals, &request, &books.info), ERR_NONE, "%s", books.info.text);
	cfe = report_cfe_of(supplies.site, &totals, &totals.row[0]);
	report_supplies_deinit(&supplies);
	report_totals_deinit(&totals);
	return cfe;
}

static struct report_cfe make(void)
{
	return make_of(NULL);
}

/* 12 x 4 + 12 x 10 = 168 of 240 kWh; the other 72 at 500 g are 36 kg. */
Test(report_cfe, a_contracts_hours_count_where_they_were_used)
{
	struct report_cfe cfe;

	books_commit(&books);
	enter_wind();
	cfe = make();
	cr_assert(cfe.has && cfe.has_mg);
	cr_expect_eq(cfe.sum.load_millij, 240 * KWH);
	cr_expect_eq(cfe.sum.free_millij, 168 * KWH);
	cr_expect_eq(cfe.sum.hour_count, 24);
	cr_expect_eq(cfe.sum.free_hour_count, 12);
	cr_expect_eq(cfe.mg, 36000000);
}

/* Of the year all is matched and nothing emitted; of the hours it is not. */
Test(report_cfe, the_package_has_both_and_verifies)
{
	struct buf findings;
	char *text;

	books_commit(&books);
	enter_wind();
	buf_init(&findings, 1 << 20);
	recalculation_export(&books, out_dir, DAY);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	text = books_read_file(&books, "package/totals.csv");
	cr_expect_not_null(
	    strstr(text, ",604800000000,864000000000,24,12,contracted,604800000000,36000000,36.000000,500000000,2026,2026,abab"), "%s",
	    text);
	cr_expect_not_null(strstr(text, ",0.000000,0.240000,0.000000,0.000000,WIND,70.00,"), "%s", text);
	mem_free(text);
	text = books_read_file(&books, "package/report.html");
	cr_expect_not_null(strstr(text, "Matched hour by hour 70.00 % of the energy was carbon-free"));
	cr_expect_not_null(strstr(text, "in 12 of 24 hours all of it; market-based, matched so, it is 36.000 kg CO2e (a supplement)."));
	mem_free(text);
	recalculation_tamper(&books, out_dir, ",604800000000,864000000000,24,12,", ",604800000001,864000000000,24,13,");
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_not_null(strstr(buf_text(&findings), "cfe_full_hours is 13, computed again it is 12"), "%s", buf_text(&findings));
	buf_deinit(&findings);
}

/*
 * From 10 to 11 h the sun gives 6 kWh, of which 2 go out: 4 of 244 used kWh. Certificates of the day, of a device, of another zone, and a rate
 * have no hour; a half-hour's 3 kWh do, and 5 kWh at 100 g count as matched, not as carbon-free: (240 - 8) x 500 g + 5 x 100 g.
 */
Test(report_cfe, only_what_has_an_hour_counts_and_the_suns_rest_does)
{
	int64_t noon_ms = books_utc_ms(hour_text(12));
	struct buf findings;
	struct report_cfe cfe;

	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, site, "roof"), &SUN), OSLO, "2026-10-05T08:30:00Z",
		       COVERAGE_MEASURED, 6 * KWH);
	books_put_slot(&books, books_put_meter(&books, pdu, &OUT), OSLO, "2026-10-05T08:30:00Z", COVERAGE_MEASURED, 2 * KWH);
	books_commit(&books);
	enter("certificate", "oslo", books_utc_ms(hour_text(0)), books_utc_ms(hour_text(24)), 50, "id=D; zone=NO; g_per_kwh=0");
	enter("certificate", "oslo/pdu", noon_ms, noon_ms + 3600000, 7, "id=P; zone=NO; g_per_kwh=0");
	enter("certificate", "oslo", noon_ms, noon_ms + 3600000, 7, "id=Z; zone=SE; g_per_kwh=0");
	enter("certificate", "oslo", noon_ms + 1800000, noon_ms + 5400000, 7, "id=X; zone=NO; g_per_kwh=0");
	enter("certificate", "oslo", noon_ms + 1800000, noon_ms + 3600000, 3, "id=H; zone=NO; g_per_kwh=0");
	enter("supplier_rate", "oslo", noon_ms, noon_ms + 3600000, 1, "id=S; zone=NO");
	enter_hour("ppa", 15, 5, "id=GAS; zone=NO; g_per_kwh=100");
	cfe = make();
	cr_assert(cfe.has && cfe.has_mg);
	cr_expect_eq(cfe.sum.load_millij, 244 * KWH);
	cr_expect_eq(cfe.sum.free_millij, 7 * KWH);
	cr_expect_eq(cfe.sum.instrument_millij, 8 * KWH);
	cr_expect_eq(cfe.mg, 116500000);
	buf_init(&findings, 1 << 20);
	recalculation_export(&books, out_dir, DAY);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	buf_deinit(&findings);
}

/* A certificate of the year matches all, and nothing has an hour. */
Test(report_cfe, without_sun_or_an_hourly_instrument_there_is_no_figure)
{
	struct buf findings;
	char *text;

	books_commit(&books);
	enter("certificate", "oslo", books_utc_ms("2026-01-01T00:00:00Z"), books_utc_ms("2027-01-01T00:00:00Z"), 1000000,
	      "id=Y; zone=NO; g_per_kwh=0");
	cr_expect_not(make().has);
	buf_init(&findings, 1 << 20);
	recalculation_export(&books, out_dir, DAY);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	text = books_read_file(&books, "package/totals.csv");
	cr_expect_not_null(strstr(text, ",n/a,n/a,n/a,n/a,n/a,n/a,n/a,n/a,500000000,2026,"), "%s", text);
	mem_free(text);
	buf_deinit(&findings);
}

/* Its instruments say NO, and half of its energy is of SE: nobody knows which half they are for. */
Test(report_cfe, a_site_with_part_of_its_energy_elsewhere_matches_none)
{
	struct report_cfe cfe;
	uint32_t moved;

	books_commit(&books);
	enter_wind();
	books.at_utc_ms = books_utc_ms("2026-10-05T10:00:00Z");
	moved = books_put_site(&books, "oslo", "SE", OSLO);
	cr_assert_eq(moved, site);
	books_commit(&books);
	cfe = make();
	cr_expect_eq(cfe.sum.instrument_millij, 0);
	cr_expect_not(cfe.has_mg);
}

/* Pune's day begins at 18:30 UTC: of the 12 kWh of that hour half are of the day before. Where nothing was used, nothing was matched. */
Test(report_cfe, of_an_hour_that_a_period_cuts_each_has_a_share)
{
	uint32_t meter;
	struct buf findings;

	site = books_put_site(&books, "pune", "NO", PUNE);
	meter = books_put_meter(&books, books_put_device(&books, site, "pdu"), &GRID);
	books_put_slot(&books, meter, PUNE, "2026-10-04T18:15:00Z", COVERAGE_MEASURED, 10 * KWH);
	books_put_slot(&books, meter, PUNE, "2026-10-04T18:30:00Z", COVERAGE_MEASURED, 10 * KWH);
	books_commit(&books);
	enter("ppa", "pune", books_utc_ms("2026-10-04T18:00:00Z"), books_utc_ms("2026-10-04T19:00:00Z"), 12,
	      "id=WIND; zone=NO; g_per_kwh=0");
	enter("certificate", "pune", books_utc_ms("2026-10-04T18:00:00Z"), books_utc_ms("2026-10-04T18:15:00Z"), 3,
	      "id=Q; zone=NO; g_per_kwh=0");
	enter("certificate", "oslo", books_utc_ms(hour_text(0)), books_utc_ms(hour_text(1)), 3, "id=Z; zone=SE; g_per_kwh=0");
	cr_expect_eq(make_of("pune").sum.load_millij, 10 * KWH);
	cr_expect_eq(make_of("pune").sum.free_millij, 6 * KWH);
	buf_init(&findings, 1 << 20);
	recalculation_export(&books, out_dir, DAY);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	buf_deinit(&findings);
}
