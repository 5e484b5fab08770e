/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/cfe: carbon-free energy matched hour by hour (24/7 CFE). Pure.
 *
 *   score = sum of (V_h + min(C_h, G_h)) / sum of (V_h + S_h + G_h)        over the hours of a period
 *
 * V is what the site's own PV made and did not send to the grid, S what generating sets made, G what came from the grid; C what instruments that
 * convey no emissions (0 g/kWh) have of that hour. What an hour has too much of is lost: it does not carry over. The carbon-free share of the
 * grid itself is not counted. Sources: Google, "24/7 Carbon-Free Energy: Methodologies and Metrics" (2021), of which this is the contracted part;
 * the hour as the longest span of an instrument: EnergyTag, Granular Certificate Scheme Standard.
 */
#ifndef WATTLEDGER_ACCOUNT_CFE_H
#define WATTLEDGER_ACCOUNT_CFE_H

#include <stddef.h>
#include <stdint.h>

/* Energy of an hour, each at least 0; less is taken for 0. */
struct account_cfe_hour {
	int64_t grid_millij;
	int64_t genset_millij;
	int64_t pv_millij;
	int64_t out_millij; /* that went to the grid */
};

/* What an instrument has of an hour. */
struct account_cfe_claim {
	int64_t millij; /* at least 0 */
	int64_t microg_per_kwh;
};

/* Sum of hours. Zero-initialised it is of none. */
struct account_cfe {
	int64_t load_millij;       /* all that was used */
	int64_t free_millij;       /* of it, carbon-free: PV and instruments */
	int64_t instrument_millij; /* of it, what instruments have */
	int64_t instrument_mg;     /* CO2e of that: one division, half to even, an instrument and hour */
	int64_t hour_count;        /* in which anything was used */
	int64_t free_hour_count;   /* of them, in which all was carbon-free */
};

/* Adds an hour; claims take from the grid's energy in their order, until nothing is left. */
void account_cfe_add(struct account_cfe *sum, const struct account_cfe_hour *hour, const struct account_cfe_claim *claim, size_t count);

/* Adds a sum to another. */
void account_cfe_sum(struct account_cfe *sum, const struct account_cfe *part);

#endif
