/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: a map of a YAML file into a struct, by a table of its keys. One row a key says its type, range and place; what is wrong, unknown
 * or missing becomes a problem, and reading goes on, so that one run shows all.
 */
#ifndef WATTLEDGER_SETTINGS_SCHEMA_H
#define WATTLEDGER_SETTINGS_SCHEMA_H

#include "base/buf.h"
#include "settings/problems.h"
#include "settings/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCHEMA_KEYS_MAX = 48 };

enum schema_type {
	SCHEMA_NODE = 0,    /* nothing is stored; the caller looks at where[] */
	SCHEMA_ID,          /* char[bytes]: text_is_id */
	SCHEMA_TEXT,        /* char[bytes]: text_is_clean */
	SCHEMA_BOOL,        /* bool: yes, no, true, false, on, off */
	SCHEMA_CHOICE,      /* int (or an enum): the index in choice[] */
	SCHEMA_U32,         /* uint32_t: min..max */
	SCHEMA_I32,         /* int32_t: min..max */
	SCHEMA_DURATION_MS, /* uint32_t: min..max ms, written with its unit */
	SCHEMA_DURATION_S,  /* uint32_t: min..max s, written with its unit */
	SCHEMA_BYTES,       /* uint64_t: measure_parse_bytes */
	SCHEMA_POWER_W,     /* double: measure_parse_power_w */
	SCHEMA_OID,         /* struct plan_oid */
};

struct schema_key {
	const char *name;
	enum schema_type type;
	size_t offset; /* of the member */
	size_t bytes;  /* of the member, for texts */
	int64_t min;
	int64_t max;
	const char *const *choice; /* NULL at the end; "" entries cannot be chosen */
	bool is_required;
};

/* Where a member lies, for the rows of a table. */
#define SCHEMA_AT(type, member) .offset = offsetof(struct type, member), .bytes = sizeof((struct type *)0)->member

struct schema {
	const char *what; /* "device", for messages */
	const struct schema_key *key;
	size_t count; /* at most SCHEMA_KEYS_MAX */
};

/* where[i]: the node of key i, NULL when it is not there. */
struct schema_where {
	const struct yaml_node *node[SCHEMA_KEYS_MAX];
};

/* Who is told of each map after it was read, right or wrong: its schema, the map, the struct with its values, the nodes of its keys. */
struct schema_watch {
	void (*see)(void *context, const struct schema *schema, const struct yaml_node *map, const void *values,
		    const struct schema_where *where);
	void *context;
};

/*
 * Reads `map` and tells problems->watch of it. Members of keys that are not there or wrong keep what they hold. Returns false when `map` is no map (with a problem); the
 * problems tell the rest.
 */
bool schema_read(const struct schema *schema, const struct yaml_node *map, void *out, struct schema_where *where,
		 struct problems *problems);

/* Reads one value as if it stood under `key` (for lists of values). false with a problem when it is wrong. */
bool schema_read_value(const struct schema_key *key, const struct yaml_node *node, void *out, struct problems *problems);

/*
 * Adds the value that `values` (a struct of the table) has for `key`, as it would be written in a file. Nothing for SCHEMA_NODE and SCHEMA_OID,
 * for an empty text, and for a zero that the key's range leaves out: "nothing is said".
 */
void schema_print_value(struct buf *out, const struct schema_key *key, const void *values);

/* yes/no/true/false/on/off in any case; false when it is none of them. */
bool schema_parse_bool(const char *text, bool *value) MUST_CHECK;

/* Adds "TEXT: did you mean X?" or "...: one of a, b, c" for a word that is in none of `words` (NULL at the end). */
void schema_add_unknown(struct problems *problems, struct place place, const char *what, const char *word, const char *const *words);

#endif
