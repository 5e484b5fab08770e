/* SPDX-License-Identifier: Apache-2.0 */
/* Golden vectors: registers as they stand on the wire, and the numbers that they are, worked out by hand. */
#include "modbus/decode.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <float.h>

struct golden {
	enum modbus_type type;
	bool is_low_first;
	bool is_byte_swapped;
	uint16_t word[4];
	double value;
};

/* clang-format off */
static const struct golden golden[] = {
    {MODBUS_U16, false, false, {0xFFFE}, 65534},
    {MODBUS_U16, false, true, {0x3412}, 0x1234},
    {MODBUS_I16, false, false, {0xFFFE}, -2},
    {MODBUS_I16, false, false, {0x8000}, -32768},
    {MODBUS_SM16, false, false, {0x8005}, -5},
    {MODBUS_SM16, false, false, {0x7FFF}, 32767},
    {MODBUS_BCD16, false, false, {0x9876}, 9876},
    {MODBUS_U32, false, false, {0x0001, 0x0002}, 65538},
    {MODBUS_U32, true, false, {0x0001, 0x0002}, 131073},
    {MODBUS_U32, false, true, {0x0100, 0x0200}, 65538},
    {MODBUS_I32, false, false, {0xFFFF, 0xFFFF}, -1},
    {MODBUS_I32, true, false, {0xFFFE, 0xFFFF}, -2},
    {MODBUS_I32, false, false, {0x8000, 0x0000}, -2147483648.0},
    {MODBUS_SM32, true, false, {0x0064, 0x8000}, -100},
    {MODBUS_BCD32, false, false, {0x1234, 0x5678}, 12345678},
    /* 230.5 = 0x43668000: sign 0, exponent 134, 1.80078125 x 2^7 */
    {MODBUS_F32, false, false, {0x4366, 0x8000}, 230.5},
    {MODBUS_F32, true, false, {0x8000, 0x4366}, 230.5},
    {MODBUS_F32, false, true, {0x6643, 0x0080}, 230.5},
    {MODBUS_F32, true, true, {0x0080, 0x6643}, 230.5},
    {MODBUS_F32, false, false, {0xC120, 0x0000}, -10},
    /* 1.5 = 0x3FF8000000000000 */
    {MODBUS_F64, false, false, {0x3FF8, 0, 0, 0}, 1.5},
    {MODBUS_F64, true, false, {0, 0, 0, 0x3FF8}, 1.5},
    {MODBUS_U64, false, false, {0x0000, 0x0001, 0x0000, 0x0000}, 4294967296.0},
    {MODBUS_U64, true, false, {0x0005, 0x0000, 0x0000, 0x0000}, 5},
    {MODBUS_I64, false, false, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFD}, -3},
    /* exponent -1, 2305 */
    {MODBUS_T5, false, false, {0xFF00, 0x0901}, 230.5},
    /* exponent 1, -12 = 0xFFFFF4 */
    {MODBUS_T6, false, false, {0x01FF, 0xFFF4}, -120},
};
/* clang-format on */

static double as_double(const struct c_modbus_number *number)
{
	if (number->is_real)
		return number->real_value;
	return number->is_negative ? -(double)number->magnitude : (double)number->magnitude;
}

Test(decode, golden_vectors)
{
	for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
		struct plan_modbus_register reg = {.function = 3,
						   .type = golden[i].type,
						   .is_low_first = golden[i].is_low_first,
						   .is_byte_swapped = golden[i].is_byte_swapped};
		struct c_modbus_number number;

		cr_assert(c_modbus_decode_number(&reg, golden[i].word, &number), "%zu", i);
		cr_expect(epsilon_eq(dbl, as_double(&number), golden[i].value, 1e-9), "vector %zu: %.9f", i, as_double(&number));
	}
}

Test(decode, digits_above_9_and_floats_that_are_no_number_are_none)
{
	struct plan_modbus_register bcd = {.function = 3, .type = MODBUS_BCD16};
	struct plan_modbus_register real = {.function = 3, .type = MODBUS_F32};
	struct c_modbus_number number;

	cr_expect_not(c_modbus_decode_number(&bcd, (const uint16_t[]){0x00A0}, &number));
	cr_expect_not(c_modbus_decode_number(&real, (const uint16_t[]){0x7FC0, 0}, &number));
	cr_expect_not(c_modbus_decode_number(&real, (const uint16_t[]){0xFF80, 0}, &number));
}

Test(decode, texts_have_two_characters_a_register_or_one)
{
	struct plan_modbus_register reg = {.function = 3, .type = MODBUS_TEXT, .text_registers = 4};
	char text[32];

	c_modbus_decode_text(&reg, (const uint16_t[]){0x4142, 0x4300, 0x5858, 0x5858}, text, sizeof text);
	cr_expect_str_eq(text, "ABC");
	c_modbus_decode_text(&reg, (const uint16_t[]){0x0053, 0x004F, 0x0043, 0x004F}, text, sizeof text);
	cr_expect_str_eq(text, "SOCO");
	reg.is_byte_swapped = true;
	c_modbus_decode_text(&reg, (const uint16_t[]){0x4241, 0x2043, 0, 0}, text, sizeof text);
	cr_expect_str_eq(text, "ABC");
}

