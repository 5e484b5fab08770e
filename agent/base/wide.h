/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wide: what is computed with products of two 64-bit integers: 128 bits, two's complement. C has no such type on processors of 32 bits; there
 * (or with WIDE_OF_HALVES, for the test) it is made of two halves. What does not fit into 128 bits is the caller's to keep out.
 */
#ifndef WATTLEDGER_BASE_WIDE_H
#define WATTLEDGER_BASE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

#if !defined(__SIZEOF_INT128__) && !defined(WIDE_OF_HALVES)
#define WIDE_OF_HALVES
#endif

/* An integer of 128 bits. Only the functions below look inside. */
struct wide {
#ifdef WIDE_OF_HALVES
	uint64_t high;
	uint64_t low;
#else
	__extension__ __int128 value;
#endif
};

/* `a` itself; of a signed and of an unsigned integer. */
struct wide wide_of(int64_t a);
struct wide wide_of_unsigned(uint64_t a);
/* a x b, exact. */
struct wide wide_mul(int64_t a, int64_t b);
struct wide wide_mul_unsigned(uint64_t a, uint64_t b);
/* a + b and a x b. */
struct wide wide_add(struct wide a, struct wide b);
struct wide wide_times(struct wide a, int64_t b);
/* a / by towards zero, by > 0; *rest has the sign of `a`. The second takes `a` for unsigned. */
struct wide wide_divide(struct wide a, int64_t by, int64_t *rest);
struct wide wide_divide_unsigned(struct wide a, uint64_t by, uint64_t *rest);
/* The low 64 bits of an unsigned a / 2^bits; bits 0 .. 127. */
uint64_t wide_shifted(struct wide a, int bits);
/* The nearest int64_t. */
int64_t wide_saturated(struct wide a);

#endif
