/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_line: whatever the tag values and readings are, a line stays one line and both stores read back the same tags. The line is parsed
 * twice by a small parser of our own: as InfluxDB 1.x does (a separator counts unless the byte before it is a backslash) and as
 * VictoriaMetrics does (backslashes count in pairs).
 */
#include "output/line.h"

#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { VALUE_BYTES = 1024, TAG_COUNT = 9, OUT_BYTES = 16384 };
enum rule { RULE_INFLUXDB, RULE_VICTORIAMETRICS };

static const char *const tag_names[TAG_COUNT] = {"site", "rack", "tenant", "device", "meter", "role", "in_total", "point", "supply"};

static void check(int is_true, const char *what)
{
	if (is_true)
		return;
	fprintf(stderr, "fuzz_line: %s\n", what);
	abort();
}

static int is_escaped(const char *line, size_t at, enum rule rule)
{
	size_t count = 0;

	while (count < at && line[at - 1 - count] == '\\')
		count++;
	return rule == RULE_INFLUXDB ? count > 0 : count % 2 == 1;
}

static int is_escapable(char c, enum rule rule)
{
	return c == ',' || c == ' ' || c == '=' || (c == '\\' && rule == RULE_VICTORIAMETRICS);
}

/* Reads up to the first separator of `stops` that counts; the unescaped text into out. */
static const char *read_token(const char *line, const char *stops, enum rule rule, char out[static VALUE_BYTES])
{
	size_t used = 0;
	size_t i;

	for (i = 0; line[i] != '\0' && (strchr(stops, line[i]) == NULL || is_escaped(line, i, rule)); i++) {
		if (line[i] == '\\' && is_escapable(line[i + 1], rule))
			i++;
		check(used + 1 < VALUE_BYTES, "token too long");
		out[used++] = line[i];
	}
	out[used] = '\0';
	return line + i;
}

static void check_line(const char *line, char values[TAG_COUNT][VALUE_BYTES], enum rule rule)
{
	char token[VALUE_BYTES];
	size_t i;

	line = read_token(line, ", ", rule, token);
	check(strcmp(token, "energy") == 0, "measurement");
	for (i = 0; i < TAG_COUNT; i++) {
		check(*line == ',', "a tag is missing");
		line = read_token(line + 1, "=", rule, token);
		check(strcmp(token, tag_names[i]) == 0 && *line == '=', "tag name");
		line = read_token(line + 1, ", ", rule, values[i]);
		check(values[i][0] != '\0', "an empty tag value");
	}
	check(*line == ' ', "fields are missing");
	check(strspn(line + 1, "abcdefghijklmnopqrstuvwxyz_=,.0123456789-i ") == strlen(line + 1) - 1,
	      "a strange character behind the tags");
	check(strchr(line + 1, '\n') == line + strlen(line) - 1, "not exactly one newline at the end");
}

/* What a value becomes: cleaned, and `none` when nothing is left. */
static void expect_value(const char *value, const char *read_back)
{
	char clean[256];
	size_t i;

	if (text_clean(clean, sizeof clean, value, strlen(value)) == 0)
		memcpy(clean, "none", 5);
	for (i = 0; clean[i] != '\0'; i++) {
		size_t wide = strncmp(read_back, "\xEF\xBC\xBC", 3) == 0 && clean[i] == '\\' ? 3 : 1;

		check(wide == 3 || *read_back == clean[i], "a value changed on its way");
		read_back += wide;
	}
	check(*read_back == '\0', "a value grew on its way");
}

static char *take_text(const uint8_t **data, size_t *bytes)
{
	const uint8_t *end = *bytes == 0 ? NULL : memchr(*data, 0, *bytes);
	size_t length = end == NULL ? *bytes : (size_t)(end - *data);
	char *text = malloc(length + 1);

	check(text != NULL, "no memory");
	if (length > 0)
		memcpy(text, *data, length);
	text[length] = '\0';
	*data += length + (end != NULL);
	*bytes -= length + (end != NULL);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static char influxdb[TAG_COUNT][VALUE_BYTES], victoriametrics[TAG_COUNT][VALUE_BYTES];
	struct line_energy reading = {0};
	struct line_series series;
	struct buf out;
	char *value[TAG_COUNT];
	int i;

	if (bytes < sizeof reading)
		return 0;
	memcpy(&reading, data, sizeof reading);
	data += sizeof reading;
	bytes -= sizeof reading;
	for (i = 0; i < TAG_COUNT; i++)
		value[i] = take_text(&data, &bytes);
	check(line_series_init(&series, LINE_TAGS_METER,
			       &(struct line_tags){.site = value[0],
						   .rack = value[1],
						   .tenant = value[2],
						   .device = value[3],
						   .meter = value[4],
						   .role = value[5],
						   .in_total = value[6],
						   .point = value[7],
						   .supply = value[8]},
			       NULL) == ERR_NONE,
	      "no series");
	buf_init(&out, OUT_BYTES);
	if (line_add_energy(&out, &series, &reading, reading.energy_millij)) {
		check_line(buf_text(&out), influxdb, RULE_INFLUXDB);
		check_line(buf_text(&out), victoriametrics, RULE_VICTORIAMETRICS);
		for (i = 0; i < TAG_COUNT; i++) {
			check(strcmp(influxdb[i], victoriametrics[i]) == 0, "the stores read different tags");
			expect_value(value[i], influxdb[i]);
		}
	} else {
		check(out.bytes == 0, "something was written without a field");
	}
	buf_deinit(&out);
	line_series_deinit(&series);
	for (i = 0; i < TAG_COUNT; i++)
		free(value[i]);
	return 0;
}
