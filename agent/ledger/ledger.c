/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ledger.h"

#include "base/mem.h"
#include "ledger/ledger_priv.h"
#include "ledger/open_pack_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	LEDGER_CACHE_KIB = 512,
	LEDGER_FULL_CHECK_BYTES = 64 << 20,
	LEDGER_SUFFIX_BYTES = 64, /* room for the names beside the file */
};

enum err ledger_new(struct ledger **out, const char *path, struct err_info *info)
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
	buf_init(&ledger->pack.stored, 2 * OPEN_PACK_BYTES_MAX);
	buf_init(&ledger->pack.raw, OPEN_PACK_BYTES_MAX);
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

enum err ledger_recognise(struct ledger *ledger, enum ledger_content *content, int *version, struct err_info *info)
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
		*content = LEDGER_CONTENT_EMPTY;
		return ERR_NONE;
	}
	if (application_id != LEDGER_APPLICATION_ID)
		return err_set(info, ERR_CONFIG, "%s is the database of another program: give the ledger another path", ledger->path);
	if (*version > LEDGER_SCHEMA)
		return refuse_newer(ledger, *version, info);
	*content = *version < 1 ? LEDGER_CONTENT_DAMAGED : LEDGER_CONTENT_LEDGER;
	return ERR_NONE;
}

/* A newer schema is refused for reading as well: its rows may mean something else. */
static enum err open_for_reading(struct ledger *ledger, struct err_info *info)
{
	enum ledger_content content = LEDGER_CONTENT_EMPTY;
	int version = 0;
	enum err err = ledger_connect_readonly(ledger, info);

	if (err == ERR_NONE)
		err = ledger_recognise(ledger, &content, &version, info);
	if (err != ERR_NONE)
		return err;
	if (content == LEDGER_CONTENT_EMPTY)
		return err_set(info, ERR_UNAVAILABLE, "%s holds no ledger yet: start wattledgerd first", ledger->path);
	if (content == LEDGER_CONTENT_DAMAGED)
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
	err = ledger_new(&ledger, path, info);
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
	buf_deinit(&ledger->pack.stored);
	buf_deinit(&ledger->pack.raw);
	mem_free(ledger);
	return NULL;
}

enum ledger_fault ledger_fault(const struct ledger *ledger)
{
	return ledger->fault;
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
