/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* `line` and `column` are of the byte at `at`; `arena` holds the cells of the present row. */
struct csv_reader {
	const char *name;
	const char *data;
	size_t bytes;
	size_t at;
	size_t line;
	size_t column;
	size_t arena_used;
	size_t cell_start;
	char arena[CSV_ROW_BYTES_MAX];
};

enum { CSV_END = -1, CSV_BOM_BYTES = 3 };

struct csv_reader *csv_new(const char *name, const void *data, size_t bytes)
{
	struct csv_reader *reader = mem_new(sizeof *reader);

	if (reader == NULL)
		return NULL;
	reader->name = name;
	reader->data = data;
	reader->bytes = bytes;
	reader->line = 1;
	reader->column = 1;
	if (bytes >= CSV_BOM_BYTES && memcmp(data, "\xEF\xBB\xBF", CSV_BOM_BYTES) == 0)
		reader->at = CSV_BOM_BYTES;
	return reader;
}

struct csv_reader *csv_free(struct csv_reader *reader)
{
	return mem_free(reader);
}

static enum err fail(const struct csv_reader *reader, struct err_info *info, const char *what)
{
	return err_set(info, ERR_DATA, "%s:%zu:%zu: %s", reader->name, reader->line, reader->column, what);
}

static int peek(const struct csv_reader *reader)
{
	return reader->at < reader->bytes ? (unsigned char)reader->data[reader->at] : CSV_END;
}

/* CRLF counts as one end of line; a carriage return alone is none. */
static bool is_crlf(const struct csv_reader *reader)
{
	return reader->at + 1 < reader->bytes && reader->data[reader->at] == '\r' && reader->data[reader->at + 1] == '\n';
}

/* The cell ends here without a quote: a comma, an end of line or the end of the file. */
static bool is_cell_end(const struct csv_reader *reader)
{
	int c = peek(reader);

	return c == CSV_END || c == ',' || c == '\n' || is_crlf(reader);
}

static void step_newline(struct csv_reader *reader)
{
	reader->at += is_crlf(reader) ? 2 : 1;
	reader->line++;
	reader->column = 1;
}

/* Steps over one character, checked, and keeps it in the arena. */
static enum err keep_char(struct csv_reader *reader, struct err_info *info)
{
	struct utf8_char c = utf8_decode(reader->data + reader->at, reader->bytes - reader->at);

	if (c.code_point == 0)
		return fail(reader, info, "NUL byte: the file is not text (is it UTF-16? save it as UTF-8)");
	if (!c.is_valid)
		return fail(reader, info, "not UTF-8: save the file with UTF-8 encoding");
	if (reader->arena_used - reader->cell_start + c.bytes > CSV_CELL_BYTES_MAX - 1)
		return fail(reader, info, "cell is too long (4095 bytes at most); is a quote not closed?");
	if (reader->arena_used + c.bytes > sizeof reader->arena - 1)
		return fail(reader, info, "row is too long (65535 bytes at most)");
	memcpy(reader->arena + reader->arena_used, reader->data + reader->at, c.bytes);
	reader->arena_used += c.bytes;
	reader->at += c.bytes;
	reader->column++;
	if (c.code_point == '\n') {
		reader->line++;
		reader->column = 1;
	}
	return ERR_NONE;
}

/* The rest of a quoted cell, behind its first quote; "" is one quote. */
static enum err read_quoted(struct csv_reader *reader, struct err_info *info)
{
	const size_t open_line = reader->line;
	const size_t open_column = reader->column - 1;

	for (;;) {
		enum err err;
		int c = peek(reader);

		if (c == CSV_END)
			return err_set(info, ERR_DATA, "%s:%zu:%zu: quote is never closed", reader->name, open_line, open_column);
		if (c == '"') {
			reader->at++;
			reader->column++;
			if (peek(reader) != '"')
				break;
		}
		err = keep_char(reader, info);
		if (err != ERR_NONE)
			return err;
	}
	return is_cell_end(reader) ? ERR_NONE : fail(reader, info, "text behind a closing quote; put \"\" for a quote within a cell");
}

