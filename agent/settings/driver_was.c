/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/driver_was.h"

#include "base/text.h"

#include <string.h>

/* Of all rows of a table each goes on as its own: a former key without a hole would be that of all of them. */
static bool is_like(const char *key, bool has_index, const char *former)
{
	bool has_hole = strstr(former, "{}") != NULL || (has_index && strstr(former, "{index}") != NULL);

	return (strstr(key, "{}") != NULL) == has_hole;
}

static void read_one(struct problems *problems, const struct yaml_node *node, const char *key, bool has_index, char was[METER_KEY_BYTES])
{
	if (node->kind != YAML_SCALAR || node->text[0] == '\0' || !text_is_clean(node->text) ||
	    !text_copy(was, METER_KEY_BYTES, node->text))
		problems_add_error(problems, node->place, "was: a key of 1 to %d characters is expected", METER_KEY_BYTES - 1);
	else if (strcmp(was, key) == 0)
		problems_add_error(problems, node->place, "was: %s is the key that it has", key);
	else if (!is_like(key, has_index, was))
		problems_add_error(problems, node->place, "was: %s: {}%s stands in a former key when, and only when, it stands in the key",
				   was, has_index ? " or {index}" : "");
}

void driver_read_was(struct problems *problems, const struct yaml_node *node, const char *key, bool has_index,
		     char was[METER_WAS_MAX][METER_KEY_BYTES])
{
	const struct yaml_node *item = node->kind == YAML_LIST ? node->child : node;
	size_t count = node->kind == YAML_LIST ? node->child_count : 1;

	if (node->kind == YAML_MAP || count == 0 || count > METER_WAS_MAX) {
		problems_add_error(problems, node->place, "was has to be a list of 1 to %d former keys, the last one first", METER_WAS_MAX);
		return;
	}
	for (size_t i = 0; i < count; i++, item = item->next)
		read_one(problems, item, key, has_index, was[i]);
}

void driver_check_was(struct problems *problems, struct place place, const char *key, const char was[METER_WAS_MAX][METER_KEY_BYTES],
		      const char *other)
{
	for (size_t i = 0; i < METER_WAS_MAX; i++) {
		if (was[i][0] != '\0' && strcmp(was[i], other) == 0)
			problems_add_error(problems, place, "meter %s: was: %s is the key, or a former key, of another meter", key, other);
	}
}
