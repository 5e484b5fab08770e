/* SPDX-License-Identifier: Apache-2.0 */
/* cpu: which processor this is, from the text of /proc/cpuinfo. */
#ifndef WATTLEDGER_RAPL_CPU_H
#define WATTLEDGER_RAPL_CPU_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>

struct c_rapl_cpu {
	char vendor[METER_IDENTITY_BYTES]; /* "GenuineIntel", "AuthenticAMD"; "" not known */
	char model[METER_IDENTITY_BYTES];  /* "Intel(R) Xeon(R) ..."; "" not known */
	bool is_virtual;                   /* the processor says that a hypervisor runs it */
};

/* Takes what the first processor of the text says. Pure. */
void c_rapl_cpu_parse(const char *text, struct c_rapl_cpu *out);

/* Reads SYSFS_ROOT/../proc/cpuinfo, which is /proc/cpuinfo for /sys; all is unknown when it is not there. */
void c_rapl_cpu_read(const char *sysfs_root, struct c_rapl_cpu *out);

#endif
