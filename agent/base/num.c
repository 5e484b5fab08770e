/* SPDX-License-Identifier: Apache-2.0 */
#include "base/num.h"

#include "base/wide.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUM_DECIMALS_MAX = 18, DOUBLE_MANTISSA_BITS = 52, DOUBLE_EXPONENT_MASK = 0x7ff, DOUBLE_EXPONENT_BIAS = 1075 };

/* The doubles up to here are exact integers and leave room for digits behind the dot. */
static const double num_double_max = 9e15;

static const uint64_t num_pow10[NUM_DECIMALS_MAX + 2] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits from *at on, as many as there are; false when there is none or the number overflows. */
static bool read_digits(const char **at, uint64_t *value)
{
	const char *p = *at;
	uint64_t sum = 0;

	if (!is_digit(*p))
		return false;
	for (; is_digit(*p); p++) {
		if (__builtin_mul_overflow(sum, UINT64_C(10), &sum) || __builtin_add_overflow(sum, (uint64_t)(*p - '0'), &sum))
			return false;
	}
	*at = p;
	*value = sum;
	return true;
}

/* Sign and magnitude into an int64_t; false when it does not fit. */
static bool signed_from(bool is_negative, uint64_t magnitude, int64_t *value)
{
	if (!is_negative) {
		if (magnitude > INT64_MAX)
			return false;
		*value = (int64_t)magnitude;
		return true;
	}
	if (magnitude > (uint64_t)INT64_MAX + 1)
		return false;
	*value = (int64_t)(0 - magnitude);
	return true;
}

static bool read_sign(const char **at)
{
	bool is_negative = **at == '-';

	if (**at == '-' || **at == '+')
		(*at)++;
	return is_negative;
}

bool num_parse_u64(const char *text, uint64_t *value)
{
	uint64_t parsed;

	if (!read_digits(&text, &parsed) || *text != '\0')
		return false;
	*value = parsed;
	return true;
}

bool num_parse_i64(const char *text, int64_t *value)
{
	bool is_negative = read_sign(&text);
	uint64_t magnitude;

	return num_parse_u64(text, &magnitude) && signed_from(is_negative, magnitude, value);
}

static const char *skip_digits(const char *p)
{
	while (is_digit(*p))
		p++;
	return p;
}

/* [sign] digits [. digits] [e [sign] digits], with a digit on at least one side of the dot, and nothing behind it. */
static bool is_decimal_number(const char *text)
{
	const char *p = text;
	const char *start;
	size_t digit_count;

	(void)read_sign(&p);
	start = p;
	p = skip_digits(p);
	digit_count = (size_t)(p - start);
	if (*p == '.') {
		start = ++p;
		p = skip_digits(p);
		digit_count += (size_t)(p - start);
	}
	if (digit_count == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		p++;
		(void)read_sign(&p);
		if (!is_digit(*p))
			return false;
		p = skip_digits(p);
	}
	return *p == '\0';
}

bool num_parse_double(const char *text, double *value)
{
	locale_t c_locale;
	double parsed;

	if (!is_decimal_number(text))
		return false;
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (c_locale == (locale_t)0)
		return false;
	parsed = strtod_l(text, NULL, c_locale);
	freelocale(c_locale);
	if (!isfinite(parsed))
		return false;
	*value = parsed;
	return true;
}

/* The digits behind the dot as `decimals` digits: missing ones are zeros, further ones have to be zeros. */
static bool read_fraction(const char *p, int decimals, uint64_t *value)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < decimals; i++) {
		sum = sum * 10 + (is_digit(*p) ? (uint64_t)(*p - '0') : 0);
		if (is_digit(*p))
			p++;
	}
	while (*p == '0')
		p++;
	*value = sum;
	return *p == '\0';
}

bool num_parse_fixed(const char *text, int decimals, int64_t *value)
{
	bool is_negative = read_sign(&text);
	uint64_t whole = 0;
	uint64_t fraction = 0;
	uint64_t magnitude;

	if (decimals < 0 || decimals > NUM_DECIMALS_MAX || (!is_digit(text[0]) && (text[0] != '.' || !is_digit(text[1]))))
		return false;
	if (is_digit(text[0]) && !read_digits(&text, &whole))
		return false;
	if (*text == '.') {
		if (!is_digit(text[1]) || !read_fraction(text + 1, decimals, &fraction))
			return false;
	} else if (*text != '\0') {
		return false;
	}
	if (__builtin_mul_overflow(whole, num_pow10[decimals], &magnitude) || __builtin_add_overflow(magnitude, fraction, &magnitude))
		return false;
	return signed_from(is_negative, magnitude, value);
}

