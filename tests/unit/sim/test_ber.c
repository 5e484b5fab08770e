/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/ber.h"

#include <criterion/criterion.h>
#include <string.h>

/* What was written has to be exactly these bytes. */
static void expect(const struct ber_out *out, const uint8_t *bytes, size_t count)
{
	cr_assert_not(out->is_full);
	cr_assert_eq(out->bytes, count, "%zu bytes, not %zu", out->bytes, count);
	cr_assert_arr_eq(out->data, bytes, count);
}

#define EXPECT(out, ...)                                   \
	do {                                               \
		const uint8_t expected[] = {__VA_ARGS__};  \
		expect(&(out), expected, sizeof expected); \
	} while (0)

static struct ber_in from(const uint8_t *bytes, size_t count)
{
	return (struct ber_in){.at = bytes, .end = bytes + count};
}

Test(ber, integers_take_the_fewest_bytes)
{
	uint8_t data[64];
	struct ber_out out = {.data = data, .capacity_bytes = sizeof data};

	/* X.690 section 8.3: 0, 127, 128, -128, -129 */
	ber_add_int(&out, BER_INTEGER, 0);
	ber_add_int(&out, BER_INTEGER, 127);
	ber_add_int(&out, BER_INTEGER, 128);
	ber_add_int(&out, BER_INTEGER, -128);
	ber_add_int(&out, BER_INTEGER, -129);
	EXPECT(out, 2, 1, 0, 2, 1, 0x7f, 2, 2, 0, 0x80, 2, 1, 0x80, 2, 2, 0xff, 0x7f);
}

Test(ber, unsigned_numbers_keep_the_sign_bit_clear)
{
	uint8_t data[64];
	struct ber_out out = {.data = data, .capacity_bytes = sizeof data};

	ber_add_unsigned(&out, BER_GAUGE32, UINT32_MAX);
	ber_add_unsigned(&out, BER_COUNTER64, UINT64_MAX);
	EXPECT(out, 0x42, 5, 0, 0xff, 0xff, 0xff, 0xff, 0x46, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
}

Test(ber, object_identifiers_use_seven_bits_a_byte)
{
	static const uint32_t arcs[] = {1, 3, 6, 1, 4, 1, 318, UINT32_MAX};
	uint8_t data[64];
	struct ber_out out = {.data = data, .capacity_bytes = sizeof data};

	/* 318 = 2 * 128 + 62; 2^32 - 1 = 15 * 2^28 + four times 127 */
	ber_add_oid(&out, arcs, 8);
	EXPECT(out, 6, 12, 0x2b, 6, 1, 4, 1, 0x82, 0x3e, 0x8f, 0xff, 0xff, 0xff, 0x7f);
}

Test(ber, object_identifiers_survive_the_way_there_and_back)
{
	static const char *const texts[] = {"0.0", "0.39", "1.0", "1.3.6.1.2.1.1.3.0", "2.100.3", "2.4294967215", "1.3.4294967295.0"};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		uint8_t data[64];
		struct ber_out out = {.data = data, .capacity_bytes = sizeof data};
		uint32_t arcs[16];
		size_t count = oid_parse(texts[i], arcs, 16);
		struct oid back;

		ber_add_oid(&out, arcs, count);
		struct ber_in in = from(data, out.bytes);
		cr_assert(ber_read_oid(&in, &back), "%s", texts[i]);
		cr_assert_eq(oid_compare(arcs, count, back.arcs, back.count), 0, "%s", texts[i]);
		cr_assert_eq(in.at, in.end);
	}
}

Test(ber, lengths_from_128_on_are_long)
{
	uint8_t data[400];
	uint8_t content[300] = {0};
	struct ber_out out = {.data = data, .capacity_bytes = sizeof data};

	ber_add(&out, BER_OCTETS, content, 127);
	cr_assert_eq(data[1], 127);
	out.bytes = 0;
	ber_add(&out, BER_OCTETS, content, 128);
	cr_assert_eq(data[1], 0x81);
	cr_assert_eq(data[2], 128);
	out.bytes = 0;
	ber_add(&out, BER_OCTETS, content, 300);
	/* 300 = 0x012c */
	cr_assert_eq(data[1], 0x82);
	cr_assert_eq(data[2], 0x01);
	cr_assert_eq(data[3], 0x2c);
	cr_assert_eq(out.bytes, 304);
}

