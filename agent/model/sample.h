/* SPDX-License-Identifier: Apache-2.0 */
/* sample: one reading of one quantity of one meter. */
#ifndef WATTLEDGER_MODEL_SAMPLE_H
#define WATTLEDGER_MODEL_SAMPLE_H

#include "model/meter.h"
#include "model/quantity.h"

#include <stdint.h>

/* `meter` of a sample that concerns the device as a whole (uptime_s). */
#define SAMPLE_METER_NONE UINT32_MAX

/*
 * device and meter are the indices of the plan and of the collector's announcement. Samples of one read of one device carry the same
 * boot_ns and follow each other: first those of the device (uptime_s), then meter by meter.
 */
struct sample {
	uint32_t device;
	uint32_t meter;
	enum quantity quantity;
	enum caliber caliber;
	int64_t boot_ns; /* when the answer arrived (SO_TIMESTAMPNS where there is one), CLOCK_BOOTTIME */
	uint64_t raw;    /* counters (quantity_is_counter): the raw reading */
	double value;    /* all others: SI, finite */
};

#endif
