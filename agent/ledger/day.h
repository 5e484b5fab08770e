/* SPDX-License-Identifier: Apache-2.0 */
/* day: which local day a slot belongs to. */
#ifndef WATTLEDGER_LEDGER_DAY_H
#define WATTLEDGER_LEDGER_DAY_H

#include <stdint.h>

struct zone;

/*
 * The local day an interval is added to: its calendar date and UTC bounds. Rule: a slot belongs to the day that contains its START. Slots
 * never straddle a UTC hour (slot_s divides 3600), but may straddle local midnight in a zone whose offset is no multiple of the slot. A row keeps
 * the day of the rules that its zone had when it was booked: days only make sums quick (query.h), so no figure depends on those rules.
 */
struct ledger_day {
	int64_t days; /* since 1970-01-01, local */
	int64_t start_s;
	int64_t end_s;
};

/* Sets *day to the day of `utc_s` in `zone`; cheap when *day holds it already. Use one struct ledger_day a site; zero it at first. */
void ledger_day_update(struct ledger_day *day, const struct zone *zone, int64_t utc_s);

#endif
