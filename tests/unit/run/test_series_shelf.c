/* SPDX-License-Identifier: Apache-2.0 */
/* Series that come by themselves: what of them is kept, and that many small files become few without a change to what is known. */
#include "books_rig.h"

#include "base/file.h"
#include "report/hourly_series.h"
#include "run/series_shelf.h"
#include "run/series_volume.h"
#include "settings/search.h"
#include "settings/series_file.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 2026-01-01T00:00:00Z */
enum { START_S = 1767225600, HOUR_S = 3600, ANSWERS = 150 };

static struct rig rig;
static struct err_info info;
static char shelf[128];

static void setup(void)
{
	rig_open(&rig, 1);
	snprintf(shelf, sizeof shelf, "%s/" SERIES_FOLDER, rig.folder);
}

static void teardown(void)
{
	struct search search = {0};
	char grid[128];

	cr_assert_eq(search_add_folder(&search, shelf, "", true, &info), ERR_NONE);
	for (size_t i = 0; i < search.count; i++)
		unlink(search.file[i].path);
	search_deinit(&search);
	snprintf(grid, sizeof grid, "%s/grid", rig.folder);
	rmdir(shelf);
	rmdir(grid);
	rig_close(&rig);
}

TestSuite(series_shelf, .init = setup, .fini = teardown);

/* An answer at the end of `hour`: that hour and the two before it. Every tenth corrects the hour two before, from 100 + hour to 500. */
static struct series make_answer(int hour)
{
	struct series series = {.zone = "GB", .basis = FACTOR_DIRECT, .publisher = "P", .edition = "E", .licence = "L", .source = "S"};

	series.imported_utc_ms = (START_S + (int64_t)(hour + 1) * HOUR_S) * 1000;
	crypto_hash_sha256(series.file_sha256, (const unsigned char *)&hour, sizeof hour);
	series.row = calloc(3, sizeof *series.row);
	series.capacity = 3;
	for (int i = hour < 2 ? 0 : hour - 2; i <= hour; i++)
		series.row[series.count++] =
		    (struct series_row){.start_s = START_S + (int64_t)i * HOUR_S,
					.duration_s = HOUR_S,
					.microg_per_kwh = (i == hour - 2 && hour % 10 == 0 ? 500 : 100 + i) * INT64_C(1000000),
					.is_estimated = i == hour};
	return series;
}

static struct series_kept keep_answer(int hour)
{
	struct series series = make_answer(hour);
	struct series_kept kept;

	cr_assert_eq(series_shelf_keep(shelf, &series, false, &kept, &info), ERR_NONE, "%s", info.text);
	free(series.row);
	return kept;
}

/* As an import lies there, whole: without a look at what else is there, which many of them would take long for. */
static void put(struct series *series)
{
	char name[SERIES_NAME_BYTES];
	char path[1024];
	struct buf text;

	buf_init(&text, 1 << 20);
	series_print(series, &text);
	series_name(series, name);
	snprintf(path, sizeof path, "%s/%s", shelf, name);
	cr_assert_eq(file_make_dirs(shelf, 0700, &info), ERR_NONE);
	cr_assert_eq(file_replace(path, buf_text(&text), text.bytes, 0600, &info), ERR_NONE, "%s", info.text);
	buf_deinit(&text);
	free(series->row);
}

static void put_answers(int first, int count)
{
	for (int hour = first; hour < first + count; hour++) {
		struct series series = make_answer(hour);
		put(&series);
	}
}

static void make_volumes(void)
{
	cr_assert_eq(series_volume_make(shelf, "GB", FACTOR_DIRECT, &info), ERR_NONE, "%s", info.text);
}

/* Files of the shelf; those of volumes apart. */
static size_t count_files(size_t *volume_count, char volume[1024])
{
	struct search search = {0};
	size_t count;

	*volume_count = 0;
	cr_assert_eq(search_add_folder(&search, shelf, ".csv", true, &info), ERR_NONE);
	count = search.count;
	for (size_t i = 0; i < search.count; i++) {
		struct series_file_name name;

		cr_assert(series_file_read_name(&name, search.file[i].path, "GB-direct-"), "%s", search.file[i].path);
		if (!name.is_volume)
			continue;
		++*volume_count;
		snprintf(volume, 1024, "%s", search.file[i].path);
	}
	search_deinit(&search);
	return count;
}

