/* SPDX-License-Identifier: Apache-2.0 */
#include "run/meter_tags.h"

#include <fnmatch.h>

struct meter_tags meter_tags_resolve(const struct plan_device *device, const struct meter_info *meter)
{
	bool is_total = meter->role == ROLE_TOTAL;
	enum supply supply = meter->supply != SUPPLY_NONE ? meter->supply : device->supply;

	return (struct meter_tags){
	    .point = device->has_point && is_total ? device->point : meter->point,
	    .supply = supply,
	    /* What a battery gives came in before: its losses are in the intake. */
	    .is_in_total = device->is_in_total && is_total && !meter->is_port && supply != SUPPLY_BATTERY,
	};
}

enum ref meter_tags_ref(const struct plan_core *plan, const struct plan_device *device, const struct meter_info *meter)
{
	bool is_flow = meter->parent[0] != '\0';
	const char *key = is_flow ? meter->parent : meter->key;

	for (uint32_t i = 0; i < device->port_count; i++) {
		const struct plan_port *port = &plan->port[device->first_port + i];

		if (fnmatch(port->pattern, key, 0) == 0 || (!is_flow && fnmatch(port->pattern, meter->name, 0) == 0))
			return port->ref;
	}
	return device->ref;
}

void meter_tags_fill_port(struct line_tags *out, const struct plan_core *plan, const struct plan_device *device,
			  const struct meter_info *meter)
{
	bool is_flow = meter->is_port && meter->parent[0] != '\0';

	*out = (struct line_tags){
	    .site = plan->site[device->site].id,
	    .device = device->id,
	    .port = is_flow ? meter->parent : meter->key,
	    .ref = ref_name(meter_tags_ref(plan, device, meter)),
	    .flow = is_flow ? meter->name : "all",
	};
}

void meter_tags_fill(struct line_tags *out, const struct plan_core *plan, const struct plan_device *device, const struct meter_info *meter)
{
	struct meter_tags resolved = meter_tags_resolve(device, meter);

	*out = (struct line_tags){
	    .site = plan->site[device->site].id,
	    .rack = device->rack,
	    .tenant = device->tenant,
	    .device = device->id,
	    .meter = meter->key,
	    .role = role_name(meter->role),
	    .in_total = resolved.is_in_total ? "yes" : "no",
	    .point = point_name(resolved.point),
	    .supply = supply_name(resolved.supply),
	};
}

/* What its points are, and their tags. */
static enum line_tag_set fill_set(struct line_tags *out, const struct plan_core *plan, const struct plan_device *device,
				  const struct meter_info *meter)
{
	if (meter->is_port)
		meter_tags_fill_port(out, plan, device, meter);
	else
		meter_tags_fill(out, plan, device, meter);
	return meter->is_port ? LINE_TAGS_TRAFFIC : LINE_TAGS_METER;
}

enum err meter_tags_init_series(struct line_series *out, const struct plan_core *plan, const struct plan_device *device,
				const struct meter_info *meter, struct err_info *info)
{
	struct line_tags tags;
	enum line_tag_set set = fill_set(&tags, plan, device, meter);

	return line_series_init(out, set, &tags, info);
}

void meter_tags_print(struct buf *out, const struct plan_core *plan, const struct plan_device *device, const struct meter_info *meter)
{
	struct line_tags tags;
	enum line_tag_set set = fill_set(&tags, plan, device, meter);

	line_series_print(out, set, &tags);
}
