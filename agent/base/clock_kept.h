/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock_kept: whether something keeps the wall clock, as a small process of its own tells it in a file. A sandbox that refuses setting the
 * clock refuses asking about it too, since both are one system call (adjtimex); wattledger-clock asks outside of it.
 */
#ifndef WATTLEDGER_BASE_CLOCK_KEPT_H
#define WATTLEDGER_BASE_CLOCK_KEPT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Where the service's is, how often it is written (on boot time), and how old it may be. */
#define CLOCK_KEPT_PATH "/run/wattledger-clock/kept"
enum { CLOCK_KEPT_INTERVAL_S = 15, CLOCK_KEPT_AGE_MAX_S = 60 };

/* Writes what is so at `boot_ns`. Errors: ERR_IO, ERR_PERMISSION. */
enum err clock_kept_write(const char *path, int64_t boot_ns, bool is_kept, struct err_info *info) MUST_CHECK;

/* What the file says. Untold: there is none, it cannot be read, or it is older at `boot_ns` than CLOCK_KEPT_AGE_MAX_S. */
enum clock_kept { CLOCK_KEPT_UNTOLD = 0, CLOCK_KEPT_FREE, CLOCK_KEPT_YES };
enum clock_kept clock_kept_read(const char *path, int64_t boot_ns) MUST_CHECK;

#endif
