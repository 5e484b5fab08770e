/* SPDX-License-Identifier: Apache-2.0 */
/* factors_import: factors that somebody else publishes, into the folder beside the ledger. */
#include "cli/factors.h"

#include "account/factor.h"
#include "base/clock.h"
#include "base/file.h"
#include "cli/sources.h"
#include "report/figure.h"
#include "settings/annual.h"
#include "settings/series.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { FOLDER_MODE = 0755, FILE_MODE = 0644 };

/* "imported 2026-11-26T07:00:00Z": an edition when none is named. The newest import counts, since editions are ordered by their text. */
static void name_edition(char out[static SERIES_TEXT_BYTES], int64_t now_utc_ms)
{
	char text[CLOCK_TEXT_BYTES];

	clock_print_utc(text, now_utc_ms - now_utc_ms % CLOCK_MS_PER_S);
	snprintf(out, SERIES_TEXT_BYTES, "imported %s", text);
}

static enum err store(const struct cli_options *options, const char *folder, const char *name, const struct buf *text,
		      struct err_info *info)
{
	char dir[PATH_MAX];
	char path[PATH_MAX];
	enum err err = file_join(dir, sizeof(dir), cli_state_dir(options), folder, info);

	if (err == ERR_NONE)
		err = file_join(path, sizeof(path), dir, name, info);
	if (err == ERR_NONE && text->is_failed)
		err = err_set(info, ERR_MEMORY, "no memory for the table");
	if (err == ERR_NONE)
		err = file_make_dirs(dir, FOLDER_MODE, info);
	if (err == ERR_NONE)
		err = file_replace(path, buf_text(text), text->bytes, FILE_MODE, info);
	if (err == ERR_NONE)
		printf("kept as %s\n", path);
	return err;
}

/* ---- Hourly series ---- */

static void tell_series(const struct series *series)
{
	char first[CLOCK_TEXT_BYTES];
	char last[CLOCK_TEXT_BYTES];
	size_t estimated_count = 0;
	int64_t known_s = 0;
	int64_t span_s = 0;

	for (size_t i = 0; i < series->count; i++) {
		estimated_count += series->row[i].is_estimated ? 1 : 0;
		known_s += series->row[i].duration_s;
	}
	span_s = series->row[series->count - 1].start_s + series->row[series->count - 1].duration_s - series->row[0].start_s;
	clock_print_utc(first, series->row[0].start_s * CLOCK_MS_PER_S);
	clock_print_utc(last, (series->row[0].start_s + span_s) * CLOCK_MS_PER_S);
	printf("%s, %s, %s: %zu intervals from %s to %s, %zu of them estimated by the publisher; %.1f hours between them without a value\n",
	       series->zone, factor_basis_name(series->basis), series->publisher, series->count, first, last, estimated_count,
	       (double)(span_s - known_s) / 3600);
	if (series->file_zone[0] != '\0' && strcmp(series->file_zone, series->zone) != 0)
		printf("the file's zone %s stands for %s\n", series->file_zone, series->zone);
}

static enum err import_series(const struct cli_options *options, const struct buf *data, uint32_t file, struct problems *problems,
			      struct err_info *info)
{
	char edition[SERIES_TEXT_BYTES];
	char name[SERIES_NAME_BYTES];
	struct series_hints hints = {.zone = options->zone,
				     .basis = options->basis,
				     .publisher = options->publisher,
				     .edition = options->import_edition != NULL ? options->import_edition : edition,
				     .licence = options->licence,
				     .source = options->source,
				     .imported_utc_ms = sources_now_utc_ms()};
	struct series series = {0};
	struct buf text;
	enum err err;

	if (options->uncertainty != NULL)
		return err_set(info, ERR_USAGE, "--uncertainty is of annual factors, and this is an hourly series");
	hints.imported_utc_ms -= hints.imported_utc_ms % CLOCK_MS_PER_S;
	name_edition(edition, hints.imported_utc_ms);
	err = series_read(&series, buf_text(data), data->bytes, file, &hints, problems);
	if (err != ERR_NONE)
		return err_set(info, err == ERR_MEMORY ? err : ERR_DATA, "nothing was imported: the lines that are wrong stand above");
	buf_init(&text, 2 * SERIES_FILE_BYTES_MAX);
	series_print(&series, &text);
	series_name(&series, name);
	tell_series(&series);
	err = store(options, SERIES_FOLDER, name, &text, info);
	if (err == ERR_NONE)
		puts("report and export use it at once, beside the annual factor");
	buf_deinit(&text);
	series_deinit(&series);
	return err;
}

