/* SPDX-License-Identifier: Apache-2.0 */
/* open_rows: the packs of open rows in the ledger's file. */
#ifndef WATTLEDGER_LEDGER_OPEN_ROWS_PRIV_H
#define WATTLEDGER_LEDGER_OPEN_ROWS_PRIV_H

#include "base/buf.h"
#include "base/err.h"
#include "ledger/open_pack_priv.h"

struct ledger;

/*
 * Within a transaction: puts the open rows of a batch (items of ledger_batch_add_open(), in any order; of two of a meter the later) into
 * their packs. ERR_DATA, and the fault that says so, when a pack that is there cannot be read.
 */
enum err open_rows_write(struct ledger *ledger, const struct buf *items, struct err_info *info) MUST_CHECK;

/* The rows that schema 3 had in a table of their own, into packs. Within the transaction of that step. */
enum err open_rows_migrate(struct ledger *ledger, struct err_info *info) MUST_CHECK;

/* Every row, by meter id. */
enum err open_rows_walk(struct ledger *ledger, ledger_open_fn *each, void *context, struct err_info *info) MUST_CHECK;

/* One meter's; row->state is borrowed until the next call. */
enum err open_rows_find(struct ledger *ledger, uint32_t meter_id, struct ledger_open_row *row, bool *is_found,
			struct err_info *info) MUST_CHECK;

#endif
