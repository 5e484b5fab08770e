/* SPDX-License-Identifier: Apache-2.0 */
/* Octets of ports in the books: rows, points, and energy against them. */
#include "books_rig.h"
#include "ledger/query.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* Meter `number` of device 0: a port, or with `parent` a flow of it. */
static void add_port(struct rig *rig, uint32_t number, const char *key, const char *parent, const char *name)
{
	struct meter_info info = {
	    .role = ROLE_PART, .caliber = CALIBER_ACTUAL, .is_port = true, .energy.unit_den = 1, .energy_out.unit_den = 1};

	snprintf(info.key, sizeof(info.key), "%s", key);
	snprintf(info.parent, sizeof(info.parent), "%s", parent);
	snprintf(info.name, sizeof(info.name), "%s", name);
	rig_meter_info(rig, 0, number, &info);
}

/* Counters of both directions now. `mark_s` < 0: none. */
static void read_port(struct rig *rig, uint32_t number, uint64_t rx, uint64_t tx, enum caliber caliber, double mark_s)
{
	struct sample like = {.meter = number, .caliber = caliber, .boot_ns = rig->boot_ns};
	struct sample sample[3] = {like, like, like};
	struct err_info info = {0};

	sample[0].quantity = QUANTITY_RX_OCTETS;
	sample[0].raw = rx;
	sample[1].quantity = QUANTITY_TX_OCTETS;
	sample[1].raw = tx;
	sample[2].quantity = QUANTITY_DISCONTINUITY;
	sample[2].value = mark_s;
	cr_assert(books_put_samples(rig->books, WIRE_KIND_SNMP, sample, mark_s < 0 ? 2 : 3, rig->boot_ns, &info) == ERR_NONE, "%s",
		  info.text);
}

static int64_t sum_octets(struct rig *rig, const char *text)
{
	return rig_sum_field(rig, text, "rx_bytes=") + rig_sum_field(rig, text, "tx_bytes=");
}

Test(books_traffic, octets_become_rows_and_points_that_add_up)
{
	struct rig rig;

	rig_open(&rig, 1);
	add_port(&rig, 0, "if/eth0", "", "uplink to core");
	read_port(&rig, 0, 1000, 500, CALIBER_ACTUAL, 0);
	for (int i = 1; i <= 31; i++) { /* 7 s: readings that lie across the borders of slots */
		rig_pass(&rig, 7);
		read_port(&rig, 0, 1000 + (uint64_t)i * 1001, 500 + (uint64_t)i * 3, CALIBER_ACTUAL, 0);
	}
	rig_pass(&rig, 80);
	rig_commit(&rig);
	/* 217 s from 12:00:00: three slots and 37 s of the fourth */
	cr_assert_eq(rig_count_lines(&rig, "traffic,site=lab,device=d0,port=if/eth0,ref=none,flow=all rx_bytes="), 4);
	cr_assert_eq(rig_sum_field(&rig, "traffic,", "rx_bytes="), 31 * 1001);
	cr_assert_eq(rig_sum_field(&rig, "traffic,", "tx_bytes="), 31 * 3);
	cr_assert_eq(rig_sum_field(&rig, "traffic,", "covered_s="), 217);
	cr_assert_eq(rig_count_lines(&rig, "slot,"), 0, "a port has no energy");
	cr_assert_eq(rig_count_lines(&rig, "energy,"), 0);
	rig_close(&rig);
}

Test(books_traffic, counter_that_lost_continuity_is_no_traffic)
{
	struct rig rig;

	rig_open(&rig, 1);
	add_port(&rig, 0, "if/eth0", "", "");
	read_port(&rig, 0, 1000, 0, CALIBER_ACTUAL, 50);
	rig_pass(&rig, 10);
	read_port(&rig, 0, 3000, 0, CALIBER_ACTUAL, 50);
	rig_pass(&rig, 10);
	read_port(&rig, 0, 999000, 0, CALIBER_ACTUAL, 60); /* set anew, to something larger */
	rig_pass(&rig, 10);
	read_port(&rig, 0, 999400, 0, CALIBER_ACTUAL, 60);
	rig_pass(&rig, 80);
	rig_pass(&rig, 60);
	rig_commit(&rig);
	cr_assert_eq(rig_sum_field(&rig, "traffic,", "rx_bytes="), 2400);
	rig_close(&rig);
}

Test(books_traffic, configuration_says_where_ports_stand)
{
	static struct plan_port port[] = {{REF_UNI, "if/ge-0/0/*"}, {REF_UPLINK, "core*"}};
	struct rig rig;

	rig_open(&rig, 1);
	rig.device[0].ref = REF_MGMT;
	rig.device[0].port_count = 2;
	rig.plan.port = port;
	rig.plan.port_count = 2;
	add_port(&rig, 0, "if/ge-0/0/7", "", "");
	add_port(&rig, 1, "if/xe-0", "", "core-2");
	add_port(&rig, 2, "if/fxp0", "", "");
	add_port(&rig, 3, "if/ge-0/0/7/voice", "if/ge-0/0/7", "voice");
	for (uint64_t i = 0; i < 8; i++) {
		for (uint32_t number = 0; number < 4; number++)
			read_port(&rig, number, i * 10, 0, CALIBER_ACTUAL, 0);
		rig_pass(&rig, 10);
	}
	rig_pass(&rig, 80);
	cr_assert_gt(rig_count_lines(&rig, "port=if/ge-0/0/7,ref=uni,flow=all "), 0);
	cr_assert_gt(rig_count_lines(&rig, "port=if/xe-0,ref=uplink,flow=all "), 0);
	cr_assert_gt(rig_count_lines(&rig, "port=if/fxp0,ref=mgmt,flow=all "), 0);
	cr_assert_gt(rig_count_lines(&rig, "port=if/ge-0/0/7,ref=uni,flow=voice "), 0);
	rig_close(&rig);
}

