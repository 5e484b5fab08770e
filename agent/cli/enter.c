/* SPDX-License-Identifier: Apache-2.0 */
/* enter: what no meter says. */
#include "base/csv.h"
#include "base/file.h"
#include "base/num.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/orders.h"
#include "report/entries.h"
#include "wire/order.h"

#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20 };

static bool is_header(const struct csv_row *row)
{
	for (size_t i = 0; i < ENTRIES_CELL_COUNT; i++) {
		if (row->count != ENTRIES_CELL_COUNT || strcmp(row->cell[i], ENTRIES_CELL_NAMES[i]) != 0)
			return false;
	}
	return true;
}

static enum err add_rows(struct buf *order, struct csv_reader *reader, const char *path, struct err_info *info)
{
	struct csv_row row;
	bool is_end;
	enum err err = csv_next(reader, &row, &is_end, info);

	if (err == ERR_NONE && (is_end || !is_header(&row)))
		return err_set(info, ERR_DATA, "%s: the first line has to be: node,from_utc,to_utc,what,value,unit,note", path);
	while (err == ERR_NONE) {
		err = csv_next(reader, &row, &is_end, info);
		if (err != ERR_NONE || is_end)
			break;
		if (row.count != ENTRIES_CELL_COUNT)
			return err_set(info, ERR_DATA, "%s:%zu: %zu cells, %d are expected", path, row.line, row.count, ENTRIES_CELL_COUNT);
		for (size_t i = 0; i < row.count; i++)
			order_add(order, row.cell[i]);
	}
	return err;
}

static enum err add_file(struct buf *order, const char *path, struct err_info *info)
{
	struct csv_reader *reader;
	struct buf data;
	enum err err;

	buf_init(&data, FILE_BYTES_MAX);
	err = file_read(path, &data, info);
	if (err == ERR_NONE) {
		reader = csv_new(path, buf_text(&data), data.bytes);
		err = reader == NULL ? err_set(info, ERR_MEMORY, "no memory for %s", path) : add_rows(order, reader, path, info);
		csv_free(reader);
	}
	buf_deinit(&data);
	return err;
}

static enum err make_order(struct buf *order, const struct cli_options *options, struct err_info *info)
{
	const char *kind = options->operand_count > 0 ? options->operand[0] : "";
	bool is_void = strcmp(kind, "void") == 0;
	char author[CLI_AUTHOR_BYTES];
	int64_t entry_id;

	if (options->operand_count != (is_void ? 2 : 1))
		return err_set(info, ERR_USAGE, "fuel, reading, invoice, instrument, asset, or void ID is expected");
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
	return is_void ? ERR_NONE : add_file(order, options->csv_path, info);
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
