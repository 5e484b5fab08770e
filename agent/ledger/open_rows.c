/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/open_rows_priv.h"

#include "base/mem.h"
#include "ledger/encode_priv.h"
#include "ledger/ledger_priv.h"
#include "ledger/pack_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A pack is stored as long as it was, with zeros behind what zlib wrote: then SQLite writes it over the one that is there, and only the pages that
 * change. One of another length goes to other pages, which costs those of the free list besides. So it grows in steps, and shrinks when
 * it has more than SPARE_BYTES of zeros.
 */
enum { STEP_BYTES = 256, SPARE_BYTES = 4096 };

/* ---- A pack out of the file ---- */

static enum err fail_pack(struct ledger *ledger, int64_t number, struct err_info *info)
{
	enum err err = ledger_fail(ledger, SQLITE_CORRUPT, info, "reading open rows");

	return err_set(info, err, "%s: pack %lld of the open rows is damaged", ledger->path, (long long)number);
}

/* Columns raw_bytes and body from `column` on, into ledger->pack; what was unpacked last and is still the same is not unpacked again. */
static enum err unpack(struct ledger *ledger, sqlite3_stmt *statement, int column, int64_t number, struct err_info *info)
{
	struct ledger_pack *pack = &ledger->pack;
	int64_t raw_bytes = sqlite3_column_int64(statement, column);
	const void *body = sqlite3_column_blob(statement, column + 1);
	size_t bytes = (size_t)sqlite3_column_bytes(statement, column + 1);

	if (body != NULL && pack->stored.bytes == bytes && memcmp(pack->stored.data, body, bytes) == 0)
		return ERR_NONE;
	buf_clear(&pack->stored);
	buf_clear(&pack->raw);
	if (body == NULL || raw_bytes < 0 || raw_bytes > OPEN_PACK_BYTES_MAX ||
	    pack_inflate(&pack->raw, body, bytes, (size_t)raw_bytes, NULL) != ERR_NONE)
		return fail_pack(ledger, number, info);
	buf_add(&pack->stored, body, bytes);
	return ERR_NONE;
}

/* An empty one when the ledger has none of that number. */
static enum err load(struct ledger *ledger, int64_t number, struct open_pack_reader *reader, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_PACK_GET, &statement, info);

	*reader = (struct open_pack_reader){0};
	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, number);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE || !has_row)
		return err;
	err = unpack(ledger, statement, 0, number, info);
	sqlite3_reset(statement);
	if (err == ERR_NONE)
		*reader = (struct open_pack_reader){.bytes = (const uint8_t *)ledger->pack.raw.data, .size = ledger->pack.raw.bytes};
	return err;
}

/* ---- Writing ---- */

/* Where an item of the batch begins. */
struct entry {
	uint32_t meter_id;
	size_t at;
};

struct writing {
	struct ledger *ledger;
	const struct buf *items;
	struct entry *entry; /* by meter id */
	size_t entry_count;
	size_t next;      /* the first that is not written */
	char boot_id[37]; /* the boot that was asked for last */
	int64_t boot;
	/* the pack that is made */
	struct buf raw;
	struct buf stored;
	size_t old_bytes; /* of the one that is there, as it is stored; 0 none */
	struct open_pack_row last;
	int64_t meter_count;
	int64_t newest_ms;
};

static void writing_init(struct writing *writing, struct ledger *ledger)
{
	*writing = (struct writing){.ledger = ledger};
	buf_init(&writing->raw, OPEN_PACK_BYTES_MAX);
	buf_init(&writing->stored, 2 * OPEN_PACK_BYTES_MAX);
}

static void writing_deinit(struct writing *writing)
{
	buf_deinit(&writing->raw);
	buf_deinit(&writing->stored);
	mem_free(writing->entry);
}

static void begin_pack(struct writing *writing)
{
	buf_clear(&writing->raw);
	buf_clear(&writing->stored);
	writing->last = (struct open_pack_row){0};
	writing->meter_count = 0;
	writing->newest_ms = 0;
}

static void add_row(struct writing *writing, const struct open_pack_row *row)
{
	open_pack_add(&writing->raw, &writing->last, row);
	writing->last = *row;
	writing->meter_count++;
	if (row->utc_ms > writing->newest_ms)
		writing->newest_ms = row->utc_ms;
}

