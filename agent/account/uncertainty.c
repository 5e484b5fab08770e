/* SPDX-License-Identifier: Apache-2.0 */
#include "account/uncertainty.h"

#include "base/num.h"

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
#define SAMPLING_U 0.01 /* power integrated from readings some seconds apart, of which no more is known */

#define DIRECT_LIMIT 0.10 /* of annual factors, expanded */
#define LIFECYCLE_LIMIT 0.15

/* TOLD_MAX: 100 % in hundredths of a per cent. */
enum { SPREAD_SLOTS_MIN = 10, TOLD_DECIMALS = 2, TOLD_MAX = 10000 };

static const struct accuracy {
	const char *name;
	double limit;
} ACCURACY[] = {
    {"0.1", 0.001}, {"0.1S", 0.001}, {"0.2", 0.002}, {"0.2S", 0.002}, {"0.5", 0.005}, {"0.5S", 0.005}, {"1", 0.01},
    {"1.5", 0.015}, {"2", 0.02},     {"3", 0.03},    {"5", 0.05},     {"A", 0.02},    {"B", 0.01},     {"C", 0.005},
};

double account_uncertainty_class_limit(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(ACCURACY) / sizeof(ACCURACY[0]); i++) {
		if (strcmp(ACCURACY[i].name, name) == 0)
			return ACCURACY[i].limit;
	}
	return 0;
}

static bool is_source(const struct uncertainty_meter *meter, const char *name)
{
	return meter->source != NULL && strcmp(meter->source, name) == 0;
}

/* What the device makes up no class makes better; and that of its meter says nothing of a processor's own estimate. */
bool account_uncertainty_has_class(const struct uncertainty_meter *meter)
{
	return meter->caliber != CALIBER_STATIC && meter->caliber != CALIBER_ESTIMATED && !meter->is_component &&
	       account_uncertainty_class_limit(meter->meter_class) > 0;
}

static double of_reading(const struct uncertainty_meter *meter)
{
	if (account_uncertainty_has_class(meter))
		return account_uncertainty_class_limit(meter->meter_class) / SQRT_3;
	if (is_source(meter, "ipmi"))
		return fmax(DCMI_LIMIT, meter->power_w > 0 ? DCMI_LIMIT_W / meter->power_w : 0) / SQRT_3;
	return is_source(meter, "modbus") ? METER_LIMIT / SQRT_3 : SENSOR_U;
}

/* Nobody says that a panel meter is connected directly, so it is not. */
static double of_transformer(const struct uncertainty_meter *meter)
{
	double limit = account_uncertainty_class_limit(meter->ct_class);

	if (limit > 0)
		return limit / SQRT_3;
	if (meter->ct_class != NULL && strcmp(meter->ct_class, "none") == 0)
		return 0;
	return is_source(meter, "modbus") ? CT_LIMIT / SQRT_3 : 0;
}

/* Volts and amperes are each as sure as a reading of their source; relative uncertainties of a product add in quadrature (GUM 5.1.6). */
static double of_instrument(const struct uncertainty_meter *meter)
{
	double u = of_reading(meter);

	if (meter->caliber == CALIBER_STATIC)
		return STATIC_U;
	if (meter->caliber == CALIBER_ESTIMATED)
		return ESTIMATED_U;
	if (meter->is_component)
		return COMPONENT_U;
	return account_uncertainty_join(meter->is_product ? account_uncertainty_join(u, u) : u, of_transformer(meter));
}

void account_uncertainty_add_slot(struct uncertainty_spread *spread, int64_t energy_millij, int64_t covered_ms)
{
	double power_w;
	double step_w;

	if (covered_ms <= 0)
		return;
	power_w = (double)energy_millij / (double)covered_ms;
	step_w = power_w - spread->mean_w;
	spread->count++;
	spread->mean_w += step_w / (double)spread->count;
	spread->squares_w2 += step_w * (power_w - spread->mean_w);
}

double account_uncertainty_sampling(const struct uncertainty_spread *spread)
{
	double count = (double)spread->count;

	if (spread->count < SPREAD_SLOTS_MIN || spread->mean_w <= 0)
		return SAMPLING_U;
	return fmin(sqrt(spread->squares_w2 / (count - 1) / count) / spread->mean_w, 1.0);
}

double account_uncertainty_energy(const struct uncertainty_meter *meter)
{
	double u = account_uncertainty_join(of_instrument(meter), meter->has_counter ? 0 : account_uncertainty_sampling(&meter->spread));

	return account_uncertainty_join(u, meter->estimated_ratio * GAP_U);
}

bool account_uncertainty_parse_pct(const char *text, double *ratio)
{
	int64_t hundredths;

	if (!num_parse_fixed(text, TOLD_DECIMALS, &hundredths) || hundredths <= 0 || hundredths > TOLD_MAX)
		return false;
	*ratio = (double)hundredths / TOLD_MAX / UNCERTAINTY_K;
	return true;
}

enum uncertainty_told account_uncertainty_told(const char *method, double *ratio)
{
	const char *mark = strstr(method, UNCERTAINTY_TOLD_MARK);
	char number[NUM_TEXT_BYTES];
	const char *end;
	size_t bytes;

	if (mark == NULL)
		return UNCERTAINTY_UNTOLD;
	mark += strlen(UNCERTAINTY_TOLD_MARK);
	end = strstr(mark, " %");
	bytes = end == NULL ? 0 : (size_t)(end - mark);
	if (bytes == 0 || bytes >= sizeof(number) || strcmp(end, " %") != 0)
		return UNCERTAINTY_TOLD_BADLY;
	memcpy(number, mark, bytes);
	number[bytes] = '\0';
	return account_uncertainty_parse_pct(number, ratio) ? UNCERTAINTY_TOLD : UNCERTAINTY_TOLD_BADLY;
}

double account_uncertainty_factor(enum factor_basis basis)
{
	return (basis == FACTOR_DIRECT ? DIRECT_LIMIT : LIFECYCLE_LIMIT) / UNCERTAINTY_K;
}

double account_uncertainty_join(double a_ratio, double b_ratio)
{
	return sqrt(a_ratio * a_ratio + b_ratio * b_ratio);
}

const char *account_uncertainty_tier(double expanded_ratio)
{
	return expanded_ratio <= 0.05 ? "High" : expanded_ratio <= 0.15 ? "Good" : expanded_ratio <= 0.30 ? "Fair" : "Poor";
}
