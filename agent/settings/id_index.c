/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/id_index.h"

#include "base/mem.h"
#include "base/text.h"
#include "wire/plan.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct id_entry *one = a;
	const struct id_entry *other = b;
	int order = strcmp(one->id, other->id);

	if (order != 0)
		return order;
	return one->at < other->at ? -1 : one->at > other->at;
}

static enum err make(struct id_index *index, size_t count)
{
	*index = (struct id_index){0};
	if (count == 0)
		return ERR_NONE;
	index->entry = mem_new_array(count, sizeof *index->entry);
	if (index->entry == NULL)
		return ERR_MEMORY;
	index->count = count;
	return ERR_NONE;
}

enum err id_index_init(struct id_index *index, const void *items, size_t count, size_t item_bytes, size_t id_offset)
{
	enum err err = make(index, count);

	if (err != ERR_NONE || count == 0)
		return err;
	for (size_t i = 0; i < count; i++)
		index->entry[i] = (struct id_entry){(const char *)items + i * item_bytes + id_offset, (uint32_t)i};
	qsort(index->entry, count, sizeof *index->entry, compare);
	return ERR_NONE;
}

enum err id_index_init_devices(struct id_index *index, const struct plan_device *device, size_t count)
{
	enum err err = make(index, count);

	if (err != ERR_NONE || count == 0)
		return err;
	for (size_t i = 0; i < count; i++)
		index->entry[i] = (struct id_entry){device[i].id, (uint32_t)i};
	qsort(index->entry, count, sizeof *index->entry, compare);
	return ERR_NONE;
}

void id_index_deinit(struct id_index *index)
{
	mem_free(index->entry);
	*index = (struct id_index){0};
}

uint32_t id_index_find(const struct id_index *index, const char *id)
{
	size_t low = 0;
	size_t high = index->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(index->entry[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < index->count && strcmp(index->entry[low].id, id) == 0 ? index->entry[low].at : ID_INDEX_NONE;
}

const char *id_index_nearest(const struct id_index *index, const char *id)
{
	const char *best = NULL;
	size_t limit = strlen(id) > 3 ? strlen(id) / 3 : 1;

	for (size_t i = 0; i < index->count && limit > 0; i++) {
		size_t distance = text_distance(id, index->entry[i].id);
		if (distance > limit)
			continue;
		best = index->entry[i].id;
		limit = distance - (distance > 0 ? 1 : 0);
	}
	return best;
}
