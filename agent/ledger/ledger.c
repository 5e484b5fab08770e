/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LEDGER_CACHE_KIB = 512,
	LEDGER_RESERVE_BYTES = 1 << 20,
	LEDGER_FULL_CHECK_BYTES = 64 << 20,
	LEDGER_SUFFIX_BYTES = 64, /* room for the names beside the file */
};

/* What a file turned out to be. */
enum content { CONTENT_EMPTY = 0, CONTENT_LEDGER, CONTENT_DAMAGED };

static enum err new_ledger(struct ledger **out, const char *path, struct err_info *info)
{
	struct ledger *ledger;

	if (strlen(path) + LEDGER_SUFFIX_BYTES > LEDGER_PATH_BYTES)
		return err_set(info, ERR_CONFIG, "the ledger's path is longer than %d bytes", LEDGER_PATH_BYTES - LEDGER_SUFFIX_BYTES);
	ledger = mem_new(sizeof(*ledger));
	if (ledger == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the ledger");
	ledger->lock_fd = -1;
	ledger->cache_kib = LEDGER_CACHE_KIB;
	ledger->full_check_bytes = LEDGER_FULL_CHECK_BYTES;
	memcpy(ledger->path, path, strlen(path) + 1);
	*out = ledger;
	return ERR_NONE;
}

static enum err refuse_newer(const struct ledger *ledger, int version, struct err_info *info)
{
	return err_set(
	    info, ERR_CONFIG,
	    "%s has schema %d, this program knows up to %d: it was written by a newer wattledger. Install that version again, or the "
	    "copy it kept beside it (%s.schema-%d)",
	    ledger->path, version, LEDGER_SCHEMA, ledger->path, LEDGER_SCHEMA);
}

/* Looks at the marks in the header. *version is set for a ledger. */
static enum err recognise(struct ledger *ledger, enum content *content, int *version, struct err_info *info)
{
	int application_id;
	sqlite3_stmt *statement;
	bool has_row;
	int64_t tables;
	enum err err = schema_read_version(ledger, version, &application_id, info);

	if (err == ERR_NONE)
		err = ledger_statement(ledger, SQL_TABLE_COUNT, &statement, info);
	if (err == ERR_NONE)
		err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	tables = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	if (tables == 0 && application_id == 0) {
		*content = CONTENT_EMPTY;
		return ERR_NONE;
	}
	if (application_id != LEDGER_APPLICATION_ID)
		return err_set(info, ERR_CONFIG, "%s is the database of another program: give the ledger another path", ledger->path);
	if (*version > LEDGER_SCHEMA)
		return refuse_newer(ledger, *version, info);
	*content = *version < 1 ? CONTENT_DAMAGED : CONTENT_LEDGER;
	return ERR_NONE;
}

/* Opens and checks. Damage is a finding, not an error: content tells, `reason` says what. */
static enum err inspect(struct ledger *ledger, enum content *content, int *version, char reason[static LEDGER_REASON_BYTES],
			struct err_info *info)
{
	struct err_info failure = {0};
	bool is_sound = true;
	enum err err = ledger_connect(ledger, &failure);

	if (err == ERR_NONE)
		err = recognise(ledger, content, version, &failure);
	if (err == ERR_NONE && *content == CONTENT_LEDGER)
		err = guard_check(ledger, reason, &is_sound, &failure);
	if (err == ERR_NONE && *content == CONTENT_LEDGER && is_sound)
		err = schema_read_state(ledger, &failure);
	if (err != ERR_NONE && ledger->fault == LEDGER_FAULT_DAMAGED) {
		snprintf(reason, LEDGER_REASON_BYTES, "%.*s", LEDGER_REASON_BYTES - 1, failure.text);
		is_sound = false;
		err = ERR_NONE;
	}
	if (!is_sound)
		*content = CONTENT_DAMAGED;
	ledger->fault = LEDGER_FAULT_NONE;
	return err == ERR_NONE ? ERR_NONE : err_set(info, err, "%s", failure.text);
}

/* The first event of a ledger that follows a damaged one: where the old one is. */
static enum err note_quarantine(struct ledger *ledger, int64_t now_utc_ms, const struct ledger_open_report *report, struct err_info *info)
{
	struct ledger_event event = {.utc_ms = now_utc_ms,
				     .level = LOG_LEVEL_ERROR,
				     .code = "ledger_quarantined",
				     .before = report->quarantine_path,
				     .after = ledger->uuid,
				     .text = report->reason};
	struct ledger_batch batch;
	enum err err;

