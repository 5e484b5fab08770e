/* SPDX-License-Identifier: Apache-2.0 */
/* Ports, interfaces and flows of a config. */
#include "config_rig.h"

#include <criterion/criterion.h>
#include <string.h>

#define SITE "sites: [{id: s, zone: NO, time_zone: UTC}]\nlocal: no\ndevices:\n"

Test(settings_traffic, interface_with_flows_becomes_a_plan)
{
	struct config_rig fixture;
	const struct plan_traffic *plan;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "nets.txt", "# voice\n10.0.0.0/8\n 192.0.2.7 # one host\n\n2001:db8::/32\r\n", 0600);
	config_rig_write(&fixture, "c.yaml",
			 SITE "  - id: up\n"
			      "    address: traffic:eth0\n"
			      "    ref: uni\n"
			      "    ring: 32MiB\n"
			      "    interval: 5s\n"
			      "    flows:\n"
			      "      - {name: voice, vlan: 100, dscp: [46, 63]}\n"
			      "      - {name: nets, prefixes: nets.txt, filter: \"udp port 53\"}\n"
			      "  - {id: trace, address: \"pcap:/var/tmp/a.pcap\"}\n",
			 0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	plan = &fixture.settings->traffic;
	cr_assert_eq(plan->device_count, 2);
	cr_expect_str_eq(plan->device[0].interface, "eth0");
	cr_expect_eq(plan->device[0].ring_bytes, 32 << 20);
	cr_expect_eq(plan->device[0].interval_ms, 5000);
	cr_assert_eq(plan->device[0].flow_count, 2);
	cr_expect(plan->flow[0].has_vlan && plan->flow[0].vlan[12] == 1 << 4); /* 100 = 12 x 8 + 4 */
	cr_expect(plan->flow[0].has_dscp && plan->flow[0].dscp == (UINT64_C(1) << 46 | UINT64_C(1) << 63));
	cr_expect_not(plan->flow[1].has_vlan);
	cr_expect_str_eq(plan->flow[1].filter, "udp port 53");
	cr_assert_eq(plan->device[0].prefix_count, 3);
	cr_expect_eq(plan->prefix[0].flow, 1);
	cr_expect_eq(plan->prefix[1].bits, 32);
	cr_expect(plan->prefix[2].is_ipv6 && plan->prefix[2].bits == 32 && plan->prefix[2].address[1] == 1);
	cr_expect_str_eq(plan->device[1].file, "/var/tmp/a.pcap");
	cr_expect_eq(plan->device[1].flow_count, 0);
	cr_expect_eq(fixture.settings->core.device[0].ref, REF_UNI);
	cr_expect_eq(fixture.settings->core.device[0].source, WIRE_KIND_TRAFFIC);
	cr_expect_not(fixture.settings->core.device[0].is_in_total, "octets are no energy");
	config_rig_deinit(&fixture);
}

Test(settings_traffic, ports_of_other_devices_have_places)
{
	struct config_rig fixture;
	const struct plan_core *core;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml",
			 SITE "  - id: r1\n"
			      "    address: snmp://127.0.0.1\n"
			      "    community: public\n"
			      "    ref: nni\n"
			      "    ports: {uni: [\"if/ge-0/0/*\", \"if/ge-0/1/*\"], mgmt: if/fxp0}\n"
			      "  - {id: r2, address: \"snmp://127.0.0.2\", community: public}\n",
			 0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	core = &fixture.settings->core;
	cr_assert_eq(core->port_count, 3);
	cr_expect_eq(core->device[0].ref, REF_NNI);
	cr_expect_eq(core->device[0].port_count, 3);
	cr_expect_eq(core->port[0].ref, REF_UNI);
	cr_expect_str_eq(core->port[1].pattern, "if/ge-0/1/*");
	cr_expect_eq(core->port[2].ref, REF_MGMT);
	cr_expect_eq(core->device[1].port_count, 0);
	cr_expect_eq(core->device[1].ref, REF_NONE);
	config_rig_deinit(&fixture);
}

Test(settings_traffic, a_machine_with_traffic_alone_counts_its_own_energy)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "c.yaml", SITE "  - {id: a, address: \"traffic:eth0\"}\n  - {id: b, address: rapl}\n", 0600);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	cr_expect_not(fixture.settings->core.device[0].is_in_total);
	cr_expect(fixture.settings->core.device[1].is_in_total);
	config_rig_deinit(&fixture);
}

Test(settings_traffic, what_is_wrong_is_told)
{
	config_rig_expect(SITE "  - {id: a, address: \"traffic:\"}\n"
			       "  - {id: b, address: \"traffic:a-name-that-is-too-long\"}\n"
			       "  - {id: c, address: \"pcap:here.pcap\"}\n"
			       "  - {id: d, address: \"traffic:eth0\", ring: 1kB, ref: unit}\n"
			       "  - {id: e, address: rapl, ref: uni}\n"
			       "  - {id: f, address: \"traffic:eth0\", flows: [{name: all, dscp: 64}, {name: x}, {dscp: 1}]}\n"
			       "  - {id: g, address: \"snmp://127.0.0.1\", community: public, ports: {uno: x}}\n",
			  ERR_CONFIG,
			  "c.yaml:4:22: address: \"traffic:\" is no name of an interface: traffic:eth0 (`ip link` shows them)\n"
			  "c.yaml:5:22: address: \"traffic:a-name-that-is-too-long\" is no name of an interface: traffic:eth0 (`ip link` shows them)\n"
			  "c.yaml:6:22: address: pcap: needs an absolute path of at most 255 bytes: pcap:/var/tmp/a.pcap\n"
			  "c.yaml:7:44: ring: 1MiB to 1GiB\n"
			  "c.yaml:7:54: ref unit is unknown: did you mean uni? It is one of none, uni, nni, uplink, mgmt\n"
			  "c.yaml:8:28: ref is for snmp, this device is rapl\n"
			  "c.yaml:9:46: flow all has no condition: vlan, dscp, prefixes or filter\n"
			  "c.yaml:9:53: name: all has a meaning already\n"
			  "c.yaml:9:64: dscp: \"64\" is no whole number from 0 to 63\n"
			  "c.yaml:9:69: flow x has no condition: vlan, dscp, prefixes or filter\n"
			  "c.yaml:9:80: this flow has no name\n"
			  "c.yaml:10:69: ports uno is unknown: did you mean uni? It is one of none, uni, nni, uplink, mgmt\n");
}
