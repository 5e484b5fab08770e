/* SPDX-License-Identifier: Apache-2.0 */
/* account/carbon: emissions of an amount of energy. One integer division per row, half to even, so that anyone can recompute it. Pure. */
#ifndef WATTLEDGER_ACCOUNT_CARBON_H
#define WATTLEDGER_ACCOUNT_CARBON_H

#include "base/err.h"

#include <stdint.h>

/*
 * Milligrams CO2e of `millij` at `microg_per_kwh` (>= 0): millij x microg_per_kwh / (3.6e9 mJ/kWh x 1000 microg/mg), half to even.
 * Signed: a revision that takes energy back takes back emissions; each row, rev 0 or not, has its own division and totals are sums
 * of rows. Saturates at the ends of int64_t. Location-based method, GHG Protocol Scope 2 Guidance (2015), section 6.
 */
int64_t account_carbon_mg(int64_t millij, int64_t microg_per_kwh) MUST_CHECK;

/*
 * Energy that is lost on the way while `millij` arrive: millij x L / (1 - L), half to even, L = `loss_micropct` (0 to 95e6) millionths of a per
 * cent of what is fed in (GHG Protocol Scope 3 Standard, 2011, category 3 C).
 */
int64_t account_carbon_lost_millij(int64_t millij, int64_t loss_micropct) MUST_CHECK;

/* g/kWh for display. */
double account_carbon_g_per_kwh(int64_t microg_per_kwh) MUST_CHECK;

#endif
