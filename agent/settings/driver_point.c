/* SPDX-License-Identifier: Apache-2.0 */
/* driver_point: the points of a meter: what one number of the device means. */
#include "base/num.h"
#include "base/text.h"
#include "settings/driver_priv.h"
#include "settings/measure.h"
#include "settings/schema.h"

#include <math.h>
#include <string.h>

enum {
	POINT_SUFFIX_MAX = 4,
	POINT_PRODUCT_MAX = 3,
	POINT_WIDTH_MAX = 64,
	POINT_SOURCE_BYTES = 1024,
	POINT_UNIT_BYTES = 64,
	POINT_MAP_KEY_BYTES = 32
};

enum point_at {
	POINT_QUANTITY,
	POINT_OID,
	POINT_SUFFIX,
	POINT_UNIT,
	POINT_SCALE,
	POINT_ABSENT,
	POINT_NEGATIVE_IS_ZERO,
	POINT_TEXT,
	POINT_RANGE,
	POINT_WIDTH,
	POINT_WRAPS,
	POINT_ROLLS_OVER,
	POINT_RESETTABLE,
	POINT_RESTARTS,
	POINT_CALIBER,
	POINT_INTERVAL,
	POINT_PRODUCT,
	POINT_ABSOLUTE,
	POINT_SOURCE,
	POINT_EVIDENCE,
	POINT_NOTE,
	POINT_COUNT_OF_KEYS
};

struct point_read {
	char quantity[PLAN_ID_BYTES];
	struct plan_oid oid;
	char unit[POINT_UNIT_BYTES];
	bool is_negative_zero;
	bool is_absolute;
	bool is_text;
	uint32_t width;
	bool is_wrap_known;
	char rolls_over[POINT_UNIT_BYTES];
	bool is_resettable;
	bool starts_at_zero;
	int caliber;
	uint32_t interval_ms;
	char source[POINT_SOURCE_BYTES];
	char note[POINT_SOURCE_BYTES];
};

static const char *const caliber_choice[] = {"unknown", "actual", "estimated", "static", NULL}; /* enum caliber */

static const struct schema_key point_key[POINT_COUNT_OF_KEYS] = {
    [POINT_QUANTITY] = {"quantity", SCHEMA_TEXT, SCHEMA_AT(point_read, quantity), .is_required = true},
    [POINT_OID] = {"oid", SCHEMA_OID, SCHEMA_AT(point_read, oid)},
    [POINT_SUFFIX] = {"suffix", SCHEMA_NODE, .offset = 0},
    [POINT_UNIT] = {"unit", SCHEMA_TEXT, SCHEMA_AT(point_read, unit)},
    [POINT_SCALE] = {"scale", SCHEMA_NODE, .offset = 0},
    [POINT_ABSENT] = {"absent", SCHEMA_NODE, .offset = 0},
    [POINT_NEGATIVE_IS_ZERO] = {"negative_is_zero", SCHEMA_BOOL, SCHEMA_AT(point_read, is_negative_zero)},
    [POINT_TEXT] = {"text", SCHEMA_BOOL, SCHEMA_AT(point_read, is_text)},
    [POINT_RANGE] = {"range", SCHEMA_NODE, .offset = 0},
    [POINT_WIDTH] = {"width", SCHEMA_U32, SCHEMA_AT(point_read, width), .min = 8, .max = POINT_WIDTH_MAX},
    [POINT_WRAPS] = {"wraps", SCHEMA_BOOL, SCHEMA_AT(point_read, is_wrap_known)},
    [POINT_ROLLS_OVER] = {"rolls_over_at", SCHEMA_TEXT, SCHEMA_AT(point_read, rolls_over)},
    [POINT_RESETTABLE] = {"resettable", SCHEMA_BOOL, SCHEMA_AT(point_read, is_resettable)},
    [POINT_RESTARTS] = {"restarts_at_zero", SCHEMA_BOOL, SCHEMA_AT(point_read, starts_at_zero)},
    [POINT_CALIBER] = {"caliber", SCHEMA_CHOICE, SCHEMA_AT(point_read, caliber), .choice = caliber_choice},
    [POINT_INTERVAL] = {"interval", SCHEMA_DURATION_MS, SCHEMA_AT(point_read, interval_ms), .min = 1000, .max = 86400000},
    [POINT_PRODUCT] = {"product", SCHEMA_NODE, .offset = 0},
    [POINT_ABSOLUTE] = {"absolute", SCHEMA_BOOL, SCHEMA_AT(point_read, is_absolute)},
    [POINT_SOURCE] = {"source", SCHEMA_TEXT, SCHEMA_AT(point_read, source), .is_required = true},
    [POINT_EVIDENCE] = {"evidence", SCHEMA_TEXT, SCHEMA_AT(point_read, note)},
    [POINT_NOTE] = {"note", SCHEMA_TEXT, SCHEMA_AT(point_read, note)},
};
static const struct schema point_schema = {"point", point_key, POINT_COUNT_OF_KEYS};

