/* SPDX-License-Identifier: Apache-2.0 */
#include "run/books_feeds_priv.h"

#include "model/feeds.h"
#include "run/books_priv.h"

#include <math.h>
#include <string.h>

enum { FEEDS_POWER_DECIMALS = 3, FEEDS_SHARE_DECIMALS = 1 };

#define FEEDS_PERCENT 100.0

void books_feeds_init(struct id_index *ids, const struct books *books)
{
	const struct plan_core *plan = books->options.plan;
	bool has_feeds = false;

	*ids = (struct id_index){0};
	for (size_t i = 0; i < plan->device_count && !has_feeds; i++)
		has_feeds = plan->device[i].fed_by[0] != '\0';
	if (has_feeds && id_index_init_devices(ids, plan->device, plan->device_count) != ERR_NONE)
		*ids = (struct id_index){0};
}

static const struct books_meter *find_meter(const struct books_device *device, const char *key)
{
	if (key[0] == '\0')
		return books_device_meter(device);
	for (size_t i = 0; i < device->meter_count; i++) {
		if (strcmp(device->meter[i]->info->key, key) == 0)
			return device->meter[i];
	}
	return NULL;
}

/* NaN: one of the feeds is not known now. */
static double outer_w(const struct books *books, const struct id_index *ids, const char *fed_by, int64_t now_boot_ns)
{
	struct feed feed[FEEDS_MAX];
	size_t count = feeds_parse(feed, fed_by);
	double power_w = 0;

	for (size_t i = 0; i < count && count <= FEEDS_MAX; i++) {
		uint32_t at = id_index_find(ids, feed[i].device);
		const struct books_meter *meter = at == ID_INDEX_NONE ? NULL : find_meter(&books->device[at], feed[i].key);

		power_w += meter == NULL ? (double)NAN : books_fresh_power_w(meter, now_boot_ns);
	}
	return count > 0 && count <= FEEDS_MAX ? power_w : (double)NAN;
}

void books_add_feeds(const struct books *books, const struct id_index *ids, const struct books_device *device, struct json *json,
		     int64_t now_boot_ns)
{
	const struct books_meter *meter = books_device_meter(device);
	double inner_w = meter == NULL ? (double)NAN : books_fresh_power_w(meter, now_boot_ns);
	double feeds_w;

	if (device->plan->fed_by[0] == '\0' || ids->count == 0) {
		json_add_null(json, "feeds");
		return;
	}
	feeds_w = outer_w(books, ids, device->plan->fed_by, now_boot_ns);
	json_open_object(json, "feeds");
	json_add_text(json, "fed_by", device->plan->fed_by);
	json_add_double(json, "power_w", feeds_w, FEEDS_POWER_DECIMALS);
	json_add_double(json, "explained_pct", feeds_w > 0 ? FEEDS_PERCENT * inner_w / feeds_w : (double)NAN, FEEDS_SHARE_DECIMALS);
	if (meter == NULL)
		json_add_null(json, "is_component");
	else
		json_add_bool(json, "is_component", meter->info->is_component);
	json_close_object(json);
}
