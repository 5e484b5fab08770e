/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/num.h"
#include "base/utf8.h"

#include <string.h>

enum { TEXT_DISTANCE_CHARS_MAX = 64, TEXT_ID_BYTES_MAX = 63 };

/*
 * Control characters (C0, DEL, C1), line and paragraph separators, and the bidirectional-format characters (Unicode Standard Annex 9,
 * section 2): the last can make a line read otherwise than it is written.
 */
static bool is_unprintable(uint32_t code_point)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} ranges[] = {
	    {0x0000, 0x001F}, {0x007F, 0x009F}, {0x061C, 0x061C}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069},
	};
	size_t i;

	for (i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		if (code_point >= ranges[i].first && code_point <= ranges[i].last)
			return true;
	}
	return false;
}

size_t text_clean(char *out, size_t out_bytes, const void *in, size_t in_bytes)
{
	const char *bytes = in;
	size_t used = 0;
	size_t at = 0;

	while (at < in_bytes) {
		struct utf8_char c = utf8_decode(bytes + at, in_bytes - at);
		char encoded[UTF8_CHAR_BYTES_MAX];
		size_t encoded_bytes = utf8_encode(encoded, is_unprintable(c.code_point) ? ' ' : c.code_point);

		at += c.bytes;
		if (used == 0 && encoded[0] == ' ')
			continue;
		if (encoded_bytes >= out_bytes - used)
			break;
		memcpy(out + used, encoded, encoded_bytes);
		used += encoded_bytes;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return used;
}

bool text_is_clean(const char *text)
{
	size_t bytes = strlen(text);
	size_t at = 0;

	if (bytes > 0 && (text[0] == ' ' || text[bytes - 1] == ' '))
		return false;
	while (at < bytes) {
		struct utf8_char c = utf8_decode(text + at, bytes - at);

		if (!c.is_valid || is_unprintable(c.code_point))
			return false;
		at += c.bytes;
	}
	return true;
}

/* The short escape of RFC 8259, section 7, or 0. */
static char json_escape_of(uint32_t code_point)
{
	switch (code_point) {
	case '"': return '"';
	case '\\': return '\\';
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	default: return '\0';
	}
}

static void add_json_char(struct buf *out, uint32_t code_point)
{
	static const char hex[] = "0123456789abcdef";
	char escape = json_escape_of(code_point);
	char encoded[UTF8_CHAR_BYTES_MAX];

	if (escape != '\0') {
		buf_add_char(out, '\\');
		buf_add_char(out, escape);
		return;
	}
	if (code_point < 0x20 || code_point == 0x7F) {
		buf_add_text(out, "\\u00");
		buf_add_char(out, hex[code_point >> 4]);
		buf_add_char(out, hex[code_point & 0xF]);
		return;
	}
	buf_add(out, encoded, utf8_encode(encoded, code_point));
}

void text_add_json(struct buf *out, const char *text)
{
	size_t bytes = strlen(text);
	size_t at = 0;

	buf_add_char(out, '"');
	while (at < bytes) {
		struct utf8_char c = utf8_decode(text + at, bytes - at);

		add_json_char(out, c.code_point);
		at += c.bytes;
	}
	buf_add_char(out, '"');
}

/* A spreadsheet would run such a cell as a formula (OWASP, "CSV Injection"). */
static bool is_formula(const char *text)
{
	double number;

	return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL && !num_parse_double(text, &number);
}

void text_add_csv(struct buf *out, const char *text)
{
	bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;
	const char *p;

	if (is_quoted)
		buf_add_char(out, '"');
	if (is_formula(text))
		buf_add_char(out, '\'');
	if (!is_quoted) {
		buf_add_text(out, text);
		return;
	}
	for (p = text; *p != '\0'; p++) {
		if (*p == '"')
			buf_add_char(out, '"');
		buf_add_char(out, *p);
	}
	buf_add_char(out, '"');
}

void text_add_html(struct buf *out, const char *text)
{
	static const char special[] = "&<>\"'";
	static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
	size_t plain_bytes;

	while (*text != '\0') {
		plain_bytes = strcspn(text, special);
		buf_add(out, text, plain_bytes);
		text += plain_bytes;
		if (*text == '\0')
			return;
		buf_add_text(out, entities[strchr(special, *text) - special]);
		text++;
	}
}

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment (Damerau 1964, each piece edited once) with three rows: the one before last serves the swaps. */
size_t text_distance(const char *a, const char *b)
{
	size_t rows[3][TEXT_DISTANCE_CHARS_MAX + 1];
	size_t a_count = strnlen(a, TEXT_DISTANCE_CHARS_MAX);
	size_t b_count = strnlen(b, TEXT_DISTANCE_CHARS_MAX);
	size_t i;
	size_t j;

	for (j = 0; j <= b_count; j++)
		rows[0][j] = j;
	for (i = 1; i <= a_count; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i - 1) % 3];

		row[0] = i;
		for (j = 1; j <= b_count; j++) {
			row[j] = min_of(min_of(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min_of(row[j], rows[(i - 2) % 3][j - 2] + 1);
		}
	}
	return rows[a_count % 3][b_count];
}

const char *text_nearest(const char *word, const char *const *candidates)
{
	size_t third = strlen(word) / 3;
	size_t limit = third < 1 ? 1 : third;
	const char *nearest = NULL;

	for (; *candidates != NULL; candidates++) {
		size_t distance = text_distance(word, *candidates);

		if (distance > limit || (nearest != NULL && distance == limit))
			continue;
		nearest = *candidates;
		limit = distance;
	}
	return nearest;
}

static bool is_id_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool text_is_id(const char *text)
{
	size_t bytes = 1;

	if (!is_id_start(text[0]))
		return false;
	while (is_id_start(text[bytes]) || (text[bytes] != '\0' && strchr("._-", text[bytes]) != NULL))
		bytes++;
	return bytes <= TEXT_ID_BYTES_MAX && text[bytes] == '\0';
}

bool text_copy(char *out, size_t out_bytes, const char *text)
{
	size_t bytes = strlen(text);

	if (bytes >= out_bytes) {
		if (out_bytes > 0)
			out[0] = '\0';
		return false;
	}
	memcpy(out, text, bytes + 1);
	return true;
}
