/* SPDX-License-Identifier: Apache-2.0 */
/* driver_modbus: a driver file with protocol: modbus: head, recognition, identity, requests, and its meters without their points. */
#include "base/mem.h"
#include "base/text.h"
#include "settings/driver_modbus_priv.h"
#include "settings/driver_was.h"

#include <string.h>

enum { DRIVER_TEXT_BYTES = 1024, DRIVER_HOLE_DEFAULT = 6 };

enum head_at {
	HEAD_SCHEMA,
	HEAD_PROTOCOL,
	HEAD_VENDOR,
	HEAD_FAMILY,
	HEAD_SOURCE,
	HEAD_CONFIDENCE,
	HEAD_NOTE,
	HEAD_PRIORITY,
	HEAD_CALIBER,
	HEAD_TOTAL,
	HEAD_REGISTERS,
	HEAD_REQUESTS,
	HEAD_RECOGNISE,
	HEAD_IDENTITY,
	HEAD_METERS,
	HEAD_COUNT
};

struct head {
	char schema[PLAN_NAME_BYTES];
	char protocol[PLAN_NAME_BYTES];
	char vendor[PLAN_NAME_BYTES];
	char family[PLAN_NAME_BYTES];
	char source[DRIVER_TEXT_BYTES];
	int confidence;
	char note[DRIVER_TEXT_BYTES];
	int32_t priority;
	int caliber;
	int total;
};

static const char *const caliber_choice[] = {"unknown", "actual", "estimated", "static", NULL}; /* enum caliber */
static const char *const total_choice[] = {"none", "meter", "sum", NULL};                       /* enum total_rule */
static const char *const confidence_choice[] = {"two_sources", "sister_model", "one_source", "disputed", NULL};

#define NODE(key_name)                             \
	{                                          \
		key_name, SCHEMA_NODE, .offset = 0 \
	}

static const struct schema_key head_key[HEAD_COUNT] = {
    [HEAD_SCHEMA] = {"schema", SCHEMA_TEXT, SCHEMA_AT(head, schema), .is_required = true},
    [HEAD_PROTOCOL] = {"protocol", SCHEMA_TEXT, SCHEMA_AT(head, protocol), .is_required = true},
    [HEAD_VENDOR] = {"vendor", SCHEMA_TEXT, SCHEMA_AT(head, vendor), .is_required = true},
    [HEAD_FAMILY] = {"family", SCHEMA_TEXT, SCHEMA_AT(head, family), .is_required = true},
    [HEAD_SOURCE] = {"source", SCHEMA_TEXT, SCHEMA_AT(head, source), .is_required = true},
    [HEAD_CONFIDENCE] = {"confidence", SCHEMA_CHOICE, SCHEMA_AT(head, confidence), .choice = confidence_choice, .is_required = true},
    [HEAD_NOTE] = {"note", SCHEMA_TEXT, SCHEMA_AT(head, note)},
    [HEAD_PRIORITY] = {"priority", SCHEMA_I32, SCHEMA_AT(head, priority), .min = 0, .max = 100, .is_required = true},
    [HEAD_CALIBER] = {"caliber", SCHEMA_CHOICE, SCHEMA_AT(head, caliber), .choice = caliber_choice},
    [HEAD_TOTAL] = {"total", SCHEMA_CHOICE, SCHEMA_AT(head, total), .choice = total_choice, .is_required = true},
    [HEAD_REGISTERS] = NODE("registers"),
    [HEAD_REQUESTS] = NODE("requests"),
    [HEAD_RECOGNISE] = NODE("recognise"),
    [HEAD_IDENTITY] = NODE("identity"),
    [HEAD_METERS] = {"meters", SCHEMA_NODE, .offset = 0, .is_required = true},
};
static const struct schema head_schema = {"driver", head_key, HEAD_COUNT};

static void read_head(struct driver_modbus_reader *reader, const struct yaml_node *root, struct schema_where *where)
{
	struct plan_modbus_driver *driver = reader->driver;
	struct head head = {0};

	if (!schema_read(&head_schema, root, &head, where, reader->problems))
		return;
	text_copy(driver->vendor, sizeof driver->vendor, head.vendor);
	text_copy(driver->family, sizeof driver->family, head.family);
	driver->priority = head.priority;
	driver->total = (enum total_rule)head.total;
	reader->has_caliber = where->node[HEAD_CALIBER] != NULL;
	reader->caliber = (enum caliber)head.caliber;
}

/* ---- registers: and requests: -------------------------------------------------------------------------------------------------------- */

struct registers_read {
	uint32_t function;
	int type;
	int order;
	bool is_byte_swapped;
};

