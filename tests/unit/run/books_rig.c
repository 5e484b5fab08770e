/* SPDX-License-Identifier: Apache-2.0 */
#include "books_rig.h"

#include "ledger/commit.h"
#include "ledger/query.h"
#include "ledger/resume.h"
#include "ledger/rows.h"
#include "model/units.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 2026-10-05T12:00:00Z */
#define START_UTC_S INT64_C(1791201600)

static void fill_plan(struct rig *rig, size_t count)
{
	static const char *const ID[RIG_DEVICES_MAX] = {"d0", "d1", "d2", "d3"};

	rig->plan = (struct plan_core){.slot_s = 60, .commit_ms = 10000, .grace_s = 10, .site = &rig->site, .site_count = 1};
	rig->site =
	    (struct plan_site){.id = "lab", .name = "Lab", .grid_zone = "ZZ", .time_zone = "UTC", .supply = SUPPLY_GRID, .fiscal_month = 1};
	rig->output = (struct plan_output){.name = "out", .kind = OUTPUT_FILE, .send = OUTPUT_SEND_ALL};
	rig->factor = (struct plan_factor){.zone = "ZZ",
					   .year = 2026,
					   .microg_per_kwh = 400000000,
					   .basis = "direct",
					   .method = "average",
					   .publisher = "test",
					   .edition = "1"};
	rig->plan.device = rig->device;
	rig->plan.device_count = count;
	rig->plan.output = &rig->output;
	rig->plan.output_count = 1;
	rig->plan.factor = &rig->factor;
	rig->plan.factor_count = 1;
	for (size_t i = 0; i < count; i++) {
		rig->device[i] = (struct plan_device){.id = ID[i],
						      .was = "",
						      .name = "",
						      .rack = "",
						      .tenant = "",
						      .fed_by = "",
						      .facts = "",
						      .source = WIRE_KIND_SNMP,
						      .source_device = (uint32_t)i,
						      .interval_ms = 10000,
						      .max_gap_ms = 60000,
						      .is_in_total = true,
						      .supply = SUPPLY_GRID};
	}
}

static void make_room(void *context)
{
	struct rig *rig = context;

	if (rig->room_count++ < rig->room_commits)
		rig_commit(rig);
}

static void start(struct rig *rig)
{
	struct ledger_options ledger = {.path = rig->path, .now_utc_ms = START_UTC_S * 1000, .has_no_reserve = true};
	struct ledger_resume resume;
	struct books_options options = {.plan = &rig->plan,
					.points = &rig->points,
					.boot_id = rig->boot_id,
					.build_utc_s = 1700000000,
					.is_clock_assumed = !rig->is_clock_unknown,
					.make_room = make_room,
					.room_context = rig};
	struct err_info info = {0};

	cr_assert(ledger_open(&rig->ledger, &ledger, NULL, &info) == ERR_NONE, "%s", info.text);
	cr_assert(ledger_registry_load(&rig->registry, rig->ledger, &info) == ERR_NONE, "%s", info.text);
	cr_assert(ledger_resume_read(rig->ledger, &resume, &info) == ERR_NONE, "%s", info.text);
	options.reader = rig->ledger;
	options.registry = rig->registry;
	options.zone_root = rig->zone_root;
	options.newest_utc_ms = resume.newest_utc_ms;
	ledger_batch_init(&rig->batch, 64 << 20);
	cr_assert(books_new(&rig->books, &options, &rig->batch, &info) == ERR_NONE, "%s", info.text);
	rig_pass(rig, 0);
}

static void stop(struct rig *rig)
{
	rig->books = books_free(rig->books);
	rig->registry = ledger_registry_free(rig->registry);
	rig->ledger = ledger_close(rig->ledger);
	ledger_batch_deinit(&rig->batch);
}

void rig_open(struct rig *rig, size_t count)
{
	struct err_info info = {0};

	memset(rig, 0, sizeof(*rig));
	snprintf(rig->folder, sizeof(rig->folder), "/tmp/wattledger-books-XXXXXX");
	cr_assert_not_null(mkdtemp(rig->folder));
	snprintf(rig->path, sizeof(rig->path), "%s/ledger.db", rig->folder);
	snprintf(rig->boot_id, sizeof(rig->boot_id), "11111111-1111-1111-1111-111111111111");
	rig->boot_ns = 1000 * UNITS_NS_PER_S;
	rig->utc_at_boot_ns = START_UTC_S * UNITS_NS_PER_S - rig->boot_ns;
	fill_plan(rig, count);
	cr_assert(points_init(&rig->points, &rig->plan, &info) == ERR_NONE);
	start(rig);
}

void rig_close(struct rig *rig)
{
	DIR *folder;
	struct dirent *entry;
	char path[400];

	stop(rig);
	points_deinit(&rig->points);
	folder = opendir(rig->folder);
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", rig->folder, entry->d_name);
		(void)unlink(path);
	}
	closedir(folder);
	rmdir(rig->folder);
}

void rig_restart(struct rig *rig, const char *boot_id, int64_t down_s)
{
	stop(rig);
	rig->boot_ns += down_s * UNITS_NS_PER_S;
	if (boot_id != NULL) {
		snprintf(rig->boot_id, sizeof(rig->boot_id), "%s", boot_id);
		rig->utc_at_boot_ns += rig->boot_ns - 5 * UNITS_NS_PER_S;
		rig->boot_ns = 5 * UNITS_NS_PER_S;
	}
	start(rig);
}

