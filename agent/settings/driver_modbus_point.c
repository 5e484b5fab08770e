/* SPDX-License-Identifier: Apache-2.0 */
/* driver_modbus_point: the points of a meter that is read by Modbus. */
#include "base/num.h"
#include "base/text.h"
#include "settings/driver_modbus_priv.h"
#include "settings/measure.h"

#include <string.h>

enum { POINT_UNIT_BYTES = 32, POINT_SOURCE_BYTES = 512, POINT_PRODUCT_MAX = 3 };

enum point_at {
	POINT_QUANTITY,
	POINT_REGISTER,
	POINT_FUNCTION,
	POINT_TYPE,
	POINT_ORDER,
	POINT_BYTE_SWAP,
	POINT_STRIDE,
	POINT_UNIT,
	POINT_RESOLUTION,
	POINT_SCALE,
	POINT_RATIO,
	POINT_SIGN,
	POINT_LINEAR,
	POINT_ABSENT,
	POINT_ABSOLUTE,
	POINT_NEGATED,
	POINT_FOUR_QUADRANT,
	POINT_OPTIONAL,
	POINT_RANGE,
	POINT_WRAPS,
	POINT_ROLLS_OVER,
	POINT_RESETTABLE,
	POINT_RESTARTS,
	POINT_CALIBER,
	POINT_PRODUCT,
	POINT_CONFIDENCE,
	POINT_SOURCE,
	POINT_EVIDENCE,
	POINT_NOTE,
	POINT_COUNT_OF_KEYS
};

struct point_read {
	char quantity[PLAN_ID_BYTES];
	uint32_t stride;
	char unit[POINT_UNIT_BYTES];
	char resolution[POINT_UNIT_BYTES];
	bool is_absolute;
	bool is_negated;
	bool is_four_quadrant;
	bool is_optional;
	bool is_wrap_known;
	char rolls_over[POINT_UNIT_BYTES];
	bool is_resettable;
	bool starts_at_zero;
	int caliber;
	int confidence;
	char source[POINT_SOURCE_BYTES];
	char note[POINT_SOURCE_BYTES];
};

static const char *const caliber_choice[] = {"unknown", "actual", "estimated", "static", NULL}; /* enum caliber */
static const char *const confidence_choice[] = {"two_sources", "sister_model", "one_source", "disputed", NULL};

#define ROW(key_name, key_type, member)                           \
	{                                                         \
		key_name, key_type, SCHEMA_AT(point_read, member) \
	}
#define NODE(key_name)                             \
	{                                          \
		key_name, SCHEMA_NODE, .offset = 0 \
	}

static const struct schema_key point_key[POINT_COUNT_OF_KEYS] = {
    [POINT_QUANTITY] = {"quantity", SCHEMA_TEXT, SCHEMA_AT(point_read, quantity), .is_required = true},
    [POINT_REGISTER] = NODE("register"),
    [POINT_FUNCTION] = NODE("function"),
    [POINT_TYPE] = NODE("type"),
    [POINT_ORDER] = NODE("order"),
    [POINT_BYTE_SWAP] = NODE("byte_swap"),
    [POINT_STRIDE] = {"stride", SCHEMA_U32, SCHEMA_AT(point_read, stride), .min = 1, .max = 10000},
    [POINT_UNIT] = ROW("unit", SCHEMA_TEXT, unit),
    [POINT_RESOLUTION] = ROW("resolution", SCHEMA_TEXT, resolution),
    [POINT_SCALE] = NODE("scale"),
    [POINT_RATIO] = NODE("ratio"),
    [POINT_SIGN] = NODE("sign_register"),
    [POINT_LINEAR] = NODE("linear"),
    [POINT_ABSENT] = NODE("absent"),
    [POINT_ABSOLUTE] = ROW("absolute", SCHEMA_BOOL, is_absolute),
    [POINT_NEGATED] = ROW("negated", SCHEMA_BOOL, is_negated),
    [POINT_FOUR_QUADRANT] = ROW("four_quadrant", SCHEMA_BOOL, is_four_quadrant),
    [POINT_OPTIONAL] = ROW("optional", SCHEMA_BOOL, is_optional),
    [POINT_RANGE] = NODE("range"),
    [POINT_WRAPS] = ROW("wraps", SCHEMA_BOOL, is_wrap_known),
    [POINT_ROLLS_OVER] = ROW("rolls_over_at", SCHEMA_TEXT, rolls_over),
    [POINT_RESETTABLE] = ROW("resettable", SCHEMA_BOOL, is_resettable),
    [POINT_RESTARTS] = ROW("restarts_at_zero", SCHEMA_BOOL, starts_at_zero),
    [POINT_CALIBER] = {"caliber", SCHEMA_CHOICE, SCHEMA_AT(point_read, caliber), .choice = caliber_choice},
    [POINT_PRODUCT] = NODE("product"),
    [POINT_CONFIDENCE] = {"confidence", SCHEMA_CHOICE, SCHEMA_AT(point_read, confidence), .choice = confidence_choice},
    [POINT_SOURCE] = ROW("source", SCHEMA_TEXT, source),
    [POINT_EVIDENCE] = ROW("evidence", SCHEMA_TEXT, note),
    [POINT_NOTE] = ROW("note", SCHEMA_TEXT, note),
};
static const struct schema point_schema = {"point", point_key, POINT_COUNT_OF_KEYS};

