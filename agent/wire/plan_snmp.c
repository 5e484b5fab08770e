/* SPDX-License-Identifier: Apache-2.0 */
/* plan_snmp: the plan of the snmp collector. A head with the counts, then the drivers, then the devices. */
#include "wire/plan_snmp.h"

#include "base/mem.h"
#include "wire/plan_priv.h"
#include "wire/plan_snmp_priv.h"

enum snmp_item { SNMP_HEAD = 1, SNMP_DRIVER, SNMP_DEVICE };

enum { SNMP_MS_MAX = 86400000, SNMP_RETRIES_MAX = 10 };

static void put_device(struct wire_writer *writer, const struct plan_snmp_device *device)
{
	wire_put_text(writer, device->id);
	wire_put_text(writer, device->host);
	wire_put_u16(writer, device->port);
	wire_put_bool(writer, device->is_tcp);
	wire_put_u8(writer, device->version);
	plan_put_raw(writer, device->community);
	plan_put_raw(writer, device->user);
	wire_put_u8(writer, device->auth);
	wire_put_u8(writer, device->priv);
	plan_put_raw(writer, device->auth_password);
	plan_put_raw(writer, device->priv_password);
	plan_put_raw(writer, device->context);
	wire_put_u32(writer, device->interval_ms);
	wire_put_u32(writer, device->timeout_ms);
	wire_put_u32(writer, device->retries);
	wire_put_u32(writer, device->deadline_ms);
	wire_put_u32(writer, device->driver);
}

static bool is_version(uint8_t version)
{
	return version == SNMP_V1 || version == SNMP_V2C || version == SNMP_V3;
}

static void get_device(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_snmp_device *device = item;
	const struct plan_snmp *plan = context;

	plan_get_id(reader, device->id, sizeof device->id);
	wire_get_text(reader, device->host, sizeof device->host);
	device->port = wire_get_u16(reader);
	device->is_tcp = wire_get_bool(reader);
	device->version = wire_get_u8(reader);
	plan_get_raw(reader, device->community, sizeof device->community);
	plan_get_raw(reader, device->user, sizeof device->user);
	device->auth = wire_get_enum(reader, SNMP_AUTH_COUNT);
	device->priv = wire_get_enum(reader, SNMP_PRIV_COUNT);
	plan_get_raw(reader, device->auth_password, sizeof device->auth_password);
	plan_get_raw(reader, device->priv_password, sizeof device->priv_password);
	plan_get_raw(reader, device->context, sizeof device->context);
	device->interval_ms = plan_get_u32_of(reader, 1, SNMP_MS_MAX);
	device->timeout_ms = plan_get_u32_of(reader, 1, SNMP_MS_MAX);
	device->retries = plan_get_u32_of(reader, 0, SNMP_RETRIES_MAX);
	device->deadline_ms = plan_get_u32_of(reader, 1, SNMP_MS_MAX);
	device->driver = wire_get_u32(reader);
	if (!is_version(device->version) || (device->driver != PLAN_DRIVER_AUTO && device->driver >= plan->driver_count))
		reader->is_bad = true;
	if (device->priv != SNMP_PRIV_NONE && device->auth == SNMP_AUTH_NONE)
		reader->is_bad = true;
}

static void get_driver(struct wire_reader *reader, void *item, const void *context)
{
	(void)context;
	plan_get_driver(reader, item);
}

enum err plan_snmp_encode(const struct plan_snmp *plan, struct buf *out, struct err_info *info)
{
	struct plan_writer writer;
	enum err err = plan_begin(&writer, out, PLAN_SNMP, info);

	if (err != ERR_NONE)
		return err;
	struct wire_writer *head = plan_item_begin(&writer, SNMP_HEAD);
	wire_put_u32(head, (uint32_t)plan->driver_count);
	wire_put_u32(head, (uint32_t)plan->device_count);
	wire_put_bool(head, plan->is_scan);
	plan_item_end(&writer);
	for (size_t i = 0; i < plan->driver_count; i++) {
		plan_put_driver(plan_item_begin(&writer, SNMP_DRIVER), &plan->driver[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->device_count; i++) {
		put_device(plan_item_begin(&writer, SNMP_DEVICE), &plan->device[i]);
		plan_item_end(&writer);
	}
	return plan_end(&writer, info);
}

static enum err decode(struct plan_snmp *plan, struct plan_reader *reader, struct err_info *info)
{
	struct wire_reader body = {0};
	void *list = NULL;
	enum err err = plan_take_item(reader, SNMP_HEAD, &body, info);

	if (err != ERR_NONE)
		return err;
	size_t driver_count = wire_get_u32(&body);
	size_t device_count = wire_get_u32(&body);
	plan->is_scan = wire_get_bool(&body);
	err = plan_check_item(&body, "head", 0, info);
	if (err != ERR_NONE)
		return err;
	const struct plan_list drivers = {SNMP_DRIVER, "driver", driver_count, PLAN_DRIVERS_MAX, sizeof *plan->driver, get_driver, NULL};
	err = plan_take_list(reader, &drivers, &list, info);
	plan->driver = list;
	plan->driver_count = list != NULL ? driver_count : 0;
	if (err != ERR_NONE)
		return err;
	const struct plan_list devices = {SNMP_DEVICE, "device", device_count, PLAN_DEVICES_MAX, sizeof *plan->device, get_device, plan};
	err = plan_take_list(reader, &devices, &list, info);
	plan->device = list;
	plan->device_count = list != NULL ? device_count : 0;
	return err != ERR_NONE ? err : plan_check_end(reader, info);
}

enum err plan_snmp_decode(struct plan_snmp *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_snmp plan = {0};
	struct plan_reader reader;
	enum err err = plan_open(&reader, data, bytes, PLAN_SNMP, info);

	if (err != ERR_NONE)
		return err;
	err = decode(&plan, &reader, info);
	if (err == ERR_NONE)
		*out = plan;
	else
		plan_snmp_deinit(&plan);
	return err;
}

void plan_snmp_deinit(struct plan_snmp *plan)
{
	for (size_t i = 0; i < plan->driver_count; i++)
		mem_free(plan->driver[i].group);
	mem_free(plan->driver);
	mem_free_secret(plan->device, plan->device_count * sizeof *plan->device);
	*plan = (struct plan_snmp){0};
}
