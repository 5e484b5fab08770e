/* SPDX-License-Identifier: Apache-2.0 */
#include "output/refusal.h"

#include "base/num.h"
#include "base/utf8.h"

#include <string.h>

/* Four hex digits; false when there are not four. */
static bool read_hex4(const char *text, size_t bytes, uint32_t *value)
{
	size_t i;

	*value = 0;
	if (bytes < 4)
		return false;
	for (i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *found = text[i] == '\0' ? NULL : strchr(digits, text[i]);

		if (found == NULL)
			return false;
		*value = *value << 4 | (uint32_t)((found - digits) % 16);
	}
	return true;
}

/* What the escape behind a backslash stands for; *used is how many bytes of text it takes. */
static size_t read_escape(char out[static UTF8_CHAR_BYTES_MAX], const char *text, size_t bytes, size_t *used)
{
	static const char letters[] = "nrtbf";
	static const char meanings[] = "\n\r\t\b\f";
	const char *letter = text[0] == '\0' ? NULL : strchr(letters, text[0]);
	uint32_t code_point;

	*used = 1;
	if (text[0] == 'u' && read_hex4(text + 1, bytes - 1, &code_point)) {
		*used = 5;
		return utf8_encode(out, code_point);
	}
	out[0] = letter == NULL ? text[0] : meanings[letter - letters];
	return 1;
}

/* A JSON string that starts at text (behind its quote) into out. */
static void read_json_string(char *out, size_t out_bytes, const char *text, size_t bytes)
{
	size_t used = 0;
	size_t at = 0;

	while (at < bytes && text[at] != '"' && used + UTF8_CHAR_BYTES_MAX < out_bytes) {
		size_t step = 1;

		if (text[at] == '\\' && at + 1 < bytes) {
			used += read_escape(out + used, text + at + 1, bytes - at - 1, &step);
			step++;
		} else {
			out[used++] = text[at];
		}
		at += step;
	}
	out[used] = '\0';
}

/* The position behind `"key":"` or NULL. */
static const char *find_json_text(const char *body, size_t bytes, const char *key)
{
	size_t key_bytes = strlen(key);
	const char *end = body + bytes;
	const char *at = memmem(body, bytes, key, key_bytes);

	if (at == NULL)
		return NULL;
	at += key_bytes;
	while (at < end && (*at == ' ' || *at == ':'))
		at++;
	return at < end && *at == '"' ? at + 1 : NULL;
}

static void read_message(struct refusal *out, const char *body, size_t bytes)
{
	const char *text = find_json_text(body, bytes, "\"error\"");
	size_t copied = bytes < sizeof out->text - 1 ? bytes : sizeof out->text - 1;

	if (text == NULL)
		text = find_json_text(body, bytes, "\"message\"");
	out->is_json = text != NULL && body[0] == '{';
	if (out->is_json) {
		read_json_string(out->text, sizeof out->text, text, bytes - (size_t)(text - body));
		return;
	}
	if (copied > 0)
		memcpy(out->text, body, copied);
	out->text[copied] = '\0';
}

/* The text between `before` and the next `after`; "" when it is not there or too long. */
static void read_between(char out[static REFUSAL_NAME_BYTES], const char *text, const char *before, const char *after)
{
	const char *begin = strstr(text, before);
	const char *end;

	out[0] = '\0';
	if (begin == NULL)
		return;
	begin += strlen(before);
	end = strpbrk(begin, after);
	if (end == NULL || end - begin >= REFUSAL_NAME_BYTES)
		return;
	memcpy(out, begin, (size_t)(end - begin));
	out[end - begin] = '\0';
}

static uint32_t read_dropped(const char *text)
{
	char digits[REFUSAL_NAME_BYTES];
	const char *at = strstr(text, "dropped=");
	uint64_t count;
	size_t length;

	if (at == NULL)
		return 0;
	at += strlen("dropped=");
	length = strspn(at, "0123456789");
	if (length == 0 || length >= sizeof digits)
		return 0;
	memcpy(digits, at, length);
	digits[length] = '\0';
	return num_parse_u64(digits, &count) && count <= UINT32_MAX ? (uint32_t)count : 0;
}

