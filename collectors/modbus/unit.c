/* SPDX-License-Identifier: Apache-2.0 */
/* unit: the course of a reading: phases, doubt, retries, and its end. What an answer means in a phase: unit_take.c. */
#include "modbus/unit.h"

#include "base/mem.h"
#include "base/text.h"
#include "modbus/unit_priv.h"
#include "model/units.h"
#include "wire/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Serial numbers are compared this often, and refused registers tried again. */
#define UNIT_SURVEY_NS (3600 * UNITS_NS_PER_S)

struct c_modbus_unit *c_modbus_unit_new(const struct c_modbus_shared *shared, uint32_t number)
{
	struct c_modbus_unit *unit = mem_new(sizeof *unit);

	if (unit == NULL)
		return NULL;
	unit->shared = shared;
	unit->plan = &shared->plan->device[number];
	unit->number = number;
	unit->is_in_step = shared->plan->bus[unit->plan->bus].link == MODBUS_TCP;
	if (unit->plan->driver != PLAN_MODBUS_AUTO)
		unit->driver = &shared->plan->driver[unit->plan->driver];
	return unit;
}

struct c_modbus_unit *c_modbus_unit_free(struct c_modbus_unit *unit)
{
	if (unit == NULL)
		return NULL;
	c_modbus_shape_free(unit->shape);
	c_modbus_identify_free(unit->identify);
	mem_free(unit->chain);
	return mem_free(unit);
}

void c_modbus_unit_set_failure(struct c_modbus_unit *unit, enum device_state state, const char *fmt, ...)
{
	va_list list;

	if (unit->failure != DEVICE_STARTING)
		return;
	unit->failure = state;
	va_start(list, fmt);
	(void)vsnprintf(unit->failure_text, sizeof unit->failure_text, fmt, list);
	va_end(list);
}

/* ---- Beginning ---------------------------------------------------------------------------------------------------------------------- */

static bool has_models(const struct plan_modbus_driver *driver)
{
	for (uint8_t g = 0; g < driver->group_count; g++)
		if (driver->group[g].model_count > 0)
			return true;
	return false;
}

/* The first phase of a unit whose driver is known. A shape is made anew when the survey is due, so that refused registers are tried again. */
static enum c_modbus_phase begin_survey(struct c_modbus_unit *unit, int64_t now_boot_ns)
{
	static const int32_t no_models[PLAN_MODBUS_GROUPS_MAX] = {0};
	struct c_modbus_shape_source source = {unit->driver, unit->plan, no_models, unit->is_in_step};

	unit->identity_at = 0;
	if (has_models(unit->driver)) {
		mem_free(unit->chain);
		unit->chain = mem_new(sizeof *unit->chain);
		return unit->chain == NULL ? C_MODBUS_PHASE_NONE : C_MODBUS_PHASE_CHAIN;
	}
	if (now_boot_ns >= unit->survey_due_ns)
		unit->shape = c_modbus_shape_free(unit->shape);
	if (unit->shape == NULL)
		unit->shape = c_modbus_shape_new(&source);
	return unit->shape == NULL ? C_MODBUS_PHASE_NONE : C_MODBUS_PHASE_IDENTITY;
}

/* A unit that is known is surveyed, and its driver says what it is known by. */
static bool is_check_due(const struct c_modbus_unit *unit, int64_t now_boot_ns)
{
	return unit->shape != NULL && now_boot_ns >= unit->survey_due_ns && unit->failed_count == 0 && !unit->is_in_doubt &&
	       unit->driver->rule_count > 0;
}

static enum c_modbus_phase first_phase(struct c_modbus_unit *unit, int64_t now_boot_ns)
{
	if (unit->driver == NULL) {
		c_modbus_identify_free(unit->identify);
		unit->identify = c_modbus_identify_new(unit->shared->plan->driver, unit->shared->plan->driver_count);
		return unit->identify == NULL ? C_MODBUS_PHASE_NONE : C_MODBUS_PHASE_SCAN;
	}
	if (unit->shape != NULL && now_boot_ns < unit->survey_due_ns && unit->failed_count == 0)
		return C_MODBUS_PHASE_READ;
	if (is_check_due(unit, now_boot_ns)) {
		c_modbus_identify_free(unit->identify);
		unit->identify = c_modbus_identify_new_check(unit->driver);
		if (unit->identify != NULL) /* without memory it is read without being checked */
			return C_MODBUS_PHASE_SCAN;
	}
	return begin_survey(unit, now_boot_ns);
}

