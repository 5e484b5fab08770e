/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/annual.h"

#include "account/factor.h"
#include "account/uncertainty.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"
#include "settings/csv_problem.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { DECIMALS = 6, COLUMN_NONE = CSV_CELLS_MAX };

#define HEADER "zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source"
/* What a table without such a column is taken for. */
static const char *const METHOD[FACTOR_BASIS_COUNT] = {
    [FACTOR_DIRECT] = "location-based average; as published",
    [FACTOR_LIFECYCLE] = "location-based average; as published",
    [FACTOR_RESIDUAL] = "market-based residual mix; as published",
    [FACTOR_UPSTREAM] = "upstream of generation; as published",
    [FACTOR_LOSSES] = "losses; as published",
};

static const struct value_name {
	const char *name;
	int64_t grams; /* in one unit of it per kWh */
} VALUES[] = {{"gco2e_per_kwh", 1},     {"g_per_kwh", 1},     {"value", 1},
	      {"kgco2e_per_kwh", 1000}, {"kg_per_kwh", 1000}, {"tco2e_per_mwh", 1000}};

struct annual_reader {
	struct problems *problems;
	const struct annual_hints *hints;
	uint32_t file;
	size_t year_at;
	size_t value_at;
	int64_t grams;
	size_t row_count;
};

static struct place place_of(const struct annual_reader *reader, const struct csv_row *cells, size_t column)
{
	return (struct place){reader->file, (uint32_t)cells->line, (uint32_t)(column < cells->count ? cells->column[column] : 1)};
}

static void need(const struct annual_reader *reader, const char *text, const char *what)
{
	if (text == NULL || text[0] == '\0')
		problems_add_error(reader->problems, (struct place){.file = reader->file}, "%s is not said: --%s is needed", what, what);
}

static void check_text(const struct annual_reader *reader, const char *text, size_t bytes_max, const char *what)
{
	if (text != NULL && (!text_is_clean(text) || strlen(text) >= bytes_max))
		problems_add_error(reader->problems, (struct place){.file = reader->file},
				   "--%s: at most %zu bytes without control characters are expected", what, bytes_max - 1);
}

static void check_uncertainty(const struct annual_reader *reader)
{
	const char *text = reader->hints->uncertainty;
	double ratio;

	if (text != NULL && !account_uncertainty_parse_pct(text, &ratio))
		problems_add_error(reader->problems, (struct place){.file = reader->file},
				   "--uncertainty %.40s is no number of per cent (at k = 2) above 0, up to 100, with at most 2 decimals",
				   text);
}

static void check_hints(const struct annual_reader *reader)
{
	const struct annual_hints *hints = reader->hints;
	struct place place = {.file = reader->file};
	enum factor_basis basis;

	need(reader, hints->zone, "zone");
	need(reader, hints->basis, "basis");
	need(reader, hints->source, "source");
	if (hints->zone != NULL && hints->zone[0] != '\0' && !text_is_id(hints->zone))
		problems_add_error(reader->problems, place, "--zone %.60s is no zone: letters, digits, . _ - only", hints->zone);
	if (hints->basis != NULL && strncasecmp(hints->basis, "marginal", strlen("marginal")) == 0)
		problems_add_error(reader->problems, place, GRID_MARGINAL);
	else if (hints->basis != NULL && (!factor_basis_find(hints->basis, &basis) || basis == FACTOR_LOSSES))
		problems_add_error(reader->problems, place, "--basis %.40s is none of direct, lifecycle, residual, upstream", hints->basis);
	check_text(reader, hints->source, PLAN_NAME_BYTES, "source");
	check_text(reader, hints->publisher, PLAN_NAME_BYTES, "publisher");
	check_text(reader, hints->edition, PLAN_NAME_BYTES, "edition");
	check_text(reader, hints->licence, PLAN_NAME_BYTES, "licence");
	check_uncertainty(reader);
}

static void read_header(struct annual_reader *reader, const struct csv_row *cells)
{
	reader->year_at = COLUMN_NONE;
	reader->value_at = COLUMN_NONE;
	for (size_t i = 0; i < cells->count; i++) {
		if (strcasecmp(cells->cell[i], "year") == 0)
			reader->year_at = i;
		for (size_t v = 0; v < sizeof(VALUES) / sizeof(VALUES[0]); v++) {
			if (strcasecmp(cells->cell[i], VALUES[v].name) != 0)
				continue;
			reader->value_at = i;
			reader->grams = VALUES[v].grams;
		}
	}
	if (reader->value_at == COLUMN_NONE)
		problems_add_error(
		    reader->problems, place_of(reader, cells, 0),
		    "no column of factors is known here: gco2e_per_kwh, kgco2e_per_kwh or tco2e_per_mwh is expected (or start, end "
		    "and value of an hourly series)");
	if (reader->year_at == COLUMN_NONE)
		need(reader, reader->hints->year, "year");
	check_hints(reader);
}

static void print_cell(struct buf *out, const char *text)
{
	text_add_csv(out, text);
	buf_add_char(out, ',');
}

/* The factor in g/kWh: exactly what was read, times 1000 where the column is in kg. */
static void print_value(struct annual_reader *reader, struct buf *out, const struct csv_row *cells)
{
	char text[NUM_TEXT_BYTES];
	int64_t value;

	if (!num_parse_fixed(cells->cell[reader->value_at], DECIMALS, &value) || value < 0 || value > GRID_MICROG_MAX / reader->grams) {
		problems_add_error(reader->problems, place_of(reader, cells, reader->value_at),
				   "\"%.40s\" is no number from 0 to %d with at most %d decimals", cells->cell[reader->value_at],
				   (int)(GRID_MICROG_MAX / UNITS_MICROG_PER_G / reader->grams), DECIMALS);
		return;
	}
	num_print_fixed(text, value * reader->grams, DECIMALS, DECIMALS);
	print_cell(out, text);
}

