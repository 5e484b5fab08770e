/* SPDX-License-Identifier: Apache-2.0 */
#include "output/line.h"
#include "output/line_other.h"

#include "base/num.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { OUT_BYTES = 4096 };

static const struct line_tags rack_meter = {.site = "oslo-1",
					    .rack = "r1",
					    .device = "pdu-a",
					    .meter = "total",
					    .role = "total",
					    .in_total = "yes",
					    .point = "pdu_out",
					    .supply = "grid"};

/* 2026-11-25T20:15:00Z */
#define AT_S INT64_C(1795637700)
#define AT_NS (AT_S * INT64_C(1000000000))

static struct line_series make_series(enum line_tag_set set, const struct line_tags *tags)
{
	struct line_series series;
	struct err_info info = {0};

	cr_assert_eq(line_series_init(&series, set, tags, &info), ERR_NONE, "%s", info.text);
	return series;
}

static void expect_tag(const char *value, const char *expected)
{
	struct buf out;

	buf_init(&out, OUT_BYTES);
	line_add_tag_value(&out, value);
	cr_expect_str_eq(buf_text(&out), expected);
	buf_deinit(&out);
}

Test(line, tags_are_all_written_in_one_order_and_none_stands_for_empty)
{
	struct line_series series = make_series(LINE_TAGS_METER, &rack_meter);

	cr_expect_str_eq(series.text,
			 ",site=oslo-1,rack=r1,tenant=none,device=pdu-a,meter=total,role=total,in_total=yes,point=pdu_out,supply=grid");
	cr_expect_eq(series.bytes, strlen(series.text));
	line_series_deinit(&series);
}

Test(line, tag_sets_of_other_measurements)
{
	const struct line_tags tags = {.site = "s",
				       .device = "d",
				       .meter = "m",
				       .point = "it_in",
				       .port = "eth0",
				       .ref = "uni",
				       .flow = "all",
				       .host = "h",
				       .code = "gap",
				       .level = "warning"};
	static const char *const expected[LINE_TAGS_COUNT] = {[LINE_TAGS_SITE_POINT] = ",site=s,point=it_in",
							      [LINE_TAGS_TRAFFIC] = ",site=s,device=d,port=eth0,ref=uni,flow=all",
							      [LINE_TAGS_SITE] = ",site=s",
							      [LINE_TAGS_DEVICE] = ",site=s,device=d,meter=m",
							      [LINE_TAGS_HOST] = ",host=h,site=s",
							      [LINE_TAGS_EVENT] = ",site=s,device=d,meter=m,code=gap,level=warning"};
	unsigned set;

	for (set = LINE_TAGS_SITE_POINT; set < LINE_TAGS_COUNT; set++) {
		struct line_series series = make_series((enum line_tag_set)set, &tags);

		cr_expect_str_eq(series.text, expected[set]);
		line_series_deinit(&series);
	}
}

Test(line, comma_space_and_equals_are_escaped)
{
	expect_tag("a,b c=d", "a\\,b\\ c\\=d");
}

Test(line, a_backslash_stays_unless_it_would_escape_what_follows)
{
	expect_tag("a\\b", "a\\b");
	expect_tag("end\\", "end\xEF\xBC\xBC");
	expect_tag("a\\,b", "a\xEF\xBC\xBC\\,b");
	expect_tag("a\\\\b", "a\xEF\xBC\xBC\\b");
}

Test(line, a_newline_cannot_get_into_a_tag)
{
	expect_tag("a\nb v=1i 1\nevil", "a\\ b\\ v\\=1i\\ 1\\ evil");
}

Test(line, invalid_utf8_becomes_the_replacement_character)
{
	expect_tag("a\xFF"
		   "b",
		   "a\xEF\xBF\xBD"
		   "b");
}

Test(line, only_spaces_is_none)
{
	expect_tag("  \t ", "none");
	expect_tag("", "none");
	expect_tag(NULL, "none");
}

