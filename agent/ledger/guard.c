/* SPDX-License-Identifier: Apache-2.0 */
/* guard: a damaged file is kept, never repaired in place and never lost: it gets a dated name, and a fresh ledger names it. */
#include "base/clock.h"
#include "base/text.h"
#include "ledger/ledger_priv.h"
#include "ledger/open_rows_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GUARD_NAMES_MAX = 1000, GUARD_PATH_BYTES = LEDGER_PATH_BYTES + 16 };

static void suspect_path(char out[static GUARD_PATH_BYTES], const char *path)
{
	snprintf(out, GUARD_PATH_BYTES, "%s.suspect", path);
}

void guard_mark_suspect(const char *path)
{
	char name[GUARD_PATH_BYTES];
	int fd;

	suspect_path(name, path);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd >= 0)
		close(fd);
}

/*
 * One of SQLite's checks: *is_sound false, with its first words in `reason`, unless it says "ok". Damage that ends the check is a finding
 * too.
 */
static enum err run_check(struct ledger *ledger, enum sql_id id, char reason[static LEDGER_REASON_BYTES], bool *is_sound,
			  struct err_info *info)
{
	struct err_info failure = {0};
	sqlite3_stmt *statement;
	bool has_row = false;
	enum err err = ledger_statement(ledger, id, &statement, &failure);

	if (err == ERR_NONE)
		err = ledger_step(ledger, statement, &has_row, &failure);
	if (err != ERR_NONE && ledger->fault != LEDGER_FAULT_DAMAGED)
		return err_set(info, err, "%s", failure.text);
	*is_sound = err == ERR_NONE && has_row && strcmp(ledger_column_text(statement, 0), "ok") == 0;
	if (!*is_sound) {
		const char *words = err != ERR_NONE ? failure.text : has_row ? ledger_column_text(statement, 0) : "the check said nothing";

		text_clean(reason, LEDGER_REASON_BYTES, words, strlen(words));
	}
	if (err == ERR_NONE)
		sqlite3_reset(statement);
	return ERR_NONE;
}

static enum err accept_row(void *context, const struct ledger_open_row *row, struct err_info *info)
{
	(void)context;
	(void)row;
	(void)info;
	return ERR_NONE;
}

/* A start, and each commit after it, needs the open rows: SQLite sees their bytes alone. */
static enum err check_open_rows(struct ledger *ledger, char reason[static LEDGER_REASON_BYTES], bool *is_sound, struct err_info *info)
{
	struct err_info failure = {0};
	enum err err = open_rows_walk(ledger, accept_row, NULL, &failure);

	if (err == ERR_NONE)
		return ERR_NONE;
	if (ledger->fault != LEDGER_FAULT_DAMAGED)
		return err_set(info, err, "%s", failure.text);
	*is_sound = false;
	text_clean(reason, LEDGER_REASON_BYTES, failure.text, strlen(failure.text));
	return ERR_NONE;
}

static enum err check_tables(struct ledger *ledger, char reason[static LEDGER_REASON_BYTES], bool *is_sound, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (int id = SQL_CHECK_META; id <= SQL_CHECK_LAST && err == ERR_NONE && *is_sound; id++)
		err = run_check(ledger, (enum sql_id)id, reason, is_sound, info);
	return err;
}

enum err guard_check(struct ledger *ledger, int version, char reason[static LEDGER_REASON_BYTES], bool *is_sound, struct err_info *info)
{
	char suspect[GUARD_PATH_BYTES];
	bool is_ours = version == LEDGER_SCHEMA;
	enum err err;

	suspect_path(suspect, ledger->path);
	*is_sound = true;
	if (!is_ours || ledger_file_bytes(ledger) <= ledger->full_check_bytes || access(suspect, F_OK) == 0) {
		err = run_check(ledger, SQL_QUICK_CHECK, reason, is_sound, info);
		if (err == ERR_NONE && *is_sound)
			unlink(suspect);
	} else {
		err = check_tables(ledger, reason, is_sound, info);
	}
	return err == ERR_NONE && *is_sound && is_ours ? check_open_rows(ledger, reason, is_sound, info) : err;
}

