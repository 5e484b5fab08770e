/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/adu.h"

#include <string.h>

enum {
	ADU_HEADER_BYTES = 6, /* before the unit */
	ADU_CRC_BYTES = 2,
	ADU_EXCEPTION_BIT = 0x80,
	ADU_EXCEPTION_BYTES = 3,  /* unit, function, code */
	ADU_ID_HEAD_BYTES = 8,    /* unit, function, sub-function, code, conformity, more, next, number of objects */
	ADU_BODY_BYTES_MAX = 254, /* unit and PDU */
	ADU_EARLIER_MAX = 1024,   /* requests back of which an answer may still come */
	ADU_NO_FRAME = 0xFFFF,
};

size_t c_modbus_adu_print_request(const struct c_modbus_request *request, uint8_t out[static C_MODBUS_REQUEST_BYTES_MAX])
{
	out[0] = request->unit;
	out[1] = request->function;
	if (request->function == C_MODBUS_ENCAPSULATED) {
		out[2] = C_MODBUS_DEVICE_ID;
		out[3] = 1; /* the basic objects, as a stream */
		out[4] = (uint8_t)request->address;
		return 5;
	}
	out[2] = (uint8_t)(request->address >> 8);
	out[3] = (uint8_t)request->address;
	out[4] = (uint8_t)(request->count >> 8);
	out[5] = (uint8_t)request->count;
	return 6;
}

size_t c_modbus_adu_add_header(uint16_t transaction, const uint8_t *body, size_t bytes, uint8_t *out, size_t out_bytes)
{
	if (bytes > ADU_BODY_BYTES_MAX || out_bytes < ADU_HEADER_BYTES + bytes)
		return 0;
	out[0] = (uint8_t)(transaction >> 8);
	out[1] = (uint8_t)transaction;
	out[2] = 0;
	out[3] = 0;
	out[4] = (uint8_t)(bytes >> 8);
	out[5] = (uint8_t)bytes;
	memcpy(out + ADU_HEADER_BYTES, body, bytes);
	return ADU_HEADER_BYTES + bytes;
}

uint16_t c_modbus_adu_crc(const uint8_t *bytes, size_t count)
{
	uint16_t crc = 0xFFFF;

	for (size_t i = 0; i < count; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)((crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1);
	}
	return crc;
}

/* Bytes of the objects of an identification, when they end within `count`; 0: more has to come. */
static size_t objects_bytes(const uint8_t *body, size_t count)
{
	size_t at = ADU_ID_HEAD_BYTES;

	for (uint8_t i = 0; i < body[ADU_ID_HEAD_BYTES - 1]; i++) {
		if (at + 2 > count)
			return 0;
		at += 2 + (size_t)body[at + 1];
	}
	return at;
}

/* Unit and PDU of an answer to function 43/14. *length: of it all, 0 while that is not known. */
static enum c_modbus_verdict take_identification(const struct c_modbus_request *request, const uint8_t *body, size_t count, size_t *length)
{
	static const uint8_t expected[] = {C_MODBUS_DEVICE_ID, 1};

	(void)request;
	for (size_t i = 2; i < count && i < 4; i++)
		if (body[i] != expected[i - 2])
			return C_MODBUS_FOREIGN;
	*length = count >= ADU_ID_HEAD_BYTES ? objects_bytes(body, count) : 0;
	return *length > ADU_BODY_BYTES_MAX ? C_MODBUS_FOREIGN : C_MODBUS_ANSWER;
}

/*
 * Looks at unit and PDU as far as they have come. ANSWER and EXCEPTION say what it is becoming; *length is that of unit and PDU, 0 while
 * it is not known.
 */
