/* SPDX-License-Identifier: Apache-2.0 */
/* series_read: a publisher's file of hourly factors, by the names of its columns. */
#include "settings/series.h"

#include "base/csv.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "model/units.h"
#include "settings/csv_problem.h"
#include "settings/grid.h"
#include "settings/problems.h"
#include "settings/series_columns.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DECIMALS = 6, MICROG_NONE = -1 };

/* What a file is read with. */
struct series_reader {
	struct problems *problems;
	const struct series_hints *hints;
	const struct csv_row *cells;
	struct series *series;
	struct series_layout layout;
	uint32_t *line; /* of each row, for messages after sorting; as many as the series has room for */
	size_t line_capacity;
	uint32_t file;
	bool has_basis;
};

static struct place place_at(const struct series_reader *reader, size_t column)
{
	return (struct place){
	    .file = reader->file, .line = (uint32_t)reader->cells->line, .column = (uint32_t)reader->cells->column[column]};
}

/* ---- Rows ---- */

/* NULL: the file has no such column. */
static const char *cell_of(const struct series_reader *reader, enum series_role role)
{
	return reader->layout.name[role] == NULL ? NULL : reader->cells->cell[reader->layout.at[role]];
}

static struct place place_of(const struct series_reader *reader, enum series_role role)
{
	return place_at(reader, reader->layout.at[role]);
}

/* NESO writes UTC into DATETIME without saying so in each cell. */
static enum series_clock clock_of(const struct series_reader *reader, enum series_role role)
{
	const struct series_column *value = reader->layout.name[SERIES_VALUE];

	return strcmp(value->name, "carbonintensity") == 0 ? SERIES_CLOCK_UTC : reader->layout.name[role]->clock;
}

static bool read_instant(const struct series_reader *reader, enum series_role role, int64_t *utc_s)
{
	enum series_clock clock = clock_of(reader, role);

	if (series_time_parse(cell_of(reader, role), clock, utc_s))
		return true;
	problems_add_error(reader->problems, place_of(reader, role), "\"%.40s\" is no instant: 2024-01-31T23:00%s is expected",
			   cell_of(reader, role), clock == SERIES_CLOCK_UTC ? ", UTC," : "Z, or with another offset from UTC,");
	return false;
}

/* duration_s stays 0 when nothing of the row tells it. */
static bool read_span(const struct series_reader *reader, struct series_row *row)
{
	const char *duration = cell_of(reader, SERIES_DURATION);
	int64_t end_s = 0;
	int64_t duration_s = 0;

	if (cell_of(reader, SERIES_UNIT) != NULL) {
		if (!series_time_parse_unit(cell_of(reader, SERIES_UNIT), &row->start_s, &end_s)) {
			problems_add_error(reader->problems, place_of(reader, SERIES_UNIT),
					   "\"%.60s\" is no market time unit: 31.01.2024 22:00 - 31.01.2024 23:00 is expected",
					   cell_of(reader, SERIES_UNIT));
			return false;
		}
		duration_s = end_s - row->start_s;
	} else if (!read_instant(reader, SERIES_START, &row->start_s)) {
		return false;
	} else if (cell_of(reader, SERIES_END) != NULL) {
		if (!read_instant(reader, SERIES_END, &end_s))
			return false;
		duration_s = end_s - row->start_s;
	} else if (duration != NULL && !num_parse_i64(duration, &duration_s)) {
		duration_s = -1;
	}
	if (reader->layout.has_lengths && duration_s != 900 && duration_s != 1800 && duration_s != UNITS_S_PER_HOUR) {
		problems_add_error(reader->problems, place_at(reader, 0), "the interval has %lld s: 900, 1800 or 3600 are expected",
				   (long long)duration_s);
		return false;
	}
	row->duration_s = (int32_t)duration_s;
	return true;
}

static bool read_estimated(const struct series_reader *reader, bool *is_estimated)
{
	static const struct {
		const char *word;
		bool is_estimated;
	} WORDS[] = {{"true", true}, {"yes", true}, {"1", true}, {"false", false}, {"no", false}, {"0", false}, {"", false}};
	const char *text = cell_of(reader, SERIES_ESTIMATED);

	for (size_t i = 0; text != NULL && i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		if (strcasecmp(WORDS[i].word, text) == 0) {
			*is_estimated = WORDS[i].is_estimated;
			return true;
		}
	}
	if (text != NULL)
		problems_add_error(reader->problems, place_of(reader, SERIES_ESTIMATED), "\"%.40s\" is neither true nor false", text);
	return text == NULL;
}

