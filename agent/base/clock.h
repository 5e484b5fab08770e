/* SPDX-License-Identifier: Apache-2.0 */
/* clock: the two clocks and the text forms of time. Only the shells read clocks; pure code is given the numbers. */
#ifndef WATTLEDGER_BASE_CLOCK_H
#define WATTLEDGER_BASE_CLOCK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_NS_PER_S INT64_C(1000000000)
#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_US INT64_C(1000)
#define CLOCK_MS_PER_S INT64_C(1000)

enum { CLOCK_TEXT_BYTES = 40, CLOCK_BOOT_ID_BYTES = 37 };

/* Both clocks, read together (utc between two boot readings that are near each other). */
struct clock_reading {
	int64_t boot_ns; /* CLOCK_BOOTTIME: since boot, suspend included; never steps */
	int64_t utc_ns;  /* CLOCK_REALTIME: since 1970 UTC; may step */
	bool is_synced;  /* the kernel says that something keeps the wall clock (adjtimex without STA_UNSYNC; clock_kept.h) */
	bool is_untold;  /* the kernel may not be asked here, and wattledger-clock has not said it lately either */
};

/* CLOCK_BOOTTIME alone, and both clocks. */
int64_t clock_boot_ns(void) MUST_CHECK;
void clock_read(struct clock_reading *reading);

/* The kernel's boot id (36 characters and NUL); "00000000-0000-0000-0000-000000000000" when there is none. */
void clock_read_boot_id(char out[static CLOCK_BOOT_ID_BYTES]);

/* "2026-11-25T20:15:00Z", or with ".123" when millisecond part is not zero; year 0001..9999. Returns bytes. */
size_t clock_print_utc(char out[static CLOCK_TEXT_BYTES], int64_t utc_ms);

/* "20261125T201500Z", for names of files: the seconds alone. Returns bytes. */
size_t clock_print_compact(char out[static CLOCK_TEXT_BYTES], int64_t utc_ms);

/* RFC 3339 with Z or an offset, fraction up to 9 digits (cut to ms); seconds 60 is taken as 59.999. false on anything else. */
bool clock_parse_utc(const char *text, int64_t *utc_ms) MUST_CHECK;

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. month 1..12, day 1..31. */
int64_t clock_days_from_civil(int64_t year, int month, int day) MUST_CHECK;
void clock_civil_from_days(int64_t days, int64_t *year, int *month, int *day);

#endif
