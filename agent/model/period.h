/* SPDX-License-Identifier: Apache-2.0 */
/* period: calendar spans, half-open in UTC, resolved in a site's zone. */
#ifndef WATTLEDGER_MODEL_PERIOD_H
#define WATTLEDGER_MODEL_PERIOD_H

#include "base/err.h"
#include "model/zone.h"

#include <stdint.h>

enum { PERIOD_LABEL_BYTES = 64 };

/* Local dates [first_day, end_day), in days since 1970-01-01, and the label in its normal form. */
struct period {
	int64_t first_day;
	int64_t end_day;
	char label[PERIOD_LABEL_BYTES];
};

/* The same as instants of one zone. */
struct period_span {
	int64_t start_s;
	int64_t end_s;
};

/*
 * Parses today|yesterday|this-month|last-month|this-year|last-year|2026|2026-Q3|2026-10|2026-W40 (ISO 8601)|2026-10-05|A..B (both dates,
 * B included)|FY2026 (the 12 months that begin with month fiscal_month of 2026; 1 = January). `today_days` is the local date now.
 * Errors: ERR_USAGE with the forms that are understood.
 */
enum err period_parse(struct period *out, const char *text, int64_t today_days, int fiscal_month, struct err_info *info) MUST_CHECK;

/* The instants of a period in a zone. */
struct period_span period_resolve(const struct period *period, const struct zone *zone) MUST_CHECK;

#endif
