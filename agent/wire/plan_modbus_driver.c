/* SPDX-License-Identifier: Apache-2.0 */
/* plan_modbus_driver: one driver of the modbus plan, with its rules, groups and points. */
#include "wire/plan_modbus_driver.h"

#include "base/mem.h"
#include "wire/plan_modbus_driver_priv.h"
#include "wire/plan_priv.h"

enum { DRIVER_MS_MAX = 60000, DRIVER_PRODUCT_MAX = 3, DRIVER_OBJECT_MAX = 6, DRIVER_HOLE_MAX = 64 };

const char *modbus_type_name(enum modbus_type type)
{
	static const char *const name[MODBUS_TYPE_COUNT] = {"u16", "i16", "sm16", "bcd16", "u32", "i32", "sm32", "bcd32",
							    "f32", "t5",  "t6",   "u64",   "i64", "f64", "text"};

	return (unsigned)type < MODBUS_TYPE_COUNT ? name[type] : "unknown";
}

uint8_t modbus_type_registers(enum modbus_type type)
{
	if (type <= MODBUS_BCD16)
		return 1;
	if (type <= MODBUS_T6)
		return 2;
	return type <= MODBUS_F64 ? 4 : 0;
}

void plan_modbus_get_fraction(struct wire_reader *reader, int64_t *num, int64_t *den)
{
	*num = wire_get_i64(reader);
	*den = wire_get_i64(reader);
	if (*num > 0 && *den > 0)
		return;
	reader->is_bad = true;
	*num = 1;
	*den = 1;
}

static void put_register(struct wire_writer *writer, const struct plan_modbus_register *reg)
{
	wire_put_u8(writer, reg->function);
	if (reg->function == 0)
		return;
	wire_put_u16(writer, reg->address);
	wire_put_u8(writer, (uint8_t)reg->type);
	wire_put_u8(writer, reg->text_registers);
	wire_put_bool(writer, reg->is_low_first);
	wire_put_bool(writer, reg->is_byte_swapped);
}

static void get_register(struct wire_reader *reader, struct plan_modbus_register *reg)
{
	reg->function = wire_get_u8(reader);
	if (reg->function == 0)
		return;
	reg->address = wire_get_u16(reader);
	reg->type = (enum modbus_type)wire_get_enum(reader, MODBUS_TYPE_COUNT);
	reg->text_registers = wire_get_enum(reader, MODBUS_TEXT_REGISTERS_MAX + 1);
	reg->is_low_first = wire_get_bool(reader);
	reg->is_byte_swapped = wire_get_bool(reader);
	if ((reg->function != 3 && reg->function != 4) || (reg->type == MODBUS_TEXT) != (reg->text_registers > 0))
		reader->is_bad = true;
}

/* A number, not a text; its absence is allowed. */
static void get_number_register(struct wire_reader *reader, struct plan_modbus_register *reg)
{
	get_register(reader, reg);
	if (reg->function != 0 && reg->type == MODBUS_TEXT)
		reader->is_bad = true;
}

static void put_counter(struct wire_writer *writer, const struct counter_spec *counter)
{
	wire_put_u64(writer, counter->modulus);
	wire_put_bool(writer, counter->is_wrap_known);
	wire_put_bool(writer, counter->is_resettable);
	wire_put_bool(writer, counter->starts_at_zero);
}

static void get_counter(struct wire_reader *reader, struct counter_spec *counter)
{
	counter->modulus = wire_get_u64(reader);
	counter->is_wrap_known = wire_get_bool(reader);
	counter->is_resettable = wire_get_bool(reader);
	counter->starts_at_zero = wire_get_bool(reader);
}

static void put_scale(struct wire_writer *writer, const struct plan_modbus_point *point)
{
	wire_put_f64(writer, point->factor);
	wire_put_f64(writer, point->offset_value);
	wire_put_i64(writer, point->num);
	wire_put_i64(writer, point->den);
	put_register(writer, &point->exponent);
	wire_put_bool(writer, point->is_exponent_negative);
	wire_put_u8(writer, point->ratio_count);
	for (size_t i = 0; i < point->ratio_count; i++) {
		put_register(writer, &point->ratio[i].reg);
		wire_put_i64(writer, point->ratio[i].num);
		wire_put_i64(writer, point->ratio[i].den);
	}
	put_register(writer, &point->sign);
}

