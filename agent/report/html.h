/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html: the parts of a page that needs nothing beside itself: no script, no font, no picture from elsewhere. It reads on a screen, light and
 * dark, and prints on paper. All text is escaped here.
 */
#ifndef WATTLEDGER_REPORT_HTML_H
#define WATTLEDGER_REPORT_HTML_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From <!doctype> to <main>, with <h1>; and from </main> to the end. */
void html_begin(struct buf *out, const char *title);
void html_end(struct buf *out);

/* <h2>, <p>. */
void html_add_heading(struct buf *out, const char *text);
void html_add_paragraph(struct buf *out, const char *text);

struct html_column {
	const char *name;
	bool is_number; /* to the right, with digits of one width */
};

/* A table that scrolls by itself on a narrow screen, with its head on each printed page. */
void html_begin_table(struct buf *out, const struct html_column *column, size_t count);
void html_end_table(struct buf *out);

/* A row of `count` cells; NULL and "" become n/a. */
void html_add_row(struct buf *out, const struct html_column *column, const char *const *cell, size_t count);

enum { HTML_CELLS_MAX = 12, HTML_CELL_BYTES_MAX = 4 << 10 };

/* A row whose cells are put together: begin, next for each cell (append its text to what it returns), end. At most HTML_CELLS_MAX cells. */
struct html_cells {
	struct buf text[HTML_CELLS_MAX];
	size_t count;
};
void html_begin_cells(struct html_cells *cells);
struct buf *html_next_cell(struct html_cells *cells) MUST_CHECK;
void html_end_cells(struct buf *out, struct html_cells *cells, const struct html_column *column);

/* <ul>, one item a line of `text`. */
void html_add_list(struct buf *out, const char *const *text, size_t count);

/* A bar: `value` from start_s to end_s (of the chart's span). covered_ratio: of its time that was measured, 0 .. 1. */
struct html_bar {
	int64_t start_s;
	int64_t end_s;
	double value; /* >= 0 */
	double covered_ratio;
	char label[40]; /* what the pointer shows, with the value */
};

struct html_chart {
	const char *title; /* read out by screen readers */
	const char *unit;
	int64_t start_s;
	int64_t end_s;
	const char *first_label; /* below the first and behind the last bar */
	const char *last_label;
	const struct html_bar *bar;
	size_t count;
};

/* Bars as inline SVG; what was covered in part is hatched, and time without a bar stays empty. */
void html_add_chart(struct buf *out, const struct html_chart *chart);

/* The least of 1, 2, 5 x 10^n that is not below `value` / 4: the step of a scale with at most five lines. 1 for value <= 0. */
double html_chart_step(double value) MUST_CHECK;

#endif
