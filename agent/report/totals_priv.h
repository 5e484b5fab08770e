/* SPDX-License-Identifier: Apache-2.0 */
/* totals_priv: the parts of one site, of which all rows of totals are sums. For agent/report/totals*.c only. */
#ifndef WATTLEDGER_REPORT_TOTALS_PRIV_H
#define WATTLEDGER_REPORT_TOTALS_PRIV_H

#include "report/totals.h"

enum { REPORT_ROWS_MAX = 100000000 };

struct report_parts {
	struct report_total *row;
	size_t count;
	size_t capacity;
	const struct report_register *reg;
	const struct report_site *site;
	int64_t piece_start_s; /* of the calendar year that is asked for */
	size_t late_count;
	int64_t late_millij;
};

/* Energy, emissions and all else of each part of parts->site, by device, meter, start. Errors: the ledger's, ERR_MEMORY, ERR_LIMIT. */
enum err report_parts_make(struct report_parts *parts, struct ledger *ledger, struct report_totals *totals,
			   struct err_info *info) MUST_CHECK;

#endif
