/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/collector.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/units.h"
#include "traffic/port.h"

#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

/* Captures that are more than can be waited for are looked at this often. */
#define UNWATCHED_NS (100 * UNITS_NS_PER_MS)

struct collector {
	struct frame *frame;
	int link_fd;
	struct c_traffic_port *port; /* one a device */
	size_t count;
	bool is_watching_all;
};

static void collector_close(void *state)
{
	struct collector *collector = state;

	for (size_t i = 0; i < collector->count; i++)
		c_traffic_port_deinit(&collector->port[i]);
	if (collector->link_fd >= 0)
		(void)close(collector->link_fd);
	mem_free(collector->port);
	mem_free(collector);
}

static enum err add_devices(struct collector *collector, const struct plan_traffic *plan, struct err_info *info)
{
	enum err err = ERR_NONE;

	collector->link_fd = c_traffic_link_open();
	if (collector->link_fd < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot open a socket for the kernel's counters (rtnetlink)");
	collector->port = mem_new_array(plan->device_count, sizeof *collector->port);
	if (collector->port == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu devices", plan->device_count);
	for (size_t i = 0; i < plan->device_count && err == ERR_NONE; i++) {
		const struct plan_traffic_device *device = &plan->device[i];

		err = c_traffic_port_init(&collector->port[i], plan, device, collector->link_fd, clock_boot_ns, info);
		if (err != ERR_NONE)
			break;
		collector->count++;
		err = frame_add_device(collector->frame, device->id, device->interval_ms, info);
	}
	return err;
}

static enum err collector_open(struct frame *frame, const void *data, size_t bytes, void **state, struct err_info *info)
{
	struct collector *collector = mem_new(sizeof *collector);
	struct plan_traffic plan;
	enum err err;

	if (collector == NULL)
		return err_set(info, ERR_MEMORY, "out of memory at start");
	collector->frame = frame;
	collector->link_fd = -1;
	err = plan_traffic_decode(&plan, data, bytes, info);
	if (err == ERR_NONE) {
		err = add_devices(collector, &plan, info);
		plan_traffic_deinit(&plan);
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
	struct c_traffic_port *port = &collector->port[device];
	struct meter_info described;
	uint32_t number;

	(void)failed_count; /* a question to the kernel costs microseconds */
	c_traffic_port_read(port, device);
	while (c_traffic_port_take_meter(port, &number, &described))
		frame_put_meter(collector->frame, device, number, &described);
	if (c_traffic_port_take_news(port))
		frame_mark_changed(collector->frame, device);
	frame_end_read(collector->frame, device,
		       &(struct frame_result){.state = port->state, .sample = port->sample, .sample_count = port->sample_count});
}

static int64_t collector_service(void *state, int64_t now_boot_ns)
{
	struct collector *collector = state;

	for (size_t i = 0; i < collector->count; i++)
		c_traffic_port_drain(&collector->port[i]);
	return collector->is_watching_all ? INT64_MAX : now_boot_ns + UNWATCHED_NS;
}

static size_t collector_watch(void *state, struct pollfd *out, size_t max)
{
	struct collector *collector = state;
	size_t count = 0;

	collector->is_watching_all = true;
	for (size_t i = 0; i < collector->count; i++) {
		for (int d = 0; d < C_TRAFFIC_DIRECTION_COUNT; d++) {
			const struct c_traffic_capture *capture = collector->port[i].capture[d];
			int fd = capture == NULL ? -1 : c_traffic_capture_fd(capture);

			if (fd < 0)
				continue;
			if (count < max)
				out[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
			else
				collector->is_watching_all = false;
		}
	}
	return count;
}

static void collector_describe(void *state, uint32_t device, struct wire_device *out)
{
	const struct collector *collector = state;

	(void)text_copy(out->reason, sizeof out->reason, collector->port[device].reason);
	(void)text_copy(out->driver, sizeof out->driver, "traffic");
}

const struct frame_collector c_traffic_collector = {
    .name = "traffic",
    .kind = WIRE_KIND_TRAFFIC,
    .capability = CAP_NET_RAW,
    .open = collector_open,
    .read = collector_read,
    .describe = collector_describe,
    .service = collector_service,
    .watch = collector_watch,
    .close = collector_close,
};
