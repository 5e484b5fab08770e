/* SPDX-License-Identifier: Apache-2.0 */
#include "report/hourly_series.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "settings/series_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* CELL_S: every row is a whole number of them, and begins at a multiple. */
enum { LISTS_MAX = 1 << 20, LISTINGS_MAX = 8, CELL_S = 900 };

/* ---- Files ---- */

/* Its name begins with "ZONE-direct-" or "ZONE-lifecycle-". */
static bool is_of_zone(const char *path, const char *zone)
{
	const char *name = strrchr(path, '/') + 1;
	size_t bytes = strlen(zone);

	if (strncmp(name, zone, bytes) != 0 || name[bytes] != '-')
		return false;
	name += bytes + 1;
	return strncmp(name, "direct-", strlen("direct-")) == 0 || strncmp(name, "lifecycle-", strlen("lifecycle-")) == 0;
}

static enum err keep_series(struct report_hourly *hourly, const struct series *series, struct err_info *info)
{
	void *list = hourly->file;
	struct series *kept = mem_new(sizeof(*kept));
	enum err err = kept == NULL ? ERR_MEMORY : mem_grow(&list, &hourly->file_capacity, hourly->file_count, LISTS_MAX, sizeof(kept));

	hourly->file = list;
	if (err != ERR_NONE) {
		mem_free(kept);
		return err_set(info, err, "no room for a series of hourly factors");
	}
	*kept = *series;
	hourly->file[hourly->file_count++] = kept;
	return ERR_NONE;
}

static enum err load_file(struct report_hourly *hourly, const char *path, struct err_info *info)
{
	struct series_file file;
	bool is_end = false;
	enum err err = series_file_open(&file, path, info);

	if (err != ERR_NONE)
		return err;
	while (err == ERR_NONE && !is_end) {
		struct series series = {0};

		err = series_file_next(&file, &series, &is_end, info);
		if (err == ERR_NONE && !is_end)
			err = keep_series(hourly, &series, info);
		if (err != ERR_NONE)
			series_deinit(&series);
	}
	series_file_close(&file);
	return err;
}

static void drop_files(struct report_hourly *hourly, size_t first)
{
	while (hourly->file_count > first) {
		struct series *file = hourly->file[--hourly->file_count];

		series_deinit(file);
		mem_free(file);
	}
}

/* *is_gone: a file that was listed is no longer there, since it became part of a volume (run/series_shelf.h). */
static enum err load_files(struct report_hourly *hourly, const char *zone, bool *is_gone, struct err_info *info)
{
	enum err err = ERR_NONE;

	*is_gone = false;
	for (size_t i = 0; err == ERR_NONE && i < hourly->search.count; i++) {
		const char *path = hourly->search.file[i].path;

		if (!is_of_zone(path, zone))
			continue;
		err = load_file(hourly, path, info);
		*is_gone = err != ERR_NONE && access(path, F_OK) != 0 && errno == ENOENT;
	}
	return err;
}

static enum err list_files(struct report_hourly *hourly, struct err_info *info)
{
	search_deinit(&hourly->search);
	return search_add_folder(&hourly->search, hourly->folder, ".csv", true, info);
}

/* The folder is listed anew when it changed meanwhile. */
static enum err load_settled(struct report_hourly *hourly, const char *zone, struct err_info *info)
{
	size_t first = hourly->file_count;
	bool is_gone;
	enum err err = load_files(hourly, zone, &is_gone, info);

	for (int i = 0; i < LISTINGS_MAX && is_gone; i++) {
		drop_files(hourly, first);
		err = list_files(hourly, info);
		is_gone = false;
		if (err == ERR_NONE)
			err = load_files(hourly, zone, &is_gone, info);
	}
	return err;
}

enum err report_hourly_open(struct report_hourly *out, const struct ledger *ledger, struct err_info *info)
{
	const char *path = ledger_path(ledger);
	const char *slash = strrchr(path, '/');
	int length = slash == NULL ? 0 : (int)(slash - path) + 1;
	int printed;

