/* SPDX-License-Identifier: Apache-2.0 */
#include "account/carbon.h"

#include "base/num.h"
#include "model/units.h"

#define WHOLE_MICROPCT INT64_C(100000000)

int64_t account_carbon_mg(int64_t millij, int64_t microg_per_kwh)
{
	return num_muldiv_half_even(millij, microg_per_kwh, UNITS_MILLIJ_PER_KWH * UNITS_MICROG_PER_MG);
}

int64_t account_carbon_lost_millij(int64_t millij, int64_t loss_micropct)
{
	return num_muldiv_half_even(millij, loss_micropct, WHOLE_MICROPCT - loss_micropct);
}

double account_carbon_g_per_kwh(int64_t microg_per_kwh)
{
	return (double)microg_per_kwh / (double)UNITS_MICROG_PER_G;
}