static void print_year(struct annual_reader *reader, struct buf *out, const struct csv_row *cells)
{
	const char *text = reader->year_at == COLUMN_NONE ? reader->hints->year : cells->cell[reader->year_at];
	int64_t year;

	if (!num_parse_i64(text, &year) || year < GRID_YEAR_MIN || year > GRID_YEAR_MAX)
		problems_add_error(reader->problems, place_of(reader, cells, reader->year_at), "year: \"%.40s\" is no year from %d to %d",
				   text, GRID_YEAR_MIN, GRID_YEAR_MAX);
	print_cell(out, text);
}

/* What grid_parse() reads again. */
static void print_method(struct buf *out, const struct annual_hints *hints)
{
	char text[PLAN_NAME_BYTES];
	enum factor_basis basis;

	snprintf(text, sizeof(text), "%s%s%s%s", METHOD[factor_basis_find(hints->basis, &basis) ? basis : FACTOR_DIRECT],
		 hints->uncertainty == NULL ? "" : UNCERTAINTY_TOLD_MARK, hints->uncertainty == NULL ? "" : hints->uncertainty,
		 hints->uncertainty == NULL ? "" : " %");
	print_cell(out, text);
}

static void print_row(struct annual_reader *reader, struct buf *out, const struct csv_row *cells)
{
	const struct annual_hints *hints = reader->hints;

	if (reader->value_at >= cells->count || (reader->year_at != COLUMN_NONE && reader->year_at >= cells->count)) {
		problems_add_error(reader->problems, place_of(reader, cells, 0), "%zu cells: the header has more", cells->count);
		return;
	}
	reader->row_count++;
	print_cell(out, hints->zone);
	print_cell(out, hints->zone);
	print_year(reader, out, cells);
	print_value(reader, out, cells);
	print_cell(out, hints->basis);
	print_method(out, hints);
	print_cell(out, hints->publisher != NULL ? hints->publisher : hints->source);
	print_cell(out, hints->edition);
	print_cell(out, hints->licence != NULL ? hints->licence : "not stated");
	text_add_csv(out, hints->source);
	buf_add_char(out, '\n');
}

static bool is_table(const struct csv_row *cells)
{
	return cells->count > 1 && strcmp(cells->cell[0], "zone") == 0 && strcmp(cells->cell[1], "name") == 0;
}

/* A table of ours says all of it in its cells. */
static void refuse_hints(const struct annual_reader *reader)
{
	const struct annual_hints *hints = reader->hints;

	if (hints->zone != NULL || hints->year != NULL || hints->basis != NULL || hints->publisher != NULL || hints->licence != NULL ||
	    hints->source != NULL || hints->uncertainty != NULL)
		problems_add_error(
		    reader->problems, (struct place){reader->file, 1, 1},
		    "this table has zone, year, basis, publisher, licence, source and uncertainty (at the end of method) in its columns: none of these options goes with it");
}

static enum err print_rows(struct annual_reader *reader, struct buf *out, struct csv_reader *csv, struct csv_row *cells)
{
	size_t errors_before = reader->problems->error_count;
	struct err_info info = {0};
	bool is_end = false;
	enum err err;

	read_header(reader, cells);
	if (reader->problems->error_count > errors_before)
		return ERR_CONFIG;
	buf_add_text(out, HEADER "\n");
	while ((err = csv_next(csv, cells, &is_end, &info)) == ERR_NONE && !is_end)
		print_row(reader, out, cells);
	if (info.code == ERR_DATA)
		csv_problem_add(reader->problems, reader->file, info.text);
	else if (reader->row_count == 0 && reader->problems->error_count == errors_before)
		problems_add_error(reader->problems, (struct place){.file = reader->file}, "there is no row behind the header");
	return reader->problems->error_count > errors_before ? ERR_CONFIG : ERR_NONE;
}

enum err annual_print(struct buf *out, const void *data, size_t bytes, uint32_t file, const struct annual_hints *hints,
		      struct problems *problems)
{
	struct annual_reader reader = {.problems = problems, .hints = hints, .file = file};
	struct csv_reader *csv = csv_new(problems_file_name(problems, file), data, bytes);
	struct csv_row *cells = mem_new(sizeof(*cells));
	struct err_info info = {0};
	bool is_end = false;
	enum err err = csv == NULL || cells == NULL ? ERR_MEMORY : csv_next(csv, cells, &is_end, &info);

	if (err == ERR_DATA) {
		csv_problem_add(problems, file, info.text);
		err = ERR_CONFIG;
	} else if (err == ERR_NONE && is_end) {
		problems_add_error(problems, (struct place){.file = file}, "the table is empty");
		err = ERR_CONFIG;
	} else if (err == ERR_NONE && is_table(cells)) {
		refuse_hints(&reader);
		buf_add(out, data, bytes);
	} else if (err == ERR_NONE) {
		err = print_rows(&reader, out, csv, cells);
	}
	mem_free(cells);
	csv_free(csv);
	if (err == ERR_NONE && problems_has_error(problems))
		err = ERR_CONFIG;
	return out->is_failed ? ERR_MEMORY : err;
}

void annual_name(const struct plan_factor *factor, int64_t imported_utc_ms, char out[static ANNUAL_NAME_BYTES])
{
	char imported[CLOCK_TEXT_BYTES];

	clock_print_compact(imported, imported_utc_ms);
	snprintf(out, ANNUAL_NAME_BYTES, "%s-%s-%s.csv", factor->zone, factor->basis, imported);
}
