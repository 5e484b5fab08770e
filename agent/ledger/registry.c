/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry.h"

#include "base/mem.h"
#include "ledger/encode_priv.h"
#include "ledger/ledger_priv.h"
#include "ledger/registry_priv.h"
#include "wire/plan.h"

#include <stdio.h>
#include <string.h>

enum { REGISTRY_COUNT_MAX = 1 << 24 };

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

enum err registry_append(struct kind *kind, uint32_t owner, uint8_t quantity, const char *text, struct err_info *info)
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

struct register_class registry_class_of(const struct ledger_meter_info *meter)
{
	return (struct register_class){.role = (uint8_t)meter->info->role,
				       .point = (uint8_t)meter->point,
				       .is_in_total = meter->is_in_total,
				       .is_summand = meter->info->is_summand && meter->quantity == QUANTITY_ENERGY};
}

void registry_count_summand(struct ledger_registry *registry, const struct entry *meter, int change)
{
	if (meter->is_in_force && meter->class.is_summand)
		registry->device.entry[meter->owner - 1].summand_count += (uint32_t)change;
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
	enum err err = is_new ? registry_append(kind, 0, 0, site->id, info) : ERR_NONE;
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
	const char *was; /* what it is renamed from; NULL: it is not */
};

enum { SETTLE_TEXTS = 1 + METER_WAS_MAX };

/* Finds texts[0], or continues the first of the others that there is under it, or makes it. */
static enum err settle(struct kind *kind, uint32_t owner, uint8_t quantity, const char *const texts[static SETTLE_TEXTS], struct place *out,
		       struct err_info *info)
{
	uint32_t number = find(kind, owner, quantity, texts[0]);
	enum err err;

	*out = (struct place){.number = number};
	if (number != 0)
		return ERR_NONE;
	for (size_t i = 1; i < SETTLE_TEXTS && number == 0; i++) {
		if (texts[i] == NULL || texts[i][0] == '\0')
			continue;
		number = find(kind, owner, quantity, texts[i]);
		*out = (struct place){.number = number, .was = texts[i]};
	}
	if (number != 0)
		return rename_entry(kind, number, texts[0], info);
	err = registry_append(kind, owner, quantity, texts[0], info);
	*out = (struct place){.number = kind->count, .is_new = true};
	return err;
}

/* The batch had no room: everything is as it was before. */
static enum err undo(struct kind *kind, struct ledger_batch *batch, size_t mark, const struct place *place, enum err err)
{
	encode_truncate(&batch->items, mark);
	if (place->is_new)
		take_back(kind);
	if (place->was != NULL && rename_entry(kind, place->number, place->was, NULL) != ERR_NONE)
		return ERR_MEMORY;
	return err;
}

/* What changes for an entry that is not new, before it is set; `described`: its class by now (NULL for a device). */
static enum err tell(struct ledger_batch *batch, const struct entry *entry, const struct place *place,
		     const struct register_class *described, struct register_told *told, struct err_info *info)
{
	char before[REGISTER_CLASS_BYTES];
	char after[REGISTER_CLASS_BYTES];
	enum err err = ERR_NONE;

	told->id = entry->text;
	told->since_utc_ms = entry->from_ms;
	told->before = place->was;
	if (place->was != NULL)
		err = register_tell(batch, REGISTER_RENAMED, told, info);
	if (err == ERR_NONE && !entry->is_in_force)
		err = register_tell(batch, REGISTER_RETURNED, told, info);
	if (err != ERR_NONE || described == NULL || memcmp(described, &entry->class, sizeof(*described)) == 0)
		return err;
	register_print_class(before, &entry->class);
	register_print_class(after, described);
	told->before = before;
	told->after = after;
	return register_tell(batch, REGISTER_RECLASSED, told, info);
}

/* A meter may have several streams: the first tells for all. */
static bool is_told(const struct entry *meter)
{
	return meter->quantity == QUANTITY_ENERGY || meter->quantity == QUANTITY_RX_OCTETS;
}

static enum err write_device(struct ledger_batch *batch, const struct entry *entry, const struct place *place,
			     const struct ledger_device_info *device, struct register_told *told, struct err_info *info)
{
	enum err err = ERR_NONE;

	if (place->is_new || place->was != NULL)
		err = register_put_device(batch, place->number, told->site_id, device->id, info);
	if (err == ERR_NONE && !place->is_new)
		err = register_close(batch, SQL_DEVICE_CLOSE, place->number, told->at_utc_ms, info);
	if (err == ERR_NONE && !place->is_new)
		err = tell(batch, entry, place, NULL, told, info);
	return err == ERR_NONE ? register_open_device(batch, place->number, told->at_utc_ms, device, info) : err;
}

