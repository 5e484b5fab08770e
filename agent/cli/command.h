/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command: the subcommands of `wattledger`. One file each; one table in main.c drives dispatch and help.
 * Each runs with argv[0] = its own name and returns the exit code. Data goes to standard output, talk to standard error.
 */
#ifndef WATTLEDGER_CLI_COMMAND_H
#define WATTLEDGER_CLI_COMMAND_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct command {
	const char *name;
	const char *arguments; /* as the usage line shows them */
	const char *summary;   /* one line of the list */
	const char *details;   /* what `help NAME` says behind the summary: paragraphs, examples; ends with a newline */
	int (*run)(int argc, char **argv);
};

/* argc, argv as of a main(); the result is the exit code: 0, 64, 65, 69, 74, 77, 78, see err_exit_code(). */
int command_check(int argc, char **argv);
int command_config(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_test(int argc, char **argv);
int command_run(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_status(int argc, char **argv);
int command_top(int argc, char **argv);
int command_report(int argc, char **argv);
int command_feeds(int argc, char **argv);
int command_export(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_key(int argc, char **argv);
int command_seal(int argc, char **argv);
int command_restate(int argc, char **argv);
int command_enter(int argc, char **argv);
int command_events(int argc, char **argv);
int command_scan(int argc, char **argv);
int command_drivers(int argc, char **argv);
int command_factors(int argc, char **argv);
int command_replay(int argc, char **argv);

#endif
