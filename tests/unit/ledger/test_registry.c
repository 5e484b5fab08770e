/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fixture.h"
#include "ledger/rows.h"
#include "ledger/verify.h"
#include "wire/plan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define DAY FIXTURE_DAY_S
#define DAY_MS (FIXTURE_DAY_S * 1000)

struct listing {
	int count;
	char line[16][256];
};

/* "meter_id device/key from-to name", times relative to DAY in seconds, "now" while in force. */
static enum err take_row(void *context, const struct ledger_register_row *row, struct err_info *info)
{
	struct listing *listing = context;
	char to[32] = "now";

	(void)info;
	cr_assert_lt(listing->count, 16);
	if (row->valid_to_ms != INT64_MAX)
		snprintf(to, sizeof(to), "%lld", (long long)(row->valid_to_ms / 1000 - DAY));
	snprintf(listing->line[listing->count++], sizeof(listing->line[0]), "%u %s/%s %lld-%s %s%s", (unsigned)row->meter_id, row->device,
		 row->key, (long long)(row->valid_from_ms / 1000 - DAY), to, row->serial, row->is_in_total ? " total" : "");
	return ERR_NONE;
}

static void list(struct fixture *fixture, struct listing *listing)
{
	struct ledger_filter filter = {.start_s = 1, .end_s = INT64_MAX / 2000};

	fixture_commit(fixture);
	*listing = (struct listing){0};
	cr_assert_eq(ledger_query_register(fixture->ledger, &filter, take_row, listing, &fixture->info), ERR_NONE, "%s",
		     fixture->info.text);
}

static uint32_t put_device(struct fixture *fixture, int64_t at_s, const struct ledger_device_info *device)
{
	uint32_t id = 0;

	cr_assert_eq(ledger_registry_put_device(fixture->registry, &fixture->batch, (DAY + at_s) * 1000, fixture->site_id, device, &id,
						&fixture->info),
		     ERR_NONE, "%s", fixture->info.text);
	return id;
}

static uint32_t put_meter(struct fixture *fixture, int64_t at_s, uint32_t device_id, const char *key, const char *was)
{
	struct meter_info described = {.energy = {.unit_num = 1000, .unit_den = 1}};
	struct ledger_meter_info meter = {.info = &described, .quantity = QUANTITY_ENERGY, .is_in_total = true};
	uint32_t id = 0;

	snprintf(described.key, sizeof(described.key), "%s", key);
	snprintf(described.was[0], sizeof(described.was[0]), "%s", was == NULL ? "" : was);
	cr_assert_eq(
	    ledger_registry_put_meter(fixture->registry, &fixture->batch, (DAY + at_s) * 1000, device_id, &meter, &id, &fixture->info),
	    ERR_NONE, "%s", fixture->info.text);
	return id;
}

Test(registry, the_same_description_writes_nothing)
{
	struct fixture fixture;
	struct ledger_device_info device = {.id = "pdu1", .name = "PDU 1", .source = "snmp"};

	fixture_init(&fixture, 1);
	cr_assert_eq(put_device(&fixture, 5, &device), fixture.device_id);
	fixture_put_meter(&fixture, 0, DAY_MS, true);
	cr_assert(ledger_batch_is_empty(&fixture.batch));
	fixture_deinit(&fixture);
}

Test(registry, the_same_description_writes_nothing_after_a_restart)
{
	struct fixture fixture;
	uint8_t digest[32] = {1, 2, 3};
	struct ledger_device_info device = {
	    .id = "ups", .name = "UPS", .rack = "r1", .serial = "S1", .driver = "eaton", .driver_sha256 = digest, .facts = "control=own"};
	struct meter_info described = {
	    .key = "out",
	    .name = "Out",
	    .parent = "in",
	    .role = ROLE_PART,
	    .caliber = CALIBER_ACTUAL,
	    .is_summand = true,
	    .phase = 2,
	    .rated_w = 1234.5,
	    .energy = {.modulus = UINT64_C(1) << 63, .unit_num = 3600000, .unit_den = 10, .is_wrap_known = true}};
	struct ledger_meter_info meter = {
	    .info = &described, .quantity = QUANTITY_ENERGY, .point = POINT_UPS_OUT, .supply = SUPPLY_BATTERY};
	uint32_t device_id;
	uint32_t meter_id;
	uint32_t again;

	fixture_init(&fixture, 1);
	device_id = put_device(&fixture, 0, &device);
	cr_assert_eq(ledger_registry_put_meter(fixture.registry, &fixture.batch, DAY_MS, device_id, &meter, &meter_id, &fixture.info),
		     ERR_NONE);
	fixture_commit(&fixture);
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	cr_assert_eq(put_device(&fixture, 10, &device), device_id);
	cr_assert_eq(ledger_registry_put_meter(fixture.registry, &fixture.batch, DAY_MS + 1, device_id, &meter, &again, &fixture.info),
		     ERR_NONE);
	cr_assert_eq(again, meter_id);
	cr_assert(ledger_batch_is_empty(&fixture.batch));
	fixture_deinit(&fixture);
}

