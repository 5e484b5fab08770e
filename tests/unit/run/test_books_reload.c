/* SPDX-License-Identifier: Apache-2.0 */
/* What a new configuration does to the accounts: names, devices, drivers and scales change, totals go on. */
#include "books_rig.h"
#include "ledger/rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct rig rig;
static struct plan_core plan[4]; /* one for each reload */
static struct plan_device device[4][RIG_DEVICES_MAX];
static int reload_count;

static void begin(void)
{
	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
}

static void end(void)
{
	rig_close(&rig);
}

TestSuite(books_reload, .init = begin, .fini = end);

/* d0 comes into force as `id`, which was `was`; NULL: it is gone. */
static void reload(const char *id, const char *was)
{
	struct plan_core *next = &plan[reload_count];
	struct plan_device *devices = device[reload_count];
	struct books_options options = {.plan = next,
					.reader = rig.ledger,
					.registry = rig.registry,
					.points = &rig.points,
					.boot_id = rig.boot_id,
					.newest_utc_ms = books_newest_utc_ms(rig.books),
					.build_utc_s = 1700000000,
					.is_clock_assumed = true};
	struct books *books = NULL;
	struct err_info info = {0};

	reload_count++;
	*next = rig.plan;
	memcpy(devices, rig.device, sizeof(rig.device));
	next->device = devices;
	next->device_count = id != NULL ? 1 : 0;
	devices[0].id = id != NULL ? id : "";
	devices[0].was = was != NULL ? was : "";
	cr_assert(books_new(&books, &options, &rig.batch, &info) == ERR_NONE, "%s", info.text);
	books_take_over(books, rig.books);
	books_free(rig.books);
	rig.books = books;
	books_reset_peer(books, WIRE_KIND_SNMP, NULL);
	if (id != NULL)
		rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
}

/* 100 W for so many seconds, on a counter of joules. */
static uint64_t run(uint64_t raw, int64_t seconds)
{
	for (int64_t at = 0; at < seconds; at += 10) {
		rig_pass(&rig, 10);
		raw += 1000;
		rig_read(&rig, 0, 0, raw, 100);
	}
	return raw;
}

static void settle(void)
{
	rig_pass(&rig, 80);
	rig_commit(&rig);
	rig_commit(&rig);
}

struct tally {
	const char *code;
	size_t count;
};

static enum err count_event(void *context, const struct ledger_event_row *row, struct err_info *info)
{
	struct tally *tally = context;

	(void)info;
	tally->count += strcmp(row->code, tally->code) == 0;
	return ERR_NONE;
}

static size_t count_events(const char *code)
{
	struct tally tally = {.code = code};
	struct ledger_filter all = {0};

	cr_assert(ledger_query_events(rig.ledger, &all, count_event, &tally, NULL) == ERR_NONE);
	return tally.count;
}

static void say_driver(const char *driver)
{
	struct wire_device record = {.state = DEVICE_UP};
	struct err_info info = {0};

	snprintf(record.driver, sizeof(record.driver), "%s", driver);
	cr_assert(books_put_device(rig.books, WIRE_KIND_SNMP, &record, &info) == ERR_NONE, "%s", info.text);
}

Test(books_reload, renamed_device_goes_on_from_its_last_reading_whether_committed_or_not)
{
	uint64_t raw;

	rig_read(&rig, 0, 0, 5000, 100);
	raw = run(5000, 100);
	rig_commit(&rig);
	raw = run(raw, 70); /* a slot closes in it, and nothing of it is committed */
	reload("e0", "d0");
	run(raw, 130);
	settle();
	/* 300 s x 100 W; each figure stands under the name that it was measured under */
	cr_assert_eq(rig_total_millij(&rig, "d0", "total") + rig_total_millij(&rig, "e0", "total"), 30000000);
	cr_assert_eq(rig_total_millij(&rig, "e0", "total"), 12000000); /* the slots that began after it */
	cr_assert_eq(count_events("started"), 1u);
}

Test(books_reload, device_that_leaves_closes_its_slots_and_goes_on_when_it_comes_back)
{
	uint64_t raw;

	rig_read(&rig, 0, 0, 5000, 100);
	raw = run(5000, 100);
	reload(NULL, NULL);
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 10000000, "100 s x 100 W, the open slot with them");
	rig_pass(&rig, 600);
	reload("d0", NULL);
	raw += 61000;
	rig_pass(&rig, 10);
	rig_read(&rig, 0, 0, raw, 100);
	run(raw, 90);
	settle();
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 80000000); /* 800 s x 100 W */
	cr_assert_eq(rig_covered_ms(&rig, "d0", "total", COVERAGE_BRIDGED), 610000);
}

