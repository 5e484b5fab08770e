/* SPDX-License-Identifier: Apache-2.0 */
/* unit_doubt: what keeps an answer from being taken for that to another question. */
#include "modbus/unit_priv.h"

#include <string.h>

void c_modbus_unit_doubt(struct c_modbus_unit *unit)
{
	unit->is_in_doubt = true;
	unit->is_repeat = false;
	unit->is_doubtful = false;
	if (unit->trouble < C_MODBUS_TROUBLE)
		unit->trouble++;
	for (size_t i = 0; i < unit->lost_count; i++)
		if (unit->lost[i] == unit->request.count)
			return;
	if (unit->lost_count == C_MODBUS_LOST_MAX) {
		memmove(unit->lost, unit->lost + 1, C_MODBUS_LOST_MAX - 1);
		unit->lost_count--;
	}
	unit->lost[unit->lost_count++] = (uint8_t)unit->request.count;
}

/* ---- Another length ----------------------------------------------------------------------------------------------------------------- */

static bool is_lost(const struct c_modbus_unit *unit, uint16_t count)
{
	for (size_t i = 0; i < unit->lost_count; i++)
		if (unit->lost[i] == count)
			return true;
	return false;
}

/* No request of this length can have an answer on its way: neither a lost one nor, on probation, one of this reading. */
static bool is_free(const struct c_modbus_unit *unit, const struct c_modbus_blocks *blocks, uint16_t count)
{
	for (size_t i = 0; blocks != NULL && unit->is_on_probation && i < blocks->block_count; i++)
		if (blocks->block[i].count == count)
			return false;
	return !is_lost(unit, count);
}

/* A beginning of a block that ends with a span. */
static bool find_other_length(const struct c_modbus_unit *unit, const struct c_modbus_blocks *blocks, const struct c_modbus_block *block,
			      struct c_modbus_request *request)
{
	for (size_t i = block->first; i < (size_t)block->first + block->span_count; i++) {
		const struct c_modbus_span *span = &blocks->span[i];
		uint16_t count = (uint16_t)(span->address + span->count - block->address);

		if (count > MODBUS_REGISTERS_MAX || !is_free(unit, blocks, count))
			continue;
		request->function = block->function;
		request->address = block->address;
		request->count = count;
		return true;
	}
	return false;
}

/* Without any block of another length: one register more or less than the first, though it may be refused. */
bool c_modbus_unit_make_sync(const struct c_modbus_unit *unit, struct c_modbus_request *request)
{
	const struct c_modbus_blocks *blocks = unit->shape == NULL ? NULL : c_modbus_shape_blocks(unit->shape);

	if (unit->phase == C_MODBUS_PHASE_SCAN || (blocks == NULL && unit->phase != C_MODBUS_PHASE_CHAIN))
		return false;
	for (size_t i = 0; blocks != NULL && i < blocks->block_count; i++)
		if (find_other_length(unit, blocks, &blocks->block[i], request))
			return true;
	request->function = blocks != NULL ? blocks->block[0].function : C_MODBUS_READ_HOLDING;
	request->address = blocks != NULL ? blocks->block[0].address : (uint16_t)unit->chain->address;
	for (request->count = 1; request->count < MODBUS_REGISTERS_MAX && !is_free(unit, blocks, request->count);)
		request->count++;
	return true;
}

/* ---- Once more ---------------------------------------------------------------------------------------------------------------------- */

void c_modbus_unit_restart(struct c_modbus_unit *unit)
{
	unit->is_on_probation = false;
	unit->is_in_doubt = true;
	unit->is_repeat = false;
	unit->is_doubtful = false;
	unit->block_at = 0;
	unit->identity_at = 0;
	unit->dated_boot_ns = 0;
	unit->is_dated_by_counter = false;
	memset(unit->identity_new, 0, sizeof unit->identity_new);
	if (unit->shape != NULL)
		c_modbus_shape_begin(unit->shape);
	if (unit->chain != NULL) {
		*unit->chain = (struct c_modbus_chain){0};
		unit->phase = C_MODBUS_PHASE_CHAIN;
	}
	/* What it refused may have been refused to another question: all is asked for at the next reading. */
	unit->survey_due_ns = 0;
	if (++unit->restart_count > unit->plan->retries)
		c_modbus_unit_set_failure(unit, DEVICE_LYING, "answers of unit %u come late or twice: nothing it says can be believed",
					  (unsigned)unit->plan->unit);
}

void c_modbus_unit_disturb(struct c_modbus_unit *unit)
{
	if (unit->is_on_probation)
		c_modbus_unit_restart(unit);
}

/* ---- Twins -------------------------------------------------------------------------------------------------------------------------- */

/* FNV-1a. */
static uint32_t hash_of(const uint8_t *bytes, size_t count)
{
	uint32_t hash = UINT32_C(2166136261);

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ bytes[i]) * UINT32_C(16777619);
	return hash;
}

static struct c_modbus_seen see(const struct c_modbus_unit *unit, const struct c_modbus_answer *answer)
{
	const struct c_modbus_request *request = &unit->request;

	return (struct c_modbus_seen){hash_of(answer->data, answer->data_bytes), request->address, request->function,
				      (uint8_t)request->count};
}

void c_modbus_unit_remember(struct c_modbus_unit *unit, const struct c_modbus_answer *answer)
{
	if (!unit->is_in_step && unit->request.function != C_MODBUS_ENCAPSULATED)
		unit->seen[unit->seen_at++ % C_MODBUS_SEEN_MAX] = see(unit, answer);
}

static bool is_twin(const struct c_modbus_unit *unit, const struct c_modbus_answer *answer)
{
	struct c_modbus_seen fresh = see(unit, answer);

	for (size_t i = 0; i < C_MODBUS_SEEN_MAX; i++) {
		const struct c_modbus_seen *seen = &unit->seen[i];

		if (seen->hash == fresh.hash && seen->function == fresh.function && seen->count == fresh.count &&
		    seen->address != fresh.address)
			return true;
	}
	return false;
}

enum c_modbus_belief c_modbus_unit_weigh(struct c_modbus_unit *unit, const struct c_modbus_answer *answer)
{
	bool was_twin = unit->is_repeat;

	if (unit->is_in_step || unit->request.function == C_MODBUS_ENCAPSULATED)
		return C_MODBUS_BELIEVED;
	unit->is_repeat = !was_twin && is_twin(unit, answer);
	if (unit->is_repeat)
		return C_MODBUS_ASKED_AGAIN;
	/* The first one was another question's then, and its own is still on its way. */
	return was_twin && !is_twin(unit, answer) ? C_MODBUS_NOT_BELIEVED : C_MODBUS_BELIEVED;
}
