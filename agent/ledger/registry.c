/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry.h"

#include "base/mem.h"
#include "ledger/encode_priv.h"
#include "ledger/ledger_priv.h"
#include "ledger/registry_index_priv.h"
#include "ledger/registry_priv.h"
#include "wire/plan.h"

#include <stdio.h>
#include <string.h>

enum { REGISTRY_COUNT_MAX = 1 << 24 };

/* What all three kinds of entry share. Number n of a kind is item n - 1 of its array. */
struct entry {
	char *text;       /* id or key; owned */
	uint64_t digest;  /* of its last register row */
	uint64_t place;   /* of a device: register_digest_place() of that row; 0 */
	int64_t from_ms;  /* when that began */
	uint32_t owner;   /* site of a device, device of a meter; 0 */
	uint8_t quantity; /* of a meter; 0 */
	bool is_in_force;
	bool is_swept; /* devices: not put since sweep_begin */
};

struct kind {
	struct entry *entry;
	size_t capacity;
	uint32_t count;
	struct registry_index index;
};

struct ledger_registry {
	struct kind site, device, meter;
};

static uint64_t hash_of_place(uint32_t owner, uint8_t quantity, const char *text)
{
	return register_hash((uint64_t)owner * UINT64_C(0x9e3779b97f4a7c15) + quantity, text);
}

static uint64_t hash_of_number(const void *owner, uint32_t number)
{
	const struct entry *entry = &((const struct kind *)owner)->entry[number - 1];

	return hash_of_place(entry->owner, entry->quantity, entry->text);
}

/* 0 when there is none. */
static uint32_t find(const struct kind *kind, uint32_t owner, uint8_t quantity, const char *text)
{
	uint64_t hash = hash_of_place(owner, quantity, text);
	size_t at = 0;
	uint32_t number;

	while ((number = registry_index_next(&kind->index, hash, &at)) != 0) {
		const struct entry *entry = &kind->entry[number - 1];

		if (entry->owner == owner && entry->quantity == quantity && strcmp(entry->text, text) == 0)
			return number;
	}
	return 0;
}

/* Appends an entry that has no register row yet; its number is kind->count afterwards. */
static enum err append(struct kind *kind, uint32_t owner, uint8_t quantity, const char *text, struct err_info *info)
{
	struct entry *entry;
	void *array = kind->entry;
	enum err err = mem_grow(&array, &kind->capacity, kind->count, REGISTRY_COUNT_MAX, sizeof(*kind->entry));

	kind->entry = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for another entry in the register");
	entry = &kind->entry[kind->count];
	*entry = (struct entry){.owner = owner, .quantity = quantity, .text = mem_dup(text)};
	if (entry->text == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the register");
	err = registry_index_add(&kind->index, kind, hash_of_number, kind->count + 1, info);
	if (err != ERR_NONE) {
		entry->text = mem_free(entry->text);
		return err;
	}
	kind->count++;
	return ERR_NONE;
}

static enum err rebuild_index(struct kind *kind, struct err_info *info)
{
	enum err err = ERR_NONE;

	registry_index_clear(&kind->index);
	for (uint32_t number = 1; number <= kind->count && err == ERR_NONE; number++)
		err = registry_index_add(&kind->index, kind, hash_of_number, number, info);
	return err;
}

/* Takes back the last append (its items did not fit into the batch). */
static void take_back(struct kind *kind)
{
	kind->count--;
	mem_free(kind->entry[kind->count].text);
	/* The table has the room already: adding fewer than before cannot fail. */
	if (rebuild_index(kind, NULL) != ERR_NONE)
		registry_index_clear(&kind->index);
}

static void deinit_kind(struct kind *kind)
{
	for (uint32_t i = 0; i < kind->count; i++)
		mem_free(kind->entry[i].text);
	mem_free(kind->entry);
	registry_index_deinit(&kind->index);
}

struct ledger_registry *ledger_registry_free(struct ledger_registry *registry)
{
	if (registry == NULL)
		return NULL;
	deinit_kind(&registry->site);
	deinit_kind(&registry->device);
	deinit_kind(&registry->meter);
	return mem_free(registry);
}

/* Numbers are dense, since nothing is ever deleted: a hole is damage. */
static enum err load_entry(struct kind *kind, sqlite3_stmt *statement, struct entry place, const char *text, struct err_info *info)
{
	struct entry *entry;
	enum err err;

