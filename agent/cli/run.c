/* SPDX-License-Identifier: Apache-2.0 */
/* run: the agent in the foreground. */
#include "base/file.h"
#include "cli/command.h"
#include "cli/foreground.h"
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

/* This host alone, when there is no configuration. */
static const char HOST_CONFIG[] = "local: yes\nledger: {slot: 1min}\n";

static enum err make_config(char path[static FOREGROUND_PATH_BYTES], const char *state_dir, struct err_info *info)
{
	enum err err = file_join(path, FOREGROUND_PATH_BYTES, state_dir, "host.yaml", info);

	return err != ERR_NONE ? err : file_replace(path, HOST_CONFIG, strlen(HOST_CONFIG), 0600, info);
}

int command_run(int argc, char **argv)
{
	char state_dir[FOREGROUND_PATH_BYTES];
	char config_path[FOREGROUND_PATH_BYTES];
	struct foreground_options foreground = {0};
	struct cli_options options;
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_CONFIG | CLI_STATE | CLI_DRIVERS | CLI_GRID | CLI_FOR, &info);

	if (err == ERR_NONE)
		err = foreground_make_folder(state_dir, options.state_dir, "run", &info);
	if (err == ERR_NONE && options.config_path == NULL)
		err = make_config(config_path, state_dir, &info);
	if (err != ERR_NONE)
		return cli_fail("run", &info);
	foreground.config_path = options.config_path != NULL ? options.config_path : config_path;
	foreground.state_dir = state_dir;
	foreground.drivers_dir = options.drivers_dir;
	foreground.grid_dir = options.grid_dir;
	foreground.for_ms = options.for_ms;
	foreground.is_fresh = options.state_dir == NULL;
	fprintf(stderr, "state: %s\n", state_dir);
	foreground_catch_signals();
	return foreground_run(&foreground);
}
