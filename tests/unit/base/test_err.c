/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

Test(err, set_fills_text_and_returns_code)
{
	struct err_info info = {0};

	cr_assert_eq(err_set(&info, ERR_DATA, "line %d", 7), ERR_DATA);
	cr_assert_eq(info.code, ERR_DATA);
	cr_assert_str_eq(info.text, "line 7");
}

Test(err, set_without_info_returns_the_code)
{
	cr_assert_eq(err_set(NULL, ERR_CONFIG, "x"), ERR_CONFIG);
	cr_assert_eq(err_set_errno(NULL, ERR_IO, ENOENT, "x"), ERR_IO);
}

Test(err, set_cuts_long_text)
{
	struct err_info info = {0};
	char text[2 * ERR_TEXT_BYTES];

	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	(void)err_set(&info, ERR_DATA, "%s", text);
	cr_assert_eq(strlen(info.text), ERR_TEXT_BYTES - 1);
}

Test(err, set_may_use_its_own_text)
{
	struct err_info info = {0};

	(void)err_set(&info, ERR_DATA, "inner");
	(void)err_set(&info, ERR_CONFIG, "outer (%s)", info.text);
	cr_assert_str_eq(info.text, "outer (inner)");
}

Test(err, set_errno_adds_the_reason)
{
	struct err_info info = {0};

	cr_assert_eq(err_set_errno(&info, ERR_IO, ENOENT, "/x"), ERR_IO);
	cr_assert_str_eq(info.text, "/x: No such file or directory");
}

Test(err, set_errno_tells_a_missing_right_apart)
{
	struct err_info info = {0};

	cr_assert_eq(err_set_errno(&info, ERR_IO, EACCES, "/x"), ERR_PERMISSION);
	cr_assert_eq(info.code, ERR_PERMISSION);
	cr_assert_eq(err_set_errno(&info, ERR_IO, EPERM, "/x"), ERR_PERMISSION);
	cr_assert_eq(err_set_errno(&info, ERR_UNAVAILABLE, EACCES, "/x"), ERR_UNAVAILABLE);
}

Test(err, prefix_keeps_code_and_text)
{
	struct err_info info = {0};

	(void)err_set(&info, ERR_DATA, "bad number");
	cr_assert_eq(err_prefix(&info, "row %d", 3), ERR_DATA);
	cr_assert_str_eq(info.text, "row 3: bad number");
}

Test(err, prefix_without_info_stays_a_failure)
{
	cr_assert_eq(err_prefix(NULL, "row %d", 3), ERR_UNAVAILABLE);
}

Test(err, prefix_of_full_text_is_cut)
{
	struct err_info info = {0};

	memset(info.text, 'b', sizeof info.text - 1);
	info.code = ERR_IO;
	cr_assert_eq(err_prefix(&info, "ctx"), ERR_IO);
	cr_assert_eq(strlen(info.text), ERR_TEXT_BYTES - 1);
	cr_assert_eq(strncmp(info.text, "ctx: bbb", 8), 0);
}

Test(err, exit_codes_are_those_of_sysexits)
{
	static const struct {
		enum err code;
		int exit_code;
	} cases[] = {
	    {ERR_NONE, 0},    {ERR_USAGE, 64}, {ERR_DATA, 65}, {ERR_LIMIT, 65},      {ERR_UNAVAILABLE, 69},
	    {ERR_MEMORY, 69}, {ERR_BUSY, 69},  {ERR_IO, 74},   {ERR_PERMISSION, 77}, {ERR_CONFIG, 78},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		cr_expect_eq(err_exit_code(cases[i].code), cases[i].exit_code, "code %d", (int)cases[i].code);
}
