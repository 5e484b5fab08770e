/* SPDX-License-Identifier: Apache-2.0 */
/*
 * indicators: the data-centre indicators of a site, where both of their terms are known:
 *
 *   PUE   energy of the site / energy of its IT, over 12 months; over less it is iPUE        (ISO/IEC 30134-2, EN 50600-4-2)
 *   CUE   emissions of the site / energy of its IT, kg CO2e per kWh                          (ISO/IEC 30134-8, EN 50600-4-8)
 *   REF   energy of its own PV / energy of the site                                          (ISO/IEC 30134-3, EN 50600-4-3)
 *   SEE   energy of its telecom equipment / energy of the site                               (ITU-T L.1350)
 *   WUE   water that came in / energy of its IT, l per kWh                                   (ISO/IEC 30134-9, EN 50600-4-9)
 *   ERF   energy that it gave away to be used again / energy of the site                     (ISO/IEC 30134-6, EN 50600-4-6)
 *
 * The site is metered when all that counts in its total sits at site_ac, or is fed by a generating set or PV. IT is what devices draw at
 * ups_out (category 1), else at pdu_out (2), else at it_in (3): the first of them that is metered, since the one farthest up misses least; a
 * device that another of the same point feeds is in it already. Telecom is the same at dc_bus. Either term has to be covered for 95 % of the
 * time. Water and what is used again are entered (utility.h).
 */
#ifndef WATTLEDGER_REPORT_INDICATORS_H
#define WATTLEDGER_REPORT_INDICATORS_H

#include "base/err.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INDICATORS_DECIMALS = 6 };

/* Which term a meter is in. */
enum report_indicator_term { INDICATOR_TERM_NONE = 0, INDICATOR_TERM_IT, INDICATOR_TERM_TELECOM };

/* Of a site. Amounts mean nothing without their has_. */
struct report_indicators {
	bool is_year; /* twelve months that are over */
	bool has_site;
	bool has_it;
	bool has_telecom;
	bool has_mg;
	bool has_water;
	bool has_reused;
	enum point it_point; /* with IT metered, whether it is known or not; else POINT_OTHER */
	int64_t site_millij;
	int64_t it_millij;
	int64_t telecom_millij;
	int64_t pv_millij;
	int64_t mg;
	int64_t water_micro_l;
	int64_t reused_millij;
	bool has_instruments; /* certificates and contracts count: whether what they stand for is renewable is not known */
	const char *missing;  /* why there is no PUE; NULL: there is one, or nothing of it is metered. Static */
};

/* 365 or 366 days; DST may move its ends. */
bool report_indicators_is_year(int64_t start_s, int64_t end_s) MUST_CHECK;

/* 1, 2, 3 by the point at which IT is metered; 0: it is none of these. */
int report_indicators_category(enum point point) MUST_CHECK;

/* Millionths; false: not known. PUE as such and interim alike. */
bool report_indicators_pue(const struct report_indicators *indicators, int64_t *micro) MUST_CHECK;
bool report_indicators_cue(const struct report_indicators *indicators, int64_t *micro_kg_per_kwh) MUST_CHECK;
bool report_indicators_ref(const struct report_indicators *indicators, int64_t *micro) MUST_CHECK;
bool report_indicators_see(const struct report_indicators *indicators, int64_t *micro) MUST_CHECK;
bool report_indicators_wue(const struct report_indicators *indicators, int64_t *micro_l_per_kwh) MUST_CHECK;
bool report_indicators_erf(const struct report_indicators *indicators, int64_t *micro) MUST_CHECK;

/* Whether there is anything to say: IT or telecom is metered, or water or energy used again is known. */
bool report_indicators_is_any(const struct report_indicators *indicators) MUST_CHECK;

#endif
