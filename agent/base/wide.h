/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wide: what is computed with products of two 64-bit integers: 128 bits, two's complement. C has no such type on processors of 32 bits; there
 * (or with WIDE_OF_HALVES, for the test) it is made of two halves. Elsewhere each function is an operator of C, and no call: this is computed for
 * each sample. What does not fit into 128 bits is the caller's to keep out.
 */
#ifndef WATTLEDGER_BASE_WIDE_H
#define WATTLEDGER_BASE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

#if !defined(__SIZEOF_INT128__) && !defined(WIDE_OF_HALVES)
#define WIDE_OF_HALVES
#endif

/* An integer of 128 bits. Only the functions below look inside. WIDE_FUNCTION stands before each of them. */
#ifdef WIDE_OF_HALVES
#define WIDE_FUNCTION
struct wide {
	uint64_t high;
	uint64_t low;
};
#else
#define WIDE_FUNCTION static inline
__extension__ typedef __int128 wide_int;
__extension__ typedef unsigned __int128 wide_uint;
struct wide {
	wide_int value;
};
#endif

/* `a` itself; of a signed and of an unsigned integer. */
WIDE_FUNCTION struct wide wide_of(int64_t a);
WIDE_FUNCTION struct wide wide_of_unsigned(uint64_t a);
/* a x b, exact. */
WIDE_FUNCTION struct wide wide_mul(int64_t a, int64_t b);
WIDE_FUNCTION struct wide wide_mul_unsigned(uint64_t a, uint64_t b);
/* a + b and a x b. */
WIDE_FUNCTION struct wide wide_add(struct wide a, struct wide b);
WIDE_FUNCTION struct wide wide_times(struct wide a, int64_t b);
/* a / by towards zero, by > 0; *rest has the sign of `a`. The second takes `a` for unsigned. */
WIDE_FUNCTION struct wide wide_divide(struct wide a, int64_t by, int64_t *rest);
WIDE_FUNCTION struct wide wide_divide_unsigned(struct wide a, uint64_t by, uint64_t *rest);
/* The low 64 bits of an unsigned a / 2^bits; bits 0 .. 127. */
WIDE_FUNCTION uint64_t wide_shifted(struct wide a, int bits);
/* The nearest int64_t. */
WIDE_FUNCTION int64_t wide_saturated(struct wide a);

#ifndef WIDE_OF_HALVES

static inline struct wide wide_of(int64_t a)
{
	return (struct wide){a};
}

static inline struct wide wide_of_unsigned(uint64_t a)
{
	return (struct wide){a};
}

static inline struct wide wide_mul(int64_t a, int64_t b)
{
	return (struct wide){(wide_int)a * b};
}

static inline struct wide wide_mul_unsigned(uint64_t a, uint64_t b)
{
	return (struct wide){(wide_int)((wide_uint)a * b)};
}

static inline struct wide wide_add(struct wide a, struct wide b)
{
	return (struct wide){a.value + b.value};
}

static inline struct wide wide_times(struct wide a, int64_t b)
{
	return (struct wide){a.value * b};
}

static inline struct wide wide_divide(struct wide a, int64_t by, int64_t *rest)
{
	*rest = (int64_t)(a.value % by);
	return (struct wide){a.value / by};
}

static inline struct wide wide_divide_unsigned(struct wide a, uint64_t by, uint64_t *rest)
{
	*rest = (uint64_t)((wide_uint)a.value % by);
	return (struct wide){(wide_int)((wide_uint)a.value / by)};
}

static inline uint64_t wide_shifted(struct wide a, int bits)
{
	return (uint64_t)((wide_uint)a.value >> bits);
}

static inline int64_t wide_saturated(struct wide a)
{
	if (a.value > INT64_MAX)
		return INT64_MAX;
	return a.value < INT64_MIN ? INT64_MIN : (int64_t)a.value;
}

#endif
#endif