Test(books_reload, slot_that_a_leaving_device_closed_early_is_no_proof_against_the_clock)
{
	rig_read(&rig, 0, 0, 5000, 100);
	run(5000, 100); /* until 40 s of a slot of 60 s have passed */
	reload(NULL, NULL);
	rig_commit(&rig);
	cr_assert_eq(rig_covered_ms(&rig, "d0", "total", COVERAGE_MEASURED), 100000);
	rig_restart(&rig, "22222222-2222-2222-2222-222222222222", 1);
	rig_commit(&rig);
	cr_assert_eq(count_events("clock_contradiction"), 0u);
	rig.utc_at_boot_ns -= 120 * 1000000000LL; /* and a clock that is before the last reading is */
	rig_restart(&rig, "33333333-3333-3333-3333-333333333333", 1);
	rig_commit(&rig);
	cr_assert_eq(count_events("clock_contradiction"), 1u);
}

Test(books_reload, device_that_is_back_before_a_commit_loses_nothing)
{
	uint64_t raw;

	rig_read(&rig, 0, 0, 5000, 100);
	raw = run(5000, 100);
	reload(NULL, NULL);
	reload("d0", NULL);
	run(raw, 200);
	settle();
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 30000000); /* 300 s x 100 W */
}

Test(books_reload, other_driver_begins_a_segment_without_a_step)
{
	say_driver("a");
	rig_read(&rig, 0, 0, 5000, 100);
	run(5000, 100);
	say_driver("b");
	rig_pass(&rig, 10);
	rig_read(&rig, 0, 0, 900000, 100); /* what b takes for the energy is another register */
	run(900000, 100);
	rig_commit(&rig);
	/* The same after a restart of the agent. */
	rig_restart(&rig, NULL, 10);
	say_driver("c");
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 100, 100);
	run(100, 100);
	settle();
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 30000000); /* three times 100 s x 100 W */
	cr_assert_eq(count_events("driver"), 2u);
}

Test(books_reload, other_scale_begins_a_segment_and_what_came_before_keeps_its_own)
{
	struct meter_info info = {.key = "total",
				  .role = ROLE_TOTAL,
				  .point = POINT_PDU_OUT,
				  .caliber = CALIBER_ACTUAL,
				  .energy = {.unit_num = 100000, .unit_den = 1}};

	rig_read(&rig, 0, 0, 5000, 100);
	run(5000, 100);
	rig_meter_info(&rig, 0, 0, &info); /* steps of 100 J */
	for (uint64_t raw = 60; raw <= 70; raw++) {
		rig_pass(&rig, 10);
		rig_read(&rig, 0, 0, raw, 10);
	}
	settle();
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 11000000); /* 100 s x 100 W + 10 steps of 100 J */
	cr_assert_eq(count_events("reconfigured"), 1u);
}

/* The machine restarts and does not know the time; when it does, another edition of the driver reads in steps of 100 J. */
Test(books_reload, what_waited_over_a_restart_keeps_the_scale_that_it_was_read_in)
{
	struct meter_info info = {.key = "total",
				  .role = ROLE_TOTAL,
				  .point = POINT_PDU_OUT,
				  .caliber = CALIBER_ACTUAL,
				  .energy = {.unit_num = 100000, .unit_den = 1}};
	uint64_t raw;

	rig_read(&rig, 0, 0, 5000, 100);
	raw = run(5000, 100);
	rig_commit(&rig);
	rig.is_clock_unknown = true;
	rig_restart(&rig, "22222222-2222-2222-2222-222222222222", 600);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, raw + 60000, 100); /* the meter ran on; nobody knows yet for how long */
	rig_commit(&rig);
	rig.is_clock_unknown = false;
	rig_restart(&rig, NULL, 0);
	rig_meter_info(&rig, 0, 0, &info);
	for (uint64_t step = 60; step <= 70; step++) {
		rig_pass(&rig, 10);
		rig_read(&rig, 0, 0, step, 100);
	}
	settle();
	cr_assert_eq(count_events("reboot_gap"), 1u);
	cr_assert_eq(count_events("reconfigured"), 1u);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 71000000); /* 100 s x 100 W + 600 s x 100 W + 10 steps of 100 J */
}

/*
 * The machine restarts and does not know the time; the agent is started again once it does, and that start decides what the gap held. It is killed
 * after a commit and before another reading: what was decided is in the ledger, so the start after it must not decide it again.
 */
Test(books_reload, gap_that_a_start_decided_is_named_and_booked_once_though_no_reading_came)
{
	uint64_t raw;

	rig_read(&rig, 0, 0, 5000, 100);
	raw = run(5000, 100); /* until 40 s of a slot of 60 s have passed: nothing closes in what follows */
	rig_commit(&rig);
	rig.is_clock_unknown = true;
	rig_restart(&rig, "22222222-2222-2222-2222-222222222222", 10);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	raw += 1000;
	rig_read(&rig, 0, 0, raw, 100);
	rig_commit(&rig);
	rig.is_clock_unknown = false;
	for (int start = 0; start < 3; start++) {
		rig_restart(&rig, NULL, 0);
		rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
		rig_commit(&rig);
		cr_assert_eq(count_events("reboot_gap"), 1u, "start %d", start);
	}
	run(raw, 90);
	settle();
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 20000000); /* 100 s, 10 s over the restart, 90 s x 100 W */
	cr_assert_eq(count_events("reboot_gap"), 1u);
}

