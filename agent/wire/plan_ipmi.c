/* SPDX-License-Identifier: Apache-2.0 */
/* plan_ipmi: the plan of the ipmi collector. A head with the count, then the devices. */
#include "wire/plan_ipmi.h"

#include "base/mem.h"
#include "wire/plan_priv.h"

#include <string.h>

enum ipmi_item { IPMI_HEAD = 1, IPMI_DEVICE };

enum { IPMI_MS_MIN = 100, IPMI_MS_MAX = 3600000, IPMI_TIMEOUT_MS_MAX = 60000 };

static void put_device(struct wire_writer *writer, const struct plan_ipmi_device *device)
{
	wire_put_text(writer, device->id);
	wire_put_text(writer, device->path);
	wire_put_text(writer, device->host);
	wire_put_u16(writer, device->port);
	wire_put_text(writer, device->user);
	plan_put_raw(writer, device->password);
	wire_put_u8(writer, device->privilege);
	wire_put_u32(writer, device->timeout_ms);
	wire_put_u32(writer, device->deadline_ms);
	wire_put_u32(writer, device->interval_ms);
}

/* Either a file of this host, or an address on the network. */
static bool is_place_right(const struct plan_ipmi_device *device)
{
	if (device->path[0] != '\0')
		return device->path[0] == '/' && device->host[0] == '\0' && device->port == 0;
	return device->host[0] != '\0' && device->port != 0;
}

static void get_device(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_ipmi_device *device = item;

	(void)context;
	plan_get_id(reader, device->id, sizeof device->id);
	wire_get_text(reader, device->path, sizeof device->path);
	wire_get_text(reader, device->host, sizeof device->host);
	device->port = wire_get_u16(reader);
	wire_get_text(reader, device->user, sizeof device->user);
	plan_get_raw(reader, device->password, sizeof device->password);
	device->privilege = wire_get_u8(reader);
	device->timeout_ms = plan_get_u32_of(reader, IPMI_MS_MIN, IPMI_TIMEOUT_MS_MAX);
	device->deadline_ms = plan_get_u32_of(reader, IPMI_MS_MIN, IPMI_MS_MAX);
	device->interval_ms = plan_get_u32_of(reader, IPMI_MS_MIN, IPMI_MS_MAX);
	if (!is_place_right(device) || device->privilege < IPMI_PRIVILEGE_USER || device->privilege > IPMI_PRIVILEGE_ADMIN ||
	    strlen(device->user) > PLAN_IPMI_USER_BYTES_MAX || strlen(device->password) > PLAN_IPMI_PASSWORD_BYTES_MAX)
		reader->is_bad = true;
}

enum err plan_ipmi_encode(const struct plan_ipmi *plan, struct buf *out, struct err_info *info)
{
	struct plan_writer writer;
	enum err err = plan_begin(&writer, out, PLAN_IPMI, info);

	if (err != ERR_NONE)
		return err;
	wire_put_u32(plan_item_begin(&writer, IPMI_HEAD), (uint32_t)plan->device_count);
	plan_item_end(&writer);
	for (size_t i = 0; i < plan->device_count; i++) {
		put_device(plan_item_begin(&writer, IPMI_DEVICE), &plan->device[i]);
		plan_item_end(&writer);
	}
	return plan_end(&writer, info);
}

static enum err decode(struct plan_ipmi *plan, struct plan_reader *reader, struct err_info *info)
{
	struct wire_reader body = {0};
	void *list = NULL;
	enum err err = plan_take_item(reader, IPMI_HEAD, &body, info);

	if (err != ERR_NONE)
		return err;
	size_t count = plan_get_u32_of(&body, 0, PLAN_IPMI_DEVICES_MAX);
	err = plan_check_item(&body, "head", 0, info);
	if (err != ERR_NONE)
		return err;
	const struct plan_list devices = {IPMI_DEVICE, "device", count, PLAN_IPMI_DEVICES_MAX, sizeof *plan->device, get_device, NULL};
	err = plan_take_list(reader, &devices, &list, info);
	plan->device = list;
	plan->device_count = list != NULL ? count : 0;
	return err != ERR_NONE ? err : plan_check_end(reader, info);
}

enum err plan_ipmi_decode(struct plan_ipmi *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_ipmi plan = {0};
	struct plan_reader reader;
	enum err err = plan_open(&reader, data, bytes, PLAN_IPMI, info);

	if (err != ERR_NONE)
		return err;
	err = decode(&plan, &reader, info);
	if (err == ERR_NONE)
		*out = plan;
	else
		plan_ipmi_deinit(&plan);
	return err;
}

void plan_ipmi_deinit(struct plan_ipmi *plan)
{
	mem_free_secret(plan->device, plan->device_count * sizeof *plan->device);
	*plan = (struct plan_ipmi){0};
}
