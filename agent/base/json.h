/* SPDX-License-Identifier: Apache-2.0 */
/* json: a writer that puts commas and quotes where they belong. Reading is jansson's job. */
#ifndef WATTLEDGER_BASE_JSON_H
#define WATTLEDGER_BASE_JSON_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSON_DEPTH_MAX = 16 };

/* Writes into `out` (borrowed). Zero-initialise, then set out. */
struct json {
	struct buf *out;
	int depth;
	bool has_item[JSON_DEPTH_MAX];
};

/* Starts a document at the end of `out` (borrowed as long as `json` is used). */
void json_init(struct json *json, struct buf *out);

/* Containers; `key` is NULL inside an array and at the top. */
void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_array(struct json *json, const char *key);
void json_close_array(struct json *json);

/* Values. A NULL text and a double that is not finite become null. Integers beyond +-2^53 are written as decimal strings. */
void json_add_text(struct json *json, const char *key, const char *value);
void json_add_i64(struct json *json, const char *key, int64_t value);
void json_add_double(struct json *json, const char *key, double value, int decimals);
void json_add_bool(struct json *json, const char *key, bool value);
void json_add_null(struct json *json, const char *key);

/* Bytes that are JSON already (a number printed elsewhere, a nested document). */
void json_add_raw(struct json *json, const char *key, const char *value);

#endif
