/* SPDX-License-Identifier: Apache-2.0 */
/* open: a start for writing always succeeds, but for another writer, a newer schema, the file of another program, or a disk that fails. */
#include "base/file.h"
#include "base/log.h"
#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { OPEN_RESERVE_BYTES = 1 << 20, OPEN_BATCH_BYTES = 1 << 16 };

/* Opens and checks. Damage is a finding, not an error: content tells, `reason` says what. */
static enum err inspect(struct ledger *ledger, enum ledger_content *content, int *version, char reason[static LEDGER_REASON_BYTES],
			struct err_info *info)
{
	struct err_info failure = {0};
	bool is_sound = true;
	enum err err = ledger_connect(ledger, &failure);

	if (err == ERR_NONE)
		err = ledger_recognise(ledger, content, version, &failure);
	if (err == ERR_NONE && *content == LEDGER_CONTENT_LEDGER)
		err = guard_check(ledger, *version, reason, &is_sound, &failure);
	if (err == ERR_NONE && *content == LEDGER_CONTENT_LEDGER && is_sound && *version == LEDGER_SCHEMA)
		err = schema_read_state(ledger, &failure);
	if (err != ERR_NONE && ledger->fault == LEDGER_FAULT_DAMAGED) {
		snprintf(reason, LEDGER_REASON_BYTES, "%.*s", LEDGER_REASON_BYTES - 1, failure.text);
		is_sound = false;
		err = ERR_NONE;
	}
	if (!is_sound)
		*content = LEDGER_CONTENT_DAMAGED;
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

	ledger_batch_init(&batch, OPEN_BATCH_BYTES);
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
	if (err == ERR_NONE)
		err = schema_read_state(ledger, info);
	report->is_migrated = err == ERR_NONE;
	report->schema_before = version;
	return err;
}

static enum err open_file(struct ledger *ledger, int64_t now_utc_ms, struct ledger_open_report *report, struct err_info *info)
{
	enum ledger_content content = LEDGER_CONTENT_EMPTY;
	int version = 0;
	enum err err = put_file(ledger->path, &report->is_created, info);

	if (err == ERR_NONE)
		err = inspect(ledger, &content, &version, report->reason, info);
	if (err != ERR_NONE)
		return err;
	switch (content) {
	case LEDGER_CONTENT_EMPTY: return make_new(ledger, now_utc_ms, info);
	case LEDGER_CONTENT_LEDGER: return migrate(ledger, version, report, info);
	case LEDGER_CONTENT_DAMAGED: return replace_damaged(ledger, now_utc_ms, report, info);
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
	ledger->reserve_bytes = options->reserve_bytes != 0 ? options->reserve_bytes : OPEN_RESERVE_BYTES;
	if (options->has_no_reserve)
		ledger->reserve_bytes = 0;
}

enum err ledger_open(struct ledger **out, const struct ledger_options *options, struct ledger_open_report *report, struct err_info *info)
{
	struct ledger_open_report found = {0};
	struct ledger *ledger = NULL;
	enum err err = ledger_new(&ledger, options->path, info);

	if (err != ERR_NONE)
		return err;
	apply_options(ledger, options);
	err = make_folder(options->path, info);
	if (err == ERR_NONE)
		err = lock_take(options->path, &ledger->lock_fd, info);
	if (err == ERR_NONE)
		err = open_file(ledger, options->now_utc_ms, &found, info);
	if (err == ERR_NONE)
		err = statement_read_state(ledger, info);
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
