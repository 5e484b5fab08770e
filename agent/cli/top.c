/* SPDX-License-Identifier: Apache-2.0 */
/* top: the running agent on the whole terminal, again and again. The picture is made by top_view; here are keys, screen and time. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/bar.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/sources.h"
#include "cli/top_view.h"
#include "ledger/ledger.h"
#include "report/totals.h"
#include "run/ask.h"

#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	STEP_MS = 2000,
	TODAY_STEP_MS = 30000,
	/* The ledger is summed at most for this part of the time: 1/50. */
	TODAY_COST_PART = 50,
	KEY_ESCAPE = 27,
};

struct top {
	const struct cli_options *options;
	struct top_model model;
	struct top_look look;
	struct top_line *line;
	struct buf answer;
	struct err_info trouble; /* why the agent does not answer; text "" when it does */
	int64_t end_ns;          /* 0: until a key */
	int64_t ask_ns;          /* when to ask next */
	int64_t today_ns;
	bool has_color;
	bool is_over;
};

/* ---- Figures ---- */

static void take_totals(struct top_model *model, const struct report_totals *totals)
{
	top_model_clear_today(model);
	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];
		struct top_today today = {
		    .has_energy = row->has_energy, .has_carbon = row->has_location, .millij = row->energy_millij, .mg = row->location_mg};

		if (row->level == REPORT_SITE)
			top_model_set_today(model, row->site->id, "", &today);
		else if (row->level == REPORT_DEVICE)
			top_model_set_today(model, row->site->id, row->meter->device, &today);
	}
}

/* Today from the ledger. One that cannot be read leaves the figures unknown: the rest is worth looking at. */
static void read_today(struct top *top)
{
	struct report_request request = {.period = "today", .now_utc_ms = sources_now_utc_ms()};
	struct err_info info = {0};
	struct report_totals totals;
	struct ledger *ledger = NULL;
	int64_t start_ns = clock_boot_ns();
	int64_t cost_ns;

	if (ledger_open_readonly(&ledger, top->model.ledger_path, &info) == ERR_NONE) {
		if (report_totals_make(&totals, ledger, &request, REPORT_DEVICE, &info) == ERR_NONE) {
			take_totals(&top->model, &totals);
			report_totals_deinit(&totals);
		}
		ledger_close(ledger);
	}
	cost_ns = (clock_boot_ns() - start_ns) * TODAY_COST_PART;
	top->today_ns = start_ns + (cost_ns > TODAY_STEP_MS * CLOCK_NS_PER_MS ? cost_ns : TODAY_STEP_MS * CLOCK_NS_PER_MS);
}

static enum err look_again(struct top *top, struct err_info *info)
{
	enum err err;

	buf_clear(&top->answer);
	err = ask_agent(cli_state_dir(top->options), "status", &top->answer, info);
	if (err == ERR_NONE)
		err = top_model_take(&top->model, buf_text(&top->answer), top->answer.bytes, info);
	if (err == ERR_NONE && clock_boot_ns() >= top->today_ns)
		read_today(top);
	return err;
}

/* ---- The screen ---- */

static void open_screen(struct top *top)
{
	const char *no_color = getenv("NO_COLOR");

	initscr();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	set_escdelay(50);
	(void)curs_set(0);
	top->has_color = has_colors() && (no_color == NULL || no_color[0] == '\0');
	if (!top->has_color)
		return;
	start_color();
	use_default_colors();
	init_pair(TOP_GOOD, COLOR_GREEN, -1);
	init_pair(TOP_WARNING, COLOR_YELLOW, -1);
	init_pair(TOP_BAD, COLOR_RED, -1);
}

static chtype attributes_of(const struct top *top, enum top_style style)
{
	switch (style) {
	case TOP_BOLD: return A_BOLD;
	case TOP_HEADING: return A_REVERSE;
	case TOP_GOOD:
	case TOP_WARNING:
	case TOP_BAD: return A_BOLD | (top->has_color ? (chtype)COLOR_PAIR(style) : 0);
	case TOP_PLAIN: break;
	}
	return A_NORMAL;
}

static void draw_line(const struct top *top, int at, const struct top_line *line)
{
	chtype attributes = attributes_of(top, line->style);

	attrset((int)attributes);
	mvaddstr(at, 0, line->text);
	/* A heading is a bar over the whole width. */
	if (line->style == TOP_HEADING)
		hline(' ' | attributes, COLS);
	attrset(A_NORMAL);
}