Test(registry, a_change_closes_one_row_and_opens_another)
{
	struct fixture fixture;
	struct ledger_device_info device = {.id = "pdu1", .name = "PDU 1", .source = "snmp", .serial = "A"};
	struct listing listing;

	fixture_init(&fixture, 0);
	put_device(&fixture, 0, &device);
	put_meter(&fixture, 0, fixture.device_id, "total", NULL);
	device.serial = "B";
	put_device(&fixture, 600, &device);
	list(&fixture, &listing);
	cr_assert_eq(listing.count, 2);
	cr_assert_str_eq(listing.line[0], "1 pdu1/total 0-600 A total");
	cr_assert_str_eq(listing.line[1], "1 pdu1/total 600-now B total");
	fixture_deinit(&fixture);
}

Test(registry, two_changes_at_one_instant_leave_the_last)
{
	struct fixture fixture;
	struct ledger_device_info device = {.id = "pdu1", .source = "snmp", .serial = "A"};
	struct listing listing;
	struct ledger_verdict verdict;

	fixture_init(&fixture, 0);
	put_device(&fixture, 0, &device);
	put_meter(&fixture, 0, fixture.device_id, "total", NULL);
	device.serial = "B";
	put_device(&fixture, 600, &device);
	/* Behind in time: taken as at the instant of the row that it follows. */
	device.serial = "C";
	put_device(&fixture, 100, &device);
	list(&fixture, &listing);
	cr_assert_eq(listing.count, 2);
	cr_assert_str_eq(listing.line[1], "1 pdu1/total 600-now C total");
	cr_assert_eq(ledger_verify(fixture.ledger, &verdict, &fixture.info), ERR_NONE, "%s", fixture.info.text);
	fixture_deinit(&fixture);
}

Test(registry, a_renamed_device_goes_on_under_its_number)
{
	struct fixture fixture;
	struct ledger_device_info renamed = {.id = "pdu-a", .was = "pdu1", .source = "snmp"};
	struct ledger_device_info again = {.id = "pdu1", .source = "snmp"};
	struct listing listing;
	uint32_t meter_id;

	fixture_init(&fixture, 0);
	meter_id = put_meter(&fixture, 0, fixture.device_id, "total", NULL);
	cr_assert_eq(put_device(&fixture, 100, &renamed), fixture.device_id);
	cr_assert_eq(put_meter(&fixture, 100, fixture.device_id, "total", NULL), meter_id);
	/* The old id is free: a new device under it is another one. */
	cr_assert_neq(put_device(&fixture, 200, &again), fixture.device_id);
	list(&fixture, &listing);
	cr_assert_eq(listing.count, 2);
	cr_assert_str_eq(listing.line[0], "1 pdu1/total 0-100  total");
	cr_assert_str_eq(listing.line[1], "1 pdu-a/total 100-now  total");
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	cr_assert_eq(put_device(&fixture, 300, &renamed), fixture.device_id);
	fixture_deinit(&fixture);
}

Test(registry, a_renamed_key_goes_on_under_its_number)
{
	struct fixture fixture;
	uint32_t meter_id;

	fixture_init(&fixture, 0);
	meter_id = put_meter(&fixture, 0, fixture.device_id, "outlet/1", NULL);
	cr_assert_eq(put_meter(&fixture, 50, fixture.device_id, "outlet/A1", "outlet/1"), meter_id);
	cr_assert_neq(put_meter(&fixture, 60, fixture.device_id, "outlet/1", NULL), meter_id);
	fixture_commit(&fixture);
	fixture_deinit(&fixture);
}

