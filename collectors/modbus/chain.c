/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/chain.h"

#include <string.h>

enum { CHAIN_END = 0xFFFF, CHAIN_HEAD_REGISTERS = 2, CHAIN_ADDRESS_MAX = 65534 };

/* Where the marker may stand, in the order of pysunspec2. */
static const uint16_t place[] = {40000, 0, 50000};

enum { PLACE_COUNT = sizeof place / sizeof place[0] };

bool c_modbus_chain_next(const struct c_modbus_chain *chain, struct c_modbus_request *request)
{
	if (chain->is_over || (!chain->has_marker && chain->candidate >= PLACE_COUNT))
		return false;
	request->function = C_MODBUS_READ_HOLDING;
	request->address = chain->has_marker ? (uint16_t)chain->address : place[chain->candidate];
	request->count = CHAIN_HEAD_REGISTERS;
	return true;
}

static void take_marker(struct c_modbus_chain *chain, const uint8_t *data)
{
	if (data == NULL || memcmp(data, "SunS", 4) != 0) {
		chain->candidate++;
		return;
	}
	chain->has_marker = true;
	chain->address = (uint32_t)place[chain->candidate] + CHAIN_HEAD_REGISTERS;
}

void c_modbus_chain_take(struct c_modbus_chain *chain, const uint8_t *data)
{
	uint16_t id = CHAIN_END;
	uint16_t length = 0;

	if (!chain->has_marker) {
		take_marker(chain, data);
		return;
	}
	if (data != NULL) {
		id = (uint16_t)(data[0] << 8 | data[1]);
		length = (uint16_t)(data[2] << 8 | data[3]);
	}
	/* A model without a body would keep the walk where it is. */
	if (id == CHAIN_END || length == 0 || chain->model_count == C_MODBUS_CHAIN_MODELS_MAX) {
		chain->is_over = true;
		return;
	}
	chain->model[chain->model_count++] = (struct c_modbus_chain_model){id, (uint16_t)chain->address};
	chain->address += CHAIN_HEAD_REGISTERS + (uint32_t)length;
	chain->is_over = chain->address > CHAIN_ADDRESS_MAX;
}

int32_t c_modbus_chain_find(const struct c_modbus_chain *chain, uint16_t id)
{
	for (size_t i = 0; i < chain->model_count; i++)
		if (chain->model[i].id == id)
			return chain->model[i].address;
	return -1;
}