/* The zone that is asked for, or one within it: IN-WE is of IN. */
static bool is_of_zone(const char *zone, const char *wanted)
{
	size_t bytes = strlen(wanted);

	return strncmp(zone, wanted, bytes) == 0 && (zone[bytes] == '\0' || zone[bytes] == '-');
}

static bool read_zone(const struct series_reader *reader)
{
	const char *zone = cell_of(reader, SERIES_ZONE);
	struct series *series = reader->series;

	if (zone == NULL)
		return true;
	if (series->file_zone[0] == '\0') {
		const char *wanted = reader->hints->zone != NULL ? reader->hints->zone : zone;

		if (!text_is_id(zone) || !is_of_zone(zone, wanted)) {
			problems_add_error(reader->problems, place_of(reader, SERIES_ZONE), "zone \"%.60s\" is not %s, nor one within it",
					   zone, reader->hints->zone != NULL ? reader->hints->zone : "letters, digits, . _ -");
			return false;
		}
		text_copy(series->file_zone, sizeof(series->file_zone), zone);
	}
	if (strcmp(series->file_zone, zone) == 0)
		return true;
	problems_add_error(reader->problems, place_of(reader, SERIES_ZONE), "zone \"%.60s\" beside %s: a series is of one zone", zone,
			   series->file_zone);
	return false;
}

/* The basis that the rows or the column say; all have to say the same, and what the hint says. */
static bool read_basis(struct series_reader *reader)
{
	const char *word = cell_of(reader, SERIES_BASIS_WORD);
	enum factor_basis basis;

	if (word == NULL)
		return true;
	if (strncasecmp(word, "marginal", strlen("marginal")) == 0 || !factor_basis_find_mix(word, &basis)) {
		problems_add_error(reader->problems, place_of(reader, SERIES_BASIS_WORD),
				   "basis: \"%.40s\" is neither direct nor lifecycle", word);
		return false;
	}
	if (!reader->has_basis || basis == reader->series->basis) {
		reader->has_basis = true;
		reader->series->basis = basis;
		return true;
	}
	problems_add_error(reader->problems, place_of(reader, SERIES_BASIS_WORD), "basis: %s beside %s: the two are never blended", word,
			   factor_basis_name(reader->series->basis));
	return false;
}

static bool read_value(const struct series_reader *reader, struct series_row *row)
{
	const char *text = cell_of(reader, SERIES_VALUE);

	if (num_parse_fixed(text, DECIMALS, &row->microg_per_kwh) && row->microg_per_kwh >= 0 && row->microg_per_kwh <= GRID_MICROG_MAX)
		return true;
	problems_add_error(reader->problems, place_of(reader, SERIES_VALUE),
			   "\"%.40s\" is no number from 0 to 5000 (g/kWh) with at most %d decimals", text, DECIMALS);
	return false;
}

static enum err keep_row(struct series_reader *reader, const struct series_row *row)
{
	struct series *series = reader->series;
	void *list = series->row;
	void *lines = reader->line;
	enum err err = mem_grow(&list, &series->capacity, series->count, SERIES_ROWS_MAX, sizeof(*series->row));

	series->row = list;
	if (err == ERR_NONE)
		err = mem_grow(&lines, &reader->line_capacity, series->count, SERIES_ROWS_MAX, sizeof(*reader->line));
	reader->line = lines;
	if (err != ERR_NONE)
		return err;
	reader->line[series->count] = (uint32_t)reader->cells->line;
	series->row[series->count++] = *row;
	return ERR_NONE;
}

/* A row without a value is a gap, but tells how long the others hold. All that is wrong in it is told. */
static enum err take_row(struct series_reader *reader)
{
	struct series_row row = {0};
	bool is_good;

	for (int role = 0; role < SERIES_COUNT; role++) {
		if (reader->layout.name[role] == NULL || reader->layout.at[role] < reader->cells->count)
			continue;
		problems_add_error(reader->problems, place_at(reader, 0), "%zu cells: the header has more", reader->cells->count);
		return ERR_NONE;
	}
	is_good = read_span(reader, &row);
	is_good = read_zone(reader) && is_good;
	is_good = read_basis(reader) && is_good;
	is_good = read_estimated(reader, &row.is_estimated) && is_good;
	if (cell_of(reader, SERIES_VALUE)[0] == '\0')
		row.microg_per_kwh = MICROG_NONE;
	else
		is_good = read_value(reader, &row) && is_good;
	return is_good ? keep_row(reader, &row) : ERR_NONE;
}

