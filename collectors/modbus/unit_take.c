/* SPDX-License-Identifier: Apache-2.0 */
/* unit_take: what an answer, a refusal or silence means for a unit. */
#include "base/num.h"
#include "base/text.h"
#include "modbus/decode.h"
#include "modbus/unit_priv.h"
#include "model/units.h"

#include <stdio.h>
#include <string.h>

/* A unit that says that it is busy is left alone for so long. */
#define TAKE_BUSY_NS UNITS_NS_PER_S

static void words_of(const uint8_t *data, size_t bytes, uint16_t word[static MODBUS_REGISTERS_MAX])
{
	for (size_t i = 0; i < bytes / 2 && i < MODBUS_REGISTERS_MAX; i++)
		word[i] = (uint16_t)(data[2 * i] << 8 | data[2 * i + 1]);
}

/* ---- Identity ----------------------------------------------------------------------------------------------------------------------- */

static void keep_identity(struct c_modbus_unit *unit, enum c_modbus_identity at, const char *text)
{
	(void)text_copy(unit->identity_new[at], METER_IDENTITY_BYTES, text);
}

static void take_objects(struct c_modbus_unit *unit, const struct c_modbus_answer *answer)
{
	char text[C_MODBUS_OBJECTS][METER_IDENTITY_BYTES] = {""};

	(void)c_modbus_identify_objects(answer->data, answer->data_bytes, text);
	if (text[0][0] != '\0')
		keep_identity(unit, C_MODBUS_VENDOR, text[0]);
	if (text[1][0] != '\0')
		keep_identity(unit, C_MODBUS_MODEL, text[5][0] != '\0' ? text[5] : text[1]);
	if (text[2][0] != '\0')
		keep_identity(unit, C_MODBUS_FIRMWARE, text[2]);
}

static void take_identity(struct c_modbus_unit *unit, const struct c_modbus_answer *answer)
{
	const struct plan_modbus_identity *identity = &unit->driver->identity;
	const struct plan_modbus_register *const reg[] = {&identity->vendor, &identity->model, &identity->serial, &identity->firmware};
	uint16_t word[MODBUS_REGISTERS_MAX];
	char text[METER_IDENTITY_BYTES] = "";
	char number_text[NUM_TEXT_BYTES];
	struct c_modbus_number number;
	uint8_t at = unit->identity_at++;

	if (answer->exception != 0)
		return;
	if (at >= C_MODBUS_IDENTITY_COUNT) {
		take_objects(unit, answer);
		return;
	}
	words_of(answer->data, answer->data_bytes, word);
	if (reg[at]->type == MODBUS_TEXT) {
		c_modbus_decode_text(reg[at], word, text, sizeof text);
	} else if (c_modbus_decode_number(reg[at], word, &number) && !number.is_real && number.magnitude != 0) {
		num_print_u64(number_text, number.magnitude);
		(void)text_copy(text, sizeof text, number_text);
	}
	if (text[0] != '\0')
		keep_identity(unit, (enum c_modbus_identity)at, text);
}

/* ---- Readings ----------------------------------------------------------------------------------------------------------------------- */

static void take_block(struct c_modbus_unit *unit, const struct c_modbus_answer *answer, int64_t now_boot_ns)
{
	const struct c_modbus_block *block = &c_modbus_shape_blocks(unit->shape)->block[unit->block_at];
	bool has_counter = c_modbus_shape_has_counter(unit->shape, block);

	c_modbus_shape_take(unit->shape, block, answer->data);
	if (unit->dated_boot_ns == 0 || (has_counter && !unit->is_dated_by_counter))
		unit->dated_boot_ns = now_boot_ns;
	unit->is_dated_by_counter = unit->is_dated_by_counter || has_counter;
	unit->block_at++;
}

/* Some of the block's registers are not there: which, is found by halves. A refusal has no length: it is heard twice before it is believed. */
static void take_refusal(struct c_modbus_unit *unit)
{
	if (!unit->is_in_step && !unit->is_doubtful) {
		unit->is_doubtful = true;
		return;
	}
	unit->is_doubtful = false;
	if (c_modbus_blocks_split(c_modbus_shape_blocks(unit->shape), unit->block_at) != ERR_NONE)
		c_modbus_unit_set_failure(unit, DEVICE_UNREADABLE, "out of memory for its registers");
}

