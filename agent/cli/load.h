/* SPDX-License-Identifier: Apache-2.0 */
/* load: the configuration for subcommands that need it in this process. */
#ifndef WATTLEDGER_CLI_LOAD_H
#define WATTLEDGER_CLI_LOAD_H

#include "base/err.h"
#include "cli/options.h"
#include "settings/settings.h"

/*
 * Loads the configuration that the options name. Problems (warnings too) go to standard error, one a line. Returns 0 and *out (settings_free()),
 * or the exit code (78).
 */
int cli_load_settings(const struct cli_options *options, struct settings **out) MUST_CHECK;

#endif
