/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/decode.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

enum { DECODE_WORDS_MAX = 4, DECODE_EXPONENT_MAX = 12, DECODE_RATIO_PARTS = 1000000 };

/* Steps of a counter that a double still counts exactly. */
#define DECODE_STEPS_MAX 9007199254740992.0

uint8_t c_modbus_decode_registers(const struct plan_modbus_register *reg)
{
	return reg->type == MODBUS_TEXT ? reg->text_registers : modbus_type_registers(reg->type);
}

static uint16_t swap_bytes(uint16_t word)
{
	return (uint16_t)(word << 8 | word >> 8);
}

static uint64_t join(const struct plan_modbus_register *reg, const uint16_t *word, size_t count)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < count; i++) {
		uint16_t one = word[reg->is_low_first ? count - 1 - i : i];

		bits = bits << 16 | (reg->is_byte_swapped ? swap_bytes(one) : one);
	}
	return bits;
}

static bool set_real(struct c_modbus_number *out, double real)
{
	out->is_real = true;
	out->real_value = real;
	out->is_negative = real < 0;
	return isfinite(real);
}

static bool set_signed(struct c_modbus_number *out, int64_t value)
{
	out->is_negative = value < 0;
	out->magnitude = value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
	return true;
}

static bool set_bcd(struct c_modbus_number *out, uint64_t bits, int digits)
{
	uint64_t value = 0;

	for (int i = digits - 1; i >= 0; i--) {
		uint64_t digit = bits >> (4 * i) & 0xF;

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	out->magnitude = value;
	return true;
}

static bool set_sign_magnitude(struct c_modbus_number *out, uint64_t bits, int width)
{
	out->magnitude = bits & ((UINT64_C(1) << (width - 1)) - 1);
	out->is_negative = (bits >> (width - 1) & 1) != 0 && out->magnitude != 0;
	return true;
}

static bool set_single(struct c_modbus_number *out, uint64_t bits)
{
	uint32_t half = (uint32_t)bits;
	float value;

	memcpy(&value, &half, sizeof value);
	return set_real(out, (double)value);
}

static bool set_double(struct c_modbus_number *out, uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof value);
	return set_real(out, value);
}

/* Iskra T5 and T6: 8 bits of a decimal exponent with its sign, 24 bits of a number (T6: with its sign). */
static bool set_exponent(struct c_modbus_number *out, uint64_t bits, bool is_signed)
{
	int exponent = (int8_t)(uint8_t)(bits >> 24);
	int64_t value = (int64_t)(bits & 0xFFFFFF);

	if (is_signed && value >= 0x800000)
		value -= 0x1000000;
	return set_real(out, (double)value * pow(10.0, exponent));
}

bool c_modbus_decode_number(const struct plan_modbus_register *reg, const uint16_t *word, struct c_modbus_number *out)
{
	uint64_t bits = join(reg, word, modbus_type_registers(reg->type));

	*out = (struct c_modbus_number){.bits = bits, .magnitude = bits};
	switch (reg->type) {
	case MODBUS_U16:
	case MODBUS_U32:
	case MODBUS_U64: return true;
	case MODBUS_I16: return set_signed(out, (int16_t)(uint16_t)bits);
	case MODBUS_I32: return set_signed(out, (int32_t)(uint32_t)bits);
	case MODBUS_I64: return set_signed(out, (int64_t)bits);
	case MODBUS_SM16: return set_sign_magnitude(out, bits, 16);
	case MODBUS_SM32: return set_sign_magnitude(out, bits, 32);
	case MODBUS_BCD16: return set_bcd(out, bits, 4);
	case MODBUS_BCD32: return set_bcd(out, bits, 8);
	case MODBUS_F32: return set_single(out, bits);
	case MODBUS_F64: return set_double(out, bits);
	case MODBUS_T5: return set_exponent(out, bits, false);
	case MODBUS_T6: return set_exponent(out, bits, true);
	default: return false;
	}
}

void c_modbus_decode_text(const struct plan_modbus_register *reg, const uint16_t *word, char *out, size_t out_bytes)
{
	char text[2 * MODBUS_TEXT_REGISTERS_MAX];
	size_t count = reg->text_registers;
	size_t bytes = 0;
	uint16_t high = 0;

	for (size_t i = 0; i < count; i++)
		high = (uint16_t)(high | (reg->is_byte_swapped ? swap_bytes(word[i]) >> 8 : word[i] >> 8));
	for (size_t i = 0; i < count; i++) {
		uint16_t one = reg->is_byte_swapped ? swap_bytes(word[i]) : word[i];

		if (high != 0)
			text[bytes++] = (char)(one >> 8);
		text[bytes++] = (char)(one & 0xFF);
	}
	text_clean(out, out_bytes, text, strnlen(text, bytes));
}

