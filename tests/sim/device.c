/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MS_PER_S 1000
#define MS_PER_TICK 10
#define HISTORY_COUNT_MIN 1000
#define HISTORY_COUNT_SPAN 1000000
#define SWAP_COUNT 2000000 /* more than HISTORY_COUNT_SPAN: new hardware always stands higher */
#define UPTIME_MIN_S 864000
#define UPTIME_SPAN_S 864000
#define UPS_EFFICIENCY 0.94
#define POWER_FACTOR 0.95
#define NOMINAL_V 230
#define NOMINAL_V_SPAN 5
#define NOMINAL_HZ 50.0
#define TEMPERATURE_C 24.5

/* Seeds of the numbers that are drawn per device. */
enum { DRAW_POWER = 1, DRAW_BYTES, DRAW_UPTIME, DRAW_SERIAL, DRAW_COUNTER };

static uint64_t draw(const struct sim_device *device, uint64_t what)
{
	return sim_mix(device->seed ^ sim_mix((uint64_t)device->number << 32 | what));
}

void sim_device_init(struct sim_device *device, const struct sim_tree *tree, uint32_t number, uint64_t seed, enum sim_shape shape)
{
	const struct sim_model *model = tree->model;

	*device = (struct sim_device){.tree = tree, .number = number, .seed = seed, .frozen_t_s = -1};
	device->power_w = sim_curve_make(shape, model->power_min_w, model->power_max_w, draw(device, DRAW_POWER));
	device->bytes_per_s = sim_curve_make(shape, model->bytes_per_s_min, model->bytes_per_s_max, draw(device, DRAW_BYTES));
	device->started_ms = -(int64_t)(UPTIME_MIN_S + draw(device, DRAW_UPTIME) % UPTIME_SPAN_S) * MS_PER_S;
}

static void rebase(struct sim_device *device, enum sim_counter_base base, double t_s)
{
	device->base = base;
	device->base_t_s = t_s;
}

void sim_device_set_fault(struct sim_device *device, const struct sim_fault *fault, const struct sim_moment *now)
{
	switch (fault->kind) {
	case SIM_FAULT_RESET:
		rebase(device, SIM_BASE_ZERO, now->t_s);
		device->started_ms = now->real_ms;
		return;
	case SIM_FAULT_WRAP:
		rebase(device, SIM_BASE_TOP, now->t_s);
		device->base_left = fault->value;
		return;
	case SIM_FAULT_SWAP:
		/* the energy since the last base stays in, so that the new counters stand higher than any before */
		device->base = SIM_BASE_HISTORY;
		device->generation++;
		device->started_ms = now->real_ms;
		return;
	case SIM_FAULT_DIP: device->is_dip_pending = true; return;
	default: break;
	}
	device->fault = *fault;
	device->frozen_t_s = fault->kind == SIM_FAULT_FREEZE ? now->t_s : -1;
}

void sim_device_count_request(struct sim_device *device, const struct sim_moment *now)
{
	int64_t gap_ms = now->real_ms - device->last_poll_ms;

	if (device->request_count == 0 || now->real_ms - device->last_request_ms >= SIM_PAUSE_MS) {
		if (device->poll_count > 0 && gap_ms > device->gap_max_ms)
			device->gap_max_ms = gap_ms;
		device->last_poll_ms = now->real_ms;
		device->poll_count++;
	}
	device->last_request_ms = now->real_ms;
	device->request_count++;
}

int64_t sim_device_take_gap_ms(struct sim_device *device, const struct sim_moment *now)
{
	int64_t open_ms = now->real_ms - device->last_poll_ms;
	int64_t gap_ms = open_ms > device->gap_max_ms ? open_ms : device->gap_max_ms;

	device->gap_max_ms = 0;
	return gap_ms;
}

void sim_device_state(const struct sim_device *device, const struct sim_moment *now, struct sim_state *state)
{
	double t_s = device->frozen_t_s >= 0 ? device->frozen_t_s : now->t_s;

	state->power_w = sim_curve_rate(&device->power_w, t_s);
	state->energy_j = sim_curve_integral(&device->power_w, t_s) - sim_curve_integral(&device->power_w, device->base_t_s);
	state->bytes_per_s = sim_curve_rate(&device->bytes_per_s, t_s);
	state->bytes = sim_curve_integral(&device->bytes_per_s, t_s) - sim_curve_integral(&device->bytes_per_s, device->base_t_s);
	state->uptime_ms = now->real_ms - device->started_ms;
	state->is_dip = device->is_dip_pending;
}

