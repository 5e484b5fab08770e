/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress_bar.h"

#include <criterion/criterion.h>

static struct buf out;

static const char *line(double done_ratio, double elapsed_s)
{
	buf_clear(&out);
	progress_bar_print(&out, "export", done_ratio, elapsed_s);
	return buf_text(&out);
}

static void setup(void)
{
	buf_init(&out, 256);
}

static void teardown(void)
{
	buf_deinit(&out);
}

TestSuite(progress_bar, .init = setup, .fini = teardown);

/* A quarter took 30 s: three more of them are left. */
Test(progress_bar, tells_the_time_that_is_left)
{
	cr_expect_str_eq(line(0.25, 30), "export [######------------------]  25 %, 1:30 left");
	cr_expect_str_eq(line(1, 7), "export [########################] 100 %, 0:00 left");
}

Test(progress_bar, promises_nothing_before_a_hundredth_is_done)
{
	cr_expect_str_eq(line(0.009, 30), "export [------------------------]   0 %");
	cr_expect_str_eq(line(0, 30), "export [------------------------]   0 %");
}

static void keep(void *context, double done_ratio)
{
	*(double *)context = done_ratio;
}

Test(progress_bar, nobody_may_listen_and_ratios_stay_in_range)
{
	double told = -1;
	struct progress progress = {keep, &told};

	progress_tell(NULL, 0.5);
	progress_tell(&progress, 1.5);
	cr_expect_eq(told, 1);
	progress_tell(&progress, -1);
	cr_expect_eq(told, 0);
}
