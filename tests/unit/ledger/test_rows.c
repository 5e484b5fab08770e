/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fixture.h"
#include "ledger/resume.h"
#include "ledger/rows.h"
#include "ledger/verify.h"
#include "wire/plan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define DAY FIXTURE_DAY_S
#define DAY_MS (FIXTURE_DAY_S * 1000)
#define OTHER_BOOT "99999999-2222-3333-4444-555555555555"

struct listing {
	int count;
	char line[16][256];
};

static enum err take_event(void *context, const struct ledger_event_row *row, struct err_info *info)
{
	struct listing *listing = context;

	(void)info;
	cr_assert_lt(listing->count, 16);
	snprintf(listing->line[listing->count++], sizeof(listing->line[0]), "%lld %s %s>%s %lld %s", (long long)row->utc_ms, row->code,
		 row->before, row->after, (long long)row->millij, row->text);
	return ERR_NONE;
}

static void list_events(struct fixture *fixture, struct ledger_filter filter, struct listing *listing)
{
	*listing = (struct listing){0};
	cr_assert_eq(ledger_query_events(fixture->ledger, &filter, take_event, listing, &fixture->info), ERR_NONE);
}

static enum err take_device(void *context, const struct ledger_meterless_row *row, struct err_info *info)
{
	struct listing *listing = context;

	(void)info;
	cr_assert_lt(listing->count, 16);
	snprintf(listing->line[listing->count++], sizeof(listing->line[0]), "%s/%s %s", row->row.site, row->row.device,
		 row->has_answered ? "answered" : "silent");
	return ERR_NONE;
}

static void list_meterless(struct fixture *fixture, struct ledger_filter filter, struct listing *listing)
{
	*listing = (struct listing){0};
	cr_assert_eq(ledger_query_meterless(fixture->ledger, &filter, take_device, listing, &fixture->info), ERR_NONE);
}

Test(rows, a_device_without_a_meter_is_silent_until_it_answers)
{
	struct ledger_device_info ghost = {.id = "ghost", .source = "snmp"};
	struct ledger_event event = {.utc_ms = (DAY + 50) * 1000, .code = "device_up"};
	struct ledger_filter day = {.start_s = DAY, .end_s = DAY + 100};
	struct fixture fixture;
	struct listing listing;

	fixture_init(&fixture, 1);
	cr_assert_eq(ledger_registry_put_device(fixture.registry, &fixture.batch, DAY_MS, fixture.site_id, &ghost, &event.device_id, NULL),
		     ERR_NONE);
	fixture_commit(&fixture);
	list_meterless(&fixture, day, &listing);
	cr_assert_eq(listing.count, 1, "the one with a meter is not among them");
	cr_assert_not_null(strstr(listing.line[0], "/ghost silent"));
	/* Before it was configured it was not missing. */
	list_meterless(&fixture, (struct ledger_filter){.start_s = DAY - 100, .end_s = DAY}, &listing);
	cr_assert_eq(listing.count, 0);
	/* A sensor has no meter either, but it has answered; what a span says does not change by what comes after it. */
	cr_assert_eq(ledger_batch_add_event(&fixture.batch, &event, NULL), ERR_NONE);
	fixture_commit(&fixture);
	list_meterless(&fixture, day, &listing);
	cr_assert_not_null(strstr(listing.line[0], "/ghost answered"));
	list_meterless(&fixture, (struct ledger_filter){.start_s = DAY, .end_s = DAY + 50}, &listing);
	cr_assert_not_null(strstr(listing.line[0], "/ghost silent"));
	fixture_deinit(&fixture);
}

Test(rows, events_come_in_order_of_time_and_by_what_they_concern)
{
	struct fixture fixture;
	struct listing listing;
	struct ledger_event event = {
	    .utc_ms = DAY_MS + 2000, .code = "counter_reset", .meter_id = 1, .before = "900", .after = "3", .millij = -7};

	fixture_init(&fixture, 0);
	cr_assert_eq(ledger_batch_add_event(&fixture.batch, &event, NULL), ERR_NONE);
	event = (struct ledger_event){.utc_ms = DAY_MS + 1000, .code = "device_silent", .device_id = 4, .text = "no answer\r\n\x1b[2J"};
	cr_assert_eq(ledger_batch_add_event(&fixture.batch, &event, NULL), ERR_NONE);
	fixture_commit(&fixture);
	list_events(&fixture, (struct ledger_filter){.start_s = DAY, .end_s = DAY + 60}, &listing);
	cr_assert_eq(listing.count, 2);
	/* DAY_MS is 1795564800000. Control characters of hostile texts are blanks. */
	cr_assert_str_eq(listing.line[0], "1795564801000 device_silent > 0 no answer   [2J");
	cr_assert_str_eq(listing.line[1], "1795564802000 counter_reset 900>3 -7 ");
	list_events(&fixture, (struct ledger_filter){.meter_id = 1}, &listing);
	cr_assert_eq(listing.count, 1);
	list_events(&fixture, (struct ledger_filter){.start_s = DAY + 2, .end_s = DAY + 60}, &listing);
	cr_assert_eq(listing.count, 1);
	fixture_deinit(&fixture);
}

