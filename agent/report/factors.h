/* SPDX-License-Identifier: Apache-2.0 */
/* factors: the grid factors that the ledger kept, and which of them applies to a zone and a year. */
#ifndef WATTLEDGER_REPORT_FACTORS_H
#define WATTLEDGER_REPORT_FACTORS_H

#include "account/factor.h"
#include "base/err.h"
#include "wire/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/* Both arrays have `count` items in the same order; of one zone, year and basis the newest edition stands first. */
struct report_factors {
	struct plan_factor *row;
	struct account_factor *by_rule; /* what account_factor_find() looks at */
	size_t count;
	size_t capacity;
	bool *is_used; /* set by report_factors_find() */
};

/* Errors: those of the ledger, ERR_MEMORY, ERR_DATA (a basis that is not known). On error *out needs no deinit. */
enum err report_factors_load(struct report_factors *out, struct ledger *ledger, struct err_info *info) MUST_CHECK;
void report_factors_deinit(struct report_factors *factors);

/* The factor of `zone` for calendar year `year` by account_factor_find(); false when there is none. Marks it as used. */
bool report_factors_find(const struct report_factors *factors, const char *zone, int32_t year, struct factor_choice *out);

#endif
