/* SPDX-License-Identifier: Apache-2.0 */
/* top_view: a screen of `wattledger top` as lines of text. Pure; from 80 x 24 up, and with what it has below that. */
#ifndef WATTLEDGER_CLI_TOP_VIEW_H
#define WATTLEDGER_CLI_TOP_VIEW_H

#include "cli/top_model.h"

#include <stdbool.h>
#include <stddef.h>

enum { TOP_WIDTH_MAX = 300, TOP_HEIGHT_MAX = 200, TOP_LINE_BYTES = TOP_WIDTH_MAX * 4 + 1 };

/* Words say everything; the style only repeats it. */
enum top_style { TOP_PLAIN = 0, TOP_BOLD, TOP_HEADING, TOP_GOOD, TOP_WARNING, TOP_BAD };

struct top_line {
	enum top_style style;
	char text[TOP_LINE_BYTES]; /* UTF-8, or ASCII alone; at most `width` columns */
};

struct top_look {
	size_t width; /* columns, lines of the screen; cut to the maxima above */
	size_t height;
	size_t first; /* the first row shown, of order_count */
	enum top_sort sort;
	bool is_reversed;
	bool only_counting;
	bool is_ascii;
	bool is_paused;
	bool has_help;
	const char *trouble; /* instead of the verdict: the agent does not answer; NULL none */
};

/* `line` has TOP_HEIGHT_MAX places. Returns the lines used: `height`, at most TOP_HEIGHT_MAX. */
size_t top_view_render(struct top_line *line, const struct top_model *model, const struct top_look *look) MUST_CHECK;

/* How many sources fit on the screen beside head and foot: a page. At least 1. */
size_t top_view_page_rows(const struct top_model *model, const struct top_look *look) MUST_CHECK;

/*
 * The power of `row` as `width` bars, the newest at the right, between the lowest and the highest shown (a span of less than 5 % of the highest
 * is drawn as 5 %). Unknown is a space, never a low bar. `out` has TOP_LINE_BYTES.
 */
void top_view_spark(char *out, const struct top_model *model, const struct top_row *row, size_t width, bool is_ascii);

/* "power", "energy today", "name", "state" */
const char *top_view_sort_name(enum top_sort sort) MUST_CHECK;

#endif