static void get_scale(struct wire_reader *reader, struct plan_modbus_point *point)
{
	point->factor = wire_get_f64(reader);
	point->offset_value = wire_get_f64(reader);
	plan_modbus_get_fraction(reader, &point->num, &point->den);
	get_number_register(reader, &point->exponent);
	point->is_exponent_negative = wire_get_bool(reader);
	point->ratio_count = wire_get_enum(reader, PLAN_MODBUS_RATIOS_MAX + 1);
	for (size_t i = 0; i < point->ratio_count; i++) {
		get_number_register(reader, &point->ratio[i].reg);
		plan_modbus_get_fraction(reader, &point->ratio[i].num, &point->ratio[i].den);
		if (point->ratio[i].reg.function == 0)
			reader->is_bad = true;
	}
	get_number_register(reader, &point->sign);
}

static void put_validity(struct wire_writer *writer, const struct plan_modbus_point *point)
{
	wire_put_u8(writer, point->absent_count);
	for (size_t i = 0; i < point->absent_count; i++) {
		wire_put_u64(writer, point->absent[i].first);
		wire_put_u64(writer, point->absent[i].last);
	}
	wire_put_bool(writer, point->is_negative_absent);
	wire_put_bool(writer, point->is_zero_absent);
	wire_put_bool(writer, point->is_absolute);
	wire_put_bool(writer, point->is_negated);
	wire_put_bool(writer, point->is_four_quadrant);
	wire_put_bool(writer, point->is_optional);
	wire_put_bool(writer, point->has_range);
	wire_put_f64(writer, point->min_value);
	wire_put_f64(writer, point->max_value);
}

static void get_validity(struct wire_reader *reader, struct plan_modbus_point *point)
{
	point->absent_count = wire_get_enum(reader, PLAN_MODBUS_ABSENT_MAX + 1);
	for (size_t i = 0; i < point->absent_count; i++) {
		point->absent[i].first = wire_get_u64(reader);
		point->absent[i].last = wire_get_u64(reader);
		if (point->absent[i].first > point->absent[i].last)
			reader->is_bad = true;
	}
	point->is_negative_absent = wire_get_bool(reader);
	point->is_zero_absent = wire_get_bool(reader);
	point->is_absolute = wire_get_bool(reader);
	point->is_negated = wire_get_bool(reader);
	point->is_four_quadrant = wire_get_bool(reader);
	point->is_optional = wire_get_bool(reader);
	point->has_range = wire_get_bool(reader);
	point->min_value = wire_get_f64(reader);
	point->max_value = wire_get_f64(reader);
	if (point->min_value > point->max_value)
		reader->is_bad = true;
}

static void put_point(struct wire_writer *writer, const struct plan_modbus_point *point)
{
	wire_put_u8(writer, (uint8_t)point->quantity);
	put_register(writer, &point->reg);
	put_scale(writer, point);
	put_validity(writer, point);
	put_counter(writer, &point->counter);
	wire_put_u8(writer, (uint8_t)point->caliber);
	wire_put_u8(writer, point->product_count);
	for (size_t i = 0; i < point->product_count; i++)
		wire_put_u8(writer, point->product[i]);
}

static void get_point(struct wire_reader *reader, struct plan_modbus_point *point, uint8_t at)
{
	point->quantity = (enum quantity)wire_get_enum(reader, QUANTITY_COUNT);
	get_number_register(reader, &point->reg);
	get_scale(reader, point);
	get_validity(reader, point);
	get_counter(reader, &point->counter);
	point->caliber = (enum caliber)wire_get_enum(reader, CALIBER_COUNT);
	point->product_count = wire_get_enum(reader, DRIVER_PRODUCT_MAX + 1);
	/* Of points before it: a product of a product is known by then. */
	for (size_t i = 0; i < point->product_count; i++)
		point->product[i] = wire_get_enum(reader, at);
	if (point->quantity == QUANTITY_NONE || (point->reg.function == 0) != (point->product_count > 0))
		reader->is_bad = true;
	if (point->product_count > 0 && quantity_is_counter(point->quantity))
		reader->is_bad = true;
}

