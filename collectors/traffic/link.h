/* SPDX-License-Identifier: Apache-2.0 */
/* link: the kernel's own counters of an interface, by rtnetlink (rtnetlink(7)): 64 bits, no loss under load, no right needed. */
#ifndef WATTLEDGER_TRAFFIC_LINK_H
#define WATTLEDGER_TRAFFIC_LINK_H

#include "base/err.h"
#include "wire/plan_traffic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct c_traffic_link_state {
	uint32_t index;                  /* of the interface: never given again while the machine is up */
	char name[PLAN_INTERFACE_BYTES]; /* as it is called now */
	uint32_t mtu;
	bool is_up;
	bool is_running;  /* and the other end too */
	bool is_loopback; /* its counters leave the head of the link out */
	uint64_t rx_bytes;
	uint64_t tx_bytes;
};

/* A socket for the questions below; < 0: none, with errno. */
int c_traffic_link_open(void) MUST_CHECK;

/*
 * Asks for an interface by its name, or by its index when `name` is "". ERR_UNAVAILABLE: there is none. ERR_IO: the kernel does not answer.
 * ERR_DATA: its answer is not understood. *out is untouched on error.
 */
enum err c_traffic_link_query(int fd, const char *name, uint32_t index, struct c_traffic_link_state *out, struct err_info *info) MUST_CHECK;

/* The answer's message alone (struct nlmsghdr and what follows), `bytes` long. ERR_DATA. */
enum err c_traffic_link_read(const void *message, size_t bytes, struct c_traffic_link_state *out, struct err_info *info) MUST_CHECK;

#endif