void driver_read_numbers(struct driver_reader *reader, const struct yaml_node *node, const struct driver_numbers *out)
{
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->child_count : 1;

	for (size_t i = 0; i < count; i++, item = item->next) {
		int64_t value = 0;
		if (item->kind == YAML_SCALAR && out->is_negative != NULL && strcmp(item->text, "negative") == 0) {
			*out->is_negative = true;
		} else if (item->kind == YAML_SCALAR && out->is_zero != NULL && strcmp(item->text, "zero") == 0) {
			*out->is_zero = true;
		} else if (item->kind != YAML_SCALAR || !num_parse_i64(item->text, &value)) {
			problems_add_error(reader->problems, item->place, "%s: a whole number%s is expected", node->key,
					   out->is_negative != NULL ? ", negative or zero" : "");
		} else if (*out->count >= out->max) {
			problems_add_error(reader->problems, item->place, "%s: at most %u numbers", node->key, (unsigned)out->max);
		} else {
			out->value[(*out->count)++] = value;
		}
	}
}

enum scale_at { SCALE_BY, SCALE_OID, SCALE_PRECISION, SCALE_SIGN, SCALE_OF, SCALE_ENTRIES, SCALE_COUNT_OF_KEYS };

struct scale_read {
	int kind;
	struct plan_oid oid;
	struct plan_oid oid2;
	int32_t sign;
	int of;
};

static const char *const scale_choice[] = {"", "power_of_ten", "entity_sensor", "map", NULL}; /* enum scale_kind */
static const char *const of_choice[] = {"row", "device", NULL};

static const struct schema_key scale_key[SCALE_COUNT_OF_KEYS] = {
    [SCALE_BY] = {"by", SCHEMA_CHOICE, SCHEMA_AT(scale_read, kind), .choice = scale_choice, .is_required = true},
    [SCALE_OID] = {"oid", SCHEMA_OID, SCHEMA_AT(scale_read, oid), .is_required = true},
    [SCALE_PRECISION] = {"precision_oid", SCHEMA_OID, SCHEMA_AT(scale_read, oid2)},
    [SCALE_SIGN] = {"sign", SCHEMA_I32, SCHEMA_AT(scale_read, sign), .min = -1, .max = 1},
    [SCALE_OF] = {"of", SCHEMA_CHOICE, SCHEMA_AT(scale_read, of), .choice = of_choice},
    [SCALE_ENTRIES] = {"entries", SCHEMA_NODE, .offset = 0},
};
static const struct schema scale_schema = {"scale", scale_key, SCALE_COUNT_OF_KEYS};

/* num/den thousandths of SI as a double of SI; one rounding. */
static double factor_of(int64_t num, int64_t den)
{
	return (double)num / ((double)den * 1000.0);
}

