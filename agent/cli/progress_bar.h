/* SPDX-License-Identifier: Apache-2.0 */
/* progress_bar: how far long work is and how long it will take, as one line on a terminal. Nothing elsewhere, and nothing of what ends at once. */
#ifndef WATTLEDGER_CLI_PROGRESS_BAR_H
#define WATTLEDGER_CLI_PROGRESS_BAR_H

#include "base/buf.h"
#include "base/progress.h"

#include <stdbool.h>
#include <stdint.h>

struct progress_bar {
	struct progress progress; /* to hand to the work; valid from progress_bar_begin() to progress_bar_end() */
	const char *what;
	int64_t start_ns;
	int64_t shown_ns;
	bool is_terminal;
	bool is_drawn;
};

/* `what` ("export") is borrowed. The bar must not move in memory until its end. */
void progress_bar_begin(struct progress_bar *bar, const char *what);

/* Takes the line away. */
void progress_bar_end(struct progress_bar *bar);

/* The line after `elapsed_s` seconds: "export [######------------------]  25 %, 1:30 left"; without what is left below 1 %. */
void progress_bar_print(struct buf *out, const char *what, double done_ratio, double elapsed_s);

#endif
