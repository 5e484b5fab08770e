/* SPDX-License-Identifier: Apache-2.0 */
/* Driver files: those that come with the program, and what is wrong in others. */
#include "settings/driver.h"

#include "base/buf.h"
#include "base/file.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

static const char head[] = "schema: wattledger.driver/1\nprotocol: snmp\nvendor: Acme\nfamily: P\nsource: test\npriority: 50\n";

/* Head and `rest`; the problems as text into out (to be deinitialised by the caller). */
static enum err parse(struct plan_snmp_driver *driver, const char *rest, struct buf *out)
{
	struct problems problems = {0};
	struct buf text;

	buf_init(&text, 65536);
	buf_init(out, 65536);
	buf_add_text(&text, head);
	buf_add_text(&text, rest);
	enum err err = driver_parse(driver, "acme", buf_text(&text), text.bytes, problems_add_file(&problems, "d.yaml"), &problems);
	problems_sort(&problems);
	problems_print(&problems, out);
	problems_deinit(&problems);
	buf_deinit(&text);
	return err;
}

static void expect_refused(const char *rest, const char *expected)
{
	struct plan_snmp_driver driver;
	struct buf out;

	cr_expect_eq(parse(&driver, rest, &out), ERR_CONFIG, "%s", rest);
	cr_expect_str_eq(buf_text(&out), expected);
	buf_deinit(&out);
}

/* Lines of a driver whose only meter has these points (indented by 6). */
#define ONE_METER "caliber: actual\ntotal: meter\nrecognise:\n  - object_id: 1.3.6.1.4.1.99998\nmeters:\n  - key: total\n    points:\n"

static void expect_clean(const char *path)
{
	struct problems problems = {0};
	struct driver_any driver;

	cr_assert_eq(driver_any_load(&driver, path, &problems), ERR_NONE, "%s", path);
	cr_expect_eq(problems.count, 0, "%s", path);
	driver_any_deinit(&driver);
	problems_deinit(&problems);
}

/* Its head says what the total is, and what must never be added to it. */
static void expect_total_note(const char *path)
{
	struct buf text;

	buf_init(&text, DRIVER_FILE_BYTES_MAX);
	cr_assert_eq(file_read(path, &text, NULL), ERR_NONE, "%s", path);
	cr_expect_not_null(strstr(buf_text(&text), "\nnote: "), "%s has no note of its total", path);
	cr_expect_not_null(strstr(buf_text(&text), "total"), "%s", path);
	buf_deinit(&text);
}

Test(driver, those_of_the_program_are_clean_and_say_what_their_total_is)
{
	glob_t found;

	cr_assert_eq(glob("drivers/*.yaml", 0, NULL, &found), 0);
	cr_expect_geq(found.gl_pathc, 104);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		expect_clean(found.gl_pathv[i]);
		expect_total_note(found.gl_pathv[i]);
	}
	globfree(&found);
}

Test(driver, negative_is_zero_is_for_gauges)
{
	expect_refused(ONE_METER "      - quantity: energy_j\n        oid: 1.3.6.1.4.1.99998.2.0\n        unit: Wh\n        width: 32\n"
				 "        negative_is_zero: yes\n        source: s\n",
		       "d.yaml:18:27: negative_is_zero is for gauges with an oid, and not beside absent: negative\n");
}

Test(driver, the_example_of_the_readme_is_right)
{
	struct problems problems = {0};
	struct plan_snmp_driver driver;
	struct buf readme;

	buf_init(&readme, 1 << 20);
	FILE *file = fopen("drivers/README.md", "r");
	cr_assert_not_null(file);
	for (int c = fgetc(file); c != EOF; c = fgetc(file))
		buf_add_char(&readme, (char)c);
	fclose(file);
	const char *from = strstr(buf_text(&readme), "```yaml\n");
	cr_assert_not_null(from);
	from += strlen("```yaml\n");
	const char *to = strstr(from, "```");
	cr_assert_not_null(to);
	cr_expect_eq(driver_parse(&driver, "acme_strip", from, (size_t)(to - from), problems_add_file(&problems, "README.md"), &problems),
		     ERR_NONE);
	cr_expect_eq(driver.group_count, 2);
	driver_deinit(&driver);
	problems_deinit(&problems);
	buf_deinit(&readme);
}

