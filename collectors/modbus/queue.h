/* SPDX-License-Identifier: Apache-2.0 */
/* queue: units that wait for their turn on a bus, first in first out. */
#ifndef WATTLEDGER_MODBUS_QUEUE_H
#define WATTLEDGER_MODBUS_QUEUE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct c_modbus_unit;

/* A ring of `capacity`. */
struct c_modbus_queue {
	struct c_modbus_unit **unit;
	size_t capacity;
	size_t first;
	size_t count;
};

/* Room for `capacity` units, all that there will ever be. Errors: ERR_MEMORY. */
enum err c_modbus_queue_init(struct c_modbus_queue *queue, size_t capacity) MUST_CHECK;
void c_modbus_queue_deinit(struct c_modbus_queue *queue);

/* Puts it behind the others. */
void c_modbus_queue_push(struct c_modbus_queue *queue, struct c_modbus_unit *unit);

/* The first one; there has to be one. */
struct c_modbus_unit *c_modbus_queue_pop(struct c_modbus_queue *queue) MUST_CHECK;

#endif
