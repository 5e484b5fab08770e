/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/sql_priv.h"

/* The eleven additive columns of a row, in the order of struct interval. */
#define SUMS                                                                               \
	"measured_millij, bridged_millij, estimated_millij, manual_millij, static_millij," \
	"measured_ms, bridged_ms, estimated_ms, manual_ms, static_ms, status_bits"
#define INTERVAL_ROWS                                                                                                              \
	"SELECT slot_start_s, meter_id, rev, slot_s, day_offset_s, " SUMS ", raw_open, raw_close, open_offset_ms, close_offset_ms" \
	" FROM interval"
/* Adding to the row that is there: energies and times add, bits join. Differences of revisions are signed, so they only add as well. */
#define ADD(column) #column " = " #column " + excluded." #column ","
#define ADD_SUMS              \
	ADD(measured_millij)  \
	ADD(bridged_millij)   \
	ADD(estimated_millij) \
	ADD(manual_millij)    \
	ADD(static_millij)    \
	ADD(measured_ms) ADD(bridged_ms) ADD(estimated_ms) ADD(manual_ms) ADD(static_ms) "status_bits = status_bits | excluded.status_bits"
#define ADD_ROLLUP ADD_SUMS ", slot_ms = slot_ms + excluded.slot_ms, rev_count = rev_count + excluded.rev_count"
/* Sums of interval rows in the same order; bits cannot be joined by an aggregate and are left out. */
#define TOTAL(column) "SUM(" #column "),"
#define TOTALS                  \
	TOTAL(measured_millij)  \
	TOTAL(bridged_millij)   \
	TOTAL(estimated_millij) \
	TOTAL(manual_millij)    \
	TOTAL(static_millij)    \
	TOTAL(measured_ms)      \
	TOTAL(bridged_ms) TOTAL(estimated_ms) TOTAL(manual_ms) TOTAL(static_ms) "SUM((rev = 0) * slot_s * 1000), SUM(rev > 0)"
#define ROLLUP_COLUMNS                                                                     \
	"measured_millij, bridged_millij, estimated_millij, manual_millij, static_millij," \
	"measured_ms, bridged_ms, estimated_ms, manual_ms, static_ms, slot_ms, rev_count"
/* Both ways, so that a missing row and one too many count as well. */
#define DISAGREE(start, table)                                                                          \
	"WITH made AS (SELECT " start " AS at, meter_id, " TOTALS " FROM interval GROUP BY 1, 2),"      \
	"kept AS (SELECT start_s, meter_id, " ROLLUP_COLUMNS " FROM " table ")"                         \
	"SELECT COUNT(*) FROM (SELECT at, meter_id FROM (SELECT * FROM made EXCEPT SELECT * FROM kept)" \
	" UNION SELECT start_s, meter_id FROM (SELECT * FROM kept EXCEPT SELECT * FROM made))"
#define OVERLAP(table, key)                                                                                                                \
	"(SELECT COUNT(*) FROM (SELECT valid_from_ms, valid_to_ms, LEAD(valid_from_ms) OVER (PARTITION BY " key " ORDER BY valid_from_ms)" \
	" AS next_ms FROM " table ") WHERE valid_to_ms < valid_from_ms OR next_ms < COALESCE(valid_to_ms, 9223372036854775807))"
#define MAX_MS "9223372036854775807"

