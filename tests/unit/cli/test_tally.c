/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tally.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct tally tally;
static struct err_info info;

static void teardown(void)
{
	tally_deinit(&tally);
}

TestSuite(tally, .fini = teardown);

/* A document with one source; energy in mJ, power as JSON. */
static void update(const char *energy, const char *power)
{
	char text[512];

	snprintf(
	    text, sizeof(text),
	    "{\"schema\":\"wattledger.status/1\",\"sites\":[{\"site\":\"s\",\"intensity_g_per_kwh\":100}],\"sources\":[{\"site\":\"s\",\"device\":\"d\",\"in_total\":true,"
	    "\"energy_millij\":%s,\"power_w\":%s}]}",
	    energy, power);
	cr_assert_eq(tally_update(&tally, text, strlen(text), &info), ERR_NONE, "%s", info.text);
}

Test(tally, a_fresh_ledger_counts_from_zero)
{
	int64_t millij;

	tally.is_fresh = true;
	update("1000", "5");
	update("3000", "5");
	cr_assert(tally_energy_millij(&tally, &tally.source[0], &millij));
	cr_expect_eq(millij, 3000);
}

Test(tally, a_ledger_that_was_there_counts_from_what_was_seen_first)
{
	int64_t millij;

	update("null", "null");
	update("1000", "5");
	update("3000", "5");
	cr_assert(tally_energy_millij(&tally, &tally.source[0], &millij));
	cr_expect_eq(millij, 2000);
	cr_expect_eq(tally.count, 1);
}

Test(tally, no_reading_is_unknown)
{
	int64_t millij;

	update("0", "null");
	cr_expect_not(tally_energy_millij(&tally, &tally.source[0], &millij));
	cr_expect_not(tally_carbon_mg(&tally, &tally.source[0], &millij));
}

/* 3.6e9 mJ = 1 kWh at 100 g/kWh: 100000 mg */
Test(tally, emissions_are_those_of_the_site)
{
	int64_t mg;

	tally.is_fresh = true;
	update("3600000000", "5");
	cr_assert(tally_carbon_mg(&tally, &tally.source[0], &mg));
	cr_expect_eq(mg, 100000);
}

Test(tally, table_adds_up_what_counts)
{
	char *out = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&out, &bytes);

	tally.is_fresh = true;
	update("3600000000", "5");
	cr_assert_eq(tally_print(&tally, file, &info), ERR_NONE, "%s", info.text);
	fclose(file);
	cr_expect_not_null(strstr(out, "counted   1.000000 0.100000"), "%s", out);
	free(out);
}

Test(tally, what_is_no_status_is_refused)
{
	cr_expect_eq(tally_update(&tally, "{}", 2, &info), ERR_DATA);
	cr_expect_eq(tally_update(&tally, "\xff", 1, &info), ERR_DATA);
}
