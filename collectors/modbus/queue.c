/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/queue.h"

#include "base/mem.h"

enum err c_modbus_queue_init(struct c_modbus_queue *queue, size_t capacity)
{
	*queue = (struct c_modbus_queue){.unit = mem_new_array(capacity + 1, sizeof(struct c_modbus_unit *)), .capacity = capacity + 1};
	return queue->unit == NULL ? ERR_MEMORY : ERR_NONE;
}

void c_modbus_queue_deinit(struct c_modbus_queue *queue)
{
	mem_free(queue->unit);
	*queue = (struct c_modbus_queue){0};
}

void c_modbus_queue_push(struct c_modbus_queue *queue, struct c_modbus_unit *unit)
{
	queue->unit[(queue->first + queue->count++) % queue->capacity] = unit;
}

struct c_modbus_unit *c_modbus_queue_pop(struct c_modbus_queue *queue)
{
	struct c_modbus_unit *unit = queue->unit[queue->first];

	queue->first = (queue->first + 1) % queue->capacity;
	queue->count--;
	return unit;
}
