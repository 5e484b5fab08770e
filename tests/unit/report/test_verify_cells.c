/* SPDX-License-Identifier: Apache-2.0 */
/* One character of one cell is changed at a time: what verify_columns.def says of a column is what verify finds, beside the digests. */
#include "base/mem.h"
#include "ledger/entry.h"
#include "report/books.h"
#include "report/export.h"
#include "report/seal.h"
#include "report/verify.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define OSLO "Europe/Oslo"
#define DAY "2026-10-05"

static struct books_fixture books;
static char out_dir[128];
static struct buf findings;

static void put_factor(const char *basis, int64_t microg_per_kwh)
{
	struct plan_factor factor = {.zone = "NO",
				     .year = 2026,
				     .microg_per_kwh = microg_per_kwh,
				     .method = "average",
				     .publisher = "NVE",
				     .edition = "2026",
				     .licence = "NLOD"};

	snprintf(factor.basis, sizeof(factor.basis), "%s", basis);
	memset(factor.table_sha256, 0xab, sizeof(factor.table_sha256));
	cr_assert_eq(ledger_batch_add_factor(&books.batch, &factor, &books.info), ERR_NONE, "%s", books.info.text);
}

static struct ledger_entry entry_of(const char *kind, const char *node, const char *what, int64_t value_micro, const char *unit)
{
	return (struct ledger_entry){.kind = kind,
				     .site_id = 1,
				     .node = node,
				     .from_utc_ms = books_utc_ms("2026-10-04T22:00:00Z"),
				     .to_utc_ms = books_utc_ms("2026-10-05T22:00:00Z"),
				     .what = what,
				     .value_micro = value_micro,
				     .unit = unit,
				     .note = "",
				     .author = "anna",
				     .reason = "read",
				     .entered_utc_ms = books_utc_ms("2026-10-10T00:00:00Z")};
}

static void put_entries(void)
{
	struct ledger_entry entry[] = {
	    entry_of("instrument", "oslo", "certificate", 1000, "MWh"), entry_of("fuel", "oslo/gen/total", "used", 7000000, "l"),
	    entry_of("invoice", "oslo/pdu/total", "energy", 4000000, "kWh"), entry_of("utility", "oslo", "water", 3000000, "l"),
	    entry_of("utility", "oslo", "reused", 500000, "kWh")};
	int64_t first_id;

	entry[0].note = "id=GO-1; zone=NO; g_per_kwh=1";
	cr_assert_eq(ledger_entry_add(books.ledger, entry, sizeof(entry) / sizeof(entry[0]), &first_id, &books.info), ERR_NONE, "%s",
		     books.info.text);
}

static void state(const char *code, const struct ledger_entry *pending)
{
	struct seal_request request = {.author = "anna", .reason_code = code, .reason = "because", .report.period = DAY};
	struct buf text;

	buf_init(&text, 1 << 20);
	request.report.now_utc_ms = books_utc_ms("2026-11-01T00:00:00Z");
	request.report.pending = pending;
	request.report.pending_count = pending == NULL ? 0 : 1;
	cr_assert_eq(seal_make(books.ledger, &request, &text, &books.info), ERR_NONE, "%s", books.info.text);
	buf_deinit(&text);
}

static void write_package(void)
{
	struct export_request request = {
	    .level = REPORT_METER, .out_dir = out_dir, .export_id = "x1", .software_version = "1.2.3", .generated_by = "tester"};

	request.report.period = DAY;
	request.report.now_utc_ms = books_utc_ms("2026-12-01T00:00:00Z");
	cr_assert_eq(export_write(books.ledger, &request, NULL, &books.info), ERR_NONE, "%s", books.info.text);
}

