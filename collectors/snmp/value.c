/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/value.h"

#include "base/num.h"
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Exponents of ten that a scale may have: yocto to yotta (RFC 7460 UnitMultiplier is -24..24). */
enum { EXPONENT_MAX = 24, TEXT_NUMBER_BYTES = 40, ENTITY_SCALE_UNITS = 9, ENTITY_SCALE_STEP = 3 };

/* Text counters are kept in thousandths of their unit. */
#define TEXT_COUNTER_PARTS 1000

/* Doubles are whole numbers up to here, and counters from text or float beyond it would lose steps. */
#define EXACT_MAX 9007199254740992.0

const char *c_snmp_value_reason(enum c_snmp_value_status status)
{
	static const char *const reasons[] = {
	    [C_SNMP_VALUE_OK] = "is a reading",
	    [C_SNMP_VALUE_ABSENT] = "is missing",
	    [C_SNMP_VALUE_MARK] = "is marked as no reading",
	    [C_SNMP_VALUE_TYPE] = "is not a number",
	    [C_SNMP_VALUE_NEGATIVE] = "is a counter below zero",
	    [C_SNMP_VALUE_RANGE] = "is outside its plausible range",
	    [C_SNMP_VALUE_SCALE] = "has no known scale",
	};

	return reasons[status];
}

bool c_snmp_value_parse_text(const uint8_t *text, size_t bytes, double *out)
{
	char number[TEXT_NUMBER_BYTES];
	size_t length = 0;
	size_t at = 0;

	while (at < bytes && (text[at] == ' ' || text[at] == '\t'))
		at++;
	if (at < bytes && text[at] == '+')
		at++;
	for (; at < bytes && (isdigit(text[at]) || strchr("-.,", text[at]) != NULL) && text[at] != '\0'; at++) {
		if (length + 1 >= sizeof number)
			return false;
		number[length++] = text[at] == ',' ? '.' : (char)text[at];
	}
	number[length] = '\0';
	return length > 0 && num_parse_double(number, out);
}

bool c_snmp_value_integer(const struct c_snmp_raw *raw, int64_t *out)
{
	double real;

	switch (raw->kind) {
	case C_SNMP_SIGNED: *out = raw->number; return true;
	case C_SNMP_UNSIGNED: *out = raw->count > INT64_MAX ? INT64_MAX : (int64_t)raw->count; return true;
	case C_SNMP_REAL: real = raw->value; break;
	case C_SNMP_TEXT:
		if (!c_snmp_value_parse_text(raw->text, raw->text_bytes, &real))
			return false;
		break;
	default: return false;
	}
	if (!(fabs(real) <= EXACT_MAX) || real != floor(real))
		return false;
	*out = (int64_t)real;
	return true;
}

/* ---- Scales ----------------------------------------------------------------------------------------------------------------------- */

static int64_t greatest_common_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* num/den x 10^exponent as a fraction in lowest terms; false when it does not fit 63 bits. */
static bool scale_fraction(struct c_snmp_factor *factor, int exponent)
{
	for (; exponent != 0; exponent += exponent > 0 ? -1 : 1) {
		int64_t *grows = exponent > 0 ? &factor->num : &factor->den;
		int64_t *shrinks = exponent > 0 ? &factor->den : &factor->num;

		if (*shrinks % 10 == 0 && *shrinks != 0)
			*shrinks /= 10;
		else if (*grows <= INT64_MAX / 10)
			*grows *= 10;
		else
			return false;
	}
	return true;
}

static bool apply_exponent(const struct plan_point *point, int64_t exponent, struct c_snmp_factor *out)
{
	if (exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX)
		return false;
	/* pow() with a whole exponent, not a product: 10^-1 has to be the double nearest to 0.1. */
	out->factor *= pow(10, (double)exponent);
	return point->scale.num == 0 || scale_fraction(out, (int)exponent);
}

static bool is_map_key(const struct plan_map_entry *entry, const struct c_snmp_raw *raw)
{
	char text[sizeof entry->key];
	int64_t number;
	int64_t key;

	if (raw->kind == C_SNMP_TEXT) {
		text_clean(text, sizeof text, raw->text, raw->text_bytes);
		return strcmp(text, entry->key) == 0;
	}
	return num_parse_i64(entry->key, &key) && c_snmp_value_integer(raw, &number) && number == key;
}

static bool find_in_map(const struct plan_scale *scale, const struct c_snmp_raw *raw, struct c_snmp_factor *out)
{
	for (size_t i = 0; i < scale->map_count; i++) {
		const struct plan_map_entry *entry = &scale->map[i];

		if (!is_map_key(entry, raw))
			continue;
		*out = (struct c_snmp_factor){.factor = scale->factor * entry->factor, .num = entry->num, .den = entry->den};
		return out->den > 0;
	}
	return false;
}

bool c_snmp_value_factor(const struct plan_point *point, const struct c_snmp_raw *first, const struct c_snmp_raw *second,
			 struct c_snmp_factor *out)
{
	const struct plan_scale *scale = &point->scale;
	int64_t exponent;
	int64_t precision;

	*out = (struct c_snmp_factor){.factor = scale->factor, .num = scale->num, .den = scale->den > 0 ? scale->den : 1};
	if (scale->kind == SCALE_FIXED)
		return true;
	if (first == NULL || first->kind == C_SNMP_ABSENT)
		return false;
	if (scale->kind == SCALE_MAP)
		return find_in_map(scale, first, out);
	if (!c_snmp_value_integer(first, &exponent) || exponent < -EXPONENT_MAX || exponent > EXPONENT_MAX)
		return false;
	if (scale->kind == SCALE_POW10)
		return apply_exponent(point, scale->sign < 0 ? -exponent : exponent, out);
	if (second == NULL || !c_snmp_value_integer(second, &precision) || precision < -EXPONENT_MAX || precision > EXPONENT_MAX)
		return false;
	return apply_exponent(point, ENTITY_SCALE_STEP * (exponent - ENTITY_SCALE_UNITS) - precision, out);
}

