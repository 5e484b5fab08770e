/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/shape.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "modbus/decode.h"

#include <string.h>

enum { SHAPE_NONE = 0xFFFF, SHAPE_THOUSANDTHS = 1000 };

/* A number of a meter: the spans that it is made of. */
struct target {
	const struct plan_modbus_point *point;
	uint16_t span; /* SHAPE_NONE: a product */
	uint16_t exponent;
	uint16_t ratio[PLAN_MODBUS_RATIOS_MAX];
	uint16_t sign;
	bool had_value;
};

struct meter {
	const struct plan_modbus_group *group;
	int32_t base;
	uint16_t first; /* of its targets, one for each point of the group */
	bool is_told;
	struct counter_spec energy; /* as told */
	struct counter_spec energy_out;
};

struct c_modbus_shape {
	const struct plan_modbus_driver *driver;
	const struct plan_modbus_device *device;
	struct c_modbus_blocks blocks;
	uint16_t *word;
	struct meter *meter;
	size_t meter_count;
	struct target *target;
	size_t target_count;
	uint32_t summand_count;
	bool is_total_told;
};

/* What a target came to. */
struct outcome {
	bool has_value;
	double value;
	uint64_t raw;
	struct counter_spec spec;
};

struct c_modbus_shape *c_modbus_shape_free(struct c_modbus_shape *shape)
{
	if (shape == NULL)
		return NULL;
	c_modbus_blocks_deinit(&shape->blocks);
	mem_free(shape->word);
	mem_free(shape->meter);
	mem_free(shape->target);
	return mem_free(shape);
}

/* ---- Making ------------------------------------------------------------------------------------------------------------------------- */

static struct c_modbus_span span_of(const struct plan_modbus_register *reg, int32_t base, uint16_t atom)
{
	return (struct c_modbus_span){
	    .function = reg->function, .count = c_modbus_decode_registers(reg), .address = (uint16_t)(reg->address + base), .atom = atom};
}

static enum err add_register(struct c_modbus_shape *shape, const struct plan_modbus_register *reg, int32_t base, uint16_t atom)
{
	struct c_modbus_span span = span_of(reg, base, atom);

	if (reg->function == 0)
		return ERR_NONE;
	return reg->address + base > UINT16_MAX ? ERR_DATA : c_modbus_blocks_add(&shape->blocks, &span);
}

static enum err add_registers(struct c_modbus_shape *shape, const struct meter *meter, uint16_t atom)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < meter->group->point_count && err == ERR_NONE; i++) {
		const struct plan_modbus_point *point = &meter->group->point_list[i];

		err = add_register(shape, &point->reg, meter->base, atom);
		if (err == ERR_NONE)
			err = add_register(shape, &point->exponent, meter->base, atom);
		if (err == ERR_NONE)
			err = add_register(shape, &point->sign, meter->base, atom);
		for (size_t r = 0; r < point->ratio_count && err == ERR_NONE; r++)
			err = add_register(shape, &point->ratio[r].reg, meter->base, C_MODBUS_ATOM_NONE);
	}
	return err;
}

static uint16_t find(const struct c_modbus_shape *shape, const struct plan_modbus_register *reg, int32_t base)
{
	const struct c_modbus_span *span;

	if (reg->function == 0)
		return SHAPE_NONE;
	span = c_modbus_blocks_find(&shape->blocks, reg->function, (uint16_t)(reg->address + base), c_modbus_decode_registers(reg));
	return span == NULL ? SHAPE_NONE : (uint16_t)(span - shape->blocks.span);
}

static void add_targets(struct c_modbus_shape *shape, struct meter *meter)
{
	meter->first = (uint16_t)shape->target_count;
	for (size_t i = 0; i < meter->group->point_count; i++) {
		const struct plan_modbus_point *point = &meter->group->point_list[i];
		struct target *target = &shape->target[shape->target_count++];

		target->point = point;
		target->span = find(shape, &point->reg, meter->base);
		target->exponent = find(shape, &point->exponent, meter->base);
		target->sign = find(shape, &point->sign, meter->base);
		for (size_t r = 0; r < PLAN_MODBUS_RATIOS_MAX; r++)
			target->ratio[r] = r < point->ratio_count ? find(shape, &point->ratio[r].reg, meter->base) : SHAPE_NONE;
	}
}

