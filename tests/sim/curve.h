/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curve: a rate that is known exactly at every time, r(t) = B + A sin(2 pi t / T), and its integral from 0 to t,
 * B t + A T / (2 pi) (1 - cos(2 pi t / T)). In W it gives J, in bytes per second it gives bytes.
 */
#ifndef WATTLEDGER_SIM_CURVE_H
#define WATTLEDGER_SIM_CURVE_H

#include <stdint.h>

struct sim_curve {
	double base_per_s;
	double amplitude_per_s; /* 0 .. base, so that the rate never is negative */
	double period_s;        /* > 0 */
};

/* Shapes of the rate over time. */
enum sim_shape {
	SIM_SHAPE_DAY,  /* one turn in 24 hours, a quarter of the base up and down */
	SIM_SHAPE_FAST, /* one turn in 60 to 180 s, the same height */
	SIM_SHAPE_FLAT, /* constant */
};

/* A whole number of units per second in [low, high], chosen by `seed` alone. */
struct sim_curve sim_curve_make(enum sim_shape shape, uint32_t low_per_s, uint32_t high_per_s, uint64_t seed)
    __attribute__((warn_unused_result));

/* Rate at time t_s >= 0, in units per second. */
double sim_curve_rate(const struct sim_curve *curve, double t_s) __attribute__((warn_unused_result));

/* What has flowed from time 0 to time t_s >= 0, in units. */
double sim_curve_integral(const struct sim_curve *curve, double t_s) __attribute__((warn_unused_result));

/* A well-mixed number from a seed (splitmix64, Steele, Lea, Flood 2014): the only randomness of the simulators. */
uint64_t sim_mix(uint64_t seed) __attribute__((warn_unused_result));

#endif
