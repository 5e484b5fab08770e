/* SPDX-License-Identifier: Apache-2.0 */
/*
 * overhead: what a host's site takes on top of what its tenant's meters see: cooling, conversion, light. Energy x (factor - 1), with the factor that
 * the site's configuration gives, with source and year (model/facts.h). It is a static figure in a row of its own: in no total, no
 * measured energy and no indicator. Its emissions are of scope 3, category 8, with the location-based factor of the energy that it is on top of.
 */
#ifndef WATTLEDGER_REPORT_OVERHEAD_H
#define WATTLEDGER_REPORT_OVERHEAD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_factor;
struct ledger_register_row;

/* Its node is SITE/overhead; no device: its type says so. */
#define REPORT_OVERHEAD_NODE "overhead"

/* Of a site. Zero-initialised: there is none. */
struct report_overhead {
	size_t part_count;      /* parts that count in the site's total where a factor is configured */
	size_t unknown_count;   /* of them, without energy */
	size_t no_factor_count; /* of the others, whose energy is not from a grid, or has no factor of emissions */
	int64_t millij;         /* as mg: stays at the end of its type */
	int64_t mg;
	int64_t factor_micro; /* of all; millionths */
	int32_t year;
	bool has_many; /* factors or years: the two above say nothing */
};

/* The factor in force for a meter, in millionths; 0: none. */
int64_t report_overhead_factor(const struct ledger_register_row *meter) MUST_CHECK;

/* What is on top of an amount: millij x (factor - 1), half to even. */
int64_t report_overhead_millij(int64_t millij, int64_t factor_micro) MUST_CHECK;

/* A part that counts in its site's total. Nothing when no factor is configured. */
struct report_overhead_part {
	const struct ledger_register_row *meter;
	bool has_energy;
	int64_t millij;
	const struct plan_factor *location; /* of energy from a grid; NULL: there is none */
};
void report_overhead_add(struct report_overhead *sum, const struct report_overhead_part *part);

/* Whether energy, and emissions, are known. */
bool report_overhead_has(const struct report_overhead *overhead) MUST_CHECK;
bool report_overhead_has_mg(const struct report_overhead *overhead) MUST_CHECK;

#endif
