/* SPDX-License-Identifier: Apache-2.0 */
/* verify_compare: what totals.csv says against what was computed again. */
#include "report/verify_priv.h"

#include "account/carbon.h"

#include <stdio.h>
#include <string.h>

static int64_t sum_of(const int64_t *millij)
{
	int64_t sum = 0;

	for (int i = 0; i < COVERAGE_COUNT; i++)
		sum += millij[i];
	return sum;
}

static void compare_energy(struct verification *verification, const struct verify_total *total)
{
	if (total->level == REPORT_OVERHEAD)
		return; /* it has no intervals: verify_overhead() */
	if (!total->has_energy) {
		if (sum_of(total->sum_millij) != 0)
			verify_find(verification, "totals.csv:%zu: %s says n/a, its intervals have %lld mJ", total->line, total->node,
				    (long long)sum_of(total->sum_millij));
		return;
	}
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		if (total->millij[i] != total->sum_millij[i])
			verify_find(verification, "totals.csv:%zu: %s has %lld mJ %s, its intervals have %lld", total->line, total->node,
				    (long long)total->millij[i], coverage_name((enum coverage)i), (long long)total->sum_millij[i]);
	}
	if (sum_of(total->millij) != total->energy_millij)
		verify_find(verification, "totals.csv:%zu: %s has %lld mJ, its classes add up to %lld", total->line, total->node,
			    (long long)total->energy_millij, (long long)sum_of(total->millij));
}

/* A meter's row is one division. */
static void compare_division(struct verification *verification, const struct verify_total *total)
{
	int64_t mg;

	if (!total->has_location)
		return;
	if (!total->is_grid) {
		verify_find(verification, "totals.csv:%zu: %s has scope 2 emissions and is not fed by the grid", total->line, total->node);
		return;
	}
	if (total->factor_idx < 0) {
		verify_find(verification, "totals.csv:%zu: the factor of %s is not in factors.csv", total->line, total->node);
		return;
	}
	mg = account_carbon_mg(total->energy_millij, verification->factor[total->factor_idx].microg_per_kwh);
	if (mg != total->location_mg)
		verify_find(verification, "totals.csv:%zu: %s has %lld mg CO2e, energy and factor give %lld", total->line, total->node,
			    (long long)total->location_mg, (long long)mg);
}

static void add_carbon(struct verify_total *sum, const struct verify_total *meter)
{
	if (sum == NULL || !meter->is_grid || !meter->has_energy)
		return;
	if (!meter->has_location) {
		sum->lacks_mg = true;
		return;
	}
	sum->has_sum_mg = true;
	sum->sum_mg += meter->location_mg;
}

/* "SITE/DEVICE/KEY" cut to its site or device; `node` is a copy. */
static void cut_node(char *node, int slashes)
{
	char *at = node;

	for (int i = 0; at != NULL; i++) {
		at = strchr(at, '/');
		if (at == NULL)
			return;
		if (i + 1 == slashes) {
			*at = '\0';
			return;
		}
		at++;
	}
}

/* Those of its device, when it stands for it, and of its site and all, when it counts. */
static void find_levels(struct verification *verification, const struct verify_total *meter, bool is_device, bool is_in_total,
			struct verify_total *above[static VERIFY_ABOVE_COUNT])
{
	char device[4096];
	char site[4096];

	snprintf(device, sizeof(device), "%s", meter->node);
	snprintf(site, sizeof(site), "%s", meter->node);
	cut_node(device, 2);
	cut_node(site, 1);
	above[0] = is_device ? verify_find_total(verification, REPORT_DEVICE, device, meter->start_ms) : NULL;
	above[1] = is_in_total ? verify_find_total(verification, REPORT_SITE, site, meter->start_ms) : NULL;
	above[2] = is_in_total ? verify_find_total(verification, REPORT_TOTAL, "total", meter->start_ms) : NULL;
}

void verify_find_above(struct verification *verification, const struct verify_total *meter,
		       struct verify_total *above[static VERIFY_ABOVE_COUNT])
{
	find_levels(verification, meter, verify_is_device_total(verification, meter->node, meter->start_ms), meter->is_in_total, above);
}

