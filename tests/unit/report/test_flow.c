/* SPDX-License-Identifier: Apache-2.0 */
/* Litres that a flow meter counted are what its generating set burnt: totals, the package, and both recalculations of it. */
#include "base/mem.h"
#include "ledger/entry.h"
#include "report/books.h"
#include "report/recalculation.h"
#include "report/seal.h"
#include "report/totals.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define DAY "2026-10-05"

/* Quarters of an hour from the local day's start; 92 of 96 are just enough: a twentieth of 24 hours is 72 minutes. */
enum { SLOTS = 96, SLOTS_ENOUGH = 92 };

static struct books_fixture books;
static char out_dir[128];
static uint32_t site;

static const struct books_meter_options SET = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GENSET, .is_in_total = true};
static const struct books_meter_options FLOW = {
    .key = "engine", .role = ROLE_PART, .supply = SUPPLY_GENSET, .quantity = QUANTITY_FUEL_USED};

static void setup(void)
{
	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	site = books_put_site(&books, "oslo", "NO", OSLO);
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(flow, .init = setup, .fini = teardown);

static void print_slot(char out[static 32], int slot)
{
	snprintf(out, 32, "2026-10-%02dT%02d:%02d:00Z", slot < 8 ? 4 : 5, slot < 8 ? 22 + slot / 4 : (slot - 8) / 4, slot % 4 * 15);
}

/* One litre in every fourth of `count` slots. */
static void count_litres(uint32_t meter, int count)
{
	char utc[32];

	for (int i = 0; i < count; i++) {
		print_slot(utc, i);
		books_put_slot(&books, meter, OSLO, utc, COVERAGE_MEASURED, i % 4 == 0);
	}
}

/* 10 kWh, and a tank that lost 9 l. */
static uint32_t put_set(const char *id)
{
	struct ledger_entry entry[2];
	uint32_t device = books_put_device(&books, site, id);
	char node[32];
	int64_t first_id;

	snprintf(node, sizeof(node), "oslo/%s", id);
	for (int i = 0; i < 2; i++)
		entry[i] = (struct ledger_entry){.kind = "fuel",
						 .site_id = site,
						 .node = node,
						 .from_utc_ms = books_utc_ms(i == 0 ? "2026-10-04T22:00:00Z" : "2026-10-05T22:00:00Z"),
						 .what = "level",
						 .value_micro = i == 0 ? 40000000 : 31000000,
						 .unit = "l",
						 .note = "",
						 .author = "anna",
						 .reason = "dip",
						 .entered_utc_ms = books_utc_ms("2026-10-06T00:00:00Z")};
	books_put_slot(&books, books_put_meter(&books, device, &SET), OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 10 * KWH);
	books_commit(&books);
	cr_assert_eq(ledger_entry_add(books.ledger, entry, 2, &first_id, &books.info), ERR_NONE, "%s", books.info.text);
	return device;
}

/* What a set's meter has of the day. */
static struct report_fuel fuel_of(const char *device)
{
	struct report_request request = {.period = DAY, .now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z")};
	struct report_fuel fuel = {0};
	struct report_totals totals;

	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	for (size_t i = 0; i < totals.count; i++) {
		if (totals.row[i].level == REPORT_METER && strcmp(totals.row[i].meter->device, device) == 0)
			fuel = totals.row[i].fuel;
	}
	report_totals_deinit(&totals);
	return fuel;
}

static void expect_package(void)
{
	struct buf findings;

	buf_init(&findings, 1 << 20);
	recalculation_export(&books, out_dir, DAY);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	buf_deinit(&findings);
}

/* 23 x 2.705 = 62.215 kg. */
Test(flow, litres_of_its_device_go_before_dips_and_verify)
{
	uint32_t device = put_set("gen");
	struct report_fuel fuel;
	struct buf findings;
	char *text;

	count_litres(books_put_meter(&books, device, &FLOW), SLOTS_ENOUGH);
	books_commit(&books);
	fuel = fuel_of("gen");
	cr_expect_eq(fuel.sum.method, ACCOUNT_FUEL_BY_FLOW);
	cr_expect_eq(fuel.sum.micro_l, 23000000);
	cr_expect_eq(fuel.sum.scope1_mg, 62215000);
	expect_package();
	text = books_read_file(&books, "package/intervals.csv");
	cr_expect_not_null(strstr(text, "oslo,gen,engine,used_l,2026-10-05T10:00:00Z,900,n/a,n/a,l,1,"), "%s", text);
	mem_free(text);
	recalculation_tamper(&books, out_dir, ",23000000,", ",24000000,");
	buf_init(&findings, 1 << 20);
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_not_null(strstr(buf_text(&findings), "fuel_micro_l is 24000000, computed again it is 23000000"), "%s",
			   buf_text(&findings));
	buf_deinit(&findings);
}

Test(flow, a_counter_that_does_not_cover_the_day_leaves_it_to_the_tank)
{
	uint32_t device = put_set("gen");

	count_litres(books_put_meter(&books, device, &FLOW), SLOTS_ENOUGH - 1);
	books_commit(&books);
	cr_expect_eq(fuel_of("gen").sum.method, ACCOUNT_FUEL_BY_DIP);
	cr_expect_eq(fuel_of("gen").sum.micro_l, 9000000);
	expect_package();
}

Test(flow, a_flow_meter_that_is_a_device_of_its_own_counts_for_the_only_set)
{
	struct books_meter_options flow = FLOW;
	uint32_t device = books_put_device(&books, site, "flow");

	flow.supply = SUPPLY_NONE;
	count_litres(books_put_meter(&books, device, &flow), SLOTS);
	(void)put_set("gen1");
	cr_expect_eq(fuel_of("gen1").sum.method, ACCOUNT_FUEL_BY_FLOW);
	cr_expect_eq(fuel_of("gen1").sum.micro_l, 24000000);
	expect_package();
	/* of two nobody knows whose it is */
	(void)put_set("gen2");
	cr_expect_eq(fuel_of("gen1").sum.method, ACCOUNT_FUEL_BY_DIP);
	cr_expect_eq(fuel_of("gen2").sum.method, ACCOUNT_FUEL_BY_DIP);
}

/* What the set's own counter says is not added to what another device has of the same fuel, and two of one device are not added up. */
Test(flow, litres_that_two_counters_may_both_have_are_counted_once)
{
	struct books_meter_options second = FLOW;
	uint32_t device = put_set("gen");

	count_litres(books_put_meter(&books, books_put_device(&books, site, "flow"), &FLOW), SLOTS);
	count_litres(books_put_meter(&books, device, &FLOW), SLOTS_ENOUGH);
	books_commit(&books);
	cr_expect_eq(fuel_of("gen").sum.micro_l, 23000000, "%lld", (long long)fuel_of("gen").sum.micro_l);
	expect_package();
	second.key = "trip";
	count_litres(books_put_meter(&books, device, &second), SLOTS);
	books_commit(&books);
	cr_expect_eq(fuel_of("gen").sum.micro_l, 24000000, "the other device's: %lld", (long long)fuel_of("gen").sum.micro_l);
	count_litres(books_put_meter(&books, books_put_device(&books, site, "flow2"), &FLOW), SLOTS);
	books_commit(&books);
	cr_expect_eq(fuel_of("gen").sum.method, ACCOUNT_FUEL_BY_DIP);
	snprintf(out_dir, sizeof(out_dir), "%s/package_of_three", books.folder);
	expect_package();
}

Test(flow, litres_that_came_after_the_seal_are_in_no_statement)
{
	struct seal_request request = {.author = "anna", .reason = "gaps are known", .report.period = DAY};
	struct interval late = {.rev = 1, .status_bits = INTERVAL_LATE, .millij = {[COVERAGE_MEASURED] = 5}};
	uint32_t device = put_set("gen");
	uint32_t flow = books_put_meter(&books, device, &FLOW);
	struct buf text;

	count_litres(flow, SLOTS);
	books_put_factor(&books, "NO", 2026, 30000000, "2027");
	books_commit(&books);
	request.report.now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z");
	buf_init(&text, 1 << 20);
	cr_assert_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_NONE, "%s", books.info.text);
	buf_deinit(&text);
	books_put_interval(&books, flow, OSLO, "2026-10-05T10:00:00Z", late);
	books_commit(&books);
	cr_expect_eq(fuel_of("gen").sum.micro_l, 24000000, "%lld", (long long)fuel_of("gen").sum.micro_l);
	expect_package();
}
