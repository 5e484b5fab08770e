/* SPDX-License-Identifier: Apache-2.0 */
/* plan_traffic: the plan of the traffic collector. A head with the counts, then the devices, their flows and their prefixes. */
#include "wire/plan_traffic.h"

#include "base/mem.h"
#include "wire/plan_priv.h"

enum traffic_item { TRAFFIC_HEAD = 1, TRAFFIC_DEVICE, TRAFFIC_FLOW, TRAFFIC_PREFIX };

enum { TRAFFIC_INTERVAL_MS_MIN = 100, TRAFFIC_INTERVAL_MS_MAX = 3600000, TRAFFIC_FLOWS_MAX = 100000, IPV4_BITS = 32, IPV6_BITS = 128 };

static void put_device(struct wire_writer *writer, const struct plan_traffic_device *device)
{
	wire_put_text(writer, device->id);
	wire_put_text(writer, device->interface);
	wire_put_text(writer, device->file);
	wire_put_u32(writer, device->interval_ms);
	wire_put_u32(writer, device->ring_bytes);
	wire_put_u32(writer, device->flow_count);
	wire_put_u32(writer, device->first_flow);
	wire_put_u32(writer, device->first_prefix);
	wire_put_u32(writer, device->prefix_count);
}

static bool is_within(uint32_t first, uint32_t count, size_t most)
{
	return first <= most && count <= most - first;
}

static void get_device(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_traffic_device *device = item;
	const struct plan_traffic *plan = context;

	plan_get_id(reader, device->id, sizeof device->id);
	wire_get_text(reader, device->interface, sizeof device->interface);
	wire_get_text(reader, device->file, sizeof device->file);
	device->interval_ms = plan_get_u32_of(reader, TRAFFIC_INTERVAL_MS_MIN, TRAFFIC_INTERVAL_MS_MAX);
	device->ring_bytes = plan_get_u32_of(reader, PLAN_RING_BYTES_MIN, PLAN_RING_BYTES_MAX);
	device->flow_count = plan_get_u32_of(reader, 0, PLAN_FLOWS_MAX);
	device->first_flow = wire_get_u32(reader);
	device->first_prefix = wire_get_u32(reader);
	device->prefix_count = wire_get_u32(reader);
	if ((device->interface[0] == '\0') == (device->file[0] == '\0') ||
	    !is_within(device->first_flow, device->flow_count, plan->flow_count) ||
	    !is_within(device->first_prefix, device->prefix_count, plan->prefix_count))
		reader->is_bad = true;
}

static void get_all(struct wire_reader *reader, uint8_t *out, size_t bytes)
{
	if (wire_get_bytes(reader, out, bytes) != bytes)
		reader->is_bad = true;
}

static void put_flow(struct wire_writer *writer, const struct plan_traffic_flow *flow)
{
	wire_put_text(writer, flow->name);
	wire_put_bool(writer, flow->has_vlan);
	wire_put_bytes(writer, flow->vlan, sizeof flow->vlan);
	wire_put_bool(writer, flow->has_dscp);
	wire_put_u64(writer, flow->dscp);
	wire_put_bool(writer, flow->has_prefix);
	wire_put_text(writer, flow->filter);
}

static void get_flow(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_traffic_flow *flow = item;

	(void)context;
	plan_get_id(reader, flow->name, sizeof flow->name);
	flow->has_vlan = wire_get_bool(reader);
	get_all(reader, flow->vlan, sizeof flow->vlan);
	flow->has_dscp = wire_get_bool(reader);
	flow->dscp = wire_get_u64(reader);
	flow->has_prefix = wire_get_bool(reader);
	wire_get_text(reader, flow->filter, sizeof flow->filter);
}

static void put_prefix(struct wire_writer *writer, const struct plan_traffic_prefix *prefix)
{
	wire_put_u8(writer, prefix->flow);
	wire_put_bool(writer, prefix->is_ipv6);
	wire_put_u8(writer, prefix->bits);
	wire_put_bytes(writer, prefix->address, sizeof prefix->address);
}

