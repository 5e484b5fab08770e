/* SPDX-License-Identifier: Apache-2.0 */
/* id_index: finding things by their id among very many. */
#ifndef WATTLEDGER_SETTINGS_ID_INDEX_H
#define WATTLEDGER_SETTINGS_ID_INDEX_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct plan_device;

#define ID_INDEX_NONE UINT32_MAX

struct id_entry {
	const char *id; /* borrowed */
	uint32_t at;
};

/* Sorted by id, of equal ids by `at`. Zero-initialised it is empty. */
struct id_index {
	struct id_entry *entry;
	size_t count;
};

/* Over `count` items of `item_bytes`, whose ids (char arrays) lie id_offset into each. ERR_MEMORY. */
enum err id_index_init(struct id_index *index, const void *items, size_t count, size_t item_bytes, size_t id_offset) MUST_CHECK;
/* Over the ids of devices. ERR_MEMORY. */
enum err id_index_init_devices(struct id_index *index, const struct plan_device *device, size_t count) MUST_CHECK;
void id_index_deinit(struct id_index *index);

/* The (first) item with an id, ID_INDEX_NONE when there is none. */
uint32_t id_index_find(const struct id_index *index, const char *id) MUST_CHECK;

/* The id nearest to `id` by its letters, NULL when none is near. */
const char *id_index_nearest(const struct id_index *index, const char *id) MUST_CHECK;

#endif
