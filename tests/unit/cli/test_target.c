/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/target.h"

#include <criterion/criterion.h>

static struct targets targets;
static struct err_info info;

static void setup(void)
{
	targets = (struct targets){.timeout_ms = 1000, .unit_timeout_ms = 500, .community = "default"};
}

static void teardown(void)
{
	targets_deinit(&targets);
}

TestSuite(target, .init = setup, .fini = teardown);

static void expect_one(const char *text, const char *host, uint16_t port, const char *community)
{
	cr_assert_eq(targets_add(&targets, text, &info), ERR_NONE, "%s: %s", text, info.text);
	cr_assert_geq(targets.snmp.device_count, 1);

	const struct plan_snmp_device *device = &targets.snmp.device[targets.snmp.device_count - 1];

	cr_expect_str_eq(device->host, host, "%s", text);
	cr_expect_eq(device->port, port, "%s", text);
	cr_expect_str_eq(device->community, community, "%s", text);
}

Test(target, addresses_are_taken_apart)
{
	expect_one("snmp://192.0.2.10", "192.0.2.10", 161, "default");
	expect_one("snmp://192.0.2.10:1161", "192.0.2.10", 1161, "default");
	expect_one("snmp://secret@192.0.2.10", "192.0.2.10", 161, "secret");
	expect_one("snmp://a@b@192.0.2.10:9", "192.0.2.10", 9, "a@b");
	expect_one("snmp://[2001:db8::7]", "2001:db8::7", 161, "default");
	expect_one("snmp://x@[2001:db8::7]:1000", "2001:db8::7", 1000, "x");
}

Test(target, the_scheme_tells_the_version)
{
	static const struct plan_snmp_device SECRETS = {.auth = SNMP_AUTH_SHA256,
							.auth_password = "authpass123",
							.priv = SNMP_PRIV_AES128,
							.priv_password = "privpass123",
							.context = "c"};
	const struct plan_snmp_device *device;

	expect_one("snmp1://secret@192.0.2.10", "192.0.2.10", 161, "secret");
	cr_expect_eq(targets.snmp.device[0].version, SNMP_V1);
	targets.secrets = &SECRETS;
	cr_assert_eq(targets_add(&targets, "snmp3://reader@[2001:db8::7]:1161", &info), ERR_NONE, "%s", info.text);
	device = &targets.snmp.device[1];
	cr_expect_eq(device->version, SNMP_V3);
	cr_expect_str_eq(device->user, "reader");
	cr_expect_str_eq(device->community, "");
	cr_expect_eq(device->auth, SNMP_AUTH_SHA256);
	cr_expect_eq(device->priv, SNMP_PRIV_AES128);
	cr_expect_str_eq(device->auth_password, "authpass123");
	cr_expect_str_eq(device->priv_password, "privpass123");
	cr_expect_str_eq(device->context, "c");
	cr_expect_eq(device->port, 1161);
}

Test(target, snmp3_needs_a_user_and_secrets)
{
	static const struct plan_snmp_device SECRETS = {0};

	cr_expect_eq(targets_add(&targets, "snmp3://reader@192.0.2.10", &info), ERR_USAGE);
	targets.secrets = &SECRETS;
	cr_expect_eq(targets_add(&targets, "snmp3://192.0.2.10", &info), ERR_USAGE);
	cr_expect_eq(targets.snmp.device_count, 0);
}

Test(target, addresses_of_a_range_are_not_named)
{
	cr_assert_eq(targets_add(&targets, "snmp://192.0.2.10", &info), ERR_NONE);
	cr_assert_eq(targets_add(&targets, "snmp://192.0.2.16/30", &info), ERR_NONE);
	cr_assert_eq(targets.snmp.device_count, 3); /* .10, .17, .18 */
	cr_expect_not(targets.is_of_range[0]);
	cr_expect(targets.is_of_range[1]);
	cr_expect(targets.is_of_range[2]);
}

Test(target, local_is_no_address)
{
	cr_assert_eq(targets_add(&targets, "local", &info), ERR_NONE);
	cr_expect(targets.has_local);
	cr_expect_eq(targets.snmp.device_count, 0);
}

/* /29 has 8 addresses; the first and the last are no hosts. */
Test(target, a_range_is_all_of_its_hosts)
{
	cr_assert_eq(targets_add(&targets, "snmp://192.0.2.11/29:1161", &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(targets.snmp.device_count, 6);
	cr_expect_str_eq(targets.snmp.device[0].host, "192.0.2.9");
	cr_expect_str_eq(targets.snmp.device[5].host, "192.0.2.14");
	cr_expect_eq(targets.snmp.device[5].port, 1161);
}

Test(target, small_ranges_have_no_network_address)
{
	cr_assert_eq(targets_add(&targets, "snmp://192.0.2.10/31", &info), ERR_NONE, "%s", info.text);
	cr_expect_eq(targets.snmp.device_count, 2);
	cr_assert_eq(targets_add(&targets, "snmp://192.0.2.10/32", &info), ERR_NONE, "%s", info.text);
	cr_expect_eq(targets.snmp.device_count, 3);
}

/* 510 hosts at 500 a second: more than a second. */
Test(target, a_wide_range_is_asked_slowly)
{
	cr_assert_eq(targets_add(&targets, "snmp://192.0.2.0/22", &info), ERR_NONE, "%s", info.text);
	cr_expect_eq(targets.snmp.device_count, 1022);
	cr_expect_geq(targets.snmp.device[0].interval_ms, 2000);
}

Test(target, what_is_not_understood_is_refused)
{
	static const char *const BAD[] = {"",
					  "192.0.2.1",
					  "http://192.0.2.1",
					  "snmp://",
					  "snmp://192.0.2.1:0",
					  "snmp://192.0.2.1:65536",
					  "snmp://192.0.2.1/33",
					  "snmp://192.0.2.0/8",
					  "snmp://[2001:db8::7",
					  "snmp://[2001:db8::]/64",
					  "snmp://192.0.2.1:161x"};

	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		cr_expect_eq(targets_add(&targets, BAD[i], &info), ERR_USAGE, "%s", BAD[i]);
	cr_expect_eq(targets.snmp.device_count, 0);
}

Test(target, units_of_a_range_have_less_time_than_one_that_is_named)
{
	cr_assert_eq(targets_add(&targets, "modbus:/dev/ttyUSB0?baud=9600&parity=E/1-247", &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(targets_add(&targets, "modbus://192.0.2.60/7", &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(targets.modbus.device_count, 248);
	cr_expect_eq(targets.modbus.device[246].unit, 247);
	cr_expect_eq(targets.modbus.device[246].timeout_ms, 500);
	cr_expect_eq(targets.modbus.device[247].timeout_ms, 1000);
}
