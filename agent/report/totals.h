/* SPDX-License-Identifier: Apache-2.0 */
/*
 * totals: what a period came to, by meter, device, site and altogether.
 *
 * The unit of account is a part: one meter in one calendar year of its site in which zone, supply, role and in_total did not change. Energy is
 * the sum of its interval rows; emissions are ONE integer division of that sum (account_carbon_mg). All other rows are sums of parts.
 *
 *   meter   every part of every energy meter
 *   device  the parts of its meters of role `total`
 *   site    the parts that are in_total
 *   total   all sites
 *   overhead  what a host's site takes on top of its tenant's meters, where a factor is configured: no row here but a figure of the site, and a
 *             row of its own in packages, below its site; in no sum
 *
 * A site whose period is sealed shows what was sealed: rows that came later are left out (site->sealed tells how much), and its factors are
 * those of the statement.
 */
#ifndef WATTLEDGER_REPORT_TOTALS_H
#define WATTLEDGER_REPORT_TOTALS_H

#include "base/err.h"
#include "report/assets.h"
#include "report/entered.h"
#include "report/factors.h"
#include "report/fuel.h"
#include "report/hourly.h"
#include "report/leased.h"
#include "report/market.h"
#include "report/overhead.h"
#include "report/register.h"
#include "report/upstream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum report_level { REPORT_TOTAL = 0, REPORT_SITE, REPORT_DEVICE, REPORT_METER, REPORT_OVERHEAD, REPORT_LEVEL_COUNT };

/* "total", "site", "device", "meter", "overhead"; by name, false when there is no such. */
const char *report_level_name(enum report_level level) MUST_CHECK;
bool report_level_find(const char *name, enum report_level *out) MUST_CHECK;

/*
 * What a row would say had nothing been corrected: energy of the meters that counted as the register has it, and emissions of that which
 * came from the grid. It means nothing unless is_corrected.
 */
struct report_uncorrected {
	bool is_corrected; /* a correction touches it */
	bool has_energy;
	int64_t energy_millij;
	size_t grid_count; /* parts with energy from the grid, and of those without a factor */
	size_t no_factor_count;
	int64_t location_mg;
};

/*
 * One row. Energy in millijoules, times in milliseconds, by coverage. has_energy false: nothing is known of it, its sums are 0 and mean
 * nothing.
 */
struct report_total {
	enum report_level level;
	const struct report_site *site; /* NULL: of the row `total` with several sites */
	const struct ledger_register_row
	    *meter;      /* METER: its newest description in the part; DEVICE: that of one of its meters; else NULL */
	bool is_counted; /* DEVICE: one of its meters counts in the site's total */
	int64_t start_s; /* the row's span, UTC seconds, half-open */
	int64_t end_s;
	bool has_energy;
	int64_t energy_millij; /* sum of the classes */
	int64_t millij[COVERAGE_COUNT];
	int64_t covered_ms[COVERAGE_COUNT];
	/*
	 * Time that could have been covered: from the period's start (what a meter drew before the ledger knew it is unknown) to the period's
	 * end, now, or the meter's retirement, whatever comes first; added up over the row's parts.
	 */
	int64_t expected_ms;
	uint32_t status_bits;
	int64_t rev_count;
	size_t meter_count;               /* parts in it */
	size_t unknown_count;             /* of them, without energy */
	size_t asset_count;               /* SITE, TOTAL: devices that have an energy meter, or never answered */
	size_t metered_count;             /* of them, with energy; METHODS calls the share coverage_assets */
	size_t grid_count;                /* of them, with energy from the grid */
	size_t no_factor_count;           /* of those, without a factor */
	bool has_location;                /* there is grid energy, and all of it has a factor */
	int64_t location_mg;              /* location-based scope 2, mg CO2e */
	int64_t grid_millij;              /* the energy that it was computed from */
	const struct plan_factor *factor; /* the one that was used; NULL: none, or several */
	bool has_many_factors;
	struct factor_choice choice; /* with factor */
	struct report_hourly_total hourly;
	struct report_market market;
	struct report_upstream upstream;                        /* category 3 B and C of scope 3 */
	struct account_fuel_flow flow[ACCOUNT_FUEL_FLOW_COUNT]; /* METER: of a generating set, what its counters of litres have */
	struct report_fuel fuel;                                /* scope 1, and category 3 A of scope 3 */
	struct report_leased leased;                            /* category 8 of scope 3 */
	enum report_indicator_term term;                        /* METER: which term of its site's indicators it is in */
	struct report_assets assets;                            /* TOTAL, SITE, DEVICE */
	struct report_overhead overhead;                        /* SITE, and OVERHEAD */
	struct report_uncorrected uncorrected;
};

struct report_totals {
	struct report_register reg;
	struct report_factors factors;
	struct report_factor_set edition; /* with request.edition */
	struct report_hourly hourly;
	struct report_entered entered; /* of all sites */
	struct report_markets markets;
	int64_t now_utc_ms;
	struct report_total *row; /* total; then each site with its devices with their meters */
	size_t count;
	size_t capacity;
};

/*
 * Rows of all levels down to `level`. Errors: report_register_load()'s, the ledger's, ERR_LIMIT, ERR_MEMORY. On error *out needs no
 * deinit.
 */
enum err report_totals_make(struct report_totals *out, struct ledger *ledger, const struct report_request *request, enum report_level level,
			    struct err_info *info) MUST_CHECK;
void report_totals_deinit(struct report_totals *totals);

/* Covered (measured and bridged) time, and energy, of a row. */
int64_t report_total_covered_ms(const struct report_total *row) MUST_CHECK;
int64_t report_total_covered_millij(const struct report_total *row) MUST_CHECK;

/* Whether a row's location-based emissions without corrections are known. */
bool report_uncorrected_has_location(const struct report_uncorrected *uncorrected) MUST_CHECK;

#endif
