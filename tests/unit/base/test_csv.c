/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"

#include "base/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static struct csv_row row;
static struct err_info info;

/* Reads a row that has to be there. */
static void expect_row(struct csv_reader *reader, size_t count)
{
	bool is_end = true;

	cr_assert_eq(csv_next(reader, &row, &is_end, &info), ERR_NONE, "%s", info.text);
	cr_assert_not(is_end);
	cr_assert_eq(row.count, count, "%zu cells", row.count);
}

static void expect_end(struct csv_reader *reader)
{
	bool is_end = false;

	cr_assert_eq(csv_next(reader, &row, &is_end, &info), ERR_NONE, "%s", info.text);
	cr_assert(is_end);
	csv_free(reader);
}

/* The first row is refused with this text. */
static void expect_refusal(const char *data, size_t bytes, const char *text)
{
	struct csv_reader *reader = csv_new("f.csv", data, bytes);
	struct csv_row untouched = {.count = 77};
	bool is_end = false;

	cr_expect_eq(csv_next(reader, &untouched, &is_end, &info), ERR_DATA);
	cr_expect_eq(strncmp(info.text, text, strlen(text)), 0, "%s", info.text);
	cr_expect_eq(untouched.count, 77);
	csv_free(reader);
}

static struct csv_reader *reader_of(const char *text)
{
	struct csv_reader *reader = csv_new("f.csv", text, strlen(text));

	cr_assert_not_null(reader);
	return reader;
}

Test(csv, reads_cells_and_positions)
{
	struct csv_reader *reader = reader_of("a,bc\n1,,3\n");

	expect_row(reader, 2);
	cr_assert_str_eq(row.cell[0], "a");
	cr_assert_str_eq(row.cell[1], "bc");
	cr_assert_eq(row.line, 1);
	cr_assert_eq(row.column[1], 3);
	expect_row(reader, 3);
	cr_assert_str_eq(row.cell[1], "");
	cr_assert_str_eq(row.cell[2], "3");
	cr_assert_eq(row.line, 2);
	cr_assert_eq(row.column[2], 4);
	expect_end(reader);
}

Test(csv, takes_crlf_bom_and_a_last_line_without_end)
{
	struct csv_reader *reader = reader_of("\xEF\xBB\xBF"
					      "a,b\r\nc,d");

	expect_row(reader, 2);
	cr_assert_str_eq(row.cell[0], "a");
	cr_assert_str_eq(row.cell[1], "b");
	cr_assert_eq(row.column[0], 1);
	expect_row(reader, 2);
	cr_assert_str_eq(row.cell[1], "d");
	expect_end(reader);
}

Test(csv, quoted_cells_hold_commas_quotes_and_lines)
{
	struct csv_reader *reader = reader_of("\"a,b\",\"say \"\"x\"\"\",\"1\n2\"\nz\n");

	expect_row(reader, 3);
	cr_assert_str_eq(row.cell[0], "a,b");
	cr_assert_str_eq(row.cell[1], "say \"x\"");
	cr_assert_str_eq(row.cell[2], "1\n2");
	expect_row(reader, 1);
	cr_assert_eq(row.line, 3);
	expect_end(reader);
}

Test(csv, skips_blank_lines_and_comments)
{
	struct csv_reader *reader = reader_of("# head\n\n  \t\r\na\n#x,\"\nb,#c\n\n");

	expect_row(reader, 1);
	cr_assert_eq(row.line, 4);
	expect_row(reader, 2);
	cr_assert_str_eq(row.cell[1], "#c");
	expect_end(reader);
}

Test(csv, a_comma_at_the_end_gives_an_empty_cell)
{
	struct csv_reader *reader = reader_of("a,\n,\nb,");

	expect_row(reader, 2);
	cr_assert_str_eq(row.cell[1], "");
	expect_row(reader, 2);
	expect_row(reader, 2);
	expect_end(reader);
}

Test(csv, empty_file_has_no_rows)
{
	expect_end(reader_of(""));
	expect_end(reader_of("\xEF\xBB\xBF"));
	expect_end(reader_of("#only a comment"));
}

Test(csv, columns_count_characters)
{
	struct csv_reader *reader = reader_of("\xC3\xA9\xE2\x82\xAC,b\n");

	expect_row(reader, 2);
	cr_assert_eq(row.column[1], 4); /* two characters and a comma before it */
	expect_end(reader);
}

Test(csv, refusals_name_the_place)
{
	expect_refusal("a,\"bc", 5, "f.csv:1:3: quote is never closed");
	expect_refusal("a,\"b\"c", 6, "f.csv:1:6: text behind a closing quote");
	expect_refusal("a,b\"c\"", 6, "f.csv:1:4: quote within a cell");
	expect_refusal("\n\na\0b", 5, "f.csv:3:2: NUL byte");
	expect_refusal("a,\xFF", 3, "f.csv:1:3: not UTF-8");
	expect_refusal("a\rb", 3, "f.csv:1:2: carriage return without line feed");
	expect_refusal("\"a\nb", 4, "f.csv:1:1: quote is never closed");
}

Test(csv, too_many_cells_are_refused)
{
	char text[CSV_CELLS_MAX + 1];
	struct csv_reader *reader;

	memset(text, ',', sizeof text);
	reader = csv_new("f.csv", text, CSV_CELLS_MAX - 1);
	expect_row(reader, CSV_CELLS_MAX);
	expect_end(reader);
	expect_refusal(text, CSV_CELLS_MAX, "f.csv:1:257: too many cells");
}

Test(csv, too_long_cells_and_rows_are_refused)
{
	char *text = mem_new(2 * CSV_ROW_BYTES_MAX);
	struct csv_reader *reader;

	memset(text, 'x', 2 * CSV_ROW_BYTES_MAX);
	expect_refusal(text, CSV_CELL_BYTES_MAX, "f.csv:1:4096: cell is too long");
	reader = csv_new("f.csv", text, CSV_CELL_BYTES_MAX - 1);
	expect_row(reader, 1);
	expect_end(reader);
	for (size_t i = 2000; i < 2 * CSV_ROW_BYTES_MAX; i += 2000)
		text[i] = ',';
	expect_refusal(text, 2 * CSV_ROW_BYTES_MAX, "f.csv:1:65536: row is too long");
	mem_free(text);
}
