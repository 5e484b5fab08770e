/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/top_view.h"

#include "base/num.h"
#include "report/figure.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	NAME_WIDTH_MIN = 18,
	NAME_WIDTH_MAX = 48,
	STATE_WIDTH = 9,
	POWER_WIDTH = 11,
	KWH_WIDTH = 11,
	KG_WIDTH = 10,
	/* The columns between name and sparkline, with the spaces around them. */
	FIXED_WIDTH = STATE_WIDTH + POWER_WIDTH + KWH_WIDTH + KG_WIDTH + 5,
	SPARK_WIDTH_MIN = 8,
	SITES_SHOWN_MAX = 6,
	FOOT_LINES = 1,
	CELL_BYTES = 256,
};

/* Of the highest value: a smaller span is noise of the meter, and is drawn flat. */
#define SPAN_MIN_PART 0.05F

const char *top_view_sort_name(enum top_sort sort)
{
	static const char *const NAME[TOP_SORT_COUNT] = {"power", "energy today", "name", "state"};

	return NAME[sort];
}

/* ---- Cells ---- */

static void print_power(char out[static CELL_BYTES], const struct top_row *row)
{
	if (!row->has_power)
		snprintf(out, CELL_BYTES, "%s", FIGURE_NONE);
	else
		num_print_double(out, row->power_w, 1);
}

static void print_today(char kwh[static CELL_BYTES], char kg[static CELL_BYTES], const struct top_today *today)
{
	struct buf text;

	buf_init(&text, CELL_BYTES - 1);
	if (today->has_energy)
		figure_add_kwh(&text, today->millij, 3);
	else
		buf_add_text(&text, FIGURE_NONE);
	snprintf(kwh, CELL_BYTES, "%s", buf_text(&text));
	buf_clear(&text);
	if (today->has_carbon)
		figure_add_kg(&text, today->mg, 3);
	else
		buf_add_text(&text, FIGURE_NONE);
	snprintf(kg, CELL_BYTES, "%s", buf_text(&text));
	buf_deinit(&text);
}

