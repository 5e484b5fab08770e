/* SPDX-License-Identifier: Apache-2.0 */
#include "run/series_volume.h"

#include "base/buf.h"
#include "base/file.h"
#include "model/units.h"
#include "settings/search.h"
#include "settings/series_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0644 };

/* The files of one zone and basis. */
struct shelf {
	const char *folder;
	char prefix[SERIES_NAME_BYTES];
	struct search search;
	size_t loose[SERIES_VOLUME_TAKEN_MAX]; /* of search.file: small ones, the oldest import first */
	size_t loose_count;
	size_t volume[2];    /* of search.file: the last one, and that before it */
	size_t volume_count; /* at most 2 */
	struct series_file_name last_name;
	struct series_file last;
};

/* ---- What is there ---- */

static bool is_small(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= SERIES_VOLUME_SMALL_BYTES;
}

/* Names that begin alike are in the order of their imports. */
static enum err look(struct shelf *shelf, struct err_info *info)
{
	enum err err = search_add_folder(&shelf->search, shelf->folder, ".csv", true, info);

	for (size_t i = 0; err == ERR_NONE && i < shelf->search.count; i++) {
		const char *path = shelf->search.file[i].path;
		struct series_file_name name;

		if (!series_file_read_name(&name, path, shelf->prefix))
			continue;
		if (name.is_volume) {
			shelf->volume[1] = shelf->volume[0];
			shelf->volume[0] = i;
			shelf->volume_count += shelf->volume_count < 2;
			shelf->last_name = name;
		} else if (shelf->loose_count < SERIES_VOLUME_TAKEN_MAX && is_small(path)) {
			shelf->loose[shelf->loose_count++] = i;
		}
	}
	return err;
}

/* The same bytes are one series of it. */
static bool holds(const struct series_file *volume, const struct series_file *file)
{
	const char *data = buf_text(&volume->data);

	for (size_t at = 0; at < volume->data.bytes;) {
		size_t bytes = series_file_first_bytes(data + at, volume->data.bytes - at);

		if (bytes == file->data.bytes && memcmp(data + at, file->data.data, bytes) == 0)
			return true;
		at += bytes;
	}
	return false;
}

static enum err remove_file(const char *path, struct err_info *info)
{
	return unlink(path) == 0 || errno == ENOENT ? ERR_NONE : err_set_errno(info, ERR_IO, errno, "cannot remove %s", path);
}

/* ---- Removing ---- */

/* Those that the last volume holds; the others stay in the list. */
static enum err remove_held(struct shelf *shelf, struct err_info *info)
{
	size_t kept = 0;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < shelf->loose_count; i++) {
		const char *path = shelf->search.file[shelf->loose[i]].path;
		struct series_file file;

		err = series_file_open(&file, path, info);
		if (err != ERR_NONE)
			break;
		if (holds(&shelf->last, &file))
			err = remove_file(path, info);
		else
			shelf->loose[kept++] = shelf->loose[i];
		series_file_close(&file);
	}
	shelf->loose_count = kept;
	return err;
}

/* The volume before the last, when the last is its longer edition. */
static enum err remove_shorter(const struct shelf *shelf, struct err_info *info)
{
	const struct buf *last = &shelf->last.data;
	const char *path = shelf->search.file[shelf->volume[1]].path;
	struct series_file file;
	enum err err = series_file_open(&file, path, info);

	if (err == ERR_NONE && file.data.bytes < last->bytes && memcmp(file.data.data, last->data, file.data.bytes) == 0)
		err = remove_file(path, info);
	series_file_close(&file);
	return err;
}

static enum err remove_kept(struct shelf *shelf, struct err_info *info)
{
	enum err err = ERR_NONE;

	if (shelf->volume_count > 0)
		err = series_file_open(&shelf->last, shelf->search.file[shelf->volume[0]].path, info);
	if (err == ERR_NONE && shelf->volume_count > 0)
		err = remove_held(shelf, info);
	if (err == ERR_NONE && shelf->volume_count > 1)
		err = remove_shorter(shelf, info);
	return err;
}

