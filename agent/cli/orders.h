/* SPDX-License-Identifier: Apache-2.0 */
/* orders: has the ledger written: by the agent that runs, else by this command under the writer lock. */
#ifndef WATTLEDGER_CLI_ORDERS_H
#define WATTLEDGER_CLI_ORDERS_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/options.h"

enum { CLI_AUTHOR_BYTES = 128 };

/* --author, else the user's name. Returns `out` or what was given. */
const char *cli_author(char out[static CLI_AUTHOR_BYTES], const struct cli_options *options) MUST_CHECK;

/*
 * Adds the cells of a CSV file's rows to an order. Its first line has to be the `count` names in `column`. Errors: ERR_DATA, ERR_LIMIT,
 * file_read()'s.
 */
enum err cli_order_add_file(struct buf *order, const char *path, const char *const *column, size_t count, struct err_info *info) MUST_CHECK;

/*
 * Sends the order (wire/order.h) to the agent of the state folder, or carries it out here when none runs, and prints what was done on standard
 * output. Errors: the order's; ERR_UNAVAILABLE there is no ledger.
 */
enum err cli_order(const struct cli_options *options, struct buf *order, struct err_info *info) MUST_CHECK;

#endif