Test(line, energy_point_with_all_fields)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	/* 3600123999 mJ is 3600123 J and a rest that is not there yet. */
	const struct line_energy reading = {.power_w = 1234.5,
					    .energy_millij = 3600123999,
					    .voltage_v = 230.1,
					    .current_a = 5.36504,
					    .power_factor = -0.98,
					    .frequency_hz = 50};
	struct buf out;

	buf_init(&out, OUT_BYTES);
	cr_expect(line_add_energy(&out, &series, &reading, AT_NS));
	cr_expect_str_eq(buf_text(&out),
			 "energy,site=oslo-1 power_w=1234.5,energy_j=3600123i,voltage_v=230.1,current_a=5.365,power_factor=-0.98,"
			 "frequency_hz=50 1795637700000000000\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}

Test(line, unknown_fields_are_left_out_and_a_point_without_fields_is_not_written)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	struct line_energy reading = {.power_w = (double)NAN,
				      .energy_millij = LINE_UNKNOWN,
				      .voltage_v = (double)INFINITY,
				      .current_a = (double)-INFINITY,
				      .power_factor = (double)NAN,
				      .frequency_hz = 1e300};
	struct buf out;

	buf_init(&out, OUT_BYTES);
	cr_expect_not(line_add_energy(&out, &series, &reading, AT_NS));
	cr_expect_str_eq(buf_text(&out), "");
	reading.voltage_v = 12.0625; /* half away from zero at the third decimal */
	cr_expect(line_add_energy(&out, &series, &reading, AT_NS));
	cr_expect_str_eq(buf_text(&out), "energy,site=oslo-1 voltage_v=12.063 1795637700000000000\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}

Test(line, a_line_that_does_not_fit_leaves_nothing_behind)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	struct buf out;

	buf_init(&out, 70);
	cr_expect(line_add_state(&out, &series, 7, AT_NS)); /* 46 bytes */
	cr_expect_not(line_add_state(&out, &series, 7, AT_NS));
	cr_expect(out.is_failed);
	cr_expect_str_eq(buf_text(&out), "state,site=oslo-1 value=7i 1795637700000000000\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}

Test(line, slot_point)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	const struct interval interval = {.slot_start_s = AT_S,
					  .slot_s = 900,
					  .millij = {[COVERAGE_MEASURED] = 450000000, [COVERAGE_BRIDGED] = 2000},
					  .covered_ms = {[COVERAGE_MEASURED] = 896000, [COVERAGE_BRIDGED] = 4000}};
	struct line_running running = {0};
	struct line_slot slot;
	struct buf out;

	buf_init(&out, OUT_BYTES);
	line_slot_round(&slot, &running, &interval);
	cr_expect(line_add_slot(&out, &series, &slot));
	cr_expect_str_eq(
	    buf_text(&out),
	    "slot,site=oslo-1 energy_j=450002i,measured_j=450000i,bridged_j=2i,estimated_j=0i,covered_s=900i,slot_s=900i,rev=0i "
	    "1795637700000000000\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}

Test(line, a_revision_is_a_point_of_signed_differences_some_seconds_on)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	const struct interval interval = {.slot_start_s = AT_S,
					  .slot_s = 900,
					  .rev = 2,
					  .millij = {[COVERAGE_MEASURED] = 5000, [COVERAGE_ESTIMATED] = -6000},
					  .covered_ms = {[COVERAGE_MEASURED] = 60000, [COVERAGE_ESTIMATED] = -60000}};
	struct line_running running = {0};
	struct line_slot slot;
	struct buf out;

	buf_init(&out, OUT_BYTES);
	line_slot_round(&slot, &running, &interval);
	cr_expect(line_add_slot(&out, &series, &slot));
	cr_expect_str_eq(buf_text(&out),
			 "slot,site=oslo-1 energy_j=-1i,measured_j=5i,bridged_j=0i,estimated_j=-6i,covered_s=0i,slot_s=0i,rev=2i "
			 "1795637702000000000\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}

Test(line, revisions_never_reach_into_the_next_slot)
{
	cr_expect_eq(line_slot_time_ns(AT_S, 60, 59), AT_NS + INT64_C(59000000000));
	cr_expect_eq(line_slot_time_ns(AT_S, 60, 60), AT_NS + INT64_C(1000000));
	cr_expect_eq(line_slot_time_ns(AT_S, 60, 1058), AT_NS + INT64_C(999000000));
	cr_expect_eq(line_slot_time_ns(AT_S, 60, 1059), AT_NS + INT64_C(1001000000));
	/* the last second's last millisecond: 60 seconds and 60 x 999 between them; then they begin again */
	cr_expect_eq(line_slot_time_ns(AT_S, 60, 59 + 60 * 999), AT_NS + INT64_C(59999000000));
	cr_expect_eq(line_slot_time_ns(AT_S, 60, 60 + 60 * 999), AT_NS + INT64_C(1000000));
	cr_expect_eq(line_slot_time_ns(AT_S, 900, INT32_MAX) / INT64_C(900000000000), AT_NS / INT64_C(900000000000));
}

/* After each of many slots the sums of the points are the rounded-down running totals, and the classes cut the whole exactly. */
Test(line, sums_of_rounded_slots_equal_the_rounded_running_total)
{
	struct line_running running = {0};
	int64_t total_millij = 0;
	int64_t sum_j = 0;
	int64_t measured_j = 0;
	int64_t rest_j = 0;
	int64_t covered_s = 0;
	int i;

	for (i = 0; i < 1000; i++) {
		const struct interval interval = {
		    .slot_s = 60, .millij = {333, 334 * (i % 3), -7 * (i % 5), 1, 2}, .covered_ms = {59999, 0, 0, 0, 0}};
		struct line_slot slot;

		line_slot_round(&slot, &running, &interval);
		total_millij += 333 + 334 * (i % 3) - 7 * (i % 5) + 3;
		sum_j += slot.energy_j;
		measured_j += slot.measured_j;
		rest_j += slot.energy_j - slot.measured_j - slot.bridged_j - slot.estimated_j;
		covered_s += slot.covered_s;
		cr_assert_eq(sum_j, total_millij / 1000);
		cr_assert_eq(measured_j, 333 * (i + 1) / 1000);
		cr_assert_eq(covered_s, INT64_C(59999) * (i + 1) / 1000);
	}
	/* 1000 slots of 3 mJ that are manual or static: 3 J, give or take the joule that the cut may shift. */
	cr_expect(rest_j >= 2 && rest_j <= 4);
}

Test(line, carbon_has_its_own_tags_and_leaves_out_what_has_no_factor)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	struct line_carbon carbon = {.scope = 2,
				     .basis = "direct",
				     .direct_mg = LINE_UNKNOWN,
				     .location_mg = 12345,
				     .market_mg = LINE_UNKNOWN,
				     .hourly_mg = LINE_UNKNOWN,
				     .intensity_g_per_kwh = 28.5};
	struct buf out;

	buf_init(&out, OUT_BYTES);
	cr_expect(line_add_carbon(&out, &series, &carbon, AT_NS));
	cr_expect_str_eq(
	    buf_text(&out),
	    "carbon,site=oslo-1,scope=2,basis=direct location_mg=12345i,intensity_g_per_kwh=28.5,rev=0i 1795637700000000000\n");
	buf_clear(&out);
	carbon.location_mg = LINE_UNKNOWN;
	cr_expect_not(line_add_carbon(&out, &series, &carbon, AT_NS));
	carbon = (struct line_carbon){.scope = 1, .basis = "", .direct_mg = 9, .location_mg = 1, .rev = 1};
	cr_expect(line_add_carbon(&out, &series, &carbon, AT_NS));
	cr_expect_str_eq(buf_text(&out), "carbon,site=oslo-1,scope=1,basis=none direct_mg=9i,rev=1i 1795637700000000000\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}

Test(line, points_of_a_site)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	const struct line_site_total total = {.energy_j = 10,
					      .covered_s = 900,
					      .expected_s = 1800,
					      .location_mg = 3,
					      .market_mg = LINE_UNKNOWN,
					      .hourly_mg = LINE_UNKNOWN,
					      .rev = 0};
	const struct line_traffic traffic = {1, 2, LINE_UNKNOWN, LINE_UNKNOWN, 900};
	const struct line_intensity intensity = {10, 3, LINE_UNKNOWN, 900};
	struct buf out;

	buf_init(&out, OUT_BYTES);
	cr_expect(line_add_site_total(&out, &series, &total, 1));
	cr_expect(line_add_traffic(&out, &series, &traffic, 2));
	cr_expect(line_add_intensity(&out, &series, &intensity, 3));
	cr_expect_str_eq(buf_text(&out), "site_total,site=oslo-1 energy_j=10i,covered_s=900i,expected_s=1800i,location_mg=3i,rev=0i 1\n"
					 "traffic,site=oslo-1 rx_bytes=1i,tx_bytes=2i,covered_s=900i 2\n"
					 "intensity,site=oslo-1 energy_j=10i,uni_bytes=3i,valid_s=900i 3\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}

Test(line_other, points_of_tanks_batteries_rooms_and_states)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	const struct line_fuel fuel = {.level_l = 412.25, .used_l = (double)NAN, .delivered_l = (double)NAN, .run_s = 3600};
	const struct line_battery battery = {.in_j = 5, .out_j = LINE_UNKNOWN, .soc_ratio = 0.5, .stored_mg = LINE_UNKNOWN};
	const struct line_environment environment = {.temperature_c = -3.125, .humidity_ratio = 0.45};
	struct buf out;

	buf_init(&out, OUT_BYTES);
	cr_expect(line_add_fuel(&out, &series, &fuel, 1));
	cr_expect(line_add_battery(&out, &series, &battery, 2));
	cr_expect(line_add_environment(&out, &series, &environment, 3));
	cr_expect(line_add_state(&out, &series, -1, 4));
	cr_expect_str_eq(buf_text(&out),
			 "fuel,site=oslo-1 level_l=412.25,run_s=3600i 1\nbattery,site=oslo-1 in_j=5i,soc_ratio=0.5 2\n"
			 "environment,site=oslo-1 temperature_c=-3.13,humidity_ratio=0.45 3\nstate,site=oslo-1 value=-1i 4\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}

Test(line_other, own_figures_all_fit_at_their_longest_and_unknown_ones_are_left_out)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &rack_meter);
	int64_t values[LINE_SELF_COUNT];
	struct buf out;
	int i;

	for (i = 0; i < LINE_SELF_COUNT; i++)
		values[i] = i == LINE_SELF_UP_IPMI ? LINE_UNKNOWN : INT64_MIN + 1;
	buf_init(&out, OUT_BYTES);
	cr_expect(line_add_self(&out, &series, values, INT64_MIN));
	cr_expect_not_null(strstr(buf_text(&out), "cpu_us=-9223372036854775807i,rss_bytes="));
	cr_expect_not_null(
	    strstr(buf_text(&out), ",up_rapl=-9223372036854775807i,up_traffic=-9223372036854775807i -9223372036854775808\n"));
	cr_expect_str_eq(line_self_name(LINE_SELF_OUTBOX_BYTES), "outbox_bytes");
	buf_deinit(&out);
	line_series_deinit(&series);
}

/* 32 bytes 00 01 02 .. 1f: 0x00010203 = 66051, 0x04050607 = 67438087, and so on, each 67372036 = 0x04040404 more; the last with its top bit set. */
Test(line, chain_point_has_the_head_in_eight_numbers)
{
	struct line_series series = make_series(LINE_TAGS_SITE, &(struct line_tags){.site = "oslo"});
	uint8_t head[32];
	struct buf out;

	for (size_t i = 0; i < sizeof(head); i++)
		head[i] = (uint8_t)i;
	head[28] = 0x9c;
	buf_init(&out, OUT_BYTES);
	cr_assert(line_add_chain(&out, &series, 7, head, AT_NS));
	cr_expect_str_eq(buf_text(&out), "chain,site=oslo statements=7i,head_0=66051i,head_1=67438087i,head_2=134810123i,head_3=202182159i,"
					 "head_4=269554195i,head_5=336926231i,head_6=404298267i,head_7=2619153951i 1795637700000000000\n");
	buf_deinit(&out);
	line_series_deinit(&series);
}
