/* SPDX-License-Identifier: Apache-2.0 */
/* plan_snmp_driver: one driver of the snmp plan, with its rules, groups and points. */
#include "base/mem.h"
#include "wire/plan_priv.h"
#include "wire/plan_snmp.h"
#include "wire/plan_snmp_priv.h"

enum { DRIVER_SUFFIX_MAX = 4, DRIVER_PRODUCT_MAX = 3, DRIVER_FILTER_MAX = 2, DRIVER_REPETITIONS_MAX = 100, DRIVER_MS_MAX = 86400000 };
enum { DRIVER_PHASE_OF_KEY = 255 };

static void put_scale(struct wire_writer *writer, const struct plan_scale *scale)
{
	wire_put_u8(writer, (uint8_t)scale->kind);
	wire_put_f64(writer, scale->factor);
	wire_put_i64(writer, scale->num);
	wire_put_i64(writer, scale->den);
	wire_put_bool(writer, scale->sign < 0);
	wire_put_bool(writer, scale->is_scalar);
	plan_put_oid(writer, &scale->oid);
	plan_put_oid(writer, &scale->oid2);
	wire_put_u8(writer, scale->map_count);
	for (size_t i = 0; i < scale->map_count; i++) {
		wire_put_text(writer, scale->map[i].key);
		wire_put_f64(writer, scale->map[i].factor);
		wire_put_i64(writer, scale->map[i].num);
		wire_put_i64(writer, scale->map[i].den);
	}
}

static void get_fraction(struct wire_reader *reader, int64_t *num, int64_t *den)
{
	*num = wire_get_i64(reader);
	*den = wire_get_i64(reader);
	if (*num < 0 || *den < 0 || (*num > 0 && *den == 0))
		reader->is_bad = true;
}

static void get_scale(struct wire_reader *reader, struct plan_scale *scale)
{
	scale->kind = (enum scale_kind)wire_get_enum(reader, SCALE_MAP + 1);
	scale->factor = wire_get_f64(reader);
	get_fraction(reader, &scale->num, &scale->den);
	scale->sign = wire_get_bool(reader) ? -1 : 1;
	scale->is_scalar = wire_get_bool(reader);
	plan_get_oid(reader, &scale->oid);
	plan_get_oid(reader, &scale->oid2);
	scale->map_count = wire_get_enum(reader, PLAN_MAP_MAX + 1);
	for (size_t i = 0; i < scale->map_count; i++) {
		wire_get_text(reader, scale->map[i].key, sizeof scale->map[i].key);
		scale->map[i].factor = wire_get_f64(reader);
		get_fraction(reader, &scale->map[i].num, &scale->map[i].den);
	}
	if (scale->kind != SCALE_FIXED && scale->oid.length == 0)
		reader->is_bad = true;
	if (scale->kind == SCALE_ENTITY_SENSOR && scale->oid2.length == 0)
		reader->is_bad = true;
}

static void put_counter(struct wire_writer *writer, const struct counter_spec *counter)
{
	wire_put_u64(writer, counter->modulus);
	wire_put_i64(writer, counter->unit_num);
	wire_put_i64(writer, counter->unit_den);
	wire_put_bool(writer, counter->is_wrap_known);
	wire_put_bool(writer, counter->is_resettable);
	wire_put_bool(writer, counter->starts_at_zero);
}

static void get_counter(struct wire_reader *reader, struct counter_spec *counter)
{
	counter->modulus = wire_get_u64(reader);
	get_fraction(reader, &counter->unit_num, &counter->unit_den);
	counter->is_wrap_known = wire_get_bool(reader);
	counter->is_resettable = wire_get_bool(reader);
	counter->starts_at_zero = wire_get_bool(reader);
}

static void put_point(struct wire_writer *writer, const struct plan_point *point)
{
	wire_put_u8(writer, (uint8_t)point->quantity);
	plan_put_oid(writer, &point->oid);
	wire_put_u8(writer, point->suffix_length);
	for (size_t i = 0; i < point->suffix_length; i++)
		wire_put_u32(writer, point->suffix[i]);
	put_scale(writer, &point->scale);
	wire_put_u8(writer, point->sentinel_count);
	for (size_t i = 0; i < point->sentinel_count; i++)
		wire_put_i64(writer, point->sentinel[i]);
	wire_put_bool(writer, point->is_negative_absent);
	wire_put_bool(writer, point->is_zero_absent);
	wire_put_bool(writer, point->is_negative_zero);
	wire_put_bool(writer, point->is_absolute);
	wire_put_bool(writer, point->is_text);
	wire_put_bool(writer, point->has_range);
	wire_put_f64(writer, point->min_value);
	wire_put_f64(writer, point->max_value);
	put_counter(writer, &point->counter);
	wire_put_u8(writer, (uint8_t)point->caliber);
	wire_put_u32(writer, point->interval_ms);
	wire_put_u8(writer, point->product_count);
	for (size_t i = 0; i < point->product_count; i++)
		wire_put_u8(writer, point->product[i]);
}

