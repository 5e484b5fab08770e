/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/value.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct c_snmp_raw text(const char *value)
{
	return (struct c_snmp_raw){.kind = C_SNMP_TEXT, .text = (const uint8_t *)value, .text_bytes = strlen(value)};
}

static struct c_snmp_raw number(int64_t value)
{
	return (struct c_snmp_raw){.kind = C_SNMP_SIGNED, .number = value};
}

static struct c_snmp_raw count(uint64_t value)
{
	return (struct c_snmp_raw){.kind = C_SNMP_UNSIGNED, .count = value};
}

static struct plan_point power(void)
{
	return (struct plan_point){.quantity = QUANTITY_POWER, .scale = {.factor = 1, .den = 1}};
}

static struct plan_point energy(void)
{
	/* 0.1 kWh = 360,000 J = 360,000,000 mJ a step */
	return (struct plan_point){.quantity = QUANTITY_ENERGY,
				   .scale = {.factor = 360000, .num = 360000000, .den = 1},
				   .counter = {.modulus = UINT64_C(1) << 32, .unit_num = 360000000, .unit_den = 1}};
}

static enum c_snmp_value_status convert(const struct plan_point *point, struct c_snmp_raw raw, struct c_snmp_reading *out)
{
	return c_snmp_value_convert(point, &raw, point->scale.factor, out);
}

Test(value, a_gauge_is_raw_times_factor)
{
	struct plan_point point = power();
	struct c_snmp_reading reading;

	point.scale.factor = 10; /* APC: 0.01 kW */
	cr_expect_eq(convert(&point, number(114), &reading), C_SNMP_VALUE_OK);
	cr_expect_float_eq(reading.value, 1140, 1e-9);
}

Test(value, an_absent_object_is_no_reading)
{
	struct plan_point point = power();
	struct c_snmp_reading reading = {.value = 7};

	cr_expect_eq(convert(&point, (struct c_snmp_raw){.kind = C_SNMP_ABSENT}, &reading), C_SNMP_VALUE_ABSENT);
	cr_expect_eq(reading.value, 7);
}

Test(value, a_sentinel_is_no_reading_in_signed_and_in_unsigned_types)
{
	struct plan_point point = power();
	struct c_snmp_reading reading;

	point.sentinel[point.sentinel_count++] = -1;
	point.sentinel[point.sentinel_count++] = 65535;
	cr_expect_eq(convert(&point, number(-1), &reading), C_SNMP_VALUE_MARK);
	cr_expect_eq(convert(&point, count(4294967295), &reading), C_SNMP_VALUE_MARK); /* -1 as Gauge32 (Fujitsu iRMC) */
	cr_expect_eq(convert(&point, count(65535), &reading), C_SNMP_VALUE_MARK);
	cr_expect_eq(convert(&point, text("-1"), &reading), C_SNMP_VALUE_MARK);
	cr_expect_eq(convert(&point, number(-2), &reading), C_SNMP_VALUE_OK);
}

Test(value, negative_and_zero_are_marks_only_where_the_driver_says_so)
{
	struct plan_point point = power();
	struct c_snmp_reading reading;

	cr_expect_eq(convert(&point, number(-26), &reading), C_SNMP_VALUE_OK);
	cr_expect_eq(convert(&point, number(0), &reading), C_SNMP_VALUE_OK);
	point.is_negative_absent = true;
	point.is_zero_absent = true;
	cr_expect_eq(convert(&point, number(-26), &reading), C_SNMP_VALUE_MARK);
	cr_expect_eq(convert(&point, number(0), &reading), C_SNMP_VALUE_MARK);
}

Test(value, text_that_is_a_number_is_read_with_a_unit_behind_it)
{
	struct plan_point point = power();
	struct c_snmp_reading reading;

	cr_assert_eq(convert(&point, text("10.00W"), &reading), C_SNMP_VALUE_OK);
	cr_expect_float_eq(reading.value, 10, 1e-12);
	cr_assert_eq(convert(&point, text(" 230,5 V"), &reading), C_SNMP_VALUE_OK);
	cr_expect_float_eq(reading.value, 230.5, 1e-12);
	cr_expect_eq(convert(&point, text("N/A"), &reading), C_SNMP_VALUE_TYPE);
	cr_expect_eq(convert(&point, text("not-support"), &reading), C_SNMP_VALUE_TYPE);
	cr_expect_eq(convert(&point, text(""), &reading), C_SNMP_VALUE_TYPE);
	cr_expect_eq(convert(&point, text("1.2.3"), &reading), C_SNMP_VALUE_TYPE);
	cr_expect_eq(convert(&point, text("10-20"), &reading), C_SNMP_VALUE_TYPE);
	cr_expect_eq(convert(&point, text("111111111111111111111111111111111111111111"), &reading), C_SNMP_VALUE_TYPE);
}

