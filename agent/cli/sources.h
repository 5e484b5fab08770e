/* SPDX-License-Identifier: Apache-2.0 */
/* sources: where the subcommands' data lies: ledger, configuration, drivers, grid tables. */
#ifndef WATTLEDGER_CLI_SOURCES_H
#define WATTLEDGER_CLI_SOURCES_H

#include "base/err.h"
#include "cli/options.h"
#include "settings/search.h"

#include <stddef.h>
#include <stdint.h>

struct buf;
struct ledger;
struct problems;

/* --config, else the installed one. */
const char *sources_config_path(const struct cli_options *options) MUST_CHECK;

/* Opens --ledger, else STATE/ledger.db, for reading. Errors: as ledger_open_readonly(), with what to do. */
enum err sources_open_ledger(struct ledger **out, const struct cli_options *options, struct err_info *info) MUST_CHECK;

/* The operator's signing key: --key, else STATE/signing.key. ERR_LIMIT when the path is too long. */
enum err sources_key_path(char *out, size_t out_bytes, const struct cli_options *options, struct err_info *info) MUST_CHECK;

/*
 * The data files NAME (drivers, grid) with `suffix`: those that come with the program, then `further_dir` (NULL: none). `source` is their
 * folder in a source tree.
 */
struct sources_data {
	const char *name;
	const char *source;
	const char *suffix;
	const char *further_dir;
};
enum err sources_find(struct search *out, const struct sources_data *data, struct err_info *info) MUST_CHECK;

/* Prints all problems, sorted, on standard error. */
void sources_print_problems(struct problems *problems);

/* Now, UTC milliseconds. */
int64_t sources_now_utc_ms(void) MUST_CHECK;

/* Writes `out` to standard output. ERR_MEMORY when it is_failed, ERR_IO. */
enum err sources_write(const struct buf *out, struct err_info *info) MUST_CHECK;

#endif