/* num/den thousandths of SI as a double of SI; one rounding. */
static double factor_of(int64_t num, int64_t den)
{
	return (double)num / ((double)den * 1000.0);
}

static bool is_floating(enum modbus_type type)
{
	return type == MODBUS_F32 || type == MODBUS_F64 || type == MODBUS_T5 || type == MODBUS_T6;
}

/* ---- Scales ------------------------------------------------------------------------------------------------------------------------- */

enum scale_at { SCALE_BY, SCALE_SIGN, SCALE_REGISTER, SCALE_FUNCTION, SCALE_TYPE, SCALE_ORDER, SCALE_BYTE_SWAP, SCALE_COUNT_OF_KEYS };

struct scale_read {
	int by;
	int32_t sign;
};

static void read_scale(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_point *point)
{
	static const char *const by_choice[] = {"power_of_ten", NULL};
	static const struct schema_key key[SCALE_COUNT_OF_KEYS] = {
	    [SCALE_BY] = {"by", SCHEMA_CHOICE, SCHEMA_AT(scale_read, by), .choice = by_choice, .is_required = true},
	    [SCALE_SIGN] = {"sign", SCHEMA_I32, SCHEMA_AT(scale_read, sign), .min = -1, .max = 1},
	    [SCALE_REGISTER] = {"register", SCHEMA_NODE, .offset = 0, .is_required = true},
	    [SCALE_FUNCTION] = NODE("function"),
	    [SCALE_TYPE] = NODE("type"),
	    [SCALE_ORDER] = NODE("order"),
	    [SCALE_BYTE_SWAP] = NODE("byte_swap"),
	};
	static const struct schema schema = {"scale", key, SCALE_COUNT_OF_KEYS};
	struct scale_read read = {.sign = 1};
	struct driver_modbus_where parts = {0};
	struct schema_where where;

	if (!schema_read(&schema, node, &read, &where, reader->problems) || where.node[SCALE_REGISTER] == NULL)
		return;
	parts.address = where.node[SCALE_REGISTER];
	parts.function = where.node[SCALE_FUNCTION];
	parts.type = where.node[SCALE_TYPE];
	parts.order = where.node[SCALE_ORDER];
	parts.byte_swap = where.node[SCALE_BYTE_SWAP];
	if (driver_modbus_place_register(reader, &parts, 0, &point->exponent) &&
	    (is_floating(point->exponent.type) || point->exponent.type == MODBUS_TEXT))
		problems_add_error(reader->problems, node->place, "scale: an exponent is a whole number: say its type, like type: i16");
	if (read.sign == 0)
		problems_add_error(reader->problems, where.node[SCALE_SIGN]->place, "sign is 1 or -1");
	point->is_exponent_negative = read.sign < 0;
}

