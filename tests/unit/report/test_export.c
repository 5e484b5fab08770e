/* SPDX-License-Identifier: Apache-2.0 */
#include "base/csv.h"
#include "base/log.h"
#include "base/mem.h"
#include "report/books.h"
#include "report/export.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OSLO "Europe/Oslo"

static struct books_fixture books;
static char out_dir[128];

/* October 5th 2026 in Oslo: 1.5 kWh measured and 0.5 kWh bridged through the total, 0.75 kWh through an outlet; 28.11 g/kWh of 2025. */
static void setup(void)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	struct books_meter_options outlet = {.key = "outlet/1", .role = ROLE_PART, .supply = SUPPLY_GRID};
	struct interval first = {.millij = {[COVERAGE_MEASURED] = 3 * KWH / 2},
				 .covered_ms = {[COVERAGE_MEASURED] = 900000},
				 .has_raw = true,
				 .raw_open = 4711,
				 .raw_close = 4726,
				 .status_bits = INTERVAL_RESET};
	uint32_t site_id;
	uint32_t device_id;
	uint32_t meter;

	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	site_id = books_put_site(&books, "oslo", "NO", OSLO);
	device_id = books_put_device(&books, site_id, "pdu1");
	meter = books_put_meter(&books, device_id, &total);
	first.open_utc_ms = books_utc_ms("2026-10-05T10:00:00Z");
	first.close_utc_ms = books_utc_ms("2026-10-05T10:15:00Z");
	books_put_interval(&books, meter, OSLO, "2026-10-05T10:00:00Z", first);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:15:00Z", COVERAGE_BRIDGED, KWH / 2);
	books_put_slot(&books, books_put_meter(&books, device_id, &outlet), OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 3 * KWH / 4);
	books_put_factor(&books, "NO", 2025, 28110000, "2026");
	books_put_factor(&books, "SE", 2025, 35000000, "2026");
	books_commit(&books);
}

static void teardown(void)
{
	books_fixture_deinit(&books);
}

TestSuite(export, .init = setup, .fini = teardown);

static struct export_request request_of(enum report_level level)
{
	struct export_request request = {.level = level,
					 .out_dir = out_dir,
					 .export_id = "00000000-0000-4000-8000-000000000001",
					 .software_version = "1.2.3",
					 .generated_by = "tester"};

	request.report.period = "2026-10-05";
	request.report.now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z");
	return request;
}

static void write_package(enum report_level level)
{
	struct export_request request = request_of(level);

	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
}

/* The cell of a column in the row (0 = first) of totals.csv; static buffer. */
static const char *total_cell(size_t wanted_row, const char *column)
{
	static char cell[256];
	char *text = books_read_file(&books, "package/totals.csv");
	struct csv_reader *reader;
	struct csv_row row;
	size_t at = SIZE_MAX;
	bool is_end;

	cr_assert_not_null(text);
	reader = csv_new("totals.csv", text, strlen(text));
	cr_assert_eq(csv_next(reader, &row, &is_end, &books.info), ERR_NONE, "%s", books.info.text);
	for (size_t i = 0; i < row.count; i++) {
		if (strcmp(row.cell[i], column) == 0)
			at = i;
	}
	cr_assert_neq(at, SIZE_MAX, "%s", column);
	for (size_t i = 0; i <= wanted_row; i++) {
		cr_assert_eq(csv_next(reader, &row, &is_end, &books.info), ERR_NONE, "%s", books.info.text);
		cr_assert_not(is_end);
	}
	snprintf(cell, sizeof(cell), "%s", row.cell[at]);
	csv_free(reader);
	mem_free(text);
	return cell;
}

/* The first bytes of the frozen headers, and their number. */
Test(export, headers_are_frozen)
{
	static const char HEADER[] =
	    "export_id,revision,supersedes,period_start_utc,period_end_utc,tz,period_label,entity,boundary_approach,"
	    "node_id,node_type,parent_id,asset_serial,site_id,zone,lifecycle_status,commissioned,decommissioned,"
	    "mass_kg,supply,metering_point,pue_category,meter_id,meter_class,ct_class,calibration_due,counter_open,"
	    "counter_close,counter_unit,resets,multiplier,energy_kwh,energy_measured_kwh,energy_bridged_kwh,";
	size_t count;
	char *text;

	cr_expect_str_eq(export_columns(&count)[0], "export_id");
	cr_expect_eq(count, 202);
	cr_expect_str_eq(export_columns(&count)[132], "expected_s");
	cr_expect_str_eq(export_columns(&count)[139], "hourly_known_until_utc");
	cr_expect_str_eq(export_columns(&count)[155], "delivered_g_per_kwh");
	cr_expect_str_eq(export_columns(&count)[162], "mb_residual_table_sha256");
	cr_expect_str_eq(export_columns(&count)[167], "td_loss_table_sha256");
	cr_expect_str_eq(export_columns(&count)[171], "correction_ids");
	cr_expect_str_eq(export_columns(&count)[175], "m_scope3_cat8_kg");
	cr_expect_str_eq(export_columns(&count)[196], "u_ef_basis");
	cr_expect_str_eq(export_columns(&count)[201], "erf");
	write_package(REPORT_METER);
	text = books_read_file(&books, "package/totals.csv");
	cr_expect_eq(strncmp(text, HEADER, strlen(HEADER)), 0);
	mem_free(text);
	text = books_read_file(&books, "package/intervals.csv");
	cr_expect_eq(
	    strncmp(text,
		    "site,device,meter,quantity,slot_start_utc,slot_s,raw_open,raw_close,raw_unit,multiplier,open_utc,close_utc,"
		    "boot_id,measured_millij,bridged_millij,estimated_millij,covered_s,status_bits,rev,driver_sha256,config_sha256,",
		    204),
	    0);
	mem_free(text);
}

