/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal: closes a period with a statement of its totals, or supersedes a statement by another (a restatement). Works on the writing ledger:
 * core's, or that of a command that holds the writer lock.
 *
 *   row_sha256    of the statement's line: its cells in statements.csv up to body_sha256, as CSV, without the end of the line
 *   body_sha256   of its rows of statement_rows.csv behind the cells that name the statement, each with its end of line
 *   chain_sha256  of the chain_sha256 of the site's statement before (32 zero bytes for the first) and row_sha256, 64 bytes
 */
#ifndef WATTLEDGER_REPORT_SEAL_H
#define WATTLEDGER_REPORT_SEAL_H

#include "base/buf.h"
#include "base/err.h"
#include "report/register.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>

struct ledger;

enum { SEAL_TEXT_BYTES = 256, SEAL_ANSWER_BYTES_MAX = 1 << 20 };

/* A restatement that moves a figure by more is told as significant. METHODS: 5 % is common for base years (CDP guidance). */
enum { SEAL_SIGNIFICANT_PCT = 5 };

struct seal_request {
	struct report_request
	    report;         /* period, site, now; for a restatement: edition, and corrections that are pending: they are entered with it */
	const char *author; /* who answers for it; not empty */
	/*
	 * NULL: seal. Else restate: FACTOR_EDITION, METHOD, BOUNDARY, ERROR, LATE_DATA.
	 */
	const char *reason_code;
	const char *reason;               /* seal: why undecided gaps are accepted, "" they are not; restate: a note, not empty */
	bool is_sealed_fine;              /* seal: what is sealed already is no error; nothing is done then */
	bool is_clock_untrusted;          /* core's clock is not trusted now */
	const struct plan_factor *factor; /* to be known to the ledger beforehand: rows of another edition */
	size_t factor_count;
};

/* Whether restate knows a reason code. `list` (may be NULL) becomes all of them, for a message. Static. */
bool seal_is_reason(const char *code, const char **list) MUST_CHECK;

/*
 * Seals, or restates, the period of one site or of all: all or none. What was done is added to `out`, a line or more a site, for people.
 * Errors: report_totals_make()'s; ERR_DATA it is refused, and why: the period is not over, gaps are undecided, the clock is not trusted, it is
 * sealed already (seal) or not yet (restate), nothing changed (restate); the ledger's.
 */
enum err seal_make(struct ledger *ledger, const struct seal_request *request, struct buf *out, struct err_info *info) MUST_CHECK;

#endif
