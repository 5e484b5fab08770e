/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of the snmp collector and its object identifiers. */
#include "base/buf.h"
#include "base/mem.h"
#include "wire/plan_snmp.h"

#include <criterion/criterion.h>
#include <string.h>

enum { TEST_PLAN_BYTES_MAX = 1 << 20 };

static struct plan_oid oid(const char *text)
{
	struct plan_oid out = {0};

	cr_assert(plan_oid_parse(&out, text), "%s", text);
	return out;
}

Test(plan_oid, prints_what_it_parses)
{
	char text[64];
	struct plan_oid plain = oid("1.3.6.1.4.1.318");
	struct plan_oid dotted = oid(".1.3.6.1.4.1.318");

	cr_expect_eq(plain.length, 7);
	cr_expect_eq(plain.id[6], 318);
	cr_expect_eq(memcmp(&plain, &dotted, sizeof plain), 0);
	plan_oid_print(&dotted, text, sizeof text);
	cr_expect_str_eq(text, "1.3.6.1.4.1.318");
}

Test(plan_oid, takes_the_largest_sub_identifier_and_no_larger)
{
	struct plan_oid out = {.length = 1, .id = {7}};

	cr_expect(plan_oid_parse(&out, "1.4294967295"));
	cr_expect_eq(out.id[1], UINT32_MAX);
	cr_expect_not(plan_oid_parse(&out, "1.4294967296"));
	cr_expect_eq(out.length, 2, "left as it was");
}

Test(plan_oid, refuses_what_is_none)
{
	static const char *const bad[] = {"", ".", "1.", "1..2", "a", "1.a", "1 .2", "-1", "01", "1.3.6.1.x", "0x1", "..1"};
	struct plan_oid out;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		cr_expect_not(plan_oid_parse(&out, bad[i]), "\"%s\"", bad[i]);
}

Test(plan_oid, has_a_greatest_length)
{
	char text[3 * PLAN_OID_MAX + 8] = "1";
	struct plan_oid out;

	for (int i = 1; i < PLAN_OID_MAX; i++)
		memcpy(text + 2 * i - 1, ".2", 3);
	cr_expect(plan_oid_parse(&out, text));
	cr_expect_eq(out.length, PLAN_OID_MAX);
	memcpy(text + 2 * PLAN_OID_MAX - 1, ".2", 3);
	cr_expect_not(plan_oid_parse(&out, text));
}

Test(plan_oid, prints_whole_parts_only)
{
	char text[8];
	struct plan_oid in = oid("1.3.6.123456");

	plan_oid_print(&in, text, sizeof text);
	cr_expect_str_eq(text, "1.3.6");
	plan_oid_print(&in, text, 1);
	cr_expect_str_eq(text, "");
}

/* One driver that uses every kind of field. The group is the caller's to free. */
static struct plan_snmp_driver driver_sample(void)
{
	struct plan_snmp_driver driver = {
	    .name = "raritan_px2",
	    .vendor = "Raritan",
	    .family = "PX2",
	    .sha256 = {0xAA, 0xBB},
	    .priority = -5,
	    .is_stackable = true,
	    .total = TOTAL_SUM,
	    .is_bulk_refused = true,
	    .max_repetitions = 10,
	    .max_varbinds = 12,
	    .rule_count = 2,
	    .group_count = 1,
	};

