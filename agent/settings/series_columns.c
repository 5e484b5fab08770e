/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/series_columns.h"

#include "account/factor.h"
#include "base/mem.h"
#include "settings/grid.h"
#include "settings/series.h"

#include <ctype.h>
#include <string.h>

enum { NAME_BYTES = 96 };

/*
 * Columns by their names in small letters and digits alone ("Carbon intensity gCO2eq/kWh (direct)" with a proper subscript, which is none of
 * these, loses its 2). Electricity Maps' export; NESO's historic generation mix (DATETIME, CARBON_INTENSITY) and carbon-intensity API (from,
 * to, actual), which are direct; ENTSO-E's MTU (UTC).
 */
static const struct series_column NAMES[] = {
    {"startutc", SERIES_START, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"start", SERIES_START, SERIES_CLOCK_SAID, SAYS_NOTHING, NULL},
    {"from", SERIES_START, SERIES_CLOCK_SAID, SAYS_NOTHING, NULL},
    {"datetimeutc", SERIES_START, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"datetime", SERIES_START, SERIES_CLOCK_SAID, SAYS_NOTHING, NULL},
    {"endutc", SERIES_END, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"end", SERIES_END, SERIES_CLOCK_SAID, SAYS_NOTHING, NULL},
    {"to", SERIES_END, SERIES_CLOCK_SAID, SAYS_NOTHING, NULL},
    {"mtuutc", SERIES_UNIT, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"durations", SERIES_DURATION, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"value", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"gco2eperkwh", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"actual", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_DIRECT, "NESO"},
    {"actualcarbonintensitygco2kwh", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_DIRECT, "NESO"},
    {"carbonintensity", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_DIRECT, "NESO"},
    {"carbonintensitygcoeqkwhdirect", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_DIRECT, "Electricity Maps"},
    {"carbonintensitygco2eqkwhdirect", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_DIRECT, "Electricity Maps"},
    {"carbonintensitygcoeqkwhlca", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_LIFECYCLE, "Electricity Maps"},
    {"carbonintensitygco2eqkwhlca", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_LIFECYCLE, "Electricity Maps"},
    {"carbonintensitygcoeqkwhlifecycle", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_LIFECYCLE, "Electricity Maps"},
    {"carbonintensitygco2eqkwhlifecycle", SERIES_VALUE, SERIES_CLOCK_UTC, SAYS_LIFECYCLE, "Electricity Maps"},
    {"basis", SERIES_BASIS_WORD, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"estimated", SERIES_ESTIMATED, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"dataestimated", SERIES_ESTIMATED, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"isestimated", SERIES_ESTIMATED, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"zone", SERIES_ZONE, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
    {"zoneid", SERIES_ZONE, SERIES_CLOCK_UTC, SAYS_NOTHING, NULL},
};

enum { NAMES_COUNT = sizeof(NAMES) / sizeof(NAMES[0]) };

static void reduce_name(const char *cell, char out[static NAME_BYTES])
{
	size_t n = 0;

	for (; *cell != '\0' && n + 1 < NAME_BYTES; cell++) {
		if (isalnum((unsigned char)*cell) && (unsigned char)*cell < 128)
			out[n++] = (char)tolower((unsigned char)*cell);
	}
	out[n] = '\0';
}

static const struct series_column *find_name(const char *cell)
{
	char reduced[NAME_BYTES];

	reduce_name(cell, reduced);
	for (size_t i = 0; i < NAMES_COUNT; i++) {
		if (strcmp(NAMES[i].name, reduced) == 0)
			return &NAMES[i];
	}
	return NULL;
}

static bool is_marginal(const char *cell)
{
	char reduced[NAME_BYTES];

	reduce_name(cell, reduced);
	return strstr(reduced, "marginal") != NULL || strcmp(reduced, "moer") == 0;
}

/* Of two columns of values the one of the basis that is asked for, direct when none is. */
static bool is_wanted(const struct series_column *name, const char *basis)
{
	return name->basis == SAYS_NOTHING ||
	       (name->basis == SAYS_LIFECYCLE) == (basis != NULL && strcmp(basis, factor_basis_name(FACTOR_LIFECYCLE)) == 0);
}

static void place_columns(struct series_layout *layout, const struct csv_row *cells, const char *basis, uint32_t file,
			  struct problems *problems)
{
	for (size_t i = 0; i < cells->count; i++) {
		const struct series_column *name = find_name(cells->cell[i]);

		if (name == NULL || (name->role == SERIES_VALUE && !is_wanted(name, basis)))
			continue;
		if (layout->name[name->role] != NULL) {
			problems_add_error(problems, (struct place){file, (uint32_t)cells->line, (uint32_t)cells->column[i]},
					   "\"%s\" and \"%s\" say the same: one of them is expected", cells->cell[layout->at[name->role]],
					   cells->cell[i]);
			continue;
		}
		layout->name[name->role] = name;
		layout->at[name->role] = i;
	}
}

static bool has_marginal(const struct csv_row *cells)
{
	for (size_t i = 0; i < cells->count; i++) {
		if (is_marginal(cells->cell[i]))
			return true;
	}
	return false;
}

void series_layout_read(struct series_layout *out, const struct csv_row *cells, const char *basis, uint32_t file, struct problems *problems)
{
	struct place place = {file, (uint32_t)cells->line, 1};

	*out = (struct series_layout){0};
	place_columns(out, cells, basis, file, problems);
	if (out->name[SERIES_VALUE] == NULL && has_marginal(cells))
		problems_add_error(problems, place, GRID_MARGINAL);
	else if (out->name[SERIES_VALUE] == NULL)
		problems_add_error(
		    problems, place,
		    "no column of %s averages is known here: value, gco2e_per_kwh, actual, CARBON_INTENSITY, or Electricity Maps' "
		    "\"Carbon intensity gCO2eq/kWh (direct)\" is expected",
		    basis == NULL ? "direct" : basis);
	if (out->name[SERIES_START] == NULL && out->name[SERIES_UNIT] == NULL)
		problems_add_error(
		    problems, place,
		    "no column of instants is known here: start, start_utc, from, DATETIME, \"Datetime (UTC)\" or \"MTU (UTC)\" is "
		    "expected (local time is not: it has an hour twice)");
	out->has_lengths = out->name[SERIES_UNIT] != NULL || out->name[SERIES_END] != NULL || out->name[SERIES_DURATION] != NULL;
}

bool series_is_header(const void *data, size_t bytes)
{
	struct csv_reader *csv = csv_new("", data, bytes);
	struct csv_row *cells = mem_new(sizeof(*cells));
	bool is_end = true;
	bool is_it = false;

	if (csv != NULL && cells != NULL && csv_next(csv, cells, &is_end, NULL) == ERR_NONE && !is_end) {
		for (size_t i = 0; i < cells->count; i++) {
			const struct series_column *name = find_name(cells->cell[i]);
			is_it = is_it || is_marginal(cells->cell[i]) ||
				(name != NULL && (name->role == SERIES_START || name->role == SERIES_UNIT || name->role == SERIES_END));
		}
	}
	mem_free(cells);
	csv_free(csv);
	return is_it;
}
