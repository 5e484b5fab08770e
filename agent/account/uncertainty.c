/* SPDX-License-Identifier: Apache-2.0 */
#include "account/uncertainty.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* A limit of +-a, anywhere within it as likely: u = a / sqrt(3) (GUM 4.3.7). */
#define SQRT_3 1.7320508075688772

/* METHODS section 7, "ours" where no standard gives a figure. */
#define STATIC_U 0.30    /* nameplate or table */
#define ESTIMATED_U 0.20 /* the device estimates; and what we estimate for a gap */
#define COMPONENT_U 0.05 /* RAPL, on its own scope */
#define SENSOR_U 0.05    /* SNMP power supply and outlet sensors, and what nobody says anything of */
#define DCMI_LIMIT 0.05  /* server power: +-5 % of the reading, never better than +-10 W (ENERGY STAR servers) */
#define DCMI_LIMIT_W 10.0
#define METER_LIMIT 0.02 /* a panel meter of class 2, behind a current transformer of class 1 */
#define CT_LIMIT 0.01
#define GAP_U 0.30      /* G3 to G6 */
#define SAMPLING_U 0.01 /* power integrated from readings some seconds apart */

static double of_reading(const struct uncertainty_meter *meter)
{
	const char *source = meter->source == NULL ? "" : meter->source;

	if (meter->caliber == CALIBER_STATIC)
		return STATIC_U;
	if (meter->caliber == CALIBER_ESTIMATED)
		return ESTIMATED_U;
	if (meter->is_component)
		return COMPONENT_U;
	if (strcmp(source, "ipmi") == 0)
		return fmax(DCMI_LIMIT, meter->power_w > 0 ? DCMI_LIMIT_W / meter->power_w : 0) / SQRT_3;
	if (strcmp(source, "modbus") == 0)
		return account_uncertainty_join(METER_LIMIT, CT_LIMIT) / SQRT_3;
	return SENSOR_U;
}

/* Volts and amperes are each as sure as a reading of their source; relative uncertainties of a product add in quadrature (GUM 5.1.6). */
static double of_instrument(const struct uncertainty_meter *meter)
{
	double u = of_reading(meter);

	return meter->is_product && meter->caliber == CALIBER_ACTUAL ? account_uncertainty_join(u, u) : u;
}

double account_uncertainty_energy(const struct uncertainty_meter *meter)
{
	double u = account_uncertainty_join(of_instrument(meter), meter->has_counter ? 0 : SAMPLING_U);

	return account_uncertainty_join(u, meter->estimated_ratio * GAP_U);
}

double account_uncertainty_factor(void)
{
	return 0.075;
}

double account_uncertainty_join(double a_ratio, double b_ratio)
{
	return sqrt(a_ratio * a_ratio + b_ratio * b_ratio);
}

const char *account_uncertainty_tier(double expanded_ratio)
{
	return expanded_ratio <= 0.05 ? "High" : expanded_ratio <= 0.15 ? "Good" : expanded_ratio <= 0.30 ? "Fair" : "Poor";
}
