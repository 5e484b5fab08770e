/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/encode_priv.h"
#include "ledger/ledger_priv.h"
#include "ledger/registry_priv.h"
#include "wire/plan.h"

#include <stdio.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ p[i]) * FNV_PRIME;
	return hash;
}

/* With its NUL, so that "a","bc" is not "ab","c". */
uint64_t register_hash(uint64_t seed, const char *text)
{
	return hash_bytes(seed, text == NULL ? "" : text, text == NULL ? 1 : strlen(text) + 1);
}

static uint64_t hash_int(uint64_t hash, int64_t value)
{
	return hash_bytes(hash, &value, sizeof(value));
}

uint64_t register_digest_site(const struct plan_site *site)
{
	uint64_t hash = register_hash(FNV_OFFSET, site->name);

	hash = register_hash(hash, site->grid_zone);
	hash = register_hash(hash, site->time_zone);
	hash = register_hash(hash, site->facts);
	return hash_int(hash_int(hash, site->supply), site->fiscal_month);
}

uint64_t register_digest_device(const struct ledger_device_info *device)
{
	static const uint8_t NONE[32] = {0};
	const char *const texts[] = {device->id,     device->name,  device->rack,   device->tenant,   device->fed_by, device->source,
				     device->vendor, device->model, device->serial, device->firmware, device->driver, device->facts};
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = register_hash(hash, texts[i]);
	return hash_bytes(hash, device->driver_sha256 == NULL ? NONE : device->driver_sha256, sizeof(NONE));
}

uint64_t register_digest_place(const struct ledger_device_info *device)
{
	struct ledger_device_info place = *device;

	place.vendor = place.model = place.serial = place.firmware = place.driver = NULL;
	place.driver_sha256 = NULL;
	return register_digest_device(&place);
}

static int meter_flags(const struct ledger_meter_info *meter)
{
	return (meter->is_in_total ? REGISTER_IN_TOTAL : 0) | (meter->info->is_derived ? REGISTER_DERIVED : 0) |
	       (meter->info->is_component ? REGISTER_COMPONENT : 0) | (meter->info->is_summand ? REGISTER_SUMMAND : 0) |
	       (meter->info->is_port ? REGISTER_PORT : 0) | (meter->info->is_product ? REGISTER_PRODUCT : 0) |
	       (int)meter->ref << REGISTER_REF_SHIFT;
}

static int counter_flags(const struct counter_spec *counter)
{
	return (counter->is_wrap_known ? REGISTER_WRAP_KNOWN : 0) | (counter->is_resettable ? REGISTER_RESETTABLE : 0) |
	       (counter->starts_at_zero ? REGISTER_STARTS_AT_ZERO : 0);
}

/* The counter behind a stream: octets have their modulus only, litres nothing. */
static struct counter_spec counter_of(const struct ledger_meter_info *meter)
{
	switch (meter->quantity) {
	case QUANTITY_ENERGY_OUT: return meter->info->energy_out;
	case QUANTITY_RX_OCTETS:
	case QUANTITY_TX_OCTETS:
	case QUANTITY_CAPTURED_OCTETS:
	case QUANTITY_CAPTURED_PACKETS:
	case QUANTITY_DROPPED_PACKETS: return (struct counter_spec){.modulus = meter->info->octet_modulus, .unit_num = 1000, .unit_den = 1};
	case QUANTITY_FUEL_USED: return (struct counter_spec){.unit_num = 1000, .unit_den = 1};
	default: return meter->info->energy;
	}
}

uint64_t register_digest_meter(const struct ledger_meter_info *meter)
{
	struct counter_spec counter = counter_of(meter);
	const struct meter_info *info = meter->info;
	const int64_t numbers[] = {info->role,
				   meter->point,
				   meter->supply,
				   info->caliber,
				   meter_flags(meter),
				   info->phase,
				   (int64_t)counter.modulus,
				   counter.unit_num,
				   counter.unit_den,
				   counter_flags(&counter)};
	uint64_t hash = register_hash(FNV_OFFSET, info->key);

	hash = register_hash(hash, info->name);
	hash = register_hash(hash, info->parent);
	hash = hash_bytes(hash, &info->rated_w, sizeof(info->rated_w));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		hash = hash_int(hash, numbers[i]);
	return hash;
}