/* An idle line of a UPS reads -4 and -26 W beside a loaded one of 469 W: offsets, not power that comes back. */
Test(value, a_negative_offset_counts_as_zero_where_the_driver_says_so)
{
	struct plan_point point = power();
	struct c_snmp_reading reading;

	point.has_range = true;
	point.min_value = 0;
	point.max_value = 100000;
	cr_expect_eq(convert(&point, number(-26), &reading), C_SNMP_VALUE_RANGE);
	point.is_negative_zero = true;
	cr_assert_eq(convert(&point, number(-26), &reading), C_SNMP_VALUE_OK);
	cr_expect_float_eq(reading.value, 0.0, 1e-12);
	point.sentinel[0] = -1;
	point.sentinel_count = 1;
	cr_expect_eq(convert(&point, number(-1), &reading), C_SNMP_VALUE_MARK, "a mark goes before");
}

Test(value, outside_the_plausible_range_is_refused)
{
	struct plan_point point = power();
	struct c_snmp_reading reading;

	point.has_range = true;
	point.min_value = 0;
	point.max_value = 100000;
	cr_expect_eq(convert(&point, number(100000), &reading), C_SNMP_VALUE_OK);
	cr_expect_eq(convert(&point, number(100001), &reading), C_SNMP_VALUE_RANGE);
	cr_expect_eq(convert(&point, (struct c_snmp_raw){.kind = C_SNMP_REAL, .value = (double)NAN}, &reading), C_SNMP_VALUE_TYPE);
	cr_expect_eq(convert(&point, (struct c_snmp_raw){.kind = C_SNMP_REAL, .value = (double)INFINITY}, &reading), C_SNMP_VALUE_TYPE);
}

Test(value, a_counter_keeps_its_raw_steps)
{
	struct plan_point point = energy();
	struct c_snmp_reading reading;

	cr_assert_eq(convert(&point, count(4294967295), &reading), C_SNMP_VALUE_OK);
	cr_expect_eq(reading.raw, 4294967295);
	cr_assert_eq(convert(&point, count(UINT64_MAX), &reading), C_SNMP_VALUE_OK);
	cr_expect_eq(reading.raw, UINT64_MAX);
	cr_expect_eq(convert(&point, number(-5), &reading), C_SNMP_VALUE_NEGATIVE);
}

Test(value, a_counter_of_litres_tells_whole_ones_whatever_its_step)
{
	struct plan_point point = {.quantity = QUANTITY_FUEL_USED, .scale = {.factor = 0.1, .num = 100, .den = 1}};
	struct c_snmp_reading reading;

	cr_expect_eq(convert(&point, count(12345), &reading), C_SNMP_VALUE_OK);
	cr_expect_eq(reading.raw, 1234);
	point.is_text = true;
	cr_expect_eq(convert(&point, text("12345.9"), &reading), C_SNMP_VALUE_OK);
	cr_expect_eq(reading.raw, 1234);
	point.is_text = false;
	point.scale.factor = 1000;
	cr_expect_eq(convert(&point, count(UINT64_MAX), &reading), C_SNMP_VALUE_RANGE);
}

Test(value, a_text_counter_is_read_in_thousandths)
{
	struct plan_point point = energy();
	struct c_snmp_reading reading;
	struct c_snmp_factor factor = {.factor = 3600000, .num = UINT32_C(3600000000), .den = 1};
	struct counter_spec spec;

	point.is_text = true;
	point.counter.unit_num = UINT32_C(3600000000); /* kWh */
	cr_assert_eq(convert(&point, text("12.345 kWh"), &reading), C_SNMP_VALUE_OK);
	cr_expect_eq(reading.raw, 12345);
	cr_assert_eq(convert(&point, number(12), &reading), C_SNMP_VALUE_OK);
	cr_expect_eq(reading.raw, 12000);
	/* 3,600,000,000 mJ / 1000 = 3,600,000 mJ a step; the modulus counts thousandths too */
	spec = c_snmp_value_counter_spec(&point, &factor);
	cr_expect_eq(spec.unit_num, 3600000);
	cr_expect_eq(spec.unit_den, 1);
	cr_expect_eq(spec.modulus, UINT64_C(4294967296000));
}

