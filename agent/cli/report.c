/* SPDX-License-Identifier: Apache-2.0 */
/* report: the totals of a period. */
#include "base/json.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/report_extras.h"
#include "cli/report_hourly.h"
#include "cli/report_supply.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "ledger/ledger.h"
#include "model/units.h"
#include "report/figure.h"
#include "report/totals.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 256 << 20, CELL_BYTES_MAX = 512, KWH_DECIMALS = 3, EXACT_DECIMALS = 6 };

/* ---- Cells ---- */

/* The cells of a row, in the order of COLUMNS. */
enum cell {
	CELL_NODE = 0,
	CELL_LEVEL,
	CELL_SITE,
	CELL_DEVICE,
	CELL_METER,
	CELL_ENERGY,
	CELL_MEASURED,
	CELL_BRIDGED,
	CELL_ESTIMATED,
	CELL_COVERAGE,
	CELL_FACTOR,
	CELL_BASIS,
	CELL_CARBON,
	CELL_COUNTS,
	CELL_HOURLY,
	CELL_HOURLY_COVERAGE,
	CELL_HOURLY_ESTIMATED,
	CELL_COUNT
};

/* Columns without a name for people are shown in files alone, and the other way round. */
static const struct table_column COLUMNS[CELL_COUNT] = {
    [CELL_NODE] = {"", NULL, false},
    [CELL_LEVEL] = {NULL, "level", false},
    [CELL_SITE] = {NULL, "site", false},
    [CELL_DEVICE] = {NULL, "device", false},
    [CELL_METER] = {NULL, "meter", false},
    [CELL_ENERGY] = {"ENERGY kWh", "energy_kwh", true},
    [CELL_MEASURED] = {"MEASURED", "measured_kwh", true},
    [CELL_BRIDGED] = {"BRIDGED", "bridged_kwh", true},
    [CELL_ESTIMATED] = {"OTHER", "other_kwh", true},
    [CELL_COVERAGE] = {"COVERED %", "coverage_pct", true},
    [CELL_FACTOR] = {"G/KWH", "g_per_kwh", true},
    [CELL_BASIS] = {"FACTOR", "basis", false},
    [CELL_CARBON] = {"kg CO2e", "location_kg", true},
    [CELL_COUNTS] = {"COUNTS", "in_total", false},
    [CELL_HOURLY] = {NULL, "hourly_kg", true},
    [CELL_HOURLY_COVERAGE] = {NULL, "hourly_coverage_pct", true},
    [CELL_HOURLY_ESTIMATED] = {NULL, "hourly_estimated_pct", true},
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

static void add_cell(struct buf *out, const struct report_total *row, enum cell cell, int decimals)
{
	switch (cell) {
	case CELL_NODE: add_node(out, row); break;
	case CELL_LEVEL: buf_add_text(out, report_level_name(row->level)); break;
	case CELL_SITE: buf_add_text(out, row->level >= REPORT_SITE ? row->site->id : ""); break;
	case CELL_DEVICE: buf_add_text(out, row->level >= REPORT_DEVICE ? row->meter->device : ""); break;
	case CELL_METER: buf_add_text(out, row->level == REPORT_METER ? row->meter->key : ""); break;
	case CELL_ENERGY: add_kwh(out, row, row->energy_millij, decimals); break;
	case CELL_MEASURED: add_kwh(out, row, row->millij[COVERAGE_MEASURED], decimals); break;
	case CELL_BRIDGED: add_kwh(out, row, row->millij[COVERAGE_BRIDGED], decimals); break;
	case CELL_ESTIMATED: add_kwh(out, row, other_millij(row), decimals); break;
	case CELL_COVERAGE: figure_add_pct(out, report_total_covered_ms(row), row->expected_ms); break;
	case CELL_FACTOR: add_factor(out, row); break;
	case CELL_BASIS: add_basis(out, row); break;
	case CELL_CARBON:
		if (row->has_location)
			figure_add_kg(out, row->location_mg, decimals);
		else
			buf_add_text(out, FIGURE_NONE);
		break;
	case CELL_COUNTS: buf_add_text(out, counts_text(row)); break;
	case CELL_HOURLY: report_hourly_add_kg(out, row, decimals); break;
	case CELL_HOURLY_COVERAGE: report_hourly_add_coverage(out, row); break;
	case CELL_HOURLY_ESTIMATED: report_hourly_add_estimated(out, row); break;
	case CELL_COUNT: break;
	}
}

/* ---- Table and CSV ---- */

/* The columns of one form: for people those with a name, for files those with a csv_name. */
static size_t pick_columns(enum cli_format format, struct table_column column[static CELL_COUNT], enum cell cell[static CELL_COUNT])
{
	size_t count = 0;

	for (int i = 0; i < CELL_COUNT; i++) {
		if ((format == CLI_CSV ? COLUMNS[i].csv_name : COLUMNS[i].name) == NULL)
			continue;
		column[count] = COLUMNS[i];
		cell[count++] = (enum cell)i;
	}
	return count;
}

static enum err add_row(struct table *table, const struct report_total *row, const enum cell *cell, size_t count, int decimals,
			struct err_info *info)
{
	const char *text[CELL_COUNT];
	struct buf all;
	size_t start[CELL_COUNT];
	enum err err;

	buf_init(&all, CELL_COUNT * CELL_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		start[i] = all.bytes;
		add_cell(&all, row, cell[i], decimals);
		buf_add_char(&all, '\0');
	}
	for (size_t i = 0; i < count; i++)
		text[i] = buf_text(&all) + start[i];
	err = all.is_failed ? err_set(info, ERR_MEMORY, "no memory for a row") : table_add(table, text, info);
	buf_deinit(&all);
	return err;
}

static enum err print_table(const struct report_totals *totals, enum cli_format format, struct err_info *info)
{
	struct table_column column[CELL_COUNT];
	enum cell cell[CELL_COUNT];
	size_t count = pick_columns(format, column, cell);
	int decimals = format == CLI_CSV ? EXACT_DECIMALS : KWH_DECIMALS;
	struct table *table = table_new(column, count);
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < totals->count; i++) {
		/* For people the total of one site says nothing new. */
		if (i == 0 && totals->reg.site_count == 1 && totals->count > 1 && format == CLI_TABLE)
			continue;
		err = add_row(table, &totals->row[i], cell, count, decimals, info);
	}
	if (err == ERR_NONE)
		err = table_print(table, stdout, format, info);
	table_free(table);
	return err;
}