Test(driver, what_is_written_is_what_the_collector_gets)
{
	struct plan_snmp_driver driver;
	struct buf out;

	cr_assert_eq(
	    parse(
		&driver,
		ONE_METER
		"      - quantity: power_w\n        oid: 1.3.6.1.4.1.99998.1.0\n        unit: 0.01 kW\n        absent: [-1, 65535, zero]\n"
		"        range: [0, 4000]\n        source: s\n"
		"      - quantity: energy_j\n        oid: 1.3.6.1.4.1.99998.2.0\n        unit: 0.1 kWh\n        width: 32\n"
		"        wraps: yes\n        resettable: yes\n        caliber: estimated\n        source: s\n"
		"        scale: {by: power_of_ten, oid: 1.3.6.1.4.1.99998.3.0, sign: -1, of: device}\n",
		&out),
	    ERR_NONE, "%s", buf_text(&out));
	const struct plan_group *group = &driver.group[0];
	cr_expect_eq(group->role, ROLE_TOTAL);
	cr_expect_not(group->is_table);
	cr_assert_eq(group->point_count, 2);
	const struct plan_point *power = &group->point_list[0];
	cr_expect_eq(power->quantity, QUANTITY_POWER);
	cr_expect_float_eq(power->scale.factor, 10.0, 1e-12, "0.01 kW is 10 W");
	cr_expect_eq(power->sentinel_count, 2);
	cr_expect_eq(power->sentinel[1], 65535);
	cr_expect(power->is_zero_absent);
	cr_expect_not(power->is_negative_absent);
	cr_expect(power->has_range);
	cr_expect_eq(power->caliber, CALIBER_ACTUAL);
	const struct plan_point *energy = &group->point_list[1];
	cr_expect_eq(energy->counter.modulus, UINT64_C(1) << 32);
	cr_expect_eq(energy->counter.unit_num, 360000000); /* 0.1 kWh = 360 kJ = 360000000 mJ */
	cr_expect_eq(energy->counter.unit_den, 1);
	cr_expect(energy->counter.is_wrap_known);
	cr_expect(energy->counter.is_resettable);
	cr_expect_eq(energy->caliber, CALIBER_ESTIMATED);
	cr_expect_eq(energy->scale.kind, SCALE_POW10);
	cr_expect_eq(energy->scale.sign, -1);
	cr_expect(energy->scale.is_scalar);
	driver_deinit(&driver);
	buf_deinit(&out);
}

Test(driver, scale_maps_are_factors_and_fractions)
{
	struct plan_snmp_driver driver;
	struct buf out;

	cr_assert_eq(parse(&driver,
			   ONE_METER "      - quantity: power_w\n        oid: 1.3.1.0\n        unit: W\n        source: s\n"
				     "        scale: {by: map, oid: 1.3.2.0, of: device, entries: {kW: 1000, \"1\": 0.1}}\n",
			   &out),
		     ERR_NONE, "%s", buf_text(&out));
	const struct plan_scale *scale = &driver.group[0].point_list[0].scale;
	cr_assert_eq(scale->map_count, 2);
	cr_expect_str_eq(scale->map[0].key, "kW");
	cr_expect_float_eq(scale->map[0].factor, 1000.0, 1e-9);
	cr_expect_eq(scale->map[0].num, 1000000); /* 1000 W in thousandths */
	cr_expect_float_eq(scale->map[1].factor, 0.1, 1e-12);
	driver_deinit(&driver);
	buf_deinit(&out);
}

Test(driver, former_keys_are_those_of_no_other_meter)
{
	static const char rows[] = "caliber: actual\ntotal: none\nrecognise:\n  - object_id: 1.3.6.1.4.1.99998\nmeters:\n";
	struct plan_snmp_driver driver;
	struct buf out, text;

	buf_init(&text, 4096);
	buf_add_text(&text, rows);
	buf_add_text(&text, "  - key: socket/{}\n    key_oid: 1.3.6.1.4.1.99998.3.1\n    was: [\"plug/{}\", \"outlet/{index}\"]\n"
			    "    points:\n      - {quantity: power_w, oid: 1.3.1, unit: W, source: s}\n");
	cr_assert_eq(parse(&driver, buf_text(&text), &out), ERR_NONE, "%s", buf_text(&out));
	cr_expect_str_eq(driver.group[0].was[0], "plug/{}");
	cr_expect_str_eq(driver.group[0].was[1], "outlet/{index}");
	driver_deinit(&driver);
	buf_deinit(&out);
	buf_clear(&text);
	buf_add_text(&text, rows);
	buf_add_text(&text, "  - key: a\n    was: [b, a]\n    points:\n      - {quantity: power_w, oid: 1.3.1.0, unit: W, source: s}\n"
			    "  - key: b\n    was: \"x/{}\"\n    points:\n      - {quantity: power_w, oid: 1.3.2.0, unit: W, source: s}\n"
			    "  - key: c/{}\n    was: [p, q, r]\n    points:\n      - {quantity: power_w, oid: 1.3.3, unit: W, source: s}\n"
			    "  - key: d/{}\n    was: outlet\n    points:\n      - {quantity: power_w, oid: 1.3.4, unit: W, source: s}\n");
	expect_refused(buf_text(&text),
		       "d.yaml:12:5: meter a: was: b is the key, or a former key, of another meter\n"
		       "d.yaml:13:14: was: a is the key that it has\n"
		       "d.yaml:17:10: was: x/{}: {} stands in a former key when, and only when, it stands in the key\n"
		       "d.yaml:21:10: was has to be a list of 1 to 2 former keys, the last one first\n"
		       "d.yaml:25:10: was: outlet: {} or {index} stands in a former key when, and only when, it stands in the key\n");
	buf_deinit(&text);
}

