/* SPDX-License-Identifier: Apache-2.0 */
/* What people are told when an entry leaves something behind: a sealed period that holds it, a sum that it does not move. */
#include "ledger/entry.h"
#include "report/books.h"
#include "report/correction_sums.h"
#include "report/seal.h"
#include "report/stale.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define DAY "2026-10-05"

static const struct books_meter_options GRID = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
static const struct books_meter_options SUM = {
    .key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true, .is_derived = true};
static const struct books_meter_options LEFT = {.key = "outlet/1", .role = ROLE_PART, .supply = SUPPLY_GRID, .is_summand = true};
static const struct books_meter_options RIGHT = {.key = "outlet/2", .role = ROLE_PART, .supply = SUPPLY_GRID, .is_summand = true};
static const struct books_meter_options OTHER = {.key = "phase/1", .role = ROLE_PART, .supply = SUPPLY_GRID};

static struct books_fixture books;
static struct buf text;

/* A meter with 4 kWh; a strip of two outlets with 3 and 1, of which the total is the sum, and a phase that is in no sum. */
static void setup(void)
{
	uint32_t site;
	uint32_t strip;
	uint32_t meter;

	books_fixture_init(&books);
	buf_init(&text, 1 << 20);
	site = books_put_site(&books, "oslo", "NO", OSLO);
	meter = books_put_meter(&books, books_put_device(&books, site, "pdu"), &GRID);
	books_put_slot(&books, meter, OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 4 * KWH);
	strip = books_put_device(&books, site, "strip");
	books_put_slot(&books, books_put_meter(&books, strip, &LEFT), OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 3 * KWH);
	books_put_slot(&books, books_put_meter(&books, strip, &RIGHT), OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, KWH);
	books_put_slot(&books, books_put_meter(&books, strip, &OTHER), OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, KWH);
	books_put_slot(&books, books_put_meter(&books, strip, &SUM), OSLO, "2026-10-05T10:00:00Z", COVERAGE_MEASURED, 4 * KWH);
	books_put_factor(&books, "NO", 2026, 20000000, "2026");
	books_commit(&books);
}

static void teardown(void)
{
	buf_deinit(&text);
	books_fixture_deinit(&books);
}

TestSuite(stale, .init = setup, .fini = teardown);

/* ---- A certificate that is voided and used again ---- */

static int64_t enter(const char *note, const char *utc)
{
	struct ledger_entry entry = {.kind = "instrument",
				     .site_id = 1,
				     .node = "oslo/pdu",
				     .from_utc_ms = books_utc_ms("2026-01-01T00:00:00Z"),
				     .to_utc_ms = books_utc_ms("2027-01-01T00:00:00Z"),
				     .what = "certificate",
				     .value_micro = 1000000,
				     .unit = "MWh",
				     .note = note,
				     .author = "anna",
				     .reason = "read",
				     .entered_utc_ms = books_utc_ms(utc)};
	int64_t id;

	cr_assert_eq(ledger_entry_add(books.ledger, &entry, 1, &id, &books.info), ERR_NONE, "%s", books.info.text);
	return id;
}

static void make_void(int64_t id, const char *utc)
{
	struct ledger_entry by = {.author = "anna", .reason = "sold", .entered_utc_ms = books_utc_ms(utc)};

	cr_assert_eq(ledger_entry_void(books.ledger, id, &by, &books.info), ERR_NONE, "%s", books.info.text);
}

static void state(const char *code, const char *utc)
{
	struct seal_request request = {.author = "anna", .reason_code = code, .reason = "because", .report.period = DAY};
	struct buf out;

	buf_init(&out, 1 << 20);
	request.report.now_utc_ms = books_utc_ms(utc);
	cr_assert_eq(seal_make(books.ledger, &request, &out, &books.info), ERR_NONE, "%s", books.info.text);
	buf_deinit(&out);
}

static const char *twice(void)
{
	buf_clear(&text);
	report_stale_add_twice(books.ledger, &text);
	return buf_text(&text);
}

Test(stale, a_certificate_that_a_sealed_day_holds_and_another_uses_is_told_until_the_day_is_restated)
{
	int64_t first = enter("id=GO-1; zone=NO; g_per_kwh=0; retired=2026-10-02", "2026-10-10T00:00:00Z");

	state(NULL, "2026-10-11T00:00:00Z");
	cr_expect_str_eq(twice(), "");
	make_void(first, "2026-10-12T00:00:00Z");
	cr_expect_str_eq(twice(), "", "nobody uses it again");
	report_stale_add_voided(books.ledger, first, &text);
	cr_expect_str_eq(
	    buf_text(&text),
	    "2026-10-05 of oslo was sealed with entry 1, and holds it until `wattledger restate --period 2026-10-05 --site oslo "
	    "--reason ERROR --note 'entry 1 was voided'`\n");
	enter("id=GO-1; zone=NO; g_per_kwh=0; retired=2026-10-02", "2026-10-13T00:00:00Z");
	cr_expect_str_eq(
	    twice(), "warning: certificate GO-1 counts twice: in 2026-10-05 of oslo, which was sealed before entry 1 was voided, and by "
		     "entry 3; until `wattledger restate --period 2026-10-05 --site oslo --reason ERROR --note 'entry 1 was voided'`\n");
	state("ERROR", "2026-10-14T00:00:00Z");
	cr_expect_str_eq(twice(), "");
}

