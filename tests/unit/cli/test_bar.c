/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bar.h"

#include <criterion/criterion.h>

static void expect_bar(double ratio, size_t width, bool is_ascii, const char *text)
{
	char bar[64];

	bar_print(bar, sizeof(bar), ratio, width, is_ascii);
	cr_expect_str_eq(bar, text);
}

Test(bar, is_as_long_as_its_share_to_an_eighth_of_a_character)
{
	expect_bar(1, 4, false, "\u2588\u2588\u2588\u2588");
	expect_bar(0.5, 4, false, "\u2588\u2588");
	/* 4 characters are 32 eighths; a quarter and an eighth of a character more are 9. */
	expect_bar(9.0 / 32, 4, false, "\u2588\u258f");
	expect_bar(0, 4, false, "");
}

Test(bar, in_ascii_is_rounded_to_whole_characters)
{
	expect_bar(0.5, 5, true, "###"); /* 2.5 */
	expect_bar(0.49, 5, true, "##");
	expect_bar(1, 3, true, "###");
}

Test(bar, takes_what_is_outside_as_the_nearer_end)
{
	expect_bar(7, 2, true, "##");
	expect_bar(-1, 2, true, "");
}

Test(bar, never_writes_beyond_its_room)
{
	char bar[5];

	/* Three bytes a block: one has room beside the end. */
	bar_print(bar, sizeof(bar), 1, 10, false);
	cr_expect_str_eq(bar, "\u2588");
}
