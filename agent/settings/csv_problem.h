/* SPDX-License-Identifier: Apache-2.0 */
/* csv_problem: what the CSV reader has to say, as a problem with its place. */
#ifndef WATTLEDGER_SETTINGS_CSV_PROBLEM_H
#define WATTLEDGER_SETTINGS_CSV_PROBLEM_H

#include "settings/problems.h"

#include <stdint.h>

/* csv_next() tells "NAME:LINE:COL: what" in its text, where NAME is that of `file`; the place is taken out of it. */
void csv_problem_add(struct problems *problems, uint32_t file, const char *text);

#endif