/* A meter of joules that another edition of the driver called `was`. */
static struct meter_info called(const char *key, const char *was)
{
	struct meter_info info = {
	    .role = ROLE_PART, .point = POINT_PDU_OUT, .caliber = CALIBER_ACTUAL, .energy = {.unit_num = 1000, .unit_den = 1}};

	snprintf(info.key, sizeof(info.key), "%s", key);
	snprintf(info.was[0], sizeof(info.was[0]), "%s", was);
	return info;
}

struct said {
	const char *code;
	char text[400];
};

static enum err say_event(void *context, const struct ledger_event_row *row, struct err_info *info)
{
	struct said *said = context;

	(void)info;
	if (strcmp(row->code, said->code) == 0)
		snprintf(said->text, sizeof(said->text), "%s -> %s: %s", row->before, row->after, row->text);
	return ERR_NONE;
}

/* "before -> after: text" of the last event of a code. */
static const char *last_event(const char *code)
{
	static struct said said;
	struct ledger_filter all = {0};

	said = (struct said){.code = code};
	cr_assert(ledger_query_events(rig.ledger, &all, say_event, &said, NULL) == ERR_NONE);
	return said.text;
}

Test(books_reload, key_that_another_edition_of_the_driver_renames_goes_on_from_its_last_reading)
{
	struct meter_info info = called("outlet/1", "");
	uint64_t raw;

	books_reset_peer(rig.books, WIRE_KIND_SNMP, NULL);
	rig_meter_info(&rig, 0, 0, &info);
	rig_read(&rig, 0, 0, 5000, 100);
	raw = run(5000, 100);
	books_reset_peer(rig.books, WIRE_KIND_SNMP, NULL); /* the collector starts anew, with the new edition */
	info = called("socket/1", "outlet/1");
	rig_meter_info(&rig, 0, 0, &info);
	raw = run(raw, 100);
	rig_commit(&rig);
	rig_restart(&rig, NULL, 0);
	rig_meter_info(&rig, 0, 0, &info);
	run(raw, 100);
	settle();
	/* 300 s x 100 W, and one meter */
	cr_assert_eq(rig_total_millij(&rig, "d0", "outlet/1") + rig_total_millij(&rig, "d0", "socket/1"), 30000000);
	cr_assert_eq(count_events("started"), 1u);
	cr_assert_eq(count_events("renamed"), 1u);
	cr_assert_str_eq(last_event("renamed"), "outlet/1 -> socket/1: outlet/1 goes on as socket/1: its history and its total with it");
}

Test(books_reload, key_that_was_renamed_while_nobody_ran_goes_on_too)
{
	struct meter_info info = called("outlet/1", "");
	uint64_t raw;

	books_reset_peer(rig.books, WIRE_KIND_SNMP, NULL);
	rig_meter_info(&rig, 0, 0, &info);
	rig_read(&rig, 0, 0, 5000, 100);
	raw = run(5000, 100);
	rig_commit(&rig);
	rig_restart(&rig, NULL, 600);
	info = called("socket/1", "plug/1"); /* never in use, */
	snprintf(info.was[1], sizeof(info.was[1]), "outlet/1");
	rig_meter_info(&rig, 0, 0, &info);
	rig_pass(&rig, 10);
	rig_read(&rig, 0, 0, raw + 61000, 100);
	settle();
	cr_assert_eq(rig_total_millij(&rig, "d0", "outlet/1") + rig_total_millij(&rig, "d0", "socket/1"), 71000000); /* 710 s x 100 W */
	cr_assert_eq(count_events("renamed"), 1u);
}

Test(books_reload, former_key_that_the_device_still_has_is_another_meter)
{
	struct meter_info info = called("outlet/1", "");

	books_reset_peer(rig.books, WIRE_KIND_SNMP, NULL);
	rig_meter_info(&rig, 0, 0, &info);
	info = called("socket/1", "outlet/1");
	rig_meter_info(&rig, 0, 1, &info);
	rig_read(&rig, 0, 0, 5000, 100);
	rig_read(&rig, 0, 1, 100, 100);
	rig_pass(&rig, 10);
	rig_read(&rig, 0, 0, 6000, 100);
	rig_read(&rig, 0, 1, 300, 20);
	settle();
	cr_assert_eq(rig_total_millij(&rig, "d0", "outlet/1"), 1000000);
	cr_assert_eq(rig_total_millij(&rig, "d0", "socket/1"), 200000);
	cr_assert_eq(count_events("renamed"), 0u);
}

Test(books_reload, device_that_is_renamed_retired_and_back_says_so)
{
	run(5000, 60);
	reload("e0", "d0");
	rig_commit(&rig);
	cr_assert_str_eq(last_event("renamed"), "d0 -> e0: d0 goes on as e0: its history and its total with it");
	reload(NULL, NULL);
	rig_commit(&rig);
	cr_assert_eq(count_events("retired"), 2u, "the device and its meter");
	rig_pass(&rig, 60);
	reload("e0", NULL);
	rig_commit(&rig);
	cr_assert_eq(count_events("returned"), 2u);
}
