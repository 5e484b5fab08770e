/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuel: what the generating sets of a site burnt, part by part, from flow meters and what was entered (account/fuel.h). A part is fed by its set when
 * its supply is genset and it stands for its device. Entries are for its meter, its device, or, where the site has one such meter alone, for the
 * site; so are counters of litres used: of its device, else, where it is alone, of another of the site. Of either there may be one alone: two could
 * tell the same litres.
 * The sun burns nothing: parts fed by it have zero in scope 1, which is known and not unknown.
 */
#ifndef WATTLEDGER_REPORT_FUEL_H
#define WATTLEDGER_REPORT_FUEL_H

#include "account/fuel.h"
#include "base/err.h"
#include "ledger/record.h"
#include "model/interval.h"
#include "report/entered.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a row of totals. */
struct report_fuel {
	size_t part_count;       /* parts that a set or the sun feeds */
	size_t unknown_count;    /* of them, without a figure */
	size_t set_count;        /* of them, fed by a set */
	size_t litre_count;      /* of those, whose litres are known */
	size_t dip_count;        /* of those, by dips */
	size_t leased_count;     /* of part_count, whose emissions are of scope 3 (leased.h): they are not in sum */
	size_t leased_dry_count; /* of those, sets whose litres are not known */
	bool has_many;           /* of different methods or factors: sum says of none */
	struct account_fuel sum;
};

/* A part of a site, and where its figure goes. */
struct report_fuel_part {
	const struct ledger_register_row *meter;
	int64_t start_s; /* half-open, UTC seconds */
	int64_t end_s;
	bool has_energy;
	int64_t millij;
	int64_t expected_ms;
	const struct account_fuel_flow *flow; /* as account_fuel_span has it; borrowed */
	struct report_fuel *out;
};

/* Adds what a counter of litres has of a span, by class: energies are whole litres; false: it has nothing. The counter is not counted. */
bool report_fuel_add_flow(struct account_fuel_flow *flow, const int64_t litres[static COVERAGE_COUNT],
			  const int64_t covered_ms[static COVERAGE_COUNT]);

/* Whether such a part has a figure here. */
bool report_fuel_is_source(const struct ledger_register_row *meter) MUST_CHECK;

/*
 * Which of a set's flows a counter of litres of its site belongs to; is_own: it is of the set's device; is_only: the set is the only one of its
 * site. ACCOUNT_FUEL_FLOW_COUNT: to none.
 */
size_t report_fuel_flow_of(bool is_own, bool is_only) MUST_CHECK;

/* `part` holds all of one site that report_fuel_is_source(). ERR_MEMORY. */
enum err report_fuel_add(const struct report_entered *entered, const struct report_fuel_part *part, size_t count,
			 struct err_info *info) MUST_CHECK;

/* The figure of one part: of a set from its entries, of the sun. */
void report_fuel_put(struct report_fuel *out, const struct account_fuel_entry *entry, size_t count, const struct account_fuel_span *span);
void report_fuel_put_sun(struct report_fuel *out, bool has_energy);

/* Adds a part to a sum; nothing when it is none. */
void report_fuel_sum(struct report_fuel *sum, const struct report_fuel *part);

/* What a row knows: scope 1; litres and so scope 3 category 3 A; the three figures of the tank. */
bool report_fuel_has_scope1(const struct report_fuel *fuel) MUST_CHECK;
bool report_fuel_has_upstream(const struct report_fuel *fuel) MUST_CHECK;
bool report_fuel_has_litres(const struct report_fuel *fuel) MUST_CHECK;
bool report_fuel_has_dips(const struct report_fuel *fuel) MUST_CHECK;

#endif
