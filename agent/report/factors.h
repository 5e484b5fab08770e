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

/* Puts rows that were filled in by hand in order, and makes by_rule and is_used. Errors: ERR_MEMORY, ERR_DATA. */
enum err report_factors_index(struct report_factors *factors, struct err_info *info) MUST_CHECK;
void report_factors_deinit(struct report_factors *factors);

/* Marks the row that is `factor` as used; nothing when there is none. */
void report_factors_use(const struct report_factors *factors, const struct plan_factor *factor);

/* A choice of them. Zero-initialised it is empty. */
struct report_factor_set {
	struct account_factor *rule;
	size_t *factor_idx; /* of each rule, in the report_factors that it was made from */
	size_t count;
	size_t capacity;
	size_t idx_capacity;
};

/* Adds the row of `factors` that is `factor` (its zone, year, basis, edition and table). ERR_DATA: there is none; ERR_MEMORY. */
enum err report_factor_set_add(struct report_factor_set *set, const struct report_factors *factors, const struct plan_factor *factor,
			       struct err_info *info) MUST_CHECK;

/* Adds all rows but other editions by the publishers of `edition`. ERR_USAGE: no factor of that edition is known; ERR_MEMORY. */
enum err report_factor_set_add_edition(struct report_factor_set *set, const struct report_factors *factors, const char *edition,
				       struct err_info *info) MUST_CHECK;
void report_factor_set_deinit(struct report_factor_set *set);

/*
 * The factor of `zone` for calendar year `year` by account_factor_find(), among all or those of `set` (NULL: all); false when there is none.
 * Marks it as used.
 */
bool report_factors_find(const struct report_factors *factors, const struct report_factor_set *set, const char *zone, int32_t year,
			 struct factor_choice *out);

/* The same among those of the basis of `wanted` alone (FACTOR_BASIS_COUNT: direct or lifecycle), for its zone and year. */
bool report_factors_find_like(const struct report_factors *factors, const struct report_factor_set *set,
			      const struct account_factor *wanted, struct factor_choice *out);

#endif
