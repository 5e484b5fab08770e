/* SPDX-License-Identifier: Apache-2.0 */
#include "recording_line.h"

#include "base/num.h"
#include "ber.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

enum { IPV4_BYTES = 4 };

/* ---- Values ---- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Puts the bytes of "0a ff" or "0aff" in place of the digits. */
static bool read_hexadecimal(char *text, struct recording_line *out)
{
	size_t bytes = 0;

	for (const char *at = text; *at != '\0';) {
		int high;
		int low;

		if (*at == ' ' || *at == '\n' || *at == '\r') {
			at++;
			continue;
		}
		high = digit_of(at[0]);
		low = high < 0 ? -1 : digit_of(at[1]);
		if (low < 0)
			return false;
		text[bytes++] = (char)(high << 4 | low);
		at += 2;
	}
	out->text = text;
	out->text_bytes = bytes;
	return true;
}

static bool read_number(const char *text, struct recording_line *out)
{
	uint64_t large;

	if (num_parse_i64(text, &out->number))
		return true;
	if (!num_parse_u64(text, &large))
		return false;
	out->number = (int64_t)large;
	return true;
}

static bool read_ipv4(char *text, struct recording_line *out)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		return false;
	/* Four numbers and three dots are seven bytes or more. */
	memcpy(text, &address, IPV4_BYTES);
	out->text = text;
	out->text_bytes = IPV4_BYTES;
	return true;
}

static char *skip_dot(char *text)
{
	return *text == '.' ? text + 1 : text;
}

/* A value of the type `tag`, written as such values are. */
static bool read_value(uint8_t tag, char *text, struct recording_line *out)
{
	out->tag = tag;
	switch (tag) {
	case BER_OCTETS:
		out->text = text;
		out->text_bytes = strlen(text);
		return true;
	case BER_OID:
		out->text = skip_dot(text);
		out->text_bytes = strlen(out->text);
		return true;
	case BER_IP_ADDRESS: return read_ipv4(text, out);
	case BER_INTEGER:
	case BER_COUNTER32:
	case BER_GAUGE32:
	case BER_TIMETICKS:
	case BER_COUNTER64: return read_number(text, out);
	default: return false;
	}
}

/* ---- OID|tag|value ---- */

/* "4", "4x": the type and whether the value is hexadecimal; false: neither. Changes the text. */
static bool read_tag(char *text, uint64_t *tag, bool *is_hexadecimal)
{
	size_t length = strlen(text);

	*is_hexadecimal = length > 0 && text[length - 1] == 'x';
	if (length > 0 && (*is_hexadecimal || text[length - 1] == 'e'))
		text[length - 1] = '\0';
	return num_parse_u64(text, tag) && *tag <= UINT8_MAX;
}

static enum recording_kind read_snmprec(char *line, struct recording_line *out)
{
	char *tag_text = strchr(line, '|');
	char *value = tag_text != NULL ? strchr(tag_text + 1, '|') : NULL;
	bool is_hexadecimal;
	bool is_read;
	uint64_t tag;

	if (value == NULL)
		return RECORDING_ODD;
	*tag_text++ = '\0';
	*value++ = '\0';
	if (!read_tag(tag_text, &tag, &is_hexadecimal))
		return RECORDING_ODD;
	if (tag == BER_NULL || (tag >= BER_NO_SUCH_OBJECT && tag <= BER_END_OF_MIB_VIEW))
		return RECORDING_NOTHING;
	out->oid = skip_dot(line);
	out->tag = (uint8_t)tag;
	if (is_hexadecimal)
		is_read = (tag == BER_OCTETS || tag == BER_IP_ADDRESS) && read_hexadecimal(value, out);
	else
		is_read = read_value((uint8_t)tag, value, out);
	return is_read ? RECORDING_VARIABLE : RECORDING_ODD;
}

/* ---- .OID = TYPE: value, as snmpwalk -On prints it ---- */

struct walk_type {
	const char *name;
	uint8_t tag;
};

static const struct walk_type walk_types[] = {
    {"STRING: ", BER_OCTETS},        {"Hex-STRING: ", BER_OCTETS},      {"INTEGER: ", BER_INTEGER},
    {"Counter32: ", BER_COUNTER32},  {"Counter64: ", BER_COUNTER64},    {"Gauge32: ", BER_GAUGE32},
    {"Unsigned32: ", BER_GAUGE32},   {"Timeticks: ", BER_TIMETICKS},    {"OID: ", BER_OID},
    {"IpAddress: ", BER_IP_ADDRESS}, {"Network Address: ", BER_OCTETS},
};

