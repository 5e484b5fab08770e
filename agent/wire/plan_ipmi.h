/* SPDX-License-Identifier: Apache-2.0 */
/* plan_ipmi: what the ipmi collector reads: BMCs over the network (RMCP+) or through a device file of this host. */
#ifndef WATTLEDGER_WIRE_PLAN_IPMI_H
#define WATTLEDGER_WIRE_PLAN_IPMI_H

#include "wire/plan.h"

/* Each has a process and a session of its own. */
enum { PLAN_IPMI_DEVICES_MAX = 1000, PLAN_HOST_BYTES = 256 };

/* IPMI v2.0 rev. 1.1: user names 22.28, passwords 22.30. */
enum { PLAN_IPMI_USER_BYTES_MAX = 16, PLAN_IPMI_PASSWORD_BYTES_MAX = 20 };

/* The rights that are asked for, with the numbers of IPMI (table 6-1). */
enum ipmi_privilege { IPMI_PRIVILEGE_USER = 2, IPMI_PRIVILEGE_OPERATOR = 3, IPMI_PRIVILEGE_ADMIN = 4 };

struct plan_ipmi_device {
	char id[PLAN_ID_BYTES];
	char path[PLAN_NAME_BYTES]; /* "/dev/ipmi0": of this host; "" over the network */
	char host[PLAN_HOST_BYTES]; /* name or address, without brackets; "" of this host */
	uint16_t port;              /* 623; 0 of this host */
	char user[PLAN_NAME_BYTES];
	char password[PLAN_NAME_BYTES];
	uint8_t privilege;    /* enum ipmi_privilege */
	uint32_t timeout_ms;  /* of one request, with its repetitions: 100 .. 60,000 */
	uint32_t deadline_ms; /* of a whole read: who misses it is ended; 100 .. 3,600,000 */
	uint32_t interval_ms; /* 100 .. 3,600,000; a configuration has at least 10 s */
};

struct plan_ipmi {
	struct plan_ipmi_device *device;
	size_t device_count;
};

/* As the whole plans in plan.h; deinit wipes the passwords too. */
enum err plan_ipmi_encode(const struct plan_ipmi *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_ipmi_decode(struct plan_ipmi *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;
void plan_ipmi_deinit(struct plan_ipmi *plan);

#endif
