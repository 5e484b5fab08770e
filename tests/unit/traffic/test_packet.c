/* SPDX-License-Identifier: Apache-2.0 */
#include "frames.h"
#include "traffic/packet.h"

#include <criterion/criterion.h>
#include <string.h>

static struct c_traffic_packet read_frame(int link, const uint8_t *data, size_t bytes)
{
	struct c_traffic_packet packet;

	c_traffic_packet_read(&packet, link, data, bytes);
	return packet;
}

Test(packet, ethernet_ipv4_tcp)
{
	static const uint8_t frame[] = {FRAME_MACS, 0x08, 0x00, FRAME_IPV4(6), FRAME_TCP};
	struct c_traffic_packet packet = read_frame(C_TRAFFIC_ETHERNET, frame, sizeof frame);

	cr_assert_eq(packet.family, 4);
	cr_assert_eq(packet.dscp, 46);
	cr_assert_eq(packet.vlan, 0);
	cr_assert_eq(packet.source - frame, 26);
	cr_assert_eq(packet.destination - frame, 30);
	cr_assert_eq(packet.link_bytes, 14);
	cr_assert_eq(packet.header_bytes, 66); /* 14 + 20 + 32: a TCP head with timestamps */
}

Test(packet, vlan_is_the_outer_tag)
{
	/* Tag 0x6007: priority 3, VLAN 7. */
	static const uint8_t tagged[] = {FRAME_MACS, 0x81, 0x00, 0x60, 0x07, 0x08, 0x00, FRAME_IPV4(17), FRAME_UDP};
	static const uint8_t qinq[] = {FRAME_MACS, 0x88, 0xa8, 0x00, 0x64, 0x81, 0x00, 0x00, 0x07, 0x86, 0xdd, FRAME_IPV6(17), FRAME_UDP};
	static const uint8_t three[] = {FRAME_MACS, 0x91, 0x00, 0x00, 0x64, 0x81, 0x00, 0x00,
					0x07,       0x81, 0x00, 0x00, 0x08, 0x08, 0x00, FRAME_IPV4(17)};
	struct c_traffic_packet packet = read_frame(C_TRAFFIC_ETHERNET, tagged, sizeof tagged);

	cr_assert_eq(packet.vlan, 7);
	cr_assert_eq(packet.family, 4);
	cr_assert_eq(packet.header_bytes, 46); /* 18 + 20 + 8 */
	packet = read_frame(C_TRAFFIC_ETHERNET, qinq, sizeof qinq);
	cr_assert_eq(packet.vlan, 100);
	cr_assert_eq(packet.family, 6);
	cr_assert_eq(packet.dscp, 26);
	cr_assert_eq(packet.header_bytes, 70); /* 22 + 40 + 8 */
	packet = read_frame(C_TRAFFIC_ETHERNET, three, sizeof three);
	cr_assert_eq(packet.vlan, 100);
	cr_assert_eq(packet.family, 0, "behind two tags nothing is looked for");
}

Test(packet, pppoe_session_carries_ip)
{
	static const uint8_t ipv4[] = {FRAME_MACS, 0x88, 0x64, 0x11, 0, 0, 9, 0, 62, 0x00, 0x21, FRAME_IPV4(17), FRAME_UDP};
	static const uint8_t ipv6[] = {FRAME_MACS, 0x88, 0x64, 0x11, 0, 0, 9, 0, 82, 0x00, 0x57, FRAME_IPV6(17), FRAME_UDP};
	static const uint8_t lcp[] = {FRAME_MACS, 0x88, 0x64, 0x11, 0, 0, 9, 0, 10, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0};

	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, ipv4, sizeof ipv4).header_bytes, 50); /* 14 + 8 + 20 + 8 */
	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, ipv6, sizeof ipv6).dscp, 26);
	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, lcp, sizeof lcp).family, 0);
}

