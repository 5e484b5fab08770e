/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/expect.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ANSWER_BYTES = 200 };

static struct c_snmp_reply reply; /* too large for a stack */

/* The request of these tests: v2c, "public", sysUpTime.0 and 1.3.6.1.4.1.9.3.0, built by net-snmp. */
static size_t build(uint8_t *out, size_t out_bytes)
{
	static const struct plan_oid oid[] = {{.length = 9, .id = {1, 3, 6, 1, 2, 1, 1, 3, 0}},
					      {.length = 9, .id = {1, 3, 6, 1, 4, 1, 9, 3, 0}}};
	struct c_snmp_request request = {.command = C_SNMP_GET, .oid = oid, .oid_count = 2};
	size_t bytes = 0, id_offset;

	cr_assert_eq(c_snmp_packet_init(NULL), ERR_NONE);
	cr_assert_eq(c_snmp_packet_build(SNMP_V2C, "public", &request, out, out_bytes, &bytes, &id_offset, NULL), ERR_NONE);
	return bytes;
}

/* Puts a header of two bytes before what `out` holds from `at` on. */
static size_t wrap(uint8_t *out, size_t at, size_t end, uint8_t tag)
{
	memmove(out + at + 2, out + at, end - at);
	out[at] = tag;
	out[at + 1] = (uint8_t)(end - at);
	return end + 2;
}

static size_t put(uint8_t *out, size_t at, const void *data, size_t bytes)
{
	memcpy(out + at, data, bytes);
	return at + bytes;
}

/* Its answer: request id 0x40000007, uptime 42, and for the second object the element `value`. */
static size_t answer(uint8_t out[static ANSWER_BYTES], const uint8_t *value, size_t value_bytes)
{
	static const uint8_t message_head[] = {0x02, 1, 1, 0x04, 6, 'p', 'u', 'b', 'l', 'i', 'c'};
	static const uint8_t pdu_head[] = {0x02, 4, 0x40, 0, 0, 7, 0x02, 1, 0, 0x02, 1, 0};
	static const uint8_t first[] = {0x30, 13, 0x06, 8, 0x2b, 6, 1, 2, 1, 1, 3, 0, 0x43, 1, 42};
	static const uint8_t second_name[] = {0x06, 8, 0x2b, 6, 1, 4, 1, 9, 3, 0};
	size_t pdu = put(out, 0, message_head, sizeof message_head);
	size_t list = put(out, pdu, pdu_head, sizeof pdu_head);
	size_t second = put(out, list, first, sizeof first);
	size_t end = put(out, put(out, second, second_name, sizeof second_name), value, value_bytes);

	end = wrap(out, second, end, 0x30);
	end = wrap(out, list, end, 0x30);
	end = wrap(out, pdu, end, 0xa2);
	return wrap(out, 0, end, 0x30);
}

struct value {
	uint8_t element[16];
	size_t bytes;
	bool is_taken;
	enum c_snmp_kind kind;
	int64_t number; /* or count */
};

