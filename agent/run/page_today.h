/* SPDX-License-Identifier: Apache-2.0 */
/* page_today: what the ledger says of today, as JSON for the status page. */
#ifndef WATTLEDGER_RUN_PAGE_TODAY_H
#define WATTLEDGER_RUN_PAGE_TODAY_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Adds a document of schema wattledger.today/1: "sites" and "devices" with energy_kwh, location_kg and coverage_pct of today, each site's
 * day in its own zone (null: unknown), and "events": the newest 50 of the last 24 hours, newest last. Only closed slots are in it. Errors:
 * those of ledger_open_readonly() and of the queries; what was added then means nothing.
 */
enum err page_today_write(struct buf *out, const char *ledger_path, struct err_info *info) MUST_CHECK;

#endif
