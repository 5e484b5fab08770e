/* SPDX-License-Identifier: Apache-2.0 */
/* report_upstream: what `report` says of scope 3: category 3 of electricity, category 8, and the overhead of a host. */
#ifndef WATTLEDGER_CLI_REPORT_UPSTREAM_H
#define WATTLEDGER_CLI_REPORT_UPSTREAM_H

#include "base/json.h"
#include "report/totals.h"

/* A line a site of which anything is known: B and C, each by itself; what others control; what a host takes on top. */
void report_upstream_print(const struct report_totals *totals);

/* The member "scope3" of a row; null when nothing is known. */
void report_upstream_add_json(struct json *json, const struct report_total *row);

#endif
