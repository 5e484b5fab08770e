/* SPDX-License-Identifier: Apache-2.0 */
/* events: what happened, as the ledger kept it. */
#include "base/json.h"
#include "base/num.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/table.h"
#include "ledger/ledger.h"
#include "ledger/rows.h"
#include "report/figure.h"
#include "report/register.h"
#include "run/event_place.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_BYTES_MAX = 256 << 20, CELL_BYTES_MAX = 2048 };

struct events {
	const struct report_register *reg;
	enum cli_format format;
	struct table *table;
	struct json *json;
	bool is_agent_only; /* those of a site are shown with it */
};

static enum err add_table_event(struct table *table, const struct ledger_event_row *event, const struct report_place *place,
				struct err_info *info)
{
	struct buf time;
	char millij[NUM_TEXT_BYTES];
	const char *cell[] = {NULL,          event_place_level_name(event->level),
			      event->code,   place->site,
			      place->device, place->meter,
			      event->before, event->after,
			      millij,        event->text};
	enum err err;

	buf_init(&time, CELL_BYTES_MAX);
	event_place_add_time(&time, event);
	num_print_i64(millij, event->millij);
	cell[0] = buf_text(&time);
	err = table_add(table, cell, info);
	buf_deinit(&time);
	return err;
}

static enum err take_event(void *context, const struct ledger_event_row *event, struct err_info *info)
{
	struct events *events = context;
	struct report_place place = report_register_place(events->reg, event);

	if (events->is_agent_only && event->site_id != 0)
		return ERR_NONE;
	if (events->format != CLI_JSON)
		return add_table_event(events->table, event, &place, info);
	event_place_add_json(events->json, event, &place);
	return ERR_NONE;
}

/* Those of no site (the clock, the machine), within the spans of all sites. */
static enum err walk_agent(struct ledger *ledger, struct events *events, struct err_info *info)
{
	struct ledger_filter filter = {.start_s = INT64_MAX, .end_s = INT64_MIN};
	enum err err;

	for (size_t i = 0; i < events->reg->site_count; i++) {
		const struct report_site *one = &events->reg->site[i];

		filter.start_s = one->span.start_s < filter.start_s ? one->span.start_s : filter.start_s;
		filter.end_s = one->span.end_s > filter.end_s ? one->span.end_s : filter.end_s;
	}
	if (filter.start_s >= filter.end_s)
		return ERR_NONE;
	events->is_agent_only = true;
	err = ledger_query_events(ledger, &filter, take_event, events, info);
	events->is_agent_only = false;
	return err;
}

/* Without a period everything is shown, what has no time first. With one, each site has its own span. */
static enum err walk(struct ledger *ledger, struct events *events, bool has_period, const char *site, struct err_info *info)
{
	struct ledger_filter filter = {0};
	enum err err = ERR_NONE;

	if (!has_period && site == NULL)
		return ledger_query_events(ledger, &filter, take_event, events, info);
	if (site == NULL)
		err = walk_agent(ledger, events, info);
	for (size_t i = 0; err == ERR_NONE && i < events->reg->site_count; i++) {
		const struct report_site *one = &events->reg->site[i];

		filter = (struct ledger_filter){.site_id = one->site_id};
		if (has_period) {
			filter.start_s = one->span.start_s;
			filter.end_s = one->span.end_s;
		}
		err = ledger_query_events(ledger, &filter, take_event, events, info);
	}
	return err;
}

static enum err print_events(struct ledger *ledger, struct events *events, const struct cli_options *options, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"TIME", "utc", false},        {"LEVEL", "level", false}, {"CODE", "code", false},     {"SITE", "site", false},
	    {"DEVICE", "device", false},   {"METER", "meter", false}, {"BEFORE", "before", false}, {"AFTER", "after", false},
	    {"mJ", "energy_millij", true}, {"TEXT", "text", false}};
	struct json json;
	struct buf out;
	enum err err;

	buf_init(&out, ANSWER_BYTES_MAX);
	json_init(&json, &out);
	events->json = &json; /* cppcheck-suppress autoVariables; nobody looks at it after this function */
	events->table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	json_open_object(&json, NULL);
	json_add_text(&json, "schema", "wattledger.events/1");
	json_open_array(&json, "events");
	err = events->table == NULL ? err_set(info, ERR_MEMORY, "no memory")
				    : walk(ledger, events, options->period != NULL, options->site, info);
	json_close_array(&json);
	json_close_object(&json);
	buf_add_char(&out, '\n');
	if (err == ERR_NONE)
		err = options->format == CLI_JSON ? sources_write(&out, info) : table_print(events->table, stdout, options->format, info);
	table_free(events->table);
	buf_deinit(&out);
	return err;
}

static enum err run(const struct cli_options *options, struct err_info *info)
{
	struct report_request request = {
	    .period = options->period != NULL ? options->period : "today", .site = options->site, .now_utc_ms = sources_now_utc_ms()};
	struct report_register reg;
	struct events events = {.reg = &reg, .format = options->format};
	struct ledger *ledger = NULL;
	enum err err = sources_open_ledger(&ledger, options, info);

	if (err == ERR_NONE)
		err = report_register_load(&reg, ledger, &request, info);
	if (err == ERR_NONE) {
		err = print_events(ledger, &events, options, info);
		report_register_deinit(&reg);
	}
	ledger_close(ledger);
	return err;
}

int command_events(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_PERIOD | CLI_SITE | CLI_FORMAT | CLI_LEDGER | CLI_STATE, &info);

	if (err == ERR_NONE)
		err = run(&options, &info);
	return err == ERR_NONE ? 0 : cli_fail("events", &info);
}
