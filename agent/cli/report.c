/* SPDX-License-Identifier: Apache-2.0 */
/* report: the totals of a period. */
#include "base/json.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/report_extras.h"
#include "cli/report_hourly.h"
#include "cli/report_indicators.h"
#include "cli/report_market.h"
#include "cli/report_supply.h"
#include "cli/report_table.h"
#include "cli/report_uncertainty.h"
#include "cli/report_upstream.h"
#include "cli/sources.h"
#include "ledger/ledger.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/figure.h"
#include "report/stale.h"
#include "report/totals.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 256 << 20, CELL_BYTES_MAX = 512 };

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
	figure_add_kwh(out, sealed->late_millij, REPORT_KWH_DECIMALS);
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
		buf_add_format(&text, " %s: zone %s, %d, %s, %s (%s), table ", factor_is_losses(factor->basis) ? "%" : "g/kWh",
			       factor->zone, (int)factor->year, factor->basis, factor->publisher, factor->edition);
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

/* What time covered cannot say: a device that has no meter yet, or whose meters told nothing. */
static void print_assets(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];

		if (row->level == REPORT_SITE && row->metered_count < row->asset_count)
			printf("Of %zu devices of %s %zu have energy.\n", row->asset_count, row->site->id, row->metered_count);
	}
}

static const char *what_of(const struct report_totals *totals, int64_t entry_id)
{
	for (size_t i = 0; i < totals->entered.count; i++) {
		if (totals->entered.row[i].entry_id == entry_id)
			return totals->entered.row[i].what;
	}
	return "?";
}

/* "Corrected: oslo/pdu-a/total, ct_ratio 1.500000 from ... to ... (entry 1)", and what all would be without. */
static void print_corrections(const struct report_totals *totals)
{
	const struct report_uncorrected *uncorrected = &totals->row[0].uncorrected;
	struct buf text;

	buf_init(&text, ANSWER_BYTES_MAX);
	for (size_t i = 0; i < totals->reg.correction_count; i++) {
		const struct report_correction *correction = &totals->reg.correction[i];

		buf_add_format(&text, "Corrected: %s, %s ", correction->node, what_of(totals, correction->entry_id));
		report_correction_add_value(&text, correction->what, correction->value_micro);
		buf_add_text(&text, " from ");
		figure_add_utc(&text, correction->from_ms);
		buf_add_text(&text, " to ");
		figure_add_utc(&text, correction->to_ms);
		buf_add_format(&text, " (entry %lld)\n", (long long)correction->entry_id);
	}
	if (uncorrected->is_corrected) {
		buf_add_text(&text, "Without corrections: ");
		figure_add_kwh(&text, uncorrected->energy_millij, REPORT_KWH_DECIMALS);
		buf_add_text(&text, " kWh");
		if (report_uncorrected_has_location(uncorrected)) {
			buf_add_text(&text, ", ");
			figure_add_kg(&text, uncorrected->location_mg, REPORT_KWH_DECIMALS);
			buf_add_text(&text, " kg CO2e");
		}
		buf_add_char(&text, '\n');
	}
	fputs(buf_text(&text), stdout);
	buf_deinit(&text);
}

static enum err print_people(const struct report_totals *totals, const struct report_uncertainty *uncertainty,
			     const struct report_extras *extras, struct err_info *info)
{
	enum err err;

	print_head(totals);
	err = report_table_print(totals, CLI_TABLE, info);
	if (err != ERR_NONE)
		return err;
	print_factors(totals);
	report_uncertainty_print(uncertainty);
	report_hourly_print(totals);
	report_market_print(totals);
	report_upstream_print(totals);
	report_supply_print_fuel(totals);
	report_indicators_print(totals);
	print_corrections(totals);
	print_unknown(totals);
	print_assets(totals);
	return report_extras_print(extras, info);
}

/* ---- JSON ---- */

