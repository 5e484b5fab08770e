/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <criterion/criterion.h>
#include <stdio.h>

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

TestSuite(agent, .init = begin, .fini = end);

static const struct question get_services = {V2C, BER_PDU_GET, 0, 0, {SERVICES}};

Test(agent, answers_byte_for_byte)
{
	/* sequence { version 1, "public", GetRequest { id 7, 0, 0, { { 1.3.6.1.2.1.1.7.0, NULL } } } } and its response: INTEGER 72 */
	static const uint8_t asked[] = {0x30, 0x26, 2, 1, 1,    4,    6,    'p',  'u', 'b', 'l',  'i', 'c', 0xa0, 0x19, 2, 1, 7, 2, 1,
					0,    2,    1, 0, 0x30, 0x0e, 0x30, 0x0c, 6,   8,   0x2b, 6,   1,   2,    1,    1, 7, 0, 5, 0};
	static const uint8_t answered[] = {0x30, 0x27, 2,    1, 1, 4, 6, 'p', 'u', 'b', 'l',  'i',  'c',  0xa2,
					   0x1a, 2,    1,    7, 2, 1, 0, 2,   1,   0,   0x30, 0x0f, 0x30, 0x0d,
					   6,    8,    0x2b, 6, 1, 2, 1, 1,   7,   0,   2,    1,    72};
	const struct sim_moment now = {.t_s = 0};
	struct ber_in in = {.at = asked, .end = asked + sizeof asked};
	struct sim_reply reply;

	sim_agent_answer(&probe.agent, &probe.device, &now, in, probe.reply, &reply);
	cr_assert_eq(reply.bytes, sizeof answered);
	cr_assert_arr_eq(probe.reply, answered, sizeof answered);
	cr_assert_eq(reply.copies, 1);
	cr_assert_eq(reply.delay_ms, 0);
}

Test(agent, get_tells_a_missing_object_from_a_missing_instance)
{
	static const struct question question = {
	    V2C, BER_PDU_GET, 0, 0, {SERVICES, "1.3.6.1.2.1.1.7", "1.3.6.1.2.1.1.7.1", FARM ".4.1.3.25", "1.3.6.1.9.9", "0.0"}};

	ask(&question);
	cr_assert(probe.answer.is_well_formed);
	cr_assert_eq(probe.answer.status, 0);
	cr_assert_eq(probe.answer.count, 6);
	cr_assert_eq(probe.answer.tags[0], BER_INTEGER);
	cr_assert_eq(probe.answer.tags[1], BER_NO_SUCH_INSTANCE);
	cr_assert_eq(probe.answer.tags[2], BER_NO_SUCH_INSTANCE);
	cr_assert_eq(probe.answer.tags[3], BER_NO_SUCH_INSTANCE);
	cr_assert_eq(probe.answer.tags[4], BER_NO_SUCH_OBJECT);
	cr_assert_eq(probe.answer.tags[5], BER_NO_SUCH_OBJECT);
}

Test(agent, v1_answers_a_missing_name_with_an_error)
{
	static const struct question question = {V1, BER_PDU_GET, 0, 0, {SERVICES, "1.3.6.1.9.9"}};

	ask(&question);
	cr_assert_eq(probe.answer.status, 2);
	cr_assert_eq(probe.answer.index, 2);
	cr_assert_eq(probe.answer.count, 2, "the variables come back as they went");
	cr_assert_eq(probe.answer.tags[0], BER_NULL);
}

Test(agent, v1_does_not_see_counter64)
{
	static const struct question get = {V1, BER_PDU_GET, 0, 0, {FARM ".3.2.0"}};
	static const struct question next = {V1, BER_PDU_GETNEXT, 0, 0, {FARM ".3.1.0"}};

	ask(&get);
	cr_assert_eq(probe.answer.status, 2);
	ask(&next);
	cr_assert_eq(probe.answer.status, 0);
	cr_assert(probe_is_named(&probe, 0, FARM ".3.3.0"));
}

Test(agent, getnext_visits_every_variable_once_in_order)
{
	struct question question = {V2C, BER_PDU_GETNEXT, 0, 0, {"0.0"}};
	char name[256];
	size_t visited = 0;

	for (;;) {
		ask(&question);
		cr_assert(probe.answer.is_well_formed);
		if (probe.answer.tags[0] == BER_END_OF_MIB_VIEW)
			break;
		const struct sim_instance *instance = &probe.tree.instances[visited++];
		cr_assert_eq(oid_compare(probe.answer.names[0].arcs, probe.answer.names[0].count, instance->arcs, instance->arc_count), 0);
		size_t used = 0;
		for (size_t i = 0; i < probe.answer.names[0].count; i++)
			used += (size_t)snprintf(name + used, sizeof name - used, i == 0 ? "%u" : ".%u", probe.answer.names[0].arcs[i]);
		question.names[0] = name;
	}
	cr_assert_eq(visited, probe.tree.count);
	cr_assert(probe_is_named(&probe, 0, LAST));
}

Test(agent, v1_ends_a_walk_with_an_error)
{
	static const struct question question = {V1, BER_PDU_GETNEXT, 0, 0, {LAST}};

	ask(&question);
	cr_assert_eq(probe.answer.status, 2);
	cr_assert_eq(probe.answer.index, 1);
}

