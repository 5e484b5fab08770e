/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of the traffic collector: what goes in comes out, and nothing damaged is taken. */
#include "wire/plan_traffic.h"

#include <criterion/criterion.h>
#include <string.h>

static struct plan_traffic_device device[] = {
    {.id = "uplink", .interface = "eth0", .interval_ms = 10000, .ring_bytes = 16 << 20, .flow_count = 2, .prefix_count = 2},
    {.id = "trace",
     .file = "/var/tmp/a.pcap",
     .interval_ms = 1000,
     .ring_bytes = 1 << 20,
     .flow_count = 1,
     .first_flow = 1,
     .first_prefix = 2},
};
static struct plan_traffic_flow flow[] = {
    {.name = "voice", .has_vlan = true, .vlan = {[0] = 0x80, [511] = 0x40}, .has_dscp = true, .dscp = UINT64_C(1) << 46},
    {.name = "nets", .has_prefix = true, .filter = "udp port 53"},
};
static struct plan_traffic_prefix prefix[] = {
    {.flow = 1, .bits = 8, .address = {10}},
    {.flow = 1, .is_ipv6 = true, .bits = 128, .address = {0x20, 1, [15] = 9}},
};
static const struct plan_traffic whole = {
    .device = device, .device_count = 2, .flow = flow, .flow_count = 2, .prefix = prefix, .prefix_count = 2};

/* Encodes and decodes. */
static enum err pass(const struct plan_traffic *in, struct plan_traffic *out)
{
	struct err_info info = {0};
	struct buf bytes;
	enum err err;

	buf_init(&bytes, 1 << 20);
	cr_assert_eq(plan_traffic_encode(in, &bytes, &info), ERR_NONE, "%s", info.text);
	err = plan_traffic_decode(out, bytes.data, bytes.bytes, &info);
	buf_deinit(&bytes);
	return err;
}

Test(plan_traffic, comes_back_as_it_was)
{
	struct plan_traffic out;

	cr_assert_eq(pass(&whole, &out), ERR_NONE);
	cr_assert_eq(out.device_count, 2);
	cr_assert_eq(memcmp(out.device, device, sizeof device), 0);
	cr_assert_eq(out.flow_count, 2);
	cr_assert_eq(memcmp(out.flow, flow, sizeof flow), 0);
	cr_assert_eq(out.prefix_count, 2);
	cr_assert_eq(memcmp(out.prefix, prefix, sizeof prefix), 0);
	plan_traffic_deinit(&out);
}

static void expect_refused(const struct plan_traffic_device *damaged)
{
	struct plan_traffic in = whole;
	struct plan_traffic out;
	struct plan_traffic_device copy = *damaged;

	in.device = &copy;
	in.device_count = 1;
	cr_expect_eq(pass(&in, &out), ERR_DATA);
}

Test(plan_traffic, devices_that_point_outside_or_are_nothing_are_refused)
{
	struct plan_traffic_device damaged = device[0];

	damaged.flow_count = 3;
	expect_refused(&damaged);
	damaged = device[0];
	damaged.first_flow = UINT32_MAX;
	expect_refused(&damaged);
	damaged = device[0];
	damaged.first_prefix = 1;
	expect_refused(&damaged);
	damaged = device[0];
	damaged.interface[0] = '\0';
	expect_refused(&damaged);
	damaged = device[1];
	memcpy(damaged.interface, "eth0", 5);
	expect_refused(&damaged);
	damaged = device[0];
	damaged.ring_bytes = 4096;
	expect_refused(&damaged);
}

Test(plan_traffic, prefix_longer_than_its_address_is_refused)
{
	struct plan_traffic in = whole;
	struct plan_traffic_prefix wrong[2] = {prefix[0], prefix[1]};
	struct plan_traffic out;

	wrong[0].bits = 33;
	in.prefix = wrong;
	cr_expect_eq(pass(&in, &out), ERR_DATA);
	wrong[0] = prefix[0];
	wrong[0].flow = PLAN_FLOWS_MAX;
	cr_expect_eq(pass(&in, &out), ERR_DATA);
}
