/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grid: tables of emission factors (config/grid/, schema in its README): zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,
 * licence,source; or, of basis losses alone, loss_pct_of_output in the place of gco2e_per_kwh. Every row of every table is checked, and a bad row refuses its file: a factor that was skipped in silence is a wrong total.
 */
#ifndef WATTLEDGER_SETTINGS_GRID_H
#define WATTLEDGER_SETTINGS_GRID_H

#include "settings/problems.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>

enum { GRID_FILE_BYTES_MAX = 64 << 20, GRID_ROWS_MAX = 1000000, GRID_BASIS_BYTES = 16, GRID_YEAR_MIN = 1990, GRID_YEAR_MAX = 2100 };

/* No grid comes near 5 kg/kWh: burning pure lignite in a poor plant is 1.5. */
#define GRID_MICROG_MAX INT64_C(5000000000)

/* Why marginal factors are refused. */
#define GRID_MARGINAL "a marginal factor tells what one kWh less would save, not what was emitted: an inventory must not use it"

/* One row; `layer` tells which folder it came from (a later one wins), file and line where. */
struct grid_row {
	struct plan_factor factor;
	char name[PLAN_NAME_BYTES];
	uint32_t layer;
	struct place place;
};

/* Zero-initialised it is empty. */
struct grid {
	struct grid_row *row;
	size_t count;
	size_t capacity;
};

/* Frees the rows; the grid is empty then. */
void grid_deinit(struct grid *grid);

/*
 * Adds the rows of one table. Problems: a header that is not the schema's, a cell that is empty or wrong (with what was expected), a
 * marginal method, a zone and year and basis that is there twice within the layer. ERR_CONFIG when there were any (nothing of the file is
 * kept then), ERR_MEMORY.
 */
enum err grid_parse(struct grid *grid, const void *data, size_t bytes, uint32_t file, uint32_t layer, struct problems *problems) MUST_CHECK;

/* The same from a file. */
enum err grid_load(struct grid *grid, const char *path, uint32_t layer, struct problems *problems) MUST_CHECK;

/*
 * Once after the last table: sorts by zone, year, basis and, newest first, edition; finds what is there twice; of several layers keeps the last.
 * Editions of one publisher are no doubles: the newest counts, the others are there to compute again what was stated with them.
 */
enum err grid_finish(struct grid *grid, struct problems *problems) MUST_CHECK;

/* The rows of a zone in a finished grid: index of the first and how many (0: unknown zone). */
size_t grid_find(const struct grid *grid, const char *zone, size_t *count) MUST_CHECK;

/* The known zone nearest to `zone` by its letters or by the country's name; NULL when none is near. Borrowed. */
const char *grid_nearest(const struct grid *grid, const char *zone) MUST_CHECK;

#endif
