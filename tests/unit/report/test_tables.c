/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that come with the program, through the whole computation of a period's totals. */
#include "base/csv.h"
#include "base/mem.h"
#include "base/num.h"
#include "report/books.h"
#include "report/export.h"
#include "report/seal.h"
#include "report/totals.h"
#include "settings/grid.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct books_fixture books;
static struct grid grid;
static struct problems problems;

static void setup(void)
{
	static const char *const PATHS[] = {"config/grid/desnz-2025.csv", "config/grid/ember-2025.csv", "config/grid/ember-2026.csv",
					    "config/grid/epa-egrid2022.csv", "config/grid/worldbank-losses.csv"};

	books_fixture_init(&books);
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++)
		cr_assert_eq(grid_load(&grid, PATHS[i], 0, &problems), ERR_NONE, "%s", PATHS[i]);
	cr_assert_eq(grid_finish(&grid, &problems), ERR_NONE);
}

static void teardown(void)
{
	grid_deinit(&grid);
	problems_deinit(&problems);
	books_fixture_deinit(&books);
}

TestSuite(tables, .init = setup, .fini = teardown);

/* All rows of a zone, as an agent keeps them that has used them all. */
static void put_zone(const char *zone)
{
	size_t count;
	size_t first = grid_find(&grid, zone, &count);

	cr_assert_gt(count, 0, "%s", zone);
	for (size_t i = first; i < first + count; i++)
		cr_assert_eq(ledger_batch_add_factor(&books.batch, &grid.row[i].factor, &books.info), ERR_NONE);
}

/* A load of 1 kW over the leap year 2024: 8784 kWh, in one slot of it. */
static void put_load(const char *site_id, const char *zone)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	uint32_t site = books_put_site(&books, site_id, zone, "Etc/UTC");

	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, site, "pdu"), &total), "Etc/UTC", "2024-06-01T12:00:00Z",
		       COVERAGE_MEASURED, 8784 * KWH);
	put_zone(zone);
}

/*
 * Losses of 2023, 9.87246, 10.24905, 14.16144 and 15.10961 % of output: 962.188568, 1003.083034, 1449.163278 and 1563.461002 kWh are lost while 8784
 * arrive. They have the same factors; what came before the plants is in these already.
 *
 * 8784 kWh x g/kWh, in mg: GB 216.5, ZA 717.36, IN 705.4, BR 106.06 (Ember, edition 2026, lifecycle: none of the four has a direct one for 2024). */
Test(tables, a_year_of_one_kilowatt_in_four_countries)
{
	static const struct {
		const char *site;
		const char *zone;
		int64_t mg;
		int64_t lost_mg;
	} CASES[] = {{"a-gb", "GB", 1901736000, 208313825},
		     {"b-za", "ZA", 6301290240, 719571645},
		     {"c-in", "IN", 6196233600, 1022239776},
		     {"d-br", "BR", 931631040, 165820674}};
	struct report_request request = {.period = "2024", .now_utc_ms = books_utc_ms("2026-01-01T00:00:00Z")};
	struct report_totals totals;

	books.at_utc_ms = books_utc_ms("2024-01-01T00:00:00Z");
	for (size_t i = 0; i < 4; i++)
		put_load(CASES[i].site, CASES[i].zone);
	books_commit(&books);
	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_SITE, &books.info), ERR_NONE, "%s", books.info.text);
	for (size_t i = 0; i < 4; i++) {
		const struct report_total *row = &totals.row[i + 1];

		cr_expect_str_eq(row->site->id, CASES[i].site);
		cr_expect_eq(row->location_mg, CASES[i].mg, "%s: %lld", CASES[i].zone, (long long)row->location_mg);
		cr_expect_str_eq(row->factor->edition, "Yearly Electricity Data 2026");
		cr_expect_eq(row->choice.lag_years, 0);
		cr_expect(row->choice.is_proxy);
		cr_expect(report_upstream_is_included(&row->upstream));
		cr_expect(report_upstream_has_lost(&row->upstream));
		cr_expect_eq(row->upstream.lost_mg, CASES[i].lost_mg, "%s: %lld", CASES[i].zone, (long long)row->upstream.lost_mg);
	}
	/* Sums of rows, not a product of sums: 15,330,890,880 mg. */
	cr_expect_eq(totals.row[0].location_mg, 15330890880);
	report_totals_deinit(&totals);
}

/* ---- A restatement ---- */

#define BEFORE "Yearly Electricity Data 2025"
#define AFTER "Yearly Electricity Data 2026"

