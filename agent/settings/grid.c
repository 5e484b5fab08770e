/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/grid.h"

#include "account/factor.h"
#include "account/uncertainty.h"
#include "base/buf.h"
#include "base/csv.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "settings/csv_problem.h"
#include "settings/search.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { GRID_DECIMALS = 6 };

#define LOSS_COLUMN "loss_pct_of_output"
/* A grid that loses 95 % does not exist, and what is divided by the rest stays sensible. */
#define LOSS_MICROPCT_MAX INT64_C(95000000)

enum column {
	COLUMN_ZONE,
	COLUMN_NAME,
	COLUMN_YEAR,
	COLUMN_FACTOR,
	COLUMN_BASIS,
	COLUMN_METHOD,
	COLUMN_PUBLISHER,
	COLUMN_EDITION,
	COLUMN_LICENCE,
	COLUMN_SOURCE,
	COLUMN_COUNT
};

static const char *const column_name[COLUMN_COUNT] = {"zone",   "name",      "year",    "gco2e_per_kwh", "basis",
						      "method", "publisher", "edition", "licence",       "source"};

/* What a row is checked with. */
struct grid_reader {
	struct problems *problems;
	const struct csv_row *cells;
	uint32_t file;
	bool is_losses;
};

void grid_deinit(struct grid *grid)
{
	mem_free(grid->row);
	*grid = (struct grid){0};
}

static struct place place_of(const struct grid_reader *reader, enum column column)
{
	return (struct place){
	    .file = reader->file, .line = (uint32_t)reader->cells->line, .column = (uint32_t)reader->cells->column[column]};
}

static void copy_cell(const struct grid_reader *reader, enum column column, char *out, size_t out_bytes)
{
	const char *text = reader->cells->cell[column];

	if (text[0] == '\0')
		problems_add_error(reader->problems, place_of(reader, column), "%s is empty: no cell may be", column_name[column]);
	else if (!text_is_clean(text))
		problems_add_error(reader->problems, place_of(reader, column),
				   "%s: control characters and spaces at the ends are not allowed", column_name[column]);
	else if (!text_copy(out, out_bytes, text))
		problems_add_error(reader->problems, place_of(reader, column), "%s is too long: %zu bytes, at most %zu",
				   column_name[column], strlen(text), out_bytes - 1);
}

static void read_numbers(const struct grid_reader *reader, struct plan_factor *factor)
{
	int64_t year = 0;
	const char *year_text = reader->cells->cell[COLUMN_YEAR];
	const char *factor_text = reader->cells->cell[COLUMN_FACTOR];

	if (!num_parse_i64(year_text, &year) || year < GRID_YEAR_MIN || year > GRID_YEAR_MAX)
		problems_add_error(reader->problems, place_of(reader, COLUMN_YEAR), "year: \"%s\" is no year from %d to %d", year_text,
				   GRID_YEAR_MIN, GRID_YEAR_MAX);
	factor->year = (int32_t)year;
	if (reader->is_losses) {
		if (!num_parse_fixed(factor_text, GRID_DECIMALS, &factor->microg_per_kwh) || factor->microg_per_kwh < 0 ||
		    factor->microg_per_kwh > LOSS_MICROPCT_MAX)
			problems_add_error(reader->problems, place_of(reader, COLUMN_FACTOR),
					   LOSS_COLUMN ": \"%s\" is no number from 0 to 95 with at most %d decimals", factor_text,
					   GRID_DECIMALS);
		return;
	}
	if (!num_parse_fixed(factor_text, GRID_DECIMALS, &factor->microg_per_kwh) || factor->microg_per_kwh < 0 ||
	    factor->microg_per_kwh > GRID_MICROG_MAX)
		problems_add_error(reader->problems, place_of(reader, COLUMN_FACTOR),
				   "gco2e_per_kwh: \"%s\" is no number from 0 to 5000 with at most %d decimals", factor_text,
				   GRID_DECIMALS);
}

static void read_basis(const struct grid_reader *reader, struct plan_factor *factor)
{
	const char *text = reader->cells->cell[COLUMN_BASIS];
	enum factor_basis basis;

	if (factor_basis_find(text, &basis) && (basis == FACTOR_LOSSES) == reader->is_losses)
		text_copy(factor->basis, sizeof factor->basis, text);
	else
		problems_add_error(reader->problems, place_of(reader, COLUMN_BASIS), "basis: \"%s\" is %s", text,
				   reader->is_losses ? "not losses" : "none of direct, lifecycle, residual, upstream");
}

