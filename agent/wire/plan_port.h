/* SPDX-License-Identifier: Apache-2.0 */
/* plan_port: where the ports of a device stand in the network, as the configuration says. */
#ifndef WATTLEDGER_WIRE_PLAN_PORT_H
#define WATTLEDGER_WIRE_PLAN_PORT_H

#include "model/meter.h"

enum { PLAN_PORTS_MAX = 100000, PLAN_PORT_BYTES = METER_NAME_BYTES };

/* Ports whose key or name fits. */
struct plan_port {
	enum ref ref;
	char pattern[PLAN_PORT_BYTES]; /* as a shell matches file names, "if/ge-0/0/?" (fnmatch(3), without flags) */
};

#endif
