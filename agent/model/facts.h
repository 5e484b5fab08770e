/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts: what an auditor has to know of a site and of a device that no meter tells: whose the energy is, and how good the meter. The register
 * keeps them as one text, "control=tenant;overhead=1.45", so that what was in force when can be told; "" is nothing said. Pure.
 */
#ifndef WATTLEDGER_MODEL_FACTS_H
#define WATTLEDGER_MODEL_FACTS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { FACTS_TEXT_BYTES = 96, FACTS_CLASS_BYTES = 16, FACTS_DATE_BYTES = 11, FACTS_BYTES = 512 };

/* Decimals of share_micro and overhead_micro. */
enum { FACTS_DECIMALS = 6 };
#define FACTS_MICRO INT64_C(1000000)

/* No site takes ten times what its equipment does. */
#define FACTS_OVERHEAD_MICRO_MAX (10 * FACTS_MICRO)

/* No battery that is worth its place loses more. */
#define FACTS_ROUND_TRIP_MICRO_MIN (FACTS_MICRO / 2)

/* Who operates what is metered, as seen by whoever reports. */
enum facts_control { FACTS_CONTROL_UNSAID = 0, FACTS_CONTROL_OWN, FACTS_CONTROL_LEASED, FACTS_CONTROL_TENANT, FACTS_CONTROL_COUNT };

/* How an organisation draws its boundary (GHG Protocol Corporate Standard, 2004, chapter 3). */
enum facts_boundary {
	FACTS_BOUNDARY_UNSAID = 0,
	FACTS_BOUNDARY_OPERATIONAL,
	FACTS_BOUNDARY_FINANCIAL,
	FACTS_BOUNDARY_EQUITY,
	FACTS_BOUNDARY_COUNT
};

/* Of a site: all but the last four; of a device: control, which goes before its site's, and the last four. Zeros and "": not said. */
struct facts {
	char entity[FACTS_TEXT_BYTES]; /* who reports */
	enum facts_boundary boundary;
	int64_t share_micro; /* of the entity in it: millionths of the whole, 0..1000000 */
	enum facts_control control;
	int64_t overhead_micro; /* what a host's site takes for each kWh of its tenant: 1450000 is 1.45; at least 1000000 */
	char overhead_source[FACTS_TEXT_BYTES];
	int32_t overhead_year;
	char meter_class[FACTS_CLASS_BYTES]; /* accuracy class of the meter: "0.5S" (IEC 62053-22), "1" (IEC 62053-21), "B" (EN 50470-3) */
	char ct_class[FACTS_CLASS_BYTES];    /* of its current transformers (IEC 61869-2); "none" where it has none */
	char calibration_due[FACTS_DATE_BYTES]; /* "2027-06-30" */
	int64_t round_trip_micro;               /* of a battery: what comes out of what went in; FACTS_ROUND_TRIP_MICRO_MIN..1000000 */
};

/* "own", "leased", "tenant"; "operational", "financial", "equity"; "" what is not said. Static. */
const char *facts_control_name(enum facts_control control) MUST_CHECK;
const char *facts_boundary_name(enum facts_boundary boundary) MUST_CHECK;

/* The text of what is said. */
void facts_print(char out[static FACTS_BYTES], const struct facts *facts);

/* Back again. What is not understood, of a later version or out of its range, is passed over: false then, with the rest in *out. */
bool facts_parse(struct facts *out, const char *text);

/* Whether it can stand in such a text: clean, short, without a semicolon. */
bool facts_is_text(const char *text) MUST_CHECK;

/* "2027-06-30", a day that there is. */
bool facts_is_date(const char *text) MUST_CHECK;

/* The control of a device in its site: its own word, else the site's, else own. */
enum facts_control facts_control_of(const struct facts *site, const struct facts *device) MUST_CHECK;

/*
 * Whether emissions of what is so controlled are of scope 3 (category 8, upstream leased assets) and not of scopes 1 and 2. A tenant's always are:
 * the host operates what feeds him. What is leased is in scopes 1 and 2 of whoever operates it, and by the financial and the equity approach
 * in those of its owner (GHG Protocol Corporate Standard, appendix F, operating leases).
 */
bool facts_is_scope3(enum facts_boundary boundary, enum facts_control control) MUST_CHECK;

#endif
