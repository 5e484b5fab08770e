/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "ledger/entry.h"
#include "report/books.h"
#include "report/correction.h"
#include "report/entries.h"
#include "report/export.h"
#include "report/seal.h"
#include "report/totals.h"
#include "report/verify.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define DAY "2026-10-05"

static struct books_fixture books;
static uint32_t site;
static uint32_t pdu;
static uint32_t rack;
static uint32_t back;
static struct buf text;

/*
 * In Oslo on the 5th of October, at 28.11 g/kWh: 1 kWh at 10:00 and 0.4 kWh at 10:15 by the PDU; the rack's meter behind it says 0.25 kWh at
 * 10:00, 0.1 kWh of it back, and counts in nothing.
 */
static void setup(void)
{
	struct books_meter_options total = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	struct books_meter_options part = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID};
	struct books_meter_options out = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .quantity = QUANTITY_ENERGY_OUT};
	uint32_t device;

	books_fixture_init(&books);
	buf_init(&text, SEAL_ANSWER_BYTES_MAX);
	site = books_put_site(&books, "oslo", "NO", OSLO);
	pdu = books_put_meter(&books, books_put_device(&books, site, "pdu1"), &total);
	device = books_put_device(&books, site, "rack1");
	rack = books_put_meter(&books, device, &part);
	back = books_put_meter(&books, device, &out);
	books_put_slot(&books, pdu, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, KWH);
	books_put_slot(&books, pdu, OSLO, "2026-10-05T10:15:00Z", COVERAGE_BRIDGED, 4 * KWH / 10);
	books_put_slot(&books, rack, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, KWH / 4);
	books_put_slot(&books, back, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, KWH / 10);
	books_put_factor(&books, "NO", 2025, 28110000, "2026");
	books_commit(&books);
}

static void teardown(void)
{
	buf_deinit(&text);
	books_fixture_deinit(&books);
}

TestSuite(correction, .init = setup, .fini = teardown);

/* "meter|from|to|what|value"; times of the 5th. */
static enum err check_row(const char *meter, const char *from, const char *to, const char *what, const char *value,
			  struct ledger_entry *entry)
{
	static char cells[ENTRIES_CELL_COUNT][64];
	static char *cell[ENTRIES_CELL_COUNT];
	struct entries_request request = {
	    .kind = REPORT_CORRECTION, .author = "anna", .reason = "found at the inspection", .cell = cell, .count = 1};

	snprintf(cells[ENTRIES_NODE], 64, "oslo/%s", meter);
	snprintf(cells[ENTRIES_FROM], 64, DAY "T%sZ", from);
	snprintf(cells[ENTRIES_TO], 64, DAY "T%sZ", to);
	snprintf(cells[ENTRIES_WHAT], 64, "%s", what);
	snprintf(cells[ENTRIES_VALUE], 64, "%s", value);
	cells[ENTRIES_UNIT][0] = '\0';
	cells[ENTRIES_NOTE][0] = '\0';
	for (size_t i = 0; i < ENTRIES_CELL_COUNT; i++)
		cell[i] = cells[i];
	request.now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z");
	return entries_check(books.ledger, &request, entry, &books.info);
}

