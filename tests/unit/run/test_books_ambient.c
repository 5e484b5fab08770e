/* SPDX-License-Identifier: Apache-2.0 */
/* Readings that are no energy: they go out as points, in the status and to a scrape; of them litres used alone are kept. */
#include "books_rig.h"
#include "ledger/query.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void add_meter(struct rig *rig, uint32_t number, const char *key)
{
	struct meter_info info = {.role = ROLE_PART, .caliber = CALIBER_ACTUAL, .energy.unit_den = 1, .energy_out.unit_den = 1};

	snprintf(info.key, sizeof(info.key), "%s", key);
	rig_meter_info(rig, 0, number, &info);
}

static void read_gauge(struct rig *rig, uint32_t number, enum quantity quantity, double value)
{
	struct sample sample = {.meter = number, .quantity = quantity, .caliber = CALIBER_ACTUAL, .boot_ns = rig->boot_ns, .value = value};
	struct err_info info = {0};

	cr_assert(books_put_samples(rig->books, WIRE_KIND_SNMP, &sample, 1, rig->boot_ns, &info) == ERR_NONE, "%s", info.text);
}

/* What `add` writes, as text; yours, to be deinitialised. */
static void write_status(struct rig *rig, struct buf *out)
{
	struct json json;

	buf_init(out, 1 << 16);
	json_init(&json, out);
	json_open_object(&json, NULL);
	books_add_status(rig->books, &json, rig->boot_ns);
	json_close_object(&json);
}

static bool has_text(struct rig *rig, void (*write)(struct rig *, struct buf *), const char *text)
{
	struct buf out;
	bool has;

	write(rig, &out);
	has = strstr(buf_text(&out), text) != NULL;
	buf_deinit(&out);
	return has;
}

static void write_metrics(struct rig *rig, struct buf *out)
{
	struct openmetrics metrics;

	buf_init(out, 1 << 16);
	openmetrics_init(&metrics, out, false);
	books_add_metrics(rig->books, &metrics, rig->boot_ns);
}

Test(books_ambient, room_has_points_of_its_own_tags)
{
	struct rig rig;

	rig_open(&rig, 1);
	add_meter(&rig, 0, "air");
	read_gauge(&rig, 0, QUANTITY_TEMPERATURE, 23.456);
	rig_pass(&rig, 10);
	read_gauge(&rig, 0, QUANTITY_HUMIDITY, 0.41);
	cr_assert_eq(rig_count_lines(&rig, "environment,site=lab,device=d0,meter=air temperature_c=23.46 "), 1);
	cr_assert_eq(rig_count_lines(&rig, "environment,site=lab,device=d0,meter=air humidity_ratio=0.41 "), 1);
	cr_assert_eq(rig_count_lines(&rig, "energy,"), 0, "a room draws nothing");
	rig_close(&rig);
}

Test(books_ambient, tank_and_state_have_points)
{
	struct rig rig;

	rig_open(&rig, 1);
	add_meter(&rig, 0, "tank");
	add_meter(&rig, 1, "AC");
	read_gauge(&rig, 0, QUANTITY_LEVEL, 312.5);
	read_gauge(&rig, 1, QUANTITY_STATE, 0);
	cr_assert_eq(rig_count_lines(&rig, "fuel,site=lab,device=d0,meter=tank level_l=312.5 "), 1);
	cr_assert_eq(rig_count_lines(&rig, "state,site=lab,device=d0,meter=AC value=0i "), 1);
	rig_close(&rig);
}

static void read_counter(struct rig *rig, uint32_t number, enum quantity quantity, uint64_t raw)
{
	struct sample sample = {.meter = number, .quantity = quantity, .caliber = CALIBER_ACTUAL, .boot_ns = rig->boot_ns, .raw = raw};
	struct err_info info = {0};

	cr_assert(books_put_samples(rig->books, WIRE_KIND_SNMP, &sample, 1, rig->boot_ns, &info) == ERR_NONE, "%s", info.text);
}

