/* SPDX-License-Identifier: Apache-2.0 */
/* read_priv: columns back into structs. */
#ifndef WATTLEDGER_LEDGER_READ_PRIV_H
#define WATTLEDGER_LEDGER_READ_PRIV_H

#include "ledger/record.h"
#include "model/interval.h"

#include <sqlite3.h>
#include <stdint.h>

struct plan_factor;

/* The eleven additive columns from `column` on, and the evidence that follows them. slot_start_s of `out` is set already. */
void read_interval_sums(sqlite3_stmt *statement, int column, struct interval *out);

/* The eleven additive columns, slot_ms and rev_count of a roll-up. */
void read_rollup(sqlite3_stmt *statement, int column, struct ledger_sum *out);

/* to += add, stopping at the ends of 64 bits. */
void read_add_sum(struct ledger_sum *to, const struct ledger_sum *add);

/* An interval row as a sum. */
struct ledger_sum read_interval_as_sum(const struct interval *interval);

/* A row of SQL_INTERVALS or SQL_INTERVALS_OF. */
void read_interval(sqlite3_stmt *statement, struct interval *out);

/* A row of SQL_FACTORS. */
void read_factor(sqlite3_stmt *statement, struct plan_factor *out);

/* A row of SQL_REGISTER. Texts are borrowed until the next step. */
void read_register(sqlite3_stmt *statement, struct ledger_register_row *row);

#endif