/* Between quotes, with \" for a quote and \\ for a backslash; without quotes it is the text as it stands. */
static bool read_quoted(char *text, struct recording_line *out)
{
	size_t length = strlen(text);
	size_t bytes = 0;

	out->text = text;
	out->text_bytes = length;
	if (length < 2 || text[0] != '"')
		return true;
	if (text[length - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < length; i++) {
		if (text[i] == '\\' && i + 2 < length)
			i++;
		text[bytes++] = text[i];
	}
	text[bytes] = '\0';
	out->text_bytes = bytes;
	return true;
}

/* "17", "up(1)" and "(8640000) 1 day, 0:00:00.00": the number in brackets, else the first word. */
static char *number_of(char *text)
{
	char *open = strchr(text, '(');
	char *number = open != NULL ? open + 1 : text;

	number[strcspn(number, ") ")] = '\0';
	return number;
}

static bool read_walk_value(const struct walk_type *type, char *text, struct recording_line *out)
{
	out->tag = type->tag;
	if (strcmp(type->name, "STRING: ") == 0)
		return read_quoted(text, out);
	if (type->tag == BER_OCTETS) {
		for (char *c = text; *c != '\0'; c++)
			*c = *c == ':' ? ' ' : *c;
		return read_hexadecimal(text, out);
	}
	return read_value(type->tag, type->tag == BER_OID || type->tag == BER_IP_ADDRESS ? text : number_of(text), out);
}

static enum recording_kind read_walk(char *line, struct recording_line *out)
{
	char *equals = strstr(line, " = ");
	char *value;

	if (equals == NULL)
		return RECORDING_ODD;
	*equals = '\0';
	value = equals + strlen(" = ");
	out->oid = skip_dot(line);
	out->tag = BER_OCTETS;
	if (value[0] == '"')
		return read_quoted(value, out) ? RECORDING_VARIABLE : RECORDING_ODD;
	for (size_t i = 0; i < sizeof walk_types / sizeof walk_types[0]; i++) {
		size_t length = strlen(walk_types[i].name);

		if (strncmp(value, walk_types[i].name, length) == 0)
			return read_walk_value(&walk_types[i], value + length, out) ? RECORDING_VARIABLE : RECORDING_ODD;
	}
	return strncmp(value, "No ", 3) == 0 || strcmp(value, "NULL") == 0 ? RECORDING_NOTHING : RECORDING_ODD;
}

/* ---- Lines ---- */

/*
 * By hand and not by the library's functions: a sanitizer that checks strings strictly looks at all of what follows in the file with each
 * call, and a large recording takes minutes.
 */
static size_t oid_length(const char *line)
{
	size_t length = 0;

	while ((line[length] >= '0' && line[length] <= '9') || line[length] == '.')
		length++;
	return length;
}

/* The next newline, NULL when there is none. */
static char *line_end(char *text)
{
	while (*text != '\n' && *text != '\0')
		text++;
	return *text == '\n' ? text : NULL;
}

/* 1.3.6...| or .1.3.6... = */
static bool begins_variable(const char *line)
{
	size_t length = oid_length(line);

	return length > 0 && (line[length] == '|' || strncmp(line + length, " = ", 3) == 0);
}

/* The end of the variable that begins at `text`: snmpwalk breaks lines within texts and bytes. */
static char *end_of_variable(char *text, size_t *number)
{
	char *end = line_end(text);

	++*number;
	while (end != NULL && end[1] != '\0' && end[1] != '#' && !begins_variable(end + 1)) {
		++*number;
		end = line_end(end + 1);
	}
	return end;
}

static void trim_end(char *line)
{
	size_t length = strlen(line);

	while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n'))
		line[--length] = '\0';
}

enum recording_kind recording_line_read(char **rest, size_t *number, struct recording_line *out)
{
	char *line = *rest;
	bool is_variable = begins_variable(line);
	char *end = line_end(line);
	bool is_snmprec = is_variable && line[oid_length(line)] == '|';

	if (is_variable && !is_snmprec)
		end = end_of_variable(line, number);
	else
		++*number;
	*rest = end != NULL ? end + 1 : NULL;
	if (end != NULL)
		*end = '\0';
	if (*rest != NULL && **rest == '\0')
		*rest = NULL;
	trim_end(line);
	*out = (struct recording_line){0};
	if (line[0] == '\0' || line[0] == '#')
		return RECORDING_NOTHING;
	if (!is_variable)
		return RECORDING_ODD;
	return is_snmprec ? read_snmprec(line, out) : read_walk(line, out);
}