void verify_find_stored_above(struct verification *verification, const struct verify_total *meter,
			      struct verify_total *above[static VERIFY_ABOVE_COUNT])
{
	const struct verify_meter *stored = verify_find_meter(verification, meter->node, meter->start_ms);

	find_levels(verification, meter, stored != NULL && stored->was_total_of_device, stored != NULL && stored->was_in_total, above);
}

static void add_meter_carbon(struct verification *verification, const struct verify_total *meter)
{
	struct verify_total *above[VERIFY_ABOVE_COUNT];

	verify_find_above(verification, meter, above);
	for (int i = 0; i < VERIFY_ABOVE_COUNT; i++)
		add_carbon(above[i], meter);
}

static void compare_sum(struct verification *verification, const struct verify_total *total)
{
	bool has = total->has_sum_mg && !total->lacks_mg;

	if (has != total->has_location)
		verify_find(verification, "totals.csv:%zu: %s %s, by its meters it %s", total->line, total->node,
			    total->has_location ? "has scope 2 emissions" : "has no scope 2 emissions", has ? "has" : "has none");
	else if (has && total->sum_mg != total->location_mg)
		verify_find(verification, "totals.csv:%zu: %s has %lld mg CO2e, its meters add up to %lld", total->line, total->node,
			    (long long)total->location_mg, (long long)total->sum_mg);
}

/* ---- Without corrections ---- */

/* What a meter's energy came with as it was written. Only a part with some has emissions. */
static void add_stored_carbon(struct verification *verification, struct verify_total *meter)
{
	struct verify_total *above[VERIFY_ABOVE_COUNT];

	if (!meter->is_grid)
		return;
	if (meter->factor_idx >= 0)
		meter->sum_stored_mg = account_carbon_mg(meter->sum_stored_millij, verification->factor[meter->factor_idx].microg_per_kwh);
	meter->lacks_stored_mg = meter->factor_idx < 0 && meter->sum_stored_millij != 0;
	verify_find_stored_above(verification, meter, above);
	for (int i = 0; i < VERIFY_ABOVE_COUNT; i++) {
		if (above[i] == NULL)
			continue;
		above[i]->sum_stored_mg += meter->sum_stored_mg;
		above[i]->lacks_stored_mg = above[i]->lacks_stored_mg || meter->lacks_stored_mg;
	}
}

static void compare_stored(struct verification *verification, const struct verify_total *total)
{
	if (total->has_uncorrected && total->uncorrected_millij != total->sum_stored_millij)
		verify_find(verification, "totals.csv:%zu: %s would have %lld mJ without corrections, its intervals have %lld", total->line,
			    total->node, (long long)total->uncorrected_millij, (long long)total->sum_stored_millij);
	if (!total->has_uncorrected && total->sum_stored_millij != 0 && total->sum_stored_millij != sum_of(total->sum_millij))
		verify_find(verification, "totals.csv:%zu: %s is corrected, and does not say what it would be without", total->line,
			    total->node);
	if ((total->level != REPORT_METER && !verification->summary->has_meters) || !total->has_uncorrected_mg)
		return;
	if (total->lacks_stored_mg || total->uncorrected_mg != total->sum_stored_mg)
		verify_find(verification, "totals.csv:%zu: %s would have %lld mg CO2e without corrections, computed it is %lld",
			    total->line, total->node, (long long)total->uncorrected_mg, (long long)total->sum_stored_mg);
}

void verify_compare(struct verification *verification)
{
	for (size_t i = 0; i < verification->total_count; i++) {
		compare_energy(verification, &verification->total[i]);
		if (verification->total[i].level != REPORT_METER)
			continue;
		compare_division(verification, &verification->total[i]);
		add_stored_carbon(verification, &verification->total[i]);
		add_meter_carbon(verification, &verification->total[i]);
	}
	for (size_t i = 0; verification->summary->has_meters && i < verification->total_count; i++) {
		if (verification->total[i].level != REPORT_METER)
			compare_sum(verification, &verification->total[i]);
	}
	for (size_t i = 0; i < verification->total_count; i++)
		compare_stored(verification, &verification->total[i]);
}
