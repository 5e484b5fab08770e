/* SPDX-License-Identifier: Apache-2.0 */
/* shared: bytes that many devices have alike, such as their requests: each kept once, and counted. Pure. */
#ifndef WATTLEDGER_SNMP_SHARED_H
#define WATTLEDGER_SNMP_SHARED_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct c_snmp_shared;

/* NULL when out of memory. Free it when all has been given back. */
struct c_snmp_shared *c_snmp_shared_new(void) MUST_CHECK;
struct c_snmp_shared *c_snmp_shared_free(struct c_snmp_shared *shared);

/* The kept copy of `bytes` bytes at `data`; the same one for the same bytes. Give it back. NULL when out of memory. */
const uint8_t *c_snmp_shared_take(struct c_snmp_shared *shared, const void *data, size_t bytes) MUST_CHECK;

/* Gives a copy back; NULL is allowed. Returns NULL, so that no pointer is left behind. */
const uint8_t *c_snmp_shared_give(const uint8_t *copy);

/* How many different ones are kept. */
size_t c_snmp_shared_count(const struct c_snmp_shared *shared) MUST_CHECK;

#endif
