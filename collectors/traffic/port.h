/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port: one interface (or one file of packets): the kernel's counters, and the flows that its packets belong to.
 *
 * Meters, by number: 0 the interface, by the kernel's counters; and with flows 1 what the capture saw in all, then the flows in their order,
 * then "other": what is in none of them. The flows add up to the capture.
 *
 * An interface is known by its name; when that is gone but its index is not, it was renamed and is followed. When both are gone, the port
 * gives nothing until an interface of that name comes. Counters of flows go on over all that, while the program runs.
 *
 * Packets larger than the MTU were merged (GRO) or will be cut (TSO). Whether the kernel's counters have the heads of their segments
 * depends on the driver: so both sums are kept, and the one that agrees with the counters is taken (judge.h). What was reckoned like that, and
 * what was counted while packets were dropped, is sent as estimated: the flow had at least that.
 */
#ifndef WATTLEDGER_TRAFFIC_PORT_H
#define WATTLEDGER_TRAFFIC_PORT_H

#include "base/err.h"
#include "model/sample.h"
#include "traffic/capture.h"
#include "traffic/classify.h"
#include "traffic/judge.h"
#include "traffic/link.h"
#include "wire/plan_traffic.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_TRAFFIC_PORT_METER = 0, C_TRAFFIC_CAPTURE_METER, C_TRAFFIC_FLOW_METER, C_TRAFFIC_REASON_BYTES = WIRE_TEXT_BYTES };

/* Octets of one flow in one direction. */
struct c_traffic_octets {
	uint64_t seen;      /* lengths of its packets */
	uint64_t hidden;    /* heads of segments that its packets do not show */
	uint64_t told;      /* what is sent: seen, with or without hidden */
	uint64_t told_base; /* the three when the capture was opened */
	uint64_t seen_base;
	uint64_t hidden_base;
};

struct c_traffic_flow {
	char name[PLAN_FLOW_BYTES];
	struct c_traffic_octets octets[C_TRAFFIC_DIRECTION_COUNT];
};

struct c_traffic_port {
	char key[PLAN_INTERFACE_BYTES];
	char file[PLAN_PATH_BYTES]; /* "" : an interface */
	uint32_t ring_bytes;
	int link_fd;                             /* borrowed */
	int64_t (*clock)(void);                  /* CLOCK_BOOTTIME, ns */
	struct c_traffic_classifier *classifier; /* NULL: no flows, no capture */
	struct c_traffic_flow *flow;             /* flow_count items, the last one is "other" */
	size_t flow_count;
	struct c_traffic_capture *capture[C_TRAFFIC_DIRECTION_COUNT];
	struct c_traffic_link_state link;                        /* of the last read; index 0: none yet */
	uint32_t captured_index;                                 /* of the interface that is captured */
	struct c_traffic_judge judge[C_TRAFFIC_DIRECTION_COUNT]; /* whether hidden octets are told */
	uint64_t packet_count;
	uint64_t dropped_count;        /* told last */
	uint64_t dropped_closed_count; /* of captures that are closed */
	int64_t started_boot_ns;
	uint32_t announced_count;
	bool has_opened;    /* a capture was open before */
	bool is_incomplete; /* since the last read packets may have gone by unseen */
	bool is_file_read;
	struct sample *sample; /* of the last read: sample_count */
	size_t sample_count;
	enum device_state state;
	char filter_reason[C_TRAFFIC_REASON_BYTES]; /* what is wrong with the flows' filters, or with the file; "" nothing */
	char reason[C_TRAFFIC_REASON_BYTES];
	bool is_reason_new; /* since the last c_traffic_port_take_news() */
};

/* From the plan of one device. `clock` is clock_boot_ns(), a test's own in a test. ERR_MEMORY. */
enum err c_traffic_port_init(struct c_traffic_port *port, const struct plan_traffic *plan, const struct plan_traffic_device *device,
			     int link_fd, int64_t (*clock)(void), struct err_info *info) MUST_CHECK;
void c_traffic_port_deinit(struct c_traffic_port *port);

/* Reads all; `device` goes into the samples. Results: state, reason, sample[]. */
void c_traffic_port_read(struct c_traffic_port *port, uint32_t device);

/* Takes the packets that wait. */
void c_traffic_port_drain(struct c_traffic_port *port);

/* The next meter that has to be announced before the samples leave; false when there is none. Call until then. */
bool c_traffic_port_take_meter(struct c_traffic_port *port, uint32_t *number, struct meter_info *out) MUST_CHECK;

/* true when the reason is another than at the last call. */
bool c_traffic_port_take_news(struct c_traffic_port *port) MUST_CHECK;

#endif
