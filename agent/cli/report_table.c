/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_table.h"

#include "cli/bar.h"
#include "cli/report_hourly.h"
#include "cli/table.h"
#include "report/figure.h"

#include <stdio.h>

enum { CELL_BYTES_MAX = 512, BAR_BYTES_MAX = 512, BAR_WIDTH_MIN = 8, BAR_WIDTH_MAX = 40 };

/* ---- Cells ---- */

/* Columns without a name for people are shown in files alone, and the other way round. */
static const struct table_column COLUMNS[REPORT_CELL_COUNT] = {
    [REPORT_CELL_NODE] = {"", NULL, false},
    [REPORT_CELL_LEVEL] = {NULL, "level", false},
    [REPORT_CELL_SITE] = {NULL, "site", false},
    [REPORT_CELL_DEVICE] = {NULL, "device", false},
    [REPORT_CELL_METER] = {NULL, "meter", false},
    [REPORT_CELL_ENERGY] = {"ENERGY kWh", "energy_kwh", true},
    [REPORT_CELL_MEASURED] = {"MEASURED", "measured_kwh", true},
    [REPORT_CELL_BRIDGED] = {"BRIDGED", "bridged_kwh", true},
    [REPORT_CELL_ESTIMATED] = {"OTHER", "other_kwh", true},
    [REPORT_CELL_COVERAGE] = {"COVERED %", "coverage_pct", true},
    [REPORT_CELL_FACTOR] = {"G/KWH", "g_per_kwh", true},
    [REPORT_CELL_BASIS] = {"FACTOR", "basis", false},
    [REPORT_CELL_CARBON] = {"kg CO2e", "location_kg", true},
    [REPORT_CELL_COUNTS] = {"COUNTS", "in_total", false},
    [REPORT_CELL_HOURLY] = {NULL, "hourly_kg", true},
    [REPORT_CELL_HOURLY_COVERAGE] = {NULL, "hourly_coverage_pct", true},
    [REPORT_CELL_HOURLY_ESTIMATED] = {NULL, "hourly_estimated_pct", true},
};

static const char *level_text(const struct report_total *row)
{
	static const char *const INDENT[REPORT_LEVEL_COUNT] = {"", "", "  ", "    "};

	return INDENT[row->level];
}

static void add_node(struct buf *out, const struct report_total *row)
{
	buf_add_text(out, level_text(row));
	if (row->level == REPORT_TOTAL)
		buf_add_text(out, "total");
	else if (row->level == REPORT_SITE)
		buf_add_text(out, row->site->id);
	else
		buf_add_text(out, row->level == REPORT_DEVICE ? row->meter->device : row->meter->key);
}

static int64_t other_millij(const struct report_total *row)
{
	return row->energy_millij - report_total_covered_millij(row);
}

/* Whether a row is part of its site's total. */
static const char *counts_text(const struct report_total *row)
{
	if (row->level != REPORT_METER)
		return "";
	if (row->meter->is_in_total)
		return "yes";
	return row->meter->is_component ? "component" : "no";
}

static void add_kwh(struct buf *out, const struct report_total *row, int64_t millij, int decimals)
{
	if (row->has_energy)
		figure_add_kwh(out, millij, decimals);
	else
		buf_add_text(out, FIGURE_NONE);
}

static void add_factor(struct buf *out, const struct report_total *row)
{
	if (row->factor != NULL)
		figure_add_g_per_kwh(out, row->factor->microg_per_kwh);
	else
		buf_add_text(out, FIGURE_NONE);
}

static void add_basis(struct buf *out, const struct report_total *row)
{
	char text[64] = FIGURE_NONE;

	if (row->factor != NULL)
		factor_choice_print(text, sizeof(text), &row->choice);
	buf_add_text(out, row->has_many_factors && row->has_location ? "several" : text);
}

