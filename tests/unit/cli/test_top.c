/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/top_view.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct top_model model;
static struct top_line line[TOP_HEIGHT_MAX];
static struct err_info info;

static void free_model(void)
{
	top_model_deinit(&model);
}

TestSuite(top, .fini = free_model);

static void take(const char *sources)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "{\"schema\":\"wattledger.status/1\",\"verdict\":\"ok\",\"reasons\":[],\"utc\":\"2026-10-05T10:00:00Z\","
		 "\"ledger\":{\"path\":\"/x/ledger.db\"},\"sites\":[{\"site\":\"oslo\",\"power_w\":1500}],\"sources\":[%s]}",
		 sources);
	cr_assert_eq(top_model_take(&model, text, strlen(text), &info), ERR_NONE, "%s", info.text);
}

#define UP(name, watts) \
	"{\"site\":\"oslo\",\"device\":\"" name "\",\"state\":\"up\",\"reason\":\"\",\"in_total\":true,\"power_w\":" watts "}"
#define SILENT(name)                            \
	"{\"site\":\"oslo\",\"device\":\"" name \
	"\",\"state\":\"silent\",\"reason\":\"no answer for 30 s\",\"in_total\":false,\"power_w\":null}"

static const char *name_at(size_t place)
{
	return model.row[model.order[place]].device;
}

static void sort(enum top_sort by, bool is_reversed, bool only_counting)
{
	cr_assert_eq(top_model_sort(&model, by, is_reversed, only_counting, &info), ERR_NONE, "%s", info.text);
}

static size_t render(size_t width, size_t height)
{
	struct top_look look = {.width = width, .height = height, .is_ascii = true};

	sort(TOP_BY_POWER, false, false);
	return top_view_render(line, &model, &look);
}

Test(top, the_largest_power_is_first_and_unknown_is_last_either_way)
{
	take(UP("a", "10") "," SILENT("b") "," UP("c", "30"));
	sort(TOP_BY_POWER, false, false);
	cr_expect_str_eq(name_at(0), "c");
	cr_expect_str_eq(name_at(2), "b");
	sort(TOP_BY_POWER, true, false);
	cr_expect_str_eq(name_at(0), "a");
	cr_expect_str_eq(name_at(2), "b");
}

Test(top, only_counting_leaves_the_others_out)
{
	take(UP("a", "10") "," SILENT("b"));
	sort(TOP_BY_NAME, false, true);
	cr_assert_eq(model.order_count, 1);
	cr_expect_str_eq(name_at(0), "a");
}

Test(top, a_source_that_was_removed_is_not_shown)
{
	take(UP("a", "10") "," UP("b", "20"));
	take(UP("b", "20"));
	sort(TOP_BY_NAME, false, false);
	cr_assert_eq(model.order_count, 1);
	cr_expect_str_eq(name_at(0), "b");
}

Test(top, history_is_newest_first_and_has_gaps_where_power_was_unknown)
{
	take(UP("a", "10"));
	take(SILENT("a"));
	take(UP("a", "30"));
	cr_expect_float_eq(top_model_history_w(&model, &model.row[0], 0), 30, 1e-6);
	cr_expect(isnan(top_model_history_w(&model, &model.row[0], 1)));
	cr_expect_float_eq(top_model_history_w(&model, &model.row[0], 2), 10, 1e-6);
	cr_expect(isnan(top_model_history_w(&model, &model.row[0], 3)));
}

/* 10, unknown, 30, 20: the lowest is '.', the highest '@', half way between the 4th and the 5th of 8 signs: '+' (0.5 x 7 + 0.5 = 4). */
Test(top, a_curve_goes_from_lowest_to_highest_and_leaves_gaps)
{
	char spark[TOP_LINE_BYTES];

	take(UP("a", "10"));
	take(SILENT("a"));
	take(UP("a", "30"));
	take(UP("a", "20"));
	top_view_spark(spark, &model, &model.row[0], 6, true);
	cr_expect_str_eq(spark, "  . @+");
}

/* 1000 and 1001 W: drawn as 975.5 to 1025.5 (5 %), so they are at 3.4 and 3.6 of 0..7: neighbours in the middle. */
Test(top, noise_is_drawn_flat)
{
	char spark[TOP_LINE_BYTES];

	take(UP("a", "1000"));
	take(UP("a", "1001"));
	top_view_spark(spark, &model, &model.row[0], 2, true);
	cr_expect_str_eq(spark, "=+");
}

