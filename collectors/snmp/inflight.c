/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/inflight.h"

#include "base/mem.h"

/* id = C_SNMP_ID_FIRST | generation << SLOT_BITS | slot number. */
enum { SLOT_BITS = 16, GENERATION_MASK = (1 << 14) - 1 };

struct c_snmp_inflight {
	struct c_snmp_inflight_slot *slot;
	uint16_t *free_slot; /* a stack of free slot numbers */
	size_t free_count;
	size_t max;
	size_t high; /* slots from here on were never used */
	uint64_t random;
};

/* xorshift64*: quick, and good enough to make ids hard to guess; the seed comes from the kernel. */
static uint64_t next_random(struct c_snmp_inflight *inflight)
{
	inflight->random ^= inflight->random >> 12;
	inflight->random ^= inflight->random << 25;
	inflight->random ^= inflight->random >> 27;
	return inflight->random * UINT64_C(2685821657736338717);
}

struct c_snmp_inflight *c_snmp_inflight_new(size_t max, uint64_t seed)
{
	struct c_snmp_inflight *inflight = mem_new(sizeof *inflight);

	if (inflight == NULL)
		return NULL;
	inflight->max = max;
	inflight->random = seed | 1;
	inflight->slot = mem_new_array(max, sizeof *inflight->slot);
	inflight->free_slot = mem_new_array(max, sizeof *inflight->free_slot);
	if (inflight->slot == NULL || inflight->free_slot == NULL)
		return c_snmp_inflight_free(inflight);
	for (size_t i = 0; i < max; i++)
		inflight->free_slot[i] = (uint16_t)(max - 1 - i); /* the lowest number is on top */
	inflight->free_count = max;
	return inflight;
}

struct c_snmp_inflight *c_snmp_inflight_free(struct c_snmp_inflight *inflight)
{
	if (inflight == NULL)
		return NULL;
	mem_free(inflight->slot);
	mem_free(inflight->free_slot);
	return mem_free(inflight);
}

size_t c_snmp_inflight_count(const struct c_snmp_inflight *inflight)
{
	return inflight->max - inflight->free_count;
}

size_t c_snmp_inflight_room(const struct c_snmp_inflight *inflight)
{
	return inflight->free_count;
}

struct c_snmp_inflight_slot *c_snmp_inflight_add(struct c_snmp_inflight *inflight)
{
	struct c_snmp_inflight_slot *slot;
	uint32_t generation = (uint32_t)(next_random(inflight) >> 40) & GENERATION_MASK;
	uint16_t number;

	if (inflight->free_count == 0)
		return NULL;
	number = inflight->free_slot[--inflight->free_count];
	if (number >= inflight->high)
		inflight->high = (size_t)number + 1;
	slot = &inflight->slot[number];
	*slot = (struct c_snmp_inflight_slot){.id = C_SNMP_ID_FIRST | generation << SLOT_BITS | number};
	return slot;
}

struct c_snmp_inflight_slot *c_snmp_inflight_find(struct c_snmp_inflight *inflight, uint32_t id)
{
	size_t number = id & ((1U << SLOT_BITS) - 1);

	if (id < C_SNMP_ID_FIRST || number >= inflight->high || inflight->slot[number].id != id)
		return NULL;
	return &inflight->slot[number];
}

void c_snmp_inflight_remove(struct c_snmp_inflight *inflight, struct c_snmp_inflight_slot *slot)
{
	slot->id = 0;
	inflight->free_slot[inflight->free_count++] = (uint16_t)(slot - inflight->slot);
}

struct c_snmp_inflight_slot *c_snmp_inflight_next_expired(struct c_snmp_inflight *inflight, int64_t now_boot_ns, size_t *at)
{
	if (inflight->free_count == inflight->max)
		return NULL;
	for (; *at < inflight->high; ++*at) {
		struct c_snmp_inflight_slot *slot = &inflight->slot[*at];

		if (slot->id != 0 && slot->expires_boot_ns <= now_boot_ns) {
			++*at;
			return slot;
		}
	}
	return NULL;
}

void c_snmp_inflight_expire(struct c_snmp_inflight *inflight, uint32_t device, bool is_final)
{
	for (size_t i = 0; i < inflight->high; i++) {
		struct c_snmp_inflight_slot *slot = &inflight->slot[i];

		if (slot->id == 0 || slot->device != device)
			continue;
		slot->expires_boot_ns = 0;
		if (is_final)
			slot->try_count = UINT8_MAX;
	}
}

int64_t c_snmp_inflight_next_ns(const struct c_snmp_inflight *inflight)
{
	int64_t next_ns = INT64_MAX;

	/* Low numbers are given first, so those that wait stand near the beginning. */
	for (size_t i = 0, left = c_snmp_inflight_count(inflight); left > 0; i++) {
		if (inflight->slot[i].id == 0)
			continue;
		left--;
		if (inflight->slot[i].expires_boot_ns < next_ns)
			next_ns = inflight->slot[i].expires_boot_ns;
	}
	return next_ns;
}
