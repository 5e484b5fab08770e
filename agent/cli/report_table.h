/* SPDX-License-Identifier: Apache-2.0 */
/* report_table: the rows of a report for people, with bars where the terminal has room for them, and as CSV. */
#ifndef WATTLEDGER_CLI_REPORT_TABLE_H
#define WATTLEDGER_CLI_REPORT_TABLE_H

#include "base/buf.h"
#include "cli/options.h"
#include "report/totals.h"

/* Digits behind the point: for people, and where a figure is to be exact. */
enum { REPORT_KWH_DECIMALS = 3, REPORT_EXACT_DECIMALS = 6 };

/* The figures and texts of a row. */
enum report_cell {
	REPORT_CELL_NODE = 0,
	REPORT_CELL_LEVEL,
	REPORT_CELL_SITE,
	REPORT_CELL_DEVICE,
	REPORT_CELL_METER,
	REPORT_CELL_ENERGY,
	REPORT_CELL_MEASURED,
	REPORT_CELL_BRIDGED,
	REPORT_CELL_ESTIMATED,
	REPORT_CELL_COVERAGE,
	REPORT_CELL_FACTOR,
	REPORT_CELL_BASIS,
	REPORT_CELL_CARBON,
	REPORT_CELL_COUNTS,
	REPORT_CELL_HOURLY,
	REPORT_CELL_HOURLY_COVERAGE,
	REPORT_CELL_HOURLY_ESTIMATED,
	REPORT_CELL_COUNT
};

/* Adds one of them, FIGURE_NONE where it is not known. */
void report_table_add_cell(struct buf *out, const struct report_total *row, enum report_cell cell, int decimals);

/* Prints all rows on standard output, as CLI_TABLE or CLI_CSV. Errors: ERR_MEMORY, ERR_IO. */
enum err report_table_print(const struct report_totals *totals, enum cli_format format, struct err_info *info) MUST_CHECK;

#endif