Test(stale, what_was_voided_before_the_seal_is_in_no_statement)
{
	int64_t first = enter("id=GO-1; zone=NO; g_per_kwh=0; retired=2026-10-02", "2026-10-10T00:00:00Z");

	make_void(first, "2026-10-11T00:00:00Z");
	enter("id=GO-1; zone=NO; g_per_kwh=0; retired=2026-10-02", "2026-10-11T00:00:00Z");
	state(NULL, "2026-10-12T00:00:00Z");
	cr_expect_str_eq(twice(), "");
	report_stale_add_voided(books.ledger, first, &text);
	cr_expect_str_eq(buf_text(&text), "");
}

/* It tells of what is done: that fails no more, and is not to be done again. */
Test(stale, what_cannot_be_looked_up_is_a_warning_beside_what_was_done)
{
	int64_t first = enter("id=GO-1; zone=NO; g_per_kwh=0; retired=2026-10-02", "2026-10-10T00:00:00Z");
	sqlite3 *other = NULL;

	make_void(first, "2026-10-12T00:00:00Z");
	cr_assert_eq(sqlite3_open(books.path, &other), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(other, "ALTER TABLE statement RENAME TO gone", NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(other));
	sqlite3_close(other);
	cr_expect(strncmp(twice(), "warning: whether a sealed period has to be restated is not known: ", 66) == 0, "%s", buf_text(&text));
}

/* ---- A sum that a correction does not move ---- */

static struct ledger_entry ratio(const char *node, int64_t value_micro)
{
	return (struct ledger_entry){.kind = "correction",
				     .site_id = 1,
				     .node = node,
				     .from_utc_ms = books_utc_ms("2026-10-05T00:00:00Z"),
				     .to_utc_ms = books_utc_ms("2026-10-06T00:00:00Z"),
				     .what = "ct_ratio",
				     .value_micro = value_micro};
}

static const char *sums(const struct ledger_entry *entry, size_t count)
{
	buf_clear(&text);
	cr_assert_eq(report_correction_add_sums(books.ledger, entry, count, &text, &books.info), ERR_NONE, "%s", books.info.text);
	return buf_text(&text);
}

/* 3 kWh become 6 and 1 becomes 1.5: the sum of 4 is 7.5, which is 1.875 times as much. */
Test(stale, a_sum_is_told_with_the_row_that_corrects_it)
{
	struct ledger_entry entry[] = {ratio("oslo/strip/outlet/1", 2000000), ratio("oslo/strip/outlet/2", 1500000)};

	cr_expect_str_eq(
	    sums(entry, 2),
	    "warning: oslo/strip/total is a sum that was booked with what oslo/strip/outlet/1 said then: this correction does not "
	    "move it, nor what it counts in; a row of its own does:\n"
	    "oslo/strip/total,2026-10-05T00:00:00Z,2026-10-06T00:00:00Z,scale,1.875000,,as its meters were corrected\n");
}

/* What a phase says is in no sum: 3 kWh become 6 and 1 stays, 7 of 4. */
Test(stale, a_meter_in_no_sum_before_one_that_is_hides_nothing)
{
	struct ledger_entry entry[] = {ratio("oslo/strip/phase/1", 3000000), ratio("oslo/strip/outlet/1", 2000000)};

	cr_expect_not_null(strstr(sums(entry, 2), "oslo/strip/total is a sum that was booked with what oslo/strip/outlet/1 said then"));
	cr_expect_not_null(strstr(buf_text(&text), ",scale,1.750000,,"), "%s", buf_text(&text));
}

Test(stale, a_sum_that_is_corrected_too_and_a_meter_in_no_sum_are_not_told)
{
	struct ledger_entry both[] = {ratio("oslo/strip/outlet/1", 2000000), ratio("oslo/strip/total", 1750000)};
	struct ledger_entry phase = ratio("oslo/strip/phase/1", 2000000);
	struct ledger_entry total = ratio("oslo/pdu/total", 2000000);
	struct ledger_entry role = ratio("oslo/strip/outlet/1", 0);

	role.what = "role";
	cr_expect_str_eq(sums(both, 2), "");
	cr_expect_str_eq(sums(&phase, 1), "");
	cr_expect_str_eq(sums(&total, 1), "");
	cr_expect_str_eq(sums(&role, 1), "");
}

Test(stale, a_meter_that_was_turned_round_has_no_ready_row)
{
	struct ledger_entry entry = ratio("oslo/strip/outlet/1", -1000000);

	cr_expect_not_null(strstr(sums(&entry, 1), "a row of its own does, of scale, that makes it what its meters come to"));
}