Test(driver, products_name_points_above)
{
	struct plan_snmp_driver driver;
	struct buf out;

	cr_assert_eq(parse(&driver,
			   ONE_METER "      - {quantity: voltage_v, oid: 1.3.1.0, unit: V, source: s}\n"
				     "      - {quantity: current_a, oid: 1.3.2.0, unit: A, source: s}\n"
				     "      - {quantity: power_w, product: [voltage_v, current_a], absolute: yes, source: s}\n",
			   &out),
		     ERR_NONE, "%s", buf_text(&out));
	cr_expect_eq(driver.group[0].point_list[2].product_count, 2);
	cr_expect_eq(driver.group[0].point_list[2].product[0], 0);
	cr_expect_eq(driver.group[0].point_list[2].product[1], 1);
	cr_expect(driver.group[0].point_list[2].is_absolute);
	driver_deinit(&driver);
	buf_deinit(&out);
	expect_refused(ONE_METER "      - {quantity: power_w, product: [voltage_v, current_a], source: s}\n",
		       "d.yaml:14:39: product: voltage_v is no quantity of a point above in this meter\n"
		       "d.yaml:14:50: product: current_a is no quantity of a point above in this meter\n");
	expect_refused(ONE_METER "      - {quantity: power_w, oid: 1.3.1.0, unit: W, absolute: yes, source: s}\n",
		       "d.yaml:14:62: absolute is for a product\n");
}

Test(driver, all_that_is_wrong_is_told_with_its_place)
{
	expect_refused(
	    "total: sum\nrecognise: [{probe_matches: '('}]\nmeterz: 1\nmeters:\n"
	    "  - key: outlet\n    rows: all\n    pont: pdu_out\n    points:\n"
	    "      - {quantity: power, oid: 1.x, unit: kWh}\n"
	    "      - {quantity: energy_j, oid: 1.3.6, unit: 5 volts, source: s}\n",
	    "d.yaml:8:13: a recognition rule needs object_id, descr or probe\n"
	    "d.yaml:8:29: \"(\" is no extended regular expression: Unmatched ( or \\(\n"
	    "d.yaml:8:29: probe_matches needs a probe\n"
	    "d.yaml:9:1: driver key meterz is unknown: did you mean meters? It is one of schema, protocol, vendor, family, source, note, priority, "
	    "stackable, caliber, total, recognise, identity, quirks, meters\n"
	    "d.yaml:11:3: total: sum needs at least one meter with sum: yes\n"
	    "d.yaml:11:5: meter outlet: with rows: all its key needs {} where the row's own key goes\n"
	    "d.yaml:13:5: meter key pont is unknown: did you mean point? It is one of key, name, parent, was, rows, key_oid, name_oid, index_skip, where, "
	    "role, point, supply, phase, sum, optional, note, points\n"
	    "d.yaml:15:9: this point has no source\n"
	    "d.yaml:15:20: quantity power is unknown: it is one of power_w, energy_j, energy_out_j, voltage_v, current_a, power_factor, "
	    "frequency_hz, apparent_va, reactive_var, rx_bytes, tx_bytes, uptime_s, discontinuity_s, temperature_c, humidity_ratio, soc_ratio, "
	    "level_l, used_l, run_s, state, captured_bytes, captured_packets, dropped_packets\n"
	    "d.yaml:15:32: oid: \"1.x\" is no object identifier: numbers with dots between, at most 64\n"
	    "d.yaml:16:9: a counter needs its width in bits: 32 holds up to 4294967295, an INTEGER has 31\n"
	    "d.yaml:16:9: this point has no caliber (actual, estimated, static, unknown), nor has the driver\n"
	    "d.yaml:16:48: unit: \"5 volts\" is no step of energy_j: a number (or none) and one of Wh, kWh, MWh, J, kJ, MJ, Ws\n");
}

