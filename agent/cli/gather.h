/* SPDX-License-Identifier: Apache-2.0 */
/* gather: runs a collector without core, on a socket pair of our own, and keeps what it says. For `test` and `scan`: nothing is written. */
#ifndef WATTLEDGER_CLI_GATHER_H
#define WATTLEDGER_CLI_GATHER_H

#include "base/err.h"
#include "wire/plan.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One quantity of a meter: the first and the newest sample of it. */
struct gather_reading {
	enum quantity quantity;
	uint32_t count;
	struct sample first;
	struct sample last;
};

struct gather_meter {
	bool is_announced;
	struct meter_info info;
	struct gather_reading *reading;
	size_t reading_count;
	size_t reading_capacity;
};

struct gather_device {
	bool has_state;
	struct wire_device state;
	uint32_t read_count;  /* reads that gave samples */
	int64_t read_boot_ns; /* of the newest */
	bool is_done;
	struct gather_meter *meter;
	size_t meter_count;
	size_t meter_capacity;
};

struct gather {
	enum plan_kind kind;
	pid_t pid; /* 0: it has ended */
	int fd;    /* our end; -1 closed */
	uint32_t reads_wanted;
	size_t done_count;
	uint32_t *done; /* indices of the devices that are done, in the order in which they were: done_count */
	struct gather_device *device;
	size_t device_count;
};

/*
 * Starts the collector of `kind` on the plan in `plan_fd` (stays open), which has `device_count` devices. `reads_wanted` of each make it
 * done; a device that fails is done at its first failure. Errors: ERR_IO, ERR_MEMORY. On error *out needs no deinit.
 */
enum err gather_start(struct gather *out, enum plan_kind kind, int plan_fd, size_t device_count, uint32_t reads_wanted,
		      struct err_info *info) MUST_CHECK;

/*
 * Receives until all are done, all collectors have ended, or `timeout_ms` has passed; then ends them. A collector that lies is ended at once.
 * SIGINT and SIGTERM keep what they do by default: the collectors die with us.
 */
enum err gather_run(struct gather *gather, size_t count, int64_t timeout_ms, struct err_info *info) MUST_CHECK;

/* Called while gather_run waits: after each round of records, and every 250 ms; what is done by then is whole. */
struct gather_watch {
	void (*look)(void *context);
	void *context;
};

/* gather_run() with somebody who looks on. */
enum err gather_run_watched(struct gather *gather, size_t count, int64_t timeout_ms, const struct gather_watch *watch,
			    struct err_info *info) MUST_CHECK;

/* Ends the collector if it still runs, and frees what was kept. */
void gather_deinit(struct gather *gather);

/* The reading of a quantity; NULL when it never came. */
const struct gather_reading *gather_find(const struct gather_meter *meter, enum quantity quantity) MUST_CHECK;

/* A sample as a number in the quantity's unit: a gauge's value, a counter's reading times its step. false: no step is known. */
bool gather_value(const struct gather_meter *meter, const struct sample *sample, double *value) MUST_CHECK;

/* Which of a reading's samples. */
enum gather_which { GATHER_FIRST = 0, GATHER_LAST };

/* The sum of a quantity over the device's summands, in the quantity's unit. false: there are none, or one of them is not known. */
bool gather_sum(const struct gather_device *device, enum quantity quantity, enum gather_which which, double *value) MUST_CHECK;

/*
 * Gives the meter that is the device's sum (is_derived, no samples of its own) readings of power and energy, where every summand has them;
 * its counter then counts millijoules. Call it once, after the run. ERR_MEMORY.
 */
enum err gather_fill_sums(struct gather *gather, struct err_info *info) MUST_CHECK;

/* A sealed plan in a memory file, from its bytes. *fd is yours. */
enum err gather_make_plan(int *fd, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;

#endif
