/* SPDX-License-Identifier: Apache-2.0 */
/* The container of plans, and the plans of core, deliver and rapl: what goes in comes out, and nothing damaged is taken. */
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/plan.h"
#include "wire/plan_ipmi.h"
#include "wire/plan_page.h"
#include "wire/plan_rapl.h"

#include <criterion/criterion.h>
#include <string.h>

enum { TEST_PLAN_BYTES_MAX = 1 << 20, TEST_HEAD_BYTES = 9 };

static struct plan_site test_site[] = {
    {.id = "oslo", .name = "Oslo 1", .grid_zone = "NO", .time_zone = "Europe/Oslo", .supply = SUPPLY_GRID, .fiscal_month = 1},
    {.id = "hill",
     .name = "Hill",
     .grid_zone = "",
     .time_zone = "UTC",
     .supply = SUPPLY_GENSET,
     .fiscal_month = 4,
     .facts = "entity=Hill AS"},
};
static struct plan_device test_device[] = {
    {.id = "pdu-1",
     .was = "pdu-old",
     .name = "Rack 1 A",
     .site = 1,
     .rack = "r1",
     .tenant = "t1",
     .source = WIRE_KIND_SNMP,
     .source_device = 3,
     .interval_ms = 10000,
     .max_gap_ms = 60000,
     .is_in_total = true,
     .has_point = true,
     .point = POINT_PDU_OUT,
     .supply = SUPPLY_GRID,
     .rated_w = 7400.0,
     .fed_by = "ups-1",
     .facts = "control=tenant;meter_class=0.5S"},
};
static struct plan_output test_output[] = {
    {.name = "store", .kind = OUTPUT_INFLUXDB_V2, .send = OUTPUT_SEND_MINUTE, .max_bytes_per_day = UINT64_C(5000000000), .path = ""},
};
static struct plan_factor test_factor[] = {
    {.zone = "NO",
     .year = 2024,
     .microg_per_kwh = 30750000,
     .basis = "lifecycle",
     .method = "production mix",
     .publisher = "Ember",
     .edition = "2026",
     .licence = "CC BY 4.0",
     .table_sha256 = {1, 2, 3}},
};

static struct plan_core core_sample(void)
{
	return (struct plan_core){
	    .ledger_path = "/var/lib/wattledger/ledger.db",
	    .control_path = "/run/wattledger/control.sock",
	    .slot_s = 900,
	    .commit_ms = 10000,
	    .grace_s = 120,
	    .is_flash = true,
	    .busy_w = 7.5,
	    .outbox_max_bytes = UINT64_C(1) << 40,
	    .outbox_max_age_s = 2592000,
	    .seal_after_s = 864000,
	    .config_sha256 = {9, 8, 7},
	    .host = "edge-7",
	    .site = test_site,
	    .site_count = 2,
	    .device = test_device,
	    .device_count = 1,
	    .output = test_output,
	    .output_count = 1,
	    .factor = test_factor,
	    .factor_count = 1,
	};
}

static void encode_core(const struct plan_core *plan, struct buf *out)
{
	struct err_info info = {0};

	buf_init(out, TEST_PLAN_BYTES_MAX);
	cr_assert_eq(plan_core_encode(plan, out, &info), ERR_NONE, "%s", info.text);
}

/* The error of decoding, with nothing left to free. */
static enum err decode_core(const void *data, size_t bytes)
{
	struct plan_core plan;
	enum err err = plan_core_decode(&plan, data, bytes, NULL);

	if (err == ERR_NONE)
		plan_core_deinit(&plan);
	return err;
}

static void expect_same_device(const struct plan_device *got, const struct plan_device *expected)
{
	cr_expect_str_eq(got->id, expected->id);
	cr_expect_str_eq(got->was, expected->was);
	cr_expect_str_eq(got->name, expected->name);
	cr_expect_str_eq(got->rack, expected->rack);
	cr_expect_str_eq(got->tenant, expected->tenant);
	cr_expect_str_eq(got->fed_by, expected->fed_by);
	cr_expect_str_eq(got->facts, expected->facts);
	cr_expect_eq(got->site, expected->site);
	cr_expect_eq(got->source, expected->source);
	cr_expect_eq(got->source_device, expected->source_device);
	cr_expect_eq(got->interval_ms, expected->interval_ms);
	cr_expect_eq(got->max_gap_ms, expected->max_gap_ms);
	cr_expect_eq(got->is_in_total, expected->is_in_total);
	cr_expect_eq(got->has_point, expected->has_point);
	cr_expect_eq(got->point, expected->point);
	cr_expect_eq(got->supply, expected->supply);
	cr_expect(got->rated_w == expected->rated_w); /* written and read as it is */
}

