/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent: one SNMP request in, one reply out (RFC 3416 for v2c; RFC 1157 with the rules of RFC 3584 for v1). Pure: no socket, no
 * clock. A device's fault decides whether the reply is right.
 */
#ifndef WATTLEDGER_SIM_AGENT_H
#define WATTLEDGER_SIM_AGENT_H

#include "device.h"

#include <stddef.h>
#include <stdint.h>

enum {
	SIM_VARBINDS_MAX = 128,
	SIM_COMMUNITY_BYTES = 64,
	SIM_REPLY_BYTES_DEFAULT = 1472, /* what an Ethernet frame carries */
	SIM_MESSAGE_BYTES_MAX = 65000,
};

struct sim_agent {
	char community[SIM_COMMUNITY_BYTES];
	size_t reply_bytes_max; /* larger replies become tooBig, or a shorter GETBULK answer */
};

/* What to do with a reply. */
struct sim_reply {
	size_t bytes; /* 0: nothing is sent */
	uint32_t delay_ms;
	uint32_t copies;
};

/*
 * Answers `request` (request_bytes bytes) as `device` at `now`; writes to out[0 .. SIM_MESSAGE_BYTES_MAX). Malformed requests and a
 * wrong community are met with silence. Counts in device->request_count and reply_count.
 */
void sim_agent_answer(const struct sim_agent *agent, struct sim_device *device, const struct sim_moment *now, struct ber_in request,
		      uint8_t *out, struct sim_reply *reply);

#endif
