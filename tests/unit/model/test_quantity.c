/* SPDX-License-Identifier: Apache-2.0 */
#include "model/quantity.h"

#include <criterion/criterion.h>

Test(quantity, every_name_finds_its_quantity)
{
	for (unsigned i = 1; i < QUANTITY_COUNT; i++) {
		const char *name = quantity_name((enum quantity)i);

		cr_expect_str_neq(name, "none");
		cr_expect_eq(quantity_find(name), (enum quantity)i, "%s", name);
		cr_expect_eq(quantity_names()[i - 1], name);
	}
	cr_assert_null(quantity_names()[QUANTITY_COUNT - 1]);
}

Test(quantity, unknown_names_and_numbers_are_none)
{
	cr_assert_eq(quantity_find("power_kw"), QUANTITY_NONE);
	cr_assert_eq(quantity_find("none"), QUANTITY_NONE);
	cr_assert_eq(quantity_find(""), QUANTITY_NONE);
	cr_assert_str_eq(quantity_name(QUANTITY_COUNT), "none");
	cr_assert_str_eq(quantity_name((enum quantity)200), "none");
}

Test(quantity, counters_are_those_that_only_count_up)
{
	cr_assert(quantity_is_counter(QUANTITY_ENERGY));
	cr_assert(quantity_is_counter(QUANTITY_ENERGY_OUT));
	cr_assert(quantity_is_counter(QUANTITY_RX_OCTETS));
	cr_assert(quantity_is_counter(QUANTITY_TX_OCTETS));
	cr_assert(quantity_is_counter(QUANTITY_FUEL_USED));
	cr_assert(quantity_is_counter(QUANTITY_RUN_TIME));
	cr_assert_not(quantity_is_counter(QUANTITY_POWER));
	cr_assert_not(quantity_is_counter(QUANTITY_UPTIME));
	cr_assert_not(quantity_is_counter(QUANTITY_NONE));
	cr_assert_not(quantity_is_counter(QUANTITY_COUNT));
}
