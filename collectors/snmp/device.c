/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/device_priv.h"

#include <stdarg.h>
#include <stdio.h>

/* sysUpTime.0, RFC 3418. */
static const struct plan_oid sys_up_time = {.length = 9, .id = {1, 3, 6, 1, 2, 1, 1, 3, 0}};

struct c_snmp_drivers c_snmp_engine_drivers(const struct c_snmp_engine *engine, const struct c_snmp_device *device)
{
	struct c_snmp_drivers drivers = {.count = device->driver_count};

	for (size_t i = 0; i < device->driver_count; i++)
		drivers.driver[i] = &engine->driver[device->driver[i]];
	return drivers;
}

const struct plan_snmp_driver *c_snmp_engine_main_driver(const struct c_snmp_engine *engine, const struct c_snmp_device *device)
{
	return device->driver_count > 0 ? &engine->driver[device->driver[0]] : NULL;
}

struct c_snmp_drivers c_snmp_job_drivers(const struct c_snmp_engine *engine, const struct c_snmp_job *job)
{
	struct c_snmp_drivers drivers = {.count = job->driver_count};

	for (size_t i = 0; i < job->driver_count; i++)
		drivers.driver[i] = &engine->driver[job->driver[i]];
	return drivers;
}

const struct plan_oid *c_snmp_engine_uptime_of(const struct plan_snmp_driver *driver)
{
	return driver != NULL && driver->identity.uptime.length > 0 ? &driver->identity.uptime : &sys_up_time;
}

const struct plan_oid *c_snmp_engine_uptime(const struct c_snmp_engine *engine, const struct c_snmp_device *device)
{
	return c_snmp_engine_uptime_of(c_snmp_engine_main_driver(engine, device));
}

void c_snmp_engine_set_quirks(struct c_snmp_device *device, const struct plan_snmp_driver *driver)
{
	device->is_bulk_refused = driver != NULL && driver->is_bulk_refused;
	device->repetitions = driver != NULL && driver->max_repetitions > 0 ? driver->max_repetitions : C_SNMP_REPETITIONS_START;
	device->varbinds_max = driver != NULL && driver->max_varbinds > 0 ? driver->max_varbinds : C_SNMP_VARBINDS_START;
	if (device->varbinds_max > C_SNMP_OIDS_MAX)
		device->varbinds_max = C_SNMP_OIDS_MAX;
}

void c_snmp_engine_enqueue(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	uint32_t number = (uint32_t)(device - engine->device);

	if (device->is_queued)
		return;
	device->is_queued = true;
	device->next_queued = C_SNMP_QUEUE_END;
	if (engine->queue_first == C_SNMP_QUEUE_END)
		engine->queue_first = number;
	else
		engine->device[engine->queue_last].next_queued = number;
	engine->queue_last = number;
}

static int badness(enum device_state state)
{
	switch (state) {
	case DEVICE_LYING: return 4;
	case DEVICE_REFUSED: return 3;
	case DEVICE_UNREADABLE: return 2;
	case DEVICE_SILENT: return 1;
	default: return 0;
	}
}

void c_snmp_job_fail(struct c_snmp_job *job, enum device_state failure, const char *fmt, ...)
{
	va_list arguments;

	if (badness(failure) <= badness(job->failure))
		return;
	job->failure = failure;
	va_start(arguments, fmt);
	(void)vsnprintf(job->reason, sizeof job->reason, fmt, arguments);
	va_end(arguments);
}

void c_snmp_job_set_eager(struct c_snmp_engine *engine, struct c_snmp_job *job, bool is_eager)
{
	if (job->is_eager == is_eager)
		return;
	job->is_eager = is_eager;
	engine->eager_count += is_eager ? 1 : SIZE_MAX; /* minus one, modulo 2^n */
}
