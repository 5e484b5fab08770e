/* SPDX-License-Identifier: Apache-2.0 */
/* tzif: builds small TZif files, so that the tests need no database of time zones. */
#ifndef WATTLEDGER_TEST_TZIF_H
#define WATTLEDGER_TEST_TZIF_H

#include "base/buf.h"
#include "model/zone.h"

#include <stddef.h>
#include <stdint.h>

/* From at_s on local time is offset_s ahead of UTC. */
struct tzif_change {
	int64_t at_s;
	int32_t offset_s;
};

/* Adds a version 2 file: first_offset_s, then the changes (count of them), then the rule of the footer ("" for none). */
void tzif_build(struct buf *out, int32_t first_offset_s, const struct tzif_change *changes, size_t count, const char *rule);

/* The same, parsed; the test fails when that fails. Yours: zone_free. */
struct zone *tzif_zone(int32_t first_offset_s, const struct tzif_change *changes, size_t count, const char *rule);

/* Seconds since 1970 of "2026-11-25T20:15:00Z"; days since 1970 of a date. */
int64_t tzif_utc_s(const char *text);
int64_t tzif_days(int year, int month, int day);

#endif
