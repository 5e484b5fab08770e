/* SPDX-License-Identifier: Apache-2.0 */
/* Driver files with protocol: modbus: what comes out, and every mistake with its place. */
#include "base/file.h"
#include "settings/address_modbus.h"
#include "settings/driver.h"

#include <criterion/criterion.h>
#include <string.h>

#define HEAD                                                                                                                          \
	"schema: wattledger.driver/1\nprotocol: modbus\nvendor: Acme\nfamily: M1\nsource: s\nconfidence: two_sources\npriority: 50\n" \
	"caliber: actual\ntotal: meter\n"

static enum err parse(struct driver_any *driver, const char *rest, struct buf *out)
{
	struct problems problems = {0};
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_init(out, 1 << 16);
	buf_add_text(&text, HEAD);
	buf_add_text(&text, rest);
	enum err err = driver_any_parse(driver, "acme", buf_text(&text), text.bytes, problems_add_file(&problems, "d.yaml"), &problems);
	problems_sort(&problems);
	problems_print(&problems, out);
	problems_deinit(&problems);
	buf_deinit(&text);
	return err;
}

static void expect_refused(const char *rest, const char *expected)
{
	struct driver_any driver;
	struct buf out;

	cr_expect_eq(parse(&driver, rest, &out), ERR_CONFIG, "%s", rest);
	cr_expect_str_eq(buf_text(&out), expected);
	buf_deinit(&out);
}

Test(driver_modbus, registers_take_what_they_do_not_say_from_the_head)
{
	struct driver_any driver;
	struct buf out;

	cr_assert_eq(parse(&driver,
			   "registers: {function: 4, type: i32, order: little}\nmeters:\n  - key: total\n    points:\n"
			   "      - {quantity: power_w, register: 0x28, unit: 0.1 W, absent: [0x7FFFFFFF, -1]}\n"
			   "      - {quantity: frequency_hz, register: 51, type: u16, function: 3, unit: 0.1 Hz}\n",
			   &out),
		     ERR_NONE, "%s", buf_text(&out));
	const struct plan_modbus_point *point = driver.modbus.group[0].point_list;
	cr_expect(driver.protocol == WIRE_KIND_MODBUS && driver.modbus.group_count == 1);
	cr_expect(point[0].reg.address == 40 && point[0].reg.function == 4 && point[0].reg.type == MODBUS_I32 && point[0].reg.is_low_first);
	cr_expect(point[0].absent_count == 2 && point[0].absent[0].first == 0x7FFFFFFF && point[0].absent[1].last == 0xFFFFFFFF);
	cr_expect(point[1].reg.function == 3 && point[1].reg.type == MODBUS_U16);
	driver_any_deinit(&driver);
	buf_deinit(&out);
}

Test(driver_modbus, a_meter_that_is_repeated_moves_by_its_strides)
{
	struct driver_any driver;
	struct buf out;

	cr_assert_eq(parse(&driver,
			   "registers: {function: 3, type: f32}\nmeters:\n  - key: total\n    points:\n"
			   "      - {quantity: energy_j, register: 72, unit: kWh}\n"
			   "  - key: phase/{}\n    repeat: 3\n    phase: of_key\n    points:\n"
			   "      - {quantity: power_w, register: 12, stride: 2, unit: kW}\n",
			   &out),
		     ERR_NONE, "%s", buf_text(&out));
	cr_assert_eq(driver.modbus.group_count, 4);
	const struct plan_modbus_group *third = &driver.modbus.group[3];
	cr_expect_str_eq(third->key, "phase/3");
	cr_expect_str_eq(third->parent, "total");
	cr_expect(third->phase == 3 && third->point_list[0].reg.address == 16 && third->point_list[0].factor == 1000.0);
	/* a float in kWh is counted in steps of 1 Wh = 3,600,000 mJ */
	const struct plan_modbus_point *energy = &driver.modbus.group[0].point_list[0];
	cr_expect(energy->num == 3600000 && energy->den == 1 && energy->factor == 1000.0);
	driver_any_deinit(&driver);
	buf_deinit(&out);
}

