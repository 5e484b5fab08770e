/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet: the head of a captured packet, as far as flows are told apart by it. Pure. The bytes are foreign: whatever they are, nothing
 * behind them is read, and what does not make sense is left unknown.
 *
 * Understood: Ethernet with any of the tags 802.1Q, 802.1ad and 0x9100 (two at most are looked at), PPPoE sessions (RFC 2516), the cooked
 * heads of Linux (SLL, SLL2), raw IP; IPv4 (RFC 791) and IPv6 (RFC 8200); TCP and UDP right behind them.
 */
#ifndef WATTLEDGER_TRAFFIC_PACKET_H
#define WATTLEDGER_TRAFFIC_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct c_traffic_packet {
	uint16_t vlan;         /* outer tag, 0 none */
	uint8_t family;        /* 4, 6; 0: no IP */
	uint8_t dscp;          /* with family */
	const uint8_t *source; /* within the bytes: 4 or 16 with family */
	const uint8_t *destination;
	uint32_t link_bytes;   /* of the head before IP */
	uint32_t header_bytes; /* link, IP and TCP or UDP, of each segment of a larger packet; 0 not known */
	bool is_outgoing;      /* cooked heads tell it; else false */
};

/* Link types that are understood, by their numbers in a capture file (LINKTYPE_..., tcpdump.org). */
enum c_traffic_link {
	C_TRAFFIC_ETHERNET = 1,
	C_TRAFFIC_RAW_BSD = 12,
	C_TRAFFIC_RAW = 101,
	C_TRAFFIC_SLL = 113,
	C_TRAFFIC_IPV4 = 228,
	C_TRAFFIC_IPV6 = 229,
	C_TRAFFIC_SLL2 = 276
};

/* Reads `bytes` bytes that were captured on a link of that type. *out is filled always. */
void c_traffic_packet_read(struct c_traffic_packet *out, int link, const uint8_t *data, size_t bytes);

/*
 * What the heads of the segments were that the kernel or the card has merged into one packet of `length` bytes (GRO), or will cut it into
 * (TSO): octets of the wire that the packet does not show. 0 when it fits into the `mtu`, or its head is not known.
 */
uint32_t c_traffic_packet_hidden_bytes(const struct c_traffic_packet *packet, uint32_t length, uint32_t mtu);

#endif