	if (sqlite3_column_int64(statement, 0) != (int64_t)kind->count + 1)
		return err_set(info, ERR_DATA, "the register skips from number %u to %lld", (unsigned)kind->count,
			       (long long)sqlite3_column_int64(statement, 0));
	err = append(kind, place.owner, place.quantity, text, info);
	if (err != ERR_NONE)
		return err;
	entry = &kind->entry[kind->count - 1];
	entry->digest = place.digest;
	entry->place = place.place;
	entry->from_ms = place.from_ms;
	entry->is_in_force = place.is_in_force;
	return ERR_NONE;
}

/* From valid_from in `column` and valid_to behind it. One that is not in force has nothing before its end to change. */
static void load_validity(sqlite3_stmt *statement, int column, struct entry *place)
{
	bool has_end = sqlite3_column_type(statement, column + 1) != SQLITE_NULL;

	place->from_ms = sqlite3_column_int64(statement, has_end ? column + 1 : column);
	place->is_in_force = !has_end && sqlite3_column_type(statement, column) != SQLITE_NULL;
}

static enum err load_site(struct ledger_registry *registry, sqlite3_stmt *statement, struct err_info *info)
{
	struct plan_site site = {0};
	struct entry place = {0};

	load_validity(statement, 2, &place);
	register_read_site(statement, 4, &site);
	place.digest = register_digest_site(&site);
	return load_entry(&registry->site, statement, place, ledger_column_text(statement, 1), info);
}

static enum err load_device(struct ledger_registry *registry, sqlite3_stmt *statement, struct err_info *info)
{
	struct ledger_device_info device = {.id = ledger_column_text(statement, 2)};
	struct entry place = {.owner = (uint32_t)sqlite3_column_int64(statement, 1)};

	load_validity(statement, 3, &place);
	register_read_device(statement, 5, &device);
	place.digest = register_digest_device(&device);
	place.place = register_digest_place(&device);
	return load_entry(&registry->device, statement, place, device.id, info);
}

static enum err load_meter(struct ledger_registry *registry, sqlite3_stmt *statement, struct err_info *info)
{
	struct meter_info described = {0};
	struct ledger_meter_info meter = {.quantity = (enum quantity)sqlite3_column_int(statement, 2)};
	struct entry place = {.owner = (uint32_t)sqlite3_column_int64(statement, 1), .quantity = (uint8_t)meter.quantity};

	load_validity(statement, 4, &place);
	snprintf(described.key, sizeof(described.key), "%s", ledger_column_text(statement, 3));
	register_read_meter(statement, 6, &described, &meter);
	place.digest = register_digest_meter(&meter);
	return load_entry(&registry->meter, statement, place, described.key, info);
}

typedef enum err load_fn(struct ledger_registry *registry, sqlite3_stmt *statement, struct err_info *info);

static enum err load_all(struct ledger_registry *registry, struct ledger *ledger, enum sql_id id, load_fn *load, struct err_info *info)
{
	sqlite3_stmt *statement;
	bool has_row = true;
	enum err err = ledger_statement(ledger, id, &statement, info);

	while (err == ERR_NONE) {
		err = ledger_step(ledger, statement, &has_row, info);
		if (err != ERR_NONE || !has_row)
			return err;
		err = load(registry, statement, info);
	}
	return err;
}

enum err ledger_registry_load(struct ledger_registry **out, struct ledger *ledger, struct err_info *info)
{
	struct ledger_registry *registry = mem_new(sizeof(*registry));
	enum err err = registry == NULL ? err_set(info, ERR_MEMORY, "no memory for the register") : ledger_begin_read(ledger, info);

