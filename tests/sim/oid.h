/* SPDX-License-Identifier: Apache-2.0 */
/* oid: object identifiers and their order (RFC 3416 section 4.2.2: lexicographic by arc, a prefix comes first). */
#ifndef WATTLEDGER_SIM_OID_H
#define WATTLEDGER_SIM_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 2578 section 3.5: at most 128 sub-identifiers, each at most 2^32 - 1. */
enum { OID_ARCS_MAX = 128 };

struct oid {
	size_t count;
	uint32_t arcs[OID_ARCS_MAX];
};

/* Less than, equal to or greater than 0 as a stands before, at or behind b. */
int oid_compare(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count) __attribute__((warn_unused_result));

/* true when b begins with all arcs of a. */
bool oid_is_prefix(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count) __attribute__((warn_unused_result));

/*
 * Digits and dots ("1.3.6.1"), no leading dot, into `arcs`; returns the number of arcs, 0 when the text is malformed or has more
 * than `arcs_max` arcs.
 */
size_t oid_parse(const char *text, uint32_t *arcs, size_t arcs_max) __attribute__((warn_unused_result));

#endif