void c_modbus_unit_begin(struct c_modbus_unit *unit, uint32_t failed_count, int64_t now_boot_ns)
{
	unit->failed_count = failed_count > UINT8_MAX ? UINT8_MAX : (uint8_t)failed_count;
	unit->is_answered = false;
	unit->trouble_before = unit->trouble;
	unit->trouble = 0;
	unit->is_on_probation = false;
	unit->is_repeat = false;
	unit->is_doubtful = false;
	unit->purpose = C_MODBUS_FOR_PHASE;
	unit->try_count = 0;
	unit->restart_count = 0;
	unit->block_at = 0;
	unit->refused_count = 0;
	unit->latency_us = 0;
	unit->not_before_ns = 0;
	unit->dated_boot_ns = 0;
	unit->is_dated_by_counter = false;
	unit->failure = DEVICE_STARTING;
	unit->failure_text[0] = '\0';
	unit->phase = first_phase(unit, now_boot_ns);
	if (unit->phase == C_MODBUS_PHASE_NONE)
		c_modbus_unit_fail(unit, DEVICE_UNREADABLE, "out of memory for its registers");
	else if (unit->shape != NULL)
		c_modbus_shape_begin(unit->shape);
}

bool c_modbus_unit_is_reading(const struct c_modbus_unit *unit)
{
	return unit->phase != C_MODBUS_PHASE_NONE;
}

/* ---- Requests ----------------------------------------------------------------------------------------------------------------------- */

static const struct plan_modbus_register *identity_register(const struct c_modbus_unit *unit)
{
	const struct plan_modbus_identity *identity = &unit->driver->identity;
	const struct plan_modbus_register *const reg[] = {&identity->vendor, &identity->model, &identity->serial, &identity->firmware};

	return reg[unit->identity_at];
}

/* false: all that tells who it is has been asked. */
static bool next_identity(struct c_modbus_unit *unit, struct c_modbus_request *request)
{
	int32_t base = unit->chain != NULL ? c_modbus_chain_find(unit->chain, 1) : 0;

	for (; unit->identity_at < C_MODBUS_IDENTITY_COUNT; unit->identity_at++) {
		const struct plan_modbus_register *reg = identity_register(unit);

		if (reg->function == 0 || base < 0)
			continue;
		request->function = reg->function;
		request->address = (uint16_t)(reg->address + base);
		request->count = reg->type == MODBUS_TEXT ? reg->text_registers : modbus_type_registers(reg->type);
		return true;
	}
	if (unit->identity_at == C_MODBUS_IDENTITY_COUNT && unit->driver->identity.is_device_id) {
		request->function = C_MODBUS_ENCAPSULATED;
		request->address = 0;
		request->count = 0;
		return true;
	}
	return false;
}

static bool next_block(struct c_modbus_unit *unit, struct c_modbus_request *request)
{
	const struct c_modbus_blocks *blocks = c_modbus_shape_blocks(unit->shape);

	while (unit->block_at < blocks->block_count && blocks->block[unit->block_at].span_count == 0)
		unit->block_at++;
	if (unit->block_at >= blocks->block_count)
		return false;
	request->function = blocks->block[unit->block_at].function;
	request->address = blocks->block[unit->block_at].address;
	request->count = blocks->block[unit->block_at].count;
	return true;
}

