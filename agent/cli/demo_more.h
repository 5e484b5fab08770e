/* SPDX-License-Identifier: Apache-2.0 */
/* demo_more: what a demo simulates beside its SNMP devices: a Modbus meter, and a BMC where ipmi_sim is installed. */
#ifndef WATTLEDGER_CLI_DEMO_MORE_H
#define WATTLEDGER_CLI_DEMO_MORE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum { DEMO_MORE_COUNT = 2, DEMO_MORE_PATH_BYTES = 1024 };

/* The simulators; 0: not started. Zero-initialise. */
struct demo_more {
	pid_t pid[DEMO_MORE_COUNT];
	char drivers_dir[DEMO_MORE_PATH_BYTES]; /* a driver that the configuration needs; "" none */
};

/*
 * Starts what this build and this machine have, with their files below `folder`, and adds their devices to `config`. What there is not is
 * said on standard error. `since`: when the meter's simulated time began (UTC), which then has the curve of a day; NULL: now. Errors: ERR_IO, ERR_UNAVAILABLE, ERR_MEMORY.
 */
enum err demo_more_start(struct demo_more *more, const char *folder, const char *since, struct buf *config, struct err_info *info) MUST_CHECK;

/* Whether the Modbus meter was started. */
bool demo_more_has_meter(const struct demo_more *more) MUST_CHECK;

/* Ends them. */
void demo_more_stop(const struct demo_more *more);

#endif
