/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEST_PATH_BYTES = 512 };

static char folder[64];

static void make_folder(void)
{
	memcpy(folder, "/tmp/wattledger-file-XXXXXX", sizeof "/tmp/wattledger-file-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
}

/* The tests make files and empty folders one level deep. */
static void remove_folder(void)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		if (unlinkat(dirfd(dir), entry->d_name, 0) != 0)
			(void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	closedir(dir);
	(void)rmdir(folder);
}

static const char *path_of(char out[static TEST_PATH_BYTES], const char *name)
{
	struct err_info info = {0};

	cr_assert_eq(file_join(out, TEST_PATH_BYTES, folder, name, &info), ERR_NONE);
	return out;
}

static size_t count_entries(void)
{
	DIR *dir = opendir(folder);
	size_t count = 0;

	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2; /* . and .. */
}

TestSuite(file, .init = make_folder, .fini = remove_folder);

Test(file, replace_and_read_give_the_same_bytes)
{
	char path[TEST_PATH_BYTES];
	struct err_info info = {0};
	struct stat status;
	struct buf out;

	buf_init(&out, 100);
	cr_assert_eq(file_replace(path_of(path, "a"), "one\0two", 7, 0640, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(file_replace(path, "three", 5, 0600, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(file_read(path, &out, &info), ERR_NONE, "%s", info.text);
	cr_assert_str_eq(buf_text(&out), "three");
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0600);
	cr_assert_eq(count_entries(), 1);
	buf_deinit(&out);
}

Test(file, replace_keeps_its_mode_under_any_umask)
{
	char path[TEST_PATH_BYTES];
	struct err_info info = {0};
	struct stat status;

	umask(0777);
	cr_assert_eq(file_replace(path_of(path, "a"), "x", 1, 0644, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(stat(path, &status), 0);
	cr_assert_eq(status.st_mode & 0777, 0644);
}

Test(file, failed_replace_leaves_the_old_and_no_rest)
{
	char path[TEST_PATH_BYTES];
	struct err_info info = {0};

	/* A folder cannot be replaced by a file. */
	cr_assert_eq(mkdir(path_of(path, "d"), 0700), 0);
	cr_assert_eq(file_replace(path, "x", 1, 0600, &info), ERR_IO);
	cr_assert_not_null(strstr(info.text, "/d: cannot replace: "));
	cr_assert_eq(count_entries(), 1);
}

Test(file, replace_takes_over_a_crashed_leftover)
{
	char path[TEST_PATH_BYTES];
	char leftover[TEST_PATH_BYTES];
	char name[64];
	struct err_info info = {0};

	snprintf(name, sizeof name, "a.tmp-%ld", (long)getpid());
	cr_assert_eq(file_replace(path_of(leftover, name), "old", 3, 0600, &info), ERR_NONE);
	cr_assert_eq(file_replace(path_of(path, "a"), "new", 3, 0600, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(count_entries(), 1);
}

Test(file, read_of_nothing_names_the_path)
{
	char path[TEST_PATH_BYTES];
	struct err_info info = {0};
	struct buf out;

	buf_init(&out, 100);
	cr_assert_eq(file_read(path_of(path, "none"), &out, &info), ERR_IO);
	cr_assert_not_null(strstr(info.text, "/none: cannot open: No such file or directory"));
	cr_assert_eq(file_read(folder, &out, &info), ERR_IO);
	cr_assert_not_null(strstr(info.text, folder));
	buf_deinit(&out);
}

Test(file, read_beyond_the_bound_is_refused)
{
	char path[TEST_PATH_BYTES];
	struct err_info info = {0};
	struct buf out;

	buf_init(&out, 4);
	cr_assert_eq(file_replace(path_of(path, "a"), "12345", 5, 0600, &info), ERR_NONE);
	cr_assert_eq(file_read(path, &out, &info), ERR_LIMIT);
	cr_assert_not_null(strstr(info.text, "larger than the 4 bytes"));
	cr_assert_eq(out.bytes, 0);
	buf_deinit(&out);
}

Test(file, read_fd_appends_to_the_end)
{
	struct err_info info = {0};
	struct buf out;
	int ends[2];

	buf_init(&out, 100000);
	buf_add_text(&out, ">");
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(file_write_all(ends[1], "abc", 3, &info), ERR_NONE);
	close(ends[1]);
	cr_assert_eq(file_read_fd(ends[0], &out, &info), ERR_NONE);
	cr_assert_str_eq(buf_text(&out), ">abc");
	close(ends[0]);
	buf_deinit(&out);
}

Test(file, write_to_a_full_device_fails)
{
	struct err_info info = {0};
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		cr_skip_test("/dev/full is not there");
	cr_assert_eq(file_write_all(fd, "x", 1, &info), ERR_IO);
	cr_assert_str_eq(info.text, "cannot write: No space left on device");
	close(fd);
}

Test(file, make_dirs_makes_all_and_is_content_with_what_is_there)
{
	char path[TEST_PATH_BYTES];
	char inner[TEST_PATH_BYTES];
	struct err_info info = {0};

	cr_assert_eq(file_make_dirs(path_of(inner, "b/c//"), 0700, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(file_make_dirs(inner, 0700, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(access(inner, X_OK), 0);
	cr_assert_eq(rmdir(path_of(path, "b/c")), 0);
}

Test(file, make_dirs_through_a_file_fails)
{
	char path[TEST_PATH_BYTES];
	struct err_info info = {0};

	cr_assert_eq(file_replace(path_of(path, "f"), "x", 1, 0600, &info), ERR_NONE);
	cr_assert_eq(file_make_dirs(path, 0700, &info), ERR_IO);
	cr_assert_eq(file_make_dirs(path_of(path, "f/g"), 0700, &info), ERR_IO);
	cr_assert_not_null(strstr(info.text, "/f: cannot make the folder"));
	cr_assert_eq(file_make_dirs("", 0700, &info), ERR_LIMIT);
}

Test(file, readable_by_others_looks_at_group_and_others)
{
	static const struct {
		mode_t mode;
		bool is_readable;
	} cases[] = {{0600, false}, {0640, true}, {0604, true}, {0700, false}, {0620, false}};
	char path[TEST_PATH_BYTES];
	struct err_info info = {0};

	cr_assert_not(file_is_readable_by_others(path_of(path, "s")));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		cr_assert_eq(file_replace(path, "x", 1, cases[i].mode, &info), ERR_NONE);
		cr_expect_eq(file_is_readable_by_others(path), cases[i].is_readable, "mode %o", (unsigned)cases[i].mode);
	}
}

Test(file, join_puts_one_slash_and_refuses_what_does_not_fit)
{
	struct err_info info = {0};
	char out[8];

	cr_assert_eq(file_join(out, sizeof out, "/a", "b", &info), ERR_NONE);
	cr_assert_str_eq(out, "/a/b");
	cr_assert_eq(file_join(out, sizeof out, "/", "b", &info), ERR_NONE);
	cr_assert_str_eq(out, "/b");
	cr_assert_eq(file_join(out, sizeof out, "", "b", &info), ERR_NONE);
	cr_assert_str_eq(out, "b");
	cr_assert_eq(file_join(out, sizeof out, "/abc", "def", &info), ERR_LIMIT); /* 8 characters and NUL */
	cr_assert_str_eq(out, "b");
}
