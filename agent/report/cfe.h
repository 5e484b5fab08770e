/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cfe: carbon-free energy of sites hour by hour (account/cfe.h), and the market-based method with instruments that are matched so.
 *
 * The hours are those of report/supply.h. An instrument is hourly when its vintage lies in one hour of UTC, its node is the site itself and its
 * zone that of the site's energy from the grid; of an hour that the period cuts it has its share by time; certificates go before contracts, each kind in the order in which it was entered. All others, and
 * suppliers' rates, have no hours: they count in the method of the year alone (report/market.h). What hourly instruments leave takes the residual
 * mix, else the location-based factor.
 */
#ifndef WATTLEDGER_REPORT_CFE_H
#define WATTLEDGER_REPORT_CFE_H

#include "base/err.h"
#include "report/supply.h"

#include <stdbool.h>

/* Whether a site has an hourly instrument. */
bool report_cfe_is_hourly(const struct report_totals *totals, const struct report_site *site) MUST_CHECK;

/*
 * Fills the cfe of supply[0..sites of totals), each NULL or the hours of that site, from the hours and the instruments; `totals` have meters.
 * ERR_MEMORY.
 */
enum err report_cfe_fill(struct report_supply *const *supply, const struct report_totals *totals, struct err_info *info) MUST_CHECK;

/* Of the row of a site; of `total` when all its sites have it; else none. `supply` is NULL or filled. */
struct report_cfe report_cfe_of(struct report_supply *const *supply, const struct report_totals *totals,
				const struct report_total *row) MUST_CHECK;

#endif