static void put_group(struct wire_writer *writer, const struct plan_modbus_group *group)
{
	wire_put_text(writer, group->key);
	wire_put_text(writer, group->name);
	wire_put_text(writer, group->parent);
	for (size_t i = 0; i < METER_WAS_MAX; i++)
		wire_put_text(writer, group->was[i]);
	wire_put_u8(writer, (uint8_t)group->role);
	wire_put_u8(writer, (uint8_t)group->point);
	wire_put_u8(writer, (uint8_t)group->supply);
	wire_put_u8(writer, group->phase);
	wire_put_bool(writer, group->is_summand);
	wire_put_bool(writer, group->is_atomic);
	wire_put_u8(writer, group->model_count);
	for (size_t i = 0; i < group->model_count; i++)
		wire_put_u16(writer, group->model[i]);
	wire_put_u8(writer, group->point_count);
	for (size_t i = 0; i < group->point_count; i++)
		put_point(writer, &group->point_list[i]);
}

static void get_group(struct wire_reader *reader, struct plan_modbus_group *group)
{
	wire_get_text(reader, group->key, sizeof group->key);
	wire_get_text(reader, group->name, sizeof group->name);
	wire_get_text(reader, group->parent, sizeof group->parent);
	for (size_t i = 0; i < METER_WAS_MAX; i++)
		wire_get_text(reader, group->was[i], sizeof group->was[i]);
	group->role = (enum role)wire_get_enum(reader, ROLE_COUNT);
	group->point = (enum point)wire_get_enum(reader, POINT_COUNT);
	group->supply = (enum supply)wire_get_enum(reader, SUPPLY_COUNT);
	group->phase = wire_get_enum(reader, 4);
	group->is_summand = wire_get_bool(reader);
	group->is_atomic = wire_get_bool(reader);
	group->model_count = wire_get_enum(reader, PLAN_MODBUS_MODELS_MAX + 1);
	for (size_t i = 0; i < group->model_count; i++)
		group->model[i] = wire_get_u16(reader);
	group->point_count = wire_get_enum(reader, PLAN_MODBUS_POINTS_MAX + 1);
	for (size_t i = 0; i < group->point_count && !reader->is_bad; i++)
		get_point(reader, &group->point_list[i], (uint8_t)i);
	if (group->key[0] == '\0' || group->point_count == 0)
		reader->is_bad = true;
}

static void put_rule(struct wire_writer *writer, const struct plan_modbus_rule *rule)
{
	wire_put_bool(writer, rule->is_exception);
	wire_put_u8(writer, (uint8_t)rule->kind);
	put_register(writer, &rule->reg);
	wire_put_u8(writer, rule->object);
	wire_put_u16(writer, rule->model);
	wire_put_u8(writer, rule->value_count);
	for (size_t i = 0; i < rule->value_count; i++)
		wire_put_i64(writer, rule->value[i]);
	wire_put_bool(writer, rule->has_span);
	wire_put_i64(writer, rule->first);
	wire_put_i64(writer, rule->last);
	plan_put_raw(writer, rule->pattern);
}

static void get_rule(struct wire_reader *reader, struct plan_modbus_rule *rule)
{
	rule->is_exception = wire_get_bool(reader);
	rule->kind = (enum modbus_rule)wire_get_enum(reader, MODBUS_RULE_COUNT);
	get_register(reader, &rule->reg);
	rule->object = wire_get_enum(reader, DRIVER_OBJECT_MAX + 1);
	rule->model = wire_get_u16(reader);
	rule->value_count = wire_get_enum(reader, PLAN_MODBUS_VALUES_MAX + 1);
	for (size_t i = 0; i < rule->value_count; i++)
		rule->value[i] = wire_get_i64(reader);
	rule->has_span = wire_get_bool(reader);
	rule->first = wire_get_i64(reader);
	rule->last = wire_get_i64(reader);
	plan_get_raw(reader, rule->pattern, sizeof rule->pattern);
	if ((rule->kind == MODBUS_RULE_REGISTER) != (rule->reg.function != 0) || rule->first > rule->last)
		reader->is_bad = true;
}

