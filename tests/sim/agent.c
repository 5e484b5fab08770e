/* SPDX-License-Identifier: Apache-2.0 */
#include "agent_priv.h"

#include <string.h>

enum { HEADER_RESERVE_BYTES = 128 }; /* message, community, PDU header and request-id around the variables */

static bool read_varbinds(struct ber_in varbinds, struct sim_request *request)
{
	request->oid_count = 0;
	while (varbinds.at < varbinds.end) {
		struct ber_in varbind;
		struct ber_in value;
		uint8_t tag;

		if (request->oid_count == SIM_VARBINDS_MAX || !ber_read_tag(&varbinds, BER_SEQUENCE, &varbind))
			return false;
		if (!ber_read_oid(&varbind, &request->oids[request->oid_count]) || !ber_read(&varbind, &tag, &value))
			return false;
		request->oid_count++;
	}
	return true;
}

static bool read_request(struct ber_in in, struct sim_request *request)
{
	struct ber_in message;
	struct ber_in pdu;

	if (!ber_read_tag(&in, BER_SEQUENCE, &message) || !ber_read_int(&message, &request->version))
		return false;
	if (!ber_read_tag(&message, BER_OCTETS, &request->community) || !ber_read(&message, &request->type, &pdu))
		return false;
	if (!ber_read_int(&pdu, &request->request_id) || !ber_read_int(&pdu, &request->non_repeaters))
		return false;
	if (!ber_read_int(&pdu, &request->max_repetitions) || !ber_read_tag(&pdu, BER_SEQUENCE, &request->varbinds))
		return false;
	return read_varbinds(request->varbinds, request);
}

static bool is_acceptable(const struct sim_agent *agent, const struct sim_request *request)
{
	size_t bytes = (size_t)(request->community.end - request->community.at);

	if (request->version != SIM_VERSION_1 && request->version != SIM_VERSION_2C)
		return false;
	if (bytes != strlen(agent->community) || memcmp(request->community.at, agent->community, bytes) != 0)
		return false;
	switch (request->type) {
	case BER_PDU_GET:
	case BER_PDU_GETNEXT:
	case BER_PDU_SET: return true;
	case BER_PDU_GETBULK: return request->version == SIM_VERSION_2C;
	default: return false;
	}
}

bool sim_task_shows(const struct sim_task *task, const struct sim_instance *instance)
{
	const struct sim_rows *rows = instance->column->rows;
	const struct sim_fault *fault = &task->device->fault;

	/* RFC 3584 section 4.2.2.1: a v1 request cannot see Counter64 */
	if (task->request->version == SIM_VERSION_1 && instance->column->tag == BER_COUNTER64)
		return false;
	if (fault->kind != SIM_FAULT_MISSING_ROW || rows == NULL || rows->part_count < 2)
		return true;
	return instance->part + fault->value < rows->part_count;
}

size_t sim_task_next(const struct sim_task *task, const struct oid *oid)
{
	const struct sim_tree *tree = task->device->tree;
	size_t next = sim_tree_next(tree, oid->arcs, oid->count);

	while (next < tree->count && !sim_task_shows(task, &tree->instances[next]))
		next++;
	return next;
}

static void add_value(struct ber_out *out, const struct sim_value *value)
{
	struct oid oid;

	switch (value->tag) {
	case BER_INTEGER: ber_add_int(out, BER_INTEGER, value->number); return;
	case BER_OCTETS:
	case BER_IP_ADDRESS: ber_add(out, value->tag, value->text, value->text_bytes); return;
	case BER_OID:
		oid.count = oid_parse(value->text, oid.arcs, OID_ARCS_MAX);
		ber_add_oid(out, oid.arcs, oid.count);
		return;
	default: ber_add_unsigned(out, value->tag, value->count); return;
	}
}

/* Closes the variable that began at `start`; one that does not fit is taken back whole. */
static void end_varbind(struct sim_task *task, size_t start)
{
	ber_wrap(&task->out, start, BER_SEQUENCE);
	if (task->out.bytes + HEADER_RESERVE_BYTES > task->reply_bytes_max)
		task->out.is_full = true;
	if (task->out.is_full)
		task->out.bytes = start;
}

void sim_task_add_instance(struct sim_task *task, const struct sim_instance *instance)
{
	struct sim_value value;
	size_t start = task->out.bytes;

	sim_device_read(task->device, &task->state, instance, &value);
	sim_hostile_bend_value(task, instance, &value);
	if (sim_what_is_counter(sim_instance_what(instance)))
		task->has_counter = true;
	if (task->out.capacity_bytes - start < sizeof instance->ber) {
		task->out.is_full = true;
		return;
	}
	memcpy(task->out.data + start, instance->ber, instance->ber_bytes);
	task->out.bytes += instance->ber_bytes;
	add_value(&task->out, &value);
	end_varbind(task, start);
}