static void read_row(const struct grid_reader *reader, struct grid_row *row)
{
	struct plan_factor *factor = &row->factor;
	char source[CSV_CELL_BYTES_MAX];
	double ratio;

	copy_cell(reader, COLUMN_ZONE, factor->zone, sizeof factor->zone);
	if (factor->zone[0] != '\0' && !text_is_id(factor->zone))
		problems_add_error(reader->problems, place_of(reader, COLUMN_ZONE), "zone: \"%s\" is no zone: letters, digits, . _ - only",
				   factor->zone);
	copy_cell(reader, COLUMN_NAME, row->name, sizeof row->name);
	read_numbers(reader, factor);
	read_basis(reader, factor);
	copy_cell(reader, COLUMN_METHOD, factor->method, sizeof factor->method);
	if (strncasecmp(factor->method, "marginal", strlen("marginal")) == 0)
		problems_add_error(reader->problems, place_of(reader, COLUMN_METHOD), GRID_MARGINAL);
	if (account_uncertainty_told(factor->method, &ratio) == UNCERTAINTY_TOLD_BADLY)
		problems_add_error(reader->problems, place_of(reader, COLUMN_METHOD),
				   "method: the uncertainty of a factor is its end, per cent at k = 2: \"" UNCERTAINTY_TOLD_MARK
				   "8 %%\", above 0, up to 100, at most 2 decimals");
	copy_cell(reader, COLUMN_PUBLISHER, factor->publisher, sizeof factor->publisher);
	copy_cell(reader, COLUMN_EDITION, factor->edition, sizeof factor->edition);
	copy_cell(reader, COLUMN_LICENCE, factor->licence, sizeof factor->licence);
	copy_cell(reader, COLUMN_SOURCE, source, sizeof source);
}

static bool is_header(const struct csv_row *row, bool *is_losses)
{
	if (row->count != COLUMN_COUNT)
		return false;
	*is_losses = strcmp(row->cell[COLUMN_FACTOR], LOSS_COLUMN) == 0;
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (strcmp(row->cell[i], column_name[i]) != 0 && !(*is_losses && i == COLUMN_FACTOR))
			return false;
	}
	return true;
}

static enum err add_row(struct grid *grid, const struct grid_row *row)
{
	void *list = grid->row;
	enum err err = mem_grow(&list, &grid->capacity, grid->count, GRID_ROWS_MAX, sizeof *grid->row);

	grid->row = list;
	if (err == ERR_NONE)
		grid->row[grid->count++] = *row;
	return err;
}

/* One line behind the header. */
static enum err take_line(struct grid *grid, const struct grid_reader *reader, const struct grid_row *pattern)
{
	const struct csv_row *cells = reader->cells;
	struct grid_row row = *pattern;

	row.place.line = (uint32_t)cells->line;
	row.place.column = 1;
	if (cells->count != COLUMN_COUNT) {
		problems_add_error(reader->problems, row.place, "%zu cells, %d are expected", cells->count, COLUMN_COUNT);
		return ERR_NONE;
	}
	read_row(reader, &row);
	return add_row(grid, &row);
}

static enum err parse_lines(struct grid *grid, struct csv_reader *csv, struct grid_row *pattern, struct problems *problems)
{
	struct csv_row cells = {0};
	struct grid_reader reader = {.problems = problems, .cells = &cells, .file = pattern->place.file};
	struct err_info info = {0};
	bool is_end = false;
	bool has_header = false;
	enum err err = ERR_NONE;

	while (err == ERR_NONE) {
		err = csv_next(csv, &cells, &is_end, &info);
		if (err != ERR_NONE) {
			if (err != ERR_MEMORY)
				csv_problem_add(problems, pattern->place.file, info.text);
			break;
		}
		if (is_end)
			break;
		if (has_header) {
			err = take_line(grid, &reader, pattern);
			continue;
		}
		has_header = is_header(&cells, &reader.is_losses);
		if (!has_header) {
			problems_add_error(
			    problems, (struct place){pattern->place.file, (uint32_t)cells.line, 1},
			    "the first line has to be: zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source");
			return ERR_CONFIG;
		}
	}
	if (err == ERR_NONE && !has_header)
		problems_add_error(problems, pattern->place, "the table is empty");
	return err;
}

enum err grid_parse(struct grid *grid, const void *data, size_t bytes, uint32_t file, uint32_t layer, struct problems *problems)
{
	size_t errors_before = problems->error_count;
	size_t count_before = grid->count;
	struct grid_row *pattern = mem_new(sizeof *pattern);
	struct csv_reader *csv = csv_new(problems_file_name(problems, file), data, bytes);
	enum err err = ERR_MEMORY;

	if (pattern != NULL && csv != NULL) {
		pattern->layer = layer;
		pattern->place.file = file;
		crypto_hash_sha256(pattern->factor.table_sha256, data, bytes);
		err = parse_lines(grid, csv, pattern, problems);
	}
	if (err == ERR_MEMORY)
		problems->is_out_of_memory = true;
	else if (problems->error_count > errors_before)
		err = ERR_CONFIG;
	if (err != ERR_NONE)
		grid->count = count_before;
	csv_free(csv);
	mem_free(pattern);
	return err;
}

