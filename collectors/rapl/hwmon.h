/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hwmon: the power, energy, and air sensors that the kernel's hwmon class shows, kept open and read together. What vanishes gives no value
 * and is looked for again; the same chip at the same place is the same meter, whatever number the kernel gives its folder.
 *
 * A sensor whose driver asks firmware (ACPI power meter) may take a while: the collector waits for it, as for any file.
 */
#ifndef WATTLEDGER_RAPL_HWMON_H
#define WATTLEDGER_RAPL_HWMON_H

#include "model/sample.h"
#include "rapl/hwmon_rule.h"
#include "rapl/roster.h"
#include "wire/plan.h"
#include "wire/record.h"

struct c_rapl_gauge {
	struct c_rapl_hwmon_file file;
	uint32_t meter;
	int fd;
};

struct c_rapl_hwmon {
	char class_path[PLAN_PATH_BYTES + 32];
	int64_t (*clock)(void); /* CLOCK_BOOTTIME, ns */
	struct c_rapl_roster roster;
	struct c_rapl_gauge *gauge; /* C_RAPL_HWMON_MAX of room */
	size_t count;
	struct sample *sample; /* of the last read, in the order of meters */
	size_t sample_count;
	int64_t scanned_boot_ns;
	enum device_state state;
	char reason[WIRE_TEXT_BYTES];
};

/* Looks below ROOT/class/hwmon; that there is nothing is no error. Errors: ERR_LIMIT, ERR_MEMORY. */
enum err c_rapl_hwmon_init(struct c_rapl_hwmon *hwmon, const char *root, int64_t (*clock)(void), struct err_info *info) MUST_CHECK;
void c_rapl_hwmon_deinit(struct c_rapl_hwmon *hwmon);

/* Reads all; `device` goes into the samples. Results: state, reason, sample[]. */
void c_rapl_hwmon_read(struct c_rapl_hwmon *hwmon, uint32_t device);

#endif
