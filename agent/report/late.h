/* SPDX-License-Identifier: Apache-2.0 */
/* late: the interval rows that came after a site's period was sealed, and are therefore no part of it, while all rows are walked in order. */
#ifndef WATTLEDGER_REPORT_LATE_H
#define WATTLEDGER_REPORT_LATE_H

#include "base/err.h"
#include "model/interval.h"
#include "report/register.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/* The key of an interval row. */
struct report_late_key {
	int64_t slot_start_s;
	uint32_t meter_id;
	int32_t rev;
};

/* Zero-initialised it is empty. Keys in the order of the intervals. */
struct report_late {
	struct report_late_key *key;
	size_t count;
	size_t capacity;
	size_t at;
};

/* Adds those of a site; none when its period is not sealed. Errors: the ledger's, ERR_MEMORY. */
enum err report_late_add(struct report_late *late, struct ledger *ledger, const struct report_site *site, struct err_info *info) MUST_CHECK;

/* Forgets all, and keeps the memory; frees it. */
void report_late_clear(struct report_late *late);
void report_late_deinit(struct report_late *late);

/* Before a walk over the rows: puts the keys into their order. */
void report_late_begin(struct report_late *late);

/* Whether a row is late. Rows have to be asked for in order of slot, meter, rev. */
bool report_late_has(struct report_late *late, uint32_t meter_id, const struct interval *interval) MUST_CHECK;

#endif