enum ratio_at { RATIO_FACTOR, RATIO_REGISTER, RATIO_FUNCTION, RATIO_TYPE, RATIO_ORDER, RATIO_BYTE_SWAP, RATIO_COUNT_OF_KEYS };

static void read_ratio(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_ratio *ratio)
{
	static const struct schema_key key[RATIO_COUNT_OF_KEYS] = {
	    [RATIO_FACTOR] = NODE("factor"),     [RATIO_REGISTER] = {"register", SCHEMA_NODE, .offset = 0, .is_required = true},
	    [RATIO_FUNCTION] = NODE("function"), [RATIO_TYPE] = NODE("type"),
	    [RATIO_ORDER] = NODE("order"),       [RATIO_BYTE_SWAP] = NODE("byte_swap"),
	};
	static const struct schema schema = {"ratio", key, RATIO_COUNT_OF_KEYS};
	struct driver_modbus_where parts = {0};
	struct schema_where where;
	char nothing = 0;

	*ratio = (struct plan_modbus_ratio){.num = 1, .den = 1};
	if (!schema_read(&schema, node, &nothing, &where, reader->problems) || where.node[RATIO_REGISTER] == NULL)
		return;
	parts.address = where.node[RATIO_REGISTER];
	parts.function = where.node[RATIO_FUNCTION];
	parts.type = where.node[RATIO_TYPE];
	parts.order = where.node[RATIO_ORDER];
	parts.byte_swap = where.node[RATIO_BYTE_SWAP];
	(void)driver_modbus_place_register(reader, &parts, 0, &ratio->reg);
	if (where.node[RATIO_FACTOR] != NULL && !measure_scale(where.node[RATIO_FACTOR]->text, &ratio->num, &ratio->den))
		problems_add_error(reader->problems, where.node[RATIO_FACTOR]->place, "factor: a number above 0, like 0.1 or 1/25600");
}

static void read_ratios(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_point *point)
{
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->child_count : 1;

	if (count == 0 || count > PLAN_MODBUS_RATIOS_MAX) {
		problems_add_error(reader->problems, node->place, "ratio: one or %d registers that multiply the value",
				   PLAN_MODBUS_RATIOS_MAX);
		return;
	}
	for (size_t i = 0; i < count; i++, item = item->next)
		read_ratio(reader, item, &point->ratio[point->ratio_count++]);
}

/* Two numbers under a key of linear:. */
static bool read_pair(struct driver_modbus_reader *reader, const struct yaml_node *node, double pair[static 2])
{
	if (node != NULL && node->kind == YAML_LIST && node->child_count == 2 && node->child->kind == YAML_SCALAR &&
	    node->child->next->kind == YAML_SCALAR && num_parse_double(node->child->text, &pair[0]) &&
	    num_parse_double(node->child->next->text, &pair[1]) && pair[0] < pair[1])
		return true;
	if (node != NULL)
		problems_add_error(reader->problems, node->place, "%s: two numbers are expected, the lower first: [0, 9999]", node->key);
	return false;
}

/* Raw numbers raw[0] .. raw[1] stand for value[0] .. value[1] in the point's unit. */
static void read_linear(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_point *point)
{
	static const struct schema_key key[] = {{"raw", SCHEMA_NODE, .offset = 0, .is_required = true},
						{"value", SCHEMA_NODE, .offset = 0, .is_required = true}};
	static const struct schema schema = {"linear", key, sizeof key / sizeof key[0]};
	struct schema_where where;
	double raw[2];
	double value[2];
	double slope;
	char nothing = 0;

	if (!schema_read(&schema, node, &nothing, &where, reader->problems) || !read_pair(reader, where.node[0], raw) ||
	    !read_pair(reader, where.node[1], value))
		return;
	if (quantity_is_counter(point->quantity)) {
		problems_add_error(reader->problems, node->place, "linear is for gauges, %s is a counter", quantity_name(point->quantity));
		return;
	}
	slope = (value[1] - value[0]) / (raw[1] - raw[0]);
	point->offset_value = (value[0] - raw[0] * slope) * point->factor;
	point->factor *= slope;
}

/* ---- Validity ----------------------------------------------------------------------------------------------------------------------- */

