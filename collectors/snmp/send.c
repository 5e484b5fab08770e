/* SPDX-License-Identifier: Apache-2.0 */
/* send: the bytes of requests: prepared ones for v1 and v2c, new ones each time for v3. */
#include "model/units.h"
#include "snmp/device_priv.h"
#include "snmp/discover_priv.h"
#include "snmp/send_priv.h"
#include "snmp/shared.h"

#include <string.h>

/* The names of a batch. */
static void batch_request(struct c_snmp_engine *engine, const struct c_snmp_device *device, uint16_t number, struct c_snmp_request *out)
{
	struct c_snmp_drivers drivers = c_snmp_engine_drivers(engine, device);

	*out = (struct c_snmp_request){.command = C_SNMP_GET, .oid = engine->oid};
	out->oid_count =
	    c_snmp_batch_oids(&device->batches, number, device->shape, &drivers, c_snmp_engine_uptime(engine, device), engine->oid);
}

/* v1, v2c: a batch's bytes are built once and kept, for all devices that are asked the same. */
static enum err load_batch(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t number, size_t *bytes, size_t *id_offset,
			   struct err_info *info)
{
	struct c_snmp_batch *batch = &device->batches.batch[number];
	struct c_snmp_request request;
	enum err err;

	if (batch->message != NULL) {
		memcpy(engine->message, batch->message, batch->message_bytes);
		*bytes = batch->message_bytes;
		*id_offset = batch->id_offset;
		return ERR_NONE;
	}
	batch_request(engine, device, number, &request);
	err = c_snmp_packet_build(device->version, device->community, &request, engine->message, sizeof engine->message, bytes, id_offset,
				  info);
	if (err != ERR_NONE)
		return err;
	c_snmp_packet_set_id(engine->message, *id_offset, C_SNMP_ID_FIRST); /* devices of a kind ask the same then */
	batch->message = c_snmp_shared_take(engine->shared, engine->message, *bytes);
	batch->message_bytes = (uint16_t)*bytes;
	batch->id_offset = (uint16_t)*id_offset;
	return ERR_NONE;
}

static enum err build_plain(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct c_snmp_inflight_slot *slot,
			    size_t *bytes, struct err_info *info)
{
	struct c_snmp_request request;
	size_t id_offset = 0;
	enum err err;

	if (device->job->phase == C_SNMP_PHASE_READ) {
		err = load_batch(engine, device, slot->request, bytes, &id_offset, info);
	} else {
		c_snmp_discover_request(engine, device, &request);
		err = c_snmp_packet_build(device->version, device->community, &request, engine->message, sizeof engine->message, bytes,
					  &id_offset, info);
	}
	if (err == ERR_NONE)
		c_snmp_packet_set_id(engine->message, id_offset, slot->id);
	return err;
}

/* v3: the engine id first; then each message is built anew, for its time and digest are its own. */
static enum err build_secure(struct c_snmp_engine *engine, struct c_snmp_device *device, const struct c_snmp_inflight_slot *slot,
			     size_t *bytes, struct err_info *info)
{
	struct c_snmp_request request;

	if (!c_snmp_usm_is_ready(device->peer))
		return c_snmp_usm_build_discovery(engine->usm, slot->id, engine->message, sizeof engine->message, bytes, info);
	if (device->job->phase == C_SNMP_PHASE_READ)
		batch_request(engine, device, slot->request, &request);
	else
		c_snmp_discover_request(engine, device, &request);
	return c_snmp_usm_build(engine->usm, device->peer, &request, slot->id, engine->now_ns / UNITS_NS_PER_S, engine->message,
				sizeof engine->message, bytes, info);
}

bool c_snmp_send_slot(struct c_snmp_engine *engine, struct c_snmp_inflight_slot *slot)
{
	struct c_snmp_device *device = &engine->device[slot->device];
	const struct c_snmp_job *job = device->job;
	struct err_info info = {0};
	size_t bytes;
	enum err err =
	    device->peer != NULL ? build_secure(engine, device, slot, &bytes, &info) : build_plain(engine, device, slot, &bytes, &info);

	if (err != ERR_NONE) {
		c_snmp_job_fail(device->job, DEVICE_UNREADABLE, "%.200s", info.text);
		return false;
	}
	engine->host.send(engine->host.context, slot->device, &device->address, device->is_tcp, engine->message, bytes);
	slot->expires_boot_ns = engine->now_ns + (int64_t)device->timeout_ms * UNITS_NS_PER_MS;
	if (slot->expires_boot_ns > job->deadline_boot_ns)
		slot->expires_boot_ns = job->deadline_boot_ns;
	return true;
}
