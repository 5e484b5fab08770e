/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/packet.h"

enum {
	ETHERNET_BYTES = 14,
	TAG_BYTES = 4,
	TAGS_MAX = 2,
	PPPOE_BYTES = 8, /* with the protocol of PPP */
	SLL_BYTES = 16,
	SLL2_BYTES = 20,
	SLL_OUTGOING = 4, /* LINUX_SLL_OUTGOING */
	IPV4_BYTES = 20,
	IPV6_BYTES = 40,
	TCP_BYTES = 20,
	UDP_BYTES = 8,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	VLAN_ID_MASK = 0x0fff,
};

enum ethertype {
	TYPE_IPV4 = 0x0800,
	TYPE_8021Q = 0x8100,
	TYPE_IPV6 = 0x86dd,
	TYPE_PPPOE = 0x8864,
	TYPE_8021AD = 0x88a8,
	TYPE_QINQ = 0x9100,
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057
};

/* What is left to read. */
struct cursor {
	const uint8_t *at;
	size_t bytes;
};

static uint16_t u16_at(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static bool skip(struct cursor *cursor, size_t bytes)
{
	if (cursor->bytes < bytes)
		return false;
	cursor->at += bytes;
	cursor->bytes -= bytes;
	return true;
}

/* Head of the transport, behind an IP head of `ip_bytes`. */
static void read_transport(struct c_traffic_packet *out, struct cursor cursor, uint8_t protocol, uint32_t ip_bytes)
{
	uint32_t before = out->link_bytes + ip_bytes;

	if (protocol == PROTOCOL_UDP && cursor.bytes >= UDP_BYTES)
		out->header_bytes = before + UDP_BYTES;
	if (protocol == PROTOCOL_TCP && cursor.bytes >= TCP_BYTES && cursor.at[12] >> 4 >= TCP_BYTES / 4)
		out->header_bytes = before + (uint32_t)(cursor.at[12] >> 4) * 4;
}

static void read_ipv4(struct c_traffic_packet *out, struct cursor cursor)
{
	const uint8_t *head = cursor.at;
	uint32_t bytes;

	if (cursor.bytes < IPV4_BYTES || head[0] >> 4 != 4 || (head[0] & 0x0f) < IPV4_BYTES / 4)
		return;
	bytes = (uint32_t)(head[0] & 0x0f) * 4;
	out->family = 4;
	out->dscp = head[1] >> 2;
	out->source = head + 12;
	out->destination = head + 16;
	/* A later fragment has no head of its own behind this one. */
	if ((u16_at(head + 6) & 0x1fff) == 0 && skip(&cursor, bytes))
		read_transport(out, cursor, head[9], bytes);
}

static void read_ipv6(struct c_traffic_packet *out, struct cursor cursor)
{
	const uint8_t *head = cursor.at;

	if (cursor.bytes < IPV6_BYTES || head[0] >> 4 != 6)
		return;
	out->family = 6;
	out->dscp = (uint8_t)((u16_at(head) & 0x0fff) >> 6);
	out->source = head + 8;
	out->destination = head + 24;
	if (skip(&cursor, IPV6_BYTES))
		read_transport(out, cursor, head[6], IPV6_BYTES);
}

static void read_raw(struct c_traffic_packet *out, struct cursor cursor)
{
	if (cursor.bytes > 0 && cursor.at[0] >> 4 == 4)
		read_ipv4(out, cursor);
	else
		read_ipv6(out, cursor);
}

static void read_pppoe(struct c_traffic_packet *out, struct cursor cursor)
{
	uint16_t protocol = cursor.bytes >= PPPOE_BYTES ? u16_at(cursor.at + PPPOE_BYTES - 2) : 0;

	if (!skip(&cursor, PPPOE_BYTES))
		return;
	out->link_bytes += PPPOE_BYTES;
	if (protocol == PPP_IPV4)
		read_ipv4(out, cursor);
	else if (protocol == PPP_IPV6)
		read_ipv6(out, cursor);
}

/* Behind a link's head of link_bytes; `type` is what it says follows. */
static void read_payload(struct c_traffic_packet *out, struct cursor cursor, uint16_t type)
{
	for (int tag = 0; tag < TAGS_MAX && (type == TYPE_8021Q || type == TYPE_8021AD || type == TYPE_QINQ); tag++) {
		if (cursor.bytes < TAG_BYTES)
			return;
		if (tag == 0)
			out->vlan = u16_at(cursor.at) & VLAN_ID_MASK;
		type = u16_at(cursor.at + 2);
		out->link_bytes += TAG_BYTES;
		(void)skip(&cursor, TAG_BYTES);
	}
	switch (type) {
	case TYPE_IPV4: read_ipv4(out, cursor); break;
	case TYPE_IPV6: read_ipv6(out, cursor); break;
	case TYPE_PPPOE: read_pppoe(out, cursor); break;
	default: break;
	}
}

void c_traffic_packet_read(struct c_traffic_packet *out, int link, const uint8_t *data, size_t bytes)
{
	struct cursor cursor = {.at = data, .bytes = bytes};
	uint16_t type;

	*out = (struct c_traffic_packet){0};
	switch (link) {
	case C_TRAFFIC_ETHERNET:
		out->link_bytes = ETHERNET_BYTES;
		type = bytes >= ETHERNET_BYTES ? u16_at(data + 12) : 0;
		break;
	case C_TRAFFIC_SLL:
		out->link_bytes = SLL_BYTES;
		type = bytes >= SLL_BYTES ? u16_at(data + 14) : 0;
		out->is_outgoing = bytes >= SLL_BYTES && u16_at(data) == SLL_OUTGOING;
		break;
	case C_TRAFFIC_SLL2:
		out->link_bytes = SLL2_BYTES;
		type = bytes >= SLL2_BYTES ? u16_at(data) : 0;
		out->is_outgoing = bytes >= SLL2_BYTES && data[10] == SLL_OUTGOING;
		break;
	case C_TRAFFIC_RAW_BSD:
	case C_TRAFFIC_RAW:
	case C_TRAFFIC_IPV4:
	case C_TRAFFIC_IPV6: read_raw(out, cursor); return;
	default: return;
	}
	if (skip(&cursor, out->link_bytes))
		read_payload(out, cursor, type);
}

uint32_t c_traffic_packet_hidden_bytes(const struct c_traffic_packet *packet, uint32_t length, uint32_t mtu)
{
	uint32_t network_bytes = packet->header_bytes - packet->link_bytes; /* IP and transport, which the MTU has to hold too */
	uint32_t payload_bytes;
	uint32_t segment_bytes;

	if (packet->header_bytes == 0 || length <= packet->link_bytes + mtu || mtu <= network_bytes)
		return 0;
	payload_bytes = length - packet->header_bytes;
	segment_bytes = mtu - network_bytes;
	return (payload_bytes - 1) / segment_bytes * packet->header_bytes;
}