Test(registry, a_retired_meter_keeps_its_number_and_comes_back_with_a_new_row)
{
	struct fixture fixture;
	struct listing listing;
	uint32_t meter_id;

	fixture_init(&fixture, 0);
	meter_id = put_meter(&fixture, 0, fixture.device_id, "total", NULL);
	cr_assert_eq(ledger_registry_retire_meter(fixture.registry, &fixture.batch, DAY_MS + 100000, meter_id, &fixture.info), ERR_NONE);
	fixture_commit(&fixture);
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	cr_assert_eq(put_meter(&fixture, 50, fixture.device_id, "total", NULL), meter_id);
	list(&fixture, &listing);
	cr_assert_eq(listing.count, 2);
	cr_assert_str_eq(listing.line[0], "1 pdu1/total 0-100  total");
	cr_assert_str_eq(listing.line[1], "1 pdu1/total 100-now  total");
	fixture_deinit(&fixture);
}

Test(registry, a_sweep_retires_what_the_config_no_longer_names)
{
	struct fixture fixture;
	struct ledger_device_info kept = {.id = "kept", .source = "snmp"};
	struct listing listing;
	uint32_t kept_id;

	fixture_init(&fixture, 0);
	kept_id = put_device(&fixture, 0, &kept);
	put_meter(&fixture, 0, fixture.device_id, "a", NULL);
	put_meter(&fixture, 0, kept_id, "b", NULL);
	ledger_registry_sweep_begin(fixture.registry);
	put_device(&fixture, 10, &kept);
	cr_assert_eq(ledger_registry_sweep_end(fixture.registry, &fixture.batch, DAY_MS + 10000, &fixture.info), ERR_NONE);
	list(&fixture, &listing);
	cr_assert_eq(listing.count, 2);
	cr_assert_str_eq(listing.line[0], "2 kept/b 0-now  total");
	cr_assert_str_eq(listing.line[1], "1 pdu1/a 0-10  total");
	fixture_deinit(&fixture);
}

Test(registry, a_batch_without_room_leaves_the_register_as_it_was)
{
	struct fixture fixture;
	struct ledger_batch tiny;
	struct ledger_device_info device = {.id = "another", .name = "with a name that does not fit"};
	struct ledger_device_info renamed = {.id = "pdu-with-a-long-name-that-does-not-fit", .was = "pdu1"};
	uint32_t id;

	fixture_init(&fixture, 0);
	ledger_batch_init(&tiny, 40);
	cr_assert_eq(ledger_registry_put_device(fixture.registry, &tiny, DAY_MS, fixture.site_id, &device, &id, &fixture.info), ERR_LIMIT);
	cr_assert(ledger_batch_is_empty(&tiny));
	cr_assert_eq(ledger_registry_put_device(fixture.registry, &tiny, DAY_MS, fixture.site_id, &renamed, &id, &fixture.info), ERR_LIMIT);
	cr_assert(ledger_batch_is_empty(&tiny));
	ledger_batch_deinit(&tiny);
	/* With room both go through: the first gets the number that was taken back, the second continues pdu1. */
	cr_assert_eq(put_device(&fixture, 0, &device), fixture.device_id + 1);
	cr_assert_eq(put_device(&fixture, 0, &renamed), fixture.device_id);
	fixture_commit(&fixture);
	fixture_deinit(&fixture);
}

Test(registry, thousands_of_meters_are_told_apart)
{
	struct fixture fixture;
	char key[32];

	fixture_init(&fixture, 0);
	for (int i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "outlet/%d", i);
		cr_assert_eq(put_meter(&fixture, 0, fixture.device_id, key, NULL), (uint32_t)i + 1);
	}
	fixture_commit(&fixture);
	fixture_close(&fixture);
	cr_assert_eq(fixture_open(&fixture, NULL), ERR_NONE);
	for (int i = 2999; i >= 0; i--) {
		snprintf(key, sizeof(key), "outlet/%d", i);
		cr_assert_eq(put_meter(&fixture, 0, fixture.device_id, key, NULL), (uint32_t)i + 1);
	}
	cr_assert(ledger_batch_is_empty(&fixture.batch));
	fixture_deinit(&fixture);
}
