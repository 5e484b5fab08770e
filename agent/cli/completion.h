/* SPDX-License-Identifier: Apache-2.0 */
/* completion: the words for shells, and the manual page of `wattledger`, out of the same table as its help. */
#ifndef WATTLEDGER_CLI_COMPLETION_H
#define WATTLEDGER_CLI_COMPLETION_H

#include "cli/command.h"

#include <stddef.h>

enum { COMPLETION_OPTIONS_MAX = 24, COMPLETION_WORDS_BYTES = 128, COMPLETION_TEXT_BYTES = 160 };

/* What the help of a command says of one of its options, or of one of its first words. */
struct completion_option {
	char name[32];                        /* without dashes */
	char letter;                          /* '\0' none */
	char argument[16];                    /* "FILE", "P"; "" when it takes no value */
	char choices[COMPLETION_WORDS_BYTES]; /* the values that there are, with a space between; "" any */
	char text[COMPLETION_TEXT_BYTES];     /* what it does: its first line, without quotes, brackets and colons */
};

/*
 * Reads the options out of command->details: lines like "  -c, --config FILE   text". Returns how many: at most COMPLETION_OPTIONS_MAX, the
 * rest is left out. A text that only lists words ("table (default), json") gives the choices.
 */
size_t completion_options(const struct command *command, struct completion_option out[static COMPLETION_OPTIONS_MAX]);

/* The words that may stand first behind the command ("list show" of "list | show ZONE"), with a space between; "" none. */
void completion_verbs(const struct command *command, char out[static COMPLETION_WORDS_BYTES]);

/* `wattledger completion bash|zsh|fish|man`: prints that. Returns the exit code; argv[0] is the command's own name. */
int completion_run(const struct command *commands, size_t count, int argc, char **argv);

#endif
