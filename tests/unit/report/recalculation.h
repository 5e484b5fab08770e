/* SPDX-License-Identifier: Apache-2.0 */
/* recalculation: a package of a test's books, and what both recalculations say of it. */
#ifndef WATTLEDGER_TESTS_UNIT_REPORT_RECALCULATION_H
#define WATTLEDGER_TESTS_UNIT_REPORT_RECALCULATION_H

#include "base/buf.h"
#include "report/books.h"

#include <stdbool.h>

/* Exports all levels of a period, as on 1 December 2026, into a new folder. */
void recalculation_export(struct books_fixture *books, const char *out_dir, const char *period);

/* Whether verify and Python's recalculation find nothing; findings gets what the first found. Without Python the first decides. */
bool recalculation_check(struct books_fixture *books, const char *out_dir, struct buf *findings);

/* Replaces the first `from` of totals.csv of "package" by `to`, of the same length. */
void recalculation_tamper(struct books_fixture *books, const char *out_dir, const char *from, const char *to);

#endif
