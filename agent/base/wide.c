/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wide.h"

/* Elsewhere all of it is in the header. */
#ifdef WIDE_OF_HALVES

enum { HALF_BITS = 64 };

struct wide wide_of(int64_t a)
{
	return (struct wide){.high = a < 0 ? UINT64_MAX : 0, .low = (uint64_t)a};
}

struct wide wide_of_unsigned(uint64_t a)
{
	return (struct wide){.low = a};
}

/* By halves of halves, as on paper. */
struct wide wide_mul_unsigned(uint64_t a, uint64_t b)
{
	uint64_t a_low = (uint32_t)a;
	uint64_t b_low = (uint32_t)b;
	uint64_t lowest = a_low * b_low;
	uint64_t middle = (a >> 32) * b_low + (lowest >> 32);
	uint64_t other = a_low * (b >> 32) + (uint32_t)middle;

	return (struct wide){.high = (a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32), .low = other << 32 | (uint32_t)lowest};
}

struct wide wide_mul(int64_t a, int64_t b)
{
	return wide_times(wide_of(a), b);
}

struct wide wide_add(struct wide a, struct wide b)
{
	uint64_t low = a.low + b.low;

	return (struct wide){.high = a.high + b.high + (low < a.low), .low = low};
}

struct wide wide_times(struct wide a, int64_t b)
{
	struct wide product = wide_mul_unsigned(a.low, (uint64_t)b);

	product.high += a.high * (uint64_t)b;
	if (b < 0)
		product.high -= a.low;
	return product;
}

static struct wide negated(struct wide a)
{
	return wide_add((struct wide){.high = ~a.high, .low = ~a.low}, wide_of(1));
}

/* The high half at once; the low half by halves of it where 64 bits hold what is left and one of these, else bit by bit. */
struct wide wide_divide_unsigned(struct wide a, uint64_t by, uint64_t *rest)
{
	struct wide quotient = {.high = a.high / by};
	uint64_t left = a.high % by;

	if (by <= UINT32_MAX) {
		uint64_t upper = left << 32 | a.low >> 32;
		uint64_t lower = upper % by << 32 | (uint32_t)a.low;

		quotient.low = upper / by << 32 | lower / by;
		*rest = lower % by;
		return quotient;
	}
	for (int bit = HALF_BITS - 1; bit >= 0; bit--) {
		bool is_beyond = left >> (HALF_BITS - 1) != 0;

		left = left << 1 | (a.low >> bit & 1);
		if (is_beyond || left >= by) {
			left -= by;
			quotient.low |= UINT64_C(1) << bit;
		}
	}
	*rest = left;
	return quotient;
}

struct wide wide_divide(struct wide a, int64_t by, int64_t *rest)
{
	bool is_negative = a.high >> (HALF_BITS - 1) != 0;
	uint64_t left;
	struct wide quotient = wide_divide_unsigned(is_negative ? negated(a) : a, (uint64_t)by, &left);

	*rest = is_negative ? -(int64_t)left : (int64_t)left;
	return is_negative ? negated(quotient) : quotient;
}

uint64_t wide_shifted(struct wide a, int bits)
{
	if (bits >= HALF_BITS)
		return a.high >> (bits - HALF_BITS);
	return bits == 0 ? a.low : a.low >> bits | a.high << (HALF_BITS - bits);
}

int64_t wide_saturated(struct wide a)
{
	if (a.high == (a.low >> (HALF_BITS - 1) != 0 ? UINT64_MAX : 0))
		return (int64_t)a.low;
	return a.high >> (HALF_BITS - 1) != 0 ? INT64_MIN : INT64_MAX;
}

#endif
