/* SPDX-License-Identifier: Apache-2.0 */
/* table: rows for people (aligned, by libsmartcols) or for programs (CSV), from the same cells. */
#ifndef WATTLEDGER_CLI_TABLE_H
#define WATTLEDGER_CLI_TABLE_H

#include "base/err.h"
#include "cli/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 24 };

struct table_column {
	const char *name;     /* as a person reads it */
	const char *csv_name; /* header of the CSV; NULL: the column is for people alone */
	bool is_right;        /* numbers */
};

struct table;

/* `column` (borrowed until table_free) has `count` items, at most TABLE_COLUMNS_MAX. NULL when out of memory. */
struct table *table_new(const struct table_column *column, size_t count) MUST_CHECK;
struct table *table_free(struct table *table);

/* One row of `count` cells (copied), NULL: empty (CSV: n/a). Errors: ERR_MEMORY. */
enum err table_add(struct table *table, const char *const *cell, struct err_info *info) MUST_CHECK;

/* CLI_TABLE or CLI_CSV. Nothing is cut when `out` is no terminal. Errors: ERR_IO, ERR_MEMORY. */
enum err table_print(const struct table *table, FILE *out, enum cli_format format, struct err_info *info) MUST_CHECK;

/* Characters of the longest line that table_print() makes for people when nothing is cut: names and cells with a space between. */
size_t table_width(const struct table *table) MUST_CHECK;

/* How many lines table_print() makes for people, the header with them; 0 of an empty table. */
size_t table_line_count(const struct table *table) MUST_CHECK;

#endif
