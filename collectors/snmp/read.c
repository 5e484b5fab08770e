/* SPDX-License-Identifier: Apache-2.0 */
/* read: the reading of a device whose shape is known: prepared GETs out, values in. */
#include "snmp/device_priv.h"
#include "snmp/read_priv.h"

#include "base/mem.h"
#include "snmp/oid.h"

#include <math.h>
#include <string.h>

/* Room for `count` items; keeps larger arrays of earlier reads. */
static bool make_room(void **array, size_t *capacity, size_t count, size_t item_bytes)
{
	void *larger;

	if (count <= *capacity)
		return true;
	larger = mem_resize_array(*array, count, item_bytes);
	if (larger == NULL)
		return false;
	*array = larger;
	*capacity = count;
	return true;
}

bool c_snmp_read_begin(struct c_snmp_engine *engine, struct c_snmp_device *device)
{
	struct c_snmp_job *job = device->job;
	size_t target_count = device->shape->target_count;

	if (!make_room((void **)&engine->sample, &engine->sample_capacity, target_count + 1, sizeof *engine->sample) ||
	    !make_room((void **)&job->batch_state, &job->batch_capacity, device->batches.count, sizeof *job->batch_state) ||
	    !make_room((void **)&job->result, &job->result_capacity, target_count, sizeof *job->result)) {
		c_snmp_job_fail(job, DEVICE_UNREADABLE, "out of memory for a read");
		return false;
	}
	if (device->batches.count > 0)
		memset(job->batch_state, C_SNMP_BATCH_TODO, device->batches.count * sizeof *job->batch_state);
	if (target_count > 0)
		memset(job->result, 0, target_count * sizeof *job->result);
	job->has_uptime = false;
	job->missing_count = 0;
	job->is_repack_needed = false;
	for (size_t i = 0; i < device->batches.count; i++)
		if (device->read_count % device->batches.batch[i].every != 0)
			job->batch_state[i] = C_SNMP_BATCH_DONE;
	return true;
}

bool c_snmp_read_next(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t *batch)
{
	const struct c_snmp_job *job = device->job;
	uint32_t window = job->is_answered || job->failed_count == 0 ? device->window : 1;

	if (job->is_repack_needed || job->sent_count >= window || engine->now_ns >= job->deadline_boot_ns)
		return false;
	for (size_t i = 0; i < device->batches.count; i++)
		if (job->batch_state[i] == C_SNMP_BATCH_TODO) {
			*batch = (uint16_t)i;
			return true;
		}
	return false;
}

bool c_snmp_read_is_over(const struct c_snmp_device *device)
{
	for (size_t i = 0; i < device->batches.count; i++)
		if (device->job->batch_state[i] != C_SNMP_BATCH_DONE)
			return false;
	return true;
}

bool c_snmp_read_has_more(const struct c_snmp_device *device)
{
	for (size_t i = 0; i < device->batches.count; i++)
		if (device->job->batch_state[i] == C_SNMP_BATCH_TODO)
			return true;
	return false;
}

void c_snmp_read_stop(struct c_snmp_device *device)
{
	if (device->batches.count > 0)
		memset(device->job->batch_state, C_SNMP_BATCH_DONE, device->batches.count);
}

/* ---- Answers ---------------------------------------------------------------------------------------------------------------------- */

static size_t asked_count(const struct c_snmp_device *device, uint16_t number)
{
	return (size_t)device->batches.batch[number].count + device->batches.batch[number].has_uptime;
}

/* The device cannot answer so much at once: less a request from now on, and this reading again from its start. */
static void take_too_big(struct c_snmp_device *device, size_t asked)
{
	struct c_snmp_job *job = device->job;

	if (asked <= 1 || job->restart_count >= C_SNMP_RESTARTS_MAX) {
		c_snmp_job_fail(job, DEVICE_REFUSED, "the device says tooBig even to small requests");
		return;
	}
	device->varbinds_max = (uint8_t)(asked / 2);
	job->is_repack_needed = true;
}

/*
 * A request that came to nothing, and is larger than any that the device has answered: some devices lose such requests, or answer them
 * with an error or the first few values, instead of saying tooBig. true: it is asked for less at a time.
 */
static bool suspect_size(struct c_snmp_device *device, size_t asked)
{
	struct c_snmp_job *job = device->job;

	if (asked <= C_SNMP_VARBINDS_SURE || asked <= device->varbinds_answered || job->restart_count >= C_SNMP_RESTARTS_MAX)
		return false;
	device->varbinds_max = (uint8_t)(asked / 2);
	if (job->is_answered)
		job->is_repack_needed = true;
	else
		device->is_pack_due = true; /* it may just be away: this read is not begun anew for that */
	return job->is_answered;
}

