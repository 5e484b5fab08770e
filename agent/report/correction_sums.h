/* SPDX-License-Identifier: Apache-2.0 */
/*
 * correction_sums: the total of a device that is the sum of its meters was booked with what these said then. A corrected ratio of one of them does
 * not move it: it takes a correction of its own.
 */
#ifndef WATTLEDGER_REPORT_CORRECTION_SUMS_H
#define WATTLEDGER_REPORT_CORRECTION_SUMS_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

struct ledger;
struct ledger_entry;

/*
 * Before or after entry[0..count) are entered: adds, for each such sum that none of them corrects in that time, a warning with the row that
 * would. Errors: the ledger's, ERR_MEMORY.
 */
enum err report_correction_add_sums(struct ledger *ledger, const struct ledger_entry *entry, size_t count, struct buf *out,
				    struct err_info *info) MUST_CHECK;

#endif
