/* SPDX-License-Identifier: Apache-2.0 */
/* connection: SQLite with our settings, statements that are prepared once, and its result codes in our words. */
#include "base/buf.h"
#include "ledger/ledger_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { CONNECTION_BUSY_MS = 2000, CONNECTION_TEXT_BYTES = 4 * LEDGER_PATH_BYTES };

/* Settings of every connection. WAL of up to 1,000 pages between checkpoints: hot pages are written into the file once for many commits. */
static const char *const SETTINGS[] = {
    "PRAGMA mmap_size = 0",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    NULL,
};
static const char *const WRITER_SETTINGS[] = {
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 1000",
    "PRAGMA journal_size_limit = 4194304",
    NULL,
};

static bool is_no_room(int reason)
{
	return reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
}

/*
 * A disk quota and RLIMIT_FSIZE reach us as plain write errors; SQLite knows ENOSPC alone as "full". errno itself is overwritten by the time
 * we see the failure: the file and the log keep their last one.
 */
static bool is_full(struct ledger *ledger, int rc)
{
	sqlite3_file *log = NULL;
	int reason = 0;

	if ((rc & 0xff) == SQLITE_FULL)
		return true;
	if (rc != SQLITE_IOERR_WRITE || ledger->db == NULL)
		return false;
	if (sqlite3_file_control(ledger->db, "main", SQLITE_FCNTL_LAST_ERRNO, &reason) == SQLITE_OK && is_no_room(reason))
		return true;
	if (sqlite3_file_control(ledger->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || log == NULL ||
	    log->pMethods == NULL)
		return false;
	return log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &reason) == SQLITE_OK && is_no_room(reason);
}

static enum ledger_fault fault_of(struct ledger *ledger, int rc)
{
	if (is_full(ledger, rc))
		return LEDGER_FAULT_FULL;
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL: return LEDGER_FAULT_BUSY;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH: return LEDGER_FAULT_IO;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return LEDGER_FAULT_DAMAGED;
	default: return LEDGER_FAULT_OTHER;
	}
}

enum err ledger_fail(struct ledger *ledger, int rc, struct err_info *info, const char *what)
{
	static const enum err CODES[] = {
	    [LEDGER_FAULT_BUSY] = ERR_BUSY,    [LEDGER_FAULT_IO] = ERR_IO,      [LEDGER_FAULT_FULL] = ERR_IO,
	    [LEDGER_FAULT_DAMAGED] = ERR_DATA, [LEDGER_FAULT_OTHER] = ERR_DATA,
	};
	const char *why = ledger->db != NULL && sqlite3_errcode(ledger->db) != SQLITE_OK ? sqlite3_errmsg(ledger->db) : sqlite3_errstr(rc);
	enum err code;

	ledger->fault = fault_of(ledger, rc);
	code = (rc & 0xff) == SQLITE_NOMEM ? ERR_MEMORY : CODES[ledger->fault];
	if (ledger->fault == LEDGER_FAULT_FULL)
		why = "no room on the disk (or over its quota)";
	err_set(info, code, "%s: %s: %s (SQLite %d)", ledger->path, what, why, rc);
	if (ledger->is_readonly)
		return code;
	if (ledger->fault == LEDGER_FAULT_DAMAGED)
		guard_mark_suspect(ledger->path);
	/* After a failed write or sync nobody knows what the kernel kept of this connection's pages: only a new one may be trusted. */
	if (ledger->fault == LEDGER_FAULT_IO)
		ledger->needs_reopen = true;
	return code;
}

static enum err apply(struct ledger *ledger, const char *const *settings, struct err_info *info)
{
	for (; *settings != NULL; settings++) {
		int rc = sqlite3_exec(ledger->db, *settings, NULL, NULL, NULL);

		if (rc != SQLITE_OK)
			return ledger_fail(ledger, rc, info, "opening");
	}
	return ERR_NONE;
}

static enum err set_up(struct ledger *ledger, struct err_info *info)
{
	char pragma[48];
	const char *const cache[] = {pragma, NULL};
	enum err err;