static size_t stored_bytes(const struct writing *writing)
{
	size_t bytes = (writing->stored.bytes + STEP_BYTES - 1) / STEP_BYTES * STEP_BYTES;

	return bytes <= writing->old_bytes && bytes + SPARE_BYTES >= writing->old_bytes ? writing->old_bytes : bytes;
}

static enum err end_pack(struct writing *writing, int64_t number, struct err_info *info)
{
	static const char ZEROS[STEP_BYTES];
	sqlite3_stmt *statement;
	size_t bytes;
	enum err err = ledger_statement(writing->ledger, SQL_PACK_PUT, &statement, info);

	if (err == ERR_NONE && writing->raw.is_failed)
		err = err_set(info, ERR_MEMORY, "no memory for the open rows of pack %lld", (long long)number);
	if (err == ERR_NONE)
		err = pack_deflate(&writing->stored, writing->raw.data, writing->raw.bytes, info);
	if (err != ERR_NONE)
		return err;
	bytes = stored_bytes(writing);
	while (writing->stored.bytes < bytes && !writing->stored.is_failed)
		buf_add(&writing->stored, ZEROS, bytes - writing->stored.bytes < STEP_BYTES ? bytes - writing->stored.bytes : STEP_BYTES);
	if (writing->stored.is_failed)
		return err_set(info, ERR_MEMORY, "no memory for the open rows of pack %lld", (long long)number);
	sqlite3_bind_int64(statement, 1, number);
	sqlite3_bind_int64(statement, 2, writing->meter_count);
	sqlite3_bind_int64(statement, 3, writing->newest_ms);
	sqlite3_bind_int64(statement, 4, (int64_t)writing->raw.bytes);
	sqlite3_bind_blob(statement, 5, writing->stored.data, (int)writing->stored.bytes, SQLITE_STATIC);
	return ledger_run(writing->ledger, statement, info);
}

