/* SPDX-License-Identifier: Apache-2.0 */
/* settings_priv: what the parts of the config reader share while it runs. For agent/settings/settings*.c only. */
#ifndef WATTLEDGER_SETTINGS_SETTINGS_PRIV_H
#define WATTLEDGER_SETTINGS_SETTINGS_PRIV_H

#include "settings/problems.h"
#include "settings/schema.h"
#include "settings/secret.h"
#include "settings/settings.h"
#include "settings/yaml.h"

#include <stdbool.h>
#include <stddef.h>

enum { SETTINGS_FILES_MAX = 10000, SETTINGS_HOST_BYTES = 256 /* that of an address */ };

/* in_total of a device as it is written. */
enum in_total { IN_TOTAL_AUTO = 0, IN_TOTAL_YES, IN_TOTAL_NO };

/* What is known of a site or a device beside its row in the plan. */
struct site_note {
	struct place place;
	struct place zone_place; /* file 0, line 0: no zone is written */
};

struct device_note {
	struct place place;
	struct place site_place;
	struct place fed_by_place;
	struct place was_place;
	struct place driver_place;
	struct place address_place;
	char site[PLAN_ID_BYTES];
	char driver[PLAN_ID_BYTES];     /* snmp: "auto" or a name; modbus: a name */
	char host[SETTINGS_HOST_BYTES]; /* snmp and modbus: as it is written, without brackets */
	enum in_total in_total;
	bool has_supply;
};

/* A file that was read. */
struct settings_file {
	struct yaml *yaml;
	uint32_t file;   /* id of the problems */
	bool is_private; /* its owner alone can read it */
};

/* The keys at the top that may be written once in all files. */
enum settings_once {
	ONCE_DEFAULTS = 0,
	ONCE_LEDGER,
	ONCE_STATE_DIR,
	ONCE_AGENT,
	ONCE_LOCAL,
	ONCE_DRIVERS,
	ONCE_GRID,
	ONCE_PAGE,
	ONCE_COUNT
};

struct device_read; /* settings_device.c */

struct loader {
	const struct settings_options *options;
	struct settings *out;
	struct problems *problems;
	struct secret_context secrets;
	char config_dir[PLAN_PATH_BYTES];
	struct settings_file *file;
	size_t file_count;
	size_t file_capacity;
	const struct yaml_node *once[ONCE_COUNT];
	size_t site_capacity;
	size_t device_capacity;
	size_t output_capacity;
	size_t target_capacity;
	size_t series_capacity;
	size_t snmp_capacity;
	size_t rapl_capacity;
	size_t ipmi_capacity;
	size_t modbus_capacity;
	size_t modbus_bus_capacity;
	size_t port_capacity;
	size_t traffic_capacity;
	size_t flow_capacity;
	size_t prefix_capacity;
	struct site_note *site_note; /* parallel to out->core.site */
	size_t site_note_capacity;
	struct device_note *device_note; /* parallel to out->core.device */
	size_t device_note_capacity;
	struct device_read *defaults;
	int local; /* 0 auto, 1 yes, 2 no */
	char local_site[PLAN_ID_BYTES];
	char drivers_dir[PLAN_PATH_BYTES]; /* of the config, "" none */
	char grid_dir[PLAN_PATH_BYTES];
	bool is_out_of_memory;
};

/* true when values written in the file of `place` are seen by its owner alone. */
bool loader_is_private(const struct loader *loader, struct place place) MUST_CHECK;

/* A new zeroed item at the end of a list of the plan; NULL (and an error, or is_out_of_memory) when there is no room. */
void *loader_append(struct loader *loader, void **list, size_t *capacity, size_t *count, size_t count_max, size_t item_bytes);

/* Room for `extra` more, so that a long list is not copied again and again. Does nothing when memory is out. */
void loader_reserve(void **list, size_t *capacity, size_t count, size_t extra, size_t item_bytes);

/* Lists under sites:, devices:, outputs: of one file. */
void loader_read_sites(struct loader *loader, const struct yaml_node *list);
void loader_read_devices(struct loader *loader, const struct yaml_node *list);
void loader_read_outputs(struct loader *loader, const struct yaml_node *list);
void loader_read_series(struct loader *loader, const struct yaml_node *list);

/* defaults:, before any device. */
enum err loader_read_defaults(struct loader *loader, const struct yaml_node *map);
void loader_free_defaults(struct loader *loader);

/* The site of a config that has none. */
void loader_add_default_site(struct loader *loader);

/* The local host's own meters, as local: says. */
void loader_add_local(struct loader *loader);

/* What holds between sites, devices and outputs: references, cycles, what counts in a total; warnings. */
void loader_check(struct loader *loader);

/* page:, when it is there. After the state folder and the ledger's place are known. */
void loader_read_page(struct loader *loader);

/* Drivers of the snmp devices, factors of the sites' zones. */
void loader_read_tables(struct loader *loader);

/* http:// or https://, a host, no user, none of the characters of `without` beside those that no address has. settings_url.c */
bool loader_is_url(const char *text, const char *without) MUST_CHECK;

/* Host names of snmp devices into addresses; one that cannot be looked up leaves "" and a warning. */
void loader_resolve(struct loader *loader);

#endif
