/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

#include <criterion/criterion.h>
#include <string.h>

static struct buf out;

static void setup(void)
{
	buf_init(&out, 1 << 20);
}

static void teardown(void)
{
	buf_deinit(&out);
}

TestSuite(html, .init = setup, .fini = teardown);

Test(html, text_is_never_markup)
{
	static const struct html_column COLUMN[] = {{"<b>", false}};
	static const char *const CELL[] = {"</td><script>alert(1)</script>"};

	html_begin(&out, "<title>");
	html_add_paragraph(&out, "a & b");
	html_begin_table(&out, COLUMN, 1);
	html_add_row(&out, COLUMN, CELL, 1);
	html_end_table(&out);
	html_end(&out);
	cr_expect_null(strstr(buf_text(&out), "<script"));
	cr_expect_null(strstr(buf_text(&out), "<b>"));
	cr_expect_not_null(strstr(buf_text(&out), "<h1>&lt;title&gt;</h1>"));
	cr_expect_not_null(strstr(buf_text(&out), "<p>a &amp; b</p>"));
}

Test(html, an_empty_cell_says_that_there_is_nothing)
{
	static const struct html_column COLUMN[] = {{"A", true}, {"B", false}};
	static const char *const CELL[] = {NULL, ""};

	html_add_row(&out, COLUMN, CELL, 2);
	cr_expect_str_eq(buf_text(&out), "<tr><td class=\"number\">n/a</td><td>n/a</td></tr>\n");
}

Test(html, words_and_times_stay_whole_sentences_and_digests_may_be_broken)
{
	static const struct html_column COLUMN[] = {{"A", false}, {"B", false}, {"C", false}, {"D", false}};
	static const char *const CELL[] = {"hall-1", "2026-10-05T10:00:00Z", "World Bank, of the newest year",
					   "45a5313b9a47b742b248ede5c391"};

	html_add_row(&out, COLUMN, CELL, 4);
	cr_expect_str_eq(buf_text(&out), "<tr><td>hall-1</td><td class=\"time\"><span>2026-10-05T</span><wbr><span>10:00:00Z</span></td>"
					 "<td class=\"text\">World Bank, of the newest year</td>"
					 "<td class=\"long\">45a5313b9a47b742b248ede5c391</td></tr>\n");
}

Test(html, steps_of_a_scale_are_1_2_5_of_a_power_of_ten)
{
	cr_expect_float_eq(html_chart_step(4), 1, 1e-12);
	cr_expect_float_eq(html_chart_step(4.1), 2, 1e-12);
	cr_expect_float_eq(html_chart_step(19), 5, 1e-12);
	cr_expect_float_eq(html_chart_step(21), 10, 1e-12);
	cr_expect_float_eq(html_chart_step(0.03), 0.01, 1e-12);
	cr_expect_float_eq(html_chart_step(0), 1, 1e-12);
}

/* The plot is 866 wide from 84 and 192 high from 12; 5 of a scale to 6 in steps of 2: y = 12 + 192 - 192 x 5 / 6 = 44. Half the time: 433. */
Test(html, a_bar_has_the_height_of_its_value_and_the_width_of_its_time)
{
	struct html_bar bar = {.start_s = 0, .end_s = 50, .value = 5, .covered_ratio = 1, .label = "five"};
	struct html_chart chart = {
	    .title = "t", .unit = "kWh", .start_s = 0, .end_s = 100, .first_label = "a", .last_label = "b", .bar = &bar, .count = 1};

	html_add_chart(&out, &chart);
	cr_expect_not_null(
	    strstr(buf_text(&out), "<rect class=\"bar\" x=\"84.5\" y=\"44\" width=\"432\" height=\"160\"><title>five</title>"), "%s",
	    buf_text(&out));
}

Test(html, a_chart_without_bars_and_one_without_time_are_harmless)
{
	struct html_chart chart = {.title = "t", .unit = "kWh", .start_s = 0, .end_s = 100, .first_label = "a", .last_label = "b"};

	html_add_chart(&out, &chart);
	cr_expect_not_null(strstr(buf_text(&out), "<svg"));
	buf_clear(&out);
	chart.end_s = 0;
	html_add_chart(&out, &chart);
	cr_expect_str_eq(buf_text(&out), "");
}
