/* SPDX-License-Identifier: Apache-2.0 */
/* What no ledger can have written into a package is told or refused, and what one can though it is seldom is good. */
#include "base/mem.h"
#include "report/books.h"
#include "report/export.h"
#include "report/recalculation.h"
#include "report/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define DAY "2026-10-05"

static struct books_fixture books;
static struct buf findings;
static char out_dir[128];
static struct err_info info;

static const struct books_meter_options GRID = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};

static void setup(void)
{
	uint32_t site;

	books_fixture_init(&books);
	buf_init(&findings, 1 << 20);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	site = books_put_site(&books, "oslo", "NO", OSLO);
	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, site, "pdu"), &GRID), OSLO, "2026-10-05T10:00:00Z",
		       COVERAGE_MEASURED, KWH);
	books_put_factor(&books, "NO", 2026, 100000000, "2027");
}

static void teardown(void)
{
	buf_deinit(&findings);
	books_fixture_deinit(&books);
}

TestSuite(verify_forged, .init = setup, .fini = teardown);

static void write_package(enum report_level level)
{
	struct export_request request = {
	    .level = level, .out_dir = out_dir, .export_id = "x1", .software_version = "1.2.3", .generated_by = "tester"};

	books_commit(&books);
	request.report.period = DAY;
	request.report.now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z");
	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
}

static void write_file(const char *name, const struct buf *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", out_dir, name);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(buf_text(text), 1, text->bytes, file), text->bytes);
	fclose(file);
}

static char *read_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "package/%s", name);
	return books_read_file(&books, path);
}

/* All that is `from` becomes `to`. */
static void replace(const char *name, const char *from, const char *to)
{
	char *text = read_file(name);
	const char *at = text;
	struct buf changed;

	buf_init(&changed, 1 << 20);
	for (const char *next; (next = strstr(at, from)) != NULL; at = next + strlen(from)) {
		buf_add(&changed, at, (size_t)(next - at));
		buf_add_text(&changed, to);
	}
	buf_add_text(&changed, at);
	write_file(name, &changed);
	buf_deinit(&changed);
	mem_free(text);
}

static void expect_refusal(const char *words)
{
	struct verify_summary summary;

	cr_expect_eq(verify_package(&(struct verify_request){.dir = out_dir}, &summary, &findings, &info), ERR_DATA);
	cr_expect_not_null(strstr(info.text, words), "%s", info.text);
}

Test(verify_forged, a_site_that_meters_no_energy_is_good_beside_one_that_does)
{
	struct books_meter_options port = {
	    .key = "eth0", .role = ROLE_PART, .quantity = QUANTITY_RX_OCTETS, .ref = REF_UNI, .is_port = true};

	(void)books_put_meter(&books, books_put_device(&books, books_put_site(&books, "hill", "NO", OSLO), "router"), &port);
	write_package(REPORT_METER);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
}

Test(verify_forged, a_device_of_a_site_that_the_manifest_lacks_is_refused)
{
	books_put_slot(&books, books_put_meter(&books, books_put_device(&books, 1, "rack"), &GRID), OSLO, "2026-10-05T10:00:00Z",
		       COVERAGE_MEASURED, 2 * KWH);
	write_package(REPORT_DEVICE);
	cr_expect(recalculation_check(&books, out_dir, &findings), "%s", buf_text(&findings));
	replace("register.csv", "oslo/pdu", "hill/pdu");
	replace("totals.csv", "oslo/pdu", "hill/pdu");
	expect_refusal("nothing in the package knows hill/pdu");
}

/* A cell of a row of a series, by its column. */
static const char *cell_of(const char *column, size_t bytes)
{
	static const char *const CELL[][2] = {{"zone", "NO"},
					      {"basis", "direct"},
					      {"publisher", "NVE"},
					      {"microg_per_kwh", "9223372036854775807"},
					      {"start_utc", "2026-10-05T10:00:00Z"},
					      {"duration_s", "3600"},
					      {"known_utc", "2026-10-06T00:00:00Z"}};

	for (size_t i = 0; i < sizeof(CELL) / sizeof(CELL[0]); i++) {
		if (strlen(CELL[i][0]) == bytes && strncmp(CELL[i][0], column, bytes) == 0)
			return CELL[i][1];
	}
	return "n/a";
}

/* Two such hours would be more than a sum can take. */
Test(verify_forged, an_hourly_factor_beyond_all_that_can_be_imported_is_refused)
{
	struct buf text;
	char *had;

	write_package(REPORT_METER);
	had = read_file("factors.csv");
	buf_init(&text, 1 << 20);
	buf_add_text(&text, had);
	for (const char *at = had; *at != '\n'; at += strcspn(at, ",\n")) {
		at += *at == ',' ? 1 : 0;
		buf_add_text(&text, at == had ? "" : ",");
		buf_add_text(&text, cell_of(at, strcspn(at, ",\n")));
	}
	buf_add_char(&text, '\n');
	write_file("factors.csv", &text);
	expect_refusal("the interval of a series is not understood");
	buf_deinit(&text);
	mem_free(had);
}
