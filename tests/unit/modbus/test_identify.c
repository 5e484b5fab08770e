/* SPDX-License-Identifier: Apache-2.0 */
/* How much a unit is asked before it is said not to be there, or not to be known. */
#include "modbus/identify.h"

#include <criterion/criterion.h>

enum { QUESTIONS_MAX = 100 };

static struct c_modbus_request asked[QUESTIONS_MAX];

/* Asks all; the questions from number `deaf_count` on are refused, the ones before get no answer. Returns how many there were. */
static size_t ask(const struct plan_modbus_driver *driver, size_t deaf_count)
{
	struct c_modbus_identify *identify = c_modbus_identify_new(driver, driver == NULL ? 0 : 1);
	size_t count = 0;

	cr_assert_not_null(identify);
	for (; count < QUESTIONS_MAX && c_modbus_identify_next(identify, &asked[count]); count++) {
		if (count < deaf_count)
			c_modbus_identify_silence(identify);
		else
			c_modbus_identify_take(identify, NULL, 0);
	}
	cr_expect_eq(c_modbus_identify_result(identify), UINT32_MAX);
	c_modbus_identify_free(identify);
	return count;
}

static const struct plan_modbus_driver meter = {
    .name = "meter",
    .rule_count = 1,
    .rule = {{.kind = MODBUS_RULE_REGISTER, .reg = {.function = 3, .address = 11, .type = MODBUS_U16}, .value_count = 1, .value = {7}}}};

Test(identify, a_unit_that_says_nothing_is_asked_four_different_questions)
{
	cr_assert_eq(ask(&meter, QUESTIONS_MAX), 4);
	cr_expect_eq(asked[0].function, C_MODBUS_ENCAPSULATED);
	cr_expect_eq(asked[1].function, C_MODBUS_READ_HOLDING);
	cr_expect_eq(asked[2].function, C_MODBUS_READ_HOLDING);
	cr_expect_eq(asked[3].function, C_MODBUS_READ_INPUT);
}

Test(identify, a_unit_that_only_refuses_is_asked_everything)
{
	cr_assert_eq(ask(&meter, 0), 5); /* function 43, three places of SunSpec's marker, the rule */
	cr_expect_eq(asked[4].address, 11);
}

Test(identify, a_unit_that_knows_input_registers_alone_is_found_by_them)
{
	cr_assert_eq(ask(&meter, 3), 5);
	cr_expect_eq(asked[3].function, C_MODBUS_READ_INPUT);
	cr_expect_eq(asked[4].address, 11);
}

Test(identify, a_check_asks_what_the_rules_of_its_driver_name_and_nothing_else)
{
	static const uint8_t seven[] = {0, 7};
	static const uint8_t eight[] = {0, 8};
	const uint8_t *const data[] = {seven, eight, NULL};

	for (size_t i = 0; i < 3; i++) {
		struct c_modbus_identify *identify = c_modbus_identify_new_check(&meter);
		struct c_modbus_request request;

		cr_assert(c_modbus_identify_next(identify, &request));
		cr_expect_eq(request.address, 11);
		if (data[i] == NULL)
			c_modbus_identify_silence(identify);
		else
			c_modbus_identify_take(identify, data[i], sizeof seven);
		cr_expect_not(c_modbus_identify_next(identify, &request));
		cr_expect_eq(c_modbus_identify_result(identify), i == 0 ? 0 : UINT32_MAX);
		cr_expect_eq(c_modbus_identify_is_sure(identify), data[i] != NULL);
		c_modbus_identify_free(identify);
	}
}