static void enter(const char *meter, const char *from, const char *to, const char *what, const char *value)
{
	struct ledger_entry entry;
	int64_t first_id;

	cr_assert_eq(check_row(meter, from, to, what, value, &entry), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(ledger_entry_add(books.ledger, &entry, 1, &first_id, &books.info), ERR_NONE, "%s", books.info.text);
}

static struct report_totals totals_now(void)
{
	struct report_request request = {.period = DAY, .now_utc_ms = books_utc_ms("2026-11-02T00:00:00Z")};
	struct report_totals totals;

	cr_assert_eq(report_totals_make(&totals, books.ledger, &request, REPORT_METER, &books.info), ERR_NONE, "%s", books.info.text);
	return totals;
}

static void expect_site(int64_t millij, int64_t mg, int64_t uncorrected_millij, int64_t uncorrected_mg)
{
	struct report_totals totals = totals_now();
	const struct report_total *row = &totals.row[1];

	cr_expect_eq(row->energy_millij, millij, "%lld", (long long)row->energy_millij);
	cr_expect_eq(row->location_mg, mg, "%lld", (long long)row->location_mg);
	cr_expect(row->uncorrected.is_corrected);
	cr_expect_eq(row->uncorrected.energy_millij, uncorrected_millij, "%lld", (long long)row->uncorrected.energy_millij);
	cr_expect_eq(row->uncorrected.location_mg, uncorrected_mg, "%lld", (long long)row->uncorrected.location_mg);
	report_totals_deinit(&totals);
}

/* The second slot alone: 1 + 0.4 x 1.5 = 1.6 kWh x 28.11 = 44976 mg; before, 1.4 kWh: 39354 mg. */
Test(correction, a_wrong_ct_ratio_scales_the_slots_of_its_time)
{
	enter("pdu1/total", "10:15:00", "11:00:00", "ct_ratio", "150/100");
	expect_site(16 * KWH / 10, 44976, 14 * KWH / 10, 39354);
}

Test(correction, each_row_is_rounded_half_to_even_and_class_by_class)
{
	struct interval odd = {.millij = {[COVERAGE_MEASURED] = 3, [COVERAGE_BRIDGED] = 5}};
	uint32_t whose_id;

	enter("pdu1/total", "10:00:00", "11:00:00", "scale", "0.5");
	{
		struct report_totals totals = totals_now();

		odd.slot_start_s = books_utc_ms("2026-10-05T10:45:00Z") / 1000;
		whose_id = report_correction_apply(&totals.reg, pdu, &odd);
		report_totals_deinit(&totals);
	}
	cr_expect_eq(whose_id, pdu);
	cr_expect_eq(odd.millij[COVERAGE_MEASURED], 2); /* 1.5 */
	cr_expect_eq(odd.millij[COVERAGE_BRIDGED], 2);  /* 2.5 */
}

/* Counted in both the PDU and the rack: the rack was wrongly in nothing, the PDU is a sub-meter from 10:15 on. */
Test(correction, what_counts_in_the_total_is_cut_in_time)
{
	struct report_totals totals;

	enter("pdu1/total", "10:15:00", "20:00:00", "in_total", "no");
	/* 1 kWh x 28.11 */
	expect_site(KWH, 28110, 14 * KWH / 10, 39354);
	totals = totals_now();
	cr_expect_eq(totals.count, 8); /* total, site, pdu1 with three rows, rack1 with one */
	cr_expect(totals.row[3].meter->is_in_total);
	cr_expect_not(totals.row[4].meter->is_in_total);
	cr_expect_eq(totals.row[4].energy_millij, 4 * KWH / 10);
	cr_expect(totals.row[5].meter->is_in_total);
	cr_expect_not(totals.row[5].has_energy);
	report_totals_deinit(&totals);
}

Test(correction, a_part_that_is_the_whole_makes_its_devices_figure)
{
	struct report_totals totals;

	enter("rack1/total", "00:00:00", "22:00:00", "role", "part");
	totals = totals_now();
	for (size_t i = 0; i < totals.count; i++) {
		const struct report_total *row = &totals.row[i];

		if (row->level != REPORT_DEVICE || strcmp(row->meter->device, "rack1") != 0)
			continue;
		cr_expect_eq(row->energy_millij, 0);
		cr_expect_eq(row->uncorrected.energy_millij, KWH / 4);
		cr_expect(row->uncorrected.is_corrected);
	}
	report_totals_deinit(&totals);
}

/* Turned round, what went in is what was told as out: 0.1 kWh, twice as much by the ratio. */
Test(correction, a_transformer_turned_round_swaps_in_and_out)
{
	struct report_totals totals;

	enter("rack1/total", "10:00:00", "11:00:00", "ct_ratio", "-2");
	totals = totals_now();
	cr_expect_eq(totals.row[totals.count - 1].energy_millij, 2 * KWH / 10);
	cr_expect_eq(totals.row[totals.count - 1].uncorrected.energy_millij, KWH / 4);
	report_totals_deinit(&totals);
}

Test(correction, a_phase_is_told_in_the_register_and_moves_no_energy)
{
	struct report_totals totals;

	enter("pdu1/total", "10:00:00", "11:00:00", "phase", "L2");
	totals = totals_now();
	cr_expect_eq(totals.row[1].energy_millij, 14 * KWH / 10);
	cr_expect_eq(report_register_find(&totals.reg, pdu, books_utc_ms("2026-10-05T10:30:00Z"))->phase, 2);
	cr_expect_eq(report_register_find(&totals.reg, pdu, books_utc_ms("2026-10-05T11:00:00Z"))->phase, 0);
	report_totals_deinit(&totals);
}

Test(correction, what_makes_no_sense_is_refused_with_what_would)
{
	struct ledger_entry entry;

	cr_expect_eq(check_row("pdu1/total", "10:00:00", "11:00:00", "ct_ratio", "0", &entry), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "like 2, 150/100 or -1"), "%s", books.info.text);
	cr_expect_eq(check_row("pdu1/total", "10:00:00", "11:00:00", "ct_ratio", "-1", &entry), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "counts one way alone"), "%s", books.info.text);
	cr_expect_eq(check_row("pdu1/total", "10:00:30", "11:00:00", "ct_ratio", "2", &entry), ERR_DATA);
	cr_expect_eq(check_row("pdu1", "10:00:00", "11:00:00", "ct_ratio", "2", &entry), ERR_DATA);
	cr_expect_eq(check_row("pdu1/total", "10:00:00", "11:00:00", "role", "boss", &entry), ERR_DATA);
	cr_expect_eq(check_row("pdu1/total", "10:00:00", "11:00:00", "phase", "4", &entry), ERR_DATA);
	cr_expect_eq(check_row("pdu1/total", "10:00:00", "11:00:00", "colour", "4", &entry), ERR_DATA);
	enter("pdu1/total", "10:00:00", "11:00:00", "ct_ratio", "2");
	cr_expect_eq(check_row("pdu1/total", "10:45:00", "12:00:00", "scale", "2", &entry), ERR_DATA);
	cr_expect_not_null(strstr(books.info.text, "void it first"), "%s", books.info.text);
	cr_expect_eq(check_row("pdu1/total", "11:00:00", "12:00:00", "scale", "2", &entry), ERR_NONE, "%s", books.info.text);
}