Test(plan, core_comes_back_as_it_was)
{
	struct plan_core in = core_sample();
	struct plan_core out;
	struct err_info info = {0};
	struct buf bytes;

	encode_core(&in, &bytes);
	cr_assert_eq(plan_core_decode(&out, bytes.data, bytes.bytes, &info), ERR_NONE, "%s", info.text);
	cr_expect_str_eq(out.ledger_path, "/var/lib/wattledger/ledger.db");
	cr_expect_str_eq(out.control_path, "/run/wattledger/control.sock");
	cr_expect_eq(out.slot_s, 900);
	cr_expect_eq(out.commit_ms, 10000);
	cr_expect_eq(out.grace_s, 120);
	cr_expect(out.is_flash);
	cr_expect_eq(out.outbox_max_bytes, UINT64_C(1) << 40);
	cr_expect_eq(out.outbox_max_age_s, 2592000);
	cr_expect_eq(out.seal_after_s, 864000);
	cr_expect_eq(memcmp(out.config_sha256, in.config_sha256, sizeof out.config_sha256), 0);
	cr_expect_str_eq(out.host, "edge-7");
	cr_assert_eq(out.site_count, 2);
	cr_expect_eq(memcmp(out.site, test_site, sizeof test_site), 0);
	cr_assert_eq(out.device_count, 1);
	expect_same_device(&out.device[0], &test_device[0]);
	cr_assert_eq(out.output_count, 1);
	cr_expect_eq(memcmp(out.output, test_output, sizeof test_output), 0);
	cr_assert_eq(out.factor_count, 1);
	cr_expect_eq(memcmp(out.factor, test_factor, sizeof test_factor), 0);
	plan_core_deinit(&out);
	buf_deinit(&bytes);
}

Test(plan, empty_lists_are_null)
{
	struct plan_core in = {.slot_s = 60, .commit_ms = 1, .host = "h"};
	struct plan_core out;
	struct buf bytes;

	encode_core(&in, &bytes);
	cr_assert_eq(plan_core_decode(&out, bytes.data, bytes.bytes, NULL), ERR_NONE);
	cr_expect_null(out.site);
	cr_expect_null(out.device);
	plan_core_deinit(&out);
	buf_deinit(&bytes);
}

Test(plan, torn_at_any_byte_is_refused)
{
	struct plan_core in = core_sample();
	struct buf bytes;

	encode_core(&in, &bytes);
	for (size_t cut = 0; cut < bytes.bytes; cut++)
		cr_expect_eq(decode_core(bytes.data, cut), ERR_DATA, "cut at byte %zu", cut);
	buf_deinit(&bytes);
}

Test(plan, bytes_behind_the_last_item_are_refused)
{
	struct plan_core in = core_sample();
	struct buf bytes;

	encode_core(&in, &bytes);
	buf_add_char(&bytes, 'x');
	cr_expect_eq(decode_core(bytes.data, bytes.bytes), ERR_DATA);
	buf_deinit(&bytes);
}

Test(plan, another_kind_or_version_is_refused)
{
	struct plan_core in = core_sample();
	struct plan_deliver deliver;
	struct err_info info = {0};
	struct buf bytes;

	encode_core(&in, &bytes);
	cr_expect_eq(plan_deliver_decode(&deliver, bytes.data, bytes.bytes, &info), ERR_DATA);
	cr_expect_str_eq(info.text, "the plan is for core, not for deliver");
	bytes.data[6] = 2; /* low byte of the version, behind the six of the magic */
	cr_expect_eq(decode_core(bytes.data, bytes.bytes), ERR_DATA);
	bytes.data[0] = 'X';
	cr_expect_eq(decode_core(bytes.data, bytes.bytes), ERR_DATA);
	buf_deinit(&bytes);
}

/* Encodes a plan in which one thing is out of range, and gives the decoder's error. */
static enum err recode(const struct plan_core *plan)
{
	struct buf bytes;

	encode_core(plan, &bytes);
	enum err err = decode_core(bytes.data, bytes.bytes);
	buf_deinit(&bytes);
	return err;
}

Test(plan, slot_has_to_be_1_5_or_15_minutes)
{
	struct plan_core plan = core_sample();

	plan.slot_s = 600;
	cr_expect_eq(recode(&plan), ERR_DATA);
}

Test(plan, device_of_no_site_is_refused)
{
	struct plan_core plan = core_sample();
	struct plan_device device = test_device[0];

	device.site = 2; /* there are sites 0 and 1 */
	plan.device = &device;
	cr_expect_eq(recode(&plan), ERR_DATA);
}

Test(plan, facts_that_say_nothing_known_are_refused)
{
	struct plan_core plan = core_sample();
	struct plan_device device = test_device[0];
	struct plan_site site = test_site[0];

	device.facts = "control=borrowed";
	plan.device = &device;
	cr_expect_eq(recode(&plan), ERR_DATA);
	plan.device = test_device;
	memcpy(site.facts, "share=-1", sizeof "share=-1");
	plan.site = &site;
	plan.site_count = 1;
	plan.device_count = 0;
	cr_expect_eq(recode(&plan), ERR_DATA);
}