Test(driver_modbus, scales_ratios_and_models)
{
	struct driver_any driver;
	struct buf out;

	cr_assert_eq(parse(&driver,
			   "registers: {function: 3, type: i16}\nmeters:\n  - key: total\n    models: [201, 203]\n    points:\n"
			   "      - {quantity: power_w, register: 18, unit: W, scale: {by: power_of_ten, register: 22}}\n"
			   "      - {quantity: current_a, register: 2, unit: A, ratio: [{register: 6, factor: 0.1}]}\n"
			   "      - {quantity: voltage_v, register: 3, type: u16, unit: V, linear: {raw: [0, 9999], value: [0, 828]}}\n",
			   &out),
		     ERR_NONE, "%s", buf_text(&out));
	const struct plan_modbus_group *group = &driver.modbus.group[0];
	cr_expect(group->model_count == 2 && group->model[1] == 203);
	cr_expect_eq(group->point_list[0].exponent.address, 22);
	cr_expect(group->point_list[1].ratio_count == 1 && group->point_list[1].ratio[0].num == 1 &&
		  group->point_list[1].ratio[0].den == 10);
	cr_expect_float_eq(group->point_list[2].factor * 9999, 828.0, 1e-9);
	driver_any_deinit(&driver);
	buf_deinit(&out);
}

Test(driver_modbus, mistakes_have_their_place)
{
	expect_refused("meters:\n  - key: total\n    points:\n      - {quantity: power_w, register: 40001x, unit: W}\n",
		       "d.yaml:13:39: register: an address on the wire is expected, from 0, like 52 or 0x0034 (no 4xxxx numbers)\n");
	expect_refused("meters:\n  - key: total\n    points:\n      - {quantity: power_w, register: 4, unit: W}\n",
		       "d.yaml:13:39: this register has no type (u16, i32, f32, ...), nor has registers:\n");
	expect_refused("registers: {function: 3, type: u32}\nmeters:\n  - key: total\n    points:\n"
		       "      - {quantity: power_w, register: 4, unit: kWh, resolution: 1 Wh}\n",
		       "d.yaml:14:48: unit: \"kWh\" is no step of power_w: a number (or none) and one of W, mW, kW, MW\n"
		       "d.yaml:14:53: resolution is for counters, power_w is none\n");
	expect_refused("registers: {function: 3, type: u16}\nrecognise:\n  - {register: 5}\nmeters:\n  - key: total\n    points:\n"
		       "      - {quantity: power_w, register: 4, unit: W}\n",
		       "d.yaml:12:5: a register needs the numbers that it has to be: is or between\n");
	expect_refused(
	    "registers: {function: 3, type: u16}\nrequests: {max_registers: 4}\nmeters:\n  - key: total\n    atomic: yes\n    points:\n"
	    "      - {quantity: power_w, register: 4, unit: W}\n      - {quantity: voltage_v, register: 9, unit: V}\n",
	    "d.yaml:13:5: meter total: atomic, but its 6 registers are more than one request may have (4)\n");
}

Test(driver_modbus, the_example_of_the_page_is_right)
{
	struct problems problems = {0};
	struct driver_any driver;
	struct buf page;

	buf_init(&page, 1 << 20);
	cr_assert_eq(file_read("drivers/MODBUS.md", &page, NULL), ERR_NONE);
	const char *from = strstr(buf_text(&page), "```yaml\n");
	cr_assert_not_null(from);
	from += strlen("```yaml\n");
	const char *to = strstr(from, "```");
	cr_assert_not_null(to);
	cr_expect_eq(driver_any_parse(&driver, "acme_m1", from, (size_t)(to - from), problems_add_file(&problems, "MODBUS.md"), &problems),
		     ERR_NONE);
	cr_expect(driver.protocol == WIRE_KIND_MODBUS && driver.modbus.group_count == 4 && problems.count == 0);
	driver_any_deinit(&driver);
	problems_deinit(&problems);
	buf_deinit(&page);
}

Test(address_modbus, forms)
{
	struct address_modbus address;

	cr_assert(address_modbus_parse(&address, "modbus://meter.example.net/7"));
	cr_expect(address.bus.link == MODBUS_TCP && address.bus.port == 502 && address.first_unit == 7 && address.last_unit == 7);
	cr_assert(address_modbus_parse(&address, "modbus+rtu://[2001:db8::7]:4001/1-9"));
	cr_expect(address.bus.link == MODBUS_RTU_TCP && address.bus.port == 4001 && address.last_unit == 9);
	cr_expect_str_eq(address.bus.host, "2001:db8::7");
	cr_assert(address_modbus_parse(&address, "modbus:/dev/serial/by-id/usb-1?baud=19200&parity=E&stop=2&rs485=yes/33"));
	cr_expect_str_eq(address.bus.path, "/dev/serial/by-id/usb-1");
	cr_expect(address.bus.baud == 19200 && address.bus.parity == 'E' && address.bus.stop_bits == 2 && address.bus.is_rs485);
	cr_expect_not(address_modbus_parse(&address, "modbus://host"));
	cr_expect_not(address_modbus_parse(&address, "modbus://host/256"));
	cr_expect_not(address_modbus_parse(&address, "modbus://host/9-3"));
	cr_expect_not(address_modbus_parse(&address, "modbus:/dev/ttyS0?speed=9600/1"));
}