Test(driver, a_counter_may_roll_over_at_any_number)
{
	struct plan_snmp_driver driver;
	struct buf out;

	cr_assert_eq(parse(&driver,
			   ONE_METER "      - quantity: energy_j\n        oid: 1.3.6.1.4.1.99998.2.0\n        unit: Wh\n"
				     "        rolls_over_at: 10000000\n        source: s\n",
			   &out),
		     ERR_NONE, "%s", buf_text(&out));
	cr_expect_eq(driver.group[0].point_list[0].counter.modulus, 10000000);
	cr_expect(driver.group[0].point_list[0].counter.is_wrap_known);
	driver_deinit(&driver);
	buf_deinit(&out);
}

Test(driver, a_counter_rolls_over_at_a_number_that_its_width_holds)
{
	static const char energy[] = ONE_METER "      - {quantity: energy_j, oid: 1.3.6.1.4.1.99998.2.0, unit: Wh, source: s, ";
	char text[1024];

	(void)snprintf(text, sizeof text, "%s%s", energy, "width: 16, rolls_over_at: 65537}\n");
	expect_refused(text, "d.yaml:14:105: rolls_over_at: 65537 is more than 16 bits hold\n");
	(void)snprintf(text, sizeof text, "%s%s", energy, "rolls_over_at: 1}\n");
	expect_refused(text, "d.yaml:14:94: rolls_over_at: the number that it never shows, since it goes on from 0 there, like 10000000\n");
	(void)snprintf(text, sizeof text, "%s%s", energy, "wraps: yes, rolls_over_at: 1000}\n");
	expect_refused(text, "d.yaml:14:86: wraps is about the width: rolls_over_at already says that it goes on from 0\n");
}

Test(driver, parts_can_be_added_where_there_is_no_total_row)
{
	static const char sum[] =
	    "caliber: actual\ntotal: sum\nrecognise: [{object_id: 1.3.6.1.4.1.99998}]\nmeters:\n"
	    "  - key: pdu\n    sum: yes\n    points: [{quantity: power_w, oid: 1.3.6.1.4.1.99998.1.0, unit: W, source: s}]\n"
	    "  - key: phase/{}\n    sum: else\n    points: [{quantity: power_w, oid: 1.3.6.1.4.1.99998.2, unit: W, source: s}]\n";
	struct plan_snmp_driver driver;
	struct buf out;

	cr_assert_eq(parse(&driver, sum, &out), ERR_NONE, "%s", buf_text(&out));
	cr_expect_eq(driver.group[0].summand, PLAN_SUMMAND_YES);
	cr_expect_eq(driver.group[1].summand, PLAN_SUMMAND_ELSE);
	driver_deinit(&driver);
	buf_deinit(&out);
	expect_refused(
	    "caliber: actual\ntotal: sum\nrecognise: [{object_id: 1.3.6.1.4.1.99998}]\nmeters:\n"
	    "  - key: phase/{}\n    sum: else\n    points: [{quantity: power_w, oid: 1.3.6.1.4.1.99998.2, unit: W, source: s}]\n",
	    "d.yaml:11:3: total: sum needs at least one meter with sum: yes\n");
	expect_refused(
	    "caliber: actual\ntotal: none\nrecognise: [{object_id: 1.3.6.1.4.1.99998}]\nmeters:\n"
	    "  - key: phase/{}\n    sum: else\n    points: [{quantity: power_w, oid: 1.3.6.1.4.1.99998.2, unit: W, source: s}]\n",
	    "d.yaml:11:3: a meter has sum: else, but the driver's total is not: sum\n");
}

Test(driver, an_empty_meter_is_refused)
{
	expect_refused("caliber: actual\ntotal: none\nrecognise: [{object_id: 1.3}]\nmeters:\n  -\n",
		       "d.yaml:11:3: this meter has no key\n"
		       "d.yaml:11:3: this meter has no points\n");
}

Test(driver, another_schema_is_refused)
{
	struct problems problems = {0};
	struct plan_snmp_driver driver;
	static const char text[] = "schema: wattledger.driver/2\n";

	cr_expect_eq(driver_parse(&driver, "x", text, strlen(text), problems_add_file(&problems, "d.yaml"), &problems), ERR_CONFIG);
	problems_sort(&problems);
	cr_assert_gt(problems.count, 0);
	cr_expect_str_eq(problems.item[problems.count - 1].text,
			 "schema wattledger.driver/2 is not understood: this program reads wattledger.driver/1");
	problems_deinit(&problems);
}

Test(driver, a_missing_file_is_a_problem)
{
	struct problems problems = {0};
	struct plan_snmp_driver driver;

	cr_expect_eq(settings_driver_load(&driver, "/nonexistent/x.yaml", &problems), ERR_CONFIG);
	cr_expect_eq(problems.error_count, 1);
	problems_deinit(&problems);
}
