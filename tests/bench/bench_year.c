/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_year: closed slots in the ledger, and the total of all of them: METERS meters with a row each quarter of an hour for DAYS days, a
 * commit a quarter, as the agent makes them. Prints what a row costs (processor, bytes written, bytes kept) and what the total by meter costs
 * from the roll-ups and from the rows themselves; both must agree. Usage: bench_year [METERS DAYS], by default 100 30; 1000 365 (35 million
 * rows, 10 GB written, a quarter of an hour) when the variable BENCH_LONG is 1. It lies in $TMPDIR, and stays there when
 * BENCH_KEEP is set: `wattledger report --ledger FILE --period 2026` is to be timed on it.
 */
#include "base/clock.h"
#include "base/num.h"
#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger.h"
#include "ledger/query.h"
#include "ledger/registry.h"
#include "wire/plan.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLOT_S = 900, DAY_S = 86400, ROUNDS = 5, BATCH_BYTES_MAX = 64 << 20, PATH_BYTES = 256 };
#define START_S INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

struct year {
	struct ledger *ledger;
	struct ledger_batch batch;
	uint64_t meters;
	uint64_t days;
	char path[PATH_BYTES];
	struct err_info info;
};

/* What a total came to. */
struct total {
	uint64_t meters;
	int64_t millij;
};

static void need(enum err err, const struct year *year)
{
	if (err == ERR_NONE)
		return;
	(void)fprintf(stderr, "bench_year: %s\n", year->info.text);
	exit(1);
}

