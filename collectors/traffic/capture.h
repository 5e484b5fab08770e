/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture: packets of one direction of an interface by libpcap, or all of a file. Of each packet the head is copied, never more: always with
 * a filter, since without one the kernel copies whole packets whatever the snapshot length says. Not promiscuous, not immediate: a block
 * of the ring is handed over when it is full, or after half a second.
 */
#ifndef WATTLEDGER_TRAFFIC_CAPTURE_H
#define WATTLEDGER_TRAFFIC_CAPTURE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_TRAFFIC_SNAP_BYTES = 128 };

enum c_traffic_direction { C_TRAFFIC_RX = 0, C_TRAFFIC_TX, C_TRAFFIC_DIRECTION_COUNT };

/* One packet: `bytes` bytes of it at `data`, `length` on the wire (VLAN tag put back, no FCS). */
struct c_traffic_captured {
	const uint8_t *data; /* valid within the call */
	size_t bytes;
	uint32_t length;
	int64_t at_us; /* UTC, by the kernel's wall clock, or the file's word */
};

typedef void c_traffic_capture_take(void *context, enum c_traffic_direction direction, const struct c_traffic_captured *captured);

struct c_traffic_capture;

/*
 * Opens an interface for one direction with a ring of `ring_bytes`. ERR_PERMISSION: CAP_NET_RAW is missing; ERR_UNAVAILABLE: no such
 * interface, or it is down; ERR_IO. Yours: c_traffic_capture_close().
 */
enum err c_traffic_capture_open(struct c_traffic_capture **out, const char *interface, enum c_traffic_direction direction,
				uint32_t ring_bytes, struct err_info *info) MUST_CHECK;

/* Opens a file of packets (pcap or pcapng); its packets are told as received but for those that a cooked head calls outgoing. */
enum err c_traffic_capture_open_file(struct c_traffic_capture **out, const char *path, struct err_info *info) MUST_CHECK;
struct c_traffic_capture *c_traffic_capture_close(struct c_traffic_capture *capture);

/* LINKTYPE_..., and a descriptor that is readable when there are packets (-1 for a file). */
int c_traffic_capture_link(const struct c_traffic_capture *capture) MUST_CHECK;
int c_traffic_capture_fd(const struct c_traffic_capture *capture) MUST_CHECK;

/* Hands over what is there, without waiting. ERR_UNAVAILABLE: the interface is gone; ERR_IO. What was handed over before counts. */
enum err c_traffic_capture_drain(struct c_traffic_capture *capture, c_traffic_capture_take *take, void *context,
				 struct err_info *info) MUST_CHECK;

/* Packets that found no room in the ring since it was opened: the kernel's 32 bits made 64, when asked before they wrap twice. */
uint64_t c_traffic_capture_dropped_count(struct c_traffic_capture *capture) MUST_CHECK;

#endif
