/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/shape.h"

#include "base/mem.h"
#include "snmp/oid.h"
#include "snmp/rows.h"

#include <stdio.h>
#include <string.h>

/* Work in progress. */
struct maker {
	struct c_snmp_shape *shape;
	const struct c_snmp_drivers *drivers;
	const struct c_snmp_survey *survey;
	const struct c_snmp_announcer *announcer;
	uint32_t interval_ms;
	struct c_snmp_row *row; /* C_SNMP_ROWS_MAX rows */
	bool was_total_else;    /* so in the shape before */
	bool had_total;         /* there was a shape before */
	bool is_failed;
};

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ byte[i]) * UINT64_C(1099511628211); /* FNV-1a */
	return hash;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	return hash_bytes(hash, text, strlen(text) + 1);
}

/* Field by field: padding has no value. */
static uint64_t hash_counter(uint64_t hash, const struct counter_spec *spec)
{
	uint8_t flags = (uint8_t)(spec->is_wrap_known | spec->is_resettable << 1 | spec->starts_at_zero << 2);

	hash = hash_bytes(hash, &spec->modulus, sizeof spec->modulus);
	hash = hash_bytes(hash, &spec->unit_num, sizeof spec->unit_num);
	hash = hash_bytes(hash, &spec->unit_den, sizeof spec->unit_den);
	return hash_bytes(hash, &flags, 1);
}

static uint64_t hash_info(const struct meter_info *info)
{
	uint8_t small[] = {(uint8_t)info->role,       (uint8_t)info->point,      (uint8_t)info->supply,       (uint8_t)info->caliber,
			   (uint8_t)info->is_summand, (uint8_t)info->is_derived, (uint8_t)info->is_component, info->phase,
			   (uint8_t)info->is_port,    (uint8_t)info->is_product};
	uint64_t hash = hash_text(UINT64_C(14695981039346656037), info->key);

	hash = hash_text(hash, info->name);
	hash = hash_text(hash, info->parent);
	hash = hash_bytes(hash, small, sizeof small);
	hash = hash_bytes(hash, &info->rated_w, sizeof info->rated_w);
	hash = hash_counter(hash, &info->energy);
	hash = hash_counter(hash, &info->energy_out);
	for (size_t i = 0; i < METER_WAS_MAX; i++)
		hash = hash_text(hash, info->was[i]);
	return hash_bytes(hash, &info->octet_modulus, sizeof info->octet_modulus);
}

/* ---- Meters ----------------------------------------------------------------------------------------------------------------------- */

static struct c_snmp_meter *find_meter(struct c_snmp_shape *shape, uint64_t key_hash)
{
	for (size_t i = 0; i < shape->meter_count; i++)
		if (shape->meter[i].key_hash == key_hash)
			return &shape->meter[i];
	return NULL;
}

/* The meter of a key, new when it is unknown; NULL: no room, or the key stands for another row already. */
static struct c_snmp_meter *claim_meter(struct maker *maker, const char *key)
{
	struct c_snmp_shape *shape = maker->shape;
	uint64_t key_hash = hash_text(UINT64_C(14695981039346656037), key);
	struct c_snmp_meter *meter = find_meter(shape, key_hash);

	if (meter != NULL)
		return meter->is_present ? NULL : meter;
	if (mem_grow((void **)&shape->meter, &shape->meter_capacity, shape->meter_count, C_SNMP_METERS_MAX, sizeof *shape->meter) !=
	    ERR_NONE) {
		maker->is_failed = true;
		return NULL;
	}
	meter = &shape->meter[shape->meter_count++];
	*meter = (struct c_snmp_meter){.key_hash = key_hash};
	return meter;
}

static void announce(struct maker *maker, struct c_snmp_meter *meter, const struct meter_info *info)
{
	uint64_t hash = hash_info(info);

	meter->is_present = true;
	if (hash == meter->info_hash)
		return;
	meter->info_hash = hash;
	maker->announcer->put_meter(maker->announcer->context, (uint32_t)(meter - maker->shape->meter), info);
}

