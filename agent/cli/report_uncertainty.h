/* SPDX-License-Identifier: Apache-2.0 */
/* report_uncertainty: what `report` says of how sure its figures are. */
#ifndef WATTLEDGER_CLI_REPORT_UNCERTAINTY_H
#define WATTLEDGER_CLI_REPORT_UNCERTAINTY_H

#include "base/json.h"
#include "report/totals.h"
#include "report/uncertainty.h"

/*
 * report_totals_make() down to meters, and how sure each row is: one a row, yours: mem_free(). Whether a counter was read is what the register says
 * of the meter, and integrated power has the default for its sampling: its slots, which an export reads, are not read here. Errors:
 * report_totals_make()'s. On error nothing needs to be freed.
 */
enum err report_uncertainty_totals(struct report_totals *totals, struct report_uncertainty **out, struct ledger *ledger,
				   const struct report_request *request, struct err_info *info) MUST_CHECK;

/* Takes off the rows below `level`, of both. */
void report_uncertainty_cut(struct report_totals *totals, struct report_uncertainty *all, enum report_level level);

/* A line, of the row `total`; nothing without energy. */
void report_uncertainty_print(const struct report_uncertainty *all);

/* The member "uncertainty" of a row; null when there is no such figure. */
void report_uncertainty_add_json(struct json *json, const struct report_uncertainty *row);

#endif
