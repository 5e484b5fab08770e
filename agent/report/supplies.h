/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supplies: the hours (report/supply.h) of all sites of a report that several sources feed. What a site's batteries held when a period began is found
 * month by month from the first that the ledger knows of them, each month by the rules of its own report, so a period begins with what the one
 * before ended with.
 */
#ifndef WATTLEDGER_REPORT_SUPPLIES_H
#define WATTLEDGER_REPORT_SUPPLIES_H

#include "base/err.h"
#include "report/supply.h"
#include "report/totals.h"

#include <stddef.h>

/* Zero-initialised it is empty. */
struct report_supplies {
	const struct report_totals *totals;
	struct report_supply **site; /* one a site of totals->reg, NULL where the grid alone feeds */
};

/* `totals` go down to meters, and are borrowed; `request` is theirs. Errors: report_totals_make()'s. To be deinitialised on error too. */
enum err report_supplies_make(struct report_supplies *out, struct ledger *ledger, const struct report_totals *totals,
			      const struct report_request *request, struct err_info *info) MUST_CHECK;
void report_supplies_deinit(struct report_supplies *supplies);

/* Of a site; NULL when there is none. Borrowed. */
const struct report_supply *report_supplies_find(const struct report_supplies *supplies, const struct report_site *site) MUST_CHECK;

#endif
