/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/schema.h"

#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"
#include "settings/measure.h"
#include "settings/yaml_print.h"
#include "wire/plan_snmp.h"

#include <string.h>
#include <strings.h>

enum { SCHEMA_LIST_BYTES_MAX = 600, SCHEMA_DURATION_BYTES = 32 };

struct schema_unit {
	uint64_t size; /* the last of a list is 1 */
	const char *name;
};

bool schema_parse_bool(const char *text, bool *value)
{
	static const char *const yes[] = {"yes", "true", "on"};
	static const char *const no[] = {"no", "false", "off"};

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		bool is_yes = strcasecmp(text, yes[i]) == 0;
		if (!is_yes && strcasecmp(text, no[i]) != 0)
			continue;
		*value = is_yes;
		return true;
	}
	return false;
}

void schema_add_unknown(struct problems *problems, struct place place, const char *what, const char *word, const char *const *words)
{
	const char *nearest = text_nearest(word, words);
	struct buf list;

	buf_init(&list, SCHEMA_LIST_BYTES_MAX);
	for (size_t i = 0; words[i] != NULL; i++) {
		if (words[i][0] == '\0')
			continue;
		if (list.bytes > 0)
			buf_add_text(&list, ", ");
		buf_add_text(&list, words[i]);
	}
	if (nearest != NULL && nearest[0] != '\0')
		problems_add_error(problems, place, "%s %s is unknown: did you mean %s? It is one of %s", what, word, nearest,
				   buf_text(&list));
	else
		problems_add_error(problems, place, "%s %s is unknown: it is one of %s", what, word, buf_text(&list));
	buf_deinit(&list);
}

static bool store_text(const struct schema_key *key, const struct yaml_node *node, char *out, struct problems *problems)
{
	if (key->type == SCHEMA_ID && !text_is_id(node->text)) {
		problems_add_error(problems, node->place,
				   "%s: \"%s\" is no id: 1 to 63 of a-z A-Z 0-9 . _ -, beginning with a letter or digit", key->name,
				   node->text);
		return false;
	}
	if (!text_is_clean(node->text)) {
		problems_add_error(problems, node->place, "%s: control characters and spaces at the ends are not allowed", key->name);
		return false;
	}
	if (strlen(node->text) >= key->bytes) {
		problems_add_error(problems, node->place, "%s is too long: %zu bytes, at most %zu", key->name, strlen(node->text),
				   key->bytes - 1);
		return false;
	}
	return text_copy(out, key->bytes, node->text);
}

static bool store_bool(const struct schema_key *key, const struct yaml_node *node, bool *out, struct problems *problems)
{
	if (schema_parse_bool(node->text, out))
		return true;
	problems_add_error(problems, node->place, "%s: \"%s\" is neither yes nor no", key->name, node->text);
	return false;
}

static bool store_choice(const struct schema_key *key, const struct yaml_node *node, void *out, struct problems *problems)
{
	for (int i = 0; key->choice[i] != NULL; i++) {
		if (key->choice[i][0] == '\0' || strcmp(key->choice[i], node->text) != 0)
			continue;
		memcpy(out, &i, sizeof i);
		return true;
	}
	schema_add_unknown(problems, node->place, key->name, node->text[0] != '\0' ? node->text : "\"\"", key->choice);
	return false;
}

/* "1min" of 60000, in the largest unit that divides it. */
static void print_duration(char out[static SCHEMA_DURATION_BYTES], int64_t value_ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} unit[] = {{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1}};
	size_t at = 0;
	char number[NUM_TEXT_BYTES];

	while (value_ms % unit[at].ms != 0)
		at++;
	size_t bytes = num_print_i64(number, value_ms / unit[at].ms);
	memcpy(out, number, bytes);
	memcpy(out + bytes, unit[at].name, strlen(unit[at].name) + 1);
}

