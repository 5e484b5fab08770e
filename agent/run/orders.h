/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orders: what commands may have written into the ledger: seal, restate, entries. Carried out by core's commit thread, or, when no agent runs, by the
 * command itself under the writer lock. The same code either way.
 *
 *   seal     PERIOD SITE AUTHOR ACCEPT [AGAIN]                     SITE "": all sites; ACCEPT "": undecided gaps are not accepted; with AGAIN
 *                                                                  what is sealed already is no error
 *   restate  PERIOD SITE AUTHOR CODE NOTE EDITION [FACTOR...]      EDITION "": the newest; FACTOR: orders_add_factor()'s fields
 *   correct  PERIOD SITE AUTHOR CODE NOTE [METER FROM TO WHAT VALUE AUTHOR NOTE]...   enters corrections and restates, both or none
 *   enter    KIND AUTHOR REASON [NODE FROM TO WHAT VALUE UNIT NOTE]...
 *   void     ENTRY_ID AUTHOR REASON
 */
#ifndef WATTLEDGER_RUN_ORDERS_H
#define WATTLEDGER_RUN_ORDERS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;
struct plan_factor;

/* The columns of a file of corrections, and the fields of one in an order. */
enum { ORDERS_CORRECT_COUNT = 7 };
extern const char *const ORDERS_CORRECT_COLUMNS[ORDERS_CORRECT_COUNT];

/* Adds a factor's fields to an order. */
void orders_add_factor(struct buf *out, const struct plan_factor *factor);

/* true when the line (its verb) is one of these orders. */
bool orders_is_one(const char *line) MUST_CHECK;

/*
 * Carries out the order in `line` (changed) on a writing ledger; what was done is added to `out`, for people. Errors: ERR_DATA, ERR_USAGE for an
 * order that makes no sense or is refused; the ledger's.
 */
enum err orders_run(struct ledger *ledger, char *line, int64_t now_utc_ms, bool is_clock_untrusted, struct buf *out,
		    struct err_info *info) MUST_CHECK;

#endif