static void draw(struct top *top)
{
	struct err_info info = {0};
	size_t page;
	size_t lines;

	top->look.width = COLS > 0 ? (size_t)COLS : 1;
	top->look.height = LINES > 0 ? (size_t)LINES : 1;
	top->look.trouble = top->trouble.text[0] == '\0' ? NULL : top->trouble.text;
	if (top_model_sort(&top->model, top->look.sort, top->look.is_reversed, top->look.only_counting, &info) != ERR_NONE)
		top->look.trouble = info.text;
	page = top_view_page_rows(&top->model, &top->look);
	if (top->look.first + page > top->model.order_count)
		top->look.first = top->model.order_count > page ? top->model.order_count - page : 0;
	lines = top_view_render(top->line, &top->model, &top->look);
	erase();
	for (size_t i = 0; i < lines; i++)
		draw_line(top, (int)i, &top->line[i]);
	refresh();
}

/* ---- Keys ---- */

static void scroll_up(struct top_look *look, size_t rows)
{
	look->first -= look->first < rows ? look->first : rows;
}

/* draw() brings it back to the last page. */
static void scroll_down(const struct top *top, struct top_look *look, size_t rows)
{
	look->first += rows;
	look->first = look->first < top->model.order_count ? look->first : top->model.order_count;
}

static void take_key(struct top *top, int key)
{
	struct top_look *look = &top->look;
	size_t page = top_view_page_rows(&top->model, look);

	switch (key) {
	case 'q':
	case KEY_ESCAPE: top->is_over = true; break;
	case 's': look->sort = (look->sort + 1) % TOP_SORT_COUNT; break;
	case 'r': look->is_reversed = !look->is_reversed; break;
	case 'c': look->only_counting = !look->only_counting; break;
	case 'p':
	case ' ': look->is_paused = !look->is_paused; break;
	case 'h':
	case '?': look->has_help = !look->has_help; break;
	case 'k':
	case KEY_UP: scroll_up(look, 1); break;
	case 'j':
	case KEY_DOWN: scroll_down(top, look, 1); break;
	case KEY_PPAGE: scroll_up(look, page); break;
	case KEY_NPAGE: scroll_down(top, look, page); break;
	case KEY_HOME: look->first = 0; break;
	case KEY_END: scroll_down(top, look, top->model.order_count); break;
	default: break;
	}
}

static int wait_ms(const struct top *top, int64_t now_ns)
{
	int64_t wait_ns = top->ask_ns - now_ns;

	if (top->end_ns != 0 && top->end_ns - now_ns < wait_ns)
		wait_ns = top->end_ns - now_ns;
	return wait_ns <= 0 ? 0 : (int)(wait_ns / CLOCK_NS_PER_MS) + 1;
}

static void watch(struct top *top)
{
	while (!top->is_over) {
		int64_t now_ns = clock_boot_ns();
		int key;

		if (top->end_ns != 0 && now_ns >= top->end_ns)
			break;
		if (now_ns >= top->ask_ns) {
			top->trouble = (struct err_info){0};
			if (!top->look.is_paused)
				(void)look_again(top, &top->trouble);
			top->ask_ns = clock_boot_ns() + STEP_MS * CLOCK_NS_PER_MS;
		}
		draw(top);
		timeout(wait_ms(top, clock_boot_ns()));
		key = getch();
		if (key != ERR)
			take_key(top, key);
		else if (isatty(STDIN_FILENO) == 0)
			break; /* the terminal has gone */
	}
}

/* ---- The command ---- */

static enum err run(const struct cli_options *options, struct err_info *info)
{
	struct top top = {.options = options};
	enum err err;

	buf_init(&top.answer, ASK_ANSWER_BYTES_MAX);
	top.look.is_ascii = options->is_ascii || bar_is_ascii_terminal();
	top.line = mem_new_array(TOP_HEIGHT_MAX, sizeof(*top.line));
	/* The first answer comes before the screen is taken, so that an error stays readable. */
	err = top.line == NULL ? err_set(info, ERR_MEMORY, "no memory") : look_again(&top, info);
	if (err == ERR_NONE) {
		top.ask_ns = clock_boot_ns() + STEP_MS * CLOCK_NS_PER_MS;
		top.end_ns = options->for_ms == 0 ? 0 : clock_boot_ns() + options->for_ms * CLOCK_NS_PER_MS;
		open_screen(&top);
		watch(&top);
		endwin();
	}
	top_model_deinit(&top.model);
	mem_free(top.line);
	buf_deinit(&top.answer);
	return err;
}

int command_top(int argc, char **argv)
{
	struct cli_options options;
	struct err_info info = {0};
	enum err err = cli_options_parse(&options, argc, argv, CLI_STATE | CLI_FOR | CLI_ASCII, &info);

	if (err == ERR_NONE && (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0))
		err = err_set(&info, ERR_USAGE, "this draws on a terminal, and there is none; `wattledger status` prints once");
	if (err == ERR_NONE)
		err = run(&options, &info);
	return err == ERR_NONE ? 0 : cli_fail("top", &info);
}
