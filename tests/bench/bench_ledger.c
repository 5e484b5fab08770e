/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_ledger: what keeping the ledger costs: bytes written to the disk, time and processor time a commit, of METERS meters read every
 * 10 s, with COMMITS commits an hour of simulated time (360: every 10 s; 60: the flash profile). Each commit has the open row of every
 * meter with the state of its account (outlets with power and a coarse counter, with a fine counter, and with power alone), one outbox row of
 * a point a meter that is deleted by the next commit (`-`: no outbox rows, the store answers in the flash profile), and closes a slot
 * every quarter, in the flash profile all meters' at the same time. The log's index is mapped into memory: the kernel writes what changed of it
 * when it likes, here it is counted as of one write-back of the changed pages each 30 s, and told apart.
 * Usage: bench_ledger [METERS [COMMITS_AN_HOUR [HOURS [-]]]]; without arguments the default and the flash profile, with and
 * without outbox rows.
 */
#include "account/book.h"
#include "base/clock.h"
#include "base/num.h"
#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger.h"
#include "ledger/query.h"
#include "ledger/registry.h"
#include "wire/plan.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LINE_BYTES = 200, SLOT_S = 900, GRACE_S = 120, HOUR_S = 3600, DAY_S = 86400, POLL_S = 10, WRITE_BACK_S = 30 };
enum { INDEX_BYTES_MAX = 1 << 20, PAGE_BYTES = 4096, FLASH_COMMITS_AN_HOUR = 60 };
#define START_S INT64_C(1795564800) /* 2026-11-25T00:00:00Z */
#define BOOTED_S INT64_C(1000000)   /* so long before */
#define BOOT_ID "11111111-2222-3333-4444-555555555555"

struct bench {
	struct ledger *ledger;
	struct ledger_registry *registry;
	struct ledger_batch batch;
	uint64_t meters;
	uint64_t commits_an_hour;
	uint64_t hours;
	uint64_t state_bytes; /* of all open rows */
	bool has_outbox;
	struct account_book *book;
	struct account_place place;
	uint32_t meter_id; /* whose account is at work */
	int shm_fd;
	uint64_t index_bytes; /* of the log's index, written back */
	uint8_t *index[2];    /* as it was written back last, and as it is */
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

static void take_interval(void *context, const struct interval *interval)
{
	struct bench *bench = context;
	int64_t day_s = interval->slot_start_s - interval->slot_start_s % DAY_S;
	struct ledger_day day = {.start_s = day_s, .end_s = day_s + DAY_S};

	need(ledger_batch_add_interval(&bench->batch, bench->meter_id, interval, &day, &bench->info), bench);
}

static void ignore_event(void *context, const struct account_event *event)
{
	(void)context;
	(void)event;
}

/* Outlets of 150 to 250 W: two with a counter of 0.1 kWh and power, one with a counter of 1 J, one with power alone. */
static struct account_rules rules_of(const struct bench *bench, int64_t unit_millij)
{
	struct account_rules rules;

