/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hourly: the location-based emissions with hourly factors, beside those with the annual one (a supplement: METHODS, section 10).
 *
 * Of a part, the energy of the slots that start in one interval of the series is added up, and the emissions of that sum are one integer division
 * (account_carbon_mg). The energy of all slots in which the series has no value is one more, with the annual factor of the zone and year that
 * has the series' basis; without such a one the part has no hourly figure, since bases are never blended. Sums are of parts.
 */
#ifndef WATTLEDGER_REPORT_HOURLY_H
#define WATTLEDGER_REPORT_HOURLY_H

#include "base/err.h"
#include "report/hourly_series.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;
struct ledger_register_row;
struct plan_factor;
struct report_factor_set;
struct report_factors;
struct report_register;
struct report_site;

/* Of a row of totals; the rest means nothing without has. */
struct report_hourly_total {
	bool has;                             /* all its grid energy has an hourly figure */
	size_t part_count;                    /* parts with energy from the grid */
	size_t unknown_count;                 /* of them, without an hourly figure */
	size_t gap_unknown_count;             /* of those, for want of an annual factor of the series' basis for the gaps */
	int64_t mg;                           /* CO2e */
	int64_t millij;                       /* energy in hours with a factor of their own */
	int64_t estimated_millij;             /* of it, with factors that the publisher estimated */
	int64_t covered_ms;                   /* time covered by readings in such hours */
	struct report_series *series;         /* NULL: none, or several */
	const struct plan_factor *gap_factor; /* of the rest; NULL: there is none, or several */
	bool has_many;
};

/* A part with energy from the grid, of a site. */
struct report_hourly_part {
	const struct ledger_register_row *meter;
	int64_t start_s; /* half-open, UTC seconds */
	int64_t end_s;
	int32_t year; /* whose annual factor hours without one have */
	struct report_hourly_total *out;
};

/* The parts of one site. */
struct report_hourly_request {
	struct ledger *ledger;
	const struct report_factors *factors;
	const struct report_factor_set *set; /* that the site may use; NULL: all */
	const struct report_register *reg;
	const struct report_site *site;
	const struct report_hourly_part *part;
	size_t count;
};

/* Fills what part[].out points at. Errors: report_hourly_find()'s, the ledger's. */
enum err report_hourly_add(struct report_hourly *hourly, const struct report_hourly_request *request, struct err_info *info) MUST_CHECK;

/* Adds a part with energy from the grid to a sum. */
void report_hourly_sum(struct report_hourly_total *sum, const struct report_hourly_total *part);

#endif
