/* SPDX-License-Identifier: Apache-2.0 */
#include "model/facts.h"

#include <criterion/criterion.h>
#include <string.h>

Test(facts, what_is_said_comes_back_as_it_was)
{
	static const char TEXT[] = "entity=Example = AS;boundary=equity;share=0.400000;control=tenant;overhead=1.450000;"
				   "overhead_source=Host, PUE report;overhead_year=2025";
	struct facts facts;
	char text[FACTS_BYTES];

	cr_assert(facts_parse(&facts, TEXT));
	cr_expect_str_eq(facts.entity, "Example = AS");
	cr_expect_eq(facts.boundary, FACTS_BOUNDARY_EQUITY);
	cr_expect_eq(facts.share_micro, 400000);
	cr_expect_eq(facts.control, FACTS_CONTROL_TENANT);
	cr_expect_eq(facts.overhead_micro, 1450000);
	cr_expect_str_eq(facts.overhead_source, "Host, PUE report");
	cr_expect_eq(facts.overhead_year, 2025);
	facts_print(text, &facts);
	cr_expect_str_eq(text, TEXT);
	cr_assert(facts_parse(&facts, "meter_class=0.5S;ct_class=none;calibration_due=2027-06-30"));
	cr_expect_str_eq(facts.meter_class, "0.5S");
	cr_expect_str_eq(facts.ct_class, "none");
	cr_expect_str_eq(facts.calibration_due, "2027-06-30");
	cr_assert(facts_parse(&facts, "round_trip=0.850000"));
	cr_expect_eq(facts.round_trip_micro, 850000);
	facts_print(text, &facts);
	cr_expect_str_eq(text, "round_trip=0.850000");
	cr_expect_not(facts_parse(&facts, "round_trip=0.499999"));
	cr_expect_eq(facts.round_trip_micro, 0);
	cr_expect_not(facts_parse(&facts, "round_trip=1.000001"));
}

Test(facts, nothing_said_is_an_empty_text)
{
	struct facts facts;
	char text[FACTS_BYTES] = "x";

	cr_assert(facts_parse(&facts, ""));
	cr_expect_eq(facts.control, FACTS_CONTROL_UNSAID);
	facts_print(text, &facts);
	cr_expect_str_eq(text, "");
}

Test(facts, the_longest_texts_fit)
{
	struct facts facts = {.boundary = FACTS_BOUNDARY_OPERATIONAL,
			      .control = FACTS_CONTROL_LEASED,
			      .overhead_micro = FACTS_OVERHEAD_MICRO_MAX,
			      .share_micro = FACTS_MICRO,
			      .overhead_year = 2026,
			      .calibration_due = "2027-06-30"};
	struct facts again;
	char text[FACTS_BYTES];

	memset(facts.entity, 'e', sizeof(facts.entity) - 1);
	memset(facts.overhead_source, 's', sizeof(facts.overhead_source) - 1);
	memset(facts.meter_class, 'm', sizeof(facts.meter_class) - 1);
	memset(facts.ct_class, 'c', sizeof(facts.ct_class) - 1);
	facts_print(text, &facts);
	cr_assert(facts_parse(&again, text), "%s", text);
	cr_expect_eq(memcmp(&again, &facts, sizeof(facts)), 0);
}

Test(facts, what_is_not_understood_is_passed_over)
{
	static const char *const BAD[] = {"x",
					  "colour=red;control=own",
					  "control=ours",
					  "control=",
					  "share=-1",
					  "overhead=11",
					  "overhead=1.4500001",
					  "overhead_year=20255",
					  "meter_class=0123456789abcdef",
					  "entity=a\x01"
					  "b",
					  ";",
					  "="};
	struct facts facts;
	char longest[2 * FACTS_BYTES];

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		cr_expect_not(facts_parse(&facts, BAD[i]), "%s", BAD[i]);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_expect_not(facts_parse(&facts, longest));
	cr_expect_not(facts_parse(&facts, "later=1;control=leased"));
	cr_expect_eq(facts.control, FACTS_CONTROL_LEASED);
}

Test(facts, dates_are_days_that_there_are)
{
	cr_expect(facts_is_date("2028-02-29"));
	cr_expect_not(facts_is_date("2027-02-29"));
	cr_expect_not(facts_is_date("2027-13-01"));
	cr_expect_not(facts_is_date("2027-6-30"));
	cr_expect_not(facts_is_date("2027-06-30T"));
	cr_expect_not(facts_is_date(""));
}

/* A device's own word goes before its site's. */
Test(facts, control_decides_the_scope)
{
	struct facts site = {.control = FACTS_CONTROL_TENANT};
	struct facts device = {.control = FACTS_CONTROL_UNSAID};

	cr_expect_eq(facts_control_of(&site, &device), FACTS_CONTROL_TENANT);
	device.control = FACTS_CONTROL_OWN;
	cr_expect_eq(facts_control_of(&site, &device), FACTS_CONTROL_OWN);
	site.control = device.control = FACTS_CONTROL_UNSAID;
	cr_expect_eq(facts_control_of(&site, &device), FACTS_CONTROL_OWN);
	cr_expect(facts_is_scope3(FACTS_BOUNDARY_OPERATIONAL, FACTS_CONTROL_TENANT));
	cr_expect_not(facts_is_scope3(FACTS_BOUNDARY_OPERATIONAL, FACTS_CONTROL_LEASED));
	cr_expect_not(facts_is_scope3(FACTS_BOUNDARY_UNSAID, FACTS_CONTROL_LEASED));
	cr_expect(facts_is_scope3(FACTS_BOUNDARY_FINANCIAL, FACTS_CONTROL_LEASED));
	cr_expect(facts_is_scope3(FACTS_BOUNDARY_EQUITY, FACTS_CONTROL_LEASED));
	cr_expect_not(facts_is_scope3(FACTS_BOUNDARY_EQUITY, FACTS_CONTROL_OWN));
}

Test(facts, a_share_beyond_the_whole_and_an_overhead_below_it_are_passed_over)
{
	struct facts facts;

	cr_expect_not(facts_parse(&facts, "share=1.000001;overhead=0.999999;control=tenant"));
	cr_expect_eq(facts.share_micro, 0);
	cr_expect_eq(facts.overhead_micro, 0);
	cr_expect_eq(facts.control, FACTS_CONTROL_TENANT);
	cr_expect(facts_parse(&facts, "share=1;overhead=1"));
	cr_expect_not(facts_parse(&facts, "share=-0.5"));
	cr_expect_not(facts_parse(&facts, "overhead=10.000001"));
}
