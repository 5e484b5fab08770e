/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of emission factors. */
#include "settings/grid.h"

#include "base/buf.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source\n"
#define REST ",lifecycle,average,P,E,L,S\n"

/* Parses as layer; the problems' text is compared. */
static enum err add(struct grid *grid, const char *text, uint32_t layer, const char *expected)
{
	struct problems problems = {0};
	struct buf out;

	buf_init(&out, 65536);
	enum err err = grid_parse(grid, text, strlen(text), problems_add_file(&problems, "g.csv"), layer, &problems);
	if (err == ERR_NONE)
		err = grid_finish(grid, &problems);
	problems_sort(&problems);
	problems_print(&problems, &out);
	cr_expect_str_eq(buf_text(&out), expected);
	buf_deinit(&out);
	problems_deinit(&problems);
	return err;
}

Test(grid, factors_are_exact_micrograms_and_zones_are_text)
{
	struct grid grid = {0};
	size_t count = 0;

	cr_assert_eq(add(&grid, HEADER "NO,Norway,2024,30.75" REST "001,World,2024,445.123456" REST "NA,Namibia,2023,52" REST, 0, ""),
		     ERR_NONE);
	size_t at = grid_find(&grid, "NO", &count);
	cr_assert_eq(count, 1);
	cr_expect_eq(grid.row[at].factor.microg_per_kwh, 30750000); /* 30.75 g */
	cr_expect_eq(grid.row[at].factor.year, 2024);
	at = grid_find(&grid, "001", &count);
	cr_assert_eq(count, 1);
	cr_expect_eq(grid.row[at].factor.microg_per_kwh, 445123456);
	at = grid_find(&grid, "NA", &count);
	cr_expect_eq(count, 1);
	at = grid_find(&grid, "1", &count);
	cr_expect_eq(count, 0);
	grid_deinit(&grid);
}

Test(grid, a_bad_row_refuses_the_file_and_all_are_told)
{
	struct grid grid = {0};

	cr_expect_eq(
	    add(&grid,
		HEADER "NO,Norway,2024,30.75" REST "SE,Sweden,24,1e2,both,marginal operating,,E,L,S\n"
		       "DK,Denmark,2024\nFI,Finland,2024,30.1234567" REST "IS,Iceland,2024,30,direct,average; uncertainty 8%,M,E,L,S\n",
		0,
		"g.csv:3:11: year: \"24\" is no year from 1990 to 2100\n"
		"g.csv:3:14: gco2e_per_kwh: \"1e2\" is no number from 0 to 5000 with at most 6 decimals\n"
		"g.csv:3:18: basis: \"both\" is none of direct, lifecycle, residual, upstream\n"
		"g.csv:3:23: a marginal factor tells what one kWh less would save, not what was emitted: an inventory must not use it\n"
		"g.csv:3:42: publisher is empty: no cell may be\n"
		"g.csv:4:1: 3 cells, 10 are expected\n"
		"g.csv:5:17: gco2e_per_kwh: \"30.1234567\" is no number from 0 to 5000 with at most 6 decimals\n"
		"g.csv:6:27: method: the uncertainty of a factor is its end, per cent at k = 2: \"; uncertainty 8 %\", above 0, up to 100, at "
		"most 2 decimals\n"),
	    ERR_CONFIG);
	cr_expect_eq(grid.count, 0);
	grid_deinit(&grid);
}

Test(grid, another_header_is_refused)
{
	struct grid grid = {0};

	cr_expect_eq(
	    add(&grid, "zone,year,factor\nNO,2024,30\n", 0,
		"g.csv:1:1: the first line has to be: zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source\n"),
	    ERR_CONFIG);
	cr_expect_eq(add(&grid, "", 0, "g.csv: the table is empty\n"), ERR_CONFIG);
	grid_deinit(&grid);
}

Test(grid, torn_quotes_have_their_place)
{
	struct grid grid = {0};
	struct problems problems = {0};
	static const char text[] = HEADER "NO,\"Nor,2024,30" REST;

	cr_expect_eq(grid_parse(&grid, text, strlen(text), problems_add_file(&problems, "g.csv"), 0, &problems), ERR_CONFIG);
	cr_assert_eq(problems.count, 1);
	cr_expect_eq(problems.item[0].place.line, 2);
	problems_deinit(&problems);
	grid_deinit(&grid);
}

Test(grid, a_row_stands_once_in_a_folder)
{
	struct grid grid = {0};

	cr_expect_eq(add(&grid, HEADER "NO,Norway,2024,30" REST "NO,Norway,2024,31" REST, 0,
			 "g.csv:3:1: zone NO, year 2024, lifecycle is there twice: first in g.csv:2\n"),
		     ERR_CONFIG);
	grid_deinit(&grid);
}

Test(grid, a_later_folder_wins)
{
	struct grid grid = {0};
	size_t count = 0;

	cr_assert_eq(add(&grid, HEADER "NO,Norway,2023,29" REST "NO,Norway,2024,30" REST, 0, ""), ERR_NONE);
	cr_assert_eq(add(&grid, HEADER "NO,Norway,2024,17" REST, 1, ""), ERR_NONE);
	size_t at = grid_find(&grid, "NO", &count);
	cr_assert_eq(count, 2);
	cr_expect_eq(grid.row[at].factor.microg_per_kwh, 29000000);
	cr_expect_eq(grid.row[at + 1].factor.microg_per_kwh, 17000000);
	grid_deinit(&grid);
}