/* Two digits at a time halve the divisions, which are what printing costs. */
static const char num_digit_pairs[] = "0001020304050607080910111213141516171819"
				      "2021222324252627282930313233343536373839"
				      "4041424344454647484950515253545556575859"
				      "6061626364656667686970717273747576777879"
				      "8081828384858687888990919293949596979899";

/* Divisions of 64 bits cost several times those of 32 on most machines: long numbers are cut into groups of so many digits. */
enum { NUM_GROUP_DIGITS = 8 };
static const uint32_t num_group = 100000000;

static size_t count_digits_u32(uint32_t value)
{
	size_t count = 1;

	for (; value >= 10000; value /= 10000)
		count += 4;
	if (value >= 1000)
		return count + 3;
	if (value >= 100)
		return count + 2;
	return value >= 10 ? count + 1 : count;
}

/* Eight digits, zeros in front. */
static void put_group(char *out, uint32_t value)
{
	uint32_t high = value / 10000;
	uint32_t low = value % 10000;

	memcpy(out, num_digit_pairs + high / 100 * 2, 2);
	memcpy(out + 2, num_digit_pairs + high % 100 * 2, 2);
	memcpy(out + 4, num_digit_pairs + low / 100 * 2, 2);
	memcpy(out + 6, num_digit_pairs + low % 100 * 2, 2);
}

/* Exactly `digits` digits, zeros in front. */
static void put_digits_u32(char *out, size_t digits, uint32_t value)
{
	while (digits >= 2) {
		digits -= 2;
		memcpy(out + digits, num_digit_pairs + value % 100 * 2, 2);
		value /= 100;
	}
	if (digits == 1)
		out[0] = (char)('0' + value % 10);
}

static void put_digits(char *out, size_t digits, uint64_t value)
{
	while (digits > NUM_GROUP_DIGITS) {
		digits -= NUM_GROUP_DIGITS;
		put_group(out + digits, (uint32_t)(value % num_group));
		value /= num_group;
	}
	put_digits_u32(out, digits, (uint32_t)value);
}

static size_t put_u64(char *out, uint64_t value)
{
	uint64_t high = value;
	size_t digits = 0;

	for (; high > UINT32_MAX; high /= num_group)
		digits += NUM_GROUP_DIGITS;
	digits += count_digits_u32((uint32_t)high);
	put_digits(out, digits, value);
	return digits;
}

