/* SPDX-License-Identifier: Apache-2.0 */
/* Data files in folders over folders. */
#include "settings/search.h"

#include "settings/folder.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static void make_root(void)
{
	static const char *const folder[] = {"a", "b", "bin", "drivers"};

	memcpy(root, "/tmp/wattledger-search-XXXXXX", sizeof "/tmp/wattledger-search-XXXXXX");
	cr_assert_not_null(mkdtemp(root));
	for (size_t i = 0; i < sizeof folder / sizeof folder[0]; i++) {
		char path[128];
		snprintf(path, sizeof path, "%s/%s", root, folder[i]);
		cr_assert_eq(mkdir(path, 0700), 0);
	}
}

static void remove_root(void)
{
	folder_remove(root);
}

static const char *below(const char *name)
{
	static char path[4][128];
	static size_t at;

	at = (at + 1) % 4;
	snprintf(path[at], sizeof path[at], "%s/%s", root, name);
	return path[at];
}

static void touch(const char *name)
{
	int fd = open(below(name), O_CREAT | O_WRONLY, 0600);

	cr_assert_geq(fd, 0);
	close(fd);
}

TestSuite(search, .init = make_root, .fini = remove_root);

Test(search, later_folders_replace_by_name_and_add)
{
	struct search search = {0};

	touch("a/x.yaml");
	touch("a/z.yaml");
	touch("a/.hidden.yaml");
	touch("a/y.csv");
	touch("b/x.yaml");
	touch("b/m.yaml");
	cr_assert_eq(search_add_folder(&search, below("a"), ".yaml", false, NULL), ERR_NONE);
	cr_assert_eq(search_add_folder(&search, below("b"), ".yaml", false, NULL), ERR_NONE);
	cr_assert_eq(search.count, 3);
	cr_expect_str_eq(search.file[0].path, below("b/m.yaml"));
	cr_expect_str_eq(search.file[1].path, below("b/x.yaml"));
	cr_expect_eq(search.file[1].layer, 1);
	cr_expect_str_eq(search.file[2].path, below("a/z.yaml"));
	cr_expect_eq(search.file[2].layer, 0);
	search_deinit(&search);
}

/* A file of the folder `name`, deflated: "a: 1\n" by gzip -9n. */
static void write_packed(const char *name)
{
	static const unsigned char packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xb4, 0x52,
					       0x30, 0xe4, 0x02, 0x00, 0x69, 0x19, 0x23, 0xe3, 0x05, 0x00, 0x00, 0x00};
	int fd = open(below(name), O_CREAT | O_WRONLY, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, packed, sizeof packed), sizeof packed);
	close(fd);
}

Test(search, a_packed_file_has_the_name_of_what_it_holds)
{
	struct search search = {.takes_packed = true};
	struct search plain_only = {0};
	struct buf out;
	char name[8];

	write_packed("a/x.yaml.gz");
	write_packed("a/m.yaml.gz");
	touch("b/x.yaml");
	cr_assert_eq(search_add_folder(&search, below("a"), ".yaml", false, NULL), ERR_NONE);
	cr_assert_eq(search_add_folder(&search, below("b"), ".yaml", false, NULL), ERR_NONE);
	cr_assert_eq(search.count, 2);
	cr_expect_str_eq(search.file[0].path, below("a/m.yaml.gz"));
	cr_expect_str_eq(search.file[1].path, below("b/x.yaml"));
	buf_init(&out, 100);
	cr_expect_eq(search_read(search.file[0].path, &out, NULL), ERR_NONE);
	cr_expect_eq(search_read(search.file[1].path, &out, NULL), ERR_NONE);
	cr_expect_str_eq(buf_text(&out), "a: 1\n");
	buf_deinit(&out);
	cr_expect(search_stem(search.file[0].path, ".yaml", name, sizeof name));
	cr_expect_str_eq(name, "m");
	cr_expect_not(search_stem("drivers/long_name.yaml", ".yaml", name, sizeof name));
	cr_expect_str_eq(name, "");
	cr_assert_eq(search_add_folder(&plain_only, below("a"), ".yaml", false, NULL), ERR_NONE);
	cr_expect_eq(plain_only.count, 0);
	search_deinit(&search);
}

Test(search, a_damaged_packed_file_is_named)
{
	struct err_info info = {0};
	struct buf out;

	touch("a/x.yaml.gz");
	buf_init(&out, 100);
	cr_expect_eq(search_read(below("a/x.yaml.gz"), &out, &info), ERR_DATA);
	cr_expect_not_null(strstr(info.text, "a/x.yaml.gz: is damaged"));
	buf_deinit(&out);
}

Test(search, a_missing_folder_is_an_error_unless_optional)
{
	struct search search = {0};
	struct err_info info = {0};

	cr_expect_eq(search_add_folder(&search, below("none"), ".yaml", true, &info), ERR_NONE);
	cr_expect_eq(search_add_folder(&search, below("none"), ".yaml", false, &info), ERR_IO);
	cr_expect_eq(search.count, 0);
	search_deinit(&search);
}

Test(search, the_base_is_beside_the_program)
{
	char out[PLAN_PATH_BYTES];
	bool is_installed = true;

	cr_assert(search_find_base(out, below("bin"), "drivers", "drivers", &is_installed));
	cr_expect_not(is_installed);
	cr_assert_eq(mkdir(below("share"), 0700), 0);
	cr_assert_eq(mkdir(below("share/wattledger"), 0700), 0);
	cr_assert_eq(mkdir(below("share/wattledger/drivers"), 0700), 0);
	cr_assert(search_find_base(out, below("bin"), "drivers", "drivers", &is_installed));
	cr_expect(is_installed);
	cr_expect_not(search_find_base(out, "", "drivers", "drivers", &is_installed));
}
