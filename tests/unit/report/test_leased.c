/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody else controls is in scope 3, category 8, and nowhere else: totals, the package, and both recalculations of it. */
#include "base/mem.h"
#include "report/books.h"
#include "report/recalculation.h"
#include "report/totals.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"

#define TENANT "entity=Example AS;boundary=operational;control=tenant"

static struct books_fixture books;
static char out_dir[128];

static const struct books_meter_options GRID = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
static const struct books_meter_options SUN = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_PV, .is_in_total = true};

/* A hosted site with 2 kWh of a tenant's own, 1 kWh of a device that he operates himself, 4 kWh of the host's sun. 100 g/kWh. */
static void fill(const char *site_facts, bool has_sun)
{
	uint32_t site;
	uint32_t tenant;
	uint32_t own;

	books.site_facts = site_facts;
	site = books_put_site(&books, "hall", "NO", OSLO);
	books.facts = "meter_class=0.5S;ct_class=none;calibration_due=2027-06-30";
	tenant = books_put_meter(&books, books_put_device(&books, site, "cage"), &GRID);
	books.facts = "control=own";
	own = books_put_meter(&books, books_put_device(&books, site, "own"), &GRID);
	books.facts = NULL;
	if (has_sun)
		books_put_slot(&books, books_put_meter(&books, books_put_device(&books, site, "roof"), &SUN), OSLO, "2026-10-05T10:00:00Z",
			       COVERAGE_MEASURED, 4 * KWH);
	books_put_slot(&books, tenant, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 2 * KWH);
	books_put_slot(&books, own, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, KWH);
	books_put_factor(&books, "NO", 2026, 100000000, "2027");
	books_commit(&books);
}