static double gauge(const struct plan_modbus_point *point, const uint16_t *word, struct c_modbus_scale scale)
{
	struct c_modbus_number number;
	double value = -1e9;

	cr_assert(c_modbus_decode_number(&point->reg, word, &number));
	(void)!c_modbus_decode_gauge(point, &number, &scale, &value);
	return value;
}

Test(decode, scales_exponents_ratios_and_signs)
{
	struct plan_modbus_point point = {.reg = {.function = 3, .type = MODBUS_I16}, .factor = 0.1};

	cr_expect(epsilon_eq(dbl, gauge(&point, (const uint16_t[]){2301}, (struct c_modbus_scale){.ratio = 1}), 230.1, 1e-12));
	cr_expect(
	    epsilon_eq(dbl, gauge(&point, (const uint16_t[]){2301}, (struct c_modbus_scale){.exponent = -1, .ratio = 1}), 23.01, 1e-12));
	cr_expect(epsilon_eq(dbl, gauge(&point, (const uint16_t[]){5}, (struct c_modbus_scale){.exponent = 2, .ratio = 40}), 2000.0, 1e-9));
	point.is_negated = true;
	cr_expect(epsilon_eq(dbl, gauge(&point, (const uint16_t[]){10}, (struct c_modbus_scale){.ratio = 1}), -1.0, 1e-12));
	/* turned twice */
	cr_expect(
	    epsilon_eq(dbl, gauge(&point, (const uint16_t[]){10}, (struct c_modbus_scale){.ratio = 1, .is_reversed = true}), 1.0, 1e-12));
	/* 0 .. 9999 for 0 .. 400 V */
	point = (struct plan_modbus_point){.reg = {.function = 3, .type = MODBUS_U16}, .factor = 400.0 / 9999.0};
	cr_expect(epsilon_eq(dbl, gauge(&point, (const uint16_t[]){9999}, (struct c_modbus_scale){.ratio = 1}), 400.0, 1e-9));
}

Test(decode, a_power_factor_of_four_quadrants_is_folded)
{
	struct plan_modbus_point point = {.reg = {.function = 3, .type = MODBUS_I16}, .factor = 0.01, .is_four_quadrant = true};

	cr_expect(epsilon_eq(dbl, gauge(&point, (const uint16_t[]){105}, (struct c_modbus_scale){.ratio = 1}), 0.95, 1e-9));
	cr_expect(epsilon_eq(dbl, gauge(&point, (const uint16_t[]){(uint16_t)-105}, (struct c_modbus_scale){.ratio = 1}), -0.95, 1e-9));
	cr_expect(epsilon_eq(dbl, gauge(&point, (const uint16_t[]){90}, (struct c_modbus_scale){.ratio = 1}), 0.9, 1e-9));
}

Test(decode, markers_are_compared_bit_by_bit)
{
	struct plan_modbus_point point = {
	    .reg = {.function = 3, .type = MODBUS_I32, .is_low_first = true}, .absent_count = 1, .absent = {{0x7FFFFFF8, 0x7FFFFFFF}}};
	struct c_modbus_number number;

	cr_assert(c_modbus_decode_number(&point.reg, (const uint16_t[]){0xFFF9, 0x7FFF}, &number));
	cr_expect(c_modbus_decode_is_absent(&point, &number));
	cr_assert(c_modbus_decode_number(&point.reg, (const uint16_t[]){0xFFF7, 0x7FFF}, &number));
	cr_expect_not(c_modbus_decode_is_absent(&point, &number));
}

Test(decode, a_floating_counter_is_counted_in_steps)
{
	/* 12.345 kWh as the nearest float, in steps of 1 Wh */
	struct plan_modbus_point point = {.reg = {.function = 4, .type = MODBUS_F32}, .factor = 1000.0};
	struct c_modbus_number number;
	uint64_t raw = 0;

	cr_assert(c_modbus_decode_number(&point.reg, (const uint16_t[]){0x4145, 0x851F}, &number));
	cr_assert(c_modbus_decode_counter(&point, &number, &raw));
	cr_expect_eq(raw, 12345);
}

Test(decode, a_negative_counter_is_no_reading_unless_its_sign_says_nothing)
{
	struct plan_modbus_point point = {.reg = {.function = 3, .type = MODBUS_I32}};
	struct c_modbus_number number;
	uint64_t raw = 0;

	cr_assert(c_modbus_decode_number(&point.reg, (const uint16_t[]){0xFFFF, 0xFF9C}, &number));
	cr_expect_not(c_modbus_decode_counter(&point, &number, &raw));
	point.is_absolute = true;
	cr_expect(c_modbus_decode_counter(&point, &number, &raw));
	cr_expect_eq(raw, 100);
}

Test(decode, a_step_is_exact_with_exponent_and_ratio)
{
	/* 0.01 kWh = 36,000,000 mJ; x 10^-2 x 40 */
	struct plan_modbus_point point = {.num = 36000000, .den = 1};
	int64_t num = 0;
	int64_t den = 0;

	cr_assert(c_modbus_decode_step(&point, -2, 40.0, &num, &den));
	cr_expect_eq(num, 14400000);
	cr_expect_eq(den, 1);
	cr_expect_not(c_modbus_decode_step(&point, 12, 1e9, &num, &den), "beyond 64 bits");
}
