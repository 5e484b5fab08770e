/* SPDX-License-Identifier: Apache-2.0 */
/* fleet: all simulated SNMP devices, one after the other on neighbouring loopback addresses. */
#ifndef WATTLEDGER_SIM_FLEET_H
#define WATTLEDGER_SIM_FLEET_H

#include "agent.h"
#include "base/buf.h"
#include "clockwork.h"

#include <stdint.h>

enum { SIM_MODELS_MAX = 256, SIM_DEVICES_MAX = 65536 };

struct sim_fleet_options {
	const char *models;           /* names with commas between them, given to the devices in turn */
	const char *const *recording; /* `recording_count` files that are served instead of models, given to the devices in turn */
	size_t recording_count;
	uint32_t device_count;  /* 1 .. SIM_DEVICES_MAX */
	uint32_t first_address; /* of device 0, host byte order; all addresses lie in 127.0.0.0/8 */
	uint64_t seed;
	enum sim_shape shape;
};

struct sim_fleet {
	struct sim_tree trees[SIM_MODELS_MAX];
	uint32_t tree_count;
	struct sim_device *devices;
	uint32_t device_count;
	uint32_t first_address;
	uint64_t truth_count; /* how often the truth was asked for */
};

/* Errors: ERR_USAGE (unknown model, addresses outside 127.0.0.0/8), ERR_MEMORY, ERR_DATA. Release with sim_fleet_deinit. */
enum err sim_fleet_init(struct sim_fleet *fleet, const struct sim_fleet_options *options, struct err_info *info) MUST_CHECK;
void sim_fleet_deinit(struct sim_fleet *fleet);

/* The device at an address (host byte order); NULL when there is none. */
struct sim_device *sim_fleet_find(const struct sim_fleet *fleet, uint32_t address) MUST_CHECK;

/* Gives all devices of the target a fault; returns how many they are. */
uint32_t sim_fleet_set_fault(struct sim_fleet *fleet, const struct sim_target *target, const struct sim_fault *fault,
			     const struct sim_moment *now);

/*
 * One JSON object per device and line: what is true, whatever the device says, and how its own counter comes about:
 * counter = (counter_base + floor((energy_j - counter_from_j) / counter_step_j)) mod 2^counter_bits.
 * Also how it was polled: `polls` so far, and the longest time between two of them since the last truth (gap_max_ms).
 */
void sim_fleet_add_truth(struct sim_fleet *fleet, const struct sim_moment *now, struct buf *out);

#endif
