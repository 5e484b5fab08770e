/* SPDX-License-Identifier: Apache-2.0 */
/* enter: what no meter says. */
#include "base/num.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/orders.h"
#include "report/entries.h"
#include "wire/order.h"

#include <string.h>

static enum err make_order(struct buf *order, const struct cli_options *options, struct err_info *info)
{
	const char *kind = options->operand_count > 0 ? options->operand[0] : "";
	bool is_void = strcmp(kind, "void") == 0;
	char author[CLI_AUTHOR_BYTES];
	int64_t entry_id;

	if (options->operand_count != (is_void ? 2 : 1))
		return err_set(info, ERR_USAGE, "fuel, reading, invoice, instrument, asset, utility, correction, or void ID is expected");
	if (is_void && !num_parse_i64(options->operand[1], &entry_id))
		return err_set(info, ERR_USAGE, "'%s' is no number of an entry: entries.csv of an export and `enter` itself tell them",
			       options->operand[1]);
	if (!is_void && options->csv_path == NULL)
		return err_set(info, ERR_USAGE, "--csv FILE is needed; /dev/stdin reads what is piped in");
	if (options->reason == NULL)
		return err_set(info, ERR_USAGE, "--reason R has to say why it is entered by hand");
	order_add(order, is_void ? "void" : "enter");
	order_add(order, is_void ? options->operand[1] : kind);
	order_add(order, cli_author(author, options));
	order_add(order, options->reason);
	return is_void ? ERR_NONE : cli_order_add_file(order, options->csv_path, ENTRIES_CELL_NAMES, ENTRIES_CELL_COUNT, info);
}

int command_enter(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	struct buf order;
	enum err err = cli_options_parse(&options, argc, argv, CLI_CSV_FILE | CLI_STATE | CLI_AUTHOR | CLI_REASON | CLI_OPERANDS, &info);

	buf_init(&order, ORDER_BYTES_MAX);
	if (err == ERR_NONE)
		err = make_order(&order, &options, &info);
	if (err == ERR_NONE)
		err = cli_order(&options, &order, &info);
	buf_deinit(&order);
	return err == ERR_NONE ? 0 : cli_fail("enter", &info);
}
