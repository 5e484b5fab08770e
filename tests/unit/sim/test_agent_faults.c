/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <criterion/criterion.h>
#include <string.h>

static struct probe probe;

static void begin(void)
{
	probe_begin(&probe);
}

static void end(void)
{
	probe_end(&probe);
}

static void ask(const struct question *question)
{
	probe_ask(&probe, question);
}

static void set_fault(enum sim_fault_kind kind, uint32_t value)
{
	probe_set_fault(&probe, kind, value);
}

TestSuite(agent_faults, .init = begin, .fini = end);

static const struct question get_services = {V2C, BER_PDU_GET, 0, 0, {SERVICES}};
static const struct question next_services = {V2C, BER_PDU_GETNEXT, 0, 0, {"1.3.6.1.2.1.1.6.0"}};

Test(agent_faults, silent_slow_twice)
{
	set_fault(SIM_FAULT_SILENT, 0);
	ask(&get_services);
	cr_assert_eq(probe.answer.reply.bytes, 0);
	cr_assert_eq(probe.device.request_count, 1);
	cr_assert_eq(probe.device.reply_count, 0);
	set_fault(SIM_FAULT_SLOW, 250);
	ask(&get_services);
	cr_assert_eq(probe.answer.reply.delay_ms, 250);
	set_fault(SIM_FAULT_TWICE, 0);
	ask(&get_services);
	cr_assert_eq(probe.answer.reply.copies, 2);
	set_fault(SIM_FAULT_NONE, 0);
	ask(&get_services);
	cr_assert_eq(probe.answer.reply.copies, 1);
	cr_assert_eq(probe.answer.reply.delay_ms, 0);
}

Test(agent_faults, drop_loses_about_its_share)
{
	size_t lost = 0;

	set_fault(SIM_FAULT_DROP, 30);
	for (size_t i = 0; i < 1000; i++) {
		ask(&get_services);
		lost += probe.answer.reply.bytes == 0 ? 1 : 0;
	}
	/* 300 expected; the seed is fixed, so this is one number, within five standard deviations of 14.5 */
	cr_assert_gt(lost, 300 - 73);
	cr_assert_lt(lost, 300 + 73);
}

Test(agent_faults, refuse_is_a_general_error)
{
	set_fault(SIM_FAULT_REFUSE, 0);
	ask(&get_services);
	cr_assert_eq(probe.answer.status, 5);
	cr_assert_eq(probe.answer.index, 1);
	cr_assert_eq(probe.answer.count, 1);
}

Test(agent_faults, toobig_answers_small_requests_only)
{
	static const struct question two = {V2C, BER_PDU_GET, 0, 0, {SERVICES, UPTIME}};
	static const struct question three = {V2C, BER_PDU_GET, 0, 0, {SERVICES, UPTIME, SERVICES}};
	static const struct question bulk = {V2C, BER_PDU_GETBULK, 0, 9, {SERVICES}};

	set_fault(SIM_FAULT_TOO_BIG, 2);
	ask(&two);
	cr_assert_eq(probe.answer.status, 0);
	ask(&three);
	cr_assert_eq(probe.answer.status, 1);
	ask(&bulk);
	cr_assert_eq(probe.answer.status, 0);
	cr_assert_eq(probe.answer.count, 2);
}

Test(agent_faults, dip_lasts_for_one_answer_with_a_counter)
{
	static const struct question counters = {V2C, BER_PDU_GET, 0, 0, {FARM ".3.2.0", FARM ".4.1.4.1", FARM ".3.1.0"}};

	ask(&counters);
	int64_t before = probe.answer.numbers[0];
	set_fault(SIM_FAULT_DIP, 0);
	ask(&get_services);
	ask(&counters);
	cr_assert_eq(probe.answer.numbers[0], 0);
	cr_assert_eq(probe.answer.numbers[1], 0);
	cr_assert_eq(probe.answer.numbers[2], 1000);
	ask(&counters);
	cr_assert_eq(probe.answer.numbers[0], before);
}

Test(agent_faults, missing_rows_are_gone_from_gets_and_walks)
{
	static const struct question get = {V2C, BER_PDU_GET, 0, 0, {FARM ".4.1.3.22", FARM ".4.1.3.23", FARM ".4.1.3.24"}};
	static const struct question next = {V2C, BER_PDU_GETNEXT, 0, 0, {FARM ".4.1.3.22"}};

	set_fault(SIM_FAULT_MISSING_ROW, 2);
	ask(&get);
	cr_assert_eq(probe.answer.tags[0], BER_GAUGE32);
	cr_assert_eq(probe.answer.tags[1], BER_NO_SUCH_INSTANCE);
	cr_assert_eq(probe.answer.tags[2], BER_NO_SUCH_INSTANCE);
	ask(&next);
	cr_assert(probe_is_named(&probe, 0, FARM ".4.1.4.1"));
}

/* ---- Lies ------------------------------------------------------------------------------------------------------------------ */

Test(agent_faults, repeat_makes_no_progress)
{
	set_fault(SIM_FAULT_REPEAT, 0);
	ask(&next_services);
	cr_assert(probe_is_named(&probe, 0, "1.3.6.1.2.1.1.6.0"));
}

Test(agent_faults, decrease_begins_again)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 0, 3, {FARM ".4.1.3.22"}};

	set_fault(SIM_FAULT_DECREASE, 0);
	ask(&question);
	cr_assert_eq(probe.answer.count, 3);
	cr_assert(probe_is_named(&probe, 0, "1.3.6.1.2.1.1.1.0"));
	cr_assert(probe_is_named(&probe, 2, "1.3.6.1.2.1.1.1.0"));
}

