/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "ledger/fixture.h"
#include "ledger/resume.h"
#include "ledger/rows.h"
#include "ledger/verify.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAY FIXTURE_DAY_S

/* A ledger with some pages in it, closed. */
static void make_filled(struct fixture *fixture)
{
	fixture_init(fixture, 64);
	for (int slot = 0; slot < 96; slot++)
		for (int n = 0; n < 64; n++)
			fixture_add_slot(fixture, fixture->meter_id[n], DAY + slot * 900, 0, 1000 + n);
	fixture_commit(fixture);
	fixture_close(fixture);
}

static void overwrite(const char *path, off_t at, const void *data, size_t bytes)
{
	int fd = open(path, O_WRONLY);

	cr_assert_geq(fd, 0);
	cr_assert_eq(pwrite(fd, data, bytes, at), (ssize_t)bytes);
	close(fd);
}

static enum err take_event(void *context, const struct ledger_event_row *row, struct err_info *info)
{
	(void)info;
	snprintf(context, 2048, "%s|%s", row->code, row->before);
	return ERR_NONE;
}

/* A damaged ledger is kept under a dated name; the fresh one works and says where the old one is. */
static void assert_quarantined(struct fixture *fixture)
{
	struct ledger_open_report report;
	struct ledger_filter filter = {0};
	char event[2048] = "";
	char expected[LEDGER_PATH_BYTES + 32];

	cr_assert_eq(fixture_open(fixture, &report), ERR_NONE, "%s", fixture->info.text);
	cr_assert(report.is_quarantined);
	cr_assert_neq(report.reason[0], '\0');
	/* FIXTURE_DAY_S is 2026-11-25T00:00:00Z. */
	snprintf(expected, sizeof(expected), "%s.damaged-20261125T000000Z", fixture->path);
	cr_assert_str_eq(report.quarantine_path, expected);
	cr_assert_eq(access(expected, F_OK), 0);
	cr_assert_eq(ledger_query_events(fixture->ledger, &filter, take_event, event, &fixture->info), ERR_NONE);
	snprintf(expected, sizeof(expected), "ledger_quarantined|%s", report.quarantine_path);
	cr_assert_str_eq(event, expected);
	fixture_close(fixture);
	cr_assert_eq(fixture_open(fixture, &report), ERR_NONE, "%s", fixture->info.text);
	cr_assert(!report.is_quarantined);
	fixture_deinit(fixture);
}

Test(open, makes_folder_and_file_that_others_cannot_read)
{
	struct fixture fixture;
	struct ledger_open_report report;
	struct stat found;

	fixture_make_folder(&fixture);
	umask(0);
	cr_assert_eq(fixture_open(&fixture, &report), ERR_NONE, "%s", fixture.info.text);
	cr_assert(report.is_created);
	cr_assert_eq(stat(fixture.path, &found), 0);
	cr_assert_eq(found.st_mode & 0777, 0640);
	cr_assert_eq(stat(fixture_beside(&fixture, "-wal"), &found), 0);
	cr_assert_eq(found.st_mode & 0777, 0640);
	cr_assert_eq(strlen(ledger_uuid(fixture.ledger)), 36);
	fixture_deinit(&fixture);
}

Test(open, again_and_again_changes_nothing)
{
	struct fixture fixture;
	struct ledger_open_report report;
	char uuid[LEDGER_UUID_BYTES];

	make_filled(&fixture);
	cr_assert_eq(fixture_open(&fixture, &report), ERR_NONE);
	snprintf(uuid, sizeof(uuid), "%s", ledger_uuid(fixture.ledger));
	for (int i = 0; i < 3; i++) {
		fixture_close(&fixture);
		cr_assert_eq(fixture_open(&fixture, &report), ERR_NONE);
		cr_assert(!report.is_created && !report.is_migrated && !report.is_quarantined);
		cr_assert_str_eq(ledger_uuid(fixture.ledger), uuid);
	}
	/* 96 slots of 64 meters with 1000 + n mJ: 96 * (64 * 1000 + 63 * 64 / 2) */
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 86400), 96 * (64000 + 2016));
	fixture_deinit(&fixture);
}

Test(open, a_second_writer_is_told_the_pid_of_the_first)
{
	struct fixture fixture;
	struct ledger_options options = {.now_utc_ms = DAY * 1000};
	struct ledger *second = NULL;
	struct err_info info = {0};
	char pid[32];

	fixture_init(&fixture, 1);
	options.path = fixture.path;
	cr_assert_eq(ledger_open(&second, &options, NULL, &info), ERR_BUSY);
	snprintf(pid, sizeof(pid), "process %d:", (int)getpid());
	cr_assert_not_null(strstr(info.text, pid), "%s", info.text);
	fixture_close(&fixture);
	cr_assert_eq(ledger_open(&second, &options, NULL, &info), ERR_NONE, "%s", info.text);
	ledger_close(second);
	fixture_remove_folder(&fixture);
}

Test(open, a_truncated_ledger_is_kept_and_a_fresh_one_begins)
{
	struct fixture fixture;

	make_filled(&fixture);
	cr_assert_eq(truncate(fixture.path, 3 * 4096 + 100), 0);
	assert_quarantined(&fixture);
}

