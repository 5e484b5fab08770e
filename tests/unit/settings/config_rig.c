/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/config_rig.h"

#include "base/file.h"
#include "settings/folder.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void config_rig_init(struct config_rig *fixture)
{
	*fixture = (struct config_rig){.dir = "/tmp/wattledger-settings-XXXXXX"};
	cr_assert_not_null(mkdtemp(fixture->dir));
	snprintf(fixture->path, sizeof fixture->path, "%s/c.yaml", fixture->dir);
	buf_init(&fixture->out, TEST_TEXT_MAX);
	/* The build tree is found from a folder below the root. */
	fixture->options =
	    (struct settings_options){.exe_dir = "agent", .sysfs_root = "/nonexistent", .time_zone = "UTC", .host = "edge 7"};
}

void config_rig_write(const struct config_rig *fixture, const char *name, const char *text, mode_t mode)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", fixture->dir, name);
	cr_assert_eq(file_replace(path, text, strlen(text), mode, NULL), ERR_NONE);
	cr_assert_eq(chmod(path, mode), 0);
}

void config_rig_make_folder(const struct config_rig *fixture, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", fixture->dir, name);
	cr_assert_eq(mkdir(path, 0700), 0);
}

enum err config_rig_load(struct config_rig *fixture)
{
	struct buf raw;
	const char *at = NULL;
	size_t dir_bytes = strlen(fixture->dir) + 1;

	fixture->settings = settings_free(fixture->settings);
	problems_deinit(&fixture->problems);
	buf_clear(&fixture->out);
	enum err err = settings_load(&fixture->settings, fixture->path, &fixture->options, &fixture->problems);
	buf_init(&raw, TEST_TEXT_MAX);
	problems_print(&fixture->problems, &raw);
	for (const char *from = buf_text(&raw); *from != '\0'; from = at) {
		at = strstr(from, fixture->dir);
		size_t bytes = at != NULL ? (size_t)(at - from) : strlen(from);
		buf_add(&fixture->out, from, bytes);
		at = from + bytes + (at != NULL ? dir_bytes : 0);
	}
	buf_deinit(&raw);
	return err;
}

void config_rig_deinit(struct config_rig *fixture)
{
	settings_free(fixture->settings);
	problems_deinit(&fixture->problems);
	buf_deinit(&fixture->out);
	folder_remove(fixture->dir);
}

void config_rig_expect(const char *text, enum err err, const char *expected)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml", text, 0600);
	cr_expect_eq(config_rig_load(&fixture), err, "%s\n%s", text, buf_text(&fixture.out));
	cr_expect_str_eq(buf_text(&fixture.out), expected);
	config_rig_deinit(&fixture);
}
