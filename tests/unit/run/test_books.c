/* SPDX-License-Identifier: Apache-2.0 */
#include "books_rig.h"
#include "ledger/rows.h"
#include "model/interval.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A 100 W device read every 10 s for `seconds`, its 1 J counter starting at `raw`. Returns the counter. */
static uint64_t run_device(struct rig *rig, uint32_t device, uint64_t raw, int64_t seconds)
{
	for (int64_t at = 0; at < seconds; at += 10) {
		rig_pass(rig, 10);
		raw += 1000;
		rig_read(rig, device, 0, raw, 100);
	}
	return raw;
}

Test(books, counter_becomes_intervals_and_points_that_add_up)
{
	struct rig rig;

	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 5000, 100);
	run_device(&rig, 0, 5000, 300); /* 300 s x 100 W = 30000 J, five slots of 60 s */
	rig_pass(&rig, 80);
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 30000000);
	cr_assert_eq(rig_covered_ms(&rig, "d0", "total", COVERAGE_MEASURED), 300000);
	cr_assert_eq(rig_sum_field(&rig, "slot,", "energy_j="), 30000);
	cr_assert_eq(rig_sum_field(&rig, "site_total,", " energy_j="), 30000);
	/* 6000 J a slot = 1/600 kWh x 400 g = 666.67 mg, rounded 667, five times */
	cr_assert_eq(rig_sum_field(&rig, "carbon,", "location_mg="), 5 * 667);
	cr_assert_eq(rig_count_lines(&rig, "energy,"), 31);
	rig_close(&rig);
}

Test(books, restart_of_the_agent_goes_on_from_the_committed_baseline)
{
	struct rig rig;
	uint64_t raw;

	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 5000, 100);
	raw = run_device(&rig, 0, 5000, 100);
	rig_commit(&rig);
	run_device(&rig, 0, raw, 30); /* never committed: the process is killed */
	rig_restart(&rig, NULL, 7);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_pass(&rig, 3); /* 40 s after the committed reading */
	rig_read(&rig, 0, 0, raw + 4000, 100);
	run_device(&rig, 0, raw + 4000, 160);
	rig_pass(&rig, 80);
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 30000000); /* 300 s x 100 W */
	rig_close(&rig);
}

Test(books, reboot_of_the_machine_bridges_the_time_between)
{
	struct rig rig;
	uint64_t raw;

	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 5000, 100);
	raw = run_device(&rig, 0, 5000, 120);
	rig_commit(&rig);
	rig_restart(&rig, "22222222-2222-2222-2222-222222222222", 600);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, raw + 60000, 100); /* the meter ran on for 600 s */
	run_device(&rig, 0, raw + 60000, 120);
	rig_pass(&rig, 80);
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 84000000); /* 840 s x 100 W */
	cr_assert_eq(rig_covered_ms(&rig, "d0", "total", COVERAGE_BRIDGED), 600000);
	rig_close(&rig);
}

/* The time of each `site_total` line is its own: a store keeps one point a series and time. Returns how many there are. */
static size_t count_site_totals(struct rig *rig)
{
	const char *at = buf_text(&rig->points.output[0].lane[LEDGER_OUTBOX_SLOTS].lines);
	char time[64][24];
	size_t count = 0;

	for (; *at != '\0'; at += strcspn(at, "\n") + 1) {
		int length = (int)strcspn(at, "\n");
		const char *space = at + length;

		if (strncmp(at, "site_total,", 11) != 0)
			continue;
		while (*space != ' ')
			space--;
		cr_assert_lt(count, 64u);
		snprintf(time[count], sizeof(time[0]), "%.*s", (int)(at + length - space), space);
		for (size_t i = 0; i < count; i++)
			cr_expect_str_neq(time[i], time[count], "two points at%s", time[count]);
		count++;
	}
	return count;
}

