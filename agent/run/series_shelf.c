/* SPDX-License-Identifier: Apache-2.0 */
#include "run/series_shelf.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "model/units.h"
#include "settings/search.h"
#include "settings/series_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDER_MODE = 0755, FILE_MODE = 0644 };

/* What the shelf says of a row, and since when. */
enum known { KNOWN_NOT = 0, KNOWN_SAME, KNOWN_OTHER };
struct known_row {
	enum known known;
	int64_t imported_utc_ms;
};

/* The new series beside those that are there. */
struct comparison {
	struct series *series;
	struct known_row *known; /* of each row */
	bool is_whole;
	bool is_there; /* the publisher's file was taken before */
	int64_t newest_utc_ms;
};

/* The first row of `series` that ends behind `start_s`; count when there is none. */
static size_t find_row(const struct series *series, int64_t start_s)
{
	size_t low = 0;
	size_t high = series->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (series->row[middle].start_s + series->row[middle].duration_s <= start_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Later imports take the place of earlier ones, row by row (report/hourly_series.h). */
static void compare(struct comparison *comparison, const struct series *old)
{
	struct series *series = comparison->series;

	if (comparison->is_whole)
		comparison->is_there |= memcmp(old->file_sha256, series->file_sha256, sizeof old->file_sha256) == 0;
	for (size_t i = 0; i < series->count; i++) {
		const struct series_row *row = &series->row[i];
		size_t at = find_row(old, row->start_s);
		const struct series_row *other = &old->row[at];
		struct known_row *known = &comparison->known[i];

		if (at == old->count || other->start_s >= row->start_s + row->duration_s)
			continue;
		if (known->known != KNOWN_NOT && old->imported_utc_ms <= known->imported_utc_ms)
			continue;
		known->imported_utc_ms = old->imported_utc_ms;
		known->known = other->start_s == row->start_s && other->duration_s == row->duration_s &&
				       other->microg_per_kwh == row->microg_per_kwh && other->is_estimated == row->is_estimated
				   ? KNOWN_SAME
				   : KNOWN_OTHER;
	}
}

static bool is_of(const struct series *a, const struct series *b)
{
	return strcmp(a->zone, b->zone) == 0 && a->basis == b->basis && strcmp(a->publisher, b->publisher) == 0;
}

/* An answer is compared only with volumes that have some of its hours. */
static bool is_wanted(const struct comparison *comparison, const struct series_file_name *name)
{
	const struct series *series = comparison->series;
	const struct series_row *last = &series->row[series->count - 1];

	return !name->is_volume || comparison->is_whole ||
	       (name->first_s < last->start_s + last->duration_s && name->last_s > series->row[0].start_s);
}

static enum err compare_file(struct comparison *comparison, const char *path, struct err_info *info)
{
	struct series_file file;
	bool is_end = false;
	enum err err = series_file_open(&file, path, info);

	while (err == ERR_NONE && !is_end) {
		struct series old = {0};

		err = series_file_next(&file, &old, &is_end, info);
		if (err == ERR_NONE && !is_end && is_of(&old, comparison->series))
			compare(comparison, &old);
		series_deinit(&old);
	}
	series_file_close(&file);
	return err;
}

static enum err compare_all(struct comparison *comparison, const char *shelf, struct err_info *info)
{
	const struct series *series = comparison->series;
	struct search search = {0};
	char prefix[SERIES_NAME_BYTES];
	enum err err = search_add_folder(&search, shelf, ".csv", true, info);

	series_file_prefix(prefix, series->zone, series->basis);
	for (size_t i = 0; err == ERR_NONE && i < search.count; i++) {
		struct series_file_name name;

		if (!series_file_read_name(&name, search.file[i].path, prefix))
			continue;
		if (name.imported_utc_ms > comparison->newest_utc_ms)
			comparison->newest_utc_ms = name.imported_utc_ms;
		if (is_wanted(comparison, &name))
			err = compare_file(comparison, search.file[i].path, info);
	}
	search_deinit(&search);
	return err;
}

/* Counts what it tells; without is_whole the rest is dropped. */
static void take_rows(const struct comparison *comparison, bool is_whole, struct series_kept *out)
{
	struct series *series = comparison->series;
	size_t kept = 0;

	for (size_t i = 0; i < series->count; i++) {
		const struct series_row row = series->row[i];
		bool tells = comparison->known[i].known != KNOWN_SAME;

		if (tells) {
			out->first_s = out->new_count + out->changed_count == 0 ? row.start_s : out->first_s;
			out->last_s = row.start_s + row.duration_s;
			out->new_count += comparison->known[i].known == KNOWN_NOT;
			out->changed_count += comparison->known[i].known == KNOWN_OTHER;
		}
		if (tells || is_whole)
			series->row[kept++] = row;
	}
	series->count = kept;
}

static enum err store(const char *shelf, struct series *series, struct series_kept *out, struct err_info *info)
{
	char path[PLAN_PATH_BYTES];
	struct buf text;
	enum err err;

	buf_init(&text, 2 * SERIES_FILE_BYTES_MAX);
	series_print(series, &text);
	series_name(series, out->name);
	err = text.is_failed ? err_set(info, ERR_MEMORY, "no memory for a series") : file_join(path, sizeof path, shelf, out->name, info);
	if (err == ERR_NONE)
		err = file_make_dirs(shelf, FOLDER_MODE, info);
	if (err == ERR_NONE)
		err = file_replace(path, buf_text(&text), text.bytes, FILE_MODE, info);
	buf_deinit(&text);
	return err;
}

enum err series_shelf_keep(const char *shelf, struct series *series, bool is_whole, struct series_kept *out, struct err_info *info)
{
	struct comparison comparison = {.series = series,
					.known = mem_new_array(series->count + 1, sizeof(struct known_row)),
					.is_whole = is_whole,
					.newest_utc_ms = INT64_MIN};
	enum err err = comparison.known == NULL ? err_set(info, ERR_MEMORY, "no memory for a series") : ERR_NONE;

	*out = (struct series_kept){.is_new = false};
	if (err == ERR_NONE)
		err = compare_all(&comparison, shelf, info);
	if (err == ERR_NONE && !comparison.is_there)
		take_rows(&comparison, is_whole, out);
	out->is_new = out->new_count + out->changed_count > 0;
	if (comparison.newest_utc_ms != INT64_MIN && series->imported_utc_ms <= comparison.newest_utc_ms)
		series->imported_utc_ms = comparison.newest_utc_ms + UNITS_MS_PER_S;
	if (err == ERR_NONE && out->is_new)
		err = store(shelf, series, out, info);
	mem_free(comparison.known);
	return err;
}
