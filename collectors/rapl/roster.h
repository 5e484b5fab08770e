/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roster: the meters of one source of this machine (hwmon, power supplies, GPUs) as core knows them. A meter is known by its key; it
 * keeps its number when what it stands for goes away and comes back.
 */
#ifndef WATTLEDGER_RAPL_ROSTER_H
#define WATTLEDGER_RAPL_ROSTER_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_RAPL_ROSTER_MAX = 256 };

struct c_rapl_roster {
	struct c_rapl_roster_entry *entry; /* count of them, owned */
	size_t count;
	size_t capacity;
};

struct c_rapl_roster_entry {
	struct meter_info info;
	bool is_stale; /* it has to be announced */
};

/* Adds the meter, or takes what is new of it; *number is its number. Errors: ERR_LIMIT, ERR_MEMORY. */
enum err c_rapl_roster_put(struct c_rapl_roster *roster, const struct meter_info *info, uint32_t *number) MUST_CHECK;

/* The next meter that has to be announced, lowest number first; false: none. */
bool c_rapl_roster_take(struct c_rapl_roster *roster, uint32_t *number, struct meter_info *out) MUST_CHECK;

/* Meters that the machine's total is the sum of. */
uint32_t c_rapl_roster_summand_count(const struct c_rapl_roster *roster) MUST_CHECK;

/* Frees the entries. */
void c_rapl_roster_deinit(struct c_rapl_roster *roster);

#endif
