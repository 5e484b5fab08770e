/* SPDX-License-Identifier: Apache-2.0 */
/* driver_modbus_group: recognition rules, and the meters of a Modbus driver without their points. */
#include "base/num.h"
#include "base/text.h"
#include "settings/driver_modbus_priv.h"
#include "settings/driver_was.h"
#include "settings/pattern.h"

#include <stdio.h>
#include <string.h>

enum { GROUP_NOTE_BYTES = 1024, GROUP_REPEAT_MAX = 48, GROUP_OBJECT_MAX = 6, GROUP_PHASE_OF_KEY = 4 };

#define NODE(key_name)                             \
	{                                          \
		key_name, SCHEMA_NODE, .offset = 0 \
	}

/* ---- recognise: --------------------------------------------------------------------------------------------------------------------- */

enum rule_at {
	RULE_EXCEPT,
	RULE_REGISTER,
	RULE_FUNCTION,
	RULE_TYPE,
	RULE_ORDER,
	RULE_BYTE_SWAP,
	RULE_LENGTH,
	RULE_OBJECT,
	RULE_SUNSPEC,
	RULE_IS,
	RULE_BETWEEN,
	RULE_MATCHES,
	RULE_NOTE,
	RULE_COUNT
};

struct rule_read {
	bool is_exception;
	uint32_t object;
	uint32_t model;
	char pattern[PLAN_MODBUS_PATTERN_BYTES];
	char note[GROUP_NOTE_BYTES];
};

static const struct schema_key rule_key[RULE_COUNT] = {
    [RULE_EXCEPT] = {"except", SCHEMA_BOOL, SCHEMA_AT(rule_read, is_exception)},
    [RULE_REGISTER] = NODE("register"),
    [RULE_FUNCTION] = NODE("function"),
    [RULE_TYPE] = NODE("type"),
    [RULE_ORDER] = NODE("order"),
    [RULE_BYTE_SWAP] = NODE("byte_swap"),
    [RULE_LENGTH] = NODE("length"),
    [RULE_OBJECT] = {"device_id", SCHEMA_U32, SCHEMA_AT(rule_read, object), .min = 0, .max = GROUP_OBJECT_MAX},
    [RULE_SUNSPEC] = {"sunspec", SCHEMA_U32, SCHEMA_AT(rule_read, model), .min = 0, .max = 65534},
    [RULE_IS] = NODE("is"),
    [RULE_BETWEEN] = NODE("between"),
    [RULE_MATCHES] = {"matches", SCHEMA_TEXT, SCHEMA_AT(rule_read, pattern)},
    [RULE_NOTE] = {"note", SCHEMA_TEXT, SCHEMA_AT(rule_read, note)},
};
static const struct schema rule_schema = {"recognition rule", rule_key, RULE_COUNT};

/* Whole numbers, decimal or 0x..., one or a list; returns how many. */
static uint8_t read_numbers(struct driver_modbus_reader *reader, const struct yaml_node *node, int64_t *value, uint8_t max)
{
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->child_count : 1;
	uint8_t taken = 0;

	for (size_t i = 0; i < count; i++, item = item->next) {
		if (item->kind != YAML_SCALAR || taken == max || !driver_modbus_parse_number(item->text, &value[taken])) {
			problems_add_error(reader->problems, item->place, "%s: up to %u whole numbers are expected", node->key,
					   (unsigned)max);
			return taken;
		}
		taken++;
	}
	return taken;
}

static void read_between(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_rule *rule)
{
	int64_t limit[2] = {0, 0};

	if (read_numbers(reader, node, limit, 2) != 2 || limit[0] > limit[1]) {
		problems_add_error(reader->problems, node->place, "between: two whole numbers are expected, the lower first: [1648, 1653]");
		return;
	}
	rule->has_span = true;
	rule->first = limit[0];
	rule->last = limit[1];
}