Test(books_ambient, engine_tells_what_it_used_and_how_long_it_ran)
{
	struct rig rig;

	rig_open(&rig, 1);
	add_meter(&rig, 0, "engine");
	read_counter(&rig, 0, QUANTITY_FUEL_USED, 5120);
	rig_pass(&rig, 10);
	read_counter(&rig, 0, QUANTITY_RUN_TIME, UINT64_C(4444444444)); /* 140 years: more than 32 bits */
	cr_assert_eq(rig_count_lines(&rig, "fuel,site=lab,device=d0,meter=engine used_l=5120 "), 1);
	cr_assert_eq(rig_count_lines(&rig, "fuel,site=lab,device=d0,meter=engine run_s=4444444444i "), 1);
	cr_assert_eq(rig_count_lines(&rig, "energy,"), 0, "neither is energy");
	cr_assert(has_text(&rig, write_status, "\"used_l\":null,\"run_s\":4444444444,"));
	cr_assert(
	    has_text(&rig, write_metrics, "\nwattledger_run_seconds_total{site=\"lab\",device=\"d0\",meter=\"engine\"} 4444444444\n"));
	rig_close(&rig);
}

Test(books_ambient, battery_tells_what_its_parts_counted)
{
	struct rig rig;

	rig_open(&rig, 1);
	add_meter(&rig, 0, "BAT0");
	add_meter(&rig, 1, "BAT0/in");
	add_meter(&rig, 2, "BAT0/out");
	for (int i = 0; i < 4; i++) { /* 30 s of 120 W out of it */
		read_gauge(&rig, 1, QUANTITY_POWER, 0);
		read_gauge(&rig, 2, QUANTITY_POWER, 120);
		read_gauge(&rig, 0, QUANTITY_CHARGE, 0.5);
		rig_pass(&rig, 10);
	}
	cr_assert_eq(rig_count_lines(&rig, "battery,site=lab,device=d0,meter=BAT0 in_j=0i,out_j=3600i,soc_ratio=0.5 "), 1);
	rig_close(&rig);
}

Test(books_ambient, voltage_without_power_is_a_point_and_is_not_kept_for_later_ones)
{
	struct rig rig;

	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 1000, 50);
	rig_pass(&rig, 10);
	read_gauge(&rig, 0, QUANTITY_VOLTAGE, 230.1);
	rig_pass(&rig, 10);
	rig_read(&rig, 0, 0, 1500, 50);
	cr_assert_eq(rig_count_lines(&rig, "supply=grid voltage_v=230.1 "), 1, "neither power nor energy were read");
	cr_assert_eq(rig_count_lines(&rig, "voltage_v="), 1, "the next read had no voltage");
	rig_close(&rig);
}

Test(books_ambient, status_and_scrape_have_what_is_fresh)
{
	struct rig rig;

	rig_open(&rig, 1);
	add_meter(&rig, 0, "air");
	cr_assert(has_text(&rig, write_status, "\"readings\":[]"));
	read_gauge(&rig, 0, QUANTITY_TEMPERATURE, 23.5);
	cr_assert(has_text(&rig, write_status, "\"readings\":[{\"meter\":\"air\",\"temperature_c\":23.5,\"humidity_ratio\":null,"));
	cr_assert(has_text(&rig, write_metrics, "\nwattledger_temperature_celsius{site=\"lab\",device=\"d0\",meter=\"air\"} 23.5\n"));
	rig_pass(&rig, 31); /* more than three intervals of 10 s */
	cr_assert(has_text(&rig, write_status, "\"readings\":[]"));
	cr_assert_not(has_text(&rig, write_metrics, "\nwattledger_temperature_celsius{"));
	rig_close(&rig);
}