/* ---- Lengths and order ---- */

struct sorted_row {
	struct series_row row;
	uint32_t line;
};

static int compare_rows(const void *a, const void *b)
{
	int64_t x = ((const struct sorted_row *)a)->row.start_s;
	int64_t y = ((const struct sorted_row *)b)->row.start_s;

	return (x > y) - (x < y);
}

static enum err sort_rows(struct series_reader *reader)
{
	struct series *series = reader->series;
	struct sorted_row *sorted = mem_new_array(series->count + 1, sizeof(*sorted));

	if (sorted == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < series->count; i++)
		sorted[i] = (struct sorted_row){series->row[i], reader->line[i]};
	qsort(sorted, series->count, sizeof(*sorted), compare_rows);
	for (size_t i = 0; i < series->count; i++) {
		series->row[i] = sorted[i].row;
		reader->line[i] = sorted[i].line;
	}
	mem_free(sorted);
	return ERR_NONE;
}

/* Where only starts are written, the smallest step is the length: gaps make larger ones. */
static void find_length(struct series_reader *reader)
{
	struct series *series = reader->series;
	int64_t step_s = INT64_MAX;

	for (size_t i = 1; i < series->count; i++) {
		int64_t difference_s = series->row[i].start_s - series->row[i - 1].start_s;
		if (difference_s > 0 && difference_s < step_s)
			step_s = difference_s;
	}
	if (step_s != 900 && step_s != 1800 && step_s != UNITS_S_PER_HOUR) {
		if (series->count > 1)
			problems_add_error(reader->problems, (struct place){reader->file, reader->line[0], 1},
					   "rows are %lld s apart: 900, 1800 or 3600 are expected", (long long)step_s);
		else if (series->count == 1)
			problems_add_error(reader->problems, (struct place){reader->file, reader->line[0], 1},
					   "one row alone does not tell how long it holds: a column end or duration_s is expected");
		return;
	}
	for (size_t i = 0; i < series->count; i++)
		series->row[i].duration_s = (int32_t)step_s;
}

static void check_order(struct series_reader *reader)
{
	const struct series *series = reader->series;

	for (size_t i = 0; i < series->count; i++) {
		const struct series_row *row = &series->row[i];
		struct place place = {reader->file, reader->line[i], 1};

		if (row->duration_s > 0 && row->start_s % row->duration_s != 0)
			problems_add_error(reader->problems, place, "the interval of %d s does not begin at a multiple of its length",
					   (int)row->duration_s);
		if (i > 0 && row->start_s < series->row[i - 1].start_s + series->row[i - 1].duration_s)
			problems_add_error(reader->problems, place, "the interval is there already: line %u",
					   (unsigned)reader->line[i - 1]);
	}
}

static void drop_empty(struct series *series)
{
	size_t kept = 0;

	for (size_t i = 0; i < series->count; i++) {
		if (series->row[i].microg_per_kwh != MICROG_NONE)
			series->row[kept++] = series->row[i];
	}
	series->missing_count = series->count - kept;
	series->count = kept;
}

/* ---- The whole ---- */

static void set_text(struct series_reader *reader, char *out, size_t out_bytes, const char *what, const char *text)
{
	if (text == NULL || text[0] == '\0')
		problems_add_error(reader->problems, (struct place){.file = reader->file}, "%s is not said: --%s is needed", what, what);
	else if (!text_is_clean(text) || !text_copy(out, out_bytes, text))
		problems_add_error(reader->problems, (struct place){.file = reader->file},
				   "--%s: at most %zu bytes without control characters are expected", what, out_bytes - 1);
}

