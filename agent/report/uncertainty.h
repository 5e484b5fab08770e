/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uncertainty: how sure each row of totals is. Correlation decides (METHODS section 8):
 *
 *   energy    meters of one device share an instrument, and a meter in two stretches of time is one meter: their errors add up as they are.
 *             Devices are independent: in quadrature
 *   factors   of one publisher (so of one zone too) add up as they are, those of several publishers in quadrature
 */
#ifndef WATTLEDGER_REPORT_UNCERTAINTY_H
#define WATTLEDGER_REPORT_UNCERTAINTY_H

#include "base/err.h"

#include <stdbool.h>

struct report_totals;

/* Relative, k = 1, of a row. */
struct report_uncertainty {
	bool has_energy; /* there is energy, and of all its meters in it something is known */
	bool has_total;  /* and emissions */
	double energy_ratio;
	double factor_ratio;
	double total_ratio;
};

/*
 * One a row of totals, in their order. Yours: mem_free(). has_counter: one a row, of meters, whether a counter was read; else power was
 * integrated. ERR_MEMORY.
 */
enum err report_uncertainty_make(struct report_uncertainty **out, const struct report_totals *totals, const bool *has_counter,
				 struct err_info *info) MUST_CHECK;

#endif
