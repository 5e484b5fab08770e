/* SPDX-License-Identifier: Apache-2.0 */
/*
 * market: scope 2 by the market-based method, part by part (account/market.h), from the instruments that were entered and count. It is of the
 * parts that are in_total alone: a claim is made once, where the energy is bought. What no instrument has takes the residual mix of the
 * zone, where a table has one for the year or an earlier one; else the factor of the location-based method, which is told as a fallback.
 */
#ifndef WATTLEDGER_REPORT_MARKET_H
#define WATTLEDGER_REPORT_MARKET_H

#include "account/market.h"
#include "base/err.h"
#include "report/entered.h"
#include "report/factors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_register_row;

/* Of a row of totals. */
struct report_market {
	size_t part_count;    /* parts with energy from the grid that are in_total */
	size_t unknown_count; /* of them, without a factor for what no instrument has */
	int64_t mg;
	int64_t instrument_millij; /* the three are all the energy */
	int64_t residual_millij;
	int64_t fallback_millij;
	const struct plan_factor *residual; /* NULL: none, or several */
	bool has_many;
	const struct plan_factor *
	    rest; /* of what an instrument does not have, were there any: the residual mix, else the location-based one; NULL: none, or several */
	bool has_many_rests;
};

/* An instrument of a site: what it had to give and what it gave. */
struct report_market_claim {
	const struct report_site *site;
	int64_t entry_id;
	size_t first_idx; /* of the claims, the first that has its id: deliveries of one contract share it */
	struct account_market_terms terms;
	struct account_market_instrument match; /* its node is the entry's; its zone is in the terms */
};

/* What a claim gave a part. */
struct report_market_use {
	const struct report_site *site;
	const struct ledger_register_row *meter;
	int64_t start_s; /* of the part */
	size_t claim_idx;
	int64_t millij;
};

/* Of all sites of a report. Zero-initialised it is empty. */
struct report_markets {
	struct report_market_claim *claim;
	size_t claim_count;
	size_t claim_capacity;
	struct report_market_use *use;
	size_t use_count;
	size_t use_capacity;
	enum err use_err; /* of adding one */
};

/* A part, and where its figure goes. */
struct report_market_part {
	const struct ledger_register_row *meter;
	int64_t start_s; /* half-open, UTC seconds */
	int64_t end_s;
	int32_t year; /* whose factors it has */
	int64_t millij;
	const struct plan_factor *location; /* NULL: there is none */
	struct report_market *out;
};

/* All such parts of one site. */
struct report_market_request {
	const struct report_site *site;
	const struct report_entered *entered;
	const struct report_factors *factors;
	const struct report_factor_set *set; /* that the site may use; NULL: all */
	const struct report_market_part *part;
	size_t count;
};

/* Fills what part[].out points at, and adds claims and uses. Errors: ERR_MEMORY, ERR_LIMIT. */
enum err report_market_add(struct report_markets *markets, const struct report_market_request *request, struct err_info *info) MUST_CHECK;
void report_markets_deinit(struct report_markets *markets);

/* Adds a part to a sum; nothing when it is none. */
void report_market_sum(struct report_market *sum, const struct report_market *part);

/* Whether a row with `grid_count` parts on the grid has a figure. */
bool report_market_has(const struct report_market *market, size_t grid_count) MUST_CHECK;

#endif
