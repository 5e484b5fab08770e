/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus/identify.h"

#include "base/mem.h"
#include "base/text.h"
#include "modbus/chain.h"
#include "modbus/decode.h"

#include <regex.h>
#include <string.h>

enum {
	IDENTIFY_ASKED_MAX = 256,
	IDENTIFY_SILENT_MAX = 3, /* questions of one step without an answer: the rest of the step is left out */
	IDENTIFY_DEAF_MAX = 2,   /* the same while the unit has answered nothing at all */
	IDENTIFY_TEXT_BYTES = 2 * MODBUS_TEXT_REGISTERS_MAX + 1,
};

/* A mains is within these: 90 to 300 V, 45 to 65 Hz. */
#define IDENTIFY_VOLTAGE_MIN_V 90.0
#define IDENTIFY_VOLTAGE_MAX_V 300.0
#define IDENTIFY_FREQUENCY_MIN_HZ 45.0
#define IDENTIFY_FREQUENCY_MAX_HZ 65.0

enum step { STEP_OBJECTS = 0, STEP_CHAIN, STEP_PRESENCE, STEP_RULES, STEP_VOLTAGE, STEP_FREQUENCY, STEP_END };

/* A register that was asked, with its words when the unit answered. */
struct asked {
	const struct plan_modbus_register *reg;
	const struct plan_modbus_point *point; /* STEP_VOLTAGE, STEP_FREQUENCY: of this point */
	bool is_answered;
	uint16_t word[MODBUS_TEXT_REGISTERS_MAX];
};

struct c_modbus_identify {
	const struct plan_modbus_driver *driver;
	size_t driver_count;
	enum step step;
	size_t at; /* the next of asked[] in this step */
	unsigned silent_count;
	bool is_answered; /* anything, a refusal too */
	bool is_missing;  /* an answer to any question */
	bool is_check;    /* the rules of the one driver alone */
	struct c_modbus_chain chain;
	char object[C_MODBUS_OBJECTS][METER_IDENTITY_BYTES];
	size_t asked_count;
	struct asked asked[IDENTIFY_ASKED_MAX];
	uint32_t result;
	char candidates[C_MODBUS_CANDIDATES_TEXT_BYTES];
};

struct c_modbus_identify *c_modbus_identify_new(const struct plan_modbus_driver *driver, size_t driver_count)
{
	struct c_modbus_identify *identify = mem_new(sizeof *identify);

	if (identify == NULL)
		return NULL;
	identify->driver = driver;
	identify->driver_count = driver_count;
	identify->result = UINT32_MAX;
	return identify;
}

struct c_modbus_identify *c_modbus_identify_new_check(const struct plan_modbus_driver *driver)
{
	struct c_modbus_identify *identify = c_modbus_identify_new(driver, 1);

	if (identify != NULL)
		identify->is_check = true;
	return identify;
}

struct c_modbus_identify *c_modbus_identify_free(struct c_modbus_identify *identify)
{
	return mem_free(identify);
}

/* ---- What is asked ------------------------------------------------------------------------------------------------------------------ */

static bool is_same_register(const struct plan_modbus_register *a, const struct plan_modbus_register *b)
{
	return a->function == b->function && a->address == b->address && a->type == b->type && a->text_registers == b->text_registers &&
	       a->is_low_first == b->is_low_first && a->is_byte_swapped == b->is_byte_swapped;
}

static const struct asked *find_asked(const struct c_modbus_identify *identify, const struct plan_modbus_register *reg)
{
	for (size_t i = 0; i < identify->asked_count; i++)
		if (is_same_register(identify->asked[i].reg, reg))
			return &identify->asked[i];
	return NULL;
}

static void ask(struct c_modbus_identify *identify, const struct plan_modbus_register *reg, const struct plan_modbus_point *point)
{
	if (find_asked(identify, reg) == NULL && identify->asked_count < IDENTIFY_ASKED_MAX)
		identify->asked[identify->asked_count++] = (struct asked){.reg = reg, .point = point};
}

