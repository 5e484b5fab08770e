/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/identify.h"

#include "base/mem.h"
#include "base/text.h"
#include "settings/recognise.h"
#include "snmp/device_priv.h"
#include "wire/reason.h"

#include <stdio.h>
#include <string.h>

enum { SYSTEM_DESCR = 0, SYSTEM_OBJECT_ID, SYSTEM_COUNT, PROBE_ROUNDS_MAX = 16 };

/* RFC 3418. */
static const struct plan_oid sys_descr = {.length = 9, .id = {1, 3, 6, 1, 2, 1, 1, 1, 0}};
static const struct plan_oid sys_object_id = {.length = 9, .id = {1, 3, 6, 1, 2, 1, 1, 2, 0}};

/* Standard MIBs from which energy, or what it is shared by, can be read. The 0 behind the subtree spares a GET of the subtree itself. */
static const struct {
	const char *name;
	struct plan_oid oid;
} hint_table[] = {
    {"UPS-MIB", {.length = 9, .id = {1, 3, 6, 1, 2, 1, 33, 1, 0}}},               /* RFC 1628, upsObjects */
    {"ENTITY-SENSOR-MIB", {.length = 10, .id = {1, 3, 6, 1, 2, 1, 99, 1, 1, 0}}}, /* RFC 3433, entPhySensorTable */
    {"ENERGY-OBJECT-MIB", {.length = 9, .id = {1, 3, 6, 1, 2, 1, 229, 1, 0}}},    /* RFC 7460, energyObjectMibObjects */
    {"POWER-ETHERNET-MIB", {.length = 9, .id = {1, 3, 6, 1, 2, 1, 105, 1, 0}}},   /* RFC 3621, pethObjects */
    {"IF-MIB", {.length = 9, .id = {1, 3, 6, 1, 2, 1, 2, 2, 0}}},                 /* RFC 2863, ifTable */
};

/* HINT_OWN: the tree of the maker that sysObjectID names, 1.3.6.1.4.1.N, behind those of the table. */
enum {
	HINT_COUNT = sizeof hint_table / sizeof hint_table[0],
	HINT_OWN = HINT_COUNT,
	HINT_OWN_LENGTH = 7,
	HINT_TEXT_BYTES = 128,
	HINT_OBJECT_BYTES = 64,
};

static bool begin_lookup(struct c_snmp_job *job, const struct plan_oid *const *oid, size_t count)
{
	c_snmp_lookup_free(job->lookup);
	job->lookup = c_snmp_lookup_new(oid, count);
	if (job->lookup == NULL) {
		c_snmp_job_fail(job, DEVICE_UNREADABLE, "out of memory for the survey of the device");
		return false;
	}
	return !c_snmp_lookup_is_over(job->lookup);
}

static bool begin_system(struct c_snmp_job *job)
{
	const struct plan_oid *const asked[SYSTEM_COUNT] = {[SYSTEM_DESCR] = &sys_descr, [SYSTEM_OBJECT_ID] = &sys_object_id};

	job->system_answer_count = 0;
	return begin_lookup(job, asked, SYSTEM_COUNT);
}

/* The maker's own tree, with a 0 behind it; length 0: the device names none. */
static struct plan_oid own_tree(const struct plan_oid *object_id)
{
	static const uint32_t enterprises[] = {1, 3, 6, 1, 4, 1};
	struct plan_oid own = *object_id;

	if (own.length < HINT_OWN_LENGTH || memcmp(own.id, enterprises, sizeof enterprises) != 0)
		return (struct plan_oid){0};
	own.length = HINT_OWN_LENGTH;
	own.id[own.length++] = 0;
	return own;
}

static bool begin_hints(struct c_snmp_job *job)
{
	const struct plan_oid *asked[HINT_COUNT + 1];
	struct plan_oid own = own_tree(&job->found.system_object_id);

	for (size_t i = 0; i < HINT_COUNT; i++)
		asked[i] = &hint_table[i].oid;
	asked[HINT_OWN] = &own;
	return begin_lookup(job, asked, HINT_COUNT + 1);
}

static bool begin_identity(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	const struct plan_snmp_driver *driver = &engine->driver[device->job->driver[0]];
	const struct plan_oid *const asked[C_SNMP_ITEM_COUNT] = {[C_SNMP_ITEM_UPTIME] = c_snmp_engine_uptime_of(driver),
								 [C_SNMP_ITEM_VENDOR] = &driver->identity.vendor,
								 [C_SNMP_ITEM_MODEL] = &driver->identity.model,
								 [C_SNMP_ITEM_SERIAL] = &driver->identity.serial,
								 [C_SNMP_ITEM_FIRMWARE] = &driver->identity.firmware};

	return begin_lookup(device->job, asked, C_SNMP_ITEM_COUNT);
}

