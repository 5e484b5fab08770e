/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree: the meters of one powercap tree, kept open and read together.
 *
 * A meter is known by its key from the first time it is seen. When its zone goes away (a driver unloaded) or cannot be read, the meter
 * stays and gives no value, and the folder is looked at again now and then; a zone that comes back under another number goes on as the
 * same meter. Dies of one package are told apart first (mirror.h): until then they are neither announced nor counted.
 */
#ifndef WATTLEDGER_RAPL_TREE_H
#define WATTLEDGER_RAPL_TREE_H

#include "base/err.h"
#include "model/sample.h"
#include "rapl/cpu.h"
#include "rapl/mirror.h"
#include "rapl/zone.h"
#include "wire/plan.h"
#include "wire/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct c_rapl_meter {
	struct c_rapl_zone zone;
	struct c_rapl_mirror mirror; /* against `twin` */
	uint32_t number;             /* it was announced as; UINT32_MAX not yet */
	uint16_t package;            /* index of the package that it is a part of; its own for a package or psys */
	uint16_t twin;               /* index of the die that it may mirror; its own: none */
	int fd;                      /* of energy_uj, -1 closed */
	int error;                   /* why it is closed, or was not read: an errno */
	bool is_stale;               /* its description has changed since it was announced */
	bool has_value;              /* `value_uj` is of the last read */
	bool has_before;             /* `before_uj` is of the read at before_boot_ns */
	uint64_t value_uj;
	uint64_t before_uj;
	int64_t before_boot_ns;
};

struct c_rapl_tree {
	char class_path[PLAN_PATH_BYTES + 32];
	int64_t (*clock)(void); /* CLOCK_BOOTTIME, ns */
	struct c_rapl_cpu cpu;  /* read once: on some kernels opening /proc/cpuinfo wakes every processor */
	struct c_rapl_meter *meter;
	size_t count;
	size_t capacity;
	struct sample *sample; /* of the last read: sample_count of 1 + 2 x count */
	size_t sample_count;
	size_t sample_capacity;
	uint32_t number_count; /* numbers given to meters so far */
	uint32_t total_number; /* of the machine's total; UINT32_MAX while it has no summand */
	bool is_total_stale;   /* it has to be announced */
	int64_t scanned_boot_ns;
	int64_t scan_gap_ns;   /* to the next look while something is missing; 0 nothing is */
	bool is_scan_complete; /* the last look saw the whole folder */
	bool is_scan_refused;  /* we may not look into it */
	int64_t boot_ns;       /* of the last read */
	int64_t spread_ns;     /* how long it took */
	enum device_state state;
	char reason[WIRE_TEXT_BYTES];
	uint32_t told_count; /* summands at the last c_rapl_tree_take_news() */
	bool is_reason_new;  /* since then */
};

/* Looks for zones below ROOT/class/powercap; that there are none is no error. `clock` is clock_boot_ns(), a test's own in a test. Errors:
 * ERR_LIMIT (a path too long), ERR_MEMORY. */
enum err c_rapl_tree_init(struct c_rapl_tree *tree, const char *root, int64_t (*clock)(void), struct err_info *info) MUST_CHECK;
void c_rapl_tree_deinit(struct c_rapl_tree *tree);

/* How often to read, ms (c_rapl_interval_ms of its zones). */
uint32_t c_rapl_tree_interval_ms(const struct c_rapl_tree *tree, uint32_t asked_ms) MUST_CHECK;

/* Reads all counters; `device` goes into the samples. Results: state, reason, sample[]. */
void c_rapl_tree_read(struct c_rapl_tree *tree, uint32_t device);

/* The next meter that has to be announced before the samples leave; false when there is none. Call until then. */
bool c_rapl_tree_take_meter(struct c_rapl_tree *tree, uint32_t *number, struct meter_info *out) MUST_CHECK;

/* true when the reason, or the number of summands, is another than at the last call. */
bool c_rapl_tree_take_news(struct c_rapl_tree *tree) MUST_CHECK;

/* Meters that the total needs: those that could not be read, or are not yet decided on, too. */
uint32_t c_rapl_tree_summand_count(const struct c_rapl_tree *tree) MUST_CHECK;

#endif
