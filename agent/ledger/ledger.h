/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger: one SQLite file (WAL, synchronous=FULL) that is the truth. Here: opening, closing, what can go wrong with the file.
 *
 *   ledger.h    open and close                      registry.h  sites, devices, meters and their validity
 *   batch.h     everything of one commit, in RAM    commit.h    the one transaction
 *   resume.h    what core needs at its start        outbox.h    what waits for delivery, and what a store refused
 *   statement.h sealed periods, and what came late
 *   entry.h     what people enter by hand
 *   query.h     totals, series, rows, for reports   verify.h    intervals = hours = days
 *
 * Thread rule: a struct ledger is used by one thread at a time. Core's commit thread owns the writing one; a thread that has to read
 * meanwhile opens its own with ledger_open_readonly().
 */
#ifndef WATTLEDGER_LEDGER_LEDGER_H
#define WATTLEDGER_LEDGER_LEDGER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	LEDGER_SCHEMA = 5, /* the schema this build reads and writes */
	LEDGER_PATH_BYTES = 1024,
	LEDGER_UUID_BYTES = 37, /* 36 characters and NUL */
	LEDGER_REASON_BYTES = 256,
};

struct ledger;

/* How a ledger is opened for writing. Zero means the default of a field, except now_utc_ms. */
struct ledger_options {
	const char *path;          /* of the file; its folder is made (0750) when it is not there */
	int64_t now_utc_ms;        /* for dated names and the creation time; this layer reads no clock */
	uint32_t cache_kib;        /* page cache; default 512 */
	uint32_t reserve_bytes;    /* PATH.reserve: room given back when the disk is full; default 1 MiB */
	uint64_t full_check_bytes; /* files up to this size are checked page by page at open; default 64 MiB. Larger ones: only the
	                                tables that a start needs, unless the last run saw damage */
	bool has_no_reserve;       /* no reserve file (private folders of `run` and `demo`) */
};

/* What opening for writing did. Texts are "" when it did not happen. The caller logs it; quarantine is also an event in the new ledger. */
struct ledger_open_report {
	bool is_created;  /* there was no file */
	bool is_migrated; /* from schema `schema_before`; the backup is at backup_path */
	int schema_before;
	char backup_path[LEDGER_PATH_BYTES];
	bool is_quarantined; /* the old file was damaged: it is kept, untouched, at quarantine_path */
	char quarantine_path[LEDGER_PATH_BYTES];
	char reason[LEDGER_REASON_BYTES]; /* what was wrong with it */
};

/* What the last failed call found. LEDGER_FAULT_NONE after a call that succeeded. */
enum ledger_fault {
	LEDGER_FAULT_NONE = 0,
	LEDGER_FAULT_BUSY,    /* somebody holds the database just now: try again soon, nothing is lost */
	LEDGER_FAULT_IO,      /* read, write or sync failed: the connection is closed and is reopened and re-verified by the next commit */
	LEDGER_FAULT_FULL,    /* no room on the disk, or over a quota: keep the batch and try again */
	LEDGER_FAULT_DAMAGED, /* the file is malformed: close it and open it again, which quarantines it */
	LEDGER_FAULT_OTHER,   /* a mistake of ours: trying again does not help */
};

/*
 * Opens for reading and writing: takes the writer lock (flock on PATH.lock, which holds the writer's pid), creates file and folder (0640,
 * 0750), checks the file, migrates an older schema (each step one transaction, the old file kept beside it first), quarantines a damaged
 * file under a dated name and starts a fresh ledger that names it. `report` may be NULL. Errors:
 *   ERR_BUSY        another process writes; the text names its pid
 *   ERR_CONFIG      the file is a newer schema than LEDGER_SCHEMA, or the database of another program (left as it is)
 *   ERR_IO, ERR_PERMISSION, ERR_MEMORY
 */
enum err ledger_open(struct ledger **out, const struct ledger_options *options, struct ledger_open_report *report,
		     struct err_info *info) MUST_CHECK;

/*
 * Opens for reading: never writes or creates any file, works beside a running writer, after it has died, and on a copy. Sees what is
 * committed when each query begins. Errors: ERR_UNAVAILABLE there is no ledger at `path`; ERR_CONFIG newer or foreign; ERR_DATA damaged;
 * ERR_PERMISSION, ERR_IO.
 */
enum err ledger_open_readonly(struct ledger **out, const char *path, struct err_info *info) MUST_CHECK;

/*
 * All queries up to ledger_end_snapshot(), which is called with the outcome and returns it, see what is committed when the first of them
 * begins. Nothing may be written through this ledger in between; while it lasts the log of a running writer grows. ERR_IO, ERR_MEMORY.
 */
enum err ledger_begin_snapshot(struct ledger *ledger, struct err_info *info) MUST_CHECK;
enum err ledger_end_snapshot(struct ledger *ledger, enum err outcome) MUST_CHECK;

/* Checkpoints (a writer), closes and releases the lock. NULL is allowed. Returns NULL. */
struct ledger *ledger_close(struct ledger *ledger);

/* What was wrong with the last write; none when it went well. */
enum ledger_fault ledger_fault(const struct ledger *ledger) MUST_CHECK;

/* The ledger's own id, given at its creation (a random UUID), and the file's path. Borrowed until ledger_close(). */
const char *ledger_uuid(const struct ledger *ledger) MUST_CHECK;
const char *ledger_path(const struct ledger *ledger) MUST_CHECK;

/* Bytes of the database file and of its write-ahead log. */
uint64_t ledger_file_bytes(const struct ledger *ledger) MUST_CHECK;

#endif
