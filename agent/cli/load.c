/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MESSAGES_BYTES_MAX = 8 << 20, HOST_BYTES = 256 };

int cli_load_settings(const struct cli_options *options, struct settings **out)
{
	char host[HOST_BYTES] = "";
	struct settings_options load = {
	    .state_dir = options->state_dir,
	    .drivers_dir = options->drivers_dir,
	    .grid_dir = options->grid_dir,
	    .credentials_dir = getenv("CREDENTIALS_DIRECTORY"),
	    .host = host,
	    .is_resolving = true,
	};
	struct problems problems = {0};
	struct buf messages;
	enum err err;

	(void)gethostname(host, sizeof(host) - 1);
	err = settings_load(out, options->config_path, &load, &problems);
	buf_init(&messages, MESSAGES_BYTES_MAX);
	problems_print(&problems, &messages);
	fputs(buf_text(&messages), stderr);
	buf_deinit(&messages);
	problems_deinit(&problems);
	return err_exit_code(err);
}
