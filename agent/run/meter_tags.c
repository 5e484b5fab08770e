/* SPDX-License-Identifier: Apache-2.0 */
#include "run/meter_tags.h"

struct meter_tags meter_tags_resolve(const struct plan_device *device, const struct meter_info *meter)
{
	bool is_total = meter->role == ROLE_TOTAL;

	return (struct meter_tags){
	    .point = device->has_point && is_total ? device->point : meter->point,
	    .supply = meter->supply != SUPPLY_NONE ? meter->supply : device->supply,
	    .is_in_total = device->is_in_total && is_total,
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

enum err meter_tags_init_series(struct line_series *out, const struct plan_core *plan, const struct plan_device *device,
				const struct meter_info *meter, struct err_info *info)
{
	struct line_tags tags;

	meter_tags_fill(&tags, plan, device, meter);
	return line_series_init(out, LINE_TAGS_METER, &tags, info);
}

void meter_tags_print(struct buf *out, const struct plan_core *plan, const struct plan_device *device, const struct meter_info *meter)
{
	struct line_tags tags;

	meter_tags_fill(&tags, plan, device, meter);
	line_series_print(out, LINE_TAGS_METER, &tags);
}