/* d1 is silent, the slots go out without it, the agent is started again, and d1 brings its share of all of them: the ledger knows that they were out. */
Test(books, site_total_of_a_slot_that_went_out_before_a_restart_is_revised)
{
	struct rig rig;
	uint64_t raw;

	rig_open(&rig, 2);
	for (uint32_t device = 0; device < 2; device++) {
		rig_meter(&rig, device, 0, "total", ROLE_TOTAL, 0);
		rig_read(&rig, device, 0, 5000, 100);
	}
	raw = run_device(&rig, 0, 5000, 300);
	rig_pass(&rig, 80);
	rig_commit(&rig);
	rig_commit(&rig);
	rig_restart(&rig, NULL, 0);
	for (uint32_t device = 0; device < 2; device++)
		rig_meter(&rig, device, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, raw + 8000, 100);
	rig_read(&rig, 1, 0, 43000, 100); /* 380 s x 100 W */
	rig_pass(&rig, 120);
	rig_commit(&rig);
	cr_assert_geq(count_site_totals(&rig), 10u);
	/* both meters: 380 s x 100 W */
	cr_assert_eq(rig_sum_field(&rig, "site_total,", " energy_j="), 76000);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total") + rig_total_millij(&rig, "d1", "total"), 76000000);
	rig_close(&rig);
}

/* Covered time of a slot over all its revisions, by the slot's minute. */
enum { SLOTS_MAX = 40 };
struct slots {
	int64_t first_s;
	int64_t covered_ms[SLOTS_MAX];
	size_t revision_count;
};

static enum err take_slot(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct slots *slots = context;
	int64_t at = (interval->slot_start_s - slots->first_s) / 60;

	(void)meter_id;
	(void)info;
	cr_assert(at >= 0 && at < SLOTS_MAX);
	slots->covered_ms[at] += interval_total_ms(interval);
	slots->revision_count += interval->rev > 0;
	return ERR_NONE;
}

/* Ten minutes, of which the clock shows four twice. */
static void set_clock_back(bool commits_between)
{
	struct slots slots = {.first_s = 1791201600 - 600};
	struct ledger_filter filter = {.start_s = slots.first_s, .end_s = slots.first_s + SLOTS_MAX * 60};
	struct err_info info = {0};
	struct rig rig;
	int64_t covered_ms = 0;
	uint64_t raw;

	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&rig, 0, 0, 5000, 100);
	raw = run_device(&rig, 0, 5000, 300);
	if (commits_between)
		rig_commit(&rig);
	rig.utc_at_boot_ns -= 240 * 1000000000LL;
	run_device(&rig, 0, raw, 300);
	rig_pass(&rig, 80);
	rig_commit(&rig);
	cr_assert(ledger_query_intervals(rig.ledger, &filter, take_slot, &slots, &info) == ERR_NONE, "%s", info.text);
	for (size_t i = 0; i < SLOTS_MAX; i++) {
		cr_expect(slots.covered_ms[i] <= 60000, "slot %zu: %lld ms", i, (long long)slots.covered_ms[i]);
		covered_ms += slots.covered_ms[i];
	}
	cr_assert_geq(slots.revision_count, 3u);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 60000000); /* 600 s x 100 W: energy is not touched */
	cr_assert_eq(rig_sum_field(&rig, "slot,", "covered_s=") * 1000, covered_ms);
	cr_assert_eq(rig_covered_ms(&rig, "d0", "total", COVERAGE_MEASURED), covered_ms);
	rig_close(&rig);
}

Test(books, slot_that_the_clock_shows_twice_has_no_more_time_than_its_length)
{
	set_clock_back(true);
	set_clock_back(false);
}

