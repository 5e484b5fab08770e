/* SPDX-License-Identifier: Apache-2.0 */
/* Which driver a device's answers mean. */
#include "settings/recognise.h"

#include <criterion/criterion.h>
#include <string.h>

static struct plan_oid oid(const char *text)
{
	struct plan_oid out = {0};

	cr_assert(plan_oid_parse(&out, text), "%s", text);
	return out;
}

enum { VENDOR, GENERIC, NARROW, TRAFFIC, DESCR, DRIVERS };

/* A vendor's tree, a standard MIB, a narrower prefix of the same priority, a stackable one, one by sysDescr. */
static void make_drivers(struct plan_snmp_driver driver[static DRIVERS])
{
	memset(driver, 0, sizeof *driver * DRIVERS);
	strncpy(driver[VENDOR].name, "vendor", sizeof driver[VENDOR].name - 1);
	driver[VENDOR].priority = 50;
	driver[VENDOR].rule_count = 2;
	driver[VENDOR].rule[0].object_id = oid("1.3.6.1.4.1.318");
	driver[VENDOR].rule[1].is_exception = true;
	driver[VENDOR].rule[1].object_id = oid("1.3.6.1.4.1.318.9");
	strncpy(driver[GENERIC].name, "generic", sizeof driver[GENERIC].name - 1);
	driver[GENERIC].priority = 20;
	driver[GENERIC].rule_count = 1;
	driver[GENERIC].rule[0].probe = oid("1.3.6.1.2.1.33.1.4.4.1.4");
	strncpy(driver[NARROW].name, "narrow", sizeof driver[NARROW].name - 1);
	driver[NARROW].priority = 50;
	driver[NARROW].rule_count = 1;
	driver[NARROW].rule[0].object_id = oid("1.3.6.1.4.1.318.1.3.4.6");
	driver[NARROW].rule[0].probe = oid("1.3.6.1.4.1.318.1.1.26");
	strncpy(driver[TRAFFIC].name, "traffic", sizeof driver[TRAFFIC].name - 1);
	driver[TRAFFIC].priority = 5;
	driver[TRAFFIC].is_stackable = true;
	driver[TRAFFIC].rule_count = 1;
	driver[TRAFFIC].rule[0].probe = oid("1.3.6.1.2.1.31.1.1.1.6");
	strncpy(driver[DESCR].name, "descr", sizeof driver[DESCR].name - 1);
	driver[DESCR].priority = 40;
	driver[DESCR].rule_count = 1;
	strncpy(driver[DESCR].rule[0].descr_pattern, "^PDU (Mk )?[0-9]+$", sizeof driver[DESCR].rule[0].descr_pattern - 1);
	driver[DESCR].rule[0].probe = oid("1.3.6.1.4.1.5.1");
	strncpy(driver[DESCR].rule[0].probe_pattern, "^ok", sizeof driver[DESCR].rule[0].probe_pattern - 1);
}

static void run(const struct recognise_facts *facts, struct recognise_result *result)
{
	struct plan_snmp_driver driver[DRIVERS];
	struct recognise *recognise = NULL;

	make_drivers(driver);
	cr_assert_eq(recognise_new(&recognise, driver, DRIVERS, NULL), ERR_NONE);
	recognise_run(recognise, facts, result);
	recognise_free(recognise);
}

static bool asks_for(const struct recognise_result *result, const char *text)
{
	struct plan_oid wanted = oid(text);

	for (size_t i = 0; i < result->probe_count; i++) {
		if (memcmp(&result->probe[i], &wanted, sizeof wanted) == 0)
			return true;
	}
	return false;
}

Test(recognise, without_answers_only_what_could_win_is_asked)
{
	struct plan_oid object_id = oid("1.3.6.1.4.1.318.1.3.4.5");
	struct recognise_result result;

	run(&(struct recognise_facts){.object_id = &object_id, .descr = "APC"}, &result);
	cr_expect_eq(result.driver, VENDOR);
	cr_expect_not(asks_for(&result, "1.3.6.1.2.1.33.1.4.4.1.4"), "the generic one cannot beat the vendor's");
	cr_expect_not(asks_for(&result, "1.3.6.1.4.1.318.1.1.26"), "another object id");
	cr_expect(asks_for(&result, "1.3.6.1.2.1.31.1.1.1.6"), "stackable ones are always asked");
	cr_expect_eq(result.probe_count, 1);
}

