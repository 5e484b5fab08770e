/* SPDX-License-Identifier: Apache-2.0 */
/* account/factor: which grid factor applies to a zone and a year. Pure. */
#ifndef WATTLEDGER_ACCOUNT_FACTOR_H
#define WATTLEDGER_ACCOUNT_FACTOR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a factor tells. Direct and lifecycle are of a grid's mix (location-based); residual is what is left of it when all that was claimed is
 * taken out (market-based); upstream is what came before the plants alone (scope 3, category 3 B). Losses are no factor but the share of what is
 * fed into a grid that never arrives (3 C): where others have micrograms a kWh they have millionths of a per cent.
 */
enum factor_basis { FACTOR_DIRECT = 0, FACTOR_LIFECYCLE, FACTOR_RESIDUAL, FACTOR_UPSTREAM, FACTOR_LOSSES, FACTOR_BASIS_COUNT };

/* One row of a table; strings are borrowed from whoever owns the table. */
struct account_factor {
	const char *zone;
	int32_t year;
	enum factor_basis basis;
	int64_t microg_per_kwh; /* >= 0 */
};

struct factor_choice {
	size_t factor_idx; /* in the array searched */
	int32_t lag_years; /* year asked for minus year of the factor; 0: the same year */
	bool is_proxy;     /* a lifecycle factor stands in for a direct one ("lifecycle-proxy") */
};

/*
 * The row of `zone` for `year`: the same year, else the newest earlier one; never a later one (it was not known then). A direct factor
 * of any such year goes before a lifecycle one. Rows may be in any order; of equal ones the first counts. false: there is none.
 */
bool account_factor_find(const struct account_factor *factors, size_t count, const char *zone, int32_t year,
			 struct factor_choice *out) MUST_CHECK;

/* The same among those of the basis of `wanted` alone (FACTOR_BASIS_COUNT: direct or lifecycle), for its zone and year. */
bool account_factor_find_like(const struct account_factor *factors, size_t count, const struct account_factor *wanted,
			      struct factor_choice *out) MUST_CHECK;

/* "direct", "lifecycle", "residual", "upstream", "losses"; by name, false when there is no such. */
const char *factor_basis_name(enum factor_basis basis) MUST_CHECK;
bool factor_basis_find(const char *name, enum factor_basis *out) MUST_CHECK;

/* The same of direct and lifecycle alone: what a grid's mix emits. */
bool factor_basis_find_mix(const char *name, enum factor_basis *out) MUST_CHECK;

/* Losses have a share in the place of a factor. */
bool factor_is_losses(const char *basis) MUST_CHECK;

/* The choice as an export names it: "direct", "direct-lag-2", "lifecycle-proxy", "lifecycle-proxy-lag-1". Returns bytes; cut to size. */
size_t factor_choice_print(char *out, size_t size, const struct factor_choice *choice);

#endif
