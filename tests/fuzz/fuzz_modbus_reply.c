/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers from hostile bytes: the first tell what was asked, the rest is what came. Whatever is taken has to be exactly what was asked for,
 * and its registers become numbers or none.
 */
#include "modbus/adu.h"
#include "modbus/chain.h"
#include "modbus/decode.h"
#include "modbus/identify.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { HEAD_BYTES = 4, REGISTERS_MAX = 125 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void decode(const struct c_modbus_answer *answer)
{
	uint16_t word[REGISTERS_MAX] = {0};

	for (size_t i = 0; i < answer->data_bytes / 2 && i < REGISTERS_MAX; i++)
		word[i] = (uint16_t)(answer->data[2 * i] << 8 | answer->data[2 * i + 1]);
	for (int type = 0; type < MODBUS_TEXT; type++) {
		struct plan_modbus_point point = {
		    .reg = {.function = 3, .type = (enum modbus_type)type}, .factor = 0.1, .num = 1000, .den = 1};
		struct c_modbus_scale scale = {.ratio = 1, .exponent = (int8_t)word[5]};
		struct c_modbus_number number;
		double value = 0;
		uint64_t raw;

		if (!c_modbus_decode_number(&point.reg, word, &number))
			continue;
		assert(!c_modbus_decode_gauge(&point, &number, &scale, &value) || isfinite(value));
		(void)!c_modbus_decode_counter(&point, &number, &raw);
	}
}

static void check(const struct c_modbus_request *request, enum c_modbus_verdict verdict, const struct c_modbus_answer *answer)
{
	char object[C_MODBUS_OBJECTS][METER_IDENTITY_BYTES] = {""};

	if (verdict != C_MODBUS_ANSWER) {
		assert(verdict != C_MODBUS_EXCEPTION || answer->exception != 0);
		return;
	}
	if (request->function == C_MODBUS_ENCAPSULATED) {
		(void)c_modbus_identify_objects(answer->data, answer->data_bytes, object);
		return;
	}
	assert(answer->data_bytes == 2 * (size_t)request->count && answer->exception == 0);
	decode(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct c_modbus_request request;
	struct c_modbus_answer answer = {0};
	struct c_modbus_chain chain = {0};
	bool is_partial;

	if (bytes < HEAD_BYTES)
		return 0;
	request = (struct c_modbus_request){.unit = data[0], .function = data[1] % 3 == 0 ? C_MODBUS_ENCAPSULATED : 3 + data[1] % 2};
	request.address = data[2];
	request.count = (uint16_t)(data[3] % REGISTERS_MAX + 1);
	data += HEAD_BYTES;
	bytes -= HEAD_BYTES;
	check(&request, c_modbus_adu_take_tcp(&request, 1, data, bytes, &answer), &answer);
	check(&request, c_modbus_adu_take_rtu(&request, data, bytes, &answer), &answer);
	assert(c_modbus_adu_skip_rtu(request.unit, data, bytes, &is_partial) <= bytes);
	assert(c_modbus_adu_skip_tcp(1, data, bytes, &is_partial) <= bytes);
	for (size_t at = 0; at + 4 <= bytes && c_modbus_chain_next(&chain, &request); at += 4)
		c_modbus_chain_take(&chain, data + at);
	return 0;
}
