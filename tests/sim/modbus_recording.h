/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modbus_recording: registers of units as somebody wrote them down: CSV of `unit,function,address,values` with that line as its head and
 * comments behind #. Functions 3 and 4: words from `address` on, decimal (-32768..65535) or 0x and up to four digits, blanks between them.
 * Function 43: the text of object `address` of the device identification. What no line tells is not there.
 */
#ifndef WATTLEDGER_SIM_MODBUS_RECORDING_H
#define WATTLEDGER_SIM_MODBUS_RECORDING_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODBUS_RECORDING_BYTES_MAX = 16 << 20, MODBUS_RECORDING_TEXT_BYTES = 64, MODBUS_RECORDING_OBJECTS_MAX = 7 };

struct modbus_recorded {
	uint32_t key; /* unit, function and address */
	uint32_t order;
	uint16_t value;
};

struct modbus_recorded_object {
	uint8_t unit;
	uint8_t object;
	char text[MODBUS_RECORDING_TEXT_BYTES];
};

/* Zeroed: empty. */
struct modbus_recording {
	uint8_t unit; /* of the first line */
	struct modbus_recorded *reg;
	size_t reg_count;
	size_t reg_capacity;
	struct modbus_recorded_object *object;
	size_t object_count;
	size_t object_capacity;
};

/*
 * Reads a file; of two values for one register the later stands. Errors: ERR_IO, ERR_PERMISSION, ERR_MEMORY, ERR_LIMIT, ERR_DATA with file,
 * line and column (a line that is not understood; nothing in it). On error it is empty.
 */
enum err modbus_recording_load(struct modbus_recording *out, const char *path, struct err_info *info) MUST_CHECK;
void modbus_recording_deinit(struct modbus_recording *recording);

/* The unit has at least one line. */
bool modbus_recording_has_unit(const struct modbus_recording *recording, uint8_t unit) MUST_CHECK;

/* Registers of a unit into value[0 .. count); false (some are written then) when one of them is not there. */
bool modbus_recording_read(const struct modbus_recording *recording, uint8_t unit, uint8_t function, uint32_t address, uint16_t count,
			   uint16_t *value) MUST_CHECK;

/* The unit's objects by number, NULL where there is none; returns how many there are. */
size_t modbus_recording_objects(const struct modbus_recording *recording, uint8_t unit,
				const char *text[static MODBUS_RECORDING_OBJECTS_MAX]) MUST_CHECK;

#endif
