/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/fault.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(fault, takes_a_value_behind_a_colon)
{
	struct err_info info = {0};
	struct sim_fault fault;

	cr_assert_eq(sim_fault_parse("slow:200", &fault, &info), ERR_NONE);
	cr_assert_eq(fault.kind, SIM_FAULT_SLOW);
	cr_assert_eq(fault.value, 200);
	cr_assert_eq(sim_fault_parse("missing-row", &fault, &info), ERR_NONE);
	cr_assert_eq(fault.value, 1, "the default");
}

Test(fault, refuses_what_it_does_not_know)
{
	static const char *const malformed[] = {"", "silen", "silent:3", "slow:", "slow:fast", "slow:-1", "slow:4294967296"};

	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
		struct err_info info = {0};
		struct sim_fault fault = {.value = 42};

		cr_assert_eq(sim_fault_parse(malformed[i], &fault, &info), ERR_USAGE, "%s", malformed[i]);
		cr_assert_eq(fault.value, 42);
		cr_assert_neq(info.text[0], '\0');
	}
}

Test(fault, unknown_names_are_answered_with_the_known_ones)
{
	struct err_info info = {0};
	struct sim_fault fault;

	(void)!sim_fault_parse("broken", &fault, &info);
	cr_assert_not_null(strstr(info.text, "\"broken\""));
	cr_assert_not_null(strstr(info.text, " silent "));
	cr_assert_not_null(strstr(info.text, " endless"));
}

Test(fault, targets_are_numbers_ranges_shares_or_all)
{
	struct err_info info = {0};
	struct sim_target target;

	cr_assert_eq(sim_target_parse("3", &target, &info), ERR_NONE);
	cr_assert_not(sim_target_has(&target, 2));
	cr_assert(sim_target_has(&target, 3));
	cr_assert_not(sim_target_has(&target, 4));
	cr_assert_eq(sim_target_parse("3-5", &target, &info), ERR_NONE);
	cr_assert_not(sim_target_has(&target, 2));
	cr_assert(sim_target_has(&target, 5));
	cr_assert_not(sim_target_has(&target, 6));
	cr_assert_eq(sim_target_parse("all", &target, &info), ERR_NONE);
	cr_assert(sim_target_has(&target, 0));
	cr_assert(sim_target_has(&target, 65535));
}

Test(fault, a_share_falls_on_exactly_so_many_devices)
{
	struct err_info info = {0};
	struct sim_target target;
	size_t count = 0;

	cr_assert_eq(sim_target_parse("5%", &target, &info), ERR_NONE);
	for (uint32_t i = 0; i < 1000; i++)
		count += sim_target_has(&target, i) ? 1 : 0;
	cr_assert_eq(count, 50);
	/* the first one is hit when 5 % have added up to a whole device: number 19 */
	cr_assert_not(sim_target_has(&target, 18));
	cr_assert(sim_target_has(&target, 19));
}

Test(fault, refuses_malformed_targets)
{
	static const char *const malformed[] = {"", "x", "5-", "5-3", "-3", "0%", "101%", "%", "1.5"};

	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
		struct err_info info = {0};
		struct sim_target target;

		cr_assert_eq(sim_target_parse(malformed[i], &target, &info), ERR_USAGE, "%s", malformed[i]);
	}
}

Test(fault, options_name_a_fault_and_who_has_it)
{
	struct err_info info = {0};
	struct sim_fault fault;
	struct sim_target target;

	cr_assert_eq(sim_fault_parse_option("silent:5%", &fault, &target, &info), ERR_NONE);
	cr_assert_eq(fault.kind, SIM_FAULT_SILENT);
	cr_assert(epsilon_eq(dbl, target.share, 0.05, 1e-12));
	cr_assert_eq(sim_fault_parse_option("slow:200:5%", &fault, &target, &info), ERR_NONE);
	cr_assert_eq(fault.value, 200);
	cr_assert_eq(sim_fault_parse_option("wrap:5000@3-7", &fault, &target, &info), ERR_NONE);
	cr_assert_eq(fault.value, 5000);
	cr_assert_eq(target.first, 3);
	cr_assert_eq(target.last, 7);
	cr_assert_eq(sim_fault_parse_option("freeze", &fault, &target, &info), ERR_NONE);
	cr_assert_eq(target.last, UINT32_MAX);
	cr_assert_eq(sim_fault_parse_option("freeze@", &fault, &target, &info), ERR_USAGE);
}
