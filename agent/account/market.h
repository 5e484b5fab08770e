/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/market: the market-based method of scope 2: which part of the energy from a grid has the factor of a contractual instrument. Pure.
 *
 *   M = sum of E_i x EF_i over instruments + (E - sum of E_i) x EF of the residual mix        (GHG Protocol Scope 2 Guidance, 2015, chapter 6)
 *
 * Certificates go first, then power purchase agreements, then a supplier's rate; of one kind in the order in which they were entered. An
 * instrument counts for the meters under its node whose zone is its own and whose span touches its vintage. Of its energy the share counts that
 * its vintage has in the period, by time: a certificate of a year, in a month, is a twelfth. No more than was used is claimed, and what one
 * instrument took no other can have. It is spread over its meters by what they have left, with cumulative rounding, so that parts add up.
 *
 * Registries count in civil days, periods begin at local midnight: an end of a vintage of more than
 * a day within ACCOUNT_MARKET_NEAR_MS of an end of a span is that end.
 */
#ifndef WATTLEDGER_ACCOUNT_MARKET_H
#define WATTLEDGER_ACCOUNT_MARKET_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* UTC is 12 hours behind and 14 before the local time of places: no midnight is farther from its namesake. */
#define ACCOUNT_MARKET_NEAR_MS INT64_C(50400000)
/* 3.6e12 mJ in a MWh. */
#define ACCOUNT_MARKET_MILLIJ_PER_MICRO_MWH INT64_C(3600000)
/* No certificate of more: a million MWh. */
#define ACCOUNT_MARKET_MICRO_MWH_MAX INT64_C(1000000000000)
/* As for any grid factor: nothing comes near 5 kg/kWh. */
#define ACCOUNT_MARKET_MICROG_MAX INT64_C(5000000000)

enum { ACCOUNT_MARKET_TEXT_BYTES = 64 };

enum account_market_what { ACCOUNT_MARKET_CERTIFICATE = 0, ACCOUNT_MARKET_PPA, ACCOUNT_MARKET_SUPPLIER_RATE, ACCOUNT_MARKET_WHAT_COUNT };

/* "certificate", "ppa", "supplier_rate"; by name, false when there is no such. Static. */
const char *account_market_what_name(enum account_market_what what) MUST_CHECK;
bool account_market_what_find(const char *name, enum account_market_what *out) MUST_CHECK;

/* What the note of an entry says: "id=GO-4711; zone=NO; g_per_kwh=0; retired=2026-02-01; registry=Statnett". */
struct account_market_terms {
	char id[ACCOUNT_MARKET_TEXT_BYTES]; /* of the registry, or of the contract */
	char zone[ACCOUNT_MARKET_TEXT_BYTES];
	bool has_factor;
	int64_t microg_per_kwh; /* the emission rate that it conveys */
	bool is_retired;        /* cancelled for whoever reports */
};

/*
 * All of them may be there, each once, in any order; registry, technology, beneficiary and document are for people. ERR_DATA: something else is,
 * or an id, zone or number that makes no sense.
 */
enum err account_market_parse(struct account_market_terms *out, const char *note, struct err_info *info) MUST_CHECK;

/* Why nothing of an instrument counts. */
enum account_market_why {
	ACCOUNT_MARKET_COUNTS = 0,
	ACCOUNT_MARKET_ZONE,    /* no meter under its node has its zone */
	ACCOUNT_MARKET_VINTAGE, /* its vintage is not of the period */
	ACCOUNT_MARKET_FULL,    /* nothing was left for it */
};

/* Texts are borrowed. */
struct account_market_instrument {
	enum account_market_what what;
	const char *node; /* SITE, SITE/DEVICE, SITE/DEVICE/METER */
	const char *zone;
	int64_t from_ms; /* vintage; of a rate, when it holds; half-open */
	int64_t to_ms;
	int64_t micro_mwh; /* a rate has none: it takes what is left */
	int64_t microg_per_kwh;
	/* Set by account_market_match(). */
	int64_t offered_millij; /* its share in the period; of a rate what it took */
	int64_t taken_millij;
	enum account_market_why why;
};

/* A meter's energy from a grid in a span, which it was in one zone. */
struct account_market_part {
	const char *node;
	const char *zone;
	int64_t start_ms; /* half-open */
	int64_t end_ms;
	int64_t millij;
	/* Set by account_market_match(). */
	int64_t left_millij; /* without an instrument */
	int64_t mg;          /* CO2e of what has one: one division, half to even, an instrument */
};

/* What an instrument gave a part: their indexes, and the energy. */
typedef void account_market_fn(void *context, size_t instrument, size_t part, int64_t millij);

/* Of one period: all instruments in the order in which they were entered, all parts in the order in which rounding goes. */
struct account_market {
	struct account_market_instrument *instrument;
	size_t instrument_count;
	struct account_market_part *part;
	size_t part_count;
	int64_t start_ms;
	int64_t end_ms;
	account_market_fn *take; /* NULL: nobody wants to know */
	void *context;
};

/* A rate counts for a part only when it holds for all of it. A part without energy, or with less than none, takes nothing. */
void account_market_match(const struct account_market *market);

#endif
