/* SPDX-License-Identifier: Apache-2.0 */
/* verify_factor_priv: the annual factors of a package, as factors.csv has them. For agent/report/verify*.c only. */
#ifndef WATTLEDGER_REPORT_VERIFY_FACTOR_PRIV_H
#define WATTLEDGER_REPORT_VERIFY_FACTOR_PRIV_H

#include "account/factor.h"
#include "base/err.h"

#include <stdint.h>

struct verification;

/* Texts are owned. */
struct verify_factor {
	char *zone;
	char *edition;
	char *table;
	enum factor_basis basis;
	int64_t year;
	int64_t microg_per_kwh; /* losses: millionths of a per cent */
};

/* The index in verification->factor of a totals row's factor, direct or lifecycle; -1: factors.csv does not have it. `year` is text. */
int64_t verify_find_factor(const struct verification *verification, const char *zone, const char *year, const char *edition,
			   const char *table) MUST_CHECK;

/* The same of one basis (FACTOR_BASIS_COUNT: direct or lifecycle). Texts are cells, borrowed. */
struct verify_factor_wish {
	enum factor_basis basis;
	const char *zone;
	const char *year;
	const char *edition; /* NULL: any */
	const char *table;
};
int64_t verify_find_factor_like(const struct verification *verification, const struct verify_factor_wish *wish) MUST_CHECK;

#endif
