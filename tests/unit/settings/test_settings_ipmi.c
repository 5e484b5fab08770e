/* SPDX-License-Identifier: Apache-2.0 */
/* BMCs in a config: what comes out for the collector, and every mistake with its place. */
#include "settings/settings.h"

#include "base/buf.h"
#include "settings/config_rig.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(settings_ipmi, a_bmc_on_the_network_and_this_hosts_own)
{
	struct config_rig fixture;

	config_rig_init(&fixture);
	config_rig_write(&fixture, "bmc.secret", "geheim\n", 0600);
	config_rig_write(&fixture, "c.yaml",
			 "local: no\ndefaults: {interval: 1s, password: '@file:bmc.secret'}\ndevices:\n"
			 "  - {id: a, address: 'ipmi://meter@bmc1.example.net', privilege: operator}\n"
			 "  - {id: b, address: 'ipmi://m@x@[2001:db8::7]:6230', interval: 1min, deadline: 20s, timeout: 5s}\n"
			 "  - {id: c, address: 'ipmi:local', interval: 10s}\n",
			 0644);
	cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
	const struct plan_ipmi *ipmi = &fixture.settings->ipmi;
	cr_assert_eq(ipmi->device_count, 3);
	cr_expect_str_eq(ipmi->device[0].host, "bmc1.example.net");
	cr_expect_str_eq(ipmi->device[0].user, "meter");
	cr_expect_str_eq(ipmi->device[0].password, "geheim");
	cr_expect_eq(ipmi->device[0].port, 623);
	cr_expect_eq(ipmi->device[0].privilege, IPMI_PRIVILEGE_OPERATOR);
	cr_expect_eq(ipmi->device[0].interval_ms, 30000, "the default of other devices is too often for a BMC");
	cr_expect_eq(ipmi->device[0].timeout_ms, 2000);
	cr_expect_eq(ipmi->device[0].deadline_ms, 24000);
	cr_expect_eq(fixture.settings->core.device[0].interval_ms, 30000);
	cr_expect_eq(fixture.settings->core.device[0].source, WIRE_KIND_IPMI);
	cr_expect(fixture.settings->core.device[0].is_in_total);
	cr_expect_str_eq(ipmi->device[1].user, "m@x");
	cr_expect_str_eq(ipmi->device[1].host, "2001:db8::7");
	cr_expect_eq(ipmi->device[1].port, 6230);
	cr_expect_eq(ipmi->device[1].privilege, IPMI_PRIVILEGE_USER);
	cr_expect_eq(ipmi->device[1].deadline_ms, 20000);
	cr_expect_eq(ipmi->device[1].timeout_ms, 5000);
	cr_expect_eq(fixture.settings->core.device[1].source_device, 1);
	cr_expect_str_eq(ipmi->device[2].path, "/dev/ipmi0");
	cr_expect_str_eq(ipmi->device[2].password, "", "a default is for those on the network");
	config_rig_deinit(&fixture);
}

Test(settings_ipmi, mistakes)
{
	config_rig_expect(
	    "local: no\ndevices:\n"
	    "  - {id: a, address: 'ipmi://10.0.0.1', password: x}\n"
	    "  - {id: b, address: 'ipmi://u:geheim@10.0.0.1', password: x}\n"
	    "  - {id: c, address: 'ipmi://u@10.0.0.1'}\n"
	    "  - {id: d, address: 'ipmi://u@10.0.0.1', password: 'longer than twenty characters', interval: 5s}\n"
	    "  - {id: e, address: 'ipmi:local', password: x}\n"
	    "  - {id: f, address: 'ipmi://u@10.0.0.1', password: x, community: public, privilege: root}\n"
	    "  - {id: g, address: 'ipmi://abcdefghijklmnopq@10.0.0.1', password: x}\n",
	    ERR_CONFIG,
	    "c.yaml:3:22: address: ipmi is written as ipmi://USER@HOST[:PORT] with password: beside it, or ipmi:local for this "
	    "host's own BMC\n"
	    "c.yaml:4:22: address: ipmi is written as ipmi://USER@HOST[:PORT] with password: beside it, or ipmi:local for this "
	    "host's own BMC\n"
	    "c.yaml:5:5: device c has no password: write password: \"@cred:NAME\" or \"@file:/path\"\n"
	    "c.yaml:6:53: password: a BMC takes at most 20 characters\n"
	    "c.yaml:6:96: interval: a BMC is read every 10s or more rarely\n"
	    "c.yaml:7:36: password is for a BMC on the network: /dev/ipmi0 needs none\n"
	    "c.yaml:8:56: community is for snmp, this device is ipmi\n"
	    "c.yaml:8:86: privilege root is unknown: it is one of user, operator, admin\n"
	    "c.yaml:9:22: address: a user of a BMC has at most 16 characters\n");
}

/* Sensors, batteries and GPUs of this host are parts; the processor's counters count only while nothing that is more does. */
Test(settings_local, what_counts_of_one_machine)
{
	struct config_rig fixture;
	static const struct {
		const char *hwmon;
		bool is_rapl_in;
		bool is_hwmon_in;
	} each[] = {{"", true, false}, {", in_total: yes", false, true}, {", in_total: no", true, false}};

	for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
		char text[512];

		config_rig_init(&fixture);
		snprintf(text, sizeof text,
			 "local: no\ndevices:\n  - {id: cpu, address: rapl}\n  - {id: board, address: hwmon%s}\n"
			 "  - {id: gpus, address: nvml}\n  - {id: bat, address: power_supply}\n",
			 each[i].hwmon);
		config_rig_write(&fixture, "c.yaml", text, 0644);
		cr_assert_eq(config_rig_load(&fixture), ERR_NONE, "%s", buf_text(&fixture.out));
		const struct plan_device *device = fixture.settings->core.device;
		cr_expect_eq(device[0].is_in_total, each[i].is_rapl_in, "%zu", i);
		cr_expect_eq(device[1].is_in_total, each[i].is_hwmon_in, "%zu", i);
		cr_expect(!device[2].is_in_total && !device[3].is_in_total);
		cr_expect_eq(fixture.settings->rapl.device[2].kind, PLAN_RAPL_NVML);
		config_rig_deinit(&fixture);
	}
}
