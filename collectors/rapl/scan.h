/* SPDX-License-Identifier: Apache-2.0 */
/* scan: which zones there are below a folder class/powercap, and their files. */
#ifndef WATTLEDGER_RAPL_SCAN_H
#define WATTLEDGER_RAPL_SCAN_H

#include "base/err.h"
#include "rapl/zone.h"

#include <stddef.h>

/*
 * Looks at all entries; those that are no RAPL zone are left out. *found is yours (mem_free), NULL when there are none; in no order.
 * Errors: ERR_UNAVAILABLE (there is no such folder), ERR_IO, ERR_PERMISSION, ERR_MEMORY, ERR_LIMIT.
 */
enum err c_rapl_scan(const char *class_path, struct c_rapl_found **found, size_t *count, struct err_info *info) MUST_CHECK;

/* Opens a zone's energy_uj for reading. -1: errno says why. */
int c_rapl_scan_open(const char *class_path, const char *entry) MUST_CHECK;

#endif
