/* SPDX-License-Identifier: Apache-2.0 */
/* plan_rapl: what the rapl collector reads: what the kernel of this machine shows of power, one device for each kind of it. */
#ifndef WATTLEDGER_WIRE_PLAN_RAPL_H
#define WATTLEDGER_WIRE_PLAN_RAPL_H

#include "wire/plan.h"

/* powercap: energy counters of processors. hwmon: power and energy sensors. power_supply: batteries. nvml: NVIDIA's GPUs. */
enum plan_rapl_kind { PLAN_RAPL_POWERCAP = 0, PLAN_RAPL_HWMON, PLAN_RAPL_POWER_SUPPLY, PLAN_RAPL_NVML, PLAN_RAPL_KIND_COUNT };

struct plan_rapl_device {
	char id[PLAN_ID_BYTES];
	enum plan_rapl_kind kind;
	char sysfs_root[PLAN_PATH_BYTES]; /* "/sys"; zones are looked for in ROOT/class/powercap, and so on */
	uint32_t interval_ms;             /* 1 s .. 60 s; the collector shortens it when a zone would wrap more than once in four */
};

struct plan_rapl {
	struct plan_rapl_device *device;
	size_t device_count;
};

/* As the whole plans in plan.h. */
enum err plan_rapl_encode(const struct plan_rapl *plan, struct buf *out, struct err_info *info) MUST_CHECK;
enum err plan_rapl_decode(struct plan_rapl *out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;
void plan_rapl_deinit(struct plan_rapl *plan);

#endif
