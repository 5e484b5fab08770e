/* SPDX-License-Identifier: Apache-2.0 */
/* discover: the later phases of a survey, scalars and tables, and what is made of it. */
#include "snmp/device_priv.h"
#include "snmp/discover_priv.h"
#include "snmp/identify.h"

#include "base/mem.h"
#include "model/units.h"
#include "snmp/oid.h"
#include "snmp/packet.h"
#include "wire/reason.h"

#include <stdio.h>
#include <string.h>

enum { OBJECT_TEXT_BYTES = 64 };

#define SURVEY_EVERY_NS (600 * UNITS_NS_PER_S)
#define SURVEY_SPREAD_NS (60 * UNITS_NS_PER_S)
#define SURVEY_RETRY_NS (60 * UNITS_NS_PER_S)

/* ---- Scalars ---------------------------------------------------------------------------------------------------------------------- */

static bool begin_scalars(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	struct c_snmp_drivers drivers = c_snmp_job_drivers(engine, job);

	job->survey = c_snmp_survey_new(drivers.driver, drivers.count);
	if (job->survey == NULL) {
		c_snmp_job_fail(job, DEVICE_UNREADABLE, "out of memory for the survey of the device");
		return false;
	}
	job->survey->is_complete = true;
	job->pending = mem_new_array(job->survey->scalar_count + 1, sizeof *job->pending);
	if (job->pending == NULL)
		return false;
	for (size_t i = 0; i < job->survey->scalar_count; i++)
		job->pending[i] = (uint16_t)i;
	job->pending_count = job->survey->scalar_count;
	return job->pending_count > 0;
}

static void scalars_request(struct c_snmp_engine *engine, struct c_snmp_device *device, struct c_snmp_request *out)
{
	struct c_snmp_job *job = device->job;
	size_t max = device->varbinds_max < C_SNMP_OIDS_MAX ? device->varbinds_max : C_SNMP_OIDS_MAX;

	job->pending_asked = job->pending_count < max ? job->pending_count : max;
	for (size_t i = 0; i < job->pending_asked; i++)
		engine->oid[i] = job->survey->scalar[job->pending[i]];
	*out = (struct c_snmp_request){.command = C_SNMP_GET, .oid = engine->oid, .oid_count = job->pending_asked};
}

/* Takes `count` scalars from number `at` on off the list. */
static bool drop_pending(struct c_snmp_job *job, size_t at, size_t count)
{
	memmove(job->pending + at, job->pending + at + count, (job->pending_count - at - count) * sizeof *job->pending);
	job->pending_count -= count;
	return job->pending_count == 0;
}

static bool take_scalars(struct c_snmp_device *device, const struct c_snmp_reply *reply)
{
	struct c_snmp_job *job = device->job;

	if (reply->error_status == C_SNMP_TOO_BIG && job->pending_asked > 1) {
		device->varbinds_max = (uint8_t)(job->pending_asked / 2);
		return false;
	}
	if (reply->error_status != C_SNMP_NO_ERROR) {
		bool is_one = reply->error_index >= 1 && (size_t)reply->error_index <= job->pending_asked;

		return is_one ? drop_pending(job, (size_t)reply->error_index - 1, 1) : drop_pending(job, 0, job->pending_asked);
	}
	if (reply->varbind_count != job->pending_asked) {
		c_snmp_job_fail(job, DEVICE_LYING, "the device answers %zu values to a request for %zu", reply->varbind_count,
				job->pending_asked);
		job->survey->is_complete = false;
		return true;
	}
	for (size_t i = 0; i < reply->varbind_count; i++) {
		const struct c_snmp_varbind *varbind = &reply->varbind[i];
		const struct plan_oid *asked = &job->survey->scalar[job->pending[i]];

		if (c_snmp_oid_compare(varbind->name, varbind->name_length, asked->id, asked->length) != 0)
			c_snmp_job_fail(job, DEVICE_LYING, "the device answers with other objects than it was asked for");
		else if (c_snmp_survey_add_scalar(job->survey, job->pending[i], &varbind->raw) != ERR_NONE)
			job->survey->is_complete = false;
	}
	return drop_pending(job, 0, job->pending_asked);
}

