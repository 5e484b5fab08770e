/* SPDX-License-Identifier: Apache-2.0 */
/* driver_modbus_priv: the parts of the reader of Modbus drivers that stand in files of their own. For agent/settings/driver*.c only. */
#ifndef WATTLEDGER_SETTINGS_DRIVER_MODBUS_PRIV_H
#define WATTLEDGER_SETTINGS_DRIVER_MODBUS_PRIV_H

#include "settings/problems.h"
#include "settings/schema.h"
#include "settings/yaml.h"
#include "wire/plan_modbus.h"

/* What the parts of one driver share while it is read. */
struct driver_modbus_reader {
	struct problems *problems;
	struct plan_modbus_driver *driver;
	struct plan_modbus_register registers; /* what a register is that does not say */
	bool has_type;
	bool has_caliber;
	enum caliber caliber;
};

/* A driver whose root says protocol: modbus. ERR_MEMORY; all else becomes problems. */
enum err driver_modbus_read(struct plan_modbus_driver *driver, const struct yaml_node *root, struct problems *problems) MUST_CHECK;

/* The list recognise:. */
void driver_modbus_read_rules(struct driver_modbus_reader *reader, const struct yaml_node *list);

/* One item of meters:, which may become several (repeat:). */
void driver_modbus_read_group(struct driver_modbus_reader *reader, const struct yaml_node *node);

/* The list points: of a meter; `number` counts the repetitions of its meter from 0, each further by a point's stride. */
void driver_modbus_read_points(struct driver_modbus_reader *reader, const struct yaml_node *list, struct plan_modbus_group *group,
			       uint32_t number);

/* The keys register, function, type, order, byte_swap and length of a map; all registers need them, so they are rows of its schema. */
struct driver_modbus_where {
	const struct yaml_node *address; /* NULL: none is written */
	const struct yaml_node *function;
	const struct yaml_node *type;
	const struct yaml_node *order;
	const struct yaml_node *byte_swap;
	const struct yaml_node *length;
};

/* A register out of them. `shift` is added to its address. false with a problem. */
bool driver_modbus_place_register(struct driver_modbus_reader *reader, const struct driver_modbus_where *where, uint32_t shift,
				  struct plan_modbus_register *reg);

/* A register as a map of its own ({register: 0x10, type: u16}) or as its address alone. false with a problem. */
bool driver_modbus_read_register(struct driver_modbus_reader *reader, const struct yaml_node *node, uint32_t shift,
				 struct plan_modbus_register *reg);

/* A whole number, decimal or 0x..., with a sign in decimals. */
bool driver_modbus_parse_number(const char *text, int64_t *value) MUST_CHECK;
bool driver_modbus_parse_bits(const char *text, uint64_t *value) MUST_CHECK;

#endif