/* "\nFILE,COLUMN," in the order of the file's header, and nothing else of that file. */
static void expect_words(const char *dictionary, const char *name)
{
	char relative[128];
	char wanted[160];
	const char *at = dictionary;
	char *text;
	char *rest;

	snprintf(relative, sizeof(relative), "package/%s", name);
	text = books_read_file(&books, relative);
	cr_assert_not_null(text, "%s", name);
	text[strcspn(text, "\n")] = '\0';
	for (char *column = strtok_r(text, ",", &rest); column != NULL; column = strtok_r(NULL, ",", &rest)) {
		snprintf(wanted, sizeof(wanted), "\n%s,%s,", name, column);
		at = at == NULL ? NULL : strstr(at, wanted);
		cr_expect_not_null(at, "%s: %s is not in the dictionary, or not in its place", name, column);
		at = at == NULL ? NULL : at + 1;
	}
	snprintf(wanted, sizeof(wanted), "\n%s,", name);
	cr_expect(at == NULL || strstr(at, wanted) == NULL, "%s: the dictionary has more columns", name);
	mem_free(text);
}

Test(export, the_dictionary_has_each_column_of_each_file_in_order)
{
	static const char *const NAMES[] = {"totals.csv",      "intervals.csv", "statements.csv", "statement_rows.csv", "factors.csv",
					    "events.csv",      "register.csv",  "traffic.csv",    "feeds.csv",          "entries.csv",
					    "corrections.csv", "supply.csv",    "batteries.csv",  "dictionary.csv"};
	char *dictionary;

	write_package(REPORT_METER);
	dictionary = books_read_file(&books, "package/dictionary.csv");
	cr_assert_not_null(dictionary);
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		expect_words(dictionary, NAMES[i]);
	mem_free(dictionary);
}

/* 2 kWh x 28.11 g/kWh = 56.22 g = 56220 mg. */
Test(export, totals_hold_integers_beside_figures_for_people)
{
	write_package(REPORT_METER);
	cr_expect_str_eq(total_cell(0, "node_type"), "total");
	cr_expect_str_eq(total_cell(1, "node_id"), "oslo");
	cr_expect_str_eq(total_cell(1, "energy_kwh"), "2.000000");
	cr_expect_str_eq(total_cell(1, "energy_millij"), "7200000000");
	cr_expect_str_eq(total_cell(1, "energy_bridged_kwh"), "0.500000");
	cr_expect_str_eq(total_cell(1, "m_scope2_lb_kg"), "0.056220");
	cr_expect_str_eq(total_cell(1, "m_scope2_lb_mg"), "56220");
	cr_expect_str_eq(total_cell(1, "lb_basis"), "lifecycle-proxy-lag-1");
	cr_expect_str_eq(total_cell(1, "ef_lb_g_per_kwh"), "28.11");
	/* 1800 s of the day's 86400 s */
	cr_expect_str_eq(total_cell(1, "coverage_time_pct"), "2.08");
	cr_expect_str_eq(total_cell(1, "coverage_energy_pct"), "100.00");
	cr_expect_str_eq(total_cell(1, "period_start_utc"), "2026-10-04T22:00:00Z");
}

