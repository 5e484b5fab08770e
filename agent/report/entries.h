/* SPDX-License-Identifier: Apache-2.0 */
/* entries: what may be entered by hand, and the check of it before it becomes a row of the ledger. */
#ifndef WATTLEDGER_REPORT_ENTRIES_H
#define WATTLEDGER_REPORT_ENTRIES_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_entry;

enum { ENTRIES_MAX = 1000, ENTRIES_DECIMALS = 6 };

/* The cells of one entry, as they were typed. */
enum entries_cell {
	ENTRIES_NODE = 0,
	ENTRIES_FROM,
	ENTRIES_TO,
	ENTRIES_WHAT,
	ENTRIES_VALUE,
	ENTRIES_UNIT,
	ENTRIES_NOTE,
	ENTRIES_CELL_COUNT
};

/* Their names, in that order: the header of a CSV file with entries. */
extern const char *const ENTRIES_CELL_NAMES[ENTRIES_CELL_COUNT];

struct entries_request {
	const char *kind; /* fuel, reading, invoice, instrument, asset, utility, correction */
	const char *author;
	const char *reason;
	int64_t now_utc_ms;
	char *const *cell; /* count x ENTRIES_CELL_COUNT */
	size_t count;
};

/*
 * Fills `entry` (request->count of them; their texts are the request's) without adding anything. Errors: entries_add()'s.
 */
enum err entries_check(struct ledger *ledger, const struct entries_request *request, struct ledger_entry *entry,
		       struct err_info *info) MUST_CHECK;

/*
 * Adds all or none. *first_id is the id of the first. What has to be done besides (a sum to correct, a period to restate) is added to `out`, for
 * people, a line each. Errors: ERR_DATA a kind, quantity, unit, number, instant or node that makes no sense (entry
 * and cell are named); the ledger's.
 */
enum err entries_add(struct ledger *ledger, const struct entries_request *request, int64_t *first_id, struct buf *out,
		     struct err_info *info) MUST_CHECK;

#endif