static double cpu_s(void)
{
	struct timespec spent;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static uint64_t written_bytes(void)
{
	FILE *file = fopen("/proc/self/io", "r");
	unsigned long long bytes = 0;
	char line[128];

	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		if (sscanf(line, "write_bytes: %llu", &bytes) == 1)
			break;
	if (file != NULL)
		(void)fclose(file);
	return bytes;
}

/* As in an agent's ledger: what was in force, where a reading comes from and what it is multiplied with, and a factor for the year. */
static void add_provenance(struct year *year)
{
	struct plan_factor factor = {
	    .year = 2026, .microg_per_kwh = 199000000, .basis = "lifecycle", .method = "annual", .edition = "bench"};
	uint8_t sha256[32];

	memset(sha256, 0xc0, sizeof sha256);
	memcpy(factor.zone, "GB", sizeof "GB");
	need(ledger_batch_add_config(&year->batch, START_S * 1000, sha256, &year->info), year);
	need(ledger_batch_add_factor(&year->batch, &factor, &year->info), year);
}

static void register_meters(struct year *year)
{
	struct plan_site site = {.id = "site", .grid_zone = "GB", .time_zone = "UTC", .supply = SUPPLY_GRID};
	uint8_t driver_sha256[32];
	struct ledger_device_info device = {.id = "device", .driver = "bench", .driver_sha256 = driver_sha256};
	struct ledger_registry *registry;
	uint32_t site_id, device_id, meter_id;

	memset(driver_sha256, 0xd1, sizeof driver_sha256);
	add_provenance(year);
	need(ledger_registry_load(&registry, year->ledger, &year->info), year);
	need(ledger_registry_put_site(registry, &year->batch, START_S * 1000, &site, &site_id, &year->info), year);
	need(ledger_registry_put_device(registry, &year->batch, START_S * 1000, site_id, &device, &device_id, &year->info), year);
	for (uint64_t i = 0; i < year->meters; i++) {
		struct meter_info described = {
		    .supply = SUPPLY_GRID, .caliber = CALIBER_ACTUAL, .energy = {.unit_num = 1000, .unit_den = 1}};
		struct ledger_meter_info meter = {
		    .info = &described, .quantity = QUANTITY_ENERGY, .supply = SUPPLY_GRID, .is_in_total = true};

		(void)snprintf(described.key, sizeof described.key, "outlet/%llu", (unsigned long long)i);
		need(ledger_registry_put_meter(registry, &year->batch, START_S * 1000, device_id, &meter, &meter_id, &year->info), year);
	}
	need(ledger_commit(year->ledger, &year->batch, NULL, &year->info), year);
	ledger_registry_free(registry);
}

/* 200 W and a little more, other for each slot and meter. */
static int64_t millij_of(int64_t slot, uint64_t meter)
{
	return 180000000 + slot * 7919 % 1000000 + (int64_t)(meter * 104729 % 1000000);
}

static void close_slot(struct year *year, int64_t slot)
{
	int64_t start_s = START_S + slot * SLOT_S;
	struct ledger_day day = {.start_s = start_s - start_s % DAY_S, .end_s = start_s - start_s % DAY_S + DAY_S};

	for (uint64_t i = 0; i < year->meters; i++) {
		struct interval interval = {.slot_start_s = start_s,
					    .slot_s = SLOT_S,
					    .millij = {millij_of(slot, i)},
					    .covered_ms = {SLOT_S * 1000},
					    .has_raw = true,
					    .raw_open = (uint64_t)slot * 180000,
					    .raw_close = (uint64_t)slot * 180000 + 180000,
					    .open_utc_ms = start_s * 1000 - 3000,
					    .close_utc_ms = (start_s + SLOT_S) * 1000 + 3000};

		need(ledger_batch_add_interval(&year->batch, (uint32_t)i + 1, &interval, &day, &year->info), year);
	}
	need(ledger_commit(year->ledger, &year->batch, NULL, &year->info), year);
}

static void fill(struct year *year)
{
	uint64_t slots = year->days * (DAY_S / SLOT_S);
	uint64_t written = written_bytes();
	int64_t begin_ns = clock_boot_ns();
	double begin_cpu_s = cpu_s();
	double rows = (double)slots * (double)year->meters;

	for (uint64_t slot = 0; slot < slots; slot++)
		close_slot(year, (int64_t)slot);
	(void)printf("fill: %.0f rows in %.1f s; %.2f us of processor, %.1f bytes written, %.1f bytes kept a row; %.0f us a commit\n", rows,
		     (double)(clock_boot_ns() - begin_ns) / 1e9, (cpu_s() - begin_cpu_s) * 1e6 / rows,
		     (double)(written_bytes() - written) / rows, (double)ledger_file_bytes(year->ledger) / rows,
		     (double)(clock_boot_ns() - begin_ns) / 1e3 / (double)slots);
}

static enum err add_total(void *context, const struct ledger_register_row *row, int64_t from_s, int64_t to_s, const struct ledger_sum *sum,
			  struct err_info *info)
{
	struct total *total = context;

	(void)row;
	(void)from_s;
	(void)to_s;
	(void)info;
	total->meters++;
	total->millij += sum->millij[COVERAGE_MEASURED];
	return ERR_NONE;
}

static void total_by_roll_ups(struct year *year, struct total *out)
{
	struct ledger_filter filter = {.start_s = START_S, .end_s = START_S + (int64_t)year->days * DAY_S};

	*out = (struct total){0};
	need(ledger_query_totals(year->ledger, &filter, add_total, out, &year->info), year);
}

static void total_by_rows(struct year *year, struct total *out)
{
	static const char sql[] = "SELECT meter_id, SUM(measured_millij) FROM interval GROUP BY meter_id";
	sqlite3 *db = NULL;
	sqlite3_stmt *statement = NULL;

	*out = (struct total){0};
	if (sqlite3_open_v2(year->path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		need(err_set(&year->info, ERR_IO, "%s", sqlite3_errmsg(db)), year);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		out->meters++;
		out->millij += sqlite3_column_int64(statement, 1);
	}
	(void)sqlite3_finalize(statement);
	(void)sqlite3_close(db);
}

/* The best of several, in ms. */
static double best_ms(struct year *year, void (*make)(struct year *, struct total *), int rounds, struct total *out)
{
	int64_t best_ns = INT64_MAX;

	for (int round = 0; round < rounds; round++) {
		int64_t begin_ns = clock_boot_ns();

		make(year, out);
		if (clock_boot_ns() - begin_ns < best_ns)
			best_ns = clock_boot_ns() - begin_ns;
	}
	return (double)best_ns / 1e6;
}

static int compare(struct year *year)
{
	struct total quick, slow;
	double quick_ms = best_ms(year, total_by_roll_ups, ROUNDS, &quick);
	double slow_ms = best_ms(year, total_by_rows, 2, &slow);

	(void)printf("total of %llu meters: %.2f ms from the roll-ups, %.2f ms from the rows, %.0f x\n", (unsigned long long)quick.meters,
		     quick_ms, slow_ms, slow_ms / quick_ms);
	if (quick.millij == slow.millij && quick.meters == year->meters)
		return 0;
	(void)fprintf(stderr, "bench_year: the roll-ups say %lld mJ, the rows %lld mJ\n", (long long)quick.millij, (long long)slow.millij);
	return 1;
}

static void remove_all(const char *folder)
{
	static const char *const names[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock"};
	char path[PATH_BYTES];

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

int main(int argc, char **argv)
{
	const char *wants_long = getenv("BENCH_LONG");
	const char *temporary = getenv("TMPDIR");
	bool is_long = wants_long != NULL && strcmp(wants_long, "1") == 0;
	struct year year = {.meters = is_long ? 1000 : 100, .days = is_long ? 365 : 30};
	struct ledger_options options = {.path = year.path, .now_utc_ms = START_S * 1000, .has_no_reserve = true};
	char folder[PATH_BYTES / 2];
	int rc;

	if (argc != 1 && (argc != 3 || !num_parse_u64(argv[1], &year.meters) || !num_parse_u64(argv[2], &year.days) || year.meters == 0 ||
			  year.days == 0)) {
		(void)fprintf(stderr, "usage: bench_year [METERS DAYS]\n");
		return 64;
	}
	(void)snprintf(folder, sizeof folder, "%.100s/wattledger-year-XXXXXX", temporary != NULL ? temporary : "/tmp");
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		return 74;
	}
	(void)snprintf(year.path, sizeof year.path, "%s/ledger.db", folder);
	ledger_batch_init(&year.batch, BATCH_BYTES_MAX);
	need(ledger_open(&year.ledger, &options, NULL, &year.info), &year);
	register_meters(&year);
	fill(&year);
	rc = compare(&year);
	ledger_batch_deinit(&year.batch);
	year.ledger = ledger_close(year.ledger);
	if (getenv("BENCH_KEEP") == NULL)
		remove_all(folder);
	else
		(void)printf("the ledger is kept: %s\n", year.path);
	return rc;
}