/* ---- Making ---- */

/* One series more: the bounds of what the volume's name says, and its bytes. */
static void widen(struct series_file_name *name, const struct series *series)
{
	int64_t last_s;

	if (series->imported_utc_ms > name->imported_utc_ms)
		name->imported_utc_ms = series->imported_utc_ms;
	if (series->count == 0)
		return;
	last_s = series->row[series->count - 1].start_s + series->row[series->count - 1].duration_s;
	name->first_s = series->row[0].start_s < name->first_s ? series->row[0].start_s : name->first_s;
	name->last_s = last_s > name->last_s ? last_s : name->last_s;
}

static enum err add_file(struct buf *out, struct series_file_name *name, const char *path, struct err_info *info)
{
	struct series_file file;
	bool is_end = false;
	enum err err = series_file_open(&file, path, info);

	if (err != ERR_NONE)
		return err;
	if (out->bytes + file.data.bytes <= SERIES_VOLUME_BYTES_MAX)
		buf_add(out, file.data.data, file.data.bytes);
	else
		is_end = true;
	while (err == ERR_NONE && !is_end) {
		struct series series = {0};

		err = series_file_next(&file, &series, &is_end, info);
		if (err == ERR_NONE && !is_end)
			widen(name, &series);
		series_deinit(&series);
	}
	series_file_close(&file);
	return err;
}

/* The last volume with what is loose, or one of its own when that is full. By its name it is the last: a second behind the one before, at least. */
static enum err fill_volume(const struct shelf *shelf, struct buf *out, struct series_file_name *name, struct err_info *info)
{
	enum err err = ERR_NONE;

	*name = (struct series_file_name){.imported_utc_ms = INT64_MIN, .first_s = INT64_MAX, .last_s = INT64_MIN, .is_volume = true};
	if (shelf->volume_count > 0)
		name->imported_utc_ms = shelf->last_name.imported_utc_ms + UNITS_MS_PER_S;
	if (shelf->volume_count > 0 && shelf->last.data.bytes + (size_t)SERIES_VOLUME_SMALL_BYTES <= SERIES_VOLUME_BYTES_MAX)
		err = add_file(out, name, shelf->search.file[shelf->volume[0]].path, info);
	for (size_t i = 0; err == ERR_NONE && i < shelf->loose_count; i++)
		err = add_file(out, name, shelf->search.file[shelf->loose[i]].path, info);
	if (err == ERR_NONE && out->is_failed)
		err = err_set(info, ERR_MEMORY, "no memory for a volume of series");
	return err;
}

static enum err write_volume(const struct shelf *shelf, struct err_info *info)
{
	struct series_file_name name;
	char own[SERIES_NAME_BYTES];
	char path[PLAN_PATH_BYTES];
	struct buf out;
	enum err err;

	buf_init(&out, SERIES_VOLUME_BYTES_MAX);
	err = fill_volume(shelf, &out, &name, info);
	if (err == ERR_NONE) {
		series_file_name_volume(own, shelf->prefix, &name, out.data, out.bytes);
		err = file_join(path, sizeof path, shelf->folder, own, info);
	}
	if (err == ERR_NONE)
		err = file_replace(path, out.data, out.bytes, FILE_MODE, info);
	buf_deinit(&out);
	return err;
}

enum err series_volume_make(const char *folder, const char *zone, enum factor_basis basis, struct err_info *info)
{
	struct shelf shelf = {.folder = folder};
	enum err err;

	series_file_prefix(shelf.prefix, zone, basis);
	err = look(&shelf, info);
	if (err == ERR_NONE && shelf.loose_count >= SERIES_VOLUME_LOOSE_MAX) {
		err = remove_kept(&shelf, info);
		if (err == ERR_NONE && shelf.loose_count >= SERIES_VOLUME_LOOSE_MAX)
			err = write_volume(&shelf, info);
		series_file_close(&shelf.last);
	}
	search_deinit(&shelf.search);
	return err;
}