void report_table_add_cell(struct buf *out, const struct report_total *row, enum report_cell cell, int decimals)
{
	switch (cell) {
	case REPORT_CELL_NODE: add_node(out, row); break;
	case REPORT_CELL_LEVEL: buf_add_text(out, report_level_name(row->level)); break;
	case REPORT_CELL_SITE: buf_add_text(out, row->level >= REPORT_SITE ? row->site->id : ""); break;
	case REPORT_CELL_DEVICE: buf_add_text(out, row->level >= REPORT_DEVICE ? row->meter->device : ""); break;
	case REPORT_CELL_METER: buf_add_text(out, row->level == REPORT_METER ? row->meter->key : ""); break;
	case REPORT_CELL_ENERGY: add_kwh(out, row, row->energy_millij, decimals); break;
	case REPORT_CELL_MEASURED: add_kwh(out, row, row->millij[COVERAGE_MEASURED], decimals); break;
	case REPORT_CELL_BRIDGED: add_kwh(out, row, row->millij[COVERAGE_BRIDGED], decimals); break;
	case REPORT_CELL_ESTIMATED: add_kwh(out, row, other_millij(row), decimals); break;
	case REPORT_CELL_COVERAGE: figure_add_pct(out, report_total_covered_ms(row), row->expected_ms); break;
	case REPORT_CELL_FACTOR: add_factor(out, row); break;
	case REPORT_CELL_BASIS: add_basis(out, row); break;
	case REPORT_CELL_CARBON:
		if (row->has_location)
			figure_add_kg(out, row->location_mg, decimals);
		else
			buf_add_text(out, FIGURE_NONE);
		break;
	case REPORT_CELL_COUNTS: buf_add_text(out, counts_text(row)); break;
	case REPORT_CELL_HOURLY: report_hourly_add_kg(out, row, decimals); break;
	case REPORT_CELL_HOURLY_COVERAGE: report_hourly_add_coverage(out, row); break;
	case REPORT_CELL_HOURLY_ESTIMATED: report_hourly_add_estimated(out, row); break;
	case REPORT_CELL_COUNT: break;
	}
}

/* ---- Table and CSV ---- */

/* The columns of one form: for people those with a name, for files those with a csv_name; the bar behind them. */
struct shape {
	enum cli_format format;
	int decimals;
	size_t count; /* without the bar */
	enum report_cell cell[REPORT_CELL_COUNT];
	struct table_column column[REPORT_CELL_COUNT + 1];
	size_t bar_width; /* 0: there are none */
};

static bool has_meters(const struct report_totals *totals)
{
	return totals->count > 0 && totals->row[totals->count - 1].level == REPORT_METER;
}

/* `is_narrow`: the factor is left out, which print_factors() names below the table. */
static struct shape pick_columns(const struct report_totals *totals, enum cli_format format, bool is_narrow)
{
	bool is_left_out[REPORT_CELL_COUNT] = {
	    [REPORT_CELL_BASIS] = is_narrow,
	    [REPORT_CELL_COUNTS] = format == CLI_TABLE && !has_meters(totals),
	};
	struct shape shape = {.format = format, .decimals = format == CLI_CSV ? REPORT_EXACT_DECIMALS : REPORT_KWH_DECIMALS};

	for (int i = 0; i < REPORT_CELL_COUNT; i++) {
		if ((format == CLI_CSV ? COLUMNS[i].csv_name : COLUMNS[i].name) == NULL || is_left_out[i])
			continue;
		shape.column[shape.count] = COLUMNS[i];
		shape.cell[shape.count++] = (enum report_cell)i;
	}
	return shape;
}

/* ---- Bars ---- */

/* The most energy of a row of each level; 0 where there is none. */
struct most {
	int64_t millij[REPORT_LEVEL_COUNT];
};

static struct most find_most(const struct report_totals *totals)
{
	struct most most = {{0}};

	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];

		if (row->has_energy && row->energy_millij > most.millij[row->level])
			most.millij[row->level] = row->energy_millij;
	}
	return most;
}

