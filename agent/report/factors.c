/* SPDX-License-Identifier: Apache-2.0 */
#include "report/factors.h"

#include "base/mem.h"
#include "ledger/rows.h"

#include <stdlib.h>
#include <string.h>

static enum err take_factor(void *context, const struct plan_factor *factor, struct err_info *info)
{
	struct report_factors *factors = context;
	void *array = factors->row;
	enum err err = mem_grow(&array, &factors->capacity, factors->count, PLAN_FACTORS_MAX, sizeof(*factors->row));

	factors->row = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu grid factors", factors->count + 1);
	factors->row[factors->count++] = *factor;
	return ERR_NONE;
}

/* By zone, year and basis; of those the newest edition first, since the first one counts. */
static int compare_factors(const void *a, const void *b)
{
	const struct plan_factor *x = a;
	const struct plan_factor *y = b;
	int order = strcmp(x->zone, y->zone);

	if (order == 0)
		order = (x->year > y->year) - (x->year < y->year);
	if (order == 0)
		order = strcmp(x->basis, y->basis);
	if (order == 0)
		order = strcmp(y->edition, x->edition);
	return order != 0 ? order : memcmp(x->table_sha256, y->table_sha256, sizeof(x->table_sha256));
}

static enum err make_rules(struct report_factors *factors, struct err_info *info)
{
	if (factors->count == 0)
		return ERR_NONE;
	factors->by_rule = mem_new_array(factors->count, sizeof(*factors->by_rule));
	factors->is_used = mem_new_array(factors->count, sizeof(*factors->is_used));
	if (factors->by_rule == NULL || factors->is_used == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu grid factors", factors->count);
	for (size_t i = 0; i < factors->count; i++) {
		const struct plan_factor *row = &factors->row[i];
		struct account_factor *rule = &factors->by_rule[i];

		*rule = (struct account_factor){.zone = row->zone, .year = row->year, .microg_per_kwh = row->microg_per_kwh};
		if (!factor_basis_find(row->basis, &rule->basis))
			return err_set(info, ERR_DATA, "the ledger's factor of zone '%s', %d has the unknown basis '%s'", row->zone,
				       row->year, row->basis);
	}
	return ERR_NONE;
}

enum err report_factors_load(struct report_factors *out, struct ledger *ledger, struct err_info *info)
{
	struct report_factors factors = {0};
	enum err err = ledger_query_factors(ledger, take_factor, &factors, info);

	if (err == ERR_NONE && factors.count > 0)
		qsort(factors.row, factors.count, sizeof(factors.row[0]), compare_factors);
	if (err == ERR_NONE)
		err = make_rules(&factors, info);
	if (err != ERR_NONE) {
		report_factors_deinit(&factors);
		return err;
	}
	*out = factors;
	return ERR_NONE;
}

void report_factors_deinit(struct report_factors *factors)
{
	mem_free(factors->row);
	mem_free(factors->by_rule);
	mem_free(factors->is_used);
	*factors = (struct report_factors){0};
}

bool report_factors_find(const struct report_factors *factors, const char *zone, int32_t year, struct factor_choice *out)
{
	if (zone[0] == '\0' || !account_factor_find(factors->by_rule, factors->count, zone, year, out))
		return false;
	factors->is_used[out->factor_idx] = true;
	return true;
}
