/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter_pool: descriptions of meters, each kept once however many meters it describes: the outlets of a hundred PDUs of one model, or the one
 * meter of a thousand devices, say the same of themselves. Descriptions are not changed; another one is taken in their place.
 */
#ifndef WATTLEDGER_RUN_METER_POOL_H
#define WATTLEDGER_RUN_METER_POOL_H

#include "base/err.h"
#include "model/meter.h"

#include <stddef.h>

struct meter_pool;

/* Empty, with one owner. NULL: no memory. */
struct meter_pool *meter_pool_new(void) MUST_CHECK;
/* One owner more; returns `pool`. */
struct meter_pool *meter_pool_share(struct meter_pool *pool) MUST_CHECK;
/* One owner less; freed with the last, who has given back all that was taken. NULL is allowed. Returns NULL. */
struct meter_pool *meter_pool_drop(struct meter_pool *pool);

/* The pool's copy of `info`; yours until it is given back, as often as it was taken. NULL: no memory. */
const struct meter_info *meter_pool_take(struct meter_pool *pool, const struct meter_info *info) MUST_CHECK;
/* NULL is allowed. Returns NULL. */
const struct meter_info *meter_pool_give_back(struct meter_pool *pool, const struct meter_info *info);

/* How many different ones there are. */
size_t meter_pool_count(const struct meter_pool *pool) MUST_CHECK;

#endif
