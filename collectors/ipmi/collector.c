/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/collector.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "ipmi/catalogue.h"
#include "ipmi/pool.h"
#include "wire/plan_ipmi.h"

#include <string.h>

enum { NO_CAPABILITY = -1 };

/* What is told of a device, as its last report has it. Identity stays when it falls silent. */
struct device {
	struct c_ipmi_catalogue catalogue;
	uint32_t supply_count;
	char reason[WIRE_TEXT_BYTES];
	char vendor[METER_IDENTITY_BYTES];
	char model[METER_IDENTITY_BYTES];
	char serial[METER_IDENTITY_BYTES];
	char firmware[METER_IDENTITY_BYTES];
	char source[METER_IDENTITY_BYTES];
};

struct collector {
	struct frame *frame;
	struct c_ipmi_pool *pool;
	struct device *device;
	size_t count;
};

static void collector_close(void *state)
{
	struct collector *collector = state;

	if (collector->pool != NULL)
		c_ipmi_pool_free(collector->pool);
	mem_free(collector->device);
	mem_free(collector);
}

static enum err add_devices(struct collector *collector, const struct plan_ipmi *plan, struct err_info *info)
{
	enum err err = ERR_NONE;

	collector->count = plan->device_count;
	collector->device = mem_new_array(plan->device_count, sizeof *collector->device);
	if (collector->device == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu devices", plan->device_count);
	collector->pool = c_ipmi_pool_new(plan, info);
	if (collector->pool == NULL)
		return info->code;
	for (size_t i = 0; i < plan->device_count && err == ERR_NONE; i++)
		err = frame_add_device(collector->frame, plan->device[i].id, plan->device[i].interval_ms, info);
	return err;
}

static enum err collector_open(struct frame *frame, const void *data, size_t bytes, void **state, struct err_info *info)
{
	struct collector *collector = mem_new(sizeof *collector);
	struct plan_ipmi plan;
	enum err err;

	if (collector == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	collector->frame = frame;
	err = plan_ipmi_decode(&plan, data, bytes, info);
	if (err == ERR_NONE) {
		err = add_devices(collector, &plan, info);
		plan_ipmi_deinit(&plan);
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

	(void)failed_count; /* a BMC that is silent costs one request to open a session */
	c_ipmi_pool_read(collector->pool, device);
}

/* Copies `text` unless it is empty: then what is known stays. true when it is another. */
static bool renew(char *known, size_t known_bytes, const char *text)
{
	if (text[0] == '\0' || strcmp(known, text) == 0)
		return false;
	(void)text_copy(known, known_bytes, text);
	return true;
}

/* true when there is something new to tell. */
static bool learn(struct device *device, const struct c_ipmi_report *report)
{
	bool is_news = strcmp(device->reason, report->reason) != 0;

	(void)text_copy(device->reason, sizeof device->reason, report->reason);
	is_news |= renew(device->vendor, sizeof device->vendor, report->vendor);
	is_news |= renew(device->model, sizeof device->model, report->model);
	is_news |= renew(device->serial, sizeof device->serial, report->serial);
	is_news |= renew(device->firmware, sizeof device->firmware, report->firmware);
	is_news |= renew(device->source, sizeof device->source, report->source);
	if (report->supply_count > 0 && device->supply_count != report->supply_count) {
		device->supply_count = report->supply_count;
		is_news = true;
	}
	return is_news;
}

static void take_report(void *context, uint32_t index, const struct c_ipmi_report *report)
{
	struct collector *collector = context;
	struct device *device = &collector->device[index];
	struct sample sample[C_IPMI_SAMPLES_MAX];
	struct meter_info described;
	uint32_t number;
	size_t count;

	(void)c_ipmi_catalogue_take(&device->catalogue, report);
	while (c_ipmi_catalogue_next(&device->catalogue, &number, &described))
		frame_put_meter(collector->frame, index, number, &described);
	if (learn(device, report))
		frame_mark_changed(collector->frame, index);
	count = c_ipmi_catalogue_samples(&device->catalogue, report, index, clock_boot_ns(), sample);
	frame_end_read(
	    collector->frame, index,
	    &(struct frame_result){.state = report->state, .latency_us = report->latency_us, .sample = sample, .sample_count = count});
}

static int64_t collector_service(void *state, int64_t now_boot_ns)
{
	struct collector *collector = state;

	return c_ipmi_pool_service(collector->pool, now_boot_ns, take_report, collector);
}

static size_t collector_watch(void *state, struct pollfd *out, size_t max)
{
	const struct collector *collector = state;

	if (max == 0)
		return 0;
	out[0] = (struct pollfd){.fd = c_ipmi_pool_fd(collector->pool), .events = POLLIN};
	return 1;
}

static void collector_describe(void *state, uint32_t index, struct wire_device *out)
{
	const struct collector *collector = state;
	const struct device *device = &collector->device[index];

	out->expected_count = device->supply_count;
	out->is_expected_learned = device->supply_count > 0;
	(void)text_copy(out->reason, sizeof out->reason, device->reason);
	(void)text_copy(out->vendor, sizeof out->vendor, device->vendor);
	(void)text_copy(out->model, sizeof out->model, device->model);
	(void)text_copy(out->serial, sizeof out->serial, device->serial);
	(void)text_copy(out->firmware, sizeof out->firmware, device->firmware);
	(void)text_copy(out->driver, sizeof out->driver, "ipmi");
}

const struct frame_collector c_ipmi_collector = {
    .name = "ipmi",
    .kind = WIRE_KIND_IPMI,
    .capability = NO_CAPABILITY,
    .open = collector_open,
    .read = collector_read,
    .describe = collector_describe,
    .service = collector_service,
    .watch = collector_watch,
    .close = collector_close,
};
