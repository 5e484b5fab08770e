/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"
#include "report/figure.h"

#include <math.h>
#include <string.h>

/* The drawing's own units; the page scales it. */
enum {
	CHART_WIDTH = 960,
	CHART_HEIGHT = 240,
	PLOT_LEFT = 84,
	PLOT_TOP = 12,
	PLOT_WIDTH = 866,
	PLOT_HEIGHT = 192,
	LABEL_DROP = 18,
	LINES_MAX = 6
};

/* Of a cell that stays on one line; of a word that does. */
enum { WHOLE_BYTES_MAX = 16, WORD_BYTES_MAX = 24 };

static const char STYLE[] =
    ":root{--back:#fff;--text:#16202b;--quiet:#55616e;--line:#d5dbe2;--bar:#0b57a4}"
    "@media (prefers-color-scheme:dark){:root{--back:#10161d;--text:#e7edf3;--quiet:#a2b0be;--line:#2f3b48;--bar:#7db8f5}}"
    "body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}"
    "h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem;break-after:avoid}"
    "p{max-width:50rem}p.first{font-size:1.15rem}"
    /* A shade at the right says that there is more of a table. */
    ".scroll{overflow-x:auto;background:linear-gradient(to left,var(--back) 2rem,transparent) 100% 0/4rem 100% no-repeat local,"
    "linear-gradient(to left,var(--line),transparent) 100% 0/.75rem 100% no-repeat scroll}"
    "table{border-collapse:collapse;min-width:100%;font-size:.9rem}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;white-space:nowrap}"
    ".text{white-space:normal;min-width:8rem}.long{white-space:normal;min-width:16ch;overflow-wrap:anywhere}"
    ".time{white-space:normal}.time span{white-space:nowrap}"
    "th{color:var(--quiet)}thead{display:table-header-group}tr{break-inside:avoid}"
    ".number{text-align:right;font-variant-numeric:tabular-nums}"
    "svg{display:block;width:100%;height:auto;break-inside:avoid}svg text{fill:var(--quiet);font:14px system-ui,sans-serif}"
    "svg line{stroke:var(--line)}svg .bar{fill:var(--bar)}svg .part{fill:url(#part);stroke:var(--bar)}svg .hatch{stroke:var(--bar)}"
    /* A phone has no room for the unit, which stands above the chart, nor for a sentence of five lines beside short words. */
    "@media screen and (max-width:46rem){main svg{overflow:visible}main svg text{font-size:26px}svg .unit{display:none}"
    ".text{min-width:16rem}.long{min-width:24ch}}"
    "@media print{:root{--back:#fff;--text:#000;--quiet:#333;--line:#999;--bar:#333}body{max-width:none;font-size:10pt;padding:0}"
    ".scroll{overflow:visible;background:none}table{font-size:7.5pt}th,td{padding:.15rem .3rem}.text{min-width:5rem}@page{margin:15mm}}";

void html_begin(struct buf *out, const char *title)
{
	buf_add_text(out,
		     "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		     /* Nothing is loaded and nothing runs, whatever a name may hold. */
		     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
	text_add_html(out, title);
	buf_add_text(out, "</title>\n<style>");
	buf_add_text(out, STYLE);
	buf_add_text(
	    out,
	    "</style>\n</head>\n<body>\n"
	    "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" style=\"position:absolute\"><defs><pattern id=\"part\" width=\"5\" height=\"5\" "
	    "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\" "
	    "stroke-width=\"3\"/></pattern></defs></svg>\n<main>\n<h1>");
	text_add_html(out, title);
	buf_add_text(out, "</h1>\n");
}

void html_end(struct buf *out)
{
	buf_add_text(out, "</main>\n</body>\n</html>\n");
}

void html_add_heading(struct buf *out, const char *text)
{
	buf_add_text(out, "<h2>");
	text_add_html(out, text);
	buf_add_text(out, "</h2>\n");
}

void html_add_paragraph(struct buf *out, const char *text)
{
	buf_add_text(out, "<p>");
	text_add_html(out, text);
	buf_add_text(out, "</p>\n");
}

void html_begin_table(struct buf *out, const struct html_column *column, size_t count)
{
	buf_add_text(out, "<div class=\"scroll\"><table>\n<thead><tr>");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, column[i].is_number ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">");
		text_add_html(out, column[i].name);
		buf_add_text(out, "</th>");
	}
	buf_add_text(out, "</tr></thead>\n<tbody>\n");
}

/* Where a cell may be broken: figures, ids and words nowhere, sentences between words, a digest anywhere. */
static const char *class_of(const char *text)
{
	size_t longest = 0;

	for (const char *at = text; *at != '\0'; at += strspn(at, " ")) {
		size_t bytes = strcspn(at, " ");

		longest = bytes > longest ? bytes : longest;
		at += bytes;
	}
	return longest > WORD_BYTES_MAX ? "long" : strlen(text) > WHOLE_BYTES_MAX ? "text" : NULL;
}

static void add_cell(struct buf *out, const char *text, bool is_number)
{
	enum { DATE_BYTES = 11 };
	const char *class = is_number ? "number" : class_of(text);
	int64_t utc_ms;

	if (clock_parse_utc(text, &utc_ms)) {
		buf_add_format(out, "<td class=\"time\"><span>%.*s</span><wbr><span>%s</span></td>", DATE_BYTES, text, text + DATE_BYTES);
		return;
	}
	if (class == NULL)
		buf_add_text(out, "<td>");
	else
		buf_add_format(out, "<td class=\"%s\">", class);
	text_add_html(out, text);
	buf_add_text(out, "</td>");
}

