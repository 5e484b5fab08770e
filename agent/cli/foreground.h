/* SPDX-License-Identifier: Apache-2.0 */
/* foreground: the whole agent as a child of the command line, watched until it is to end. What `run` and `demo` share. */
#ifndef WATTLEDGER_CLI_FOREGROUND_H
#define WATTLEDGER_CLI_FOREGROUND_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FOREGROUND_PATH_BYTES = 1024 };

/*
 * Makes the folder `state_dir` (`out`: its absolute path); without one (NULL) a private one (0700) below $TMPDIR or /tmp: "wattledger-NAME-XXXXXX". Errors: ERR_IO,
 * ERR_USAGE and ERR_LIMIT for paths that are too long.
 */
enum err foreground_make_folder(char out[static FOREGROUND_PATH_BYTES], const char *state_dir, const char *name,
				struct err_info *info) MUST_CHECK;

struct foreground_options {
	const char *config_path;
	const char *state_dir;   /* is there */
	const char *drivers_dir; /* NULL: none */
	const char *grid_dir;
	int64_t for_ms; /* 0: until a signal */
	bool is_fresh;  /* the state folder was made for this run */
};

/*
 * Blocks SIGINT, SIGTERM and SIGHUP for this process, so that they end a wait in foreground_run() and nothing else. Call it before other
 * children are started.
 */
void foreground_catch_signals(void);

/*
 * Starts wattledgerd, shows what it does on standard error, ends it after for_ms or at a signal, and prints the totals on standard output.
 * Returns the exit code: 0, or wattledgerd's own when it ended by itself.
 */
int foreground_run(const struct foreground_options *options) MUST_CHECK;

#endif
