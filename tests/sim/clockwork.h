/* SPDX-License-Identifier: Apache-2.0 */
/* clockwork: simulated time. It runs `speed` times as fast as real time, and can be stopped and moved forward by hand. */
#ifndef WATTLEDGER_SIM_CLOCKWORK_H
#define WATTLEDGER_SIM_CLOCKWORK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_reading;

struct sim_clockwork {
	int64_t real_start_ns; /* of the simulator */
	int64_t real_mark_ns;  /* real time at which simulated time was t_mark_s */
	double t_mark_s;
	double speed;
	bool is_stopped;
};

/* Starts at simulated time 0; `real_ns` is the present real time (any clock that never steps), speed > 0. */
void sim_clockwork_init(struct sim_clockwork *clock, int64_t real_ns, double speed);

/*
 * The real time (CLOCK_BOOTTIME; negative before the machine's boot) of an instant of the wall clock, for sim_clockwork_init: the simulator is then as
 * old as if it had run since. `now`: both clocks.
 */
int64_t sim_clockwork_since_ns(const struct clock_reading *now, int64_t utc_ms) __attribute__((warn_unused_result));

/* Simulated time in s at real time `real_ns`. */
double sim_clockwork_t_s(const struct sim_clockwork *clock, int64_t real_ns) __attribute__((warn_unused_result));

/* Stops it where it is, or lets it run on from there. */
void sim_clockwork_stop(struct sim_clockwork *clock, int64_t real_ns);
void sim_clockwork_go(struct sim_clockwork *clock, int64_t real_ns);

/* Moves it to simulated time t_s; false when that lies in the past: counters never run backwards by themselves. */
bool sim_clockwork_set(struct sim_clockwork *clock, int64_t real_ns, double t_s) __attribute__((warn_unused_result));

#endif