void rig_pass(struct rig *rig, int64_t seconds)
{
	struct clock_reading now;

	rig->boot_ns += seconds * UNITS_NS_PER_S;
	now = (struct clock_reading){.boot_ns = rig->boot_ns, .utc_ns = rig->boot_ns + rig->utc_at_boot_ns};
	books_tick(rig->books, &now);
}

void rig_commit(struct rig *rig)
{
	struct err_info info = {0};

	cr_assert(books_add_open_rows(rig->books, &info) == ERR_NONE, "%s", info.text);
	books_use_batch(rig->books, &rig->batch);
	cr_assert(ledger_commit(rig->ledger, &rig->batch, NULL, &info) == ERR_NONE, "%s", info.text);
	books_after_commit(rig->books);
	cr_assert(books_lost_count(rig->books) == 0);
}

void rig_meter_info(struct rig *rig, uint32_t device, uint32_t number, const struct meter_info *meter_info)
{
	struct wire_meter meter = {.device = device, .meter = number, .info = *meter_info};
	struct err_info info = {0};

	cr_assert(books_put_meter(rig->books, WIRE_KIND_SNMP, &meter, &info) == ERR_NONE, "%s", info.text);
}

void rig_meter(struct rig *rig, uint32_t device, uint32_t number, const char *key, enum role role, uint64_t modulus)
{
	struct meter_info info = {
	    .role = role,
	    .point = POINT_PDU_OUT,
	    .caliber = CALIBER_ACTUAL,
	    .energy = {.unit_num = 1000, .unit_den = 1, .modulus = modulus, .is_wrap_known = modulus != 0},
	};

	snprintf(info.key, sizeof(info.key), "%s", key);
	rig_meter_info(rig, device, number, &info);
}

void rig_read(struct rig *rig, uint32_t device, uint32_t number, uint64_t raw, double power_w)
{
	struct sample sample[2] = {
	    {.device = device,
	     .meter = number,
	     .quantity = QUANTITY_ENERGY,
	     .caliber = CALIBER_ACTUAL,
	     .boot_ns = rig->boot_ns,
	     .raw = raw},
	    {.device = device,
	     .meter = number,
	     .quantity = QUANTITY_POWER,
	     .caliber = CALIBER_ACTUAL,
	     .boot_ns = rig->boot_ns,
	     .value = power_w},
	};
	struct err_info info = {0};

	cr_assert(books_put_samples(rig->books, WIRE_KIND_SNMP, sample, power_w < 0 ? 1 : 2, rig->boot_ns, &info) == ERR_NONE, "%s",
		  info.text);
}

struct wanted {
	const char *device;
	const char *key;
	struct ledger_sum sum;
};

static enum err add_total(void *context, const struct ledger_register_row *row, int64_t from_s, int64_t to_s, const struct ledger_sum *sum,
			  struct err_info *info)
{
	struct wanted *wanted = context;

	(void)from_s;
	(void)to_s;
	(void)info;
	if (strcmp(row->device, wanted->device) != 0 || strcmp(row->key, wanted->key) != 0)
		return ERR_NONE;
	for (int i = 0; i < COVERAGE_COUNT; i++) {
		wanted->sum.millij[i] += sum->millij[i];
		wanted->sum.covered_ms[i] += sum->covered_ms[i];
	}
	return ERR_NONE;
}

static struct ledger_sum total(struct rig *rig, const char *device, const char *key)
{
	struct ledger_filter filter = {.start_s = START_UTC_S - 86400, .end_s = START_UTC_S + 10 * 86400};
	struct wanted wanted = {.device = device, .key = key};
	struct err_info info = {0};

	cr_assert(ledger_query_totals(rig->ledger, &filter, add_total, &wanted, &info) == ERR_NONE, "%s", info.text);
	return wanted.sum;
}

int64_t rig_total_millij(struct rig *rig, const char *device, const char *key)
{
	struct ledger_sum sum = total(rig, device, key);
	int64_t millij = 0;

	for (int i = 0; i < COVERAGE_COUNT; i++)
		millij += sum.millij[i];
	return millij;
}

int64_t rig_covered_ms(struct rig *rig, const char *device, const char *key, enum coverage coverage)
{
	return total(rig, device, key).covered_ms[coverage];
}

/* Calls for each line with the text; the sum of the field's integers. */
static int64_t scan_lines(struct rig *rig, const char *text, const char *field, size_t *count)
{
	int64_t sum = 0;

	*count = 0;
	for (int kind = 0; kind < LEDGER_OUTBOX_KIND_COUNT; kind++) {
		const char *at = buf_text(&rig->points.output[0].lane[kind].lines);

		while (*at != '\0') {
			size_t length = strcspn(at, "\n");
			char line[2048];
			char *value;

			cr_assert(length < sizeof(line));
			memcpy(line, at, length);
			line[length] = '\0';
			at += length + 1;
			if (strstr(line, text) == NULL)
				continue;
			(*count)++;
			value = field == NULL ? NULL : strstr(line, field);
			if (value != NULL)
				sum += strtoll(value + strlen(field), NULL, 10);
		}
	}
	return sum;
}

size_t rig_count_lines(struct rig *rig, const char *text)
{
	size_t count;

	(void)scan_lines(rig, text, NULL, &count);
	return count;
}

int64_t rig_sum_field(struct rig *rig, const char *text, const char *field)
{
	size_t count;

	return scan_lines(rig, text, field, &count);
}
