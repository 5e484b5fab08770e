/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule: when which device is read. Pure: it is given the time, CLOCK_BOOTTIME in nanoseconds.
 *
 * Each device has a grid of due times, phase + n x interval. Phases are spread evenly over the interval in the order of a hash of the
 * devices' ids, so the same set of devices always has the same grid. A device that is late skips grid points (they are counted) and is
 * never piled up. A device that fails is read at every 2nd, then every 4th grid point; the first success puts it back.
 */
#ifndef WATTLEDGER_FRAME_SCHEDULE_H
#define WATTLEDGER_FRAME_SCHEDULE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest back-off, in intervals: a device that comes back is seen within this. */
enum { SCHEDULE_BACKOFF_MAX = 4 };

struct schedule;

/* NULL when out of memory. `seed` varies the order of phases; the same seed and ids give the same grid. */
struct schedule *schedule_new(uint64_t seed) MUST_CHECK;
struct schedule *schedule_free(struct schedule *schedule);

/* Adds device number `count so far`. interval_ms 10 .. 86,400,000. Errors: ERR_DATA (interval), ERR_MEMORY, ERR_LIMIT. */
enum err schedule_add(struct schedule *schedule, const char *id, uint32_t interval_ms, struct err_info *info) MUST_CHECK;

/*
 * Fixes phases and tick and makes all devices due: the first reads come at once, 2 ms apart (less when that would take longer than an
 * interval), the second ones at the next grid point, or half an interval later where that is too near or over. Errors: ERR_MEMORY.
 */
enum err schedule_start(struct schedule *schedule, int64_t now_boot_ns, struct err_info *info) MUST_CHECK;

/* Number of devices. */
size_t schedule_count(const struct schedule *schedule) MUST_CHECK;

/*
 * The grid of wakes, ns: at most 300 ms, a quarter of the shortest interval, and 128 devices' worth of the mean rate; at least 10 ms. The
 * shortest interval has a whole number of them, but for 1 ns each.
 */
int64_t schedule_tick_ns(const struct schedule *schedule) MUST_CHECK;

/* Takes one device that is due; it is then running until schedule_end(). false when none is. */
bool schedule_take(struct schedule *schedule, int64_t now_boot_ns, uint32_t *device) MUST_CHECK;

/* The read of a running device ended. Returns how many grid points passed unused since it was due, back-off not counted. */
uint64_t schedule_end(struct schedule *schedule, uint32_t device, bool is_success, int64_t now_boot_ns);

/* Reads that failed since the last success. */
uint32_t schedule_failed_count(const struct schedule *schedule, uint32_t device) MUST_CHECK;

/* Due time of the next device that is not running, rounded up to the tick; INT64_MAX when there is none. */
int64_t schedule_next_ns(const struct schedule *schedule) MUST_CHECK;

/* `boot_ns` rounded up to a multiple of the tick. */
int64_t schedule_round_up_ns(const struct schedule *schedule, int64_t boot_ns) MUST_CHECK;

/* How many intervals to wait after `failed_count` failures in a row: 1, 1, 2, 4, 4, ... */
uint32_t schedule_backoff_intervals(uint32_t failed_count) MUST_CHECK;

#endif