/* 60 s slots; 100 W from 12:00:00 on: 6000 J, 400 g/kWh: 6000 / 3.6e6 x 400 g = 0.666666... g, 667 mg. */
Test(books_ambient, scrape_has_emissions_and_coverage_of_closed_slots)
{
	struct rig rig;

	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, UINT64_C(1) << 32);
	rig_read(&rig, 0, 0, 1000, -1);
	cr_assert_not(has_text(&rig, write_metrics, "\nwattledger_emissions_grams_total{"));
	cr_assert_not(has_text(&rig, write_metrics, "\nwattledger_coverage_ratio{"));
	for (int i = 1; i <= 8; i++) {
		rig_pass(&rig, 10);
		rig_read(&rig, 0, 0, 1000 + (uint64_t)i * 1000, -1);
	}
	cr_assert(has_text(&rig, write_metrics, "\nwattledger_emissions_grams_total{site=\"lab\","));
	cr_assert(has_text(&rig, write_metrics, ",scope=\"2\",method=\"location\"} 0.667\n"));
	rig.device[0].facts = "control=tenant";
	cr_assert(has_text(&rig, write_metrics, ",scope=\"3\",method=\"location\"} 0.667\n"));
	cr_assert(has_text(&rig, write_metrics, "\nwattledger_coverage_ratio{site=\"lab\"} 1\n"));
	rig_close(&rig);
}

/* What happened goes out beside the samples, with what it is as a tag; a clock that nobody vouches for has no instant to give. */
Test(books_ambient, events_have_points)
{
	struct rig rig;

	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, UINT64_C(1) << 32);
	rig_read(&rig, 0, 0, 5000, -1);
	rig_pass(&rig, 10);
	rig_read(&rig, 0, 0, 6000, -1);
	rig_pass(&rig, 10);
	for (uint64_t raw = 20; raw < 10000; raw += 1000) { /* a fall that stays is a reset */
		rig_read(&rig, 0, 0, raw, -1);
		rig_pass(&rig, 10);
	}
	cr_assert_eq(rig_count_lines(&rig, "event,site=lab,device=d0,meter=total,code=started,level=info count=1i "), 1);
	cr_assert_eq(rig_count_lines(&rig, "event,site=lab,device=d0,meter=total,code=reset,level=warning count=1i "), 1);
	rig_close(&rig);
}

Test(books_ambient, minute_outputs_get_one_point_a_minute)
{
	struct rig rig;

	rig_open(&rig, 1);
	rig.output.send = OUTPUT_SEND_MINUTE;
	add_meter(&rig, 0, "air");
	for (int i = 0; i < 12; i++) { /* two minutes from a full one */
		read_gauge(&rig, 0, QUANTITY_TEMPERATURE, 20);
		rig_pass(&rig, 10);
	}
	cr_assert_eq(rig_count_lines(&rig, "environment,"), 2);
	rig_close(&rig);
}

/* Three minutes in slots of one: what the counter rose by is litres, kept like energy; a garbled reading is none. */
Test(books_ambient, litres_used_are_kept_in_slots_and_are_no_octets)
{
	struct ledger_filter filter = {.end_s = INT64_MAX / 2, .quantity = QUANTITY_FUEL_USED};
	struct err_info info = {0};
	struct ledger_sum sum;
	struct rig rig;

	rig_open(&rig, 1);
	add_meter(&rig, 0, "engine");
	for (uint64_t i = 0; i <= 18; i++) {
		read_counter(&rig, 0, QUANTITY_FUEL_USED, i == 9 ? UINT64_C(4000000000) : 5120 + i);
		rig_pass(&rig, 10);
	}
	rig_commit(&rig);
	cr_assert_eq(rig_count_lines(&rig, "traffic,"), 0);
	cr_assert_eq(rig_count_lines(&rig, "slot,"), 0, "litres are no joules");
	cr_assert(ledger_query_sum(rig.ledger, &filter, &sum, &info) == ERR_NONE, "%s", info.text);
	cr_expect_eq(sum.millij[COVERAGE_MEASURED], 18, "%lld", (long long)sum.millij[COVERAGE_MEASURED]);
	cr_expect_eq(sum.covered_ms[COVERAGE_MEASURED], 180000, "%lld", (long long)sum.covered_ms[COVERAGE_MEASURED]);
	cr_expect_eq(rig_total_millij(&rig, "d0", "engine"), 0);
	rig_close(&rig);
}