Test(books, sum_of_rows_is_the_devices_total)
{
	struct rig rig;
	struct meter_info sum = {.key = "total", .role = ROLE_TOTAL, .point = POINT_PDU_OUT, .is_derived = true, .caliber = CALIBER_ACTUAL};
	struct meter_info row = {
	    .role = ROLE_PART, .is_summand = true, .caliber = CALIBER_ACTUAL, .energy = {.unit_num = 1000, .unit_den = 1}};

	rig_open(&rig, 1);
	rig_meter_info(&rig, 0, 0, &sum);
	for (uint32_t i = 1; i <= 3; i++) {
		snprintf(row.key, sizeof(row.key), "line/%u", i);
		rig_meter_info(&rig, 0, i, &row);
	}
	for (uint64_t step = 0; step <= 30; step++) { /* 100, 200 and 300 W for 300 s */
		struct sample sample[3];
		struct err_info info = {0};

		for (uint32_t i = 0; i < 3; i++)
			sample[i] = (struct sample){.meter = i + 1,
						    .quantity = QUANTITY_ENERGY,
						    .caliber = CALIBER_ACTUAL,
						    .boot_ns = rig.boot_ns,
						    .raw = 7 + step * 1000 * (i + 1)};
		cr_assert(books_put_samples(rig.books, WIRE_KIND_SNMP, sample, 3, rig.boot_ns, &info) == ERR_NONE, "%s", info.text);
		rig_pass(&rig, 10);
	}
	rig_pass(&rig, 80);
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "line/2"), 60000000);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 180000000);
	cr_assert_eq(rig_covered_ms(&rig, "d0", "total", COVERAGE_MEASURED), 300000);
	cr_assert_eq(rig_sum_field(&rig, "site_total,", " energy_j="), 180000);
	rig_close(&rig);
}

Test(books, sum_waits_for_a_row_that_was_silent_and_is_revised_when_it_comes)
{
	struct rig rig;
	struct meter_info sum = {.key = "total", .role = ROLE_TOTAL, .point = POINT_PDU_OUT, .is_derived = true, .caliber = CALIBER_ACTUAL};
	struct meter_info row = {
	    .role = ROLE_PART, .is_summand = true, .caliber = CALIBER_ACTUAL, .energy = {.unit_num = 1000, .unit_den = 1}};

	rig_open(&rig, 1);
	rig_meter_info(&rig, 0, 0, &sum);
	for (uint32_t i = 1; i <= 2; i++) {
		snprintf(row.key, sizeof(row.key), "line/%u", i);
		rig_meter_info(&rig, 0, i, &row);
	}
	for (uint64_t step = 0; step <= 90; step++) { /* both 100 W for 900 s; the second is silent from 100 s to 700 s */
		struct err_info info = {0};

		for (uint32_t i = 0; i < 2; i++) {
			struct sample sample = {.meter = i + 1,
						.quantity = QUANTITY_ENERGY,
						.caliber = CALIBER_ACTUAL,
						.boot_ns = rig.boot_ns,
						.raw = step * 1000};

			if (i == 1 && step > 10 && step < 70)
				continue;
			cr_assert(books_put_samples(rig.books, WIRE_KIND_SNMP, &sample, 1, rig.boot_ns, &info) == ERR_NONE, "%s",
				  info.text);
		}
		rig_pass(&rig, 10);
		if (step % 3 == 0)
			rig_commit(&rig);
	}
	rig_pass(&rig, 80);
	rig_commit(&rig);
	rig_commit(&rig); /* what the first one asked to be computed anew */
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "line/1"), 90000000);
	cr_assert_eq(rig_total_millij(&rig, "d0", "line/2"), 90000000);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 180000000);
	cr_assert_eq(rig_sum_field(&rig, "slot,site=lab,rack=none,tenant=none,device=d0,meter=total", "energy_j="), 180000);
	rig_close(&rig);
}

/* Grace is 10 s: the slot that ends at 12:01 is written 11 s later; in the normal profile by the reading at 12:01 itself. */
Test(books, flash_profile_closes_slots_together_when_grace_is_over)
{
	struct rig rig;

	rig_open(&rig, 1);
	rig.plan.is_flash = true;
	rig_restart(&rig, NULL, 0);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, UINT64_C(1) << 32);
	for (uint64_t step = 0; step <= 6; step++) {
		rig_read(&rig, 0, 0, step * 1000, -1);
		rig_pass(&rig, step < 6 ? 10 : 0);
	}
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 0);
	rig_pass(&rig, 10);
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 0);
	rig_pass(&rig, 1);
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 6000000);
	rig_close(&rig);
}