Test(recognise, the_longer_prefix_wins_once_its_probe_answers)
{
	struct plan_oid object_id = oid("1.3.6.1.4.1.318.1.3.4.6");
	struct recognise_answer answer[] = {{.probe = oid("1.3.6.1.4.1.318.1.1.26"), .is_answered = true, .text = "1"},
					    {.probe = oid("1.3.6.1.2.1.31.1.1.1.6"), .is_answered = false, .text = ""}};
	struct recognise_result result;

	run(&(struct recognise_facts){.object_id = &object_id, .descr = ""}, &result);
	cr_expect_eq(result.driver, VENDOR, "for now");
	cr_expect(asks_for(&result, "1.3.6.1.4.1.318.1.1.26"));
	run(&(struct recognise_facts){.object_id = &object_id, .descr = "", .answer = answer, .answer_count = 2}, &result);
	cr_expect_eq(result.driver, NARROW);
	cr_expect_eq(result.probe_count, 0);
	answer[0].is_answered = false;
	run(&(struct recognise_facts){.object_id = &object_id, .descr = "", .answer = answer, .answer_count = 2}, &result);
	cr_expect_eq(result.driver, VENDOR);
	cr_expect_eq(result.probe_count, 0);
}

Test(recognise, exceptions_win_over_rules)
{
	struct plan_oid object_id = oid("1.3.6.1.4.1.318.9.1");
	struct recognise_result result;

	run(&(struct recognise_facts){.object_id = &object_id, .descr = ""}, &result);
	cr_expect_eq(result.driver, RECOGNISE_NONE);
	cr_expect(asks_for(&result, "1.3.6.1.2.1.33.1.4.4.1.4"), "the generic one is all that is left");
}

Test(recognise, a_device_without_object_id_is_found_by_its_probe)
{
	struct recognise_answer answer = {.probe = oid("1.3.6.1.2.1.33.1.4.4.1.4"), .is_answered = true, .text = "469"};
	struct recognise_result result;

	run(&(struct recognise_facts){.descr = "", .answer = &answer, .answer_count = 1}, &result);
	cr_expect_eq(result.driver, GENERIC);
}

Test(recognise, patterns_of_description_and_answer_have_to_match)
{
	struct recognise_answer answer = {.probe = oid("1.3.6.1.4.1.5.1"), .is_answered = true, .text = "ok then"};
	struct recognise_result result;

	run(&(struct recognise_facts){.descr = "PDU Mk 12"}, &result);
	cr_expect(asks_for(&result, "1.3.6.1.4.1.5.1"));
	run(&(struct recognise_facts){.descr = "PDU Mk 12", .answer = &answer, .answer_count = 1}, &result);
	cr_expect_eq(result.driver, DESCR);
	answer.text = "not ok";
	run(&(struct recognise_facts){.descr = "PDU Mk 12", .answer = &answer, .answer_count = 1}, &result);
	cr_expect_eq(result.driver, RECOGNISE_NONE);
	run(&(struct recognise_facts){.descr = "A PDU Mk 12"}, &result);
	cr_expect_not(asks_for(&result, "1.3.6.1.4.1.5.1"));
}

Test(recognise, stackable_ones_come_beside_the_best)
{
	struct plan_oid object_id = oid("1.3.6.1.4.1.318.1.3.4.5");
	struct recognise_answer answer = {.probe = oid("1.3.6.1.2.1.31.1.1.1.6"), .is_answered = true, .text = "1"};
	struct recognise_result result;

	run(&(struct recognise_facts){.object_id = &object_id, .descr = "", .answer = &answer, .answer_count = 1}, &result);
	cr_expect_eq(result.driver, VENDOR);
	cr_assert_eq(result.stack_count, 1);
	cr_expect_eq(result.stack[0], TRAFFIC);
	cr_expect_eq(result.probe_count, 0);
}

Test(recognise, a_prefix_ends_at_a_dot)
{
	struct plan_oid object_id = oid("1.3.6.1.4.1.3181");
	struct plan_oid prefix = oid("1.3.6.1.4.1.318");

	cr_expect_not(recognise_is_below(&object_id, &prefix));
	cr_expect(recognise_is_below(&prefix, &prefix));
}

Test(recognise, a_wrong_pattern_is_an_error)
{
	struct plan_snmp_driver driver = {.name = "x", .rule_count = 1};
	struct recognise *recognise = NULL;
	struct err_info info = {0};

	strncpy(driver.rule[0].descr_pattern, "(", sizeof driver.rule[0].descr_pattern - 1);
	cr_expect_eq(recognise_new(&recognise, &driver, 1, &info), ERR_DATA);
	cr_expect_str_eq(info.text, "driver x: the pattern \"(\" is wrong: Unmatched ( or \\(");
}
