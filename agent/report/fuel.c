/* SPDX-License-Identifier: Apache-2.0 */
#include "report/fuel.h"

#include "base/mem.h"
#include "base/num.h"
#include "model/units.h"

#include <stdio.h>
#include <string.h>

enum { NODE_BYTES = 1024 };

bool report_fuel_add_flow(struct account_fuel_flow *flow, const int64_t litres[static COVERAGE_COUNT],
			  const int64_t covered_ms[static COVERAGE_COUNT])
{
	int64_t all_ms = covered_ms[COVERAGE_MEASURED] + covered_ms[COVERAGE_BRIDGED];
	int64_t all_litres = 0;

	for (int i = 0; i < COVERAGE_COUNT; i++)
		all_litres += litres[i];
	flow->litres += all_litres;
	flow->covered_ms += all_ms;
	return all_litres != 0 || all_ms != 0;
}

size_t report_fuel_flow_of(bool is_own, bool is_only)
{
	if (is_own)
		return ACCOUNT_FUEL_FLOW_OWN;
	return is_only ? ACCOUNT_FUEL_FLOW_OTHER : ACCOUNT_FUEL_FLOW_COUNT;
}

bool report_fuel_is_source(const struct ledger_register_row *meter)
{
	return meter->role == ROLE_TOTAL && (meter->supply == SUPPLY_GENSET || meter->supply == SUPPLY_PV);
}

/* ---- Whose an entry is ---- */

static bool is_only_set(const struct report_fuel_part *part, size_t count, const struct ledger_register_row *meter)
{
	for (size_t i = 0; i < count; i++) {
		if (part[i].meter->supply == SUPPLY_GENSET && part[i].meter->meter_id != meter->meter_id)
			return false;
	}
	return true;
}

static bool is_for(const char *node, const struct ledger_register_row *meter, bool is_only)
{
	char own[NODE_BYTES];

	if (is_only && strcmp(node, meter->site) == 0)
		return true;
	snprintf(own, sizeof(own), "%s/%s", meter->site, meter->device);
	if (strcmp(node, own) == 0)
		return true;
	snprintf(own, sizeof(own), "%s/%s/%s", meter->site, meter->device, meter->key);
	return strcmp(node, own) == 0;
}

static size_t gather(struct account_fuel_entry *out, const struct report_entered *entered, const struct ledger_register_row *meter,
		     bool is_only)
{
	size_t count = 0;

	for (size_t i = 0; i < entered->count; i++) {
		const struct report_entered_row *row = &entered->row[i];
		enum account_fuel_what what;

		if (row->counts && strcmp(row->kind, "fuel") == 0 && account_fuel_what_find(row->what, &what) &&
		    is_for(row->node, meter, is_only))
			out[count++] = (struct account_fuel_entry){what, row->from_ms, row->to_ms, row->value_micro, row->note};
	}
	return count;
}

void report_fuel_put(struct report_fuel *out, const struct account_fuel_entry *entry, size_t count, const struct account_fuel_span *span)
{
	*out = (struct report_fuel){.part_count = 1, .set_count = 1};
	account_fuel_find(&out->sum, entry, count, span);
	out->unknown_count = out->sum.method == ACCOUNT_FUEL_UNKNOWN ? 1 : 0;
	out->litre_count = out->sum.has_litres ? 1 : 0;
	out->dip_count = out->sum.method == ACCOUNT_FUEL_BY_DIP ? 1 : 0;
}

void report_fuel_put_sun(struct report_fuel *out, bool has_energy)
{
	*out = (struct report_fuel){.part_count = 1, .unknown_count = has_energy ? 0 : 1};
}

enum err report_fuel_add(const struct report_entered *entered, const struct report_fuel_part *part, size_t count, struct err_info *info)
{
	struct account_fuel_entry *entry = mem_new_array(entered->count + 1, sizeof(*entry));

	if (entry == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu entries", entered->count);
	for (size_t i = 0; i < count; i++) {
		const struct ledger_register_row *meter = part[i].meter;
		struct account_fuel_span span = {part[i].start_s * UNITS_MS_PER_S,
						 part[i].end_s * UNITS_MS_PER_S,
						 part[i].has_energy,
						 part[i].millij,
						 part[i].expected_ms,
						 part[i].flow};

		if (meter->supply == SUPPLY_PV)
			report_fuel_put_sun(part[i].out, part[i].has_energy);
		else
			report_fuel_put(part[i].out, entry, gather(entry, entered, meter, is_only_set(part, count, meter)), &span);
	}
	mem_free(entry);
	return ERR_NONE;
}

/* ---- Sums ---- */

static bool is_alike(const struct account_fuel *a, const struct account_fuel *b)
{
	return a->method == b->method && a->mg_per_l == b->mg_per_l && a->upstream_mg_per_l == b->upstream_mg_per_l &&
	       a->mg_per_kwh == b->mg_per_kwh;
}

/* Amounts of a package that somebody made up may be more than fits: the sum stays at the end of its type. */
static void add_to(int64_t *sum, int64_t amount)
{
	bool is_saturated = false;

	*sum = num_add_saturating(*sum, amount, &is_saturated);
}

void report_fuel_sum(struct report_fuel *sum, const struct report_fuel *part)
{
	struct account_fuel had = sum->sum;

	if (part->set_count > 0 && sum->set_count > 0)
		sum->has_many = sum->has_many || part->has_many || !is_alike(&had, &part->sum);
	if (part->set_count > 0 && sum->set_count == 0) {
		sum->sum = part->sum;
	} else {
		add_to(&sum->sum.micro_l, part->sum.micro_l);
		add_to(&sum->sum.open_micro_l, part->sum.open_micro_l);
		add_to(&sum->sum.delivered_micro_l, part->sum.delivered_micro_l);
		add_to(&sum->sum.close_micro_l, part->sum.close_micro_l);
		add_to(&sum->sum.scope1_mg, part->sum.scope1_mg);
		add_to(&sum->sum.upstream_mg, part->sum.upstream_mg);
	}
	sum->part_count += part->part_count;
	sum->unknown_count += part->unknown_count;
	sum->set_count += part->set_count;
	sum->litre_count += part->litre_count;
	sum->dip_count += part->dip_count;
	sum->leased_count += part->leased_count;
	sum->leased_dry_count += part->leased_dry_count;
}

bool report_fuel_has_scope1(const struct report_fuel *fuel)
{
	return fuel->part_count > fuel->leased_count && fuel->unknown_count == 0;
}

bool report_fuel_has_upstream(const struct report_fuel *fuel)
{
	return report_fuel_has_scope1(fuel) && fuel->litre_count + fuel->leased_dry_count == fuel->set_count;
}

bool report_fuel_has_litres(const struct report_fuel *fuel)
{
	return fuel->set_count > 0 && fuel->litre_count == fuel->set_count;
}

bool report_fuel_has_dips(const struct report_fuel *fuel)
{
	return fuel->set_count > 0 && fuel->dip_count == fuel->set_count;
}
