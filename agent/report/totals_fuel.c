/* SPDX-License-Identifier: Apache-2.0 */
/* totals_fuel: what the generating sets of a site burnt: what counters of litres have of each part, and the figures that come of it. */
#include "report/totals_priv.h"

#include "base/mem.h"
#include "ledger/query.h"
#include "model/units.h"

#include <string.h>

static bool is_set(const struct ledger_register_row *meter)
{
	return report_fuel_is_source(meter) && meter->supply == SUPPLY_GENSET;
}

static bool is_only_set(const struct report_parts *parts, const struct report_total *set)
{
	for (size_t i = 0; i < parts->count; i++) {
		if (is_set(parts->row[i].meter) && parts->row[i].meter->meter_id != set->meter->meter_id)
			return false;
	}
	return true;
}

struct flow_search {
	struct report_total *set;
	bool is_only;
	uint32_t meter_id[ACCOUNT_FUEL_FLOW_COUNT]; /* of the counter before: rows of one stand together; 0: none */
};

static enum err take_flow(void *context, const struct ledger_register_row *row, int64_t from_s, int64_t to_s, const struct ledger_sum *sum,
			  struct err_info *info)
{
	struct flow_search *search = context;
	size_t at = report_fuel_flow_of(row->device_id == search->set->meter->device_id, search->is_only);
	struct account_fuel_flow *flow = search->set->flow + at;

	(void)from_s;
	(void)to_s;
	(void)info;
	if (at == ACCOUNT_FUEL_FLOW_COUNT || !report_fuel_add_flow(flow, sum->millij, sum->covered_ms))
		return ERR_NONE;
	flow->counter_count += row->meter_id != search->meter_id[at] ? 1 : 0;
	search->meter_id[at] = row->meter_id;
	return ERR_NONE;
}

enum err report_parts_add_flows(struct report_parts *parts, struct ledger *ledger, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < parts->count; i++) {
		struct report_total *part = &parts->row[i];
		struct flow_search search = {.set = part, .is_only = is_only_set(parts, part)};
		struct ledger_filter filter = {
		    .start_s = part->start_s, .end_s = part->end_s, .site_id = parts->site->site_id, .quantity = QUANTITY_FUEL_USED};

		if (is_set(part->meter))
			err = ledger_query_totals(ledger, &filter, take_flow, &search, info);
	}
	return err;
}

void report_parts_take_off_flow(struct report_parts *parts, uint32_t meter_id, const struct interval *interval)
{
	const struct ledger_register_row *counter = report_register_find(parts->reg, meter_id, interval->slot_start_s * UNITS_MS_PER_S);
	int64_t litres[COVERAGE_COUNT];
	int64_t covered_ms[COVERAGE_COUNT];

	if (counter == NULL || counter->quantity != QUANTITY_FUEL_USED)
		return;
	for (int c = 0; c < COVERAGE_COUNT; c++) {
		litres[c] = -interval->millij[c];
		covered_ms[c] = -interval->covered_ms[c];
	}
	for (size_t i = 0; i < parts->count; i++) {
		struct report_total *part = &parts->row[i];
		size_t at = report_fuel_flow_of(counter->device_id == part->meter->device_id, is_only_set(parts, part));

		if (at < ACCOUNT_FUEL_FLOW_COUNT && is_set(part->meter) && interval->slot_start_s >= part->start_s &&
		    interval->slot_start_s < part->end_s)
			(void)report_fuel_add_flow(&part->flow[at], litres, covered_ms);
	}
}

enum err report_parts_add_fuel(struct report_parts *parts, const struct report_entered *entered, struct err_info *info)
{
	struct report_fuel_part *part = mem_new_array(parts->count, sizeof(*part));
	size_t count = 0;
	enum err err = ERR_NONE;

	if (part == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu meters", parts->count);
	for (size_t i = 0; i < parts->count; i++) {
		struct report_total *row = &parts->row[i];

		if (report_fuel_is_source(row->meter))
			part[count++] = (struct report_fuel_part){row->meter,         row->start_s,     row->end_s, row->has_energy,
								  row->energy_millij, row->expected_ms, row->flow,  &row->fuel};
	}
	err = count > 0 ? report_fuel_add(entered, part, count, info) : ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < parts->count; i++) {
		struct report_total *row = &parts->row[i];

		if (report_fuel_is_source(row->meter) && report_leased_is(row->meter))
			report_leased_take_fuel(&row->leased, &row->fuel);
	}
	mem_free(part);
	return err;
}