	ledger_batch_init(&batch, 1 << 16);
	err = ledger_batch_add_event(&batch, &event, info);
	if (err == ERR_NONE)
		err = ledger_commit(ledger, &batch, NULL, info);
	ledger_batch_deinit(&batch);
	return err;
}

static enum err put_file(const char *path, bool *is_created, struct err_info *info)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);

	*is_created = fd >= 0;
	if (fd < 0 && errno != EEXIST)
		return err_set_errno(info, ERR_IO, errno, "cannot make %s", path);
	if (fd >= 0)
		close(fd);
	return ERR_NONE;
}

static enum err make_new(struct ledger *ledger, int64_t now_utc_ms, struct err_info *info)
{
	enum err err = schema_create(ledger, now_utc_ms, info);

	return err == ERR_NONE ? schema_read_state(ledger, info) : err;
}

static enum err replace_damaged(struct ledger *ledger, int64_t now_utc_ms, struct ledger_open_report *report, struct err_info *info)
{
	bool is_created;
	enum err err;

	ledger_disconnect(ledger);
	ledger->needs_reopen = false;
	err = guard_quarantine(ledger->path, now_utc_ms, report->quarantine_path, info);
	if (err == ERR_NONE)
		err = put_file(ledger->path, &is_created, info);
	if (err == ERR_NONE)
		err = ledger_connect(ledger, info);
	if (err == ERR_NONE)
		err = make_new(ledger, now_utc_ms, info);
	report->is_quarantined = err == ERR_NONE;
	return err == ERR_NONE ? note_quarantine(ledger, now_utc_ms, report, info) : err;
}

static enum err migrate(struct ledger *ledger, int version, struct ledger_open_report *report, struct err_info *info)
{
	enum err err;

	if (version == LEDGER_SCHEMA)
		return ERR_NONE;
	err = guard_backup(ledger, version, report->backup_path, info);
	if (err == ERR_NONE)
		err = schema_migrate(ledger, version, info);
	report->is_migrated = err == ERR_NONE;
	report->schema_before = version;
	return err;
}

static enum err open_file(struct ledger *ledger, int64_t now_utc_ms, struct ledger_open_report *report, struct err_info *info)
{
	enum content content = CONTENT_EMPTY;
	int version = 0;
	enum err err = put_file(ledger->path, &report->is_created, info);

	if (err == ERR_NONE)
		err = inspect(ledger, &content, &version, report->reason, info);
	if (err != ERR_NONE)
		return err;
	switch (content) {
	case CONTENT_EMPTY: return make_new(ledger, now_utc_ms, info);
	case CONTENT_LEDGER: return migrate(ledger, version, report, info);
	case CONTENT_DAMAGED: return replace_damaged(ledger, now_utc_ms, report, info);
	}
	return ERR_NONE;
}

static enum err make_folder(const char *path, struct err_info *info)
{
	char folder[LEDGER_PATH_BYTES];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return ERR_NONE;
	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	return file_make_dirs(folder, 0750, info);
}

static void apply_options(struct ledger *ledger, const struct ledger_options *options)
{
	if (options->cache_kib != 0)
		ledger->cache_kib = options->cache_kib;
	if (options->full_check_bytes != 0)
		ledger->full_check_bytes = options->full_check_bytes;
	ledger->reserve_bytes = options->reserve_bytes != 0 ? options->reserve_bytes : LEDGER_RESERVE_BYTES;
	if (options->has_no_reserve)
		ledger->reserve_bytes = 0;
}

