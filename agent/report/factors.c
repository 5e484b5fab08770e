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

enum err report_factors_index(struct report_factors *factors, struct err_info *info)
{
	if (factors->count == 0)
		return ERR_NONE;
	qsort(factors->row, factors->count, sizeof(factors->row[0]), compare_factors);
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

	if (err == ERR_NONE)
		err = report_factors_index(&factors, info);
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

/* ---- Sets ---- */

static enum err add_to_set(struct report_factor_set *set, const struct report_factors *factors, size_t at, struct err_info *info)
{
	void *rule = set->rule;
	void *factor_idx = set->factor_idx;
	enum err err = mem_grow(&rule, &set->capacity, set->count, PLAN_FACTORS_MAX, sizeof(*set->rule));

	set->rule = rule;
	if (err == ERR_NONE)
		err = mem_grow(&factor_idx, &set->idx_capacity, set->count, PLAN_FACTORS_MAX, sizeof(*set->factor_idx));
	set->factor_idx = factor_idx;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu grid factors", set->count + 1);
	set->rule[set->count] = factors->by_rule[at];
	set->factor_idx[set->count++] = at;
	return ERR_NONE;
}

static size_t row_of(const struct report_factors *factors, const struct plan_factor *factor)
{
	size_t at = 0;

	while (at < factors->count && compare_factors(&factors->row[at], factor) != 0)
		at++;
	return at;
}

void report_factors_use(const struct report_factors *factors, const struct plan_factor *factor)
{
	size_t at = row_of(factors, factor);

	if (at < factors->count)
		factors->is_used[at] = true;
}

enum err report_factor_set_add(struct report_factor_set *set, const struct report_factors *factors, const struct plan_factor *factor,
			       struct err_info *info)
{
	size_t at = row_of(factors, factor);

	if (at < factors->count)
		return add_to_set(set, factors, at, info);
	return err_set(info, ERR_DATA, "the ledger has no factor of zone '%s', %d, edition %s, though a statement used it", factor->zone,
		       (int)factor->year, factor->edition);
}

static bool publishes(const struct report_factors *factors, const char *publisher, const char *edition)
{
	for (size_t i = 0; i < factors->count; i++) {
		if (strcmp(factors->row[i].edition, edition) == 0 && strcmp(factors->row[i].publisher, publisher) == 0)
			return true;
	}
	return false;
}

enum err report_factor_set_add_edition(struct report_factor_set *set, const struct report_factors *factors, const char *edition,
				       struct err_info *info)
{
	bool is_known = false;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < factors->count; i++) {
		bool is_it = strcmp(factors->row[i].edition, edition) == 0;

		is_known = is_known || is_it;
		if (is_it || !publishes(factors, factors->row[i].publisher, edition))
			err = add_to_set(set, factors, i, info);
	}
	if (err == ERR_NONE && !is_known)
		err = err_set(info, ERR_USAGE, "no factor of edition '%s' is known for these zones", edition);
	return err;
}

void report_factor_set_deinit(struct report_factor_set *set)
{
	mem_free(set->rule);
	mem_free(set->factor_idx);
	*set = (struct report_factor_set){0};
}

bool report_factors_find_like(const struct report_factors *factors, const struct report_factor_set *set,
			      const struct account_factor *wanted, struct factor_choice *out)
{
	const struct account_factor *rule = set == NULL ? factors->by_rule : set->rule;
	size_t count = set == NULL ? factors->count : set->count;

	if (wanted->zone[0] == '\0' || !account_factor_find_like(rule, count, wanted, out))
		return false;
	if (set != NULL)
		out->factor_idx = set->factor_idx[out->factor_idx];
	factors->is_used[out->factor_idx] = true;
	return true;
}

bool report_factors_find(const struct report_factors *factors, const struct report_factor_set *set, const char *zone, int32_t year,
			 struct factor_choice *out)
{
	struct account_factor wanted = {.zone = zone, .year = year, .basis = FACTOR_BASIS_COUNT};

	return report_factors_find_like(factors, set, &wanted, out);
}
