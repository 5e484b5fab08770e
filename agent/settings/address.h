/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address: what stands under a device's address: snmp://HOST[:PORT], snmp+tcp://HOST[:PORT], rapl, hwmon, power_supply, nvml,
 * ipmi://USER@HOST[:PORT], ipmi:local, or where a Modbus unit is (address_modbus.h); traffic:INTERFACE, pcap:FILE.
 */
#ifndef WATTLEDGER_SETTINGS_ADDRESS_H
#define WATTLEDGER_SETTINGS_ADDRESS_H

#include "settings/address_modbus.h"
#include "settings/problems.h"
#include "settings/yaml.h"
#include "wire/plan_rapl.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stdint.h>

enum { ADDRESS_HOST_BYTES = 256, ADDRESS_USER_BYTES = 96, ADDRESS_INTERFACE_BYTES = 16 };

struct address {
	enum wire_kind source;
	enum plan_rapl_kind kind; /* of a source of this host: rapl, hwmon, power_supply, nvml */
	bool is_tcp;
	bool is_file; /* traffic: of a file, not of an interface */
	uint16_t port;
	char host[ADDRESS_HOST_BYTES]; /* name or number, without brackets; "" of this host; traffic: the interface or the path */
	char user[ADDRESS_USER_BYTES]; /* ipmi */
	char path[ADDRESS_USER_BYTES]; /* ipmi of this host: "/dev/ipmi0" */
	struct address_modbus modbus;  /* of source WIRE_KIND_MODBUS, which has no other members */
};

/* Reads the value of a map. false with a problem when it is none, or one of a collector that this version does not have. */
bool address_parse(struct address *address, const struct yaml_node *node, struct problems *problems);

#endif
