/* SPDX-License-Identifier: Apache-2.0 */
/* seal_priv: the text of statements, shared by the seal, the export and the verification. For agent/report only. */
#ifndef WATTLEDGER_REPORT_SEAL_PRIV_H
#define WATTLEDGER_REPORT_SEAL_PRIV_H

#include "base/buf.h"
#include "ledger/statement.h"
#include "report/export_priv.h"
#include "report/seal.h"

#include <stddef.h>
#include <stdint.h>

#define SEAL_STATEMENTS_FILE "statements.csv"
#define SEAL_ROWS_FILE "statement_rows.csv"
/* In the last REPORT_STATED_COUNT cells of its rows: the statement is of a version that did not state that. */
#define SEAL_UNSTATED "unstated"

/* The columns of statements.csv, with the two digests at their end; of statement_rows.csv the first SEAL_NAMING_COUNT name the statement. */
enum { SEAL_LINE_COUNT = 13, SEAL_STATEMENT_COUNT = 15, SEAL_NAMING_COUNT = 4 };
extern const char *const SEAL_STATEMENT_COLUMNS[SEAL_STATEMENT_COUNT];

/* The columns of statement_rows.csv; *count of them. */
const char *const *seal_row_columns(size_t *count) MUST_CHECK;

/* Adds a row of totals as a body holds it, with its end of line. */
void seal_add_body_row(struct buf *out, const struct export_row *cells);

/* A figure of a statement; has false: it is not known, and its value means nothing. */
struct seal_figure {
	bool has;
	int64_t value;
};

/* Whether it moved by more than SEAL_SIGNIFICANT_PCT, or is known now and was not, or the other way round. */
bool seal_is_significant(struct seal_figure before, struct seal_figure after) MUST_CHECK;

/* Adds "+75.00 %"; "n/a" where one of both is not known. */
void seal_add_change(struct buf *out, struct seal_figure before, struct seal_figure after);

/* Tells of a statement that was made; `before` is the one that it supersedes (statement_id 0: none). */
void seal_tell_statement(struct buf *out, const struct report_site *site, const struct report_sealed *before,
			 const struct ledger_statement *row);

/* Adds a statement's line. */
void seal_add_line(struct buf *out, const char *site, const struct ledger_statement *row, const uint8_t body_sha256[static 32]);

#endif