Test(top, a_screen_of_80_by_24_is_filled_and_never_wider)
{
	take(UP("pdu-a", "1234.56") "," SILENT("pdu-b"));
	cr_assert_eq(render(80, 24), 24);
	for (size_t i = 0; i < 24; i++)
		cr_expect_leq(strlen(line[i].text), 80, "%s", line[i].text);
	cr_expect_eq(strncmp(line[0].text, "ok   1 of 2 sources up   2026-10-05T10:00:00Z", 45), 0, "%s", line[0].text);
	cr_expect_not_null(strstr(line[3].text, "1234.6"), "%s", line[3].text);
	cr_expect_not_null(strstr(line[4].text, "n/a"), "%s", line[4].text);
	cr_expect_not_null(strstr(line[4].text, "no answer"), "%s", line[4].text);
	cr_expect_not_null(strstr(line[23].text, "q quit"), "%s", line[23].text);
}

Test(top, a_tiny_screen_is_not_written_over)
{
	take(UP("pdu-a", "1234.56") "," SILENT("pdu-b"));
	for (size_t width = 1; width < 80; width++) {
		cr_assert_eq(render(width, 3), 3);
		for (size_t i = 0; i < 3; i++)
			cr_assert_leq(strlen(line[i].text), width);
	}
}

/* 18 + 1 + 9 + 1 + 11 + 1 + 11 = 52, and 63 with the emissions. */
Test(top, a_narrow_screen_has_fewer_columns_but_whole_figures)
{
	struct top_today today = {.has_energy = true, .has_carbon = true, .millij = 3600000000, .mg = 28110};

	take(UP("pdu-a", "1234.56"));
	top_model_set_today(&model, "oslo", "pdu-a", &today);
	cr_assert_eq(render(62, 4), 4);
	cr_expect_str_eq(line[1].text, "SOURCE             STATE         POWER W   TODAY kWh");
	cr_expect_str_eq(line[3].text, "pdu-a              up             1234.6       1.000");
	cr_assert_eq(render(63, 4), 4);
	cr_expect_str_eq(line[3].text, "pdu-a              up             1234.6       1.000      0.028");
	cr_assert_eq(render(51, 4), 4);
	cr_expect_str_eq(line[3].text, "pdu-a              up             1234.6");
}

Test(top, help_fits_80_columns)
{
	struct top_look look = {.width = 300, .height = 24, .has_help = true};

	take(UP("pdu-a", "5"));
	sort(TOP_BY_POWER, false, false);
	cr_assert_eq(top_view_render(line, &model, &look), 24);
	for (size_t i = 0; i < 24; i++)
		cr_expect_leq(strlen(line[i].text), 80, "%s", line[i].text);
	cr_expect_str_eq(line[23].text, "h back  q quit");
}

Test(top, a_site_of_unknown_power_tells_what_is_known)
{
	static const char TEXT[] =
	    "{\"schema\":\"wattledger.status/1\",\"verdict\":\"warning\",\"reasons\":[\"1 of 3 sources gives nothing\"],"
	    "\"utc\":\"2026-10-05T10:00:00Z\",\"ledger\":{\"path\":\"/x/ledger.db\"},\"sites\":[{\"site\":\"oslo\",\"power_w\":null,"
	    "\"known_power_w\":1500,\"power_reason\":\"ghost has not answered yet\"}],\"sources\":[]}";

	cr_assert_eq(top_model_take(&model, TEXT, sizeof(TEXT) - 1, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(render(120, 24), 24);
	cr_expect_not_null(strstr(line[2].text, "n/a"), "%s", line[2].text);
	cr_expect_not_null(strstr(line[2].text, "1500 W known; ghost has not answered yet"), "%s", line[2].text);
	cr_expect_eq(strncmp(line[0].text, "warning   0 of 0 sources up   1 of 3 sources gives nothing   2026", 65), 0, "%s", line[0].text);
}

Test(top, today_is_of_the_ledger_and_unknown_without_it)
{
	struct top_today today = {.has_energy = true, .has_carbon = true, .millij = 3600000000, .mg = 28110};

	take(UP("pdu-a", "5"));
	cr_assert_eq(render(100, 24), 24);
	cr_expect_not_null(strstr(line[3].text, "n/a"), "%s", line[3].text);
	top_model_set_today(&model, "oslo", "pdu-a", &today);
	cr_assert_eq(render(100, 24), 24);
	cr_expect_not_null(strstr(line[3].text, "1.000"), "%s", line[3].text);
	cr_expect_not_null(strstr(line[3].text, "0.028"), "%s", line[3].text);
}

Test(top, an_agent_that_stops_answering_is_said_in_the_first_line)
{
	struct top_look look = {.width = 100, .height = 24, .trouble = "no agent runs in /x"};

	take(UP("a", "10"));
	sort(TOP_BY_POWER, false, false);
	cr_assert_eq(top_view_render(line, &model, &look), 24);
	cr_expect_eq(strncmp(line[0].text, "critical", 8), 0);
	cr_expect_not_null(strstr(line[0].text, "no agent runs"), "%s", line[0].text);
	cr_expect_eq(line[0].style, TOP_BAD);
}