/* All that a report of the first days may say: each row with its origin. */
static void print_known(struct buf *out, int64_t known_utc_ms)
{
	struct report_series_wish wish = {
	    .zone = "GB", .start_s = START_S, .end_s = START_S + INT64_C(1000) * HOUR_S, .known_utc_ms = known_utc_ms};
	struct report_hourly hourly;
	struct report_series *series;

	cr_assert_eq(report_hourly_open(&hourly, rig.ledger, &info), ERR_NONE);
	cr_assert_eq(report_hourly_find(&hourly, &wish, &series, &info), ERR_NONE, "%s", info.text);
	for (size_t i = 0; series != NULL && i < series->count; i++) {
		const struct report_series_row *row = &series->row[i];

		buf_add_format(out, "%lld %lld %d %lld %02x%02x %02x%02x\n", (long long)row->start_s, (long long)row->microg_per_kwh,
			       row->is_estimated, (long long)row->file->imported_utc_ms, row->file->table_sha256[0],
			       row->file->table_sha256[31], row->file->file_sha256[0], row->file->file_sha256[31]);
	}
	report_hourly_close(&hourly);
}

/* As it is known now, and as it was when 40, 75 and 140 answers had come. */
static char *print_all(void)
{
	static const int HOURS[] = {40, 75, 140};
	size_t bytes;
	struct buf out;

	buf_init(&out, 1 << 20);
	print_known(&out, INT64_MAX);
	for (size_t i = 0; i < sizeof HOURS / sizeof HOURS[0]; i++)
		print_known(&out, (START_S + (int64_t)HOURS[i] * HOUR_S) * 1000);
	cr_assert_not(out.is_failed);
	return buf_take(&out, &bytes);
}

static void expect_known(const char *expected)
{
	char *now = print_all();

	cr_expect_str_eq(now, expected);
	free(now);
}

static void keep_answers(int first, int count)
{
	for (int hour = first; hour < first + count; hour++)
		(void)keep_answer(hour);
}

/* Answer 10 has hours 8, 9, 10: 8 is corrected (500), 9 is no longer estimated, 10 is new. */
Test(series_shelf, of_an_answer_only_what_is_new_or_changed_is_kept)
{
	struct series_kept kept;

	keep_answers(0, 10);
	kept = keep_answer(10);
	cr_expect(kept.is_new);
	cr_expect_eq(kept.new_count, 1);
	cr_expect_eq(kept.changed_count, 2);
	cr_expect_eq(kept.first_s, START_S + 8 * HOUR_S);
	cr_expect_not(keep_answer(10).is_new);
}

/* The newest counts, also when it says what an older one said. */
Test(series_shelf, an_answer_that_goes_back_to_what_was_said_before_is_kept)
{
	keep_answers(0, 11);
	cr_expect(keep_answer(9).is_new); /* hour 8 is 108 again, 9 is estimated again */
	cr_expect_eq(keep_answer(10).changed_count, 2);
}

/* 150 files, which one pass takes; the next removes them, since they are in the volume now. */
Test(series_shelf, many_small_files_become_one_and_nothing_that_was_known_changes)
{
	char volume[1024];
	size_t volume_count;
	char *expected;

	put_answers(0, ANSWERS);
	cr_expect_eq(count_files(&volume_count, volume), ANSWERS);
	expected = print_all();
	make_volumes();
	cr_expect_eq(count_files(&volume_count, volume), ANSWERS + 1);
	expect_known(expected); /* each is there twice now */
	make_volumes();
	cr_expect_eq(count_files(&volume_count, volume), 1);
	cr_expect_eq(volume_count, 1);
	expect_known(expected);
	cr_expect_not(keep_answer(ANSWERS - 1).is_new, "what is in a volume is known");
	put_answers(ANSWERS, SERIES_VOLUME_LOOSE_MAX);
	make_volumes();
	make_volumes();
	cr_expect_eq(count_files(&volume_count, volume), 1, "it grows");
	free(expected);
}