Test(plan, negative_rating_and_factor_are_refused)
{
	struct plan_core plan = core_sample();
	struct plan_device device = test_device[0];
	struct plan_factor factor = test_factor[0];

	device.rated_w = -1.0;
	plan.device = &device;
	cr_expect_eq(recode(&plan), ERR_DATA);
	plan.device = test_device;
	factor.microg_per_kwh = -1;
	plan.factor = &factor;
	cr_expect_eq(recode(&plan), ERR_DATA);
}

Test(plan, unknown_basis_is_refused)
{
	struct plan_core plan = core_sample();
	struct plan_factor factor = test_factor[0];

	memcpy(factor.basis, "marginal", sizeof "marginal");
	plan.factor = &factor;
	cr_expect_eq(recode(&plan), ERR_DATA);
}

Test(plan, forged_count_allocates_nothing)
{
	struct plan_core in = {.slot_s = 60, .commit_ms = 1, .host = "h", .device_count = 0};
	struct buf bytes;

	encode_core(&in, &bytes);
	/* The four counts (sites, devices, outputs, factors; u32 each) are the head's last 16 bytes: devices stand 12 from the end. */
	memcpy(bytes.data + bytes.bytes - 12, "\x00\x00\x01\x00", 4); /* 65536 devices in a plan that ends here */
	cr_expect_eq(decode_core(bytes.data, bytes.bytes), ERR_DATA);
	buf_deinit(&bytes);
}

Test(plan, item_that_is_too_long_fails_at_the_end)
{
	struct plan_writer writer;
	struct err_info info = {0};
	struct buf bytes;
	static const uint8_t block[65535];

	buf_init(&bytes, 4 << 20);
	cr_assert_eq(plan_begin(&writer, &bytes, PLAN_CORE, &info), ERR_NONE);
	struct wire_writer *body = plan_item_begin(&writer, 1);
	for (int i = 0; i < 17; i++) /* 17 x 65537 is more than 2^20 */
		wire_put_bytes(body, block, sizeof block);
	plan_item_end(&writer);
	cr_expect_eq(plan_end(&writer, &info), ERR_LIMIT);
	cr_expect_eq(bytes.bytes, TEST_HEAD_BYTES);
	buf_deinit(&bytes);
}

