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
