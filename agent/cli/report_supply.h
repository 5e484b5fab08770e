/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_supply: what `report` says of a site's own sources: fuel that was burnt, and its emissions, which no scope 2 figure holds; what the site
 * delivered, with which intensity, and whether what came in and went out balance.
 */
#ifndef WATTLEDGER_CLI_REPORT_SUPPLY_H
#define WATTLEDGER_CLI_REPORT_SUPPLY_H

#include "base/json.h"
#include "report/supplies.h"
#include "report/totals.h"

/* Lines on standard output: of each site with generating sets; of each that several sources feed. */
void report_supply_print_fuel(const struct report_totals *totals);
void report_supply_print(const struct report_supplies *supplies);

/* "fuel": {...} of a row, null where no generating set and no sun feeds; "supply": [...], one a site that several sources feed. */
void report_supply_add_fuel_json(struct json *json, const struct report_total *row);
void report_supply_add_json(struct json *json, const struct report_supplies *supplies);

#endif
