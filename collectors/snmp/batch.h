/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch: how the targets of a shape are packed into GET requests: as few as fit, the uptime first, targets of one cadence together. The
 * bytes of a request are built once and kept; sending puts another id in. Pure but for the building.
 */
#ifndef WATTLEDGER_SNMP_BATCH_H
#define WATTLEDGER_SNMP_BATCH_H

#include "base/err.h"
#include "snmp/packet.h"
#include "snmp/shape.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One GET: targets order[first .. first + count). */
struct c_snmp_batch {
	const uint8_t *message; /* of c_snmp_shared_take(); NULL until it is built (v3: always) */
	uint16_t message_bytes;
	uint16_t id_offset;
	uint16_t first;
	uint16_t count;
	uint8_t every;
	bool has_uptime; /* the uptime stands before them */
};

struct c_snmp_batches {
	struct c_snmp_batch *batch;
	size_t count;
	uint16_t *order; /* numbers of targets that are asked for; in the block of `batch` */
	size_t order_count;
};

/*
 * Packs. At most `varbinds_max` names a request and C_SNMP_REQUEST_BYTES_MAX bytes. uptime: its OID, or
 * NULL when it is not asked for. Errors: ERR_MEMORY.
 */
enum err c_snmp_batches_init(struct c_snmp_batches *out, const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers,
			     const struct plan_oid *uptime, size_t varbinds_max) MUST_CHECK;
void c_snmp_batches_deinit(struct c_snmp_batches *batches);

/* The names of a batch in order, into at most C_SNMP_OIDS_MAX places; returns how many. */
size_t c_snmp_batch_oids(const struct c_snmp_batches *batches, size_t n, const struct c_snmp_shape *shape,
			 const struct c_snmp_drivers *drivers, const struct plan_oid *uptime, struct plan_oid *out);

/* Takes one target out of a batch (it is refused by the device); the kept bytes are dropped. */
void c_snmp_batch_drop(struct c_snmp_batches *batches, size_t n, size_t position);

/* The bytes that a name and its NULL take in a request. */
size_t c_snmp_batch_oid_bytes(const struct plan_oid *oid) MUST_CHECK;

#endif