	sqlite3_extended_result_codes(ledger->db, 1);
	sqlite3_busy_timeout(ledger->db, CONNECTION_BUSY_MS);
	sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	snprintf(pragma, sizeof(pragma), "PRAGMA cache_size = -%u", (unsigned)ledger->cache_kib);
	err = apply(ledger, cache, info);
	return err == ERR_NONE ? apply(ledger, SETTINGS, info) : err;
}

enum err ledger_connect(struct ledger *ledger, struct err_info *info)
{
	int persist = 1;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	int rc = sqlite3_open_v2(ledger->path, &ledger->db, flags, NULL);
	enum err err;

	if (rc != SQLITE_OK) {
		err = ledger_fail(ledger, rc, info, "opening");
		ledger_disconnect(ledger);
		return err;
	}
	err = set_up(ledger, info);
	if (err == ERR_NONE)
		err = apply(ledger, WRITER_SETTINGS, info);
	if (err != ERR_NONE) {
		ledger_disconnect(ledger);
		return err;
	}
	/* Log and index stay when we close: a reader without the right to make them can still open the ledger. */
	sqlite3_file_control(ledger->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	ledger->needs_reopen = false;
	return ERR_NONE;
}

/* "file:PATH?options" with the path's special characters escaped. */
static void make_uri(char out[static CONNECTION_TEXT_BYTES], const char *path, const char *options)
{
	static const char HEX[] = "0123456789ABCDEF";
	size_t n = (size_t)snprintf(out, CONNECTION_TEXT_BYTES, "file:");

	for (; *path != '\0' && n + 3 < CONNECTION_TEXT_BYTES; path++) {
		unsigned char c = (unsigned char)*path;

		if (strchr("?#%", c) == NULL) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = HEX[c >> 4];
		out[n++] = HEX[c & 15];
	}
	snprintf(out + n, CONNECTION_TEXT_BYTES - n, "?%s", options);
}

static off_t size_of(const char *path, const char *suffix)
{
	char name[LEDGER_PATH_BYTES + 16];
	struct stat found;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &found) == 0 ? found.st_size : -1;
}

/*
 * A writer leaves log and index behind, so both are there and are only read (readonly_shm). A copy without a log cannot change: immutable.
 * A log without an index (a copy of two files) has to be replayed into one by the ordinary way.
 */
enum err ledger_connect_readonly(struct ledger *ledger, struct err_info *info)
{
	char uri[CONNECTION_TEXT_BYTES];
	const char *options = "mode=ro";
	int rc;

	if (size_of(ledger->path, "-shm") > 0)
		options = "mode=ro&readonly_shm=1";
	else if (size_of(ledger->path, "-wal") <= 0)
		options = "mode=ro&immutable=1";
	make_uri(uri, ledger->path, options);
	rc = sqlite3_open_v2(uri, &ledger->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
	if (rc != SQLITE_OK) {
		enum err err = ledger_fail(ledger, rc, info, "opening for reading");

		ledger_disconnect(ledger);
		return err;
	}
	sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return set_up(ledger, info);
}

void ledger_disconnect(struct ledger *ledger)
{
	for (size_t i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(ledger->statement[i]);
		ledger->statement[i] = NULL;
	}
	sqlite3_close(ledger->db);
	ledger->db = NULL;
}

enum err ledger_reconnect(struct ledger *ledger, struct err_info *info)
{
	char reason[LEDGER_REASON_BYTES] = "";
	bool is_sound = false;
	enum err err;

	ledger_disconnect(ledger);
	ledger->needs_reopen = true;
	err = ledger_connect(ledger, info);
	if (err == ERR_NONE)
		err = guard_check(ledger, LEDGER_SCHEMA, reason, &is_sound, info);
	if (err == ERR_NONE && !is_sound) {
		guard_mark_suspect(ledger->path);
		ledger->fault = LEDGER_FAULT_DAMAGED;
		err = err_set(info, ERR_DATA, "%s is damaged: %s", ledger->path, reason);
	}
	if (err == ERR_NONE)
		err = schema_read_state(ledger, info);
	if (err != ERR_NONE) {
		ledger_disconnect(ledger);
		ledger->needs_reopen = true;
	}
	return err;
}

enum err ledger_statement(struct ledger *ledger, enum sql_id id, sqlite3_stmt **out, struct err_info *info)
{
	sqlite3_stmt *statement = ledger->statement[id];
	int rc;

