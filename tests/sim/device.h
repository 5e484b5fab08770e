/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device: one simulated device. All its numbers are functions of simulated time alone: power follows a curve, and every counter is
 * the curve's exact integral, rounded down to the counter's step. Times are passed in; nothing here reads a clock.
 */
#ifndef WATTLEDGER_SIM_DEVICE_H
#define WATTLEDGER_SIM_DEVICE_H

#include "curve.h"
#include "fault.h"
#include "model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIM_TEXT_BYTES = 1024, SIM_NAME_BYTES = 48, SIM_PAUSE_MS = 500 };

/* Where counters stand when none of the device's energy has been counted yet. */
enum sim_counter_base {
	SIM_BASE_HISTORY, /* somewhere above 0, as on a device that has run before */
	SIM_BASE_ZERO,    /* at 0, as after a reset */
	SIM_BASE_TOP,     /* a little below the top, so that a wrap follows */
};

struct sim_device {
	const struct sim_tree *tree;
	uint32_t number; /* 0-based */
	uint64_t seed;
	struct sim_curve power_w;
	struct sim_curve bytes_per_s;
	struct sim_fault fault; /* what it does wrong now */
	bool is_dip_pending;    /* the next answer that holds a counter shows 0 for all */
	uint32_t generation;    /* of the hardware: 0, then one more for each swap */
	int64_t started_ms;     /* real time of its last start, against the simulator's; sysUpTime counts from it */
	enum sim_counter_base base;
	double base_t_s;    /* simulated time at which its counters stood at their base */
	uint64_t base_left; /* SIM_BASE_TOP: SI units from the base to the top */
	double frozen_t_s;  /* time at which its numbers stopped; negative while they run */
	uint64_t request_count;
	uint64_t reply_count;
	uint64_t poll_count;     /* groups of requests with a pause of SIM_PAUSE_MS or more before them */
	int64_t last_request_ms; /* real time since the simulator's start */
	int64_t last_poll_ms;    /* when the present group began; 0: none did */
	int64_t gap_max_ms;      /* the longest time between the beginnings of two groups since the truth was told last */
};

/* The time of an answer. */
struct sim_moment {
	double t_s;      /* simulated */
	int64_t real_ms; /* real, since the simulator's start */
};

/* What a device's numbers are derived from at a moment. */
struct sim_state {
	double power_w;
	double energy_j; /* since its counters' base */
	double bytes_per_s;
	double bytes; /* since its counters' base */
	int64_t uptime_ms;
	bool is_dip; /* counters show 0 */
};

/* A value ready to be sent: number for INTEGER, count for types without sign, text for the rest. */
struct sim_value {
	uint8_t tag;
	int64_t number;
	uint64_t count;
	size_t text_bytes;
	char text[SIM_TEXT_BYTES];
};

/* A healthy device at its start; `seed` is the whole simulation's. `tree` is borrowed. */
void sim_device_init(struct sim_device *device, const struct sim_tree *tree, uint32_t number, uint64_t seed, enum sim_shape shape);

/* Applies a fault at `now`: a lasting one replaces the lasting one before it, an event (reset, wrap, swap, dip) just happens. */
void sim_device_set_fault(struct sim_device *device, const struct sim_fault *fault, const struct sim_moment *now);

/* Counts a request at `now`, and the poll that it begins when it stands behind a pause. */
void sim_device_count_request(struct sim_device *device, const struct sim_moment *now);

/* The longest time between two polls up to `now`, in ms, the one that still lasts included; begins anew. */
int64_t sim_device_take_gap_ms(struct sim_device *device, const struct sim_moment *now);

/* The state of its numbers (frozen ones stay where they were). A pending dip is shown but not used up. */
void sim_device_state(const struct sim_device *device, const struct sim_moment *now, struct sim_state *state);

/* The value of one variable. */
void sim_device_read(const struct sim_device *device, const struct sim_state *state, const struct sim_instance *instance,
		     struct sim_value *value);

/* SI units of one raw count. */
double sim_instance_step(const struct sim_instance *instance) MUST_CHECK;

/* Raw count at which a counter began: what it shows is (base + floor(SI units since then / step)) mod 2^bits. */
uint64_t sim_device_counter_base(const struct sim_device *device, const struct sim_instance *instance) MUST_CHECK;

/* True energy in J and traffic in bytes since the simulator's start, whatever the device says. */
double sim_device_true_energy(const struct sim_device *device, double t_s) MUST_CHECK;
double sim_device_true_bytes(const struct sim_device *device, double t_s) MUST_CHECK;

/* Its name ("apc-00003") and its serial number. */
void sim_device_print_name(const struct sim_device *device, char out[static SIM_NAME_BYTES]);
void sim_device_print_serial(const struct sim_device *device, char out[static SIM_NAME_BYTES]);

#endif
