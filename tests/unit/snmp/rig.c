/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include "base/mem.h"
#include "snmp/packet.h"
#include "wirecat_plan.h"

#include <criterion/criterion.h>
#include <string.h>

#define MS INT64_C(1000000)

static void send_message(void *context, uint32_t device, const struct c_snmp_address *address, bool is_tcp, const uint8_t *message,
			 size_t bytes)
{
	struct rig *rig = context;
	struct rig_message *queued;

	(void)is_tcp;
	rig->sent_count++;
	if (rig->lose_count > 0) {
		rig->lose_count--;
		return;
	}
	if (rig->lose_larger_bytes > 0 && bytes > rig->lose_larger_bytes)
		return;
	cr_assert_lt(rig->queue_count, RIG_QUEUE_MAX);
	cr_assert_leq(bytes, sizeof queued->data);
	queued = &rig->queue[rig->queue_count++];
	*queued = (struct rig_message){.device = device, .address = *address, .bytes = bytes};
	memcpy(queued->data, message, bytes);
}

static void put_meter(void *context, uint32_t device, uint32_t meter, const struct meter_info *info)
{
	struct rig *rig = context;

	(void)device;
	cr_assert_lt(meter, RIG_METERS_MAX);
	rig->meter[meter] = *info;
	rig->announce_count++;
	if (meter >= rig->meter_count)
		rig->meter_count = meter + 1;
}

static void mark_changed(void *context, uint32_t device)
{
	(void)device;
	((struct rig *)context)->changed_count++;
}

static void end_read(void *context, uint32_t device, enum device_state state, uint32_t latency_us, const struct sample *sample,
		     size_t count)
{
	struct rig *rig = context;

	(void)device;
	cr_assert_lt(count, RIG_SAMPLES_MAX);
	rig->end_count++;
	rig->state = state;
	rig->latency_us = latency_us;
	rig->sample_count = count;
	if (count > 0)
		memcpy(rig->sample, sample, count * sizeof *sample);
}

/* net-snmp leaks a table with each further initialisation. */
static void init_library_once(void)
{
	static bool is_ready;

	if (!is_ready)
		cr_assert_eq(c_snmp_packet_init(NULL), ERR_NONE);
	is_ready = true;
}

struct rig *rig_new(const char *model, const char *plan_text)
{
	struct rig *rig = mem_new(sizeof *rig);
	struct c_snmp_host host = {
	    .context = rig, .send = send_message, .put_meter = put_meter, .mark_changed = mark_changed, .end_read = end_read};
	char *text = mem_dup(plan_text);
	struct err_info info = {0};

	cr_assert(rig != NULL && text != NULL);
	cr_assert_eq(wirecat_plan_read(&rig->plan, text, &info), ERR_NONE, "%s", info.text);
	mem_free(text);
	cr_assert_eq(sim_tree_init(&rig->tree, sim_model_find(model), &info), ERR_NONE);
	sim_device_init(&rig->device, &rig->tree, 0, 1, SIM_SHAPE_FLAT);
	rig->agent = (struct sim_agent){.community = "public", .reply_bytes_max = SIM_REPLY_BYTES_DEFAULT};
	rig->now_ns = 1000 * MS;
	rig->answer_ns = 1 * MS;
	init_library_once();
	rig->engine = c_snmp_engine_new(rig->plan.driver, rig->plan.driver_count, &host, 7);
	cr_assert_not_null(rig->engine);
	for (size_t i = 0; i < rig->plan.device_count; i++)
		cr_assert_eq(c_snmp_engine_add(rig->engine, &rig->plan.device[i], &info), ERR_NONE, "%s", info.text);
	return rig;
}

struct rig *rig_free(struct rig *rig)
{
	c_snmp_engine_free(rig->engine);
	sim_tree_deinit(&rig->tree);
	plan_snmp_deinit(&rig->plan);
	return mem_free(rig);
}

void rig_fault(struct rig *rig, const char *text)
{
	struct sim_moment now = {.t_s = (double)rig->now_ns / 1e9, .real_ms = rig->now_ns / MS};
	struct sim_fault fault = {.kind = SIM_FAULT_NONE};

	if (strcmp(text, "none") != 0)
		cr_assert_eq(sim_fault_parse(text, &fault, NULL), ERR_NONE);
	sim_device_set_fault(&rig->device, &fault, &now);
}

size_t rig_answer(struct rig *rig, const struct rig_message *message, uint8_t *out, size_t out_bytes)
{
	struct sim_moment now = {.t_s = (double)rig->now_ns / 1e9, .real_ms = rig->now_ns / MS};
	struct ber_in in = {.at = message->data, .end = message->data + message->bytes};
	struct sim_reply reply = {0};

	cr_assert_geq(out_bytes, SIM_MESSAGE_BYTES_MAX);
	sim_agent_answer(&rig->agent, &rig->device, &now, in, out, &reply);
	return reply.bytes;
}

static void answer_first(struct rig *rig)
{
	static uint8_t reply[SIM_MESSAGE_BYTES_MAX];
	struct rig_message message = rig->queue[0];
	size_t bytes;

	rig->queue_count--;
	memmove(rig->queue, rig->queue + 1, rig->queue_count * sizeof rig->queue[0]);
	bytes = rig_answer(rig, &message, reply, sizeof reply);
	rig->now_ns += rig->answer_ns;
	if (bytes > 0)
		c_snmp_engine_receive(rig->engine, &message.address, reply, bytes, rig->now_ns, rig->now_ns);
}

void rig_begin(struct rig *rig, uint32_t failed_count)
{
	c_snmp_engine_read(rig->engine, 0, failed_count, rig->now_ns);
	(void)!c_snmp_engine_tick(rig->engine, rig->now_ns);
}

void rig_finish(struct rig *rig)
{
	size_t before = rig->end_count;

	for (size_t turn = 0; rig->end_count == before; turn++) {
		int64_t next_ns;

		cr_assert_lt(turn, 20000, "the read does not end");
		while (rig->queue_count > 0 && rig->end_count == before)
			answer_first(rig);
		if (rig->end_count != before)
			return;
		next_ns = c_snmp_engine_tick(rig->engine, rig->now_ns);
		if (rig->queue_count == 0 && rig->end_count == before) {
			cr_assert_neq(next_ns, INT64_MAX, "the engine waits for nothing");
			rig->now_ns = next_ns > rig->now_ns ? next_ns : rig->now_ns;
		}
	}
}

void rig_read(struct rig *rig, uint32_t failed_count)
{
	rig_begin(rig, failed_count);
	rig_finish(rig);
}

const struct sample *rig_sample(const struct rig *rig, uint32_t meter, enum quantity quantity)
{
	for (size_t i = 0; i < rig->sample_count; i++)
		if (rig->sample[i].meter == meter && rig->sample[i].quantity == quantity)
			return &rig->sample[i];
	return NULL;
}

uint32_t rig_meter(const struct rig *rig, const char *key)
{
	for (size_t i = 0; i < rig->meter_count; i++)
		if (strcmp(rig->meter[i].key, key) == 0)
			return (uint32_t)i;
	return UINT32_MAX;
}