Test(books, slots_of_a_silent_meter_close_though_grace_is_longer_than_a_slot)
{
	struct rig rig;

	rig_open(&rig, 1);
	rig.plan.grace_s = 120;
	rig_restart(&rig, NULL, 0);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, UINT64_C(1) << 32);
	for (uint64_t step = 0; step <= 3; step++) {
		rig_read(&rig, 0, 0, step * 1000, -1);
		rig_pass(&rig, 10);
	}
	for (int second = 0; second < 200; second++)
		rig_pass(&rig, 1);
	rig_commit(&rig);
	cr_assert_eq(rig_total_millij(&rig, "d0", "total"), 3000000);
	rig_close(&rig);
}

/* Both devices are bridged over an hour by one record; a commit comes between them, and a crash behind. */
Test(books, commit_between_two_devices_holds_the_first_with_its_baseline_and_nothing_of_the_second)
{
	struct sample sample[2] = {
	    {.device = 0, .quantity = QUANTITY_ENERGY, .caliber = CALIBER_ACTUAL, .raw = 5000},
	    {.device = 1, .quantity = QUANTITY_ENERGY, .caliber = CALIBER_ACTUAL, .raw = 7000},
	};
	struct err_info info = {0};
	struct rig rig;

	rig_open(&rig, 2);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t device = 0; device < 2; device++)
			rig_meter(&rig, device, 0, "total", ROLE_TOTAL, 0);
		if (round == 0) {
			rig_read(&rig, 0, 0, 1000, -1);
			rig_read(&rig, 1, 0, 1000, -1);
			rig_commit(&rig);
		} else {
			rig.room_count = 0;
			rig.room_commits = round == 1 ? 1 : 0;
			sample[0].boot_ns = sample[1].boot_ns = rig.boot_ns;
			cr_assert(books_put_samples(rig.books, WIRE_KIND_SNMP, sample, 2, rig.boot_ns, &info) == ERR_NONE, "%s", info.text);
			cr_expect_eq(rig.room_count, 2);
		}
		if (round < 2)
			rig_restart(&rig, NULL, round == 0 ? 3600 : 0);
		if (round == 1) {
			cr_expect_gt(rig_total_millij(&rig, "d0", "total"), 3900000); /* but for the slot that is open */
			cr_expect_eq(rig_total_millij(&rig, "d1", "total"), 0);
		}
	}
	/* The last slot ends, and its grace. */
	rig_pass(&rig, 120);
	rig_commit(&rig);
	cr_expect_eq(rig_total_millij(&rig, "d0", "total"), 4000000);
	cr_expect_eq(rig_total_millij(&rig, "d1", "total"), 6000000);
	rig_close(&rig);
}

Test(books, lies_change_nothing)
{
	struct rig rig;
	struct err_info info = {0};
	struct sample unknown_device = {.device = 9, .meter = 0, .quantity = QUANTITY_POWER, .value = 1};
	struct sample unknown_meter = {.device = 0, .meter = 5, .quantity = QUANTITY_POWER, .value = 1};
	struct sample future = {.device = 0, .meter = 0, .quantity = QUANTITY_POWER, .value = 1};
	struct wire_meter skipped = {.device = 0, .meter = 7, .info = {.key = "x"}};

	rig_open(&rig, 1);
	rig_meter(&rig, 0, 0, "total", ROLE_TOTAL, 0);
	future.boot_ns = rig.boot_ns + INT64_C(5000000000);
	cr_assert_eq(books_put_samples(rig.books, WIRE_KIND_SNMP, &unknown_device, 1, rig.boot_ns, &info), ERR_DATA);
	cr_assert_eq(books_put_samples(rig.books, WIRE_KIND_SNMP, &unknown_meter, 1, rig.boot_ns, &info), ERR_DATA);
	cr_assert_eq(books_put_samples(rig.books, WIRE_KIND_SNMP, &future, 1, rig.boot_ns, &info), ERR_DATA);
	cr_assert_eq(books_put_samples(rig.books, WIRE_KIND_RAPL, &unknown_meter, 1, rig.boot_ns, &info), ERR_DATA);
	cr_assert_eq(books_put_meter(rig.books, WIRE_KIND_SNMP, &skipped, &info), ERR_DATA);
	cr_assert_eq(rig_count_lines(&rig, "energy,"), 0);
	rig_close(&rig);
}
