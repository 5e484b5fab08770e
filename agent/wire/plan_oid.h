/* SPDX-License-Identifier: Apache-2.0 */
/* plan_oid: an object identifier, as plans hold it. */
#ifndef WATTLEDGER_WIRE_PLAN_OID_H
#define WATTLEDGER_WIRE_PLAN_OID_H

#include "base/err.h"
#include "wire/codec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLAN_OID_MAX = 64 }; /* sub-identifiers of an OID */

struct plan_oid {
	uint8_t length; /* 0: none */
	uint32_t id[PLAN_OID_MAX];
};

/* "1.3.6.1.4.1.318" or ".1.3..." -> OID; false on anything else. Prints into out (at least 12 x PLAN_OID_MAX bytes is always enough). */
bool plan_oid_parse(struct plan_oid *out, const char *text) MUST_CHECK;
void plan_oid_print(const struct plan_oid *oid, char *out, size_t out_bytes);

/* As a part of a plan: length and sub-identifiers. */
void plan_put_oid(struct wire_writer *writer, const struct plan_oid *oid);
void plan_get_oid(struct wire_reader *reader, struct plan_oid *oid);

#endif
