/* SPDX-License-Identifier: Apache-2.0 */
#include "report/merge.h"

#include "base/file.h"
#include "base/mem.h"
#include "report/export.h"
#include "report/merge_priv.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Which folders ---- */

struct folders {
	char **path; /* owned */
	size_t count;
	size_t capacity;
};

static bool is_package(const char *dir)
{
	char path[PATH_MAX];

	return file_join(path, sizeof(path), dir, EXPORT_MANIFEST, NULL) == ERR_NONE && access(path, F_OK) == 0;
}

static enum err add_folder(struct folders *folders, const char *dir, struct err_info *info)
{
	void *array = folders->path;
	enum err err = mem_grow(&array, &folders->capacity, folders->count, MERGE_PACKAGES_MAX, sizeof(*folders->path));

	folders->path = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu packages", folders->count + 1);
	folders->path[folders->count] = mem_dup(dir);
	return folders->path[folders->count++] == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A package, or else every folder in it. */
static enum err add_operand(struct folders *folders, const char *dir, struct err_info *info)
{
	size_t before = folders->count;
	const struct dirent *entry;
	enum err err = ERR_NONE;
	DIR *folder;

	if (is_package(dir))
		return add_folder(folders, dir, info);
	folder = opendir(dir);
	if (folder == NULL)
		return err_set_errno(info, ERR_IO, errno, "%s", dir);
	while (err == ERR_NONE && (entry = readdir(folder)) != NULL) {
		char path[PATH_MAX];

		if (entry->d_name[0] == '.' || entry->d_type == DT_REG)
			continue;
		err = file_join(path, sizeof(path), dir, entry->d_name, info);
		if (err == ERR_NONE)
			err = add_folder(folders, path, info);
	}
	closedir(folder);
	if (err == ERR_NONE && folders->count == before)
		err = err_set(info, ERR_USAGE, "%s is no package and no folder of packages", dir);
	if (err == ERR_NONE)
		qsort(folders->path + before, folders->count - before, sizeof(folders->path[0]), compare_paths);
	return err;
}

/* ---- The whole ---- */

static void deinit_uses(struct merge_use *use, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		mem_free(use[i].publisher);
		mem_free(use[i].name);
	}
	mem_free(use);
}

static void deinit(struct merge *merge, struct folders *folders)
{
	for (size_t i = 0; i < merge->package_count; i++) {
		mem_free(merge->package[i].dir);
		mem_free(merge->package[i].version);
		mem_free(merge->package[i].export_id);
		mem_free(merge->package[i].why);
	}
	for (size_t i = 0; i < merge->site_count; i++) {
		mem_free(merge->site[i].id);
		mem_free(merge->site[i].label);
		mem_free(merge->site[i].zone);
		mem_free(merge->site[i].time_zone);
		mem_free(merge->site[i].state);
		mem_free(merge->site[i].editions);
	}
	for (size_t i = 0; i < merge->expected_count; i++)
		mem_free(merge->expected[i].site);
	for (size_t i = 0; i < folders->count; i++)
		mem_free(folders->path[i]);
	mem_free(merge->package);
	mem_free(merge->site);
	mem_free(merge->expected);
	mem_free(folders->path);
	deinit_uses(merge->edition, merge->edition_count);
	deinit_uses(merge->version, merge->version_count);
}

static enum err read_all(struct merge *merge, const struct folders *folders, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < folders->count; i++) {
		err = merge_read(merge, folders->path[i], info);
		progress_tell(merge->request->progress, (double)(i + 1) / (double)folders->count);
	}
	merge->summary.package_count = merge->package_count;
	return err;
}

enum err merge_packages(const struct merge_request *request, struct merge_summary *summary, struct buf *words, struct err_info *info)
{
	struct merge merge = {.request = request};
	struct folders folders = {0};
	enum err err = merge_load_expected(&merge, info);

	for (size_t i = 0; err == ERR_NONE && i < request->dir_count; i++)
		err = add_operand(&folders, request->dir[i], info);
	if (err == ERR_NONE)
		err = read_all(&merge, &folders, info);
	if (err == ERR_NONE)
		err = merge_judge(&merge, words, info);
	if (err == ERR_NONE)
		err = merge_write(&merge, info);
	*summary = merge.summary;
	deinit(&merge, &folders);
	if (err == ERR_NONE && summary->left_out_count + summary->missing_count > 0)
		err = err_set(info, ERR_DATA, "%zu left out, %zu missing: the totals are those of the %zu sites that count",
			      summary->left_out_count, summary->missing_count, summary->site_count);
	return err;
}
