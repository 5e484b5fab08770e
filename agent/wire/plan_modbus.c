/* SPDX-License-Identifier: Apache-2.0 */
/* plan_modbus: the plan of the modbus collector. A head with the counts, then drivers, buses, devices. */
#include "wire/plan_modbus.h"

#include "base/mem.h"
#include "wire/plan_modbus_driver_priv.h"
#include "wire/plan_priv.h"

enum modbus_item { MODBUS_HEAD = 1, MODBUS_DRIVER, MODBUS_BUS, MODBUS_DEVICE };

enum { MODBUS_MS_MAX = 86400000, MODBUS_RETRIES_MAX = 10, MODBUS_BAUD_MIN = 50, MODBUS_BAUD_MAX = 4000000 };

static void put_bus(struct wire_writer *writer, const struct plan_modbus_bus *bus)
{
	wire_put_u8(writer, (uint8_t)bus->link);
	wire_put_text(writer, bus->host);
	wire_put_u16(writer, bus->port);
	wire_put_text(writer, bus->path);
	wire_put_u32(writer, bus->baud);
	wire_put_u8(writer, (uint8_t)bus->parity);
	wire_put_u8(writer, bus->stop_bits);
	wire_put_bool(writer, bus->is_rs485);
}

static void get_bus(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_modbus_bus *bus = item;

	(void)context;
	bus->link = (enum modbus_link)wire_get_enum(reader, MODBUS_LINK_COUNT);
	wire_get_text(reader, bus->host, sizeof bus->host);
	bus->port = wire_get_u16(reader);
	wire_get_text(reader, bus->path, sizeof bus->path);
	bus->baud = plan_get_u32_of(reader, MODBUS_BAUD_MIN, MODBUS_BAUD_MAX);
	bus->parity = (char)wire_get_u8(reader);
	bus->stop_bits = wire_get_u8(reader);
	bus->is_rs485 = wire_get_bool(reader);
	if (bus->parity != 'N' && bus->parity != 'E' && bus->parity != 'O')
		reader->is_bad = true;
	if (bus->stop_bits != 1 && bus->stop_bits != 2)
		reader->is_bad = true;
	if (bus->link == MODBUS_SERIAL && bus->path[0] != '/')
		reader->is_bad = true;
}

static void put_device(struct wire_writer *writer, const struct plan_modbus_device *device)
{
	wire_put_text(writer, device->id);
	wire_put_u32(writer, device->bus);
	wire_put_u8(writer, device->unit);
	wire_put_u32(writer, device->driver);
	wire_put_u32(writer, device->interval_ms);
	wire_put_u32(writer, device->timeout_ms);
	wire_put_u32(writer, device->retries);
	wire_put_i64(writer, device->ct_num);
	wire_put_i64(writer, device->ct_den);
	wire_put_i64(writer, device->pt_num);
	wire_put_i64(writer, device->pt_den);
	wire_put_bool(writer, device->is_inverted);
}

static void get_device(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_modbus_device *device = item;
	const struct plan_modbus *plan = context;

	plan_get_id(reader, device->id, sizeof device->id);
	device->bus = wire_get_u32(reader);
	device->unit = wire_get_u8(reader);
	device->driver = wire_get_u32(reader);
	device->interval_ms = plan_get_u32_of(reader, 1, MODBUS_MS_MAX);
	device->timeout_ms = plan_get_u32_of(reader, 1, MODBUS_MS_MAX);
	device->retries = plan_get_u32_of(reader, 0, MODBUS_RETRIES_MAX);
	plan_modbus_get_fraction(reader, &device->ct_num, &device->ct_den);
	plan_modbus_get_fraction(reader, &device->pt_num, &device->pt_den);
	device->is_inverted = wire_get_bool(reader);
	if (device->bus >= plan->bus_count || (device->driver != PLAN_MODBUS_AUTO && device->driver >= plan->driver_count))
		reader->is_bad = true;
}

