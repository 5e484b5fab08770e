/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_priv: the connection and its statements, for the files of this folder. */
#ifndef WATTLEDGER_LEDGER_LEDGER_PRIV_H
#define WATTLEDGER_LEDGER_LEDGER_PRIV_H

#include "base/buf.h"
#include "ledger/ledger.h"
#include "ledger/sql_priv.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "WLDG", in the header of every ledger: tells it from the database of another program. */
#define LEDGER_APPLICATION_ID 0x574c4447

/* Row 0 of table `open_pack`; written by each commit. */
struct ledger_state {
	int64_t commit_no;   /* of the last batch that is in */
	int64_t is_part;     /* 1: that batch is in but for its outbox rows */
	int64_t outbox_high; /* the largest outbox id ever */
};

/* The pack of open rows that was unpacked last: as it is stored, and what is in it. */
struct ledger_pack {
	struct buf stored;
	struct buf raw;
};

struct ledger {
	sqlite3 *db;                        /* NULL while the connection is broken (needs_reopen) */
	sqlite3_stmt *statement[SQL_COUNT]; /* prepared at first use, kept */
	bool is_readonly;
	bool needs_reopen;
	uint32_t read_depth; /* snapshots within each other; the outermost is the one */
	enum ledger_fault fault;
	int lock_fd;
	struct ledger_state state; /* writer: as last read or committed */
	int64_t sealed_until_s;    /* writer: the latest end of a sealed period, 0 none */
	uint32_t cache_kib;
	uint32_t reserve_bytes;         /* 0: no reserve file */
	uint32_t commits_until_reserve; /* before the reserve file is tried again */
	uint64_t full_check_bytes;
	char path[LEDGER_PATH_BYTES];
	struct ledger_pack pack;
	char uuid[LEDGER_UUID_BYTES];
};

/* What a file turned out to be. */
enum ledger_content { LEDGER_CONTENT_EMPTY = 0, LEDGER_CONTENT_LEDGER, LEDGER_CONTENT_DAMAGED };

/* ledger.c: a struct with its defaults, nothing opened. Ended by ledger_close(). */
enum err ledger_new(struct ledger **out, const char *path, struct err_info *info) MUST_CHECK;
/* The marks in the header of a connected file; *version is set for a ledger. ERR_CONFIG: foreign or newer. */
enum err ledger_recognise(struct ledger *ledger, enum ledger_content *content, int *version, struct err_info *info) MUST_CHECK;

/* connection.c: opens the file with our settings; what the file is, is not looked at. */
enum err ledger_connect(struct ledger *ledger, struct err_info *info) MUST_CHECK;
enum err ledger_connect_readonly(struct ledger *ledger, struct err_info *info) MUST_CHECK;
/* Finalises the statements and closes the database file; the lock stays. */
void ledger_disconnect(struct ledger *ledger);
/* After an I/O error: a new connection, checked again. */
enum err ledger_reconnect(struct ledger *ledger, struct err_info *info) MUST_CHECK;

/* connection.c: sets fault and info from a result code of SQLite; `what` says what was being done. */
enum err ledger_fail(struct ledger *ledger, int rc, struct err_info *info, const char *what) MUST_CHECK;

/* connection.c: a statement, reset, without bindings, ready to bind. Kept by the ledger. */
enum err ledger_statement(struct ledger *ledger, enum sql_id id, sqlite3_stmt **out, struct err_info *info) MUST_CHECK;
/* Runs a bound statement that gives no rows, and resets it. */
enum err ledger_run(struct ledger *ledger, sqlite3_stmt *statement, struct err_info *info) MUST_CHECK;
/* A statement without parameters or rows. */
enum err ledger_run_id(struct ledger *ledger, enum sql_id id, struct err_info *info) MUST_CHECK;
/* Steps to the next row: *has_row false at the end (and reset then, and on an error). */
enum err ledger_step(struct ledger *ledger, sqlite3_stmt *statement, bool *has_row, struct err_info *info) MUST_CHECK;
/* ROLLBACK when a transaction is open; whatever happened before is what counts. */
void ledger_rollback(struct ledger *ledger);
/* A read snapshot over several statements, also within another; ledger_end_read() is called with the outcome, and returns it. */
enum err ledger_begin_read(struct ledger *ledger, struct err_info *info) MUST_CHECK;
enum err ledger_end_read(struct ledger *ledger, enum err outcome) MUST_CHECK;

/* Column as a C string, "" for NULL. Borrowed until the next step. */
const char *ledger_column_text(sqlite3_stmt *statement, int column) MUST_CHECK;
/* Column as a digest; zeros when it is not 32 bytes. */
void ledger_column_sha256(sqlite3_stmt *statement, int column, uint8_t out[static 32]);

/* schema.c */
enum err schema_create(struct ledger *ledger, int64_t now_utc_ms, struct err_info *info) MUST_CHECK;
enum err schema_read_version(struct ledger *ledger, int *version, int *application_id, struct err_info *info) MUST_CHECK;
/* From `version` to LEDGER_SCHEMA, one transaction a step. */
enum err schema_migrate(struct ledger *ledger, int version, struct err_info *info) MUST_CHECK;
enum err schema_read_state(struct ledger *ledger, struct err_info *info) MUST_CHECK;

/* statement.c: what a writer must know of the sealed periods, and the note that an interval row came after one was sealed. */
enum err statement_read_state(struct ledger *ledger, struct err_info *info) MUST_CHECK;
enum err statement_note_late(struct ledger *ledger, int64_t slot_start_s, int64_t meter_id, int64_t rev, struct err_info *info) MUST_CHECK;

/* guard.c: is the file sound, and what becomes of one that is not. */
/* `version`: the file's schema; of an older one every page is looked at, of ours the open rows are read. */
enum err guard_check(struct ledger *ledger, int version, char reason[static LEDGER_REASON_BYTES], bool *is_sound,
		     struct err_info *info) MUST_CHECK;
enum err guard_quarantine(const char *path, int64_t now_utc_ms, char quarantine_path[static LEDGER_PATH_BYTES],
			  struct err_info *info) MUST_CHECK;
enum err guard_backup(struct ledger *ledger, int version, char backup_path[static LEDGER_PATH_BYTES], struct err_info *info) MUST_CHECK;
/* Notes beside the file that damage was seen, so that the next opening checks every page. */
void guard_mark_suspect(const char *path);

/* reserve.c: a file that holds room for the ledger on a full disk. */
void reserve_make(struct ledger *ledger);
/* true when there was one to give back. */
bool reserve_give_back(struct ledger *ledger);

/* lock.c: the writer lock. Errors: ERR_BUSY names the pid. */
enum err lock_take(const char *path, int *lock_fd, struct err_info *info) MUST_CHECK;
void lock_release(int lock_fd);

#endif
