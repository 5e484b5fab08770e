/* SPDX-License-Identifier: Apache-2.0 */
/* record: the value types of queries: what is asked for, sums, and a row of the register. */
#ifndef WATTLEDGER_LEDGER_RECORD_H
#define WATTLEDGER_LEDGER_RECORD_H

#include "model/meter.h"
#include "model/quantity.h"

#include <stdbool.h>
#include <stdint.h>

/* What is asked for. Zero ids: any. A span has its bounds in UTC (period_resolve() of the site's zone). */
struct ledger_filter {
	int64_t start_s;
	int64_t end_s;
	uint32_t site_id;
	uint32_t device_id;
	uint32_t meter_id;
	enum quantity quantity; /* QUANTITY_NONE: energy */
	bool is_any_quantity;   /* ledger_query_intervals() alone: whatever the quantity */
	bool is_in_total_only;  /* only time in which a meter counted in its site's total */
};

/* Sums. */
struct ledger_sum {
	int64_t millij[COVERAGE_COUNT];
	int64_t covered_ms[COVERAGE_COUNT];
	int64_t slot_ms;      /* length of the slots that were closed: covered + not covered */
	uint32_t status_bits; /* all that occurred */
	int64_t rev_count;    /* interval rows that are revisions (0: nothing was revised) */
};

/* A meter in a stretch of time in which its register rows did not change. Texts are borrowed for the callback. */
struct ledger_register_row {
	uint32_t site_id;
	uint32_t device_id;
	uint32_t meter_id;
	int64_t valid_from_ms;
	int64_t valid_to_ms; /* INT64_MAX: in force */
	const char *site;    /* ids as of that time */
	const char *site_name;
	const char *grid_zone;
	const char *time_zone;
	uint8_t fiscal_month;   /* of the site, 1..12; 0 not said */
	const char *site_facts; /* for an auditor (model/facts.h), "" none */
	const char *facts;      /* of the device, likewise */
	const char *device;
	const char *device_name;
	const char *rack;
	const char *tenant;
	const char *fed_by;
	const char *source;
	const char *vendor; /* the asset */
	const char *model;
	const char *serial;
	const char *firmware;
	const char *driver;
	uint8_t driver_sha256[32]; /* zeros unknown */
	const char *key;
	const char *name;
	const char *parent;
	enum quantity quantity;
	enum role role;
	enum point point;
	enum supply supply;
	enum caliber caliber;
	bool is_in_total;
	bool is_derived; /* the sum of its device's summands */
	bool is_summand;
	bool is_component;
	bool is_product;
	bool is_port;
	enum ref ref; /* of a port */
	uint8_t phase;
	double rated_w;
	struct counter_spec counter; /* unit_num 0: none */
};

#endif
