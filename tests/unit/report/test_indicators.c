/* SPDX-License-Identifier: Apache-2.0 */
/* PUE and the like of parts that are put together by hand. */
#include "report/totals_priv.h"

#include <criterion/criterion.h>
#include <string.h>

#define KWH INT64_C(3600000000)
#define DAY_S INT64_C(86400)

enum { PARTS = 6, DAYS = 30 };

static struct ledger_register_row meter[PARTS];
static struct report_total part[PARTS];
static struct report_total site;
static struct report_indicators indicators;

/*
 * A site of 150 kWh at its intake; a UPS whose output, 120 kWh, feeds two PDUs of 60 and 40, one of which feeds a third of 10; a server of 8.
 * The grid's factor makes 15 kg. By device: "grid", "pdu-a", "pdu-b", "pdu-c", "srv", "ups".
 */
static void fill(void)
{
	static const char *const DEVICE[PARTS] = {"grid", "pdu-a", "pdu-b", "pdu-c", "srv", "ups"};
	static const char *const FED_BY[PARTS] = {"", "ups", "ups", "pdu-a/outlet/1", "pdu-b", "grid"};
	static const enum point POINT[PARTS] = {POINT_SITE_AC, POINT_PDU_OUT, POINT_PDU_OUT, POINT_PDU_OUT, POINT_IT_IN, POINT_UPS_OUT};
	static const int64_t ENERGY[PARTS] = {150, 60, 40, 10, 8, 120};

	site = (struct report_total){.level = REPORT_SITE, .end_s = DAYS * DAY_S, .has_energy = true, .energy_millij = 150 * KWH};
	site.covered_ms[COVERAGE_MEASURED] = site.expected_ms = 1000;
	for (size_t i = 0; i < PARTS; i++) {
		meter[i] = (struct ledger_register_row){
		    .device = DEVICE[i], .fed_by = FED_BY[i], .point = POINT[i], .role = ROLE_TOTAL, .supply = SUPPLY_GRID};
		part[i] = (struct report_total){
		    .level = REPORT_METER, .meter = &meter[i], .has_energy = true, .energy_millij = ENERGY[i] * KWH, .expected_ms = 1000};
		part[i].covered_ms[COVERAGE_MEASURED] = 1000;
	}
	meter[0].is_in_total = true;
	part[0].has_location = true;
	part[0].location_mg = 15000000;
}

TestSuite(indicators, .init = fill);

static void make(void)
{
	report_parts_indicate(&indicators, part, PARTS, &site, 400 * DAY_S);
}

static int64_t pue(void)
{
	int64_t micro = 0;

	return report_indicators_pue(&indicators, &micro) ? micro : -1;
}

Test(indicators, a_month_is_interim_and_takes_the_outermost_point)
{
	int64_t micro;

	make();
	cr_expect_not(indicators.is_year);
	cr_expect_eq(indicators.it_point, POINT_UPS_OUT);
	cr_expect_eq(report_indicators_category(indicators.it_point), 1);
	cr_expect_eq(pue(), 1250000); /* 150 / 120 */
	cr_assert(report_indicators_cue(&indicators, &micro));
	cr_expect_eq(micro, 125000); /* 15 kg / 120 kWh */
	cr_assert(report_indicators_ref(&indicators, &micro));
	cr_expect_eq(micro, 0);
	cr_expect_not(report_indicators_see(&indicators, &micro), "nothing is at dc_bus");
	cr_expect_null(indicators.missing);
	cr_expect_eq(part[5].term, INDICATOR_TERM_IT);
	cr_expect_eq(part[1].term, INDICATOR_TERM_NONE);
}

Test(indicators, a_device_that_another_of_the_point_feeds_is_in_it_already)
{
	meter[5].point = POINT_OTHER;
	make();
	cr_expect_eq(indicators.it_point, POINT_PDU_OUT);
	cr_expect_eq(indicators.it_millij, 100 * KWH); /* 60 + 40, not the 10 behind pdu-a */
	cr_expect_eq(part[3].term, INDICATOR_TERM_NONE);
	cr_expect_eq(pue(), 1500000);
}