Test(plan, deliver_keeps_secrets_byte_for_byte)
{
	struct plan_target target = {
	    .output = 2,
	    .name = "store",
	    .kind = OUTPUT_INFLUXDB_V1,
	    .url_count = 2,
	    .url = {"http://127.0.0.1:8086", "http://[::1]:8086"},
	    .database = "energy",
	    .username = "u",
	    .password = " ends with a space ",
	    .token = "t\x01\xff",
	    .timeout_ms = 5000,
	    .is_gzip = true,
	};
	struct plan_deliver in = {.target = &target, .target_count = 1};
	struct plan_deliver out;
	struct err_info info = {0};
	struct buf bytes;

	buf_init(&bytes, TEST_PLAN_BYTES_MAX);
	cr_assert_eq(plan_deliver_encode(&in, &bytes, &info), ERR_NONE);
	cr_assert_eq(plan_deliver_decode(&out, bytes.data, bytes.bytes, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(out.target_count, 1);
	cr_expect_eq(memcmp(out.target, &target, sizeof target), 0);
	plan_deliver_deinit(&out);
	buf_deinit(&bytes);
}

Test(plan, deliver_takes_network_outputs_only)
{
	struct plan_target target = {.name = "f", .kind = OUTPUT_FILE, .url_count = 1, .url = {"http://h"}, .timeout_ms = 1};
	struct plan_deliver in = {.target = &target, .target_count = 1};
	struct plan_deliver out;
	struct buf bytes;

	buf_init(&bytes, TEST_PLAN_BYTES_MAX);
	cr_assert_eq(plan_deliver_encode(&in, &bytes, NULL), ERR_NONE);
	cr_expect_eq(plan_deliver_decode(&out, bytes.data, bytes.bytes, NULL), ERR_DATA);
	buf_deinit(&bytes);
}

Test(plan, rapl_comes_back_as_it_was)
{
	struct plan_rapl_device device[] = {{.id = "host", .sysfs_root = "/sys", .interval_ms = 1000},
					    {.id = "fake", .sysfs_root = "/tmp/x", .interval_ms = 60000}};
	struct plan_rapl in = {.device = device, .device_count = 2};
	struct plan_rapl out;
	struct err_info info = {0};
	struct buf bytes;

	buf_init(&bytes, TEST_PLAN_BYTES_MAX);
	cr_assert_eq(plan_rapl_encode(&in, &bytes, &info), ERR_NONE);
	cr_assert_eq(plan_rapl_decode(&out, bytes.data, bytes.bytes, &info), ERR_NONE, "%s", info.text);
	cr_assert_eq(out.device_count, 2);
	cr_expect_eq(memcmp(out.device, device, sizeof device), 0);
	plan_rapl_deinit(&out);
	buf_deinit(&bytes);
}

Test(plan, page_comes_back_as_it_was)
{
	struct plan_page in = {.host = "::1", .port = 8087, .state_dir = "/var/lib/x", .ledger_path = "/var/lib/x/ledger.db"};
	struct plan_page out;
	struct err_info info = {0};
	struct buf bytes;

	buf_init(&bytes, TEST_PLAN_BYTES_MAX);
	cr_assert_eq(plan_page_encode(&in, &bytes, &info), ERR_NONE);
	cr_assert_eq(plan_page_decode(&out, bytes.data, bytes.bytes, &info), ERR_NONE, "%s", info.text);
	cr_expect_eq(memcmp(&out, &in, sizeof in), 0);
	buf_deinit(&bytes);
}

Test(plan, rapl_folder_has_to_be_absolute)
{
	struct plan_rapl_device device = {.id = "host", .sysfs_root = "sys", .interval_ms = 1000};
	struct plan_rapl in = {.device = &device, .device_count = 1};
	struct plan_rapl out;
	struct buf bytes;

	buf_init(&bytes, TEST_PLAN_BYTES_MAX);
	cr_assert_eq(plan_rapl_encode(&in, &bytes, NULL), ERR_NONE);
	cr_expect_eq(plan_rapl_decode(&out, bytes.data, bytes.bytes, NULL), ERR_DATA);
	buf_deinit(&bytes);
}

static struct plan_ipmi_device ipmi_sample(void)
{
	return (struct plan_ipmi_device){.id = "bmc",
					 .host = "192.0.2.7",
					 .port = 623,
					 .user = "meter",
					 .password = "p\xffss",
					 .privilege = IPMI_PRIVILEGE_OPERATOR,
					 .timeout_ms = 2000,
					 .deadline_ms = 8000,
					 .interval_ms = 10000};
}

static enum err ipmi_round(struct plan_ipmi_device *device, struct plan_ipmi *again)
{
	struct plan_ipmi plan = {.device = device, .device_count = 1};
	struct buf out;
	enum err err;

	buf_init(&out, TEST_PLAN_BYTES_MAX);
	cr_assert_eq(plan_ipmi_encode(&plan, &out, NULL), ERR_NONE);
	err = plan_ipmi_decode(again, out.data, out.bytes, NULL);
	buf_deinit(&out);
	return err;
}

Test(plan, ipmi_comes_back_as_it_was)
{
	struct plan_ipmi_device device = ipmi_sample();
	struct plan_ipmi again;

	cr_assert_eq(ipmi_round(&device, &again), ERR_NONE);
	cr_assert_eq(again.device_count, 1);
	cr_expect_str_eq(again.device[0].host, "192.0.2.7");
	cr_expect_str_eq(again.device[0].password, "p\xffss", "any bytes");
	cr_expect_eq(again.device[0].privilege, 3);
	plan_ipmi_deinit(&again);
}

Test(plan, ipmi_is_a_host_or_a_file_and_never_both)
{
	struct plan_ipmi_device device = ipmi_sample();
	struct plan_ipmi again;

	(void)text_copy(device.path, sizeof device.path, "/dev/ipmi0");
	cr_expect_eq(ipmi_round(&device, &again), ERR_DATA);
	device.host[0] = '\0';
	device.port = 0;
	cr_assert_eq(ipmi_round(&device, &again), ERR_NONE);
	plan_ipmi_deinit(&again);
	device = ipmi_sample();
	device.privilege = 1;
	cr_expect_eq(ipmi_round(&device, &again), ERR_DATA);
	device = ipmi_sample();
	(void)text_copy(device.user, sizeof device.user, "seventeen-letters");
	cr_expect_eq(ipmi_round(&device, &again), ERR_DATA);
}

Test(plan, names_of_kinds)
{
	cr_expect_str_eq(plan_kind_name(PLAN_SNMP), "snmp");
	cr_expect_str_eq(plan_kind_name(PLAN_KIND_COUNT), "unknown");
	cr_expect_str_eq(output_kind_name(OUTPUT_VICTORIAMETRICS), "victoriametrics");
	cr_expect_str_eq(output_send_name(OUTPUT_SEND_SLOTS), "slots");
	cr_expect(output_kind_is_network(OUTPUT_INFLUXDB_V2));
	cr_expect_not(output_kind_is_network(OUTPUT_FILE));
}
