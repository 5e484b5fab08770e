/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account/fuel: what a generating set burnt in a span, from what a flow meter counted and people entered, and the emissions of it. Pure.
 *
 * The best way that the entries allow is taken, in this order (GHG Protocol, stationary combustion: fuel before activity before defaults):
 *
 *   metered      what its own flow meter counted, else another that is its, where that covers the span but for a twentieth
 *   dip          the tank at both ends and what was delivered in between: opening + delivered - closing; of several tanks their sum
 *   entered      what a flow meter or a bill says was used, where that covers the whole span
 *   rate         kWh x litres a kWh that were measured at the site
 *   curve        kWh x the load curve, at the mean load that run time and rated power give
 *   run_time     run time x rated power x load that was entered x the load curve: there are no kWh
 *   cdm_default  kWh x the default of the Clean Development Mechanism at a quarter of the load: nothing but kWh is known
 *
 * Dips count for an end of the span that they are at most a day from; the nearest does, of two as near the earlier. What lies between the dips
 * is taken for the span's. A note "tank=NAME" says of which tank a dip or a delivery is; without one it is the tank that has no name. A tank that
 * has an opening dip, or anything within the span, needs both its dips: else the amount is not known by dips. What is moved from one tank into
 * another is no delivery.
 */
#ifndef WATTLEDGER_ACCOUNT_FUEL_H
#define WATTLEDGER_ACCOUNT_FUEL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* kg CO2e a litre of diesel, in mg: US EPA 40 CFR 98 tables C-1 and C-2, distillate No. 2, GWP of AR5 (CH4 28, N2O 265). */
#define ACCOUNT_FUEL_DIESEL_MG_PER_L INT64_C(2705000)
/* Well to tank: UK DESNZ conversion factors 2025, diesel (100 % mineral). */
#define ACCOUNT_FUEL_DIESEL_UPSTREAM_MG_PER_L INT64_C(624090)
#define ACCOUNT_FUEL_DIP_MS INT64_C(86400000)

enum account_fuel_what {
	ACCOUNT_FUEL_DELIVERED = 0, /* l, at an instant */
	ACCOUNT_FUEL_LEVEL,         /* l, at an instant */
	ACCOUNT_FUEL_USED,          /* l, in a span */
	ACCOUNT_FUEL_RATE,          /* l/kWh */
	ACCOUNT_FUEL_RATED,         /* kW */
	ACCOUNT_FUEL_RUN_TIME,      /* h, in a span */
	ACCOUNT_FUEL_LOAD,          /* share of the rated power, 0 to 1 */
	ACCOUNT_FUEL_FACTOR,        /* kg/l CO2e when burnt, instead of diesel's */
	ACCOUNT_FUEL_UPSTREAM,      /* kg/l CO2e before that */
	ACCOUNT_FUEL_WHAT_COUNT
};

/* "delivered", ...; by name, false when there is no such. Static. */
const char *account_fuel_what_name(enum account_fuel_what what) MUST_CHECK;
bool account_fuel_what_find(const char *name, enum account_fuel_what *out) MUST_CHECK;

/* An entry that counts. to_ms 0: an instant, else half-open. micro: millionths of its unit. Of two that hold for a span the later one counts. */
struct account_fuel_entry {
	enum account_fuel_what what;
	int64_t from_ms;
	int64_t to_ms;
	int64_t micro;
	const char *note; /* borrowed; NULL: none */
};

/* Whose flow meters count, the first of them first. */
enum { ACCOUNT_FUEL_FLOW_OWN = 0, ACCOUNT_FUEL_FLOW_OTHER, ACCOUNT_FUEL_FLOW_COUNT };

/*
 * What flow meters counted in a span: whole litres, and the time in which they were read, or ran on between readings. Zero: there is none. Of
 * several nobody knows whether they have the same litres: only where there is one it counts.
 */
struct account_fuel_flow {
	int64_t litres;
	int64_t covered_ms;
	uint32_t counter_count;
};

/*
 * What is asked for: a half-open span, and what was metered of the set in it; expected_ms: how much of the span has passed. flow: NULL, or
 * ACCOUNT_FUEL_FLOW_COUNT, of which the first that covers the span is taken; borrowed.
 */
struct account_fuel_span {
	int64_t start_ms;
	int64_t end_ms;
	bool has_energy;
	int64_t millij;
	int64_t expected_ms;
	const struct account_fuel_flow *flow;
};

enum account_fuel_method {
	ACCOUNT_FUEL_UNKNOWN = 0,
	ACCOUNT_FUEL_BY_FLOW,
	ACCOUNT_FUEL_BY_DIP,
	ACCOUNT_FUEL_BY_ENTERED,
	ACCOUNT_FUEL_BY_RATE,
	ACCOUNT_FUEL_BY_CURVE,
	ACCOUNT_FUEL_BY_RUN_TIME,
	ACCOUNT_FUEL_BY_CDM_DEFAULT,
	ACCOUNT_FUEL_METHOD_COUNT
};

/* "metered", ...; "unknown". Static. */
const char *account_fuel_method_name(enum account_fuel_method method) MUST_CHECK;

/* Litres in millionths. scope1_mg: CO2e burnt, when the method is known; the default has no litres, and so nothing upstream. */
struct account_fuel {
	enum account_fuel_method method;
	bool has_litres;
	int64_t micro_l;
	int64_t open_micro_l; /* by dip: these three */
	int64_t delivered_micro_l;
	int64_t close_micro_l;
	int64_t mg_per_l; /* with litres */
	int64_t upstream_mg_per_l;
	int64_t mg_per_kwh; /* of the default; else 0 */
	int64_t scope1_mg;
	int64_t upstream_mg;
};

/* Entries in the order in which they were made. Litres to mg is one division, half to even; so is every step before it. */
void account_fuel_find(struct account_fuel *out, const struct account_fuel_entry *entry, size_t count,
		       const struct account_fuel_span *span);

/*
 * What entries of litres used come to over a span; those that reach beyond it count by their time. false: they do not cover it, each instant
 * once, and *micro_l means nothing. Bills of other amounts are added up alike: millionths of their unit come out.
 */
bool account_fuel_used(const struct account_fuel_entry *entry, size_t count, const struct account_fuel_span *span,
		       int64_t *micro_l) MUST_CHECK;

#endif