static void ask_rules(struct c_modbus_identify *identify)
{
	for (size_t d = 0; d < identify->driver_count; d++)
		for (uint8_t r = 0; r < identify->driver[d].rule_count; r++)
			if (identify->driver[d].rule[r].kind == MODBUS_RULE_REGISTER)
				ask(identify, &identify->driver[d].rule[r].reg, NULL);
}

/* The first plain point of a quantity that a driver has; NULL when it has none, or keeps it in a model. */
static const struct plan_modbus_point *first_point(const struct plan_modbus_driver *driver, enum quantity quantity)
{
	for (uint8_t g = 0; g < driver->group_count; g++) {
		const struct plan_modbus_group *group = &driver->group[g];

		for (uint8_t p = 0; p < group->point_count && group->model_count == 0; p++) {
			const struct plan_modbus_point *point = &group->point_list[p];

			if (point->quantity == quantity && point->reg.function != 0 && point->exponent.function == 0 &&
			    point->ratio_count == 0)
				return point;
		}
	}
	return NULL;
}

/* A value that a driver would read; false when it is none. */
static bool value_of(const struct c_modbus_identify *identify, const struct plan_modbus_point *point, double *value)
{
	static const struct c_modbus_scale plain = {.ratio = 1.0};
	const struct asked *asked = point == NULL ? NULL : find_asked(identify, &point->reg);
	struct c_modbus_number number;

	return asked != NULL && asked->is_answered && c_modbus_decode_number(&point->reg, asked->word, &number) &&
	       !c_modbus_decode_is_absent(point, &number) && c_modbus_decode_gauge(point, &number, &plain, value);
}

static bool has_mains_voltage(const struct c_modbus_identify *identify, const struct plan_modbus_driver *driver)
{
	double volts;

	return value_of(identify, first_point(driver, QUANTITY_VOLTAGE), &volts) && volts >= IDENTIFY_VOLTAGE_MIN_V &&
	       volts <= IDENTIFY_VOLTAGE_MAX_V;
}

static void ask_voltages(struct c_modbus_identify *identify)
{
	for (size_t d = 0; d < identify->driver_count; d++) {
		const struct plan_modbus_point *point = first_point(&identify->driver[d], QUANTITY_VOLTAGE);

		if (point != NULL)
			ask(identify, &point->reg, point);
	}
}

static void ask_frequencies(struct c_modbus_identify *identify)
{
	for (size_t d = 0; d < identify->driver_count; d++) {
		const struct plan_modbus_point *point = first_point(&identify->driver[d], QUANTITY_FREQUENCY);

		if (point != NULL && has_mains_voltage(identify, &identify->driver[d]))
			ask(identify, &point->reg, point);
	}
}

/* ---- What the answers mean ---------------------------------------------------------------------------------------------------------- */

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool is_match;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	is_match = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return is_match;
}

static bool register_holds(const struct c_modbus_identify *identify, const struct plan_modbus_rule *rule)
{
	const struct asked *asked = find_asked(identify, &rule->reg);
	char text[IDENTIFY_TEXT_BYTES];
	struct c_modbus_number number;
	int64_t value;

	if (asked == NULL || !asked->is_answered)
		return false;
	if (rule->reg.type == MODBUS_TEXT) {
		c_modbus_decode_text(&rule->reg, asked->word, text, sizeof text);
		return matches(rule->pattern, text);
	}
	if (!c_modbus_decode_number(&rule->reg, asked->word, &number) || number.is_real || number.magnitude > INT64_MAX)
		return false;
	value = number.is_negative ? -(int64_t)number.magnitude : (int64_t)number.magnitude;
	for (uint8_t i = 0; i < rule->value_count; i++)
		if (value == rule->value[i])
			return true;
	return rule->has_span && value >= rule->first && value <= rule->last;
}

