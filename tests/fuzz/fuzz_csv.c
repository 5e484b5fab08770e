/* SPDX-License-Identifier: Apache-2.0 */
/* CSV files; and every cell once more through the writers of text, which must give back what they were given. */
#include "base/csv.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct csv_row row;

/* Writes a row as CSV and reads it again: the same cells, but for the ' before a formula. */
static void check_row(void)
{
	static struct csv_row again;
	struct err_info info = {0};
	struct csv_reader *reader;
	bool is_end = true;
	struct buf out;

	buf_init(&out, 4 * CSV_ROW_BYTES_MAX);
	for (size_t i = 0; i < row.count; i++) {
		buf_add_text(&out, i > 0 ? "," : "x,");
		text_add_csv(&out, row.cell[i]);
	}
	reader = csv_new("again", buf_text(&out), out.bytes);
	if (reader == NULL)
		abort();
	if (row.count < CSV_CELLS_MAX && csv_next(reader, &again, &is_end, &info) == ERR_NONE) {
		if (is_end || again.count != row.count + 1)
			abort();
		for (size_t i = 0; i < row.count; i++) {
			const char *cell = again.cell[i + 1];

			if (strcmp(cell, row.cell[i]) != 0 && (cell[0] != '\'' || strcmp(cell + 1, row.cell[i]) != 0))
				abort();
		}
	}
	csv_free(reader);
	buf_deinit(&out);
}

static void check_cell(const char *cell)
{
	char clean[64];
	struct buf out;

	(void)text_clean(clean, sizeof clean, cell, strlen(cell));
	if (!text_is_clean(clean))
		abort();
	buf_init(&out, 8 * CSV_CELL_BYTES_MAX);
	text_add_json(&out, cell);
	text_add_html(&out, cell);
	if (out.is_failed)
		abort();
	buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct csv_reader *reader = csv_new("fuzz", data, bytes);
	struct err_info info = {0};
	bool is_end = false;

	if (reader == NULL)
		return 0;
	while (csv_next(reader, &row, &is_end, &info) == ERR_NONE && !is_end) {
		for (size_t i = 0; i < row.count; i++)
			check_cell(row.cell[i]);
		check_row();
	}
	csv_free(reader);
	return 0;
}