/* Killed between any two steps of a pass: the files that it had not yet removed are there beside the volume. */
Test(series_shelf, a_pass_that_was_cut_short_is_gone_on_with)
{
	struct search before = {0};
	struct buf first;
	char volume[1024];
	char short_volume[1024];
	size_t volume_count;
	char *expected;

	put_answers(0, SERIES_VOLUME_LOOSE_MAX);
	make_volumes();
	(void)count_files(&volume_count, short_volume);
	buf_init(&first, 1 << 20);
	cr_assert_eq(file_read(short_volume, &first, &info), ERR_NONE);
	put_answers(SERIES_VOLUME_LOOSE_MAX, SERIES_VOLUME_LOOSE_MAX);
	expected = print_all();
	make_volumes(); /* removes 64, writes the longer volume */
	(void)count_files(&volume_count, volume);
	cr_expect_eq(volume_count, 2, "the shorter is there until the next pass");
	cr_assert_eq(search_add_folder(&before, shelf, ".csv", true, &info), ERR_NONE);
	for (size_t i = 0; i < 10; i++)
		unlink(before.file[i].path); /* as if it had been killed after ten */
	search_deinit(&before);
	expect_known(expected);
	put_answers(2 * SERIES_VOLUME_LOOSE_MAX, 10);
	free(expected);
	expected = print_all();
	make_volumes();
	cr_expect_eq(count_files(&volume_count, volume), 11);
	cr_expect_eq(volume_count, 1);
	cr_expect(strcmp(volume, short_volume) != 0);
	expect_known(expected);
	/* killed after the volume was written and before anything was removed, twice: the shorter one comes back */
	cr_assert_eq(file_replace(short_volume, first.data, first.bytes, 0600, &info), ERR_NONE);
	expect_known(expected);
	put_answers(2 * SERIES_VOLUME_LOOSE_MAX + 10, SERIES_VOLUME_LOOSE_MAX);
	make_volumes();
	cr_expect_neq(access(short_volume, F_OK), 0);
	buf_deinit(&first);
	free(expected);
}

/* 27 KiB each: 37 or so fill a volume (1 MiB less the room of one more), the others begin the next. */
Test(series_shelf, a_full_volume_stays_as_it_is_and_another_is_begun)
{
	enum { ROWS = 600, FILES = 110 };
	char volume[1024];
	size_t volume_count;
	struct buf expected;
	struct buf now;

	for (int i = 0; i < FILES; i++) {
		struct series series = make_answer(i);

		free(series.row);
		series.row = calloc(ROWS, sizeof *series.row);
		for (series.count = 0; series.count < ROWS; series.count++)
			series.row[series.count] = (struct series_row){.start_s = START_S + (int64_t)series.count * HOUR_S,
								       .duration_s = HOUR_S,
								       .microg_per_kwh = (i + 1) * INT64_C(1000)};
		put(&series);
	}
	buf_init(&expected, 1 << 20);
	buf_init(&now, 1 << 20);
	print_known(&expected, INT64_MAX);
	for (int pass = 0; pass < 4; pass++)
		make_volumes();
	cr_expect_lt(count_files(&volume_count, volume), SERIES_VOLUME_LOOSE_MAX);
	cr_expect_eq(volume_count, 2);
	print_known(&now, INT64_MAX);
	cr_expect_str_eq(buf_text(&now), buf_text(&expected));
	buf_deinit(&expected);
	buf_deinit(&now);
}

Test(series_shelf, a_volume_that_was_changed_or_renamed_is_refused)
{
	char volume[1024];
	char other[1300];
	size_t volume_count;
	struct series series = make_answer(0);
	struct series_kept kept;
	struct buf data;

	put_answers(0, SERIES_VOLUME_LOOSE_MAX);
	make_volumes();
	(void)count_files(&volume_count, volume);
	buf_init(&data, 1 << 20);
	cr_assert_eq(file_read(volume, &data, &info), ERR_NONE);
	data.data[data.bytes - 2] = 'x';
	cr_assert_eq(file_replace(volume, data.data, data.bytes, 0600, &info), ERR_NONE);
	cr_expect_eq(series_shelf_keep(shelf, &series, true, &kept, &info), ERR_DATA);
	cr_expect(strstr(info.text, "was changed after it was imported: its digest is ") != NULL, "%s", info.text);
	free(series.row);
	unlink(volume);
	buf_clear(&data);
	series = make_answer(1);
	series_print(&series, &data);
	series_name(&series, volume);
	snprintf(other, sizeof other, "%s/FR%s", shelf, volume + 2);
	cr_assert_eq(file_replace(other, data.data, data.bytes, 0600, &info), ERR_NONE);
	struct series_file file;
	bool is_end;
	struct series got = {0};
	cr_assert_eq(series_file_open(&file, other, &info), ERR_NONE);
	cr_expect_eq(series_file_next(&file, &got, &is_end, &info), ERR_DATA);
	cr_expect(strstr(info.text, "was renamed after it was imported: what it holds is of GB, direct") != NULL, "%s", info.text);
	series_file_close(&file);
	buf_deinit(&data);
	free(series.row);
}
