/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/num.h"
#include "base/text.h"

#include <math.h>

/* Beyond this a reader that keeps numbers as doubles (RFC 8259, section 6) would change them. */
#define JSON_EXACT_MAX (INT64_C(1) << 53)

void json_init(struct json *json, struct buf *out)
{
	*json = (struct json){.out = out};
}

/* The comma and the key before an item. */
static void begin_item(struct json *json, const char *key)
{
	if (json->has_item[json->depth])
		buf_add_char(json->out, ',');
	json->has_item[json->depth] = true;
	if (key == NULL)
		return;
	text_add_json(json->out, key);
	buf_add_char(json->out, ':');
}

/* Too deep or closed too often is our own mistake: the document is failed rather than malformed. */
static void open_container(struct json *json, const char *key, char bracket)
{
	if (json->depth + 1 >= JSON_DEPTH_MAX) {
		json->out->is_failed = true;
		return;
	}
	begin_item(json, key);
	buf_add_char(json->out, bracket);
	json->has_item[++json->depth] = false;
}

static void close_container(struct json *json, char bracket)
{
	if (json->depth == 0) {
		json->out->is_failed = true;
		return;
	}
	json->depth--;
	buf_add_char(json->out, bracket);
}

void json_open_object(struct json *json, const char *key)
{
	open_container(json, key, '{');
}

void json_close_object(struct json *json)
{
	close_container(json, '}');
}

void json_open_array(struct json *json, const char *key)
{
	open_container(json, key, '[');
}

void json_close_array(struct json *json)
{
	close_container(json, ']');
}

void json_add_raw(struct json *json, const char *key, const char *value)
{
	begin_item(json, key);
	buf_add_text(json->out, value);
}

void json_add_null(struct json *json, const char *key)
{
	json_add_raw(json, key, "null");
}

void json_add_text(struct json *json, const char *key, const char *value)
{
	if (value == NULL) {
		json_add_null(json, key);
		return;
	}
	begin_item(json, key);
	text_add_json(json->out, value);
}

void json_add_i64(struct json *json, const char *key, int64_t value)
{
	char text[NUM_TEXT_BYTES];

	num_print_i64(text, value);
	if (value >= -JSON_EXACT_MAX && value <= JSON_EXACT_MAX)
		json_add_raw(json, key, text);
	else
		json_add_text(json, key, text);
}

void json_add_double(struct json *json, const char *key, double value, int decimals)
{
	char text[NUM_TEXT_BYTES];

	if (!isfinite(value)) {
		json_add_null(json, key);
		return;
	}
	if (num_print_double(text, value, decimals) > 0) {
		json_add_raw(json, key, text);
		return;
	}
	/* So large that it has no digits behind the dot, and so no dot that a locale could change. */
	begin_item(json, key);
	buf_add_format(json->out, "%.0f", value);
}

void json_add_bool(struct json *json, const char *key, bool value)
{
	json_add_raw(json, key, value ? "true" : "false");
}
