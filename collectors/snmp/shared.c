/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/shared.h"

#include "base/mem.h"

#include <string.h>

enum { ROWS_START = 64 };

struct block {
	struct c_snmp_shared *owner;
	struct block *next; /* in its row */
	uint64_t hash;
	size_t bytes;
	size_t taken_count;
	uint8_t data[];
};

/* A table of rows; a block stands in the row of its hash. */
struct c_snmp_shared {
	struct block **row;
	size_t row_count; /* a power of two */
	size_t count;
};

struct c_snmp_shared *c_snmp_shared_new(void)
{
	struct c_snmp_shared *shared = mem_new(sizeof *shared);

	if (shared == NULL)
		return NULL;
	shared->row_count = ROWS_START;
	shared->row = mem_new_array(ROWS_START, sizeof *shared->row);
	return shared->row == NULL ? mem_free(shared) : shared;
}

struct c_snmp_shared *c_snmp_shared_free(struct c_snmp_shared *shared)
{
	if (shared != NULL)
		mem_free(shared->row);
	return mem_free(shared);
}

static uint64_t hash_of(const uint8_t *data, size_t bytes)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ data[i]) * UINT64_C(1099511628211); /* FNV-1a */
	return hash;
}

static struct block **row_of(const struct c_snmp_shared *shared, uint64_t hash)
{
	return &shared->row[(hash ^ hash >> 32) & (shared->row_count - 1)];
}

/* Doubles the rows. Without memory for it they only become longer. */
static void grow(struct c_snmp_shared *shared)
{
	struct c_snmp_shared larger = {.row_count = shared->row_count * 2};

	larger.row = mem_new_array(larger.row_count, sizeof *larger.row);
	if (larger.row == NULL)
		return;
	for (size_t i = 0; i < shared->row_count; i++)
		while (shared->row[i] != NULL) {
			struct block *block = shared->row[i];
			struct block **row = row_of(&larger, block->hash);

			shared->row[i] = block->next;
			block->next = *row;
			*row = block;
		}
	mem_free(shared->row);
	shared->row = larger.row;
	shared->row_count = larger.row_count;
}

const uint8_t *c_snmp_shared_take(struct c_snmp_shared *shared, const void *data, size_t bytes)
{
	uint64_t hash = hash_of(data, bytes);
	struct block **row;
	struct block *block;

	for (block = *row_of(shared, hash); block != NULL; block = block->next)
		if (block->hash == hash && block->bytes == bytes && memcmp(block->data, data, bytes) == 0) {
			block->taken_count++;
			return block->data;
		}
	block = mem_new(sizeof *block + bytes);
	if (block == NULL)
		return NULL;
	if (shared->count >= shared->row_count)
		grow(shared);
	row = row_of(shared, hash);
	*block = (struct block){.owner = shared, .next = *row, .hash = hash, .bytes = bytes, .taken_count = 1};
	memcpy(block->data, data, bytes);
	*row = block;
	shared->count++;
	return block->data;
}

const uint8_t *c_snmp_shared_give(const uint8_t *copy)
{
	struct block *block;
	struct block **link;

	if (copy == NULL)
		return NULL;
	block = (struct block *)((uintptr_t)copy - offsetof(struct block, data));
	if (--block->taken_count > 0)
		return NULL;
	link = row_of(block->owner, block->hash);
	while (*link != block)
		link = &(*link)->next;
	*link = block->next;
	block->owner->count--;
	mem_free(block);
	return NULL;
}

size_t c_snmp_shared_count(const struct c_snmp_shared *shared)
{
	return shared->count;
}
