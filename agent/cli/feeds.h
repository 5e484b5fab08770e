/* SPDX-License-Identifier: Apache-2.0 */
/* feeds: what feeds each device against what the device says itself, as a table and as JSON: for `feeds` and for reports. */
#ifndef WATTLEDGER_CLI_FEEDS_H
#define WATTLEDGER_CLI_FEEDS_H

#include "base/json.h"
#include "cli/options.h"
#include "report/feeds.h"

/* On standard output. ERR_IO, ERR_MEMORY. */
enum err feeds_print_table(const struct report_feeds *feeds, enum cli_format format, struct err_info *info) MUST_CHECK;

/* KEY: [...], one object a line of the table. */
enum err feeds_add_json(struct json *json, const char *key, const struct report_feeds *feeds, struct err_info *info) MUST_CHECK;

#endif