Test(open, a_page_of_zeros_is_found)
{
	static const char ZEROS[4096];
	struct fixture fixture;

	make_filled(&fixture);
	overwrite(fixture.path, 40 * 4096, ZEROS, sizeof(ZEROS));
	assert_quarantined(&fixture);
}

Test(open, a_first_page_of_zeros_is_found)
{
	static const char ZEROS[4096];
	struct fixture fixture;

	make_filled(&fixture);
	overwrite(fixture.path, 0, ZEROS, sizeof(ZEROS));
	assert_quarantined(&fixture);
}

Test(open, a_file_of_something_else_is_kept)
{
	static const char TEXT[] = "this is not a database, but somebody may want it back\n";
	struct fixture fixture;

	make_filled(&fixture);
	cr_assert_eq(truncate(fixture.path, 0), 0);
	unlink(fixture_beside(&fixture, "-wal"));
	overwrite(fixture.path, 0, TEXT, sizeof(TEXT));
	assert_quarantined(&fixture);
}

Test(open, the_database_of_another_program_is_refused_and_left_alone)
{
	struct fixture fixture;
	struct ledger_open_report report;

	make_filled(&fixture);
	unlink(fixture.path);
	unlink(fixture_beside(&fixture, "-wal"));
	unlink(fixture_beside(&fixture, "-shm"));
	fixture_execute(fixture.path, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
	cr_assert_eq(fixture_open(&fixture, &report), ERR_CONFIG);
	cr_assert_not_null(strstr(fixture.info.text, "another program"));
	cr_assert_eq(fixture_count_names(&fixture, "damaged"), 0);
	fixture_remove_folder(&fixture);
}

Test(open, a_newer_schema_is_refused_with_a_way_out)
{
	struct fixture fixture;
	struct ledger *reader = NULL;

	make_filled(&fixture);
	fixture_execute(fixture.path, "PRAGMA user_version = 99");
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_CONFIG);
	cr_assert_not_null(strstr(fixture.info.text, "schema 99"));
	cr_assert_not_null(strstr(fixture.info.text, "newer wattledger"));
	cr_assert_eq(ledger_open_readonly(&reader, fixture.path, &fixture.info), ERR_CONFIG);
	fixture_remove_folder(&fixture);
}

Test(open, a_file_whose_creation_was_cut_short_is_begun_again)
{
	struct fixture fixture;

	make_filled(&fixture);
	unlink(fixture.path);
	unlink(fixture_beside(&fixture, "-wal"));
	unlink(fixture_beside(&fixture, "-shm"));
	fixture_execute(fixture.path, "PRAGMA journal_mode = WAL");
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE, "%s", fixture.info.text);
	fixture_deinit(&fixture);
}

Test(open, reading_where_there_is_no_ledger_says_what_to_do)
{
	struct ledger *reader = NULL;
	struct err_info info = {0};

	cr_assert_eq(ledger_open_readonly(&reader, "/nonexistent/ledger.db", &info), ERR_UNAVAILABLE);
	cr_assert_not_null(strstr(info.text, "start wattledgerd"));
}

Test(open, a_reader_sees_each_commit_of_a_running_writer_and_cannot_write)
{
	struct fixture fixture;
	struct fixture reader = {0};
	struct ledger_batch batch;
	struct ledger_event event = {.utc_ms = 1, .code = "x"};

	fixture_init(&fixture, 1);
	cr_assert_eq(ledger_open_readonly(&reader.ledger, fixture.path, &reader.info), ERR_NONE, "%s", reader.info.text);
	for (int i = 0; i < 5; i++) {
		fixture_add_slot(&fixture, fixture.meter_id[0], DAY + i * 900, 0, 10);
		cr_assert_eq(fixture_sum_millij(&reader, DAY, DAY + 86400), i * 10);
		fixture_commit(&fixture);
		cr_assert_eq(fixture_sum_millij(&reader, DAY, DAY + 86400), (i + 1) * 10);
	}
	ledger_batch_init(&batch, 4096);
	cr_assert_eq(ledger_batch_add_event(&batch, &event, NULL), ERR_NONE);
	cr_assert_eq(ledger_commit(reader.ledger, &batch, NULL, &reader.info), ERR_PERMISSION);
	ledger_batch_deinit(&batch);
	ledger_close(reader.ledger);
	fixture_deinit(&fixture);
}

/* Commits and dies without a word. */
static void write_and_die(const char *path)
{
	struct ledger_options options = {.path = path, .now_utc_ms = DAY * 1000, .has_no_reserve = true};
	struct ledger_event event = {.utc_ms = DAY * 1000 + 5, .code = "before_death"};
	struct ledger_batch batch;
	struct ledger *ledger = NULL;

	ledger_batch_init(&batch, 4096);
	if (ledger_open(&ledger, &options, NULL, NULL) != ERR_NONE || ledger_batch_add_event(&batch, &event, NULL) != ERR_NONE ||
	    ledger_commit(ledger, &batch, NULL, NULL) != ERR_NONE)
		_exit(1);
	kill(getpid(), SIGKILL);
}