static void read_registers(struct driver_modbus_reader *reader, const struct yaml_node *node)
{
	static const char *type_choice[MODBUS_TYPE_COUNT + 1];
	static const char *const order_choice[] = {"big", "little", NULL};
	static const struct schema_key key[] = {
	    {"function", SCHEMA_U32, SCHEMA_AT(registers_read, function), .min = 3, .max = 4},
	    {"type", SCHEMA_CHOICE, SCHEMA_AT(registers_read, type), .choice = type_choice},
	    {"order", SCHEMA_CHOICE, SCHEMA_AT(registers_read, order), .choice = order_choice},
	    {"byte_swap", SCHEMA_BOOL, SCHEMA_AT(registers_read, is_byte_swapped)},
	};
	static const struct schema schema = {"registers", key, sizeof key / sizeof key[0]};
	struct registers_read read = {0};
	struct schema_where where;

	for (int i = 0; i < MODBUS_TEXT; i++)
		type_choice[i] = modbus_type_name((enum modbus_type)i);
	if (!schema_read(&schema, node, &read, &where, reader->problems))
		return;
	reader->registers = (struct plan_modbus_register){.function = (uint8_t)read.function,
							  .type = (enum modbus_type)read.type,
							  .is_low_first = read.order != 0,
							  .is_byte_swapped = read.is_byte_swapped};
	reader->has_type = where.node[1] != NULL;
}

enum requests_at { REQUESTS_REGISTERS, REQUESTS_HOLE, REQUESTS_BARRIERS, REQUESTS_TIMEOUT, REQUESTS_GAP, REQUESTS_QUIET, REQUESTS_COUNT };

struct requests_read {
	uint32_t max_registers;
	uint32_t hole;
	uint32_t timeout_ms;
	uint32_t gap_ms;
	uint32_t quiet_ms;
};

static void read_barriers(struct driver_modbus_reader *reader, const struct yaml_node *node)
{
	struct plan_modbus_driver *driver = reader->driver;
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->child_count : 1;

	for (size_t i = 0; i < count; i++, item = item->next) {
		uint64_t address;
		if (item->kind != YAML_SCALAR || !driver_modbus_parse_bits(item->text, &address) || address > UINT16_MAX ||
		    driver->barrier_count == PLAN_MODBUS_BARRIERS_MAX) {
			problems_add_error(reader->problems, item->place, "barriers: up to %d addresses that no request goes across",
					   PLAN_MODBUS_BARRIERS_MAX);
			return;
		}
		driver->barrier[driver->barrier_count++] = (uint16_t)address;
	}
}

static void read_requests(struct driver_modbus_reader *reader, const struct yaml_node *node)
{
	static const struct schema_key key[REQUESTS_COUNT] = {
	    [REQUESTS_REGISTERS] = {"max_registers", SCHEMA_U32, SCHEMA_AT(requests_read, max_registers), .min = 1,
				    .max = MODBUS_REGISTERS_MAX},
	    [REQUESTS_HOLE] = {"hole", SCHEMA_U32, SCHEMA_AT(requests_read, hole), .min = 0, .max = 64},
	    [REQUESTS_BARRIERS] = NODE("barriers"),
	    [REQUESTS_TIMEOUT] = {"timeout", SCHEMA_DURATION_MS, SCHEMA_AT(requests_read, timeout_ms), .min = 10, .max = 60000},
	    [REQUESTS_GAP] = {"gap", SCHEMA_DURATION_MS, SCHEMA_AT(requests_read, gap_ms), .min = 0, .max = 60000},
	    [REQUESTS_QUIET] = {"quiet", SCHEMA_DURATION_MS, SCHEMA_AT(requests_read, quiet_ms), .min = 10, .max = 60000},
	};
	static const struct schema schema = {"requests", key, REQUESTS_COUNT};
	struct plan_modbus_driver *driver = reader->driver;
	struct requests_read read = {.max_registers = MODBUS_REGISTERS_MAX, .hole = DRIVER_HOLE_DEFAULT};
	struct schema_where where = {{NULL}};

	if (node != NULL)
		schema_read(&schema, node, &read, &where, reader->problems);
	driver->max_registers = (uint8_t)read.max_registers;
	driver->hole_max = (uint8_t)read.hole;
	driver->timeout_ms = read.timeout_ms;
	driver->gap_ms = read.gap_ms;
	driver->quiet_ms = read.quiet_ms;
	if (where.node[REQUESTS_BARRIERS] != NULL)
		read_barriers(reader, where.node[REQUESTS_BARRIERS]);
}

/* ---- identity: ----------------------------------------------------------------------------------------------------------------------- */

struct identity_read {
	bool is_device_id;
};

static void read_identity(struct driver_modbus_reader *reader, const struct yaml_node *node)
{
	static const struct schema_key key[] = {NODE("vendor"),
						NODE("model"),
						NODE("serial"),
						NODE("firmware"),
						{"device_id", SCHEMA_BOOL, SCHEMA_AT(identity_read, is_device_id)}};
	static const struct schema schema = {"identity", key, sizeof key / sizeof key[0]};
	struct plan_modbus_identity *identity = &reader->driver->identity;
	struct plan_modbus_register *const reg[] = {&identity->vendor, &identity->model, &identity->serial, &identity->firmware};
	struct identity_read read = {0};
	struct schema_where where;

	if (!schema_read(&schema, node, &read, &where, reader->problems))
		return;
	identity->is_device_id = read.is_device_id;
	for (size_t i = 0; i < sizeof reg / sizeof reg[0]; i++)
		if (where.node[i] != NULL && !driver_modbus_read_register(reader, where.node[i], 0, reg[i]))
			*reg[i] = (struct plan_modbus_register){0};
}

