/* SPDX-License-Identifier: Apache-2.0 */
/* check: all that is wrong in a configuration, in one run. */
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "settings/problems.h"
#include "settings/settings.h"

#include <stdio.h>

/* "1 device", "3 devices". */
static void print_count(size_t count, const char *word, const char *before)
{
	printf("%s%zu %s%s", before, count, word, count == 1 ? "" : "s");
}

static void print_good(const char *path, const struct settings *settings, const struct problems *problems)
{
	printf("%s: OK:", path);
	print_count(settings->core.site_count, "site", " ");
	print_count(settings->core.device_count, "device", ", ");
	print_count(settings->core.output_count, "output", ", ");
	print_count(settings->snmp.driver_count, "driver", ", ");
	print_count(settings->core.factor_count, "grid factor", ", ");
	if (problems->warning_count > 0)
		print_count(problems->warning_count, "warning", "; ");
	putchar('\n');
}

int command_check(int argc, char **argv)
{
	struct cli_options options;
	struct settings_options given = {0};
	struct settings *settings = NULL;
	struct problems problems = {0};
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_CONFIG | CLI_STATE | CLI_DRIVERS | CLI_GRID, &info);

	if (err != ERR_NONE)
		return cli_fail("check", &info);
	given.state_dir = options.state_dir;
	given.drivers_dir = options.drivers_dir;
	given.grid_dir = options.grid_dir;
	err = settings_load(&settings, sources_config_path(&options), &given, &problems);
	sources_print_problems(&problems);
	if (err == ERR_NONE)
		print_good(sources_config_path(&options), settings, &problems);
	else if (err != ERR_CONFIG)
		fputs("wattledger check: out of memory\n", stderr);
	else
		fprintf(stderr, "%zu error%s, %zu warning%s\n", problems.error_count, problems.error_count == 1 ? "" : "s",
			problems.warning_count, problems.warning_count == 1 ? "" : "s");
	settings_free(settings);
	problems_deinit(&problems);
	return err_exit_code(err);
}