static uint32_t bits_of(struct rig *rig, const char *key, int64_t *estimated)
{
	struct ledger_filter filter = {.end_s = INT64_MAX / 2, .quantity = QUANTITY_RX_OCTETS};
	struct ledger_sum sum;
	struct err_info info = {0};

	(void)key;
	cr_assert(ledger_query_sum(rig->ledger, &filter, &sum, &info) == ERR_NONE, "%s", info.text);
	*estimated = sum.millij[COVERAGE_ESTIMATED];
	return sum.status_bits;
}

Test(books_traffic, octets_that_were_seen_in_part_are_a_lower_bound)
{
	struct rig rig;
	int64_t estimated;

	rig_open(&rig, 1);
	add_port(&rig, 0, "eth0/voice", "eth0", "voice");
	read_port(&rig, 0, 0, 0, CALIBER_ACTUAL, 5);
	rig_pass(&rig, 10);
	read_port(&rig, 0, 1000, 0, CALIBER_ACTUAL, 5);
	rig_pass(&rig, 10);
	read_port(&rig, 0, 1700, 0, CALIBER_ESTIMATED, 5); /* packets were dropped meanwhile */
	rig_pass(&rig, 10);
	read_port(&rig, 0, 1800, 0, CALIBER_ACTUAL, 5);
	rig_pass(&rig, 80);
	rig_pass(&rig, 60);
	rig_commit(&rig);
	cr_assert((bits_of(&rig, "eth0/voice", &estimated) & INTERVAL_LOWER_BOUND) != 0);
	cr_assert_eq(estimated, 700);
	rig_close(&rig);
}

/* A meter of 100 W that counts in the total, and a port at the users' side with 1000 and 20 octets each 10 s. */
static void run_site(struct rig *rig, uint64_t *at, int64_t seconds)
{
	for (int64_t s = 0; s < seconds; s += 10) {
		rig_pass(rig, 10);
		*at += 1;
		rig_read(rig, 1, 0, 5000 + *at * 1000, 100);
		read_port(rig, 0, *at * 1000, *at * 20, CALIBER_ACTUAL, 0);
	}
}

static void open_site(struct rig *rig)
{
	rig_open(rig, 2);
	rig->device[0].ref = REF_UNI;
	add_port(rig, 0, "if/eth0", "", "");
	rig_meter(rig, 1, 0, "total", ROLE_TOTAL, 0);
	rig_read(rig, 1, 0, 5000, 100);
	read_port(rig, 0, 0, 0, CALIBER_ACTUAL, 0);
}

Test(books_traffic, energy_meets_the_octets_of_the_users_side)
{
	struct rig rig;
	uint64_t at = 0;

	open_site(&rig);
	run_site(&rig, &at, 300);
	rig_pass(&rig, 80);
	rig_pass(&rig, 60);
	rig_commit(&rig);
	/* Five slots of 60 s: 6000 J and 6 x 1020 octets each; 6000 J x 400 g/kWh = 667 mg */
	cr_assert_eq(rig_count_lines(&rig, "intensity,site=lab "), 5);
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "energy_j="), 30000);
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "uni_bytes="), sum_octets(&rig, "flow=all"));
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "uni_bytes="), 30600);
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "location_mg="), 5 * 667);
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "valid_s="), 300);
	rig_close(&rig);
}

/* As many slots as are remembered and more, with their commits: what is kept of them fits its row however many they are. */
Test(books_traffic, site_commits_after_any_number_of_slots)
{
	struct rig rig;
	uint64_t at = 0;

	open_site(&rig);
	for (int slot = 0; slot < 20; slot++) {
		run_site(&rig, &at, 60);
		rig_commit(&rig);
	}
	rig_restart(&rig, NULL, 0);
	rig_close(&rig);
}

Test(books_traffic, time_without_one_of_both_has_no_intensity)
{
	struct rig rig;
	uint64_t at = 0;

	open_site(&rig);
	run_site(&rig, &at, 120);
	for (int i = 0; i < 12; i++) { /* the meter is silent for two slots; its counter runs on */
		rig_pass(&rig, 10);
		at++;
		read_port(&rig, 0, at * 1000, at * 20, CALIBER_ACTUAL, 0);
	}
	run_site(&rig, &at, 120);
	rig_pass(&rig, 80);
	rig_pass(&rig, 60);
	rig_commit(&rig);
	/* What the counter tells later is bridged: the two slots are covered then, by what is known of them. */
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "energy_j="), rig_sum_field(&rig, "slot,", " energy_j="));
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "uni_bytes="), 36 * 1020);
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "valid_s="), 360);
	rig_close(&rig);
}

Test(books_traffic, restart_between_the_slots_end_and_its_point_loses_none)
{
	struct rig rig;
	uint64_t at = 0;

	open_site(&rig);
	run_site(&rig, &at, 130);
	rig_commit(&rig);
	rig_restart(&rig, NULL, 1);
	add_port(&rig, 0, "if/eth0", "", "");
	rig_meter(&rig, 1, 0, "total", ROLE_TOTAL, 0);
	run_site(&rig, &at, 120);
	rig_pass(&rig, 80);
	rig_pass(&rig, 60);
	rig_commit(&rig);
	/* 12:00:00 to 12:04:11: four whole slots */
	cr_assert_eq(rig_sum_field(&rig, "intensity,", "valid_s="), 240);
	cr_assert_eq(rig_count_lines(&rig, "intensity,"), 4);
	rig_close(&rig);
}