/* The models are found: what the driver makes of them. false: the unit has none of them. */
static bool end_chain(struct c_modbus_unit *unit)
{
	int32_t base[PLAN_MODBUS_GROUPS_MAX];
	struct c_modbus_shape_source source = {unit->driver, unit->plan, base, unit->is_in_step};
	bool is_any = false;

	for (uint8_t g = 0; g < unit->driver->group_count; g++) {
		const struct plan_modbus_group *group = &unit->driver->group[g];

		base[g] = group->model_count == 0 ? 0 : C_MODBUS_BASE_NONE;
		for (uint8_t i = 0; i < group->model_count && base[g] == C_MODBUS_BASE_NONE; i++)
			base[g] = c_modbus_chain_find(unit->chain, group->model[i]);
		is_any = is_any || (group->model_count > 0 && base[g] != C_MODBUS_BASE_NONE);
	}
	if (!is_any) {
		c_modbus_unit_set_failure(unit, DEVICE_REFUSED,
					  unit->chain->has_marker ? "its SunSpec chain has none of the models that driver %s reads"
								  : "no SunSpec marker at 40000, 0 or 50000 (driver %s needs one)",
					  unit->driver->name);
		return false;
	}
	unit->shape = c_modbus_shape_free(unit->shape);
	unit->shape = c_modbus_shape_new(&source);
	if (unit->shape == NULL)
		c_modbus_unit_set_failure(unit, DEVICE_UNREADABLE, "out of memory for its registers");
	return unit->shape != NULL;
}

static void copy_object(struct c_modbus_unit *unit, enum c_modbus_identity at, unsigned object)
{
	const char *text = c_modbus_identify_object(unit->identify, object);

	if (text[0] != '\0')
		(void)text_copy(unit->identity[at], METER_IDENTITY_BYTES, text);
}

/* Its driver was named, or recognised before: does it fit still? Where an answer is missing, what was known holds on. */
static void end_check(struct c_modbus_unit *unit)
{
	bool fits = c_modbus_identify_result(unit->identify) != UINT32_MAX;

	unit->has_fit |= fits;
	if (fits || c_modbus_identify_is_sure(unit->identify))
		unit->is_unfit = unit->has_fit && !fits;
}

/* The driver is found, or the reading ends with what is known. */
static bool end_scan(struct c_modbus_unit *unit)
{
	uint32_t found = c_modbus_identify_result(unit->identify);
	const char *candidates = c_modbus_identify_candidates(unit->identify);

	if (unit->driver != NULL) {
		end_check(unit);
		return true;
	}
	copy_object(unit, C_MODBUS_VENDOR, 0);
	copy_object(unit, C_MODBUS_MODEL, 1);
	copy_object(unit, C_MODBUS_MODEL, 5);
	copy_object(unit, C_MODBUS_FIRMWARE, 2);
	if (found != UINT32_MAX) {
		unit->has_fit = true;
		unit->driver = &unit->shared->plan->driver[found];
		return true;
	}
	if (!unit->is_answered)
		c_modbus_unit_set_failure(unit, DEVICE_SILENT, "unit %u does not answer (unit id, address, speed and parity?)",
					  (unsigned)unit->plan->unit);
	else if (candidates[0] != '\0')
		c_modbus_unit_set_failure(unit, DEVICE_REFUSED,
					  WIRE_REASON_NO_DRIVER " for certain; by its voltage " WIRE_REASON_MAY_BE "%s", candidates);
	else
		c_modbus_unit_set_failure(unit, DEVICE_REFUSED, WIRE_REASON_NO_DRIVER);
	return false;
}

/* Goes on to the next phase that has a request. false: there is none, the reading is over. */
static bool next_of_phase(struct c_modbus_unit *unit, struct c_modbus_request *request, int64_t now_boot_ns)
{
	for (;;) {
		switch (unit->phase) {
		case C_MODBUS_PHASE_SCAN:
			if (c_modbus_identify_next(unit->identify, request))
				return true;
			if (!end_scan(unit))
				return false;
			unit->phase = begin_survey(unit, now_boot_ns);
			break;
		case C_MODBUS_PHASE_CHAIN:
			if (c_modbus_chain_next(unit->chain, request))
				return true;
			if (!end_chain(unit))
				return false;
			unit->phase = C_MODBUS_PHASE_IDENTITY;
			break;
		case C_MODBUS_PHASE_IDENTITY:
			if (next_identity(unit, request))
				return true;
			unit->survey_due_ns = now_boot_ns + UNIT_SURVEY_NS;
			c_modbus_shape_begin(unit->shape);
			unit->phase = C_MODBUS_PHASE_READ;
			break;
		case C_MODBUS_PHASE_READ: return next_block(unit, request);
		default: return false;
		}
	}
}

