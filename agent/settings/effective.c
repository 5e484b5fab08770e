/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/effective.h"

#include "settings/address.h"
#include "settings/settings_device_priv.h"
#include "settings/yaml_print.h"

#include <string.h>

enum { ORIGIN_COLUMN = 48 };

/* One value's line as it comes about. */
struct effective_line {
	const struct schema_key *key;
	const struct yaml_node *node; /* NULL: written nowhere */
	const void *values;
	const char *indent;
};

static bool is_secret(const char *key)
{
	static const char *const names[] = {"community", "auth_password", "priv_password", "password", "token", NULL};

	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], key) == 0)
			return true;
	}
	return false;
}

static void print_origin(const struct effective *effective, const struct yaml_node *node, size_t begin, struct buf *out)
{
	size_t column = out->bytes - begin;

	buf_add_format(out, "%*s# ", column < ORIGIN_COLUMN ? (int)(ORIGIN_COLUMN - column) : 1, "");
	if (node == NULL)
		buf_add_text(out, "default");
	else
		buf_add_format(out, "%s:%u", problems_file_name(effective->problems, node->place.file), node->place.line);
	buf_add_char(out, '\n');
}

static void print_written(const struct effective_line *line, struct buf *out)
{
	const struct yaml_node *node = line->node;

	if (is_secret(line->key->name) && node->text != NULL && node->text[0] != '@')
		buf_add_text(out, "(hidden)");
	else
		yaml_print_node(out, node);
}

/* The first words of choices that mean "what the driver, the site or nothing says". */
static bool is_open(const char *value)
{
	return strcmp(value, "none") == 0 || strcmp(value, "other") == 0;
}

/* Nothing when there is nothing to say. Returns whether there was. */
static bool print_line(const struct effective *effective, const struct effective_line *line, struct buf *out)
{
	size_t begin = out->bytes;
	struct buf value;
	bool is_said;

	if (line->node == NULL && !effective->has_defaults)
		return false;
	buf_init(&value, EFFECTIVE_BYTES_MAX);
	if (line->node != NULL)
		print_written(line, &value);
	else
		schema_print_value(&value, line->key, line->values);
	is_said = value.bytes > 0 && (line->node != NULL || !is_open(buf_text(&value)));
	if (is_said) {
		buf_add_format(out, "%s%s: %s", line->indent, line->key->name, buf_text(&value));
		print_origin(effective, line->node, begin, out);
	}
	buf_deinit(&value);
	return is_said;
}

static void see_head(struct effective *effective, const struct schema *schema, const void *values, const struct schema_where *where)
{
	size_t begin = effective->head.bytes;
	size_t count = 0;

	buf_add_format(&effective->head, "%s:\n", schema->what);
	for (size_t i = 0; i < schema->count; i++) {
		const struct effective_line line = {&schema->key[i], where->node[i], values, "  "};
		count += print_line(effective, &line, &effective->head);
	}
	if (count == 0 && !effective->head.is_failed)
		effective->head.bytes = begin;
}

/* The keys whose values are no maps or lists of their own. */
static void see_top(struct effective *effective, const struct schema *schema, const struct schema_where *where)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct effective_line line = {&schema->key[i], where->node[i], NULL, ""};
		if (line.node != NULL && line.node->kind == YAML_SCALAR && line.node->text[0] != '\0')
			(void)print_line(effective, &line, &effective->head);
	}
}

static void see_item(const struct effective *effective, const struct schema *schema, const void *values, const struct schema_where *where,
		     struct buf *out)
{
	bool is_device = strcmp(schema->what, "device") == 0;
	struct problems unused = {0};
	struct address address = {.source = WIRE_KIND_SNMP};
	const char *indent = "  - ";

	if (is_device && where->node[DEVICE_ADDRESS] != NULL)
		(void)address_parse(&address, where->node[DEVICE_ADDRESS], &unused);
	problems_deinit(&unused);
	for (size_t i = 0; i < schema->count; i++) {
		struct effective_line line = {&schema->key[i], where->node[i], values, indent};
		if (is_device && line.node == NULL) {
			if (!device_key_is_of(i, address.source))
				continue;
			line.node = effective->defaults.node[i];
		}
		if (print_line(effective, &line, out))
			indent = "    ";
	}
}

static void see(void *context, const struct schema *schema, const struct yaml_node *map, const void *values,
		const struct schema_where *where)
{
	struct effective *effective = context;

	(void)map;
	if (strcmp(schema->what, "config") == 0)
		see_top(effective, schema, where);
	else if (strcmp(schema->what, "defaults") == 0)
		effective->defaults = *where;
	else if (strcmp(schema->what, "site") == 0)
		see_item(effective, schema, values, where, &effective->sites);
	else if (strcmp(schema->what, "device") == 0)
		see_item(effective, schema, values, where, &effective->devices);
	else if (strcmp(schema->what, "output") == 0)
		see_item(effective, schema, values, where, &effective->outputs);
	else if (strcmp(schema->what, "series") == 0)
		see_item(effective, schema, values, where, &effective->series);
	else if (strcmp(schema->what, "ledger") == 0 || strcmp(schema->what, "agent") == 0 || strcmp(schema->what, "page") == 0)
		see_head(effective, schema, values, where);
}

void effective_init(struct effective *effective, struct problems *problems, bool has_defaults)
{
	*effective = (struct effective){.watch = {see, effective}, .problems = problems, .has_defaults = has_defaults};
	buf_init(&effective->head, EFFECTIVE_BYTES_MAX);
	buf_init(&effective->sites, EFFECTIVE_BYTES_MAX);
	buf_init(&effective->devices, EFFECTIVE_BYTES_MAX);
	buf_init(&effective->outputs, EFFECTIVE_BYTES_MAX);
	buf_init(&effective->series, EFFECTIVE_BYTES_MAX);
	problems->watch = &effective->watch;
}

void effective_deinit(struct effective *effective, struct problems *problems)
{
	problems->watch = NULL;
	buf_deinit(&effective->head);
	buf_deinit(&effective->sites);
	buf_deinit(&effective->devices);
	buf_deinit(&effective->outputs);
	buf_deinit(&effective->series);
}

static void print_list(const char *name, const struct buf *list, struct buf *out)
{
	out->is_failed |= list->is_failed;
	if (list->bytes == 0)
		return;
	buf_add_format(out, "%s:\n", name);
	buf_add(out, buf_text(list), list->bytes);
}

void effective_print(const struct effective *effective, struct buf *out)
{
	out->is_failed |= effective->head.is_failed;
	buf_add(out, buf_text(&effective->head), effective->head.bytes);
	print_list("sites", &effective->sites, out);
	print_list("devices", &effective->devices, out);
	print_list("outputs", &effective->outputs, out);
	print_list("series", &effective->series, out);
}
