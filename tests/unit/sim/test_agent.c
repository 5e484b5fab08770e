/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/agent.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define SERVICES "1.3.6.1.2.1.1.7.0"
#define UPTIME "1.3.6.1.2.1.1.3.0"
#define FARM "1.3.6.1.4.1.32473.1"
#define LAST FARM ".4.1.6.24"

enum { V1 = 0, V2C = 1, NAMES_MAX = 130 };

static const struct sim_agent agent = {.community = "public", .reply_bytes_max = SIM_REPLY_BYTES_DEFAULT};
static struct sim_tree tree;
static struct sim_device device;
static uint8_t request_bytes[8192];
static uint8_t reply_bytes[SIM_MESSAGE_BYTES_MAX];

/* A request in plain words. */
struct question {
	int version;
	uint8_t type;
	int64_t a;                    /* non-repeaters */
	int64_t b;                    /* max-repetitions */
	const char *names[NAMES_MAX]; /* ends with NULL */
};

/* A reply taken apart; tag, number and name of its variables. */
struct answer {
	struct sim_reply reply;
	bool is_well_formed;
	int64_t request_id;
	int64_t status;
	int64_t index;
	size_t count;
	uint8_t tags[512];
	int64_t numbers[512];
	struct oid names[512];
};

static struct answer answer;

static void begin(void)
{
	struct err_info info = {0};

	cr_assert_eq(sim_tree_init(&tree, sim_model_find("farm"), &info), ERR_NONE, "%s", info.text);
	sim_device_init(&device, &tree, 0, 1, SIM_SHAPE_FLAT);
	device.power_w = (struct sim_curve){.base_per_s = 1000, .period_s = 86400};
}

static void end(void)
{
	sim_tree_deinit(&tree);
}

TestSuite(agent, .init = begin, .fini = end);

static size_t write_request(const struct question *question, const char *community)
{
	struct ber_out out = {.data = request_bytes, .capacity_bytes = sizeof request_bytes};

	ber_add_int(&out, BER_INTEGER, question->version);
	ber_add(&out, BER_OCTETS, community, strlen(community));
	size_t pdu = out.bytes;
	ber_add_int(&out, BER_INTEGER, 77);
	ber_add_int(&out, BER_INTEGER, question->a);
	ber_add_int(&out, BER_INTEGER, question->b);
	size_t list = out.bytes;
	for (size_t i = 0; question->names[i] != NULL; i++) {
		size_t varbind = out.bytes;
		uint32_t arcs[64];
		size_t count = oid_parse(question->names[i], arcs, 64);

		ber_add_oid(&out, arcs, count);
		ber_add(&out, BER_NULL, NULL, 0);
		ber_wrap(&out, varbind, BER_SEQUENCE);
	}
	ber_wrap(&out, list, BER_SEQUENCE);
	ber_wrap(&out, pdu, question->type);
	ber_wrap(&out, 0, BER_SEQUENCE);
	cr_assert_not(out.is_full);
	return out.bytes;
}

static bool read_number(uint8_t tag, struct ber_in content, int64_t *number)
{
	*number = 0;
	if (tag == BER_OCTETS || tag == BER_OID || tag >= BER_NO_SUCH_OBJECT)
		return true;
	while (content.at < content.end)
		*number = (int64_t)((uint64_t)*number << 8 | *content.at++);
	return true;
}

static bool read_answer(size_t bytes)
{
	struct ber_in in = {.at = reply_bytes, .end = reply_bytes + bytes};
	struct ber_in message;
	struct ber_in part;
	struct ber_in pdu;
	struct ber_in list;
	int64_t version;

	if (!ber_read_tag(&in, BER_SEQUENCE, &message) || in.at != in.end || !ber_read_int(&message, &version))
		return false;
	if (!ber_read_tag(&message, BER_OCTETS, &part) || !ber_read_tag(&message, BER_PDU_RESPONSE, &pdu))
		return false;
	if (!ber_read_int(&pdu, &answer.request_id) || !ber_read_int(&pdu, &answer.status) || !ber_read_int(&pdu, &answer.index))
		return false;
	if (!ber_read_tag(&pdu, BER_SEQUENCE, &list))
		return false;
	for (answer.count = 0; list.at < list.end; answer.count++) {
		size_t i = answer.count;

		if (i == 512 || !ber_read_tag(&list, BER_SEQUENCE, &part) || !ber_read_oid(&part, &answer.names[i]))
			return false;
		if (!ber_read(&part, &answer.tags[i], &pdu) || !read_number(answer.tags[i], pdu, &answer.numbers[i]))
			return false;
	}
	return true;
}

