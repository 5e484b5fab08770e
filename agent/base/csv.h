/* SPDX-License-Identifier: Apache-2.0 */
/* csv: an RFC 4180 reader over bytes in memory, with positions for messages. UTF-8, comma, LF or CRLF, BOM skipped. */
#ifndef WATTLEDGER_BASE_CSV_H
#define WATTLEDGER_BASE_CSV_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { CSV_CELLS_MAX = 256, CSV_CELL_BYTES_MAX = 4096, CSV_ROW_BYTES_MAX = 65536 };

/* One row: `count` cells, NUL-terminated, valid until the next csv_next(). line and columns are 1-based, of each cell's start. */
struct csv_row {
	size_t count;
	size_t line;
	const char *cell[CSV_CELLS_MAX];
	size_t column[CSV_CELLS_MAX];
};

struct csv_reader;

/* Reads from `data` (borrowed until csv_free). `name` is used in messages (borrowed). NULL when out of memory. */
struct csv_reader *csv_new(const char *name, const void *data, size_t bytes) MUST_CHECK;
struct csv_reader *csv_free(struct csv_reader *reader);

/*
 * Next row that is not blank; lines that start with # are skipped. *is_end is true (and row untouched) after the last one.
 * Errors: ERR_DATA with "NAME:LINE:COL: what" (unclosed quote, NUL, too many or too long cells); reading cannot go on then.
 */
enum err csv_next(struct csv_reader *reader, struct csv_row *row, bool *is_end, struct err_info *info) MUST_CHECK;

/* Bytes of `data` that were read so far. */
size_t csv_offset_bytes(const struct csv_reader *reader) MUST_CHECK;

#endif
