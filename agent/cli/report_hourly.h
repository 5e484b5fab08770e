/* SPDX-License-Identifier: Apache-2.0 */
/* report_hourly: what `report` says of emissions with hourly factors. */
#ifndef WATTLEDGER_CLI_REPORT_HOURLY_H
#define WATTLEDGER_CLI_REPORT_HOURLY_H

#include "base/buf.h"
#include "base/json.h"
#include "report/totals.h"

/* A line a site on standard output: the figure, the share of hours with a factor, what the rest has, or why there is none. Nothing without series. */
void report_hourly_print(const struct report_totals *totals);

/* The cells hourly_kg, hourly_coverage_pct, hourly_estimated_pct: kg with `decimals` digits, n/a when there is none. */
void report_hourly_add_kg(struct buf *out, const struct report_total *row, int decimals);
void report_hourly_add_coverage(struct buf *out, const struct report_total *row);
void report_hourly_add_estimated(struct buf *out, const struct report_total *row);

/* "hourly": {...}, null when there is none. */
void report_hourly_add_json(struct json *json, const struct report_total *row);

#endif
