/* SPDX-License-Identifier: Apache-2.0 */
/* shell: how the simulators speak: JSON lines on standard output, and the truth in a file. */
#ifndef WATTLEDGER_SIM_SHELL_H
#define WATTLEDGER_SIM_SHELL_H

#include "base/buf.h"
#include "base/err.h"

enum { SIM_SHELL_LINE_BYTES_MAX = 8192, SIM_TRUTH_BYTES_MAX = 128 << 20 };

/* Writes `line` with a newline to standard output and empties it for good. A reader that is gone is no reason to end. */
void sim_shell_print(struct buf *line);

/* {"ok":true}, or {"ok":false,"error":...}: the answer to a command. */
void sim_shell_print_outcome(enum err err, const struct err_info *info);

/*
 * Replaces the truth file as a whole, so that a reader finds the old one or the new one; releases `text`. NULL as path writes
 * nothing. Errors: ERR_IO, ERR_PERMISSION, ERR_MEMORY (`text` had failed).
 */
enum err sim_shell_write_truth(const char *path, struct buf *text, struct err_info *info) MUST_CHECK;

#endif
