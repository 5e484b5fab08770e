/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address_modbus: where a Modbus unit is: modbus://HOST[:PORT]/UNIT, modbus+rtu://HOST:PORT/UNIT (serial frames over TCP),
 * modbus:/dev/ttyX?baud=9600&parity=E&stop=1&rs485=yes/UNIT. Pure.
 */
#ifndef WATTLEDGER_SETTINGS_ADDRESS_MODBUS_H
#define WATTLEDGER_SETTINGS_ADDRESS_MODBUS_H

#include "base/err.h"
#include "wire/plan_modbus.h"

#include <stdbool.h>
#include <stdint.h>

#define ADDRESS_MODBUS_FORMS "modbus://HOST[:PORT]/UNIT, modbus+rtu://HOST:PORT/UNIT or modbus:/dev/ttyX?baud=9600&parity=N/UNIT"

enum { ADDRESS_MODBUS_PORT = 502, ADDRESS_MODBUS_BAUD = 9600 };

struct address_modbus {
	struct plan_modbus_bus bus; /* its host as it is written, without brackets */
	uint8_t first_unit;
	uint8_t last_unit; /* the same, but for a range UNIT-UNIT */
};

/* true when it is meant to be one, right or wrong. */
bool address_modbus_is_meant(const char *text) MUST_CHECK;

/* false when it is none. Without a query a line has 9600 baud, no parity, one stop bit. */
bool address_modbus_parse(struct address_modbus *out, const char *text) MUST_CHECK;

/* The same bus: one connection, or one line with the same settings. */
bool address_modbus_is_same_bus(const struct plan_modbus_bus *a, const struct plan_modbus_bus *b) MUST_CHECK;

#endif
