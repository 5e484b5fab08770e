/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger_kill: a writer that is killed at random instants, over and over, and a parent that checks what it left behind:
 *   1. the file opens and is not quarantined; hours and days are the sums of their intervals
 *   2. every commit that was acknowledged is there, and at most one more
 *   3. the running energy of each open row is the sum of that meter's intervals
 *   4. the outbox holds the rows of the last commits, those and no others
 *   5. a reader that comes before the next writer sees the same
 *
 *   ledger_kill [ROUNDS [SEED]]        60 rounds, seed 1
 */
#include "base/num.h"
#include "ledger/batch.h"
#include "ledger/commit.h"
#include "ledger/ledger.h"
#include "ledger/outbox.h"
#include "ledger/query.h"
#include "ledger/registry.h"
#include "ledger/resume.h"
#include "ledger/verify.h"
#include "wire/plan.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { METERS = 20, OUTBOX_KEEP = 5, REVISE_EVERY = 7, KILL_MS_MAX = 60, START_MS_MAX = 10000, ROUNDS = 60, STATE_BYTES = 200 };
#define START_S INT64_C(1795564800) /* 2026-11-25T00:00:00Z */
#define SLOT_S 900
#define BOOT "11111111-2222-3333-4444-555555555555"

/* What parent and child share. */
struct shared {
	atomic_llong acknowledged; /* slots whose commit was acknowledged */
};

static char path[64];

static void fail(const char *what, const struct err_info *info)
{
	fprintf(stderr, "ledger_kill: %s: %s\n", what, info == NULL ? "" : info->text);
	_exit(1);
}

#define NEED(call, what)                   \
	do {                               \
		if ((call) != ERR_NONE)    \
			fail(what, &info); \
	} while (0)

/* Energy of one slot of one meter: anything that differs from slot to slot. */
static int64_t slot_millij(int64_t slot, int meter)
{
	return 1000 + (slot * 37 + meter * 11) % 500;
}

struct writer {
	struct ledger *ledger;
	struct ledger_registry *registry;
	struct ledger_batch batch;
	uint32_t meter_id[METERS];
	int64_t energy_millij[METERS];
	int64_t next_slot;
};

static enum err take_open(void *context, const struct ledger_open_row *row, struct err_info *info)
{
	struct writer *writer = context;

	(void)info;
	for (int m = 0; m < METERS; m++)
		if (writer->meter_id[m] == row->meter_id)
			writer->energy_millij[m] = row->energy_millij;
	/* uptime_ms carries the number of slots booked. */
	writer->next_slot = row->uptime_ms;
	return ERR_NONE;
}

static void open_writer(struct writer *writer)
{
	struct ledger_options options = {.path = path, .now_utc_ms = START_S * 1000};
	struct plan_site site = {.id = "site", .time_zone = "UTC", .fiscal_month = 1};
	struct ledger_device_info device = {.id = "device"};
	struct ledger_open_report report;
	struct err_info info = {0};
	uint32_t site_id;
	uint32_t device_id;

	NEED(ledger_open(&writer->ledger, &options, &report, &info), "open");
	if (report.is_quarantined)
		fail(report.reason, NULL);
	NEED(ledger_registry_load(&writer->registry, writer->ledger, &info), "registry");
	ledger_batch_init(&writer->batch, 1 << 20);
	NEED(ledger_registry_put_site(writer->registry, &writer->batch, 0, &site, &site_id, &info), "site");
	NEED(ledger_registry_put_device(writer->registry, &writer->batch, 0, site_id, &device, &device_id, &info), "device");
	for (int m = 0; m < METERS; m++) {
		struct meter_info described = {0};
		struct ledger_meter_info meter = {.info = &described, .quantity = QUANTITY_ENERGY, .is_in_total = true};

		snprintf(described.key, sizeof(described.key), "m%d", m);
		NEED(ledger_registry_put_meter(writer->registry, &writer->batch, 0, device_id, &meter, &writer->meter_id[m], &info),
		     "meter");
	}
	NEED(ledger_resume_open(writer->ledger, take_open, writer, &info), "resume");
}