/* A day of a meter on the grid and of a generating set, with all that can be entered, sealed, and restated for a wrong transformer. */
static void setup(void)
{
	struct books_meter_options grid = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GRID, .is_in_total = true};
	struct books_meter_options set = {.key = "total", .role = ROLE_TOTAL, .supply = SUPPLY_GENSET, .is_in_total = true};
	struct interval reset = {
	    .status_bits = INTERVAL_RESET, .has_raw = true, .raw_open = 5, .raw_close = 17, .millij = {[COVERAGE_MEASURED] = 1234567891}};
	struct ledger_entry correction = entry_of("correction", "oslo/pdu/total", "ct_ratio", 2000000, "");
	uint32_t site;
	uint32_t meter;
	uint32_t genset;

	books_fixture_init(&books);
	snprintf(out_dir, sizeof(out_dir), "%s/package", books.folder);
	buf_init(&findings, 1 << 20);
	site = books_put_site(&books, "oslo", "NO", OSLO);
	meter = books_put_meter(&books, books_put_device(&books, site, "pdu"), &grid);
	genset = books_put_meter(&books, books_put_device(&books, site, "gen"), &set);
	reset.covered_ms[COVERAGE_MEASURED] = 900000;
	reset.open_utc_ms = books_utc_ms("2026-10-05T10:00:00Z");
	reset.close_utc_ms = books_utc_ms("2026-10-05T10:15:00Z");
	books_put_interval(&books, meter, OSLO, "2026-10-05T10:00:00Z", reset);
	books_put_slot(&books, meter, OSLO, "2026-10-05T11:00:00Z", COVERAGE_BRIDGED, 2987654321);
	books_put_slot(&books, genset, OSLO, "2026-10-05T11:00:00Z", COVERAGE_ESTIMATED, 4242424242);
	put_factor("direct", 28110001);
	put_factor("residual", 599000001);
	put_factor("upstream", 5000001);
	put_factor("losses", 7100001);
	books_commit(&books);
	put_entries();
	state(NULL, NULL);
	correction.entered_utc_ms = books_utc_ms("2026-11-01T00:00:00Z");
	state("ERROR", &correction);
	write_package();
}

static void teardown(void)
{
	buf_deinit(&findings);
	books_fixture_deinit(&books);
}

TestSuite(verify_cells, .init = setup, .fini = teardown);

/* ---- Cells ---- */

/* Where cell `column` of line `line` begins, and how long it is; NULL: there is no such. */
static char *find_cell(char *text, size_t line, size_t column, size_t *bytes)
{
	char *at = text;

	for (; line > 0 && at != NULL; line--)
		at = strchr(at, '\n') == NULL ? NULL : strchr(at, '\n') + 1;
	while (at != NULL && *at != '\0') {
		bool is_quoted = false;

		for (*bytes = 0; at[*bytes] != '\n' && (is_quoted || at[*bytes] != ','); ++*bytes)
			is_quoted = is_quoted != (at[*bytes] == '"');
		if (column-- == 0)
			return at;
		if (at[*bytes] == '\n')
			return NULL;
		at += *bytes + 1;
	}
	return NULL;
}

static bool is_none(const char *cell, size_t bytes)
{
	return bytes == 3 && strncmp(cell, "n/a", 3) == 0;
}

/* The first line that says something in a column, else the first. */
static char *pick_cell(char *text, size_t column, size_t *bytes)
{
	char *cell;

	for (size_t line = 1; (cell = find_cell(text, line, column, bytes)) != NULL; line++) {
		if (*bytes > 0 && !is_none(cell, *bytes))
			return cell;
	}
	return find_cell(text, 1, column, bytes);
}

/* The last character, before a closing quote. */
static void change(char *cell, size_t bytes)
{
	char *c = &cell[cell[bytes - 1] == '"' ? bytes - 2 : bytes - 1];

	if (isdigit((unsigned char)*c))
		*c = *c == '1' ? '2' : '1';
	else
		*c = *c == 'b' ? 'c' : 'b';
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", out_dir, name);
	file = fopen(path, "w");
	cr_assert_eq(fwrite(text, 1, strlen(text), file), strlen(text));
	fclose(file);
}

static struct err_info info;

static void verify(void)
{
	struct verify_summary summary;

	buf_clear(&findings);
	info = (struct err_info){0};
	cr_expect_eq(verify_package(&(struct verify_request){.dir = out_dir}, &summary, &findings, &info), ERR_DATA);
}

/* Whether verify found more than digests: `wanted` among its words, or that it could not read the file. */
static bool is_found(const char *wanted)
{
	const char *line;

	if (strstr(info.text, " differences") == NULL)
		return true;
	for (line = buf_text(&findings); *line != '\0'; line = strchr(line, '\n') + 1) {
		const char *end = strchr(line, '\n');
		const char *digest = strstr(line, "SHA-256 is ");
		const char *row = strstr(line, "_sha256 is ");

		if (wanted != NULL ? strstr(line, wanted) != NULL && strstr(line, wanted) < end
				   : (digest == NULL || digest > end) && (row == NULL || row > end))
			return true;
	}
	return false;
}

/* ---- totals.csv ---- */

enum what { AGAIN_IS, ELSEWHERE_IS, TOLD_IS };

