/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken for an answer: exactly the one that is waited for. Frames are written out by hand; CRCs by the tables of other masters. */
#include "modbus/adu.h"

#include <criterion/criterion.h>
#include <string.h>

/* Unit 1, function 3, two registers from 0x006B. */
static const struct c_modbus_request request = {.unit = 1, .function = 3, .address = 0x006B, .count = 2};

static enum c_modbus_verdict take_tcp(const uint8_t *bytes, size_t count, struct c_modbus_answer *out)
{
	return c_modbus_adu_take_tcp(&request, 0x1234, bytes, count, out);
}

static enum c_modbus_verdict take_rtu(const uint8_t *bytes, size_t count, struct c_modbus_answer *out)
{
	return c_modbus_adu_take_rtu(&request, bytes, count, out);
}

static const uint8_t tcp_answer[] = {0x12, 0x34, 0, 0, 0, 7, 1, 3, 4, 0xDE, 0xAD, 0xBE, 0xEF};
/* CRC of 01 03 04 00 06 00 05 is 0x31DA: low byte DA first. */
static const uint8_t rtu_answer[] = {1, 3, 4, 0x00, 0x06, 0x00, 0x05, 0xDA, 0x31};

Test(adu, crc_of_a_known_frame)
{
	/* Modbus over serial line V1.02, 6.2.2: 02 07 has the CRC 41 12 (on the wire). */
	static const uint8_t frame[] = {0x02, 0x07};

	cr_expect_eq(c_modbus_adu_crc(frame, sizeof frame), 0x1241);
}

Test(adu, a_request_is_printed_as_the_standard_shows_it)
{
	static const uint8_t expected[] = {1, 3, 0x00, 0x6B, 0x00, 0x02};
	uint8_t bytes[C_MODBUS_REQUEST_BYTES_MAX];

	cr_assert_eq(c_modbus_adu_print_request(&request, bytes), sizeof expected);
	cr_expect_arr_eq(bytes, expected, sizeof expected);
}

Test(adu, the_right_answer_of_tcp_is_taken)
{
	struct c_modbus_answer answer;

	cr_assert_eq(take_tcp(tcp_answer, sizeof tcp_answer, &answer), C_MODBUS_ANSWER);
	cr_expect_eq(answer.data_bytes, 4);
	cr_expect_eq(answer.data[0], 0xDE);
	cr_expect_eq(answer.exception, 0);
}

Test(adu, each_beginning_of_the_right_answer_waits_for_more)
{
	struct c_modbus_answer answer;

	for (size_t i = 0; i < sizeof tcp_answer; i++)
		cr_expect_eq(take_tcp(tcp_answer, i, &answer), C_MODBUS_MORE, "%zu", i);
	for (size_t i = 0; i < sizeof rtu_answer; i++)
		cr_expect_eq(take_rtu(rtu_answer, i, &answer), C_MODBUS_MORE, "%zu", i);
}

/* Number, protocol, length, unit, function and byte count: with any of these changed it is no answer. Data may be anything. */
Test(adu, any_other_byte_of_the_head_makes_it_foreign)
{
	struct c_modbus_answer answer;

	for (size_t i = 0; i < 9; i++) {
		uint8_t bytes[sizeof tcp_answer];

		memcpy(bytes, tcp_answer, sizeof bytes);
		bytes[i] ^= 0x01;
		cr_expect_neq(take_tcp(bytes, sizeof bytes, &answer), C_MODBUS_ANSWER, "byte %zu", i);
	}
}

Test(adu, any_other_byte_of_a_serial_frame_makes_it_foreign)
{
	struct c_modbus_answer answer;

	for (size_t i = 0; i < sizeof rtu_answer; i++)
		for (int bit = 0; bit < 8; bit++) {
			uint8_t bytes[sizeof rtu_answer];

			memcpy(bytes, rtu_answer, sizeof bytes);
			bytes[i] ^= (uint8_t)(1 << bit);
			cr_expect_neq(take_rtu(bytes, sizeof bytes, &answer), C_MODBUS_ANSWER, "byte %zu bit %d", i, bit);
		}
	cr_expect_eq(take_rtu(rtu_answer, sizeof rtu_answer, &answer), C_MODBUS_ANSWER);
}

Test(adu, more_than_the_answer_is_foreign)
{
	uint8_t tcp[sizeof tcp_answer + 1] = {0};
	uint8_t rtu[sizeof rtu_answer + 1] = {0};
	struct c_modbus_answer answer;

	memcpy(tcp, tcp_answer, sizeof tcp_answer);
	memcpy(rtu, rtu_answer, sizeof rtu_answer);
	cr_expect_eq(take_tcp(tcp, sizeof tcp, &answer), C_MODBUS_FOREIGN);
	cr_expect_eq(take_rtu(rtu, sizeof rtu, &answer), C_MODBUS_FOREIGN);
}

Test(adu, an_exception_has_its_code)
{
	static const uint8_t tcp[] = {0x12, 0x34, 0, 0, 0, 3, 1, 0x83, 2};
	/* CRC of 01 83 02 is 0xF1C0. */
	static const uint8_t rtu[] = {1, 0x83, 2, 0xC0, 0xF1};
	struct c_modbus_answer answer;

	cr_assert_eq(take_tcp(tcp, sizeof tcp, &answer), C_MODBUS_EXCEPTION);
	cr_expect_eq(answer.exception, 2);
	cr_assert_eq(take_rtu(rtu, sizeof rtu, &answer), C_MODBUS_EXCEPTION);
	cr_expect_eq(answer.exception, 2);
}

