/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/scan.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "rapl/counter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { VALUE_BYTES = 64, FILE_PATH_BYTES = 320, CONSTRAINTS_MAX = 8 };

static const double UW_PER_W = 1e6;

/* Reads the short file ENTRY/NAME; returns its bytes, 0 when it cannot be read. */
static size_t read_value(int folder_fd, const char *entry, const char *name, char value[static VALUE_BYTES])
{
	char path[FILE_PATH_BYTES];
	ssize_t bytes;
	int fd;

	snprintf(path, sizeof path, "%s/%s", entry, name);
	fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	bytes = read(fd, value, VALUE_BYTES);
	(void)close(fd);
	return bytes > 0 ? (size_t)bytes : 0;
}

static uint64_t read_number(int folder_fd, const char *entry, const char *name)
{
	char value[VALUE_BYTES];
	uint64_t number = 0;

	return c_rapl_counter_parse(value, read_value(folder_fd, entry, name, value), &number) ? number : 0;
}

/* Many zones have no constraints, and many that have some leave max_power out. */
static double read_power_max_w(int folder_fd, const char *entry)
{
	uint64_t most_uw = 0;

	for (unsigned i = 0; i < CONSTRAINTS_MAX; i++) {
		char name[VALUE_BYTES];
		uint64_t uw;

		snprintf(name, sizeof name, "constraint_%u_max_power_uw", i);
		uw = read_number(folder_fd, entry, name);
		if (uw > most_uw)
			most_uw = uw;
	}
	return (double)most_uw / UW_PER_W;
}

static bool is_openable(int folder_fd, const char *entry)
{
	char path[FILE_PATH_BYTES];
	int fd;

	snprintf(path, sizeof path, "%s/energy_uj", entry);
	fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

static void look_at(int folder_fd, const char *entry, struct c_rapl_found *out)
{
	char value[VALUE_BYTES];
	char name[VALUE_BYTES];
	size_t bytes = read_value(folder_fd, entry, "name", value);

	*out = (struct c_rapl_found){.range_uj = read_number(folder_fd, entry, "max_energy_range_uj"),
				     .power_max_w = read_power_max_w(folder_fd, entry),
				     .is_readable = is_openable(folder_fd, entry)};
	(void)text_copy(out->entry, sizeof out->entry, entry);
	(void)text_clean(name, sizeof name, value, bytes);
	/* A name that does not fit stays empty, and the zone is left out later. */
	(void)text_copy(out->name, sizeof out->name, name);
}

static enum err scan_folder(DIR *folder, struct c_rapl_found **found, size_t *count, struct err_info *info)
{
	const struct dirent *entry;
	size_t capacity = 0;

	while ((entry = readdir(folder)) != NULL) {
		enum err err;

		if (c_rapl_entry_level(entry->d_name) == 0 || strlen(entry->d_name) >= C_RAPL_ENTRY_BYTES) {
			log_debug("powercap entry '%s' is not a RAPL zone", entry->d_name);
			continue;
		}
		err = mem_grow((void **)found, &capacity, *count, C_RAPL_ZONES_MAX, sizeof **found);
		if (err != ERR_NONE)
			return err_set(info, err, "more than %d powercap zones, or memory is out", C_RAPL_ZONES_MAX);
		look_at(dirfd(folder), entry->d_name, &(*found)[(*count)++]);
	}
	return ERR_NONE;
}

enum err c_rapl_scan(const char *class_path, struct c_rapl_found **found, size_t *count, struct err_info *info)
{
	DIR *folder = opendir(class_path);
	struct c_rapl_found *list = NULL;
	size_t listed = 0;
	enum err err;

	if (folder == NULL && (errno == ENOENT || errno == ENOTDIR))
		return err_set(
		    info, ERR_UNAVAILABLE,
		    "there is no folder %s: this machine shows no such counters (virtual machines have none), or a module is not loaded (modprobe intel_rapl_common)",
		    class_path);
	if (folder == NULL)
		return err_set_errno(info, ERR_IO, errno, "%s", class_path);
	err = scan_folder(folder, &list, &listed, info);
	(void)closedir(folder);
	if (err != ERR_NONE) {
		mem_free(list);
		return err;
	}
	*found = list;
	*count = listed;
	return ERR_NONE;
}

int c_rapl_scan_open(const char *class_path, const char *entry)
{
	char path[FILE_PATH_BYTES + 1024];

	if (snprintf(path, sizeof path, "%s/%s/energy_uj", class_path, entry) >= (int)sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDONLY | O_CLOEXEC);
}
