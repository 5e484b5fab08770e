/* SPDX-License-Identifier: Apache-2.0 */
#include "account/store.h"

#include "base/num.h"

int32_t account_store_eta_ppm(int64_t round_trip_micro)
{
	int32_t low = 1;
	int32_t high = ACCOUNT_STORE_PPM;

	if (round_trip_micro <= 0 || round_trip_micro > ACCOUNT_STORE_PPM)
		return ACCOUNT_STORE_ETA_PPM;
	while (low < high) {
		int32_t middle = high - (high - low) / 2;

		if ((int64_t)middle * middle <= round_trip_micro * ACCOUNT_STORE_PPM)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

void account_store_charge(struct account_store *store, int64_t in_millij, int64_t in_mg, int32_t eta_ppm)
{
	if (in_millij > 0)
		store->millij += num_muldiv_half_even(in_millij, eta_ppm, ACCOUNT_STORE_PPM);
	if (in_mg > 0)
		store->mg += in_mg;
}

int64_t account_store_discharge(struct account_store *store, int64_t out_millij, int32_t eta_ppm)
{
	int64_t gone_millij = out_millij <= 0 ? 0 : num_muldiv_half_even(out_millij, ACCOUNT_STORE_PPM, eta_ppm);
	int64_t gone_mg;

	if (gone_millij <= 0)
		return 0;
	if (gone_millij > store->millij)
		gone_millij = store->millij;
	/* The last of the energy takes the last of the carbon. */
	gone_mg = gone_millij == store->millij ? store->mg : num_muldiv_half_even(gone_millij, store->mg, store->millij);
	store->millij -= gone_millij;
	store->mg -= gone_mg;
	return gone_mg;
}