	*out = (struct report_hourly){0};
	printed = snprintf(out->folder, sizeof(out->folder), "%.*s%s", length, path, SERIES_FOLDER);
	if (printed < 0 || (size_t)printed >= sizeof(out->folder))
		return ERR_NONE; /* import could not have written there either */
	return list_files(out, info);
}

void report_hourly_close(struct report_hourly *hourly)
{
	for (size_t i = 0; i < hourly->count; i++) {
		mem_free(hourly->series[i]->row);
		mem_free(hourly->series[i]);
	}
	drop_files(hourly, 0);
	mem_free(hourly->series);
	mem_free(hourly->file);
	search_deinit(&hourly->search);
	*hourly = (struct report_hourly){0};
}

/* ---- Merging ---- */

static bool belongs_to(const struct series *file, const struct report_series *series)
{
	return strcmp(file->zone, series->zone) == 0 && file->basis == series->basis && strcmp(file->publisher, series->publisher) == 0 &&
	       file->imported_utc_ms <= series->known_utc_ms;
}

/* A merge while it is made: which cells of the span are taken. */
struct merge {
	struct report_series *series;
	uint8_t *is_taken;
	int64_t first_s;
};

static void add_rows(struct merge *merge, const struct series *file)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct series_row *row = &file->row[i];
		size_t cell = (size_t)((row->start_s - merge->first_s) / CELL_S);
		size_t cells = (size_t)row->duration_s / CELL_S;

		if (memchr(merge->is_taken + cell, 1, cells) != NULL)
			continue;
		memset(merge->is_taken + cell, 1, cells);
		merge->series->row[merge->series->count++] = (struct report_series_row){.start_s = row->start_s,
											.microg_per_kwh = row->microg_per_kwh,
											.file = file,
											.duration_s = row->duration_s,
											.is_estimated = row->is_estimated};
	}
}

static int compare_rows(const void *a, const void *b)
{
	int64_t x = ((const struct report_series_row *)a)->start_s;
	int64_t y = ((const struct report_series_row *)b)->start_s;

	return (x > y) - (x < y);
}

/* Of the files from `first` on, which are sorted with the newest import first. */
static enum err merge_files(struct report_hourly *hourly, size_t first, struct report_series *series, struct err_info *info)
{
	struct merge merge = {.series = series, .first_s = INT64_MAX};
	int64_t last_s = INT64_MIN;
	size_t row_count = 0;

	for (size_t i = first; i < hourly->file_count; i++) {
		const struct series *file = hourly->file[i];

		if (!belongs_to(file, series) || file->count == 0)
			continue;
		row_count += file->count;
		merge.first_s = file->row[0].start_s < merge.first_s ? file->row[0].start_s : merge.first_s;
		last_s = file->row[file->count - 1].start_s > last_s ? file->row[file->count - 1].start_s : last_s;
		series->newest_utc_ms = file->imported_utc_ms > series->newest_utc_ms ? file->imported_utc_ms : series->newest_utc_ms;
	}
	series->row = mem_new_array(row_count + 1, sizeof(*series->row));
	merge.is_taken = row_count == 0 ? NULL : mem_new_array((size_t)((last_s - merge.first_s) / CELL_S) + 4, 1);
	if (series->row == NULL || (row_count > 0 && merge.is_taken == NULL))
		return err_set(info, ERR_MEMORY, "no memory for %zu hourly factors", row_count);
	for (size_t i = first; i < hourly->file_count; i++) {
		if (belongs_to(hourly->file[i], series))
			add_rows(&merge, hourly->file[i]);
	}
	mem_free(merge.is_taken);
	if (series->count > 0)
		qsort(series->row, series->count, sizeof(*series->row), compare_rows);
	return ERR_NONE;
}

static bool is_there(const struct report_hourly *hourly, size_t first, const struct series *file)
{
	for (size_t i = first; i < hourly->count; i++) {
		if (belongs_to(file, hourly->series[i]))
			return true;
	}
	return false;
}

