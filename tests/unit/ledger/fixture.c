/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fixture.h"

#include "wire/plan.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S INT64_C(86400)

void fixture_make_folder(struct fixture *fixture)
{
	*fixture = (struct fixture){0};
	snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/wattledger-test-XXXXXX");
	cr_assert_not_null(mkdtemp(fixture->folder));
	snprintf(fixture->path, sizeof(fixture->path), "%s/state/ledger.db", fixture->folder);
	ledger_batch_init(&fixture->batch, 64 << 20);
}

static void remove_all(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		char path[512];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (unlink(path) != 0)
			remove_all(path);
	}
	closedir(dir);
	rmdir(folder);
}

void fixture_remove_folder(struct fixture *fixture)
{
	ledger_batch_deinit(&fixture->batch);
	remove_all(fixture->folder);
}

enum err fixture_open(struct fixture *fixture, struct ledger_open_report *report)
{
	struct ledger_options options = {.path = fixture->path, .now_utc_ms = FIXTURE_DAY_S * 1000, .has_no_reserve = true};
	enum err err = ledger_open(&fixture->ledger, &options, report, &fixture->info);

	if (err == ERR_NONE)
		err = ledger_registry_load(&fixture->registry, fixture->ledger, &fixture->info);
	return err;
}

void fixture_close(struct fixture *fixture)
{
	fixture->registry = ledger_registry_free(fixture->registry);
	fixture->ledger = ledger_close(fixture->ledger);
}

void fixture_put_meter(struct fixture *fixture, int n, int64_t at_utc_ms, bool is_in_total)
{
	struct meter_info described = {.energy = {.unit_num = 1000, .unit_den = 1}, .caliber = CALIBER_ACTUAL};
	struct ledger_meter_info meter = {
	    .info = &described, .quantity = QUANTITY_ENERGY, .supply = SUPPLY_GRID, .is_in_total = is_in_total};

	snprintf(described.key, sizeof(described.key), "m%d", n + 1);
	cr_assert_eq(ledger_registry_put_meter(fixture->registry, &fixture->batch, at_utc_ms, fixture->device_id, &meter,
					       &fixture->meter_id[n], &fixture->info),
		     ERR_NONE, "%s", fixture->info.text);
}

void fixture_init(struct fixture *fixture, int meter_count)
{
	struct plan_site site = {
	    .id = "oslo", .name = "Oslo", .grid_zone = "NO", .time_zone = "UTC", .supply = SUPPLY_GRID, .fiscal_month = 1};
	struct ledger_device_info device = {.id = "pdu1", .name = "PDU 1", .source = "snmp"};

	fixture_make_folder(fixture);
	cr_assert_eq(fixture_open(fixture, NULL), ERR_NONE, "%s", fixture->info.text);
	cr_assert_eq(ledger_registry_put_site(fixture->registry, &fixture->batch, 0, &site, &fixture->site_id, &fixture->info), ERR_NONE);
	cr_assert_eq(ledger_registry_put_device(fixture->registry, &fixture->batch, 0, fixture->site_id, &device, &fixture->device_id,
						&fixture->info),
		     ERR_NONE);
	for (int n = 0; n < meter_count; n++)
		fixture_put_meter(fixture, n, 0, true);
	fixture_commit(fixture);
}

void fixture_deinit(struct fixture *fixture)
{
	fixture_close(fixture);
	fixture_remove_folder(fixture);
}

void fixture_add_interval(struct fixture *fixture, uint32_t meter_id, const struct interval *interval)
{
	int64_t local_s = interval->slot_start_s + fixture->zone_offset_s;
	struct ledger_day day = {.days = local_s / DAY_S,
				 .start_s = local_s / DAY_S * DAY_S - fixture->zone_offset_s,
				 .end_s = (local_s / DAY_S + 1) * DAY_S - fixture->zone_offset_s};

	cr_assert_eq(ledger_batch_add_interval(&fixture->batch, meter_id, interval, &day, &fixture->info), ERR_NONE, "%s",
		     fixture->info.text);
}

void fixture_add_slot(struct fixture *fixture, uint32_t meter_id, int64_t slot_start_s, int32_t rev, int64_t millij)
{
	struct interval interval = {.slot_start_s = slot_start_s,
				    .slot_s = 900,
				    .rev = rev,
				    .millij = {[COVERAGE_MEASURED] = millij},
				    .covered_ms = {[COVERAGE_MEASURED] = rev == 0 ? 900000 : 0}};

	fixture_add_interval(fixture, meter_id, &interval);
}

void fixture_commit(struct fixture *fixture)
{
	cr_assert_eq(ledger_commit(fixture->ledger, &fixture->batch, NULL, &fixture->info), ERR_NONE, "%s", fixture->info.text);
}

int64_t fixture_sum_millij(struct fixture *fixture, int64_t start_s, int64_t end_s)
{
	struct ledger_filter filter = {.start_s = start_s, .end_s = end_s};
	struct ledger_sum sum = {0};
	int64_t total = 0;

	cr_assert_eq(ledger_query_sum(fixture->ledger, &filter, &sum, &fixture->info), ERR_NONE, "%s", fixture->info.text);
	for (int i = 0; i < COVERAGE_COUNT; i++)
		total += sum.millij[i];
	return total;
}

const char *fixture_beside(const struct fixture *fixture, const char *suffix)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s%s", fixture->path, suffix);
	return path;
}

int fixture_count_names(const struct fixture *fixture, const char *part)
{
	char folder[96];
	int count = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/state", fixture->folder);
	dir = opendir(folder);
	cr_assert_not_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += strstr(entry->d_name, part) != NULL;
	closedir(dir);
	return count;
}

void fixture_execute(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}
