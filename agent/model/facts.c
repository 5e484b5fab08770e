/* SPDX-License-Identifier: Apache-2.0 */
#include "model/facts.h"

#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const CONTROL_NAME[FACTS_CONTROL_COUNT] = {"", "own", "leased", "tenant"};
static const char *const BOUNDARY_NAME[FACTS_BOUNDARY_COUNT] = {"", "operational", "financial", "equity"};

enum { YEAR_MIN = 1990, YEAR_MAX = 2999 };

enum fact_type { FACT_TEXT = 0, FACT_BOUNDARY, FACT_CONTROL, FACT_SHARE, FACT_OVERHEAD, FACT_YEAR, FACT_ROUND_TRIP };

static const struct fact {
	const char *name;
	enum fact_type type;
	size_t offset;
	size_t bytes; /* of a text */
} FACT[] = {
    {"entity", FACT_TEXT, offsetof(struct facts, entity), FACTS_TEXT_BYTES},
    {"boundary", FACT_BOUNDARY, offsetof(struct facts, boundary), 0},
    {"share", FACT_SHARE, offsetof(struct facts, share_micro), 0},
    {"control", FACT_CONTROL, offsetof(struct facts, control), 0},
    {"overhead", FACT_OVERHEAD, offsetof(struct facts, overhead_micro), 0},
    {"overhead_source", FACT_TEXT, offsetof(struct facts, overhead_source), FACTS_TEXT_BYTES},
    {"overhead_year", FACT_YEAR, offsetof(struct facts, overhead_year), 0},
    {"meter_class", FACT_TEXT, offsetof(struct facts, meter_class), FACTS_CLASS_BYTES},
    {"ct_class", FACT_TEXT, offsetof(struct facts, ct_class), FACTS_CLASS_BYTES},
    {"calibration_due", FACT_TEXT, offsetof(struct facts, calibration_due), FACTS_DATE_BYTES},
    {"round_trip", FACT_ROUND_TRIP, offsetof(struct facts, round_trip_micro), 0},
};

enum { FACT_COUNT = sizeof(FACT) / sizeof(FACT[0]) };

const char *facts_control_name(enum facts_control control)
{
	return (unsigned)control < FACTS_CONTROL_COUNT ? CONTROL_NAME[control] : "?";
}

const char *facts_boundary_name(enum facts_boundary boundary)
{
	return (unsigned)boundary < FACTS_BOUNDARY_COUNT ? BOUNDARY_NAME[boundary] : "?";
}

/* ---- Printing ---- */

static void print_value(char *out, size_t out_bytes, const struct fact *fact, const void *member)
{
	char number[NUM_TEXT_BYTES] = "";

	switch (fact->type) {
	case FACT_TEXT: snprintf(out, out_bytes, "%s", (const char *)member); return;
	case FACT_BOUNDARY: snprintf(out, out_bytes, "%s", facts_boundary_name(*(const enum facts_boundary *)member)); return;
	case FACT_CONTROL: snprintf(out, out_bytes, "%s", facts_control_name(*(const enum facts_control *)member)); return;
	case FACT_YEAR:
		if (*(const int32_t *)member != 0)
			num_print_i64(number, *(const int32_t *)member);
		break;
	case FACT_SHARE:
	case FACT_OVERHEAD:
	case FACT_ROUND_TRIP:
		if (*(const int64_t *)member != 0)
			num_print_fixed(number, *(const int64_t *)member, FACTS_DECIMALS, FACTS_DECIMALS);
		break;
	}
	snprintf(out, out_bytes, "%s", number);
}

void facts_print(char out[static FACTS_BYTES], const struct facts *facts)
{
	size_t bytes = 0;

	out[0] = '\0';
	for (size_t i = 0; i < FACT_COUNT; i++) {
		char value[FACTS_TEXT_BYTES];

		print_value(value, sizeof(value), &FACT[i], (const char *)facts + FACT[i].offset);
		if (value[0] != '\0')
			bytes += (size_t)snprintf(out + bytes, FACTS_BYTES - bytes, "%s%s=%s", bytes == 0 ? "" : ";", FACT[i].name, value);
	}
}

/* ---- Reading ---- */