bool c_modbus_unit_next(struct c_modbus_unit *unit, struct c_modbus_request *request, int64_t *not_before_ns, int64_t now_boot_ns)
{
	bool is_over = unit->failure != DEVICE_STARTING;

	if (unit->phase == C_MODBUS_PHASE_NONE)
		return false;
	*request = (struct c_modbus_request){.unit = unit->plan->unit};
	unit->purpose = C_MODBUS_FOR_PHASE;
	if (!is_over && unit->is_in_doubt && c_modbus_unit_make_sync(unit, request)) {
		unit->purpose = C_MODBUS_TO_SYNC;
	} else if (!is_over && next_of_phase(unit, request, now_boot_ns)) {
		unit->purpose = C_MODBUS_FOR_PHASE;
	} else if (unit->failure == DEVICE_STARTING && unit->is_on_probation && c_modbus_unit_make_sync(unit, request)) {
		unit->purpose = C_MODBUS_TO_CONFIRM;
	} else {
		c_modbus_unit_end(unit);
		return false;
	}
	unit->request = *request;
	*not_before_ns = unit->not_before_ns;
	return true;
}

void c_modbus_unit_sent(struct c_modbus_unit *unit, int64_t now_boot_ns)
{
	unit->sent_boot_ns = now_boot_ns;
}

/* ---- The end ------------------------------------------------------------------------------------------------------------------------ */

static void tell_meter(void *context, uint32_t meter, const struct meter_info *info)
{
	const struct c_modbus_unit *unit = context;

	unit->shared->host.put_meter(unit->shared->host.context, unit->number, meter, info);
}

static enum device_state judge(struct c_modbus_unit *unit, const struct c_modbus_shape_result *result)
{
	if (result->sample_count == 0) {
		c_modbus_unit_set_failure(unit, result->refused_count > 0 ? DEVICE_REFUSED : DEVICE_LYING,
					  result->refused_count > 0 ? "it refuses all registers of driver %s (wrong driver or unit id?)"
								    : "none of the values that driver %s knows is a number",
					  unit->driver != NULL ? unit->driver->name : "?");
		return unit->failure;
	}
	if (unit->is_unfit)
		c_modbus_unit_set_failure(unit, DEVICE_PARTIAL,
					  WIRE_REASON_DRIVER_UNFIT
					  ": no rule of driver %s holds for it any more (other firmware, or another "
					  "device?); it is read by it all the same",
					  unit->driver->name);
	if (result->refused_count > 0)
		c_modbus_unit_set_failure(unit, DEVICE_PARTIAL,
					  "%u registers of driver %s are refused, the first at %u (0x%04X): is it this model?",
					  (unsigned)result->refused_count, unit->driver->name, (unsigned)result->refused_address,
					  (unsigned)result->refused_address);
	if (result->missing_count > 0)
		c_modbus_unit_set_failure(unit, DEVICE_PARTIAL, "%u values that the device had before are missing or no numbers",
					  (unsigned)result->missing_count);
	return unit->failure == DEVICE_STARTING ? DEVICE_UP : DEVICE_PARTIAL;
}

static void believe_identity(struct c_modbus_unit *unit)
{
	for (size_t i = 0; i < C_MODBUS_IDENTITY_COUNT; i++) {
		if (unit->identity_new[i][0] == '\0' || strcmp(unit->identity[i], unit->identity_new[i]) == 0)
			continue;
		memcpy(unit->identity[i], unit->identity_new[i], METER_IDENTITY_BYTES);
		unit->shared->host.mark_changed(unit->shared->host.context, unit->number);
	}
	memset(unit->identity_new, 0, sizeof unit->identity_new);
}