enum err register_put_site(struct ledger_batch *batch, uint32_t site_id, const char *id, struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, SQL_SITE_PUT);
	encode_int(&item, site_id);
	encode_text(&item, id);
	return encode_end(&item, info);
}

enum err register_put_device(struct ledger_batch *batch, uint32_t device_id, uint32_t site_id, const char *id, struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, SQL_DEVICE_PUT);
	encode_int(&item, device_id);
	encode_int(&item, site_id);
	encode_text(&item, id);
	return encode_end(&item, info);
}

enum err register_put_meter(struct ledger_batch *batch, uint32_t meter_id, uint32_t device_id, const struct ledger_meter_info *meter,
			    struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, SQL_METER_PUT);
	encode_int(&item, meter_id);
	encode_int(&item, device_id);
	encode_int(&item, meter->quantity);
	encode_text(&item, meter->info->key);
	return encode_end(&item, info);
}

enum err register_close(struct ledger_batch *batch, int close_id, uint32_t id, int64_t at_utc_ms, struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, (enum sql_id)close_id);
	encode_int(&item, at_utc_ms);
	encode_int(&item, id);
	return encode_end(&item, info);
}

enum err register_open_site(struct ledger_batch *batch, uint32_t site_id, int64_t at_utc_ms, const struct plan_site *site,
			    struct err_info *info)
{
	struct encode item;

	encode_begin(&item, &batch->items, SQL_SITE_REGISTER);
	encode_int(&item, site_id);
	encode_int(&item, at_utc_ms);
	encode_text(&item, site->name);
	encode_text(&item, site->grid_zone);
	encode_text(&item, site->time_zone);
	encode_int(&item, site->supply);
	encode_int(&item, site->fiscal_month);
	encode_text(&item, site->facts);
	return encode_end(&item, info);
}

enum err register_open_device(struct ledger_batch *batch, uint32_t device_id, int64_t at_utc_ms, const struct ledger_device_info *device,
			      struct err_info *info)
{
	const char *const texts[] = {device->id,     device->name,  device->rack,   device->tenant,   device->fed_by, device->source,
				     device->vendor, device->model, device->serial, device->firmware, device->driver};
	struct encode item;

	encode_begin(&item, &batch->items, SQL_DEVICE_REGISTER);
	encode_int(&item, device_id);
	encode_int(&item, at_utc_ms);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		encode_text(&item, texts[i]);
	if (device->driver_sha256 != NULL)
		encode_blob(&item, device->driver_sha256, 32);
	else
		encode_null(&item);
	encode_text(&item, device->facts);
	return encode_end(&item, info);
}

enum err register_open_meter(struct ledger_batch *batch, uint32_t meter_id, int64_t at_utc_ms, const struct ledger_meter_info *meter,
			     struct err_info *info)
{
	struct counter_spec counter = counter_of(meter);
	struct encode item;

	encode_begin(&item, &batch->items, SQL_METER_REGISTER);
	encode_int(&item, meter_id);
	encode_int(&item, at_utc_ms);
	encode_text(&item, meter->info->key);
	encode_text(&item, meter->info->name);
	encode_text(&item, meter->info->parent);
	encode_int(&item, meter->info->role);
	encode_int(&item, meter->point);
	encode_int(&item, meter->supply);
	encode_int(&item, meter->info->caliber);
	encode_int(&item, meter_flags(meter));
	encode_int(&item, meter->info->phase);
	encode_double(&item, meter->info->rated_w);
	encode_int(&item, (int64_t)counter.modulus);
	encode_int(&item, counter.unit_num);
	encode_int(&item, counter.unit_den);
	encode_int(&item, counter_flags(&counter));
	return encode_end(&item, info);
}

