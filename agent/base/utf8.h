/* SPDX-License-Identifier: Apache-2.0 */
/* utf8: one character out of bytes, strictly (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef WATTLEDGER_BASE_UTF8_H
#define WATTLEDGER_BASE_UTF8_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands for a sequence that is not UTF-8. */
#define UTF8_REPLACEMENT UINT32_C(0xFFFD)

enum { UTF8_CHAR_BYTES_MAX = 4 };

/* One character; is_valid false: code_point is UTF8_REPLACEMENT and `bytes` says how many of the bad bytes it stands for (>= 1). */
struct utf8_char {
	uint32_t code_point;
	size_t bytes;
	bool is_valid;
};

/* Decodes the character at the start of data[0..bytes), bytes >= 1. */
struct utf8_char utf8_decode(const void *data, size_t bytes) MUST_CHECK;

/* Encodes a code point up to U+10FFFF; returns the bytes written. */
size_t utf8_encode(char out[static UTF8_CHAR_BYTES_MAX], uint32_t code_point);

/* All of data[0..bytes) is UTF-8. */
bool utf8_is_valid(const void *data, size_t bytes) MUST_CHECK;

#endif
