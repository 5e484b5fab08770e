/* SPDX-License-Identifier: Apache-2.0 */
/* registry_index: hash to number, open addressing. The owner compares the candidates; numbers are 1 and up. */
#ifndef WATTLEDGER_LEDGER_REGISTRY_INDEX_PRIV_H
#define WATTLEDGER_LEDGER_REGISTRY_INDEX_PRIV_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct registry_index {
	uint32_t *slot;  /* 0: free */
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* hash of a number; used when the table grows. */
typedef uint64_t registry_hash_fn(const void *owner, uint32_t number);

void registry_index_deinit(struct registry_index *index);
enum err registry_index_add(struct registry_index *index, const void *owner, registry_hash_fn *hash_of, uint32_t number,
			    struct err_info *info) MUST_CHECK;
/* Candidates: start with *at = 0; 0 when there are no more. */
uint32_t registry_index_next(const struct registry_index *index, uint64_t hash, size_t *at) MUST_CHECK;
/* Empties it: the owner adds everything again. */
void registry_index_clear(struct registry_index *index);

#endif
