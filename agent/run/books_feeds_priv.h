/* SPDX-License-Identifier: Apache-2.0 */
/*
 * books_feeds_priv: how much of what feeds it a source explains now: a server's BMC of its outlets, its processors of the BMC. By the newest
 * powers; report/feeds.h does it by the energy of a period. Nothing of it is booked.
 */
#ifndef WATTLEDGER_RUN_BOOKS_FEEDS_PRIV_H
#define WATTLEDGER_RUN_BOOKS_FEEDS_PRIV_H

#include "base/json.h"
#include "settings/id_index.h"

#include <stdint.h>

struct books;
struct books_device;

/* The devices by their ids, for as long as the plan stays; empty when none is fed by anything, or there is no memory. id_index_deinit() it. */
void books_feeds_init(struct id_index *ids, const struct books *books);

/*
 * Adds "feeds": null, or {"fed_by" (as the configuration has it), "power_w" of all its feeds, "explained_pct", "is_component" (what is inside a
 * box explains a part of it by nature)}. A feed whose reading is older than three intervals, or is not there, makes both numbers null.
 */
void books_add_feeds(const struct books *books, const struct id_index *ids, const struct books_device *device, struct json *json,
		     int64_t now_boot_ns);

#endif
