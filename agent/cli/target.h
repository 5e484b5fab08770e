/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target: what `scan` is told to look at: snmp://[COMMUNITY@]HOST[:PORT] (v2c), snmp1://... (v1), snmp3://USER@HOST[:PORT], with HOST a name,
 * an address ([...] for IPv6) or an IPv4 range; ipmi://USER@HOST[:PORT] (one host), ipmi:local, ipmi:/dev/ipmiN; Modbus units as
 * address_modbus.h has them, with UNIT-UNIT for a range; "local", or "local:/host/sys", where that is.
 */
#ifndef WATTLEDGER_CLI_TARGET_H
#define WATTLEDGER_CLI_TARGET_H

#include "base/err.h"
#include "wire/plan_ipmi.h"
#include "wire/plan_modbus.h"
#include "wire/plan_rapl.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TARGET_RETRIES: further tries after the first. */
enum { TARGET_ADDRESSES_MAX = 65536, TARGET_RETRIES = 1 };

/* Plans that grow with each target. Owned: targets_deinit(). */
struct targets {
	struct plan_snmp snmp; /* is_scan; its drivers are the caller's */
	size_t snmp_capacity;
	bool *is_of_range; /* by device: it was not named itself, silence is no surprise */
	size_t is_of_range_capacity;
	struct plan_ipmi ipmi;
	size_t ipmi_capacity;
	struct plan_modbus modbus; /* is_scan; its drivers are the caller's */
	size_t modbus_capacity;
	size_t modbus_bus_capacity;
	bool *is_of_unit_range; /* by Modbus device, as is_of_range */
	size_t is_of_unit_range_capacity;
	bool has_local;
	char local_root[PLAN_PATH_BYTES]; /* "/sys", or where a container has the host's */
	uint32_t timeout_ms;
	uint32_t unit_timeout_ms;               /* of Modbus units of a range, most of which are silent */
	const char *community;                  /* of targets that name none; borrowed */
	const struct plan_snmp_device *secrets; /* auth, priv, passwords, context of snmp3:// targets; NULL: none are given. Borrowed */
	const char *ipmi_password;              /* of ipmi:// targets; NULL: none is given. Borrowed */
	uint8_t ipmi_privilege;                 /* enum ipmi_privilege */
};

/* Frees the devices and wipes their communities; the drivers are the caller's. */
void targets_deinit(struct targets *targets);

/* The target that an ipmi device is, as it is written: "ipmi://meter@192.0.2.40:623". */
void target_print_ipmi(const struct plan_ipmi_device *device, char *out, size_t out_bytes);

/* The same for device `number` of a Modbus plan: "modbus://192.0.2.7:502/1". */
void target_print_modbus(const struct plan_modbus *plan, size_t number, char *out, size_t out_bytes);

/*
 * Adds what one argument names. Addresses of a range are all of it, without network and broadcast address for masks up to /30. Errors:
 * ERR_USAGE (not understood, a range above TARGET_ADDRESSES_MAX, snmp3:// or ipmi:// without secrets), ERR_UNAVAILABLE (a name that cannot be looked up), ERR_MEMORY.
 */
enum err targets_add(struct targets *targets, const char *text, struct err_info *info) MUST_CHECK;

#endif