Test(indicators, a_year_that_is_over_has_a_pue)
{
	site.end_s = 365 * DAY_S + 3600;
	make();
	cr_expect(indicators.is_year);
	report_parts_indicate(&indicators, part, PARTS, &site, 300 * DAY_S);
	cr_expect_not(indicators.is_year, "it is not over");
	cr_expect(report_indicators_is_year(0, 366 * DAY_S - 3600));
	cr_expect_not(report_indicators_is_year(0, 364 * DAY_S));
	cr_expect_not(report_indicators_is_year(0, 730 * DAY_S));
}

Test(indicators, what_is_missing_is_said)
{
	part[5].covered_ms[COVERAGE_MEASURED] = 940;
	make();
	cr_expect_eq(pue(), -1);
	cr_expect_str_eq(indicators.missing, "IT is covered for less than 95 % of the time");
	fill();
	site.covered_ms[COVERAGE_MEASURED] = 0;
	make();
	cr_expect_eq(pue(), -1);
	cr_expect_str_eq(indicators.missing, "the site is covered for less than 95 % of the time");
	fill();
	meter[0].point = POINT_OTHER;
	make();
	cr_expect_eq(pue(), -1);
	cr_expect_str_eq(indicators.missing, "not all that counts is metered at site_ac");
	fill();
	part[5].energy_millij = 151 * KWH;
	make();
	cr_expect_eq(pue(), -1);
	cr_expect_not_null(strstr(indicators.missing, "IT has more than the whole site"));
}

Test(indicators, sun_telecom_and_what_nobody_knows)
{
	int64_t micro;

	/* A base station: 50 of its 150 kWh by its PV, 90 at its rectifiers. */
	meter[1].point = POINT_OTHER;
	meter[1].supply = SUPPLY_PV;
	meter[1].is_in_total = true;
	part[1].energy_millij = 50 * KWH;
	part[1].fuel = (struct report_fuel){.part_count = 1};
	meter[2].point = POINT_DC_BUS;
	meter[2].supply = SUPPLY_NONE;
	part[2].energy_millij = 90 * KWH;
	make();
	cr_assert(report_indicators_ref(&indicators, &micro));
	cr_expect_eq(micro, 333333);
	cr_assert(report_indicators_see(&indicators, &micro));
	cr_expect_eq(micro, 600000);
	cr_expect(report_indicators_cue(&indicators, &micro));
	site.market.instrument_millij = 1;
	part[0].has_location = false;
	make();
	cr_expect_not(report_indicators_ref(&indicators, &micro), "of certificates nobody says what they are of");
	cr_expect_not(report_indicators_cue(&indicators, &micro), "without a factor");
}

/* Feeds that go round in a circle end. */
Test(indicators, a_circle_of_feeds_ends)
{
	meter[0].fed_by = "srv";
	meter[4].fed_by = "grid";
	meter[5].fed_by = "srv";
	make();
	cr_expect_eq(pue(), 1250000);
}

Test(indicators, water_over_it_and_reused_over_the_site)
{
	int64_t micro;

	make();
	cr_expect_not(report_indicators_wue(&indicators, &micro), "nobody entered water, which is not zero");
	cr_expect_not(report_indicators_erf(&indicators, &micro));
	indicators.has_water = indicators.has_reused = true;
	indicators.water_micro_l = 180000000;
	indicators.reused_millij = 30 * KWH;
	cr_assert(report_indicators_wue(&indicators, &micro));
	cr_expect_eq(micro, 1500000); /* 180 l / 120 kWh */
	cr_assert(report_indicators_erf(&indicators, &micro));
	cr_expect_eq(micro, 200000); /* 30 / 150 */
	indicators.reused_millij = 151 * KWH;
	cr_expect_not(report_indicators_erf(&indicators, &micro), "more left than came in");
	indicators.it_millij = 151 * KWH;
	cr_expect_not(report_indicators_wue(&indicators, &micro), "IT has more than the site");
	indicators.it_millij = 0;
	cr_expect_not(report_indicators_wue(&indicators, &micro));
	indicators = (struct report_indicators){.it_point = POINT_OTHER};
	cr_expect_not(report_indicators_is_any(&indicators));
	indicators.has_water = true;
	cr_expect(report_indicators_is_any(&indicators));
}