static bool rule_holds(const struct c_modbus_identify *identify, const struct plan_modbus_rule *rule)
{
	switch (rule->kind) {
	case MODBUS_RULE_REGISTER: return register_holds(identify, rule);
	case MODBUS_RULE_OBJECT:
		return rule->object < C_MODBUS_OBJECTS && identify->object[rule->object][0] != '\0' &&
		       matches(rule->pattern, identify->object[rule->object]);
	case MODBUS_RULE_SUNSPEC:
		return identify->chain.has_marker && (rule->model == 0 || c_modbus_chain_find(&identify->chain, rule->model) >= 0);
	default: return false;
	}
}

static bool is_meant(const struct c_modbus_identify *identify, const struct plan_modbus_driver *driver)
{
	bool is_meant = false;

	for (uint8_t r = 0; r < driver->rule_count; r++) {
		if (!rule_holds(identify, &driver->rule[r]))
			continue;
		if (driver->rule[r].is_exception)
			return false;
		is_meant = true;
	}
	return is_meant;
}

static void decide(struct c_modbus_identify *identify)
{
	for (size_t d = 0; d < identify->driver_count; d++) {
		const struct plan_modbus_driver *driver = &identify->driver[d];

		if (is_meant(identify, driver) &&
		    (identify->result == UINT32_MAX || driver->priority > identify->driver[identify->result].priority))
			identify->result = (uint32_t)d;
	}
}

static void name_candidates(struct c_modbus_identify *identify)
{
	size_t bytes = 0;

	for (size_t d = 0; d < identify->driver_count; d++) {
		const struct plan_modbus_driver *driver = &identify->driver[d];
		const struct plan_modbus_point *point = first_point(driver, QUANTITY_FREQUENCY);
		size_t more = strlen(driver->name) + 2;
		double hertz = 0;

		if (!has_mains_voltage(identify, driver) || bytes + more >= sizeof identify->candidates)
			continue;
		if (point != NULL &&
		    (!value_of(identify, point, &hertz) || hertz < IDENTIFY_FREQUENCY_MIN_HZ || hertz > IDENTIFY_FREQUENCY_MAX_HZ))
			continue;
		if (bytes > 0) {
			memcpy(identify->candidates + bytes, ", ", 2);
			bytes += 2;
		}
		memcpy(identify->candidates + bytes, driver->name, strlen(driver->name) + 1);
		bytes += strlen(driver->name);
	}
}

/* ---- The course --------------------------------------------------------------------------------------------------------------------- */

/* All of a step was asked: what follows from it, and what comes next. */
static void end_step(struct c_modbus_identify *identify)
{
	identify->silent_count = 0;
	switch (identify->step) {
	case STEP_OBJECTS: identify->step = STEP_CHAIN; break;
	case STEP_CHAIN:
		identify->step = STEP_PRESENCE;
		identify->at = 0;
		break;
	case STEP_PRESENCE:
		ask_rules(identify);
		identify->step = identify->is_answered || identify->is_check ? STEP_RULES : STEP_END;
		identify->at = 0;
		break;
	case STEP_RULES:
		decide(identify);
		identify->step = identify->result == UINT32_MAX && !identify->is_check ? STEP_VOLTAGE : STEP_END;
		identify->at = identify->asked_count;
		ask_voltages(identify);
		break;
	case STEP_VOLTAGE:
		identify->step = STEP_FREQUENCY;
		identify->at = identify->asked_count;
		ask_frequencies(identify);
		break;
	case STEP_FREQUENCY:
		name_candidates(identify);
		identify->step = STEP_END;
		break;
	default: break;
	}
}

/* A check leaves out what no rule of its driver asks for. */
static bool is_step_needed(const struct c_modbus_identify *identify)
{
	enum modbus_rule kind = identify->step == STEP_OBJECTS ? MODBUS_RULE_OBJECT : MODBUS_RULE_SUNSPEC;

	if (!identify->is_check || identify->step == STEP_RULES)
		return true;
	for (uint8_t r = 0; r < identify->driver->rule_count && identify->step <= STEP_CHAIN; r++)
		if (identify->driver->rule[r].kind == kind)
			return true;
	return false;
}