static enum err seal(const char *code, const struct ledger_entry *pending)
{
	struct seal_request request = {.author = "anna", .reason_code = code, .reason = "two kinds of transformers"};

	request.report.period = DAY;
	request.report.now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z");
	request.report.pending = pending;
	request.report.pending_count = pending == NULL ? 0 : 1;
	buf_clear(&text);
	return seal_make(books.ledger, &request, &text, &books.info);
}

static size_t count_findings(const char *out_dir, struct buf *findings)
{
	struct verify_summary summary;
	struct verify_request request = {.dir = out_dir};

	enum err err;

	buf_clear(findings);
	err = verify_package(&request, &summary, findings, &books.info);
	cr_expect_eq(err, summary.finding_count == 0 ? ERR_NONE : ERR_DATA, "%s", books.info.text);
	return summary.finding_count;
}

static void tamper(const char *out_dir, const char *name, const char *from, const char *to)
{
	char path[256];
	char relative[256];
	char *whole;
	char *at;
	FILE *file;

	snprintf(relative, sizeof(relative), "package/%s", name);
	whole = books_read_file(&books, relative);
	cr_assert_not_null(whole);
	at = strstr(whole, from);
	cr_assert_not_null(at, "no %s in %s", from, whole);
	cr_assert_eq(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	snprintf(path, sizeof(path), "%s/%s", out_dir, name);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(whole, 1, strlen(whole), file), strlen(whole));
	fclose(file);
	mem_free(whole);
}

/* A sealed period moves by its restatement alone; and who has the package computes both again. */
Test(correction, a_restatement_takes_it_in_and_the_package_tells_both)
{
	struct export_request request = {.level = REPORT_METER, .export_id = "x", .software_version = "1.2.3", .generated_by = "tester"};
	char out_dir[128];
	struct ledger_entry entry;
	struct buf findings;

	cr_assert_eq(seal(NULL, NULL), ERR_NONE, "%s", books.info.text);
	/* 22:00 is midnight in Oslo. */
	cr_assert_eq(check_row("pdu1/total", "22:00:00", "23:00:00", "ct_ratio", "2", &entry), ERR_NONE, "%s", books.info.text);
	cr_expect_eq(seal("ERROR", &entry), ERR_DATA, "it has nothing to do with the day");
	cr_assert_eq(check_row("pdu1/total", "10:15:00", "11:00:00", "ct_ratio", "150/100", &entry), ERR_NONE, "%s", books.info.text);
	cr_assert_eq(seal("ERROR", &entry), ERR_NONE, "%s", books.info.text);
	cr_expect_not_null(strstr(buf_text(&text), "before: 1.400000 kWh, 0.039354 kg CO2e"), "%s", buf_text(&text));
	/* 0.2 of 1.4 */
	cr_expect_not_null(strstr(buf_text(&text), "energy +14.29 %, emissions +14.29 %; above"), "%s", buf_text(&text));
	expect_site(16 * KWH / 10, 44976, 14 * KWH / 10, 39354);
	cr_expect_eq(seal("ERROR", NULL), ERR_DATA, "nothing is new");

	buf_init(&findings, 1 << 20);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	request.out_dir = out_dir;
	request.report.period = DAY;
	request.report.now_utc_ms = books_utc_ms("2026-11-02T00:00:00Z");
	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
	cr_expect_eq(count_findings(out_dir, &findings), 0, "%s", buf_text(&findings));
	tamper(out_dir, "corrections.csv", "1.500000", "1.600000");
	cr_expect_gt(count_findings(out_dir, &findings), 1);
	cr_expect_not_null(strstr(buf_text(&findings), "energy_bridged_millij is 2160000000, computed again it is 2304000000"), "%s",
			   buf_text(&findings));
	buf_deinit(&findings);
}

/* An entry after the seal says nothing about the statement that is there. */
Test(correction, after_the_seal_it_waits_for_the_restatement)
{
	struct report_totals totals;

	cr_assert_eq(seal(NULL, NULL), ERR_NONE, "%s", books.info.text);
	{
		struct ledger_entry entry;
		int64_t first_id;

		cr_assert_eq(check_row("pdu1/total", "10:15:00", "11:00:00", "ct_ratio", "2", &entry), ERR_NONE);
		entry.entered_utc_ms += 1000;
		cr_assert_eq(ledger_entry_add(books.ledger, &entry, 1, &first_id, &books.info), ERR_NONE);
	}
	totals = totals_now();
	cr_expect_eq(totals.row[1].energy_millij, 14 * KWH / 10);
	cr_expect_not(totals.row[1].uncorrected.is_corrected);
	report_totals_deinit(&totals);
}
