/* SPDX-License-Identifier: Apache-2.0 */
/* decode: registers into numbers, and numbers into SI. Pure. */
#ifndef WATTLEDGER_MODBUS_DECODE_H
#define WATTLEDGER_MODBUS_DECODE_H

#include "base/err.h"
#include "wire/plan_modbus_point.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number as it stood in the registers. `bits`: the words in their order, the highest first: what markers are compared with. */
struct c_modbus_number {
	uint64_t bits;
	bool is_real; /* real_value; else magnitude and sign */
	bool is_negative;
	uint64_t magnitude;
	double real_value;
};

/* Registers that it takes. */
uint8_t c_modbus_decode_registers(const struct plan_modbus_register *reg) MUST_CHECK;

/* `word`: as many as the register takes, as they came (each high byte first). false: no number (a digit above 9, NaN, infinity). */
bool c_modbus_decode_number(const struct plan_modbus_register *reg, const uint16_t *word, struct c_modbus_number *out) MUST_CHECK;

/* Two characters a register; one, when all high bytes are 0. Ends at the first NUL; cleaned (text_clean). */
void c_modbus_decode_text(const struct plan_modbus_register *reg, const uint16_t *word, char *out, size_t out_bytes);

/* true when the point says that this is no reading: a marker, a zero, a negative one. */
bool c_modbus_decode_is_absent(const struct plan_modbus_point *point, const struct c_modbus_number *number) MUST_CHECK;

/* What else goes into a point's value. */
struct c_modbus_scale {
	int exponent;     /* of ten */
	double ratio;     /* of the ratio registers, and of the site's transformers */
	bool is_reversed; /* the sign register, the site's wiring: each turns it */
};

/* A gauge in SI. false: it is none (not finite, outside the point's range). */
bool c_modbus_decode_gauge(const struct plan_modbus_point *point, const struct c_modbus_number *number, const struct c_modbus_scale *scale,
			   double *value) MUST_CHECK;

/* A counter's steps. false: negative without is_absolute, beyond 2^63, or outside its modulus. */
bool c_modbus_decode_counter(const struct plan_modbus_point *point, const struct c_modbus_number *number, uint64_t *raw) MUST_CHECK;

/*
 * One step of a counter with this exponent and `ratio` (rounded to a millionth): num/den of the point times both. false when it does not
 * fit 64 bits.
 */
bool c_modbus_decode_step(const struct plan_modbus_point *point, int exponent, double ratio, int64_t *num, int64_t *den) MUST_CHECK;

/* num/den x above/below in lowest terms, all above 0; false (nothing changed) on overflow. */
bool c_modbus_decode_multiply(int64_t *num, int64_t *den, int64_t above, int64_t below) MUST_CHECK;

#endif