void sim_task_add_named(struct sim_task *task, const struct oid *oid, uint8_t tag, uint64_t value)
{
	size_t start = task->out.bytes;

	ber_add_oid(&task->out, oid->arcs, oid->count);
	if (tag == BER_GAUGE32)
		ber_add_unsigned(&task->out, tag, value);
	else
		ber_add(&task->out, tag, NULL, 0);
	end_varbind(task, start);
}

static enum sim_error_status get_one(struct sim_task *task, const struct oid *oid)
{
	const struct sim_tree *tree = task->device->tree;
	size_t found = sim_tree_find(tree, oid->arcs, oid->count);

	if (found < tree->count && sim_task_shows(task, &tree->instances[found])) {
		sim_task_add_instance(task, &tree->instances[found]);
		return SIM_ERROR_NONE;
	}
	if (task->request->version == SIM_VERSION_1)
		return SIM_ERROR_NO_SUCH_NAME;
	bool has_object = sim_tree_has_object(tree, oid->arcs, oid->count);
	sim_task_add_named(task, oid, has_object ? BER_NO_SUCH_INSTANCE : BER_NO_SUCH_OBJECT, 0);
	return SIM_ERROR_NONE;
}

/* Adds what stands behind *oid and makes *oid its name. *is_end is set when the view ended. */
static enum sim_error_status get_next(struct sim_task *task, struct oid *oid, bool *is_end)
{
	const struct sim_tree *tree = task->device->tree;

	*is_end = false;
	if (sim_hostile_next(task, oid))
		return SIM_ERROR_NONE;
	size_t next = sim_task_next(task, oid);
	if (next < tree->count) {
		const struct sim_instance *instance = &tree->instances[next];

		sim_task_add_instance(task, instance);
		oid->count = instance->arc_count;
		memcpy(oid->arcs, instance->arcs, instance->arc_count * sizeof oid->arcs[0]);
		return SIM_ERROR_NONE;
	}
	*is_end = true;
	if (task->request->version == SIM_VERSION_1)
		return SIM_ERROR_NO_SUCH_NAME;
	sim_task_add_named(task, oid, BER_END_OF_MIB_VIEW, 0);
	return SIM_ERROR_NONE;
}

/* GET and GETNEXT: all variables (`varbinds_max` of them at most, and then it is a lie) or an error; *index is the 1-based number of the variable to blame. */
static enum sim_error_status get_all(struct sim_task *task, size_t varbinds_max, size_t *index)
{
	const struct sim_request *request = task->request;
	enum sim_error_status status = SIM_ERROR_NONE;

	for (size_t i = 0; i < request->oid_count && i < varbinds_max && status == SIM_ERROR_NONE; i++) {
		struct oid oid = request->oids[i];
		bool is_end;

		*index = i + 1;
		status = request->type == BER_PDU_GET ? get_one(task, &oid) : get_next(task, &oid, &is_end);
		if (task->out.is_full)
			status = SIM_ERROR_TOO_BIG;
	}
	if (status == SIM_ERROR_NONE || status == SIM_ERROR_TOO_BIG)
		*index = 0;
	return status;
}

static size_t clamp(int64_t value, size_t high)
{
	if (value < 0)
		return 0;
	return (uint64_t)value > high ? high : (size_t)value;
}

/*
 * GETBULK, RFC 3416 section 4.2.3: as many variables as fit, at most the asked number; it may stop where a whole repetition is
 * endOfMibView.
 */
static void get_bulk(struct sim_task *task, size_t varbinds_max)
{
	const struct sim_request *request = task->request;
	size_t once_count = clamp(request->non_repeaters, request->oid_count);
	size_t repetitions = clamp(request->max_repetitions, SIM_MESSAGE_BYTES_MAX);
	struct oid oids[SIM_VARBINDS_MAX];
	size_t count = 0;
	bool is_end;

	memcpy(oids, request->oids, request->oid_count * sizeof oids[0]);
	for (size_t i = 0; i < once_count && !task->out.is_full && count < varbinds_max; i++, count++)
		(void)get_next(task, &oids[i], &is_end);
	for (size_t turn = 0; turn < repetitions && once_count < request->oid_count; turn++) {
		bool is_all_end = true;

		for (size_t i = once_count; i < request->oid_count; i++, count++) {
			if (count == varbinds_max)
				return;
			(void)get_next(task, &oids[i], &is_end);
			if (task->out.is_full)
				return;
			is_all_end = is_all_end && is_end;
		}
		if (is_all_end)
			return;
	}
}

