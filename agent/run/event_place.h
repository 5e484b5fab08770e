/* SPDX-License-Identifier: Apache-2.0 */
/* event_place: an event of the ledger and where it happened, as people and programs are told it. */
#ifndef WATTLEDGER_RUN_EVENT_PLACE_H
#define WATTLEDGER_RUN_EVENT_PLACE_H

#include "base/buf.h"
#include "base/json.h"
#include "ledger/rows.h"
#include "report/register.h"

/* "error", "warning", "notice", "info", "debug". */
const char *event_place_level_name(int level) MUST_CHECK;

/* "2026-10-05T00:00:00Z"; without a wall clock "boot 1a2b3c4d + 17 s". */
void event_place_add_time(struct buf *out, const struct ledger_event_row *event);

/* One object of "events": [...]. */
void event_place_add_json(struct json *json, const struct ledger_event_row *event, const struct report_place *place);

#endif
