/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame: what every collector shares: start-up, schedule, back-off, the bounded queue to core, privileges.
 *
 * A collector is a const struct of functions and a main() of one line:
 *
 *	int main(int argc, char **argv) { return frame_main(argc, argv, &c_rapl_collector); }
 *
 * The frame calls open once, then read for each device when it is due, then close. All runs in one thread. Blocking sources answer within
 * read; sources that wait for the network begin there and end in service (see the optional slots).
 */
#ifndef WATTLEDGER_FRAME_FRAME_H
#define WATTLEDGER_FRAME_FRAME_H

#include "base/err.h"
#include "model/sample.h"
#include "wire/record.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

struct frame_collector {
	const char *name;    /* "rapl": in log lines */
	enum wire_kind kind; /* as it says HELLO */
	int capability;      /* the one Linux capability that read needs, CAP_...; -1: none. All others are dropped after open */

	/*
	 * MUST be set. Decodes the plan (borrowed, wiped afterwards), opens what needs a right, and calls frame_add_device() once for each
	 * device in the order of the plan. On failure it leaves nothing behind, and the program ends with the error.
	 */
	enum err (*open)(struct frame *frame, const void *plan, size_t plan_bytes, void **state, struct err_info *info);

	/*
	 * MUST be set. Begins a read of a device; exactly one frame_end_read() has to follow, before it returns or later. The frame does not
	 * begin another read of that device before. `failed_count` is how many reads failed since the last success: then probe cheaply.
	 */
	void (*read)(void *state, uint32_t device, uint32_t failed_count);

	/*
	 * MUST be set. Fills reason, expected_count, is_expected_learned, identity and driver of a device record that is about to leave
	 * (zeroed; the frame fills the rest). Called for a change of state, for frame_mark_changed(), for a latency that
	 * differs by a tenth of a second (once a minute at most), and every ten minutes.
	 */
	void (*describe)(void *state, uint32_t device, struct wire_device *out);

	/* *MAY* be set: the driver of time. Called once a wake, after what is due was begun: send, receive, expire. Returns the boot time
	 * at which it wants to be called again at the latest (INT64_MAX: it waits for nothing). The frame rounds it up to its tick. */
	int64_t (*service)(void *state, int64_t now_boot_ns);

	/* *MAY* be set: fills up to `max` descriptors whose readiness is worth a wake now, returns how many. 0: ticks are enough. Wakes for
	 * them are at least 5 ms apart. */
	size_t (*watch)(void *state, struct pollfd *out, size_t max);

	/* *MAY* be set: true when the program has done all it was asked for (a scan) and is to end with exit code 0. */
	bool (*is_done)(void *state);

	/* MUST be set. Frees the state. */
	void (*close)(void *state);
};

/* Runs the collector until core goes away, SIGTERM, or is_done. Returns the process exit code. */
int frame_main(int argc, char **argv, const struct frame_collector *collector) MUST_CHECK;

/* ---- For open ----------------------------------------------------------------------------------------------------------------- */

/* Announces a device to the schedule; its index is the number of calls before. `id` (borrowed) decides its phase. interval_ms >= 10. */
enum err frame_add_device(struct frame *frame, const char *id, uint32_t interval_ms, struct err_info *info) MUST_CHECK;

/* The number that makes random choices repeatable (--seed, else from the kernel). */
uint64_t frame_seed(const struct frame *frame) MUST_CHECK;

/* ---- For read and service ------------------------------------------------------------------------------------------------------- */

/* Boot time at the beginning of this wake: cheaper than the clock. */
int64_t frame_now_ns(const struct frame *frame) MUST_CHECK;

/* The grid of wakes, ns. After the start. */
int64_t frame_tick_ns(const struct frame *frame) MUST_CHECK;

/* Announces a meter of a device, or its changed description; before the samples it goes with. */
void frame_put_meter(struct frame *frame, uint32_t device, uint32_t meter, const struct meter_info *info);

/* What describe would say of the device has changed: a record leaves before the samples of its next frame_end_read(). */
void frame_mark_changed(struct frame *frame, uint32_t device);

/* How a read ended. */
struct frame_result {
	enum device_state state;     /* UP and PARTIAL are successes */
	uint32_t latency_us;         /* of the (first) answer; 0 none */
	const struct sample *sample; /* `sample_count` samples of this read (borrowed), in the order of model/sample.h */
	size_t sample_count;
};

/*
 * Ends a read. The samples leave with the tick, in one record when they fit (more than a record holds, about 400, is split over
 * records that follow each other). A state that is no success backs the device off.
 */
void frame_end_read(struct frame *frame, uint32_t device, const struct frame_result *result);

#endif
