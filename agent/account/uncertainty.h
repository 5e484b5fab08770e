/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uncertainty: how sure an amount is (GUM; METHODS sections 7 and 8). All are relative standard uncertainties (k = 1): 0.01 is 1 %. What a
 * meter's own class is nobody tells yet, so each kind of source has a default, on the safe side.
 */
#ifndef WATTLEDGER_ACCOUNT_UNCERTAINTY_H
#define WATTLEDGER_ACCOUNT_UNCERTAINTY_H

#include "model/meter.h"

#include <stdbool.h>

/* Coverage factor of what is printed: about 95 %. */
enum { UNCERTAINTY_K = 2 };

/* What is known of a meter and its energy. */
struct uncertainty_meter {
	const char *source; /* "snmp", "modbus", "ipmi", "rapl"; NULL, "" unknown */
	enum caliber caliber;
	bool is_component;      /* measures inside the box: its own scope, not what the box draws */
	bool is_product;        /* power is the product of two readings, each with an error of its own */
	bool has_counter;       /* else power was integrated */
	double power_w;         /* mean over the covered time; 0 unknown */
	double estimated_ratio; /* share of its energy that is estimated, 0 .. 1 */
};

/* Of the meter's energy: sqrt(meter^2 + CT^2 + sampling^2 + (share estimated x u of estimates)^2). */
double account_uncertainty_energy(const struct uncertainty_meter *meter) MUST_CHECK;

/* Of an annual factor: half of the expanded 15 % that METHODS section 8 takes for Ember's. */
double account_uncertainty_factor(void) MUST_CHECK;

/* sqrt(a_ratio^2 + b_ratio^2). */
double account_uncertainty_join(double a_ratio, double b_ratio) MUST_CHECK;

/* "High" (expanded at most 5 %), "Good" (15), "Fair" (30), "Poor": the ranking of the GHG Protocol's uncertainty tool, limits as METHODS section 8. */
const char *account_uncertainty_tier(double expanded_ratio) MUST_CHECK;

#endif
