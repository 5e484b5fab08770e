/* SPDX-License-Identifier: Apache-2.0 */
/* plan_traffic: what the traffic collector counts: interfaces (or files of packets), one device each, and their flows. */
#ifndef WATTLEDGER_WIRE_PLAN_TRAFFIC_H
#define WATTLEDGER_WIRE_PLAN_TRAFFIC_H

#include "wire/plan.h"

enum {
	PLAN_INTERFACE_BYTES = 16, /* IFNAMSIZ of linux/if.h */
	PLAN_FLOW_BYTES = 32,
	PLAN_FLOWS_MAX = 31, /* of a device; the rest of its packets is one more, "other" */
	PLAN_FILTER_BYTES = 512,
	PLAN_VLANS = 4096,
	PLAN_PREFIXES_MAX = 1000000,
	PLAN_RING_BYTES_MIN = 1 << 20,
	PLAN_RING_BYTES_MAX = 1 << 30,
	PLAN_ADDRESS_BYTES = 16,
};

/* A packet belongs to the first flow of its device whose conditions it all meets; what has no condition is met. */
struct plan_traffic_flow {
	char name[PLAN_FLOW_BYTES];
	bool has_vlan;
	uint8_t vlan[PLAN_VLANS / 8]; /* bit i % 8 of byte i / 8: the outer tag i; 0: no tag */
	bool has_dscp;
	uint64_t dscp; /* bit i: DSCP i of IPv4 or IPv6 */
	bool has_prefix;
	char filter[PLAN_FILTER_BYTES]; /* pcap-filter(7), "" none */
};

/* Addresses, source or destination, that belong to a flow. */
struct plan_traffic_prefix {
	uint8_t flow; /* index in its device's flows */
	bool is_ipv6;
	uint8_t bits; /* 0..32, 0..128 */
	uint8_t address[PLAN_ADDRESS_BYTES];
};

struct plan_traffic_device {
	char id[PLAN_ID_BYTES];
	char interface[PLAN_INTERFACE_BYTES]; /* "" : a file */
	char file[PLAN_PATH_BYTES];
	uint32_t interval_ms;
	uint32_t ring_bytes; /* of both directions */
	uint32_t flow_count; /* 0: the interface's own counters alone, no packet is looked at */
	uint32_t first_flow; /* of plan_traffic.flow */
	uint32_t first_prefix;
	uint32_t prefix_count;
};

struct plan_traffic {
	struct plan_traffic_device *device;
	size_t device_count;
	struct plan_traffic_flow *flow;
	size_t flow_count;
	struct plan_traffic_prefix *prefix;
	size_t prefix_count;
};

/* As the whole plans in plan.h. */
enum err plan_traffic_encode(const struct plan_traffic *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_traffic_decode(struct plan_traffic *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;
void plan_traffic_deinit(struct plan_traffic *plan);

#endif
