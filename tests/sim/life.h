/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life: how long a simulator lives, and how it is spoken to. It ends after its time, at SIGTERM, SIGINT or SIGHUP, when its parent
 * ends, or when its standard input closes, so that nothing is left behind by a test that was killed. SIGUSR1 asks for the truth;
 * lines on standard input are commands.
 */
#ifndef WATTLEDGER_SIM_LIFE_H
#define WATTLEDGER_SIM_LIFE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_clockwork;

enum { SIM_LINE_BYTES = 256 };

/* Ids of what sim_life_wait() can report; the program's own descriptors have ids from SIM_LIFE_OWN on. */
enum { SIM_LIFE_TIMEOUT = 0, SIM_LIFE_SIGNAL, SIM_LIFE_END, SIM_LIFE_STDIN, SIM_LIFE_OWN };

struct sim_life_options {
	int64_t for_ms;         /* > 0 */
	bool has_control;       /* commands come on standard input */
	bool is_bound_to_stdin; /* end when it closes */
	bool is_detached;       /* outlive the parent */
};

struct sim_life {
	int epoll_fd;
	int signal_fd;
	int end_fd;
	bool is_over;
	bool wants_truth; /* set by SIGUSR1; the program clears it */
	bool is_bound_to_stdin;
	size_t line_bytes;
	char line[SIM_LINE_BYTES];
};

/* Starts simulated time, `speed` (> 0) times as fast as real time: at since_utc_ms, as if the simulator had run since, or now (0). */
void sim_life_start_clock(struct sim_clockwork *clock, int64_t since_utc_ms, double speed);

/* Takes the signals and starts the time. Errors: ERR_IO, ERR_USAGE (standard input cannot be watched). */
enum err sim_life_open(struct sim_life *life, const struct sim_life_options *options, struct err_info *info) MUST_CHECK;
void sim_life_close(struct sim_life *life);

/* Watches a descriptor for reading under an id >= SIM_LIFE_OWN. Errors: ERR_IO. */
enum err sim_life_watch(struct sim_life *life, int fd, uint32_t id, struct err_info *info) MUST_CHECK;

/*
 * Waits for one event, at most timeout_ms (-1: as long as it takes), and returns its id. Its own events are taken care of: is_over
 * and wants_truth change. At SIM_LIFE_STDIN take the lines with sim_life_next_line().
 */
uint32_t sim_life_wait(struct sim_life *life, int timeout_ms) MUST_CHECK;

/* Next whole line without its end; false when there is none yet. Lines that are too long are dropped. */
bool sim_life_next_line(struct sim_life *life, char out[static SIM_LINE_BYTES]) MUST_CHECK;

#endif