struct counter_spec c_snmp_value_counter_spec(const struct plan_point *point, const struct c_snmp_factor *factor)
{
	struct counter_spec spec = point->counter;
	int64_t common;

	if (point->scale.kind != SCALE_FIXED) {
		spec.unit_num = factor->num;
		spec.unit_den = factor->den;
	}
	if (!point->is_text || spec.unit_num <= 0)
		return spec;
	common = greatest_common_divisor(spec.unit_num, TEXT_COUNTER_PARTS);
	spec.unit_num /= common;
	if (spec.unit_den <= INT64_MAX / TEXT_COUNTER_PARTS)
		spec.unit_den *= TEXT_COUNTER_PARTS / common;
	if (spec.modulus <= UINT64_MAX / TEXT_COUNTER_PARTS)
		spec.modulus *= TEXT_COUNTER_PARTS;
	return spec;
}

/* ---- Readings --------------------------------------------------------------------------------------------------------------------- */

/* The raw number as a double, and whole when it is one. */
struct number {
	double real;
	int64_t whole;
	bool is_whole;
	bool is_negative;
	uint64_t count; /* as a counter: 0 when negative; thousandths for points that are text */
};

static bool number_from_double(const struct plan_point *point, double real, struct number *out)
{
	double count = point->is_text ? real * TEXT_COUNTER_PARTS : real;

	if (!(fabs(count) <= EXACT_MAX))
		return false;
	*out = (struct number){.real = real, .is_whole = real == floor(real), .is_negative = real < 0};
	out->whole = out->is_whole ? (int64_t)real : 0;
	out->count = out->is_negative ? 0 : (uint64_t)llround(point->is_text ? count : floor(count));
	return true;
}

static bool number_from_count(const struct plan_point *point, uint64_t count, struct number *out)
{
	*out = (struct number){.real = (double)count, .is_whole = count <= INT64_MAX, .count = count};
	out->whole = out->is_whole ? (int64_t)count : 0;
	if (point->is_text)
		out->count = count <= UINT64_MAX / TEXT_COUNTER_PARTS ? count * TEXT_COUNTER_PARTS : UINT64_MAX;
	return true;
}

/* Not within number_from_raw(), which is called for every value and is mostly not given a text. */
static __attribute__((noinline)) bool number_from_text(const struct plan_point *point, const struct c_snmp_raw *raw, struct number *out)
{
	double real;

	return c_snmp_value_parse_text(raw->text, raw->text_bytes, &real) && number_from_double(point, real, out);
}

static bool number_from_raw(const struct plan_point *point, const struct c_snmp_raw *raw, struct number *out)
{
	switch (raw->kind) {
	case C_SNMP_SIGNED:
		if (raw->number >= 0)
			return number_from_count(point, (uint64_t)raw->number, out);
		*out = (struct number){.real = (double)raw->number, .whole = raw->number, .is_whole = true, .is_negative = true};
		return true;
	case C_SNMP_UNSIGNED: return number_from_count(point, raw->count, out);
	case C_SNMP_REAL: return number_from_double(point, raw->value, out);
	case C_SNMP_TEXT: return number_from_text(point, raw, out);
	default: return false;
	}
}

static bool is_mark(const struct plan_point *point, const struct number *number)
{
	if (point->is_negative_absent && number->is_negative)
		return true;
	if (point->is_zero_absent && number->real == 0)
		return true;
	for (size_t i = 0; i < point->sentinel_count; i++) {
		int64_t sentinel = point->sentinel[i];

		if (number->is_whole && number->whole == sentinel)
			return true;
		/* A negative mark in an unsigned 32-bit type: -1 comes as 4294967295. */
		if (sentinel < 0 && sentinel >= INT32_MIN && number->is_whole && number->whole == (int64_t)(uint32_t)sentinel)
			return true;
	}
	return false;
}

/* Seconds and litres: their counters have no step of their own in a meter's description, so whole ones are told. */
static bool is_told_whole(enum quantity quantity)
{
	return quantity == QUANTITY_FUEL_USED || quantity == QUANTITY_RUN_TIME;
}

enum c_snmp_value_status c_snmp_value_convert(const struct plan_point *point, const struct c_snmp_raw *raw, double factor,
					      struct c_snmp_reading *out)
{
	struct number number;
	double value;

	if (raw->kind == C_SNMP_ABSENT)
		return C_SNMP_VALUE_ABSENT;
	if (!number_from_raw(point, raw, &number))
		return C_SNMP_VALUE_TYPE;
	if (is_mark(point, &number))
		return C_SNMP_VALUE_MARK;
	if (point->is_negative_zero && number.is_negative)
		number = (struct number){.is_whole = true};
	value = number.real * factor;
	if (quantity_is_counter(point->quantity) && number.is_negative)
		return C_SNMP_VALUE_NEGATIVE;
	if (!isfinite(value) || (point->has_range && (value < point->min_value || value > point->max_value)))
		return C_SNMP_VALUE_RANGE;
	if (is_told_whole(point->quantity)) {
		if (!(value >= 0 && value <= EXACT_MAX))
			return C_SNMP_VALUE_RANGE;
		number.count = (uint64_t)value;
	}
	*out = (struct c_snmp_reading){.raw = number.count, .value = value};
	return C_SNMP_VALUE_OK;
}
