/* SPDX-License-Identifier: Apache-2.0 */
/* counter: what the text of an energy_uj file says, and what two readings say together. Pure. */
#ifndef WATTLEDGER_RAPL_COUNTER_H
#define WATTLEDGER_RAPL_COUNTER_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal digits, zeros before them allowed, and at most one newline behind. false on anything else or overflow. */
bool c_rapl_counter_parse(const char *text, size_t bytes, uint64_t *value) MUST_CHECK;

/* A reading and its zone's range. */
struct c_rapl_step {
	uint64_t before_uj;
	uint64_t after_uj;
	uint64_t range_uj; /* 0 not known: a fall tells nothing */
	int64_t elapsed_ns;
	double power_max_w; /* of the zone: four times as much is not believed */
};

/*
 * Mean power between two readings, W; NaN when it cannot be told: no time between them, a fall that is no wrap (from the last quarter of
 * the range into its first), or more than is plausible.
 */
double c_rapl_counter_power_w(const struct c_rapl_step *step) MUST_CHECK;

#endif