static void add_interval(struct writer *writer, int meter, int64_t slot, int32_t rev, int64_t millij)
{
	int64_t start_s = START_S + slot * SLOT_S;
	int64_t day_s = start_s - start_s % 86400;
	struct ledger_day day = {.start_s = day_s, .end_s = day_s + 86400};
	struct interval interval = {.slot_start_s = start_s, .slot_s = SLOT_S, .rev = rev, .millij = {millij}};
	struct err_info info = {0};

	interval.covered_ms[COVERAGE_MEASURED] = rev == 0 ? SLOT_S * 1000 : 0;
	NEED(ledger_batch_add_interval(&writer->batch, writer->meter_id[meter], &interval, &day, &info), "interval");
	writer->energy_millij[meter] += millij;
}

static void add_slot(struct writer *writer)
{
	static const uint8_t STATE[STATE_BYTES] = {1};
	struct err_info info = {0};
	int64_t slot = writer->next_slot;
	char line[64];
	struct ledger_outbox_row out = {.id = (uint64_t)slot + 1,
					.output = "store",
					.kind = LEDGER_OUTBOX_SLOTS,
					.created_utc_ms = START_S * 1000,
					.point_count = 1,
					.payload = line};

	for (int m = 0; m < METERS; m++) {
		struct ledger_open_row row = {.boot_id = BOOT, .state = STATE, .state_bytes = sizeof(STATE)};

		add_interval(writer, m, slot, 0, slot_millij(slot, m));
		if (slot % REVISE_EVERY == REVISE_EVERY - 1)
			add_interval(writer, m, slot - 3, 1, -5);
		row.meter_id = writer->meter_id[m];
		row.energy_millij = writer->energy_millij[m];
		row.uptime_ms = slot + 1;
		NEED(ledger_batch_add_open(&writer->batch, &row, &info), "open row");
	}
	out.payload_bytes = (size_t)snprintf(line, sizeof(line), "slot energy_j=%lld\n", (long long)slot);
	NEED(ledger_batch_add_outbox(&writer->batch, &out, &info), "outbox");
	if (slot >= OUTBOX_KEEP)
		NEED(ledger_batch_delete_outbox(&writer->batch, (uint64_t)(slot + 1 - OUTBOX_KEEP), &info), "deletion");
	writer->next_slot++;
}

/* Commits until it is killed. */
static void write_for_ever(struct shared *shared)
{
	struct writer writer = {0};
	struct err_info info = {0};

	open_writer(&writer);
	for (;;) {
		add_slot(&writer);
		NEED(ledger_commit(writer.ledger, &writer.batch, NULL, &info), "commit");
		atomic_store(&shared->acknowledged, writer.next_slot);
	}
}

struct found {
	int64_t slots;
	int64_t open_millij;
	int64_t open_count;
};

static enum err add_open(void *context, const struct ledger_open_row *row, struct err_info *info)
{
	struct found *found = context;

	(void)info;
	if (found->open_count > 0 && found->slots != row->uptime_ms)
		return err_set(info, ERR_DATA, "open rows of different commits");
	found->slots = row->uptime_ms;
	found->open_millij += row->energy_millij;
	found->open_count++;
	return ERR_NONE;
}

static void check_outbox(struct ledger *ledger, int64_t slots)
{
	struct ledger_outbox_cursor cursor = {.output = "store", .lane = LEDGER_LANE_LIVE};
	struct ledger_outbox_item item;
	struct err_info info = {0};
	struct buf payload;
	bool is_found = true;
	int64_t expected = slots > OUTBOX_KEEP ? slots - OUTBOX_KEEP + 1 : 1;

	buf_init(&payload, 1 << 16);
	while (is_found) {
		NEED(ledger_outbox_next(ledger, &cursor, &item, &payload, &is_found, &info), "outbox");
		if (is_found && (int64_t)item.id != expected++)
			fail("the outbox does not hold the last commits", NULL);
	}
	if (expected != slots + 1)
		fail("rows are missing in the outbox", NULL);
	buf_deinit(&payload);
}

