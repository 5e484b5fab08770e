/* SPDX-License-Identifier: Apache-2.0 */
#include "run/meter_pool.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

enum { POOL_FIRST_HEADS = 64, POOL_HEADS_MAX = 1 << 24 };

/* `info` comes first: an entry is found again from what was given out. */
struct entry {
	struct meter_info info;
	struct entry *next;
	uint64_t hash;
	size_t taken_count;
};

struct meter_pool {
	struct entry **head; /* head_count lists, a power of two */
	size_t head_count;
	size_t count;
	size_t owner_count;
};

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const struct meter_info *info)
{
	const unsigned char *bytes = (const unsigned char *)info;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(*info); i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static struct entry **list_of(const struct meter_pool *pool, uint64_t hash)
{
	return &pool->head[hash & (pool->head_count - 1)];
}

struct meter_pool *meter_pool_new(void)
{
	struct meter_pool *pool = mem_new(sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pool->head = mem_new_array(POOL_FIRST_HEADS, sizeof(pool->head[0]));
	if (pool->head == NULL)
		return mem_free(pool);
	pool->head_count = POOL_FIRST_HEADS;
	pool->owner_count = 1;
	return pool;
}

struct meter_pool *meter_pool_share(struct meter_pool *pool)
{
	pool->owner_count++;
	return pool;
}

struct meter_pool *meter_pool_drop(struct meter_pool *pool)
{
	if (pool == NULL || --pool->owner_count > 0)
		return NULL;
	mem_free(pool->head);
	return mem_free(pool);
}

/* Twice as many lists; without memory they stay as they are, and get longer. */
static void spread(struct meter_pool *pool)
{
	struct meter_pool wider = {.head_count = pool->head_count * 2};

	if (pool->count < pool->head_count || wider.head_count > POOL_HEADS_MAX)
		return;
	wider.head = mem_new_array(wider.head_count, sizeof(wider.head[0]));
	if (wider.head == NULL)
		return;
	for (size_t i = 0; i < pool->head_count; i++) {
		struct entry *next;

		for (struct entry *entry = pool->head[i]; entry != NULL; entry = next) {
			struct entry **list = list_of(&wider, entry->hash);

			next = entry->next;
			entry->next = *list;
			*list = entry;
		}
	}
	mem_free(pool->head);
	pool->head = wider.head;
	pool->head_count = wider.head_count;
}

const struct meter_info *meter_pool_take(struct meter_pool *pool, const struct meter_info *info)
{
	uint64_t hash = hash_of(info);
	struct entry **list = list_of(pool, hash);
	struct entry *entry = *list;

	while (entry != NULL && (entry->hash != hash || memcmp(&entry->info, info, sizeof(*info)) != 0))
		entry = entry->next;
	if (entry != NULL) {
		entry->taken_count++;
		return &entry->info;
	}
	entry = mem_new(sizeof(*entry));
	if (entry == NULL)
		return NULL;
	memcpy(&entry->info, info, sizeof(*info)); /* its padding too, which is compared */
	entry->hash = hash;
	entry->taken_count = 1;
	entry->next = *list;
	*list = entry;
	pool->count++;
	spread(pool);
	return &entry->info;
}

const struct meter_info *meter_pool_give_back(struct meter_pool *pool, const struct meter_info *info)
{
	struct entry **link;

	if (info == NULL)
		return NULL;
	link = list_of(pool, hash_of(info));
	while (&(*link)->info != info)
		link = &(*link)->next;
	if (--(*link)->taken_count == 0) {
		struct entry *entry = *link;

		*link = entry->next;
		mem_free(entry);
		pool->count--;
	}
	return NULL;
}

size_t meter_pool_count(const struct meter_pool *pool)
{
	return pool->count;
}