/* The phase that a key's last number tells, 1..3, else 0. */
static uint8_t phase_of_key(const char *key)
{
	size_t length = strlen(key);

	if (length == 0 || key[length - 1] < '1' || key[length - 1] > '3')
		return 0;
	if (length > 1 && key[length - 2] >= '0' && key[length - 2] <= '9')
		return 0; /* it is part of a larger number */
	return (uint8_t)(key[length - 1] - '0');
}

/* What a point adds to its meter's description. */
static void describe_point(struct maker *maker, const struct plan_group *group, const struct plan_point *point,
			   const struct c_snmp_row *row, struct meter_info *info)
{
	struct c_snmp_factor factor;

	if (point->quantity == QUANTITY_RX_OCTETS || point->quantity == QUANTITY_TX_OCTETS)
		info->octet_modulus = point->counter.modulus;
	if (point->quantity != QUANTITY_ENERGY && point->quantity != QUANTITY_ENERGY_OUT)
		return;
	if (!c_snmp_rows_factor(maker->survey, group, point, row, &factor))
		return;
	if (point->quantity == QUANTITY_ENERGY)
		info->energy = c_snmp_value_counter_spec(point, &factor);
	else
		info->energy_out = c_snmp_value_counter_spec(point, &factor);
}

/* The caliber of a meter is that of its power, or of its energy, or of whatever comes first. */
static enum caliber caliber_of(const struct plan_group *group)
{
	enum caliber caliber = group->point_count > 0 ? group->point_list[0].caliber : CALIBER_UNKNOWN;
	bool has_power = false;

	for (size_t i = 0; i < group->point_count; i++) {
		enum quantity quantity = group->point_list[i].quantity;

		if (quantity == QUANTITY_POWER || (quantity == QUANTITY_ENERGY && !has_power))
			caliber = group->point_list[i].caliber;
		has_power |= quantity == QUANTITY_POWER;
	}
	return caliber;
}

/* Octets alone; a port whose power is read too (PoE) is a meter of energy that has octets beside it. */
static bool is_port(const struct plan_group *group)
{
	bool has_octets = false;

	for (size_t i = 0; i < group->point_count; i++) {
		enum quantity quantity = group->point_list[i].quantity;

		if (quantity == QUANTITY_POWER || quantity == QUANTITY_ENERGY)
			return false;
		has_octets |= quantity == QUANTITY_RX_OCTETS || quantity == QUANTITY_TX_OCTETS;
	}
	return has_octets;
}

/* ---- The total -------------------------------------------------------------------------------------------------------------------- */

static bool is_summand(const struct maker *maker, const struct plan_group *group)
{
	return group->summand == (maker->shape->is_total_else ? PLAN_SUMMAND_ELSE : PLAN_SUMMAND_YES);
}

/* The row has the object of a point that is no product and, unless `is_mark_enough`, the object gives a reading. */
static bool gives_point(const struct maker *maker, const struct plan_group *group, const struct c_snmp_row *row, uint8_t number,
			bool is_mark_enough)
{
	const struct plan_point *point = &group->point_list[number];
	const struct c_snmp_raw *raw = c_snmp_rows_point(maker->survey, group, point, row);
	struct c_snmp_factor factor;
	struct c_snmp_reading reading;

	return raw != NULL && (is_mark_enough || (c_snmp_rows_factor(maker->survey, group, point, row, &factor) &&
						  c_snmp_value_convert(point, raw, factor.factor, &reading) == C_SNMP_VALUE_OK));
}

/*
 * The row has power or energy, a product of them all its factors; `is_mark_enough`: an object that is there is enough, though it now says
 * that it has no reading. So a total row that was there once is waited for, and one that never gave a reading is not.
 */
static bool gives_reading(const struct maker *maker, const struct plan_group *group, const struct c_snmp_row *row, bool is_mark_enough)
{
	for (uint8_t i = 0; i < group->point_count; i++) {
		const struct plan_point *point = &group->point_list[i];
		uint8_t factor = 0;

		if (point->quantity != QUANTITY_POWER && point->quantity != QUANTITY_ENERGY)
			continue;
		while (factor < point->product_count && gives_point(maker, group, row, point->product[factor], is_mark_enough))
			factor++;
		if (point->product_count > 0 ? factor == point->product_count : gives_point(maker, group, row, i, is_mark_enough))
			return true;
	}
	return false;
}

