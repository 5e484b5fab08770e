/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/day.h"

#include "model/zone.h"

void ledger_day_update(struct ledger_day *day, const struct zone *zone, int64_t utc_s)
{
	if (day->start_s < day->end_s && utc_s >= day->start_s && utc_s < day->end_s)
		return;
	day->days = zone_day_of(zone, utc_s);
	day->start_s = zone_day_start_s(zone, day->days);
	day->end_s = zone_day_start_s(zone, day->days + 1);
}
