/* SPDX-License-Identifier: Apache-2.0 */
/* verify: proves that the ledger agrees with itself. Reads everything: minutes on a large one. */
#ifndef WATTLEDGER_LEDGER_VERIFY_H
#define WATTLEDGER_LEDGER_VERIFY_H

#include "base/err.h"

#include <stdint.h>

struct ledger;

/* Rows that disagree; all zero in a sound ledger. */
struct ledger_verdict {
	uint64_t interval_count;  /* rows looked at */
	uint64_t hours_wrong;     /* (hour, meter) whose roll-up is not the sum of its intervals, or is there without any, or missing */
	uint64_t days_wrong;      /* the same by local day */
	uint64_t meters_unknown;  /* rows of a meter that the register does not have */
	uint64_t registers_wrong; /* meters or devices with overlapping, or more than one open, register rows */
	uint64_t pages_wrong;     /* messages of SQLite's own integrity check */
};

/* ERR_DATA with the first disagreement when there is any (out is filled then too); ERR_IO. */
enum err ledger_verify(struct ledger *ledger, struct ledger_verdict *out, struct err_info *info) MUST_CHECK;

#endif
