/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revs: the newest revision, and the covered time, of every slot whose row is not committed yet. The ledger can be asked only for what is
 * committed, and a row that bears the number of another one would fail its whole commit.
 *
 * Rows belong to the batch that is being filled until revs_hand(), then to the one that is being committed until revs_forget_handed().
 */
#ifndef WATTLEDGER_RUN_REVS_H
#define WATTLEDGER_RUN_REVS_H

#include "base/err.h"
#include "ledger/resume.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REVS_MAX = 1 << 22 };

struct revs_entry {
	int64_t slot_start_s;
	int32_t covered_ms; /* of all revisions together, committed ones too */
	int32_t rev;
	uint32_t ledger_id : 31; /* of the meter; 0: the place is free */
	uint32_t is_handed : 1;
};

/* Zero-initialised: empty. A hash table: capacity is 0 or a power of two. */
struct revs {
	struct revs_entry *entry; /* owned */
	size_t count;
	size_t capacity;
};

/* Frees the entries; it is empty then. */
void revs_deinit(struct revs *revs);

/* What is there of a slot with a row that is not committed; false (*out untouched): it has none. */
bool revs_find(const struct revs *revs, uint32_t ledger_id, int64_t slot_start_s, struct ledger_closed *out) MUST_CHECK;

/* With a row in the batch that is being filled this is there of its slot. ledger_id > 0. ERR_MEMORY, ERR_LIMIT (REVS_MAX): it is not remembered. */
enum err revs_put(struct revs *revs, uint32_t ledger_id, int64_t slot_start_s, const struct ledger_closed *closed) MUST_CHECK;

/* All rows so far are being committed now; and they are. */
void revs_hand(struct revs *revs);
void revs_forget_handed(struct revs *revs);

#endif