static void ask_at(const struct question *question, double t_s)
{
	const struct sim_moment now = {.t_s = t_s, .real_ms = (int64_t)(t_s * 1000)};
	size_t bytes = write_request(question, "public");
	struct ber_in in = {.at = request_bytes, .end = request_bytes + bytes};

	memset(&answer, 0, sizeof answer);
	sim_agent_answer(&agent, &device, &now, in, reply_bytes, &answer.reply);
	answer.is_well_formed = answer.reply.bytes > 0 && read_answer(answer.reply.bytes);
}

static void ask(const struct question *question)
{
	ask_at(question, 10);
}

static void set_fault(enum sim_fault_kind kind, uint32_t value)
{
	const struct sim_fault fault = {.kind = kind, .value = value};
	const struct sim_moment now = {.t_s = 10, .real_ms = 10000};

	sim_device_set_fault(&device, &fault, &now);
}

/* true when variable i of the answer has that name. */
static bool is_named(size_t i, const char *name)
{
	uint32_t arcs[64];
	size_t count = oid_parse(name, arcs, 64);

	return oid_compare(answer.names[i].arcs, answer.names[i].count, arcs, count) == 0;
}

static const struct question get_services = {V2C, BER_PDU_GET, 0, 0, {SERVICES}};
static const struct question next_services = {V2C, BER_PDU_GETNEXT, 0, 0, {"1.3.6.1.2.1.1.6.0"}};

/* ---- Right answers --------------------------------------------------------------------------------------------------------- */

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

	sim_agent_answer(&agent, &device, &now, in, reply_bytes, &reply);
	cr_assert_eq(reply.bytes, sizeof answered);
	cr_assert_arr_eq(reply_bytes, answered, sizeof answered);
	cr_assert_eq(reply.copies, 1);
	cr_assert_eq(reply.delay_ms, 0);
}

Test(agent, get_tells_a_missing_object_from_a_missing_instance)
{
	static const struct question question = {
	    V2C, BER_PDU_GET, 0, 0, {SERVICES, "1.3.6.1.2.1.1.7", "1.3.6.1.2.1.1.7.1", FARM ".4.1.3.25", "1.3.6.1.9.9", "0.0"}};

	ask(&question);
	cr_assert(answer.is_well_formed);
	cr_assert_eq(answer.status, 0);
	cr_assert_eq(answer.count, 6);
	cr_assert_eq(answer.tags[0], BER_INTEGER);
	cr_assert_eq(answer.tags[1], BER_NO_SUCH_INSTANCE);
	cr_assert_eq(answer.tags[2], BER_NO_SUCH_INSTANCE);
	cr_assert_eq(answer.tags[3], BER_NO_SUCH_INSTANCE);
	cr_assert_eq(answer.tags[4], BER_NO_SUCH_OBJECT);
	cr_assert_eq(answer.tags[5], BER_NO_SUCH_OBJECT);
}

Test(agent, v1_answers_a_missing_name_with_an_error)
{
	static const struct question question = {V1, BER_PDU_GET, 0, 0, {SERVICES, "1.3.6.1.9.9"}};

	ask(&question);
	cr_assert_eq(answer.status, 2);
	cr_assert_eq(answer.index, 2);
	cr_assert_eq(answer.count, 2, "the variables come back as they went");
	cr_assert_eq(answer.tags[0], BER_NULL);
}

Test(agent, v1_does_not_see_counter64)
{
	static const struct question get = {V1, BER_PDU_GET, 0, 0, {FARM ".3.2.0"}};
	static const struct question next = {V1, BER_PDU_GETNEXT, 0, 0, {FARM ".3.1.0"}};

	ask(&get);
	cr_assert_eq(answer.status, 2);
	ask(&next);
	cr_assert_eq(answer.status, 0);
	cr_assert(is_named(0, FARM ".3.3.0"));
}

Test(agent, getnext_visits_every_variable_once_in_order)
{
	struct question question = {V2C, BER_PDU_GETNEXT, 0, 0, {"0.0"}};
	char name[256];
	size_t visited = 0;

	for (;;) {
		ask(&question);
		cr_assert(answer.is_well_formed);
		if (answer.tags[0] == BER_END_OF_MIB_VIEW)
			break;
		const struct sim_instance *instance = &tree.instances[visited++];
		cr_assert_eq(oid_compare(answer.names[0].arcs, answer.names[0].count, instance->arcs, instance->arc_count), 0);
		size_t used = 0;
		for (size_t i = 0; i < answer.names[0].count; i++)
			used += (size_t)snprintf(name + used, sizeof name - used, i == 0 ? "%u" : ".%u", answer.names[0].arcs[i]);
		question.names[0] = name;
	}
	cr_assert_eq(visited, tree.count);
	cr_assert(is_named(0, LAST));
}