static void get_point(struct wire_reader *reader, struct plan_point *point, uint8_t point_count)
{
	point->quantity = (enum quantity)wire_get_enum(reader, QUANTITY_COUNT);
	plan_get_oid(reader, &point->oid);
	point->suffix_length = wire_get_enum(reader, DRIVER_SUFFIX_MAX + 1);
	for (size_t i = 0; i < point->suffix_length; i++)
		point->suffix[i] = wire_get_u32(reader);
	get_scale(reader, &point->scale);
	point->sentinel_count = wire_get_enum(reader, PLAN_SENTINELS_MAX + 1);
	for (size_t i = 0; i < point->sentinel_count; i++)
		point->sentinel[i] = wire_get_i64(reader);
	point->is_negative_absent = wire_get_bool(reader);
	point->is_zero_absent = wire_get_bool(reader);
	point->is_negative_zero = wire_get_bool(reader);
	point->is_absolute = wire_get_bool(reader);
	point->is_text = wire_get_bool(reader);
	point->has_range = wire_get_bool(reader);
	point->min_value = wire_get_f64(reader);
	point->max_value = wire_get_f64(reader);
	get_counter(reader, &point->counter);
	point->caliber = (enum caliber)wire_get_enum(reader, CALIBER_COUNT);
	point->interval_ms = plan_get_u32_of(reader, 0, DRIVER_MS_MAX);
	point->product_count = wire_get_enum(reader, DRIVER_PRODUCT_MAX + 1);
	for (size_t i = 0; i < point->product_count; i++)
		point->product[i] = wire_get_enum(reader, point_count);
	if (point->quantity == QUANTITY_NONE || point->min_value > point->max_value)
		reader->is_bad = true;
	if ((point->oid.length == 0) != (point->product_count > 0))
		reader->is_bad = true;
}

static void put_filter(struct wire_writer *writer, const struct plan_row_filter *filter)
{
	plan_put_oid(writer, &filter->oid);
	wire_put_u8(writer, filter->value_count);
	for (size_t i = 0; i < filter->value_count; i++)
		wire_put_i64(writer, filter->value[i]);
	plan_put_raw(writer, filter->pattern);
	wire_put_bool(writer, filter->is_negated);
}

static void get_filter(struct wire_reader *reader, struct plan_row_filter *filter)
{
	plan_get_oid(reader, &filter->oid);
	filter->value_count = wire_get_enum(reader, PLAN_SENTINELS_MAX + 1);
	for (size_t i = 0; i < filter->value_count; i++)
		filter->value[i] = wire_get_i64(reader);
	plan_get_raw(reader, filter->pattern, sizeof filter->pattern);
	filter->is_negated = wire_get_bool(reader);
}

static void put_group(struct wire_writer *writer, const struct plan_group *group)
{
	wire_put_text(writer, group->key);
	wire_put_text(writer, group->name);
	wire_put_text(writer, group->parent);
	for (size_t i = 0; i < METER_WAS_MAX; i++)
		wire_put_text(writer, group->was[i]);
	wire_put_bool(writer, group->is_table);
	wire_put_bool(writer, group->is_first_row_only);
	wire_put_bool(writer, group->is_optional);
	plan_put_oid(writer, &group->key_oid);
	plan_put_oid(writer, &group->name_oid);
	wire_put_u8(writer, group->index_skip);
	wire_put_u8(writer, group->filter_count);
	for (size_t i = 0; i < group->filter_count; i++)
		put_filter(writer, &group->filter[i]);
	wire_put_u8(writer, (uint8_t)group->role);
	wire_put_u8(writer, (uint8_t)group->point);
	wire_put_u8(writer, (uint8_t)group->supply);
	wire_put_u8(writer, group->phase);
	wire_put_u8(writer, (uint8_t)group->summand);
	wire_put_u8(writer, group->point_count);
	for (size_t i = 0; i < group->point_count; i++)
		put_point(writer, &group->point_list[i]);
}

static void get_group(struct wire_reader *reader, struct plan_group *group)
{
	wire_get_text(reader, group->key, sizeof group->key);
	wire_get_text(reader, group->name, sizeof group->name);
	wire_get_text(reader, group->parent, sizeof group->parent);
	for (size_t i = 0; i < METER_WAS_MAX; i++)
		wire_get_text(reader, group->was[i], sizeof group->was[i]);
	group->is_table = wire_get_bool(reader);
	group->is_first_row_only = wire_get_bool(reader);
	group->is_optional = wire_get_bool(reader);
	plan_get_oid(reader, &group->key_oid);
	plan_get_oid(reader, &group->name_oid);
	group->index_skip = wire_get_enum(reader, PLAN_INDEX_MAX + 1);
	group->filter_count = wire_get_enum(reader, DRIVER_FILTER_MAX + 1);
	for (size_t i = 0; i < group->filter_count; i++)
		get_filter(reader, &group->filter[i]);
	group->role = (enum role)wire_get_enum(reader, ROLE_COUNT);
	group->point = (enum point)wire_get_enum(reader, POINT_COUNT);
	group->supply = (enum supply)wire_get_enum(reader, SUPPLY_COUNT);
	group->phase = wire_get_u8(reader);
	group->summand = (enum plan_summand)wire_get_enum(reader, PLAN_SUMMAND_COUNT);
	group->point_count = wire_get_enum(reader, PLAN_POINTS_MAX + 1);
	for (size_t i = 0; i < group->point_count && !reader->is_bad; i++)
		get_point(reader, &group->point_list[i], group->point_count);
	if (group->key[0] == '\0' || group->point_count == 0 || (group->phase > 3 && group->phase != DRIVER_PHASE_OF_KEY))
		reader->is_bad = true;
}

