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
		verification->set[verification->set_count++] = total;
	}
	return ERR_NONE;
}

static bool is_only_set(const struct verification *verification, const struct verify_total *set, const char *site)
{
	size_t bytes = strlen(site);

	for (size_t i = 0; i < verification->set_count; i++) {
		const char *node = verification->set[i]->node;

		if (strncmp(node, site, bytes) == 0 && node[bytes] == '/' && strcmp(node, set->node) != 0)
			return false;
	}
	return true;
}

void verify_add_flow(struct verification *verification, const struct verify_slot *slot, const char *site, const char *device)
{
	for (size_t i = 0; i < verification->set_count; i++) {
		struct verify_total *set = verification->set[i];
		const struct ledger_register_row *meter = meter_of(verification, set);

		if (slot->start_ms >= set->start_ms && slot->start_ms < set->end_ms && strcmp(meter->site, site) == 0 &&
		    report_fuel_is_flow_of(meter, device, is_only_set(verification, set, site)))
			report_fuel_add_flow(&set->sum.flow, slot->millij, slot->covered_ms);
	}
}