static const char *const TEXTS[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_BEGIN_READ] = "BEGIN",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_USER_VERSION] = "PRAGMA user_version",
    [SQL_APPLICATION_ID] = "PRAGMA application_id",
    [SQL_TABLE_COUNT] = "SELECT COUNT(*) FROM sqlite_master",
    [SQL_QUICK_CHECK] = "PRAGMA quick_check(1)",
    [SQL_INTEGRITY_CHECK] = "PRAGMA integrity_check(100)",
    [SQL_CHECK_META] = "PRAGMA quick_check('meta')",
    [SQL_CHECK_BOOT] = "PRAGMA quick_check('boot')",
    [SQL_CHECK_SITE] = "PRAGMA quick_check('site')",
    [SQL_CHECK_SITE_REGISTER] = "PRAGMA quick_check('site_register')",
    [SQL_CHECK_DEVICE] = "PRAGMA quick_check('device')",
    [SQL_CHECK_DEVICE_REGISTER] = "PRAGMA quick_check('device_register')",
    [SQL_CHECK_METER] = "PRAGMA quick_check('meter')",
    [SQL_CHECK_METER_REGISTER] = "PRAGMA quick_check('meter_register')",
    [SQL_CHECK_OPEN] = "PRAGMA quick_check('open_pack')",
    [SQL_COPY_INTO] = "VACUUM INTO ?1",
    [SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
    [SQL_META_PUT] = "INSERT OR REPLACE INTO meta VALUES(?1, ?2)",
    [SQL_NOTE_PUT] = "INSERT OR REPLACE INTO note VALUES(?1, ?2)",
    [SQL_NOTE_GET] = "SELECT value FROM note WHERE key = ?1",
    [SQL_STATE_GET] = "SELECT commit_no, is_part, outbox_high FROM open_pack WHERE pack = 0",
    [SQL_STATE_PUT] = "UPDATE open_pack SET commit_no = ?1, is_part = ?2, outbox_high = MAX(outbox_high, ?3) WHERE pack = 0",
    [SQL_PACK_GET] = "SELECT raw_bytes, body FROM open_pack WHERE pack = ?1",
    [SQL_PACK_ALL] = "SELECT pack, raw_bytes, body FROM open_pack WHERE pack > 0 ORDER BY pack",
    [SQL_PACK_PUT] =
	"INSERT INTO open_pack VALUES(?1, NULL, NULL, NULL, ?2, ?3, ?4, ?5) ON CONFLICT(pack) DO UPDATE SET"
	" meter_count = excluded.meter_count, newest_ms = excluded.newest_ms, raw_bytes = excluded.raw_bytes, body = excluded.body",
    [SQL_BOOT_NUMBER] = "SELECT boot FROM boot WHERE boot_id = ?1",
    [SQL_BOOT_NAME] = "SELECT boot_id FROM boot WHERE boot = ?1",
    [SQL_OPEN_SCHEMA_3] = "SELECT meter_id, utc_ms, boot, boot_ns, energy_millij, raw, uptime_ms, state FROM open WHERE meter_id > 0"
			  " ORDER BY meter_id",

    [SQL_SITE_PUT] = "INSERT INTO site VALUES(?1, ?2)",
    [SQL_SITE_CLOSE] = "UPDATE site_register SET valid_to_ms = ?1 WHERE site_id = ?2 AND valid_to_ms IS NULL",
    [SQL_SITE_REGISTER] = "INSERT OR REPLACE INTO site_register VALUES(?1, ?2, NULL, ?3, ?4, ?5, ?6, ?7, ?8)",
    [SQL_DEVICE_PUT] = "INSERT INTO device VALUES(?1, ?2, ?3) ON CONFLICT(device_id) DO UPDATE SET id = excluded.id",
    [SQL_DEVICE_CLOSE] = "UPDATE device_register SET valid_to_ms = ?1 WHERE device_id = ?2 AND valid_to_ms IS NULL",
    [SQL_DEVICE_REGISTER] =
	"INSERT OR REPLACE INTO device_register VALUES(?1, ?2, NULL, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    [SQL_METER_PUT] = "INSERT INTO meter VALUES(?1, ?2, ?3, ?4) ON CONFLICT(meter_id) DO UPDATE SET key = excluded.key",
    [SQL_METER_CLOSE] = "UPDATE meter_register SET valid_to_ms = ?1 WHERE meter_id = ?2 AND valid_to_ms IS NULL",
    [SQL_METER_REGISTER] =
	"INSERT OR REPLACE INTO meter_register VALUES(?1, ?2, NULL, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    [SQL_BOOT_PUT] = "INSERT OR IGNORE INTO boot(boot_id) VALUES(?1)",
    [SQL_INTERVAL_PUT] =
	"INSERT INTO interval VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
    [SQL_HOUR_ADD] = "INSERT INTO hour VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
		     " ON CONFLICT(start_s, meter_id) DO UPDATE SET " ADD_ROLLUP,
    /* Days of a changed time zone may begin together and end apart: the row then reaches to the later end. */
    [SQL_DAY_ADD] = "INSERT INTO day VALUES(?1, ?2, ?16, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
		    " ON CONFLICT(start_s, meter_id) DO UPDATE SET end_s = MAX(end_s, excluded.end_s), " ADD_ROLLUP,
    [SQL_UNPLACED_ADD] = "INSERT INTO unplaced VALUES((SELECT boot FROM boot WHERE boot_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
			 " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19) ON CONFLICT(boot, slot_start_s, meter_id) DO UPDATE SET " ADD_SUMS
			 ", raw_open = COALESCE(raw_open, excluded.raw_open), raw_close = COALESCE(excluded.raw_close, raw_close),"
			 " open_offset_ms = COALESCE(open_offset_ms, excluded.open_offset_ms),"
			 " close_offset_ms = COALESCE(excluded.close_offset_ms, close_offset_ms)",
    [SQL_UNPLACED_DROP] = "DELETE FROM unplaced WHERE boot = (SELECT boot FROM boot WHERE boot_id = ?1) AND (?2 = 0 OR meter_id = ?2)",
    [SQL_EVENT_PUT] =
	"INSERT INTO event VALUES(NULL, ?1, (SELECT boot FROM boot WHERE boot_id = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [SQL_EVENT_PLACE] = "UPDATE event SET utc_ms = ?1 + boot_ns / 1000000"
			" WHERE utc_ms IS NULL AND boot = (SELECT boot FROM boot WHERE boot_id = ?2)",
    [SQL_CONFIG_PUT] = "INSERT INTO config SELECT NULL, ?1, ?2"
		       " WHERE ?2 IS NOT (SELECT sha256 FROM config ORDER BY config_id DESC LIMIT 1)",
    [SQL_FACTOR_PUT] = "INSERT OR IGNORE INTO factor VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [SQL_OUTPUT_PUT] = "INSERT OR IGNORE INTO output(name) VALUES(?1)",
    [SQL_OUTBOX_PUT] = "INSERT OR REPLACE INTO outbox VALUES(?1, (SELECT output_id FROM output WHERE name = ?2), ?3, ?4, ?5, ?6, ?7, ?8)",
    [SQL_OUTBOX_DELETE] = "DELETE FROM outbox WHERE id = ?1",
    [SQL_PARKED_PUT] =
	"INSERT INTO parked VALUES(NULL, ?1, (SELECT output_id FROM output WHERE name = ?2), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",

    /* Of a slot its start: one that was closed early has its end before it. What is read in it is in the open rows, by the same commits. */
    [SQL_NEWEST_MS] = "SELECT MAX(COALESCE((SELECT MAX(newest_ms) FROM open_pack), 0), COALESCE((SELECT MAX(utc_ms) FROM event), 0),"
		      "COALESCE((SELECT MAX(slot_start_s) * 1000 FROM interval), 0))",
    [SQL_RESUME_COUNTS] = "SELECT (SELECT SUM(meter_count) FROM open_pack), (SELECT COUNT(*) FROM unplaced)",
    [SQL_CLOSED] = "SELECT COALESCE(MAX(rev), -1), COALESCE(SUM(measured_ms + bridged_ms + estimated_ms + manual_ms + static_ms), 0)"
		   " FROM interval WHERE slot_start_s = ?1 AND meter_id = ?2",
    [SQL_SITE_SLOT] = "SELECT EXISTS(SELECT 1 FROM interval i JOIN meter m ON m.meter_id = i.meter_id JOIN device d USING(device_id)"
		      " JOIN meter_register r ON r.meter_id = i.meter_id"
		      " WHERE i.slot_start_s = ?1 AND d.site_id = ?2 AND r.point = ?3 AND (r.flags & ?4) <> 0)",
    [SQL_UNPLACED_ALL] = "SELECT boot_id, slot_start_s, meter_id, slot_s, " SUMS ", raw_open, raw_close, open_offset_ms, close_offset_ms"
			 " FROM unplaced LEFT JOIN boot USING(boot) ORDER BY boot, slot_start_s, meter_id",
    [SQL_SITES] =
	"SELECT s.site_id, s.id, r.valid_from_ms, r.valid_to_ms, r.name, r.grid_zone, r.time_zone, r.supply, r.fiscal_month, r.facts FROM"
	" site s"
	" LEFT JOIN site_register r ON r.site_id = s.site_id AND r.valid_from_ms ="
	" (SELECT MAX(valid_from_ms) FROM site_register WHERE site_id = s.site_id) ORDER BY s.site_id",
    [SQL_METER_COUNTER] = "SELECT modulus, unit_num, unit_den, counter_flags FROM meter_register WHERE meter_id = ?1"
			  " ORDER BY valid_from_ms DESC LIMIT 1",
    [SQL_DEVICE_DRIVER] = "SELECT driver FROM device_register WHERE device_id = ?1 AND driver <> '' ORDER BY valid_from_ms DESC LIMIT 1",
    [SQL_DEVICES] =
	"SELECT d.device_id, d.site_id, d.id, r.valid_from_ms, r.valid_to_ms, r.name, r.rack, r.tenant, r.fed_by, r.source, r.vendor,"
	" r.model, r.serial, r.firmware, r.driver, r.driver_sha256, r.facts FROM device d LEFT JOIN device_register r ON"
	" r.device_id = d.device_id AND r.valid_from_ms = (SELECT MAX(valid_from_ms) FROM device_register WHERE device_id ="
	" d.device_id) ORDER BY d.device_id",
    [SQL_METERS] = "SELECT m.meter_id, m.device_id, m.quantity, m.key, r.valid_from_ms, r.valid_to_ms, r.name, r.parent, r.role, r.point,"
		   " r.supply, r.caliber, r.flags, r.phase, r.rated_w, r.modulus, r.unit_num, r.unit_den, r.counter_flags FROM meter m"
		   " LEFT JOIN meter_register r ON r.meter_id = m.meter_id AND r.valid_from_ms ="
		   " (SELECT MAX(valid_from_ms) FROM meter_register WHERE meter_id = m.meter_id) ORDER BY m.meter_id",

    [SQL_OUTBOX_LIVE] = "SELECT id, kind, created_ms, point_count, raw_bytes, payload FROM outbox WHERE output_id ="
			" (SELECT output_id FROM output WHERE name = ?1) AND id > ?2 AND created_ms >= ?3 ORDER BY id LIMIT 1",
    [SQL_OUTBOX_BACKLOG] = "SELECT id, kind, created_ms, point_count, raw_bytes, payload FROM outbox WHERE output_id ="
			   " (SELECT output_id FROM output WHERE name = ?1) AND id > ?2 AND created_ms < ?3 ORDER BY id LIMIT 1",
    [SQL_OUTBOX_READ] = "SELECT raw_bytes, payload FROM outbox WHERE id = ?1",
    [SQL_OUTBOX_FIGURES] = "SELECT COUNT(*), SUM(point_count), SUM(stored_bytes), MIN(created_ms) FROM outbox"
			   " WHERE ?1 IS NULL OR output_id = (SELECT output_id FROM output WHERE name = ?1)",
    [SQL_PARKED_FIGURES] = "SELECT COUNT(*), SUM(point_count) FROM parked"
			   " WHERE ?1 IS NULL OR output_id = (SELECT output_id FROM output WHERE name = ?1)",
    [SQL_OUTBOX_BYTES] = "SELECT SUM(stored_bytes) FROM outbox",
    [SQL_OUTBOX_OLD_SAMPLES] =
	"SELECT id, output_id, created_ms, point_count, stored_bytes FROM outbox WHERE kind = 0 AND id > ?1 ORDER BY id",
    [SQL_PARKED_LIST] = "SELECT id, outbox_id, name, created_ms, parked_ms, http_status, reason, point_count, raw_bytes FROM parked"
			" LEFT JOIN output USING(output_id) WHERE ?1 IS NULL OR name = ?1 ORDER BY id",
    [SQL_PARKED_READ] = "SELECT raw_bytes, payload FROM parked WHERE id = ?1",
    [SQL_PARKED_COUNT] = "SELECT COUNT(*) FROM parked WHERE ?1 = 0 OR id = ?1",
    [SQL_PARKED_TO_OUTBOX] = "INSERT INTO outbox SELECT ?2 + ROW_NUMBER() OVER (ORDER BY id) - 1, output_id, 1, created_ms, point_count,"
			     " raw_bytes, stored_bytes, payload FROM parked WHERE ?1 = 0 OR id = ?1",
    [SQL_PARKED_DROP] = "DELETE FROM parked WHERE ?1 = 0 OR id = ?1",
    [SQL_PARKED_BYTES] = "SELECT SUM(stored_bytes) FROM parked",
    [SQL_PARKED_OLDEST] = "SELECT id, point_count, stored_bytes FROM parked ORDER BY id",

    [SQL_REGISTER] =
	"SELECT s.site_id, d.device_id, m.meter_id, MAX(sr.valid_from_ms, dr.valid_from_ms, mr.valid_from_ms) AS f,"
	" MIN(COALESCE(sr.valid_to_ms, " MAX_MS "), COALESCE(dr.valid_to_ms, " MAX_MS "), COALESCE(mr.valid_to_ms, " MAX_MS ")) AS t,"
	" s.id, sr.name, sr.grid_zone, sr.time_zone, dr.id, dr.name, dr.rack, dr.tenant, dr.fed_by, dr.source, dr.vendor, dr.model,"
	" dr.serial, dr.firmware, dr.driver, dr.driver_sha256, mr.key, mr.name, mr.parent, m.quantity, mr.role, mr.point, mr.supply,"
	" mr.caliber, mr.flags, mr.phase, mr.rated_w, mr.modulus, mr.unit_num, mr.unit_den, mr.counter_flags, sr.fiscal_month,"
	" sr.facts, dr.facts FROM site s JOIN device d ON d.site_id = s.site_id JOIN meter m ON m.device_id = d.device_id"
	" JOIN site_register sr ON sr.site_id = s.site_id JOIN device_register dr ON dr.device_id = d.device_id"
	" JOIN meter_register mr ON mr.meter_id = m.meter_id"
	" WHERE f < t AND (?1 = 0 OR s.site_id = ?1) AND (?2 = 0 OR d.device_id = ?2) AND (?3 = 0 OR m.meter_id = ?3)"
	" ORDER BY s.id, d.id, m.key, m.quantity, f",
    [SQL_HOURS] = "SELECT start_s, meter_id, start_s + 3600, " SUMS ", slot_ms, rev_count FROM hour"
		  " WHERE start_s > ?1 - 3600 AND start_s < ?2 ORDER BY start_s, meter_id",
    /* No local day is longer than 49 hours. */
    [SQL_DAYS] = "SELECT start_s, meter_id, end_s, " SUMS ", slot_ms, rev_count FROM day"
		 " WHERE start_s > ?1 - 176400 AND start_s < ?2 AND end_s > ?1 ORDER BY start_s, meter_id",
    [SQL_INTERVALS] = INTERVAL_ROWS " WHERE slot_start_s >= ?1 AND slot_start_s < ?2 ORDER BY slot_start_s, meter_id, rev",
    [SQL_INTERVALS_OF] = INTERVAL_ROWS " WHERE slot_start_s = ?1 AND meter_id = ?2 ORDER BY rev",
    [SQL_EVENTS] =
	"SELECT event_id, utc_ms, boot_id, boot_ns, level, code, site_id, device_id, meter_id, value_before, value_after, millij, text"
	" FROM event LEFT JOIN boot USING(boot) WHERE ((?1 = 0 AND ?2 = 0) OR (utc_ms >= ?1 AND utc_ms < ?2))"
	" AND (?3 = 0 OR site_id = ?3) AND (?4 = 0 OR device_id = ?4) AND (?5 = 0 OR meter_id = ?5) ORDER BY utc_ms, event_id",
    [SQL_FACTORS] = "SELECT zone, year, basis, edition, table_sha256, method, publisher, licence, microg_per_kwh FROM factor"
		    " ORDER BY zone, year, basis, edition, table_sha256",
    [SQL_CONFIGS] = "SELECT from_utc_ms, sha256 FROM config ORDER BY config_id",

    [SQL_STATEMENT_PUT] = "INSERT INTO statement VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    [SQL_STATEMENT_FACTOR_PUT] = "INSERT OR IGNORE INTO statement_factor VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [SQL_STATEMENTS] = "SELECT * FROM statement WHERE (?1 = 0 OR site_id = ?1) AND (?3 = 0 OR (start_s = ?2 AND end_s = ?3))"
		       " ORDER BY statement_id",
    [SQL_STATEMENT_FACTORS] =
	"SELECT f.zone, f.year, f.basis, f.edition, f.table_sha256, f.method, f.publisher, f.licence, f.microg_per_kwh"
	" FROM statement_factor s JOIN factor f USING(zone, year, basis, edition, table_sha256) WHERE s.statement_id = ?1"
	" ORDER BY f.zone, f.year, f.basis, f.edition, f.table_sha256",
    [SQL_SEALED_SPANS] = "SELECT label, start_s, end_s FROM statement WHERE site_id = ?1 ORDER BY statement_id",
    /* Columns as SQL_REGISTER has them, with nothing where it has the meter, and whether the device answered. */
    [SQL_METERLESS] =
	"SELECT s.site_id, d.device_id, 0, dr.valid_from_ms, COALESCE(dr.valid_to_ms, " MAX_MS
	"), s.id, sr.name, sr.grid_zone, sr.time_zone,"
	" dr.id, dr.name, dr.rack, dr.tenant, dr.fed_by, dr.source, dr.vendor, dr.model, dr.serial, dr.firmware, dr.driver,"
	" dr.driver_sha256, '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, sr.fiscal_month, sr.facts, dr.facts,"
	" d.device_id IN (SELECT device_id FROM event WHERE code = 'device_up' AND COALESCE(utc_ms, 0) < ?3)"
	" FROM device d JOIN site s ON s.site_id = d.site_id JOIN site_register sr ON sr.site_id = s.site_id AND sr.valid_from_ms ="
	" (SELECT MAX(valid_from_ms) FROM site_register WHERE site_id = s.site_id AND valid_from_ms < ?3)"
	" JOIN device_register dr ON dr.device_id = d.device_id AND dr.valid_from_ms ="
	" (SELECT MAX(valid_from_ms) FROM device_register WHERE device_id = d.device_id AND valid_from_ms < ?3)"
	" WHERE (?1 = 0 OR s.site_id = ?1) AND COALESCE(dr.valid_to_ms, " MAX_MS ") > ?2 AND NOT EXISTS"
	" (SELECT 1 FROM meter m JOIN meter_register mr ON mr.meter_id = m.meter_id WHERE m.device_id = d.device_id AND mr.valid_from_ms < ?3)"
	" ORDER BY s.id, d.id",
    [SQL_CHAIN_HEAD] = "SELECT (SELECT COUNT(*) FROM statement WHERE site_id = ?1 AND sealed_ms < ?2), chain_sha256 FROM statement"
		       " WHERE site_id = ?1 AND sealed_ms < ?2 ORDER BY statement_id DESC LIMIT 1",
    [SQL_SEALED_UNTIL] = "SELECT MAX(end_s) FROM statement",
    [SQL_LATE_ADD] = "INSERT INTO late SELECT ?1, ?2, ?3, MAX(statement_id) FROM statement WHERE start_s <= ?1 AND end_s > ?1 AND site_id ="
		     " (SELECT site_id FROM meter JOIN device USING(device_id) WHERE meter_id = ?2) HAVING MAX(statement_id) IS NOT NULL",
    [SQL_LATE] = "SELECT i.slot_start_s, i.meter_id, i.rev, i.slot_s, i.day_offset_s, " SUMS
		 ", raw_open, raw_close, open_offset_ms, close_offset_ms FROM late l JOIN interval i"
		 " USING(slot_start_s, meter_id, rev) JOIN meter m ON m.meter_id = l.meter_id JOIN device d ON d.device_id = m.device_id"
		 " WHERE l.slot_start_s >= ?1 AND l.slot_start_s < ?2 AND (?3 = 0 OR d.site_id = ?3) AND l.after_id >= ?4"
		 " ORDER BY l.slot_start_s, l.meter_id, l.rev",
    [SQL_UNPLACED_COUNT] = "SELECT COUNT(*) FROM unplaced JOIN meter USING(meter_id) JOIN device USING(device_id) WHERE site_id = ?1",

    [SQL_ENTRY_PUT] = "INSERT INTO entry VALUES(NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12)",
    [SQL_ENTRY_VOID] =
	"INSERT INTO entry SELECT NULL, 'void', site_id, node, from_ms, to_ms, what, value_micro, unit, entry_id, '', ?2, ?3, ?4"
	" FROM entry e WHERE entry_id = ?1 AND voids = 0 AND NOT EXISTS (SELECT 1 FROM entry v WHERE v.voids = e.entry_id)",
    [SQL_ENTRIES] = "SELECT e.*, EXISTS (SELECT 1 FROM entry v WHERE v.voids = e.entry_id) FROM entry e"
		    " WHERE (?1 = 0 OR site_id = ?1) AND (?3 = 0 OR (from_ms < ?3 AND MAX(from_ms + 1, to_ms) > ?2)) ORDER BY entry_id",

    [SQL_INTERVAL_COUNT] = "SELECT COUNT(*) FROM interval",
    [SQL_HOURS_WRONG] = DISAGREE("slot_start_s - slot_start_s % 3600", "hour"),
    [SQL_DAYS_WRONG] = DISAGREE("slot_start_s - day_offset_s", "day"),
    [SQL_METERS_UNKNOWN] = "SELECT COUNT(*) FROM (SELECT DISTINCT meter_id FROM day) AS used"
			   " WHERE NOT EXISTS (SELECT 1 FROM meter_register r WHERE r.meter_id = used.meter_id)",
    [SQL_METER_KNOWN] = "SELECT 1 FROM meter_register WHERE meter_id = ?1 LIMIT 1",
    [SQL_REGISTERS_WRONG] = "SELECT " OVERLAP("site_register", "site_id") " + " OVERLAP("device_register", "device_id") " + " OVERLAP(
	"meter_register", "meter_id"),
};

const char *sql_text(enum sql_id id)
{
	return TEXTS[id];
}