	driver.rule[0].object_id = oid("1.3.6.1.4.1.13742.6");
	driver.rule[1] =
	    (struct plan_rule){.is_exception = true, .descr_pattern = "^EMX ", .probe = oid("1.3.6.1.2"), .probe_pattern = "x$"};
	driver.identity.serial = oid("1.3.6.1.4.1.13742.6.3.2.1.1.4");
	driver.group = mem_new(sizeof *driver.group);
	cr_assert_not_null(driver.group);
	struct plan_group *group = driver.group;
	*group = (struct plan_group){.key = "inlet/{}",
				     .name = "Inlet {}",
				     .parent = "total",
				     .is_table = true,
				     .is_first_row_only = true,
				     .index_skip = 1,
				     .filter_count = 1,
				     .role = ROLE_PART,
				     .point = POINT_PDU_OUT,
				     .supply = SUPPLY_GRID,
				     .phase = 255,
				     .summand = PLAN_SUMMAND_ELSE,
				     .point_count = 2};
	group->key_oid = oid("1.2.3");
	group->name_oid = oid("1.2.4");
	group->filter[0] =
	    (struct plan_row_filter){.oid = oid("1.2.5"), .value_count = 2, .value = {-1, 6}, .pattern = "a|b", .is_negated = true};
	group->point_list[0] =
	    (struct plan_point){.quantity = QUANTITY_ENERGY,
				.oid = oid("1.2.6"),
				.suffix_length = 1,
				.suffix = {8},
				.scale = {.kind = SCALE_POW10, .factor = 3600.0, .num = 3600000, .den = 1, .sign = -1, .oid = oid("1.2.7")},
				.sentinel_count = 2,
				.sentinel = {-1, INT64_MAX},
				.is_negative_absent = true,
				.has_range = true,
				.min_value = -1.5,
				.max_value = 1e12,
				.counter = {.modulus = UINT64_C(1) << 32, .unit_num = 3600000, .unit_den = 1, .is_wrap_known = true},
				.caliber = CALIBER_ACTUAL,
				.interval_ms = 60000};
	group->point_list[1] = (struct plan_point){.quantity = QUANTITY_POWER,
						   .scale = {.kind = SCALE_MAP,
							     .factor = 1.0,
							     .num = 1,
							     .den = 1,
							     .sign = 1,
							     .oid = oid("1.9"),
							     .map_count = 1,
							     .map = {{.key = "kW", .factor = 1000.0, .num = 1000, .den = 1}}},
						   .is_negative_zero = true,
						   .is_text = true,
						   .is_absolute = true,
						   .product_count = 1,
						   .product = {0}};
	return driver;
}

static void encode(const struct plan_snmp *plan, struct buf *out)
{
	struct err_info info = {0};

	buf_init(out, TEST_PLAN_BYTES_MAX);
	cr_assert_eq(plan_snmp_encode(plan, out, &info), ERR_NONE, "%s", info.text);
}

static enum err decode(const void *data, size_t bytes)
{
	struct plan_snmp plan;
	enum err err = plan_snmp_decode(&plan, data, bytes, NULL);

	if (err == ERR_NONE)
		plan_snmp_deinit(&plan);
	return err;
}

static enum err recode(const struct plan_snmp *plan)
{
	struct buf bytes;

	encode(plan, &bytes);
	enum err err = decode(bytes.data, bytes.bytes);
	buf_deinit(&bytes);
	return err;
}

static struct plan_snmp_device device_sample(void)
{
	return (struct plan_snmp_device){.id = "pdu-1",
					 .host = "127.0.0.1",
					 .port = 161,
					 .is_tcp = true,
					 .version = SNMP_V3,
					 .community = "pub lic ",
					 .user = "u",
					 .auth = SNMP_AUTH_SHA256,
					 .priv = SNMP_PRIV_AES128,
					 .auth_password = "authpass ",
					 .priv_password = "privpass",
					 .context = "c",
					 .interval_ms = 10000,
					 .timeout_ms = 1000,
					 .retries = 2,
					 .deadline_ms = 8000,
					 .driver = 0};
}

Test(plan_snmp, comes_back_as_it_was)
{
	struct plan_snmp_driver driver = driver_sample();
	struct plan_snmp_device device = device_sample();
	struct plan_snmp in = {.driver = &driver, .driver_count = 1, .device = &device, .device_count = 1, .is_scan = true};
	struct plan_snmp out;
	struct err_info info = {0};
	struct buf bytes;

	encode(&in, &bytes);
	cr_assert_eq(plan_snmp_decode(&out, bytes.data, bytes.bytes, &info), ERR_NONE, "%s", info.text);
	cr_expect(out.is_scan);
	cr_assert_eq(out.device_count, 1);
	cr_expect_eq(memcmp(out.device, &device, sizeof device), 0);
	cr_assert_eq(out.driver_count, 1);
	cr_expect_str_eq(out.driver[0].name, "raritan_px2");
	cr_expect_eq(out.driver[0].priority, -5);
	cr_expect_eq(out.driver[0].total, TOTAL_SUM);
	cr_expect_eq(memcmp(out.driver[0].rule, driver.rule, sizeof driver.rule), 0);
	cr_expect_eq(memcmp(&out.driver[0].identity, &driver.identity, sizeof driver.identity), 0);
	cr_assert_eq(out.driver[0].group_count, 1);
	/* A point's scale.sign is +1 where the sample says nothing (0), so encoding again is what has to be the same. */
	struct buf again;
	encode(&out, &again);
	cr_expect_eq(again.bytes, bytes.bytes);
	cr_expect_eq(memcmp(again.data, bytes.data, bytes.bytes), 0);
	cr_expect_str_eq(out.driver[0].group[0].filter[0].pattern, "a|b");
	cr_expect_eq(out.driver[0].group[0].point_list[0].scale.sign, -1);
	cr_expect_eq(out.driver[0].group[0].point_list[0].sentinel[1], INT64_MAX);
	buf_deinit(&again);
	buf_deinit(&bytes);
	plan_snmp_deinit(&out);
	mem_free(driver.group);
}

