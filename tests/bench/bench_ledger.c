/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_ledger: what keeping the ledger costs: bytes written to the disk, time and processor time a commit, of METERS meters with COMMITS
 * commits an hour of simulated time (360: every 10 s; 60: the flash profile). Each commit has one open row a meter with STATE_BYTES of
 * state, one outbox row of a point a meter that is deleted by the next commit (`-`: no outbox rows, the store answers in the flash
 * profile), and closes a slot every quarter. Usage: bench_ledger [METERS [COMMITS_AN_HOUR [HOURS [STATE_BYTES [-]]]]]
 */
#include "base/clock.h"
#include "base/num.h"
#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger.h"
#include "ledger/query.h"
#include "ledger/registry.h"
#include "wire/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LINE_BYTES = 200, SLOT_S = 900, HOUR_S = 3600, DAY_S = 86400 };
#define START_S INT64_C(1795564800) /* 2026-11-25T00:00:00Z */

struct bench {
	struct ledger *ledger;
	struct ledger_registry *registry;
	struct ledger_batch batch;
	uint64_t meters;
	uint64_t commits_an_hour;
	uint64_t hours;
	uint64_t state_bytes;
	bool has_outbox;
	uint32_t device_id;
	uint64_t next_id;
	char *lines;
	struct err_info info;
};

static void need(enum err err, const struct bench *bench)
{
	if (err == ERR_NONE)
		return;
	fprintf(stderr, "bench_ledger: %s\n", bench->info.text);
	exit(1);
}