/* Sizes and times of modification of all files of a folder, as one number. */
static uint64_t digest_of_files(const char *folder)
{
	uint64_t digest = 0;
	struct dirent *entry;
	DIR *dir = opendir(folder);

	cr_assert_not_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct stat found;

		cr_assert_eq(fstatat(dirfd(dir), entry->d_name, &found, AT_SYMLINK_NOFOLLOW), 0);
		if (!S_ISREG(found.st_mode))
			continue;
		/* The order of names in a folder may change: a sum does not mind. */
		digest += (uint64_t)found.st_ino * 31 + (uint64_t)found.st_size * 1009 + (uint64_t)found.st_mtim.tv_sec * 7919 +
			  (uint64_t)found.st_mtim.tv_nsec;
	}
	closedir(dir);
	return digest;
}

static void copy_file(const char *from, const char *to)
{
	struct buf bytes;
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);

	buf_init(&bytes, 16 << 20);
	cr_assert_eq(file_read(from, &bytes, NULL), ERR_NONE);
	cr_assert_eq(file_write_all(fd, bytes.data, bytes.bytes, NULL), ERR_NONE);
	buf_deinit(&bytes);
	close(fd);
}

Test(open, a_reader_after_the_death_of_the_writer_sees_its_last_commit_and_changes_no_file)
{
	struct fixture fixture;
	struct ledger_filter filter = {0};
	char folder[96];
	char event[2048] = "";
	uint64_t before;
	pid_t child;
	int status;

	fixture_make_folder(&fixture);
	child = fork();
	if (child == 0)
		write_and_die(fixture.path);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFSIGNALED(status));
	snprintf(folder, sizeof(folder), "%s/state", fixture.folder);
	before = digest_of_files(folder);
	cr_assert_eq(ledger_open_readonly(&fixture.ledger, fixture.path, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert_eq(ledger_query_events(fixture.ledger, &filter, take_event, event, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert_str_eq(event, "before_death|");
	fixture_close(&fixture);
	cr_assert_eq(digest_of_files(folder), before);
	fixture_remove_folder(&fixture);
}

Test(open, a_copy_of_the_file_alone_can_be_read_where_nothing_can_be_written)
{
	struct fixture fixture;
	struct fixture reader = {0};
	char copy[128];

	make_filled(&fixture);
	snprintf(copy, sizeof(copy), "%s/copy %%?#.db", fixture.folder);
	copy_file(fixture.path, copy);
	cr_assert_eq(ledger_open_readonly(&reader.ledger, copy, &reader.info), ERR_NONE, "%s", reader.info.text);
	cr_assert_eq(fixture_sum_millij(&reader, DAY, DAY + 86400), 96 * (64000 + 2016));
	ledger_close(reader.ledger);
	fixture_remove_folder(&fixture);
}

Test(open, damage_seen_while_running_is_looked_for_at_the_next_opening)
{
	static const char ZEROS[4096];
	struct fixture fixture;
	struct ledger_options options = {.now_utc_ms = DAY * 1000, .has_no_reserve = true, .full_check_bytes = 1};
	struct ledger_open_report report;
	struct stat found;

	make_filled(&fixture);
	options.path = fixture.path;
	/* The last pages hold intervals: a start does not need them, and a small bound keeps it from looking at them. */
	cr_assert_eq(stat(fixture.path, &found), 0);
	for (off_t page = found.st_size / 4096 / 2; page < found.st_size / 4096; page++)
		overwrite(fixture.path, page * 4096, ZEROS, sizeof(ZEROS));
	cr_assert_eq(ledger_open(&fixture.ledger, &options, &report, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert(!report.is_quarantined);
	cr_assert_neq(ledger_verify(fixture.ledger, &(struct ledger_verdict){0}, &fixture.info), ERR_NONE);
	for (int slot = 0; slot < 96 && ledger_fault(fixture.ledger) != LEDGER_FAULT_DAMAGED; slot++) {
		fixture_add_slot(&fixture, 1, DAY + slot * 900, 1, 1);
		if (ledger_commit(fixture.ledger, &fixture.batch, NULL, &fixture.info) != ERR_NONE)
			break;
	}
	cr_assert_eq(ledger_fault(fixture.ledger), LEDGER_FAULT_DAMAGED);
	fixture.ledger = ledger_close(fixture.ledger);
	cr_assert_eq(ledger_open(&fixture.ledger, &options, &report, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	cr_assert(report.is_quarantined);
	fixture_deinit(&fixture);
}

Test(open, open_rows_that_cannot_be_read_are_damage)
{
	struct fixture fixture;
	struct ledger_open_row row = {.boot_id = FIXTURE_BOOT, .uptime_ms = -1, .state = "abc", .state_bytes = 3};

	fixture_init(&fixture, 2);
	row.meter_id = fixture.meter_id[0];
	cr_assert_eq(ledger_batch_add_open(&fixture.batch, &row, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	fixture_close(&fixture);
	fixture_execute(fixture.path, "UPDATE open_pack SET body = zeroblob(length(body)) WHERE pack = 1");
	assert_quarantined(&fixture);
}
