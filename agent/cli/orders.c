/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/orders.h"

#include "base/clock.h"
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

const char *cli_author(char out[static CLI_AUTHOR_BYTES], const struct cli_options *options)
{
	const struct passwd *user;

	if (options->author != NULL)
		return options->author;
	user = getpwuid(getuid());
	snprintf(out, CLI_AUTHOR_BYTES, "%s", user == NULL ? "" : user->pw_name);
	return out;
}

static enum err ask(const struct cli_options *options, const char *order, struct buf *text, struct err_info *info)
{
	struct buf answer;
	enum err err;

	buf_init(&answer, ORDER_ANSWER_BYTES_MAX);
	err = ask_agent(cli_state_dir(options), order, &answer, info);
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
