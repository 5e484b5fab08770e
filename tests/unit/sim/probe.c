/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <criterion/criterion.h>
#include <string.h>

enum { REQUEST_ID = 77, ASKED_AT_S = 10, MS_PER_S = 1000 };

static const struct sim_moment asked_at = {.t_s = ASKED_AT_S, .real_ms = ASKED_AT_S * MS_PER_S};

void probe_begin(struct probe *probe)
{
	struct err_info info = {0};

	probe->agent = (struct sim_agent){.community = "public", .reply_bytes_max = SIM_REPLY_BYTES_DEFAULT};
	cr_assert_eq(sim_tree_init(&probe->tree, sim_model_find("farm"), &info), ERR_NONE, "%s", info.text);
	sim_device_init(&probe->device, &probe->tree, 0, 1, SIM_SHAPE_FLAT);
	probe->device.power_w = (struct sim_curve){.base_per_s = 1000, .period_s = 86400};
}

void probe_end(struct probe *probe)
{
	sim_tree_deinit(&probe->tree);
}

size_t probe_write(struct probe *probe, const struct question *question, const char *community)
{
	struct ber_out out = {.data = probe->request, .capacity_bytes = sizeof probe->request};

	ber_add_int(&out, BER_INTEGER, question->version);
	ber_add(&out, BER_OCTETS, community, strlen(community));
	size_t pdu = out.bytes;
	ber_add_int(&out, BER_INTEGER, REQUEST_ID);
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

static int64_t read_number(uint8_t tag, struct ber_in content)
{
	uint64_t number = 0;

	if (tag == BER_OCTETS || tag == BER_OID)
		return 0;
	while (content.at < content.end)
		number = number << 8 | *content.at++;
	return (int64_t)number;
}

/* Takes one variable off the list. */
static bool read_variable(struct ber_in *list, struct answer *answer)
{
	size_t i = answer->count++;
	struct ber_in varbind;
	struct ber_in value;

	if (i == ANSWERS_MAX || !ber_read_tag(list, BER_SEQUENCE, &varbind) || !ber_read_oid(&varbind, &answer->names[i]))
		return false;
	if (!ber_read(&varbind, &answer->tags[i], &value))
		return false;
	answer->numbers[i] = read_number(answer->tags[i], value);
	return true;
}

static bool read_answer(const uint8_t *bytes, size_t count, struct answer *answer)
{
	struct ber_in in = {.at = bytes, .end = bytes + count};
	struct ber_in message;
	struct ber_in community;
	struct ber_in pdu;
	struct ber_in list;
	int64_t version;

	if (!ber_read_tag(&in, BER_SEQUENCE, &message) || in.at != in.end || !ber_read_int(&message, &version))
		return false;
	if (!ber_read_tag(&message, BER_OCTETS, &community) || !ber_read_tag(&message, BER_PDU_RESPONSE, &pdu))
		return false;
	if (!ber_read_int(&pdu, &answer->request_id) || !ber_read_int(&pdu, &answer->status) || !ber_read_int(&pdu, &answer->index))
		return false;
	if (!ber_read_tag(&pdu, BER_SEQUENCE, &list))
		return false;
	while (list.at < list.end)
		if (!read_variable(&list, answer))
			return false;
	return true;
}

void probe_ask(struct probe *probe, const struct question *question)
{
	size_t bytes = probe_write(probe, question, "public");
	struct ber_in in = {.at = probe->request, .end = probe->request + bytes};
	struct answer *answer = &probe->answer;

	memset(answer, 0, sizeof *answer);
	sim_agent_answer(&probe->agent, &probe->device, &asked_at, in, probe->reply, &answer->reply);
	answer->is_well_formed = answer->reply.bytes > 0 && read_answer(probe->reply, answer->reply.bytes, answer);
}

void probe_set_fault(struct probe *probe, enum sim_fault_kind kind, uint32_t value)
{
	const struct sim_fault fault = {.kind = kind, .value = value};

	sim_device_set_fault(&probe->device, &fault, &asked_at);
}

bool probe_is_named(const struct probe *probe, size_t i, const char *name)
{
	const struct oid *found = &probe->answer.names[i];
	uint32_t arcs[64];
	size_t count = oid_parse(name, arcs, 64);

	return oid_compare(found->arcs, found->count, arcs, count) == 0;
}
