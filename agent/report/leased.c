/* SPDX-License-Identifier: Apache-2.0 */
#include "report/leased.h"

#include "base/num.h"
#include "model/facts.h"

bool report_leased_is(const struct ledger_register_row *meter)
{
	struct facts site;
	struct facts device;

	/* What a later version wrote is passed over. */
	(void)facts_parse(&site, meter->site_facts);
	(void)facts_parse(&device, meter->facts);
	return facts_is_scope3(site.boundary, facts_control_of(&site, &device));
}

void report_leased_put(struct report_leased *out, bool has_factor, int64_t mg)
{
	*out = (struct report_leased){.part_count = 1, .unknown_count = has_factor ? 0 : 1, .mg = has_factor ? mg : 0};
}

void report_leased_take_fuel(struct report_leased *out, struct report_fuel *fuel)
{
	*out = (struct report_leased){.part_count = fuel->part_count, .unknown_count = fuel->unknown_count, .mg = fuel->sum.scope1_mg};
	fuel->leased_count = fuel->part_count;
	fuel->leased_dry_count = fuel->set_count - fuel->litre_count;
	fuel->unknown_count = 0;
	fuel->sum.scope1_mg = 0;
	fuel->sum.upstream_mg = 0;
}

void report_leased_sum(struct report_leased *sum, const struct report_leased *part)
{
	bool is_saturated = false;

	sum->part_count += part->part_count;
	sum->unknown_count += part->unknown_count;
	sum->mg = num_add_saturating(sum->mg, part->mg, &is_saturated);
}

bool report_leased_has(const struct report_leased *leased)
{
	return leased->part_count > 0 && leased->unknown_count == 0;
}
