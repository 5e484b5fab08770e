/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stale: what sealed periods say that is no longer so. A statement holds the entries that counted when it was sealed: one that was voided later stays
 * in it, and a certificate that is then entered again counts twice, until the period is restated.
 */
#ifndef WATTLEDGER_REPORT_STALE_H
#define WATTLEDGER_REPORT_STALE_H

#include "base/buf.h"

#include <stdint.h>

struct ledger;

/*
 * Adds a line, with the command that mends it, for each sealed period that holds a voided certificate which another entry uses. No errors: what is
 * told is advice on something that is done already. When the ledger cannot be read a line says so.
 */
void report_stale_add_twice(struct ledger *ledger, struct buf *out);

/* Likewise for each sealed period that holds an entry that is void. */
void report_stale_add_voided(struct ledger *ledger, int64_t entry_id, struct buf *out);

#endif