static void add_seal(struct buf *out, const struct report_site *site)
{
	const struct report_sealed *sealed = &site->sealed;

	if (sealed->statement_id == 0)
		return;
	buf_add_text(out, "  sealed ");
	figure_add_utc(out, sealed->sealed_utc_ms);
	buf_add_format(out, ", revision %d (%s)\n", (int)sealed->revision, sealed->reason_code);
	if (sealed->late_count == 0)
		return;
	buf_add_format(out, "  %zu rows came later and are not in it: ", sealed->late_count);
	figure_add_kwh(out, sealed->late_millij, KWH_DECIMALS);
	buf_add_text(out, " kWh; `wattledger restate --reason LATE_DATA` takes them in\n");
}

static void print_head(const struct report_totals *totals)
{
	struct buf text;

	buf_init(&text, ANSWER_BYTES_MAX);
	for (size_t i = 0; i < totals->reg.site_count; i++) {
		const struct report_site *site = &totals->reg.site[i];

		buf_add_format(&text, "%s: %s in %s, ", site->id, site->period.label, site->time_zone);
		figure_add_utc(&text, site->span.start_s * UNITS_MS_PER_S);
		buf_add_text(&text, " to ");
		figure_add_utc(&text, site->span.end_s * UNITS_MS_PER_S);
		buf_add_text(&text, site->span.end_s * UNITS_MS_PER_S > totals->now_utc_ms ? " (not over yet)\n" : "\n");
		add_seal(&text, site);
	}
	fputs(buf_text(&text), stdout);
	buf_deinit(&text);
}

/* Which factors were used, each once. */
static void print_factors(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->factors.count; i++) {
		const struct plan_factor *factor = &totals->factors.row[i];
		struct buf text;

		if (!totals->factors.is_used[i])
			continue;
		buf_init(&text, CELL_BYTES_MAX * 2);
		figure_add_g_per_kwh(&text, factor->microg_per_kwh);
		buf_add_format(&text, " g/kWh: zone %s, %d, %s, %s (%s), table ", factor->zone, (int)factor->year, factor->basis,
			       factor->publisher, factor->edition);
		for (int b = 0; b < 4; b++)
			buf_add_format(&text, "%02x", factor->table_sha256[b]);
		puts(buf_text(&text));
		buf_deinit(&text);
	}
}