Test(ber, wrapping_puts_a_header_before_what_is_there)
{
	uint8_t data[64];
	struct ber_out out = {.data = data, .capacity_bytes = sizeof data};

	ber_add_int(&out, BER_INTEGER, 1);
	ber_add(&out, BER_NULL, NULL, 0);
	ber_wrap(&out, 3, BER_SEQUENCE);
	EXPECT(out, 2, 1, 1, 0x30, 2, 5, 0);
}

Test(ber, writing_stops_at_the_end_of_the_buffer)
{
	uint8_t data[6] = {0};
	struct ber_out out = {.data = data, .capacity_bytes = 5};

	ber_add_int(&out, BER_INTEGER, 1);
	cr_assert_not(out.is_full);
	ber_add_int(&out, BER_INTEGER, 2);
	cr_assert(out.is_full);
	cr_assert_eq(out.bytes, 3);
	ber_add(&out, BER_NULL, NULL, 0);
	cr_assert_eq(out.bytes, 3, "what is full stays full");
	cr_assert_eq(data[5], 0);
}

Test(ber, reads_numbers_with_their_sign)
{
	static const uint8_t bytes[] = {2, 1, 0xff, 2, 2, 0, 0xff, 2, 8, 0x80, 0, 0, 0, 0, 0, 0, 0};
	struct ber_in in = from(bytes, sizeof bytes);
	int64_t value;

	cr_assert(ber_read_int(&in, &value));
	cr_assert_eq(value, -1);
	cr_assert(ber_read_int(&in, &value));
	cr_assert_eq(value, 255);
	cr_assert(ber_read_int(&in, &value));
	cr_assert_eq(value, INT64_MIN);
}

Test(ber, refuses_what_does_not_hold_together)
{
	static const struct {
		const char *what;
		size_t count;
		uint8_t bytes[8];
	} cases[] = {
	    {"nothing at all", 0, {0}},
	    {"a tag alone", 1, {2}},
	    {"less content than announced", 3, {2, 2, 1}},
	    {"an indefinite length", 4, {2, 0x80, 0, 0}},
	    {"a length of five bytes", 7, {2, 0x85, 0, 0, 0, 0, 1}},
	    {"a length that is cut off", 3, {2, 0x82, 0}},
	    {"a number without content", 2, {2, 0}},
	    {"another tag", 3, {4, 1, 0}},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ber_in in = from(cases[i].bytes, cases[i].count);
		int64_t value = 42;

		cr_assert_not(ber_read_int(&in, &value), "%s", cases[i].what);
		cr_assert_eq(value, 42, "%s", cases[i].what);
	}
}

Test(ber, refuses_numbers_of_more_than_eight_bytes)
{
	static const uint8_t bytes[] = {2, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8};
	struct ber_in in = from(bytes, sizeof bytes);
	int64_t value;

	cr_assert_not(ber_read_int(&in, &value));
}

Test(ber, refuses_malformed_object_identifiers)
{
	static const uint8_t empty[] = {6, 0};
	static const uint8_t unfinished[] = {6, 2, 0x2b, 0x81};
	static const uint8_t beyond_32_bits[] = {6, 6, 0x2b, 0x90, 0x80, 0x80, 0x80, 0};
	struct oid oid;
	struct ber_in in = from(empty, sizeof empty);

	cr_assert_not(ber_read_oid(&in, &oid));
	in = from(unfinished, sizeof unfinished);
	cr_assert_not(ber_read_oid(&in, &oid));
	in = from(beyond_32_bits, sizeof beyond_32_bits);
	cr_assert_not(ber_read_oid(&in, &oid));
}

Test(ber, refuses_more_arcs_than_an_identifier_may_have)
{
	uint8_t bytes[2 + 1 + 127] = {6, 127, 0x2b};
	uint8_t long_bytes[3 + 128] = {6, 0x81, 128, 0x2b};
	struct oid oid;
	struct ber_in in = from(bytes, 2 + 127);

	/* 127 content bytes are 128 arcs, one more is one too many */
	cr_assert(ber_read_oid(&in, &oid));
	cr_assert_eq(oid.count, OID_ARCS_MAX);
	in = from(long_bytes, sizeof long_bytes);
	cr_assert_not(ber_read_oid(&in, &oid));
}
