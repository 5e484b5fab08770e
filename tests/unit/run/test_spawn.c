/* SPDX-License-Identifier: Apache-2.0 */
#include "run/spawn.h"

#include <criterion/criterion.h>

Test(spawn, a_program_is_of_its_own_package_or_of_the_first_one)
{
	cr_expect_str_eq(spawn_package_of("wattledger-snmp"), "wattledger-snmp");
	cr_expect_str_eq(spawn_package_of("wattledger-page"), "wattledger-page");
	cr_expect_str_eq(spawn_package_of("wattledger-series"), "wattledger-series");
	cr_expect_str_eq(spawn_package_of("wattledger-rapl"), "wattledger");
	cr_expect_str_eq(spawn_package_of("wattledger-deliver"), "wattledger");
}
