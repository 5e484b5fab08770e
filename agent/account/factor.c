/* SPDX-License-Identifier: Apache-2.0 */
#include "account/factor.h"

#include <stdio.h>
#include <string.h>

static const char *const BASIS_NAME[FACTOR_BASIS_COUNT] = {"direct", "lifecycle", "residual", "upstream", "losses"};

/* `row` goes before `best` (NULL: none yet): the better basis, then the newer year. */
static bool is_better(const struct account_factor *row, const struct account_factor *best)
{
	if (!best)
		return true;
	return row->basis != best->basis ? row->basis < best->basis : row->year > best->year;
}

static bool is_wanted(const struct account_factor *row, const struct account_factor *wanted)
{
	bool is_basis = wanted->basis == FACTOR_BASIS_COUNT ? row->basis <= FACTOR_LIFECYCLE : row->basis == wanted->basis;

	return is_basis && row->year <= wanted->year && strcmp(row->zone, wanted->zone) == 0;
}

bool account_factor_find_like(const struct account_factor *factors, size_t count, const struct account_factor *wanted,
			      struct factor_choice *out)
{
	const struct account_factor *best = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct account_factor *row = &factors[i];

		if (is_wanted(row, wanted) && is_better(row, best))
			best = row;
	}
	if (!best)
		return false;
	*out = (struct factor_choice){
	    .factor_idx = (size_t)(best - factors), .lag_years = wanted->year - best->year, .is_proxy = best->basis == FACTOR_LIFECYCLE};
	return true;
}

bool account_factor_find(const struct account_factor *factors, size_t count, const char *zone, int32_t year, struct factor_choice *out)
{
	struct account_factor wanted = {.zone = zone, .year = year, .basis = FACTOR_BASIS_COUNT};

	return account_factor_find_like(factors, count, &wanted, out);
}

const char *factor_basis_name(enum factor_basis basis)
{
	return (unsigned)basis < FACTOR_BASIS_COUNT ? BASIS_NAME[basis] : "unknown";
}

bool factor_basis_find(const char *name, enum factor_basis *out)
{
	for (unsigned i = 0; i < FACTOR_BASIS_COUNT; i++) {
		if (strcmp(name, BASIS_NAME[i]) == 0) {
			*out = (enum factor_basis)i;
			return true;
		}
	}
	return false;
}

bool factor_basis_find_mix(const char *name, enum factor_basis *out)
{
	enum factor_basis basis;

	if (!factor_basis_find(name, &basis) || basis > FACTOR_LIFECYCLE)
		return false;
	*out = basis;
	return true;
}

bool factor_is_losses(const char *basis)
{
	return strcmp(basis, BASIS_NAME[FACTOR_LOSSES]) == 0;
}

size_t factor_choice_print(char *out, size_t size, const struct factor_choice *choice)
{
	const char *name = choice->is_proxy ? "lifecycle-proxy" : "direct";
	int length;

	if (!size)
		return 0;
	if (choice->lag_years)
		length = snprintf(out, size, "%s-lag-%d", name, (int)choice->lag_years);
	else
		length = snprintf(out, size, "%s", name);
	return (size_t)length < size ? (size_t)length : size - 1;
}