static void get_prefix(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_traffic_prefix *prefix = item;

	(void)context;
	prefix->flow = wire_get_u8(reader);
	prefix->is_ipv6 = wire_get_bool(reader);
	prefix->bits = wire_get_u8(reader);
	get_all(reader, prefix->address, sizeof prefix->address);
	if (prefix->flow >= PLAN_FLOWS_MAX || prefix->bits > (prefix->is_ipv6 ? IPV6_BITS : IPV4_BITS))
		reader->is_bad = true;
}

enum err plan_traffic_encode(const struct plan_traffic *plan, struct buf *out, struct err_info *info)
{
	struct plan_writer writer;
	struct wire_writer *head;
	enum err err = plan_begin(&writer, out, PLAN_TRAFFIC, info);

	if (err != ERR_NONE)
		return err;
	head = plan_item_begin(&writer, TRAFFIC_HEAD);
	wire_put_u32(head, (uint32_t)plan->device_count);
	wire_put_u32(head, (uint32_t)plan->flow_count);
	wire_put_u32(head, (uint32_t)plan->prefix_count);
	plan_item_end(&writer);
	for (size_t i = 0; i < plan->device_count; i++) {
		put_device(plan_item_begin(&writer, TRAFFIC_DEVICE), &plan->device[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->flow_count; i++) {
		put_flow(plan_item_begin(&writer, TRAFFIC_FLOW), &plan->flow[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->prefix_count; i++) {
		put_prefix(plan_item_begin(&writer, TRAFFIC_PREFIX), &plan->prefix[i]);
		plan_item_end(&writer);
	}
	return plan_end(&writer, info);
}

static enum err take_head(struct plan_traffic *plan, struct plan_reader *reader, struct err_info *info)
{
	struct wire_reader body = {0};
	enum err err = plan_take_item(reader, TRAFFIC_HEAD, &body, info);

	if (err != ERR_NONE)
		return err;
	plan->device_count = plan_get_u32_of(&body, 0, PLAN_DEVICES_MAX);
	plan->flow_count = plan_get_u32_of(&body, 0, TRAFFIC_FLOWS_MAX);
	plan->prefix_count = plan_get_u32_of(&body, 0, PLAN_PREFIXES_MAX);
	return plan_check_item(&body, "head", 0, info);
}

static enum err decode(struct plan_traffic *plan, struct plan_reader *reader, struct err_info *info)
{
	void *list = NULL;
	enum err err = take_head(plan, reader, info);

	if (err != ERR_NONE)
		return err;
	const struct plan_list devices = {TRAFFIC_DEVICE, "device", plan->device_count, PLAN_DEVICES_MAX, sizeof *plan->device,
					  get_device,     plan};
	const struct plan_list flows = {TRAFFIC_FLOW, "flow", plan->flow_count, TRAFFIC_FLOWS_MAX, sizeof *plan->flow, get_flow, NULL};
	const struct plan_list prefixes = {TRAFFIC_PREFIX, "prefix", plan->prefix_count, PLAN_PREFIXES_MAX, sizeof *plan->prefix,
					   get_prefix,     NULL};
	err = plan_take_list(reader, &devices, &list, info);
	plan->device = list;
	if (err != ERR_NONE)
		return err;
	err = plan_take_list(reader, &flows, &list, info);
	plan->flow = list;
	if (err != ERR_NONE)
		return err;
	err = plan_take_list(reader, &prefixes, &list, info);
	plan->prefix = list;
	return err != ERR_NONE ? err : plan_check_end(reader, info);
}

enum err plan_traffic_decode(struct plan_traffic *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_traffic plan = {0};
	struct plan_reader reader;
	enum err err = plan_open(&reader, data, bytes, PLAN_TRAFFIC, info);

	if (err != ERR_NONE)
		return err;
	err = decode(&plan, &reader, info);
	if (err == ERR_NONE)
		*out = plan;
	else
		plan_traffic_deinit(&plan);
	return err;
}

void plan_traffic_deinit(struct plan_traffic *plan)
{
	mem_free(plan->device);
	mem_free(plan->flow);
	mem_free(plan->prefix);
	*plan = (struct plan_traffic){0};
}