	account_rules_init(&rules);
	rules.grace_ns = GRACE_S * INT64_C(1000000000);
	rules.counter = (struct counter_spec){.modulus = UINT64_C(1) << 32, .unit_num = unit_millij, .unit_den = 1};
	rules.closes_by_tick = bench->commits_an_hour <= FLASH_COMMITS_AN_HOUR;
	return rules;
}

static void poll(struct bench *bench, int64_t now_s)
{
	static const int64_t UNIT_MILLIJ[4] = {360000000, 360000000, 1000, 0};
	const struct account_sink sink = {.context = bench, .interval = take_interval, .event = ignore_event};
	int64_t run_s = now_s - START_S;

	for (uint64_t i = 0; i < bench->meters; i++) {
		int64_t unit_millij = UNIT_MILLIJ[i % 4];
		int64_t power_w = 150 + (int64_t)(i * 37 % 100);
		struct account_rules rules = rules_of(bench, unit_millij);
		struct account_reading reading = {.boot_ns =
						      (run_s + BOOTED_S) * 1000000000 + (run_s * 7919 + (int64_t)i * 1237) % 49999 * 1021,
						  .has_raw = unit_millij > 0,
						  .raw = unit_millij > 0 ? (uint64_t)(run_s * power_w * 1000 / unit_millij) + i * 1000 : 0,
						  .has_power = unit_millij != 1000,
						  .power_w = (double)power_w + (double)((run_s / POLL_S * 7 + (int64_t)i * 13) % 50) / 10.0,
						  .has_uptime = true,
						  .uptime_s = (double)(BOOTED_S + run_s) + 0.07,
						  .identity = UINT64_C(0xaf63dc4c8601ec8c),
						  .caliber = CALIBER_ACTUAL};

		reading.utc_ns = account_place_utc_ns(&bench->place, reading.boot_ns);
		bench->meter_id = (uint32_t)i + 1;
		account_book_take(&bench->book[i], &rules, &bench->place, &reading, &sink);
		if (now_s % SLOT_S == GRACE_S + POLL_S)
			account_book_tick(&bench->book[i], &rules, &bench->place, (run_s + BOOTED_S) * 1000000000, &sink);
	}
}

/* As core fills its rows. */
static void add_open_rows(struct bench *bench)
{
	uint8_t state[LEDGER_STATE_BYTES_MAX];

	for (uint64_t i = 0; i < bench->meters; i++) {
		const struct account_meter *meter = &bench->book[i].meter;
		struct ledger_open_row row = {.meter_id = (uint32_t)i + 1,
					      .utc_ms = account_place_utc_ms(&bench->place, meter->seen_ns),
					      .boot_id = BOOT_ID,
					      .boot_ns = meter->seen_ns,
					      .energy_millij = meter->energy_millij,
					      .has_raw = meter->counter.has_baseline,
					      .raw = meter->counter.raw,
					      .uptime_ms = meter->counter.uptime_s < 0 ? -1 : llround(meter->counter.uptime_s * 1000.0),
					      .state = state};
		uint64_t rest = (uint64_t)row.boot_ns / 1000 % 1000003;
		struct account_base base = {.boot_ns = row.boot_ns,
					    .utc_ms = row.utc_ms,
					    .energy_millij = row.energy_millij,
					    .raw = row.raw,
					    .uptime_ms = row.uptime_ms,
					    .boot = meter->boot};

		/* What rounding left over of joules and seconds comes before the account: any number below 1,000, twice. */
		state[0] = 0xa1;
		for (int at = 1; at < 5; at += 2) {
			state[at] = (uint8_t)(rest % 1000);
			state[at + 1] = (uint8_t)(rest % 1000 >> 8);
			rest = rest / 1000 * 7919;
		}
		row.state_bytes = 5 + account_book_save(&bench->book[i], &base, state + 5, sizeof(state) - 5);
		bench->state_bytes += row.state_bytes;
		need(ledger_batch_add_open(&bench->batch, &row, &bench->info), bench);
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

/* Counts the pages of the index that differ from the last time. */
static void write_back(struct bench *bench)
{
	ssize_t bytes = pread(bench->shm_fd, bench->index[1], INDEX_BYTES_MAX, 0);

	for (ssize_t at = 0; at < bytes; at += PAGE_BYTES)
		if (memcmp(bench->index[0] + at, bench->index[1] + at, PAGE_BYTES) != 0)
			bench->index_bytes += PAGE_BYTES;
	if (bytes > 0)
		memcpy(bench->index[0], bench->index[1], (size_t)bytes);
}

static void run(struct bench *bench)
{
	int64_t step_s = HOUR_S / (int64_t)bench->commits_an_hour;
	int64_t end_s = START_S + (int64_t)bench->hours * HOUR_S;
	int64_t written_back_s = START_S;

	for (int64_t now_s = START_S + POLL_S; now_s <= end_s; now_s += POLL_S) {
		poll(bench, now_s);
		if ((now_s - START_S) % step_s != 0)
			continue;
		add_open_rows(bench);
		if (bench->has_outbox)
			add_outbox_row(bench, now_s);
		need(ledger_commit(bench->ledger, &bench->batch, NULL, &bench->info), bench);
		if (now_s - written_back_s < WRITE_BACK_S)
			continue;
		written_back_s = now_s;
		write_back(bench);
	}
}

static void report(const struct bench *bench, uint64_t written_bytes, double cpu, int64_t elapsed_ns)
{
	double commits = (double)(bench->commits_an_hour * bench->hours);

	printf("%llu meters with %.0f bytes of state, a commit every %llu s, %s outbox rows: %.0f bytes written, %.0f of the log's index, "
	       "%.0f us, %.0f us of processor a commit; %.1f MB a day, %.1f with the index; ledger %.2f MB; PSS %llu KiB\n",
	       (unsigned long long)bench->meters, (double)bench->state_bytes / commits / (double)bench->meters,
	       (unsigned long long)(HOUR_S / bench->commits_an_hour), bench->has_outbox ? "with" : "no", (double)written_bytes / commits,
	       (double)bench->index_bytes / commits, (double)elapsed_ns / 1e3 / commits, cpu * 1e6 / commits,
	       (double)written_bytes / (double)bench->hours * 24 / 1e6,
	       (double)(written_bytes + bench->index_bytes) / (double)bench->hours * 24 / 1e6,
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

static void measure(struct bench *bench)
{
	char folder[] = "/tmp/wattledger-bench-XXXXXX";
	char path[64];
	struct ledger_options options = {.path = path, .now_utc_ms = START_S * 1000, .has_no_reserve = true};
	uint64_t written_bytes;
	int64_t started_ns;
	double cpu;

	bench->lines = malloc(bench->meters * LINE_BYTES + LINE_BYTES);
	bench->book = calloc(bench->meters, sizeof(bench->book[0]));
	bench->index[0] = calloc(1, INDEX_BYTES_MAX);
	bench->index[1] = calloc(1, INDEX_BYTES_MAX);
	if (bench->lines == NULL || bench->book == NULL || bench->index[0] == NULL || bench->index[1] == NULL || mkdtemp(folder) == NULL)
		exit((perror("bench_ledger"), 74));
	bench->place = (struct account_place){.offset_ns = (START_S - BOOTED_S) * 1000000000, .is_trusted = true};
	for (uint64_t i = 0; i < bench->meters; i++)
		account_book_init(&bench->book[i], SLOT_S);
	snprintf(path, sizeof(path), "%s/ledger.db", folder);
	ledger_batch_init(&bench->batch, 256 << 20);
	need(ledger_open(&bench->ledger, &options, NULL, &bench->info), bench);
	register_meters(bench);
	snprintf(path, sizeof(path), "%s/ledger.db-shm", folder);
	bench->shm_fd = open(path, O_RDONLY | O_CLOEXEC);
	written_bytes = read_figure("/proc/self/io", "write_bytes:");
	cpu = cpu_s();
	started_ns = clock_boot_ns();
	run(bench);
	report(bench, read_figure("/proc/self/io", "write_bytes:") - written_bytes, cpu_s() - cpu, clock_boot_ns() - started_ns);
	close(bench->shm_fd);
	ledger_registry_free(bench->registry);
	ledger_batch_deinit(&bench->batch);
	ledger_close(bench->ledger);
	free(bench->lines);
	free(bench->book);
	free(bench->index[0]);
	free(bench->index[1]);
	if (getenv("BENCH_KEEP") == NULL)
		remove_all(folder);
	else
		printf("the ledger is kept: %s/ledger.db\n", folder);
}

int main(int argc, char **argv)
{
	static const struct bench PROFILES[] = {
	    {.meters = 100, .commits_an_hour = 360, .hours = 2},
	    {.meters = 100, .commits_an_hour = 360, .hours = 2, .has_outbox = true},
	    {.meters = 100, .commits_an_hour = 60, .hours = 8},
	    {.meters = 100, .commits_an_hour = 60, .hours = 8, .has_outbox = true},
	};
	struct bench bench = PROFILES[0];

	if ((argc > 1 && !num_parse_u64(argv[1], &bench.meters)) || (argc > 2 && !num_parse_u64(argv[2], &bench.commits_an_hour)) ||
	    (argc > 3 && !num_parse_u64(argv[3], &bench.hours)) || bench.commits_an_hour == 0 || bench.commits_an_hour > 360)
		return fprintf(stderr, "usage: bench_ledger [METERS [COMMITS_AN_HOUR [HOURS [-]]]]\n"), 64;
	bench.has_outbox = argc <= 4;
	if (argc > 1) {
		measure(&bench);
		return 0;
	}
	for (size_t i = 0; i < sizeof(PROFILES) / sizeof(PROFILES[0]); i++) {
		bench = PROFILES[i];
		measure(&bench);
	}
	return 0;
}
