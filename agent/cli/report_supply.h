/* SPDX-License-Identifier: Apache-2.0 */
/* report_supply: what `report` says of a site's own sources: fuel that was burnt, and its emissions, which no scope 2 figure holds. */
#ifndef WATTLEDGER_CLI_REPORT_SUPPLY_H
#define WATTLEDGER_CLI_REPORT_SUPPLY_H

#include "base/json.h"
#include "report/totals.h"

/* Lines a site on standard output; nothing where the grid feeds all. */
void report_supply_print(const struct report_totals *totals);

/* "fuel": {...}, null where no generating set and no sun feeds. */
void report_supply_add_json(struct json *json, const struct report_total *row);

#endif
