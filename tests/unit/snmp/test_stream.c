/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/stream.h"

#include <criterion/criterion.h>

Test(stream, short_and_long_lengths_tell_where_a_message_ends)
{
	static const uint8_t short_form[] = {0x30, 0x05, 1, 2, 3, 4, 5, 0x30};
	static const uint8_t long_form[] = {0x30, 0x82, 0x01, 0x2c};

	/* 2 bytes of header and 5; 4 bytes of header and 0x12c = 300 */
	cr_expect_eq(c_snmp_stream_message_bytes(short_form, sizeof short_form), 7);
	cr_expect_eq(c_snmp_stream_message_bytes(long_form, sizeof long_form), 304);
}

Test(stream, a_header_that_is_not_whole_cannot_tell)
{
	static const uint8_t part[] = {0x30, 0x82, 0x01};

	for (size_t bytes = 0; bytes <= sizeof part; bytes++)
		cr_expect_eq(c_snmp_stream_message_bytes(part, bytes), 0);
}

Test(stream, what_is_no_message_or_too_long_is_refused)
{
	static const uint8_t text[] = "HTTP/1.1 400 Bad Request";
	static const uint8_t endless[] = {0x30, 0x80};
	static const uint8_t five_octets[] = {0x30, 0x85, 0, 0, 0, 0, 1};
	/* 65536 bytes in all are the most: 5 bytes of header and 0xfffb */
	static const uint8_t largest[] = {0x30, 0x83, 0x00, 0xff, 0xfb};
	static const uint8_t larger[] = {0x30, 0x83, 0x00, 0xff, 0xfc};

	cr_expect_eq(c_snmp_stream_message_bytes(text, sizeof text), SIZE_MAX);
	cr_expect_eq(c_snmp_stream_message_bytes(endless, sizeof endless), SIZE_MAX);
	cr_expect_eq(c_snmp_stream_message_bytes(five_octets, sizeof five_octets), SIZE_MAX);
	cr_expect_eq(c_snmp_stream_message_bytes(largest, sizeof largest), 65536);
	cr_expect_eq(c_snmp_stream_message_bytes(larger, sizeof larger), SIZE_MAX);
}
