/* SPDX-License-Identifier: Apache-2.0 */
/* The lies of a hostile device; each is a pattern that has been seen to hang, crash or mislead a manager. */
#include "agent_priv.h"

#include <string.h>

enum { HUGE_BYTES = 60000 };

static const enum sim_fault_kind lies[] = {
    SIM_FAULT_REPEAT, SIM_FAULT_DECREASE,  SIM_FAULT_WRONG_ID, SIM_FAULT_WRONG_TYPE,
    SIM_FAULT_TEXT,   SIM_FAULT_TRUNCATED, SIM_FAULT_HUGE,     SIM_FAULT_ENDLESS,
};

enum { LIE_COUNT = sizeof lies / sizeof lies[0] };

enum sim_fault_kind sim_hostile_choose(const struct sim_device *device)
{
	enum sim_fault_kind kind = device->fault.kind;

	if (kind == SIM_FAULT_LYING)
		return lies[device->request_count % LIE_COUNT];
	return kind > SIM_FAULT_LYING ? kind : SIM_FAULT_NONE;
}

/* The instance that stands behind *oid, under the name *oid: the walk makes no progress. */
static bool add_repeated(struct sim_task *task, const struct oid *oid)
{
	sim_task_add_named(task, oid, BER_GAUGE32, 1);
	return true;
}

/* The first variable again, whatever was asked: the walk turns in circles. */
static bool add_first(struct sim_task *task, struct oid *oid)
{
	const struct sim_instance *first = &task->device->tree->instances[0];

	sim_task_add_instance(task, first);
	oid->count = first->arc_count;
	memcpy(oid->arcs, first->arcs, first->arc_count * sizeof oid->arcs[0]);
	return true;
}

/* One row more in the column of *oid when its rows are over; false while it has real ones, and for scalars. */
static bool add_endless_row(struct sim_task *task, struct oid *oid)
{
	const struct sim_tree *tree = task->device->tree;
	size_t next = sim_task_next(task, oid);
	size_t before = sim_tree_next(tree, oid->arcs, oid->count);
	const struct sim_instance *last = before > 0 ? &tree->instances[before - 1] : NULL;

	if (last == NULL || last->column->rows == NULL)
		return false;
	if (!oid_is_prefix(last->arcs, last->column_arc_count, oid->arcs, oid->count) || oid->count == last->column_arc_count)
		return false;
	if (next < tree->count && tree->instances[next].column == last->column)
		return false;
	if (oid->arcs[oid->count - 1] == UINT32_MAX)
		return false;
	oid->arcs[oid->count - 1]++;
	sim_task_add_named(task, oid, BER_GAUGE32, oid->arcs[oid->count - 1]);
	return true;
}

bool sim_hostile_next(struct sim_task *task, struct oid *oid)
{
	switch (task->lie) {
	case SIM_FAULT_REPEAT: return add_repeated(task, oid);
	case SIM_FAULT_DECREASE: return add_first(task, oid);
	case SIM_FAULT_ENDLESS: return add_endless_row(task, oid);
	default: return false;
	}
}

/* Makes the value a text of its own bytes, NULs and all. */
static void set_bytes(struct sim_value *value, uint8_t tag, const void *bytes, size_t count)
{
	value->tag = tag;
	value->text_bytes = count;
	memcpy(value->text, bytes, count);
}

/* What an interface label may hold when nobody watches; which one, depends on the variable. */
static void set_nasty_text(const struct sim_task *task, const struct sim_instance *instance, struct sim_value *value)
{
	static const struct {
		const char *bytes;
		size_t count;
	} texts[] = {
#define NASTY(text) {text, sizeof(text) - 1}
	    NASTY("rack 1,phase=L1 \\,\"x\""),
	    NASTY("two\nlines\r\n"),
	    NASTY("\x1b[31mred\x1b]0;title\x07"),
	    NASTY("=cmd|'/C calc'!A0"),
	    NASTY("<script>alert(1)</script>"),
	    NASTY("\xff\xfe\xc0\xaf"),
	    NASTY("\xe2\x80\xae"
		  "desrever"), /* U+202E, right-to-left override */
	    NASTY("nul\0inside"),
	    NASTY("../../../etc/passwd"),
	    NASTY("%s%n${HOME}$(id)"),
	    NASTY(""),
#undef NASTY
	};
	size_t which = (size_t)(instance - task->device->tree->instances) % (sizeof texts / sizeof texts[0]);

	set_bytes(value, BER_OCTETS, texts[which].bytes, texts[which].count);
}

/* The marks that devices show instead of a reading. */
static void set_no_reading(struct sim_value *value)
{
	value->number = -1;
	value->count = value->tag == BER_COUNTER64 ? UINT64_MAX : UINT32_MAX;
}

void sim_hostile_bend_value(const struct sim_task *task, const struct sim_instance *instance, struct sim_value *value)
{
	static const uint8_t address[] = {127, 0, 0, 1};

	if (value->tag == BER_OCTETS && task->lie == SIM_FAULT_NASTY_TEXT)
		set_nasty_text(task, instance, value);
	if (value->tag == BER_OCTETS || value->tag == BER_OID)
		return;
	if (task->lie == SIM_FAULT_TEXT)
		set_bytes(value, BER_OCTETS, "N/A", sizeof "N/A" - 1);
	if (task->lie == SIM_FAULT_WRONG_TYPE)
		set_bytes(value, BER_IP_ADDRESS, address, sizeof address);
	if (task->lie == SIM_FAULT_NO_READING && sim_instance_what(instance) >= SIM_WHAT_POWER)
		set_no_reading(value);
}

/* A whole new message: the first asked variable with a value of 60 kB. */
static void make_huge(struct sim_task *task)
{
	const struct sim_request *request = task->request;
	struct ber_out *out = &task->out;
	static const uint8_t filler[HUGE_BYTES];
	uint8_t lead_bytes[SIM_COMMUNITY_BYTES * 2];
	struct ber_out lead = {.data = lead_bytes, .capacity_bytes = sizeof lead_bytes};

	if (request->oid_count == 0)
		return;
	out->bytes = 0;
	ber_add_int(&lead, BER_INTEGER, request->version);
	ber_add(&lead, BER_OCTETS, request->community.at, (size_t)(request->community.end - request->community.at));
	memcpy(out->data, lead_bytes, lead.bytes);
	out->bytes = lead.bytes;
	size_t pdu = out->bytes;
	ber_add_int(out, BER_INTEGER, request->request_id);
	ber_add_int(out, BER_INTEGER, SIM_ERROR_NONE);
	ber_add_int(out, BER_INTEGER, 0);
	size_t variables = out->bytes;
	ber_add_oid(out, request->oids[0].arcs, request->oids[0].count);
	ber_add(out, BER_OCTETS, filler, sizeof filler);
	ber_wrap(out, variables, BER_SEQUENCE);
	ber_wrap(out, variables, BER_SEQUENCE);
	ber_wrap(out, pdu, BER_PDU_RESPONSE);
	ber_wrap(out, 0, BER_SEQUENCE);
}

void sim_hostile_bend_message(struct sim_task *task)
{
	if (task->lie == SIM_FAULT_TRUNCATED)
		task->out.bytes -= task->out.bytes / 3;
	if (task->lie == SIM_FAULT_HUGE)
		make_huge(task);
}
