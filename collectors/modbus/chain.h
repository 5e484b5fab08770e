/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain: the walk over a SunSpec unit's models: a marker "SunS", then blocks of model id, length and body, the last one with id 65535
 * (SunSpec Device Information Model Specification). Pure: requests out, answers in.
 */
#ifndef WATTLEDGER_MODBUS_CHAIN_H
#define WATTLEDGER_MODBUS_CHAIN_H

#include "modbus/adu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_MODBUS_CHAIN_MODELS_MAX = 64 };

struct c_modbus_chain_model {
	uint16_t id;
	uint16_t address; /* of its id register */
};

/* Zeroed: at the start. */
struct c_modbus_chain {
	uint8_t candidate; /* of the places where the marker may be */
	bool has_marker;
	bool is_over;
	uint32_t address; /* asked next */
	size_t model_count;
	struct c_modbus_chain_model model[C_MODBUS_CHAIN_MODELS_MAX];
};

/* The next request; false when the walk is over. The unit's number is the caller's. */
bool c_modbus_chain_next(const struct c_modbus_chain *chain, struct c_modbus_request *request) __attribute__((warn_unused_result));

/* Four bytes of the answer, or NULL when the unit refused. */
void c_modbus_chain_take(struct c_modbus_chain *chain, const uint8_t *data);

/* Where the first model of this id begins, -1 when there is none. */
int32_t c_modbus_chain_find(const struct c_modbus_chain *chain, uint16_t id) __attribute__((warn_unused_result));

#endif
