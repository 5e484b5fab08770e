/* SPDX-License-Identifier: Apache-2.0 */
/* verify_flow: litres that counters of generating sets have in intervals.csv, added up in the rows of totals.csv of these sets. */
#include "report/verify_priv.h"

#include "base/mem.h"

#include <string.h>

enum { SETS_MAX = 100000000 };

static const struct ledger_register_row *meter_of(const struct verification *verification, const struct verify_total *total)
{
	const struct report_entry *entry = verify_find_meter(verification, total->node, total->end_ms - 1);

	return entry == NULL ? NULL : &entry->row;
}

enum err verify_find_sets(struct verification *verification, struct err_info *info)
{
	for (size_t i = 0; i < verification->total_count; i++) {
		struct verify_total *total = &verification->total[i];
		const struct ledger_register_row *meter = total->level == REPORT_METER ? meter_of(verification, total) : NULL;
		void *array = verification->set;
		enum err err;

		if (meter == NULL || !report_fuel_is_source(meter) || meter->supply != SUPPLY_GENSET)
			continue;
		err = mem_grow(&array, &verification->set_capacity, verification->set_count, SETS_MAX, sizeof(*verification->set));
		verification->set = array;
		if (err != ERR_NONE)
			return err_set(info, err, "totals.csv: no room for its generating sets");
		verification->set[verification->set_count++] = (struct verify_set){.total = total};
	}
	return ERR_NONE;
}

static bool is_only_set(const struct verification *verification, const struct verify_total *set, const char *site)
{
	size_t bytes = strlen(site);

	for (size_t i = 0; i < verification->set_count; i++) {
		const char *node = verification->set[i].total->node;

		if (strncmp(node, site, bytes) == 0 && node[bytes] == '/' && strcmp(node, set->node) != 0)
			return false;
	}
	return true;
}

/* A second counter is counted once, be there more. */
static enum err count_counter(struct verify_set *set, size_t at, const char *node, struct err_info *info)
{
	struct account_fuel_flow *flow = &set->total->sum.flow[at];

	if (set->counter[at] == NULL) {
		set->counter[at] = mem_dup(node);
		flow->counter_count = 1;
	} else if (strcmp(set->counter[at], node) != 0) {
		flow->counter_count = 2;
	}
	return set->counter[at] == NULL ? err_set(info, ERR_MEMORY, "no memory for %s", node) : ERR_NONE;
}

enum err verify_add_flow(struct verification *verification, const struct verify_slot *slot, const char *const *cell, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < verification->set_count; i++) {
		struct verify_total *set = verification->set[i].total;
		const struct ledger_register_row *meter = meter_of(verification, set);
		size_t at;

		if (slot->start_ms < set->start_ms || slot->start_ms >= set->end_ms || strcmp(meter->site, cell[0]) != 0)
			continue;
		at = report_fuel_flow_of(strcmp(meter->device, cell[1]) == 0, is_only_set(verification, set, cell[0]));
		if (at < ACCOUNT_FUEL_FLOW_COUNT && report_fuel_add_flow(&set->sum.flow[at], slot->millij, slot->covered_ms))
			err = count_counter(&verification->set[i], at, slot->node, info);
	}
	return err;
}

void verify_free_sets(struct verification *verification)
{
	for (size_t i = 0; i < verification->set_count; i++) {
		for (size_t at = 0; at < ACCOUNT_FUEL_FLOW_COUNT; at++)
			mem_free(verification->set[i].counter[at]);
	}
	mem_free(verification->set);
}