/* A register is compared as a number or as a text, an object of the identification as a text. */
static void check_rule(struct driver_modbus_reader *reader, const struct yaml_node *node, const struct schema_where *where,
		       const struct plan_modbus_rule *rule)
{
	int kinds = (where->node[RULE_REGISTER] != NULL) + (where->node[RULE_OBJECT] != NULL) + (where->node[RULE_SUNSPEC] != NULL);
	bool is_text = rule->kind == MODBUS_RULE_OBJECT || rule->reg.type == MODBUS_TEXT;
	bool has_number = where->node[RULE_IS] != NULL || where->node[RULE_BETWEEN] != NULL;

	if (kinds != 1)
		problems_add_error(reader->problems, node->place, "a recognition rule has one of register, device_id and sunspec");
	else if (rule->kind != MODBUS_RULE_SUNSPEC && is_text != (where->node[RULE_MATCHES] != NULL))
		problems_add_error(reader->problems, node->place, "matches goes with texts (type: text, device_id), which need it");
	else if (rule->kind == MODBUS_RULE_REGISTER && !is_text && !has_number)
		problems_add_error(reader->problems, node->place, "a register needs the numbers that it has to be: is or between");
	else if ((rule->kind != MODBUS_RULE_REGISTER || is_text) && has_number)
		problems_add_error(reader->problems, node->place, "is and between go with a register that is a number");
}

static void read_rule(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_rule *rule)
{
	struct rule_read read = {0};
	struct schema_where where;

	if (!schema_read(&rule_schema, node, &read, &where, reader->problems))
		return;
	const struct driver_modbus_where parts = {where.node[RULE_REGISTER], where.node[RULE_FUNCTION],  where.node[RULE_TYPE],
						  where.node[RULE_ORDER],    where.node[RULE_BYTE_SWAP], where.node[RULE_LENGTH]};
	rule->is_exception = read.is_exception;
	rule->object = (uint8_t)read.object;
	rule->model = (uint16_t)read.model;
	rule->kind = where.node[RULE_SUNSPEC] != NULL  ? MODBUS_RULE_SUNSPEC
		     : where.node[RULE_OBJECT] != NULL ? MODBUS_RULE_OBJECT
						       : MODBUS_RULE_REGISTER;
	if (rule->kind == MODBUS_RULE_REGISTER && parts.address != NULL && !driver_modbus_place_register(reader, &parts, 0, &rule->reg))
		return;
	text_copy(rule->pattern, sizeof rule->pattern, read.pattern);
	if (where.node[RULE_MATCHES] != NULL)
		pattern_check(reader->problems, where.node[RULE_MATCHES]->place, rule->pattern);
	if (where.node[RULE_IS] != NULL)
		rule->value_count = read_numbers(reader, where.node[RULE_IS], rule->value, PLAN_MODBUS_VALUES_MAX);
	if (where.node[RULE_BETWEEN] != NULL)
		read_between(reader, where.node[RULE_BETWEEN], rule);
	check_rule(reader, node, &where, rule);
}

void driver_modbus_read_rules(struct driver_modbus_reader *reader, const struct yaml_node *list)
{
	if (list->kind != YAML_LIST || list->child_count == 0 || list->child_count > PLAN_MODBUS_RULES_MAX) {
		problems_add_error(reader->problems, list->place, "recognise has to be a list (- ...) of 1 to %d", PLAN_MODBUS_RULES_MAX);
		return;
	}
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next)
		read_rule(reader, node, &reader->driver->rule[reader->driver->rule_count++]);
}

/* ---- meters: ------------------------------------------------------------------------------------------------------------------------ */

enum group_at {
	GROUP_KEY,
	GROUP_NAME,
	GROUP_PARENT,
	GROUP_WAS,
	GROUP_REPEAT,
	GROUP_MODELS,
	GROUP_ROLE,
	GROUP_POINT,
	GROUP_SUPPLY,
	GROUP_PHASE,
	GROUP_SUM,
	GROUP_ATOMIC,
	GROUP_NOTE,
	GROUP_POINTS,
	GROUP_COUNT
};

