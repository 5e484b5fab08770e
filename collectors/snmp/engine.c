/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/engine.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/units.h"
#include "settings/recognise.h"
#include "snmp/admit_priv.h"
#include "snmp/device_priv.h"
#include "snmp/job_priv.h"
#include "snmp/packet.h"
#include "snmp/shared.h"

#include <errno.h>
#include <string.h>

/* SHAPE_FETCH_BYTES: a shape with some ten targets. */
enum { CACHE_LINE_BYTES = 64, SHAPE_FETCH_BYTES = 320 };

struct c_snmp_engine *c_snmp_engine_new(const struct plan_snmp_driver *driver, size_t driver_count, const struct c_snmp_host *host,
					uint64_t seed)
{
	struct c_snmp_engine *engine = mem_new(sizeof *engine);

	if (engine == NULL)
		return NULL;
	engine->driver = driver;
	engine->driver_count = driver_count;
	engine->host = *host;
	engine->window = C_SNMP_WINDOW_START;
	engine->queue_first = engine->queue_last = C_SNMP_QUEUE_END;
	engine->waiting_read = engine->waiting_survey = (struct c_snmp_waiting){C_SNMP_QUEUE_END, C_SNMP_QUEUE_END};
	engine->seed = seed;
	engine->inflight = c_snmp_inflight_new(C_SNMP_WINDOW_START, seed);
	engine->shared = c_snmp_shared_new();
	return engine->inflight == NULL || engine->shared == NULL ? c_snmp_engine_free(engine) : engine;
}

static void free_device(struct c_snmp_device *device)
{
	if (device->job != NULL)
		c_snmp_admit_free_job(device->job);
	c_snmp_batches_deinit(&device->batches);
	c_snmp_shape_free(device->shape);
	mem_free(device->identity);
	mem_free(device->reason);
	c_snmp_usm_peer_free(device->peer);
}

struct c_snmp_engine *c_snmp_engine_free(struct c_snmp_engine *engine)
{
	if (engine == NULL)
		return NULL;
	for (size_t i = 0; i < engine->device_count; i++)
		free_device(&engine->device[i]);
	while (engine->pool != NULL) {
		struct c_snmp_job *job = engine->pool;

		engine->pool = job->next;
		c_snmp_admit_free_job(job);
	}
	for (size_t i = 0; i < engine->community_count; i++)
		mem_free_secret(engine->community[i], strlen(engine->community[i]));
	mem_free(engine->community);
	mem_free(engine->device);
	mem_free(engine->sample);
	c_snmp_shared_free(engine->shared);
	c_snmp_inflight_free(engine->inflight);
	recognise_free(engine->recognise);
	c_snmp_usm_free(engine->usm);
	return mem_free(engine);
}

/* One copy of each community; most devices share one, and it is mostly the last. */
static const char *share_community(struct c_snmp_engine *engine, const char *text)
{
	char *copy;

	for (size_t i = engine->community_count; i-- > 0;)
		if (strcmp(engine->community[i], text) == 0)
			return engine->community[i];
	copy = mem_dup(text);
	if (copy == NULL || mem_grow((void **)&engine->community, &engine->community_capacity, engine->community_count, PLAN_DEVICES_MAX,
				     sizeof *engine->community) != ERR_NONE) {
		mem_free(copy);
		return NULL;
	}
	engine->community[engine->community_count++] = copy;
	return copy;
}

static enum err choose_driver(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct plan_snmp_device *plan,
			      struct err_info *info)
{
	device->is_auto = plan->driver == PLAN_DRIVER_AUTO;
	if (device->is_auto) {
		c_snmp_engine_set_quirks(device, NULL);
		if (engine->recognise != NULL)
			return ERR_NONE;
		return recognise_new(&engine->recognise, engine->driver, engine->driver_count, info);
	}
	if (plan->driver >= engine->driver_count)
		return err_set(info, ERR_DATA, "its plan names driver %u of %zu", (unsigned)plan->driver, engine->driver_count);
	device->driver[0] = (uint16_t)plan->driver;
	device->driver_count = 1;
	c_snmp_engine_set_quirks(device, &engine->driver[plan->driver]);
	return ERR_NONE;
}

static enum err add_user(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct plan_snmp_device *plan,
			 struct err_info *info)
{
	if (plan->version != SNMP_V3)
		return ERR_NONE;
	if (engine->usm == NULL)
		engine->usm = c_snmp_usm_new();
	if (engine->usm == NULL)
		return err_set(info, ERR_MEMORY, "out of memory");
	return c_snmp_usm_add(engine->usm, plan, &device->peer, info);
}

enum err c_snmp_engine_add(struct c_snmp_engine *engine, const struct plan_snmp_device *plan, struct err_info *info)
{
	struct c_snmp_device device = {.interval_ms = plan->interval_ms,
				       .timeout_ms = plan->timeout_ms,
				       .deadline_ms = plan->deadline_ms,
				       .retries = (uint8_t)(plan->retries > UINT8_MAX ? UINT8_MAX : plan->retries),
				       .version = plan->version,
				       .window = C_SNMP_DEVICE_WINDOW,
				       .next_queued = C_SNMP_QUEUE_END,
				       .is_tcp = plan->is_tcp};
	enum err err;