Test(export, meters_show_their_counter_and_place)
{
	write_package(REPORT_METER);
	cr_expect_str_eq(total_cell(3, "node_id"), "oslo/pdu1/outlet/1");
	cr_expect_str_eq(total_cell(3, "in_total"), "no");
	cr_expect_str_eq(total_cell(4, "node_id"), "oslo/pdu1/total");
	cr_expect_str_eq(total_cell(4, "parent_id"), "oslo/pdu1");
	cr_expect_str_eq(total_cell(4, "in_total"), "yes");
	cr_expect_str_eq(total_cell(4, "counter_open"), "4711");
	cr_expect_str_eq(total_cell(4, "counter_close"), "4726");
	cr_expect_str_eq(total_cell(4, "multiplier"), "360000000");
	cr_expect_str_eq(total_cell(4, "resets"), "1");
	cr_expect_str_eq(total_cell(4, "asset_serial"), "5A1");
	cr_expect_str_eq(total_cell(4, "gap_methods"), "G1");
	cr_expect_str_eq(total_cell(4, "m_scope1_kg"), "n/a");
}

Test(export, level_cuts_the_rows_below)
{
	write_package(REPORT_SITE);
	cr_expect_str_eq(total_cell(1, "node_type"), "site");
	cr_expect_str_eq(total_cell(1, "energy_kwh"), "2.000000");
	cr_expect_str_eq(total_cell(1, "coverage_assets_pct"), "100.00");
}

/* One device with energy, one that never answered: 1 of 2. */
Test(export, a_device_that_never_answered_is_in_the_register_and_lowers_the_coverage_of_devices)
{
	char *text;

	(void)books_put_device(&books, books_put_site(&books, "oslo", "NO", OSLO), "ghost");
	books_commit(&books);
	write_package(REPORT_SITE);
	cr_expect_str_eq(total_cell(0, "coverage_assets_pct"), "50.00");
	cr_expect_str_eq(total_cell(1, "coverage_assets_pct"), "50.00");
	cr_expect_str_eq(total_cell(1, "energy_kwh"), "2.000000");
	text = books_read_file(&books, "package/register.csv");
	cr_expect_not_null(strstr(text, "\noslo/ghost,oslo,"));
	mem_free(text);
	text = books_read_file(&books, "package/report.html");
	cr_expect_not_null(strstr(text, "Of 2 devices 1 have energy"));
	/* Nothing happened: no heads of columns over nothing. */
	cr_expect_null(strstr(text, ">Before<"));
	mem_free(text);
}

Test(export, a_warning_in_the_report_for_people_names_its_device)
{
	struct ledger_event down = {.utc_ms = books_utc_ms("2026-10-05T12:00:00Z"), .level = LOG_LEVEL_WARNING, .code = "device_down"};
	char *page;

	down.site_id = books_put_site(&books, "oslo", "NO", OSLO);
	down.device_id = books_put_device(&books, down.site_id, "ghost");
	cr_assert_eq(ledger_batch_add_event(&books.batch, &down, &books.info), ERR_NONE, "%s", books.info.text);
	books_commit(&books);
	write_package(REPORT_SITE);
	page = books_read_file(&books, "package/report.html");
	cr_expect_not_null(strstr(page, "<td>device_down</td><td>oslo/ghost</td>"));
	mem_free(page);
}

Test(export, only_factors_that_were_used_are_in_it)
{
	char *text;

	write_package(REPORT_METER);
	text = books_read_file(&books, "package/factors.csv");
	cr_expect_not_null(strstr(text, "\nNO,2025,lifecycle,28110000,28.11,location-based average,Ember,2026,CC BY 4.0,abab"));
	cr_expect_null(strstr(text, "\nSE,"));
	mem_free(text);
}

Test(export, no_cell_is_empty)
{
	static const char *const NAMES[] = {"totals", "intervals", "factors", "events", "register", "entries"};

	write_package(REPORT_METER);
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		char name[64];
		char *text;

		snprintf(name, sizeof(name), "package/%s.csv", NAMES[i]);
		text = books_read_file(&books, name);
		cr_assert_not_null(text, "%s", name);
		cr_expect_null(strstr(text, ",,"), "%s", name);
		cr_expect_null(strstr(text, ",\n"), "%s", name);
		cr_expect_null(strstr(text, "\n,"), "%s", name);
		mem_free(text);
	}
}

Test(export, manifest_lists_every_file)
{
	char *text;
	json_t *manifest;

	write_package(REPORT_METER);
	text = books_read_file(&books, "package/manifest.json");
	manifest = json_loads(text, 0, NULL);
	cr_assert_not_null(manifest);
	cr_expect_str_eq(json_string_value(json_object_get(manifest, "schema")), "wattledger.package/1");
	cr_expect_str_eq(json_string_value(json_object_get(manifest, "ledger_uuid")), ledger_uuid(books.ledger));
	cr_expect_eq(json_array_size(json_object_get(manifest, "files")), 16);
	cr_expect_gt(json_array_size(json_object_get(manifest, "limitations")), 5);
	json_decref(manifest);
	mem_free(text);
}

