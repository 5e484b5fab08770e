/* SPDX-License-Identifier: Apache-2.0 */
/* feeds: which outlet feeds which device, and how much of what it carried each one explains. */
#include "cli/feeds.h"

#include "base/json.h"
#include "base/num.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "ledger/ledger.h"
#include "model/units.h"
#include "report/figure.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 64 << 20, CELL_BYTES_MAX = 1024, KWH_DECIMALS = 6, PERMILLE_SCALE = 1 };

static const struct table_column COLUMNS[] = {{"SITE", "site", false},
					      {"FEED OR DEVICE", "node", false},
					      {NULL, "role", false},
					      {NULL, "fed_by", false},
					      {"ENERGY kWh", "energy_kwh", true},
					      {"COVERED s", "covered_s", true},
					      {"EXPLAINS %", "explained_pct", true},
					      {"FINDING", "finding", false}};

enum { COLUMN_COUNT = sizeof(COLUMNS) / sizeof(COLUMNS[0]) };

/* ---- Table and CSV ---- */

static enum err add_line(struct table *table, const struct report_feeds_line *line, enum cli_format format, struct err_info *info)
{
	char energy[NUM_TEXT_BYTES] = FIGURE_NONE;
	char covered[NUM_TEXT_BYTES] = FIGURE_NONE;
	char explained[NUM_TEXT_BYTES] = FIGURE_NONE;
	const char *indent = strcmp(line->role, "group") == 0 ? "" : strcmp(line->role, "feed") == 0 ? "  + " : "  ";
	char node[sizeof(line->node) + 8];
	const char *all[] = {line->site, node, line->role, line->fed_by, energy, covered, explained, line->finding};
	const char *cell[COLUMN_COUNT];
	size_t count = 0;

	snprintf(node, sizeof(node), "%s%s", format == CLI_CSV ? "" : indent, line->node);
	if (line->end->has_energy) {
		struct buf text;

		buf_init(&text, sizeof(energy) - 1);
		figure_add_kwh(&text, line->end->energy_millij, KWH_DECIMALS);
		snprintf(energy, sizeof(energy), "%s", buf_text(&text));
		buf_deinit(&text);
		num_print_i64(covered, line->end->covered_ms / UNITS_MS_PER_S);
	}
	if (line->permille >= 0)
		num_print_fixed(explained, line->permille, PERMILLE_SCALE, PERMILLE_SCALE);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (format == CLI_CSV || COLUMNS[i].name != NULL)
			cell[count++] = all[i];
	}
	return table_add(table, cell, info);
}

/* ---- Output ---- */

struct printing {
	struct table *table;
	enum cli_format format;
};

static enum err take_line(void *context, const struct report_feeds_line *line, struct err_info *info)
{
	struct printing *printing = context;

	return add_line(printing->table, line, printing->format, info);
}

enum err feeds_print_table(const struct report_feeds *feeds, enum cli_format format, struct err_info *info)
{
	struct table_column column[COLUMN_COUNT];
	struct printing printing = {.format = format};
	size_t count = 0;
	enum err err;

	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		if (format == CLI_CSV || COLUMNS[i].name != NULL)
			column[count++] = COLUMNS[i];
	}
	printing.table = table_new(column, count);
	err = printing.table == NULL ? err_set(info, ERR_MEMORY, "no memory") : report_feeds_walk(feeds, take_line, &printing, info);
	if (err == ERR_NONE)
		err = table_print(printing.table, stdout, format, info);
	table_free(printing.table);
	return err;
}

static enum err take_json(void *context, const struct report_feeds_line *line, struct err_info *info)
{
	struct json *json = context;

	(void)info;
	json_open_object(json, NULL);
	json_add_text(json, "site", line->site);
	json_add_text(json, "node", line->node);
	json_add_text(json, "role", line->role);
	json_add_text(json, "fed_by", line->fed_by);
	if (line->end->has_energy)
		json_add_i64(json, "energy_millij", line->end->energy_millij);
	else
		json_add_null(json, "energy_millij");
	json_add_i64(json, "covered_ms", line->end->covered_ms);
	if (line->permille >= 0)
		json_add_double(json, "explained_pct", (double)line->permille / 10.0, PERMILLE_SCALE);
	else
		json_add_null(json, "explained_pct");
	json_add_text(json, "finding", line->finding);
	json_close_object(json);
	return ERR_NONE;
}

enum err feeds_add_json(struct json *json, const char *key, const struct report_feeds *feeds, struct err_info *info)
{
	enum err err;

	json_open_array(json, key);
	err = report_feeds_walk(feeds, take_json, json, info);
	json_close_array(json);
	return err;
}

static enum err print_json(const struct report_feeds *feeds, const char *period, struct err_info *info)
{
	struct json json;
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	json_init(&json, &out);
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.feeds/1");
	json_add_text(&json, "period", period);
	err = feeds_add_json(&json, "rows", feeds, info);
	json_close_object(&json);
	buf_add_char(&out, '\n');
	if (err == ERR_NONE)
		err = sources_write(&out, info);
	buf_deinit(&out);
	return err;
}

static enum err print(const struct report_feeds *feeds, const struct cli_options *options, const char *period, struct err_info *info)
{
	if (options->format == CLI_JSON)
		return print_json(feeds, period, info);
	if (feeds->group_count == 0 && options->format == CLI_TABLE) {
		puts("No device says what feeds it: `fed_by: pdu-a/outlet/7` in its configuration does.");
		return ERR_NONE;
	}
	return feeds_print_table(feeds, options->format, info);
}

static enum err run(const struct cli_options *options, struct err_info *info)
{
	struct report_request request = {
	    .period = options->period != NULL ? options->period : "today", .site = options->site, .now_utc_ms = sources_now_utc_ms()};
	struct report_totals totals;
	struct report_feeds feeds = {0};
	struct ledger *ledger = NULL;
	enum err err = sources_open_ledger(&ledger, options, info);

	if (err == ERR_NONE)
		err = report_totals_make(&totals, ledger, &request, REPORT_METER, info);
	ledger_close(ledger);
	if (err != ERR_NONE)
		return err;
	err = report_feeds_make(&feeds, &totals, info);
	if (err == ERR_NONE)
		err = print(&feeds, options, request.period, info);
	report_feeds_deinit(&feeds);
	report_totals_deinit(&totals);
	return err;
}

int command_feeds(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_PERIOD | CLI_SITE | CLI_FORMAT | CLI_LEDGER | CLI_STATE, &info);

	if (err == ERR_NONE)
		err = run(&options, &info);
	return err == ERR_NONE ? 0 : cli_fail("feeds", &info);
}