/* Names are ids; another byte would break the columns. */
static void print_name(char out[static CELL_BYTES], const struct top_row *row, bool has_many_sites)
{
	bool is_site = row->device[0] == '\0';
	bool has_site = is_site || has_many_sites;

	snprintf(out, CELL_BYTES, "%s%s%s", has_site ? row->site : "", has_site && !is_site ? "/" : "", row->device);
	for (char *c = out; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

/* ---- Sparkline ---- */

struct span {
	float low;
	float high;
};

static bool find_span(struct span *out, const struct top_model *model, const struct top_row *row, size_t width)
{
	bool is_known = false;

	for (size_t age = 0; age < width; age++) {
		float value = top_model_history_w(model, row, age);

		if (isnan(value))
			continue;
		out->low = !is_known || value < out->low ? value : out->low;
		out->high = !is_known || value > out->high ? value : out->high;
		is_known = true;
	}
	if (is_known && out->high - out->low < fabsf(out->high) * SPAN_MIN_PART) {
		float middle = (out->high + out->low) / 2;

		out->low = middle - fabsf(out->high) * SPAN_MIN_PART / 2;
		out->high = middle + fabsf(out->high) * SPAN_MIN_PART / 2;
	}
	return is_known;
}

void top_view_spark(char *out, const struct top_model *model, const struct top_row *row, size_t width, bool is_ascii)
{
	static const char *const BLOCK[] = {"\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
	static const char *const SIGN[] = {".", ":", "-", "=", "+", "*", "#", "@"};
	enum { LEVELS = sizeof(BLOCK) / sizeof(BLOCK[0]) };
	struct span span = {0};
	bool is_known;
	size_t at = 0;

	width = width < TOP_HISTORY ? width : TOP_HISTORY;
	is_known = find_span(&span, model, row, width);
	for (size_t i = 0; i < width; i++) {
		float value = top_model_history_w(model, row, width - 1 - i);
		float part = span.high > span.low ? (value - span.low) / (span.high - span.low) : 0.5F;
		int level = isnan(value) ? 0 : (int)(part * (LEVELS - 1) + 0.5F);
		const char *sign = !is_known || isnan(value) ? " " : is_ascii ? SIGN[level] : BLOCK[level];
		size_t bytes = strlen(sign);

		memcpy(out + at, sign, bytes);
		at += bytes;
	}
	out[at] = '\0';
}

/* ---- Lines ---- */

struct screen {
	struct top_line *line;
	size_t count;
	size_t width;
	size_t height;
};

static struct top_line *next_line(struct screen *screen, enum top_style style)
{
	struct top_line *line = &screen->line[screen->count];

	if (screen->count >= screen->height)
		return NULL;
	screen->count++;
	line->style = style;
	line->text[0] = '\0';
	return line;
}

/* ASCII text, cut at the screen's width. */
static void add_text(struct screen *screen, enum top_style style, const char *text)
{
	struct top_line *line = next_line(screen, style);

	if (line != NULL)
		snprintf(line->text, screen->width + 1, "%s", text);
}

static enum top_style style_of_verdict(const char *verdict)
{
	return strcmp(verdict, "ok") == 0 ? TOP_GOOD : strcmp(verdict, "warning") == 0 ? TOP_WARNING : TOP_BAD;
}

static enum top_style style_of_state(const char *state)
{
	if (strcmp(state, "up") == 0)
		return TOP_PLAIN;
	return strcmp(state, "partial") == 0 || strcmp(state, "starting") == 0 ? TOP_WARNING : TOP_BAD;
}

static void to_ascii(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text > '~')
			*text = '?';
	}
}

static void add_verdict(struct screen *screen, const struct top_model *model, const struct top_look *look)
{
	char text[TOP_LINE_BYTES];
	const char *verdict = look->trouble != NULL ? "critical" : model->verdict;
	const char *reason = look->trouble != NULL ? look->trouble : model->reason;

	/* A narrow screen shows what matters most. */
	snprintf(text, sizeof(text), "%s%s   %zu of %zu sources up%s%s   %s", verdict, look->is_paused ? "   PAUSED" : "", model->up_count,
		 model->row_count, reason[0] == '\0' ? "" : "   ", reason, model->utc);
	to_ascii(text);
	add_text(screen, style_of_verdict(verdict), text);
}

static size_t sites_shown(const struct top_model *model)
{
	return model->site_count < SITES_SHOWN_MAX ? model->site_count : SITES_SHOWN_MAX;
}

struct widths {
	size_t name;
	size_t spark;
};

static struct widths find_widths(size_t width)
{
	struct widths widths = {.name = NAME_WIDTH_MIN};

	if (width > NAME_WIDTH_MIN + FIXED_WIDTH + SPARK_WIDTH_MIN) {
		size_t free = width - NAME_WIDTH_MIN - FIXED_WIDTH - SPARK_WIDTH_MIN;

		widths.name += free / 3 < NAME_WIDTH_MAX - NAME_WIDTH_MIN ? free / 3 : NAME_WIDTH_MAX - NAME_WIDTH_MIN;
	}
	if (width > widths.name + FIXED_WIDTH)
		widths.spark = width - widths.name - FIXED_WIDTH;
	widths.spark = widths.spark < TOP_HISTORY ? widths.spark : TOP_HISTORY;
	return widths;
}

/* As much of the columns before the sparkline as is whole: half a figure is another figure. */
static size_t whole_columns(size_t width, size_t name)
{
	static const size_t COLUMN[] = {STATE_WIDTH, POWER_WIDTH, KWH_WIDTH, KG_WIDTH};
	size_t end = name;

	for (size_t i = 0; i < sizeof(COLUMN) / sizeof(COLUMN[0]) && end + 1 + COLUMN[i] <= width; i++)
		end += 1 + COLUMN[i];
	return end < width ? end : width;
}

static void add_row(struct screen *screen, const struct top_model *model, const struct top_row *row, bool is_ascii)
{
	struct widths widths = find_widths(screen->width);
	bool is_site = row->device[0] == '\0';
	struct top_line *line = next_line(screen, is_site ? TOP_BOLD : style_of_state(row->state));
	char name[CELL_BYTES];
	char power[CELL_BYTES];
	char kwh[CELL_BYTES];
	char kg[CELL_BYTES];
	char text[TOP_LINE_BYTES];
	int bytes;

	if (line == NULL)
		return;
	print_name(name, row, model->site_count > 1);
	print_power(power, row);
	print_today(kwh, kg, &row->today);
	bytes = snprintf(text, sizeof(text), "%-*.*s %-*.*s %*s %*s %*s ", (int)widths.name, (int)widths.name, name, STATE_WIDTH,
			 STATE_WIDTH, is_site ? "" : row->state, POWER_WIDTH, power, KWH_WIDTH, kwh, KG_WIDTH, kg);
	snprintf(line->text, TOP_LINE_BYTES, "%.*s", (int)whole_columns(screen->width, widths.name), text);
	if (bytes < 0 || (size_t)bytes > screen->width)
		return;
	snprintf(line->text, screen->width + 1, "%s", text);
	/* What gives nothing says why, in the place of its curve. */
	if (!row->has_power && row->reason[0] != '\0') {
		char reason[TOP_TEXT_BYTES];

		snprintf(reason, sizeof(reason), "%s", row->reason);
		to_ascii(reason);
		snprintf(line->text + bytes, screen->width - (size_t)bytes + 1, "%s", reason);
		return;
	}
	top_view_spark(line->text + bytes, model, row, widths.spark, is_ascii);
}

static void add_heading(struct screen *screen)
{
	struct widths widths = find_widths(screen->width);
	char text[TOP_LINE_BYTES];

	snprintf(text, sizeof(text), "%-*s %-*s %*s %*s %*s %s", (int)widths.name, "SOURCE", STATE_WIDTH, "STATE", POWER_WIDTH, "POWER W",
		 KWH_WIDTH, "TODAY kWh", KG_WIDTH, "kg CO2e", "TREND");
	if (widths.spark == 0)
		text[whole_columns(screen->width, widths.name)] = '\0';
	add_text(screen, TOP_HEADING, text);
}

static void add_foot(struct screen *screen, const struct top_model *model, const struct top_look *look, size_t shown)
{
	char text[TOP_LINE_BYTES];

	if (look->has_help)
		snprintf(text, sizeof(text), "h back  q quit");
	else
		snprintf(text, sizeof(text), "%zu-%zu of %zu by %s%s%s   q quit  s sort  r reverse  c counting  p pause  h help",
			 shown == 0 ? 0 : look->first + 1, shown == 0 ? 0 : look->first + shown, model->order_count,
			 top_view_sort_name(look->sort), look->is_reversed ? " reversed" : "",
			 look->only_counting ? ", counting alone" : "");
	while (screen->count + FOOT_LINES < screen->height)
		add_text(screen, TOP_PLAIN, "");
	add_text(screen, TOP_HEADING, text);
}

static void add_help(struct screen *screen)
{
	static const char *const HELP[] = {
	    "",
	    "  q, Esc             quit",
	    "  s                  sort by power, energy today, name, state",
	    "  r                  the other way round",
	    "  c                  only the sources that count in the site's total, or all",
	    "  p, Space           stop here; the agent goes on",
	    "  Up, Down, j, k     one line",
	    "  PgUp, PgDn         one page; Home and End: the first and the last",
	    "  h, ?               this page, and back",
	    "",
	    "  POWER W            the newest reading",
	    "  TODAY kWh, CO2e    slots that are closed, by the site's day; location-based",
	    "  TREND              of the power, from the lowest to the highest shown",
	};

	for (size_t i = 0; i < sizeof(HELP) / sizeof(HELP[0]); i++)
		add_text(screen, TOP_PLAIN, HELP[i]);
}

static size_t head_lines(const struct top_model *model)
{
	return 2 + sites_shown(model);
}

size_t top_view_page_rows(const struct top_model *model, const struct top_look *look)
{
	size_t used = head_lines(model) + FOOT_LINES;
	size_t height = look->height < TOP_HEIGHT_MAX ? look->height : TOP_HEIGHT_MAX;

	return height > used ? height - used : 1;
}

static size_t add_sources(struct screen *screen, const struct top_model *model, const struct top_look *look)
{
	size_t page = top_view_page_rows(model, look);
	size_t shown = 0;

	for (size_t i = look->first; i < model->order_count && shown < page; i++, shown++)
		add_row(screen, model, &model->row[model->order[i]], look->is_ascii);
	return shown;
}

size_t top_view_render(struct top_line *line, const struct top_model *model, const struct top_look *look)
{
	struct screen screen = {.line = line,
				.width = look->width < TOP_WIDTH_MAX ? look->width : TOP_WIDTH_MAX,
				.height = look->height < TOP_HEIGHT_MAX ? look->height : TOP_HEIGHT_MAX};
	size_t shown = 0;

	add_verdict(&screen, model, look);
	if (look->has_help) {
		add_help(&screen);
	} else {
		add_heading(&screen);
		for (size_t i = 0; i < sites_shown(model); i++)
			add_row(&screen, model, &model->site[i], look->is_ascii);
		shown = add_sources(&screen, model, look);
	}
	add_foot(&screen, model, look, shown);
	return screen.count;
}