static void print_unknown(const struct report_totals *totals)
{
	if (totals->reg.site_count == 0)
		puts("The ledger has no meters yet.");
	else if (totals->row[0].meter_count == 0)
		puts("No meter counts in a total.");
	else if (totals->row[0].unknown_count > 0)
		printf("Unknown, and not in the sums: %zu of %zu meters that count.\n", totals->row[0].unknown_count,
		       totals->row[0].meter_count);
}

static enum err print_people(const struct report_totals *totals, const struct report_extras *extras, struct err_info *info)
{
	enum err err;

	print_head(totals);
	err = print_table(totals, CLI_TABLE, info);
	if (err != ERR_NONE)
		return err;
	print_factors(totals);
	report_hourly_print(totals);
	report_supply_print(totals);
	print_unknown(totals);
	return report_extras_print(extras, info);
}

/* ---- JSON ---- */

static void add_json_figure(struct json *json, const char *key, const struct report_total *row, enum cell cell)
{
	struct buf text;

	buf_init(&text, CELL_BYTES_MAX);
	add_cell(&text, row, cell, EXACT_DECIMALS);
	if (strcmp(buf_text(&text), FIGURE_NONE) == 0)
		json_add_null(json, key);
	else
		json_add_raw(json, key, buf_text(&text));
	buf_deinit(&text);
}

static void add_json_class(struct json *json, const struct report_total *row)
{
	json_open_object(json, "energy_millij_by_class");
	for (int i = 0; i < COVERAGE_COUNT; i++)
		json_add_i64(json, coverage_name((enum coverage)i), row->millij[i]);
	json_close_object(json);
	json_open_object(json, "covered_ms_by_class");
	for (int i = 0; i < COVERAGE_COUNT; i++)
		json_add_i64(json, coverage_name((enum coverage)i), row->covered_ms[i]);
	json_close_object(json);
}

static void add_json_factor(struct json *json, const struct report_total *row)
{
	char basis[64];
	struct buf digest;

	if (row->factor == NULL) {
		json_add_null(json, "factor");
		return;
	}
	factor_choice_print(basis, sizeof(basis), &row->choice);
	buf_init(&digest, 65);
	figure_add_sha256(&digest, row->factor->table_sha256);
	json_open_object(json, "factor");
	json_add_text(json, "zone", row->factor->zone);
	json_add_i64(json, "year", row->factor->year);
	json_add_i64(json, "lag_years", row->choice.lag_years);
	json_add_text(json, "basis", basis);
	add_json_figure(json, "g_per_kwh", row, CELL_FACTOR);
	json_add_i64(json, "microg_per_kwh", row->factor->microg_per_kwh);
	json_add_text(json, "publisher", row->factor->publisher);
	json_add_text(json, "edition", row->factor->edition);
	json_add_text(json, "table_sha256", buf_text(&digest));
	json_close_object(json);
	buf_deinit(&digest);
}

static void add_json_utc(struct json *json, const char *key, int64_t utc_s)
{
	struct buf text;

	buf_init(&text, 64);
	figure_add_utc(&text, utc_s * UNITS_MS_PER_S);
	json_add_text(json, key, buf_text(&text));
	buf_deinit(&text);
}

static void add_json_seal(struct json *json, const struct report_site *site)
{
	const struct report_sealed *sealed = &site->sealed;

	if (sealed->statement_id == 0) {
		json_add_null(json, "sealed");
		return;
	}
	json_open_object(json, "sealed");
	json_add_i64(json, "revision", sealed->revision);
	json_add_text(json, "reason", sealed->reason_code);
	add_json_utc(json, "sealed_utc", sealed->sealed_utc_ms / UNITS_MS_PER_S);
	json_add_i64(json, "late_rows", (int64_t)sealed->late_count);
	json_add_i64(json, "late_millij", sealed->late_millij);
	json_close_object(json);
}

