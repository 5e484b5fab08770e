/* SPDX-License-Identifier: Apache-2.0 */
/* Packets of any link type through the reader and the classifier. The first two bytes choose the link type and the length on the wire. */
#include "traffic/classify.h"
#include "traffic/packet.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct c_traffic_classifier *classifier_of(int link)
{
	static struct plan_traffic_flow flow[] = {
	    {.name = "voice", .has_dscp = true, .dscp = UINT64_C(1) << 46},
	    {.name = "tagged", .has_vlan = true, .vlan = {[0] = 0xfe}},
	    {.name = "nets", .has_prefix = true},
	    {.name = "filter", .filter = "tcp[13] & 2 != 0 or (udp and udp[8:2] = 7) or (ip[0] & 0xf) > 5"},
	};
	static const struct plan_traffic_prefix prefix[] = {{.flow = 2, .bits = 8, .address = {10}},
							    {.flow = 2, .is_ipv6 = true, .bits = 32, .address = {0x20, 1, 0x0d, 0xb8}}};
	static struct c_traffic_classifier *known[4];
	static const int links[4] = {C_TRAFFIC_ETHERNET, C_TRAFFIC_RAW_BSD, C_TRAFFIC_SLL, C_TRAFFIC_SLL2};
	struct plan_traffic_device device = {.id = "p", .flow_count = 4, .prefix_count = 2};
	struct plan_traffic plan = {
	    .flow = flow, .flow_count = 4, .prefix = (struct plan_traffic_prefix *)(uintptr_t)prefix, .prefix_count = 2};
	size_t at = 0;

	while (links[at] != link)
		at++;
	if (known[at] == NULL) {
		assert(c_traffic_classifier_new(&known[at], &plan, &device, NULL) == ERR_NONE);
		assert(c_traffic_classifier_compile(known[at], link, 128, NULL) == ERR_NONE);
	}
	return known[at];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static const int links[] = {C_TRAFFIC_ETHERNET, C_TRAFFIC_RAW_BSD, C_TRAFFIC_SLL, C_TRAFFIC_SLL2};
	struct c_traffic_packet packet;
	uint32_t length;
	int link;

	if (bytes < 2)
		return 0;
	link = links[data[0] % 4];
	length = (uint32_t)(bytes - 2) + (uint32_t)data[1] * 257;
	data += 2;
	bytes -= 2;
	c_traffic_packet_read(&packet, link, data, bytes);
	assert(packet.family == 0 || packet.family == 4 || packet.family == 6);
	assert(packet.family == 0 || (packet.source >= data && packet.destination + (packet.family == 4 ? 4 : 16) <= data + bytes));
	assert(packet.dscp < 64 && packet.vlan < 4096);
	assert(packet.header_bytes == 0 || packet.header_bytes > packet.link_bytes);
	(void)c_traffic_packet_hidden_bytes(&packet, length, 1500);
	assert(c_traffic_classify(classifier_of(link), &packet, length, data, bytes) <= 4);
	return 0;
}
