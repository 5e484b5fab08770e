/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry: which sites, devices and meters there are, by number. A RAM index over the ledger's register: it gives numbers and puts changed
 * rows into the caller's batch, so identity is committed with the first rows that use it. Owned by one thread, makes no SQL after loading.
 *
 * A change of anything described here closes the register row in force (valid_to) and opens another. Numbers are never reused; a place that
 * comes back (same site, device id, key, quantity) keeps its number. A new key goes on as the first of info->was that there is. What is
 * renamed, retired or returned gets an event in the same batch. Times: `at_utc_ms` of a row that is older than the one in force is
 * taken as equal to it; pass the newest known time while the clock is not trusted. If a batch that took rows from here is thrown away,
 * throw the registry away too.
 */
#ifndef WATTLEDGER_LEDGER_REGISTRY_H
#define WATTLEDGER_LEDGER_REGISTRY_H

#include "base/err.h"
#include "model/meter.h"
#include "model/quantity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_batch;
struct ledger_registry;
struct plan_site;

/* A device in a site. NULL texts are "". Borrowed for the call. Without any text of an asset: not known yet, taken as unchanged. */
struct ledger_device_info {
	const char *id;
	const char *was; /* former id that it continues, within the site; looked at only when `id` is new */
	const char *name;
	const char *rack;
	const char *tenant;
	const char *fed_by;
	const char *source; /* "snmp", ... */
	const char *vendor; /* the asset now in that place */
	const char *model;
	const char *serial;
	const char *firmware;
	const char *driver;
	const uint8_t *driver_sha256; /* 32 bytes; NULL unknown */
	const char *facts;            /* for an auditor (model/facts.h) */
};

/* One stream of a meter. A meter with energy and energy_out, or with octets, has several: each is a ledger meter of its own. */
struct ledger_meter_info {
	const struct meter_info *info;
	enum quantity quantity; /* QUANTITY_ENERGY; ENERGY_OUT; octets and packets are whole ones in the millijoule columns */
	enum point point;       /* resolved: config before driver */
	enum supply supply;
	enum ref ref;     /* of a port */
	bool is_in_total; /* counts in its site's total */
};

/* Reads the register. Errors: ERR_IO, ERR_DATA, ERR_MEMORY. Yours: ledger_registry_free(). */
enum err ledger_registry_load(struct ledger_registry **out, struct ledger *ledger, struct err_info *info) MUST_CHECK;
struct ledger_registry *ledger_registry_free(struct ledger_registry *registry);

/* Find or make; the number (> 0) is put in the last-but-one argument. Errors: those of the batch; ERR_LIMIT. */
enum err ledger_registry_put_site(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms,
				  const struct plan_site *site, uint32_t *site_id, struct err_info *info) MUST_CHECK;
enum err ledger_registry_put_device(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t site_id,
				    const struct ledger_device_info *device, uint32_t *device_id, struct err_info *info) MUST_CHECK;
enum err ledger_registry_put_meter(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t device_id,
				   const struct ledger_meter_info *meter, uint32_t *meter_id, struct err_info *info) MUST_CHECK;

/* Closes the row in force of a meter, or of a device and its meters. Nothing when it is retired already. */
enum err ledger_registry_retire_meter(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t meter_id,
				      struct err_info *info) MUST_CHECK;
enum err ledger_registry_retire_device(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms, uint32_t device_id,
				       struct err_info *info) MUST_CHECK;

/* Meters in force that are in a device's sum. */
uint32_t ledger_registry_summand_count(const struct ledger_registry *registry, uint32_t device_id) MUST_CHECK;

/* Retires those of them that are not among `kept`. */
struct ledger_meter_ids {
	const uint32_t *id; /* count items, borrowed */
	size_t count;
};
enum err ledger_registry_retire_summands(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms,
					 uint32_t device_id, const struct ledger_meter_ids *kept, struct err_info *info) MUST_CHECK;

/* Config in force: sweep_begin, put everything it names, sweep_end retires the devices that were not put. */
void ledger_registry_sweep_begin(struct ledger_registry *registry);
enum err ledger_registry_sweep_end(struct ledger_registry *registry, struct ledger_batch *batch, int64_t at_utc_ms,
				   struct err_info *info) MUST_CHECK;

#endif