static void read_map(struct driver_reader *reader, const struct yaml_node *map, struct plan_scale *scale)
{
	if (map == NULL || map->kind != YAML_MAP || map->child_count == 0 || map->child_count > PLAN_MAP_MAX) {
		problems_add_error(reader->problems, map != NULL ? map->place : (struct place){0},
				   "entries has to be a map of 1 to %d (what is read: factor)", PLAN_MAP_MAX);
		return;
	}
	for (const struct yaml_node *node = map->child; node != NULL; node = node->next) {
		struct plan_map_entry *entry = &scale->map[scale->map_count];
		*entry = (struct plan_map_entry){.num = scale->num, .den = scale->den};
		if (node->kind != YAML_SCALAR || !measure_scale(node->text, &entry->num, &entry->den)) {
			problems_add_error(reader->problems, node->place, "entries: a factor is a number above 0, like 1000 or 0.1");
			continue;
		}
		if (!text_is_clean(node->key) || !text_copy(entry->key, POINT_MAP_KEY_BYTES, node->key)) {
			problems_add_error(reader->problems, node->key_place, "entries: at most %d plain characters",
					   POINT_MAP_KEY_BYTES - 1);
			continue;
		}
		/* The collector multiplies `factor` of the scale by that of the entry; the fraction is the whole. */
		entry->factor = factor_of(entry->num, entry->den) / factor_of(scale->num, scale->den);
		scale->map_count++;
	}
}

static void read_scale(struct driver_reader *reader, const struct yaml_node *node, struct plan_scale *scale)
{
	struct scale_read read = {.sign = 1};
	struct schema_where where;

	if (!schema_read(&scale_schema, node, &read, &where, reader->problems))
		return;
	scale->kind = (enum scale_kind)read.kind;
	scale->oid = read.oid;
	scale->oid2 = read.oid2;
	scale->is_scalar = read.of != 0;
	scale->sign = read.sign < 0 ? -1 : 1;
	if (where.node[SCALE_SIGN] != NULL && (read.sign == 0 || scale->kind != SCALE_POW10))
		problems_add_error(reader->problems, where.node[SCALE_SIGN]->place, "sign is 1 or -1, and goes with by: power_of_ten");
	if ((where.node[SCALE_PRECISION] != NULL) != (scale->kind == SCALE_ENTITY_SENSOR))
		problems_add_error(reader->problems, node->place, "precision_oid goes with by: entity_sensor, which needs it");
	if ((where.node[SCALE_ENTRIES] != NULL) != (scale->kind == SCALE_MAP))
		problems_add_error(reader->problems, node->place, "entries goes with by: map, which needs it");
	else if (scale->kind == SCALE_MAP)
		read_map(reader, where.node[SCALE_ENTRIES], scale);
}

static void read_suffix(struct driver_reader *reader, const struct yaml_node *node, struct plan_point *point)
{
	struct plan_oid suffix;

	if (node->kind != YAML_SCALAR || !plan_oid_parse(&suffix, node->text) || suffix.length > POINT_SUFFIX_MAX) {
		problems_add_error(reader->problems, node->place, "suffix: 1 to %d numbers with dots between are expected",
				   POINT_SUFFIX_MAX);
		return;
	}
	point->suffix_length = suffix.length;
	memcpy(point->suffix, suffix.id, suffix.length * sizeof suffix.id[0]);
}

static void read_range(struct driver_reader *reader, const struct yaml_node *node, struct plan_point *point)
{
	double limit[2] = {0.0, 0.0};
	const struct yaml_node *item = node->kind == YAML_LIST && node->child_count == 2 ? node->child : NULL;

	for (size_t i = 0; i < 2 && item != NULL; i++, item = i < 2 ? item->next : item) {
		if (item->kind != YAML_SCALAR || !num_parse_double(item->text, &limit[i]))
			item = NULL;
		if (item == NULL)
			break;
	}
	if (item == NULL || limit[0] >= limit[1]) {
		problems_add_error(reader->problems, node->place, "range: two numbers in SI are expected, the lower first: [0, 20000]");
		return;
	}
	point->has_range = true;
	point->min_value = limit[0];
	point->max_value = limit[1];
}