enum err ledger_registry_put_device(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t site_id,
				    const struct ledger_device_info *device, uint32_t *device_id, struct err_info *info)
{
	const char *const texts[SETTLE_TEXTS] = {device->id, device->was};
	struct register_told told = {.site_id = site_id};
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
	told.device_id = place.number;
	told.at_utc_ms = from_ms;
	err = write_device(batch, entry, &place, device, &told, info);
	if (err != ERR_NONE)
		return undo(kind, batch, mark, &place, err);
	set_described(entry, digest, from_ms);
	entry->place = place_digest;
	return ERR_NONE;
}

enum err ledger_registry_put_meter(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t device_id,
				   const struct ledger_meter_info *meter, uint32_t *meter_id, struct err_info *info)
{
	const char *const texts[SETTLE_TEXTS] = {meter->info->key, meter->info->was[0], meter->info->was[1]};
	struct register_told told = {.site_id = registry->device.entry[device_id - 1].owner, .device_id = device_id};
	struct register_class class = registry_class_of(meter);
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
	told.meter_id = place.number;
	told.at_utc_ms = from_ms;
	if (place.is_new || place.was != NULL)
		err = register_put_meter(batch, place.number, device_id, meter, info);
	if (err == ERR_NONE && !place.is_new)
		err = register_close(batch, SQL_METER_CLOSE, place.number, from_ms, info);
	if (err == ERR_NONE && !place.is_new && is_told(entry))
		err = tell(batch, entry, &place, &class, &told, info);
	if (err == ERR_NONE)
		err = register_open_meter(batch, place.number, from_ms, meter, info);
	if (err != ERR_NONE)
		return undo(kind, batch, mark, &place, err);
	registry_count_summand(registry, entry, -1);
	set_described(entry, digest, from_ms);
	entry->class = class;
	registry_count_summand(registry, entry, 1);
	return ERR_NONE;
}

/* Closes the row in force of told->meter_id, or of the device when that is 0. */
static enum err retire(struct entry *entry, struct ledger_batch *batch, struct register_told *told, struct err_info *info)
{
	bool is_meter = told->meter_id != 0;
	size_t mark = batch->items.bytes;
	enum err err;

	if (!entry->is_in_force)
		return ERR_NONE;
	told->at_utc_ms = effective_ms(entry, told->at_utc_ms);
	told->id = entry->text;
	err = register_close(batch, is_meter ? SQL_METER_CLOSE : SQL_DEVICE_CLOSE, is_meter ? told->meter_id : told->device_id,
			     told->at_utc_ms, info);
	if (err == ERR_NONE && (!is_meter || is_told(entry)))
		err = register_tell(batch, REGISTER_RETIRED, told, info);
	if (err != ERR_NONE) {
		encode_truncate(&batch->items, mark);
		return err;
	}
	entry->from_ms = told->at_utc_ms;
	entry->is_in_force = false;
	return ERR_NONE;
}

enum err ledger_registry_retire_meter(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t meter_id,
				      struct err_info *info)
{
	struct register_told told = {.meter_id = meter_id, .at_utc_ms = at_utc_ms};
	struct entry *entry;
	enum err err;

	if (meter_id == 0 || meter_id > registry->meter.count)
		return ERR_NONE;
	entry = &registry->meter.entry[meter_id - 1];
	told.device_id = entry->owner;
	told.site_id = registry->device.entry[entry->owner - 1].owner;
	registry_count_summand(registry, entry, -1);
	err = retire(entry, batch, &told, info);
	registry_count_summand(registry, entry, 1); /* it is in force still when it could not be closed */
	return err;
}

enum err ledger_registry_retire_device(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t device_id,
				       struct err_info *info)
{
	struct register_told told = {.device_id = device_id, .at_utc_ms = at_utc_ms};
	enum err err = ERR_NONE;

	if (device_id == 0 || device_id > registry->device.count)
		return ERR_NONE;
	for (uint32_t number = 1; number <= registry->meter.count && err == ERR_NONE; number++)
		if (registry->meter.entry[number - 1].owner == device_id)
			err = ledger_registry_retire_meter(registry, batch, at_utc_ms, number, info);
	told.site_id = registry->device.entry[device_id - 1].owner;
	return err == ERR_NONE ? retire(&registry->device.entry[device_id - 1], batch, &told, info) : err;
}

uint32_t ledger_registry_summand_count(const struct ledger_registry *registry, uint32_t device_id)
{
	return device_id == 0 || device_id > registry->device.count ? 0 : registry->device.entry[device_id - 1].summand_count;
}

static bool is_among(const uint32_t *ids, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++) {
		if (ids[i] == id)
			return true;
	}
	return false;
}

enum err ledger_registry_retire_summands(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms,
					 uint32_t device_id, const struct ledger_meter_ids *kept, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (uint32_t number = 1; number <= registry->meter.count && err == ERR_NONE; number++) {
		const struct entry *entry = &registry->meter.entry[number - 1];

		if (entry->owner == device_id && entry->class.is_summand && !is_among(kept->id, kept->count, number))
			err = ledger_registry_retire_meter(registry, batch, at_utc_ms, number, info);
	}
	return err;
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