static int compare(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	if (x->meter_id != y->meter_id)
		return x->meter_id < y->meter_id ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Core adds its rows in the order of their devices, which is nearly that of the ids. */
static enum err sort(struct writing *writing, struct err_info *info)
{
	struct encode_item item;
	size_t count = 0;
	size_t at = 0;
	bool is_sorted = true;

	while (encode_next(writing->items, &at, &item))
		count++;
	writing->entry = mem_new_array(count, sizeof(writing->entry[0]));
	if (writing->entry == NULL)
		return err_set(info, ERR_MEMORY, "no memory to sort %zu open rows", count);
	at = 0;
	for (size_t i = 0; i < count; i++) {
		writing->entry[i].at = at;
		if (!encode_next(writing->items, &at, &item))
			break;
		writing->entry[i].meter_id = (uint32_t)item.value[0].integer;
		is_sorted = is_sorted && (i == 0 || writing->entry[i - 1].meter_id < writing->entry[i].meter_id);
	}
	if (!is_sorted)
		qsort(writing->entry, count, sizeof(writing->entry[0]), compare);
	writing->entry_count = count;
	return ERR_NONE;
}

/* The number of a boot that is in the table: need_boot() of the batch put it there. */
static enum err find_boot(struct writing *writing, const struct encode_value *boot_id, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err;

	if (boot_id->bytes == strlen(writing->boot_id) && memcmp(writing->boot_id, boot_id->data, boot_id->bytes) == 0 && writing->boot > 0)
		return ERR_NONE;
	err = ledger_statement(writing->ledger, SQL_BOOT_NUMBER, &statement, info);
	if (err != ERR_NONE)
		return err;
	snprintf(writing->boot_id, sizeof(writing->boot_id), "%.*s", (int)boot_id->bytes, (const char *)boot_id->data);
	sqlite3_bind_text(statement, 1, writing->boot_id, -1, SQLITE_STATIC);
	err = ledger_step(writing->ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	writing->boot = has_row ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_reset(statement);
	return ERR_NONE;
}

/* Values of an item in the order in which ledger_batch_add_open() puts them. */
static enum err read_item(struct writing *writing, size_t at, struct open_pack_row *row, struct err_info *info)
{
	struct encode_item item;
	enum err err;

	if (!encode_next(writing->items, &at, &item))
		return err_set(info, ERR_DATA, "an open row is missing in the batch");
	err = find_boot(writing, &item.value[2], info);
	if (err != ERR_NONE)
		return err;
	*row = (struct open_pack_row){
	    .meter_id = (uint32_t)item.value[0].integer,
	    .utc_ms = item.value[1].integer,
	    .boot = writing->boot,
	    .boot_ns = item.value[3].integer,
	    .energy_millij = item.value[4].integer,
	    .has_raw = item.value[5].tag == ENCODE_INT,
	    .uptime_ms = item.value[6].integer < 0 ? -1 : item.value[6].integer,
	    .state = item.value[7].data,
	    .state_bytes = item.value[7].bytes,
	};
	row->raw = row->has_raw ? (uint64_t)item.value[5].integer : 0;
	return ERR_NONE;
}

static bool is_next_in(const struct writing *writing, int64_t number)
{
	return writing->next < writing->entry_count && open_pack_number(writing->entry[writing->next].meter_id) == number;
}

/* The next entry, the last of its meter, into the pack. */
static enum err add_entry(struct writing *writing, struct err_info *info)
{
	const struct entry *entry;
	struct open_pack_row row;
	enum err err;

	while (writing->next + 1 < writing->entry_count &&
	       writing->entry[writing->next + 1].meter_id == writing->entry[writing->next].meter_id)
		writing->next++;
	entry = &writing->entry[writing->next++];
	err = read_item(writing, entry->at, &row, info);
	if (err == ERR_NONE)
		add_row(writing, &row);
	return err;
}

/* The pack of the next entry: what it has, and in place of that or between it the entries. */
static enum err write_pack(struct writing *writing, struct err_info *info)
{
	int64_t number = open_pack_number(writing->entry[writing->next].meter_id);
	struct open_pack_reader reader;
	bool has_old;
	enum err err = load(writing->ledger, number, &reader, info);

	if (err != ERR_NONE)
		return err;
	begin_pack(writing);
	writing->old_bytes = reader.size > 0 ? writing->ledger->pack.stored.bytes : 0;
	has_old = open_pack_next(&reader);
	while (err == ERR_NONE && (has_old || is_next_in(writing, number))) {
		bool is_new = is_next_in(writing, number);
		uint32_t meter_id = is_new ? writing->entry[writing->next].meter_id : 0;

		if (has_old && (!is_new || reader.row.meter_id < meter_id)) {
			add_row(writing, &reader.row);
			has_old = open_pack_next(&reader);
			continue;
		}
		err = add_entry(writing, info);
		if (has_old && reader.row.meter_id == meter_id)
			has_old = open_pack_next(&reader);
	}
	if (err == ERR_NONE && reader.is_bad)
		return fail_pack(writing->ledger, number, info);
	return err == ERR_NONE ? end_pack(writing, number, info) : err;
}

enum err open_rows_write(struct ledger *ledger, const struct buf *items, struct err_info *info)
{
	struct writing writing;
	enum err err;

	if (items->bytes == 0)
		return ERR_NONE;
	writing_init(&writing, ledger);
	writing.items = items;
	err = sort(&writing, info);
	while (err == ERR_NONE && writing.next < writing.entry_count)
		err = write_pack(&writing, info);
	writing_deinit(&writing);
	return err;
}

/* ---- From schema 3 ---- */

static void read_old(sqlite3_stmt *statement, struct open_pack_row *row)
{
	*row = (struct open_pack_row){
	    .meter_id = (uint32_t)sqlite3_column_int64(statement, 0),
	    .utc_ms = sqlite3_column_int64(statement, 1),
	    .boot = sqlite3_column_int64(statement, 2),
	    .boot_ns = sqlite3_column_int64(statement, 3),
	    .energy_millij = sqlite3_column_int64(statement, 4),
	    .has_raw = sqlite3_column_type(statement, 5) != SQLITE_NULL,
	    .raw = (uint64_t)sqlite3_column_int64(statement, 5),
	    .uptime_ms = sqlite3_column_int64(statement, 6),
	    .state = sqlite3_column_blob(statement, 7),
	    .state_bytes = (size_t)sqlite3_column_bytes(statement, 7),
	};
	/* A state that is too long counts as none. */
	if (row->state_bytes > LEDGER_STATE_BYTES_MAX)
		row->state_bytes = 0;
	if (row->uptime_ms < 0)
		row->uptime_ms = -1;
}

static enum err migrate(struct writing *writing, struct err_info *info)
{
	struct open_pack_row row;
	sqlite3_stmt *statement;
	bool has_row = true;
	int64_t number = 0;
	enum err err = ledger_statement(writing->ledger, SQL_OPEN_SCHEMA_3, &statement, info);

	while (err == ERR_NONE && has_row) {
		err = ledger_step(writing->ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			break;
		read_old(statement, &row);
		if (number != 0 && open_pack_number(row.meter_id) != number)
			err = end_pack(writing, number, info);
		if (open_pack_number(row.meter_id) != number)
			begin_pack(writing);
		number = open_pack_number(row.meter_id);
		add_row(writing, &row);
	}
	return err == ERR_NONE && number != 0 ? end_pack(writing, number, info) : err;
}

enum err open_rows_migrate(struct ledger *ledger, struct err_info *info)
{
	struct writing writing;
	enum err err;

	writing_init(&writing, ledger);
	err = migrate(&writing, info);
	writing_deinit(&writing);
	return err;
}

/* ---- Reading ---- */

static enum err name_boot(struct ledger *ledger, int64_t boot, char boot_id[static 37], struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row;
	enum err err = ledger_statement(ledger, SQL_BOOT_NAME, &statement, info);

	if (err != ERR_NONE)
		return err;
	sqlite3_bind_int64(statement, 1, boot);
	err = ledger_step(ledger, statement, &has_row, info);
	if (err != ERR_NONE)
		return err;
	snprintf(boot_id, 37, "%s", has_row ? ledger_column_text(statement, 0) : "");
	sqlite3_reset(statement);
	return ERR_NONE;
}

/* All but the boot. */
static void open_row_of(const struct open_pack_row *from, struct ledger_open_row *row)
{
	row->meter_id = from->meter_id;
	row->utc_ms = from->utc_ms;
	row->boot_ns = from->boot_ns;
	row->energy_millij = from->energy_millij;
	row->has_raw = from->has_raw;
	row->raw = from->raw;
	row->uptime_ms = from->uptime_ms;
	row->state = from->state;
	row->state_bytes = from->state_bytes;
}

static enum err walk_pack(struct ledger *ledger, int64_t number, ledger_open_fn *each, void *context, struct err_info *info)
{
	struct open_pack_reader reader = {.bytes = (const uint8_t *)ledger->pack.raw.data, .size = ledger->pack.raw.bytes};
	struct ledger_open_row row = {0};
	int64_t boot = -1;
	enum err err = ERR_NONE;

	while (err == ERR_NONE && open_pack_next(&reader)) {
		if (reader.row.boot != boot)
			err = name_boot(ledger, reader.row.boot, row.boot_id, info);
		boot = reader.row.boot;
		open_row_of(&reader.row, &row);
		if (err == ERR_NONE)
			err = each(context, &row, info);
	}
	return err == ERR_NONE && reader.is_bad ? fail_pack(ledger, number, info) : err;
}

enum err open_rows_walk(struct ledger *ledger, ledger_open_fn *each, void *context, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, SQL_PACK_ALL, &statement, info);

	while (err == ERR_NONE) {
		int64_t number;

		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		number = sqlite3_column_int64(statement, 0);
		err = unpack(ledger, statement, 1, number, info);
		if (err == ERR_NONE)
			err = walk_pack(ledger, number, each, context, info);
		if (err != ERR_NONE)
			sqlite3_reset(statement);
	}
	return err;
}

enum err open_rows_find(struct ledger *ledger, uint32_t meter_id, struct ledger_open_row *row, bool *is_found, struct err_info *info)
{
	struct open_pack_reader reader;
	enum err err = load(ledger, open_pack_number(meter_id), &reader, info);

	*is_found = false;
	while (err == ERR_NONE && !*is_found && open_pack_next(&reader))
		*is_found = reader.row.meter_id == meter_id;
	if (err == ERR_NONE && reader.is_bad)
		err = fail_pack(ledger, open_pack_number(meter_id), info);
	if (err != ERR_NONE || !*is_found)
		return err;
	*row = (struct ledger_open_row){0};
	open_row_of(&reader.row, row);
	return name_boot(ledger, reader.row.boot, row->boot_id, info);
}
