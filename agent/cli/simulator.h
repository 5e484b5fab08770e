/* SPDX-License-Identifier: Apache-2.0 */
/* simulator: the programs that play devices on loopback, started as children. */
#ifndef WATTLEDGER_CLI_SIMULATOR_H
#define WATTLEDGER_CLI_SIMULATOR_H

#include "base/err.h"

#include <stdint.h>
#include <sys/types.h>

struct spawn_request;

/* What it says when it is ready. */
struct simulator_ready {
	uint16_t port;         /* on which it answers */
	uint8_t recorded_unit; /* wattledger-sim-modbus: the first unit of its recording, 0 none */
};

/*
 * Starts what `request` says (its standard output and death signal are set here) and waits until it is ready. *pid is the child's, 0 when
 * nothing was started. Errors: ERR_IO, ERR_UNAVAILABLE (it ended, or does not get ready), ERR_DATA (it tells no port, where `ready` is wanted: not NULL).
 */
enum err simulator_start(pid_t *pid, struct spawn_request *request, struct simulator_ready *ready, struct err_info *info) MUST_CHECK;

/* Ends it and waits for it; 0: there is nothing to end. */
void simulator_stop(pid_t pid);

#endif