void register_read_site(sqlite3_stmt *statement, int column, struct plan_site *out)
{
	snprintf(out->name, sizeof(out->name), "%s", ledger_column_text(statement, column));
	snprintf(out->grid_zone, sizeof(out->grid_zone), "%s", ledger_column_text(statement, column + 1));
	snprintf(out->time_zone, sizeof(out->time_zone), "%s", ledger_column_text(statement, column + 2));
	out->supply = (enum supply)sqlite3_column_int(statement, column + 3);
	out->fiscal_month = (uint8_t)sqlite3_column_int(statement, column + 4);
	snprintf(out->facts, sizeof(out->facts), "%s", ledger_column_text(statement, column + 5));
}

void register_read_device(sqlite3_stmt *statement, int column, struct ledger_device_info *out)
{
	const char **const texts[] = {&out->name,   &out->rack,  &out->tenant, &out->fed_by,   &out->source,
				      &out->vendor, &out->model, &out->serial, &out->firmware, &out->driver};
	const int sha = column + (int)(sizeof(texts) / sizeof(texts[0]));

	for (int i = 0; column + i < sha; i++)
		*texts[i] = ledger_column_text(statement, column + i);
	out->driver_sha256 = sqlite3_column_bytes(statement, sha) == 32 ? sqlite3_column_blob(statement, sha) : NULL;
	out->facts = ledger_column_text(statement, sha + 1);
}

void register_read_counter(sqlite3_stmt *statement, int column, struct counter_spec *out)
{
	int bits = sqlite3_column_int(statement, column + 3);

	*out = (struct counter_spec){
	    .modulus = (uint64_t)sqlite3_column_int64(statement, column),
	    .unit_num = sqlite3_column_int64(statement, column + 1),
	    .unit_den = sqlite3_column_int64(statement, column + 2),
	    .is_wrap_known = (bits & REGISTER_WRAP_KNOWN) != 0,
	    .is_resettable = (bits & REGISTER_RESETTABLE) != 0,
	    .starts_at_zero = (bits & REGISTER_STARTS_AT_ZERO) != 0,
	};
}

void register_read_meter(sqlite3_stmt *statement, int column, struct meter_info *info, struct ledger_meter_info *out)
{
	int flags = sqlite3_column_int(statement, column + 6);
	struct counter_spec counter;

	register_read_counter(statement, column + 9, &counter);
	snprintf(info->name, sizeof(info->name), "%s", ledger_column_text(statement, column));
	snprintf(info->parent, sizeof(info->parent), "%s", ledger_column_text(statement, column + 1));
	info->role = (enum role)sqlite3_column_int(statement, column + 2);
	info->caliber = (enum caliber)sqlite3_column_int(statement, column + 5);
	info->is_derived = (flags & REGISTER_DERIVED) != 0;
	info->is_component = (flags & REGISTER_COMPONENT) != 0;
	info->is_summand = (flags & REGISTER_SUMMAND) != 0;
	info->is_port = (flags & REGISTER_PORT) != 0;
	info->is_product = (flags & REGISTER_PRODUCT) != 0;
	info->phase = (uint8_t)sqlite3_column_int(statement, column + 7);
	info->rated_w = sqlite3_column_double(statement, column + 8);
	info->energy = counter;
	info->energy_out = counter;
	info->octet_modulus = counter.modulus;
	out->info = info;
	out->point = (enum point)sqlite3_column_int(statement, column + 3);
	out->supply = (enum supply)sqlite3_column_int(statement, column + 4);
	out->ref = (enum ref)(flags >> REGISTER_REF_SHIFT & REGISTER_REF_MASK);
	out->is_in_total = (flags & REGISTER_IN_TOTAL) != 0;
}
