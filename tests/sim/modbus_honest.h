/* SPDX-License-Identifier: Apache-2.0 */
/* modbus_honest: the answers of a simulated unit as they ought to be. Those to functions 3 and 4 are made by libmodbus, on socket pairs. */
#ifndef WATTLEDGER_SIM_MODBUS_HONEST_H
#define WATTLEDGER_SIM_MODBUS_HONEST_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MODBUS_HONEST_BYTES_MAX = 264,
	MODBUS_HONEST_TCP_HEAD_BYTES = 6,
	MODBUS_HONEST_REGISTERS = 65536,
	MODBUS_HONEST_ENCAPSULATED = 43,
	MODBUS_HONEST_OBJECTS = 7,
};

struct modbus_honest {
	void *library[2]; /* modbus_t of serial frames, of TCP */
	int feed_fd[2];
	void *mapping;           /* modbus_mapping_t */
	uint16_t *holding_table; /* MODBUS_HONEST_REGISTERS each, in the mapping: what the next answer is made of */
	uint16_t *input_table;
};

/* A whole request with its header or check sum, borrowed. */
struct modbus_asked {
	bool is_tcp;
	const uint8_t *frame;
	size_t bytes;
};

/* Errors: ERR_IO, ERR_MEMORY. On error call close too. */
enum err modbus_honest_open(struct modbus_honest *honest, struct err_info *info) MUST_CHECK;
void modbus_honest_close(struct modbus_honest *honest);

uint8_t modbus_honest_unit(const struct modbus_asked *asked) MUST_CHECK;
uint8_t modbus_honest_function(const struct modbus_asked *asked) MUST_CHECK;

/* Address and count of a request for registers. */
uint16_t modbus_honest_address(const struct modbus_asked *asked) MUST_CHECK;
uint16_t modbus_honest_count(const struct modbus_asked *asked) MUST_CHECK;

/* What libmodbus answers out of the tables, header or check sum with it; 0 bytes: nothing. */
size_t modbus_honest_answer(struct modbus_honest *honest, const struct modbus_asked *asked,
			    uint8_t out[static MODBUS_HONEST_BYTES_MAX]) MUST_CHECK;

/* Function 43/14: these objects, NULL where there is none. */
size_t modbus_honest_identify(const struct modbus_asked *asked, const char *const text[static MODBUS_HONEST_OBJECTS],
			      uint8_t out[static MODBUS_HONEST_BYTES_MAX]) MUST_CHECK;

/* An exception. */
size_t modbus_honest_refuse(const struct modbus_asked *asked, uint8_t code, uint8_t out[static MODBUS_HONEST_BYTES_MAX]) MUST_CHECK;

#endif
