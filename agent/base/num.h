/* SPDX-License-Identifier: Apache-2.0 */
/* num: numbers in and out of text, and exact integer arithmetic. Never depends on the locale. */
#ifndef WATTLEDGER_BASE_NUM_H
#define WATTLEDGER_BASE_NUM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUM_TEXT_BYTES = 48 }; /* room for any number printed here, with its NUL */

/* Whole text is one decimal integer (sign allowed for i64), no spaces; false on anything else or overflow. */
bool num_parse_i64(const char *text, int64_t *value) MUST_CHECK;
bool num_parse_u64(const char *text, uint64_t *value) MUST_CHECK;

/* Whole text is one finite decimal number ("1", "-2.5", "1e3"), always with a dot; false on inf, nan, hex, rest. */
bool num_parse_double(const char *text, double *value) MUST_CHECK;

/*
 * Parses a decimal text into an integer of 10^-decimals units, exactly ("12.345678", 6 -> 12345678). false when digits beyond
 * `decimals` are not zero, on overflow, or when it is not a plain decimal.
 */
bool num_parse_fixed(const char *text, int decimals, int64_t *value) MUST_CHECK;

/* Prints; return the bytes written, without the NUL. */
size_t num_print_i64(char out[static NUM_TEXT_BYTES], int64_t value);
size_t num_print_u64(char out[static NUM_TEXT_BYTES], uint64_t value);

/* `value` / 10^`scale` with exactly `decimals` digits, half to even (for kWh from mJ see units.h). scale 0..18, decimals 0..9. */
size_t num_print_fixed(char out[static NUM_TEXT_BYTES], int64_t value, int scale, int decimals);

/*
 * A double with at most `decimals` (0..9) digits behind the dot, rounded half away from zero, trailing zeros cut ("230.1", "5",
 * "-0.25"; never "-0"). A value that is not finite or beyond +-9e15 prints as "0" and returns 0 bytes: check is_finite before.
 */
size_t num_print_double(char out[static NUM_TEXT_BYTES], double value, int decimals);

/* a x b / c, 128 bits inside. half_even rounds to nearest, ties to even; floor rounds towards minus infinity. c > 0. Saturates. */
int64_t num_muldiv_half_even(int64_t a, int64_t b, int64_t c) MUST_CHECK;
int64_t num_muldiv_floor(int64_t a, int64_t b, int64_t c) MUST_CHECK;

/* Sums that stop at the ends of int64_t; *is_saturated is set (never cleared) when they do. */
int64_t num_add_saturating(int64_t a, int64_t b, bool *is_saturated) MUST_CHECK;

/*
 * A duration with its unit ("10s", "15min", "500ms", "2h", "90d") in milliseconds; a bare number is refused. false on anything else
 * or overflow.
 */
bool num_parse_duration_ms(const char *text, int64_t *value_ms) MUST_CHECK;

#endif
