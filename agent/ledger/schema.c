/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the tables. Keys of time series begin with the time: rows of a commit lie side by side, which costs a twentieth of the bytes
 * written that (meter, time) costs. Instants end in _s or _ms and are UTC; energies are millijoules; `_to_ms` NULL means in force.
 */
#include "base/clock.h"
#include "ledger/ledger_priv.h"
#include "ledger/open_rows_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define SUMS                                                                                                                         \
	"measured_millij INTEGER NOT NULL, bridged_millij INTEGER NOT NULL, estimated_millij INTEGER NOT NULL,"                      \
	"manual_millij INTEGER NOT NULL, static_millij INTEGER NOT NULL, measured_ms INTEGER NOT NULL, bridged_ms INTEGER NOT NULL," \
	"estimated_ms INTEGER NOT NULL, manual_ms INTEGER NOT NULL, static_ms INTEGER NOT NULL, status_bits INTEGER NOT NULL,"
#define EVIDENCE "raw_open INTEGER, raw_close INTEGER, open_offset_ms INTEGER, close_offset_ms INTEGER,"
#define VALIDITY "valid_from_ms INTEGER NOT NULL, valid_to_ms INTEGER,"

static const char *const SCHEMA_1[] = {
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE note(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE boot(boot INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE)",

    "CREATE TABLE site(site_id INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE)",
    "CREATE TABLE site_register(site_id INTEGER NOT NULL," VALIDITY "name TEXT NOT NULL, grid_zone TEXT NOT NULL, time_zone TEXT NOT NULL,"
    "supply INTEGER NOT NULL, fiscal_month INTEGER NOT NULL, PRIMARY KEY(site_id, valid_from_ms)) WITHOUT ROWID",
    "CREATE TABLE device(device_id INTEGER PRIMARY KEY, site_id INTEGER NOT NULL, id TEXT NOT NULL, UNIQUE(site_id, id))",
    "CREATE TABLE device_register(device_id INTEGER NOT NULL," VALIDITY "id TEXT NOT NULL, name TEXT NOT NULL, rack TEXT NOT NULL,"
    "tenant TEXT NOT NULL, fed_by TEXT NOT NULL, source TEXT NOT NULL, vendor TEXT NOT NULL, model TEXT NOT NULL, serial TEXT NOT NULL,"
    "firmware TEXT NOT NULL, driver TEXT NOT NULL, driver_sha256 BLOB, PRIMARY KEY(device_id, valid_from_ms)) WITHOUT ROWID",
    "CREATE TABLE meter(meter_id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL, quantity INTEGER NOT NULL, key TEXT NOT NULL,"
    "UNIQUE(device_id, key, quantity))",
    "CREATE TABLE meter_register(meter_id INTEGER NOT NULL," VALIDITY "key TEXT NOT NULL, name TEXT NOT NULL, parent TEXT NOT NULL,"
    "role INTEGER NOT NULL, point INTEGER NOT NULL, supply INTEGER NOT NULL, caliber INTEGER NOT NULL, flags INTEGER NOT NULL,"
    "phase INTEGER NOT NULL, rated_w REAL NOT NULL, modulus INTEGER NOT NULL, unit_num INTEGER NOT NULL, unit_den INTEGER NOT NULL,"
    "counter_flags INTEGER NOT NULL, PRIMARY KEY(meter_id, valid_from_ms)) WITHOUT ROWID",

    /*
     * One row a meter, and row 0, which is the ledger's own: energy_millij holds the number of the last commit, uptime_ms whether it was in part,
     * raw the largest outbox id. It changes with every commit, and here it lies on a page that changes anyway: a table of its own would
     * cost another page (4 KiB) each time, which is half of what a small agent writes.
     */
    "CREATE TABLE open(meter_id INTEGER PRIMARY KEY, utc_ms INTEGER NOT NULL, boot INTEGER NOT NULL, boot_ns INTEGER NOT NULL,"
    "energy_millij INTEGER NOT NULL, raw INTEGER, uptime_ms INTEGER NOT NULL, state BLOB NOT NULL)",
    "INSERT INTO open VALUES(0, 0, 0, 0, 0, 0, 0, x'')",
    "CREATE TABLE interval(slot_start_s INTEGER NOT NULL, meter_id INTEGER NOT NULL, rev INTEGER NOT NULL, slot_s INTEGER NOT NULL,"
    "day_offset_s INTEGER NOT NULL," SUMS EVIDENCE "PRIMARY KEY(slot_start_s, meter_id, rev)) WITHOUT ROWID",
    "CREATE TABLE hour(start_s INTEGER NOT NULL, meter_id INTEGER NOT NULL," SUMS "slot_ms INTEGER NOT NULL, rev_count INTEGER NOT NULL,"
    "PRIMARY KEY(start_s, meter_id)) WITHOUT ROWID",
    "CREATE TABLE day(start_s INTEGER NOT NULL, meter_id INTEGER NOT NULL, end_s INTEGER NOT NULL," SUMS "slot_ms INTEGER NOT NULL,"
    "rev_count INTEGER NOT NULL, PRIMARY KEY(start_s, meter_id)) WITHOUT ROWID",
    "CREATE TABLE unplaced(boot INTEGER NOT NULL, slot_start_s INTEGER NOT NULL, meter_id INTEGER NOT NULL, slot_s INTEGER NOT NULL," SUMS
	EVIDENCE "PRIMARY KEY(boot, slot_start_s, meter_id)) WITHOUT ROWID",

    "CREATE TABLE event(event_id INTEGER PRIMARY KEY, utc_ms INTEGER, boot INTEGER, boot_ns INTEGER NOT NULL, level INTEGER NOT NULL,"
    "code TEXT NOT NULL, site_id INTEGER NOT NULL, device_id INTEGER NOT NULL, meter_id INTEGER NOT NULL, value_before TEXT NOT NULL,"
    "value_after TEXT NOT NULL, millij INTEGER NOT NULL, text TEXT NOT NULL)",
    "CREATE INDEX event_by_time ON event(utc_ms)",
    "CREATE TABLE config(config_id INTEGER PRIMARY KEY, from_utc_ms INTEGER NOT NULL, sha256 BLOB NOT NULL)",
    "CREATE TABLE factor(zone TEXT NOT NULL, year INTEGER NOT NULL, basis TEXT NOT NULL, edition TEXT NOT NULL, table_sha256 BLOB NOT NULL,"
    "method TEXT NOT NULL, publisher TEXT NOT NULL, licence TEXT NOT NULL, microg_per_kwh INTEGER NOT NULL,"
    "PRIMARY KEY(zone, year, basis, edition, table_sha256)) WITHOUT ROWID",

    "CREATE TABLE output(output_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY, output_id INTEGER NOT NULL, kind INTEGER NOT NULL, created_ms INTEGER NOT NULL,"
    "point_count INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, payload BLOB NOT NULL)",
    /* Covers all that is counted, so that figures do not read the payloads' pages. */
    "CREATE INDEX outbox_by_output ON outbox(output_id, id, created_ms, kind, point_count, stored_bytes)",
    "CREATE TABLE parked(id INTEGER PRIMARY KEY AUTOINCREMENT, outbox_id INTEGER NOT NULL, output_id INTEGER NOT NULL,"
    "created_ms INTEGER NOT NULL, parked_ms INTEGER NOT NULL, http_status INTEGER NOT NULL, reason TEXT NOT NULL,"
    "point_count INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, payload BLOB NOT NULL)",
    NULL,
};

/* Sealed periods: what was stated, with which factors, and which interval rows came afterwards. */
static const char *const SCHEMA_2[] = {
    "CREATE TABLE statement(statement_id INTEGER PRIMARY KEY, site_id INTEGER NOT NULL, label TEXT NOT NULL, start_s INTEGER NOT NULL,"
    "end_s INTEGER NOT NULL, revision INTEGER NOT NULL, sealed_ms INTEGER NOT NULL, author TEXT NOT NULL, reason_code TEXT NOT NULL,"
    "reason TEXT NOT NULL, edition TEXT NOT NULL, energy_millij INTEGER, location_mg INTEGER, line TEXT NOT NULL,"
    "row_sha256 BLOB NOT NULL, chain_sha256 BLOB NOT NULL, body TEXT NOT NULL, UNIQUE(site_id, start_s, end_s, revision))",
    "CREATE TABLE statement_factor(statement_id INTEGER NOT NULL, zone TEXT NOT NULL, year INTEGER NOT NULL, basis TEXT NOT NULL,"
    "edition TEXT NOT NULL, table_sha256 BLOB NOT NULL, PRIMARY KEY(statement_id, zone, year, basis, edition, table_sha256))"
    " WITHOUT ROWID",
    "CREATE TABLE late(slot_start_s INTEGER NOT NULL, meter_id INTEGER NOT NULL, rev INTEGER NOT NULL, after_id INTEGER NOT NULL,"
    "PRIMARY KEY(slot_start_s, meter_id, rev)) WITHOUT ROWID",
    NULL,
};

/* What people enter: added, voided by another row, never changed. */
static const char *const SCHEMA_3[] = {
    "CREATE TABLE entry(entry_id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, site_id INTEGER NOT NULL, node TEXT NOT NULL,"
    "from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, what TEXT NOT NULL, value_micro INTEGER NOT NULL, unit TEXT NOT NULL,"
    "voids INTEGER NOT NULL, note TEXT NOT NULL, author TEXT NOT NULL, reason TEXT NOT NULL, entered_ms INTEGER NOT NULL)",
    "CREATE INDEX entry_by_voids ON entry(voids)",
    NULL,
};

/*
 * The open rows of many meters in one (open_pack_priv.h), and row 0, which is the ledger's own and as before on a page that changes anyway: it alone has
 * the number of the last commit, whether that was in part, and the largest outbox id; the others have how many meters are in them, the
 * latest utc_ms of these, and the length of the body before it was deflated.
 */
static const char *const SCHEMA_4[] = {
    "CREATE TABLE open_pack(pack INTEGER PRIMARY KEY, commit_no INTEGER, is_part INTEGER, outbox_high INTEGER, meter_count INTEGER,"
    "newest_ms INTEGER, raw_bytes INTEGER, body BLOB)",
    "INSERT INTO open_pack SELECT 0, energy_millij, uptime_ms, raw, NULL, NULL, NULL, NULL FROM open WHERE meter_id = 0",
    NULL,
};
static const char *const SCHEMA_4_THEN[] = {
    "DROP TABLE open",
    NULL,
};

/* What auditors have to know of sites and devices (model/facts.h). */
static const char *const SCHEMA_5[] = {
    "ALTER TABLE site_register ADD COLUMN facts TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE device_register ADD COLUMN facts TEXT NOT NULL DEFAULT ''",
    NULL,
};

/* Step i leads from schema i to schema i + 1; step 0 makes the tables of an empty file. What SQL cannot do stands between the two. */
static const struct step {
	const char *const *sql;
	enum err (*move)(struct ledger *ledger, struct err_info *info);
	const char *const *sql_then;
} STEPS[LEDGER_SCHEMA] = {
    {.sql = SCHEMA_1}, {.sql = SCHEMA_2}, {.sql = SCHEMA_3}, {SCHEMA_4, open_rows_migrate, SCHEMA_4_THEN}, {.sql = SCHEMA_5}};

static enum err execute(struct ledger *ledger, const char *sql, struct err_info *info)
{
	int rc = sqlite3_exec(ledger->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? ERR_NONE : ledger_fail(ledger, rc, info, "changing the schema");
}

static enum err execute_all(struct ledger *ledger, const char *const *sql, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (; sql != NULL && *sql != NULL && err == ERR_NONE; sql++)
		err = execute(ledger, *sql, info);
	return err;
}

static enum err run_step(struct ledger *ledger, int version, struct err_info *info)
{
	const struct step *step = &STEPS[version];
	char pragma[48];
	enum err err = execute_all(ledger, step->sql, info);

	if (err == ERR_NONE && step->move != NULL)
		err = step->move(ledger, info);
	if (err == ERR_NONE)
		err = execute_all(ledger, step->sql_then, info);
	if (err != ERR_NONE)
		return err;
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version + 1);
	return execute(ledger, pragma, info);
}

static enum err run_step_whole(struct ledger *ledger, int version, struct err_info *info)
{
	enum err err = ledger_run_id(ledger, SQL_BEGIN, info);

	if (err == ERR_NONE)
		err = run_step(ledger, version, info);
	if (err == ERR_NONE)
		err = ledger_run_id(ledger, SQL_COMMIT, info);
	if (err != ERR_NONE)
		ledger_rollback(ledger);
	return err;
}

enum err schema_migrate(struct ledger *ledger, int version, struct err_info *info)
{
	for (; version < LEDGER_SCHEMA; version++) {
		enum err err = run_step_whole(ledger, version, info);

		if (err != ERR_NONE)
			return err_prefix(info, "from schema %d to %d", version, version + 1);
	}
	return ERR_NONE;
}

/* A random UUID (RFC 9562, version 4). */
static enum err make_uuid(char out[static LEDGER_UUID_BYTES], struct err_info *info)
{
	uint8_t r[16];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return err_set_errno(info, ERR_IO, errno, "no random numbers");
	r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
	r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
	snprintf(out, LEDGER_UUID_BYTES, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3],
		 r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15]);
	return ERR_NONE;
}

