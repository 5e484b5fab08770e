/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress_bar.h"

#include "base/clock.h"
#include "base/log.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

enum { BAR_WIDTH = 24, LINE_BYTES_MAX = 256, FIRST_MS = 1500, STEP_MS = 250, SECONDS_PER_MINUTE = 60 };

/* Takes the terminal's line away. */
static const char ERASE[] = "\r\033[K";

/* What is left is no more than a guess before. */
#define TELLING_RATIO 0.01

void progress_bar_print(struct buf *out, const char *what, double done_ratio, double elapsed_s)
{
	int filled = (int)(done_ratio * BAR_WIDTH);

	buf_add_format(out, "%s [", what);
	for (int i = 0; i < BAR_WIDTH; i++)
		buf_add_char(out, i < filled ? '#' : '-');
	buf_add_format(out, "] %3d %%", (int)(done_ratio * 100));
	if (done_ratio >= TELLING_RATIO) {
		int64_t left_s = llround(elapsed_s / done_ratio - elapsed_s);

		buf_add_format(out, ", %lld:%02lld left", (long long)(left_s / SECONDS_PER_MINUTE),
			       (long long)(left_s % SECONDS_PER_MINUTE));
	}
}

static void tell(void *context, double done_ratio)
{
	struct progress_bar *bar = context;
	int64_t now_ns = clock_boot_ns();
	struct buf line;

	if (!bar->is_terminal || now_ns - bar->start_ns < FIRST_MS * CLOCK_NS_PER_MS || now_ns - bar->shown_ns < STEP_MS * CLOCK_NS_PER_MS)
		return;
	bar->shown_ns = now_ns;
	bar->is_drawn = true;
	log_set_start(ERASE);
	buf_init(&line, LINE_BYTES_MAX);
	progress_bar_print(&line, bar->what, done_ratio, (double)(now_ns - bar->start_ns) / (double)CLOCK_NS_PER_S);
	fprintf(stderr, "\r%s\033[K", buf_text(&line));
	buf_deinit(&line);
}

void progress_bar_begin(struct progress_bar *bar, const char *what)
{
	*bar = (struct progress_bar){.progress = {.tell = tell, .context = bar},
				     .what = what,
				     .start_ns = clock_boot_ns(),
				     .is_terminal = isatty(STDERR_FILENO) == 1};
}

void progress_bar_end(struct progress_bar *bar)
{
	if (bar->is_drawn)
		fputs(ERASE, stderr);
	log_set_start("");
	bar->is_drawn = false;
}