Test(export, a_folder_that_holds_something_is_left_alone)
{
	struct export_request request = request_of(REPORT_METER);
	char path[256];
	FILE *file;

	cr_assert_eq(mkdir(out_dir, 0700), 0);
	snprintf(path, sizeof(path), "%s/mine", out_dir);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fclose(file);
	cr_expect_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_USAGE);
	cr_expect_eq(access(path, F_OK), 0);
	snprintf(path, sizeof(path), "%s.tmp-%ld", out_dir, (long)getpid());
	cr_expect_neq(access(path, F_OK), 0, "the temporary folder stays");
}

Test(export, a_ledger_without_meters_makes_no_package)
{
	struct export_request request = request_of(REPORT_METER);
	struct books_fixture empty;

	books_fixture_init(&empty);
	cr_expect_eq(export_write(empty.ledger, &request, NULL, &empty.info), ERR_DATA);
	cr_expect_not_null(strstr(empty.info.text, "no meters yet"), "%s", empty.info.text);
	cr_expect_neq(access(out_dir, F_OK), 0);
	books_fixture_deinit(&empty);
}

Test(export, an_empty_folder_is_taken)
{
	cr_assert_eq(mkdir(out_dir, 0700), 0);
	write_package(REPORT_METER);
	cr_expect_str_eq(total_cell(0, "revision"), "0");
}

/* 1.5 + 0.5 kWh x 28.11 g = 56.22 g, covered 30 minutes of 24 hours; the only factor there is is of lifecycle basis, and of the year before. */
Test(export, the_report_for_people_says_first_what_the_factors_are)
{
	char *page;

	write_package(REPORT_METER);
	page = books_read_file(&books, "package/report.html");
	cr_assert_not_null(page);
	cr_expect_not_null(strstr(page, "<p class=\"first\">1 site used 2.000 kWh of electricity"), "%.600s", page);
	cr_expect_not_null(strstr(page, "cover 2.08 % of the time"));
	cr_expect_not_null(strstr(page, "0.056 kg CO2e. Every factor used here is a lifecycle proxy"));
	cr_expect_not_null(strstr(page, "For 1 of 1 meters a factor of an earlier year is used"));
	cr_expect_not_null(strstr(page, "2026-10-05T10:00:00Z: 2.000 kWh</title>"));
	cr_expect_not_null(strstr(page, "<td>pdu1</td><td>yes</td>"), "its total counts, though its outlet, which is first, does not");
	mem_free(page);
}

Test(export, the_report_for_people_needs_nothing_beside_itself)
{
	char *page;

	write_package(REPORT_METER);
	page = books_read_file(&books, "package/report.html");
	cr_assert_not_null(page);
	cr_expect_null(strstr(page, "http:"));
	cr_expect_null(strstr(page, "https:"));
	cr_expect_null(strstr(page, "<script"));
	cr_expect_null(strstr(page, "src="));
	mem_free(page);
}

/* Oslo and Bergen have their day together, Lima another; each row stands once, and what is outside its site's day is left out. */
Test(export, sites_of_one_day_and_of_another_are_each_in_it_once)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	uint32_t bergen = books_put_site(&books, "bergen", "NO", OSLO);
	uint32_t lima = books_put_site(&books, "lima", "PE", "America/Lima");
	uint32_t north = books_put_meter(&books, books_put_device(&books, bergen, "pdu1"), &total);
	uint32_t south = books_put_meter(&books, books_put_device(&books, lima, "pdu1"), &total);
	struct export_request request = request_of(REPORT_METER);
	struct export_result result;
	char *text;

	books_put_slot(&books, north, OSLO, "2026-10-05T21:45:00Z", COVERAGE_MEASURED, 111);
	books_put_slot(&books, north, OSLO, "2026-10-05T22:00:00Z", COVERAGE_MEASURED, 222);
	books_put_slot(&books, south, "America/Lima", "2026-10-05T04:45:00Z", COVERAGE_MEASURED, 333);
	books_put_slot(&books, south, "America/Lima", "2026-10-06T04:45:00Z", COVERAGE_MEASURED, 444);
	books_commit(&books);
	cr_assert_eq(export_write(books.ledger, &request, &result, &books.info), ERR_NONE, "%s", books.info.text);
	text = books_read_file(&books, "package/intervals.csv");
	cr_assert_not_null(text);
	cr_expect_not_null(strstr(text, "\nbergen,pdu1,total,energy_j,2026-10-05T21:45:00Z,"));
	cr_expect_not_null(strstr(text, "\nlima,pdu1,total,energy_j,2026-10-06T04:45:00Z,"));
	cr_expect_null(strstr(text, "2026-10-05T22:00:00Z"));
	cr_expect_null(strstr(text, "2026-10-05T04:45:00Z"));
	mem_free(text);
	cr_expect_eq(result.interval_count, 5);
}