static enum err put_meta(struct ledger *ledger, const char *key, const char *value, struct err_info *info)
{
	sqlite3_stmt *statement;
	enum err err = ledger_statement(ledger, SQL_META_PUT, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
	return ledger_run(ledger, statement, info);
}

/* The tables, marked as ours by the application id last: a file without it holds nothing yet. */
enum err schema_create(struct ledger *ledger, int64_t now_utc_ms, struct err_info *info)
{
	char pragma[48];
	char created[CLOCK_TEXT_BYTES];
	char uuid[LEDGER_UUID_BYTES];
	enum err err = make_uuid(uuid, info);

	if (err != ERR_NONE)
		return err;
	clock_print_utc(created, now_utc_ms);
	snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d", LEDGER_APPLICATION_ID);
	if ((err = ledger_run_id(ledger, SQL_BEGIN, info)) == ERR_NONE && (err = run_step(ledger, 0, info)) == ERR_NONE &&
	    (err = put_meta(ledger, "uuid", uuid, info)) == ERR_NONE && (err = put_meta(ledger, "created", created, info)) == ERR_NONE &&
	    (err = execute(ledger, pragma, info)) == ERR_NONE)
		err = ledger_run_id(ledger, SQL_COMMIT, info);
	if (err != ERR_NONE) {
		ledger_rollback(ledger);
		return err_prefix(info, "making a new ledger");
	}
	return schema_migrate(ledger, 1, info);
}

static enum err read_pragma(struct ledger *ledger, enum sql_id id, int *value, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, id, &statement, info);

