/* SPDX-License-Identifier: Apache-2.0 */
/* Several batteries of a site, each a store of its own: hand-worked hours, the package, and both recalculations of it. */
#include "base/mem.h"
#include "report/books.h"
#include "report/recalculation.h"
#include "report/supplies.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"

static struct books_fixture books;
static char out_dir[128];
static uint32_t site;

static const struct books_meter_options GRID = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
static const struct books_meter_options LOAD = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_NONE};
static const struct books_meter_options IN = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_BATTERY};
static const struct books_meter_options OUT = {
    .key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_BATTERY, .quantity = QUANTITY_ENERGY_OUT};

static void setup(void)
{
	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	site = books_put_site(&books, "bts", "NO", OSLO);
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(battery, .init = setup, .fini = teardown);

static void put(uint32_t meter, const char *utc, int64_t millij)
{
	books_put_slot(&books, meter, OSLO, utc, COVERAGE_MEASURED, millij);
}

/*
 * On 5 October the grid's 10 kWh (100 g each) feed 4 kWh of load and charge a (lithium) with 4 kWh and b (lead-acid, 0.85) with 2. An hour
 * later a gives 1.9 kWh; on the 6th b gives what it can: 2 kWh x 0.85 = 1.7 kWh.
 */
static void fill(void)
{
	uint32_t grid = books_put_meter(&books, books_put_device(&books, site, "grid"), &GRID);
	uint32_t load = books_put_meter(&books, books_put_device(&books, site, "dc"), &LOAD);
	uint32_t a = books_put_device(&books, site, "a");
	uint32_t a_in = books_put_meter(&books, a, &IN);
	uint32_t a_out = books_put_meter(&books, a, &OUT);
	uint32_t b;
	uint32_t b_in;

	books.facts = "round_trip=0.850000";
	b = books_put_device(&books, site, "b");
	books.facts = NULL;
	b_in = books_put_meter(&books, b, &IN);
	put(grid, "2026-10-05T10:00:00Z", 10 * KWH);
	put(load, "2026-10-05T10:00:00Z", 4 * KWH);
	put(a_in, "2026-10-05T10:00:00Z", 4 * KWH);
	put(b_in, "2026-10-05T10:00:00Z", 2 * KWH);
	put(a_out, "2026-10-05T11:00:00Z", 19 * KWH / 10);
	put(load, "2026-10-05T11:00:00Z", 19 * KWH / 10);
	put(books_put_meter(&books, b, &OUT), "2026-10-06T10:00:00Z", 17 * KWH / 10);
	put(load, "2026-10-06T10:00:00Z", 17 * KWH / 10);
	books_put_factor(&books, "NO", 2026, 100000000, "2027");
	books_commit(&books);
}

struct made {
	struct report_totals totals;
	struct report_supplies supplies;
};

static const struct report_supply *make(struct made *made, const char *period)
{
	struct report_request request = {.period = period, .now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z")};

	cr_assert_eq(report_totals_make(&made->totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(report_supplies_make(&made->supplies, books.ledger, &made->totals, &request, &books.info), ERR_NONE, "%s",
		     books.info.text);
	return report_supplies_find(&made->supplies, &made->totals.reg.site[0]);
}

static void drop(struct made *made)
{
	report_supplies_deinit(&made->supplies);
	report_totals_deinit(&made->totals);
}

/*
 * Of 1000 g a's charge has 400 and b's 200. In a are 3.8 kWh with 400 g: 1.9 / 0.95 = 2 of 3.8 kWh take 210.526316 g. In b are 2 x 0.921954 kWh
 * with 200 g, all of which goes with 1.7 / 0.921954 kWh but for what rounding leaves.
 */
Test(battery, each_gives_back_what_it_was_charged_with)
{
	struct made made;
	const struct report_supply *supply;

	fill();
	supply = make(&made, "2026-10-05");
	cr_assert_eq(supply->batteries.count, 2);
	cr_expect_str_eq(supply->batteries.row[0].device, "a");
	cr_expect_eq(supply->batteries.row[0].eta_ppm, 950000);
	cr_expect_eq(supply->batteries.row[1].eta_ppm, 921954);
	cr_expect_eq(supply->sum.charge_mg, 600000);
	cr_expect_eq(supply->batteries.row[1].store.mg, 200000);
	cr_expect_eq(supply->batteries.row[1].store.millij, 6638068800); /* 7200000000 x 0.921954 */
	cr_expect_eq(supply->sum.discharge_mg, 210526);
	cr_expect_eq(supply->sum.store.mg, 600000 - 210526);
	cr_expect_eq(supply->sum.delivered_mg, 1000000 - 600000 + 210526);
	cr_expect_eq(report_supply_residual_millij(&supply->sum), 0);
	drop(&made);
	/* 6120000000 / 0.921954 = 6638075478.8 mJ are more than is there: all of it goes */
	supply = make(&made, "2026-10-06");
	cr_expect_eq(supply->open.mg, 389474);
	cr_expect_eq(supply->batteries.row[1].open.mg, 200000);
	cr_expect_eq(supply->sum.discharge_mg, 200000);
	cr_expect_eq(supply->batteries.row[1].store.millij, 0);
	cr_expect_eq(supply->batteries.row[0].store.mg, 189474);
	cr_expect_eq(supply->sum.delivered_mg, 0 - (supply->sum.store.mg - supply->open.mg));
	drop(&made);
}

/* Of 1 mg for three equal charges each has one in turn: 0.333, 0.667, 1 round to 0, 1, 1. */
Test(battery, shares_of_a_charge_add_up)
{
	struct report_battery_hour hour[3] = {{.charge_millij = 5}, {.charge_millij = 5}, {.charge_millij = 5}};
	struct report_battery row[3] = {{.eta_ppm = ACCOUNT_STORE_PPM, .hour = &hour[0]},
					{.eta_ppm = ACCOUNT_STORE_PPM, .hour = &hour[1]},
					{.eta_ppm = ACCOUNT_STORE_PPM, .hour = &hour[2]}};
	struct report_batteries batteries = {row, 3, 3};
	struct report_battery_hour sum;

	report_batteries_step(&batteries, 0, 1, &sum);
	cr_expect_eq(hour[0].charge_mg, 0);
	cr_expect_eq(hour[1].charge_mg, 1);
	cr_expect_eq(hour[2].charge_mg, 0);
	cr_expect_eq(sum.store.mg, 1);
	cr_expect_eq(sum.store.millij, 15);
	hour[0].charge_millij = -5;
	report_batteries_step(&batteries, 0, 0, &sum);
	cr_expect_eq(row[0].store.millij, 5, "what is taken back is not taken out of it");
}

/* In the middle of the day b is called b2: it is one store still. */
Test(battery, a_renamed_one_goes_on)
{
	struct ledger_device_info renamed = {.id = "b2", .was = "b", .source = "snmp", .facts = "round_trip=0.850000"};
	uint32_t device_id;
	const struct report_supply *supply;
	struct made made;

	fill();
	cr_assert_eq(ledger_registry_put_device(books.registry, &books.batch, books_utc_ms("2026-10-06T08:00:00Z"), site, &renamed,
						&device_id, &books.info),
		     ERR_NONE, "%s", books.info.text);
	books_commit(&books);
	supply = make(&made, "2026-10-06");
	cr_assert_eq(supply->batteries.count, 2);
	cr_expect_str_eq(supply->batteries.row[1].device, "b2");
	cr_expect_eq(supply->open.mg, 389474);
	cr_expect_eq(supply->sum.discharge_millij, 17 * KWH / 10);
	cr_expect_eq(supply->batteries.row[1].hour[12].discharge_millij, 17 * KWH / 10);
	drop(&made);
}

static void write_file(const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", out_dir, name);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
}

/* The first digit of a cell of the first row. */
static char *find_digit(char *text, size_t column)
{
	char *at = strchr(text, '\n') + 1;

	for (; column > 0; column--)
		at = strchr(at, ',') + 1;
	return at;
}

Test(battery, the_package_verifies_and_a_changed_hour_is_found)
{
	enum { FIRST = 3, CELLS = 11 };
	struct buf findings;
	char *text;

	fill();
	buf_init(&findings, 1 << 20);
	recalculation_export(&books, out_dir, "2026-10-05..2026-10-06");
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	text = books_read_file(&books, "package/batteries.csv");
	cr_expect_not_null(strstr(text, "bts,a,2026-10-05T11:00:00Z,13680000000,400000,0,0,6840000000,210526,6480000000,189474\n"), "%s",
			   text);
	cr_expect_not_null(strstr(text, "bts,b,2026-10-06T10:00:00Z,6638068800,200000,0,0,6120000000,200000,0,0\n"), "%s", text);
	for (size_t column = FIRST; column < CELLS; column++) {
		char *at = find_digit(text, column);
		char had = *at;

		*at = had == '1' ? '2' : '1';
		write_file("batteries.csv", text);
		buf_clear(&findings);
		cr_expect_not(recalculation_check(&books, out_dir, &findings));
		cr_expect_not_null(strstr(buf_text(&findings), "batteries.csv:2: "), "column %zu: %s", column, buf_text(&findings));
		*at = had;
	}
	mem_free(text);
	buf_deinit(&findings);
}

/* A version that had no batteries.csv had one store for all: with one battery that is the same, so nothing differs but what lists the files. */
Test(battery, a_package_without_their_file_has_one_store)
{
	static const char NAME[] = "batteries.csv";
	static const char OTHER[] = "feeds.csv";
	uint32_t grid = books_put_meter(&books, books_put_device(&books, site, "grid"), &GRID);
	uint32_t a = books_put_device(&books, site, "a");
	struct buf findings;
	char *text;
	char *at;

	put(grid, "2026-10-05T10:00:00Z", 10 * KWH);
	put(books_put_meter(&books, a, &IN), "2026-10-05T10:00:00Z", 4 * KWH);
	put(books_put_meter(&books, a, &OUT), "2026-10-05T11:00:00Z", KWH);
	books_put_factor(&books, "NO", 2026, 100000000, "2027");
	books_commit(&books);
	recalculation_export(&books, out_dir, "2026-10-05");
	text = books_read_file(&books, "package/manifest.json");
	at = strstr(text, "\"batteries.csv\"");
	cr_assert_not_null(at);
	memmove(at + sizeof(OTHER), at + sizeof(NAME), strlen(at + sizeof(NAME)) + 1);
	memcpy(at + 1, OTHER, sizeof(OTHER) - 1);
	write_file("manifest.json", text);
	mem_free(text);
	write_file(NAME, "nothing that is understood\n");
	buf_init(&findings, 1 << 20);
	cr_expect_not(recalculation_check(&books, out_dir, &findings));
	cr_expect_not_null(strstr(buf_text(&findings), "feeds.csv"), "%s", buf_text(&findings));
	cr_expect_null(strstr(buf_text(&findings), "supply.csv:"), "%s", buf_text(&findings));
	cr_expect_null(strstr(buf_text(&findings), "totals.csv"), "%s", buf_text(&findings));
	buf_deinit(&findings);
}