/* Puts what an edition says of a zone and 2023; false when it says nothing. */
static bool put_edition(const char *zone, const char *edition)
{
	size_t count;
	size_t first = grid_find(&grid, zone, &count);

	for (size_t i = first; i < first + count; i++) {
		const struct plan_factor *factor = &grid.row[i].factor;

		if (factor->year != 2023 || strcmp(factor->edition, edition) != 0)
			continue;
		cr_assert_eq(ledger_batch_add_factor(&books.batch, factor, &books.info), ERR_NONE);
		return true;
	}
	return false;
}

/* A site a zone that both editions know, with 1,000 kWh in 2023, of which the ledger knows the first edition. */
static size_t put_zones(void)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	size_t site_count = 0;

	books.at_utc_ms = books_utc_ms("2023-01-01T00:00:00Z");
	for (size_t i = 1; i < grid.count; i++) {
		const struct plan_factor *after = &grid.row[i - 1].factor;
		const struct plan_factor *before = &grid.row[i].factor;
		uint32_t site;

		if (strcmp(after->zone, before->zone) != 0 || after->year != 2023 || before->year != 2023 ||
		    strcmp(before->edition, BEFORE) != 0 || strcmp(after->edition, AFTER) != 0)
			continue;
		site = books_put_site(&books, before->zone, before->zone, "Etc/UTC");
		books_put_slot(&books, books_put_meter(&books, books_put_device(&books, site, "pdu"), &total), "Etc/UTC",
			       "2023-06-01T12:00:00Z", COVERAGE_MEASURED, 1000 * KWH);
		cr_assert(put_edition(before->zone, BEFORE));
		site_count++;
	}
	books_commit(&books);
	return site_count;
}

/* Both values of each site stand in the package. */
static int count_moved(const char *path)
{
	char *text = books_read_file(&books, path);
	struct csv_reader *reader = csv_new("totals.csv", text, strlen(text));
	static const char *const NAMES[] = {"node_type", "previous_value_kg", "m_scope2_lb_kg", "node_id"};
	size_t at[4] = {0};
	struct csv_row row;
	bool is_end = false;
	int moved = 0;

	cr_assert_eq(csv_next(reader, &row, &is_end, &books.info), ERR_NONE);
	for (size_t c = 0; c < row.count; c++) {
		for (size_t n = 0; n < 4; n++)
			at[n] = strcmp(row.cell[c], NAMES[n]) == 0 ? c : at[n];
	}
	while (csv_next(reader, &row, &is_end, &books.info) == ERR_NONE && !is_end) {
		int64_t before = 0;
		int64_t after = 0;

		if (strcmp(row.cell[at[0]], "site") != 0 || !num_parse_fixed(row.cell[at[1]], 6, &before))
			continue;
		cr_assert(num_parse_fixed(row.cell[at[2]], 6, &after));
		moved += llabs(after - before) * 20 > before;
		if (strcmp(row.cell[at[3]], "ML") == 0) {
			cr_expect_eq(before, 394500000); /* 1,000 kWh x 394.5 g */
			cr_expect_eq(after, 535770000);
		}
	}
	csv_free(reader);
	mem_free(text);
	return moved;
}

/* Of the 174 zones that both editions have for 2023, 28 move by more than 5 %, among them Mali. */
Test(tables, restating_2023_with_the_next_edition_moves_28_of_174_zones)
{
	struct seal_request seal = {.author = "anna", .reason = "gaps accepted"};
	struct export_request export = {
	    .level = REPORT_SITE, .export_id = "00000000-0000-4000-8000-000000000001", .software_version = "1", .generated_by = "tester"};
	char out_dir[PATH_MAX];
	struct buf text;

	buf_init(&text, SEAL_ANSWER_BYTES_MAX);
	seal.report = (struct report_request){.period = "2023", .now_utc_ms = books_utc_ms("2026-05-01T00:00:00Z")};
	cr_assert_eq(put_zones(), 174);
	cr_assert_eq(seal_make(books.ledger, &seal, &text, &books.info), ERR_NONE, "%s", books.info.text);
	for (size_t i = 0; i < grid.count; i++) {
		if (grid.row[i].factor.year == 2023 && strcmp(grid.row[i].factor.edition, AFTER) == 0)
			(void)put_edition(grid.row[i].factor.zone, AFTER);
	}
	books_commit(&books);
	seal.reason_code = "FACTOR_EDITION";
	seal.report.edition = AFTER;
	cr_assert_eq(seal_make(books.ledger, &seal, &text, &books.info), ERR_NONE, "%s", books.info.text);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	export.out_dir = out_dir;
	export.report = (struct report_request){.period = "2023", .now_utc_ms = books_utc_ms("2026-05-02T00:00:00Z")};
	cr_assert_eq(export_write(books.ledger, &export, NULL, &books.info), ERR_NONE, "%s", books.info.text);
	cr_expect_eq(count_moved("package/totals.csv"), 28);
	buf_deinit(&text);
}