static bool store_duration(const struct schema_key *key, const struct yaml_node *node, uint32_t *out, struct problems *problems)
{
	int64_t per_step_ms = key->type == SCHEMA_DURATION_S ? 1000 : 1;
	int64_t value_ms = 0;
	char least[SCHEMA_DURATION_BYTES];
	char most[SCHEMA_DURATION_BYTES];

	if (!num_parse_duration_ms(node->text, &value_ms)) {
		problems_add_error(problems, node->place,
				   "%s: \"%s\" is no duration: a number with its unit, like 500ms, 10s, 5min, 2h or 30d", key->name,
				   node->text);
		return false;
	}
	if (value_ms / per_step_ms < key->min || value_ms / per_step_ms > key->max) {
		print_duration(least, key->min * per_step_ms);
		print_duration(most, key->max * per_step_ms);
		problems_add_error(problems, node->place, "%s: %s is out of range: %s to %s", key->name, node->text, least, most);
		return false;
	}
	*out = (uint32_t)(value_ms / per_step_ms);
	return true;
}

static bool store_integer(const struct schema_key *key, const struct yaml_node *node, void *out, struct problems *problems)
{
	int64_t value = 0;

	if (!num_parse_i64(node->text, &value) || value < key->min || value > key->max) {
		problems_add_error(problems, node->place, "%s: \"%s\" is no whole number from %lld to %lld", key->name, node->text,
				   (long long)key->min, (long long)key->max);
		return false;
	}
	if (key->type == SCHEMA_U32)
		memcpy(out, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
	else
		memcpy(out, &(int32_t){(int32_t)value}, sizeof(int32_t));
	return true;
}

static bool store_measure(const struct schema_key *key, const struct yaml_node *node, void *out, struct problems *problems)
{
	bool is_power = key->type == SCHEMA_POWER_W;

	if (is_power ? measure_parse_power_w(node->text, out) : measure_parse_bytes(node->text, out))
		return true;
	problems_add_error(problems, node->place, "%s: \"%s\" is no %s", key->name, node->text,
			   is_power ? "power: a number and W, kW or MW, like 7.4 kW"
				    : "size: a number and kB, MB, GB, KiB, MiB or GiB, like 20MB");
	return false;
}

static bool store_oid(const struct schema_key *key, const struct yaml_node *node, struct plan_oid *out, struct problems *problems)
{
	if (plan_oid_parse(out, node->text))
		return true;
	problems_add_error(problems, node->place, "%s: \"%s\" is no object identifier: numbers with dots between, at most %d", key->name,
			   node->text, PLAN_OID_MAX);
	return false;
}

bool schema_read_value(const struct schema_key *key, const struct yaml_node *node, void *out, struct problems *problems)
{
	if (key->type == SCHEMA_NODE)
		return true;
	if (node->kind != YAML_SCALAR) {
		problems_add_error(problems, node->place, "%s has to be one value, not %s", key->name, yaml_kind_name(node->kind));
		return false;
	}
	switch (key->type) {
	case SCHEMA_ID:
	case SCHEMA_TEXT: return store_text(key, node, out, problems);
	case SCHEMA_BOOL: return store_bool(key, node, out, problems);
	case SCHEMA_CHOICE: return store_choice(key, node, out, problems);
	case SCHEMA_DURATION_MS:
	case SCHEMA_DURATION_S: return store_duration(key, node, out, problems);
	case SCHEMA_BYTES:
	case SCHEMA_POWER_W: return store_measure(key, node, out, problems);
	case SCHEMA_OID: return store_oid(key, node, out, problems);
	default: return store_integer(key, node, out, problems);
	}
}

static void refuse_key(const struct schema *schema, const struct yaml_node *node, struct problems *problems)
{
	const char *names[SCHEMA_KEYS_MAX + 1] = {NULL};
	char what[64];
	size_t bytes = strlen(schema->what);

	for (size_t i = 0; i < schema->count; i++)
		names[i] = schema->key[i].name;
	if (bytes > sizeof what - sizeof " key")
		bytes = sizeof what - sizeof " key";
	memcpy(what, schema->what, bytes);
	memcpy(what + bytes, " key", sizeof " key");
	schema_add_unknown(problems, node->key_place, what, node->key, names);
}

bool schema_read(const struct schema *schema, const struct yaml_node *map, void *out, struct schema_where *where, struct problems *problems)
{
	*where = (struct schema_where){{NULL}};
	bool is_nothing = map->kind == YAML_SCALAR && map->text[0] == '\0';
	if (map->kind != YAML_MAP && !is_nothing) {
		problems_add_error(problems, map->place, "a %s is a map (key: value), not %s", schema->what, yaml_kind_name(map->kind));
		return false;
	}
	for (const struct yaml_node *node = map->child; node != NULL; node = node->next) {
		size_t at = 0;
		while (at < schema->count && strcmp(schema->key[at].name, node->key) != 0)
			at++;
		if (at == schema->count) {
			refuse_key(schema, node, problems);
			continue;
		}
		where->node[at] = node;
		(void)schema_read_value(&schema->key[at], node, (char *)out + schema->key[at].offset, problems);
	}
	for (size_t i = 0; i < schema->count; i++) {
		if (schema->key[i].is_required && where->node[i] == NULL)
			problems_add_error(problems, map->place, "this %s has no %s", schema->what, schema->key[i].name);
	}
	if (problems->watch != NULL)
		problems->watch->see(problems->watch->context, schema, map, out, where);
	return true;
}

/* A number with the largest of the units that leaves nothing over: 90 s is 90s, 120 s 2min. */
static void print_in_units(struct buf *out, uint64_t value, const struct schema_unit *unit)
{
	while (unit->size > 1 && value % unit->size != 0)
		unit++;
	buf_add_u64(out, value / unit->size);
	buf_add_text(out, unit->name);
}

static void print_number(struct buf *out, const struct schema_key *key, const void *member)
{
	static const struct schema_unit milliseconds[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};
	static const struct schema_unit seconds[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	static const struct schema_unit bytes[] = {{UINT64_C(1) << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, ""}};

	switch (key->type) {
	case SCHEMA_U32: buf_add_u64(out, *(const uint32_t *)member); break;
	case SCHEMA_I32: buf_add_i64(out, *(const int32_t *)member); break;
	case SCHEMA_DURATION_MS: print_in_units(out, *(const uint32_t *)member, milliseconds); break;
	case SCHEMA_DURATION_S: print_in_units(out, *(const uint32_t *)member, seconds); break;
	case SCHEMA_BYTES: print_in_units(out, *(const uint64_t *)member, bytes); break;
	default: buf_add_format(out, "%.15g W", *(const double *)member); break;
	}
}

/* What zeroes in the struct stand for when nothing was written. */
static bool is_unsaid(const struct schema_key *key, const void *member)
{
	switch (key->type) {
	case SCHEMA_U32:
	case SCHEMA_DURATION_MS:
	case SCHEMA_DURATION_S: return key->min > 0 && *(const uint32_t *)member == 0;
	case SCHEMA_BYTES: return *(const uint64_t *)member == 0;
	case SCHEMA_POWER_W: return !(*(const double *)member > 0);
	default: return false;
	}
}

void schema_print_value(struct buf *out, const struct schema_key *key, const void *values)
{
	const char *member = (const char *)values + key->offset;

	switch (key->type) {
	case SCHEMA_NODE:
	case SCHEMA_OID: break;
	case SCHEMA_ID:
	case SCHEMA_TEXT:
		if (member[0] != '\0')
			yaml_print_text(out, member);
		break;
	case SCHEMA_BOOL: buf_add_text(out, *(const bool *)(const void *)member ? "yes" : "no"); break;
	case SCHEMA_CHOICE: buf_add_text(out, key->choice[*(const int *)(const void *)member]); break;
	default:
		if (!is_unsaid(key, member))
			print_number(out, key, member);
	}
}