/* The variables of an error reply: as they came, but none with tooBig in v2c (RFC 3416 section 4.2.1). */
static void set_error_variables(struct sim_task *task, enum sim_error_status status)
{
	size_t bytes = (size_t)(task->request->varbinds.end - task->request->varbinds.at);

	task->out.is_full = false;
	task->out.bytes = 0;
	if (status == SIM_ERROR_TOO_BIG && task->request->version == SIM_VERSION_2C)
		return;
	if (bytes <= task->out.capacity_bytes) {
		memcpy(task->out.data, task->request->varbinds.at, bytes);
		task->out.bytes = bytes;
	}
}

/* Puts the PDU and message headers around the variables that are in task->out. */
static void end_message(struct sim_task *task, enum sim_error_status status, size_t index)
{
	enum { LEAD_BYTES_MAX = 256 };
	const struct sim_request *request = task->request;
	uint8_t lead_bytes[LEAD_BYTES_MAX];
	struct ber_out lead = {.data = lead_bytes, .capacity_bytes = sizeof lead_bytes};
	int64_t request_id = request->request_id + (task->lie == SIM_FAULT_WRONG_ID ? 1 : 0);
	struct ber_out *out = &task->out;

	out->is_full = false;
	out->capacity_bytes = SIM_MESSAGE_BYTES_MAX;
	ber_wrap(out, 0, BER_SEQUENCE);
	ber_add_int(&lead, BER_INTEGER, request_id);
	ber_add_int(&lead, BER_INTEGER, status);
	ber_add_int(&lead, BER_INTEGER, (int64_t)index);
	memmove(out->data + lead.bytes, out->data, out->bytes);
	memcpy(out->data, lead_bytes, lead.bytes);
	out->bytes += lead.bytes;
	ber_wrap(out, 0, BER_PDU_RESPONSE);
	lead.bytes = 0;
	ber_add_int(&lead, BER_INTEGER, request->version);
	ber_add(&lead, BER_OCTETS, request->community.at, (size_t)(request->community.end - request->community.at));
	memmove(out->data + lead.bytes, out->data, out->bytes);
	memcpy(out->data, lead_bytes, lead.bytes);
	out->bytes += lead.bytes;
	ber_wrap(out, 0, BER_SEQUENCE);
}

static void answer_request(struct sim_task *task)
{
	const struct sim_fault *fault = &task->device->fault;
	size_t varbinds_max = fault->kind == SIM_FAULT_TOO_BIG || fault->kind == SIM_FAULT_SHORT ? fault->value : SIZE_MAX;
	enum sim_error_status status = SIM_ERROR_NONE;
	size_t index = 0;

	if (fault->kind == SIM_FAULT_REFUSE) {
		status = SIM_ERROR_GENERAL;
		index = 1;
	} else if (task->request->type == BER_PDU_SET) {
		status = task->request->version == SIM_VERSION_1 ? SIM_ERROR_NO_SUCH_NAME : SIM_ERROR_NOT_WRITABLE;
		index = 1;
	} else if (task->request->type == BER_PDU_GETBULK) {
		get_bulk(task, varbinds_max);
	} else if (fault->kind == SIM_FAULT_TOO_BIG && task->request->oid_count > varbinds_max) {
		status = SIM_ERROR_TOO_BIG;
	} else {
		status = get_all(task, varbinds_max, &index);
	}
	if (status != SIM_ERROR_NONE)
		set_error_variables(task, status);
	end_message(task, status, index);
}

/* true when the device stays silent this time. */
static bool is_silent(const struct sim_device *device)
{
	enum { PERCENT = 100 };

	if (device->fault.kind == SIM_FAULT_SILENT)
		return true;
	if (device->fault.kind != SIM_FAULT_DROP)
		return false;
	return sim_mix(device->seed ^ (uint64_t)device->number << 32 ^ device->request_count) % PERCENT < device->fault.value;
}

void sim_agent_answer(const struct sim_agent *agent, struct sim_device *device, const struct sim_moment *now, struct ber_in in,
		      uint8_t *out, struct sim_reply *reply)
{
	struct sim_request request;
	struct sim_task task = {
	    .agent = agent,
	    .device = device,
	    .request = &request,
	    .reply_bytes_max = agent->reply_bytes_max,
	    .out = {.data = out, .capacity_bytes = SIM_MESSAGE_BYTES_MAX - HEADER_RESERVE_BYTES},
	};

	*reply = (struct sim_reply){.copies = 1};
	if (!read_request(in, &request) || !is_acceptable(agent, &request))
		return;
	sim_device_count_request(device, now);
	if (is_silent(device))
		return;
	task.lie = sim_hostile_choose(device);
	sim_device_state(device, now, &task.state);
	answer_request(&task);
	sim_hostile_bend_message(&task);
	if (task.has_counter)
		device->is_dip_pending = false;
	device->reply_count++;
	reply->bytes = task.out.bytes;
	reply->delay_ms = device->fault.kind == SIM_FAULT_SLOW ? device->fault.value : 0;
	reply->copies = device->fault.kind == SIM_FAULT_TWICE ? 2 : 1;
}
