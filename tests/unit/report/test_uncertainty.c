/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "report/books.h"
#include "report/recalculation.h"
#include "report/totals.h"
#include "report/uncertainty.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define SLOT "2026-10-05T10:00:00Z"
/* Rounding of square roots and quotients. */
#define EPSILON 1e-6

enum { ROWS_MAX = 100 };

static struct books_fixture books;
static struct report_totals totals;
static struct report_uncertainty *all;

static void setup(void)
{
	books_fixture_init(&books);
}

static void teardown(void)
{
	mem_free(all);
	report_totals_deinit(&totals);
	books_fixture_deinit(&books);
}

TestSuite(report_uncertainty, .init = setup, .fini = teardown);

/* A meter with a counter, read by SNMP: 5 %. */
static void put_meter(uint32_t device_id, const char *key, int64_t millij)
{
	struct books_meter_options options = {.key = key, .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};

	books_put_slot(&books, books_put_meter(&books, device_id, &options), OSLO, SLOT, COVERAGE_MEASURED, millij);
}

/* All meters have a counter, or none has. */
static void make_read(bool has_counter)
{
	struct report_reading reading[ROWS_MAX] = {{.has_counter = false}};
	struct report_request request = {.period = "2026-10-05", .now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z")};

	books_commit(&books);
	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	cr_assert_leq(totals.count, ROWS_MAX);
	for (size_t i = 0; i < totals.count; i++)
		reading[i].has_counter = has_counter;
	cr_assert_eq(report_uncertainty_make(&all, &totals, reading, &books.info), ERR_NONE, "%s", books.info.text);
}

static void make(void)
{
	make_read(true);
}

static void expect(size_t row, double energy, double factor, double total)
{
	cr_expect(epsilon_eq(dbl, all[row].energy_ratio, energy, EPSILON), "row %zu: energy %.9f", row, all[row].energy_ratio);
	cr_expect(epsilon_eq(dbl, all[row].factor_ratio, factor, EPSILON), "row %zu: factor %.9f", row, all[row].factor_ratio);
	cr_expect(epsilon_eq(dbl, all[row].total_ratio, total, EPSILON), "row %zu: total %.9f", row, all[row].total_ratio);
}

/*
 * Two devices of 1 kWh in one zone: energy 0.05 / sqrt(2) = 0.0353553, one factor 0.075 for both, together sqrt(0.00125 + 0.005625) = 0.0829156.
 * Each alone sqrt(0.0025 + 0.005625) = 0.0901388. Rows: total, site, device, meter, device, meter.
 */
Test(report_uncertainty, devices_average_out_and_their_factor_does_not)
{
	uint32_t site = books_put_site(&books, "oslo", "NO", OSLO);

	put_meter(books_put_device(&books, site, "a"), "total", KWH);
	put_meter(books_put_device(&books, site, "b"), "total", KWH);
	books_put_factor(&books, "NO", 2026, 100000000, "2026");
	make();
	expect(0, 0.0353553, 0.075, 0.0829156);
	expect(1, 0.0353553, 0.075, 0.0829156);
	expect(3, 0.05, 0.075, 0.0901388);
}

/* Two meters of one device share an instrument: 5 % of their sum, whatever their number. */
Test(report_uncertainty, meters_of_one_device_do_not_average_out)
{
	uint32_t site = books_put_site(&books, "oslo", "NO", OSLO);
	uint32_t device = books_put_device(&books, site, "a");

	put_meter(device, "feed/a", KWH);
	put_meter(device, "feed/b", 3 * KWH);
	books_put_factor(&books, "NO", 2026, 100000000, "2026");
	make();
	expect(1, 0.05, 0.075, 0.0901388);
	expect(2, 0.05, 0.075, 0.0901388);
}

/* Oslo 1 kWh x 100 g = 100 g, Lima 1 kWh x 300 g = 300 g, both factors of one publisher: 0.075 x 400 / 400. Energy of emissions:
 * sqrt(5^2 + 15^2) / 400 = 0.0395285; together sqrt(0.0015625 + 0.005625) = 0.0847791. Without a factor there is no total. */
Test(report_uncertainty, factors_of_one_publisher_add_up)
{
	put_meter(books_put_device(&books, books_put_site(&books, "oslo", "NO", OSLO), "a"), "total", KWH);
	put_meter(books_put_device(&books, books_put_site(&books, "lima", "PE", OSLO), "a"), "total", KWH);
	books_put_factor(&books, "NO", 2026, 100000000, "2026");
	books_put_factor(&books, "PE", 2026, 300000000, "2026");
	make();
	expect(0, 0.0353553, 0.075, 0.0847791);
}

Test(report_uncertainty, without_a_factor_only_the_energy_is_told)
{
	put_meter(books_put_device(&books, books_put_site(&books, "oslo", "NO", OSLO), "a"), "total", KWH);
	make();
	cr_expect(all[1].has_energy);
	cr_expect_not(all[1].has_total);
}

/*
 * METHODS section 8: 40 meters of class 1, 1 kWh each: 1 / sqrt(3) / sqrt(40) = 0.0912871 % of energy; the factor's 7.5 % stays whole:
 * sqrt(0.000912871^2 + 0.075^2) = 0.0750056, expanded 15.0 %.
 */
Test(report_uncertainty, forty_meters_of_class_1_do_not_make_their_factor_better)
{
	uint32_t site = books_put_site(&books, "oslo", "NO", OSLO);
	char id[16];

	books.facts = "meter_class=1;ct_class=none";
	for (int i = 0; i < 40; i++) {
		snprintf(id, sizeof(id), "d%02d", i);
		put_meter(books_put_device(&books, site, id), "total", KWH);
	}
	books_put_factor(&books, "NO", 2026, 100000000, "2026");
	make();
	expect(0, 0.000912871, 0.075, 0.0750056);
	expect(3, 0.005773503, 0.075, 0.0752219);
	cr_expect_eq(all[0].energy_basis, REPORT_UNCERTAINTY_TOLD);
}

/* 0.5 % / sqrt(3) = 0.2886751 % of 1 kWh and 5 % of 1 kWh: sqrt(0.0028868^2 + 0.05^2) / 2. */
Test(report_uncertainty, a_site_says_that_not_all_of_its_meters_have_a_class)
{
	uint32_t site = books_put_site(&books, "oslo", "NO", OSLO);

	books.facts = "meter_class=0.5S";
	put_meter(books_put_device(&books, site, "a"), "total", KWH);
	books.facts = NULL;
	put_meter(books_put_device(&books, site, "b"), "total", KWH);
	make();
	cr_expect(epsilon_eq(dbl, all[0].energy_ratio, 0.025041632, EPSILON));
	cr_expect_eq(all[0].energy_basis, REPORT_UNCERTAINTY_TOLD | REPORT_UNCERTAINTY_DEFAULT);
	cr_expect_eq(all[3].energy_basis, REPORT_UNCERTAINTY_TOLD);
	cr_expect_eq(all[5].energy_basis, REPORT_UNCERTAINTY_DEFAULT);
}

/* A single slot: sqrt(5^2 + 1^2) %. */
Test(report_uncertainty, integrated_power_is_less_sure)
{
	put_meter(books_put_device(&books, books_put_site(&books, "oslo", "NO", OSLO), "a"), "total", KWH);
	make_read(false);
	cr_expect(epsilon_eq(dbl, all[3].energy_ratio, 0.050990195, EPSILON));
}

static void put_factor_of(const char *zone, const char *basis, const char *method)
{
	struct plan_factor factor = {.year = 2026, .microg_per_kwh = 100000000, .edition = "2026", .licence = "L"};

	snprintf(factor.zone, sizeof(factor.zone), "%s", zone);
	snprintf(factor.basis, sizeof(factor.basis), "%s", basis);
	snprintf(factor.method, sizeof(factor.method), "%s", method);
	snprintf(factor.publisher, sizeof(factor.publisher), "P of %s", zone);
	cr_assert_eq(ledger_batch_add_factor(&books.batch, &factor, &books.info), ERR_NONE, "%s", books.info.text);
}

/*
 * Oslo 100 g at 2 % (expanded 4 %, as its table says), Lima 100 g at 5 %, a direct factor: publishers are independent, sqrt(2^2 + 5^2) / 200 = 2.6925824 %.
 * Energy 5 % / sqrt(2); together sqrt(0.00125 + 0.000725) = 4.4440972 %.
 */
Test(report_uncertainty, factors_of_two_publishers_average_out)
{
	put_meter(books_put_device(&books, books_put_site(&books, "oslo", "NO", OSLO), "a"), "total", KWH);
	put_meter(books_put_device(&books, books_put_site(&books, "lima", "PE", OSLO), "a"), "total", KWH);
	put_factor_of("NO", "lifecycle", "average; uncertainty 4 %");
	put_factor_of("PE", "direct", "average");
	make();
	expect(0, 0.035355339, 0.026925824, 0.044440972);
	cr_expect_eq(all[0].factor_basis, REPORT_UNCERTAINTY_TOLD | REPORT_UNCERTAINTY_DEFAULT);
	cr_expect_eq(all[3].factor_basis, REPORT_UNCERTAINTY_DEFAULT); /* sites by their ids: lima, oslo */
	cr_expect_eq(all[6].factor_basis, REPORT_UNCERTAINTY_TOLD);
}

/*
 * a: a class of 1 %, power integrated over six slots of 90 W and six of 110 W: sqrt(12 x 10^2 / 11 / 12) / 100 = 3.0151 %, with 0.57735 % 3.0699 %,
 * expanded 6.14. b: half of it estimated: sqrt(0.05^2 + 0.01^2 + 0.15^2) = 15.8430 %, expanded 31.69. The factor has 4 % by its table. a is 1.2 kWh of
 * 1.2 + 2: sqrt((0.0306988 x 0.3)^2 + (0.158430 x 0.5)^2) / 0.8 = 9.9689 %, expanded 19.94; with the factor's 2 % 10.1672 %, 20.33.
 */
Test(report_uncertainty, a_package_has_it_and_both_recalculations_find_the_same)
{
	static const struct books_meter_options GRID = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	uint32_t site = books_put_site(&books, "oslo", "NO", OSLO);
	char out_dir[128];
	char utc[32];
	struct buf findings;
	uint32_t meter;
	char *text;

	buf_init(&findings, 1 << 20);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	books.facts = "meter_class=1";
	meter = books_put_meter(&books, books_put_device(&books, site, "a"), &GRID);
	for (int hour = 0; hour < 12; hour++) {
		snprintf(utc, sizeof(utc), "2026-10-05T%02d:00:00Z", hour);
		books_put_slot(&books, meter, OSLO, utc, COVERAGE_MEASURED, hour % 2 == 0 ? 90 * 3600 * 1000 : 110 * 3600 * 1000);
	}
	books.facts = NULL;
	meter = books_put_meter(&books, books_put_device(&books, site, "b"), &GRID);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, KWH);
	books_put_slot(&books, meter, OSLO, "2026-10-05T11:00:00Z", COVERAGE_ESTIMATED, KWH);
	put_factor_of("NO", "direct", "average; uncertainty 4 %");
	books_commit(&books);
	recalculation_export(&books, out_dir, "2026-10-05");
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	text = books_read_file(&books, "package/totals.csv");
	cr_expect_not_null(strstr(text, ",19.94,4.00,20.33,2,Fair,"), "%s", text);
	cr_expect_not_null(strstr(text, ",6.14,4.00,7.33,2,Good,"), "%s", text);
	cr_expect_not_null(strstr(text, ",31.69,4.00,31.94,2,Poor,"), "%s", text);
	cr_expect_not_null(strstr(text, ",mixed,table,"), "%s", text);
	cr_expect_not_null(strstr(text, ",class,table,"), "%s", text);
	mem_free(text);
	text = books_read_file(&books, "package/report.html");
	cr_expect_not_null(
	    strstr(text, "How certain (95 %): energy +-19.94 %, by the classes of some meters and by what is usual for the others; factors "
			 "+-4.00 %, as their tables say; emissions +-20.33 %; rank: Fair.</p>"),
	    "%.2000s", text);
	mem_free(text);
	recalculation_tamper(&books, out_dir, ",19.94,4.00,20.33,", ",19.93,4.00,20.33,");
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_not_null(strstr(buf_text(&findings), "u_energy_pct is 19.93, computed again it is 19.94"), "%s", buf_text(&findings));
	/* A version before had no such column, and reckoned otherwise. */
	recalculation_tamper(&books, out_dir, ",u_ef_basis", ",x_ef_basis");
	buf_clear(&findings);
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_null(strstr(buf_text(&findings), "computed again"), "%s", buf_text(&findings));
	buf_deinit(&findings);
}
