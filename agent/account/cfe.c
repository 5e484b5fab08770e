/* SPDX-License-Identifier: Apache-2.0 */
#include "account/cfe.h"

#include "account/carbon.h"

static int64_t at_least_none(int64_t millij)
{
	return millij > 0 ? millij : 0;
}

void account_cfe_add(struct account_cfe *sum, const struct account_cfe_hour *hour, const struct account_cfe_claim *claim, size_t count)
{
	int64_t grid_millij = at_least_none(hour->grid_millij);
	int64_t free_millij = at_least_none(at_least_none(hour->pv_millij) - at_least_none(hour->out_millij));
	int64_t load_millij = grid_millij + at_least_none(hour->genset_millij) + free_millij;
	int64_t left_millij = grid_millij;

	for (size_t i = 0; i < count; i++) {
		int64_t taken_millij = claim[i].millij < left_millij ? claim[i].millij : left_millij;

		left_millij -= taken_millij;
		free_millij += claim[i].microg_per_kwh == 0 ? taken_millij : 0;
		sum->instrument_mg += account_carbon_mg(taken_millij, claim[i].microg_per_kwh);
	}
	sum->load_millij += load_millij;
	sum->free_millij += free_millij;
	sum->instrument_millij += grid_millij - left_millij;
	sum->hour_count += load_millij > 0 ? 1 : 0;
	sum->free_hour_count += load_millij > 0 && free_millij == load_millij ? 1 : 0;
}

void account_cfe_sum(struct account_cfe *sum, const struct account_cfe *part)
{
	sum->load_millij += part->load_millij;
	sum->free_millij += part->free_millij;
	sum->instrument_millij += part->instrument_millij;
	sum->instrument_mg += part->instrument_mg;
	sum->hour_count += part->hour_count;
	sum->free_hour_count += part->free_hour_count;
}