Test(agent, v1_ends_a_walk_with_an_error)
{
	static const struct question question = {V1, BER_PDU_GETNEXT, 0, 0, {LAST}};

	ask(&question);
	cr_assert_eq(answer.status, 2);
	cr_assert_eq(answer.index, 1);
}

Test(agent, getbulk_takes_some_once_and_the_rest_again_and_again)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 1, 2, {"1.3.6.1.2.1.1.2.0", FARM ".4.1.1", FARM ".4.1.3"}};

	ask(&question);
	cr_assert_eq(answer.count, 5);
	cr_assert(is_named(0, UPTIME));
	cr_assert(is_named(1, FARM ".4.1.1.1"));
	cr_assert(is_named(2, FARM ".4.1.3.1"));
	cr_assert(is_named(3, FARM ".4.1.1.2"));
	cr_assert(is_named(4, FARM ".4.1.3.2"));
}

Test(agent, getbulk_clamps_odd_numbers)
{
	static const struct question negative = {V2C, BER_PDU_GETBULK, -5, -1, {SERVICES}};
	static const struct question many = {V2C, BER_PDU_GETBULK, 99, 10, {"1.3.6.1.2.1.1.2.0"}};

	ask(&negative);
	cr_assert(answer.is_well_formed);
	cr_assert_eq(answer.count, 0);
	ask(&many);
	cr_assert_eq(answer.count, 1);
	cr_assert(is_named(0, UPTIME));
}

Test(agent, getbulk_stops_at_the_end_of_the_view)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 0, 50, {FARM ".4.1.6.23"}};

	ask(&question);
	cr_assert_eq(answer.count, 2);
	cr_assert(is_named(0, LAST));
	cr_assert(is_named(1, LAST));
	cr_assert_eq(answer.tags[1], BER_END_OF_MIB_VIEW);
}

Test(agent, getbulk_gives_what_fits_a_frame)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 0, 1000, {"0.0"}};

	ask(&question);
	cr_assert(answer.is_well_formed);
	cr_assert_leq(answer.reply.bytes, SIM_REPLY_BYTES_DEFAULT);
	cr_assert_gt(answer.reply.bytes, SIM_REPLY_BYTES_DEFAULT - 200);
	cr_assert_lt(answer.count, tree.count);
}

Test(agent, get_that_does_not_fit_is_too_big)
{
	struct question question = {V2C, BER_PDU_GET, 0, 0, {0}};

	/* 60 times the description of 41 characters */
	for (size_t i = 0; i < 60; i++)
		question.names[i] = "1.3.6.1.2.1.1.1.0";
	ask(&question);
	cr_assert_eq(answer.status, 1);
	cr_assert_eq(answer.count, 0);
	question.version = V1;
	ask(&question);
	cr_assert_eq(answer.status, 1);
	cr_assert_eq(answer.count, 60);
}

Test(agent, nothing_can_be_written)
{
	static const struct question question = {V2C, BER_PDU_SET, 0, 0, {SERVICES}};

	ask(&question);
	cr_assert_eq(answer.status, 17);
	cr_assert_eq(answer.index, 1);
}

Test(agent, wrong_community_and_other_versions_meet_silence)
{
	struct question question = get_services;
	const struct sim_moment now = {.t_s = 0};
	size_t bytes = write_request(&question, "private");
	struct ber_in in = {.at = request_bytes, .end = request_bytes + bytes};
	struct sim_reply reply;

	sim_agent_answer(&agent, &device, &now, in, reply_bytes, &reply);
	cr_assert_eq(reply.bytes, 0);
	question.version = 3;
	ask(&question);
	cr_assert_eq(answer.reply.bytes, 0);
	question = (struct question){V1, BER_PDU_GETBULK, 0, 5, {SERVICES}};
	ask(&question);
	cr_assert_eq(answer.reply.bytes, 0);
	cr_assert_eq(device.request_count, 0);
}

Test(agent, damaged_requests_meet_silence)
{
	static const struct question question = {V2C, BER_PDU_GET, 0, 0, {SERVICES, UPTIME}};
	const struct sim_moment now = {.t_s = 0};
	size_t bytes = write_request(&question, "public");
	struct sim_reply reply;

	for (size_t cut = 0; cut < bytes; cut++) {
		struct ber_in in = {.at = request_bytes, .end = request_bytes + cut};

		sim_agent_answer(&agent, &device, &now, in, reply_bytes, &reply);
		cr_assert_eq(reply.bytes, 0, "cut at %zu", cut);
	}
}

