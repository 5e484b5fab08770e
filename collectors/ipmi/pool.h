/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pool: the workers, one process a BMC, started when its first read is due and kept with its session. At most C_IPMI_READS_MAX reads run
 * at a time, the others wait in their order. A read that misses its deadline costs its worker, which is killed; the next read starts a new
 * one. Passwords lie in memory that is neither inherited by the workers nor dumped.
 */
#ifndef WATTLEDGER_IPMI_POOL_H
#define WATTLEDGER_IPMI_POOL_H

#include "base/err.h"
#include "ipmi/report.h"
#include "wire/plan_ipmi.h"

#include <stdint.h>

enum { C_IPMI_READS_MAX = 64 };

struct c_ipmi_pool;

/* Called for each read that ended, also when its worker did: the report tells which. Borrowed. */
typedef void c_ipmi_pool_take(void *context, uint32_t device, const struct c_ipmi_report *report);

/* Copies the devices. NULL with *info when out of memory or descriptors. */
struct c_ipmi_pool *c_ipmi_pool_new(const struct plan_ipmi *plan, struct err_info *info) MUST_CHECK;

/* Lets the workers close their sessions, for a second at most, then kills the rest. Returns NULL. */
struct c_ipmi_pool *c_ipmi_pool_free(struct c_ipmi_pool *pool);

/* A read of that device is wanted; none of it may be running or waiting. */
void c_ipmi_pool_read(struct c_ipmi_pool *pool, uint32_t device);

/* Starts what waits, takes what came, ends what is late at boot time `now_ns`. Returns when it wants to be called again at the latest. */
int64_t c_ipmi_pool_service(struct c_ipmi_pool *pool, int64_t now_ns, c_ipmi_pool_take *take, void *context) MUST_CHECK;

/* One descriptor that is readable when a worker has something to say. */
int c_ipmi_pool_fd(const struct c_ipmi_pool *pool) MUST_CHECK;

#endif
