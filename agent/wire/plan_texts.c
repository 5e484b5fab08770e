/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/plan_texts.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Blocks never move. Neighbours share rack, tenant, feed; id and name are often one text. */
enum { BLOCK_BYTES = 4096 - 32, RECENT_COUNT = 8 };

struct block {
	struct block *next;
	char bytes[];
};

struct plan_texts {
	struct block *block; /* the newest first */
	size_t room;         /* left in it */
	char *at;
	const char *recent[RECENT_COUNT];
	unsigned recent_next;
};

struct plan_texts *plan_texts_new(void)
{
	return mem_new(sizeof(struct plan_texts));
}

struct plan_texts *plan_texts_free(struct plan_texts *texts)
{
	if (texts == NULL)
		return NULL;
	while (texts->block != NULL) {
		struct block *next = texts->block->next;

		mem_free(texts->block);
		texts->block = next;
	}
	return mem_free(texts);
}

static bool make_room(struct plan_texts *texts, size_t bytes)
{
	size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
	struct block *block;

	if (bytes <= texts->room)
		return true;
	block = mem_new(sizeof(*block) + room);
	if (block == NULL)
		return false;
	block->next = texts->block;
	texts->block = block;
	texts->room = room;
	texts->at = block->bytes;
	return true;
}

const char *plan_texts_keep(struct plan_texts *texts, const char *text)
{
	size_t bytes = strlen(text) + 1;
	const char *kept;

	if (bytes == 1)
		return "";
	for (unsigned i = 0; i < RECENT_COUNT; i++)
		if (texts->recent[i] != NULL && strcmp(texts->recent[i], text) == 0)
			return texts->recent[i];
	if (!make_room(texts, bytes))
		return NULL;
	kept = memcpy(texts->at, text, bytes);
	texts->at += bytes;
	texts->room -= bytes;
	texts->recent[texts->recent_next] = kept;
	texts->recent_next = (texts->recent_next + 1) % RECENT_COUNT;
	return kept;
}