/* ---- Which drivers ------------------------------------------------------------------------------------------------------------------ */

static void set_drivers(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct recognise_result *result)
{
	struct c_snmp_job *job = device->job;

	job->driver_count = 0;
	if (result->driver != RECOGNISE_NONE)
		job->driver[job->driver_count++] = (uint16_t)result->driver;
	for (size_t i = 0; i < result->stack_count && job->driver_count < C_SNMP_DRIVERS_MAX; i++)
		job->driver[job->driver_count++] = (uint16_t)result->stack[i];
	/* What was learnt of a device that is known already is better than what its driver begins with. */
	if (job->driver_count > 0 && (device->shape == NULL || device->driver[0] != job->driver[0]))
		c_snmp_engine_set_quirks(device, &engine->driver[job->driver[0]]);
}

/* What the rules of a driver that is named say now: one that never held for the device was named in spite of them. */
static void note_fit(struct c_snmp_device *device, enum recognise_verdict verdict)
{
	device->has_fit |= verdict == RECOGNISE_YES;
	device->is_unfit = device->has_fit && verdict != RECOGNISE_YES;
}

/* Decides, or begins to ask the probes that are still needed; true: they are to be asked. */
static bool decide(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	struct recognise_answer answer[C_SNMP_PROBES_MAX];
	struct recognise_facts facts = {.object_id = job->found.system_object_id.length > 0 ? &job->found.system_object_id : NULL,
					.descr = job->found.system_descr,
					.answer = answer,
					.answer_count = job->system_answer_count};
	const struct plan_oid *asked[RECOGNISE_PROBES_MAX];
	enum recognise_verdict verdict = RECOGNISE_NO;
	struct recognise_result result;

	for (size_t i = 0; i < job->system_answer_count; i++)
		answer[i] = (struct recognise_answer){
		    .probe = job->probe[i].oid, .is_answered = job->probe[i].kind != C_SNMP_ABSENT, .text = job->probe[i].text};
	if (device->is_auto)
		recognise_run(engine->recognise, &facts, &result);
	else
		verdict = recognise_check(engine->recognise, device->driver[0], &facts, &result);
	if (result.probe_count == 0 || job->system_answer_count + result.probe_count > C_SNMP_PROBES_MAX ||
	    ++job->probe_round > PROBE_ROUNDS_MAX) {
		if (device->is_auto)
			set_drivers(engine, device, &result);
		else
			note_fit(device, verdict);
		return false;
	}
	for (size_t i = 0; i < result.probe_count; i++)
		asked[i] = &result.probe[i];
	return begin_lookup(job, asked, result.probe_count);
}

/* Keeps what a round of probes found for the next decision. */
static void keep_probes(struct c_snmp_job *job)
{
	const struct c_snmp_lookup *lookup = job->lookup;
	size_t count = job->system_answer_count + lookup->count;
	void *larger = mem_resize_array(job->probe, count, sizeof *job->probe);

	if (larger == NULL)
		return;
	job->probe = larger;
	memcpy(job->probe + job->system_answer_count, lookup->item, lookup->count * sizeof *job->probe);
	job->system_answer_count = count;
}

static void keep_system(struct c_snmp_job *job)
{
	(void)text_copy(job->found.system_descr, sizeof job->found.system_descr, job->lookup->item[SYSTEM_DESCR].text);
	job->found.system_object_id = job->lookup->item[SYSTEM_OBJECT_ID].object;
	job->probe_round = 0;
}

static void keep_identity_texts(struct c_snmp_job *job)
{
	const struct c_snmp_lookup_item *item = job->lookup->item;

	job->has_uptime_object = item[C_SNMP_ITEM_UPTIME].kind == C_SNMP_UNSIGNED || item[C_SNMP_ITEM_UPTIME].kind == C_SNMP_SIGNED;
	for (size_t i = C_SNMP_ITEM_VENDOR; i < C_SNMP_ITEM_COUNT; i++)
		text_clean(job->found.identity.text[i], METER_IDENTITY_BYTES, item[i].text, strlen(item[i].text));
}

/* ---- The phases --------------------------------------------------------------------------------------------------------------------- */

bool c_snmp_identify_begin(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	switch (device->job->phase) {
	case C_SNMP_PHASE_SYSTEM: return begin_system(device->job);
	case C_SNMP_PHASE_PROBES: return decide(engine, device);
	case C_SNMP_PHASE_HINTS: return begin_hints(device->job);
	default: return begin_identity(engine, device);
	}
}

void c_snmp_identify_request(struct c_snmp_device *device, struct c_snmp_request *out)
{
	if (!c_snmp_lookup_next(device->job->lookup, out))
		*out = (struct c_snmp_request){.command = C_SNMP_GETNEXT};
}