Test(agent, any_damaged_byte_is_survived)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 0, 20, {FARM, "1.3"}};
	const struct sim_moment now = {.t_s = 0};
	size_t bytes = write_request(&question, "public");
	struct ber_in in = {.at = request_bytes, .end = request_bytes + bytes};
	struct sim_reply reply;

	/* the sanitizers are the judge here */
	for (size_t i = 0; i < bytes; i++) {
		uint8_t kept = request_bytes[i];

		for (unsigned int value = 0; value < 256; value++) {
			request_bytes[i] = (uint8_t)value;
			sim_agent_answer(&agent, &device, &now, in, reply_bytes, &reply);
			cr_assert_leq(reply.bytes, SIM_REPLY_BYTES_DEFAULT);
		}
		request_bytes[i] = kept;
	}
}

Test(agent, more_variables_than_it_takes_meet_silence)
{
	struct question question = {V2C, BER_PDU_GET, 0, 0, {0}};

	for (size_t i = 0; i < SIM_VARBINDS_MAX; i++)
		question.names[i] = "0.0";
	ask(&question);
	cr_assert_eq(answer.count, SIM_VARBINDS_MAX);
	question.names[SIM_VARBINDS_MAX] = "0.0";
	ask(&question);
	cr_assert_eq(answer.reply.bytes, 0);
}

/* ---- Faults ---------------------------------------------------------------------------------------------------------------- */

Test(agent, silent_slow_twice)
{
	set_fault(SIM_FAULT_SILENT, 0);
	ask(&get_services);
	cr_assert_eq(answer.reply.bytes, 0);
	cr_assert_eq(device.request_count, 1);
	cr_assert_eq(device.reply_count, 0);
	set_fault(SIM_FAULT_SLOW, 250);
	ask(&get_services);
	cr_assert_eq(answer.reply.delay_ms, 250);
	set_fault(SIM_FAULT_TWICE, 0);
	ask(&get_services);
	cr_assert_eq(answer.reply.copies, 2);
	set_fault(SIM_FAULT_NONE, 0);
	ask(&get_services);
	cr_assert_eq(answer.reply.copies, 1);
	cr_assert_eq(answer.reply.delay_ms, 0);
}

Test(agent, drop_loses_about_its_share)
{
	size_t lost = 0;

	set_fault(SIM_FAULT_DROP, 30);
	for (size_t i = 0; i < 1000; i++) {
		ask(&get_services);
		lost += answer.reply.bytes == 0 ? 1 : 0;
	}
	/* 300 expected; the seed is fixed, so this is one number, within five standard deviations of 14.5 */
	cr_assert_gt(lost, 300 - 73);
	cr_assert_lt(lost, 300 + 73);
}

Test(agent, refuse_is_a_general_error)
{
	set_fault(SIM_FAULT_REFUSE, 0);
	ask(&get_services);
	cr_assert_eq(answer.status, 5);
	cr_assert_eq(answer.index, 1);
	cr_assert_eq(answer.count, 1);
}

Test(agent, toobig_answers_small_requests_only)
{
	static const struct question two = {V2C, BER_PDU_GET, 0, 0, {SERVICES, UPTIME}};
	static const struct question three = {V2C, BER_PDU_GET, 0, 0, {SERVICES, UPTIME, SERVICES}};
	static const struct question bulk = {V2C, BER_PDU_GETBULK, 0, 9, {SERVICES}};

	set_fault(SIM_FAULT_TOO_BIG, 2);
	ask(&two);
	cr_assert_eq(answer.status, 0);
	ask(&three);
	cr_assert_eq(answer.status, 1);
	ask(&bulk);
	cr_assert_eq(answer.status, 0);
	cr_assert_eq(answer.count, 2);
}

Test(agent, dip_lasts_for_one_answer_with_a_counter)
{
	static const struct question counters = {V2C, BER_PDU_GET, 0, 0, {FARM ".3.2.0", FARM ".4.1.4.1", FARM ".3.1.0"}};

	ask(&counters);
	int64_t before = answer.numbers[0];
	set_fault(SIM_FAULT_DIP, 0);
	ask(&get_services);
	ask(&counters);
	cr_assert_eq(answer.numbers[0], 0);
	cr_assert_eq(answer.numbers[1], 0);
	cr_assert_eq(answer.numbers[2], 1000);
	ask(&counters);
	cr_assert_eq(answer.numbers[0], before);
}