static void check_sums(struct ledger *ledger, const struct found *found)
{
	struct ledger_filter filter = {.start_s = START_S, .end_s = START_S + (found->slots + 1) * SLOT_S};
	struct ledger_verdict verdict;
	struct ledger_sum sum = {0};
	struct err_info info = {0};
	int64_t expected = 0;

	NEED(ledger_verify(ledger, &verdict, &info), "verification");
	NEED(ledger_query_sum(ledger, &filter, &sum, &info), "sum");
	for (int64_t slot = 0; slot < found->slots; slot++)
		for (int m = 0; m < METERS; m++)
			expected += slot_millij(slot, m) - (slot % REVISE_EVERY == REVISE_EVERY - 1 ? 5 : 0);
	if (sum.millij[COVERAGE_MEASURED] != expected || found->open_millij != expected)
		fail("intervals, open rows and what was fed in disagree", NULL);
}

/* Returns the slots that are booked. */
static int64_t check(int64_t acknowledged)
{
	struct ledger *ledger = NULL;
	struct found found = {0};
	struct err_info info = {0};
	enum err err = ledger_open_readonly(&ledger, path, &info);

	/* Killed before the first transaction: nothing was acknowledged either. */
	if (err == ERR_UNAVAILABLE && acknowledged == 0)
		return 0;
	NEED(err, "open for reading");
	NEED(ledger_resume_open(ledger, add_open, &found, &info), "open rows");
	if (found.slots < acknowledged || found.slots > acknowledged + 1)
		fail("acknowledged commits are missing, or there are more than were made", NULL);
	check_outbox(ledger, found.slots);
	check_sums(ledger, &found);
	ledger_close(ledger);
	return found.slots;
}

static void sleep_us(long us)
{
	struct timespec delay = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	while (nanosleep(&delay, &delay) != 0 && errno == EINTR)
		;
}

/* Three rounds of four are killed at work, whatever the load of the machine; the fourth at any time after its start. */
static int64_t run_round(struct shared *shared, uint64_t round, unsigned *seed)
{
	long long before = atomic_load(&shared->acknowledged);
	int status;
	pid_t child = fork();

	if (child == 0)
		write_for_ever(shared);
	if (child < 0)
		fail("fork", NULL);
	for (int i = 0; round % 4 != 3 && i < START_MS_MAX && atomic_load(&shared->acknowledged) == before; i++)
		sleep_us(1000);
	sleep_us(rand_r(seed) % (KILL_MS_MAX * 1000));
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
		fail("the writer ended by itself", NULL);
	return check(atomic_load(&shared->acknowledged));
}

static void remove_files(const char *folder)
{
	static const char *const SUFFIXES[] = {"", "-wal", "-shm", ".lock", ".reserve"};
	char name[96];

	for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, SUFFIXES[i]);
		unlink(name);
	}
	rmdir(folder);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/wattledger-kill-XXXXXX";
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t rounds = ROUNDS;
	uint64_t seed = 1;
	unsigned random;
	int64_t slots = 0;

	if ((argc > 1 && !num_parse_u64(argv[1], &rounds)) || (argc > 2 && !num_parse_u64(argv[2], &seed)))
		return fprintf(stderr, "usage: ledger_kill [ROUNDS [SEED]]\n"), 64;
	if (shared == MAP_FAILED || mkdtemp(folder) == NULL)
		return perror("ledger_kill"), 74;
	random = (unsigned)seed;
	snprintf(path, sizeof(path), "%s/ledger.db", folder);
	for (uint64_t i = 0; i < rounds; i++) {
		slots = run_round(shared, i, &random);
		atomic_store(&shared->acknowledged, slots);
	}
	printf("%llu kills, %lld commits, every invariant holds\n", (unsigned long long)rounds, (long long)slots);
	remove_files(folder);
	return slots > 0 ? 0 : 1;
}