static bool has_reading(const struct maker *maker, const struct plan_group *group, bool is_mark_enough)
{
	size_t count = c_snmp_rows_find(maker->survey, group, maker->row, C_SNMP_ROWS_MAX);

	for (size_t i = 0; i < count; i++)
		if (gives_reading(maker, group, &maker->row[i], is_mark_enough))
			return true;
	return false;
}

/* Whether the total is the sum of `sum: else`: no meter of `sum: yes` gives a reading. */
static bool is_total_else(const struct maker *maker, const struct plan_snmp_driver *driver)
{
	bool has_else = false;
	bool had_first = maker->had_total && !maker->was_total_else;

	if (had_first && !maker->survey->is_complete)
		return false; /* what is missing may only be lost */
	for (size_t g = 0; g < driver->group_count; g++)
		has_else |= driver->group[g].summand == PLAN_SUMMAND_ELSE;
	for (size_t g = 0; g < driver->group_count && has_else; g++)
		if (driver->group[g].summand == PLAN_SUMMAND_YES && has_reading(maker, &driver->group[g], had_first))
			return false;
	return has_else;
}

/* ---- Meters again ------------------------------------------------------------------------------------------------------------------ */

static void describe_meter(struct maker *maker, const struct plan_group *group, const struct c_snmp_row *row, struct meter_info *info)
{
	*info = (struct meter_info){.role = group->role,
				    .point = group->point,
				    .supply = group->supply,
				    .caliber = caliber_of(group),
				    .is_summand = is_summand(maker, group),
				    .is_product = c_snmp_rows_is_product(group),
				    .energy.unit_den = 1,
				    .energy_out.unit_den = 1};
	c_snmp_rows_key(maker->survey, group, row, info->key);
	for (size_t i = 0; i < METER_WAS_MAX; i++)
		c_snmp_rows_former_key(maker->survey, group, row, group->was[i], info->was[i]);
	c_snmp_rows_name(maker->survey, group, row, info->name);
	(void)snprintf(info->parent, sizeof info->parent, "%s", group->parent);
	info->phase = group->phase == UINT8_MAX ? phase_of_key(info->key) : group->phase;
	info->is_port = is_port(group);
	for (size_t i = 0; i < group->point_count; i++)
		describe_point(maker, group, &group->point_list[i], row, info);
}

/* ---- Targets ---------------------------------------------------------------------------------------------------------------------- */

static uint8_t every_nth(const struct plan_point *point, uint32_t interval_ms)
{
	uint32_t every = point->interval_ms > interval_ms ? point->interval_ms / interval_ms : 1;

	return (uint8_t)(every > UINT8_MAX ? UINT8_MAX : every);
}

static void add_target(struct maker *maker, size_t meter, const struct plan_group *group, size_t point_idx, const struct c_snmp_row *row)
{
	struct c_snmp_shape *shape = maker->shape;
	const struct plan_point *point = &group->point_list[point_idx];
	struct c_snmp_target target = {
	    .meter = (uint16_t)meter, .point = (uint8_t)point_idx, .every = every_nth(point, maker->interval_ms)};
	struct c_snmp_factor factor = {.factor = 1};

	target.is_product = point->product_count > 0;
	if (!target.is_product && c_snmp_rows_point(maker->survey, group, point, row) == NULL)
		return;
	if (!target.is_product && !c_snmp_rows_factor(maker->survey, group, point, row, &factor))
		return;
	target.factor = factor.factor;
	if (mem_grow((void **)&shape->target, &shape->target_capacity, shape->target_count, C_SNMP_TARGETS_MAX, sizeof *shape->target) ==
	    ERR_NONE)
		shape->target[shape->target_count++] = target;
	else
		maker->is_failed = true;
}

static bool keep_index(struct c_snmp_shape *shape, struct c_snmp_meter *meter, const struct c_snmp_row *row)
{
	meter->index_at = (uint32_t)shape->index_count;
	meter->index_length = row->index_length;
	for (size_t i = 0; i < row->index_length; i++) {
		if (mem_grow((void **)&shape->index, &shape->index_capacity, shape->index_count, (size_t)C_SNMP_METERS_MAX * PLAN_INDEX_MAX,
			     sizeof *shape->index) != ERR_NONE)
			return false;
		shape->index[shape->index_count++] = row->index[i];
	}
	return true;
}

