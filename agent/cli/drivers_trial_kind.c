/* SPDX-License-Identifier: Apache-2.0 */
/* drivers_trial_kind: how a recording of a protocol is played, and its driver put into a plan. */
#include "cli/drivers_trial_priv.h"

#include <stdio.h>
#include <string.h>

#define SNMP_ADDRESS "127.9.0.1"

/* ---- SNMP ---- */

static void print_snmp_target(const struct simulator_ready *ready, char *out, size_t out_bytes)
{
	snprintf(out, out_bytes, "snmp://" SNMP_ADDRESS ":%u", ready->port);
}

static void set_snmp_driver(struct trial *trial)
{
	trial->targets.snmp.is_scan = true;
	trial->targets.snmp.driver = &trial->driver.snmp;
	trial->targets.snmp.driver_count = 1;
	trial->targets.snmp.device[AS_TOLD].driver = 0;
}

static enum err encode_snmp(const struct targets *targets, struct buf *out, struct err_info *info)
{
	return plan_snmp_encode(&targets->snmp, out, info);
}

/* true when a meter's key comes from the group's: {} stands for anything. */
static bool is_of_group(const char *key, const char *group_key)
{
	size_t fixed = strcspn(group_key, "{");

	return group_key[fixed] == '\0' ? strcmp(key, group_key) == 0 : strncmp(key, group_key, fixed) == 0;
}

static void print_missing_of(const struct trial *trial, const char *group_key, enum quantity quantity)
{
	const struct gather_device *device = &trial->gather.device[AS_TOLD];

	for (size_t i = 0; i < device->meter_count; i++) {
		if (device->meter[i].is_announced && is_of_group(device->meter[i].info.key, group_key) &&
		    gather_find(&device->meter[i], quantity) != NULL)
			return;
	}
	printf("no reading: %s %s\n", group_key, quantity_name(quantity));
}

static void print_snmp_missing(const struct trial *trial)
{
	const struct plan_snmp_driver *driver = &trial->driver.snmp;

	for (size_t g = 0; g < driver->group_count; g++)
		for (size_t p = 0; p < driver->group[g].point_count; p++)
			print_missing_of(trial, driver->group[g].key, driver->group[g].point_list[p].quantity);
}

static struct trial_words snmp_words(const struct driver_any *driver)
{
	const struct plan_snmp_driver *snmp = &driver->snmp;

	return (struct trial_words){snmp->name, snmp->vendor, snmp->family, snmp->rule_count > 0};
}

/* ---- Modbus ---- */

static void print_modbus_target(const struct simulator_ready *ready, char *out, size_t out_bytes)
{
	snprintf(out, out_bytes, "modbus://127.0.0.1:%u/%u", ready->port, ready->recorded_unit);
}

static void set_modbus_driver(struct trial *trial)
{
	trial->targets.modbus.is_scan = true;
	trial->targets.modbus.driver = &trial->driver.modbus;
	trial->targets.modbus.driver_count = 1;
	trial->targets.modbus.device[AS_TOLD].driver = 0;
}

static enum err encode_modbus(const struct targets *targets, struct buf *out, struct err_info *info)
{
	return plan_modbus_encode(&targets->modbus, out, info);
}

static void print_modbus_missing(const struct trial *trial)
{
	const struct plan_modbus_driver *driver = &trial->driver.modbus;

	for (size_t g = 0; g < driver->group_count; g++)
		for (size_t p = 0; p < driver->group[g].point_count; p++)
			print_missing_of(trial, driver->group[g].key, driver->group[g].point_list[p].quantity);
}

static struct trial_words modbus_words(const struct driver_any *driver)
{
	const struct plan_modbus_driver *modbus = &driver->modbus;

	return (struct trial_words){modbus->name, modbus->vendor, modbus->family, modbus->rule_count > 0};
}

static const struct trial_kind TRIAL_SNMP = {
    .simulator = "wattledger-sim-snmp",
    .argument = {"--first-address", SNMP_ADDRESS},
    .plan = PLAN_SNMP,
    .print_target = print_snmp_target,
    .set_driver = set_snmp_driver,
    .encode = encode_snmp,
    .print_missing = print_snmp_missing,
    .words = snmp_words,
};

static const struct trial_kind TRIAL_MODBUS = {
    .simulator = "wattledger-sim-modbus",
    .argument = {"--tcp"},
    .plan = PLAN_MODBUS,
    .print_target = print_modbus_target,
    .set_driver = set_modbus_driver,
    .encode = encode_modbus,
    .print_missing = print_modbus_missing,
    .words = modbus_words,
};

const struct trial_kind *drivers_trial_kind(const struct trial *trial)
{
	return trial->driver.protocol == WIRE_KIND_MODBUS ? &TRIAL_MODBUS : &TRIAL_SNMP;
}
