/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: reads columns of tables to their ends, several at once, by GETBULK or GETNEXT, and trusts nothing: names must strictly
 * increase, and cells, bytes and requests have limits, so a walk ends whatever the device answers. Pure.
 */
#ifndef WATTLEDGER_SNMP_WALK_H
#define WATTLEDGER_SNMP_WALK_H

#include "base/err.h"
#include "snmp/packet.h"
#include "snmp/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_SNMP_WALK_COLUMNS_AT_ONCE = 8, C_SNMP_WALK_VARBINDS = 60, C_SNMP_WALK_REQUESTS_MAX = 5000 };

enum c_snmp_walk_status {
	C_SNMP_WALK_MORE = 0, /* ask again */
	C_SNMP_WALK_DONE,     /* all columns are read to their ends */
	C_SNMP_WALK_LYING,    /* the device breaks the protocol; what was read before is kept */
	C_SNMP_WALK_REFUSED,  /* it answers with an error that cannot be worked around */
	C_SNMP_WALK_LIMIT,    /* more than we are willing to take; what was read before is kept */
};

struct c_snmp_walk;

/*
 * Walks `column_count` columns (borrowed until free) into the columns of `table` with the same numbers (borrowed). repetitions: at most so
 * many rows a request; 0: GETNEXT. NULL when out of memory.
 */
struct c_snmp_walk *c_snmp_walk_new(const struct plan_oid *column, size_t column_count, struct c_snmp_table *table,
				    uint32_t repetitions) MUST_CHECK;
struct c_snmp_walk *c_snmp_walk_free(struct c_snmp_walk *walk);

/* The request to send next; its names are the walk's until the next call. Call only while the walk is C_SNMP_WALK_MORE. */
void c_snmp_walk_next(struct c_snmp_walk *walk, struct c_snmp_request *out);

/* Takes the answer to the last request. */
enum c_snmp_walk_status c_snmp_walk_take(struct c_snmp_walk *walk, const struct c_snmp_reply *reply) MUST_CHECK;

/* true when there is nothing to ask at all. */
bool c_snmp_walk_is_done(const struct c_snmp_walk *walk) MUST_CHECK;

/* Why it stopped, for messages; "" while it goes well. Static, or the walk's. */
const char *c_snmp_walk_reason(const struct c_snmp_walk *walk) MUST_CHECK;

/* Halves the rows of a request after one got lost; false when it is one already. */
bool c_snmp_walk_shrink(struct c_snmp_walk *walk);

/* Rows a request has now; to begin with the next time. */
uint32_t c_snmp_walk_repetitions(const struct c_snmp_walk *walk) MUST_CHECK;

#endif