/* The device refuses one object of the batch: the others are asked again without it, and it is left out until the next survey. */
static void take_one_refused(struct c_snmp_device *device, uint16_t number, size_t position, const struct c_snmp_reply *reply)
{
	struct c_snmp_job *job = device->job;
	struct c_snmp_batch *batch = &device->batches.batch[number];

	if (!(batch->has_uptime && position == 0)) {
		struct c_snmp_target *target = &device->shape->target[device->batches.order[batch->first + position - batch->has_uptime]];

		target->is_skipped = true;
		job->missing_count++;
		if (reply->error_status != C_SNMP_NO_SUCH_NAME)
			c_snmp_job_fail(job, DEVICE_REFUSED, "the device refuses an object: %s", c_snmp_error_name(reply->error_status));
	}
	c_snmp_batch_drop(&device->batches, number, position);
	job->batch_state[number] = batch->count + batch->has_uptime > 0 ? C_SNMP_BATCH_TODO : C_SNMP_BATCH_DONE;
}

static void take_error(struct c_snmp_device *device, uint16_t number, const struct c_snmp_reply *reply)
{
	size_t asked = asked_count(device, number);

	device->job->batch_state[number] = C_SNMP_BATCH_DONE;
	if (reply->error_status == C_SNMP_TOO_BIG)
		take_too_big(device, asked);
	else if (reply->error_index >= 1 && (size_t)reply->error_index <= asked)
		take_one_refused(device, number, (size_t)reply->error_index - 1, reply);
	else if (!suspect_size(device, asked))
		c_snmp_job_fail(device->job, DEVICE_REFUSED, "the device refuses the request: %s", c_snmp_error_name(reply->error_status));
}

static void take_uptime(struct c_snmp_job *job, const struct c_snmp_raw *raw)
{
	if (raw->kind != C_SNMP_UNSIGNED && (raw->kind != C_SNMP_SIGNED || raw->number < 0))
		return;
	job->has_uptime = true;
	job->uptime_ticks = raw->kind == C_SNMP_UNSIGNED ? raw->count : (uint64_t)raw->number;
}

/* The points of the meter that was looked at last: targets of one meter follow each other. */
struct points {
	const struct plan_point *list; /* NULL: none was looked at */
	uint16_t meter;
};

static const struct plan_point *find_point(struct points *points, const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers,
					   const struct c_snmp_target *target)
{
	if (points->list == NULL || points->meter != target->meter)
		*points = (struct points){.list = c_snmp_shape_group(shape, drivers, target)->point_list, .meter = target->meter};
	return &points->list[target->point];
}

static void take_target(struct c_snmp_job *job, const struct c_snmp_target *target, size_t number, const struct plan_point *point,
			const struct c_snmp_raw *raw)
{
	struct c_snmp_result *result = &job->result[number];

	result->is_answered = true;
	result->status = (uint8_t)c_snmp_value_convert(point, raw, target->factor, &result->reading);
	if (result->status != C_SNMP_VALUE_OK && result->status != C_SNMP_VALUE_MARK)
		job->missing_count++;
}

/* All names are checked before any value is taken. */
static bool is_as_asked(const struct c_snmp_engine *engine, const struct c_snmp_device *device, const struct c_snmp_drivers *drivers,
			uint16_t number, const struct c_snmp_reply *reply)
{
	const struct c_snmp_batch *batch = &device->batches.batch[number];
	const struct c_snmp_varbind *varbind = reply->varbind;
	const struct plan_oid *uptime = c_snmp_engine_uptime(engine, device);

	if (reply->is_as_asked)
		return true;
	if (reply->varbind_count != (size_t)batch->count + batch->has_uptime)
		return false;
	if (batch->has_uptime && c_snmp_oid_compare(varbind->name, varbind->name_length, uptime->id, uptime->length) != 0)
		return false;
	varbind += batch->has_uptime;
	for (size_t i = 0; i < batch->count; i++) {
		const struct c_snmp_target *target = &device->shape->target[device->batches.order[batch->first + i]];

		if (!c_snmp_shape_is_oid(device->shape, drivers, target, varbind[i].name, varbind[i].name_length))
			return false;
	}
	return true;
}

