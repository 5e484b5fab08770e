/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uncertainty: how sure an amount is (GUM; METHODS sections 7 and 8). All are relative standard uncertainties (k = 1): 0.01 is 1 %. A meter whose
 * class is configured has that of its class; else each kind of source has a default, on the safe side.
 */
#ifndef WATTLEDGER_ACCOUNT_UNCERTAINTY_H
#define WATTLEDGER_ACCOUNT_UNCERTAINTY_H

#include "account/factor.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stdint.h>

/* Coverage factor of what is printed: about 95 %. */
enum { UNCERTAINTY_K = 2 };

/*
 * Mean powers of the slots of one meter, while they are added (Welford's recurrence: order matters to the last bits alone). Zeroed it is empty.
 */
struct uncertainty_spread {
	uint64_t count;
	double mean_w;
	double squares_w2; /* sum of squared deviations from the mean, W^2 */
};

/* Energy of a slot that was read in time, and its time; nothing when there is no such time. */
void account_uncertainty_add_slot(struct uncertainty_spread *spread, int64_t energy_millij, int64_t covered_ms);

/* What is known of a meter and its energy. */
struct uncertainty_meter {
	const char *source; /* "snmp", "modbus", "ipmi", "rapl"; NULL, "" unknown */
	enum caliber caliber;
	bool is_component;                /* measures inside the box: its own scope, not what the box draws */
	bool is_product;                  /* power is the product of two readings, each with an error of its own */
	const char *meter_class;          /* accuracy class as in struct facts, "0.5S"; NULL, "" not said */
	const char *ct_class;             /* likewise; "none": it has no current transformers */
	bool has_counter;                 /* else power was integrated */
	struct uncertainty_spread spread; /* of integrated power; empty: not known */
	double power_w;                   /* mean over the covered time; 0 unknown */
	double estimated_ratio;           /* share of its energy that is estimated, 0 .. 1 */
};

/*
 * The limit of an accuracy class, as a ratio: 0.005 of "0.5S". IEC 62053-22 (0.1S, 0.2S, 0.5S), IEC 62053-21 (1, 2), EN 50470-3 (A 2 %, B 1 %,
 * C 0.5 %), ANSI C12.20 (0.1, 0.2, 0.5), IEC 61557-12 and IEC 61869-2 (the number in per cent). At small currents the standards allow more,
 * which is not taken into account. 0: there is no such class; NULL and "" are none.
 */
double account_uncertainty_class_limit(const char *name) MUST_CHECK;

/* Whether the meter's own class counts, and not a default of its source: it has one that is known, and reads what it tells. */
bool account_uncertainty_has_class(const struct uncertainty_meter *meter) MUST_CHECK;

/*
 * What integrating power from readings adds: sd(P) / sqrt(n_eff) / mean(P) (METHODS section 7), with n_eff by the method of batch means: mean
 * powers of slots are the batches, so that what one slot has to do with the next counts as far as slots differ: daily swings count as if they were
 * chance, which is on the safe side. With fewer than ten slots a standard deviation says little (GUM table E.1: 24 % of itself at ten): 1 % then. At most 1.
 */
double account_uncertainty_sampling(const struct uncertainty_spread *spread) MUST_CHECK;

/* Of the meter's energy: sqrt(meter^2 + CT^2 + sampling^2 + (share estimated x u of estimates)^2). */
double account_uncertainty_energy(const struct uncertainty_meter *meter) MUST_CHECK;

/* "8": per cent, expanded (k = 2), above 0, up to 100, at most 2 decimals. Into *ratio, k = 1; false: it is none. */
bool account_uncertainty_parse_pct(const char *text, double *ratio) MUST_CHECK;

#define UNCERTAINTY_TOLD_MARK "; uncertainty "
enum uncertainty_told { UNCERTAINTY_UNTOLD = 0, UNCERTAINTY_TOLD, UNCERTAINTY_TOLD_BADLY };

/* What a table says of a factor, at the end of the text of its method: "location-based average; uncertainty 8 %". With UNCERTAINTY_TOLD *ratio is set. */
enum uncertainty_told account_uncertainty_told(const char *method, double *ratio) MUST_CHECK;

/*
 * Of an annual factor of which nothing is told: half of an expanded 10 % for a direct one, national statistics of fuel burnt (IPCC, Revised 1996
 * Guidelines, Reporting Instructions, annex 1, table A1-1: 7 % of the amounts, 7 % of the fuels' factors), of 15 % for others (METHODS section 8, Ember's).
 */
double account_uncertainty_factor(enum factor_basis basis) MUST_CHECK;

/* sqrt(a_ratio^2 + b_ratio^2). */
double account_uncertainty_join(double a_ratio, double b_ratio) MUST_CHECK;

/* "High" (expanded at most 5 %), "Good" (15), "Fair" (30), "Poor": the ranking of the GHG Protocol's uncertainty tool, limits as METHODS section 8. */
const char *account_uncertainty_tier(double expanded_ratio) MUST_CHECK;

#endif
