/* SPDX-License-Identifier: Apache-2.0 */
#include "report/upstream.h"

#include "account/carbon.h"

static const struct plan_factor *find(const struct report_factors *factors, const struct report_factor_set *set,
				      const struct report_upstream_part *part, enum factor_basis basis)
{
	struct account_factor wanted = {.zone = part->zone, .year = part->year, .basis = basis};
	struct factor_choice choice;

	return report_factors_find_like(factors, set, &wanted, &choice) ? &factors->row[choice.factor_idx] : NULL;
}

void report_upstream_put(struct report_upstream *out, const struct report_factors *factors, const struct report_factor_set *set,
			 const struct report_upstream_part *part)
{
	int64_t upstream_microg = 0;

	*out = (struct report_upstream){.part_count = 1};
	if (part->location == NULL)
		return;
	if (part->is_lifecycle)
		out->included_count = 1;
	else
		out->of = find(factors, set, part, FACTOR_UPSTREAM);
	if (out->of != NULL) {
		upstream_microg = out->of->microg_per_kwh;
		out->upstream_count = 1;
		out->upstream_mg = account_carbon_mg(part->millij, upstream_microg);
	}
	out->losses = find(factors, set, part, FACTOR_LOSSES);
	if (out->losses == NULL)
		return;
	out->lost_count = 1;
	out->lost_mg = account_carbon_mg(account_carbon_lost_millij(part->millij, out->losses->microg_per_kwh),
					 part->location->microg_per_kwh + upstream_microg);
}

static const struct plan_factor *join(const struct plan_factor *a, const struct plan_factor *b, bool *has_many)
{
	*has_many = *has_many || a != b;
	return *has_many ? NULL : a;
}

void report_upstream_sum(struct report_upstream *sum, const struct report_upstream *part)
{
	bool is_first = sum->part_count == 0;

	sum->of = is_first ? part->of : join(sum->of, part->of, &sum->has_many);
	sum->losses = is_first ? part->losses : join(sum->losses, part->losses, &sum->has_many_losses);
	sum->part_count += part->part_count;
	sum->included_count += part->included_count;
	sum->upstream_count += part->upstream_count;
	sum->lost_count += part->lost_count;
	sum->upstream_mg += part->upstream_mg;
	sum->lost_mg += part->lost_mg;
}

bool report_upstream_has(const struct report_upstream *upstream)
{
	return upstream->part_count > 0 && upstream->upstream_count == upstream->part_count;
}

bool report_upstream_has_lost(const struct report_upstream *upstream)
{
	return upstream->part_count > 0 && upstream->lost_count == upstream->part_count;
}

bool report_upstream_is_included(const struct report_upstream *upstream)
{
	return upstream->part_count > 0 && upstream->included_count == upstream->part_count;
}