static void add_json_row(struct json *json, const struct report_total *row)
{
	json_open_object(json, NULL);
	json_add_text(json, "level", report_level_name(row->level));
	json_add_text(json, "site", row->level >= REPORT_SITE ? row->site->id : NULL);
	json_add_text(json, "device", row->level >= REPORT_DEVICE ? row->meter->device : NULL);
	json_add_text(json, "meter", row->level == REPORT_METER ? row->meter->key : NULL);
	add_json_utc(json, "start_utc", row->start_s);
	add_json_utc(json, "end_utc", row->end_s);
	add_json_figure(json, "energy_kwh", row, CELL_ENERGY);
	if (row->has_energy)
		json_add_i64(json, "energy_millij", row->energy_millij);
	else
		json_add_null(json, "energy_millij");
	add_json_class(json, row);
	add_json_figure(json, "coverage_pct", row, CELL_COVERAGE);
	json_add_i64(json, "expected_ms", row->expected_ms);
	add_json_figure(json, "location_kg", row, CELL_CARBON);
	if (row->has_location)
		json_add_i64(json, "location_mg", row->location_mg);
	else
		json_add_null(json, "location_mg");
	add_json_factor(json, row);
	report_hourly_add_json(json, row);
	report_supply_add_json(json, row);
	json_add_i64(json, "meters", (int64_t)row->meter_count);
	json_add_i64(json, "unknown", (int64_t)row->unknown_count);
	if (row->level == REPORT_METER) {
		json_add_bool(json, "in_total", row->meter->is_in_total);
		json_add_bool(json, "component", row->meter->is_component);
		json_add_text(json, "caliber", caliber_name(row->meter->caliber));
	}
	json_close_object(json);
}

static enum err print_json(const struct report_totals *totals, const struct report_extras *extras, const char *period,
			   struct err_info *info)
{
	struct json json;
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.report/1");
	json_add_text(&json, "period", period);
	json_open_array(&json, "sites");
	for (size_t i = 0; i < totals->reg.site_count; i++) {
		const struct report_site *site = &totals->reg.site[i];

		json_open_object(&json, NULL);
		json_add_text(&json, "site", site->id);
		json_add_text(&json, "name", site->name);
		json_add_text(&json, "zone", site->grid_zone[0] == '\0' ? NULL : site->grid_zone);
		json_add_text(&json, "time_zone", site->time_zone);
		json_add_text(&json, "period", site->period.label);
		add_json_utc(&json, "start_utc", site->span.start_s);
		add_json_utc(&json, "end_utc", site->span.end_s);
		add_json_seal(&json, site);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_open_array(&json, "rows");
	for (size_t i = 0; i < totals->count; i++)
		add_json_row(&json, &totals->row[i]);
	json_close_array(&json);
	err = report_extras_add_json(&json, extras, info);
	json_close_object(&json);
	buf_add_char(&out, '\n');
	if (err == ERR_NONE)
		err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

/* ---- The command ---- */

static enum err print(const struct report_totals *totals, const struct report_extras *extras, const char *period, enum cli_format format,
		      struct err_info *info)
{
	if (format == CLI_JSON)
		return print_json(totals, extras, period, info);
	return format == CLI_CSV ? print_table(totals, CLI_CSV, info) : print_people(totals, extras, info);
}

static enum err run(const struct cli_options *options, enum report_level level, struct err_info *info)
{
	struct report_request request = {
	    .period = options->period != NULL ? options->period : "today", .site = options->site, .now_utc_ms = sources_now_utc_ms()};
	struct report_extras extras = {0};
	struct report_totals totals = {0};
	struct ledger *ledger = NULL;
	enum err err = sources_open_ledger(&ledger, options, info);

	if (err == ERR_NONE)
		err = report_totals_make(&totals, ledger, &request, level, info);
	if (err == ERR_NONE)
		err = report_extras_make(&extras, ledger, &totals, &request, info);
	ledger_close(ledger);
	if (err == ERR_NONE)
		err = print(&totals, &extras, request.period, options->format, info);
	report_extras_deinit(&extras);
	report_totals_deinit(&totals);
	return err;
}

int command_report(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum report_level level = REPORT_DEVICE;
	enum err err =
	    cli_options_parse(&options, argc, argv, CLI_PERIOD | CLI_SITE | CLI_LEVEL | CLI_FORMAT | CLI_LEDGER | CLI_STATE, &info);

	if (err == ERR_NONE && options.operand_count > 0)
		err = err_set(&info, ERR_USAGE, "'%s' is not understood; a period is given as --period P", options.operand[0]);
	if (err == ERR_NONE && options.level != NULL && !report_level_find(options.level, &level))
		err = err_set(&info, ERR_USAGE, "--level '%s' is not one of total, site, device, meter", options.level);
	if (err == ERR_NONE)
		err = run(&options, level, &info);
	return err == ERR_NONE ? 0 : cli_fail("report", &info);
}