Test(plan_snmp, torn_at_any_byte_is_refused)
{
	struct plan_snmp_driver driver = driver_sample();
	struct plan_snmp_device device = device_sample();
	struct plan_snmp in = {.driver = &driver, .driver_count = 1, .device = &device, .device_count = 1};
	struct buf bytes;

	encode(&in, &bytes);
	for (size_t cut = 0; cut < bytes.bytes; cut++)
		cr_expect_eq(decode(bytes.data, cut), ERR_DATA, "cut at byte %zu", cut);
	buf_deinit(&bytes);
	mem_free(driver.group);
}

Test(plan_snmp, device_has_a_driver_of_the_plan_or_is_recognised_later)
{
	struct plan_snmp_device device = device_sample();
	struct plan_snmp plan = {.device = &device, .device_count = 1};

	cr_expect_eq(recode(&plan), ERR_DATA, "driver 0 of none");
	device.driver = PLAN_DRIVER_AUTO;
	cr_expect_eq(recode(&plan), ERR_NONE);
}

Test(plan_snmp, privacy_needs_authentication)
{
	struct plan_snmp_device device = device_sample();
	struct plan_snmp plan = {.device = &device, .device_count = 1};

	device.driver = PLAN_DRIVER_AUTO;
	device.auth = SNMP_AUTH_NONE;
	cr_expect_eq(recode(&plan), ERR_DATA);
}

Test(plan_snmp, version_2_is_written_as_1)
{
	struct plan_snmp_device device = device_sample();
	struct plan_snmp plan = {.device = &device, .device_count = 1};

	device.driver = PLAN_DRIVER_AUTO;
	device.version = 2; /* SNMP's number for 2c is 1 */
	cr_expect_eq(recode(&plan), ERR_DATA);
}

/* What the decoder says to a driver in which one field was changed. */
static enum err recode_driver(void (*change)(struct plan_snmp_driver *driver))
{
	struct plan_snmp_driver driver = driver_sample();
	struct plan_snmp plan = {.driver = &driver, .driver_count = 1};

	change(&driver);
	enum err err = recode(&plan);
	mem_free(driver.group);
	return err;
}

static void point_to_missing_factor(struct plan_snmp_driver *driver)
{
	driver->group[0].point_list[1].product[0] = 2;
}

static void take_away_the_object(struct plan_snmp_driver *driver)
{
	driver->group[0].point_list[0].oid.length = 0;
}

static void turn_the_range(struct plan_snmp_driver *driver)
{
	driver->group[0].point_list[0].min_value = 2e12;
}

static void divide_by_zero(struct plan_snmp_driver *driver)
{
	driver->group[0].point_list[0].counter.unit_den = 0;
}

static void ask_for_phase_4(struct plan_snmp_driver *driver)
{
	driver->group[0].phase = 4;
}

static void empty_a_rule(struct plan_snmp_driver *driver)
{
	driver->rule[0].object_id.length = 0;
}

static void lose_the_scale_column(struct plan_snmp_driver *driver)
{
	driver->group[0].point_list[0].scale.oid.length = 0;
}

static void have_no_points(struct plan_snmp_driver *driver)
{
	driver->group[0].point_count = 0;
}

Test(plan_snmp, driver_that_contradicts_itself_is_refused)
{
	cr_expect_eq(recode_driver(point_to_missing_factor), ERR_DATA);
	cr_expect_eq(recode_driver(take_away_the_object), ERR_DATA);
	cr_expect_eq(recode_driver(turn_the_range), ERR_DATA);
	cr_expect_eq(recode_driver(divide_by_zero), ERR_DATA);
	cr_expect_eq(recode_driver(ask_for_phase_4), ERR_DATA);
	cr_expect_eq(recode_driver(empty_a_rule), ERR_DATA);
	cr_expect_eq(recode_driver(lose_the_scale_column), ERR_DATA);
	cr_expect_eq(recode_driver(have_no_points), ERR_DATA);
}
