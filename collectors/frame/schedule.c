/* SPDX-License-Identifier: Apache-2.0 */
#include "frame/schedule.h"

#include "base/mem.h"
#include "model/units.h"
#include "wire/plan.h"

#include <stdlib.h>
#include <string.h>

#define TICK_MIN_NS (10 * UNITS_NS_PER_MS)
/* At most 3.3 wakes a second: a wake costs more than the requests it sends. */
#define TICK_MAX_NS (300 * UNITS_NS_PER_MS)
#define START_STEP_NS (2 * UNITS_NS_PER_MS)
#define INTERVAL_MIN_MS 10
#define INTERVAL_MAX_MS 86400000

/* Devices begun in one tick on average: half of what an ungranted receive buffer takes in one burst. */
enum { TICK_DEVICES = 128, TICK_PARTS_OF_INTERVAL = 4, FIRST_GAP_PARTS = 20, HEAP_WAYS = 4 };

struct item {
	int64_t due_ns;
	int64_t interval_ns;
	int64_t phase_ns; /* 0 .. interval_ns - 1 */
	uint64_t hash;
	uint32_t failed_count;
	bool is_first; /* the coming read is its first */
};

/* A place in the heap: the due time stands beside the device, since with many devices each look at an item is one at cold memory. */
struct entry {
	int64_t due_ns;
	uint32_t device;
};

/* A heap of the devices that are not running, earliest due first; the children of entry n are HEAP_WAYS x n + 1 and on. */
struct schedule {
	struct item *item;
	size_t count;
	size_t capacity;
	struct entry *heap;
	size_t heap_count;
	int64_t tick_ns;
	uint64_t seed;
};

struct rank {
	uint64_t hash;
	uint32_t device;
};

/* FNV-1a, 64 bits, then mixed (the finaliser of splitmix64): ids that differ in their last digit alone spread well. */
static uint64_t hash_text(const char *text, uint64_t seed)
{
	uint64_t hash = UINT64_C(14695981039346656037) ^ seed;

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
	hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
	return hash ^ (hash >> 31);
}

struct schedule *schedule_new(uint64_t seed)
{
	struct schedule *schedule = mem_new(sizeof *schedule);

	if (schedule == NULL)
		return NULL;
	schedule->seed = seed;
	schedule->tick_ns = TICK_MAX_NS;
	return schedule;
}

struct schedule *schedule_free(struct schedule *schedule)
{
	if (schedule == NULL)
		return NULL;
	mem_free(schedule->item);
	mem_free(schedule->heap);
	return mem_free(schedule);
}

enum err schedule_add(struct schedule *schedule, const char *id, uint32_t interval_ms, struct err_info *info)
{
	struct item *item;
	enum err err;

	if (interval_ms < INTERVAL_MIN_MS || interval_ms > INTERVAL_MAX_MS)
		return err_set(info, ERR_DATA, "device %s: an interval of %u ms is outside 10 ms .. 1 day", id, (unsigned)interval_ms);
	err = mem_grow((void **)&schedule->item, &schedule->capacity, schedule->count, PLAN_DEVICES_MAX, sizeof *schedule->item);
	if (err != ERR_NONE)
		return err_set(info, err, "no room for device %s", id);
	item = &schedule->item[schedule->count++];
	*item = (struct item){.interval_ns = interval_ms * UNITS_NS_PER_MS, .hash = hash_text(id, schedule->seed), .is_first = true};
	return ERR_NONE;
}

static void heap_push(struct schedule *schedule, uint32_t device)
{
	struct entry entry = {.due_ns = schedule->item[device].due_ns, .device = device};
	size_t at = schedule->heap_count++;

	for (; at > 0 && entry.due_ns < schedule->heap[(at - 1) / HEAP_WAYS].due_ns; at = (at - 1) / HEAP_WAYS)
		schedule->heap[at] = schedule->heap[(at - 1) / HEAP_WAYS];
	schedule->heap[at] = entry;
}

/* The earliest of the children of entry `at`; heap_count when it has none. */
static size_t first_child(const struct schedule *schedule, size_t at)
{
	size_t child = HEAP_WAYS * at + 1;
	size_t end = child + HEAP_WAYS < schedule->heap_count ? child + HEAP_WAYS : schedule->heap_count;
	size_t first = child;

	if (child >= schedule->heap_count)
		return schedule->heap_count;
	while (++child < end)
		if (schedule->heap[child].due_ns < schedule->heap[first].due_ns)
			first = child;
	return first;
}

static uint32_t heap_pop(struct schedule *schedule)
{
	uint32_t device = schedule->heap[0].device;
	struct entry last = schedule->heap[--schedule->heap_count];
	size_t at = 0;

	for (size_t child = first_child(schedule, 0); child < schedule->heap_count; child = first_child(schedule, at)) {
		if (last.due_ns <= schedule->heap[child].due_ns)
			break;
		schedule->heap[at] = schedule->heap[child];
		at = child;
	}
	schedule->heap[at] = last;
	return device;
}

