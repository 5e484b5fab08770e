/* SPDX-License-Identifier: Apache-2.0 */
#include "output/file.h"

#include "base/buf.h"
#include "base/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES_MAX = 1 << 20 };

static char folder[] = "/tmp/wattledger-test-XXXXXX";
static char path[sizeof folder + 16];

static void make_folder(void)
{
	cr_assert_not_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/lines", folder);
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

TestSuite(output_file, .init = make_folder, .fini = remove_folder);

static void expect_content(const char *expected)
{
	struct err_info info = {0};
	struct buf content;

	buf_init(&content, READ_BYTES_MAX);
	cr_assert_eq(file_read(path, &content, &info), ERR_NONE, "%s", info.text);
	cr_expect_str_eq(buf_text(&content), expected);
	buf_deinit(&content);
}

static enum err append(const char *lines)
{
	return output_file_append(path, lines, strlen(lines), NULL);
}

Test(output_file, batches_follow_each_other_in_a_file_that_others_cannot_read)
{
	struct stat status;

	umask(0);
	cr_expect_eq(append("a\nb\n"), ERR_NONE);
	cr_expect_eq(append("c\n"), ERR_NONE);
	expect_content("a\nb\nc\n");
	cr_expect_eq(stat(path, &status), 0);
	cr_expect_eq(status.st_mode & 07777, 0640);
}

Test(output_file, a_torn_line_is_cut_off_before_the_next_batch)
{
	cr_assert_eq(file_replace(path, "a\nb\nto", 6, 0600, NULL), ERR_NONE);
	cr_expect_eq(append("c\n"), ERR_NONE);
	expect_content("a\nb\nc\n");
	cr_assert_eq(file_replace(path, "to", 2, 0600, NULL), ERR_NONE);
	cr_expect_eq(append("c\n"), ERR_NONE);
	expect_content("c\n");
}

Test(output_file, a_file_that_is_not_ours_is_left_alone)
{
	char other[10000];

	memset(other, 'x', sizeof other);
	cr_assert_eq(file_replace(path, other, sizeof other, 0600, NULL), ERR_NONE);
	cr_expect_eq(append("c\n"), ERR_IO);
}

/* The limit stands for a full disk: 10 bytes of 12 fit, and none of them may stay. */
Test(output_file, what_does_not_fit_is_taken_back_as_a_whole)
{
	struct rlimit limit = {.rlim_cur = 14, .rlim_max = RLIM_INFINITY};

	signal(SIGXFSZ, SIG_IGN);
	cr_expect_eq(append("a b\n"), ERR_NONE);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_expect_eq(append("12345\n67890\n"), ERR_IO);
	limit.rlim_cur = RLIM_INFINITY;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	expect_content("a b\n");
	cr_expect_eq(append("12345\n67890\n"), ERR_NONE);
	expect_content("a b\n12345\n67890\n");
}

Test(output_file, a_device_that_is_full_is_an_error)
{
	cr_expect_eq(output_file_append("/dev/full", "a\n", 2, NULL), ERR_IO);
	cr_expect_eq(output_file_append("/dev/null", "a\n", 2, NULL), ERR_NONE);
}

Test(output_file, a_named_pipe_is_refused_without_waiting)
{
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(append("a\n"), ERR_IO);
}

Test(output_file, a_folder_that_is_missing_is_said_with_its_path)
{
	struct err_info info = {0};

	cr_expect_eq(output_file_append("/tmp/wattledger-no-such-folder/x", "a\n", 2, &info), ERR_IO);
	cr_expect_not_null(strstr(info.text, "/tmp/wattledger-no-such-folder/x"));
}

Test(output_file, a_pipe_gets_whole_lines_and_a_stalled_reader_is_an_error)
{
	char line[1000];
	char received[2 * PIPE_BUF];
	struct buf lines;
	ssize_t bytes;
	int pair[2];
	int i;

	memset(line, 'x', sizeof line);
	line[sizeof line - 1] = '\n';
	buf_init(&lines, READ_BYTES_MAX);
	for (i = 0; i < 9; i++)
		buf_add(&lines, line, sizeof line);
	cr_assert_eq(pipe(pair), 0);
	cr_assert_geq(fcntl(pair[1], F_SETPIPE_SZ, PIPE_BUF), PIPE_BUF);
	/* One page: four lines of 1000 fit, the fifth would be torn. */
	cr_expect_eq(output_file_append_fd(pair[1], lines.data, lines.bytes, NULL), ERR_IO);
	bytes = read(pair[0], received, sizeof received);
	cr_expect_eq(bytes, 4000);
	cr_expect_eq(received[bytes - 1], '\n');
	buf_deinit(&lines);
	close(pair[0]);
	close(pair[1]);
}
