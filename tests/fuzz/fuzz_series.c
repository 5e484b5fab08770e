/* SPDX-License-Identifier: Apache-2.0 */
/* Publishers' series of factors from hostile bytes; one that is taken has to come back out of our own form. */
#include "settings/annual.h"
#include "settings/series.h"
#include "settings/series_file.h"
#include "settings/series_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_again(struct series *series)
{
	struct series again = {0};
	struct buf text;

	buf_init(&text, 2 * SERIES_FILE_BYTES_MAX);
	series_print(series, &text);
	if (series_parse(&again, "again", buf_text(&text), text.bytes, NULL) != ERR_NONE || again.count != series->count)
		abort();
	for (size_t i = 0; i < again.count; i++) {
		if (again.row[i].start_s != series->row[i].start_s || again.row[i].microg_per_kwh != series->row[i].microg_per_kwh)
			abort();
	}
	series_deinit(&again);
	buf_deinit(&text);
}

/* What is kept is split into series; each is read, or refused. */
static void read_volume(const char *data, size_t bytes)
{
	for (size_t at = 0; at < bytes;) {
		struct series series = {0};
		size_t first = series_file_first_bytes(data + at, bytes - at);

		if (first == 0 || first > bytes - at)
			abort();
		if (series_parse(&series, "own", data + at, first, NULL) == ERR_NONE)
			check_again(&series);
		series_deinit(&series);
		at += first;
	}
}

/* An answer of a service: what it becomes is read as any file. */
static void read_answer(const uint8_t *data, size_t bytes, enum series_shape shape)
{
	struct series_hints hints = {.zone = "GB", .publisher = "P", .edition = "E", .source = "S"};
	struct problems problems = {0};
	struct series series = {0};
	struct buf rows;

	buf_init(&rows, SERIES_FILE_BYTES_MAX);
	if (series_json_to_csv(&rows, data, bytes, shape, NULL) == ERR_NONE &&
	    series_read(&series, buf_text(&rows), rows.bytes, problems_add_file(&problems, "url"), &hints, &problems) == ERR_NONE)
		check_again(&series);
	series_deinit(&series);
	problems_deinit(&problems);
	buf_deinit(&rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct series_hints hints = {.zone = "GB", .basis = bytes % 2 == 0 ? "direct" : NULL, .edition = "E", .source = "S"};
	struct annual_hints annual = {.zone = "GB", .basis = "direct", .edition = "E", .source = "S"};
	struct problems problems = {0};
	struct series series = {0};
	struct grid grid = {0};
	struct buf table;

	read_volume((const char *)data, bytes);
	if (series_read(&series, data, bytes, problems_add_file(&problems, "h.csv"), &hints, &problems) == ERR_NONE)
		check_again(&series);
	series_deinit(&series);
	problems_deinit(&problems);
	read_answer(data, bytes, SERIES_SHAPE_UK_INTENSITY);
	read_answer(data, bytes, SERIES_SHAPE_ELECTRICITY_MAPS);
	buf_init(&table, GRID_FILE_BYTES_MAX);
	if (annual_print(&table, data, bytes, 0, &annual, &problems) == ERR_NONE &&
	    grid_parse(&grid, buf_text(&table), table.bytes, 0, 0, &problems) == ERR_MEMORY)
		abort();
	grid_deinit(&grid);
	buf_deinit(&table);
	problems_deinit(&problems);
	return 0;
}
