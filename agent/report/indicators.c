/* SPDX-License-Identifier: Apache-2.0 */
#include "report/indicators.h"

#include "base/num.h"
#include "model/units.h"

enum { YEAR_DAYS = 365 };

#define MICRO INT64_C(1000000)

bool report_indicators_is_year(int64_t start_s, int64_t end_s)
{
	int64_t days = (end_s - start_s + UNITS_S_PER_DAY / 2) / UNITS_S_PER_DAY;

	return days == YEAR_DAYS || days == YEAR_DAYS + 1;
}

int report_indicators_category(enum point point)
{
	return point == POINT_UPS_OUT ? 1 : point == POINT_PDU_OUT ? 2 : point == POINT_IT_IN ? 3 : 0;
}

/* A meter is wrong where IT has more than the site. */
static bool is_it_known(const struct report_indicators *indicators)
{
	return indicators->has_it && indicators->it_millij > 0 &&
	       (!indicators->has_site || indicators->it_millij <= indicators->site_millij);
}

bool report_indicators_pue(const struct report_indicators *indicators, int64_t *micro)
{
	if (!indicators->has_site || !is_it_known(indicators))
		return false;
	*micro = num_muldiv_half_even(indicators->site_millij, MICRO, indicators->it_millij);
	return true;
}

bool report_indicators_cue(const struct report_indicators *indicators, int64_t *micro_kg_per_kwh)
{
	int64_t pue;

	if (!report_indicators_pue(indicators, &pue) || !indicators->has_mg)
		return false;
	/* mg over mJ: 3.6e9 mJ in a kWh, and a milligram is a millionth of a kilogram. */
	*micro_kg_per_kwh = num_muldiv_half_even(indicators->mg, UNITS_MILLIJ_PER_KWH, indicators->it_millij);
	return true;
}

bool report_indicators_ref(const struct report_indicators *indicators, int64_t *micro)
{
	if (!indicators->has_site || indicators->has_instruments)
		return false;
	*micro = num_muldiv_half_even(indicators->pv_millij, MICRO, indicators->site_millij);
	return true;
}

bool report_indicators_see(const struct report_indicators *indicators, int64_t *micro)
{
	if (!indicators->has_site || !indicators->has_telecom || indicators->telecom_millij > indicators->site_millij)
		return false;
	*micro = num_muldiv_half_even(indicators->telecom_millij, MICRO, indicators->site_millij);
	return true;
}

bool report_indicators_wue(const struct report_indicators *indicators, int64_t *micro_l_per_kwh)
{
	if (!indicators->has_water || !is_it_known(indicators))
		return false;
	*micro_l_per_kwh = num_muldiv_half_even(indicators->water_micro_l, UNITS_MILLIJ_PER_KWH, indicators->it_millij);
	return true;
}

bool report_indicators_erf(const struct report_indicators *indicators, int64_t *micro)
{
	if (!indicators->has_reused || !indicators->has_site || indicators->reused_millij > indicators->site_millij)
		return false;
	*micro = num_muldiv_half_even(indicators->reused_millij, MICRO, indicators->site_millij);
	return true;
}

bool report_indicators_is_any(const struct report_indicators *indicators)
{
	return indicators->it_point != POINT_OTHER || indicators->has_telecom || indicators->has_water || indicators->has_reused;
}
