/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_print: values as a YAML file would have them. */
#ifndef WATTLEDGER_SETTINGS_YAML_PRINT_H
#define WATTLEDGER_SETTINGS_YAML_PRINT_H

#include "base/buf.h"
#include "settings/yaml.h"

/* Adds a text, in double quotes where it would be read as something else without them. */
void yaml_print_text(struct buf *out, const char *text);

/* Adds a node's value on one line: text, {key: value, ...}, [value, ...]. */
void yaml_print_node(struct buf *out, const struct yaml_node *node);

#endif
