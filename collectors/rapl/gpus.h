/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpus: NVIDIA's graphics processors through their management library NVML, which is loaded at run time where it is installed (the one
 * library that is not linked). Its functions and numbers: NVML API reference, "Device Queries". The total energy (Volta and newer) is a
 * counter in millijoules since the driver was loaded; the power is a mean of the last second on Ampere and newer.
 */
#ifndef WATTLEDGER_RAPL_GPUS_H
#define WATTLEDGER_RAPL_GPUS_H

#include "model/sample.h"
#include "rapl/roster.h"
#include "wire/record.h"

enum { C_RAPL_GPUS_MAX = 64, C_RAPL_GPU_SAMPLES = 3 };

struct c_rapl_nvml; /* the library's functions */

struct c_rapl_gpu {
	void *handle;
	uint32_t meter;
	bool has_energy; /* it has the counter */
};

struct c_rapl_gpus {
	int64_t (*clock)(void); /* CLOCK_BOOTTIME, ns */
	const char *library;
	struct c_rapl_nvml *nvml; /* NULL: not loaded */
	struct c_rapl_roster roster;
	struct c_rapl_gpu gpu[C_RAPL_GPUS_MAX];
	uint32_t count;
	struct sample sample[C_RAPL_GPUS_MAX * C_RAPL_GPU_SAMPLES]; /* of the last read */
	size_t sample_count;
	int64_t opened_boot_ns;
	enum device_state state;
	char reason[WIRE_TEXT_BYTES];
};

/* What NVML is called where it is installed. */
#define C_RAPL_NVML_LIBRARY "libnvidia-ml.so.1"

/* Loads the library `library` (borrowed for ever); that there is none is no error. */
void c_rapl_gpus_init(struct c_rapl_gpus *gpus, const char *library, int64_t (*clock)(void));
void c_rapl_gpus_deinit(struct c_rapl_gpus *gpus);

/* Reads all; `device` goes into the samples. Results: state, reason, sample[]. A driver that was reloaded is found again. */
void c_rapl_gpus_read(struct c_rapl_gpus *gpus, uint32_t device);

#endif