static void describe(struct series_reader *reader)
{
	const struct series_hints *hints = reader->hints;
	struct series *series = reader->series;
	const struct series_column *value = reader->layout.name[SERIES_VALUE];
	const char *publisher = hints->publisher != NULL ? hints->publisher : value != NULL ? value->publisher : NULL;

	set_text(reader, series->source, sizeof(series->source), "source", hints->source);
	set_text(reader, series->publisher, sizeof(series->publisher), "publisher", publisher != NULL ? publisher : hints->source);
	set_text(reader, series->edition, sizeof(series->edition), "edition", hints->edition);
	set_text(reader, series->licence, sizeof(series->licence), "licence", hints->licence != NULL ? hints->licence : "not stated");
	set_text(reader, series->zone, sizeof(series->zone), "zone", hints->zone != NULL ? hints->zone : series->file_zone);
	if (series->zone[0] != '\0' && !text_is_id(series->zone))
		problems_add_error(reader->problems, (struct place){.file = reader->file},
				   "zone: \"%s\" is no zone: letters, digits, . _ - only", series->zone);
	if (!reader->has_basis)
		problems_add_error(reader->problems, (struct place){.file = reader->file},
				   "basis is not said: --basis direct or --basis lifecycle is needed");
}

/* From the hint or the column's name; rows may say it too. */
static void take_basis(struct series_reader *reader)
{
	const char *hint = reader->hints->basis;
	const struct series_column *value = reader->layout.name[SERIES_VALUE];

	if (hint != NULL) {
		reader->has_basis = factor_basis_find_mix(hint, &reader->series->basis);
		if (!reader->has_basis && strncasecmp(hint, "marginal", strlen("marginal")) == 0)
			problems_add_error(reader->problems, (struct place){.file = reader->file}, GRID_MARGINAL);
		else if (!reader->has_basis)
			problems_add_error(reader->problems, (struct place){.file = reader->file},
					   "--basis %s is neither direct nor lifecycle", hint);
	} else if (value != NULL && value->basis != SAYS_NOTHING) {
		reader->has_basis = true;
		reader->series->basis = value->basis == SAYS_DIRECT ? FACTOR_DIRECT : FACTOR_LIFECYCLE;
	}
}

static enum err read_lines(struct series_reader *reader, struct csv_reader *csv, struct csv_row *cells)
{
	size_t errors_before = reader->problems->error_count;
	struct err_info info = {0};
	bool is_end = false;
	bool is_first = true;
	enum err err = ERR_NONE;

	while ((err = csv_next(csv, cells, &is_end, &info)) == ERR_NONE && !is_end) {
		if (!is_first) {
			err = take_row(reader);
		} else {
			series_layout_read(&reader->layout, cells, reader->hints->basis, reader->file, reader->problems);
			take_basis(reader);
			if (reader->problems->error_count > errors_before)
				return ERR_CONFIG;
		}
		is_first = false;
		if (err != ERR_NONE)
			return err;
	}
	if (err == ERR_DATA)
		csv_problem_add(reader->problems, reader->file, info.text);
	return err;
}

static enum err read_all(struct series_reader *reader, struct csv_reader *csv, struct csv_row *cells)
{
	size_t errors_before = reader->problems->error_count;
	enum err err = read_lines(reader, csv, cells);

	if (err != ERR_NONE || reader->problems->error_count > errors_before)
		return err == ERR_NONE ? ERR_CONFIG : err;
	err = sort_rows(reader);
	if (err != ERR_NONE)
		return err;
	if (!reader->layout.has_lengths)
		find_length(reader);
	check_order(reader);
	drop_empty(reader->series);
	if (reader->series->count == 0)
		problems_add_error(reader->problems, (struct place){.file = reader->file}, "no row has a value");
	describe(reader);
	return reader->problems->error_count > errors_before ? ERR_CONFIG : ERR_NONE;
}

enum err series_read(struct series *out, const void *data, size_t bytes, uint32_t file, const struct series_hints *hints,
		     struct problems *problems)
{
	struct series series = {.imported_utc_ms = hints->imported_utc_ms};
	struct csv_row *cells = mem_new(sizeof(*cells));
	struct csv_reader *csv = csv_new(problems_file_name(problems, file), data, bytes);
	struct series_reader reader = {.problems = problems, .hints = hints, .cells = cells, .series = &series, .file = file};
	enum err err = ERR_MEMORY;

	if (csv != NULL && cells != NULL) {
		crypto_hash_sha256(series.file_sha256, data, bytes);
		err = read_all(&reader, csv, cells);
	}
	mem_free(cells);
	mem_free(reader.line);
	csv_free(csv);
	if (err == ERR_NONE) {
		*out = series;
		return ERR_NONE;
	}
	series_deinit(&series);
	if (err == ERR_MEMORY)
		problems->is_out_of_memory = true;
	return err == ERR_MEMORY ? err : ERR_CONFIG;
}