static enum c_modbus_verdict look(const struct c_modbus_request *request, const uint8_t *body, size_t count, size_t *length)
{
	*length = 0;
	if (count >= 1 && body[0] != request->unit)
		return C_MODBUS_FOREIGN;
	if (count < 2)
		return C_MODBUS_MORE;
	if (body[1] == (request->function | ADU_EXCEPTION_BIT)) {
		*length = ADU_EXCEPTION_BYTES;
		return C_MODBUS_EXCEPTION;
	}
	if (body[1] != request->function)
		return C_MODBUS_FOREIGN;
	if (request->function == C_MODBUS_ENCAPSULATED)
		return take_identification(request, body, count, length);
	if (count >= 3 && body[2] != 2 * request->count)
		return C_MODBUS_FOREIGN;
	*length = 3 + 2 * (size_t)request->count;
	return C_MODBUS_ANSWER;
}

static void fill(const struct c_modbus_request *request, const uint8_t *body, size_t length, struct c_modbus_answer *out)
{
	size_t head = request->function == C_MODBUS_ENCAPSULATED ? 2 : 3;

	out->exception = (body[1] & ADU_EXCEPTION_BIT) != 0 ? body[2] : 0;
	out->data = body + head;
	out->data_bytes = out->exception != 0 ? 0 : length - head;
}

enum c_modbus_verdict c_modbus_adu_take_tcp(const struct c_modbus_request *request, uint16_t transaction, const uint8_t *bytes,
					    size_t count, struct c_modbus_answer *out)
{
	const uint8_t head[4] = {(uint8_t)(transaction >> 8), (uint8_t)transaction, 0, 0};
	enum c_modbus_verdict verdict;
	size_t announced;
	size_t length;

	if (memcmp(bytes, head, count < sizeof head ? count : sizeof head) != 0)
		return C_MODBUS_FOREIGN;
	if (count < ADU_HEADER_BYTES)
		return C_MODBUS_MORE;
	announced = (size_t)(bytes[4] << 8 | bytes[5]);
	if (announced < ADU_EXCEPTION_BYTES || announced > ADU_BODY_BYTES_MAX || count > ADU_HEADER_BYTES + announced)
		return C_MODBUS_FOREIGN;
	verdict = look(request, bytes + ADU_HEADER_BYTES, count - ADU_HEADER_BYTES, &length);
	if (verdict == C_MODBUS_FOREIGN || (length > 0 && length != announced))
		return C_MODBUS_FOREIGN;
	if (count < ADU_HEADER_BYTES + announced)
		return C_MODBUS_MORE;
	/* All has come that was announced, and it is no whole answer. */
	if (length == 0 || (verdict == C_MODBUS_EXCEPTION && bytes[ADU_HEADER_BYTES + 2] == 0))
		return C_MODBUS_FOREIGN;
	fill(request, bytes + ADU_HEADER_BYTES, length, out);
	out->frame_bytes = count;
	return verdict;
}

/* Bytes of an exact echo of the request at the start, and whether what has come may still become one. */
static size_t echo_bytes(const struct c_modbus_request *request, const uint8_t *bytes, size_t count, bool *may_become)
{
	uint8_t sent[C_MODBUS_REQUEST_BYTES_MAX + ADU_CRC_BYTES];
	size_t length = c_modbus_adu_print_request(request, sent);
	uint16_t crc = c_modbus_adu_crc(sent, length);

	sent[length++] = (uint8_t)crc;
	sent[length++] = (uint8_t)(crc >> 8);
	*may_become = count < length && memcmp(bytes, sent, count) == 0;
	return count >= length && memcmp(bytes, sent, length) == 0 ? length : 0;
}

/* ---- What is passed over ------------------------------------------------------------------------------------------------------------ */

/* Bytes of the serial frame that begins here, if it is an answer of any unit; 0 while that is not known, ADU_NO_FRAME: it is none. */
static size_t frame_bytes(const uint8_t *bytes, size_t count)
{
	size_t length;

	if (count < 3)
		return 0;
	if ((bytes[1] & ADU_EXCEPTION_BIT) != 0)
		return ADU_EXCEPTION_BYTES + ADU_CRC_BYTES;
	if (bytes[1] == C_MODBUS_READ_HOLDING || bytes[1] == C_MODBUS_READ_INPUT)
		return bytes[2] == 0 || bytes[2] % 2 != 0 ? ADU_NO_FRAME : 3u + bytes[2] + ADU_CRC_BYTES;
	if (bytes[1] != C_MODBUS_ENCAPSULATED || bytes[2] != C_MODBUS_DEVICE_ID)
		return ADU_NO_FRAME;
	length = count < ADU_ID_HEAD_BYTES ? 0 : objects_bytes(bytes, count);
	return length == 0 ? 0 : length > ADU_BODY_BYTES_MAX ? ADU_NO_FRAME : length + ADU_CRC_BYTES;
}

