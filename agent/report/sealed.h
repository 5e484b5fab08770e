/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed: the statement that a site's period was closed with, if it was: which factors it used and which interval rows came afterwards, so that
 * the sealed figures can be shown, and computed again, for ever.
 */
#ifndef WATTLEDGER_REPORT_SEALED_H
#define WATTLEDGER_REPORT_SEALED_H

#include "base/err.h"
#include "model/period.h"
#include "report/factors.h"
#include "report/stated.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

enum { REPORT_CODE_BYTES = 32, REPORT_LABEL_BYTES = 64, REPORT_TEXT_BYTES = 256 };

/* The newest statement of a site and span. statement_id 0: the period is not sealed, and the rest means nothing. */
struct report_sealed {
	int64_t statement_id;
	int32_t revision;
	int64_t sealed_utc_ms;
	char reason_code[REPORT_CODE_BYTES];
	char author[REPORT_TEXT_BYTES];
	char reason[REPORT_TEXT_BYTES];
	bool has_energy;
	int64_t energy_millij;
	bool has_location;
	int64_t location_mg;
	bool has_previous; /* revision > 0: what it supersedes */
	bool has_previous_energy;
	bool has_previous_location;
	int64_t previous_energy_millij;
	int64_t previous_location_mg;
	struct report_stated stated; /* of the site, like the figures above */
	struct report_stated previous_stated;
	struct report_factor_set factors; /* the only ones that it may use */
	size_t late_count;                /* rows of energy that came after it and are not in it */
	int64_t late_millij;              /* of meters that count in the site's total */
};

/* Errors: the ledger's, ERR_MEMORY. Yours: report_sealed_deinit(). */
enum err report_sealed_load(struct report_sealed *out, struct ledger *ledger, uint32_t site_id, const struct period_span *span,
			    const struct report_factors *factors, struct err_info *info) MUST_CHECK;
void report_sealed_deinit(struct report_sealed *sealed);

#endif
