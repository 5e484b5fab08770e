/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value: from what a device sent to a reading, or to a named reason why there is none. Pure. "Unknown is never zero": whatever is
 * absent, a mark, implausible or of the wrong type gives no reading.
 */
#ifndef WATTLEDGER_SNMP_VALUE_H
#define WATTLEDGER_SNMP_VALUE_H

#include "model/meter.h"
#include "snmp/raw.h"
#include "wire/plan_snmp.h"

#include <stdbool.h>
#include <stdint.h>

/* Outcome of a conversion. Names are for messages: c_snmp_value_reason(). */
enum c_snmp_value_status {
	C_SNMP_VALUE_OK = 0,
	C_SNMP_VALUE_ABSENT,   /* the object or instance is not there */
	C_SNMP_VALUE_MARK,     /* a sentinel, a negative or a zero that the driver says is no reading */
	C_SNMP_VALUE_TYPE,     /* neither a number nor a text that is one */
	C_SNMP_VALUE_NEGATIVE, /* a counter below zero */
	C_SNMP_VALUE_RANGE,    /* outside the plausible range of the driver, or not finite */
	C_SNMP_VALUE_SCALE,    /* the object that gives its scale is missing or out of range */
};

/* "is missing", "is marked as no reading", ... Static. */
const char *c_snmp_value_reason(enum c_snmp_value_status status) MUST_CHECK;

/* One reading: raw for counters (quantity_is_counter), value in SI for all others. */
struct c_snmp_reading {
	uint64_t raw;
	double value;
};

/* How a row's numbers become SI, from its scale objects. `factor` for gauges; num/den thousandths of SI for counters. */
struct c_snmp_factor {
	double factor;
	int64_t num;
	int64_t den; /* > 0 */
};

/*
 * Resolves the scale of a point; `first` and `second` are the values at scale.oid and scale.oid2, NULL when not asked. false: the
 * scale cannot be known (missing, no entry in the map, exponent outside -24..24).
 */
bool c_snmp_value_factor(const struct plan_point *point, const struct c_snmp_raw *first, const struct c_snmp_raw *second,
			 struct c_snmp_factor *out) MUST_CHECK;

/* Converts. `factor` is c_snmp_value_factor()'s for the row; *out is set with C_SNMP_VALUE_OK alone. */
enum c_snmp_value_status c_snmp_value_convert(const struct plan_point *point, const struct c_snmp_raw *raw, double factor,
					      struct c_snmp_reading *out) MUST_CHECK;

/*
 * The counter_spec to announce: the point's with the row's unit. Text counters ("12.345") are read in thousandths of their unit, so their
 * step is a thousandth of it.
 */
struct counter_spec c_snmp_value_counter_spec(const struct plan_point *point, const struct c_snmp_factor *factor) MUST_CHECK;

/* The whole number that a raw value says (text counts when it is one); false when it says none. */
bool c_snmp_value_integer(const struct c_snmp_raw *raw, int64_t *out) MUST_CHECK;

/*
 * The decimal number at the start of a text, after blanks; a unit may follow ("10.00W", " 230 V"). The decimal sign is a dot or a
 * comma. false when there is none or when more digits or signs follow ("1.2.3", "10-20").
 */
bool c_snmp_value_parse_text(const uint8_t *text, size_t bytes, double *value) MUST_CHECK;

#endif