/* None of its points gives a reading, and the meter was never known: a phase or a unit that the device has a place for, and no more. */
static bool is_not_fitted(const struct maker *maker, const struct plan_group *group, const struct c_snmp_row *row, const char *key)
{
	if (!group->is_optional || find_meter(maker->shape, hash_text(UINT64_C(14695981039346656037), key)) != NULL)
		return false;
	for (uint8_t i = 0; i < group->point_count; i++)
		if (gives_point(maker, group, row, i, false))
			return false;
	return true;
}

static void add_row(struct maker *maker, size_t driver, size_t group_idx, const struct c_snmp_row *row)
{
	const struct plan_group *group = &maker->drivers->driver[driver]->group[group_idx];
	struct c_snmp_meter *meter;
	struct meter_info info;
	size_t number;

	describe_meter(maker, group, row, &info);
	if (is_not_fitted(maker, group, row, info.key))
		return;
	meter = claim_meter(maker, info.key);
	if (meter == NULL)
		return;
	number = (size_t)(meter - maker->shape->meter);
	meter->driver = (uint8_t)driver;
	meter->group = (uint8_t)group_idx;
	if (!keep_index(maker->shape, meter, row)) {
		maker->is_failed = true;
		return;
	}
	announce(maker, meter, &info);
	maker->shape->summand_count += info.is_summand;
	for (size_t p = 0; p < group->point_count; p++)
		add_target(maker, number, group, p, row);
}

/* The total that is a sum has no numbers of its own: it takes its description from the first summand. */
static void add_derived_total(struct maker *maker, const struct plan_snmp_driver *driver)
{
	struct meter_info info = {.key = "total", .role = ROLE_TOTAL, .is_derived = true, .energy.unit_den = 1, .energy_out.unit_den = 1};
	const struct plan_group *summand = NULL;
	struct c_snmp_meter *meter;

	for (size_t g = driver->group_count; g-- > 0;)
		if (is_summand(maker, &driver->group[g]))
			summand = &driver->group[g];
	if (summand == NULL || maker->shape->summand_count == 0)
		return;
	info.point = summand->point;
	info.supply = summand->supply;
	info.caliber = caliber_of(summand);
	info.is_product = c_snmp_rows_is_product(summand);
	(void)snprintf(info.name, sizeof info.name, "Total");
	meter = claim_meter(maker, info.key);
	if (meter == NULL)
		return;
	meter->driver = C_SNMP_DRIVERS_MAX;
	announce(maker, meter, &info);
}

/* ---- The whole -------------------------------------------------------------------------------------------------------------------- */

static bool copy_meters(struct c_snmp_shape *shape, const struct c_snmp_shape *old)
{
	if (old == NULL || old->meter_count == 0)
		return true;
	shape->meter = mem_new_array(old->meter_count, sizeof *shape->meter);
	if (shape->meter == NULL)
		return false;
	memcpy(shape->meter, old->meter, old->meter_count * sizeof *shape->meter);
	shape->meter_count = shape->meter_capacity = old->meter_count;
	for (size_t i = 0; i < shape->meter_count; i++)
		shape->meter[i].is_present = false;
	return true;
}

static void add_groups(struct maker *maker, size_t driver)
{
	const struct plan_snmp_driver *plan = maker->drivers->driver[driver];

	if (plan->total == TOTAL_SUM)
		maker->shape->is_total_else = is_total_else(maker, plan);
	for (size_t g = 0; g < plan->group_count; g++) {
		size_t count = c_snmp_rows_find(maker->survey, &plan->group[g], maker->row, C_SNMP_ROWS_MAX);

		for (size_t r = 0; r < count && !maker->is_failed; r++)
			add_row(maker, driver, g, &maker->row[r]);
	}
	if (plan->total == TOTAL_SUM)
		add_derived_total(maker, plan);
}

static void *append(uint8_t **at, const void *array, size_t bytes)
{
	void *place = *at;

	if (bytes > 0)
		memcpy(place, array, bytes);
	*at += bytes;
	return place;
}