Test(expect, values_are_those_that_net_snmp_finds_and_rare_forms_are_left_to_it)
{
	static const struct value values[] = {
	    {{0x02, 1, 0xff}, 3, true, C_SNMP_SIGNED, -1},
	    {{0x02, 4, 0x7f, 0xff, 0xff, 0xff}, 6, true, C_SNMP_SIGNED, INT32_MAX},
	    {{0x41, 5, 0, 0xff, 0xff, 0xff, 0xff}, 7, true, C_SNMP_UNSIGNED, UINT32_MAX},
	    {{0x42, 4, 0xff, 0xff, 0xff, 0xff}, 6, true, C_SNMP_UNSIGNED, UINT32_MAX}, /* the leading zero is forgotten by many */
	    {{0x46, 8, 0x01, 0, 0, 0, 0, 0, 0, 2}, 10, true, C_SNMP_UNSIGNED, 0x0100000000000002},
	    {{0x46, 9, 0, 0x7f, 0, 0, 0, 0, 0, 0, 1}, 11, true, C_SNMP_UNSIGNED, 0x7f00000000000001},
	    {{0x80, 0}, 2, true, C_SNMP_ABSENT, 0},
	    {{0x81, 0}, 2, true, C_SNMP_ABSENT, 0},
	    {{0x05, 0}, 2, true, C_SNMP_ABSENT, 0},
	    {{0x42, 1, 0xff}, 3, false, C_SNMP_ABSENT, 0},                      /* a sign where there is none */
	    {{0x41, 5, 1, 0, 0, 0, 0}, 7, false, C_SNMP_ABSENT, 0},             /* 33 bits */
	    {{0x02, 5, 0, 0, 0, 0, 1}, 7, false, C_SNMP_ABSENT, 0},             /* longer than an INTEGER */
	    {{0x02, 0}, 2, false, C_SNMP_ABSENT, 0},                            /* no number */
	    {{0x44, 7, 0x9f, 0x78, 4, 0, 0, 0, 0}, 9, false, C_SNMP_ABSENT, 0}, /* Opaque float */
	    {{0x06, 2, 0x2b, 6}, 4, false, C_SNMP_ABSENT, 0},
	    {{0x82, 0}, 2, false, C_SNMP_ABSENT, 0},
	    {{0x02, 1, 1, 0}, 4, false, C_SNMP_ABSENT, 0}, /* something behind the value */
	};
	uint8_t request[C_SNMP_REQUEST_BYTES_MAX], message[ANSWER_BYTES];
	size_t request_bytes = build(request, sizeof request);

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		size_t bytes = answer(message, values[i].element, values[i].bytes);

		cr_expect_eq(c_snmp_expect_take(request, request_bytes, message, bytes, &reply), values[i].is_taken, "value %zu", i);
		if (!values[i].is_taken)
			continue;
		cr_expect(reply.is_as_asked);
		cr_expect_eq(reply.id, 0x40000007);
		cr_expect_eq(reply.varbind_count, 2);
		cr_expect_eq(reply.varbind[0].raw.count, 42);
		cr_expect_eq(reply.varbind[1].raw.kind, values[i].kind, "value %zu", i);
		cr_expect_eq(reply.varbind[1].raw.number, values[i].number, "value %zu", i);
		cr_assert(c_snmp_packet_parse(message, bytes, &reply));
		cr_expect_not(reply.is_as_asked);
		cr_expect_eq(reply.varbind[1].raw.kind, values[i].kind, "value %zu", i);
		cr_expect(values[i].kind == C_SNMP_ABSENT || reply.varbind[1].raw.number == values[i].number, "value %zu", i);
		c_snmp_packet_release(&reply);
	}
}

Test(expect, a_text_is_borrowed_from_the_message)
{
	static const uint8_t text[] = {0x04, 4, '1', '2', '.', '5'};
	uint8_t request[C_SNMP_REQUEST_BYTES_MAX], message[ANSWER_BYTES];
	size_t request_bytes = build(request, sizeof request);
	size_t bytes = answer(message, text, sizeof text);

	cr_assert(c_snmp_expect_take(request, request_bytes, message, bytes, &reply));
	cr_expect_eq(reply.varbind[1].raw.kind, C_SNMP_TEXT);
	cr_expect_eq(reply.varbind[1].raw.text_bytes, 4);
	cr_expect_eq(reply.varbind[1].raw.text, message + bytes - 4);
}

Test(expect, a_message_that_differs_in_anything_but_id_and_values_is_left_to_net_snmp)
{
	static const uint8_t one[] = {0x02, 1, 1};
	uint8_t request[C_SNMP_REQUEST_BYTES_MAX], message[ANSWER_BYTES];
	size_t request_bytes = build(request, sizeof request);
	size_t bytes = answer(message, one, sizeof one);

	cr_assert(c_snmp_expect_take(request, request_bytes, message, bytes, &reply));
	for (size_t i = 0; i < bytes; i++) {
		bool is_id = i >= 17 && i < 21;
		bool is_value = i == 43 || i >= bytes - 3; /* uptime; tag (INTEGER turns into Gauge32) and value of the second */

		message[i] ^= 0x40;
		cr_expect_eq(c_snmp_expect_take(request, request_bytes, message, bytes, &reply), is_id || (is_value && i != bytes - 2),
			     "byte %zu", i);
		message[i] ^= 0x40;
	}
	for (size_t cut = 0; cut < bytes; cut++)
		cr_expect_not(c_snmp_expect_take(request, request_bytes, message, cut, &reply), "%zu bytes", cut);
	message[bytes] = 0;
	cr_expect_not(c_snmp_expect_take(request, request_bytes, message, bytes + 1, &reply));
}
