/* SPDX-License-Identifier: Apache-2.0 */
/*
 * annual: a national annual factor as somebody publishes it, into the schema of our tables (grid.h). The file is such a table already, or has
 * the columns year and one of gco2e_per_kwh, g_per_kwh, value (g/kWh), kgco2e_per_kwh, tco2e_per_mwh (times 1000); the rest is said beside it.
 */
#ifndef WATTLEDGER_SETTINGS_ANNUAL_H
#define WATTLEDGER_SETTINGS_ANNUAL_H

#include "base/buf.h"
#include "settings/grid.h"
#include "settings/problems.h"

#include <stddef.h>
#include <stdint.h>

enum { ANNUAL_NAME_BYTES = 160 };

/* Where imported tables lie below the state folder. */
#define GRID_STATE_FOLDER "grid"

/* What the person who imports says; NULL: nothing. A short file needs zone, basis and source; and year when it has no such column. */
struct annual_hints {
	const char *zone;
	const char *year;
	const char *basis;
	const char *publisher; /* NULL: the source */
	const char *edition;   /* needed */
	const char *licence;   /* NULL: "not stated" */
	const char *source;
	const char *uncertainty; /* per cent at k = 2, "8"; NULL: nothing is known of it */
};

/* Adds the table to `out`. Its cells are checked by grid_parse() then. Problems: columns or hints that lack, numbers. ERR_CONFIG, ERR_MEMORY. */
enum err annual_print(struct buf *out, const void *data, size_t bytes, uint32_t file, const struct annual_hints *hints,
		      struct problems *problems) MUST_CHECK;

/* "ZA-direct-20261126T070000Z.csv". */
void annual_name(const struct plan_factor *factor, int64_t imported_utc_ms, char out[static ANNUAL_NAME_BYTES]);

#endif
