/* SPDX-License-Identifier: Apache-2.0 */
/* bar: a share as a bar of characters, and what a terminal can show of it. */
#ifndef WATTLEDGER_CLI_BAR_H
#define WATTLEDGER_CLI_BAR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Whether eighths of a block are wanted of this terminal, by TERM and the locale's variables. */
bool bar_is_ascii_terminal(void) MUST_CHECK;

/* Characters in a line of the terminal that `file` is; 0 when it is none, or does not say. */
size_t bar_terminal_width(FILE *file) MUST_CHECK;

/* `ratio` (0 .. 1; what is outside is taken as the nearer end) of `width` characters, without the empty rest; `out` is cut when it has no room. */
void bar_print(char *out, size_t out_bytes, double ratio, size_t width, bool is_ascii);

#endif
