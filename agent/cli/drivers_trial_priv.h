/* SPDX-License-Identifier: Apache-2.0 */
/* drivers_trial_priv: a trial, and what of it differs from protocol to protocol; for drivers_trial*.c. */
#ifndef WATTLEDGER_CLI_DRIVERS_TRIAL_PRIV_H
#define WATTLEDGER_CLI_DRIVERS_TRIAL_PRIV_H

#include "cli/gather.h"
#include "cli/simulator.h"
#include "cli/target.h"
#include "run/spawn.h"
#include "settings/driver.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The recording is read twice: as a device whose driver has to be recognised, and as one that is this driver's in any case. */
enum { AS_FOUND, AS_TOLD, READ_COUNT };

struct trial {
	struct driver_any driver;
	struct targets targets;
	struct gather gather;
	pid_t simulator;
};

/* What a driver says of itself. */
struct trial_words {
	const char *name;
	const char *vendor;
	const char *family;
	bool has_rules; /* without any it is never recognised: it is named */
};

/* What differs from protocol to protocol. */
struct trial_kind {
	const char *simulator;
	const char *argument[SPAWN_ARGS_MAX]; /* of the simulator, behind --recording FILE */
	enum plan_kind plan;
	/* Writes the target under which the simulator answers. */
	void (*print_target)(const struct simulator_ready *ready, char *out, size_t out_bytes);
	/* Gives the plan the one driver, and the second device as its. */
	void (*set_driver)(struct trial *trial);
	enum err (*encode)(const struct targets *targets, struct buf *out, struct err_info *info);
	void (*print_missing)(const struct trial *trial);
	struct trial_words (*words)(const struct driver_any *driver);
};

/* That of the trial's driver, once it is loaded. */
const struct trial_kind *drivers_trial_kind(const struct trial *trial) MUST_CHECK;

#endif
