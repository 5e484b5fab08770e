/* SPDX-License-Identifier: Apache-2.0 */
/* factors: the tables of grid emission factors. */
#include "cli/factors.h"

#include "account/factor.h"
#include "base/file.h"
#include "base/json.h"
#include "base/num.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "report/figure.h"
#include "settings/annual.h"
#include "settings/grid.h"
#include "settings/problems.h"
#include "settings/search.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 256 << 20 };

/* What was imported beside the ledger. A folder that this user may not read is none of theirs. */
static enum err add_imported(struct search *search, const struct cli_options *options, struct err_info *info)
{
	char folder[PLAN_PATH_BYTES];
	enum err err = file_join(folder, sizeof(folder), cli_state_dir(options), GRID_STATE_FOLDER, info);

	if (err != ERR_NONE || (options->state_dir == NULL && access(folder, R_OK | X_OK) != 0))
		return err;
	return search_add_folder(search, folder, ".csv", true, info);
}

enum err factors_load(struct grid *grid, const struct cli_options *options, struct problems *problems, struct err_info *info)
{
	struct sources_data data = {"grid", "config/grid", ".csv", options->grid_dir};
	struct search search = {.takes_packed = true};
	enum err err = sources_find(&search, &data, info);

	if (err == ERR_NONE)
		err = add_imported(&search, options, info);
	for (size_t i = 0; err == ERR_NONE && i < search.count; i++)
		err = grid_load(grid, search.file[i].path, search.file[i].layer, problems);
	if (err == ERR_NONE)
		err = grid_finish(grid, problems);
	if (err == ERR_CONFIG)
		err = err_set(info, ERR_DATA, "the tables are not usable: what is wrong with them stands above");
	search_deinit(&search);
	return err;
}

/* The last year of the zone that begins at `first`, of its mix where it has one; rows are sorted by zone, year, basis. */
static size_t newest_of(const struct grid *grid, size_t first, size_t count)
{
	enum factor_basis basis;
	size_t newest = first;

	for (size_t i = first; i < first + count; i++) {
		bool is_mix = factor_basis_find_mix(grid->row[i].factor.basis, &basis);
		bool was_mix = factor_basis_find_mix(grid->row[newest].factor.basis, &basis);

		if (is_mix != was_mix ? is_mix : grid->row[i].factor.year > grid->row[newest].factor.year)
			newest = i;
	}
	return newest;
}

static enum err add_table_row(struct table *table, const struct grid_row *row, struct err_info *info)
{
	char year[NUM_TEXT_BYTES];
	struct buf factor;
	const char *cell[] = {
	    row->factor.zone,    row->name,          year, NULL, row->factor.basis, row->factor.method, row->factor.publisher,
	    row->factor.edition, row->factor.licence};
	enum err err;

	num_print_i64(year, row->factor.year);
	buf_init(&factor, NUM_TEXT_BYTES);
	figure_add_g_per_kwh(&factor, row->factor.microg_per_kwh);
	buf_add_text(&factor, factor_is_losses(row->factor.basis) ? " %" : "");
	cell[3] = buf_text(&factor);
	err = table_add(table, cell, info);
	buf_deinit(&factor);
	return err;
}

static void add_json_row(struct json *json, const struct grid_row *row)
{
	struct buf text;

	buf_init(&text, 128);
	json_open_object(json, NULL);
	json_add_text(json, "zone", row->factor.zone);
	json_add_text(json, "name", row->name);
	json_add_i64(json, "year", row->factor.year);
	figure_add_g_per_kwh(&text, row->factor.microg_per_kwh);
	if (factor_is_losses(row->factor.basis)) {
		json_add_raw(json, "loss_pct", buf_text(&text));
	} else {
		json_add_raw(json, "g_per_kwh", buf_text(&text));
		json_add_i64(json, "microg_per_kwh", row->factor.microg_per_kwh);
	}
	json_add_text(json, "basis", row->factor.basis);
	json_add_text(json, "method", row->factor.method);
	json_add_text(json, "publisher", row->factor.publisher);
	json_add_text(json, "edition", row->factor.edition);
	json_add_text(json, "licence", row->factor.licence);
	buf_clear(&text);
	figure_add_sha256(&text, row->factor.table_sha256);
	json_add_text(json, "table_sha256", buf_text(&text));
	json_close_object(json);
	buf_deinit(&text);
}

