/* SPDX-License-Identifier: Apache-2.0 */
/* commit: the one transaction. Kill the process or the machine anywhere: all of a batch is there, or nothing of it. */
#ifndef WATTLEDGER_LEDGER_COMMIT_H
#define WATTLEDGER_LEDGER_COMMIT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_batch;

struct ledger_commit_report {
	bool is_outbox_left_out; /* the disk is full: the ledger part is booked, the batch still holds the outbox rows (in RAM they can be
	                              delivered: their energy is booked). ledger_batch_move_outbox() puts them into the next batch */
	size_t interval_count;   /* written */
	size_t outbox_count;     /* written */
	uint64_t wal_bytes;      /* size of the write-ahead log afterwards */
	bool was_reopened;       /* the connection was replaced and the file re-verified before this commit */
};

/*
 * Writes `batch` in one transaction and clears it. `report` may be NULL. An empty batch is nothing to do. On an error the batch is kept as
 * it is: pass it again, unchanged (its number is in the ledger when the failed try did get through, so nothing is booked twice). Errors,
 * with ledger_fault() telling the class:
 *   ERR_BUSY  a lock: try again soon     ERR_IO   I/O error or disk full: try again with back-off
 *   ERR_DATA  the file is damaged: close and open again, then pass the batch to the new ledger    ERR_MEMORY
 */
enum err ledger_commit(struct ledger *ledger, struct ledger_batch *batch, struct ledger_commit_report *report,
		       struct err_info *info) MUST_CHECK;

#endif