enum err ledger_open(struct ledger **out, const struct ledger_options *options, struct ledger_open_report *report, struct err_info *info)
{
	struct ledger_open_report found = {0};
	struct ledger *ledger = NULL;
	enum err err = new_ledger(&ledger, options->path, info);

	if (err != ERR_NONE)
		return err;
	apply_options(ledger, options);
	err = make_folder(options->path, info);
	if (err == ERR_NONE)
		err = lock_take(options->path, &ledger->lock_fd, info);
	if (err == ERR_NONE)
		err = open_file(ledger, options->now_utc_ms, &found, info);
	if (err != ERR_NONE) {
		ledger_close(ledger);
		return err;
	}
	reserve_make(ledger);
	ledger->fault = LEDGER_FAULT_NONE;
	if (report != NULL)
		*report = found;
	*out = ledger;
	return ERR_NONE;
}

/* A newer schema is refused for reading as well: its rows may mean something else. */
static enum err open_for_reading(struct ledger *ledger, struct err_info *info)
{
	enum content content = CONTENT_EMPTY;
	int version = 0;
	enum err err = ledger_connect_readonly(ledger, info);

	if (err == ERR_NONE)
		err = recognise(ledger, &content, &version, info);
	if (err != ERR_NONE)
		return err;
	if (content == CONTENT_EMPTY)
		return err_set(info, ERR_UNAVAILABLE, "%s holds no ledger yet: start wattledgerd first", ledger->path);
	if (content == CONTENT_DAMAGED)
		return err_set(info, ERR_DATA, "%s is damaged: start wattledgerd, it keeps the file and begins a new one", ledger->path);
	if (version < LEDGER_SCHEMA)
		return err_set(info, ERR_CONFIG, "%s has the older schema %d: start wattledgerd once, it brings it to %d", ledger->path,
			       version, LEDGER_SCHEMA);
	return schema_read_state(ledger, info);
}

enum err ledger_open_readonly(struct ledger **out, const char *path, struct err_info *info)
{
	struct ledger *ledger = NULL;
	struct stat found;
	enum err err;

	if (stat(path, &found) != 0 && errno == ENOENT)
		return err_set(info, ERR_UNAVAILABLE, "there is no ledger at %s: start wattledgerd, or name another with --ledger", path);
	if (access(path, R_OK) != 0)
		return err_set_errno(info, ERR_PERMISSION, errno, "cannot read the ledger %s (members of group wattledger can)", path);
	err = new_ledger(&ledger, path, info);
	if (err != ERR_NONE)
		return err;
	ledger->is_readonly = true;
	err = open_for_reading(ledger, info);
	if (err != ERR_NONE) {
		ledger_close(ledger);
		return err;
	}
	ledger->fault = LEDGER_FAULT_NONE;
	*out = ledger;
	return ERR_NONE;
}

struct ledger *ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return NULL;
	if (ledger->db != NULL && !ledger->is_readonly && !ledger->needs_reopen)
		sqlite3_wal_checkpoint_v2(ledger->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	ledger_disconnect(ledger);
	lock_release(ledger->lock_fd);
	mem_free(ledger);
	return NULL;
}

enum ledger_fault ledger_fault(const struct ledger *ledger)
{
	return ledger->fault;
}

const char *ledger_fault_name(enum ledger_fault fault)
{
	static const char *const NAMES[] = {"none", "busy", "io", "full", "damaged", "other"};

	return (size_t)fault < sizeof(NAMES) / sizeof(NAMES[0]) ? NAMES[fault] : "other";
}

const char *ledger_uuid(const struct ledger *ledger)
{
	return ledger->uuid;
}

const char *ledger_path(const struct ledger *ledger)
{
	return ledger->path;
}

static uint64_t size_of(const char *path)
{
	struct stat found;

	return stat(path, &found) == 0 ? (uint64_t)found.st_size : 0;
}

uint64_t ledger_file_bytes(const struct ledger *ledger)
{
	char wal[LEDGER_PATH_BYTES + 8];

	snprintf(wal, sizeof(wal), "%s-wal", ledger->path);
	return size_of(ledger->path) + size_of(wal);
}
