/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WATTLEDGER_CLI_COMPLETION_PRIV_H
#define WATTLEDGER_CLI_COMPLETION_PRIV_H

#include "cli/command.h"

#include <stddef.h>

/* Each prints the completion of all `count` commands for its shell on standard output. */
void completion_print_bash(const struct command *commands, size_t count);
void completion_print_zsh(const struct command *commands, size_t count);
void completion_print_fish(const struct command *commands, size_t count);

/* Prints wattledger(1) as roff. */
void completion_print_man(const struct command *commands, size_t count);

#endif
