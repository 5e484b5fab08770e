/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/store: the carbon that a battery holds, so that what it gives back has the emissions of what it was charged with. Pure.
 *
 * On charge E_in with m: S += eta_c x E_in, C += m. On discharge E_out to the load: x = E_out / eta_d leaves the store and takes x x C / S with
 * it (average cost). S and C are never negative; where more leaves than is known to be there, all of C goes. Nothing of this is a line of an
 * inventory: emissions are booked where energy or fuel enters, and the battery's losses are inside them already.
 */
#ifndef WATTLEDGER_ACCOUNT_STORE_H
#define WATTLEDGER_ACCOUNT_STORE_H

#include "base/err.h"

#include <stdint.h>

/* Each way, in millionths: 0.95, of a lithium battery, 0.90 there and back. */
enum { ACCOUNT_STORE_ETA_PPM = 950000, ACCOUNT_STORE_PPM = 1000000 };

struct account_store {
	int64_t millij; /* S, >= 0 */
	int64_t mg;     /* C, >= 0 */
};

/* Efficiency each way, of which one there and back is known: its root, rounded down; 0: it is not known. 0.85 of a lead-acid one is 0.921954. */
int32_t account_store_eta_ppm(int64_t round_trip_micro) MUST_CHECK;

/* eta_ppm: efficiency of that way, 1..ACCOUNT_STORE_PPM. Energies and mg of at least 0; less is taken for 0. */
void account_store_charge(struct account_store *store, int64_t in_millij, int64_t in_mg, int32_t eta_ppm);

/* mg CO2e that leave with out_millij. */
int64_t account_store_discharge(struct account_store *store, int64_t out_millij, int32_t eta_ppm) MUST_CHECK;

#endif
