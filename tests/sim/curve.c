/* SPDX-License-Identifier: Apache-2.0 */
#include "curve.h"

#include <math.h>

#define DAY_S 86400.0
#define FAST_MIN_S 60
#define FAST_SPAN_S 121
#define TWO_PI (2.0 * M_PI)

/* Height of the wave as a share of the base: far enough from 1 that the rate stays well above zero. */
#define WAVE_SHARE 0.25

uint64_t sim_mix(uint64_t seed)
{
	uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

struct sim_curve sim_curve_make(enum sim_shape shape, uint32_t low_per_s, uint32_t high_per_s, uint64_t seed)
{
	uint64_t span = (uint64_t)high_per_s - low_per_s + 1;
	double base = (double)(low_per_s + sim_mix(seed) % span);
	struct sim_curve curve = {.base_per_s = base, .amplitude_per_s = floor(base * WAVE_SHARE), .period_s = DAY_S};

	if (shape == SIM_SHAPE_FAST)
		curve.period_s = (double)(FAST_MIN_S + sim_mix(~seed) % FAST_SPAN_S);
	if (shape == SIM_SHAPE_FLAT)
		curve.amplitude_per_s = 0;
	return curve;
}

double sim_curve_rate(const struct sim_curve *curve, double t_s)
{
	return curve->base_per_s + curve->amplitude_per_s * sin(TWO_PI * t_s / curve->period_s);
}

double sim_curve_integral(const struct sim_curve *curve, double t_s)
{
	double wave = curve->amplitude_per_s * curve->period_s / TWO_PI;

	return curve->base_per_s * t_s + wave * (1.0 - cos(TWO_PI * t_s / curve->period_s));
}