static void take_answer(struct c_modbus_unit *unit, const struct c_modbus_answer *answer, int64_t now_boot_ns)
{
	unit->try_count = 0;
	unit->is_doubtful = false;
	switch (unit->phase) {
	case C_MODBUS_PHASE_SCAN: c_modbus_identify_take(unit->identify, answer->data, answer->data_bytes); break;
	case C_MODBUS_PHASE_CHAIN: c_modbus_chain_take(unit->chain, answer->data); break;
	case C_MODBUS_PHASE_IDENTITY: take_identity(unit, answer); break;
	case C_MODBUS_PHASE_READ: take_block(unit, answer, now_boot_ns); break;
	default: break;
	}
}

/* ---- Exceptions --------------------------------------------------------------------------------------------------------------------- */

/* true when there are tries left; a unit that was silent before is tried once. */
static bool try_again(struct c_modbus_unit *unit)
{
	uint32_t tries = unit->failed_count > 0 && !unit->is_answered ? 1 : unit->plan->retries + 1;

	return ++unit->try_count < tries;
}

static void take_busy(struct c_modbus_unit *unit, int64_t now_boot_ns)
{
	unit->not_before_ns = now_boot_ns + TAKE_BUSY_NS;
	if (!try_again(unit))
		c_modbus_unit_set_failure(unit, DEVICE_REFUSED, "unit %u says that it is busy (exception %u)", (unsigned)unit->plan->unit,
					  (unsigned)unit->exception);
}

static void take_gateway(struct c_modbus_unit *unit)
{
	c_modbus_unit_doubt(unit);
	c_modbus_unit_set_failure(unit, DEVICE_SILENT,
				  unit->exception == C_MODBUS_EXCEPTION_NO_PATH
				      ? "the gateway has no path to unit %u (exception 10: its line may be down or busy)"
				      : "unit %u does not answer the gateway (exception 11: unit id, wiring, speed, parity?)",
				  (unsigned)unit->plan->unit);
}

static void take_fault(struct c_modbus_unit *unit)
{
	if (!try_again(unit))
		c_modbus_unit_set_failure(unit, DEVICE_REFUSED, "unit %u reports a failure of its own (exception %u)",
					  (unsigned)unit->plan->unit, (unsigned)unit->exception);
}

/* An address, a value or a function that it does not know. */
static void take_unknown(struct c_modbus_unit *unit)
{
	const struct c_modbus_answer none = {.exception = unit->exception};

	/* A question that ends a doubt is not the phase's. */
	if (unit->purpose != C_MODBUS_FOR_PHASE) {
		take_fault(unit);
		return;
	}
	unit->try_count = 0;
	switch (unit->phase) {
	case C_MODBUS_PHASE_SCAN: c_modbus_identify_take(unit->identify, NULL, 0); break;
	case C_MODBUS_PHASE_CHAIN: c_modbus_chain_take(unit->chain, NULL); break;
	case C_MODBUS_PHASE_IDENTITY: take_identity(unit, &none); break;
	case C_MODBUS_PHASE_READ: take_refusal(unit); break;
	default: break;
	}
}

static void take_exception(struct c_modbus_unit *unit, int64_t now_boot_ns)
{
	switch (unit->exception) {
	case C_MODBUS_EXCEPTION_ACKNOWLEDGE:
	case C_MODBUS_EXCEPTION_BUSY: take_busy(unit, now_boot_ns); break;
	case C_MODBUS_EXCEPTION_NO_PATH:
	case C_MODBUS_EXCEPTION_NO_ANSWER: take_gateway(unit); break;
	case C_MODBUS_EXCEPTION_FAILURE:
		if (unit->phase == C_MODBUS_PHASE_READ)
			take_fault(unit);
		else
			take_unknown(unit);
		break;
	default: take_unknown(unit); break;
	}
}

/* ---- Silence ------------------------------------------------------------------------------------------------------------------------ */

