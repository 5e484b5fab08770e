/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/orders.h"

#include "base/clock.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/sources.h"
#include "ledger/ledger.h"
#include "run/ask.h"
#include "run/orders.h"
#include "wire/order.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 20, HEADER_BYTES_MAX = 1024 };

const char *cli_author(char out[static CLI_AUTHOR_BYTES], const struct cli_options *options)
{
	const struct passwd *user;

	if (options->author != NULL)
		return options->author;
	user = getpwuid(getuid());
	snprintf(out, CLI_AUTHOR_BYTES, "%s", user == NULL ? "" : user->pw_name);
	return out;
}

static enum err check_header(const struct csv_row *row, const char *path, const char *const *column, size_t count, struct err_info *info)
{
	bool is_header = row->count == count;
	struct buf names;
	enum err err = ERR_NONE;

	for (size_t i = 0; is_header && i < count; i++)
		is_header = strcmp(row->cell[i], column[i]) == 0;
	if (is_header)
		return ERR_NONE;
	buf_init(&names, HEADER_BYTES_MAX);
	for (size_t i = 0; i < count; i++)
		buf_add_format(&names, "%s%s", i > 0 ? "," : "", column[i]);
	err = err_set(info, ERR_DATA, "%s: the first line has to be: %s", path, buf_text(&names));
	buf_deinit(&names);
	return err;
}

static enum err add_rows(struct buf *order, struct csv_reader *reader, const char *path, size_t count, struct err_info *info)
{
	struct csv_row row;
	bool is_end = false;
	enum err err;

	for (;;) {
		err = csv_next(reader, &row, &is_end, info);
		if (err != ERR_NONE || is_end)
			return err;
		if (row.count != count)
			return err_set(info, ERR_DATA, "%s:%zu: %zu cells, %zu are expected", path, row.line, row.count, count);
		for (size_t i = 0; i < row.count; i++)
			order_add(order, row.cell[i]);
	}
}

enum err cli_order_add_file(struct buf *order, const char *path, const char *const *column, size_t count, struct err_info *info)
{
	struct csv_reader *reader = NULL;
	struct csv_row row = {.count = 0};
	struct buf data;
	bool is_end;
	enum err err;

	buf_init(&data, FILE_BYTES_MAX);
	err = file_read(path, &data, info);
	if (err == ERR_NONE) {
		reader = csv_new(path, buf_text(&data), data.bytes);
		err = reader == NULL ? err_set(info, ERR_MEMORY, "no memory for %s", path) : csv_next(reader, &row, &is_end, info);
	}
	if (err == ERR_NONE)
		err = check_header(&row, path, column, count, info);
	if (err == ERR_NONE)
		err = add_rows(order, reader, path, count, info);
	csv_free(reader);
	buf_deinit(&data);
	return err;
}

static enum err ask(const struct cli_options *options, const char *order, struct buf *text, struct err_info *info)
{
	struct buf answer;
	enum err err;

	buf_init(&answer, ORDER_ANSWER_BYTES_MAX);
	err = ask_agent_to_do(cli_state_dir(options), order, &answer, info);
	if (err == ERR_NONE)
		err = order_take_answer(buf_text(&answer), text, info);
	buf_deinit(&answer);
	return err;
}

/* A command never makes a ledger: one that is not there is a mistyped folder. */
static enum err do_it_here(const struct cli_options *options, char *order, struct buf *text, struct err_info *info)
{
	struct ledger_options opening = {.now_utc_ms = sources_now_utc_ms(), .has_no_reserve = true};
	char path[PATH_MAX];
	struct ledger *ledger = NULL;
	enum err err = file_join(path, sizeof(path), cli_state_dir(options), "ledger.db", info);

	if (err == ERR_NONE && access(path, F_OK) != 0)
		err = err_set(info, ERR_UNAVAILABLE, "there is no ledger at %s; --state DIR tells where it is", path);
	opening.path = path;
	if (err == ERR_NONE)
		err = ledger_open(&ledger, &opening, NULL, info);
	if (err == ERR_NONE)
		err = orders_run(ledger, order, opening.now_utc_ms, false, text, info);
	ledger_close(ledger);
	return err;
}

enum err cli_order(const struct cli_options *options, struct buf *order, struct err_info *info)
{
	char *line = order->is_failed ? NULL : mem_dup(buf_text(order));
	struct buf text;
	enum err err;

	if (line == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the order");
	buf_init(&text, ORDER_ANSWER_BYTES_MAX);
	err = ask(options, line, &text, info);
	if (err == ERR_UNAVAILABLE)
		err = do_it_here(options, line, &text, info);
	if (err == ERR_NONE)
		err = sources_write(&text, info);
	buf_deinit(&text);
	mem_free(line);
	return err;
}
