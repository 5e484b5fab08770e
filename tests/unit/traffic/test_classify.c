/* SPDX-License-Identifier: Apache-2.0 */
#include "frames.h"
#include "traffic/classify.h"
#include "traffic/prefix.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <string.h>

static struct plan_traffic_prefix network(uint8_t flow, const char *address, uint8_t bits)
{
	struct plan_traffic_prefix prefix = {.flow = flow, .bits = bits, .is_ipv6 = strchr(address, ':') != NULL};

	cr_assert_eq(inet_pton(prefix.is_ipv6 ? AF_INET6 : AF_INET, address, prefix.address), 1);
	return prefix;
}

static uint32_t look_up(const struct c_traffic_prefixes *prefixes, const char *address)
{
	uint8_t bytes[16];
	bool is_ipv6 = strchr(address, ':') != NULL;

	cr_assert_eq(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, bytes), 1);
	return is_ipv6 ? c_traffic_prefixes_ipv6(prefixes, bytes) : c_traffic_prefixes_ipv4(prefixes, bytes);
}

Test(prefix, sets_overlap_and_nest)
{
	const struct plan_traffic_prefix list[] = {
	    network(0, "10.0.0.0", 8),      network(1, "10.1.0.0", 16),    network(0, "10.1.2.0", 24),
	    network(2, "10.1.2.3", 32),     network(1, "192.0.2.128", 25), network(0, "2001:db8::", 32),
	    network(3, "2001:db8:1::", 48), network(3, "ffff:ffff::", 32), network(4, "255.255.255.255", 32),
	};
	struct c_traffic_prefixes *prefixes = c_traffic_prefixes_new(list, sizeof list / sizeof list[0]);

	cr_assert_not_null(prefixes);
	cr_assert_eq(look_up(prefixes, "9.255.255.255"), 0);
	cr_assert_eq(look_up(prefixes, "10.0.0.0"), 1);
	cr_assert_eq(look_up(prefixes, "10.1.0.0"), 3);
	cr_assert_eq(look_up(prefixes, "10.1.2.2"), 3);
	cr_assert_eq(look_up(prefixes, "10.1.2.3"), 7);
	cr_assert_eq(look_up(prefixes, "10.1.2.4"), 3);
	cr_assert_eq(look_up(prefixes, "10.255.255.255"), 1);
	cr_assert_eq(look_up(prefixes, "11.0.0.0"), 0);
	cr_assert_eq(look_up(prefixes, "192.0.2.127"), 0);
	cr_assert_eq(look_up(prefixes, "192.0.2.128"), 2);
	cr_assert_eq(look_up(prefixes, "255.255.255.254"), 0);
	cr_assert_eq(look_up(prefixes, "255.255.255.255"), 16);
	cr_assert_eq(look_up(prefixes, "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"), 0);
	cr_assert_eq(look_up(prefixes, "2001:db8::"), 1);
	cr_assert_eq(look_up(prefixes, "2001:db8:1::42"), 9);
	cr_assert_eq(look_up(prefixes, "2001:db8:2::"), 1);
	cr_assert_eq(look_up(prefixes, "ffff:fffe:ffff:ffff:ffff:ffff:ffff:ffff"), 0);
	cr_assert_eq(look_up(prefixes, "ffff:ffff::1"), 8);
	cr_assert_eq(look_up(prefixes, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 8);
	c_traffic_prefixes_free(prefixes);
}

Test(prefix, all_and_nothing)
{
	const struct plan_traffic_prefix all[] = {network(5, "0.0.0.0", 0), network(6, "::", 0)};
	struct c_traffic_prefixes *prefixes = c_traffic_prefixes_new(all, 2);

	cr_assert_eq(look_up(prefixes, "0.0.0.0"), 32);
	cr_assert_eq(look_up(prefixes, "255.255.255.255"), 32);
	cr_assert_eq(look_up(prefixes, "::"), 64);
	cr_assert_eq(look_up(prefixes, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 64);
	c_traffic_prefixes_free(prefixes);
	prefixes = c_traffic_prefixes_new(NULL, 0);
	cr_assert_eq(look_up(prefixes, "10.0.0.1"), 0);
	cr_assert_eq(look_up(prefixes, "2001:db8::1"), 0);
	c_traffic_prefixes_free(prefixes);
}

Test(prefix, agrees_with_comparing_bits)
{
	enum { COUNT = 400 };
	static struct plan_traffic_prefix list[COUNT];
	uint32_t random = 12345;
	struct c_traffic_prefixes *prefixes;

	for (size_t i = 0; i < COUNT; i++) {
		uint8_t bits = (uint8_t)(8 + i % 25);

		random = random * 1103515245 + 12345;
		uint32_t address = (random & 0x0fffffff) << 4 >> (32 - bits) << (32 - bits);
		list[i] = (struct plan_traffic_prefix){.flow = (uint8_t)(i % 31), .bits = bits};
		address = htonl(address);
		memcpy(list[i].address, &address, 4);
	}
	prefixes = c_traffic_prefixes_new(list, COUNT);
	for (size_t i = 0; i < COUNT * 20; i++) {
		uint32_t expected = 0;
		uint8_t address[4];

		random = random * 1103515245 + 12345;
		memcpy(address, i % 2 == 0 ? list[i % COUNT].address : (const uint8_t *)&random, 4);
		for (size_t p = 0; p < COUNT; p++) {
			uint32_t a, b;

			memcpy(&a, address, 4);
			memcpy(&b, list[p].address, 4);
			if ((ntohl(a) ^ ntohl(b)) >> (32 - list[p].bits) == 0)
				expected |= UINT32_C(1) << list[p].flow;
		}
		cr_assert_eq(c_traffic_prefixes_ipv4(prefixes, address), expected);
	}
	c_traffic_prefixes_free(prefixes);
}

/* Flows in this order: voice (DSCP 46, VLAN 7), tagged (any of VLAN 7 and 8), net (10.1.0.0/16), dns (a filter), untagged (VLAN 0). */
enum { VOICE, TAGGED, NET, DNS, UNTAGGED, OTHER };

static struct c_traffic_classifier *make_classifier(void)
{
	static struct plan_traffic_flow flow[] = {
	    {.name = "voice", .has_vlan = true, .has_dscp = true, .dscp = UINT64_C(1) << 46},
	    {.name = "tagged", .has_vlan = true},
	    {.name = "net", .has_prefix = true},
	    {.name = "dns", .filter = "udp port 53"},
	    {.name = "untagged", .has_vlan = true},
	};
	struct plan_traffic_prefix prefix = network(NET, "10.1.0.0", 16);
	struct plan_traffic_device device = {.id = "p", .flow_count = 5, .prefix_count = 1};
	struct plan_traffic plan = {.flow = flow, .flow_count = 5, .prefix = &prefix, .prefix_count = 1};
	struct c_traffic_classifier *classifier;
	struct err_info info = {0};

	flow[VOICE].vlan[0] = 1 << 7;
	flow[TAGGED].vlan[0] = 1 << 7;
	flow[TAGGED].vlan[1] = 1 << 0;
	flow[UNTAGGED].vlan[0] = 1 << 0;
	cr_assert(c_traffic_classifier_new(&classifier, &plan, &device, &info) == ERR_NONE);
	cr_assert(c_traffic_classifier_compile(classifier, C_TRAFFIC_ETHERNET, 128, &info) == ERR_NONE, "%s", info.text);
	return classifier;
}

static size_t classify(const struct c_traffic_classifier *classifier, const uint8_t *frame, size_t bytes)
{
	struct c_traffic_packet packet;

	c_traffic_packet_read(&packet, C_TRAFFIC_ETHERNET, frame, bytes);
	return c_traffic_classify(classifier, &packet, (uint32_t)bytes, frame, bytes);
}

Test(classify, first_flow_whose_conditions_are_all_met)
{
	static const uint8_t voice[] = {FRAME_MACS, 0x81, 0x00, 0x00, 0x07, 0x08, 0x00, FRAME_IPV4(17), FRAME_UDP};
	static const uint8_t other_tag[] = {FRAME_MACS, 0x81, 0x00, 0x00, 0x08, 0x08, 0x00, FRAME_IPV4(17), FRAME_UDP};
	static const uint8_t tagged_arp[] = {FRAME_MACS, 0x81, 0x00, 0x00, 0x07, 0x08, 0x06, 0, 1, 8, 0};
	static const uint8_t net[] = {FRAME_MACS, 0x08, 0x00, FRAME_IPV4(6), FRAME_TCP};
	static const uint8_t dns[] = {FRAME_MACS, 0x86, 0xdd, FRAME_IPV6(17), FRAME_UDP};
	static const uint8_t untagged[] = {FRAME_MACS, 0x86, 0xdd, FRAME_IPV6(6), FRAME_TCP};
	static const uint8_t stray[] = {FRAME_MACS, 0x81, 0x00, 0x00, 0x09, 0x86, 0xdd, FRAME_IPV6(6), FRAME_TCP};
	struct c_traffic_classifier *classifier = make_classifier();

	cr_assert_eq(classify(classifier, voice, sizeof voice), VOICE);
	cr_assert_eq(classify(classifier, other_tag, sizeof other_tag), TAGGED);
	cr_assert_eq(classify(classifier, tagged_arp, sizeof tagged_arp), TAGGED, "without IP there is no DSCP");
	cr_assert_eq(classify(classifier, net, sizeof net), NET, "source 10.1.2.3");
	cr_assert_eq(classify(classifier, dns, sizeof dns), DNS);
	cr_assert_eq(classify(classifier, untagged, sizeof untagged), UNTAGGED);
	cr_assert_eq(classify(classifier, stray, sizeof stray), OTHER);
	cr_assert_eq(classify(classifier, stray, 0), UNTAGGED, "a frame of which nothing is there has no tag");
	c_traffic_classifier_free(classifier);
}

Test(classify, filter_that_is_wrong_is_named_and_meets_nothing)
{
	static struct plan_traffic_flow flow[] = {{.name = "bad", .filter = "tcp prot 80"}, {.name = "ip", .filter = "ip"}};
	static const uint8_t frame[] = {FRAME_MACS, 0x08, 0x00, FRAME_IPV4(6), FRAME_TCP};
	struct plan_traffic_device device = {.id = "p", .flow_count = 2};
	struct plan_traffic plan = {.flow = flow, .flow_count = 2};
	struct c_traffic_classifier *classifier;
	struct err_info info = {0};

	cr_assert(c_traffic_classifier_new(&classifier, &plan, &device, &info) == ERR_NONE);
	cr_assert(c_traffic_classifier_compile(classifier, C_TRAFFIC_ETHERNET, 128, &info) == ERR_DATA);
	cr_assert_not_null(strstr(info.text, "flow bad"));
	cr_assert_eq(classify(classifier, frame, sizeof frame), 1);
	c_traffic_classifier_free(classifier);
}
