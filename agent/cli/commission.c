/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commission.h"

#include "base/clock.h"

#include <math.h>

/* How far apart two readings of the same thing may be, and what is too small to be compared. */
#define COMMISSION_PHASES_SHARE 0.02
#define COMMISSION_PRODUCT_SHARE 0.05
#define COMMISSION_PACE_SHARE 0.05
#define COMMISSION_POWER_MIN_W 20.0
#define COMMISSION_FREQUENCY_MIN_HZ 45.0
#define COMMISSION_FREQUENCY_MAX_HZ 65.0
/* A counter that has made fewer steps tells its pace too coarsely. */
#define COMMISSION_STEPS_MIN 40

static bool get(const struct gather_meter *meter, enum quantity quantity, double *value)
{
	const struct gather_reading *reading = gather_find(meter, quantity);

	return reading != NULL && gather_value(meter, &reading->last, value);
}

static bool is_near(double a, double b, double share)
{
	double larger = fabs(a) > fabs(b) ? fabs(a) : fabs(b);

	return fabs(a - b) <= share * larger + 1.0;
}

/* The three phases of a meter that stand below the total. */
static unsigned check_phases(struct buf *out, const struct gather_device *device, enum quantity quantity, const char *word)
{
	double sum = 0.0;
	double total = 0.0;
	unsigned seen = 0;
	bool has_total = false;

	for (size_t i = 0; i < device->meter_count; i++) {
		const struct gather_meter *meter = &device->meter[i];
		double value;

		if (!get(meter, quantity, &value))
			continue;
		if (meter->info.role == ROLE_TOTAL) {
			total = value;
			has_total = true;
		} else if (meter->info.phase >= 1 && (seen & 1u << meter->info.phase) == 0) {
			seen |= 1u << meter->info.phase;
			sum += value;
		}
	}
	if (!has_total || seen != 0xE || fabs(total) < COMMISSION_POWER_MIN_W)
		return 0;
	if (!is_near(sum, total, COMMISSION_PHASES_SHARE))
		buf_add_format(out, "the phases' %s (%.1f) does not add up to the total (%.1f): wrong register, word order or wiring?\n",
			       word, sum, total);
	return 1;
}

static unsigned check_product(struct buf *out, const struct gather_meter *meter)
{
	double power_w;
	double volts;
	double amperes;
	double factor = 1.0;
	double product_w;

	if (!get(meter, QUANTITY_POWER, &power_w) || !get(meter, QUANTITY_VOLTAGE, &volts) || !get(meter, QUANTITY_CURRENT, &amperes) ||
	    !get(meter, QUANTITY_POWER_FACTOR, &factor))
		return 0;
	product_w = fabs(volts * amperes * factor);
	/* A total's current is a sum or a mean, its voltage one of line to line or neutral: phases and single-phase meters tell alone. */
	if (fabs(power_w) < COMMISSION_POWER_MIN_W || (meter->info.phase == 0 && meter->info.role != ROLE_TOTAL))
		return 0;
	if (is_near(product_w, fabs(power_w), COMMISSION_PRODUCT_SHARE))
		return 1;
	if (meter->info.phase == 0 && (is_near(product_w * 3, fabs(power_w), COMMISSION_PRODUCT_SHARE) ||
				       is_near(product_w * sqrt(3.0), fabs(power_w), COMMISSION_PRODUCT_SHARE)))
		return 1;
	buf_add_format(out, "%s: %.1f V x %.2f A x %.3f is %.0f W, the meter says %.0f W: wrong scale, register or transformer ratio?\n",
		       meter->info.key, volts, amperes, factor, product_w, power_w);
	return 1;
}

static unsigned check_frequency(struct buf *out, const struct gather_meter *meter)
{
	double hertz;

	if (!get(meter, QUANTITY_FREQUENCY, &hertz))
		return 0;
	if (hertz < COMMISSION_FREQUENCY_MIN_HZ || hertz > COMMISSION_FREQUENCY_MAX_HZ)
		buf_add_format(out, "%s: %.2f Hz is no mains: wrong scale or register?\n", meter->info.key, hertz);
	return 1;
}

static unsigned check_pace(struct buf *out, const struct gather_meter *meter)
{
	const struct gather_reading *energy = gather_find(meter, QUANTITY_ENERGY);
	const struct gather_reading *power = gather_find(meter, QUANTITY_POWER);
	double first_j;
	double last_j;
	double mean_w;
	double elapsed_s;

	if (energy == NULL || power == NULL || energy->count < 2 || power->count < 2 || energy->last.raw < energy->first.raw ||
	    energy->last.raw - energy->first.raw < COMMISSION_STEPS_MIN)
		return 0;
	elapsed_s = (double)(energy->last.boot_ns - energy->first.boot_ns) / (double)CLOCK_NS_PER_S;
	if (elapsed_s <= 0.0 || !gather_value(meter, &energy->first, &first_j) || !gather_value(meter, &energy->last, &last_j))
		return 0;
	mean_w = (power->first.value + power->last.value) / 2;
	if (mean_w >= COMMISSION_POWER_MIN_W && !is_near((last_j - first_j) / elapsed_s, mean_w, COMMISSION_PACE_SHARE))
		buf_add_format(
		    out, "%s: the counter goes at %.0f W, the meter says %.0f W: wrong scale of one of them, or a transformer ratio?\n",
		    meter->info.key, (last_j - first_j) / elapsed_s, mean_w);
	return 1;
}

unsigned commission_check(struct buf *out, const struct gather_device *device)
{
	unsigned compared = check_phases(out, device, QUANTITY_POWER, "power");

	for (size_t i = 0; i < device->meter_count; i++) {
		const struct gather_meter *meter = &device->meter[i];

		if (!meter->is_announced)
			continue;
		compared += check_product(out, meter);
		compared += check_frequency(out, meter);
		compared += check_pace(out, meter);
	}
	return compared;
}
