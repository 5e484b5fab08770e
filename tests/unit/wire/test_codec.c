/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/codec.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

Test(codec, numbers_are_little_endian)
{
	static const uint8_t expected[] = {0x01, 0x03, 0x02, 0x07, 0x06, 0x05, 0x04, 0x0F, 0x0E, 0x0D, 0x0C, 0x0B, 0x0A, 0x09,
					   0x08, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01, 0x02, 0x00, 'a',  'b'};
	uint8_t bytes[64];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};

	wire_put_u8(&writer, 1);
	wire_put_u16(&writer, 0x0203);
	wire_put_u32(&writer, 0x04050607);
	wire_put_u64(&writer, UINT64_C(0x08090A0B0C0D0E0F));
	wire_put_i64(&writer, -2);
	wire_put_bool(&writer, true);
	wire_put_text(&writer, "ab");
	cr_assert_not(writer.is_full);
	cr_assert_eq(writer.length, sizeof expected);
	cr_assert_eq(memcmp(bytes, expected, sizeof expected), 0);
}

Test(codec, what_was_put_comes_back)
{
	uint8_t bytes[128];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct wire_reader reader = {.bytes = bytes};
	char text[8];
	char raw[4];

	wire_put_u8(&writer, 255);
	wire_put_u16(&writer, 65535);
	wire_put_u32(&writer, UINT32_MAX);
	wire_put_i64(&writer, INT64_MIN);
	wire_put_f64(&writer, -230.125);
	wire_put_bool(&writer, false);
	wire_put_text(&writer, "");
	wire_put_text(&writer, "outlet");
	wire_put_bytes(&writer, "\0\n\xFF", 3);
	reader.length = writer.length;
	cr_assert_eq(wire_get_u8(&reader), 255);
	cr_assert_eq(wire_get_u16(&reader), 65535);
	cr_assert_eq(wire_get_u32(&reader), UINT32_MAX);
	cr_assert(eq(i64, wire_get_i64(&reader), INT64_MIN));
	cr_assert(eq(dbl, wire_get_f64(&reader), -230.125)); /* a sum of powers of two: exact */
	cr_assert_not(wire_get_bool(&reader));
	wire_get_text(&reader, text, sizeof text);
	cr_assert_str_eq(text, "");
	wire_get_text(&reader, text, sizeof text);
	cr_assert_str_eq(text, "outlet");
	cr_assert_not(wire_is_done(&reader));
	cr_assert_eq(wire_get_bytes(&reader, raw, sizeof raw), 3);
	cr_assert_eq(memcmp(raw, "\0\n\xFF", 3), 0);
	cr_assert(wire_is_done(&reader));
}

Test(codec, full_writer_writes_nothing_more)
{
	uint8_t bytes[4] = {0};
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};

	wire_put_u8(&writer, 1);
	wire_put_u32(&writer, UINT32_MAX);
	cr_assert(writer.is_full);
	cr_assert_eq(writer.length, 1);
	wire_put_u8(&writer, 2);
	wire_put_text(&writer, "");
	cr_assert_eq(writer.length, 1);
	cr_assert_eq(bytes[1], 0);
}

Test(codec, text_beyond_a_u16_does_not_fit)
{
	static uint8_t bytes[70000];
	static char data[65536];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};

	wire_put_bytes(&writer, data, 65535);
	cr_assert_not(writer.is_full);
	writer.length = 0;
	wire_put_bytes(&writer, data, 65536);
	cr_assert(writer.is_full);
	cr_assert_eq(writer.length, 0);
}

Test(codec, missing_bytes_give_zero_for_ever)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct wire_reader reader = {.bytes = bytes, .length = sizeof bytes};

	cr_assert_eq(wire_get_u32(&reader), 0);
	cr_assert(reader.is_bad);
	cr_assert_eq(wire_get_u8(&reader), 0);
	cr_assert_not(wire_is_done(&reader));
}

Test(codec, doubles_are_finite)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		uint8_t bytes[8];
		struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
		struct wire_reader reader = {.bytes = bytes, .length = sizeof bytes};

		wire_put_f64(&writer, bad[i]);
		cr_expect(eq(dbl, wire_get_f64(&reader), 0.0));
		cr_expect(reader.is_bad);
	}
}

Test(codec, bools_and_enums_are_in_range)
{
	static const uint8_t bytes[] = {2};
	struct wire_reader reader = {.bytes = bytes, .length = 1};

	cr_assert_eq(wire_get_enum(&reader, 3), 2);
	reader = (struct wire_reader){.bytes = bytes, .length = 1};
	cr_assert_eq(wire_get_enum(&reader, 2), 0);
	cr_assert(reader.is_bad);
	reader = (struct wire_reader){.bytes = bytes, .length = 1};
	cr_assert_not(wire_get_bool(&reader));
	cr_assert(reader.is_bad);
}

static bool is_text_taken(const char *data, size_t bytes, size_t out_bytes)
{
	uint8_t area[64];
	char out[64];
	struct wire_writer writer = {.bytes = area, .capacity = sizeof area};
	struct wire_reader reader = {.bytes = area};

	wire_put_bytes(&writer, data, bytes);
	reader.length = writer.length;
	wire_get_text(&reader, out, out_bytes);
	if (reader.is_bad)
		cr_assert_str_eq(out, "");
	return !reader.is_bad;
}

Test(codec, text_is_clean_and_fits)
{
	cr_assert(is_text_taken("abc", 3, 4));
	cr_assert_not(is_text_taken("abcd", 4, 4));
	cr_assert_not(is_text_taken("a\0c", 3, 8));
	cr_assert_not(is_text_taken("a\nc", 3, 8));
	cr_assert_not(is_text_taken("a\xFF", 2, 8));
	cr_assert_not(is_text_taken(" a", 2, 8));
	cr_assert(is_text_taken("", 0, 1));
}

Test(codec, text_longer_than_the_record_is_bad)
{
	static const uint8_t bytes[] = {5, 0, 'a', 'b'};
	struct wire_reader reader = {.bytes = bytes, .length = sizeof bytes};
	char out[16];

	wire_get_text(&reader, out, sizeof out);
	cr_assert(reader.is_bad);
	cr_assert_str_eq(out, "");
}