	if (err == ERR_NONE) {
		err = load_all(registry, ledger, SQL_SITES, load_site, info);
		if (err == ERR_NONE)
			err = load_all(registry, ledger, SQL_DEVICES, load_device, info);
		if (err == ERR_NONE)
			err = load_all(registry, ledger, SQL_METERS, load_meter, info);
		err = ledger_end_read(ledger, err);
	}
	if (err != ERR_NONE) {
		ledger_registry_free(registry);
		return err;
	}
	*out = registry;
	return ERR_NONE;
}

/* When a change takes effect: never before the row that it follows. */
static int64_t effective_ms(const struct entry *entry, int64_t at_utc_ms)
{
	return at_utc_ms < entry->from_ms ? entry->from_ms : at_utc_ms;
}

static bool is_as_described(const struct entry *entry, uint64_t digest)
{
	return entry->is_in_force && entry->digest == digest;
}

static void set_described(struct entry *entry, uint64_t digest, int64_t from_ms)
{
	entry->digest = digest;
	entry->from_ms = from_ms;
	entry->is_in_force = true;
}

enum err ledger_registry_put_site(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms,
				  const struct plan_site *site, uint32_t *site_id, struct err_info *info)
{
	struct kind *kind = &registry->site;
	uint64_t digest = register_digest_site(site);
	size_t mark = batch->items.bytes;
	uint32_t number = find(kind, 0, 0, site->id);
	bool is_new = number == 0;
	enum err err = is_new ? append(kind, 0, 0, site->id, info) : ERR_NONE;
	int64_t from_ms;

	if (err != ERR_NONE)
		return err;
	if (is_new)
		number = kind->count;
	*site_id = number;
	if (is_as_described(&kind->entry[number - 1], digest))
		return ERR_NONE;
	from_ms = effective_ms(&kind->entry[number - 1], at_utc_ms);
	if (is_new)
		err = register_put_site(batch, number, site->id, info);
	else
		err = register_close(batch, SQL_SITE_CLOSE, number, from_ms, info);
	if (err == ERR_NONE)
		err = register_open_site(batch, number, from_ms, site, info);
	if (err != ERR_NONE) {
		encode_truncate(&batch->items, mark);
		if (is_new)
			take_back(kind);
		return err;
	}
	set_described(&kind->entry[number - 1], digest, from_ms);
	return ERR_NONE;
}

/* An entry that goes on under another text: the old text is free again. */
static enum err rename_entry(struct kind *kind, uint32_t number, const char *text, struct err_info *info)
{
	char *copy = mem_dup(text);

	if (copy == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the register");
	mem_free(kind->entry[number - 1].text);
	kind->entry[number - 1].text = copy;
	return rebuild_index(kind, info);
}

/* Where something belongs, and how it came there. */
struct place {
	uint32_t number;
	bool is_new;
	bool is_renamed;
};

/* Finds texts[0], or continues texts[1] under it, or makes it. */
static enum err settle(struct kind *kind, uint32_t owner, uint8_t quantity, const char *const texts[2], struct place *out,
		       struct err_info *info)
{
	uint32_t number = find(kind, owner, quantity, texts[0]);
	enum err err;

