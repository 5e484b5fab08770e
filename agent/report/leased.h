/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leased: emissions of what somebody else controls (model/facts.h): a tenant's, and by some approaches what is leased. They are of scope 3,
 * category 8 (upstream leased assets, GHG Protocol Scope 3 Standard, 2011), and then in neither scope 1 nor 2, nor in category 3: location-based
 * for energy from a grid, by its fuel for that of a generating set, zero for the sun.
 */
#ifndef WATTLEDGER_REPORT_LEASED_H
#define WATTLEDGER_REPORT_LEASED_H

#include "base/err.h"
#include "report/fuel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the column scope3_category says of such a meter. */
#define REPORT_LEASED_CATEGORY "8"

/* Of a row of totals. */
struct report_leased {
	size_t part_count;    /* parts with energy from a grid, or fed by a set or the sun, that somebody else controls */
	size_t unknown_count; /* of them, without a figure */
	int64_t mg;           /* stays at the end of its type */
};

/* Whether a meter's emissions go there, as its row of the register says. */
bool report_leased_is(const struct ledger_register_row *meter) MUST_CHECK;

/* A part that a grid feeds; has_factor false: mg means nothing. */
void report_leased_put(struct report_leased *out, bool has_factor, int64_t mg);

/* A part that a set or the sun feeds: what its fuel has in scopes 1 and 3 goes over; litres stay. */
void report_leased_take_fuel(struct report_leased *out, struct report_fuel *fuel);

/* Adds a part to a sum; nothing when it is none. */
void report_leased_sum(struct report_leased *sum, const struct report_leased *part);

/* Whether a row has a figure. */
bool report_leased_has(const struct report_leased *leased) MUST_CHECK;

#endif
