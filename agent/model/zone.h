/* SPDX-License-Identifier: Apache-2.0 */
/* zone: civil time of a time zone, from its TZif file (RFC 8536). Pure on bytes; several zones can be used at once. */
#ifndef WATTLEDGER_MODEL_ZONE_H
#define WATTLEDGER_MODEL_ZONE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum { ZONE_NAME_BYTES = 64 };

struct zone;

/* Parses a TZif version 1..4 file (the last footer rule is followed beyond its table). Errors: ERR_DATA, ERR_MEMORY. Yours: zone_free. */
enum err zone_parse(struct zone **out, const void *data, size_t bytes, struct err_info *info) MUST_CHECK;

/*
 * Reads NAME ("Europe/Oslo", "UTC") below `root` (NULL: /usr/share/zoneinfo). "UTC" and "Etc/UTC" need no file. Errors: ERR_DATA for a name that leaves
 * the folder or does not exist (with the nearest advice: install tzdata).
 */
enum err zone_open(struct zone **out, const char *root, const char *name, struct err_info *info) MUST_CHECK;
struct zone *zone_free(struct zone *zone);

/* Seconds east of UTC at an instant. */
int32_t zone_offset_s(const struct zone *zone, int64_t utc_s) MUST_CHECK;

/*
 * The first instant (UTC seconds) of a local date: local midnight, or the first valid instant of the day where that midnight does
 * not exist; of two midnights the earlier. `days` = clock_days_from_civil() of the date.
 */
int64_t zone_day_start_s(const struct zone *zone, int64_t days) MUST_CHECK;

/* The local date that an instant belongs to, as days since 1970-01-01: zone_day_start_s(d) <= utc_s < zone_day_start_s(d + 1). */
int64_t zone_day_of(const struct zone *zone, int64_t utc_s) MUST_CHECK;

#endif