static bool next_of_step(struct c_modbus_identify *identify, struct c_modbus_request *request)
{
	const struct plan_modbus_register *reg;

	if (!is_step_needed(identify))
		return false;

	if (identify->step == STEP_OBJECTS) {
		request->function = C_MODBUS_ENCAPSULATED;
		request->address = 0;
		request->count = 0;
		return identify->silent_count == 0 && identify->at++ == 0;
	}
	if (identify->step == STEP_PRESENCE) {
		/* What says nothing to holding registers may have input registers alone. */
		*request = (struct c_modbus_request){.unit = request->unit, .function = C_MODBUS_READ_INPUT, .count = 1};
		return !identify->is_answered && identify->at++ == 0;
	}
	if (identify->silent_count >= (identify->is_answered ? IDENTIFY_SILENT_MAX : IDENTIFY_DEAF_MAX))
		return false;
	if (identify->step == STEP_CHAIN) {
		identify->at = 0;
		return c_modbus_chain_next(&identify->chain, request);
	}
	if (identify->at >= identify->asked_count)
		return false;
	reg = identify->asked[identify->at].reg;
	request->function = reg->function;
	request->address = reg->address;
	request->count = c_modbus_decode_registers(reg);
	return true;
}

bool c_modbus_identify_next(struct c_modbus_identify *identify, struct c_modbus_request *request)
{
	while (identify->step != STEP_END) {
		if (next_of_step(identify, request))
			return true;
		end_step(identify);
	}
	return false;
}

size_t c_modbus_identify_objects(const uint8_t *data, size_t bytes, char out[static C_MODBUS_OBJECTS][METER_IDENTITY_BYTES])
{
	size_t at = 6; /* sub-function, read code, conformity, more follows, next, number of objects */
	size_t count = 0;

	for (uint8_t left = bytes >= at ? data[at - 1] : 0; left > 0 && at + 2 <= bytes; left--) {
		uint8_t object = data[at];
		size_t length = data[at + 1];

		if (at + 2 + length > bytes)
			break;
		if (object < C_MODBUS_OBJECTS && ++count > 0)
			text_clean(out[object], METER_IDENTITY_BYTES, data + at + 2, length);
		at += 2 + length;
	}
	return count;
}

static void keep_words(struct c_modbus_identify *identify, const uint8_t *data, size_t bytes)
{
	struct asked *asked = &identify->asked[identify->at++];

	for (size_t i = 0; data != NULL && i < bytes / 2 && i < MODBUS_TEXT_REGISTERS_MAX; i++)
		asked->word[i] = (uint16_t)(data[2 * i] << 8 | data[2 * i + 1]);
	asked->is_answered = data != NULL;
}

static void take(struct c_modbus_identify *identify, const uint8_t *data, size_t bytes)
{
	switch (identify->step) {
	case STEP_OBJECTS:
		if (data != NULL)
			(void)c_modbus_identify_objects(data, bytes, identify->object);
		break;
	case STEP_CHAIN: c_modbus_chain_take(&identify->chain, data); break;
	case STEP_RULES:
	case STEP_VOLTAGE:
	case STEP_FREQUENCY: keep_words(identify, data, bytes); break;
	default: break;
	}
}

void c_modbus_identify_take(struct c_modbus_identify *identify, const uint8_t *data, size_t bytes)
{
	identify->is_answered = true;
	take(identify, data, bytes);
}

void c_modbus_identify_silence(struct c_modbus_identify *identify)
{
	identify->silent_count++;
	identify->is_missing = true;
	take(identify, NULL, 0);
}

uint32_t c_modbus_identify_result(const struct c_modbus_identify *identify)
{
	return identify->result;
}

bool c_modbus_identify_is_sure(const struct c_modbus_identify *identify)
{
	return !identify->is_missing;
}

const char *c_modbus_identify_object(const struct c_modbus_identify *identify, unsigned object)
{
	return object < C_MODBUS_OBJECTS ? identify->object[object] : "";
}

const char *c_modbus_identify_candidates(const struct c_modbus_identify *identify)
{
	return identify->candidates;
}
