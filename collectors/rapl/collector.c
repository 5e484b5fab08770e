/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/collector.h"

#include "base/mem.h"
#include "rapl/local.h"
#include "wire/plan_rapl.h"

#include <linux/capability.h>

struct collector {
	struct frame *frame;
	struct c_rapl_local *local; /* one a device */
	size_t count;
};

static void collector_close(void *state)
{
	struct collector *collector = state;

	for (size_t i = 0; i < collector->count; i++)
		c_rapl_local_deinit(&collector->local[i]);
	mem_free(collector->local);
	mem_free(collector);
}

static enum err add_device(struct collector *collector, const struct plan_rapl_device *device, struct err_info *info)
{
	struct c_rapl_local *local = &collector->local[collector->count];
	enum err err = c_rapl_local_init(local, device, info);

	if (err != ERR_NONE)
		return err;
	collector->count++;
	return frame_add_device(collector->frame, device->id, c_rapl_local_interval_ms(local, device->interval_ms), info);
}

static enum err add_devices(struct collector *collector, const struct plan_rapl *plan, struct err_info *info)
{
	enum err err = ERR_NONE;

	collector->local = mem_new_array(plan->device_count, sizeof *collector->local);
	if (collector->local == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu devices", plan->device_count);
	for (size_t i = 0; i < plan->device_count && err == ERR_NONE; i++)
		err = add_device(collector, &plan->device[i], info);
	return err;
}

static enum err collector_open(struct frame *frame, const void *data, size_t bytes, void **state, struct err_info *info)
{
	struct collector *collector = mem_new(sizeof *collector);
	struct plan_rapl plan;
	enum err err;

	if (collector == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	collector->frame = frame;
	err = plan_rapl_decode(&plan, data, bytes, info);
	if (err == ERR_NONE) {
		err = add_devices(collector, &plan, info);
		plan_rapl_deinit(&plan);
	}
	if (err == ERR_NONE)
		*state = collector;
	else
		collector_close(collector);
	return err;
}

static void collector_read(void *state, uint32_t device, uint32_t failed_count)
{
	struct collector *collector = state;
	struct c_rapl_local *local = &collector->local[device];
	struct c_rapl_local_result result;
	struct meter_info described;
	uint32_t number;

	(void)failed_count; /* a failed read costs no more than an opendir() now and then */
	c_rapl_local_read(local, device);
	result = c_rapl_local_result(local);
	while (c_rapl_local_take_meter(local, &number, &described))
		frame_put_meter(collector->frame, device, number, &described);
	if (c_rapl_local_take_news(local))
		frame_mark_changed(collector->frame, device);
	frame_end_read(
	    collector->frame, device,
	    &(struct frame_result){
		.state = result.state, .latency_us = result.latency_us, .sample = result.sample, .sample_count = result.sample_count});
}

static void collector_describe(void *state, uint32_t device, struct wire_device *out)
{
	const struct collector *collector = state;

	c_rapl_local_describe(&collector->local[device], out);
}

const struct frame_collector c_rapl_collector = {
    .name = "rapl",
    .kind = WIRE_KIND_RAPL,
    .capability = CAP_DAC_READ_SEARCH,
    .open = collector_open,
    .read = collector_read,
    .describe = collector_describe,
    .close = collector_close,
};
