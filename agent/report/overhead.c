/* SPDX-License-Identifier: Apache-2.0 */
#include "report/overhead.h"

#include "account/carbon.h"
#include "base/num.h"
#include "ledger/record.h"
#include "model/facts.h"
#include "wire/plan.h"

static struct facts site_of(const struct ledger_register_row *meter)
{
	struct facts facts;

	(void)facts_parse(&facts, meter->site_facts); /* what a later version wrote is passed over */
	return facts;
}

int64_t report_overhead_factor(const struct ledger_register_row *meter)
{
	return meter->is_in_total ? site_of(meter).overhead_micro : 0;
}

int64_t report_overhead_millij(int64_t millij, int64_t factor_micro)
{
	return num_muldiv_half_even(millij, factor_micro - FACTS_MICRO, FACTS_MICRO);
}

void report_overhead_add(struct report_overhead *sum, const struct report_overhead_part *part)
{
	struct facts site = site_of(part->meter);
	bool is_first = sum->part_count == 0;
	bool is_saturated = false;
	int64_t millij;

	if (report_overhead_factor(part->meter) == 0)
		return;
	sum->has_many = sum->has_many || (!is_first && (sum->factor_micro != site.overhead_micro || sum->year != site.overhead_year));
	sum->factor_micro = site.overhead_micro;
	sum->year = site.overhead_year;
	sum->part_count++;
	if (!part->has_energy) {
		sum->unknown_count++;
		return;
	}
	millij = report_overhead_millij(part->millij, site.overhead_micro);
	sum->millij = num_add_saturating(sum->millij, millij, &is_saturated);
	if (part->location == NULL)
		sum->no_factor_count++;
	else
		sum->mg = num_add_saturating(sum->mg, account_carbon_mg(millij, part->location->microg_per_kwh), &is_saturated);
}

bool report_overhead_has(const struct report_overhead *overhead)
{
	return overhead->part_count > overhead->unknown_count;
}

bool report_overhead_has_mg(const struct report_overhead *overhead)
{
	return report_overhead_has(overhead) && overhead->no_factor_count == 0;
}