static uint64_t counter_mask(uint8_t bits)
{
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

double sim_instance_step(const struct sim_instance *instance)
{
	double step =
	    instance->column->what == SIM_WHAT_SENSOR && instance->sensor != NULL ? instance->sensor->step : instance->column->step;
	return step > 0 ? step : 1;
}

uint64_t sim_device_counter_base(const struct sim_device *device, const struct sim_instance *instance)
{
	uint64_t where = (uint64_t)(instance - device->tree->instances);
	double left = ceil((double)device->base_left / sim_instance_step(instance));

	switch (device->base) {
	case SIM_BASE_ZERO: return 0;
	case SIM_BASE_TOP:
		/* the top itself is mask, so the wrap to 0 comes one step behind it */
		return counter_mask(instance->column->bits) - (uint64_t)left;
	case SIM_BASE_HISTORY: break;
	}
	return HISTORY_COUNT_MIN + draw(device, DRAW_COUNTER + where) % HISTORY_COUNT_SPAN + (uint64_t)device->generation * SWAP_COUNT;
}

static uint64_t read_counter(const struct sim_device *device, const struct sim_state *state, const struct sim_instance *instance)
{
	enum sim_what what = sim_instance_what(instance);
	double si = what == SIM_WHAT_ENERGY ? state->energy_j : state->bytes;

	if (state->is_dip)
		return 0;
	/* twice as much goes out as comes in: a mix-up of directions is seen */
	if (what == SIM_WHAT_BYTES_OUT)
		si *= 2;
	uint64_t steps = (uint64_t)floor(si * instance->share / sim_instance_step(instance));
	return (sim_device_counter_base(device, instance) + steps) & counter_mask(instance->column->bits);
}

static double read_si(const struct sim_device *device, const struct sim_state *state, const struct sim_instance *instance)
{
	double volt = NOMINAL_V + device->number % NOMINAL_V_SPAN;

	switch (sim_instance_what(instance)) {
	case SIM_WHAT_POWER: return state->power_w * instance->share;
	case SIM_WHAT_POWER_INPUT: return state->power_w * instance->share / UPS_EFFICIENCY;
	case SIM_WHAT_POWER_APPARENT: return state->power_w * instance->share / POWER_FACTOR;
	case SIM_WHAT_POWER_FACTOR: return POWER_FACTOR;
	case SIM_WHAT_VOLTAGE: return volt;
	case SIM_WHAT_CURRENT: return state->power_w * instance->share / POWER_FACTOR / volt;
	case SIM_WHAT_FREQUENCY: return NOMINAL_HZ;
	case SIM_WHAT_TEMPERATURE: return TEMPERATURE_C;
	case SIM_WHAT_LOAD: return state->power_w / device->tree->model->power_max_w;
	default: return 0;
	}
}

static void set_text(struct sim_value *value, const char *text)
{
	if (!text_copy(value->text, sizeof value->text, text))
		value->text[0] = '\0';
	value->text_bytes = strlen(value->text);
}

static void read_text(const struct sim_device *device, const struct sim_instance *instance, struct sim_value *value)
{
	char text[SIM_NAME_BYTES] = "";

	if (instance->column->what == SIM_WHAT_NAME)
		sim_device_print_name(device, text);
	if (instance->column->what == SIM_WHAT_SERIAL)
		sim_device_print_serial(device, text);
	if (instance->column->what == SIM_WHAT_PART_NAME)
		snprintf(text, sizeof text, "%s%zu", instance->column->text, instance->part + 1);
	set_text(value, text[0] != '\0' ? text : instance->column->text);
}

static void set_number(struct sim_value *value, int64_t number)
{
	value->number = number;
	value->count = number < 0 ? 0 : (uint64_t)number;
}

/* A text that is too long is cut. */
static void read_recorded(const struct sim_column *column, struct sim_value *value)
{
	value->number = column->number;
	value->count = (uint64_t)column->number;
	value->text_bytes = column->text_bytes < sizeof value->text ? column->text_bytes : sizeof value->text - 1;
	if (value->text_bytes > 0)
		memcpy(value->text, column->text, value->text_bytes);
	value->text[value->text_bytes] = '\0';
}

void sim_device_read(const struct sim_device *device, const struct sim_state *state, const struct sim_instance *instance,
		     struct sim_value *value)
{
	enum sim_what what = sim_instance_what(instance);

	value->tag = instance->column->tag;
	if (what == SIM_WHAT_RECORDED) {
		read_recorded(instance->column, value);
		return;
	}
	if (value->tag == BER_OCTETS || value->tag == BER_OID) {
		read_text(device, instance, value);
		return;
	}
	switch (what) {
	case SIM_WHAT_NUMBER: set_number(value, instance->column->number); return;
	case SIM_WHAT_UPTIME: set_number(value, state->uptime_ms / MS_PER_TICK & UINT32_MAX); return;
	case SIM_WHAT_PART: set_number(value, (int64_t)instance->part + 1); return;
	case SIM_WHAT_SENSOR_UNIT: set_number(value, instance->sensor->unit); return;
	case SIM_WHAT_SENSOR_DIGITS: set_number(value, instance->sensor->digits); return;
	default: break;
	}
	if (!sim_what_is_counter(what)) {
		set_number(value, llround(read_si(device, state, instance) / sim_instance_step(instance)));
		return;
	}
	value->count = read_counter(device, state, instance);
	value->number = (int64_t)value->count;
}

double sim_device_true_energy(const struct sim_device *device, double t_s)
{
	return sim_curve_integral(&device->power_w, t_s);
}

double sim_device_true_bytes(const struct sim_device *device, double t_s)
{
	return sim_curve_integral(&device->bytes_per_s, t_s);
}

void sim_device_print_name(const struct sim_device *device, char out[static SIM_NAME_BYTES])
{
	snprintf(out, SIM_NAME_BYTES, "%s-%05u", device->tree->model->name, device->number);
}

void sim_device_print_serial(const struct sim_device *device, char out[static SIM_NAME_BYTES])
{
	unsigned int mark = (unsigned int)(draw(device, DRAW_SERIAL) & 0xffff);

	snprintf(out, SIM_NAME_BYTES, "%s%04X%05u%c", device->tree->model->prefix, mark, device->number,
		 'A' + (int)(device->generation % 26));
}
