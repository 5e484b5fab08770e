/* SPDX-License-Identifier: Apache-2.0 */
/* oid: order and prefixes of object identifiers. An OID here is `n` sub-identifiers of 32 bits. */
#ifndef WATTLEDGER_SNMP_OID_H
#define WATTLEDGER_SNMP_OID_H

#include "base/err.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* < 0, 0, > 0 in the lexicographic order of RFC 3416; a prefix comes before what it begins. */
int c_snmp_oid_compare(const uint32_t *a, size_t a_length, const uint32_t *b, size_t b_length) MUST_CHECK;

/* `name` begins with all of `prefix` (and may be equal). */
bool c_snmp_oid_has_prefix(const uint32_t *name, size_t name_length, const struct plan_oid *prefix) MUST_CHECK;

/* Adds `n` sub-identifiers; false (unchanged) when there is no room. */
bool c_snmp_oid_append(struct plan_oid *oid, const uint32_t *id, size_t n);

/* true when both are the same OID (two of length 0 are). */
bool c_snmp_oid_is_same(const struct plan_oid *a, const struct plan_oid *b) MUST_CHECK;

#endif
