/* SPDX-License-Identifier: Apache-2.0 */
/* What wattledger-clock writes down, and how long it is believed. */
#include "base/clock_kept.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define S INT64_C(1000000000)

static char path[64];

static void make_path(void)
{
	memcpy(path, "/tmp/wattledger-kept-XXXXXX", sizeof "/tmp/wattledger-kept-XXXXXX");
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	close(fd);
}

static void remove_path(void)
{
	unlink(path);
}

static void put(const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

TestSuite(clock_kept, .init = make_path, .fini = remove_path);

Test(clock_kept, is_believed_for_a_minute)
{
	cr_assert_eq(clock_kept_write(path, 5025 * S, true, NULL), ERR_NONE);
	cr_expect_eq(clock_kept_read(path, 5025 * S), CLOCK_KEPT_YES);
	cr_expect_eq(clock_kept_read(path, 5085 * S), CLOCK_KEPT_YES);
	cr_expect_eq(clock_kept_read(path, 5085 * S + 1), CLOCK_KEPT_UNTOLD);
	/* Of another boot. */
	cr_expect_eq(clock_kept_read(path, 5025 * S - 1), CLOCK_KEPT_UNTOLD);
}

Test(clock_kept, a_clock_that_nothing_keeps_is_not)
{
	cr_assert_eq(clock_kept_write(path, 5025 * S, false, NULL), ERR_NONE);
	cr_expect_eq(clock_kept_read(path, 5025 * S), CLOCK_KEPT_FREE);
}

Test(clock_kept, what_is_no_answer_is_not_believed)
{
	static const char *const text[] = {"",
					   "kept",
					   "kept \n",
					   "kept 5025000000000",
					   "kept 50 25\n",
					   "free\n",
					   "kept -9223372036854775808\n",
					   "free 50 25\n",
					   "kept 99999999999999999999999999999999999999999999999999999999999\n"};

	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
		put(text[i]);
		cr_expect_eq(clock_kept_read(path, 5025 * S), CLOCK_KEPT_UNTOLD, "%s", text[i]);
	}
	put("kept 5025000000000\n");
	cr_expect_eq(clock_kept_read(path, 5025 * S), CLOCK_KEPT_YES);
	cr_expect_eq(clock_kept_read("/nonexistent/kept", 5025 * S), CLOCK_KEPT_UNTOLD);
	cr_expect_eq(clock_kept_write("/nonexistent/kept", 5025 * S, true, NULL), ERR_IO);
}