	if (err == ERR_NONE)
		err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	*value = has_row ? sqlite3_column_int(statement, 0) : 0;
	sqlite3_reset(statement);
	return ERR_NONE;
}

enum err schema_read_version(struct ledger *ledger, int *version, int *application_id, struct err_info *info)
{
	enum err err = read_pragma(ledger, SQL_USER_VERSION, version, info);

	return err == ERR_NONE ? read_pragma(ledger, SQL_APPLICATION_ID, application_id, info) : err;
}

static enum err read_uuid(struct ledger *ledger, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_META_GET, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_text(statement, 1, "uuid", -1, SQLITE_STATIC);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	if (has_row)
		snprintf(ledger->uuid, sizeof(ledger->uuid), "%s", ledger_column_text(statement, 0));
	sqlite3_reset(statement);
	return ERR_NONE;
}

enum err schema_read_state(struct ledger *ledger, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_STATE_GET, &statement, info);

	if (err == ERR_NONE)
		err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	if (!has_row)
		return ledger_fail(ledger, SQLITE_CORRUPT, info, "reading the row of the last commit");
	ledger->state = (struct ledger_state){.commit_no = sqlite3_column_int64(statement, 0),
					      .is_part = sqlite3_column_int64(statement, 1),
					      .outbox_high = sqlite3_column_int64(statement, 2)};
	sqlite3_reset(statement);
	return read_uuid(ledger, info);
}