bool c_modbus_decode_is_absent(const struct plan_modbus_point *point, const struct c_modbus_number *number)
{
	bool is_zero = number->is_real ? number->real_value == 0.0 : number->magnitude == 0;

	for (size_t i = 0; i < point->absent_count; i++)
		if (number->bits >= point->absent[i].first && number->bits <= point->absent[i].last)
			return true;
	return (point->is_zero_absent && is_zero) || (point->is_negative_absent && number->is_negative);
}

/* Leading and lagging in one number: 1 .. 2 stands for the other half of 1 .. 0, and so below 0. */
static double fold_quadrants(double value)
{
	if (value > 1.0)
		return 2.0 - value;
	return value < -1.0 ? -2.0 - value : value;
}

/* x 10^exponent x factor. A division keeps 230.1 what it is where a multiplication by 0.1 does not. */
static double scale_value(double raw_value, int exponent, double factor)
{
	double value = exponent < 0 ? raw_value / pow(10.0, -exponent) : raw_value * pow(10.0, exponent);

	return factor > 0.0 && factor < 1.0 ? value / (1.0 / factor) : value * factor;
}

bool c_modbus_decode_gauge(const struct plan_modbus_point *point, const struct c_modbus_number *number, const struct c_modbus_scale *scale,
			   double *value)
{
	double result = number->is_real ? number->real_value : (double)number->magnitude * (number->is_negative ? -1.0 : 1.0);

	if (scale->exponent < -DECODE_EXPONENT_MAX || scale->exponent > DECODE_EXPONENT_MAX)
		return false;
	if (point->is_absolute)
		result = fabs(result);
	result = scale_value(result, scale->exponent, point->factor) * scale->ratio + point->offset_value;
	if (point->is_four_quadrant)
		result = fold_quadrants(result);
	if (point->is_negated != scale->is_reversed)
		result = -result;
	if (!isfinite(result) || (point->has_range && (result < point->min_value || result > point->max_value)))
		return false;
	*value = result == 0.0 ? 0.0 : result;
	return true;
}

bool c_modbus_decode_counter(const struct plan_modbus_point *point, const struct c_modbus_number *number, uint64_t *raw)
{
	uint64_t steps = number->magnitude;

	if (number->is_negative && !point->is_absolute)
		return false;
	if (number->is_real) {
		double real = round(fabs(number->real_value) * point->factor);

		if (!(real <= DECODE_STEPS_MAX))
			return false;
		steps = (uint64_t)real;
	}
	if (point->counter.modulus != 0 && steps >= point->counter.modulus)
		return false;
	*raw = steps;
	return true;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

bool c_modbus_decode_multiply(int64_t *num, int64_t *den, int64_t above, int64_t below)
{
	int64_t common = common_divisor(above, below);
	int64_t across;
	int64_t other;
	int64_t product;
	int64_t divisor;

	above /= common;
	below /= common;
	across = common_divisor(*num, below);
	other = common_divisor(above, *den);
	if (__builtin_mul_overflow(*num / across, above / other, &product) ||
	    __builtin_mul_overflow(*den / other, below / across, &divisor))
		return false;
	*num = product;
	*den = divisor;
	return true;
}

bool c_modbus_decode_step(const struct plan_modbus_point *point, int exponent, double ratio, int64_t *num, int64_t *den)
{
	int64_t power = 1;
	double parts = round(ratio * DECODE_RATIO_PARTS);

	if (exponent < -DECODE_EXPONENT_MAX || exponent > DECODE_EXPONENT_MAX || !(parts >= 1.0 && parts <= 1e15))
		return false;
	for (int i = 0; i < (exponent < 0 ? -exponent : exponent); i++)
		power *= 10;
	*num = point->num;
	*den = point->den;
	return c_modbus_decode_multiply(num, den, exponent < 0 ? 1 : power, exponent < 0 ? power : 1) &&
	       c_modbus_decode_multiply(num, den, (int64_t)parts, DECODE_RATIO_PARTS);
}
