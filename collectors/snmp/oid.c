/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/oid.h"

#include <string.h>

int c_snmp_oid_compare(const uint32_t *a, size_t a_length, const uint32_t *b, size_t b_length)
{
	size_t common = a_length < b_length ? a_length : b_length;

	for (size_t i = 0; i < common; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return a_length < b_length ? -1 : a_length > b_length;
}

bool c_snmp_oid_has_prefix(const uint32_t *name, size_t name_length, const struct plan_oid *prefix)
{
	return name_length >= prefix->length && memcmp(name, prefix->id, prefix->length * sizeof *name) == 0;
}

bool c_snmp_oid_append(struct plan_oid *oid, const uint32_t *id, size_t n)
{
	if (n > PLAN_OID_MAX - (size_t)oid->length)
		return false;
	memcpy(oid->id + oid->length, id, n * sizeof *id);
	oid->length = (uint8_t)(oid->length + n);
	return true;
}

bool c_snmp_oid_is_same(const struct plan_oid *a, const struct plan_oid *b)
{
	return a->length == b->length && memcmp(a->id, b->id, a->length * sizeof a->id[0]) == 0;
}
