/* SPDX-License-Identifier: Apache-2.0 */
#include "model/meter.h"

#include <criterion/criterion.h>

/* Files and the ledger hold these names and numbers: a change here breaks what is stored. */
Test(meter, names_and_numbers_are_fixed)
{
	cr_assert_str_eq(role_name(ROLE_TOTAL), "total");
	cr_assert_str_eq(role_name((enum role)1), "part");
	cr_assert_str_eq(point_name((enum point)0), "other");
	cr_assert_str_eq(point_name((enum point)1), "site_ac");
	cr_assert_str_eq(point_name((enum point)5), "dc_bus");
	cr_assert_str_eq(supply_name((enum supply)0), "none");
	cr_assert_str_eq(supply_name((enum supply)4), "battery");
	cr_assert_str_eq(caliber_name((enum caliber)1), "actual");
	cr_assert_str_eq(coverage_name((enum coverage)0), "measured");
	cr_assert_str_eq(coverage_name((enum coverage)4), "static");
}

Test(meter, numbers_from_outside_have_no_name)
{
	cr_assert_str_eq(role_name(ROLE_COUNT), "?");
	cr_assert_str_eq(point_name((enum point)99), "?");
	cr_assert_str_eq(supply_name(SUPPLY_COUNT), "?");
	cr_assert_str_eq(caliber_name(CALIBER_COUNT), "?");
	cr_assert_str_eq(coverage_name(COVERAGE_COUNT), "?");
}

Test(meter, every_name_is_found_again)
{
	enum role role;
	enum point point;
	enum supply supply;
	enum caliber caliber;

	for (unsigned i = 0; i < ROLE_COUNT; i++)
		cr_expect(role_find(role_name((enum role)i), &role) && role == (enum role)i);
	for (unsigned i = 0; i < POINT_COUNT; i++)
		cr_expect(point_find(point_name((enum point)i), &point) && point == (enum point)i);
	for (unsigned i = 0; i < SUPPLY_COUNT; i++)
		cr_expect(supply_find(supply_name((enum supply)i), &supply) && supply == (enum supply)i);
	for (unsigned i = 0; i < CALIBER_COUNT; i++)
		cr_expect(caliber_find(caliber_name((enum caliber)i), &caliber) && caliber == (enum caliber)i);
}

Test(meter, unknown_names_leave_out_untouched)
{
	enum role role = ROLE_PART;
	enum point point = POINT_DC_BUS;
	enum supply supply = SUPPLY_PV;
	enum caliber caliber = CALIBER_STATIC;

	cr_assert_not(role_find("Total", &role));
	cr_assert_not(point_find("?", &point));
	cr_assert_not(supply_find("", &supply));
	cr_assert_not(caliber_find("exact", &caliber));
	cr_assert_eq(role, ROLE_PART);
	cr_assert_eq(point, POINT_DC_BUS);
	cr_assert_eq(supply, SUPPLY_PV);
	cr_assert_eq(caliber, CALIBER_STATIC);
}