	if (ledger->db == NULL) {
		ledger->fault = LEDGER_FAULT_IO;
		return err_set(info, ERR_IO, "%s: not open since its last I/O error", ledger->path);
	}
	if (statement == NULL) {
		rc = sqlite3_prepare_v3(ledger->db, sql_text(id), -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
		if (rc != SQLITE_OK)
			return ledger_fail(ledger, rc, info, "preparing");
		ledger->statement[id] = statement;
	}
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	*out = statement;
	return ERR_NONE;
}

enum err ledger_step(struct ledger *ledger, sqlite3_stmt *statement, bool *has_row, struct err_info *info)
{
	int rc = sqlite3_step(statement);

	if (rc == SQLITE_ROW) {
		*has_row = true;
		return ERR_NONE;
	}
	if (rc == SQLITE_DONE) {
		*has_row = false;
		sqlite3_reset(statement);
		return ERR_NONE;
	}
	enum err err = ledger_fail(ledger, rc, info, ledger->is_readonly ? "reading" : "writing");

	sqlite3_reset(statement);
	return err;
}

enum err ledger_run(struct ledger *ledger, sqlite3_stmt *statement, struct err_info *info)
{
	bool has_row;
	enum err err = ledger_step(ledger, statement, &has_row, info);

	if (err == ERR_NONE && has_row)
		sqlite3_reset(statement);
	return err;
}

enum err ledger_run_id(struct ledger *ledger, enum sql_id id, struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = ledger_statement(ledger, id, &statement, info);

	return err == ERR_NONE ? ledger_run(ledger, statement, info) : err;
}

void ledger_rollback(struct ledger *ledger)
{
	enum ledger_fault fault = ledger->fault;
	bool needs_reopen = ledger->needs_reopen;

	if (ledger->db == NULL || sqlite3_get_autocommit(ledger->db))
		return;
	if (ledger_run_id(ledger, SQL_ROLLBACK, NULL) != ERR_NONE)
		needs_reopen = true;
	ledger->fault = fault;
	ledger->needs_reopen = needs_reopen;
}

enum err ledger_begin_read(struct ledger *ledger, struct err_info *info)
{
	enum err err = ledger->read_depth > 0 ? ERR_NONE : ledger_run_id(ledger, SQL_BEGIN_READ, info);

	ledger->read_depth += err == ERR_NONE ? 1 : 0;
	return err;
}

enum err ledger_end_read(struct ledger *ledger, enum err outcome)
{
	ledger->read_depth--;
	if (ledger->read_depth > 0)
		return outcome;
	/* Statements that a callback cut short would keep the snapshot. */
	for (size_t i = 0; i < SQL_COUNT; i++)
		if (ledger->statement[i] != NULL)
			sqlite3_reset(ledger->statement[i]);
	ledger_rollback(ledger);
	if (outcome == ERR_NONE)
		ledger->fault = LEDGER_FAULT_NONE;
	return outcome;
}

enum err ledger_begin_snapshot(struct ledger *ledger, struct err_info *info)
{
	return ledger_begin_read(ledger, info);
}

enum err ledger_end_snapshot(struct ledger *ledger, enum err outcome)
{
	return ledger_end_read(ledger, outcome);
}

const char *ledger_column_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text == NULL ? "" : text;
}

void ledger_column_sha256(sqlite3_stmt *statement, int column, uint8_t out[static 32])
{
	const void *blob = sqlite3_column_blob(statement, column);

	if (blob != NULL && sqlite3_column_bytes(statement, column) == 32)
		memcpy(out, blob, 32);
	else
		memset(out, 0, 32);
}
