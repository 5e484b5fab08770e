/* SPDX-License-Identifier: Apache-2.0 */
/* verify_supply_priv: the hours of supply.csv and batteries.csv while they are verified. For agent/report/verify_supply*.c only. */
#ifndef WATTLEDGER_REPORT_VERIFY_SUPPLY_PRIV_H
#define WATTLEDGER_REPORT_VERIFY_SUPPLY_PRIV_H

#include "report/supply.h"
#include "report/verify_priv.h"

#include <stddef.h>
#include <stdint.h>

/* Behind the name of either file; of a line number. */
#define VERIFY_NOT_GIVEN ":%zu: what is charged, stored, delivered or left over is not what the hour gives"

/* A row of batteries.csv, and what its interval rows come to. */
struct verify_battery_hour {
	size_t line; /* 0: there is none */
	struct account_store before;
	struct report_battery_hour said;
	int64_t charge_millij;
	int64_t discharge_millij;
};

/* Beside a report_supply: where its hours stand, what their interval rows come to, and their meters. */
struct verify_supply_site {
	struct report_supply *supply;
	struct report_supply_hour *sum; /* one an hour, in their order */
	size_t *line;
	struct verify_battery_hour *battery; /* of battery b the hours from b x supply->count on */
	struct report_total *part;           /* meters alone */
	size_t part_count;
	size_t capacity;
	size_t line_capacity;
};

struct verify_supply {
	struct verify_supply_site *site; /* one a site of the register */
};

/* Steps all hours from what was read of them, notes what differs, and adds them up in each report_supply. */
void verify_supply_compare(struct verification *verification);

#endif
