/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every Modbus driver of drivers/ against registers that are no readings: its own marks, NaN, infinity, and the patterns that meters send for
 * what they do not have. Nothing of it may become a reading of zero. (A register that is refused has no words: nothing is decoded then.)
 */
#include "modbus/decode.h"
#include "settings/driver.h"
#include "settings/problems.h"
#include "settings/search.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { WORDS_MAX = 4, FEWEST_DRIVERS = 60, BITS_OF_WORD = 16 };

static struct driver_any any;

static size_t each_point(void (*check)(const char *driver, const struct plan_modbus_point *point))
{
	struct search search = {0};
	struct problems problems = {0};
	size_t count = 0;

	cr_assert_eq(search_add_folder(&search, "drivers", ".yaml", false, NULL), ERR_NONE);
	for (size_t i = 0; i < search.count; i++) {
		cr_assert_eq(driver_any_load(&any, search.file[i].path, &problems), ERR_NONE, "%s", search.file[i].path);
		if (any.protocol == WIRE_KIND_MODBUS) {
			count++;
			for (size_t g = 0; g < any.modbus.group_count; g++)
				for (size_t p = 0; p < any.modbus.group[g].point_count; p++)
					if (any.modbus.group[g].point_list[p].product_count == 0)
						check(any.modbus.name, &any.modbus.group[g].point_list[p]);
		}
		driver_any_deinit(&any);
	}
	search_deinit(&search);
	problems_deinit(&problems);
	return count;
}

/* The words that a register sends for `bits`, in its order. */
static void send(const struct plan_modbus_register *reg, uint64_t bits, uint16_t word[static WORDS_MAX])
{
	uint8_t count = c_modbus_decode_registers(reg);

	cr_assert_leq(count, WORDS_MAX);
	for (uint8_t i = 0; i < count; i++) {
		uint16_t value = (uint16_t)(bits >> (BITS_OF_WORD * i)); /* the lowest word first */

		value = reg->is_byte_swapped ? (uint16_t)((value << 8) | (value >> 8)) : value;
		word[reg->is_low_first ? i : count - 1 - i] = value;
	}
}

/* What the point makes of `bits`: false is no reading. */
static bool read(const struct plan_modbus_point *point, uint64_t bits, double *value)
{
	const struct c_modbus_scale plain = {.ratio = 1};
	struct c_modbus_number number;
	uint16_t word[WORDS_MAX] = {0};
	uint64_t raw = 0;

	send(&point->reg, bits, word);
	if (!c_modbus_decode_number(&point->reg, word, &number) || c_modbus_decode_is_absent(point, &number))
		return false;
	if (!quantity_is_counter(point->quantity))
		return c_modbus_decode_gauge(point, &number, &plain, value);
	*value = c_modbus_decode_counter(point, &number, &raw) ? (double)raw : (double)NAN;
	return !isnan(*value);
}

static void check_marks(const char *driver, const struct plan_modbus_point *point)
{
	double value;

	for (uint8_t i = 0; i < point->absent_count; i++) {
		cr_expect_not(read(point, point->absent[i].first, &value), "%s %s: the first mark", driver, quantity_name(point->quantity));
		cr_expect_not(read(point, point->absent[i].last, &value), "%s %s: the last mark", driver, quantity_name(point->quantity));
	}
	if (point->is_zero_absent)
		cr_expect_not(read(point, 0, &value), "%s %s: zero", driver, quantity_name(point->quantity));
}

static void check_floats(const char *driver, const struct plan_modbus_point *point)
{
	static const uint64_t single[] = {0x7FC00000, 0xFFFFFFFF, 0x7FFFFFFF, 0x7F800000, 0xFF800000};
	static const uint64_t full[] = {0x7FF8000000000000, UINT64_MAX, 0x7FFFFFFFFFFFFFFF, 0x7FF0000000000000, 0xFFF0000000000000};
	double value;

	if (point->reg.type != MODBUS_F32 && point->reg.type != MODBUS_F64)
		return;
	for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
		cr_expect_not(read(point, point->reg.type == MODBUS_F32 ? single[i] : full[i], &value), "%s %s: NaN or infinity is %f",
			      driver, quantity_name(point->quantity), value);
}

static void check_patterns(const char *driver, const struct plan_modbus_point *point)
{
	uint8_t bits = (uint8_t)(c_modbus_decode_registers(&point->reg) * BITS_OF_WORD);
	uint64_t all = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	uint64_t top = UINT64_C(1) << (bits - 1);
	const uint64_t pattern[] = {all, top, top - 1, all - 1};
	double value;

	if (point->reg.type == MODBUS_SM16 || point->reg.type == MODBUS_SM32 || point->reg.type == MODBUS_F32 ||
	    point->reg.type == MODBUS_F64)
		return; /* a sign alone is a zero there */
	for (size_t i = 0; i < sizeof pattern / sizeof pattern[0]; i++)
		if (read(point, pattern[i], &value))
			cr_expect_neq(value, 0.0, "%s %s: 0x%llx is a zero", driver, quantity_name(point->quantity),
				      (unsigned long long)pattern[i]);
}

static void check_point(const char *driver, const struct plan_modbus_point *point)
{
	check_marks(driver, point);
	check_floats(driver, point);
	check_patterns(driver, point);
}

Test(every_driver, takes_nothing_that_is_no_reading_for_one)
{
	cr_expect_geq(each_point(check_point), FEWEST_DRIVERS);
}