	*out = (struct place){.number = number};
	if (number != 0)
		return ERR_NONE;
	if (texts[1] != NULL && texts[1][0] != '\0')
		number = find(kind, owner, quantity, texts[1]);
	if (number != 0) {
		*out = (struct place){.number = number, .is_renamed = true};
		return rename_entry(kind, number, texts[0], info);
	}
	err = append(kind, owner, quantity, texts[0], info);
	*out = (struct place){.number = kind->count, .is_new = true};
	return err;
}

/* The batch had no room: everything is as it was before. */
static enum err undo(struct kind *kind, struct ledger_batch *batch, size_t mark, const struct place *place, const char *was, enum err err)
{
	encode_truncate(&batch->items, mark);
	if (place->is_new)
		take_back(kind);
	if (place->is_renamed && rename_entry(kind, place->number, was, NULL) != ERR_NONE)
		return ERR_MEMORY;
	return err;
}

enum err ledger_registry_put_device(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t site_id,
				    const struct ledger_device_info *device, uint32_t *device_id, struct err_info *info)
{
	const char *const texts[2] = {device->id, device->was};
	struct kind *kind = &registry->device;
	uint64_t digest = register_digest_device(device);
	uint64_t place_digest = register_digest_place(device);
	bool is_asset_known = digest != place_digest;
	size_t mark = batch->items.bytes;
	struct place place;
	struct entry *entry;
	int64_t from_ms;
	enum err err = settle(kind, site_id, 0, texts, &place, info);

	if (err != ERR_NONE)
		return err;
	entry = &kind->entry[place.number - 1];
	*device_id = place.number;
	entry->is_swept = false;
	/* What hardware is there is not known yet after a start: until then it is the same. */
	if (is_as_described(entry, digest) || (!is_asset_known && entry->is_in_force && entry->place == place_digest))
		return ERR_NONE;
	from_ms = effective_ms(entry, at_utc_ms);
	/* And a row that does not know it takes the place of none that does. */
	if (!is_asset_known && !place.is_new && from_ms == entry->from_ms)
		from_ms++;
	if (place.is_new || place.is_renamed)
		err = register_put_device(batch, place.number, site_id, device->id, info);
	if (err == ERR_NONE && !place.is_new)
		err = register_close(batch, SQL_DEVICE_CLOSE, place.number, from_ms, info);
	if (err == ERR_NONE)
		err = register_open_device(batch, place.number, from_ms, device, info);
	if (err != ERR_NONE)
		return undo(kind, batch, mark, &place, device->was, err);
	set_described(entry, digest, from_ms);
	entry->place = place_digest;
	return ERR_NONE;
}

enum err ledger_registry_put_meter(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t device_id,
				   const struct ledger_meter_info *meter, uint32_t *meter_id, struct err_info *info)
{
	const char *const texts[2] = {meter->info->key, meter->was};
	struct kind *kind = &registry->meter;
	uint64_t digest = register_digest_meter(meter);
	size_t mark = batch->items.bytes;
	struct place place;
	struct entry *entry;
	int64_t from_ms;
	enum err err = settle(kind, device_id, (uint8_t)meter->quantity, texts, &place, info);

	if (err != ERR_NONE)
		return err;
	entry = &kind->entry[place.number - 1];
	*meter_id = place.number;
	if (is_as_described(entry, digest))
		return ERR_NONE;
	from_ms = effective_ms(entry, at_utc_ms);
	if (place.is_new || place.is_renamed)
		err = register_put_meter(batch, place.number, device_id, meter, info);
	if (err == ERR_NONE && !place.is_new)
		err = register_close(batch, SQL_METER_CLOSE, place.number, from_ms, info);
	if (err == ERR_NONE)
		err = register_open_meter(batch, place.number, from_ms, meter, info);
	if (err != ERR_NONE)
		return undo(kind, batch, mark, &place, meter->was, err);
	set_described(entry, digest, from_ms);
	return ERR_NONE;
}

static enum err retire(struct kind *kind, struct ledger_batch *batch, enum sql_id close_id, int64_t at_utc_ms, uint32_t number,
		       struct err_info *info)
{
	struct entry *entry = number == 0 || number > kind->count ? NULL : &kind->entry[number - 1];
	enum err err;

	if (entry == NULL || !entry->is_in_force)
		return ERR_NONE;
	entry->from_ms = effective_ms(entry, at_utc_ms);
	err = register_close(batch, (int)close_id, number, entry->from_ms, info);
	if (err == ERR_NONE)
		entry->is_in_force = false;
	return err;
}

enum err ledger_registry_retire_meter(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t meter_id,
				      struct err_info *info)
{
	return retire(&registry->meter, batch, SQL_METER_CLOSE, at_utc_ms, meter_id, info);
}

enum err ledger_registry_retire_device(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t device_id,
				       struct err_info *info)
{
	enum err err = ERR_NONE;

	for (uint32_t number = 1; number <= registry->meter.count && err == ERR_NONE; number++)
		if (registry->meter.entry[number - 1].owner == device_id)
			err = ledger_registry_retire_meter(registry, batch, at_utc_ms, number, info);
	return err == ERR_NONE ? retire(&registry->device, batch, SQL_DEVICE_CLOSE, at_utc_ms, device_id, info) : err;
}

void ledger_registry_sweep_begin(struct ledger_registry *registry)
{
	for (uint32_t i = 0; i < registry->device.count; i++)
		registry->device.entry[i].is_swept = true;
}

enum err ledger_registry_sweep_end(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (uint32_t i = 0; i < registry->device.count && err == ERR_NONE; i++) {
		if (!registry->device.entry[i].is_swept)
			continue;
		err = ledger_registry_retire_device(registry, batch, at_utc_ms, i + 1, info);
		if (err == ERR_NONE)
			registry->device.entry[i].is_swept = false;
	}
	return err;
}
