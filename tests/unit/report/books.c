/* SPDX-License-Identifier: Apache-2.0 */
#include "report/books.h"

#include "base/clock.h"
#include "base/file.h"
#include "model/zone.h"
#include "wire/plan.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void books_fixture_init(struct books_fixture *books)
{
	struct ledger_options options = {.has_no_reserve = true};

	*books = (struct books_fixture){.at_utc_ms = books_utc_ms("2026-01-01T00:00:00Z")};
	snprintf(books->folder, sizeof(books->folder), "/tmp/wattledger-test-XXXXXX");
	cr_assert_not_null(mkdtemp(books->folder));
	snprintf(books->path, sizeof(books->path), "%s/ledger.db", books->folder);
	options.path = books->path;
	options.now_utc_ms = books->at_utc_ms;
	ledger_batch_init(&books->batch, 64 << 20);
	cr_assert_eq(ledger_open(&books->ledger, &options, NULL, &books->info), ERR_NONE, "%s", books->info.text);
	cr_assert_eq(ledger_registry_load(&books->registry, books->ledger, &books->info), ERR_NONE, "%s", books->info.text);
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

void books_fixture_deinit(struct books_fixture *books)
{
	ledger_registry_free(books->registry);
	ledger_close(books->ledger);
	ledger_batch_deinit(&books->batch);
	remove_all(books->folder);
}

int64_t books_utc_ms(const char *utc)
{
	int64_t utc_ms = 0;

	cr_assert(clock_parse_utc(utc, &utc_ms), "%s", utc);
	return utc_ms;
}

uint32_t books_put_site(struct books_fixture *books, const char *id, const char *grid_zone, const char *time_zone)
{
	struct plan_site site = {.supply = SUPPLY_GRID, .fiscal_month = books->fiscal_month == 0 ? 1 : books->fiscal_month};
	uint32_t site_id;

	snprintf(site.id, sizeof(site.id), "%s", id);
	snprintf(site.name, sizeof(site.name), "Site %s", id);
	snprintf(site.grid_zone, sizeof(site.grid_zone), "%s", grid_zone);
	snprintf(site.facts, sizeof(site.facts), "%s", books->site_facts == NULL ? "" : books->site_facts);
	snprintf(site.time_zone, sizeof(site.time_zone), "%s", time_zone);
	cr_assert_eq(ledger_registry_put_site(books->registry, &books->batch, books->at_utc_ms, &site, &site_id, &books->info), ERR_NONE,
		     "%s", books->info.text);
	return site_id;
}

uint32_t books_put_device(struct books_fixture *books, uint32_t site_id, const char *id)
{
	return books_put_fed_device(books, site_id, id, "");
}

uint32_t books_put_fed_device(struct books_fixture *books, uint32_t site_id, const char *id, const char *fed_by)
{
	struct ledger_device_info device = {.id = id,
					    .name = id,
					    .fed_by = fed_by,
					    .source = "snmp",
					    .vendor = "APC",
					    .model = "AP8853",
					    .serial = "5A1",
					    .driver = "apc_rpdu2",
					    .facts = books->facts};
	uint32_t device_id;

	cr_assert_eq(
	    ledger_registry_put_device(books->registry, &books->batch, books->at_utc_ms, site_id, &device, &device_id, &books->info),
	    ERR_NONE, "%s", books->info.text);
	return device_id;
}

uint32_t books_put_meter(struct books_fixture *books, uint32_t device_id, const struct books_meter_options *options)
{
	struct meter_info described = {.role = options->role,
				       .point = options->point == POINT_OTHER ? POINT_PDU_OUT : options->point,
				       .supply = options->supply,
				       .caliber = CALIBER_ACTUAL,
				       .is_port = options->is_port,
				       .is_derived = options->is_derived,
				       .is_summand = options->is_summand,
				       .energy = {.unit_num = 360000000, .unit_den = 1}};
	struct ledger_meter_info meter = {.info = &described,
					  .quantity = options->quantity == QUANTITY_NONE ? QUANTITY_ENERGY : options->quantity,
					  .point = described.point,
					  .supply = options->supply,
					  .ref = options->ref,
					  .is_in_total = options->is_in_total};
	uint32_t meter_id;

	snprintf(described.key, sizeof(described.key), "%s", options->key);
	snprintf(described.name, sizeof(described.name), "%s", options->key);
	snprintf(described.parent, sizeof(described.parent), "%s", options->parent == NULL ? "" : options->parent);
	cr_assert_eq(
	    ledger_registry_put_meter(books->registry, &books->batch, books->at_utc_ms, device_id, &meter, &meter_id, &books->info),
	    ERR_NONE, "%s", books->info.text);
	return meter_id;
}

void books_put_interval(struct books_fixture *books, uint32_t meter_id, const char *time_zone, const char *utc, struct interval interval)
{
	struct ledger_day day = {0};
	struct zone *zone;

	cr_assert_eq(zone_open(&zone, NULL, time_zone, &books->info), ERR_NONE, "%s", books->info.text);
	interval.slot_start_s = books_utc_ms(utc) / 1000;
	interval.slot_s = 900;
	ledger_day_update(&day, zone, interval.slot_start_s);
	cr_assert_eq(ledger_batch_add_interval(&books->batch, meter_id, &interval, &day, &books->info), ERR_NONE, "%s", books->info.text);
	zone_free(zone);
}

void books_put_slot(struct books_fixture *books, uint32_t meter_id, const char *time_zone, const char *utc, enum coverage coverage,
		    int64_t millij)
{
	struct interval interval = {0};

	interval.millij[coverage] = millij;
	interval.covered_ms[coverage] = 900000;
	books_put_interval(books, meter_id, time_zone, utc, interval);
}

void books_put_factor(struct books_fixture *books, const char *zone, int32_t year, int64_t microg_per_kwh, const char *edition)
{
	struct plan_factor factor = {.year = year, .microg_per_kwh = microg_per_kwh};

	snprintf(factor.zone, sizeof(factor.zone), "%s", zone);
	snprintf(factor.basis, sizeof(factor.basis), "lifecycle");
	snprintf(factor.method, sizeof(factor.method), "location-based average");
	snprintf(factor.publisher, sizeof(factor.publisher), "Ember");
	snprintf(factor.edition, sizeof(factor.edition), "%s", edition);
	snprintf(factor.licence, sizeof(factor.licence), "CC BY 4.0");
	memset(factor.table_sha256, 0xab, sizeof(factor.table_sha256));
	cr_assert_eq(ledger_batch_add_factor(&books->batch, &factor, &books->info), ERR_NONE, "%s", books->info.text);
}

void books_commit(struct books_fixture *books)
{
	cr_assert_eq(ledger_commit(books->ledger, &books->batch, NULL, &books->info), ERR_NONE, "%s", books->info.text);
}

char *books_read_file(const struct books_fixture *books, const char *name)
{
	char path[256];
	struct buf text;

	snprintf(path, sizeof(path), "%s/%s", books->folder, name);
	buf_init(&text, 16 << 20);
	if (file_read(path, &text, NULL) != ERR_NONE) {
		buf_deinit(&text);
		return NULL;
	}
	return buf_take(&text, NULL);
}
