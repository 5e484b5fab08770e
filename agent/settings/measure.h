/* SPDX-License-Identifier: Apache-2.0 */
/* measure: numbers with a unit, as people write them in config and driver files, into SI. Exact where a counter depends on it. */
#ifndef WATTLEDGER_SETTINGS_MEASURE_H
#define WATTLEDGER_SETTINGS_MEASURE_H

#include "base/err.h"
#include "model/quantity.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One step of a device's number: "0.1 kWh", "W", "1/100 kW", "0.01 V". The result is a fraction in lowest terms of thousandths of the
 * quantity's SI unit: 0.1 kWh = 360000000/1 (mJ), 0.01 V = 10/1, 1/3 A = 1000/3. false when the text is no positive step, has more than
 * 9 decimals, its unit is none of the quantity's, or the fraction overflows.
 */
bool measure_parse_step(const char *text, enum quantity quantity, int64_t *num, int64_t *den) MUST_CHECK;

/* A plain decimal > 0 ("1000", "0.001") times num/den, in lowest terms. */
bool measure_scale(const char *factor, int64_t *num, int64_t *den) MUST_CHECK;

/* The units of a quantity, joined by ", ", for messages; "" when it has none. Static. */
const char *measure_units(enum quantity quantity) MUST_CHECK;

/* "7.4 kW", "500W", "7400" (watts) -> W, 0..1e9. */
bool measure_parse_power_w(const char *text, double *power_w) MUST_CHECK;

/* "20MB", "1.5 GiB", "4096" -> bytes; kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024. */
bool measure_parse_bytes(const char *text, uint64_t *bytes) MUST_CHECK;

#endif