static bool has_right_crc(const uint8_t *bytes, size_t length)
{
	uint16_t crc = c_modbus_adu_crc(bytes, length - ADU_CRC_BYTES);

	return bytes[length - 2] == (uint8_t)crc && bytes[length - 1] == (uint8_t)(crc >> 8);
}

size_t c_modbus_adu_skip_rtu(uint8_t unit, const uint8_t *bytes, size_t count, bool *is_partial)
{
	size_t at = 0;

	*is_partial = false;
	while (at < count && bytes[at] != unit) {
		size_t length = frame_bytes(bytes + at, count - at);

		*is_partial = length != ADU_NO_FRAME && (length == 0 || length > count - at);
		if (*is_partial || length == ADU_NO_FRAME || !has_right_crc(bytes + at, length))
			break;
		at += length;
	}
	return at;
}

size_t c_modbus_adu_skip_tcp(uint16_t transaction, const uint8_t *bytes, size_t count, bool *is_partial)
{
	size_t at = 0;

	*is_partial = false;
	while (at + ADU_HEADER_BYTES <= count) {
		const uint8_t *head = bytes + at;
		uint16_t back = (uint16_t)(transaction - (head[0] << 8 | head[1]));
		size_t announced = (size_t)(head[4] << 8 | head[5]);

		if (back == 0 || back > ADU_EARLIER_MAX || head[2] != 0 || head[3] != 0 || announced < ADU_EXCEPTION_BYTES ||
		    announced > ADU_BODY_BYTES_MAX)
			break;
		*is_partial = count - at < ADU_HEADER_BYTES + announced;
		if (*is_partial)
			break;
		at += ADU_HEADER_BYTES + announced;
	}
	return at;
}

/* ---- Serial frames ------------------------------------------------------------------------------------------------------------------ */

/* Nothing but whole frames of other units. */
static bool is_others(uint8_t unit, const uint8_t *bytes, size_t count)
{
	bool is_partial;

	return c_modbus_adu_skip_rtu(unit, bytes, count, &is_partial) == count;
}

enum c_modbus_verdict c_modbus_adu_take_rtu(const struct c_modbus_request *request, const uint8_t *bytes, size_t count,
					    struct c_modbus_answer *out)
{
	bool may_become_echo;
	size_t skipped = echo_bytes(request, bytes, count, &may_become_echo);
	enum c_modbus_verdict verdict;
	size_t length;
	size_t whole;

	if (may_become_echo)
		return C_MODBUS_MORE;
	bytes += skipped;
	count -= skipped;
	verdict = look(request, bytes, count, &length);
	if (verdict == C_MODBUS_FOREIGN || verdict == C_MODBUS_MORE)
		return verdict;
	whole = length + ADU_CRC_BYTES;
	if (length == 0 || count < whole)
		return count > ADU_BODY_BYTES_MAX + ADU_CRC_BYTES ? C_MODBUS_FOREIGN : C_MODBUS_MORE;
	/* A master that hears more of a unit than it asked for cannot tell what belongs to what. */
	if (!has_right_crc(bytes, whole) || !is_others(request->unit, bytes + whole, count - whole))
		return C_MODBUS_FOREIGN;
	if (verdict == C_MODBUS_EXCEPTION && bytes[2] == 0)
		return C_MODBUS_FOREIGN;
	fill(request, bytes, length, out);
	out->frame_bytes = skipped + whole;
	return verdict;
}
