/* SPDX-License-Identifier: Apache-2.0 */
/* series_time: instants as publishers of factor series write them. Pure. */
#ifndef WATTLEDGER_SETTINGS_SERIES_TIME_H
#define WATTLEDGER_SETTINGS_SERIES_TIME_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

/* SAID: the text has to name its offset; UTC: without one it is UTC, since its column's name says so. */
enum series_clock { SERIES_CLOCK_SAID = 0, SERIES_CLOCK_UTC };

/*
 * "2024-01-01T00:00Z", "2024-01-01 00:00:00+00:00", "2024-01-01 00:00" (UTC) in seconds. false: it is no instant, has no offset although it has to
 * name one, or is not a whole second.
 */
bool series_time_parse(const char *text, enum series_clock clock, int64_t *utc_s) MUST_CHECK;

/* ENTSO-E's market time unit: "01.01.2024 00:00 - 01.01.2024 01:00", or with slashes, with seconds; UTC. */
bool series_time_parse_unit(const char *text, int64_t *start_s, int64_t *end_s) MUST_CHECK;

#endif
