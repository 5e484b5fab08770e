/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdint.h>

enum { ROWS_MAX = 10000000, CSV_BYTES_MAX = 1 << 30 };

struct table {
	const struct table_column *column;
	size_t column_count;
	char **cell; /* row by row */
	size_t row_count;
	size_t capacity;
};

struct table *table_new(const struct table_column *column, size_t count)
{
	struct table *table = mem_new(sizeof(*table));

	if (table == NULL)
		return NULL;
	table->column = column;
	table->column_count = count;
	return table;
}

struct table *table_free(struct table *table)
{
	if (table == NULL)
		return NULL;
	for (size_t i = 0; i < table->row_count * table->column_count; i++)
		mem_free(table->cell[i]);
	mem_free(table->cell);
	return mem_free(table);
}

enum err table_add(struct table *table, const char *const *cell, struct err_info *info)
{
	void *array = table->cell;
	enum err err = mem_grow(&array, &table->capacity, table->row_count, ROWS_MAX, table->column_count * sizeof(*table->cell));

	table->cell = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for another row");
	for (size_t i = 0; i < table->column_count; i++) {
		char **copy = &table->cell[table->row_count * table->column_count + i];

		*copy = cell[i] == NULL ? NULL : mem_dup(cell[i]);
		if (cell[i] != NULL && *copy == NULL) {
			while (i-- > 0)
				mem_free(table->cell[table->row_count * table->column_count + i]);
			return err_set(info, ERR_MEMORY, "no memory for a row");
		}
	}
	table->row_count++;
	return ERR_NONE;
}

size_t table_line_count(const struct table *table)
{
	return table->row_count == 0 ? 0 : table->row_count + 1;
}

static const char *cell_of(const struct table *table, size_t row, size_t column)
{
	return table->cell[row * table->column_count + column];
}

/* Characters of UTF-8: bytes that do not go on with one. */
static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; text != NULL && *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

size_t table_width(const struct table *table)
{
	size_t width = table->column_count > 0 ? table->column_count - 1 : 0;

	for (size_t i = 0; i < table->column_count; i++) {
		size_t most = count_characters(table->column[i].name);

		for (size_t row = 0; row < table->row_count; row++) {
			size_t count = count_characters(cell_of(table, row, i));

			most = count > most ? count : most;
		}
		width += most;
	}
	return width;
}

static void add_csv_row(const struct table *table, size_t row, bool is_header, struct buf *out)
{
	bool is_first = true;

	for (size_t i = 0; i < table->column_count; i++) {
		const char *text = is_header ? table->column[i].csv_name : cell_of(table, row, i);

		if (table->column[i].csv_name == NULL)
			continue;
		if (!is_first)
			buf_add_char(out, ',');
		text_add_csv(out, text == NULL || text[0] == '\0' ? "n/a" : text);
		is_first = false;
	}
	buf_add_char(out, '\n');
}

static enum err print_csv(const struct table *table, FILE *out, struct err_info *info)
{
	struct buf text;
	enum err err = ERR_NONE;

	buf_init(&text, CSV_BYTES_MAX);
	add_csv_row(table, 0, true, &text);
	for (size_t row = 0; row < table->row_count; row++)
		add_csv_row(table, row, false, &text);
	if (text.is_failed)
		err = err_set(info, ERR_MEMORY, "no memory for the table");
	else if (fwrite(buf_text(&text), 1, text.bytes, out) != text.bytes)
		err = err_set_errno(info, ERR_IO, errno, "cannot write the table to standard output");
	buf_deinit(&text);
	return err;
}

static int fill(const struct table *table, struct libscols_table *lines)
{
	for (size_t i = 0; i < table->column_count; i++) {
		if (scols_table_new_column(lines, table->column[i].name, 0, table->column[i].is_right ? SCOLS_FL_RIGHT : 0) == NULL)
			return -ENOMEM;
	}
	for (size_t row = 0; row < table->row_count; row++) {
		struct libscols_line *line = scols_table_new_line(lines, NULL);

		for (size_t i = 0; line != NULL && i < table->column_count; i++) {
			if (scols_line_set_data(line, i, cell_of(table, row, i)) != 0)
				return -ENOMEM;
		}
		if (line == NULL)
			return -ENOMEM;
	}
	return 0;
}

static enum err print_lines(const struct table *table, FILE *out, struct err_info *info)
{
	struct libscols_table *lines = scols_new_table();
	int rc = lines == NULL ? -ENOMEM : fill(table, lines);

	if (rc == 0) {
		scols_table_set_stream(lines, out);
		rc = scols_print_table(lines);
	}
	if (lines != NULL)
		scols_unref_table(lines);
	return rc == 0 ? ERR_NONE : err_set_errno(info, rc == -ENOMEM ? ERR_MEMORY : ERR_IO, -rc, "cannot print the table");
}

enum err table_print(const struct table *table, FILE *out, enum cli_format format, struct err_info *info)
{
	if (format == CLI_CSV)
		return print_csv(table, out, info);
	return table->row_count == 0 ? ERR_NONE : print_lines(table, out, info);
}