Test(rows, events_of_an_untrusted_clock_get_their_time_on_first_trust)
{
	struct fixture fixture;
	struct listing listing;
	struct ledger_event event = {.boot_id = FIXTURE_BOOT, .boot_ns = INT64_C(5000000000), .code = "early"};
	struct ledger_event other = {.boot_id = OTHER_BOOT, .boot_ns = 1, .code = "another_boot"};

	fixture_init(&fixture, 0);
	cr_assert_eq(ledger_batch_add_event(&fixture.batch, &event, NULL), ERR_NONE);
	cr_assert_eq(ledger_batch_add_event(&fixture.batch, &other, NULL), ERR_NONE);
	fixture_commit(&fixture);
	list_events(&fixture, (struct ledger_filter){0}, &listing);
	cr_assert_str_eq(listing.line[0], "0 early > 0 ");
	cr_assert_eq(ledger_batch_place_events(&fixture.batch, FIXTURE_BOOT, DAY_MS, NULL), ERR_NONE);
	fixture_commit(&fixture);
	list_events(&fixture, (struct ledger_filter){0}, &listing);
	/* Booted at DAY_MS, 5 s before. The other boot was not placed. */
	cr_assert_str_eq(listing.line[0], "0 another_boot > 0 ");
	cr_assert_str_eq(listing.line[1], "1795564805000 early > 0 ");
	fixture_deinit(&fixture);
}

static enum err take_unplaced(void *context, const char *boot_id, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct listing *listing = context;

	(void)info;
	cr_assert_lt(listing->count, 16);
	snprintf(listing->line[listing->count++], sizeof(listing->line[0]), "%.8s %lld %u %lld %lld %d", boot_id,
		 (long long)interval->slot_start_s, (unsigned)meter_id, (long long)interval->millij[COVERAGE_MEASURED],
		 (long long)interval->covered_ms[COVERAGE_MEASURED], interval->has_raw ? (int)interval->raw_close : -1);
	return ERR_NONE;
}

Test(rows, slots_without_a_place_are_kept_by_boot_and_placed_in_one_commit)
{
	struct fixture fixture;
	struct listing listing = {0};
	struct interval interval = {
	    .slot_start_s = 900, .slot_s = 900, .millij = {100}, .covered_ms = {300000}, .has_raw = true, .raw_close = 7};
	struct ledger_resume resume;
	struct ledger_verdict verdict;

	fixture_init(&fixture, 2);
	cr_assert_eq(ledger_batch_add_unplaced(&fixture.batch, FIXTURE_BOOT, fixture.meter_id[0], &interval, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	interval.raw_close = 9;
	cr_assert_eq(ledger_batch_add_unplaced(&fixture.batch, FIXTURE_BOOT, fixture.meter_id[0], &interval, &fixture.info), ERR_NONE);
	cr_assert_eq(ledger_batch_add_unplaced(&fixture.batch, OTHER_BOOT, fixture.meter_id[1], &interval, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_resume_unplaced(fixture.ledger, take_unplaced, &listing, &fixture.info), ERR_NONE);
	cr_assert_eq(listing.count, 2);
	cr_assert_str_eq(listing.line[0], "11111111 900 1 200 600000 9");
	cr_assert_str_eq(listing.line[1], "99999999 900 2 100 300000 9");
	/* Placing: the rows become intervals and go, in one batch. */
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 200);
	cr_assert_eq(ledger_batch_drop_unplaced(&fixture.batch, FIXTURE_BOOT, 0, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_resume_read(fixture.ledger, &resume, &fixture.info), ERR_NONE);
	cr_assert_eq(resume.unplaced_count, 1);
	cr_assert_eq(fixture_sum_millij(&fixture, DAY, DAY + 900), 200);
	cr_assert_eq(ledger_verify(fixture.ledger, &verdict, &fixture.info), ERR_NONE);
	fixture_deinit(&fixture);
}

Test(rows, the_newest_instant_is_that_of_sample_slot_or_event)
{
	struct fixture fixture;
	struct ledger_resume resume;
	struct ledger_open_row row = {.boot_id = FIXTURE_BOOT, .utc_ms = DAY_MS + 901000, .state = "", .state_bytes = 0};
	struct ledger_event event = {.utc_ms = DAY_MS + 902000, .code = "x"};

	fixture_init(&fixture, 1);
	cr_assert_eq(ledger_resume_read(fixture.ledger, &resume, &fixture.info), ERR_NONE);
	cr_assert_eq(resume.newest_utc_ms, 0);
	cr_assert_eq(resume.next_outbox_id, 1);
	fixture_add_slot(&fixture, fixture.meter_id[0], DAY, 0, 1);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_resume_read(fixture.ledger, &resume, &fixture.info), ERR_NONE);
	/* Not its end: it may have been closed early, and then a clock before its end is right. */
	cr_assert_eq(resume.newest_utc_ms, DAY_MS);
	row.meter_id = fixture.meter_id[0];
	cr_assert_eq(ledger_batch_add_open(&fixture.batch, &row, NULL), ERR_NONE);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_resume_read(fixture.ledger, &resume, &fixture.info), ERR_NONE);
	cr_assert_eq(resume.newest_utc_ms, DAY_MS + 901000);
	cr_assert_eq(resume.open_count, 1);
	cr_assert_eq(ledger_batch_add_event(&fixture.batch, &event, NULL), ERR_NONE);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_resume_read(fixture.ledger, &resume, &fixture.info), ERR_NONE);
	cr_assert_eq(resume.newest_utc_ms, DAY_MS + 902000);
	fixture_deinit(&fixture);
}