struct group_read {
	char key[METER_KEY_BYTES];
	char name[METER_NAME_BYTES];
	char parent[METER_KEY_BYTES];
	char was[METER_WAS_MAX][METER_KEY_BYTES];
	uint32_t repeat;
	int role;
	int point;
	int supply;
	int phase;
	bool is_summand;
	bool is_atomic;
	char note[GROUP_NOTE_BYTES];
};

static const char *const role_choice[] = {"total", "part", NULL};                                              /* enum role */
static const char *const point_choice[] = {"other", "site_ac", "ups_out", "pdu_out", "it_in", "dc_bus", NULL}; /* enum point */
static const char *const supply_choice[] = {"none", "grid", "genset", "pv", "battery", NULL};                  /* enum supply */
static const char *const phase_choice[] = {"none", "1", "2", "3", "of_key", NULL};

static const struct schema_key group_key[GROUP_COUNT] = {
    [GROUP_KEY] = {"key", SCHEMA_TEXT, SCHEMA_AT(group_read, key), .is_required = true},
    [GROUP_NAME] = {"name", SCHEMA_TEXT, SCHEMA_AT(group_read, name)},
    [GROUP_PARENT] = {"parent", SCHEMA_TEXT, SCHEMA_AT(group_read, parent)},
    [GROUP_WAS] = NODE("was"),
    [GROUP_REPEAT] = {"repeat", SCHEMA_U32, SCHEMA_AT(group_read, repeat), .min = 1, .max = GROUP_REPEAT_MAX},
    [GROUP_MODELS] = NODE("models"),
    [GROUP_ROLE] = {"role", SCHEMA_CHOICE, SCHEMA_AT(group_read, role), .choice = role_choice},
    [GROUP_POINT] = {"point", SCHEMA_CHOICE, SCHEMA_AT(group_read, point), .choice = point_choice},
    [GROUP_SUPPLY] = {"supply", SCHEMA_CHOICE, SCHEMA_AT(group_read, supply), .choice = supply_choice},
    [GROUP_PHASE] = {"phase", SCHEMA_CHOICE, SCHEMA_AT(group_read, phase), .choice = phase_choice},
    [GROUP_SUM] = {"sum", SCHEMA_BOOL, SCHEMA_AT(group_read, is_summand)},
    [GROUP_ATOMIC] = {"atomic", SCHEMA_BOOL, SCHEMA_AT(group_read, is_atomic)},
    [GROUP_NOTE] = {"note", SCHEMA_TEXT, SCHEMA_AT(group_read, note)},
    [GROUP_POINTS] = {"points", SCHEMA_NODE, .offset = 0, .is_required = true},
};
static const struct schema group_schema = {"meter", group_key, GROUP_COUNT};

/* Puts a number where {} stands; false when it does not fit. */
static bool fill_braces(char *out, size_t out_bytes, const char *text, uint32_t number)
{
	const char *braces = strstr(text, "{}");
	int bytes = braces == NULL ? snprintf(out, out_bytes, "%s", text)
				   : snprintf(out, out_bytes, "%.*s%u%s", (int)(braces - text), text, (unsigned)number, braces + 2);

	return bytes >= 0 && (size_t)bytes < out_bytes;
}

static void read_models(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_group *group)
{
	int64_t model[PLAN_MODBUS_MODELS_MAX];
	uint8_t count = read_numbers(reader, node, model, PLAN_MODBUS_MODELS_MAX);

	for (uint8_t i = 0; i < count; i++) {
		if (model[i] < 1 || model[i] > 65534)
			problems_add_error(reader->problems, node->place, "models: numbers of SunSpec models are expected, 1 to 65534");
		else
			group->model[group->model_count++] = (uint16_t)model[i];
	}
}