/* ---- Annual factors ---- */

/* The new table among those that were imported before: two that say the same differently are refused. */
static enum err check_beside(const struct buf *table, uint32_t file, const struct cli_options *options, struct problems *problems,
			     struct err_info *info)
{
	char dir[PATH_MAX];
	struct search search = {0};
	struct grid grid = {0};
	enum err err = file_join(dir, sizeof(dir), cli_state_dir(options), GRID_STATE_FOLDER, info);

	if (err == ERR_NONE)
		err = search_add_folder(&search, dir, ".csv", true, info);
	for (size_t i = 0; err == ERR_NONE && i < search.count; i++)
		err = grid_load(&grid, search.file[i].path, 0, problems);
	if (err == ERR_NONE)
		err = grid_parse(&grid, buf_text(table), table->bytes, file, 0, problems);
	if (err == ERR_NONE)
		err = grid_finish(&grid, problems);
	search_deinit(&search);
	grid_deinit(&grid);
	return err;
}

static void tell_factors(const struct grid *grid)
{
	for (size_t i = 0; i < grid->count; i++) {
		const struct plan_factor *factor = &grid->row[i].factor;
		struct buf text;

		buf_init(&text, SERIES_TEXT_BYTES);
		figure_add_g_per_kwh(&text, factor->microg_per_kwh);
		printf("%s %d, %s: %s %s, %s, %s\n", factor->zone, (int)factor->year, factor->basis, buf_text(&text),
		       factor_is_losses(factor->basis) ? "%" : "g/kWh", factor->publisher, factor->edition);
		buf_deinit(&text);
	}
}

static enum err keep_annual(const struct cli_options *options, const struct buf *table, uint32_t file, struct problems *problems,
			    struct err_info *info)
{
	char name[ANNUAL_NAME_BYTES];
	struct grid grid = {0};
	enum err err = grid_parse(&grid, buf_text(table), table->bytes, file, 0, problems);

	if (err == ERR_NONE)
		err = check_beside(table, file, options, problems, info);
	if (err == ERR_NONE) {
		annual_name(&grid.row[0].factor, sources_now_utc_ms(), name);
		tell_factors(&grid);
		err = store(options, GRID_STATE_FOLDER, name, table, info);
	}
	grid_deinit(&grid);
	return err;
}

static enum err import_annual(const struct cli_options *options, const struct buf *data, uint32_t file, struct problems *problems,
			      struct err_info *info)
{
	char edition[SERIES_TEXT_BYTES];
	struct annual_hints hints = {.zone = options->zone,
				     .year = options->year,
				     .basis = options->basis,
				     .publisher = options->publisher,
				     .edition = options->import_edition != NULL ? options->import_edition : edition,
				     .licence = options->licence,
				     .source = options->source,
				     .uncertainty = options->uncertainty};
	struct buf table;
	enum err err;

	name_edition(edition, sources_now_utc_ms());
	buf_init(&table, GRID_FILE_BYTES_MAX);
	err = annual_print(&table, buf_text(data), data->bytes, file, &hints, problems);
	if (err == ERR_NONE)
		err = keep_annual(options, &table, file, problems, info);
	if (err == ERR_CONFIG)
		err = err_set(info, ERR_DATA, "nothing was imported: the lines that are wrong stand above");
	if (err == ERR_NONE)
		puts("in force when the agent reads its configuration again: `systemctl reload wattledger`, or a start");
	buf_deinit(&table);
	return err;
}

enum err factors_import(const struct cli_options *options, struct problems *problems, struct err_info *info)
{
	const char *path = options->operand[1];
	uint32_t file = problems_add_file(problems, path);
	struct buf data;
	enum err err;

	buf_init(&data, SERIES_FILE_BYTES_MAX);
	err = file_read(path, &data, info);
	if (err == ERR_NONE)
		err = series_is_header(buf_text(&data), data.bytes) ? import_series(options, &data, file, problems, info)
								    : import_annual(options, &data, file, problems, info);
	buf_deinit(&data);
	return err;
}
