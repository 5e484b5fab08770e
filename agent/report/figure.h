/* SPDX-License-Identifier: Apache-2.0 */
/* figure: stored integers as people and exports read them. Rounding half to even, at the last moment, never before a sum. */
#ifndef WATTLEDGER_REPORT_FIGURE_H
#define WATTLEDGER_REPORT_FIGURE_H

#include "base/buf.h"

#include <stdint.h>

/* What an export says where there is nothing to say. */
#define FIGURE_NONE "n/a"

/* "12.345679": kilowatt-hours of `millij` millijoules with `decimals` (0..6) digits. */
void figure_add_kwh(struct buf *out, int64_t millij, int decimals);

/* "0.001235": kilograms of `mg` milligrams with `decimals` (0..6) digits. */
void figure_add_kg(struct buf *out, int64_t mg, int decimals);

/* "99.87": 100 x part / whole with two digits; FIGURE_NONE when whole is not positive. */
void figure_add_pct(struct buf *out, int64_t part, int64_t whole);

/* "+31.15 %", "-3.00 %": how `after` differs from `before`; FIGURE_NONE for the number when `before` is not positive. */
void figure_add_change(struct buf *out, int64_t before, int64_t after);

/* "533.38": grams per kWh of `microg` micrograms per kWh, without zeros at its end. */
void figure_add_g_per_kwh(struct buf *out, int64_t microg);

/* "2026-10-05T00:00:00Z" of UTC milliseconds. */
void figure_add_utc(struct buf *out, int64_t utc_ms);

/* 64 hexadecimal digits; FIGURE_NONE when all bytes are zero (unknown). */
void figure_add_sha256(struct buf *out, const uint8_t sha256[static 32]);

#endif