/* The factors of a product are points of the same meter that stand before it. */
static void read_product(struct driver_reader *reader, const struct yaml_node *node, struct plan_group *group, struct plan_point *point)
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
		if (quantity == QUANTITY_NONE || at == group->point_count) {
			problems_add_error(reader->problems, item->place, "product: %s is no quantity of a point above in this meter",
					   item->text);
			continue;
		}
		point->product[point->product_count++] = at;
	}
}

/* How many numbers a counter has: what its width holds, or what it is said to roll over at. */
static uint64_t read_modulus(struct driver_reader *reader, const struct yaml_node *node, const struct schema_where *where,
			     const struct point_read *read)
{
	uint64_t width_modulus = read->width < POINT_WIDTH_MAX ? UINT64_C(1) << read->width : 0;
	uint64_t modulus = 0;

	if (where->node[POINT_WIDTH] == NULL && where->node[POINT_ROLLS_OVER] == NULL)
		problems_add_error(reader->problems, node->place,
				   "a counter needs its width in bits: 32 holds up to 4294967295, an INTEGER has 31");
	if (where->node[POINT_ROLLS_OVER] == NULL)
		return width_modulus;
	if (where->node[POINT_WRAPS] != NULL)
		problems_add_error(reader->problems, where->node[POINT_WRAPS]->place,
				   "wraps is about the width: rolls_over_at already says that it goes on from 0");
	if (!num_parse_u64(read->rolls_over, &modulus) || modulus < 2)
		problems_add_error(reader->problems, where->node[POINT_ROLLS_OVER]->place,
				   "rolls_over_at: the number that it never shows, since it goes on from 0 there, like 10000000");
	else if (where->node[POINT_WIDTH] != NULL && width_modulus != 0 && modulus > width_modulus)
		problems_add_error(reader->problems, where->node[POINT_ROLLS_OVER]->place, "rolls_over_at: %s is more than %u bits hold",
				   read->rolls_over, (unsigned)read->width);
	return modulus;
}

static void read_counter(struct driver_reader *reader, const struct yaml_node *node, const struct schema_where *where,
			 const struct point_read *read, struct plan_point *point)
{
	static const enum point_at of_counters[] = {POINT_WIDTH, POINT_WRAPS, POINT_ROLLS_OVER, POINT_RESETTABLE, POINT_RESTARTS};
	bool is_counter = quantity_is_counter(point->quantity);

	for (size_t i = 0; i < sizeof of_counters / sizeof of_counters[0]; i++) {
		if (!is_counter && where->node[of_counters[i]] != NULL)
			problems_add_error(reader->problems, where->node[of_counters[i]]->key_place, "%s is for counters, %s is none",
					   point_key[of_counters[i]].name, quantity_name(point->quantity));
	}
	if (!is_counter)
		return;
	if (point->product_count > 0)
		problems_add_error(reader->problems, node->place, "a counter cannot be a product");
	point->counter = (struct counter_spec){
	    .modulus = read_modulus(reader, node, where, read),
	    .unit_num = point->scale.num,
	    .unit_den = point->scale.den,
	    .is_wrap_known = read->is_wrap_known || where->node[POINT_ROLLS_OVER] != NULL,
	    .is_resettable = read->is_resettable,
	    .starts_at_zero = read->starts_at_zero,
	};
}