static enum err make(struct c_modbus_shape *shape, const struct c_modbus_shape_source *source)
{
	const struct plan_modbus_driver *driver = source->driver;
	const struct c_modbus_limits limits = {driver->max_registers, driver->hole_max, driver->barrier_count, driver->barrier};
	size_t point_count = 0;
	enum err err = ERR_NONE;

	for (uint8_t g = 0; g < driver->group_count && err == ERR_NONE; g++) {
		struct meter *meter = &shape->meter[shape->meter_count];

		if (source->base[g] == C_MODBUS_BASE_NONE)
			continue;
		*meter = (struct meter){.group = &driver->group[g], .base = source->base[g]};
		shape->meter_count++;
		shape->summand_count += meter->group->is_summand;
		point_count += meter->group->point_count;
		err = add_registers(shape, meter, meter->group->is_atomic ? g : C_MODBUS_ATOM_NONE);
	}
	if (err == ERR_NONE)
		err = c_modbus_blocks_make(&shape->blocks, &limits);
	if (err != ERR_NONE)
		return err;
	shape->word = mem_new_array(shape->blocks.word_count + 1, sizeof *shape->word);
	shape->target = mem_new_array(point_count + 1, sizeof *shape->target);
	if (shape->word == NULL || shape->target == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < shape->meter_count; i++)
		add_targets(shape, &shape->meter[i]);
	return ERR_NONE;
}

struct c_modbus_shape *c_modbus_shape_new(const struct c_modbus_shape_source *source)
{
	struct c_modbus_shape *shape = mem_new(sizeof *shape);

	if (shape == NULL)
		return NULL;
	shape->driver = source->driver;
	shape->device = source->device;
	shape->meter = mem_new_array((size_t)source->driver->group_count + 1, sizeof *shape->meter);
	if (shape->meter == NULL || make(shape, source) != ERR_NONE || shape->meter_count == 0)
		return c_modbus_shape_free(shape);
	return shape;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------------------------ */

struct c_modbus_blocks *c_modbus_shape_blocks(struct c_modbus_shape *shape)
{
	return &shape->blocks;
}

uint32_t c_modbus_shape_summand_count(const struct c_modbus_shape *shape)
{
	return shape->driver->total == TOTAL_SUM ? shape->summand_count : 0;
}

void c_modbus_shape_begin(struct c_modbus_shape *shape)
{
	for (size_t i = 0; i < shape->blocks.span_count; i++)
		shape->blocks.span[i].is_fresh = false;
}

void c_modbus_shape_take(struct c_modbus_shape *shape, const struct c_modbus_block *block, const uint8_t *data)
{
	for (size_t i = block->first; i < (size_t)block->first + block->span_count; i++) {
		struct c_modbus_span *span = &shape->blocks.span[i];
		const uint8_t *at = data + 2 * (size_t)(span->address - block->address);

		for (size_t w = 0; w < span->count; w++)
			shape->word[span->word + w] = (uint16_t)(at[2 * w] << 8 | at[2 * w + 1]);
		span->is_fresh = true;
	}
}

bool c_modbus_shape_has_counter(const struct c_modbus_shape *shape, const struct c_modbus_block *block)
{
	for (size_t i = 0; i < shape->target_count; i++)
		if (quantity_is_counter(shape->target[i].point->quantity) && shape->target[i].span >= block->first &&
		    shape->target[i].span < block->first + block->span_count)
			return true;
	return false;
}

/* A span's number; true when there is no such span: then *out is left as it is. */
static bool get_number(const struct c_modbus_shape *shape, uint16_t number, const struct plan_modbus_register *reg,
		       struct c_modbus_number *out)
{
	const struct c_modbus_span *span;