Test(adu, an_exact_echo_before_the_answer_is_passed_over)
{
	/* CRC of 01 03 00 6B 00 02 is 0xD7B5. */
	static const uint8_t echo[] = {1, 3, 0x00, 0x6B, 0x00, 0x02, 0xB5, 0xD7};
	uint8_t bytes[sizeof echo + sizeof rtu_answer];
	struct c_modbus_answer answer;

	memcpy(bytes, echo, sizeof echo);
	memcpy(bytes + sizeof echo, rtu_answer, sizeof rtu_answer);
	for (size_t i = 0; i < sizeof bytes; i++)
		cr_expect_eq(take_rtu(bytes, i, &answer), C_MODBUS_MORE, "%zu", i);
	cr_assert_eq(take_rtu(bytes, sizeof bytes, &answer), C_MODBUS_ANSWER);
	cr_expect_eq(answer.data[1], 6);
}

Test(adu, an_identification_ends_where_its_objects_end)
{
	static const struct c_modbus_request identify = {.unit = 1, .function = C_MODBUS_ENCAPSULATED};
	static const uint8_t bytes[] = {0, 1, 0, 0, 0, 15, 1, 43, 14, 1, 1, 0, 0, 2, 0, 2, 'A', 'B', 1, 1, 'C'};
	struct c_modbus_answer answer;

	cr_assert_eq(c_modbus_adu_take_tcp(&identify, 1, bytes, sizeof bytes, &answer), C_MODBUS_ANSWER);
	cr_expect_eq(answer.data_bytes, 13);
	for (size_t i = 0; i < sizeof bytes; i++)
		cr_expect_eq(c_modbus_adu_take_tcp(&identify, 1, bytes, i, &answer), C_MODBUS_MORE, "%zu", i);
}

/* ---- What is passed over ---- */

/* Unit 2, function 3, two registers. */
static size_t other_frame(uint8_t out[static 9])
{
	static const uint8_t body[] = {2, 3, 4, 0x00, 0x06, 0x00, 0x05};
	uint16_t crc = c_modbus_adu_crc(body, sizeof body);

	memcpy(out, body, sizeof body);
	out[7] = (uint8_t)crc;
	out[8] = (uint8_t)(crc >> 8);
	return 9;
}

Test(adu, whole_frames_of_other_units_are_passed_over)
{
	uint8_t bytes[9 + sizeof rtu_answer];
	bool is_partial;

	other_frame(bytes);
	memcpy(bytes + 9, rtu_answer, sizeof rtu_answer);
	cr_expect_eq(c_modbus_adu_skip_rtu(1, bytes, sizeof bytes, &is_partial), 9);
	cr_expect_not(is_partial);
	cr_expect_eq(c_modbus_adu_skip_rtu(2, bytes, sizeof bytes, &is_partial), 0, "its own is none of others");
	cr_expect_eq(c_modbus_adu_skip_rtu(0, bytes, sizeof bytes, &is_partial), sizeof bytes);
}

Test(adu, a_frame_of_another_unit_that_has_not_come_whole_is_waited_for)
{
	uint8_t bytes[9];
	bool is_partial;

	other_frame(bytes);
	for (size_t i = 1; i < sizeof bytes; i++) {
		cr_expect_eq(c_modbus_adu_skip_rtu(1, bytes, i, &is_partial), 0);
		cr_expect(is_partial, "%zu", i);
	}
	bytes[8] ^= 1;
	cr_expect_eq(c_modbus_adu_skip_rtu(1, bytes, sizeof bytes, &is_partial), 0);
	cr_expect_not(is_partial, "a wrong check sum: it is noise");
}

Test(adu, a_frame_of_another_unit_behind_the_answer_is_no_matter)
{
	uint8_t bytes[sizeof rtu_answer + 9];
	struct c_modbus_answer answer;
	static const struct c_modbus_request two = {.unit = 1, .function = 3, .address = 0, .count = 2};

	memcpy(bytes, rtu_answer, sizeof rtu_answer);
	other_frame(bytes + sizeof rtu_answer);
	cr_expect_eq(c_modbus_adu_take_rtu(&two, bytes, sizeof bytes, &answer), C_MODBUS_ANSWER);
	cr_expect_eq(answer.frame_bytes, sizeof rtu_answer);
	bytes[sizeof bytes - 1] ^= 1;
	cr_expect_eq(c_modbus_adu_take_rtu(&two, bytes, sizeof bytes, &answer), C_MODBUS_FOREIGN);
}

Test(adu, answers_to_earlier_requests_of_tcp_are_passed_over_and_later_ones_are_not)
{
	bool is_partial;

	cr_expect_eq(c_modbus_adu_skip_tcp(0x1235, tcp_answer, sizeof tcp_answer, &is_partial), sizeof tcp_answer);
	cr_expect_eq(c_modbus_adu_skip_tcp(0x1234, tcp_answer, sizeof tcp_answer, &is_partial), 0, "the answer itself");
	cr_expect_eq(c_modbus_adu_skip_tcp(0x1233, tcp_answer, sizeof tcp_answer, &is_partial), 0, "a number that was not yet given");
	cr_expect_eq(c_modbus_adu_skip_tcp(0x1235, tcp_answer, sizeof tcp_answer - 1, &is_partial), 0);
	cr_expect(is_partial);
}
