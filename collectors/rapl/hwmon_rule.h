/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hwmon_rule: what a file of the kernel's hwmon class measures. Pure. (Documentation/hwmon/sysfs-interface.rst: power in microwatts, energy
 * in microjoules, temperature in thousandths of a degree, humidity in thousandths of a percent.)
 *
 * What a machine as a whole draws is told by an ACPI power meter, or by the input sides (pin) of its PMBus supplies, whose sum it is; never by
 * both. All else (shunts on a board, graphics processors, amd_energy) is inside the machine: it stands beside and is never added.
 */
#ifndef WATTLEDGER_RAPL_HWMON_RULE_H
#define WATTLEDGER_RAPL_HWMON_RULE_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { C_RAPL_CHIP_BYTES = 40, C_RAPL_FILE_BYTES = 32, C_RAPL_HWMON_MAX = 512 };

enum c_rapl_hwmon_scope { C_RAPL_HWMON_OTHER = 0, C_RAPL_HWMON_ACPI, C_RAPL_HWMON_PIN, C_RAPL_HWMON_AIR };

/* A file that is worth reading. */
struct c_rapl_hwmon_file {
	char folder[C_RAPL_CHIP_BYTES]; /* "hwmon3" or "hwmon3/device"; another after the next start */
	char name[C_RAPL_FILE_BYTES];   /* "power1_input" */
	char chip[C_RAPL_CHIP_BYTES];   /* "ina226" */
	char place[C_RAPL_CHIP_BYTES];  /* where it sits: the name of its device, "1-0040"; "" none */
	char label[C_RAPL_CHIP_BYTES];  /* "pin1"; "" none */
	unsigned index;                 /* the 1 of power1 */
	enum quantity quantity;
	enum c_rapl_hwmon_scope scope;
};

/*
 * Reads a file's name: quantity, index. false: nothing to read. Of a power's input and average both are taken here;
 * c_rapl_hwmon_prune() keeps one.
 */
bool c_rapl_hwmon_parse(const char *name, struct c_rapl_hwmon_file *out) MUST_CHECK;

/* Sets the scope from chip, place and label; false: it is not to be read (the output of a supply; amd_energy's single cores; a temperature
 * of something else than air). `has_humidity`: its chip measures air. */
bool c_rapl_hwmon_place(struct c_rapl_hwmon_file *file, bool has_humidity) MUST_CHECK;

/* Drops what repeats another: of one power's average and input the average is kept. Returns how many are left. */
size_t c_rapl_hwmon_prune(struct c_rapl_hwmon_file *files, size_t count) MUST_CHECK;

/*
 * The meter that a file belongs to, given all files: "total" for the one ACPI power meter (several are parts: which of them is the whole
 * cannot be told); "CHIP-PLACE/INDEX" otherwise. The power and the energy of one index are one meter.
 */
void c_rapl_hwmon_describe(const struct c_rapl_hwmon_file *file, const struct c_rapl_hwmon_file *files, size_t count,
			   struct meter_info *out);

/* true when the files have supplies of which a total is the sum. */
bool c_rapl_hwmon_has_sum(const struct c_rapl_hwmon_file *files, size_t count) MUST_CHECK;

/* The description of that total. */
void c_rapl_hwmon_describe_sum(struct meter_info *out);

/*
 * A raw number in SI. false: no value: negative power or energy, all ones of 32 bits (in microwatts, ACPI's "unknown"), and a whole
 * machine or all of a supply that draws nothing.
 */
bool c_rapl_hwmon_value(const struct c_rapl_hwmon_file *file, int64_t raw, double *value) MUST_CHECK;

#endif
