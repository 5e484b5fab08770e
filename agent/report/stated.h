/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stated: what the rows of a statement's body say at their end: emissions beyond location-based scope 2. Bodies of earlier versions end before
 * them. Text, and pure.
 */
#ifndef WATTLEDGER_REPORT_STATED_H
#define WATTLEDGER_REPORT_STATED_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The last cells of a row, in this order. */
enum report_stated_what { REPORT_STATED_MARKET = 0, REPORT_STATED_CAT3A, REPORT_STATED_CAT3B, REPORT_STATED_CAT3C, REPORT_STATED_COUNT };

/* Cells of a row of a body. */
enum { REPORT_STATED_ROW_CELLS = 26 };

/* In milligrams CO2e. */
struct report_stated {
	bool is_stated; /* else the body is of an earlier version, and the rest means nothing */
	bool has[REPORT_STATED_COUNT];
	int64_t mg[REPORT_STATED_COUNT];
};

/* Cells of a row of CSV of `bytes`, without its end of line. */
size_t report_stated_count_cells(const char *row, size_t bytes) MUST_CHECK;

/* Of the first row of a body, which is its site's. */
void report_stated_read(struct report_stated *out, const char *body);

/* Whether both state all of it, and something else. */
bool report_stated_differs(const struct report_stated *a, const struct report_stated *b) MUST_CHECK;

#endif