void c_snmp_read_take(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t batch, const struct c_snmp_reply *reply,
		      int64_t arrived_ns)
{
	struct c_snmp_drivers drivers = c_snmp_engine_drivers(engine, device);
	const struct c_snmp_batch *asked = &device->batches.batch[batch];
	const struct c_snmp_varbind *varbind = reply->varbind;
	struct points points = {0};

	if (reply->error_status != C_SNMP_NO_ERROR) {
		take_error(device, batch, reply);
		return;
	}
	device->job->batch_state[batch] = C_SNMP_BATCH_DONE;
	if (!is_as_asked(engine, device, &drivers, batch, reply)) {
		if (reply->varbind_count >= asked_count(device, batch) || !suspect_size(device, asked_count(device, batch)))
			c_snmp_job_fail(device->job, DEVICE_LYING, "the device answers with other objects than it was asked for");
		return;
	}
	if (asked_count(device, batch) > device->varbinds_answered)
		device->varbinds_answered = (uint8_t)asked_count(device, batch);
	if (device->job->answer_boot_ns == 0)
		device->job->answer_boot_ns = arrived_ns;
	if (asked->has_uptime)
		take_uptime(device->job, &(varbind++)->raw);
	for (size_t i = 0; i < asked->count; i++) {
		size_t number = device->batches.order[asked->first + i];
		const struct c_snmp_target *target = &device->shape->target[number];

		take_target(device->job, target, number, find_point(&points, device->shape, &drivers, target), &varbind[i].raw);
	}
}

void c_snmp_read_timeout(struct c_snmp_engine *engine, struct c_snmp_device *device, uint16_t batch)
{
	struct c_snmp_job *job = device->job;

	job->batch_state[batch] = C_SNMP_BATCH_DONE;
	device->window = 1; /* one at a time from now on: some devices lose what comes close behind */
	if (engine->now_ns < job->deadline_boot_ns && suspect_size(device, asked_count(device, batch)))
		return;
	if (!job->is_answered || job->is_lost)
		c_snmp_read_stop(device);
}

/* ---- Samples ---------------------------------------------------------------------------------------------------------------------- */

/* The target of the same meter that reads point number `point`; NULL: it has none, or no reading. */
static const struct c_snmp_reading *factor_of_product(const struct c_snmp_device *device, size_t number, uint8_t point)
{
	const struct c_snmp_shape *shape = device->shape;
	uint16_t meter = shape->target[number].meter;
	size_t first = number;

	while (first > 0 && shape->target[first - 1].meter == meter)
		first--;
	for (; first < shape->target_count && shape->target[first].meter == meter; first++)
		if (shape->target[first].point == point && !shape->target[first].is_product)
			return device->job->result[first].is_answered && device->job->result[first].status == C_SNMP_VALUE_OK
				   ? &device->job->result[first].reading
				   : NULL;
	return NULL;
}

static bool read_product(const struct c_snmp_device *device, size_t number, const struct plan_point *point, struct c_snmp_reading *out)
{
	double value = 1;

	for (size_t i = 0; i < point->product_count; i++) {
		const struct c_snmp_reading *factor = factor_of_product(device, number, point->product[i]);

		if (factor == NULL)
			return false;
		value *= factor->value;
	}
	if (point->is_absolute)
		value = fabs(value);
	if (!isfinite(value) || (point->has_range && (value < point->min_value || value > point->max_value)))
		return false;
	*out = (struct c_snmp_reading){.value = value};
	return true;
}

static inline bool find_reading(const struct c_snmp_device *device, size_t number, const struct plan_point *point,
				struct c_snmp_reading *out)
{
	const struct c_snmp_result *result = &device->job->result[number];

	if (device->shape->target[number].is_product)
		return read_product(device, number, point, out);
	*out = result->reading;
	return result->is_answered && result->status == C_SNMP_VALUE_OK;
}

/* Hundredths of a second. */
static const double uptime_ticks_per_s = 100;

size_t c_snmp_read_samples(struct c_snmp_engine *engine, uint32_t device_number)
{
	const struct c_snmp_device *device = &engine->device[device_number];
	const struct c_snmp_job *job = device->job;
	struct c_snmp_drivers drivers = c_snmp_engine_drivers(engine, device);
	struct sample common = {.device = device_number, .boot_ns = job->answer_boot_ns};
	struct points points = {0};
	size_t count = 0;

	if (job->answer_boot_ns == 0)
		return 0;
	if (job->has_uptime) {
		engine->sample[count] = common;
		engine->sample[count].meter = SAMPLE_METER_NONE;
		engine->sample[count].quantity = QUANTITY_UPTIME;
		engine->sample[count].caliber = CALIBER_ACTUAL;
		engine->sample[count++].value = (double)job->uptime_ticks / uptime_ticks_per_s;
	}
	for (size_t i = 0; i < device->shape->target_count; i++) {
		const struct c_snmp_target *target = &device->shape->target[i];
		const struct plan_point *point = find_point(&points, device->shape, &drivers, target);
		bool is_counter = quantity_is_counter(point->quantity);
		struct c_snmp_reading reading;

		if (!find_reading(device, i, point, &reading))
			continue;
		common.meter = target->meter;
		common.quantity = point->quantity;
		common.caliber = point->caliber;
		common.raw = is_counter ? reading.raw : 0;
		common.value = is_counter ? 0 : reading.value;
		engine->sample[count++] = common;
	}
	return count;
}