static void setup(void)
{
	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(leased, .init = setup, .fini = teardown);

Test(leased, a_tenants_emissions_are_in_no_other_scope)
{
	struct report_request request = {.period = "2026-10-05", .now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z")};
	struct report_totals totals;
	const struct report_total *site;

	fill(TENANT, true);
	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	site = &totals.row[1];
	cr_expect_eq(site->energy_millij, 7 * KWH);
	cr_expect_eq(site->location_mg, 100000, "of its own device alone");
	cr_expect_eq(site->grid_millij, KWH);
	cr_assert(report_leased_has(&site->leased));
	cr_expect_eq(site->leased.part_count, 2);
	cr_expect_eq(site->leased.mg, 200000);
	cr_expect_not(report_fuel_has_scope1(&site->fuel), "the sun is the host's");
	cr_expect_eq(site->market.part_count, 1);
	cr_expect_str_eq(totals.row[2].meter == NULL ? "" : totals.row[2].meter->device, "cage");
	cr_expect_not(totals.row[3].has_location);
	cr_expect_eq(totals.row[3].leased.mg, 200000);
	report_totals_deinit(&totals);
}

Test(leased, without_a_factor_the_figure_is_unknown)
{
	struct report_leased sum = {0};
	struct report_leased part;

	report_leased_put(&part, true, 7);
	report_leased_sum(&sum, &part);
	cr_expect(report_leased_has(&sum));
	report_leased_put(&part, false, 7);
	report_leased_sum(&sum, &part);
	cr_expect_not(report_leased_has(&sum));
	cr_expect_eq(sum.mg, 7);
}

/* A set with 10 litres whose emissions go over, and one of the own with none known: litres are of both, categories of the own. */
Test(leased, fuel_goes_over_and_its_litres_stay)
{
	struct report_fuel sum = {0};
	struct report_fuel host = {.part_count = 1,
				   .set_count = 1,
				   .litre_count = 1,
				   .sum = {.micro_l = 10000000, .has_litres = true, .scope1_mg = 27050000, .upstream_mg = 6240900}};
	struct report_fuel own = {.part_count = 1,
				  .set_count = 1,
				  .litre_count = 1,
				  .sum = {.micro_l = 1000000, .has_litres = true, .scope1_mg = 2705000, .upstream_mg = 624090}};
	struct report_leased leased;

	report_leased_take_fuel(&leased, &host);
	cr_expect_eq(leased.mg, 27050000);
	cr_expect_not(report_fuel_has_scope1(&host));
	cr_expect_not(report_fuel_has_upstream(&host));
	cr_expect(report_fuel_has_litres(&host));
	report_fuel_sum(&sum, &host);
	report_fuel_sum(&sum, &own);
	cr_expect(report_fuel_has_scope1(&sum));
	cr_expect_eq(sum.sum.scope1_mg, 2705000);
	cr_expect_eq(sum.sum.upstream_mg, 624090);
	cr_expect_eq(sum.sum.micro_l, 11000000);
}

Test(leased, the_package_says_whose_it_is_and_verifies)
{
	struct buf findings;
	char *text;

	buf_init(&findings, 1 << 20);
	fill(TENANT, true);
	recalculation_export(&books, out_dir, "2026-10-05");
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	text = books_read_file(&books, "package/totals.csv");
	cr_expect_not_null(strstr(text, ",tenant,8,200000,0.200000,"), "%s", text);
	cr_expect_not_null(strstr(text, ",own,n/a,n/a,n/a,"), "%s", text);
	cr_expect_not_null(strstr(text, ",Example AS,operational,hall/cage/total,"), "%s", text);
	cr_expect_not_null(strstr(text, ",0.5S,none,2027-06-30,"), "%s", text);
	mem_free(text);
	recalculation_tamper(&books, out_dir, ",200000,0.200000", ",200001,0.200001");
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_not_null(strstr(buf_text(&findings), "m_scope3_cat8_mg is 200001, computed again it is 200000"), "%s",
			   buf_text(&findings));
	buf_deinit(&findings);
}

/* 3 kWh at 1.45 are 1.35 kWh on top, of which the grid's factor makes 135 g. */
Test(leased, what_the_host_takes_on_top_is_a_static_row_of_its_own)
{
	struct buf findings;
	char *text;

	buf_init(&findings, 1 << 20);
	fill(TENANT ";overhead=1.450000;overhead_source=Host;overhead_year=2025", false);
	recalculation_export(&books, out_dir, "2026-10-05");
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	text = books_read_file(&books, "package/totals.csv");
	cr_expect_not_null(strstr(text, ",hall/overhead,overhead,hall,"), "%s", text);
	cr_expect_not_null(strstr(text, ",1.350000,0.000000,0.000000,0.000000,0.000000,1.350000,"), "of class static: %s", text);
	cr_expect_not_null(strstr(text, ",tenant,8,135000,0.135000,1.450000,Host,2025"), "%s", text);
	cr_expect_not_null(strstr(text, ",hall,site,total,"), "%s", text);
	cr_expect_not_null(strstr(text, ",3.000000,3.000000,0.000000,0.000000,0.000000,0.000000,"), "not in the site's energy: %s", text);
	mem_free(text);
	buf_deinit(&findings);
}

Test(leased, overhead_rounds_half_to_even_and_unknown_energy_has_none)
{
	struct ledger_register_row meter = {.site_facts = "control=tenant;overhead=1.5", .facts = "", .is_in_total = true};
	struct report_overhead sum = {0};

	cr_expect_eq(report_overhead_millij(1, 1500000), 0);
	cr_expect_eq(report_overhead_millij(3, 1500000), 2);
	report_overhead_add(&sum, &(struct report_overhead_part){&meter, false, 0, NULL});
	cr_expect_not(report_overhead_has(&sum));
	report_overhead_add(&sum, &(struct report_overhead_part){&meter, true, 100, NULL});
	cr_expect(report_overhead_has(&sum));
	cr_expect_not(report_overhead_has_mg(&sum), "no factor");
	cr_expect_eq(sum.millij, 50);
	meter.is_in_total = false;
	cr_expect_eq(report_overhead_factor(&meter), 0);
}

/* Two meters of 2^61 mJ each at a factor of 10: 9 x 2^61 is beyond a type already, for each of them. */
Test(leased, sums_of_what_nobody_can_have_metered_stay_at_the_end_of_their_type)
{
	struct ledger_register_row meter = {.site_facts = "control=tenant;overhead=10", .facts = "", .is_in_total = true};
	struct report_overhead_part part = {&meter, true, INT64_C(1) << 61, NULL};
	struct report_fuel most = {.part_count = 1, .set_count = 1, .sum = {.micro_l = INT64_MAX, .scope1_mg = INT64_MAX}};
	struct report_leased leased = {.part_count = 1, .mg = INT64_MAX};
	struct report_leased leased_sum = leased;
	struct report_overhead overhead = {0};
	struct report_fuel fuel = most;

	report_overhead_add(&overhead, &part);
	report_overhead_add(&overhead, &part);
	cr_expect_eq(overhead.millij, INT64_MAX);
	report_fuel_sum(&fuel, &most);
	cr_expect_eq(fuel.sum.micro_l, INT64_MAX);
	cr_expect_eq(fuel.sum.scope1_mg, INT64_MAX);
	report_leased_sum(&leased_sum, &leased);
	cr_expect_eq(leased_sum.mg, INT64_MAX);
}
