/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/roster.h"

#include "base/mem.h"

#include <string.h>

static bool is_same(const struct meter_info *a, const struct meter_info *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->parent, b->parent) == 0 && a->role == b->role && a->point == b->point &&
	       a->supply == b->supply && a->is_summand == b->is_summand && a->is_derived == b->is_derived &&
	       a->is_component == b->is_component && a->energy.unit_num == b->energy.unit_num;
}

enum err c_rapl_roster_put(struct c_rapl_roster *roster, const struct meter_info *info, uint32_t *number)
{
	size_t at = 0;
	enum err err;

	while (at < roster->count && strcmp(roster->entry[at].info.key, info->key) != 0)
		at++;
	if (at == roster->count) {
		void *entries = roster->entry;

		err = mem_grow(&entries, &roster->capacity, roster->count, C_RAPL_ROSTER_MAX, sizeof *roster->entry);
		roster->entry = entries;
		if (err != ERR_NONE)
			return err;
		roster->entry[roster->count++] = (struct c_rapl_roster_entry){.info = *info, .is_stale = true};
	} else if (!is_same(&roster->entry[at].info, info)) {
		roster->entry[at] = (struct c_rapl_roster_entry){.info = *info, .is_stale = true};
	}
	*number = (uint32_t)at;
	return ERR_NONE;
}

bool c_rapl_roster_take(struct c_rapl_roster *roster, uint32_t *number, struct meter_info *out)
{
	for (size_t i = 0; i < roster->count; i++) {
		if (!roster->entry[i].is_stale)
			continue;
		roster->entry[i].is_stale = false;
		*number = (uint32_t)i;
		*out = roster->entry[i].info;
		return true;
	}
	return false;
}

uint32_t c_rapl_roster_summand_count(const struct c_rapl_roster *roster)
{
	uint32_t count = 0;

	for (size_t i = 0; i < roster->count; i++)
		count += roster->entry[i].info.is_summand;
	return count;
}

void c_rapl_roster_deinit(struct c_rapl_roster *roster)
{
	mem_free(roster->entry);
	*roster = (struct c_rapl_roster){0};
}