/* All in one block that is no larger than needed: a shape stays for long, and each read goes through it. NULL when out of memory. */
static struct c_snmp_shape *pack(struct c_snmp_shape *loose)
{
	size_t target_bytes = loose->target_count * sizeof *loose->target;
	size_t meter_bytes = loose->meter_count * sizeof *loose->meter;
	size_t index_bytes = loose->index_count * sizeof *loose->index;
	struct c_snmp_shape *packed = mem_new(sizeof *packed + target_bytes + meter_bytes + index_bytes);
	uint8_t *at = (uint8_t *)(packed + 1);

	if (packed != NULL) {
		*packed = *loose;
		packed->is_packed = true;
		packed->target = append(&at, loose->target, target_bytes);
		packed->meter = append(&at, loose->meter, meter_bytes);
		packed->index = append(&at, loose->index, index_bytes);
	}
	c_snmp_shape_free(loose);
	return packed;
}

struct c_snmp_shape *c_snmp_shape_new(const struct c_snmp_drivers *drivers, const struct c_snmp_survey *survey,
				      const struct c_snmp_shape *old, uint32_t interval_ms, const struct c_snmp_announcer *announcer)
{
	struct maker maker = {.drivers = drivers,
			      .survey = survey,
			      .announcer = announcer,
			      .interval_ms = interval_ms,
			      .was_total_else = old != NULL && old->is_total_else,
			      .had_total = old != NULL && old->summand_count > 0};

	maker.shape = mem_new(sizeof *maker.shape);
	maker.row = mem_new_array(C_SNMP_ROWS_MAX, sizeof *maker.row);
	maker.is_failed = maker.shape == NULL || maker.row == NULL || !copy_meters(maker.shape, old);
	for (size_t d = 0; d < drivers->count && !maker.is_failed; d++)
		add_groups(&maker, d);
	mem_free(maker.row);
	if (maker.is_failed)
		return c_snmp_shape_free(maker.shape);
	maker.shape->is_complete = survey->is_complete;
	return pack(maker.shape);
}

struct c_snmp_shape *c_snmp_shape_free(struct c_snmp_shape *shape)
{
	if (shape == NULL)
		return NULL;
	if (!shape->is_packed) {
		mem_free(shape->meter);
		mem_free(shape->target);
		mem_free(shape->index);
	}
	return mem_free(shape);
}

const struct plan_group *c_snmp_shape_group(const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers,
					    const struct c_snmp_target *target)
{
	const struct c_snmp_meter *meter = &shape->meter[target->meter];

	return &drivers->driver[meter->driver]->group[meter->group];
}

const struct plan_point *c_snmp_shape_point(const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers,
					    const struct c_snmp_target *target)
{
	return &c_snmp_shape_group(shape, drivers, target)->point_list[target->point];
}

void c_snmp_shape_oid(const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers, const struct c_snmp_target *target,
		      struct plan_oid *out)
{
	const struct c_snmp_meter *meter = &shape->meter[target->meter];
	const struct plan_point *point = c_snmp_shape_point(shape, drivers, target);

	*out = point->oid;
	if (meter->index_length == 0)
		return;
	/* It fits: a longer one would not have come out of the survey. */
	(void)c_snmp_oid_append(out, shape->index + meter->index_at, meter->index_length);
	(void)c_snmp_oid_append(out, point->suffix, point->suffix_length);
}

bool c_snmp_shape_is_oid(const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers, const struct c_snmp_target *target,
			 const uint32_t *name, size_t name_length)
{
	const struct c_snmp_meter *meter = &shape->meter[target->meter];
	const struct plan_point *point = c_snmp_shape_point(shape, drivers, target);
	size_t suffix_length = meter->index_length == 0 ? 0 : point->suffix_length;

	if (name_length != (size_t)point->oid.length + meter->index_length + suffix_length ||
	    !c_snmp_oid_has_prefix(name, name_length, &point->oid))
		return false;
	name += point->oid.length;
	if (meter->index_length > 0 && memcmp(name, shape->index + meter->index_at, meter->index_length * sizeof *name) != 0)
		return false;
	return suffix_length == 0 || memcmp(name + meter->index_length, point->suffix, suffix_length * sizeof *name) == 0;
}
