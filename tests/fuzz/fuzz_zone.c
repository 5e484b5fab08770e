/* SPDX-License-Identifier: Apache-2.0 */
/* TZif files: the first 16 bytes are two instants to ask for, the rest is the file. Days must be whole in any zone that is accepted. */
#include "model/zone.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Instants within some 30 million years, so that the promise about days is not the clamped one. */
static void check_instant(const struct zone *zone, int64_t utc_s)
{
	int64_t days;

	(void)zone_offset_s(zone, utc_s);
	(void)zone_day_of(zone, utc_s);
	(void)zone_day_start_s(zone, utc_s);
	utc_s %= INT64_C(1) << 50;
	days = zone_day_of(zone, utc_s);
	if (zone_day_start_s(zone, days) > utc_s || zone_day_start_s(zone, days + 1) <= utc_s)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct err_info info = {0};
	struct zone *zone = NULL;
	int64_t instants[2];

	if (bytes < sizeof instants)
		return 0;
	memcpy(instants, data, sizeof instants);
	if (zone_parse(&zone, data + sizeof instants, bytes - sizeof instants, &info) != ERR_NONE)
		return 0;
	check_instant(zone, instants[0]);
	check_instant(zone, instants[1]);
	zone_free(zone);
	return 0;
}
