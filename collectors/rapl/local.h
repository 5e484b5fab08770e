/* SPDX-License-Identifier: Apache-2.0 */
/* local: one device of the plan, of whichever kind: what it gives to the frame, in one form. */
#ifndef WATTLEDGER_RAPL_LOCAL_H
#define WATTLEDGER_RAPL_LOCAL_H

#include "rapl/gpus.h"
#include "rapl/hwmon.h"
#include "rapl/supply.h"
#include "rapl/tree.h"
#include "wire/plan_rapl.h"

struct c_rapl_local {
	enum plan_rapl_kind kind;
	bool is_open;
	char told_reason[WIRE_TEXT_BYTES]; /* of the last c_rapl_local_take_news() */
	union {
		struct c_rapl_tree tree;
		struct c_rapl_hwmon hwmon;
		struct c_rapl_supplies supplies;
		struct c_rapl_gpus gpus;
	};
};

/* What a read gave. Borrowed until the next one. */
struct c_rapl_local_result {
	enum device_state state;
	uint32_t latency_us;
	const char *reason;
	const struct sample *sample;
	size_t sample_count;
	uint32_t summand_count;
};

/* Opens what the plan says. Errors: ERR_LIMIT, ERR_MEMORY; nothing is left open then. */
enum err c_rapl_local_init(struct c_rapl_local *local, const struct plan_rapl_device *device, struct err_info *info) MUST_CHECK;
void c_rapl_local_deinit(struct c_rapl_local *local);

/* How often to read, ms: `asked_ms`, or less where counters wrap. */
uint32_t c_rapl_local_interval_ms(const struct c_rapl_local *local, uint32_t asked_ms) MUST_CHECK;

/* Reads; `device` goes into the samples. */
void c_rapl_local_read(struct c_rapl_local *local, uint32_t device);

/* The outcome of the last read. */
struct c_rapl_local_result c_rapl_local_result(const struct c_rapl_local *local) MUST_CHECK;

/* The next meter that has to be announced; false: none. */
bool c_rapl_local_take_meter(struct c_rapl_local *local, uint32_t *number, struct meter_info *out) MUST_CHECK;

/* true when there is something new to tell of the device since the last call. */
bool c_rapl_local_take_news(struct c_rapl_local *local) MUST_CHECK;

/* Fills identity and counts of a device record. */
void c_rapl_local_describe(const struct c_rapl_local *local, struct wire_device *out);

#endif