Test(agent, missing_rows_are_gone_from_gets_and_walks)
{
	static const struct question get = {V2C, BER_PDU_GET, 0, 0, {FARM ".4.1.3.22", FARM ".4.1.3.23", FARM ".4.1.3.24"}};
	static const struct question next = {V2C, BER_PDU_GETNEXT, 0, 0, {FARM ".4.1.3.22"}};

	set_fault(SIM_FAULT_MISSING_ROW, 2);
	ask(&get);
	cr_assert_eq(answer.tags[0], BER_GAUGE32);
	cr_assert_eq(answer.tags[1], BER_NO_SUCH_INSTANCE);
	cr_assert_eq(answer.tags[2], BER_NO_SUCH_INSTANCE);
	ask(&next);
	cr_assert(is_named(0, FARM ".4.1.4.1"));
}

/* ---- Lies ------------------------------------------------------------------------------------------------------------------ */

Test(agent, repeat_makes_no_progress)
{
	set_fault(SIM_FAULT_REPEAT, 0);
	ask(&next_services);
	cr_assert(is_named(0, "1.3.6.1.2.1.1.6.0"));
}

Test(agent, decrease_begins_again)
{
	static const struct question question = {V2C, BER_PDU_GETBULK, 0, 3, {FARM ".4.1.3.22"}};

	set_fault(SIM_FAULT_DECREASE, 0);
	ask(&question);
	cr_assert_eq(answer.count, 3);
	cr_assert(is_named(0, "1.3.6.1.2.1.1.1.0"));
	cr_assert(is_named(2, "1.3.6.1.2.1.1.1.0"));
}

Test(agent, wrong_id_answers_another_request)
{
	set_fault(SIM_FAULT_WRONG_ID, 0);
	ask(&get_services);
	cr_assert(answer.is_well_formed);
	cr_assert_eq(answer.request_id, 78);
}

Test(agent, numbers_come_in_wrong_types)
{
	set_fault(SIM_FAULT_WRONG_TYPE, 0);
	ask(&get_services);
	cr_assert_eq(answer.tags[0], BER_IP_ADDRESS);
	set_fault(SIM_FAULT_TEXT, 0);
	ask(&get_services);
	cr_assert_eq(answer.tags[0], BER_OCTETS);
}

Test(agent, truncated_messages_promise_more_than_they_hold)
{
	set_fault(SIM_FAULT_TRUNCATED, 0);
	ask(&get_services);
	cr_assert_gt(answer.reply.bytes, 0);
	cr_assert_not(answer.is_well_formed);
}

Test(agent, huge_messages_are_well_formed)
{
	set_fault(SIM_FAULT_HUGE, 0);
	ask(&get_services);
	cr_assert(answer.is_well_formed);
	cr_assert_gt(answer.reply.bytes, 60000);
	cr_assert_lt(answer.reply.bytes, 65000);
	cr_assert_eq(answer.count, 1);
}

Test(agent, endless_tables_go_on_behind_their_last_row)
{
	static const struct question inside = {V2C, BER_PDU_GETNEXT, 0, 0, {FARM ".4.1.3.23"}};
	static const struct question behind = {V2C, BER_PDU_GETBULK, 0, 3, {FARM ".4.1.3.24"}};
	static const struct question scalar = {V2C, BER_PDU_GETNEXT, 0, 0, {SERVICES}};

	set_fault(SIM_FAULT_ENDLESS, 0);
	ask(&inside);
	cr_assert(is_named(0, FARM ".4.1.3.24"));
	ask(&behind);
	cr_assert_eq(answer.count, 3);
	cr_assert(is_named(0, FARM ".4.1.3.25"));
	cr_assert(is_named(2, FARM ".4.1.3.27"));
	ask(&scalar);
	cr_assert(is_named(0, FARM ".2.1.0"));
}

Test(agent, lying_takes_every_lie_in_turn)
{
	size_t malformed = 0;
	size_t huge = 0;
	size_t wrong_id = 0;

	set_fault(SIM_FAULT_LYING, 0);
	for (size_t i = 0; i < 8; i++) {
		ask(&next_services);
		malformed += answer.is_well_formed ? 0 : 1;
		huge += answer.reply.bytes > 60000 ? 1 : 0;
		wrong_id += answer.is_well_formed && answer.request_id == 78 ? 1 : 0;
	}
	cr_assert_eq(malformed, 1);
	cr_assert_eq(huge, 1);
	cr_assert_eq(wrong_id, 1);
}