	if (number == SHAPE_NONE)
		return reg->function == 0;
	span = &shape->blocks.span[number];
	return span->is_fresh && c_modbus_decode_number(reg, shape->word + span->word, out);
}

static double as_double(const struct c_modbus_number *number)
{
	if (number->is_real)
		return number->real_value;
	return number->is_negative ? -(double)number->magnitude : (double)number->magnitude;
}

/* Exponent, ratios and sign of a target. false: one of them was not read, or says that it has none. */
static bool get_scale(const struct c_modbus_shape *shape, const struct target *target, struct c_modbus_scale *scale)
{
	const struct plan_modbus_point *point = target->point;
	struct c_modbus_number exponent = {0};
	struct c_modbus_number sign = {0};

	*scale = (struct c_modbus_scale){.ratio = 1.0};
	if (!get_number(shape, target->exponent, &point->exponent, &exponent) || !get_number(shape, target->sign, &point->sign, &sign))
		return false;
	/* SunSpec's scale factors run from -10 to 10; -32768 says that there is none. */
	if (as_double(&exponent) < -10.0 || as_double(&exponent) > 10.0)
		return false;
	scale->exponent = (int)as_double(&exponent) * (point->is_exponent_negative ? -1 : 1);
	scale->is_reversed = as_double(&sign) != 0.0;
	for (size_t r = 0; r < point->ratio_count; r++) {
		struct c_modbus_number number = {0};

		if (!get_number(shape, target->ratio[r], &point->ratio[r].reg, &number) || !(as_double(&number) > 0.0))
			return false;
		scale->ratio *= as_double(&number) * (double)point->ratio[r].num / (double)point->ratio[r].den;
	}
	return true;
}

/* Which of the site's transformers stand before a quantity. */
static bool has_current(enum quantity quantity)
{
	return quantity != QUANTITY_VOLTAGE;
}

static bool has_voltage(enum quantity quantity)
{
	return quantity != QUANTITY_CURRENT;
}

static bool is_transformed(enum quantity quantity)
{
	switch (quantity) {
	case QUANTITY_POWER:
	case QUANTITY_ENERGY:
	case QUANTITY_ENERGY_OUT:
	case QUANTITY_APPARENT_POWER:
	case QUANTITY_REACTIVE_POWER:
	case QUANTITY_VOLTAGE:
	case QUANTITY_CURRENT: return true;
	default: return false;
	}
}

static bool read_counter(const struct c_modbus_shape *shape, const struct plan_modbus_point *point, const struct c_modbus_number *number,
			 const struct c_modbus_scale *scale, struct outcome *out)
{
	const struct plan_modbus_device *device = shape->device;

	out->spec = point->counter;
	if (!c_modbus_decode_counter(point, number, &out->raw) ||
	    !c_modbus_decode_step(point, scale->exponent, scale->ratio, &out->spec.unit_num, &out->spec.unit_den))
		return false;
	if (!is_transformed(point->quantity)) {
		/* Seconds and litres: their counters have no step of their own in a meter's description. */
		out->raw = out->raw > INT64_MAX
			       ? 0
			       : (uint64_t)num_muldiv_floor((int64_t)out->raw, out->spec.unit_num, SHAPE_THOUSANDTHS * out->spec.unit_den);
		return true;
	}
	return c_modbus_decode_multiply(&out->spec.unit_num, &out->spec.unit_den, device->ct_num, device->ct_den) &&
	       c_modbus_decode_multiply(&out->spec.unit_num, &out->spec.unit_den, device->pt_num, device->pt_den);
}

static bool read_gauge(const struct c_modbus_shape *shape, const struct plan_modbus_point *point, const struct c_modbus_number *number,
		       struct c_modbus_scale *scale, struct outcome *out)
{
	const struct plan_modbus_device *device = shape->device;