Test(packet, cooked_heads_tell_the_direction)
{
	static const uint8_t sll[] = {0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x08, 0x00, FRAME_IPV4(17), FRAME_UDP};
	static const uint8_t sll2[] = {0x86, 0xdd, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, FRAME_IPV6(17), FRAME_UDP};
	struct c_traffic_packet packet = read_frame(C_TRAFFIC_SLL, sll, sizeof sll);

	cr_assert(packet.is_outgoing);
	cr_assert_eq(packet.family, 4);
	packet = read_frame(C_TRAFFIC_SLL2, sll2, sizeof sll2);
	cr_assert_not(packet.is_outgoing);
	cr_assert_eq(packet.family, 6);
}

Test(packet, raw_ip_of_both_families)
{
	static const uint8_t ipv4[] = {FRAME_IPV4(6), FRAME_TCP};
	static const uint8_t ipv6[] = {FRAME_IPV6(6), FRAME_TCP};

	cr_assert_eq(read_frame(C_TRAFFIC_RAW, ipv4, sizeof ipv4).header_bytes, 52);
	cr_assert_eq(read_frame(C_TRAFFIC_RAW, ipv6, sizeof ipv6).header_bytes, 72);
}

Test(packet, later_fragments_have_no_transport)
{
	uint8_t frame[] = {FRAME_MACS, 0x08, 0x00, FRAME_IPV4(6), FRAME_TCP};

	frame[14 + 7] = 1; /* offset 8 octets */
	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, frame, sizeof frame).family, 4);
	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, frame, sizeof frame).header_bytes, 0);
}

Test(packet, cut_frames_are_read_as_far_as_they_go)
{
	static const uint8_t frame[] = {FRAME_MACS, 0x81, 0x00, 0x60, 0x07, 0x08, 0x00, FRAME_IPV4(6), FRAME_TCP};

	for (size_t bytes = 0; bytes <= sizeof frame; bytes++) {
		struct c_traffic_packet packet = read_frame(C_TRAFFIC_ETHERNET, frame, bytes);

		cr_assert_eq(packet.vlan, bytes >= 18 ? 7 : 0, "%zu bytes", bytes);
		cr_assert_eq(packet.family, bytes >= 38 ? 4 : 0, "%zu bytes", bytes);
		cr_assert_eq(packet.header_bytes, bytes >= 58 ? 70 : 0, "%zu bytes", bytes);
	}
}

Test(packet, heads_that_lie_are_unknown)
{
	uint8_t frame[] = {FRAME_MACS, 0x08, 0x00, FRAME_IPV4(6), FRAME_TCP};

	frame[14] = 0x44; /* an IPv4 head of 16 bytes */
	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, frame, sizeof frame).family, 0);
	frame[14] = 0x65; /* IPv6 behind the type of IPv4 */
	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, frame, sizeof frame).family, 0);
	frame[14] = 0x4f; /* a head longer than the frame */
	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, frame, sizeof frame).family, 4);
	frame[14] = 0x45;
	frame[14 + 20 + 12] = 0x10; /* a TCP head of 4 bytes */
	cr_assert_eq(read_frame(C_TRAFFIC_ETHERNET, frame, sizeof frame).header_bytes, 0);
}

Test(packet, merged_packets_hide_the_heads_of_their_segments)
{
	static const uint8_t frame[] = {FRAME_MACS, 0x08, 0x00, FRAME_IPV4(6), FRAME_TCP};
	struct c_traffic_packet packet = read_frame(C_TRAFFIC_ETHERNET, frame, sizeof frame);

	/* 45 segments of 1448 octets with heads of 66: 65226 are seen, 68130 were on the wire. */
	cr_assert_eq(c_traffic_packet_hidden_bytes(&packet, 65226, 1500), 44 * 66);
	/* The last segment holds one octet, or is just full. */
	cr_assert_eq(c_traffic_packet_hidden_bytes(&packet, 66 + 1448 + 1, 1500), 66);
	cr_assert_eq(c_traffic_packet_hidden_bytes(&packet, 66 + 2 * 1448, 1500), 66);
	cr_assert_eq(c_traffic_packet_hidden_bytes(&packet, 1514, 1500), 0);
	cr_assert_eq(c_traffic_packet_hidden_bytes(&packet, 65226, 52), 0, "an MTU that holds no octet");
	packet.header_bytes = 0;
	cr_assert_eq(c_traffic_packet_hidden_bytes(&packet, 65226, 1500), 0);
}