static uint64_t mask_of(enum modbus_type type)
{
	unsigned bits = 16u * modbus_type_registers(type);

	return bits == 0 || bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* "0x7FFFFFFF", "-1", "0xFFF8-0xFFFF". */
static bool parse_span(const char *text, uint64_t mask, struct plan_modbus_span *span)
{
	char first[POINT_UNIT_BYTES] = "";
	const char *dash = strchr(text + 1, '-');
	int64_t value;

	if (text[0] == '\0' || strlen(text) >= sizeof first)
		return false;
	if (dash == NULL && text[0] == '-') {
		if (!num_parse_i64(text, &value))
			return false;
		span->first = span->last = (uint64_t)value & mask;
		return true;
	}
	memcpy(first, text, dash != NULL ? (size_t)(dash - text) : strlen(text));
	if (!driver_modbus_parse_bits(first, &span->first))
		return false;
	span->last = span->first;
	if (dash != NULL && !driver_modbus_parse_bits(dash + 1, &span->last))
		return false;
	return span->first <= span->last && span->last <= mask;
}

static void read_absent(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_point *point)
{
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->child_count : 1;

	for (size_t i = 0; i < count; i++, item = item->next) {
		struct plan_modbus_span span;
		if (item->kind == YAML_SCALAR && strcmp(item->text, "negative") == 0)
			point->is_negative_absent = true;
		else if (item->kind == YAML_SCALAR && strcmp(item->text, "zero") == 0)
			point->is_zero_absent = true;
		else if (item->kind != YAML_SCALAR || !parse_span(item->text, mask_of(point->reg.type), &span))
			problems_add_error(reader->problems, item->place,
					   "absent: a bit pattern of this type is expected (0x8000, -1, 0xFFF8-0xFFFF), negative or zero");
		else if (point->absent_count >= PLAN_MODBUS_ABSENT_MAX)
			problems_add_error(reader->problems, item->place, "absent: at most %d patterns", PLAN_MODBUS_ABSENT_MAX);
		else
			point->absent[point->absent_count++] = span;
	}
}

static void read_range(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_point *point)
{
	double limit[2];

	if (!read_pair(reader, node, limit))
		return;
	point->has_range = true;
	point->min_value = limit[0];
	point->max_value = limit[1];
}

static void read_product(struct driver_modbus_reader *reader, const struct yaml_node *node, const struct plan_modbus_group *group,
			 struct plan_modbus_point *point)
{
	if (node->kind != YAML_LIST || node->child_count < 2 || node->child_count > POINT_PRODUCT_MAX) {
		problems_add_error(reader->problems, node->place, "product: a list of 2 or 3 quantities is expected");
		return;
	}
	for (const struct yaml_node *item = node->child; item != NULL; item = item->next) {
		enum quantity quantity = item->kind == YAML_SCALAR ? quantity_find(item->text) : QUANTITY_NONE;
		uint8_t at = 0;
		while (at < group->point_count && group->point_list[at].quantity != quantity)
			at++;
		if (quantity == QUANTITY_NONE || at == group->point_count)
			problems_add_error(reader->problems, item->place, "product: %s is no quantity of a point above in this meter",
					   item->text);
		else
			point->product[point->product_count++] = at;
	}
}

/* ---- Counters ----------------------------------------------------------------------------------------------------------------------- */

static uint64_t modulus_of(enum modbus_type type)
{
	switch (type) {
	case MODBUS_BCD16: return 10000;
	case MODBUS_BCD32: return 100000000;
	case MODBUS_I16:
	case MODBUS_SM16: return UINT64_C(1) << 15;
	case MODBUS_U16: return UINT64_C(1) << 16;
	case MODBUS_I32:
	case MODBUS_SM32: return UINT64_C(1) << 31;
	case MODBUS_U32: return UINT64_C(1) << 32;
	default: return 0;
	}
}

/* A floating counter is counted in steps of its resolution, 1 Wh when it does not say. */
static void place_resolution(struct driver_modbus_reader *reader, const struct schema_where *where, const struct point_read *read,
			     struct plan_modbus_point *point)
{
	const char *text = where->node[POINT_RESOLUTION] != NULL ? read->resolution : "1 Wh";
	bool is_energy = point->quantity == QUANTITY_ENERGY || point->quantity == QUANTITY_ENERGY_OUT;
	int64_t num = 1000;
	int64_t den = 1;

	if (!is_floating(point->reg.type)) {
		if (where->node[POINT_RESOLUTION] != NULL)
			problems_add_error(reader->problems, where->node[POINT_RESOLUTION]->place,
					   "resolution is for counters of a floating type: here the unit tells the step");
		return;
	}
	if ((is_energy || where->node[POINT_RESOLUTION] != NULL) && !measure_parse_step(text, point->quantity, &num, &den)) {
		problems_add_error(reader->problems, where->node[POINT_RESOLUTION]->place, "resolution: \"%s\" is no step of %s", text,
				   quantity_name(point->quantity));
		return;
	}
	point->factor = factor_of(point->num, point->den) / factor_of(num, den);
	point->num = num;
	point->den = den;
}

static void read_counter(struct driver_modbus_reader *reader, const struct schema_where *where, const struct point_read *read,
			 struct plan_modbus_point *point)
{
	static const enum point_at of_counters[] = {POINT_WRAPS, POINT_ROLLS_OVER, POINT_RESETTABLE, POINT_RESTARTS, POINT_RESOLUTION};
	bool is_counter = quantity_is_counter(point->quantity);
	uint64_t modulus = modulus_of(point->reg.type);

	for (size_t i = 0; i < sizeof of_counters / sizeof of_counters[0]; i++)
		if (!is_counter && where->node[of_counters[i]] != NULL)
			problems_add_error(reader->problems, where->node[of_counters[i]]->key_place, "%s is for counters, %s is none",
					   point_key[of_counters[i]].name, quantity_name(point->quantity));
	if (!is_counter)
		return;
	place_resolution(reader, where, read, point);
	if (where->node[POINT_ROLLS_OVER] != NULL && (!driver_modbus_parse_bits(read->rolls_over, &modulus) || modulus < 2))
		problems_add_error(reader->problems, where->node[POINT_ROLLS_OVER]->place,
				   "rolls_over_at: the number of steps at which it starts again, like 100000000");
	point->counter = (struct counter_spec){.modulus = modulus,
					       .is_wrap_known = read->is_wrap_known || where->node[POINT_ROLLS_OVER] != NULL,
					       .is_resettable = read->is_resettable,
					       .starts_at_zero = read->starts_at_zero};
	if (where->node[POINT_PRODUCT] != NULL)
		problems_add_error(reader->problems, where->node[POINT_PRODUCT]->place, "a counter cannot be a product");
	if (read->is_negated || read->is_four_quadrant)
		problems_add_error(reader->problems, where->node[POINT_QUANTITY]->place, "negated and four_quadrant are for gauges");
}

/* ---- One point ---------------------------------------------------------------------------------------------------------------------- */

static void read_unit(struct driver_modbus_reader *reader, const struct yaml_node *node, const struct schema_where *where,
		      const struct point_read *read, struct plan_modbus_point *point)
{
	point->factor = 1.0;
	point->num = 1000;
	point->den = 1;
	if (where->node[POINT_UNIT] == NULL) {
		if (where->node[POINT_PRODUCT] == NULL)
			problems_add_error(reader->problems, node->place, "this point has no unit: the step of its number, like 0.1 kWh");
		return;
	}
	if (!measure_parse_step(read->unit, point->quantity, &point->num, &point->den)) {
		problems_add_error(reader->problems, where->node[POINT_UNIT]->place,
				   "unit: \"%s\" is no step of %s: a number (or none) and one of %s", read->unit,
				   quantity_name(point->quantity), measure_units(point->quantity));
		point->num = 1000;
		point->den = 1;
		return;
	}
	point->factor = factor_of(point->num, point->den);
}

static void read_parts(struct driver_modbus_reader *reader, const struct schema_where *where, struct plan_modbus_group *group,
		       struct plan_modbus_point *point)
{
	if (where->node[POINT_SCALE] != NULL)
		read_scale(reader, where->node[POINT_SCALE], point);
	if (where->node[POINT_RATIO] != NULL)
		read_ratios(reader, where->node[POINT_RATIO], point);
	if (where->node[POINT_LINEAR] != NULL)
		read_linear(reader, where->node[POINT_LINEAR], point);
	if (where->node[POINT_ABSENT] != NULL)
		read_absent(reader, where->node[POINT_ABSENT], point);
	if (where->node[POINT_RANGE] != NULL)
		read_range(reader, where->node[POINT_RANGE], point);
	if (where->node[POINT_PRODUCT] != NULL)
		read_product(reader, where->node[POINT_PRODUCT], group, point);
}

static void place_registers(struct driver_modbus_reader *reader, const struct schema_where *where, uint32_t shift,
			    struct plan_modbus_point *point)
{
	const struct driver_modbus_where parts = {.address = where->node[POINT_REGISTER],
						  .function = where->node[POINT_FUNCTION],
						  .type = where->node[POINT_TYPE],
						  .order = where->node[POINT_ORDER],
						  .byte_swap = where->node[POINT_BYTE_SWAP]};

	if (parts.address != NULL && driver_modbus_place_register(reader, &parts, shift, &point->reg) && point->reg.type == MODBUS_TEXT)
		problems_add_error(reader->problems, parts.address->place, "a point is a number, no text");
	if (where->node[POINT_SIGN] != NULL)
		(void)driver_modbus_read_register(reader, where->node[POINT_SIGN], shift, &point->sign);
}

static void read_point(struct driver_modbus_reader *reader, const struct yaml_node *node, struct plan_modbus_group *group, uint32_t number)
{
	struct plan_modbus_point *point = &group->point_list[group->point_count];
	struct point_read read = {.caliber = (int)reader->caliber};
	struct schema_where where;

	if (!schema_read(&point_schema, node, &read, &where, reader->problems))
		return;
	point->quantity = quantity_find(read.quantity);
	if (point->quantity == QUANTITY_NONE) {
		if (where.node[POINT_QUANTITY] != NULL)
			schema_add_unknown(reader->problems, where.node[POINT_QUANTITY]->place, "quantity", read.quantity,
					   quantity_names());
		return;
	}
	point->caliber = (enum caliber)read.caliber;
	point->is_absolute = read.is_absolute;
	point->is_negated = read.is_negated;
	point->is_four_quadrant = read.is_four_quadrant;
	point->is_optional = read.is_optional;
	if ((where.node[POINT_REGISTER] != NULL) == (where.node[POINT_PRODUCT] != NULL))
		problems_add_error(reader->problems, node->place, "a point has either a register or a product");
	if (number > 0 && where.node[POINT_STRIDE] == NULL && where.node[POINT_REGISTER] != NULL)
		problems_add_error(reader->problems, node->place,
				   "with repeat: a point needs its stride, the registers from one to the next");
	place_registers(reader, &where, number * read.stride, point);
	read_unit(reader, node, &where, &read, point);
	read_parts(reader, &where, group, point);
	read_counter(reader, &where, &read, point);
	if (where.node[POINT_CALIBER] == NULL && !reader->has_caliber)
		problems_add_error(reader->problems, node->place,
				   "this point has no caliber (actual, estimated, static, unknown), nor has the driver");
}

void driver_modbus_read_points(struct driver_modbus_reader *reader, const struct yaml_node *list, struct plan_modbus_group *group,
			       uint32_t number)
{
	if (list->kind != YAML_LIST || list->child_count == 0 || list->child_count > PLAN_MODBUS_POINTS_MAX) {
		problems_add_error(reader->problems, list->place, "points has to be a list (- ...) of 1 to %d", PLAN_MODBUS_POINTS_MAX);
		return;
	}
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next) {
		const struct plan_modbus_point *point = &group->point_list[group->point_count];
		read_point(reader, node, group, number);
		for (uint8_t i = 0; i < group->point_count; i++)
			if (point->quantity != QUANTITY_NONE && group->point_list[i].quantity == point->quantity)
				problems_add_error(reader->problems, node->place, "meter %s has two points of %s", group->key,
						   quantity_name(point->quantity));
		group->point_count++;
	}
}
