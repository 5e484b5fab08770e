/* SPDX-License-Identifier: Apache-2.0 */
/* seal, restate: a period is closed, and a closed one superseded. */
#include "cli/command.h"
#include "cli/factors.h"
#include "cli/options.h"
#include "cli/orders.h"
#include "cli/sources.h"
#include "ledger/ledger.h"
#include "ledger/rows.h"
#include "run/orders.h"
#include "settings/grid.h"
#include "wire/order.h"

#include <stdio.h>
#include <string.h>

static enum err check_period(const struct cli_options *options, struct err_info *info)
{
	return options->period != NULL ? ERR_NONE
				       : err_set(info, ERR_USAGE, "--period P is needed: last-month, 2026-10 or 2026-Q3 are some");
}

static void begin_order(struct buf *order, const char *verb, const struct cli_options *options)
{
	char author[CLI_AUTHOR_BYTES];

	order_add(order, verb);
	order_add(order, options->period);
	order_add(order, options->site);
	order_add(order, cli_author(author, options));
}

int command_seal(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	struct buf order;
	enum err err = cli_options_parse(&options, argc, argv, CLI_PERIOD | CLI_SITE | CLI_STATE | CLI_AUTHOR | CLI_ACCEPT, &info);

	if (err == ERR_NONE)
		err = check_period(&options, &info);
	buf_init(&order, ORDER_BYTES_MAX);
	if (err == ERR_NONE) {
		begin_order(&order, "seal", &options);
		order_add(&order, options.accept);
		err = cli_order(&options, &order, &info);
	}
	buf_deinit(&order);
	return err == ERR_NONE ? 0 : cli_fail("seal", &info);
}

/* ---- restate ---- */

struct zones {
	const struct grid *grid;
	const char *edition;
	struct buf *order;
	const char *last; /* the zone of the row before, in the grid's memory */
	size_t row_count;
};

/* The rows of the edition for a zone of the ledger. */
static void add_zone(struct zones *zones, const char *zone)
{
	size_t count;
	size_t first = grid_find(zones->grid, zone, &count);

	for (size_t i = first; i < first + count; i++) {
		const struct plan_factor *factor = &zones->grid->row[i].factor;

		if (strcmp(factor->edition, zones->edition) != 0)
			continue;
		orders_add_factor(zones->order, factor);
		zones->row_count++;
	}
	zones->last = count > 0 ? zones->grid->row[first].factor.zone : zones->last;
}

static enum err take_row(void *context, const struct ledger_register_row *row, struct err_info *info)
{
	struct zones *zones = context;

	(void)info;
	if (zones->last == NULL || strcmp(zones->last, row->grid_zone) != 0)
		add_zone(zones, row->grid_zone);
	return ERR_NONE;
}

/* "2025" is short for the edition "Yearly Electricity Data 2025". What no table has may be in the ledger. */
static const char *resolve_edition(const struct grid *grid, const char *edition)
{
	size_t length = strlen(edition);

	for (size_t i = 0; i < grid->count; i++) {
		if (strcmp(grid->row[i].factor.edition, edition) == 0)
			return edition;
	}
	for (size_t i = 0; i < grid->count; i++) {
		const char *known = grid->row[i].factor.edition;
		size_t bytes = strlen(known);

		if (bytes > length && known[bytes - length - 1] == ' ' && strcmp(known + bytes - length, edition) == 0)
			return known;
	}
	return edition;
}

/* What the tables have of the edition goes along, so that the ledger keeps it. */
static enum err add_edition(struct buf *order, const struct cli_options *options, struct err_info *info)
{
	struct ledger_filter all_time = {.start_s = 1, .end_s = INT64_MAX / 1000};
	struct problems problems = {0};
	struct grid grid = {0};
	struct zones zones = {.grid = &grid, .order = order};
	struct ledger *ledger = NULL;
	enum err err = factors_load(&grid, options, &problems, info);

	sources_print_problems(&problems);
	zones.edition = resolve_edition(&grid, options->edition);
	order_add(order, zones.edition);
	if (err == ERR_NONE)
		err = sources_open_ledger(&ledger, options, info);
	if (err == ERR_NONE)
		err = ledger_query_register(ledger, &all_time, take_row, &zones, info);
	ledger_close(ledger);
	grid_deinit(&grid);
	problems_deinit(&problems);
	return err;
}

int command_restate(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	struct buf order;
	enum err err = cli_options_parse(
	    &options, argc, argv,
	    CLI_PERIOD | CLI_SITE | CLI_STATE | CLI_AUTHOR | CLI_REASON | CLI_NOTE | CLI_EDITION | CLI_CORRECT | CLI_GRID, &info);

	if (err == ERR_NONE)
		err = check_period(&options, &info);
	if (err == ERR_NONE && options.edition != NULL && options.correct_path != NULL)
		err = err_set(&info, ERR_USAGE, "--factors and --correct are two changes: restate twice, one after the other");
	if (err == ERR_NONE && options.reason == NULL)
		err = err_set(&info, ERR_USAGE, "--reason CODE is needed: FACTOR_EDITION, METHOD, BOUNDARY, ERROR or LATE_DATA");
	buf_init(&order, ORDER_BYTES_MAX);
	if (err == ERR_NONE) {
		begin_order(&order, options.correct_path != NULL ? "correct" : "restate", &options);
		order_add(&order, options.reason);
		order_add(&order, options.note);
		if (options.correct_path != NULL)
			err = cli_order_add_file(&order, options.correct_path, ORDERS_CORRECT_COLUMNS, ORDERS_CORRECT_COUNT, &info);
		else if (options.edition != NULL)
			err = add_edition(&order, &options, &info);
		else
			order_add(&order, "");
	}
	if (err == ERR_NONE)
		err = cli_order(&options, &order, &info);
	buf_deinit(&order);
	return err == ERR_NONE ? 0 : cli_fail("restate", &info);
}