static void put_rule(struct wire_writer *writer, const struct plan_rule *rule)
{
	wire_put_bool(writer, rule->is_exception);
	plan_put_oid(writer, &rule->object_id);
	plan_put_raw(writer, rule->descr_pattern);
	plan_put_oid(writer, &rule->probe);
	plan_put_raw(writer, rule->probe_pattern);
}

static void get_rule(struct wire_reader *reader, struct plan_rule *rule)
{
	rule->is_exception = wire_get_bool(reader);
	plan_get_oid(reader, &rule->object_id);
	plan_get_raw(reader, rule->descr_pattern, sizeof rule->descr_pattern);
	plan_get_oid(reader, &rule->probe);
	plan_get_raw(reader, rule->probe_pattern, sizeof rule->probe_pattern);
	if (rule->object_id.length == 0 && rule->descr_pattern[0] == '\0' && rule->probe.length == 0)
		reader->is_bad = true;
}

static void put_identity(struct wire_writer *writer, const struct plan_identity *identity)
{
	plan_put_oid(writer, &identity->vendor);
	plan_put_oid(writer, &identity->model);
	plan_put_oid(writer, &identity->serial);
	plan_put_oid(writer, &identity->firmware);
	plan_put_oid(writer, &identity->uptime);
}

static void get_identity(struct wire_reader *reader, struct plan_identity *identity)
{
	plan_get_oid(reader, &identity->vendor);
	plan_get_oid(reader, &identity->model);
	plan_get_oid(reader, &identity->serial);
	plan_get_oid(reader, &identity->firmware);
	plan_get_oid(reader, &identity->uptime);
}

void plan_put_driver(struct wire_writer *writer, const struct plan_snmp_driver *driver)
{
	wire_put_text(writer, driver->name);
	wire_put_text(writer, driver->vendor);
	wire_put_text(writer, driver->family);
	plan_put_digest(writer, driver->sha256);
	wire_put_i64(writer, driver->priority);
	wire_put_bool(writer, driver->is_stackable);
	wire_put_u8(writer, (uint8_t)driver->total);
	wire_put_bool(writer, driver->is_bulk_refused);
	wire_put_u8(writer, driver->max_repetitions);
	wire_put_u8(writer, driver->max_varbinds);
	wire_put_u8(writer, driver->rule_count);
	for (size_t i = 0; i < driver->rule_count; i++)
		put_rule(writer, &driver->rule[i]);
	put_identity(writer, &driver->identity);
	wire_put_u8(writer, driver->group_count);
	for (size_t i = 0; i < driver->group_count; i++)
		put_group(writer, &driver->group[i]);
}

static void get_groups(struct wire_reader *reader, struct plan_snmp_driver *driver)
{
	uint8_t count = wire_get_enum(reader, PLAN_GROUPS_MAX + 1);

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

void plan_get_driver(struct wire_reader *reader, struct plan_snmp_driver *driver)
{
	plan_get_id(reader, driver->name, sizeof driver->name);
	wire_get_text(reader, driver->vendor, sizeof driver->vendor);
	wire_get_text(reader, driver->family, sizeof driver->family);
	plan_get_digest(reader, driver->sha256);
	int64_t priority = wire_get_i64(reader);
	if (priority < INT32_MIN || priority > INT32_MAX)
		reader->is_bad = true;
	else
		driver->priority = (int32_t)priority;
	driver->is_stackable = wire_get_bool(reader);
	driver->total = (enum total_rule)wire_get_enum(reader, TOTAL_SUM + 1);
	driver->is_bulk_refused = wire_get_bool(reader);
	driver->max_repetitions = wire_get_enum(reader, DRIVER_REPETITIONS_MAX + 1);
	driver->max_varbinds = wire_get_enum(reader, DRIVER_REPETITIONS_MAX + 1);
	driver->rule_count = wire_get_enum(reader, PLAN_RULES_MAX + 1);
	for (size_t i = 0; i < driver->rule_count && !reader->is_bad; i++)
		get_rule(reader, &driver->rule[i]);
	get_identity(reader, &driver->identity);
	get_groups(reader, driver);
}