static void put_timing(struct wire_writer *writer, const struct plan_modbus_driver *driver)
{
	wire_put_u8(writer, driver->max_registers);
	wire_put_u8(writer, driver->hole_max);
	wire_put_u8(writer, driver->barrier_count);
	for (size_t i = 0; i < driver->barrier_count; i++)
		wire_put_u16(writer, driver->barrier[i]);
	wire_put_u32(writer, driver->timeout_ms);
	wire_put_u32(writer, driver->gap_ms);
	wire_put_u32(writer, driver->quiet_ms);
}

static void get_timing(struct wire_reader *reader, struct plan_modbus_driver *driver)
{
	driver->max_registers = wire_get_enum(reader, MODBUS_REGISTERS_MAX + 1);
	driver->hole_max = wire_get_enum(reader, DRIVER_HOLE_MAX + 1);
	driver->barrier_count = wire_get_enum(reader, PLAN_MODBUS_BARRIERS_MAX + 1);
	for (size_t i = 0; i < driver->barrier_count; i++)
		driver->barrier[i] = wire_get_u16(reader);
	driver->timeout_ms = plan_get_u32_of(reader, 0, DRIVER_MS_MAX);
	driver->gap_ms = plan_get_u32_of(reader, 0, DRIVER_MS_MAX);
	driver->quiet_ms = plan_get_u32_of(reader, 0, DRIVER_MS_MAX);
	if (driver->max_registers == 0)
		reader->is_bad = true;
}

static void put_identity(struct wire_writer *writer, const struct plan_modbus_identity *identity)
{
	put_register(writer, &identity->vendor);
	put_register(writer, &identity->model);
	put_register(writer, &identity->serial);
	put_register(writer, &identity->firmware);
	wire_put_bool(writer, identity->is_device_id);
}

static void get_identity(struct wire_reader *reader, struct plan_modbus_identity *identity)
{
	get_register(reader, &identity->vendor);
	get_register(reader, &identity->model);
	get_register(reader, &identity->serial);
	get_register(reader, &identity->firmware);
	identity->is_device_id = wire_get_bool(reader);
}

void plan_modbus_put_driver(struct wire_writer *writer, const struct plan_modbus_driver *driver)
{
	wire_put_text(writer, driver->name);
	wire_put_text(writer, driver->vendor);
	wire_put_text(writer, driver->family);
	plan_put_digest(writer, driver->sha256);
	wire_put_i64(writer, driver->priority);
	wire_put_u8(writer, (uint8_t)driver->total);
	put_timing(writer, driver);
	wire_put_u8(writer, driver->rule_count);
	for (size_t i = 0; i < driver->rule_count; i++)
		put_rule(writer, &driver->rule[i]);
	put_identity(writer, &driver->identity);
	wire_put_u8(writer, driver->group_count);
	for (size_t i = 0; i < driver->group_count; i++)
		put_group(writer, &driver->group[i]);
}

static void get_groups(struct wire_reader *reader, struct plan_modbus_driver *driver)
{
	uint8_t count = wire_get_enum(reader, PLAN_MODBUS_GROUPS_MAX + 1);

	if (reader->is_bad || count == 0)
		return;
	driver->group = mem_new_array(count, sizeof *driver->group);
	if (driver->group == NULL) {
		reader->is_bad = true;
		return;
	}
	driver->group_count = count;
	for (size_t i = 0; i < count && !reader->is_bad; i++)
		get_group(reader, &driver->group[i]);
}

void plan_modbus_get_driver(struct wire_reader *reader, struct plan_modbus_driver *driver)
{
	int64_t priority;

	plan_get_id(reader, driver->name, sizeof driver->name);
	wire_get_text(reader, driver->vendor, sizeof driver->vendor);
	wire_get_text(reader, driver->family, sizeof driver->family);
	plan_get_digest(reader, driver->sha256);
	priority = wire_get_i64(reader);
	if (priority < INT32_MIN || priority > INT32_MAX)
		reader->is_bad = true;
	else
		driver->priority = (int32_t)priority;
	driver->total = (enum total_rule)wire_get_enum(reader, TOTAL_SUM + 1);
	get_timing(reader, driver);
	driver->rule_count = wire_get_enum(reader, PLAN_MODBUS_RULES_MAX + 1);
	for (size_t i = 0; i < driver->rule_count && !reader->is_bad; i++)
		get_rule(reader, &driver->rule[i]);
	get_identity(reader, &driver->identity);
	get_groups(reader, driver);
}