/* Characters that are one byte and neither end a cell nor are wrong in one. */
static bool is_ordinary(char c)
{
	return c >= ' ' && c <= '~' && c != ',' && c != '"';
}

/* Steps over ordinary characters, as many as there are and fit, and keeps them: most cells are nothing else. */
static void keep_run(struct csv_reader *reader)
{
	size_t cell_room = CSV_CELL_BYTES_MAX - 1 - (reader->arena_used - reader->cell_start);
	size_t row_room = sizeof reader->arena - 1 - reader->arena_used;
	size_t most = cell_room < row_room ? cell_room : row_room;
	const char *data = reader->data + reader->at;
	size_t n = 0;

	if (most > reader->bytes - reader->at)
		most = reader->bytes - reader->at;
	while (n < most && is_ordinary(data[n]))
		n++;
	memcpy(reader->arena + reader->arena_used, data, n);
	reader->arena_used += n;
	reader->at += n;
	reader->column += n;
}

static enum err read_plain(struct csv_reader *reader, struct err_info *info)
{
	for (keep_run(reader); !is_cell_end(reader); keep_run(reader)) {
		enum err err;

		if (peek(reader) == '"')
			return fail(reader, info, "quote within a cell; put the cell in quotes and the quote as \"\"");
		if (peek(reader) == '\r')
			return fail(reader, info, "carriage return without line feed; end lines with LF or CRLF");
		err = keep_char(reader, info);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

/* One cell, up to the comma or end of line behind it. */
static enum err read_cell(struct csv_reader *reader, struct csv_row *row, struct err_info *info)
{
	enum err err;

	if (row->count == CSV_CELLS_MAX)
		return fail(reader, info, "too many cells in a row (256 at most)");
	reader->cell_start = reader->arena_used;
	row->column[row->count] = reader->column;
	if (peek(reader) == '"') {
		reader->at++;
		reader->column++;
		err = read_quoted(reader, info);
	} else {
		err = read_plain(reader, info);
	}
	if (err != ERR_NONE)
		return err;
	if (reader->arena_used >= sizeof reader->arena)
		return fail(reader, info, "row is too long (65535 bytes at most)");
	reader->arena[reader->arena_used++] = '\0';
	row->cell[row->count++] = reader->arena + reader->cell_start;
	return ERR_NONE;
}

/* Blank: nothing but spaces and tabs up to the end of the line. */
static bool is_line_blank(const struct csv_reader *reader)
{
	size_t at = reader->at;

	while (at < reader->bytes && (reader->data[at] == ' ' || reader->data[at] == '\t'))
		at++;
	return at == reader->bytes || reader->data[at] == '\n' ||
	       (at + 1 < reader->bytes && reader->data[at] == '\r' && reader->data[at + 1] == '\n');
}

static void skip_line(struct csv_reader *reader)
{
	const char *newline = memchr(reader->data + reader->at, '\n', reader->bytes - reader->at);

	if (newline == NULL) {
		reader->at = reader->bytes;
		return;
	}
	reader->at = (size_t)(newline - reader->data) + 1;
	reader->line++;
	reader->column = 1;
}

static enum err read_row(struct csv_reader *reader, struct csv_row *row, struct err_info *info)
{
	enum err err;

	row->count = 0;
	row->line = reader->line;
	reader->arena_used = 0;
	while ((err = read_cell(reader, row, info)) == ERR_NONE && peek(reader) == ',') {
		reader->at++;
		reader->column++;
	}
	if (err == ERR_NONE && reader->at < reader->bytes)
		step_newline(reader);
	return err;
}

enum err csv_next(struct csv_reader *reader, struct csv_row *row, bool *is_end, struct err_info *info)
{
	struct csv_row next = {0};
	enum err err;

	while (reader->at < reader->bytes && (peek(reader) == '#' || is_line_blank(reader)))
		skip_line(reader);
	if (reader->at == reader->bytes) {
		*is_end = true;
		return ERR_NONE;
	}
	err = read_row(reader, &next, info);
	if (err != ERR_NONE)
		return err;
	*row = next;
	*is_end = false;
	return ERR_NONE;
}

size_t csv_offset_bytes(const struct csv_reader *reader)
{
	return reader->at;
}