/* ---- The whole ----------------------------------------------------------------------------------------------------------------------- */

static bool has_group(const struct plan_modbus_driver *driver, const char *key)
{
	for (size_t i = 0; i < driver->group_count; i++)
		if (strcmp(driver->group[i].key, key) == 0)
			return true;
	return false;
}

static void check_former_keys(struct driver_modbus_reader *reader, struct place place, size_t at)
{
	const struct plan_modbus_driver *driver = reader->driver;
	const struct plan_modbus_group *group = &driver->group[at];

	if (driver->total == TOTAL_SUM)
		driver_check_was(reader->problems, place, group->key, group->was, "total");
	for (size_t i = 0; i < driver->group_count; i++) {
		if (i == at)
			continue;
		driver_check_was(reader->problems, place, group->key, group->was, driver->group[i].key);
		for (size_t w = 0; w < METER_WAS_MAX && i < at; w++)
			driver_check_was(reader->problems, place, group->key, group->was, driver->group[i].was[w]);
	}
}

static void check_total(struct driver_modbus_reader *reader, struct place place)
{
	const struct plan_modbus_driver *driver = reader->driver;
	size_t totals = 0;
	size_t summands = 0;

	for (size_t i = 0; i < driver->group_count; i++) {
		totals += driver->group[i].role == ROLE_TOTAL ? 1 : 0;
		summands += driver->group[i].is_summand ? 1 : 0;
	}
	if (driver->total == TOTAL_METER && totals != 1)
		problems_add_error(reader->problems, place, "total: meter needs one meter with role: total, here are %zu", totals);
	if (driver->total != TOTAL_METER && totals > 0)
		problems_add_error(reader->problems, place, "a meter has role: total, but the driver's total is not: meter");
	if (driver->total == TOTAL_SUM && summands == 0)
		problems_add_error(reader->problems, place, "total: sum needs at least one meter with sum: yes");
	if (driver->total != TOTAL_SUM && summands > 0)
		problems_add_error(reader->problems, place, "a meter has sum: yes, but the driver's total is not: sum");
}

static void check_groups(struct driver_modbus_reader *reader, struct place place)
{
	const struct plan_modbus_driver *driver = reader->driver;

	for (size_t i = 0; i < driver->group_count; i++) {
		const struct plan_modbus_group *group = &driver->group[i];
		bool is_of_sum = driver->total == TOTAL_SUM && strcmp(group->parent, "total") == 0;
		if (group->parent[0] != '\0' && !is_of_sum && !has_group(driver, group->parent))
			problems_add_error(reader->problems, place, "meter %s: its parent %s is no key of this driver", group->key,
					   group->parent);
		if (driver->total == TOTAL_SUM && strcmp(group->key, "total") == 0)
			problems_add_error(reader->problems, place, "the key total is that of the sum");
		for (size_t j = 0; j < i; j++)
			if (strcmp(driver->group[j].key, group->key) == 0)
				problems_add_error(reader->problems, place, "two meters have the key %s", group->key);
		check_former_keys(reader, place, i);
	}
	check_total(reader, place);
}

static enum err read_groups(struct driver_modbus_reader *reader, const struct yaml_node *list)
{
	if (list == NULL)
		return ERR_NONE;
	if (list->kind != YAML_LIST || list->child_count == 0) {
		problems_add_error(reader->problems, list->place, "meters has to be a list (- ...) of at least one");
		return ERR_NONE;
	}
	reader->driver->group = mem_new_array(PLAN_MODBUS_GROUPS_MAX, sizeof *reader->driver->group);
	if (reader->driver->group == NULL)
		return ERR_MEMORY;
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next)
		driver_modbus_read_group(reader, node);
	check_groups(reader, list->place);
	return ERR_NONE;
}

enum err driver_modbus_read(struct plan_modbus_driver *driver, const struct yaml_node *root, struct problems *problems)
{
	struct driver_modbus_reader reader = {.problems = problems, .driver = driver};
	struct schema_where where = {{NULL}};

	read_head(&reader, root, &where);
	if (where.node[HEAD_REGISTERS] != NULL)
		read_registers(&reader, where.node[HEAD_REGISTERS]);
	read_requests(&reader, where.node[HEAD_REQUESTS]);
	if (where.node[HEAD_RECOGNISE] != NULL)
		driver_modbus_read_rules(&reader, where.node[HEAD_RECOGNISE]);
	if (where.node[HEAD_IDENTITY] != NULL)
		read_identity(&reader, where.node[HEAD_IDENTITY]);
	return read_groups(&reader, where.node[HEAD_METERS]);
}
