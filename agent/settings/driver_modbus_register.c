/* SPDX-License-Identifier: Apache-2.0 */
/* driver_modbus_register: numbers and registers as a driver file writes them. */
#include "base/num.h"
#include "settings/driver_modbus_priv.h"

#include <string.h>

enum { REGISTER_HEX_DIGITS_MAX = 16 };

bool driver_modbus_parse_bits(const char *text, uint64_t *value)
{
	uint64_t bits = 0;
	size_t digits = 0;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return num_parse_u64(text, value);
	for (text += 2; *text != '\0'; text++) {
		const char *digit = strchr("0123456789abcdef", *text >= 'A' && *text <= 'F' ? *text + 'a' - 'A' : *text);

		if (digit == NULL || ++digits > REGISTER_HEX_DIGITS_MAX)
			return false;
		bits = bits << 4 | (uint64_t)(digit - "0123456789abcdef");
	}
	*value = bits;
	return digits > 0;
}

bool driver_modbus_parse_number(const char *text, int64_t *value)
{
	uint64_t bits;

	if (num_parse_i64(text, value))
		return true;
	if (!driver_modbus_parse_bits(text, &bits) || bits > INT64_MAX)
		return false;
	*value = (int64_t)bits;
	return true;
}

static bool read_choice(struct problems *problems, const struct yaml_node *node, const char *const *choice, int *out)
{
	const struct schema_key key = {node->key, SCHEMA_CHOICE, .offset = 0, .choice = choice};

	return schema_read_value(&key, node, out, problems);
}

static bool place_type(struct driver_modbus_reader *reader, const struct driver_modbus_where *where, struct plan_modbus_register *reg)
{
	const char *type_choice[MODBUS_TYPE_COUNT + 1] = {NULL};
	const struct schema_key length = {"length", SCHEMA_U32, .offset = 0, .min = 1, .max = MODBUS_TEXT_REGISTERS_MAX};
	uint32_t registers = 0;
	int type = (int)reg->type;

	for (int i = 0; i < MODBUS_TYPE_COUNT; i++)
		type_choice[i] = modbus_type_name((enum modbus_type)i);
	if (where->type != NULL && !read_choice(reader->problems, where->type, type_choice, &type))
		return false;
	reg->type = (enum modbus_type)type;
	if (where->type == NULL && !reader->has_type) {
		problems_add_error(reader->problems, where->address->place,
				   "this register has no type (u16, i32, f32, ...), nor has registers:");
		return false;
	}
	if (where->length != NULL && !schema_read_value(&length, where->length, &registers, reader->problems))
		return false;
	if ((where->length != NULL) != (reg->type == MODBUS_TEXT)) {
		problems_add_error(reader->problems, where->address->place, "length (in registers) goes with type: text, which needs it");
		return false;
	}
	reg->text_registers = (uint8_t)registers;
	return true;
}

static bool place_function(struct driver_modbus_reader *reader, const struct driver_modbus_where *where, struct plan_modbus_register *reg)
{
	const struct schema_key function = {"function", SCHEMA_U32, .offset = 0, .min = 3, .max = 4};
	uint32_t number = reg->function;

	if (where->function != NULL && !schema_read_value(&function, where->function, &number, reader->problems))
		return false;
	if (number == 0) {
		problems_add_error(reader->problems, where->address->place,
				   "this register has no function (3 holding, 4 input registers), nor has registers:");
		return false;
	}
	reg->function = (uint8_t)number;
	return true;
}

bool driver_modbus_place_register(struct driver_modbus_reader *reader, const struct driver_modbus_where *where, uint32_t shift,
				  struct plan_modbus_register *reg)
{
	static const char *const order_choice[] = {"big", "little", NULL};
	const struct schema_key swap = {"byte_swap", SCHEMA_BOOL, .offset = 0};
	int order = reader->registers.is_low_first;
	uint64_t address;

	*reg = (struct plan_modbus_register){0};
	if (where->address->kind != YAML_SCALAR || !driver_modbus_parse_bits(where->address->text, &address) ||
	    address + shift > UINT16_MAX) {
		problems_add_error(reader->problems, where->address->place,
				   "register: an address on the wire is expected, from 0, like 52 or 0x0034 (no 4xxxx numbers)");
		return false;
	}
	*reg = reader->registers;
	reg->address = (uint16_t)(address + shift);
	if (where->order != NULL && !read_choice(reader->problems, where->order, order_choice, &order))
		return false;
	reg->is_low_first = order != 0;
	if (where->byte_swap != NULL && !schema_read_value(&swap, where->byte_swap, &reg->is_byte_swapped, reader->problems))
		return false;
	return place_type(reader, where, reg) && place_function(reader, where, reg);
}

bool driver_modbus_read_register(struct driver_modbus_reader *reader, const struct yaml_node *node, uint32_t shift,
				 struct plan_modbus_register *reg)
{
	static const struct schema_key key[] = {
	    {"register", SCHEMA_NODE, .offset = 0, .is_required = true},
	    {"function", SCHEMA_NODE, .offset = 0},
	    {"type", SCHEMA_NODE, .offset = 0},
	    {"order", SCHEMA_NODE, .offset = 0},
	    {"byte_swap", SCHEMA_NODE, .offset = 0},
	    {"length", SCHEMA_NODE, .offset = 0},
	};
	static const struct schema schema = {"register", key, sizeof key / sizeof key[0]};
	struct driver_modbus_where parts = {.address = node};
	struct schema_where where;
	char nothing = 0;

	if (node->kind == YAML_MAP) {
		if (!schema_read(&schema, node, &nothing, &where, reader->problems) || where.node[0] == NULL)
			return false;
		parts =
		    (struct driver_modbus_where){where.node[0], where.node[1], where.node[2], where.node[3], where.node[4], where.node[5]};
	}
	return driver_modbus_place_register(reader, &parts, shift, reg);
}