void c_modbus_unit_end(struct c_modbus_unit *unit)
{
	const struct c_modbus_host *host = &unit->shared->host;
	struct c_modbus_shape_teller teller = {tell_meter, unit};
	struct c_modbus_shape_result result = {0};
	enum device_state state;

	if (!unit->is_on_probation)
		believe_identity(unit);
	/* A driver that was only just recognised describes the device before its meters. */
	if (unit->phase == C_MODBUS_PHASE_READ && unit->dated_boot_ns != 0 && !unit->is_on_probation)
		c_modbus_shape_read(unit->shape, unit->number, unit->dated_boot_ns, &teller, unit->shared->sample, &result);
	state = judge(unit, &result);
	if (strcmp(unit->reason, unit->failure_text) != 0) {
		(void)text_copy(unit->reason, sizeof unit->reason, unit->failure_text);
		host->mark_changed(host->context, unit->number);
	}
	unit->phase = C_MODBUS_PHASE_NONE;
	if (state > DEVICE_PARTIAL)
		unit->trouble = C_MODBUS_TROUBLE;
	unit->identify = c_modbus_identify_free(unit->identify);
	host->end_read(host->context, unit->number, state, unit->latency_us, unit->shared->sample, result.sample_count);
}

void c_modbus_unit_fail(struct c_modbus_unit *unit, enum device_state state, const char *reason)
{
	c_modbus_unit_set_failure(unit, state, "%s", reason);
	c_modbus_unit_end(unit);
}

/* ---- Looking ------------------------------------------------------------------------------------------------------------------------ */

uint32_t c_modbus_unit_timeout_ms(const struct c_modbus_unit *unit)
{
	uint32_t least_ms = unit->driver != NULL ? unit->driver->timeout_ms : 0;

	return unit->plan->timeout_ms > least_ms ? unit->plan->timeout_ms : least_ms;
}

uint32_t c_modbus_unit_gap_ms(const struct c_modbus_unit *unit)
{
	return unit->driver != NULL ? unit->driver->gap_ms : 0;
}

uint32_t c_modbus_unit_quiet_ms(const struct c_modbus_unit *unit)
{
	uint32_t own_ms = unit->driver != NULL ? unit->driver->quiet_ms : 0;

	return own_ms > 0 ? own_ms : c_modbus_unit_timeout_ms(unit);
}

bool c_modbus_unit_is_troubled(const struct c_modbus_unit *unit)
{
	/* Where each is looked at once, nobody has to wait for those that are not there. */
	return !unit->shared->plan->is_scan && unit->trouble + unit->trouble_before >= C_MODBUS_TROUBLE;
}

bool c_modbus_unit_has_more(const struct c_modbus_unit *unit)
{
	return unit->phase != C_MODBUS_PHASE_READ || unit->purpose != C_MODBUS_FOR_PHASE || unit->is_in_doubt || unit->is_on_probation ||
	       unit->block_at + 1u < c_modbus_shape_blocks(unit->shape)->block_count;
}

uint8_t c_modbus_unit_address(const struct c_modbus_unit *unit)
{
	return unit->plan->unit;
}

uint32_t c_modbus_unit_number(const struct c_modbus_unit *unit)
{
	return unit->number;
}

void c_modbus_unit_describe(const struct c_modbus_unit *unit, struct wire_device *out)
{
	const struct plan_modbus_driver *driver = unit->driver;
	const char *vendor = unit->identity[C_MODBUS_VENDOR];
	const char *model = unit->identity[C_MODBUS_MODEL];

	(void)text_copy(out->reason, sizeof out->reason, unit->reason);
	(void)text_copy(out->serial, sizeof out->serial, unit->identity[C_MODBUS_SERIAL]);
	(void)text_copy(out->firmware, sizeof out->firmware, unit->identity[C_MODBUS_FIRMWARE]);
	if (driver != NULL) {
		vendor = vendor[0] != '\0' ? vendor : driver->vendor;
		model = model[0] != '\0' ? model : driver->family;
		(void)text_copy(out->driver, sizeof out->driver, driver->name);
		memcpy(out->driver_sha256, driver->sha256, sizeof out->driver_sha256);
	}
	text_clean(out->vendor, sizeof out->vendor, vendor, strlen(vendor));
	text_clean(out->model, sizeof out->model, model, strlen(model));
	out->expected_count = unit->shape != NULL ? c_modbus_shape_summand_count(unit->shape) : 0;
	out->is_expected_learned = unit->shape != NULL;
}