	if (is_transformed(point->quantity) && has_current(point->quantity))
		scale->ratio *= (double)device->ct_num / (double)device->ct_den;
	if (is_transformed(point->quantity) && has_voltage(point->quantity))
		scale->ratio *= (double)device->pt_num / (double)device->pt_den;
	if (device->is_inverted && (point->quantity == QUANTITY_POWER || point->quantity == QUANTITY_REACTIVE_POWER))
		scale->is_reversed = !scale->is_reversed;
	return c_modbus_decode_gauge(point, number, scale, &out->value);
}

static void read_target(const struct c_modbus_shape *shape, const struct target *target, struct outcome *out)
{
	const struct plan_modbus_point *point = target->point;
	struct c_modbus_number number;
	struct c_modbus_scale scale;

	*out = (struct outcome){0};
	if (target->span == SHAPE_NONE || !get_number(shape, target->span, &point->reg, &number) ||
	    c_modbus_decode_is_absent(point, &number) || !get_scale(shape, target, &scale))
		return;
	out->has_value = quantity_is_counter(point->quantity) ? read_counter(shape, point, &number, &scale, out)
							      : read_gauge(shape, point, &number, &scale, out);
}

static void read_product(const struct plan_modbus_point *point, const struct outcome *outcome, struct outcome *out)
{
	double value = 1.0;

	*out = (struct outcome){0};
	for (size_t i = 0; i < point->product_count; i++) {
		if (!outcome[point->product[i]].has_value)
			return;
		value *= outcome[point->product[i]].value;
	}
	if (point->is_absolute && value < 0.0)
		value = -value;
	out->has_value = !point->has_range || (value >= point->min_value && value <= point->max_value);
	out->value = value;
}

/* ---- Telling ------------------------------------------------------------------------------------------------------------------------ */

static bool is_same_spec(const struct counter_spec *a, const struct counter_spec *b)
{
	return a->modulus == b->modulus && a->unit_num == b->unit_num && a->unit_den == b->unit_den;
}

/* Turned transformers change the places of what is drawn and what is given back. */
static enum quantity quantity_of(const struct c_modbus_shape *shape, enum quantity quantity)
{
	if (!shape->device->is_inverted)
		return quantity;
	if (quantity == QUANTITY_ENERGY)
		return QUANTITY_ENERGY_OUT;
	return quantity == QUANTITY_ENERGY_OUT ? QUANTITY_ENERGY : quantity;
}

/* Its energy comes from products: a power that is one, and no energy counter. */
static bool is_product(const struct plan_modbus_group *group)
{
	bool has_product = false;

	for (size_t i = 0; i < group->point_count; i++) {
		if (group->point_list[i].quantity == QUANTITY_ENERGY)
			return false;
		has_product |= group->point_list[i].quantity == QUANTITY_POWER && group->point_list[i].product_count > 0;
	}
	return has_product;
}

static void fill_info(const struct c_modbus_shape *shape, const struct meter *meter, struct meter_info *info)
{
	const struct plan_modbus_group *group = meter->group;

	(void)text_copy(info->key, sizeof info->key, group->key);
	(void)text_copy(info->name, sizeof info->name, group->name);
	(void)text_copy(info->parent, sizeof info->parent, group->parent);
	memcpy(info->was, group->was, sizeof info->was);
	info->role = group->role;
	info->point = group->point;
	info->supply = group->supply;
	info->phase = group->phase;
	info->is_summand = group->is_summand && shape->driver->total == TOTAL_SUM;
	info->is_product = is_product(group);
	for (size_t i = group->point_count; i-- > 0;)
		if (group->point_list[i].quantity == QUANTITY_POWER || quantity_is_counter(group->point_list[i].quantity))
			info->caliber = group->point_list[i].caliber;
}

/* Tells a meter for the first time, and again when a counter's step has changed. A step that is not known now stays as it was. */
static void tell_meter(struct c_modbus_shape *shape, size_t number, const struct outcome *outcome,
		       const struct c_modbus_shape_teller *teller)
{
	struct meter *meter = &shape->meter[number];
	struct counter_spec energy = meter->energy;
	struct counter_spec energy_out = meter->energy_out;
	struct meter_info info = {0};

	for (size_t i = 0; i < meter->group->point_count; i++) {
		enum quantity quantity = quantity_of(shape, meter->group->point_list[i].quantity);

		if (outcome[i].has_value && quantity == QUANTITY_ENERGY)
			energy = outcome[i].spec;
		if (outcome[i].has_value && quantity == QUANTITY_ENERGY_OUT)
			energy_out = outcome[i].spec;
	}
	if (energy.unit_den == 0)
		energy.unit_den = 1;
	if (energy_out.unit_den == 0)
		energy_out.unit_den = 1;
	if (meter->is_told && is_same_spec(&energy, &meter->energy) && is_same_spec(&energy_out, &meter->energy_out))
		return;
	meter->is_told = true;
	meter->energy = energy;
	meter->energy_out = energy_out;
	fill_info(shape, meter, &info);
	info.energy = energy;
	info.energy_out = energy_out;
	teller->tell(teller->context, (uint32_t)number, &info);
}

/* The total that is a sum has no numbers of its own: it takes its place from the first summand. */
static void tell_total(struct c_modbus_shape *shape, const struct c_modbus_shape_teller *teller)
{
	struct meter_info info = {
	    .key = "total", .name = "Total", .role = ROLE_TOTAL, .is_derived = true, .energy.unit_den = 1, .energy_out.unit_den = 1};

	if (shape->is_total_told || c_modbus_shape_summand_count(shape) == 0)
		return;
	for (size_t i = shape->meter_count; i-- > 0;)
		if (shape->meter[i].group->is_summand) {
			info.point = shape->meter[i].group->point;
			info.supply = shape->meter[i].group->supply;
			info.caliber = shape->meter[i].group->point_list[0].caliber;
			info.is_product = is_product(shape->meter[i].group);
		}
	shape->is_total_told = true;
	teller->tell(teller->context, (uint32_t)shape->meter_count, &info);
}

static void count_missing(const struct c_modbus_shape *shape, struct target *target, bool has_value, struct c_modbus_shape_result *result)
{
	const struct c_modbus_span *span = target->span == SHAPE_NONE ? NULL : &shape->blocks.span[target->span];

	if (has_value) {
		target->had_value = true;
	} else if (span != NULL && span->is_refused) {
		if (!target->point->is_optional && result->refused_count++ == 0)
			result->refused_address = span->address;
	} else {
		result->missing_count += target->had_value;
	}
}

void c_modbus_shape_read(struct c_modbus_shape *shape, uint32_t number, int64_t boot_ns, const struct c_modbus_shape_teller *teller,
			 struct sample *sample, struct c_modbus_shape_result *result)
{
	*result = (struct c_modbus_shape_result){0};
	for (size_t m = 0; m < shape->meter_count; m++) {
		const struct meter *meter = &shape->meter[m];
		struct outcome outcome[PLAN_MODBUS_POINTS_MAX];

		for (size_t i = 0; i < meter->group->point_count; i++) {
			struct target *target = &shape->target[meter->first + i];

			if (target->point->product_count > 0)
				read_product(target->point, outcome, &outcome[i]);
			else
				read_target(shape, target, &outcome[i]);
			count_missing(shape, target, outcome[i].has_value, result);
		}
		tell_meter(shape, m, outcome, teller);
		for (size_t i = 0; i < meter->group->point_count; i++) {
			const struct plan_modbus_point *point = &meter->group->point_list[i];

			if (outcome[i].has_value)
				sample[result->sample_count++] = (struct sample){.device = number,
										 .meter = (uint32_t)m,
										 .quantity = quantity_of(shape, point->quantity),
										 .caliber = point->caliber,
										 .boot_ns = boot_ns,
										 .raw = outcome[i].raw,
										 .value = outcome[i].value};
		}
	}
	tell_total(shape, teller);
}
