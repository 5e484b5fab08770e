/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shipment: a request body for one output, made of the points of one commit, with its row in the outbox. Several that wait together go as one body
 * and come apart again unless the store took it: each keeps its row, so a crash finds what it would have found without.
 */
#ifndef WATTLEDGER_RUN_SHIPMENT_H
#define WATTLEDGER_RUN_SHIPMENT_H

#include "base/buf.h"
#include "ledger/batch.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What several may hold together: beyond, a request of its own costs little beside what it carries. */
enum { SHIPMENT_JOINED_BYTES_MAX = 64 << 10 };

struct shipment {
	uint64_t id; /* of its row; that of the first when it is several */
	enum ledger_outbox_kind kind;
	uint32_t point_count;
	int64_t created_utc_ms;
	char *payload; /* owned */
	size_t bytes;
	bool is_committed;      /* its energy is booked: it may leave */
	bool is_stored;         /* the outbox holds it too */
	bool is_handed;         /* in the batch that is being committed */
	bool is_backlog;        /* was read back from the outbox */
	bool is_alone;          /* goes as a body of its own: the one that it was part of was refused */
	struct shipment *parts; /* owned: the others that its payload holds, oldest first; it is the first itself. NULL none */
	size_t own_bytes;       /* of the payload, and points, that are its own; with parts only */
	uint32_t own_point_count;
	struct shipment *next;
};

/* Frees it and its parts; NULL is fine. Returns NULL. */
struct shipment *shipment_free(struct shipment *shipment);

/* Whether `other`, which waits next, may go in the body of `shipment`: both committed, stored, not from the backlog, of a kind, not alone, small. */
bool shipment_can_take(const struct shipment *shipment, const struct shipment *other) MUST_CHECK;

/* Puts `other` at the end of `shipment`, which owns it from here on. Without memory nothing is changed: false. */
bool shipment_take(struct shipment *shipment, struct shipment *other) MUST_CHECK;

/* Takes a shipment apart again: it is the first itself, the parts follow by `next`. Returns the last of them (itself when it has none). */
struct shipment *shipment_part(struct shipment *shipment);

/* Appends the lines that a verdict names by their numbers, in order. */
void shipment_add_refused(const struct shipment *shipment, const struct wire_verdict *verdict, struct buf *lines);

#endif
