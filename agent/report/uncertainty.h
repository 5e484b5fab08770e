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

#include "account/uncertainty.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct report_totals;

/* Where a figure comes from: bits, since a row may have several. */
enum report_uncertainty_basis { REPORT_UNCERTAINTY_TOLD = 1 << 0, REPORT_UNCERTAINTY_DEFAULT = 1 << 1 };

/* Relative, k = 1, of a row. */
struct report_uncertainty {
	bool has_energy; /* there is energy, and of all its meters in it something is known */
	bool has_total;  /* and emissions */
	double energy_ratio;
	double factor_ratio;
	double total_ratio;
	unsigned factor_basis; /* told: by the table; default: by kind of factor */
	unsigned energy_basis; /* told: by the classes of meters that are configured; default: by kind of source */
};

/* How the energy of a meter's row came about. */
struct report_reading {
	bool has_counter;                 /* a counter was read; else power was integrated */
	struct uncertainty_spread spread; /* of its slots, as they were first booked */
};

/* One a row of totals, in their order; so `reading`, of rows of meters. Yours: mem_free(). ERR_MEMORY. */
enum err report_uncertainty_make(struct report_uncertainty **out, const struct report_totals *totals, const struct report_reading *reading,
				 struct err_info *info) MUST_CHECK;

/*
 * Where figures of a row with energy come from, as in totals.csv: "class", of factors "table"; "default"; "mixed", of some this, of others that.
 * And the tier of its emissions, of its energy where there are none. Static.
 */
const char *report_uncertainty_energy_basis(const struct report_uncertainty *row) MUST_CHECK;
const char *report_uncertainty_factor_basis(const struct report_uncertainty *row) MUST_CHECK;
const char *report_uncertainty_tier(const struct report_uncertainty *row) MUST_CHECK;

/* "18.14": of a relative standard uncertainty, expanded, in per cent. */
void report_uncertainty_add_pct(struct buf *out, double ratio);

/* A row with energy in words, a sentence: its figures at 95 %, where they come from, its tier. */
void report_uncertainty_add_words(struct buf *out, const struct report_uncertainty *row);

#endif