/* ---- Tables ----------------------------------------------------------------------------------------------------------------------- */

static bool begin_walk(struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	bool is_next = device->version == SNMP_V1 || device->is_bulk_refused;

	if (job->survey == NULL || job->survey->column_count == 0)
		return false;
	job->walk = c_snmp_walk_new(job->survey->column, job->survey->column_count, job->survey->table, is_next ? 0 : device->repetitions);
	if (job->walk == NULL)
		c_snmp_job_fail(job, DEVICE_UNREADABLE, "out of memory for the survey of the device");
	return job->walk != NULL;
}

static bool take_walk(struct c_snmp_device *device, const struct c_snmp_reply *reply)
{
	struct c_snmp_job *job = device->job;
	enum c_snmp_walk_status status = c_snmp_walk_take(job->walk, reply);

	if (c_snmp_walk_repetitions(job->walk) > 0)
		device->repetitions = (uint8_t)c_snmp_walk_repetitions(job->walk);
	if (status == C_SNMP_WALK_MORE)
		return false;
	if (status == C_SNMP_WALK_DONE)
		return true;
	job->survey->is_complete = false;
	job->is_lost = status != C_SNMP_WALK_REFUSED; /* nothing that such a device has said is believed */
	c_snmp_job_fail(job, status == C_SNMP_WALK_REFUSED ? DEVICE_REFUSED : DEVICE_LYING, "reading the tables stopped: %s",
			c_snmp_walk_reason(job->walk));
	return true;
}

/* ---- Dispatch --------------------------------------------------------------------------------------------------------------------- */

bool c_snmp_discover_begin(struct c_snmp_engine *engine, struct c_snmp_device *device, enum c_snmp_phase phase)
{
	switch (phase) {
	case C_SNMP_PHASE_SYSTEM:
	case C_SNMP_PHASE_PROBES:
	case C_SNMP_PHASE_HINTS:
	case C_SNMP_PHASE_IDENTITY: return c_snmp_identify_begin(engine, device);
	case C_SNMP_PHASE_SCALARS: return begin_scalars(engine, device);
	case C_SNMP_PHASE_WALK: return begin_walk(device);
	default: return false;
	}
}

void c_snmp_discover_request(struct c_snmp_engine *engine, struct c_snmp_device *device, struct c_snmp_request *out)
{
	switch (device->job->phase) {
	case C_SNMP_PHASE_SCALARS: scalars_request(engine, device, out); break;
	case C_SNMP_PHASE_WALK: c_snmp_walk_next(device->job->walk, out); break;
	default: c_snmp_identify_request(device, out); break;
	}
}

bool c_snmp_discover_take(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct c_snmp_reply *reply)
{
	switch (device->job->phase) {
	case C_SNMP_PHASE_SCALARS: return take_scalars(device, reply);
	case C_SNMP_PHASE_WALK: return take_walk(device, reply);
	default: return c_snmp_identify_take(engine, device, reply);
	}
}

bool c_snmp_discover_timeout(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;

	(void)engine;
	job->is_lost = job->phase != C_SNMP_PHASE_SCALARS && job->phase != C_SNMP_PHASE_WALK;
	/* A device that answers small questions and not large ones: ask for less at a time. */
	if (job->phase == C_SNMP_PHASE_WALK && c_snmp_walk_shrink(job->walk)) {
		device->repetitions = (uint8_t)c_snmp_walk_repetitions(job->walk);
		return false;
	}
	if (job->phase == C_SNMP_PHASE_SCALARS && job->pending_asked > 1) {
		device->varbinds_max = (uint8_t)(job->pending_asked / 2);
		return false;
	}
	if (job->survey != NULL)
		job->survey->is_complete = false;
	return true;
}

/* ---- Results ---------------------------------------------------------------------------------------------------------------------- */

struct announce_context {
	struct c_snmp_engine *engine;
	uint32_t device;
};

