/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape: what one device is read for: its meters, and the targets (one object instance each) that give their numbers. Made from a survey;
 * small, for it is kept for every device. Pure.
 */
#ifndef WATTLEDGER_SNMP_SHAPE_H
#define WATTLEDGER_SNMP_SHAPE_H

#include "base/err.h"
#include "model/meter.h"
#include "snmp/survey.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_SNMP_DRIVERS_MAX = 4, C_SNMP_TARGETS_MAX = 8192, C_SNMP_METERS_MAX = 4096 };

/* A meter's number is its place in the shape; it is never given to another key while the program runs. */
struct c_snmp_meter {
	uint64_t key_hash;
	uint64_t info_hash; /* of what was announced */
	uint32_t index_at;  /* its row's index, in shape->index */
	uint8_t index_length;
	uint8_t driver; /* which of the device's drivers; C_SNMP_DRIVERS_MAX: the derived total */
	uint8_t group;
	bool is_present;
};

struct c_snmp_target {
	double factor; /* raw x factor = SI, scale objects included */
	uint16_t meter;
	uint8_t point;
	uint8_t every;   /* read with every n-th read of the device */
	bool is_product; /* no object of its own */
	bool is_skipped; /* the device refuses it: not asked until the next survey */
};

struct c_snmp_shape {
	bool is_packed; /* the arrays are behind this struct, in its own block */
	struct c_snmp_meter *meter;
	size_t meter_count;
	size_t meter_capacity;
	struct c_snmp_target *target; /* meter by meter */
	size_t target_count;
	size_t target_capacity;
	uint32_t *index;
	size_t index_count;
	size_t index_capacity;
	uint32_t summand_count;
	bool is_total_else; /* the summands are those of `sum: else`: those of `sum: yes` give no reading */
	bool is_complete;   /* the survey was */
};

/* The drivers of a device, the main one first. */
struct c_snmp_drivers {
	const struct plan_snmp_driver *driver[C_SNMP_DRIVERS_MAX];
	size_t count;
};

/* Called for each meter that is new or whose description changed. */
struct c_snmp_announcer {
	void (*put_meter)(void *context, uint32_t meter, const struct meter_info *info);
	void *context;
};

/*
 * Makes the shape that a survey tells, with the meter numbers of `old` (NULL: none) for the keys that it knows; meters that are gone keep
 * their numbers and are not present. interval_ms: of the device. NULL when out of memory.
 */
struct c_snmp_shape *c_snmp_shape_new(const struct c_snmp_drivers *drivers, const struct c_snmp_survey *survey,
				      const struct c_snmp_shape *old, uint32_t interval_ms,
				      const struct c_snmp_announcer *announcer) MUST_CHECK;
struct c_snmp_shape *c_snmp_shape_free(struct c_snmp_shape *shape);

/* Group and point of a target. Borrowed from the plan. */
const struct plan_group *c_snmp_shape_group(const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers,
					    const struct c_snmp_target *target) MUST_CHECK;
const struct plan_point *c_snmp_shape_point(const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers,
					    const struct c_snmp_target *target) MUST_CHECK;

/* The object instance of a target that is no product. */
void c_snmp_shape_oid(const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers, const struct c_snmp_target *target,
		      struct plan_oid *out);

/* true when `name` is that instance; quicker than making the OID. */
bool c_snmp_shape_is_oid(const struct c_snmp_shape *shape, const struct c_snmp_drivers *drivers, const struct c_snmp_target *target,
			 const uint32_t *name, size_t name_length) MUST_CHECK;

#endif
