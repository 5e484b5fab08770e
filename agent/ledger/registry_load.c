/* SPDX-License-Identifier: Apache-2.0 */
/* registry_load: the register from the ledger's rows. */
#include "base/mem.h"
#include "ledger/ledger_priv.h"
#include "ledger/registry_priv.h"
#include "wire/plan.h"

#include <stdio.h>

/* Numbers are dense, since nothing is ever deleted: a hole is damage. */
static enum err load_entry(struct kind *kind, sqlite3_stmt *statement, struct entry place, const char *text, struct err_info *info)
{
	struct entry *entry;
	enum err err;

	if (sqlite3_column_int64(statement, 0) != (int64_t)kind->count + 1)
		return err_set(info, ERR_DATA, "the register skips from number %u to %lld", (unsigned)kind->count,
			       (long long)sqlite3_column_int64(statement, 0));
	err = registry_append(kind, place.owner, place.quantity, text, info);
	if (err != ERR_NONE)
		return err;
	entry = &kind->entry[kind->count - 1];
	entry->digest = place.digest;
	entry->place = place.place;
	entry->from_ms = place.from_ms;
	entry->is_in_force = place.is_in_force;
	entry->class = place.class;
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
	place.class = registry_class_of(&meter);
	if (place.owner == 0 || place.owner > registry->device.count)
		return err_set(info, ERR_DATA, "the register has a meter of device %u, which is not there", (unsigned)place.owner);
	registry_count_summand(registry, &place, 1);
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