enum err grid_load(struct grid *grid, const char *path, uint32_t layer, struct problems *problems)
{
	uint32_t file = problems_add_file(problems, path);
	struct err_info info = {0};
	struct buf data;

	buf_init(&data, GRID_FILE_BYTES_MAX);
	enum err err = search_read(path, &data, &info);
	if (err != ERR_NONE) {
		problems_add_error(problems, (struct place){.file = file}, "%s", info.text);
		err = err == ERR_MEMORY ? err : ERR_CONFIG;
	} else {
		err = grid_parse(grid, buf_text(&data), data.bytes, file, layer, problems);
	}
	buf_deinit(&data);
	return err;
}

static int compare_key(const struct plan_factor *a, const struct plan_factor *b)
{
	int order = strcmp(a->zone, b->zone);

	if (order != 0)
		return order;
	if (a->year != b->year)
		return a->year < b->year ? -1 : 1;
	return strcmp(a->basis, b->basis);
}

static bool is_before(const struct place *a, const struct place *b)
{
	return a->file != b->file ? a->file < b->file : a->line < b->line;
}

/* By key, then the layer that wins, then the newest edition, then place. */
static int compare_row(const void *one, const void *other)
{
	const struct grid_row *a = one;
	const struct grid_row *b = other;
	int order = compare_key(&a->factor, &b->factor);

	if (order == 0 && a->layer != b->layer)
		return a->layer > b->layer ? -1 : 1;
	if (order == 0)
		order = strcmp(b->factor.edition, a->factor.edition);
	if (order != 0)
		return order;
	return is_before(&a->place, &b->place) ? -1 : is_before(&b->place, &a->place) ? 1 : 0;
}

/* Editions of one publisher stand side by side; anything else that says the same thing twice is a mistake. */
static bool is_twice(const struct grid_row *a, const struct grid_row *b)
{
	return compare_key(&a->factor, &b->factor) == 0 && a->layer == b->layer &&
	       (strcmp(a->factor.edition, b->factor.edition) == 0 || strcmp(a->factor.publisher, b->factor.publisher) != 0);
}

enum err grid_finish(struct grid *grid, struct problems *problems)
{
	size_t errors_before = problems->error_count;
	size_t kept = 0;
	uint32_t layer = 0;

	if (grid->count == 0)
		return ERR_NONE;
	qsort(grid->row, grid->count, sizeof *grid->row, compare_row);
	for (size_t i = 1; i < grid->count; i++) {
		const struct grid_row *a = &grid->row[i - 1];
		const struct grid_row *b = &grid->row[i];
		if (!is_twice(a, b))
			continue;
		if (is_before(&b->place, &a->place)) {
			const struct grid_row *first = b;
			b = a;
			a = first;
		}
		problems_add_error(problems, b->place, "zone %s, year %d, %s is there twice: first in %s:%u", b->factor.zone,
				   (int)b->factor.year, b->factor.basis, problems_file_name(problems, a->place.file),
				   (unsigned)a->place.line);
	}
	for (size_t i = 0; i < grid->count; i++) {
		bool is_first = kept == 0 || compare_key(&grid->row[kept - 1].factor, &grid->row[i].factor) != 0;
		if (is_first)
			layer = grid->row[i].layer;
		if (grid->row[i].layer == layer)
			grid->row[kept++] = grid->row[i];
	}
	grid->count = kept;
	return problems->error_count > errors_before ? ERR_CONFIG : ERR_NONE;
}

size_t grid_find(const struct grid *grid, const char *zone, size_t *count)
{
	size_t low = 0;
	size_t high = grid->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(grid->row[middle].factor.zone, zone) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*count = 0;
	while (low + *count < grid->count && strcmp(grid->row[low + *count].factor.zone, zone) == 0)
		(*count)++;
	return low;
}

const char *grid_nearest(const struct grid *grid, const char *zone)
{
	const char *best = NULL;
	size_t best_distance = 0;

	for (size_t i = 0; i < grid->count; i++) {
		const struct grid_row *row = &grid->row[i];
		if (i > 0 && strcmp(row->factor.zone, row[-1].factor.zone) == 0)
			continue;
		if (strcasecmp(row->factor.zone, zone) == 0 || strcasecmp(row->name, zone) == 0)
			return row->factor.zone;
		size_t distance = text_distance(zone, row->factor.zone);
		size_t by_name = text_distance(zone, row->name);
		size_t limit = strlen(zone) > 3 ? strlen(zone) / 3 : 1;
		distance = by_name < distance ? by_name : distance;
		if (distance <= limit && (best == NULL || distance < best_distance)) {
			best = row->factor.zone;
			best_distance = distance;
		}
	}
	return best;
}