static bool find(const char *const *names, int count, const char *text, int *out)
{
	for (int i = 1; i < count; i++) {
		if (strcmp(names[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool take_micro(int64_t *out, const char *value, int64_t least, int64_t most)
{
	int64_t number;
	bool is_good = num_parse_fixed(value, FACTS_DECIMALS, &number) && number >= least && number <= most;

	*out = is_good ? number : 0;
	return is_good;
}

static bool take_value(const struct fact *fact, void *member, const char *value)
{
	int word = 0;
	int64_t number = 0;
	bool is_good = false;

	switch (fact->type) {
	case FACT_TEXT: return facts_is_text(value) && text_copy(member, fact->bytes, value);
	case FACT_BOUNDARY:
		is_good = find(BOUNDARY_NAME, FACTS_BOUNDARY_COUNT, value, &word);
		*(enum facts_boundary *)member = (enum facts_boundary)word;
		return is_good;
	case FACT_CONTROL:
		is_good = find(CONTROL_NAME, FACTS_CONTROL_COUNT, value, &word);
		*(enum facts_control *)member = (enum facts_control)word;
		return is_good;
	case FACT_YEAR:
		is_good = num_parse_i64(value, &number) && number >= YEAR_MIN && number <= YEAR_MAX;
		*(int32_t *)member = is_good ? (int32_t)number : 0;
		return is_good;
	case FACT_SHARE: return take_micro(member, value, 0, FACTS_MICRO);
	case FACT_OVERHEAD: return take_micro(member, value, FACTS_MICRO, FACTS_OVERHEAD_MICRO_MAX);
	case FACT_ROUND_TRIP: return take_micro(member, value, FACTS_ROUND_TRIP_MICRO_MIN, FACTS_MICRO);
	}
	return false;
}

/* One "key=value". */
static bool take_pair(struct facts *out, const char *pair)
{
	const char *value = strchr(pair, '=');

	for (size_t i = 0; value != NULL && i < FACT_COUNT; i++) {
		size_t bytes = (size_t)(value - pair);

		if (strlen(FACT[i].name) == bytes && strncmp(pair, FACT[i].name, bytes) == 0)
			return take_value(&FACT[i], (char *)out + FACT[i].offset, value + 1);
	}
	return false;
}

bool facts_parse(struct facts *out, const char *text)
{
	bool is_whole = true;

	*out = (struct facts){.entity = ""};
	while (*text != '\0') {
		char pair[FACTS_TEXT_BYTES + 32];
		size_t bytes = strcspn(text, ";");

		snprintf(pair, sizeof(pair), "%.*s", bytes < sizeof(pair) ? (int)bytes : 0, text);
		is_whole = take_pair(out, pair) && is_whole;
		text += bytes + (text[bytes] == ';' ? 1 : 0);
	}
	return is_whole;
}

bool facts_is_text(const char *text)
{
	return text[0] != '\0' && text_is_clean(text) && strchr(text, ';') == NULL && strlen(text) < FACTS_TEXT_BYTES;
}

bool facts_is_date(const char *text)
{
	static const char FORM[] = "dddd-dd-dd";
	int64_t year = 0;
	int month = 0;
	int day = 0;
	int64_t was_year;
	int was_month;
	int was_day;

	for (size_t i = 0; i < sizeof(FORM); i++) {
		if (FORM[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != FORM[i])
			return false;
	}
	was_year = strtol(text, NULL, 10);
	was_month = (int)strtol(text + 5, NULL, 10);
	was_day = (int)strtol(text + 8, NULL, 10);
	if (was_month < 1 || was_month > 12 || was_day < 1 || was_day > 31)
		return false;
	clock_civil_from_days(clock_days_from_civil(was_year, was_month, was_day), &year, &month, &day);
	return year == was_year && month == was_month && day == was_day;
}

/* ---- Whose it is ---- */

enum facts_control facts_control_of(const struct facts *site, const struct facts *device)
{
	if (device->control != FACTS_CONTROL_UNSAID)
		return device->control;
	return site->control != FACTS_CONTROL_UNSAID ? site->control : FACTS_CONTROL_OWN;
}

bool facts_is_scope3(enum facts_boundary boundary, enum facts_control control)
{
	if (control == FACTS_CONTROL_TENANT)
		return true;
	return control == FACTS_CONTROL_LEASED && (boundary == FACTS_BOUNDARY_FINANCIAL || boundary == FACTS_BOUNDARY_EQUITY);
}
