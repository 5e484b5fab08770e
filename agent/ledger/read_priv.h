/* SPDX-License-Identifier: Apache-2.0 */
/* read_priv: columns back into the structs of the model. */
#ifndef WATTLEDGER_LEDGER_READ_PRIV_H
#define WATTLEDGER_LEDGER_READ_PRIV_H

#include "ledger/batch.h"
#include "ledger/query.h"
#include "model/interval.h"

#include <sqlite3.h>
#include <stdint.h>

/* The eleven additive columns from `column` on, and the evidence that follows them. slot_start_s of `out` is set already. */
void read_interval_sums(sqlite3_stmt *statement, int column, struct interval *out);

/* The eleven additive columns, slot_ms and rev_count of a roll-up. */
void read_rollup(sqlite3_stmt *statement, int column, struct ledger_sum *out);

/* to += add, stopping at the ends of 64 bits. */
void read_add_sum(struct ledger_sum *to, const struct ledger_sum *add);

/* An interval row as a sum. */
struct ledger_sum read_interval_as_sum(const struct interval *interval);

#endif