/* Its registers in one request: from the lowest to the highest. */
static void check_atomic(struct driver_modbus_reader *reader, const struct yaml_node *node, const struct plan_modbus_group *group)
{
	uint32_t low = UINT32_MAX;
	uint32_t high = 0;

	for (uint8_t i = 0; i < group->point_count; i++) {
		const struct plan_modbus_register *reg = &group->point_list[i].reg;
		uint32_t end = (uint32_t)reg->address + modbus_type_registers(reg->type);

		if (reg->function == 0)
			continue;
		low = reg->address < low ? reg->address : low;
		high = end > high ? end : high;
	}
	if (group->is_atomic && high > low && high - low > reader->driver->max_registers)
		problems_add_error(reader->problems, node->place,
				   "meter %s: atomic, but its %u registers are more than one request may have (%u)", group->key,
				   (unsigned)(high - low), (unsigned)reader->driver->max_registers);
}

static void store_group(struct driver_modbus_reader *reader, const struct yaml_node *node, const struct group_read *read, uint32_t number,
			struct plan_modbus_group *group)
{
	bool fits = fill_braces(group->key, sizeof group->key, read->key, number + 1) &&
		    fill_braces(group->name, sizeof group->name, read->name, number + 1) &&
		    fill_braces(group->parent, sizeof group->parent, read->parent, number + 1);

	for (size_t i = 0; i < METER_WAS_MAX; i++)
		fits = fits && fill_braces(group->was[i], sizeof group->was[i], read->was[i], number + 1);

	if (!fits)
		problems_add_error(reader->problems, node->place, "meter %s: its key or name is too long", read->key);
	group->role = (enum role)read->role;
	group->point = (enum point)read->point;
	group->supply = (enum supply)read->supply;
	group->phase = (uint8_t)(read->phase == GROUP_PHASE_OF_KEY ? number % 3 + 1 : (uint32_t)read->phase);
	group->is_summand = read->is_summand;
	group->is_atomic = read->is_atomic;
}

static void complete(const struct driver_modbus_reader *reader, const struct schema_where *where, struct group_read *read)
{
	if (where->node[GROUP_ROLE] == NULL && strcmp(read->key, "total") == 0)
		read->role = ROLE_TOTAL;
	if (where->node[GROUP_PARENT] == NULL && read->role == ROLE_PART && reader->driver->total != TOTAL_NONE)
		text_copy(read->parent, sizeof read->parent, "total");
	if (where->node[GROUP_NAME] == NULL)
		text_copy(read->name, sizeof read->name, read->key);
}

void driver_modbus_read_group(struct driver_modbus_reader *reader, const struct yaml_node *node)
{
	struct plan_modbus_driver *driver = reader->driver;
	struct group_read read = {.role = ROLE_PART, .repeat = 1};
	struct schema_where where;

	if (!schema_read(&group_schema, node, &read, &where, reader->problems))
		return;
	if ((strstr(read.key, "{}") != NULL) != (where.node[GROUP_REPEAT] != NULL))
		problems_add_error(reader->problems, node->place, "meter %s: {} in a key goes with repeat: NUMBER, which needs it",
				   read.key);
	complete(reader, &where, &read);
	if (where.node[GROUP_WAS] != NULL)
		driver_read_was(reader->problems, where.node[GROUP_WAS], read.key, false, read.was);
	if (read.role == ROLE_TOTAL && (read.is_summand || read.parent[0] != '\0' || read.repeat > 1))
		problems_add_error(reader->problems, node->place, "meter %s: a total is one meter, has no parent and is in no sum",
				   read.key);
	for (uint32_t i = 0; i < read.repeat; i++) {
		struct plan_modbus_group *group = &driver->group[driver->group_count];
		size_t errors_before = reader->problems->error_count;

		if (driver->group_count == PLAN_MODBUS_GROUPS_MAX) {
			problems_add_error(reader->problems, node->place, "more than %d meters", PLAN_MODBUS_GROUPS_MAX);
			return;
		}
		driver->group_count++;
		store_group(reader, node, &read, i, group);
		if (where.node[GROUP_MODELS] != NULL)
			read_models(reader, where.node[GROUP_MODELS], group);
		if (where.node[GROUP_POINTS] != NULL)
			driver_modbus_read_points(reader, where.node[GROUP_POINTS], group, i);
		check_atomic(reader, node, group);
		/* What is wrong in the first is wrong in all. */
		if (reader->problems->error_count > errors_before)
			return;
	}
}