Test(agent_faults, wrong_id_answers_another_request)
{
	set_fault(SIM_FAULT_WRONG_ID, 0);
	ask(&get_services);
	cr_assert(probe.answer.is_well_formed);
	cr_assert_eq(probe.answer.request_id, 78);
}

Test(agent_faults, numbers_come_in_wrong_types)
{
	set_fault(SIM_FAULT_WRONG_TYPE, 0);
	ask(&get_services);
	cr_assert_eq(probe.answer.tags[0], BER_IP_ADDRESS);
	set_fault(SIM_FAULT_TEXT, 0);
	ask(&get_services);
	cr_assert_eq(probe.answer.tags[0], BER_OCTETS);
}

Test(agent_faults, truncated_messages_promise_more_than_they_hold)
{
	set_fault(SIM_FAULT_TRUNCATED, 0);
	ask(&get_services);
	cr_assert_gt(probe.answer.reply.bytes, 0);
	cr_assert_not(probe.answer.is_well_formed);
}

Test(agent_faults, huge_messages_are_well_formed)
{
	set_fault(SIM_FAULT_HUGE, 0);
	ask(&get_services);
	cr_assert(probe.answer.is_well_formed);
	cr_assert_gt(probe.answer.reply.bytes, 60000);
	cr_assert_lt(probe.answer.reply.bytes, 65000);
	cr_assert_eq(probe.answer.count, 1);
}

Test(agent_faults, endless_tables_go_on_behind_their_last_row)
{
	static const struct question inside = {V2C, BER_PDU_GETNEXT, 0, 0, {FARM ".4.1.3.23"}};
	static const struct question behind = {V2C, BER_PDU_GETBULK, 0, 3, {FARM ".4.1.3.24"}};
	static const struct question scalar = {V2C, BER_PDU_GETNEXT, 0, 0, {SERVICES}};

	set_fault(SIM_FAULT_ENDLESS, 0);
	ask(&inside);
	cr_assert(probe_is_named(&probe, 0, FARM ".4.1.3.24"));
	ask(&behind);
	cr_assert_eq(probe.answer.count, 3);
	cr_assert(probe_is_named(&probe, 0, FARM ".4.1.3.25"));
	cr_assert(probe_is_named(&probe, 2, FARM ".4.1.3.27"));
	ask(&scalar);
	cr_assert(probe_is_named(&probe, 0, FARM ".2.1.0"));
}

Test(agent_faults, short_answers_hold_fewer_variables_than_were_asked)
{
	static const struct question two = {V2C, BER_PDU_GET, 0, 0, {SERVICES, "1.3.6.1.2.1.1.1.0"}};
	static const struct question rows = {V2C, BER_PDU_GETBULK, 0, 5, {FARM ".4.1.3"}};

	set_fault(SIM_FAULT_SHORT, 1);
	ask(&two);
	cr_assert_eq(probe.answer.count, 1);
	cr_assert(probe_is_named(&probe, 0, SERVICES));
	ask(&rows);
	cr_assert_eq(probe.answer.count, 1);
	set_fault(SIM_FAULT_SHORT, 0);
	ask(&rows);
	cr_assert_eq(probe.answer.count, 0);
	cr_assert(probe.answer.is_well_formed);
}

Test(agent_faults, lying_takes_every_lie_in_turn)
{
	size_t malformed = 0;
	size_t huge = 0;
	size_t wrong_id = 0;

	set_fault(SIM_FAULT_LYING, 0);
	for (size_t i = 0; i < 8; i++) {
		ask(&next_services);
		malformed += probe.answer.is_well_formed ? 0 : 1;
		huge += probe.answer.reply.bytes > 60000 ? 1 : 0;
		wrong_id += probe.answer.is_well_formed && probe.answer.request_id == 78 ? 1 : 0;
	}
	cr_assert_eq(malformed, 1);
	cr_assert_eq(huge, 1);
	cr_assert_eq(wrong_id, 1);
}

Test(agent_faults, nasty_texts_stand_where_texts_belong)
{
	static const struct question question = {V2C, BER_PDU_GET, 0, 0, {"1.3.6.1.2.1.1.1.0", SERVICES, "1.3.6.1.2.1.1.2.0"}};
	static const char first[] = "rack 1,phase=L1";

	set_fault(SIM_FAULT_NASTY_TEXT, 0);
	ask(&question);
	cr_assert(probe.answer.is_well_formed);
	cr_assert_eq(probe.answer.tags[0], BER_OCTETS);
	cr_assert_not_null(memmem(probe.reply, probe.answer.reply.bytes, first, sizeof first - 1));
	cr_assert_eq(probe.answer.numbers[1], 72);
	cr_assert_eq(probe.answer.tags[2], BER_OID);
}

Test(agent_faults, no_reading_marks_what_is_measured_alone)
{
	static const struct question question = {V2C, BER_PDU_GET, 0, 0, {FARM ".3.1.0", FARM ".3.2.0", FARM ".3.3.0", SERVICES}};

	set_fault(SIM_FAULT_NO_READING, 0);
	ask(&question);
	cr_assert_eq(probe.answer.numbers[0], UINT32_MAX);
	cr_assert_eq((uint64_t)probe.answer.numbers[1], UINT64_MAX);
	/* INTEGER -1 is the one byte ff */
	cr_assert_eq(probe.answer.numbers[2], 0xff);
	cr_assert_eq(probe.answer.numbers[3], 72);
}
