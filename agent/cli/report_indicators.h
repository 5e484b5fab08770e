/* SPDX-License-Identifier: Apache-2.0 */
/* report_indicators: what `report` says of the data-centre indicators of sites. */
#ifndef WATTLEDGER_CLI_REPORT_INDICATORS_H
#define WATTLEDGER_CLI_REPORT_INDICATORS_H

#include "base/json.h"
#include "report/totals.h"

/* A line a site whose IT or telecom equipment is metered: its figures, or why there are none. */
void report_indicators_print(const struct report_totals *totals);

/* The member "indicators" of a site; null when neither is metered. */
void report_indicators_add_json(struct json *json, const struct report_site *site);

#endif