/* Calls for each row that is to be shown: all of a zone, or the newest of every zone. */
struct rows {
	const struct grid *grid;
	size_t at;
	size_t end;
	bool is_newest_only;
};

static const struct grid_row *next_row(struct rows *rows)
{
	size_t first = rows->at;
	size_t count;

	if (rows->at >= rows->end)
		return NULL;
	if (!rows->is_newest_only)
		return &rows->grid->row[rows->at++];
	first = grid_find(rows->grid, rows->grid->row[first].factor.zone, &count);
	rows->at += count > 0 ? count : 1;
	return &rows->grid->row[newest_of(rows->grid, first, count)];
}

static enum err print_table(struct rows *rows, enum cli_format format, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"ZONE", "zone", false},           {"NAME", "name", false},       {"YEAR", "year", true},
	    {"G/KWH", "g_per_kwh", true},      {"BASIS", "basis", false},     {"METHOD", "method", false},
	    {"PUBLISHER", "publisher", false}, {"EDITION", "edition", false}, {"LICENCE", "licence", false}};
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	const struct grid_row *row;
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	while (err == ERR_NONE && (row = next_row(rows)) != NULL)
		err = add_table_row(table, row, info);
	if (err == ERR_NONE)
		err = table_print(table, stdout, format, info);
	table_free(table);
	return err;
}

static enum err print_json(struct rows *rows, struct err_info *info)
{
	const struct grid_row *row;
	struct json json;
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.factors/1");
	json_open_array(&json, "factors");
	while ((row = next_row(rows)) != NULL)
		add_json_row(&json, row);
	json_close_array(&json);
	json_close_object(&json);
	buf_add_char(&out, '\n');
	err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

static enum err unknown_zone(const struct grid *grid, const char *zone, struct err_info *info)
{
	const char *nearest = grid_nearest(grid, zone);

	if (nearest == NULL)
		return err_set(info, ERR_DATA, "there is no factor of a zone '%s'; `wattledger factors list` tells what there is", zone);
	return err_set(info, ERR_DATA, "there is no factor of a zone '%s'; did you mean %s?", zone, nearest);
}

static enum err run(const struct grid *grid, const struct cli_options *options, struct err_info *info)
{
	struct rows rows = {.grid = grid, .end = grid->count, .is_newest_only = true};
	size_t count;

	if (options->operand_count == 2) {
		rows.at = grid_find(grid, options->operand[1], &count);
		rows.end = rows.at + count;
		rows.is_newest_only = false;
		if (count == 0)
			return unknown_zone(grid, options->operand[1], info);
	}
	return options->format == CLI_JSON ? print_json(&rows, info) : print_table(&rows, options->format, info);
}

int command_factors(int argc, char **argv)
{
	struct cli_options options;
	struct grid grid = {0};
	struct problems problems = {0};
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_GRID | CLI_FORMAT | CLI_STATE | CLI_IMPORT | CLI_OPERANDS, &info);
	const char *what = err == ERR_NONE && options.operand_count > 0 ? options.operand[0] : "";
	bool is_import = strcmp(what, "import") == 0 && options.operand_count == 2;

	if (err == ERR_NONE && !is_import && !(strcmp(what, "list") == 0 && options.operand_count == 1) &&
	    !(strcmp(what, "show") == 0 && options.operand_count == 2))
		err = err_set(&info, ERR_USAGE, "list, show ZONE or import FILE is expected");
	if (err == ERR_NONE)
		err = is_import ? factors_import(&options, &problems, &info) : factors_load(&grid, &options, &problems, &info);
	sources_print_problems(&problems);
	if (err == ERR_NONE && !is_import)
		err = run(&grid, &options, &info);
	grid_deinit(&grid);
	problems_deinit(&problems);
	return err == ERR_NONE ? 0 : cli_fail("factors", &info);
}