/* A site alone, and the total of all, are no part of anything: their bars would always be whole. */
static void print_bar(char out[static BAR_BYTES_MAX], const struct report_totals *totals, const struct report_total *row,
		      const struct most *most, size_t width)
{
	bool is_part = row->level > REPORT_SITE || (row->level == REPORT_SITE && totals->reg.site_count > 1);

	out[0] = '\0';
	if (is_part && row->has_energy && most->millij[row->level] > 0)
		bar_print(out, BAR_BYTES_MAX, (double)row->energy_millij / (double)most->millij[row->level], width,
			  bar_is_ascii_terminal());
}

/* ---- The table ---- */

static enum err add_row(struct table *table, const struct report_total *row, const struct shape *shape, const char *bar,
			struct err_info *info)
{
	const char *text[REPORT_CELL_COUNT + 1];
	struct buf all;
	size_t start[REPORT_CELL_COUNT];
	enum err err;

	buf_init(&all, REPORT_CELL_COUNT * CELL_BYTES_MAX);
	for (size_t i = 0; i < shape->count; i++) {
		start[i] = all.bytes;
		report_table_add_cell(&all, row, shape->cell[i], shape->decimals);
		buf_add_char(&all, '\0');
	}
	for (size_t i = 0; i < shape->count; i++)
		text[i] = buf_text(&all) + start[i];
	text[shape->count] = bar;
	err = all.is_failed ? err_set(info, ERR_MEMORY, "no memory for a row") : table_add(table, text, info);
	buf_deinit(&all);
	return err;
}

static enum err add_rows(struct table *table, const struct report_totals *totals, const struct shape *shape, struct err_info *info)
{
	struct most most = find_most(totals);
	char bar[BAR_BYTES_MAX] = "";
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < totals->count; i++) {
		/* For people the total of one site says nothing new. */
		if (i == 0 && totals->reg.site_count == 1 && totals->count > 1 && shape->format == CLI_TABLE)
			continue;
		if (shape->bar_width > 0)
			print_bar(bar, totals, &totals->row[i], &most, shape->bar_width);
		err = add_row(table, &totals->row[i], shape, bar, info);
	}
	return err;
}

/* The table with its bars, or without where they have no room: `width` is told then. */
static enum err print_shape(const struct report_totals *totals, const struct shape *shape, size_t *width, struct err_info *info)
{
	struct table *table = table_new(shape->column, shape->count + (shape->bar_width > 0));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : add_rows(table, totals, shape, info);

	if (err == ERR_NONE && width != NULL)
		*width = table_width(table);
	else if (err == ERR_NONE)
		err = table_print(table, stdout, shape->format, info);
	table_free(table);
	return err;
}

/* Takes the room behind the figures for bars; false when that is too little. */
static enum err make_room(struct shape *shape, const struct report_totals *totals, size_t room, bool *has_room, struct err_info *info)
{
	size_t width = 0;
	enum err err = print_shape(totals, shape, &width, info);

	*has_room = room > width + BAR_WIDTH_MIN;
	if (err == ERR_NONE && *has_room) {
		shape->bar_width = room - width - 1 < BAR_WIDTH_MAX ? room - width - 1 : BAR_WIDTH_MAX;
		shape->column[shape->count] = (struct table_column){"", NULL, false};
	}
	return err;
}

enum err report_table_print(const struct report_totals *totals, enum cli_format format, struct err_info *info)
{
	struct shape shape = pick_columns(totals, format, false);
	size_t room = format == CLI_TABLE ? bar_terminal_width(stdout) : 0;
	bool has_room = true;
	enum err err = room > 0 ? make_room(&shape, totals, room, &has_room, info) : ERR_NONE;

	if (err == ERR_NONE && !has_room) {
		shape = pick_columns(totals, format, true);
		err = make_room(&shape, totals, room, &has_room, info);
	}
	return err == ERR_NONE ? print_shape(totals, &shape, NULL, info) : err;
}
