/* SPDX-License-Identifier: Apache-2.0 */
/* registry_priv: register rows between the structs, the batch and the table columns; and the hash index over texts. */
#ifndef WATTLEDGER_LEDGER_REGISTRY_PRIV_H
#define WATTLEDGER_LEDGER_REGISTRY_PRIV_H

#include "base/err.h"
#include "ledger/batch.h"
#include "ledger/registry.h"
#include "ledger/registry_index_priv.h"
#include "model/meter.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of meter_register.flags and .counter_flags. Stored: never renumber. */
enum {
	REGISTER_IN_TOTAL = 1,
	REGISTER_DERIVED = 2,
	REGISTER_COMPONENT = 4,
	REGISTER_SUMMAND = 8,
	REGISTER_PORT = 16,
	REGISTER_PRODUCT = 32,
	REGISTER_REF_SHIFT = 8, /* enum ref, 3 bits */
	REGISTER_REF_MASK = 7,
	REGISTER_WRAP_KNOWN = 1,
	REGISTER_RESETTABLE = 2,
	REGISTER_STARTS_AT_ZERO = 4,
};

/* Digest of everything a register row says (FNV-1a, 64 bits): rows are compared by it. */
uint64_t register_digest_site(const struct plan_site *site) MUST_CHECK;
uint64_t register_digest_device(const struct ledger_device_info *device) MUST_CHECK;
/* Of what the configuration says of a device: the same whatever hardware is there. Equals register_digest_device() where none is known. */
uint64_t register_digest_place(const struct ledger_device_info *device) MUST_CHECK;
uint64_t register_digest_meter(const struct ledger_meter_info *meter) MUST_CHECK;
uint64_t register_hash(uint64_t seed, const char *text) MUST_CHECK;

/* A new place, or its changed id. */
enum err register_put_site(struct ledger_batch *batch, uint32_t site_id, const char *id, struct err_info *info) MUST_CHECK;
enum err register_put_device(struct ledger_batch *batch, uint32_t device_id, uint32_t site_id, const char *id,
			     struct err_info *info) MUST_CHECK;
enum err register_put_meter(struct ledger_batch *batch, uint32_t meter_id, uint32_t device_id, const struct ledger_meter_info *meter,
			    struct err_info *info) MUST_CHECK;

/* Closes the row in force (close_id: SQL_SITE_CLOSE ...), and opens another. */
enum err register_close(struct ledger_batch *batch, int close_id, uint32_t id, int64_t at_utc_ms, struct err_info *info) MUST_CHECK;
enum err register_open_site(struct ledger_batch *batch, uint32_t site_id, int64_t at_utc_ms, const struct plan_site *site,
			    struct err_info *info) MUST_CHECK;
enum err register_open_device(struct ledger_batch *batch, uint32_t device_id, int64_t at_utc_ms, const struct ledger_device_info *device,
			      struct err_info *info) MUST_CHECK;
enum err register_open_meter(struct ledger_batch *batch, uint32_t meter_id, int64_t at_utc_ms, const struct ledger_meter_info *meter,
			     struct err_info *info) MUST_CHECK;

/* What a meter counts as. */
struct register_class {
	uint8_t role; /* enum role */
	uint8_t point;
	bool is_in_total;
	bool is_summand;
};

enum { REGISTER_CLASS_BYTES = 80 };

/* "part at pdu_out, in the device's sum". */
void register_print_class(char out[static REGISTER_CLASS_BYTES], const struct register_class *class);

enum register_change { REGISTER_RENAMED = 0, REGISTER_RETIRED, REGISTER_RETURNED, REGISTER_RECLASSED };

/* A change of a device (meter_id 0) or a meter. */
struct register_told {
	uint32_t site_id;
	uint32_t device_id;
	uint32_t meter_id;
	int64_t at_utc_ms;
	int64_t since_utc_ms; /* RETURNED: when it was retired */
	const char *id;       /* or key, as it is now */
	const char *before;   /* RENAMED: the former one; RECLASSED: its class then */
	const char *after;    /* RECLASSED: and now */
};

/* Puts it into the journal. */
enum err register_tell(struct ledger_batch *batch, enum register_change change, const struct register_told *told,
		       struct err_info *info) MUST_CHECK;

/* Columns of SQL_SITES, SQL_DEVICES, SQL_METERS from `column` (name) on. Texts are borrowed until the next step. */
void register_read_site(sqlite3_stmt *statement, int column, struct plan_site *out);
void register_read_device(sqlite3_stmt *statement, int column, struct ledger_device_info *out);
void register_read_counter(sqlite3_stmt *statement, int column, struct counter_spec *out); /* `column`: modulus */
void register_read_meter(sqlite3_stmt *statement, int column, struct meter_info *info, struct ledger_meter_info *out);

/* What all three kinds of entry share. Number n of a kind is item n - 1 of its array. */
struct entry {
	char *text;       /* id or key; owned */
	uint64_t digest;  /* of its last register row */
	uint64_t place;   /* of a device: register_digest_place() of that row; 0 */
	int64_t from_ms;  /* when that began */
	uint32_t owner;   /* site of a device, device of a meter; 0 */
	uint8_t quantity; /* of a meter; 0 */
	bool is_in_force;
	bool is_swept;               /* devices: not put since sweep_begin */
	struct register_class class; /* of a meter */
	uint32_t summand_count;      /* of a device: its meters in force that are in its sum */
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

/* Appends an entry that has no register row yet; its number is kind->count afterwards. ERR_LIMIT, ERR_MEMORY. */
enum err registry_append(struct kind *kind, uint32_t owner, uint8_t quantity, const char *text, struct err_info *info) MUST_CHECK;

/* Before and after an entry of a meter changes: its device counts its summands. */
void registry_count_summand(struct ledger_registry *registry, const struct entry *meter, int change);

/* What a stream of a meter counts as. */
struct register_class registry_class_of(const struct ledger_meter_info *meter) MUST_CHECK;

#endif