static const struct {
	const char *name;
	enum what what;
} COLUMNS[] = {
#define AGAIN(name, need) {#name, AGAIN_IS},
#define ELSEWHERE(name) {#name, ELSEWHERE_IS},
#define TOLD(name, why) {#name, TOLD_IS},
#include "report/verify_columns.def"
};

Test(verify_cells, of_every_column_it_is_said_how_it_is_verified)
{
	size_t count;
	const char *const *name = export_columns(&count);

	cr_assert_eq(sizeof(COLUMNS) / sizeof(COLUMNS[0]), count);
	for (size_t i = 0; i < count; i++)
		cr_expect_str_eq(COLUMNS[i].name, name[i], "verify_columns.def has %s where columns.def has %s", COLUMNS[i].name, name[i]);
}

Test(verify_cells, an_honest_package_is_good)
{
	struct verify_summary summary;

	cr_expect_eq(verify_package(&(struct verify_request){.dir = out_dir}, &summary, &findings, &books.info), ERR_NONE, "%s",
		     buf_text(&findings));
}

/* What verify starts from: changed together with others, it would make more of them differ, or nothing readable. */
static bool is_input(const char *name)
{
	static const char *const INPUTS[] = {"node_id", "node_type",           "period_",      "zone",
					     "lb_",     "mb_residual_",        "cat3b_",       "td_loss_",
					     "hourly_", "m_scope2_lb_hourly_", "stored_open_", "stored_carbon_open_"};

	for (size_t i = 0; i < sizeof(INPUTS) / sizeof(INPUTS[0]); i++) {
		if (strncmp(name, INPUTS[i], strlen(INPUTS[i])) == 0)
			return true;
	}
	return false;
}

enum { AT_ONCE = 40 };

/* Changes up to AT_ONCE columns from *next on, and expects each to be told. `text` is as it was in the end. */
static void change_some(char *text, size_t *next)
{
	char *changed = mem_dup(text);
	size_t first = *next;
	size_t bytes;
	size_t count = 0;

	for (; *next < sizeof(COLUMNS) / sizeof(COLUMNS[0]) && count < AT_ONCE; ++*next) {
		char *cell = pick_cell(changed, *next, &bytes);

		if (COLUMNS[*next].what != AGAIN_IS)
			continue;
		if (is_input(COLUMNS[*next].name) && count > 0)
			break;
		change(cell, bytes);
		count = is_input(COLUMNS[*next].name) ? AT_ONCE + 1 : count + 1;
	}
	write_file("totals.csv", changed);
	verify();
	cr_expect(count == 0 || count > AT_ONCE || strstr(info.text, " differences") != NULL, "%s", info.text);
	for (size_t i = first; count > 0 && i < *next; i++) {
		char wanted[128];

		snprintf(wanted, sizeof(wanted), ": %s is ", COLUMNS[i].name);
		cr_expect(COLUMNS[i].what != AGAIN_IS || is_found(wanted), "%s is changed, and not found", COLUMNS[i].name);
	}
	mem_free(changed);
}

Test(verify_cells, a_changed_cell_of_the_totals_is_found)
{
	char *text = books_read_file(&books, "package/totals.csv");
	size_t next = 0;

	while (next < sizeof(COLUMNS) / sizeof(COLUMNS[0]))
		change_some(text, &next);
	mem_free(text);
}

/* ---- The other files ---- */

/*
 * What nothing else in a package tells, so that digests and signature alone keep it; and what changes a figure for some meters alone (`source` and
 * the two behind it: how sure their energy is; ids of entries: those of corrections).
 */
static const char *const KEPT[] = {"intervals.csv slot_s",
				   "intervals.csv raw_unit",
				   "intervals.csv multiplier",
				   "intervals.csv open_utc",
				   "intervals.csv close_utc",
				   "intervals.csv boot_id",
				   "intervals.csv covered_s",
				   "intervals.csv driver_sha256",
				   "intervals.csv config_sha256",
				   "factors.csv g_per_kwh",
				   "factors.csv licence",
				   "factors.csv duration_s",
				   "factors.csv estimated",
				   "factors.csv known_utc",
				   "factors.csv source",
				   "factors.csv file_sha256",
				   "register.csv fed_by",
				   "register.csv valid_from",
				   "register.csv valid_to",
				   "register.csv name",
				   "register.csv vendor",
				   "register.csv model",
				   "register.csv firmware",
				   "register.csv rack",
				   "register.csv tenant",
				   "register.csv driver",
				   "register.csv driver_sha256",
				   "register.csv is_derived",
				   "register.csv tz",
				   "register.csv source",
				   "register.csv is_component",
				   "register.csv is_product",
				   "entries.csv entry_id",
				   "entries.csv unit",
				   "statements.csv period_label",
				   "statements.csv sealed_at",
				   "statements.csv author",
				   "statements.csv reason",
				   "statements.csv factor_edition",
				   "statements.csv row_sha256",
				   "statements.csv chain_sha256",
				   "corrections.csv site"};