	err = c_snmp_address_parse(&device.address, plan->host, plan->port, info);
	if (err == ERR_NONE)
		err = choose_driver(engine, &device, plan, info);
	if (err == ERR_NONE)
		err = add_user(engine, &device, plan, info);
	if (err != ERR_NONE)
		return err_prefix(info, "device %s", plan->id);
	device.community = share_community(engine, plan->community);
	if (device.community == NULL || mem_grow((void **)&engine->device, &engine->device_capacity, engine->device_count, PLAN_DEVICES_MAX,
						 sizeof *engine->device) != ERR_NONE) {
		c_snmp_usm_peer_free(device.peer);
		return err_set(info, ERR_MEMORY, "no room for device %s", plan->id);
	}
	engine->device[engine->device_count++] = device;
	return ERR_NONE;
}

void c_snmp_engine_set_window(struct c_snmp_engine *engine, size_t window)
{
	struct c_snmp_inflight *larger = NULL;

	engine->window = window < C_SNMP_WINDOW_MAX ? window : C_SNMP_WINDOW_MAX;
	if (engine->window > C_SNMP_WINDOW_START && c_snmp_inflight_count(engine->inflight) == 0)
		larger = c_snmp_inflight_new(engine->window, engine->seed);
	if (larger != NULL) {
		c_snmp_inflight_free(engine->inflight);
		engine->inflight = larger;
	} else if (engine->window > C_SNMP_WINDOW_START) {
		engine->window = C_SNMP_WINDOW_START;
	}
}

void c_snmp_engine_read(struct c_snmp_engine *engine, uint32_t device, uint32_t failed_count, int64_t now_boot_ns)
{
	c_snmp_job_begin(engine, device, failed_count, now_boot_ns);
}

void c_snmp_engine_receive(struct c_snmp_engine *engine, const struct c_snmp_address *from, const uint8_t *message, size_t bytes,
			   int64_t arrived_boot_ns, int64_t now_boot_ns)
{
	c_snmp_job_receive(engine, from, message, bytes, arrived_boot_ns, now_boot_ns);
}

/* With ten thousands of devices none is in the cache when its answer comes. */
static void fetch(const void *block, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += CACHE_LINE_BYTES)
		__builtin_prefetch((const uint8_t *)block + at);
}

void c_snmp_engine_foresee(struct c_snmp_engine *engine, const uint8_t *message, size_t bytes)
{
	const struct c_snmp_device *before = engine->foreseen;
	const struct c_snmp_inflight_slot *slot;
	uint32_t id;

	slot = c_snmp_packet_peek_id(message, bytes, &id) ? c_snmp_inflight_find(engine->inflight, id) : NULL;
	engine->foreseen = slot != NULL ? &engine->device[slot->device] : NULL;
	if (engine->foreseen != NULL)
		fetch(engine->foreseen, sizeof *engine->foreseen);
	/* The device before has come by now, and says what else is needed of it. */
	if (before != NULL && before->shape != NULL) {
		fetch(before->shape, SHAPE_FETCH_BYTES);
		fetch(before->batches.batch, sizeof *before->batches.batch);
	}
}

void c_snmp_engine_lose(struct c_snmp_engine *engine, uint32_t device, int error)
{
	engine->device[device].link_error = error;
	c_snmp_inflight_expire(engine->inflight, device, error != ECONNRESET);
}

int64_t c_snmp_engine_tick(struct c_snmp_engine *engine, int64_t now_boot_ns)
{
	return c_snmp_job_tick(engine, now_boot_ns);
}

size_t c_snmp_engine_count(const struct c_snmp_engine *engine)
{
	return engine->device_count;
}

uint64_t c_snmp_engine_stray_count(const struct c_snmp_engine *engine)
{
	return engine->stray_count;
}

bool c_snmp_engine_is_eager(const struct c_snmp_engine *engine)
{
	return engine->eager_count > 0 || engine->queue_first != C_SNMP_QUEUE_END;
}

bool c_snmp_engine_is_surveying(const struct c_snmp_engine *engine)
{
	return engine->survey_count > 0;
}

size_t c_snmp_engine_meter_count(const struct c_snmp_engine *engine, uint32_t device)
{
	return engine->device[device].shape == NULL ? 0 : engine->device[device].shape->meter_count;
}

void c_snmp_engine_describe(const struct c_snmp_engine *engine, uint32_t number, struct wire_device *out)
{
	const struct c_snmp_device *device = &engine->device[number];
	const struct plan_snmp_driver *driver = c_snmp_engine_main_driver(engine, device);
	char *const field[] = {out->vendor, out->model, out->serial, out->firmware};
	const char *text = device->identity;

	for (size_t i = 0; text != NULL && i < sizeof field / sizeof field[0]; i++, text += strlen(text) + 1)
		(void)text_copy(field[i], METER_IDENTITY_BYTES, text);
	if (device->reason != NULL)
		(void)text_copy(out->reason, sizeof out->reason, device->reason);
	if (driver != NULL) {
		(void)text_copy(out->driver, sizeof out->driver, driver->name);
		memcpy(out->driver_sha256, driver->sha256, sizeof out->driver_sha256);
	}
	if (device->shape != NULL && driver != NULL && driver->total == TOTAL_SUM)
		out->expected_count = device->shape->summand_count;
	out->is_expected_learned = device->shape != NULL && device->shape->is_complete;
}