static void announce_meter(void *context, uint32_t meter, const struct meter_info *info)
{
	const struct announce_context *to = context;

	to->engine->host.put_meter(to->engine->host.context, to->device, meter, info);
}

bool c_snmp_discover_pack(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_drivers drivers = c_snmp_engine_drivers(engine, device);
	const struct plan_oid *uptime = device->has_uptime ? c_snmp_engine_uptime(engine, device) : NULL;

	c_snmp_batches_deinit(&device->batches);
	return c_snmp_batches_init(&device->batches, device->shape, &drivers, uptime, device->varbinds_max) == ERR_NONE;
}

/* A survey that lost something must not take away what a whole one found. */
static bool is_worse(const struct c_snmp_device *device)
{
	return device->shape != NULL && device->shape->is_complete && !device->job->survey->is_complete;
}

/* Its driver fits, or was named, and finds nothing to read. */
static void fail_empty(struct c_snmp_device *device, const char *driver)
{
	const struct c_snmp_finding *found = &device->job->found;
	char object_id[OBJECT_TEXT_BYTES] = "none";

	if (!device->is_auto) {
		c_snmp_job_fail(device->job, DEVICE_REFUSED,
				"it answers, but has none of the objects of driver %s: is it the right driver?", driver);
		return;
	}
	if (found->system_object_id.length > 0)
		plan_oid_print(&found->system_object_id, object_id, sizeof object_id);
	c_snmp_job_fail(device->job, DEVICE_REFUSED,
			WIRE_REASON_NO_DRIVER " well enough: %s fits, and finds none of its objects (sysObjectID %s; sysDescr \"%.80s\")",
			driver, object_id, found->system_descr);
}

bool c_snmp_discover_adopt(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	struct announce_context to = {.engine = engine, .device = (uint32_t)(device - engine->device)};
	struct c_snmp_announcer announcer = {.put_meter = announce_meter, .context = &to};
	struct c_snmp_drivers drivers = c_snmp_job_drivers(engine, job);
	bool is_same_drivers = device->driver_count == job->driver_count &&
			       memcmp(device->driver, job->driver, sizeof job->driver[0] * job->driver_count) == 0;
	struct c_snmp_shape *shape;
	bool is_changed;

	device->surveyed_ns = engine->now_ns;
	device->survey_due_ns =
	    engine->now_ns + (job->survey->is_complete ? SURVEY_EVERY_NS + to.device % 64 * (SURVEY_SPREAD_NS / 64) : SURVEY_RETRY_NS);
	if (is_same_drivers && is_worse(device))
		return true;
	shape = c_snmp_shape_new(&drivers, job->survey, device->shape, device->interval_ms, &announcer);
	if (shape == NULL || shape->target_count == 0) {
		if (shape == NULL)
			c_snmp_job_fail(job, DEVICE_UNREADABLE, "it has more than the %d meters or %d numbers that are kept of a device",
					C_SNMP_METERS_MAX, C_SNMP_TARGETS_MAX);
		else if (job->failure == DEVICE_STARTING)
			fail_empty(device, drivers.driver[0]->name);
		c_snmp_shape_free(shape);
		return false;
	}
	is_changed = !is_same_drivers || device->shape == NULL || device->shape->summand_count != shape->summand_count ||
		     device->shape->is_complete != shape->is_complete;
	c_snmp_shape_free(device->shape);
	device->shape = shape;
	device->has_uptime = job->has_uptime_object;
	memcpy(device->driver, job->driver, sizeof device->driver);
	device->driver_count = job->driver_count;
	if (is_changed)
		engine->host.mark_changed(engine->host.context, to.device);
	return c_snmp_discover_pack(engine, device);
}

void c_snmp_discover_end(struct c_snmp_job *job)
{
	job->lookup = c_snmp_lookup_free(job->lookup);
	job->probe = mem_free(job->probe);
	job->walk = c_snmp_walk_free(job->walk);
	job->survey = c_snmp_survey_free(job->survey);
	job->pending = mem_free(job->pending);
	job->pending_count = 0;
}
