/* SPDX-License-Identifier: Apache-2.0 */
#include "settings/yaml_print.h"

#include <string.h>

/* All texts are texts here (yaml.h), so that only signs of the syntax have to be hidden. */
static bool needs_quotes(const char *text)
{
	size_t bytes = strlen(text);

	return bytes == 0 || strchr("-?!&*|>%@`'\" ", text[0]) != NULL || text[bytes - 1] == ' ' || text[bytes - 1] == ':' ||
	       strpbrk(text, "{}[],#\"\\\t\r\n") != NULL || strstr(text, ": ") != NULL;
}

void yaml_print_text(struct buf *out, const char *text)
{
	if (!needs_quotes(text)) {
		buf_add_text(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < ' ') {
			buf_add_format(out, "\\x%02x", c);
			continue;
		}
		if (c == '"' || c == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

/* The depth is the parser's: YAML_DEPTH_MAX. */
void yaml_print_node(struct buf *out, const struct yaml_node *node)
{
	if (node->kind == YAML_SCALAR) {
		yaml_print_text(out, node->text);
		return;
	}
	buf_add_char(out, node->kind == YAML_MAP ? '{' : '[');
	for (const struct yaml_node *child = node->child; child != NULL; child = child->next) {
		if (child != node->child)
			buf_add_text(out, ", ");
		if (child->key != NULL) {
			yaml_print_text(out, child->key);
			buf_add_text(out, ": ");
		}
		yaml_print_node(out, child);
	}
	buf_add_char(out, node->kind == YAML_MAP ? '}' : ']');
}
