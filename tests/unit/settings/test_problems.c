/* SPDX-License-Identifier: Apache-2.0 */
/* Problems in order, bounded, and harmless to a terminal. */
#include "settings/problems.h"

#include <criterion/criterion.h>

Test(problems, are_sorted_by_file_line_and_column)
{
	struct problems problems = {0};
	struct buf out;

	uint32_t a = problems_add_file(&problems, "a.yaml");
	uint32_t b = problems_add_file(&problems, "b.yaml");
	problems_add_error(&problems, (struct place){b, 1, 1}, "first of b");
	problems_add_error(&problems, (struct place){a, 10, 2}, "line 10");
	problems_add_warning(&problems, (struct place){a, 9, 5}, "line %d", 9);
	problems_add_error(&problems, (struct place){a, 9, 5}, "and another");
	problems_add_error(&problems, (struct place){.file = a}, "all of a");
	problems_sort(&problems);
	buf_init(&out, 4096);
	problems_print(&problems, &out);
	cr_expect_str_eq(
	    buf_text(&out),
	    "a.yaml: all of a\na.yaml:9:5: warning: line 9\na.yaml:9:5: and another\na.yaml:10:2: line 10\nb.yaml:1:1: first of b\n");
	cr_expect_eq(problems.error_count, 4);
	cr_expect_eq(problems.warning_count, 1);
	buf_deinit(&out);
	problems_deinit(&problems);
}

Test(problems, warnings_are_no_errors)
{
	struct problems problems = {0};

	problems_add_warning(&problems, (struct place){0}, "w");
	cr_expect_not(problems_has_error(&problems));
	problems_add_error(&problems, (struct place){0}, "e");
	cr_expect(problems_has_error(&problems));
	problems_deinit(&problems);
}

Test(problems, control_characters_do_not_reach_the_terminal)
{
	struct problems problems = {0};

	problems_add_error(&problems, (struct place){0}, "bad \x1b[31mred\n");
	cr_expect_str_eq(problems.item[0].text, "bad  [31mred");
	problems_deinit(&problems);
}

Test(problems, beyond_the_bound_they_are_counted)
{
	struct problems problems = {0};
	struct buf out;

	for (int i = 0; i < PROBLEMS_MAX + 3; i++)
		problems_add_error(&problems, (struct place){0}, "e");
	cr_expect_eq(problems.count, PROBLEMS_MAX);
	cr_expect_eq(problems.error_count, PROBLEMS_MAX + 3);
	buf_init(&out, 1 << 20);
	problems_print(&problems, &out);
	cr_expect_str_eq(buf_text(&out) + out.bytes - sizeof "... and 3 more\n" + 1, "... and 3 more\n");
	buf_deinit(&out);
	problems_deinit(&problems);
}
