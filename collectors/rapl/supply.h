/* SPDX-License-Identifier: Apache-2.0 */
/* supply: the batteries and lines that the kernel's power_supply class shows, read together. */
#ifndef WATTLEDGER_RAPL_SUPPLY_H
#define WATTLEDGER_RAPL_SUPPLY_H

#include "model/sample.h"
#include "rapl/roster.h"
#include "rapl/supply_rule.h"
#include "wire/plan.h"
#include "wire/record.h"

enum { C_RAPL_SUPPLIES_MAX = 32, C_RAPL_SUPPLY_NAME_BYTES = 48, C_RAPL_SUPPLY_SAMPLES = 8 };

struct c_rapl_supply {
	char name[C_RAPL_SUPPLY_NAME_BYTES]; /* "BAT0" */
	enum c_rapl_supply_kind kind;
	int status_fd;
	int fd[C_RAPL_SUPPLY_FILE_COUNT]; /* -1: it has no such file */
	uint32_t meter;
	uint32_t in_meter; /* of a battery */
	uint32_t out_meter;
};

struct c_rapl_supplies {
	char class_path[PLAN_PATH_BYTES + 32];
	int64_t (*clock)(void); /* CLOCK_BOOTTIME, ns */
	struct c_rapl_roster roster;
	struct c_rapl_supply *supply; /* C_RAPL_SUPPLIES_MAX of room */
	size_t count;
	struct sample *sample; /* of the last read */
	size_t sample_count;
	int64_t scanned_boot_ns;
	enum device_state state;
	char reason[WIRE_TEXT_BYTES];
};

/* Looks below ROOT/class/power_supply; that there is nothing is no error. Errors: ERR_LIMIT, ERR_MEMORY. */
enum err c_rapl_supplies_init(struct c_rapl_supplies *supplies, const char *root, int64_t (*clock)(void), struct err_info *info) MUST_CHECK;
void c_rapl_supplies_deinit(struct c_rapl_supplies *supplies);

/* Reads all; `device` goes into the samples. Results: state, reason, sample[]. */
void c_rapl_supplies_read(struct c_rapl_supplies *supplies, uint32_t device);

#endif
