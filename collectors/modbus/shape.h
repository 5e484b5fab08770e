/* SPDX-License-Identifier: Apache-2.0 */
/* shape: what a driver makes of one unit: its meters, the registers that their numbers need, and the samples that the registers give. */
#ifndef WATTLEDGER_MODBUS_SHAPE_H
#define WATTLEDGER_MODBUS_SHAPE_H

#include "base/err.h"
#include "modbus/blocks.h"
#include "model/sample.h"
#include "wire/plan_modbus.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_MODBUS_SHAPE_SAMPLES_MAX = PLAN_MODBUS_GROUPS_MAX * PLAN_MODBUS_POINTS_MAX, C_MODBUS_BASE_NONE = -1 };

struct c_modbus_shape;

/* What it is made of; borrowed. */
struct c_modbus_shape_source {
	const struct plan_modbus_driver *driver;
	const struct plan_modbus_device *device;
	const int32_t
	    *base; /* by group of the driver: address of its model, C_MODBUS_BASE_NONE: the unit has none; 0 for groups without models */
	bool is_in_step; /* blocks of one length need not be kept apart: answers are numbered */
};

/* NULL when out of memory, or when no group is there. */
struct c_modbus_shape *c_modbus_shape_new(const struct c_modbus_shape_source *source) MUST_CHECK;
struct c_modbus_shape *c_modbus_shape_free(struct c_modbus_shape *shape);

/* The requests; spans are marked fresh or refused there. Valid as long as the shape. */
struct c_modbus_blocks *c_modbus_shape_blocks(struct c_modbus_shape *shape) MUST_CHECK;

/* Before a reading: nothing is fresh. */
void c_modbus_shape_begin(struct c_modbus_shape *shape);

/* Keeps the registers of a block; `data`: two bytes each, as they came. */
void c_modbus_shape_take(struct c_modbus_shape *shape, const struct c_modbus_block *block, const uint8_t *data);

/* true when a counter is among the block's registers: its arrival dates the reading. */
bool c_modbus_shape_has_counter(const struct c_modbus_shape *shape, const struct c_modbus_block *block) MUST_CHECK;

/* What a reading came to. */
struct c_modbus_shape_result {
	size_t sample_count;
	uint32_t missing_count; /* values that the unit gave before and not now */
	uint32_t refused_count; /* registers that it has to have, and refuses */
	uint16_t refused_address;
};

/* Called for each meter whose description is new or another one. */
struct c_modbus_shape_teller {
	void (*tell)(void *context, uint32_t meter, const struct meter_info *info);
	void *context;
};

/*
 * Samples of the reading (device number `number`, dated boot_ns) into sample[0 .. C_MODBUS_SHAPE_SAMPLES_MAX); meters are told before. The
 * step of a counter that depends on a scale register is known then.
 */
void c_modbus_shape_read(struct c_modbus_shape *shape, uint32_t number, int64_t boot_ns, const struct c_modbus_shape_teller *teller,
			 struct sample *sample, struct c_modbus_shape_result *result);

/* Meters that a total needs when it is a sum; 0: it is none. */
uint32_t c_modbus_shape_summand_count(const struct c_modbus_shape *shape) MUST_CHECK;

#endif