static uint64_t magnitude_of(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

size_t num_print_u64(char out[static NUM_TEXT_BYTES], uint64_t value)
{
	size_t bytes = put_u64(out, value);

	out[bytes] = '\0';
	return bytes;
}

size_t num_print_i64(char out[static NUM_TEXT_BYTES], int64_t value)
{
	size_t bytes = 0;

	if (value < 0)
		out[bytes++] = '-';
	bytes += put_u64(out + bytes, magnitude_of(value));
	out[bytes] = '\0';
	return bytes;
}

static uint64_t div_half_even(uint64_t value, uint64_t divisor)
{
	uint64_t quotient = value / divisor;
	uint64_t rest = value % divisor;

	if (rest > divisor - rest || (rest == divisor - rest && quotient % 2 == 1))
		quotient++;
	return quotient;
}

static int clamp(int value, int min, int max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

size_t num_print_fixed(char out[static NUM_TEXT_BYTES], int64_t value, int scale, int decimals)
{
	uint64_t magnitude = magnitude_of(value);
	size_t bytes = 0;
	size_t zeros = 0;

	scale = clamp(scale, 0, NUM_DECIMALS_MAX);
	decimals = clamp(decimals, 0, 9);
	if (scale > decimals) {
		magnitude = div_half_even(magnitude, num_pow10[scale - decimals]);
		scale = decimals;
	} else {
		zeros = (size_t)(decimals - scale);
	}
	if (value < 0 && magnitude != 0)
		out[bytes++] = '-';
	bytes += put_u64(out + bytes, magnitude / num_pow10[scale]);
	if (decimals > 0) {
		out[bytes++] = '.';
		put_digits(out + bytes, (size_t)scale, magnitude % num_pow10[scale]);
		memset(out + bytes + scale, '0', zeros);
		bytes += (size_t)decimals;
	}
	out[bytes] = '\0';
	return bytes;
}

/* A double below 2^53 taken apart exactly: the whole part, and the rest in units of 10^-decimals, half away from zero. */
static void split_double(double value, int decimals, uint64_t *whole, uint64_t *fraction)
{
	uint64_t bits;
	uint64_t mantissa;
	int exponent;
	int shift;
	struct wide scaled;

	memcpy(&bits, &value, sizeof bits);
	exponent = (int)(bits >> DOUBLE_MANTISSA_BITS & DOUBLE_EXPONENT_MASK);
	mantissa = (bits & ((UINT64_C(1) << DOUBLE_MANTISSA_BITS) - 1)) | (exponent > 0 ? UINT64_C(1) << DOUBLE_MANTISSA_BITS : 0);
	shift = DOUBLE_EXPONENT_BIAS - (exponent > 0 ? exponent : 1);
	*fraction = 0;
	if (shift <= 0) {
		*whole = mantissa << -shift;
		return;
	}
	*whole = shift <= DOUBLE_MANTISSA_BITS ? mantissa >> shift : 0;
	if (shift > 100) /* below 2^-47: nothing within 9 digits */
		return;
	scaled = wide_mul_unsigned(mantissa - (shift <= DOUBLE_MANTISSA_BITS ? *whole << shift : 0), num_pow10[decimals]);
	*fraction = wide_shifted(scaled, shift) + (wide_shifted(scaled, shift - 1) & 1);
	if (*fraction == num_pow10[decimals]) {
		*fraction = 0;
		(*whole)++;
	}
}

/* Below 10^9; the zeros at the end are left out. Returns how many digits that are. */
static size_t put_fraction(char *out, size_t digits, uint32_t fraction)
{
	for (; fraction % 10 == 0; fraction /= 10)
		digits--;
	put_digits_u32(out, digits, fraction);
	return digits;
}

size_t num_print_double(char out[static NUM_TEXT_BYTES], double value, int decimals)
{
	uint64_t whole;
	uint64_t fraction;
	size_t bytes = 0;

	if (!(value >= -num_double_max && value <= num_double_max)) {
		memcpy(out, "0", 2);
		return 0;
	}
	decimals = clamp(decimals, 0, 9);
	split_double(value, decimals, &whole, &fraction);
	if (value < 0 && (whole != 0 || fraction != 0))
		out[bytes++] = '-';
	bytes += put_u64(out + bytes, whole);
	if (fraction != 0) {
		out[bytes++] = '.';
		bytes += put_fraction(out + bytes, (size_t)decimals, (uint32_t)fraction);
	}
	out[bytes] = '\0';
	return bytes;
}

/* Quotient towards minus infinity; *rest is 0 .. c-1. */
static struct wide floor_div(struct wide product, int64_t c, int64_t *rest)
{
	struct wide quotient = wide_divide(product, c, rest);

	if (*rest >= 0)
		return quotient;
	*rest += c;
	return wide_add(quotient, wide_of(-1));
}

int64_t num_muldiv_floor(int64_t a, int64_t b, int64_t c)
{
	int64_t rest;

	return wide_saturated(floor_div(wide_mul(a, b), c, &rest));
}

int64_t num_muldiv_half_even(int64_t a, int64_t b, int64_t c)
{
	int64_t rest;
	struct wide quotient = floor_div(wide_mul(a, b), c, &rest);

	if (rest > c - rest || (rest == c - rest && (wide_shifted(quotient, 0) & 1) != 0))
		quotient = wide_add(quotient, wide_of(1));
	return wide_saturated(quotient);
}

int64_t num_add_saturating(int64_t a, int64_t b, bool *is_saturated)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	*is_saturated = true;
	return a < 0 ? INT64_MIN : INT64_MAX;
}

bool num_parse_duration_ms(const char *text, int64_t *value_ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
	    {"ms", 1}, {"s", 1000}, {"min", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000},
	};
	uint64_t count;
	int64_t total_ms;
	size_t i;

	if (!read_digits(&text, &count) || count > INT64_MAX)
		return false;
	for (i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (strcmp(text, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow((int64_t)count, units[i].ms, &total_ms))
			return false;
		*value_ms = total_ms;
		return true;
	}
	return false;
}