/* The tick, of which the shortest interval has a whole number: else reads would be up to a tick more than an interval apart. */
static int64_t tick_of(const struct schedule *schedule)
{
	int64_t interval_ns = INTERVAL_MAX_MS * UNITS_NS_PER_MS;
	int64_t tick_ns = TICK_MAX_NS;
	int64_t tick_count;
	double rate_per_ns = 0;

	for (size_t i = 0; i < schedule->count; i++) {
		rate_per_ns += 1.0 / (double)schedule->item[i].interval_ns;
		interval_ns = schedule->item[i].interval_ns < interval_ns ? schedule->item[i].interval_ns : interval_ns;
	}
	if (interval_ns / TICK_PARTS_OF_INTERVAL < tick_ns)
		tick_ns = interval_ns / TICK_PARTS_OF_INTERVAL;
	if (rate_per_ns * (double)tick_ns > TICK_DEVICES)
		tick_ns = (int64_t)(TICK_DEVICES / rate_per_ns);
	if (tick_ns < TICK_MIN_NS)
		return TICK_MIN_NS;
	tick_count = (interval_ns + tick_ns - 1) / tick_ns;
	return (interval_ns + tick_count - 1) / tick_count;
}

static int compare_rank(const void *left, const void *right)
{
	const struct rank *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->device < b->device ? -1 : a->device > b->device;
}

/* Phases by rank: evenly spread whatever the hashes are. First reads in the same order. */
static void spread(struct schedule *schedule, const struct rank *rank, int64_t now_ns)
{
	int64_t count = (int64_t)schedule->count;

	for (int64_t i = 0; i < count; i++) {
		struct item *item = &schedule->item[rank[i].device];
		int64_t step_ns = item->interval_ns / count < START_STEP_NS ? item->interval_ns / count : START_STEP_NS;

		item->phase_ns = item->interval_ns / count * i + item->interval_ns % count * i / count;
		item->due_ns = now_ns + step_ns * i;
		heap_push(schedule, rank[i].device);
	}
}

enum err schedule_start(struct schedule *schedule, int64_t now_boot_ns, struct err_info *info)
{
	struct rank *rank = mem_new_array(schedule->count + 1, sizeof *rank);

	schedule->heap = mem_new_array(schedule->count + 1, sizeof *schedule->heap);
	if (rank == NULL || schedule->heap == NULL) {
		mem_free(rank);
		return err_set(info, ERR_MEMORY, "no memory for the schedule of %zu devices", schedule->count);
	}
	schedule->tick_ns = tick_of(schedule);
	for (size_t i = 0; i < schedule->count; i++)
		rank[i] = (struct rank){.hash = schedule->item[i].hash, .device = (uint32_t)i};
	qsort(rank, schedule->count, sizeof *rank, compare_rank);
	spread(schedule, rank, now_boot_ns);
	mem_free(rank);
	return ERR_NONE;
}

size_t schedule_count(const struct schedule *schedule)
{
	return schedule->count;
}

int64_t schedule_tick_ns(const struct schedule *schedule)
{
	return schedule->tick_ns;
}

bool schedule_take(struct schedule *schedule, int64_t now_boot_ns, uint32_t *device)
{
	if (schedule->heap_count == 0 || schedule->heap[0].due_ns > now_boot_ns)
		return false;
	*device = heap_pop(schedule);
	/* The next one is mostly due as well. */
	__builtin_prefetch(&schedule->item[schedule->heap[0].device]);
	return true;
}

/* First grid point after `ns`. */
static int64_t grid_after(const struct item *item, int64_t ns)
{
	int64_t behind_ns = (ns - item->phase_ns) % item->interval_ns;

	if (behind_ns < 0)
		behind_ns += item->interval_ns;
	return ns - behind_ns + item->interval_ns;
}

/*
 * When the second read is due. The first came at once, off the grid, and may have taken long (it surveys): the next grid point may be over, or
 * so near that the two would be one. Then the second comes half an interval after the first, off the grid as well, so that no gap is longer
 * than an interval.
 */
static int64_t second_due_ns(const struct item *item, int64_t now_boot_ns)
{
	int64_t next_ns = grid_after(item, item->due_ns);
	int64_t half_ns = item->due_ns + item->interval_ns / 2;

	if (next_ns > now_boot_ns && next_ns - item->due_ns > item->interval_ns / FIRST_GAP_PARTS)
		return next_ns;
	return half_ns > now_boot_ns ? half_ns : grid_after(item, now_boot_ns);
}

uint64_t schedule_end(struct schedule *schedule, uint32_t device, bool is_success, int64_t now_boot_ns)
{
	struct item *item = &schedule->item[device];
	int64_t expected_ns = item->is_first ? second_due_ns(item, now_boot_ns) : grid_after(item, item->due_ns);
	int64_t next_ns = expected_ns > now_boot_ns ? expected_ns : grid_after(item, now_boot_ns);

	item->failed_count = is_success ? 0 : item->failed_count + (item->failed_count < UINT32_MAX);
	item->is_first = false;
	item->due_ns = next_ns + (int64_t)(schedule_backoff_intervals(item->failed_count) - 1) * item->interval_ns;
	heap_push(schedule, device);
	return (uint64_t)((next_ns - expected_ns) / item->interval_ns);
}

uint32_t schedule_failed_count(const struct schedule *schedule, uint32_t device)
{
	return schedule->item[device].failed_count;
}

int64_t schedule_round_up_ns(const struct schedule *schedule, int64_t boot_ns)
{
	int64_t over_ns = boot_ns % schedule->tick_ns;

	if (over_ns == 0 || boot_ns > INT64_MAX - schedule->tick_ns)
		return boot_ns;
	return boot_ns - over_ns + schedule->tick_ns;
}

int64_t schedule_next_ns(const struct schedule *schedule)
{
	if (schedule->heap_count == 0)
		return INT64_MAX;
	return schedule_round_up_ns(schedule, schedule->heap[0].due_ns);
}

uint32_t schedule_backoff_intervals(uint32_t failed_count)
{
	if (failed_count < 2)
		return 1;
	return failed_count == 2 ? 2 : SCHEDULE_BACKOFF_MAX;
}