Test(value, a_power_of_ten_of_the_row_scales_gauge_and_counter)
{
	struct plan_point point = energy();
	struct c_snmp_raw digits = number(2);
	struct c_snmp_factor factor;

	point.scale = (struct plan_scale){.kind = SCALE_POW10, .sign = -1, .factor = 3600, .num = 3600000, .den = 1};
	cr_assert(c_snmp_value_factor(&point, &digits, NULL, &factor));
	cr_expect_float_eq(factor.factor, 36, 1e-12);
	cr_expect_eq(factor.num, 36000); /* 3,600,000 mJ x 10^-2 */
	cr_expect_eq(factor.den, 1);
	digits = number(7);
	cr_assert(c_snmp_value_factor(&point, &digits, NULL, &factor));
	cr_expect_eq(factor.num, 36); /* 3,600,000 x 10^-7 = 36/100 */
	cr_expect_eq(factor.den, 100);
}

Test(value, a_scale_that_cannot_be_known_is_no_scale)
{
	struct plan_point point = power();
	struct c_snmp_raw wild = number(25);
	struct c_snmp_raw word = text("W");
	struct c_snmp_factor factor;

	point.scale.kind = SCALE_POW10;
	point.scale.sign = 1;
	cr_expect_not(c_snmp_value_factor(&point, NULL, NULL, &factor));
	cr_expect_not(c_snmp_value_factor(&point, &wild, NULL, &factor));
	cr_expect_not(c_snmp_value_factor(&point, &word, NULL, &factor));
}

Test(value, entity_sensor_scale_and_precision)
{
	struct plan_point point = power();
	struct c_snmp_raw milli = number(8), precision = number(1);
	struct c_snmp_factor factor;

	/* RFC 3433: milli(8), precision 1: 10^(3 x (8 - 9)) / 10^1 = 10^-4 */
	point.scale.kind = SCALE_ENTITY_SENSOR;
	cr_assert(c_snmp_value_factor(&point, &milli, &precision, &factor));
	cr_expect_float_eq(factor.factor, 1e-4, 1e-18);
	cr_expect_not(c_snmp_value_factor(&point, &milli, NULL, &factor));
}

Test(value, a_map_scales_by_number_or_by_text)
{
	struct plan_point point = power();
	struct c_snmp_raw two = number(2), word = text("kW"), other = text("hp");
	struct c_snmp_factor factor;

	point.scale = (struct plan_scale){
	    .kind = SCALE_MAP,
	    .factor = 1,
	    .map_count = 2,
	    .map = {{.key = "2", .factor = 0.1, .num = 100, .den = 1}, {.key = "kW", .factor = 1000, .num = 1000000, .den = 1}}};
	cr_assert(c_snmp_value_factor(&point, &two, NULL, &factor));
	cr_expect_float_eq(factor.factor, 0.1, 1e-15);
	cr_assert(c_snmp_value_factor(&point, &word, NULL, &factor));
	cr_expect_float_eq(factor.factor, 1000, 1e-12);
	cr_expect_not(c_snmp_value_factor(&point, &other, NULL, &factor));
}

Test(value, whole_numbers_come_from_any_kind)
{
	struct c_snmp_raw raws[] = {number(-3), count(4), text("5"), {.kind = C_SNMP_REAL, .value = 6}};
	int64_t value;

	cr_assert(c_snmp_value_integer(&raws[0], &value));
	cr_expect_eq(value, -3);
	cr_assert(c_snmp_value_integer(&raws[1], &value));
	cr_expect_eq(value, 4);
	cr_assert(c_snmp_value_integer(&raws[2], &value));
	cr_expect_eq(value, 5);
	cr_assert(c_snmp_value_integer(&raws[3], &value));
	cr_expect_eq(value, 6);
	raws[0] = (struct c_snmp_raw){.kind = C_SNMP_REAL, .value = 6.5};
	cr_expect_not(c_snmp_value_integer(&raws[0], &value));
}