/* One series for each publisher and basis of the files from `first_file` on. */
static enum err make_series(struct report_hourly *hourly, size_t first_file, const struct report_series_wish *wish, struct err_info *info)
{
	size_t first = hourly->count;
	enum err err = ERR_NONE;

	for (size_t i = first_file; err == ERR_NONE && i < hourly->file_count; i++) {
		const struct series *file = hourly->file[i];
		struct report_series *series;
		void *list = hourly->series;

		if (file->imported_utc_ms > wish->known_utc_ms || is_there(hourly, first, file))
			continue;
		series = mem_new(sizeof(*series));
		err = series == NULL ? ERR_MEMORY : mem_grow(&list, &hourly->capacity, hourly->count, LISTS_MAX, sizeof(series));
		hourly->series = list;
		if (err != ERR_NONE) {
			mem_free(series);
			return err_set(info, err, "no room for series of hourly factors");
		}
		hourly->series[hourly->count++] = series;
		text_copy(series->zone, sizeof(series->zone), wish->zone);
		text_copy(series->publisher, sizeof(series->publisher), file->publisher);
		series->basis = file->basis;
		series->known_utc_ms = wish->known_utc_ms;
		err = merge_files(hourly, first_file, series, info);
	}
	return err;
}

static int compare_files(const void *a, const void *b)
{
	const struct series *x = *(const struct series *const *)a;
	const struct series *y = *(const struct series *const *)b;

	if (x->imported_utc_ms != y->imported_utc_ms)
		return x->imported_utc_ms > y->imported_utc_ms ? -1 : 1;
	return memcmp(x->table_sha256, y->table_sha256, sizeof(x->table_sha256));
}

static enum err load_zone(struct report_hourly *hourly, const struct report_series_wish *wish, struct err_info *info)
{
	size_t first = hourly->file_count;
	enum err err = load_settled(hourly, wish->zone, info);

	if (err == ERR_NONE && hourly->file_count > first) {
		qsort(hourly->file + first, hourly->file_count - first, sizeof(*hourly->file), compare_files);
		err = make_series(hourly, first, wish, info);
	}
	for (size_t i = first; i < hourly->file_count; i++) {
		hourly->file[i]->row = mem_free(hourly->file[i]->row);
		hourly->file[i]->count = 0;
	}
	return err;
}

/* ---- Finding ---- */

static bool is_for(const struct report_series *series, const struct report_series_wish *wish)
{
	return strcmp(series->zone, wish->zone) == 0 && series->known_utc_ms == wish->known_utc_ms;
}

static bool touches(const struct report_series *series, const struct report_series_wish *wish)
{
	for (size_t i = 0; i < series->count; i++) {
		if (series->row[i].start_s < wish->end_s && series->row[i].start_s + series->row[i].duration_s > wish->start_s)
			return true;
	}
	return false;
}

static bool is_better(const struct report_series *series, const struct report_series *best)
{
	if (best == NULL || series->basis != best->basis)
		return best == NULL || series->basis == FACTOR_DIRECT;
	return series->newest_utc_ms > best->newest_utc_ms;
}

enum err report_hourly_find(struct report_hourly *hourly, const struct report_series_wish *wish, struct report_series **out,
			    struct err_info *info)
{
	struct report_series *best = NULL;
	bool is_loaded = false;
	enum err err = ERR_NONE;

	*out = NULL;
	if (hourly->search.count == 0 || wish->zone[0] == '\0')
		return ERR_NONE;
	for (size_t i = 0; i < hourly->count; i++)
		is_loaded = is_loaded || is_for(hourly->series[i], wish);
	if (!is_loaded)
		err = load_zone(hourly, wish, info);
	for (size_t i = 0; err == ERR_NONE && i < hourly->count; i++) {
		if (is_for(hourly->series[i], wish) && touches(hourly->series[i], wish) && is_better(hourly->series[i], best))
			best = hourly->series[i];
	}
	*out = best;
	return err;
}