static void read_unit(struct driver_reader *reader, const struct yaml_node *node, const struct schema_where *where,
		      const struct point_read *read, struct plan_point *point)
{
	struct plan_scale *scale = &point->scale;

	*scale = (struct plan_scale){.kind = SCALE_FIXED, .factor = 1.0, .num = 1000, .den = 1, .sign = 1};
	if (where->node[POINT_UNIT] == NULL) {
		if (where->node[POINT_PRODUCT] == NULL)
			problems_add_error(reader->problems, node->place,
					   "this point has no unit: the step of the device's number, like 0.1 kWh");
		return;
	}
	if (!measure_parse_step(read->unit, point->quantity, &scale->num, &scale->den)) {
		problems_add_error(reader->problems, where->node[POINT_UNIT]->place,
				   "unit: \"%s\" is no step of %s: a number (or none) and one of %s", read->unit,
				   quantity_name(point->quantity), measure_units(point->quantity));
		return;
	}
	scale->factor = factor_of(scale->num, scale->den);
}

/* The keys that are lists or maps. */
static void read_parts(struct driver_reader *reader, const struct schema_where *where, struct plan_group *group, struct plan_point *point)
{
	if (where->node[POINT_SCALE] != NULL)
		read_scale(reader, where->node[POINT_SCALE], &point->scale);
	if (where->node[POINT_SUFFIX] != NULL)
		read_suffix(reader, where->node[POINT_SUFFIX], point);
	if (where->node[POINT_ABSENT] != NULL)
		driver_read_numbers(reader, where->node[POINT_ABSENT],
				    &(struct driver_numbers){point->sentinel, &point->sentinel_count, PLAN_SENTINELS_MAX,
							     &point->is_negative_absent, &point->is_zero_absent});
	if (where->node[POINT_RANGE] != NULL)
		read_range(reader, where->node[POINT_RANGE], point);
	if (where->node[POINT_PRODUCT] != NULL)
		read_product(reader, where->node[POINT_PRODUCT], group, point);
}

static void read_point(struct driver_reader *reader, const struct yaml_node *node, struct plan_group *group, struct plan_point *point)
{
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
	point->oid = read.oid;
	point->is_negative_zero = read.is_negative_zero;
	point->is_absolute = read.is_absolute;
	point->is_text = read.is_text;
	point->interval_ms = read.interval_ms;
	point->caliber = (enum caliber)read.caliber;
	read_unit(reader, node, &where, &read, point);
	read_parts(reader, &where, group, point);
	read_counter(reader, node, &where, &read, point);
	if ((where.node[POINT_OID] != NULL) == (where.node[POINT_PRODUCT] != NULL))
		problems_add_error(reader->problems, node->place, "a point has either an oid or a product");
	if (point->is_negative_zero && (quantity_is_counter(point->quantity) || point->is_negative_absent || point->product_count > 0))
		problems_add_error(reader->problems, where.node[POINT_NEGATIVE_IS_ZERO]->place,
				   "negative_is_zero is for gauges with an oid, and not beside absent: negative");
	if (point->is_absolute && point->product_count == 0)
		problems_add_error(reader->problems, where.node[POINT_ABSOLUTE]->place, "absolute is for a product");
	if (where.node[POINT_CALIBER] == NULL && !reader->has_caliber)
		problems_add_error(reader->problems, node->place,
				   "this point has no caliber (actual, estimated, static, unknown), nor has the driver");
}

void driver_read_points(struct driver_reader *reader, const struct yaml_node *list, struct plan_group *group)
{
	if (list->kind != YAML_LIST || list->child_count == 0 || list->child_count > PLAN_POINTS_MAX) {
		problems_add_error(reader->problems, list->place, "points has to be a list (- ...) of 1 to %d", PLAN_POINTS_MAX);
		return;
	}
	for (const struct yaml_node *node = list->child; node != NULL; node = node->next) {
		struct plan_point *point = &group->point_list[group->point_count];
		read_point(reader, node, group, point);
		for (uint8_t i = 0; i < group->point_count; i++) {
			if (point->quantity != QUANTITY_NONE && group->point_list[i].quantity == point->quantity)
				problems_add_error(reader->problems, node->place, "meter %s has two points of %s", group->key,
						   quantity_name(point->quantity));
		}
		group->point_count++;
	}
}