static enum err take_factor(void *context, const struct plan_factor *factor, struct err_info *info)
{
	struct listing *listing = context;

	(void)info;
	snprintf(listing->line[listing->count++], sizeof(listing->line[0]), "%s %d %s %s %lld %d", factor->zone, (int)factor->year,
		 factor->basis, factor->edition, (long long)factor->microg_per_kwh, factor->table_sha256[31]);
	return ERR_NONE;
}

static enum err take_config(void *context, int64_t from_utc_ms, const uint8_t sha256[32], struct err_info *info)
{
	struct listing *listing = context;

	(void)info;
	snprintf(listing->line[listing->count++], sizeof(listing->line[0]), "%lld %d", (long long)from_utc_ms, sha256[0]);
	return ERR_NONE;
}

Test(rows, factors_are_kept_once_and_configurations_when_they_change)
{
	struct fixture fixture;
	struct listing listing = {0};
	struct plan_factor factor = {
	    .zone = "NO", .year = 2025, .microg_per_kwh = 30000000, .basis = "lifecycle", .edition = "2026-01", .table_sha256 = {[31] = 9}};
	uint8_t first[32] = {1};
	uint8_t second[32] = {2};

	fixture_init(&fixture, 0);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(ledger_batch_add_factor(&fixture.batch, &factor, NULL), ERR_NONE);
		cr_assert_eq(ledger_batch_add_config(&fixture.batch, 10 + i, first, NULL), ERR_NONE);
		fixture_commit(&fixture);
	}
	cr_assert_eq(ledger_batch_add_config(&fixture.batch, 20, second, NULL), ERR_NONE);
	cr_assert_eq(ledger_batch_add_config(&fixture.batch, 30, first, NULL), ERR_NONE);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_query_factors(fixture.ledger, take_factor, &listing, &fixture.info), ERR_NONE);
	cr_assert_eq(ledger_query_configs(fixture.ledger, take_config, &listing, &fixture.info), ERR_NONE);
	cr_assert_eq(listing.count, 4);
	cr_assert_str_eq(listing.line[0], "NO 2025 lifecycle 2026-01 30000000 9");
	cr_assert_str_eq(listing.line[1], "10 1");
	cr_assert_str_eq(listing.line[2], "20 2");
	cr_assert_str_eq(listing.line[3], "30 1");
	fixture_deinit(&fixture);
}

Test(rows, a_note_is_what_was_written_last)
{
	struct fixture fixture;
	char note[16];
	size_t bytes = 7;

	fixture_init(&fixture, 0);
	cr_assert_eq(ledger_resume_note(fixture.ledger, "site_total/oslo", note, sizeof(note), &bytes, &fixture.info), ERR_NONE);
	cr_assert_eq(bytes, 0);
	cr_assert_eq(ledger_batch_add_note(&fixture.batch, "site_total/oslo", "first", 5, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_batch_add_note(&fixture.batch, "site_total/oslo", "last", 4, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	cr_assert_eq(ledger_resume_note(fixture.ledger, "site_total/oslo", note, sizeof(note), &bytes, &fixture.info), ERR_NONE);
	cr_assert_eq(bytes, 4);
	cr_assert_eq(memcmp(note, "last", 4), 0);
	cr_assert_eq(ledger_resume_note(fixture.ledger, "site_total/oslo", note, 3, &bytes, &fixture.info), ERR_LIMIT);
	fixture_deinit(&fixture);
}
