/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utility: what a site's bills or meters say beside electricity, as it was entered (`enter utility`):
 *
 *   water   l, from, to: water that came in                        reused  kWh, from, to: energy, as heat, that left the site and was used
 *
 * Entries are of the site. What they come to in a period is known where they cover it, each instant once, and none reaches beyond it: nobody
 * knows how much of such a bill is of which side.
 */
#ifndef WATTLEDGER_REPORT_UTILITY_H
#define WATTLEDGER_REPORT_UTILITY_H

#include "base/err.h"
#include "report/entered.h"
#include "report/indicators.h"
#include "report/register.h"

#define UTILITY_WATER "water"
#define UTILITY_REUSED "reused"

/* Fills water and reused energy of a site's indicators. `entered` are those of all sites. ERR_MEMORY. */
enum err report_utility_indicate(struct report_indicators *out, const struct report_entered *entered, const struct report_site *site,
				 struct err_info *info) MUST_CHECK;

#endif