Test(agent, getbulk_takes_some_once_and_the_rest_again_and_again)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 1, 2, {"1.3.6.1.2.1.1.2.0", FARM ".4.1.1", FARM ".4.1.3"}};

	ask(&question);
	cr_assert_eq(probe.answer.count, 5);
	cr_assert(probe_is_named(&probe, 0, UPTIME));
	cr_assert(probe_is_named(&probe, 1, FARM ".4.1.1.1"));
	cr_assert(probe_is_named(&probe, 2, FARM ".4.1.3.1"));
	cr_assert(probe_is_named(&probe, 3, FARM ".4.1.1.2"));
	cr_assert(probe_is_named(&probe, 4, FARM ".4.1.3.2"));
}

Test(agent, getbulk_clamps_odd_numbers)
{
	static const struct question negative = {V2C, BER_PDU_GETBULK, -5, -1, {SERVICES}};
	static const struct question many = {V2C, BER_PDU_GETBULK, 99, 10, {"1.3.6.1.2.1.1.2.0"}};

	ask(&negative);
	cr_assert(probe.answer.is_well_formed);
	cr_assert_eq(probe.answer.count, 0);
	ask(&many);
	cr_assert_eq(probe.answer.count, 1);
	cr_assert(probe_is_named(&probe, 0, UPTIME));
}

Test(agent, getbulk_stops_at_the_end_of_the_view)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 0, 50, {FARM ".4.1.6.23"}};

	ask(&question);
	cr_assert_eq(probe.answer.count, 2);
	cr_assert(probe_is_named(&probe, 0, LAST));
	cr_assert(probe_is_named(&probe, 1, LAST));
	cr_assert_eq(probe.answer.tags[1], BER_END_OF_MIB_VIEW);
}

Test(agent, getbulk_gives_what_fits_a_frame)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 0, 1000, {"0.0"}};

	ask(&question);
	cr_assert(probe.answer.is_well_formed);
	cr_assert_leq(probe.answer.reply.bytes, SIM_REPLY_BYTES_DEFAULT);
	cr_assert_gt(probe.answer.reply.bytes, SIM_REPLY_BYTES_DEFAULT - 200);
	cr_assert_lt(probe.answer.count, probe.tree.count);
}

Test(agent, get_that_does_not_fit_is_too_big)
{
	struct question question = {V2C, BER_PDU_GET, 0, 0, {0}};

	/* 60 times the description of 41 characters */
	for (size_t i = 0; i < 60; i++)
		question.names[i] = "1.3.6.1.2.1.1.1.0";
	ask(&question);
	cr_assert_eq(probe.answer.status, 1);
	cr_assert_eq(probe.answer.count, 0);
	question.version = V1;
	ask(&question);
	cr_assert_eq(probe.answer.status, 1);
	cr_assert_eq(probe.answer.count, 60);
}

Test(agent, nothing_can_be_written)
{
	static const struct question question = {V2C, BER_PDU_SET, 0, 0, {SERVICES}};

	ask(&question);
	cr_assert_eq(probe.answer.status, 17);
	cr_assert_eq(probe.answer.index, 1);
}

Test(agent, wrong_community_and_other_versions_meet_silence)
{
	struct question question = get_services;
	const struct sim_moment now = {.t_s = 0};
	size_t bytes = probe_write(&probe, &question, "private");
	struct ber_in in = {.at = probe.request, .end = probe.request + bytes};
	struct sim_reply reply;

	sim_agent_answer(&probe.agent, &probe.device, &now, in, probe.reply, &reply);
	cr_assert_eq(reply.bytes, 0);
	question.version = 3;
	ask(&question);
	cr_assert_eq(probe.answer.reply.bytes, 0);
	question = (struct question){V1, BER_PDU_GETBULK, 0, 5, {SERVICES}};
	ask(&question);
	cr_assert_eq(probe.answer.reply.bytes, 0);
	cr_assert_eq(probe.device.request_count, 0);
}

Test(agent, damaged_requests_meet_silence)
{
	static const struct question question = {V2C, BER_PDU_GET, 0, 0, {SERVICES, UPTIME}};
	const struct sim_moment now = {.t_s = 0};
	size_t bytes = probe_write(&probe, &question, "public");
	struct sim_reply reply;

	for (size_t cut = 0; cut < bytes; cut++) {
		struct ber_in in = {.at = probe.request, .end = probe.request + cut};

		sim_agent_answer(&probe.agent, &probe.device, &now, in, probe.reply, &reply);
		cr_assert_eq(reply.bytes, 0, "cut at %zu", cut);
	}
}

Test(agent, any_damaged_byte_is_survived)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 0, 20, {FARM, "1.3"}};
	const struct sim_moment now = {.t_s = 0};
	size_t bytes = probe_write(&probe, &question, "public");
	struct ber_in in = {.at = probe.request, .end = probe.request + bytes};
	struct sim_reply reply;

	/* the sanitizers are the judge here */
	for (size_t i = 0; i < bytes; i++) {
		uint8_t kept = probe.request[i];

		for (unsigned int value = 0; value < 256; value++) {
			probe.request[i] = (uint8_t)value;
			sim_agent_answer(&probe.agent, &probe.device, &now, in, probe.reply, &reply);
			cr_assert_leq(reply.bytes, SIM_REPLY_BYTES_DEFAULT);
		}
		probe.request[i] = kept;
	}
}

Test(agent, more_variables_than_it_takes_meet_silence)
{
	struct question question = {V2C, BER_PDU_GET, 0, 0, {0}};

	for (size_t i = 0; i < SIM_VARBINDS_MAX; i++)
		question.names[i] = "0.0";
	ask(&question);
	cr_assert_eq(probe.answer.count, SIM_VARBINDS_MAX);
	question.names[SIM_VARBINDS_MAX] = "0.0";
	ask(&question);
	cr_assert_eq(probe.answer.reply.bytes, 0);
}