void refusal_read(struct refusal *out, const char *body, size_t bytes)
{
	static const struct {
		const char *words;
		enum refusal_kind kind;
	} kinds[] = {
	    {"field type conflict", REFUSAL_CONFLICT},    {"beyond retention", REFUSAL_RETENTION}, {"unable to parse", REFUSAL_PARSE},
	    {"partial write", REFUSAL_UNKNOWN},           {"invalid field", REFUSAL_UNKNOWN},      {"max-values-per-tag", REFUSAL_UNKNOWN},
	    {"max-series-per-database", REFUSAL_UNKNOWN}, {"line protocol", REFUSAL_UNKNOWN},      {"max key length", REFUSAL_UNKNOWN},
	};
	size_t i;

	*out = (struct refusal){.kind = REFUSAL_NONE};
	read_message(out, body, bytes);
	for (i = 0; i < sizeof kinds / sizeof kinds[0] && out->kind == REFUSAL_NONE; i++) {
		if (strstr(out->text, kinds[i].words) != NULL)
			out->kind = kinds[i].kind;
	}
	out->dropped_count = read_dropped(out->text);
	if (out->kind == REFUSAL_CONFLICT) {
		read_between(out->measurement, out->text, "on measurement \"", "\"");
		read_between(out->field, out->text, "input field \"", "\"");
		read_between(out->type, out->text, "\" is type ", ", ");
	}
}

/* Where the words quote the line: `unable to parse 'LINE'`. */
static bool quotes_line(const char *text, const char *line, size_t bytes)
{
	static const char before[] = "unable to parse '";
	const char *at = text;

	while ((at = strstr(at, before)) != NULL) {
		at += sizeof before - 1;
		if (strncmp(at, line, bytes) == 0 && at[bytes] == '\'')
			return true;
	}
	return false;
}

/* The type of a field's value by its form. */
static const char *type_of_value(const char *value, size_t bytes)
{
	if (bytes == 0)
		return "";
	if (value[0] == '"')
		return "string";
	if (strchr("tTfF", value[0]) != NULL)
		return "boolean";
	return value[bytes - 1] == 'i' ? "integer" : "float";
}

/* The line has that field with a value of that type. Fields as the line encoder writes them: no spaces and commas in them. */
static bool has_field(const char *fields, size_t bytes, const char *name, const char *type)
{
	size_t name_bytes = strlen(name);
	size_t at = 0;

	while (at < bytes && fields[at] != ' ') {
		size_t end = at;

		while (end < bytes && fields[end] != ',' && fields[end] != ' ')
			end++;
		if (end - at > name_bytes && memcmp(fields + at, name, name_bytes) == 0 && fields[at + name_bytes] == '=')
			return strcmp(type_of_value(fields + at + name_bytes + 1, end - at - name_bytes - 1), type) == 0;
		at = end < bytes && fields[end] == ',' ? end + 1 : bytes;
	}
	return false;
}

static bool conflicts(const struct refusal *refusal, const char *line, size_t bytes)
{
	size_t name_bytes = strlen(refusal->measurement);
	size_t at;

	if (name_bytes == 0 || bytes <= name_bytes || memcmp(line, refusal->measurement, name_bytes) != 0)
		return false;
	if (line[name_bytes] != ',' && line[name_bytes] != ' ')
		return false;
	for (at = name_bytes; at < bytes; at++) {
		if (line[at] == ' ' && line[at - 1] != '\\')
			return has_field(line + at + 1, bytes - at - 1, refusal->field, refusal->type);
	}
	return false;
}

bool refusal_names_line(const struct refusal *refusal, const char *line, size_t bytes)
{
	if (refusal->kind == REFUSAL_PARSE)
		return quotes_line(refusal->text, line, bytes);
	return refusal->kind == REFUSAL_CONFLICT && conflicts(refusal, line, bytes);
}
