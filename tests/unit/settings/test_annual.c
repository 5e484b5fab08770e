/* SPDX-License-Identifier: Apache-2.0 */
/* National annual factors, as they are published, into our schema. */
#include "settings/annual.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct annual_hints HINTS = {.zone = "ZA", .basis = "direct", .edition = "E", .source = "Ministry, table 3"};

static enum err print(const char *text, const struct annual_hints *hints, const char *table, const char *expected)
{
	struct problems problems = {0};
	struct buf out;
	struct buf told;
	enum err err;

	buf_init(&out, 65536);
	buf_init(&told, 65536);
	err = annual_print(&out, text, strlen(text), problems_add_file(&problems, "a.csv"), hints, &problems);
	problems_sort(&problems);
	problems_print(&problems, &told);
	cr_expect_str_eq(buf_text(&told), expected);
	if (table != NULL)
		cr_expect_str_eq(buf_text(&out), table);
	buf_deinit(&told);
	buf_deinit(&out);
	problems_deinit(&problems);
	return err;
}

/* 0.986 kg/kWh and 0.986 t/MWh are 986 g/kWh. */
Test(annual, the_unit_is_that_of_the_column)
{
	static const char TABLE[] = "zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source\n"
				    "ZA,ZA,2024,986.000000,direct,location-based average; as published,\"Ministry, table 3\",E,not stated,"
				    "\"Ministry, table 3\"\n";
	struct annual_hints hints = HINTS;

	cr_expect_eq(print("year,kgco2e_per_kwh\n2024,0.986\n", &HINTS, TABLE, ""), ERR_NONE);
	cr_expect_eq(print("year,tCO2e_per_MWh\n2024,0.986\n", &HINTS, TABLE, ""), ERR_NONE);
	hints.year = "2024";
	cr_expect_eq(print("value\n986\n", &hints, TABLE, ""), ERR_NONE);
}

/* At the end of the method, where grid_parse() looks for it. */
Test(annual, an_uncertainty_goes_with_the_method)
{
	static const char TABLE[] =
	    "zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source\n"
	    "ZA,ZA,2024,986.000000,direct,location-based average; as published; uncertainty 8.5 %,\"Ministry, table 3\",E,"
	    "not stated,\"Ministry, table 3\"\n";
	struct annual_hints hints = HINTS;

	hints.uncertainty = "8.5";
	cr_expect_eq(print("year,value\n2024,986\n", &hints, TABLE, ""), ERR_NONE);
	hints.uncertainty = "8.5 %";
	cr_expect_eq(print("year,value\n2024,986\n", &hints, NULL,
			   "a.csv: --uncertainty 8.5 % is no number of per cent (at k = 2) above 0, up to 100, with at most 2 decimals\n"),
		     ERR_CONFIG);
}

Test(annual, what_lacks_and_what_is_wrong_is_told_with_its_place)
{
	struct annual_hints hints = {.edition = "E", .basis = "marginal"};

	cr_expect_eq(
	    print("value\n986\n", &hints, NULL,
		  "a.csv: year is not said: --year is needed\na.csv: zone is not said: --zone is needed\n"
		  "a.csv: source is not said: --source is needed\n"
		  "a.csv: a marginal factor tells what one kWh less would save, not what was emitted: an inventory must not use it\n"),
	    ERR_CONFIG);
	cr_expect_eq(print("year,kgco2e_per_kwh\n24,0.986\n2024,986\n2024\n", &HINTS, NULL,
			   "a.csv:2:1: year: \"24\" is no year from 1990 to 2100\n"
			   "a.csv:3:6: \"986\" is no number from 0 to 5 with at most 6 decimals\n"
			   "a.csv:4:1: 1 cells: the header has more\n"),
		     ERR_CONFIG);
	cr_expect_eq(print("year,kgco2e_per_kwh\n", &HINTS, NULL, "a.csv: there is no row behind the header\n"), ERR_CONFIG);
}

Test(annual, a_table_of_our_schema_says_it_itself)
{
	static const char TABLE[] = "zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source\n"
				    "ZA,South Africa,2024,986,direct,average,M,E,L,S\n";
	struct annual_hints hints = {.edition = "E"};

	cr_expect_eq(print(TABLE, &hints, TABLE, ""), ERR_NONE);
	hints.zone = "ZA";
	cr_expect_eq(
	    print(TABLE, &hints, NULL,
		  "a.csv:1:1: this table has zone, year, basis, publisher, licence, source and uncertainty (at the end of method) in its "
		  "columns: none of these options goes with it\n"),
	    ERR_CONFIG);
}
