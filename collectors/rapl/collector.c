/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/collector.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "rapl/tree.h"
#include "wire/plan_rapl.h"

#include <linux/capability.h>

static const int64_t ns_per_us = 1000;

struct collector {
	struct frame *frame;
	struct c_rapl_tree *tree; /* one a device */
	size_t count;
};

static void collector_close(void *state)
{
	struct collector *collector = state;

	for (size_t i = 0; i < collector->count; i++)
		c_rapl_tree_deinit(&collector->tree[i]);
	mem_free(collector->tree);
	mem_free(collector);
}

static enum err add_device(struct collector *collector, const struct plan_rapl_device *device, struct err_info *info)
{
	struct c_rapl_tree *tree = &collector->tree[collector->count];
	enum err err = c_rapl_tree_init(tree, device->sysfs_root, clock_boot_ns, info);

	if (err != ERR_NONE)
		return err;
	collector->count++;
	return frame_add_device(collector->frame, device->id, c_rapl_tree_interval_ms(tree, device->interval_ms), info);
}

static enum err add_devices(struct collector *collector, const struct plan_rapl *plan, struct err_info *info)
{
	enum err err = ERR_NONE;

	collector->tree = mem_new_array(plan->device_count, sizeof *collector->tree);
	if (collector->tree == NULL)
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
	struct c_rapl_tree *tree = &collector->tree[device];
	struct meter_info described;
	uint32_t number;

	(void)failed_count; /* a failed read costs no more than an opendir() now and then */
	c_rapl_tree_read(tree, device);
	while (c_rapl_tree_take_meter(tree, &number, &described))
		frame_put_meter(collector->frame, device, number, &described);
	if (c_rapl_tree_take_news(tree))
		frame_mark_changed(collector->frame, device);
	frame_end_read(collector->frame, device,
		       &(struct frame_result){.state = tree->state,
					      .latency_us = (uint32_t)(tree->spread_ns / ns_per_us),
					      .sample = tree->sample,
					      .sample_count = tree->sample_count});
}

static void collector_describe(void *state, uint32_t device, struct wire_device *out)
{
	const struct collector *collector = state;
	const struct c_rapl_tree *tree = &collector->tree[device];

	out->expected_count = c_rapl_tree_summand_count(tree);
	out->is_expected_learned = tree->is_scan_complete && tree->count > 0;
	(void)text_copy(out->reason, sizeof out->reason, tree->reason);
	(void)text_copy(out->vendor, sizeof out->vendor, tree->cpu.vendor);
	(void)text_copy(out->model, sizeof out->model, tree->cpu.model);
	(void)text_copy(out->driver, sizeof out->driver, "rapl");
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
