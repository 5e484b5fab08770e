/* SPDX-License-Identifier: Apache-2.0 */
/* plan_rapl: the plan of the rapl collector. A head with the count, then the devices. */
#include "wire/plan_rapl.h"

#include "base/mem.h"
#include "wire/plan_priv.h"

enum rapl_item { RAPL_HEAD = 1, RAPL_DEVICE };

enum { RAPL_INTERVAL_MS_MIN = 100, RAPL_INTERVAL_MS_MAX = 60000 };

static void put_device(struct wire_writer *writer, const struct plan_rapl_device *device)
{
	wire_put_text(writer, device->id);
	wire_put_u8(writer, (uint8_t)device->kind);
	wire_put_text(writer, device->sysfs_root);
	wire_put_u32(writer, device->interval_ms);
}

static void get_device(struct wire_reader *reader, void *item, const void *context)
{
	struct plan_rapl_device *device = item;

	(void)context;
	plan_get_id(reader, device->id, sizeof device->id);
	device->kind = (enum plan_rapl_kind)wire_get_enum(reader, PLAN_RAPL_KIND_COUNT);
	wire_get_text(reader, device->sysfs_root, sizeof device->sysfs_root);
	device->interval_ms = plan_get_u32_of(reader, RAPL_INTERVAL_MS_MIN, RAPL_INTERVAL_MS_MAX);
	if (device->sysfs_root[0] != '/')
		reader->is_bad = true;
}

enum err plan_rapl_encode(const struct plan_rapl *plan, struct buf *out, struct err_info *info)
{
	struct plan_writer writer;
	enum err err = plan_begin(&writer, out, PLAN_RAPL, info);

	if (err != ERR_NONE)
		return err;
	wire_put_u32(plan_item_begin(&writer, RAPL_HEAD), (uint32_t)plan->device_count);
	plan_item_end(&writer);
	for (size_t i = 0; i < plan->device_count; i++) {
		put_device(plan_item_begin(&writer, RAPL_DEVICE), &plan->device[i]);
		plan_item_end(&writer);
	}
	return plan_end(&writer, info);
}

static enum err decode(struct plan_rapl *plan, struct plan_reader *reader, struct err_info *info)
{
	struct wire_reader body = {0};
	void *list = NULL;
	enum err err = plan_take_item(reader, RAPL_HEAD, &body, info);

	if (err != ERR_NONE)
		return err;
	size_t count = plan_get_u32_of(&body, 0, PLAN_DEVICES_MAX);
	err = plan_check_item(&body, "head", 0, info);
	if (err != ERR_NONE)
		return err;
	const struct plan_list devices = {RAPL_DEVICE, "device", count, PLAN_DEVICES_MAX, sizeof *plan->device, get_device, NULL};
	err = plan_take_list(reader, &devices, &list, info);
	plan->device = list;
	plan->device_count = list != NULL ? count : 0;
	return err != ERR_NONE ? err : plan_check_end(reader, info);
}

enum err plan_rapl_decode(struct plan_rapl *out, const void *data, size_t bytes, struct err_info *info)
{
	struct plan_rapl plan = {0};
	struct plan_reader reader;
	enum err err = plan_open(&reader, data, bytes, PLAN_RAPL, info);

	if (err != ERR_NONE)
		return err;
	err = decode(&plan, &reader, info);
	if (err == ERR_NONE)
		*out = plan;
	else
		plan_rapl_deinit(&plan);
	return err;
}

void plan_rapl_deinit(struct plan_rapl *plan)
{
	mem_free(plan->device);
	*plan = (struct plan_rapl){0};
}
