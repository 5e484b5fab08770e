/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml: a YAML text as a tree of maps, lists and scalars with their places. Scalars are TEXT, never guessed into a number, a truth value
 * or null, so that the zone NO stays NO. Left out on purpose, with a message: aliases, anchors, tags, several documents in one file,
 * keys that are no plain text. libfyaml is seen by this module alone.
 */
#ifndef WATTLEDGER_SETTINGS_YAML_H
#define WATTLEDGER_SETTINGS_YAML_H

#include "base/err.h"
#include "settings/problems.h"

#include <stdbool.h>
#include <stddef.h>

enum { YAML_DEPTH_MAX = 24, YAML_FILE_BYTES_MAX = 64 << 20 };

enum yaml_kind { YAML_SCALAR = 0, YAML_MAP, YAML_LIST };

/* All borrowed from the document. An entry of a map has its key; its place is the value's, key_place the key's. */
struct yaml_node {
	enum yaml_kind kind;
	bool is_quoted;   /* scalar in '' or "" or a block */
	const char *text; /* scalar; "" when nothing is written; no NUL inside */
	const char *key;  /* NULL in a list and at the top */
	struct place place;
	struct place key_place;
	size_t child_count;
	struct yaml_node *child; /* first */
	struct yaml_node *next;  /* sibling */
};

struct yaml;

/*
 * Parses `bytes` of text. Problems are added for file id `file`; ERR_CONFIG when there were any, ERR_MEMORY. A text without content gives
 * an empty map as its root. *out is freed with yaml_free().
 */
enum err yaml_parse(struct yaml **out, const void *data, size_t bytes, uint32_t file, struct problems *problems) MUST_CHECK;
struct yaml *yaml_free(struct yaml *yaml);

/* Valid as long as the document. */
const struct yaml_node *yaml_root(const struct yaml *yaml) MUST_CHECK;

/* The value of a key of a map, NULL when it is not there or `map` is no map. */
const struct yaml_node *yaml_find(const struct yaml_node *map, const char *key) MUST_CHECK;

/* "a map", "a list", "a text", for messages. */
const char *yaml_kind_name(enum yaml_kind kind) MUST_CHECK;

#endif
