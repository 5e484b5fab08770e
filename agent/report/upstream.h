/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream: category 3 of scope 3 of electricity from a grid (GHG Protocol Scope 3 Standard, 2011), part by part, never added to scope 2:
 *
 *   B   what came before the plants: energy x a factor of basis upstream. A lifecycle factor has it in scope 2 already: "included", no number
 *   C   what was lost on the way: energy x L / (1 - L) x (factor + upstream of it), L the share of output that a table of losses has
 *
 * A lifecycle factor of production has no losses in it, so C is a number with both bases.
 */
#ifndef WATTLEDGER_REPORT_UPSTREAM_H
#define WATTLEDGER_REPORT_UPSTREAM_H

#include "base/err.h"
#include "report/factors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a cell says instead of a figure of B, where scope 2 has it already. */
#define UPSTREAM_INCLUDED "included"

/* Of a row of totals. */
struct report_upstream {
	size_t part_count;            /* parts with energy from the grid */
	size_t included_count;        /* of them, whose factor is a lifecycle one */
	size_t upstream_count;        /* of them, with a figure of B */
	size_t lost_count;            /* of them, with one of C */
	int64_t upstream_mg;          /* B */
	int64_t lost_mg;              /* C */
	const struct plan_factor *of; /* the upstream factor; NULL: none, or several */
	const struct plan_factor *losses;
	bool has_many;        /* upstream factors */
	bool has_many_losses; /* shares of losses */
};

/* What a part is computed from. */
struct report_upstream_part {
	const char *zone;
	int32_t year;
	int64_t millij;
	const struct plan_factor *location; /* NULL: there is none */
	bool is_lifecycle;                  /* that is one */
};

/* Factors of the part's zone and year, among all or those of `set` (NULL: all); marks them as used. */
void report_upstream_put(struct report_upstream *out, const struct report_factors *factors, const struct report_factor_set *set,
			 const struct report_upstream_part *part);

/* Adds a part to a sum. */
void report_upstream_sum(struct report_upstream *sum, const struct report_upstream *part);

/* Whether all of a row has a figure of B, of C; or B is in its scope 2. */
bool report_upstream_has(const struct report_upstream *upstream) MUST_CHECK;
bool report_upstream_has_lost(const struct report_upstream *upstream) MUST_CHECK;
bool report_upstream_is_included(const struct report_upstream *upstream) MUST_CHECK;

#endif
