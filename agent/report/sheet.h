/* SPDX-License-Identifier: Apache-2.0 */
/* sheet: a CSV file of an export (RFC 4180, UTF-8, LF) while it is written. Streams; its digest and row count come for nothing. */
#ifndef WATTLEDGER_REPORT_SHEET_H
#define WATTLEDGER_REPORT_SHEET_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { SHEET_NAME_BYTES = 64, SHEET_SHA256_BYTES = 32 };

/* What the manifest says of a file. rows: without the header; 0 for what is no CSV. */
struct sheet_summary {
	char name[SHEET_NAME_BYTES];
	uint64_t row_count;
	uint64_t bytes;
	uint8_t sha256[SHEET_SHA256_BYTES];
};

struct sheet;

/*
 * Creates DIR/NAME (which must not be there) with a header row of `count` columns. Yours: sheet_close(). Errors: ERR_IO, ERR_PERMISSION,
 * ERR_MEMORY.
 */
enum err sheet_open(struct sheet **out, const char *dir, const char *name, const char *const *column, size_t count,
		    struct err_info *info) MUST_CHECK;

/* The next cell of the row. A text of "" and NULL become n/a: no cell is empty. */
void sheet_add_text(struct sheet *sheet, const char *text);
void sheet_add_i64(struct sheet *sheet, int64_t value);
void sheet_add_u64(struct sheet *sheet, uint64_t value);
void sheet_add_none(struct sheet *sheet);

/* `count` cells that are CSV already, joined by commas. */
void sheet_add_cells(struct sheet *sheet, const char *csv, size_t bytes, size_t count);

/*
 * For a cell that is put together: append it, as CSV, to what this returns before the next call on the sheet.
 */
struct buf *sheet_begin_cell(struct sheet *sheet) MUST_CHECK;

/* Ends the row; a row with another number of cells than the header is a mistake of ours (assert). ERR_IO, ERR_MEMORY. */
enum err sheet_end_row(struct sheet *sheet, struct err_info *info) MUST_CHECK;

/* Writes the rest, syncs and closes; `summary` is filled on success. NULL summary: gives up. NULL sheet is allowed. */
enum err sheet_close(struct sheet *sheet, struct sheet_summary *summary, struct err_info *info);

#endif
