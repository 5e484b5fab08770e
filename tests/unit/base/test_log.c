/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_end = -1;

/* Standard error becomes a pipe; each test is a process of its own. */
static void redirect(void)
{
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_geq(dup2(ends[1], STDERR_FILENO), 0);
	close(ends[1]);
	read_end = ends[0];
	unsetenv("JOURNAL_STREAM");
}

/* Everything logged so far; one read, since each line is one write. */
static void read_logged(char *out, size_t out_bytes)
{
	ssize_t got = read(read_end, out, out_bytes - 1);

	cr_assert(got >= 0);
	out[got] = '\0';
}

Test(log, line_names_program_and_level, .init = redirect)
{
	char out[256];

	log_init("core", LOG_LEVEL_DEBUG);
	log_error("a %d", 1);
	log_warning("b");
	log_notice("c");
	log_info("d");
	log_debug("e");
	read_logged(out, sizeof out);
	cr_assert_str_eq(out, "core: error: a 1\ncore: warning: b\ncore: c\ncore: d\ncore: debug: e\n");
}

Test(log, a_line_begins_with_what_takes_an_unended_one_away, .init = redirect)
{
	char out[256];

	log_init("core", LOG_LEVEL_INFO);
	log_set_start("\r\033[K");
	log_info("a");
	log_set_start("");
	log_info("b");
	read_logged(out, sizeof out);
	cr_assert_str_eq(out, "\r\033[Kcore: a\ncore: b\n");
}

Test(log, detail_beyond_the_level_is_left_out, .init = redirect)
{
	char out[256];

	log_init("core", LOG_LEVEL_WARNING);
	log_info("no");
	log_notice("no");
	log_warning("yes");
	read_logged(out, sizeof out);
	cr_assert_str_eq(out, "core: warning: yes\n");
}

Test(log, journal_gets_the_priority, .init = redirect)
{
	struct stat status;
	char stream[64];
	char out[256];

	cr_assert_eq(fstat(STDERR_FILENO, &status), 0);
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init("core", LOG_LEVEL_INFO);
	log_error("x");
	read_logged(out, sizeof out);
	cr_assert_str_eq(out, "<3>core: x\n");
}

Test(log, inherited_journal_of_another_stream_is_none, .init = redirect)
{
	char out[256];

	setenv("JOURNAL_STREAM", "1:1", 1);
	log_init("core", LOG_LEVEL_INFO);
	log_info("x");
	read_logged(out, sizeof out);
	cr_assert_str_eq(out, "core: x\n");
}

Test(log, text_cannot_forge_a_second_line, .init = redirect)
{
	char out[256];

	log_init("core", LOG_LEVEL_INFO);
	log_info("name %s", "a\n<0>core: forged\x1B[2J");
	read_logged(out, sizeof out);
	cr_assert_str_eq(out, "core: name a <0>core: forged [2J\n");
}

Test(log, long_text_is_cut_and_still_ends_its_line, .init = redirect)
{
	char text[5000];
	char out[8000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	log_init("core", LOG_LEVEL_INFO);
	log_info("%s", text);
	read_logged(out, sizeof out);
	cr_assert_eq(out[strlen(out) - 1], '\n');
	cr_assert_lt(strlen(out), 2200);
}

Test(log, errno_is_left_alone, .init = redirect)
{
	log_init("core", LOG_LEVEL_INFO);
	errno = ENOENT;
	log_info("x");
	cr_assert_eq(errno, ENOENT);
}

Test(log, limit_passes_once_in_an_interval_and_counts_the_rest)
{
	struct log_limit limit = {0};
	uint64_t suppressed = 99;
	const int64_t s = INT64_C(1000000000);

	cr_assert(log_limit_pass(&limit, 5 * s, 10, &suppressed));
	cr_assert_eq(suppressed, 0);
	cr_assert_not(log_limit_pass(&limit, 6 * s, 10, &suppressed));
	cr_assert_not(log_limit_pass(&limit, 15 * s - 1, 10, &suppressed));
	cr_assert(log_limit_pass(&limit, 15 * s, 10, &suppressed));
	cr_assert_eq(suppressed, 2);
	cr_assert(log_limit_pass(&limit, 25 * s, 10, &suppressed));
	cr_assert_eq(suppressed, 0);
}
