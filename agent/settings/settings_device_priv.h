/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings_device_priv: a device of a config as it is read, for the files that make a collector's plan of it (settings_device.c,
 * settings_snmp.c, settings_ipmi.c, settings_modbus.c, settings_traffic.c).
 */
#ifndef WATTLEDGER_SETTINGS_SETTINGS_DEVICE_PRIV_H
#define WATTLEDGER_SETTINGS_SETTINGS_DEVICE_PRIV_H

#include "model/feeds.h"
#include "settings/address.h"
#include "settings/settings_priv.h"

/* The keys that say what a device is, and cannot be a default, come first. */
enum device_at {
	DEVICE_ID,
	DEVICE_NAME,
	DEVICE_WAS,
	DEVICE_ADDRESS,
	DEVICE_FED_BY,
	DEVICE_OWN_COUNT,
	DEVICE_SITE = DEVICE_OWN_COUNT,
	DEVICE_RACK,
	DEVICE_TENANT,
	DEVICE_INTERVAL,
	DEVICE_MAX_GAP,
	DEVICE_RATED,
	DEVICE_POINT,
	DEVICE_SUPPLY,
	DEVICE_IN_TOTAL,
	DEVICE_CONTROL,
	DEVICE_METER_CLASS,
	DEVICE_CT_CLASS,
	DEVICE_CALIBRATION,
	DEVICE_ROUND_TRIP,
	DEVICE_SYSFS,
	DEVICE_REF,
	DEVICE_PORTS,
	DEVICE_FLOWS,
	DEVICE_RING,
	DEVICE_DRIVER,
	DEVICE_TIMEOUT,
	DEVICE_RETRIES,
	DEVICE_DEADLINE,
	DEVICE_VERSION,
	DEVICE_COMMUNITY,
	DEVICE_USER,
	DEVICE_AUTH,
	DEVICE_AUTH_PASSWORD,
	DEVICE_PRIV,
	DEVICE_PRIV_PASSWORD,
	DEVICE_CONTEXT,
	DEVICE_PASSWORD,
	DEVICE_PRIVILEGE,
	DEVICE_CT_RATIO,
	DEVICE_PT_RATIO,
	DEVICE_INVERT,
	DEVICE_COUNT
};

/* true when devices of that collector have the key (enum device_at). */
bool device_key_is_of(size_t key, enum wire_kind source) MUST_CHECK;

struct device_values {
	char id[PLAN_ID_BYTES];
	char name[PLAN_NAME_BYTES];
	char was[PLAN_ID_BYTES];
	char address[PLAN_PATH_BYTES];
	char site[PLAN_ID_BYTES];
	char rack[PLAN_ID_BYTES];
	char tenant[PLAN_ID_BYTES];
	uint32_t interval_ms;
	uint32_t max_gap_ms;
	double rated_w;
	int point;
	int supply;
	int in_total;
	int control;
	int meter_class;
	int ct_class;
	char calibration_due[PLAN_ID_BYTES];
	char round_trip[PLAN_ID_BYTES];
	char sysfs[PLAN_PATH_BYTES];
	int ref;
	uint64_t ring_bytes;
	char driver[PLAN_ID_BYTES];
	uint32_t timeout_ms;
	uint32_t retries;
	uint32_t deadline_ms;
	int version;
	char community[PLAN_NAME_BYTES];
	char user[PLAN_NAME_BYTES];
	int auth;
	char auth_password[PLAN_NAME_BYTES];
	int priv;
	char priv_password[PLAN_NAME_BYTES];
	char context[PLAN_NAME_BYTES];
	char password[PLAN_NAME_BYTES];
	int privilege;
	char ct_ratio[PLAN_ID_BYTES]; /* "200/5", "40" */
	char pt_ratio[PLAN_ID_BYTES];
	bool is_inverted;
};

/* The values with where each was written: where.node[] NULL is our own default. */
struct device_read {
	struct device_values value;
	struct schema_where where;
};

/* What is written under fed_by, NULL nothing, as feeds_parse() reads it; what is wrong becomes a problem and is left out. */
void settings_read_feeds(struct loader *loader, const struct yaml_node *node, char out[static FEEDS_BYTES]);

/* Where a key was written, at the device or under defaults:; NULL: nowhere. */
const struct yaml_node *device_where_of(const struct loader *loader, const struct device_read *read, enum device_at at) MUST_CHECK;

/* The place of that value, for a problem; the device's when it is written nowhere. */
struct place device_place_of(const struct loader *loader, const struct device_read *read, enum device_at at,
			     const struct yaml_node *device) MUST_CHECK;

/* "community", ...: the key as it is written. */
const char *device_key_name(enum device_at at) MUST_CHECK;

/* Adds the device to the plan of the snmp collector, and what is wrong with it to the problems. */
void device_add_snmp(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address);

/* The same for the ipmi collector. */
void device_add_ipmi(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address);

/* The same for the modbus collector; devices on one line or connection share a bus. */
void device_add_modbus(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address);

/* What a message calls the device: its id, or that it has none. */
const char *device_label(const struct device_read *read) MUST_CHECK;

/* ref: and ports: of a device into the plan of core: where its ports stand. */
void device_read_ports(struct loader *loader, const struct device_read *read, struct plan_device *device);

/* Adds the device to the plan of the traffic collector, and what is wrong with it to the problems. */
void device_add_traffic(struct loader *loader, const struct device_read *read, const struct yaml_node *node, const struct address *address);

#endif