void html_add_row(struct buf *out, const struct html_column *column, const char *const *cell, size_t count)
{
	buf_add_text(out, "<tr>");
	for (size_t i = 0; i < count; i++) {
		add_cell(out, cell[i] == NULL || cell[i][0] == '\0' ? FIGURE_NONE : cell[i], column[i].is_number);
	}
	buf_add_text(out, "</tr>\n");
}

void html_end_table(struct buf *out)
{
	buf_add_text(out, "</tbody>\n</table></div>\n");
}

void html_begin_cells(struct html_cells *cells)
{
	cells->count = 0;
}

struct buf *html_next_cell(struct html_cells *cells)
{
	struct buf *text = &cells->text[cells->count++];

	buf_init(text, HTML_CELL_BYTES_MAX);
	return text;
}

void html_end_cells(struct buf *out, struct html_cells *cells, const struct html_column *column)
{
	const char *cell[HTML_CELLS_MAX];

	for (size_t i = 0; i < cells->count; i++)
		cell[i] = buf_text(&cells->text[i]);
	html_add_row(out, column, cell, cells->count);
	for (size_t i = 0; i < cells->count; i++)
		buf_deinit(&cells->text[i]);
}

void html_add_list(struct buf *out, const char *const *text, size_t count)
{
	buf_add_text(out, "<ul>\n");
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, "<li>");
		text_add_html(out, text[i]);
		buf_add_text(out, "</li>\n");
	}
	buf_add_text(out, "</ul>\n");
}

/* ---- Chart ---- */

double html_chart_step(double value)
{
	double wanted = value / 4;
	double power;

	if (!(wanted > 0))
		return 1;
	power = pow(10, floor(log10(wanted)));
	return wanted <= power ? power : wanted <= 2 * power ? 2 * power : wanted <= 5 * power ? 5 * power : 10 * power;
}

static void add_number(struct buf *out, double value, int decimals)
{
	char text[NUM_TEXT_BYTES];

	num_print_double(text, value, decimals);
	buf_add_text(out, text);
}

static double highest_of(const struct html_chart *chart)
{
	double highest = 0;

	for (size_t i = 0; i < chart->count; i++)
		highest = chart->bar[i].value > highest ? chart->bar[i].value : highest;
	return highest;
}

static void add_scale(struct buf *out, const struct html_chart *chart, double step, int lines)
{
	int decimals = step >= 1 ? 0 : step >= 0.01 ? 2 : 6;

	for (int i = 0; i <= lines; i++) {
		double y = PLOT_TOP + PLOT_HEIGHT - (double)PLOT_HEIGHT * i / lines;

		buf_add_format(out, "<line x1=\"%d\" x2=\"%d\" y1=\"", PLOT_LEFT, PLOT_LEFT + PLOT_WIDTH);
		add_number(out, y, 1);
		buf_add_text(out, "\" y2=\"");
		add_number(out, y, 1);
		buf_add_format(out, "\"/><text x=\"%d\" y=\"", PLOT_LEFT - 6);
		add_number(out, y + 4, 1);
		buf_add_text(out, "\" text-anchor=\"end\">");
		add_number(out, step * i, decimals);
		if (i == lines) {
			buf_add_text(out, "<tspan class=\"unit\"> ");
			text_add_html(out, chart->unit);
			buf_add_text(out, "</tspan>");
		}
		buf_add_text(out, "</text>\n");
	}
}

static void add_bar(struct buf *out, const struct html_chart *chart, const struct html_bar *bar, double top)
{
	double scale = PLOT_WIDTH / (double)(chart->end_s - chart->start_s);
	double x = PLOT_LEFT + (double)(bar->start_s - chart->start_s) * scale;
	double width = (double)(bar->end_s - bar->start_s) * scale;
	double height = PLOT_HEIGHT * bar->value / top;
	/* A gap between bars, where there is room for one. */
	double gap = width > 4 ? 1 : 0;

	buf_add_text(out, bar->covered_ratio < 0.999 ? "<rect class=\"part\" x=\"" : "<rect class=\"bar\" x=\"");
	add_number(out, x + gap / 2, 2);
	buf_add_text(out, "\" y=\"");
	add_number(out, PLOT_TOP + PLOT_HEIGHT - height, 2);
	buf_add_text(out, "\" width=\"");
	add_number(out, width - gap, 2);
	buf_add_text(out, "\" height=\"");
	add_number(out, height, 2);
	buf_add_text(out, "\"><title>");
	text_add_html(out, bar->label);
	buf_add_text(out, "</title></rect>\n");
}

void html_add_chart(struct buf *out, const struct html_chart *chart)
{
	double step = html_chart_step(highest_of(chart));
	int lines = (int)ceil(highest_of(chart) / step);

	if (chart->end_s <= chart->start_s)
		return;
	lines = lines < 1 ? 1 : lines > LINES_MAX ? LINES_MAX : lines;
	buf_add_format(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", CHART_WIDTH, CHART_HEIGHT);
	text_add_html(out, chart->title);
	buf_add_text(out, "\">\n");
	add_scale(out, chart, step, lines);
	for (size_t i = 0; i < chart->count; i++)
		add_bar(out, chart, &chart->bar[i], step * lines);
	buf_add_format(out, "<text x=\"%d\" y=\"%d\">", PLOT_LEFT, PLOT_TOP + PLOT_HEIGHT + LABEL_DROP);
	text_add_html(out, chart->first_label);
	buf_add_format(out, "</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">", PLOT_LEFT + PLOT_WIDTH,
		       PLOT_TOP + PLOT_HEIGHT + LABEL_DROP);
	text_add_html(out, chart->last_label);
	buf_add_text(out, "</text>\n</svg>\n");
}
