/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dictionary: what the columns of a package's files are: name, unit, meaning, and when they are n/a. The headers of the files are made of it,
 * so that it cannot say anything else than they do; those of totals.csv and of the statements are compared with it by a test.
 */
#ifndef WATTLEDGER_REPORT_DICTIONARY_H
#define WATTLEDGER_REPORT_DICTIONARY_H

#include "base/err.h"
#include "report/sheet.h"

#include <stddef.h>

#define DICTIONARY_FILE "dictionary.csv"

/* sheet_open() with the columns that the dictionary has for `name`. */
enum err dictionary_open_sheet(struct sheet **out, const char *dir, const char *name, struct err_info *info) MUST_CHECK;

/* Adds a row for each column of each file. Errors: sheet_end_row()'s. */
enum err dictionary_add_rows(struct sheet *sheet, struct err_info *info) MUST_CHECK;

#endif