/* While it is recognised, silence is an answer: many units say nothing to what they do not know. */
static bool is_silence_told(struct c_modbus_unit *unit)
{
	if (unit->phase != C_MODBUS_PHASE_SCAN)
		return false;
	c_modbus_identify_silence(unit->identify);
	return true;
}

static void take_nothing(struct c_modbus_unit *unit, enum c_modbus_outcome outcome)
{
	unsigned number = unit->plan->unit;
	double timeout_s = c_modbus_unit_timeout_ms(unit) / 1e3;

	c_modbus_unit_doubt(unit);
	if (unit->is_on_probation) {
		c_modbus_unit_restart(unit);
		return;
	}
	if ((unit->purpose == C_MODBUS_FOR_PHASE && is_silence_told(unit)) || try_again(unit))
		return;
	if (outcome == C_MODBUS_GOT_GARBAGE)
		c_modbus_unit_set_failure(
		    unit, DEVICE_LYING,
		    "what comes is no answer of unit %u to what it was asked (noise, two masters, wrong speed or parity?)", number);
	else if (outcome == C_MODBUS_GOT_LOST)
		c_modbus_unit_set_failure(unit, DEVICE_SILENT, "the connection was lost before unit %u answered", number);
	else
		c_modbus_unit_set_failure(unit, DEVICE_SILENT, "unit %u does not answer within %g s (unit id, wiring, speed, parity?)",
					  number, timeout_s);
}

static void note_latency(struct c_modbus_unit *unit, int64_t now_boot_ns)
{
	int64_t took_us = (now_boot_ns - unit->sent_boot_ns) / 1000;

	if (unit->latency_us == 0)
		unit->latency_us = (uint32_t)(took_us < 1 ? 1 : took_us > UINT32_MAX ? UINT32_MAX : took_us);
	unit->is_answered = true;
}

/* The answer that was waited for by its length, whatever it says. */
static void take_other_length(struct c_modbus_unit *unit)
{
	unit->is_on_probation = unit->purpose == C_MODBUS_TO_SYNC && !unit->is_in_step;
	unit->is_in_doubt = false;
	unit->lost_count = 0;
	unit->try_count = 0;
}

static void take_believed(struct c_modbus_unit *unit, enum c_modbus_outcome outcome, const struct c_modbus_answer *answer,
			  int64_t now_boot_ns)
{
	/* What was lost were questions that it answers with registers: this refusal is of the present one. */
	bool is_of_request = unit->exception > 0 && unit->exception <= C_MODBUS_EXCEPTION_VALUE;

	if (outcome == C_MODBUS_GOT_ANSWER)
		c_modbus_unit_remember(unit, answer);
	if (unit->purpose != C_MODBUS_FOR_PHASE && (outcome == C_MODBUS_GOT_ANSWER || is_of_request))
		take_other_length(unit);
	else if (outcome == C_MODBUS_GOT_ANSWER)
		take_answer(unit, answer, now_boot_ns);
	else
		take_exception(unit, now_boot_ns);
}

bool c_modbus_unit_take(struct c_modbus_unit *unit, enum c_modbus_outcome outcome, const struct c_modbus_answer *answer,
			int64_t now_boot_ns)
{
	bool is_answer = outcome == C_MODBUS_GOT_ANSWER || outcome == C_MODBUS_GOT_EXCEPTION;
	enum c_modbus_belief belief = C_MODBUS_BELIEVED;

	if (unit->phase == C_MODBUS_PHASE_NONE)
		return is_answer;
	unit->not_before_ns = 0;
	if (!is_answer) {
		take_nothing(unit, outcome);
		return false;
	}
	note_latency(unit, now_boot_ns);
	unit->exception = answer->exception;
	if (outcome == C_MODBUS_GOT_ANSWER && unit->purpose == C_MODBUS_FOR_PHASE)
		belief = c_modbus_unit_weigh(unit, answer);
	if (belief == C_MODBUS_BELIEVED)
		take_believed(unit, outcome, answer, now_boot_ns);
	else if (belief == C_MODBUS_NOT_BELIEVED)
		take_nothing(unit, C_MODBUS_GOT_GARBAGE);
	return belief != C_MODBUS_NOT_BELIEVED;
}
