/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone: from the zones that the kernel shows to the meters of one machine. Pure.
 *
 * The kernel shows a zone as an entry of /sys/class/powercap, "intel-rapl:0" for a package and "intel-rapl:0:1" for a part of it (the same
 * for AMD processors), with its name in a file (Documentation/power/powercap/powercap.rst, drivers/powercap/intel_rapl_common.c).
 *
 * What a machine draws is its packages and their dram. core and uncore are inside the package; psys holds all of them and the rest of
 * the board: they are shown beside it and never added.
 */
#ifndef WATTLEDGER_RAPL_ZONE_H
#define WATTLEDGER_RAPL_ZONE_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_RAPL_ZONES_MAX = 256, C_RAPL_ENTRY_BYTES = 40, C_RAPL_NAME_BYTES = 32 };

/* What a package may draw when the kernel does not say. */
#define C_RAPL_PACKAGE_MOST_W 400.0

/* A zone as it was found. */
struct c_rapl_found {
	char entry[C_RAPL_ENTRY_BYTES]; /* "intel-rapl:0:1" */
	char name[C_RAPL_NAME_BYTES];   /* "dram" */
	uint64_t range_uj;              /* max_energy_range_uj; 0 not known */
	double power_max_w;             /* highest constraint_*_max_power_uw; 0 not known */
	bool is_readable;               /* its energy_uj could be opened */
};

/* A zone that is a meter. */
struct c_rapl_zone {
	char entry[C_RAPL_ENTRY_BYTES];
	char key[METER_KEY_BYTES]; /* "package-0", "package-0/dram", "psys": stays the same when the kernel numbers anew */
	uint64_t range_uj;         /* as found */
	double power_max_w;        /* highest plausible power, > 0 */
	bool is_readable;
	bool is_summand; /* belongs to the machine's total */
};

/* How deep an entry of class/powercap lies: 1 a package or psys, 2 a part of one, 0 nothing of RAPL (a control type, SCMI, deeper). */
unsigned c_rapl_entry_level(const char *entry) MUST_CHECK;

/*
 * Picks the meters among what was found, in any order; `zones` has room for `count`. Of zones with the same key (intel-rapl-mmio shows
 * the counter of intel-rapl again) the readable one is kept, then the one of intel-rapl. Returns how many there are, sorted by key.
 */
size_t c_rapl_zones_pick(const struct c_rapl_found *found, size_t count, struct c_rapl_zone *zones) MUST_CHECK;

/* true when `key` is a part of the package `package` ("package-0/dram" of "package-0"), or the package itself. */
bool c_rapl_key_is_within(const char *key, const char *package) MUST_CHECK;

/*
 * true when two keys are dies of one package ("package-0-die-0", "package-0-die-1"). On some AMD processors each of them shows the
 * counter of the whole package; on Intel ones each shows its own.
 */
bool c_rapl_key_is_sibling(const char *a, const char *b) MUST_CHECK;

/*
 * The description of a zone's meter. Raw readings are microjoules; they run 0 .. max_energy_range_uj and go on at 0 (powercap.rst: "range
 * of the above energy counter"), so the modulus is one more. Without the range a fall is never taken for a wrap. rated_w stays 0: what
 * the kernel calls max_power is the thermal design power, and bursts go to several times that.
 */
void c_rapl_zone_describe(const struct c_rapl_zone *zone, struct meter_info *out);

/* The description of the machine's total, the sum of its summands. */
void c_rapl_total_describe(struct meter_info *out);

/*
 * How often to read, ms: `asked_ms`, but each counter at least four times while it goes once round at its highest plausible power, so that
 * a wrap is told from a reset and bursts above it are still seen; while no range is known at most 30 s. Not below 100 ms.
 */
uint32_t c_rapl_interval_ms(const struct c_rapl_zone *zones, size_t count, uint32_t asked_ms) MUST_CHECK;

#endif