static void get_driver(struct wire_reader *reader, void *item, const void *context)
{
	(void)context;
	plan_modbus_get_driver(reader, item);
}

enum err plan_modbus_encode(const struct plan_modbus *plan, struct buf *out, struct err_info *info)
{
	struct plan_writer writer;
	enum err err = plan_begin(&writer, out, PLAN_MODBUS, info);

	if (err != ERR_NONE)
		return err;
	struct wire_writer *head = plan_item_begin(&writer, MODBUS_HEAD);
	wire_put_u32(head, (uint32_t)plan->driver_count);
	wire_put_u32(head, (uint32_t)plan->bus_count);
	wire_put_u32(head, (uint32_t)plan->device_count);
	wire_put_bool(head, plan->is_scan);
	plan_item_end(&writer);
	for (size_t i = 0; i < plan->driver_count; i++) {
		plan_modbus_put_driver(plan_item_begin(&writer, MODBUS_DRIVER), &plan->driver[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->bus_count; i++) {
		put_bus(plan_item_begin(&writer, MODBUS_BUS), &plan->bus[i]);
		plan_item_end(&writer);
	}
	for (size_t i = 0; i < plan->device_count; i++) {
		put_device(plan_item_begin(&writer, MODBUS_DEVICE), &plan->device[i]);
		plan_item_end(&writer);
	}
	return plan_end(&writer, info);
}

/* Reads one list; *count is how many of it have to be freed, also after a failure. */
static enum err take(struct plan_reader *reader, const struct plan_list *list, void **out, size_t *count, struct err_info *info)
{
	enum err err = plan_take_list(reader, list, out, info);

	*count = *out != NULL ? list->count : 0;
	return err;
}

static enum err decode(struct plan_modbus *plan, struct plan_reader *reader, struct err_info *info)
{
	struct wire_reader body = {0};
	void *list = NULL;
	enum err err = plan_take_item(reader, MODBUS_HEAD, &body, info);

	if (err != ERR_NONE)
		return err;
	size_t driver_count = wire_get_u32(&body);
	size_t bus_count = wire_get_u32(&body);
	size_t device_count = wire_get_u32(&body);
	plan->is_scan = wire_get_bool(&body);
	err = plan_check_item(&body, "head", 0, info);
	if (err != ERR_NONE)
		return err;
	const struct plan_list drivers = {MODBUS_DRIVER,        "driver",   driver_count, PLAN_MODBUS_DRIVERS_MAX,
					  sizeof *plan->driver, get_driver, NULL};
	err = take(reader, &drivers, &list, &plan->driver_count, info);
	plan->driver = list;
	if (err != ERR_NONE)
		return err;
	const struct plan_list buses = {MODBUS_BUS, "bus", bus_count, PLAN_MODBUS_BUSES_MAX, sizeof *plan->bus, get_bus, NULL};
	err = take(reader, &buses, &list, &plan->bus_count, info);
	plan->bus = list;
	if (err != ERR_NONE)
		return err;
	const struct plan_list devices = {MODBUS_DEVICE, "device", device_count, PLAN_DEVICES_MAX, sizeof *plan->device, get_device, plan};
	err = take(reader, &devices, &list, &plan->device_count, info);
	plan->device = list;
	return err != ERR_NONE ? err : plan_check_end(reader, info);
}

enum err plan_modbus_decode(struct plan_modbus *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_modbus plan = {0};
	struct plan_reader reader;
	enum err err = plan_open(&reader, data, bytes, PLAN_MODBUS, info);

	if (err != ERR_NONE)
		return err;
	err = decode(&plan, &reader, info);
	if (err == ERR_NONE)
		*out = plan;
	else
		plan_modbus_deinit(&plan);
	return err;
}

void plan_modbus_deinit(struct plan_modbus *plan)
{
	for (size_t i = 0; i < plan->driver_count; i++)
		mem_free(plan->driver[i].group);
	mem_free(plan->driver);
	mem_free(plan->bus);
	mem_free(plan->device);
	*plan = (struct plan_modbus){0};
}