static uint64_t read_figure(const char *file, const char *name)
{
	char line[128];
	uint64_t value = 0;
	FILE *in = fopen(file, "r");

	while (in != NULL && fgets(line, sizeof(line), in) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = strtoull(line + strlen(name), NULL, 10);
	if (in != NULL)
		fclose(in);
	return value;
}

static double cpu_s(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void register_meters(struct bench *bench)
{
	struct plan_site site = {.id = "site", .time_zone = "UTC"};
	struct ledger_device_info device = {.id = "device"};
	uint32_t site_id;
	uint32_t meter_id;

	need(ledger_registry_load(&bench->registry, bench->ledger, &bench->info), bench);
	need(ledger_registry_put_site(bench->registry, &bench->batch, 0, &site, &site_id, &bench->info), bench);
	need(ledger_registry_put_device(bench->registry, &bench->batch, 0, site_id, &device, &bench->device_id, &bench->info), bench);
	for (uint64_t i = 0; i < bench->meters; i++) {
		struct meter_info described = {0};
		struct ledger_meter_info meter = {.info = &described, .quantity = QUANTITY_ENERGY, .is_in_total = true};

		snprintf(described.key, sizeof(described.key), "outlet/%llu", (unsigned long long)i);
		need(ledger_registry_put_meter(bench->registry, &bench->batch, 0, bench->device_id, &meter, &meter_id, &bench->info),
		     bench);
	}
	need(ledger_commit(bench->ledger, &bench->batch, NULL, &bench->info), bench);
}

static void add_open_rows(struct bench *bench, int64_t now_s)
{
	uint8_t state[LEDGER_STATE_BYTES_MAX];

	memset(state, (int)(now_s & 0xff), sizeof(state));
	for (uint64_t i = 0; i < bench->meters; i++) {
		struct ledger_open_row row = {.meter_id = (uint32_t)i + 1,
					      .utc_ms = now_s * 1000,
					      .boot_id = "11111111-2222-3333-4444-555555555555",
					      .boot_ns = now_s * 1000000000,
					      .energy_millij = (now_s - START_S) * 200000,
					      .has_raw = true,
					      .raw = (uint64_t)(now_s - START_S) / 18,
					      .uptime_ms = now_s,
					      .state = state,
					      .state_bytes = bench->state_bytes};

		need(ledger_batch_add_open(&bench->batch, &row, &bench->info), bench);
	}
}

static void add_intervals(struct bench *bench, int64_t slot_start_s)
{
	int64_t day_s = slot_start_s - slot_start_s % DAY_S;
	struct ledger_day day = {.start_s = day_s, .end_s = day_s + DAY_S};

	for (uint64_t i = 0; i < bench->meters; i++) {
		struct interval interval = {.slot_start_s = slot_start_s,
					    .slot_s = SLOT_S,
					    .millij = {180000000 + (int64_t)i},
					    .covered_ms = {SLOT_S * 1000},
					    .has_raw = true,
					    .raw_open = (uint64_t)(slot_start_s - START_S) / 18,
					    .raw_close = (uint64_t)(slot_start_s - START_S) / 18 + 50,
					    .open_utc_ms = slot_start_s * 1000 - 3000,
					    .close_utc_ms = (slot_start_s + SLOT_S) * 1000 + 3000};

		need(ledger_batch_add_interval(&bench->batch, (uint32_t)i + 1, &interval, &day, &bench->info), bench);
	}
}

static void add_outbox_row(struct bench *bench, int64_t now_s)
{
	struct ledger_outbox_row row = {.id = ++bench->next_id,
					.output = "influx",
					.created_utc_ms = now_s * 1000,
					.point_count = (uint32_t)bench->meters,
					.payload = bench->lines};

	for (uint64_t i = 0; i < bench->meters; i++)
		row.payload_bytes += (size_t)snprintf(
		    bench->lines + row.payload_bytes, LINE_BYTES,
		    "energy,site=oslo,rack=r1,tenant=none,device=pdu1,meter=outlet/%llu,role=part,in_total=no,point=pdu_out,supply=grid "
		    "power_w=%d.%d,energy_j=%lldi %lld000000000\n",
		    (unsigned long long)i, (int)(200 + (now_s * 7 + (int64_t)i * 13) % 50), (int)((now_s + (int64_t)i) % 10),
		    (long long)((now_s - START_S) * 200), (long long)now_s);
	need(ledger_batch_add_outbox(&bench->batch, &row, &bench->info), bench);
	if (bench->next_id > 1)
		need(ledger_batch_delete_outbox(&bench->batch, bench->next_id - 1, &bench->info), bench);
}

static void run(struct bench *bench)
{
	int64_t step_s = HOUR_S / (int64_t)bench->commits_an_hour;
	int64_t end_s = START_S + (int64_t)bench->hours * HOUR_S;

	for (int64_t now_s = START_S + step_s; now_s <= end_s; now_s += step_s) {
		if (now_s % SLOT_S == 0)
			add_intervals(bench, now_s - SLOT_S);
		add_open_rows(bench, now_s);
		if (bench->has_outbox)
			add_outbox_row(bench, now_s);
		need(ledger_commit(bench->ledger, &bench->batch, NULL, &bench->info), bench);
	}
}

static void report(const struct bench *bench, uint64_t written_bytes, double cpu, int64_t elapsed_ns)
{
	double commits = (double)(bench->commits_an_hour * bench->hours);

	printf(
	    "%llu meters with %llu bytes of state, a commit every %llu s, %s outbox rows: %.0f bytes written, %.0f us, %.0f us of processor a commit; %.1f MB a day; "
	    "ledger %.2f MB; PSS %llu KiB\n",
	    (unsigned long long)bench->meters, (unsigned long long)bench->state_bytes,
	    (unsigned long long)(HOUR_S / bench->commits_an_hour), bench->has_outbox ? "with" : "no", (double)written_bytes / commits,
	    (double)elapsed_ns / 1e3 / commits, cpu * 1e6 / commits, (double)written_bytes / (double)bench->hours * 24 / 1e6,
	    (double)ledger_file_bytes(bench->ledger) / 1e6, (unsigned long long)read_figure("/proc/self/smaps_rollup", "Pss:"));
}

static void remove_all(const char *folder)
{
	static const char *const SUFFIXES[] = {"", "-wal", "-shm", ".lock"};
	char name[96];

	for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
		snprintf(name, sizeof(name), "%s/ledger.db%s", folder, SUFFIXES[i]);
		unlink(name);
	}
	rmdir(folder);
}

int main(int argc, char **argv)
{
	struct bench bench = {.meters = 100, .commits_an_hour = 360, .hours = 4, .state_bytes = 120};
	char folder[] = "/tmp/wattledger-bench-XXXXXX";
	char path[64];
	struct ledger_options options = {.path = path, .now_utc_ms = START_S * 1000, .has_no_reserve = true};
	uint64_t written_bytes;
	int64_t started_ns;
	double cpu;

	if ((argc > 1 && !num_parse_u64(argv[1], &bench.meters)) || (argc > 2 && !num_parse_u64(argv[2], &bench.commits_an_hour)) ||
	    (argc > 3 && !num_parse_u64(argv[3], &bench.hours)) || (argc > 4 && !num_parse_u64(argv[4], &bench.state_bytes)) ||
	    bench.state_bytes > LEDGER_STATE_BYTES_MAX || bench.commits_an_hour == 0 || bench.commits_an_hour > HOUR_S)
		return fprintf(stderr, "usage: bench_ledger [METERS [COMMITS_AN_HOUR [HOURS [STATE_BYTES [-]]]]]\n"), 64;
	bench.has_outbox = argc <= 5;
	bench.lines = malloc(bench.meters * LINE_BYTES + LINE_BYTES);
	if (bench.lines == NULL || mkdtemp(folder) == NULL)
		return perror("bench_ledger"), 74;
	snprintf(path, sizeof(path), "%s/ledger.db", folder);
	ledger_batch_init(&bench.batch, 256 << 20);
	need(ledger_open(&bench.ledger, &options, NULL, &bench.info), &bench);
	register_meters(&bench);
	written_bytes = read_figure("/proc/self/io", "write_bytes:");
	cpu = cpu_s();
	started_ns = clock_boot_ns();
	run(&bench);
	report(&bench, read_figure("/proc/self/io", "write_bytes:") - written_bytes, cpu_s() - cpu, clock_boot_ns() - started_ns);
	ledger_registry_free(bench.registry);
	ledger_batch_deinit(&bench.batch);
	ledger_close(bench.ledger);
	free(bench.lines);
	remove_all(folder);
	return 0;
}
