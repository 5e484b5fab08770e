/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/search.h"

#include "base/file.h"
#include "base/inflate.h"
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

static const char packed[] = ".gz";

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t name_bytes = strlen(name);
	size_t suffix_bytes = strlen(suffix);

	return name_bytes > suffix_bytes && strcmp(name + name_bytes - suffix_bytes, suffix) == 0;
}

/* Bytes of a name but for .gz. */
static size_t plain_bytes(const char *name)
{
	return strlen(name) - (ends_with(name, packed) ? sizeof packed - 1 : 0);
}

static bool is_same_name(const char *one, const char *other)
{
	size_t bytes = plain_bytes(one);

	return bytes == plain_bytes(other) && memcmp(one, other, bytes) == 0;
}

static int compare_name(const void *a, const void *b)
{
	const struct search_file *one = a;
	const struct search_file *other = b;

	return strcmp(name_of(one->path), name_of(other->path));
}

static bool is_wanted(const struct search *search, const char *name, const char *suffix)
{
	size_t suffix_bytes = strlen(suffix);
	size_t bytes = search->takes_packed ? plain_bytes(name) : strlen(name);

	return name[0] != '.' && bytes > suffix_bytes && memcmp(name + bytes - suffix_bytes, suffix, suffix_bytes) == 0;
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
		if (!is_same_name(name_of(search->file[i].path), name))
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
		if (is_wanted(search, entry->d_name, suffix))
			err = add_file(search, before, folder, entry->d_name, info);
	}
	closedir(dir);
	search->layer_count++;
	if (err == ERR_NONE && search->count > 0)
		qsort(search->file, search->count, sizeof *search->file, compare_name);
	return err;
}

enum err search_read(const char *path, struct buf *out, struct err_info *info)
{
	struct buf data;
	enum err err;

	if (!ends_with(path, packed))
		return file_read(path, out, info);
	buf_init(&data, out->max_bytes);
	err = file_read(path, &data, info);
	if (err == ERR_NONE) {
		err = inflate_add(out, data.data, data.bytes, out->max_bytes, info);
		if (err != ERR_NONE && info != NULL)
			err_prefix(info, "%s", path);
	}
	buf_deinit(&data);
	return err;
}

bool search_stem(const char *path, const char *suffix, char *out, size_t out_bytes)
{
	const char *name = name_of(path);
	size_t suffix_bytes = strlen(suffix);
	size_t bytes = plain_bytes(name);

	if (bytes > suffix_bytes && memcmp(name + bytes - suffix_bytes, suffix, suffix_bytes) == 0)
		bytes -= suffix_bytes;
	out[0] = '\0';
	if (bytes >= out_bytes)
		return false;
	memcpy(out, name, bytes);
	out[bytes] = '\0';
	return true;
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
