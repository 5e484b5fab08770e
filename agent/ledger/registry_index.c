/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry_index_priv.h"

#include "base/mem.h"

#include <string.h>

enum { INDEX_FIRST_SLOTS = 16 };

void registry_index_deinit(struct registry_index *index)
{
	mem_free(index->slot);
	*index = (struct registry_index){0};
}

void registry_index_clear(struct registry_index *index)
{
	if (index->slot != NULL)
		memset(index->slot, 0, index->capacity * sizeof(*index->slot));
	index->count = 0;
}

/* FNV's low bits are weak for short texts: fold the high half in. */
static size_t start_of(uint64_t hash, size_t capacity)
{
	return (size_t)(hash ^ (hash >> 32)) & (capacity - 1);
}

static void place(uint32_t *slot, size_t capacity, uint64_t hash, uint32_t number)
{
	size_t at = start_of(hash, capacity);

	while (slot[at] != 0)
		at = (at + 1) & (capacity - 1);
	slot[at] = number;
}

static enum err grow(struct registry_index *index, const void *owner, registry_hash_fn *hash_of, struct err_info *info)
{
	size_t capacity = index->capacity == 0 ? INDEX_FIRST_SLOTS : index->capacity * 2;
	uint32_t *slot = mem_new_array(capacity, sizeof(*slot));

	if (slot == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the register's index");
	for (size_t i = 0; i < index->capacity; i++)
		if (index->slot[i] != 0)
			place(slot, capacity, hash_of(owner, index->slot[i]), index->slot[i]);
	mem_free(index->slot);
	index->slot = slot;
	index->capacity = capacity;
	return ERR_NONE;
}

enum err registry_index_add(struct registry_index *index, const void *owner, registry_hash_fn *hash_of, uint32_t number,
			    struct err_info *info)
{
	/* At most two thirds full. */
	if (index->count * 3 >= index->capacity * 2) {
		enum err err = grow(index, owner, hash_of, info);

		if (err != ERR_NONE)
			return err;
	}
	place(index->slot, index->capacity, hash_of(owner, number), number);
	index->count++;
	return ERR_NONE;
}

uint32_t registry_index_next(const struct registry_index *index, uint64_t hash, size_t *at)
{
	if (index->capacity == 0 || *at >= index->capacity)
		return 0;
	return index->slot[(start_of(hash, index->capacity) + (*at)++) & (index->capacity - 1)];
}