bool c_snmp_identify_take(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct c_snmp_reply *reply)
{
	struct c_snmp_job *job = device->job;

	c_snmp_lookup_take(job->lookup, reply);
	if (job->lookup->is_lying) {
		c_snmp_job_fail(job, DEVICE_LYING, "the device answers GETNEXT with names that do not come next");
		job->is_lost = true;
		return true;
	}
	if (!c_snmp_lookup_is_over(job->lookup))
		return false;
	if (job->phase == C_SNMP_PHASE_HINTS)
		return true;
	if (c_snmp_lookup_is_refused(job->lookup)) {
		job->is_check_left = c_snmp_identify_is_check(device);
		if (job->is_check_left)
			return true;
		c_snmp_job_fail(job, DEVICE_REFUSED, "the device refuses to be asked: %s", c_snmp_error_name(job->lookup->refusal));
		job->is_lost = true;
		return true;
	}
	switch (job->phase) {
	case C_SNMP_PHASE_SYSTEM: keep_system(job); return true;
	case C_SNMP_PHASE_PROBES: keep_probes(job); return !decide(engine, device);
	default: keep_identity_texts(job); return true;
	}
}

bool c_snmp_identify_is_check_due(struct c_snmp_engine *engine, const struct c_snmp_device *device)
{
	if (device->is_auto || device->shape == NULL)
		return false;
	/* Without memory for the rules it is read without being checked. */
	return engine->recognise != NULL || recognise_new(&engine->recognise, engine->driver, engine->driver_count, NULL) == ERR_NONE;
}

bool c_snmp_identify_is_check(const struct c_snmp_device *device)
{
	return !device->is_auto && (device->job->phase == C_SNMP_PHASE_SYSTEM || device->job->phase == C_SNMP_PHASE_PROBES);
}

void c_snmp_identify_fail_unknown(struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	const struct c_snmp_lookup *lookup = job->lookup;
	char object_id[C_SNMP_LOOKUP_TEXT_BYTES] = "none";
	char reason[2 * C_SNMP_REASON_BYTES];
	char clean[C_SNMP_REASON_BYTES];
	char hints[HINT_TEXT_BYTES];
	size_t length = 0;

	for (size_t i = 0; lookup != NULL && i < lookup->count && i < HINT_COUNT; i++) {
		if (lookup->item[i].kind != C_SNMP_ABSENT)
			length +=
			    (size_t)snprintf(hints + length, sizeof hints - length, "%s%s", length > 0 ? ", " : "", hint_table[i].name);
	}
	if (length == 0)
		length = (size_t)snprintf(hints, sizeof hints, "no standard energy MIB");
	if (lookup != NULL && lookup->count > HINT_OWN && lookup->item[HINT_OWN].kind != C_SNMP_ABSENT)
		(void)snprintf(hints + length, sizeof hints - length, ", and its maker's tree 1.3.6.1.4.1.%u",
			       (unsigned)lookup->item[HINT_OWN].oid.id[HINT_OWN_LENGTH - 1]);
	if (job->found.system_object_id.length > 0)
		plan_oid_print(&job->found.system_object_id, object_id, sizeof object_id);
	(void)snprintf(reason, sizeof reason, "%s" WIRE_REASON_NO_DRIVER " (sysObjectID %.*s; answers %s; sysDescr \"%.80s\")",
		       device->shape != NULL ? WIRE_REASON_DRIVER_UNFIT ": " : "", HINT_OBJECT_BYTES, object_id, hints,
		       job->found.system_descr);
	/* Cut at a character's end. */
	text_clean(clean, sizeof clean, reason, strlen(reason));
	c_snmp_job_fail(job, DEVICE_REFUSED, "%s", clean);
}

void c_snmp_identify_keep(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	struct c_snmp_identity *identity = &job->found.identity;
	char packed[(C_SNMP_ITEM_COUNT - 1) * METER_IDENTITY_BYTES];
	size_t bytes = 0;
	bool is_same = device->identity != NULL;

	if (identity->text[C_SNMP_ITEM_VENDOR][0] == '\0')
		(void)snprintf(identity->text[C_SNMP_ITEM_VENDOR], METER_IDENTITY_BYTES, "%.63s", engine->driver[job->driver[0]].vendor);
	for (size_t i = C_SNMP_ITEM_VENDOR; i < C_SNMP_ITEM_COUNT; i++) {
		size_t length = strlen(identity->text[i]) + 1;

		memcpy(packed + bytes, identity->text[i], length);
		bytes += length;
	}
	for (size_t i = 0, at = 0; is_same && i + 1 < C_SNMP_ITEM_COUNT; i++, at += strlen(packed + at) + 1)
		is_same = strcmp(device->identity + at, packed + at) == 0;
	if (is_same)
		return;
	mem_free(device->identity);
	device->identity = mem_dup_bytes(packed, bytes);
	engine->host.mark_changed(engine->host.context, (uint32_t)(device - engine->device));
}