Test(grid, the_nearest_zone_is_found_by_letters_case_and_name)
{
	struct grid grid = {0};

	cr_assert_eq(add(&grid, HEADER "NO,Norway,2024,30" REST "DE,Germany,2024,350" REST, 0, ""), ERR_NONE);
	cr_expect_str_eq(grid_nearest(&grid, "no"), "NO");
	cr_expect_str_eq(grid_nearest(&grid, "Norway"), "NO");
	cr_expect_str_eq(grid_nearest(&grid, "Germny"), "DE");
	cr_expect_str_eq(grid_nearest(&grid, "NOO"), "NO");
	cr_expect_null(grid_nearest(&grid, "Atlantis"));
	grid_deinit(&grid);
}

Test(grid, editions_of_one_publisher_stand_side_by_side_newest_first)
{
	struct grid grid = {0};
	size_t count = 0;

	cr_assert_eq(
	    add(&grid,
		HEADER
		"NO,Norway,2024,30,lifecycle,average,Ember,2025,CC BY 4.0,s\nNO,Norway,2024,31,lifecycle,average,Ember,2026,CC BY 4.0,s\n",
		0, ""),
	    ERR_NONE);
	size_t at = grid_find(&grid, "NO", &count);
	cr_assert_eq(count, 2);
	cr_expect_str_eq(grid.row[at].factor.edition, "2026");
	cr_expect_str_eq(grid.row[at + 1].factor.edition, "2025");
	grid_deinit(&grid);
}

Test(grid, two_publishers_of_one_figure_are_a_mistake)
{
	struct grid grid = {0};

	cr_expect_eq(add(&grid,
			 HEADER
			 "NO,Norway,2024,30,lifecycle,average,Ember,2026,CC BY 4.0,s\nNO,Norway,2024,31,lifecycle,average,NVE,2025,own,s\n",
			 0, "g.csv:3:1: zone NO, year 2024, lifecycle is there twice: first in g.csv:2\n"),
		     ERR_CONFIG);
	grid_deinit(&grid);
}

/* Restatement moves the past: of the 174 zones that both of Ember's editions have for 2023, 28 move by more than 5 %, among them Mali, 394.5 to 535.77. */
Test(grid, the_two_editions_disagree_where_they_are_known_to)
{
	struct problems problems = {0};
	struct grid grid = {0};
	int common = 0;
	int moved = 0;

	cr_assert_eq(grid_load(&grid, "config/grid/ember-2025.csv", 0, &problems), ERR_NONE);
	cr_assert_eq(grid_load(&grid, "config/grid/ember-2026.csv", 0, &problems), ERR_NONE);
	cr_assert_eq(grid_finish(&grid, &problems), ERR_NONE);
	for (size_t i = 1; i < grid.count; i++) {
		const struct plan_factor *after = &grid.row[i - 1].factor;
		const struct plan_factor *before = &grid.row[i].factor;

		if (strcmp(after->zone, before->zone) != 0 || after->year != 2023 || before->year != 2023)
			continue;
		common++;
		moved += llabs(after->microg_per_kwh - before->microg_per_kwh) * 20 > before->microg_per_kwh;
		if (strcmp(after->zone, "ML") == 0) {
			cr_expect_eq(before->microg_per_kwh, 394500000);
			cr_expect_eq(after->microg_per_kwh, 535770000);
		}
	}
	cr_expect_eq(common, 174);
	cr_expect_eq(moved, 28);
	grid_deinit(&grid);
	problems_deinit(&problems);
}

#define LOSS_HEADER "zone,name,year,loss_pct_of_output,basis,method,publisher,edition,licence,source\n"

Test(grid, losses_are_a_share_and_stand_in_a_table_of_their_own)
{
	struct grid grid = {0};

	cr_expect_eq(add(&grid, LOSS_HEADER "NO,Norway,2023,6.5,losses,all,P,E,L,S\n", 0, ""), ERR_NONE);
	cr_assert_eq(grid.count, 1);
	cr_expect_eq(grid.row[0].factor.microg_per_kwh, 6500000);
	cr_expect_eq(add(&grid, LOSS_HEADER "NO,Norway,2023,96,losses,all,P,E,L,S\nSE,Sweden,2023,5,direct,all,P,E,L,S\n", 0,
			 "g.csv:2:16: loss_pct_of_output: \"96\" is no number from 0 to 95 with at most 6 decimals\n"
			 "g.csv:3:18: basis: \"direct\" is not losses\n"),
		     ERR_CONFIG);
	cr_expect_eq(add(&grid, HEADER "NO,Norway,2023,6.5,losses,all,P,E,L,S\n", 0,
			 "g.csv:2:20: basis: \"losses\" is none of direct, lifecycle, residual, upstream\n"),
		     ERR_CONFIG);
	grid_deinit(&grid);
}

Test(grid, those_of_the_program_are_right)
{
	static const char *const path[] = {"config/grid/desnz-2025.csv", "config/grid/ember-2025.csv", "config/grid/ember-2026.csv",
					   "config/grid/epa-egrid2022.csv", "config/grid/worldbank-losses.csv"};
	struct problems problems = {0};
	struct grid grid = {0};
	size_t count = 0;

	for (size_t i = 0; i < sizeof path / sizeof path[0]; i++)
		cr_assert_eq(grid_load(&grid, path[i], 0, &problems), ERR_NONE, "%s", path[i]);
	cr_assert_eq(grid_finish(&grid, &problems), ERR_NONE);
	cr_expect_eq(problems.count, 0);
	cr_expect_eq(grid.count, 4422); /* 2276 + 1966 + 28 + 2 + 150 rows, as the README says */
	size_t at = grid_find(&grid, "001", &count);
	cr_assert_gt(count, 0);
	cr_expect_eq(grid.row[at].factor.year, 2015);
	cr_expect_eq(grid.row[at].factor.microg_per_kwh, 533380000); /* 533.38 g */
	grid_deinit(&grid);
	problems_deinit(&problems);
}
