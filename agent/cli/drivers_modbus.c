/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/drivers_modbus.h"

#include "base/num.h"
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

enum { REGISTER_TEXT_BYTES = 64, STEP_TEXT_BYTES = NUM_TEXT_BYTES + 16 };

/* "4 0x0034 f32", "3 +18 i16 of model 203". */
static void print_register(const struct plan_modbus_group *group, const struct plan_modbus_register *reg,
			   char out[static REGISTER_TEXT_BYTES])
{
	const char *order = reg->is_low_first ? " low first" : "";

	if (reg->function == 0)
		snprintf(out, REGISTER_TEXT_BYTES, "(computed)");
	else if (group != NULL && group->model_count > 0)
		snprintf(out, REGISTER_TEXT_BYTES, "%u +%u %s%s of model %u", (unsigned)reg->function, (unsigned)reg->address,
			 modbus_type_name(reg->type), order, (unsigned)group->model[0]);
	else
		snprintf(out, REGISTER_TEXT_BYTES, "%u 0x%04X %s%s", (unsigned)reg->function, (unsigned)reg->address,
			 modbus_type_name(reg->type), order);
}

/* What one step of the device's number is, in the quantity's unit; registers may scale it further. */
static void print_step(const struct plan_modbus_point *point, char out[static STEP_TEXT_BYTES])
{
	char number[NUM_TEXT_BYTES];
	double step =
	    quantity_is_counter(point->quantity) ? (double)point->num / (double)(point->den > 0 ? point->den : 1) / 1000 : point->factor;
	bool is_scaled = point->exponent.function != 0 || point->ratio_count > 0;

	num_print_double(number, step, 9);
	snprintf(out, STEP_TEXT_BYTES, "%s%s", number, is_scaled ? " x scale" : "");
}

static void print_rule(const struct plan_modbus_rule *rule)
{
	char reg[REGISTER_TEXT_BYTES];

	printf("  %s", rule->is_exception ? "not " : "");
	if (rule->kind == MODBUS_RULE_SUNSPEC) {
		printf("a SunSpec chain");
		if (rule->model != 0)
			printf(" with model %u", (unsigned)rule->model);
	} else if (rule->kind == MODBUS_RULE_OBJECT) {
		printf("object %u of the device identification like /%s/", (unsigned)rule->object, rule->pattern);
	} else {
		print_register(NULL, &rule->reg, reg);
		printf("register %s", reg);
		if (rule->pattern[0] != '\0')
			printf(" like /%s/", rule->pattern);
		for (uint8_t i = 0; i < rule->value_count; i++)
			printf("%s%lld", i == 0 ? " is " : " or ", (long long)rule->value[i]);
		if (rule->has_span)
			printf(" in %lld .. %lld", (long long)rule->first, (long long)rule->last);
	}
	putchar('\n');
}

void drivers_modbus_print_recognition(const struct plan_modbus_driver *driver)
{
	printf("requests: up to %u registers, over holes of up to %u\n", (unsigned)driver->max_registers, (unsigned)driver->hole_max);
	if (driver->rule_count == 0) {
		puts("recognised by: nothing; it has to be named");
		return;
	}
	puts("recognised by:");
	for (uint8_t i = 0; i < driver->rule_count; i++)
		print_rule(&driver->rule[i]);
}

static enum err add_points(struct table *table, const struct plan_modbus_group *group, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < group->point_count; i++) {
		const struct plan_modbus_point *point = &group->point_list[i];
		char reg[REGISTER_TEXT_BYTES];
		char step[STEP_TEXT_BYTES];
		const char *cell[] = {group->key,
				      role_name(group->role),
				      point_name(group->point),
				      quantity_name(point->quantity),
				      step,
				      caliber_name(point->caliber),
				      reg};

		print_register(group, &point->reg, reg);
		print_step(point, step);
		err = table_add(table, cell, info);
	}
	return err;
}

enum err drivers_modbus_print_points(const struct plan_modbus_driver *driver, enum cli_format format, struct err_info *info)
{
	static const struct table_column COLUMNS[] = {
	    {"METER", "meter", false}, {"ROLE", "role", false},       {"POINT", "point", false},      {"QUANTITY", "quantity", false},
	    {"STEP", "step", true},    {"CALIBER", "caliber", false}, {"REGISTER", "register", false}};
	struct table *table = table_new(COLUMNS, sizeof(COLUMNS) / sizeof(COLUMNS[0]));
	enum err err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < driver->group_count; i++)
		err = add_points(table, &driver->group[i], info);
	if (err == ERR_NONE)
		err = table_print(table, stdout, format, info);
	table_free(table);
	return err;
}

static void add_point(struct json *json, const struct plan_modbus_group *group, const struct plan_modbus_point *point)
{
	char reg[REGISTER_TEXT_BYTES];
	char step[STEP_TEXT_BYTES];

	print_register(group, &point->reg, reg);
	print_step(point, step);
	json_open_object(json, NULL);
	json_add_text(json, "quantity", quantity_name(point->quantity));
	json_add_text(json, "step", step);
	json_add_text(json, "caliber", caliber_name(point->caliber));
	json_add_text(json, "register", point->reg.function == 0 ? NULL : reg);
	json_close_object(json);
}

void drivers_modbus_add_json(struct json *json, const struct plan_modbus_driver *driver)
{
	for (size_t i = 0; i < driver->group_count; i++) {
		const struct plan_modbus_group *group = &driver->group[i];

		json_open_object(json, NULL);
		json_add_text(json, "key", group->key);
		json_add_text(json, "name", group->name);
		json_add_text(json, "role", role_name(group->role));
		json_add_text(json, "point", point_name(group->point));
		json_add_bool(json, "is_summand", group->is_summand);
		json_open_array(json, "points");
		for (size_t p = 0; p < group->point_count; p++)
			add_point(json, group, &group->point_list[p]);
		json_close_array(json);
		json_close_object(json);
	}
}
