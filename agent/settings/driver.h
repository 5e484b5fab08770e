/* SPDX-License-Identifier: Apache-2.0 */
/* driver: a file of drivers/ (schema wattledger.driver/1, described in drivers/README.md) into its flat form for its collector. */
#ifndef WATTLEDGER_SETTINGS_DRIVER_H
#define WATTLEDGER_SETTINGS_DRIVER_H

#include "settings/problems.h"
#include "wire/plan_modbus.h"
#include "wire/plan_snmp.h"
#include "wire/record.h"

#include <stddef.h>

enum { DRIVER_FILE_BYTES_MAX = 1 << 20 };

#define DRIVER_SCHEMA "wattledger.driver/1"

/* A driver of either protocol: WIRE_KIND_SNMP or WIRE_KIND_MODBUS; the other one is empty. */
struct driver_any {
	enum wire_kind protocol;
	struct plan_snmp_driver snmp;
	struct plan_modbus_driver modbus;
};

/*
 * Reads a driver of either protocol from `bytes` of YAML. `name` becomes its name (the file's without .yaml), `file` is the id for
 * problems. On ERR_NONE its groups are the caller's: driver_any_deinit(). ERR_CONFIG with all that is wrong as problems, ERR_MEMORY.
 */
enum err driver_any_parse(struct driver_any *out, const char *name, const void *data, size_t bytes, uint32_t file,
			  struct problems *problems) MUST_CHECK;

/* The same from a file; one that cannot be read is a problem too. */
enum err driver_any_load(struct driver_any *out, const char *path, struct problems *problems) MUST_CHECK;

/* Frees the groups; the driver is empty then. */
void driver_any_deinit(struct driver_any *driver);

/*
 * Reads an snmp driver from `bytes` of YAML. `name` becomes its name (the file's without .yaml), `file` is the id for problems. On ERR_NONE the
 * driver's groups are the caller's: driver_deinit(). ERR_CONFIG with all that is wrong as problems, ERR_MEMORY.
 */
enum err driver_parse(struct plan_snmp_driver *out, const char *name, const void *data, size_t bytes, uint32_t file,
		      struct problems *problems) MUST_CHECK;

/* The same from a file; one that cannot be read is a problem too. */
enum err settings_driver_load(struct plan_snmp_driver *out, const char *path, struct problems *problems) MUST_CHECK;

/* Frees the groups; the driver is empty then. */
void driver_deinit(struct plan_snmp_driver *driver);

#endif
