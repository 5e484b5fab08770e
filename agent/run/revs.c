/* SPDX-License-Identifier: Apache-2.0 */
#include "run/revs.h"

#include "base/mem.h"

#include <string.h>

enum { FIRST_CAPACITY = 64 };

/* The place of a key in a table that has a free one: the entry, or where it is to go. */
static size_t place_of(const struct revs_entry *entry, size_t capacity, uint32_t ledger_id, int64_t slot_start_s)
{
	/* Fibonacci hashing: slots are multiples of 60 and ids follow each other. */
	uint64_t mixed = ((uint64_t)slot_start_s * UINT64_C(31) + ledger_id) * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(mixed >> 32) & (capacity - 1);

	while (entry[at].ledger_id != 0 && (entry[at].ledger_id != ledger_id || entry[at].slot_start_s != slot_start_s))
		at = (at + 1) & (capacity - 1);
	return at;
}

/* Moves the wanted entries into a table of another size. */
static enum err rebuild(struct revs *revs, size_t capacity, bool with_handed)
{
	struct revs_entry *entry = mem_new_array(capacity, sizeof(entry[0]));
	size_t count = 0;

	if (entry == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < revs->capacity; i++) {
		const struct revs_entry *old = &revs->entry[i];

		if (old->ledger_id == 0 || (old->is_handed && !with_handed))
			continue;
		entry[place_of(entry, capacity, old->ledger_id, old->slot_start_s)] = *old;
		count++;
	}
	mem_free(revs->entry);
	*revs = (struct revs){.entry = entry, .count = count, .capacity = capacity};
	return ERR_NONE;
}

void revs_deinit(struct revs *revs)
{
	mem_free(revs->entry);
	*revs = (struct revs){0};
}

bool revs_find(const struct revs *revs, uint32_t ledger_id, int64_t slot_start_s, struct ledger_closed *out)
{
	size_t at;

	if (revs->capacity == 0)
		return false;
	at = place_of(revs->entry, revs->capacity, ledger_id, slot_start_s);
	if (revs->entry[at].ledger_id == 0)
		return false;
	*out = (struct ledger_closed){.rev = revs->entry[at].rev, .covered_ms = revs->entry[at].covered_ms};
	return true;
}

enum err revs_put(struct revs *revs, uint32_t ledger_id, int64_t slot_start_s, const struct ledger_closed *closed)
{
	enum err err = ERR_NONE;
	size_t at;

	if (revs->count * 2 >= revs->capacity) {
		if (revs->count >= REVS_MAX)
			return ERR_LIMIT;
		err = rebuild(revs, revs->capacity == 0 ? FIRST_CAPACITY : revs->capacity * 2, true);
	}
	if (err != ERR_NONE)
		return err;
	at = place_of(revs->entry, revs->capacity, ledger_id, slot_start_s);
	revs->count += revs->entry[at].ledger_id == 0;
	revs->entry[at] = (struct revs_entry){.slot_start_s = slot_start_s,
					      .covered_ms = (int32_t)closed->covered_ms,
					      .rev = closed->rev,
					      .ledger_id = ledger_id & INT32_MAX};
	return ERR_NONE;
}

void revs_hand(struct revs *revs)
{
	for (size_t i = 0; i < revs->capacity; i++)
		revs->entry[i].is_handed = 1;
}

void revs_forget_handed(struct revs *revs)
{
	size_t left = 0;
	size_t capacity = FIRST_CAPACITY;

	for (size_t i = 0; i < revs->capacity; i++)
		left += revs->entry[i].ledger_id != 0 && !revs->entry[i].is_handed;
	if (left == 0) {
		revs_deinit(revs);
		return;
	}
	while (left * 2 >= capacity)
		capacity *= 2;
	/* Without memory the old ones stay: what they say is still true. */
	(void)!rebuild(revs, capacity, false);
}
