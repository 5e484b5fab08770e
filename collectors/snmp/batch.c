/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/batch.h"

#include "base/mem.h"
#include "snmp/shared.h"

#include <string.h>

/* Header, community and request id of a message: generous. v3 adds engine id, user and digest, about as much again. */
enum { HEADER_BYTES = 240 };

/* What a value takes in the answer, beyond the NULL in the request: the answer has to stay within a packet, too. */
enum { VALUE_BYTES = 6 };

size_t c_snmp_batch_oid_bytes(const struct plan_oid *oid)
{
	size_t bytes = 1; /* the first two sub-identifiers */

	for (size_t i = 2; i < oid->length; i++)
		for (uint32_t rest = oid->id[i];; rest >>= 7) {
			bytes++;
			if (rest < 0x80)
				break;
		}
	return bytes + (bytes < 0x80 ? 2 : 3) + 2 + (bytes < 0x7a ? 2 : 3); /* OID header, NULL, SEQUENCE header */
}

/* The smallest cadence above `last`; 0: no more. */
static uint8_t next_cadence(const struct c_snmp_shape *shape, uint8_t last)
{
	uint8_t next = 0;

	for (size_t i = 0; i < shape->target_count; i++) {
		uint8_t every = shape->target[i].every;

		if (every > last && (next == 0 || every < next))
			next = every;
	}
	return next;
}

static bool is_asked(const struct c_snmp_target *target, uint8_t every)
{
	return target->every == every && !target->is_product && !target->is_skipped;
}

static void fill_order(struct c_snmp_batches *batches, const struct c_snmp_shape *shape)
{
	for (uint8_t every = next_cadence(shape, 0); every != 0; every = next_cadence(shape, every))
		for (size_t i = 0; i < shape->target_count; i++)
			if (is_asked(&shape->target[i], every))
				batches->order[batches->order_count++] = (uint16_t)i;
}

/* Packs what `order` holds; with batches->batch NULL it only counts. */
static size_t pack(struct c_snmp_batches *batches, const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers,
		   const struct plan_oid *uptime, size_t varbinds_max)
{
	struct c_snmp_batch now = {.every = 1, .has_uptime = uptime != NULL};
	size_t bytes = HEADER_BYTES + (uptime != NULL ? c_snmp_batch_oid_bytes(uptime) + VALUE_BYTES : 0);
	size_t count = 0;
	struct plan_oid oid;

	for (size_t i = 0; i < batches->order_count; i++) {
		const struct c_snmp_target *target = &shape->target[batches->order[i]];
		size_t oid_bytes;

		c_snmp_shape_oid(shape, drivers, target, &oid);
		oid_bytes = c_snmp_batch_oid_bytes(&oid) + VALUE_BYTES;
		if (now.count + (size_t)now.has_uptime >= varbinds_max || bytes + oid_bytes > C_SNMP_REQUEST_BYTES_MAX ||
		    (target->every != now.every && now.count + (size_t)now.has_uptime > 0)) {
			if (batches->batch != NULL)
				batches->batch[count] = now;
			count++;
			now = (struct c_snmp_batch){.first = (uint16_t)i};
			bytes = HEADER_BYTES;
		}
		now.every = target->every;
		now.count++;
		bytes += oid_bytes;
	}
	if (batches->batch != NULL && now.count + now.has_uptime > 0)
		batches->batch[count] = now;
	return count + (now.count + now.has_uptime > 0);
}

enum err c_snmp_batches_init(struct c_snmp_batches *out, const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers,
			     const struct plan_oid *uptime, size_t varbinds_max)
{
	uint16_t *order;

	*out = (struct c_snmp_batches){0};
	if (varbinds_max == 0 || varbinds_max > C_SNMP_OIDS_MAX)
		varbinds_max = C_SNMP_OIDS_MAX;
	order = mem_new_array(shape->target_count + 1, sizeof *order);
	if (order == NULL)
		return ERR_MEMORY;
	out->order = order;
	fill_order(out, shape);
	out->count = pack(out, shape, drivers, uptime, varbinds_max);
	out->batch = mem_new((out->count + 1) * sizeof *out->batch + out->order_count * sizeof *order);
	if (out->batch != NULL) {
		(void)pack(out, shape, drivers, uptime, varbinds_max);
		out->order = memcpy(out->batch + out->count + 1, order, out->order_count * sizeof *order);
	}
	mem_free(order);
	if (out->batch != NULL)
		return ERR_NONE;
	*out = (struct c_snmp_batches){0};
	return ERR_MEMORY;
}

void c_snmp_batches_deinit(struct c_snmp_batches *batches)
{
	for (size_t i = 0; batches->batch != NULL && i < batches->count; i++)
		(void)c_snmp_shared_give(batches->batch[i].message);
	mem_free(batches->batch);
	*batches = (struct c_snmp_batches){0};
}

size_t c_snmp_batch_oids(const struct c_snmp_batches *batches, size_t n, const struct c_snmp_shape *shape,
			 const struct c_snmp_drivers *drivers, const struct plan_oid *uptime, struct plan_oid *out)
{
	const struct c_snmp_batch *batch = &batches->batch[n];
	size_t count = 0;

	if (batch->has_uptime)
		out[count++] = *uptime;
	for (size_t i = 0; i < batch->count && count < C_SNMP_OIDS_MAX; i++)
		c_snmp_shape_oid(shape, drivers, &shape->target[batches->order[batch->first + i]], &out[count++]);
	return count;
}

void c_snmp_batch_drop(struct c_snmp_batches *batches, size_t n, size_t position)
{
	struct c_snmp_batch *batch = &batches->batch[n];
	uint16_t *order = batches->order + batch->first;

	batch->message = c_snmp_shared_give(batch->message);
	if (batch->has_uptime && position == 0) {
		batch->has_uptime = false;
		return;
	}
	position -= batch->has_uptime;
	memmove(order + position, order + position + 1, (batch->count - position - 1) * sizeof *order);
	batch->count--; /* the place behind it stays unused until the next packing */
}