static enum err move(const char *from, const char *to, const char *suffix, struct err_info *info)
{
	char source[GUARD_PATH_BYTES];
	char target[GUARD_PATH_BYTES];

	snprintf(source, sizeof(source), "%s%s", from, suffix);
	snprintf(target, sizeof(target), "%s%s", to, suffix);
	if (rename(source, target) == 0 || errno == ENOENT)
		return ERR_NONE;
	return err_set_errno(info, ERR_IO, errno, "cannot keep the damaged %s as %s", source, target);
}

/* "PATH.damaged-20261125T210400Z", with "-2" and so on when there is one already. */
static enum err free_name(char out[static LEDGER_PATH_BYTES], const char *path, int64_t now_utc_ms, struct err_info *info)
{
	char utc[CLOCK_TEXT_BYTES];
	char stamp[CLOCK_TEXT_BYTES];
	size_t n = 0;

	clock_print_utc(utc, now_utc_ms - now_utc_ms % CLOCK_MS_PER_S);
	for (const char *c = utc; *c != '\0'; c++)
		if (*c != '-' && *c != ':')
			stamp[n++] = *c;
	stamp[n] = '\0';
	for (int i = 1; i < GUARD_NAMES_MAX; i++) {
		int length = i == 1 ? snprintf(out, LEDGER_PATH_BYTES, "%s.damaged-%s", path, stamp)
				    : snprintf(out, LEDGER_PATH_BYTES, "%s.damaged-%s-%d", path, stamp, i);

		if (length >= LEDGER_PATH_BYTES)
			break;
		if (access(out, F_OK) != 0 && errno == ENOENT)
			return ERR_NONE;
	}
	return err_set(info, ERR_LIMIT, "no free name beside %s for the damaged ledger", path);
}

/* The log first: a fresh ledger beside the log of an old one must never be seen. */
enum err guard_quarantine(const char *path, int64_t now_utc_ms, char quarantine_path[static LEDGER_PATH_BYTES], struct err_info *info)
{
	char suspect[GUARD_PATH_BYTES];
	enum err err = free_name(quarantine_path, path, now_utc_ms, info);

	if (err == ERR_NONE)
		err = move(path, quarantine_path, "-wal", info);
	if (err == ERR_NONE)
		err = move(path, quarantine_path, "-shm", info);
	if (err == ERR_NONE)
		err = move(path, quarantine_path, "", info);
	suspect_path(suspect, path);
	if (err == ERR_NONE)
		unlink(suspect);
	return err;
}

static enum err sync_file(const char *path, struct err_info *info)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int failed = fd < 0 || fsync(fd) != 0;
	int reason = errno;

	if (fd >= 0)
		close(fd);
	return failed ? err_set_errno(info, ERR_IO, reason, "cannot sync the backup %s", path) : ERR_NONE;
}

enum err guard_backup(struct ledger *ledger, int version, char backup_path[static LEDGER_PATH_BYTES], struct err_info *info)
{
	char temporary[GUARD_PATH_BYTES];
	sqlite3_stmt *statement;
	enum err err = ledger_statement(ledger, SQL_COPY_INTO, &statement, info);

	snprintf(backup_path, LEDGER_PATH_BYTES, "%.*s.schema-%d", LEDGER_PATH_BYTES - 24, ledger->path, version);
	snprintf(temporary, sizeof(temporary), "%s.tmp", backup_path);
	if (err != ERR_NONE)
		return err;
	unlink(temporary);
	sqlite3_bind_text(statement, 1, temporary, -1, SQLITE_STATIC);
	err = ledger_run(ledger, statement, info);
	if (err == ERR_NONE)
		err = sync_file(temporary, info);
	if (err == ERR_NONE && chmod(temporary, 0640) == 0 && rename(temporary, backup_path) == 0)
		return ERR_NONE;
	if (err == ERR_NONE)
		err = err_set_errno(info, ERR_IO, errno, "cannot keep the backup as %s", backup_path);
	unlink(temporary);
	return err_prefix(info, "keeping a copy before the change of schema (it needs as much room as the ledger has)");
}
