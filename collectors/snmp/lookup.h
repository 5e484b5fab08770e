/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup: asks for a few objects of which only the name is known: scalars with their .0, columns of which the first row will do, or exact
 * instances. GETNEXT of the name without its .0 first; what that does not find, GET of the name as it is. Pure.
 */
#ifndef WATTLEDGER_SNMP_LOOKUP_H
#define WATTLEDGER_SNMP_LOOKUP_H

#include "base/err.h"
#include "snmp/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_SNMP_LOOKUP_AT_ONCE = 12, C_SNMP_LOOKUP_TEXT_BYTES = 256 };

struct c_snmp_lookup_item {
	struct plan_oid oid;                 /* length 0: not asked */
	struct plan_oid object;              /* when the value is an OID */
	enum c_snmp_kind kind;               /* of the value; C_SNMP_ABSENT: not found */
	char text[C_SNMP_LOOKUP_TEXT_BYTES]; /* the value as clean text, numbers printed, OIDs with dots */
	uint8_t step;                        /* 0: GETNEXT to come, 1: GET to come, 2: over */
};

struct c_snmp_lookup {
	struct c_snmp_lookup_item *item; /* owned */
	size_t count;
	size_t asked[C_SNMP_LOOKUP_AT_ONCE];
	size_t asked_count;
	size_t at_once;  /* halved by tooBig */
	int64_t refusal; /* the last error that is no noSuchName; 0 none */
	bool is_next;    /* the last request was a GETNEXT */
	bool is_lying;   /* an answer to GETNEXT did not come after what was asked */
	struct plan_oid name[C_SNMP_LOOKUP_AT_ONCE];
};

/* For `count` names; NULL when out of memory. */
struct c_snmp_lookup *c_snmp_lookup_new(const struct plan_oid *const *oid, size_t count) MUST_CHECK;
struct c_snmp_lookup *c_snmp_lookup_free(struct c_snmp_lookup *lookup);

/* The next request; false: nothing is left to ask. Its names are the lookup's until the next call. */
bool c_snmp_lookup_next(struct c_snmp_lookup *lookup, struct c_snmp_request *out) MUST_CHECK;

/* Takes the answer to the last request. */
void c_snmp_lookup_take(struct c_snmp_lookup *lookup, const struct c_snmp_reply *reply);

/* true when nothing was found and the device answered with errors: it refuses to be asked at all. */
bool c_snmp_lookup_is_refused(const struct c_snmp_lookup *lookup) MUST_CHECK;

/* true when all is asked. */
bool c_snmp_lookup_is_over(const struct c_snmp_lookup *lookup) MUST_CHECK;

#endif
