/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* First bytes by the length of their sequence, with the least code point that needs this length (RFC 3629, section 3). */
static const struct {
	uint8_t mask;
	uint8_t lead;
	uint8_t bytes;
	uint32_t code_point_min;
} utf8_forms[] = {
    {0x80, 0x00, 1, 0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
};

enum { UTF8_FORM_COUNT = sizeof utf8_forms / sizeof utf8_forms[0] };

static bool is_scalar(uint32_t code_point)
{
	return code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
}

struct utf8_char utf8_decode(const void *data, size_t bytes)
{
	const uint8_t *in = data;
	struct utf8_char bad = {.code_point = UTF8_REPLACEMENT, .bytes = 1};
	uint32_t code_point;
	size_t form = 0;
	size_t i;

	while (form < UTF8_FORM_COUNT && (in[0] & utf8_forms[form].mask) != utf8_forms[form].lead)
		form++;
	if (form == UTF8_FORM_COUNT)
		return bad;
	code_point = (uint32_t)(in[0] & (uint8_t)~utf8_forms[form].mask);
	for (i = 1; i < utf8_forms[form].bytes; i++) {
		if (i >= bytes || (in[i] & 0xC0) != 0x80) {
			bad.bytes = i;
			return bad;
		}
		code_point = code_point << 6 | (in[i] & 0x3F);
	}
	if (code_point < utf8_forms[form].code_point_min || !is_scalar(code_point)) {
		bad.bytes = i;
		return bad;
	}
	return (struct utf8_char){.code_point = code_point, .bytes = i, .is_valid = true};
}

size_t utf8_encode(char out[static UTF8_CHAR_BYTES_MAX], uint32_t code_point)
{
	size_t form = UTF8_FORM_COUNT - 1;
	size_t bytes;
	size_t i;

	while (form > 0 && code_point < utf8_forms[form].code_point_min)
		form--;
	bytes = utf8_forms[form].bytes;
	for (i = bytes - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code_point & 0x3F));
		code_point >>= 6;
	}
	out[0] = (char)(utf8_forms[form].lead | code_point);
	return bytes;
}

bool utf8_is_valid(const void *data, size_t bytes)
{
	const uint8_t *in = data;
	size_t at = 0;

	while (at < bytes) {
		struct utf8_char c = utf8_decode(in + at, bytes - at);

		if (!c.is_valid)
			return false;
		at += c.bytes;
	}
	return true;
}
