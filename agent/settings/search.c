/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/search.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void search_deinit(struct search *search)
{
	mem_free(search->file);
	*search = (struct search){0};
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static int compare_name(const void *a, const void *b)
{
	const struct search_file *one = a;
	const struct search_file *other = b;

	return strcmp(name_of(one->path), name_of(other->path));
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t name_bytes = strlen(name);
	size_t suffix_bytes = strlen(suffix);

	return name[0] != '.' && name_bytes > suffix_bytes && strcmp(name + name_bytes - suffix_bytes, suffix) == 0;
}

/* `before` files are of the layers below and can be replaced. */
static enum err add_file(struct search *search, size_t before, const char *folder, const char *name, struct err_info *info)
{
	struct search_file file = {.layer = search->layer_count};
	void *list = search->file;
	enum err err = file_join(file.path, sizeof file.path, folder, name, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < before; i++) {
		if (strcmp(name_of(search->file[i].path), name) != 0)
			continue;
		search->file[i] = file;
		return ERR_NONE;
	}
	err = mem_grow(&list, &search->capacity, search->count, SEARCH_FILES_MAX, sizeof *search->file);
	search->file = list;
	if (err != ERR_NONE)
		return err_set(info, err, "%s: no room for more than %zu files", folder, search->count);
	search->file[search->count++] = file;
	return ERR_NONE;
}

enum err search_add_folder(struct search *search, const char *folder, const char *suffix, bool is_optional, struct err_info *info)
{
	DIR *dir = opendir(folder);
	size_t before = search->count;
	struct dirent *entry = NULL;
	enum err err = ERR_NONE;

	if (dir == NULL)
		return is_optional && errno == ENOENT ? ERR_NONE : err_set_errno(info, ERR_IO, errno, "cannot open the folder %s", folder);
	while (err == ERR_NONE && (entry = readdir(dir)) != NULL) {
		if (has_suffix(entry->d_name, suffix))
			err = add_file(search, before, folder, entry->d_name, info);
	}
	closedir(dir);
	search->layer_count++;
	if (err == ERR_NONE && search->count > 0)
		qsort(search->file, search->count, sizeof *search->file, compare_name);
	return err;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool search_find_base(char out[static PLAN_PATH_BYTES], const char *exe_dir, const char *name, const char *source, bool *is_installed)
{
	static const struct {
		const char *prefix;
		bool is_installed;
	} place[] = {{"../share/wattledger", true}, {"../../share/wattledger", true}, {"..", false}, {"../..", false}};
	char folder[PLAN_PATH_BYTES];

	for (size_t i = 0; exe_dir[0] != '\0' && i < sizeof place / sizeof place[0]; i++) {
		if (file_join(folder, sizeof folder, exe_dir, place[i].prefix, NULL) != ERR_NONE ||
		    file_join(out, PLAN_PATH_BYTES, folder, place[i].is_installed ? name : source, NULL) != ERR_NONE)
			continue;
		*is_installed = place[i].is_installed;
		if (is_folder(out))
			return true;
	}
	return false;
}

void search_exe_dir(char out[static PLAN_PATH_BYTES])
{
	ssize_t bytes = readlink("/proc/self/exe", out, PLAN_PATH_BYTES - 1);

	out[bytes > 0 ? bytes : 0] = '\0';
	char *slash = strrchr(out, '/');
	if (slash != NULL)
		*slash = '\0';
	else
		out[0] = '\0';
}