static bool is_kept(const char *file, const char *column, size_t bytes)
{
	char name[128];

	snprintf(name, sizeof(name), "%s %.*s", file, (int)bytes, column);
	for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++) {
		if (strcmp(KEPT[i], name) == 0)
			return true;
	}
	return false;
}

/* Whether a change in one of the lines is found. */
static bool is_found_in(const char *file, char *text, size_t column)
{
	size_t bytes;
	char *cell;

	for (size_t line = 1; (cell = find_cell(text, line, column, &bytes)) != NULL; line++) {
		char had[4096];
		bool is_told;

		if (is_none(cell, bytes))
			continue;
		memcpy(had, cell, bytes);
		change(cell, bytes);
		write_file(file, text);
		verify();
		is_told = is_found(NULL);
		memcpy(cell, had, bytes);
		if (is_told)
			return true;
	}
	return false;
}

Test(verify_cells, a_changed_cell_of_another_file_is_found)
{
	static const char *const FILES[] = {"intervals.csv", "factors.csv",     "register.csv",   "entries.csv",
					    "supply.csv",    "corrections.csv", "statements.csv", "statement_rows.csv"};

	for (size_t f = 0; f < sizeof(FILES) / sizeof(FILES[0]); f++) {
		char path[128];
		char *text;
		char *name;
		size_t bytes;

		snprintf(path, sizeof(path), "package/%s", FILES[f]);
		text = books_read_file(&books, path);
		for (size_t i = 0; (name = find_cell(text, 0, i, &bytes)) != NULL; i++) {
			size_t cell_bytes;
			char *cell = pick_cell(text, i, &cell_bytes);

			if (cell != NULL && !is_none(cell, cell_bytes) && !is_kept(FILES[f], name, bytes))
				cr_expect(is_found_in(FILES[f], text, i), "%s %.*s is not found", FILES[f], (int)bytes, name);
		}
		write_file(FILES[f], text);
		mem_free(text);
	}
}

/* ---- What no ledger can have written ---- */

static void expect_refusal(const char *file, const char *from, const char *to, const char *words)
{
	char path[128];
	char *text;
	char *at;
	struct buf changed;

	snprintf(path, sizeof(path), "package/%s", file);
	text = books_read_file(&books, path);
	at = strstr(text, from);
	cr_assert_not_null(at, "%s is not in %s", from, file);
	buf_init(&changed, 1 << 20);
	buf_add(&changed, text, (size_t)(at - text));
	buf_add_text(&changed, to);
	buf_add_text(&changed, at + strlen(from));
	write_file(file, buf_text(&changed));
	verify();
	cr_expect_not_null(strstr(info.text, words), "%s: '%s'", to, info.text);
	write_file(file, text);
	buf_deinit(&changed);
	mem_free(text);
}

Test(verify_cells, spans_that_end_before_they_begin_and_amounts_beyond_sums_are_refused)
{
	expect_refusal("entries.csv", "2026-10-05T22:00:00Z", "2026-10-04T22:00:00Z", "span or value is none that can be entered");
	expect_refusal("entries.csv", "0.001000", "-0.001000", "span or value is none that can be entered");
	expect_refusal("entries.csv", ",7.000000,", ",-7.000000,", "span or value is none that can be entered");
	expect_refusal("entries.csv", "2026-10-05T22:00:00Z,water,3.000000", "n/a,water,3.000000",
		       "span or value is none that can be entered");
	expect_refusal("intervals.csv", "1234567891", "9223372036854775807", "all its energy together is more than there can be");
	expect_refusal("totals.csv", "2026-10-05T22:00:00Z", "2026-10-04T22:00:00Z", "period_end_utc");
	expect_refusal("register.csv", "360000000", "360000000/0", "the meter is not understood");
	expect_refusal("factors.csv", "28110001", "9223372036854775807", "the factor is not understood");
}
