/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflight: the requests that wait for an answer, by request id. An id names a slot and its generation: an answer that comes after its
 * slot was freed, or was never asked for, finds nothing. Generations are random, so that ids cannot be guessed from earlier ones.
 */
#ifndef WATTLEDGER_SNMP_INFLIGHT_H
#define WATTLEDGER_SNMP_INFLIGHT_H

#include "base/err.h"
#include "snmp/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_SNMP_INFLIGHT_MAX = 65536 };

struct c_snmp_inflight_slot {
	uint32_t id; /* 0: free */
	uint32_t device;
	uint16_t request;     /* which request of the device's job */
	uint8_t try_count;    /* sent so often */
	uint8_t report_count; /* v3: answered by so many reports */
	int64_t first_sent_boot_ns;
	int64_t expires_boot_ns;
};

struct c_snmp_inflight;

/* At most `max` (1 .. C_SNMP_INFLIGHT_MAX) at a time. NULL when out of memory. */
struct c_snmp_inflight *c_snmp_inflight_new(size_t max, uint64_t seed) MUST_CHECK;
struct c_snmp_inflight *c_snmp_inflight_free(struct c_snmp_inflight *inflight);

/* How many wait, and how many more may. */
size_t c_snmp_inflight_count(const struct c_snmp_inflight *inflight) MUST_CHECK;
size_t c_snmp_inflight_room(const struct c_snmp_inflight *inflight) MUST_CHECK;

/* A free slot with a new id and all else zero; NULL when there is no room. Valid until it is removed. */
struct c_snmp_inflight_slot *c_snmp_inflight_add(struct c_snmp_inflight *inflight) MUST_CHECK;

/* The slot that waits under this id; NULL: none. */
struct c_snmp_inflight_slot *c_snmp_inflight_find(struct c_snmp_inflight *inflight, uint32_t id) MUST_CHECK;

/* Frees a slot; its id finds nothing from here on. */
void c_snmp_inflight_remove(struct c_snmp_inflight *inflight, struct c_snmp_inflight_slot *slot);

/* A slot that has expired by now, from number *at on (begin with 0); NULL: no more. */
struct c_snmp_inflight_slot *c_snmp_inflight_next_expired(struct c_snmp_inflight *inflight, int64_t now_boot_ns, size_t *at) MUST_CHECK;

/* Makes the requests of a device expire at once; is_final: they are not to be repeated either (their try_count is the largest). */
void c_snmp_inflight_expire(struct c_snmp_inflight *inflight, uint32_t device, bool is_final);

/* When the next one expires; INT64_MAX: none waits. */
int64_t c_snmp_inflight_next_ns(const struct c_snmp_inflight *inflight) MUST_CHECK;

#endif
