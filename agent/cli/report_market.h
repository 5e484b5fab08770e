/* SPDX-License-Identifier: Apache-2.0 */
/* report_market: what `report` says of the market-based method. */
#ifndef WATTLEDGER_CLI_REPORT_MARKET_H
#define WATTLEDGER_CLI_REPORT_MARKET_H

#include "base/json.h"
#include "report/totals.h"

/* A line a site that has instruments or a residual mix, and one for each instrument of which not all counts: how much, and why. */
void report_market_print(const struct report_totals *totals);

/* The member "market" of a row; null when there is no such figure. */
void report_market_add_json(struct json *json, const struct report_total *row);

#endif
