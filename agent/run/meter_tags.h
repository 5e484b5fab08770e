/* SPDX-License-Identifier: Apache-2.0 */
/* meter_tags: where a meter stands, from what the configuration and what its driver says, and the tags of its points. Pure. */
#ifndef WATTLEDGER_RUN_METER_TAGS_H
#define WATTLEDGER_RUN_METER_TAGS_H

#include "base/err.h"
#include "output/line.h"
#include "wire/plan.h"

#include <stdbool.h>

struct meter_tags {
	enum point point;
	enum supply supply;
	bool is_in_total;
};

/* The configuration's word goes before the driver's; parts keep the driver's point; they and batteries never count in the site's total. */
struct meter_tags meter_tags_resolve(const struct plan_device *device, const struct meter_info *meter) MUST_CHECK;

/* The values of the tags, borrowed from the three. */
void meter_tags_fill(struct line_tags *out, const struct plan_core *plan, const struct plan_device *device, const struct meter_info *meter);

/* Those of `traffic`: of a port, of a flow, or of a meter of energy that counts octets too. */
void meter_tags_fill_port(struct line_tags *out, const struct plan_core *plan, const struct plan_device *device,
			  const struct meter_info *meter);

/* Where a port (or the port that a flow is of) stands: the first of the device's patterns that fits its key or its name, else the device's. */
enum ref meter_tags_ref(const struct plan_core *plan, const struct plan_device *device, const struct meter_info *meter) MUST_CHECK;

/* The tags of `energy`, `slot` and `carbon`; those of `traffic` when it is a port. ERR_MEMORY. *out is yours: line_series_deinit(). */
enum err meter_tags_init_series(struct line_series *out, const struct plan_core *plan, const struct plan_device *device,
				const struct meter_info *meter, struct err_info *info) MUST_CHECK;
/* The same text added to `out`: for those who have no room for one of each meter. */
void meter_tags_print(struct buf *out, const struct plan_core *plan, const struct plan_device *device, const struct meter_info *meter);

#endif
