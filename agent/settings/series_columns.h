/* SPDX-License-Identifier: Apache-2.0 */
/* series_columns: which column of a publisher's file of hourly factors holds what. For agent/settings/series*.c only. */
#ifndef WATTLEDGER_SETTINGS_SERIES_COLUMNS_H
#define WATTLEDGER_SETTINGS_SERIES_COLUMNS_H

#include "base/csv.h"
#include "settings/problems.h"
#include "settings/series_time.h"

#include <stdbool.h>
#include <stddef.h>

enum series_role {
	SERIES_NONE = 0,
	SERIES_START,
	SERIES_END,
	SERIES_UNIT,
	SERIES_DURATION,
	SERIES_VALUE,
	SERIES_BASIS_WORD,
	SERIES_ESTIMATED,
	SERIES_ZONE,
	SERIES_COUNT
};
enum said_basis { SAYS_NOTHING = 0, SAYS_DIRECT, SAYS_LIFECYCLE };

/* A known name. */
struct series_column {
	const char *name;
	enum series_role role;
	enum series_clock clock;
	enum said_basis basis;
	const char *publisher; /* NULL: it does not tell */
};

/* Where each role's cell is, and what its column's name says. */
struct series_layout {
	size_t at[SERIES_COUNT];
	const struct series_column *name[SERIES_COUNT]; /* NULL: there is no such column */
	bool has_lengths;                               /* ends or lengths are written */
};

/*
 * Finds the columns by the header `cells`. Of two columns of values the one of `basis` ("lifecycle"; else direct) counts. Problems (placed in
 * `file`): no values or only marginal ones, no instants, two columns of the same.
 */
void series_layout_read(struct series_layout *out, const struct csv_row *cells, const char *basis, uint32_t file,
			struct problems *problems);

#endif