static void add_json_figure(struct json *json, const char *key, const struct report_total *row, enum report_cell cell)
{
	struct buf text;

	buf_init(&text, CELL_BYTES_MAX);
	report_table_add_cell(&text, row, cell, REPORT_EXACT_DECIMALS);
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
	add_json_figure(json, "g_per_kwh", row, REPORT_CELL_FACTOR);
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

static void add_json_row(struct json *json, const struct report_total *row, const struct report_uncertainty *uncertainty)
{
	json_open_object(json, NULL);
	json_add_text(json, "level", report_level_name(row->level));
	json_add_text(json, "site", row->level >= REPORT_SITE ? row->site->id : NULL);
	json_add_text(json, "device", row->level >= REPORT_DEVICE ? row->meter->device : NULL);
	json_add_text(json, "meter", row->level == REPORT_METER ? row->meter->key : NULL);
	add_json_utc(json, "start_utc", row->start_s);
	add_json_utc(json, "end_utc", row->end_s);
	add_json_figure(json, "energy_kwh", row, REPORT_CELL_ENERGY);
	if (row->has_energy)
		json_add_i64(json, "energy_millij", row->energy_millij);
	else
		json_add_null(json, "energy_millij");
	add_json_class(json, row);
	add_json_figure(json, "coverage_pct", row, REPORT_CELL_COVERAGE);
	json_add_i64(json, "expected_ms", row->expected_ms);
	add_json_figure(json, "location_kg", row, REPORT_CELL_CARBON);
	if (row->has_location)
		json_add_i64(json, "location_mg", row->location_mg);
	else
		json_add_null(json, "location_mg");
	if (row->uncorrected.is_corrected && row->uncorrected.has_energy)
		json_add_i64(json, "uncorrected_millij", row->uncorrected.energy_millij);
	else
		json_add_null(json, "uncorrected_millij");
	add_json_factor(json, row);
	report_uncertainty_add_json(json, uncertainty);
	report_hourly_add_json(json, row);
	report_market_add_json(json, row);
	report_upstream_add_json(json, row);
	report_supply_add_fuel_json(json, row);
	if (row->level <= REPORT_SITE) {
		json_add_i64(json, "devices", (int64_t)row->asset_count);
		json_add_i64(json, "devices_metered", (int64_t)row->metered_count);
	}
	json_add_i64(json, "meters", (int64_t)row->meter_count);
	json_add_i64(json, "unknown", (int64_t)row->unknown_count);
	if (row->level == REPORT_METER) {
		json_add_bool(json, "in_total", row->meter->is_in_total);
		json_add_bool(json, "component", row->meter->is_component);
		json_add_text(json, "caliber", caliber_name(row->meter->caliber));
	}
	json_close_object(json);
}

static enum err print_json(const struct report_totals *totals, const struct report_uncertainty *uncertainty,
			   const struct report_extras *extras, const char *period, struct err_info *info)
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
		report_indicators_add_json(&json, site);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_open_array(&json, "rows");
	for (size_t i = 0; i < totals->count; i++)
		add_json_row(&json, &totals->row[i], &uncertainty[i]);
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

/* What is printed. */
struct report {
	struct report_totals totals;
	struct report_uncertainty *uncertainty; /* one a row of totals */
	struct report_extras extras;
};

static enum err print(const struct report *report, const char *period, enum cli_format format, struct err_info *info)
{
	if (format == CLI_JSON)
		return print_json(&report->totals, report->uncertainty, &report->extras, period, info);
	return format == CLI_CSV ? report_table_print(&report->totals, CLI_CSV, info)
				 : print_people(&report->totals, report->uncertainty, &report->extras, info);
}

static enum err run(const struct cli_options *options, enum report_level level, struct err_info *info)
{
	struct report_request request = {
	    .period = options->period != NULL ? options->period : "today", .site = options->site, .now_utc_ms = sources_now_utc_ms()};
	struct report report = {.uncertainty = NULL};
	struct ledger *ledger = NULL;
	struct buf stale;
	enum err err = sources_open_ledger(&ledger, options, info);

	if (err == ERR_NONE)
		err = report_uncertainty_totals(&report.totals, &report.uncertainty, ledger, &request, info);
	if (err == ERR_NONE) {
		report_uncertainty_cut(&report.totals, report.uncertainty, level);
		err = report_extras_make(&report.extras, ledger, &report.totals, &request, info);
	}
	buf_init(&stale, ANSWER_BYTES_MAX);
	if (err == ERR_NONE)
		report_stale_add_twice(ledger, &stale);
	ledger_close(ledger);
	if (err == ERR_NONE)
		err = print(&report, request.period, options->format, info);
	fputs(buf_text(&stale), stderr);
	buf_deinit(&stale);
	report_extras_deinit(&report.extras);
	mem_free(report.uncertainty);
	report_totals_deinit(&report.totals);
	return err;
}

int command_report(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum report_level level = REPORT_DEVICE;
	enum err err =
	    cli_options_parse(&options, argc, argv, CLI_PERIOD | CLI_SITE | CLI_LEVEL | CLI_FORMAT | CLI_LEDGER | CLI_STATE, &info);

	if (err == ERR_NONE && options.level != NULL && (!report_level_find(options.level, &level) || level > REPORT_METER))
		err = err_set(&info, ERR_USAGE, "--level '%s' is not one of total, site, device, meter", options.level);
	if (err == ERR_NONE)
		err = run(&options, level, &info);
	return err == ERR_NONE ? 0 : cli_fail("report", &info);
}
