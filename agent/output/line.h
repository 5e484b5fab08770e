/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line: InfluxDB line protocol ("measurement,tag=value field=1i,field=2.5 time"), as InfluxDB 1.x and 2.x and VictoriaMetrics read it
 * alike. Measurements, tags and fields are a contract with every dashboard: never renamed, a field never changes its type.
 *
 * - Times are nanoseconds since 1970 UTC (precision=ns). No strings in fields. Integers end in `i`; doubles have a fixed most number of
 *   decimals and never depend on the locale.
 * - All tags of a set are always written, in one order, `none` when empty. They are prepared once (line_series) and copied afterwards.
 * - Unknown is never zero: a field whose value is NaN, infinite or LINE_UNKNOWN is left out, and a point without fields is not written.
 * - Every function adds whole lines, each with its newline; the buffer's is_failed tells when one did not fit. They return true when a
 *   line was added.
 */
#ifndef WATTLEDGER_OUTPUT_LINE_H
#define WATTLEDGER_OUTPUT_LINE_H

#include "base/buf.h"
#include "base/err.h"
#include "model/interval.h"

#include <stdbool.h>
#include <stdint.h>

/* An integer field that is not known. */
#define LINE_UNKNOWN INT64_MIN

/* The tag sets; a series of LINE_TAGS_METER serves `energy`, `slot` and `carbon`, one of LINE_TAGS_DEVICE fuel to state. */
enum line_tag_set {
	LINE_TAGS_METER = 0,
	LINE_TAGS_SITE_POINT,
	LINE_TAGS_TRAFFIC,
	LINE_TAGS_SITE,
	LINE_TAGS_DEVICE,
	LINE_TAGS_HOST,
	LINE_TAGS_EVENT,
	LINE_TAGS_COUNT
};

/* Tag values, any bytes; NULL and "" become `none`. Enumerations by their names (role_name() ...); in_total is "yes" or "no". */
struct line_tags {
	const char *site, *rack, *tenant, *device, *meter, *role, *in_total, *point, *supply; /* LINE_TAGS_METER */
	const char *port, *ref, *flow;                                                        /* LINE_TAGS_TRAFFIC, with site and device */
	const char *host;                                                                     /* LINE_TAGS_HOST, with site */
	const char *code, *level; /* LINE_TAGS_EVENT, with site, device and meter */
};

enum { LINE_SERIES_BYTES_MAX = 8192 };

/* ",site=...,rack=..." escaped, up to LINE_SERIES_BYTES_MAX; owned. */
struct line_series {
	char *text;
	size_t bytes;
};

/* Prepares the tags. ERR_MEMORY. Release with line_series_deinit(). */
enum err line_series_init(struct line_series *out, enum line_tag_set set, const struct line_tags *tags, struct err_info *info) MUST_CHECK;
void line_series_deinit(struct line_series *series);
/* The same text added to `out`, whose is_failed tells when it did not fit. */
void line_series_print(struct buf *out, enum line_tag_set set, const struct line_tags *tags);

/*
 * Adds a tag value: cleaned by text_clean(), comma, space and equals sign behind a backslash. A backslash stays as it is where all stores
 * read it alike; before a comma, a space, an equals sign, another backslash and at the end they do not, so it is written as U+FF3C there.
 */
void line_add_tag_value(struct buf *out, const char *value);

/* `energy`: the latest readings. energy_millij is the running total, written as whole joules rounded down, so that it never falls. */
struct line_energy {
	double power_w, voltage_v, current_a, power_factor, frequency_hz; /* NaN unknown */
	int64_t energy_millij;
};
bool line_add_energy(struct buf *out, const struct line_series *meter, const struct line_energy *reading, int64_t utc_ns);

/*
 * What rounding left over of a meter's slot points so far, all revisions included: of the sum of its interval rows what is less than a
 * joule, by class, and less than a second of time. All that the next point needs to know of those before it; core keeps it with the
 * meter's totals. 0..999; zeroes at the beginning of a meter.
 */
struct line_running {
	uint16_t millij[COVERAGE_COUNT];
	uint16_t covered_ms;
};

/* The integers of one slot point. */
struct line_slot {
	int64_t slot_start_s;
	int64_t energy_j, measured_j, bridged_j, estimated_j, covered_s;
	int32_t slot_s, rev;
};

/*
 * Rounds an interval (rev 0, or a later revision's signed differences) and advances *running by it. Running rounding: each number is
 * the difference of the rounded-down running total behind and before the interval, so the sum of a meter's points is its running
 * total rounded down, however many there are. The classes are cut out of the whole by the same rule (measured; + bridged; +
 * estimated; + manual and static), so energy_j less the three is exactly what was manual or static.
 */
void line_slot_round(struct line_slot *out, struct line_running *running, const struct interval *interval);

/*
 * `slot`, at line_slot_time_ns(). In a revision slot_s is 0: like all other fields but `rev` it is a difference, so sums over points
 * hold in any store.
 */
bool line_add_slot(struct buf *out, const struct line_series *meter, const struct line_slot *slot);

/*
 * Slot start + rev seconds; revisions beyond the slot's length take the milliseconds between its seconds (VictoriaMetrics has no finer times): within
 * the slot each has a time of its own, 900,000 of them in a quarter of an hour. The time of slot, carbon, site_total.
 */
int64_t line_slot_time_ns(int64_t slot_start_s, int32_t slot_s, int32_t rev) MUST_CHECK;

/* `carbon`: scope 1 has direct_mg, all others the rest. `basis` is the factor's ("direct", "lifecycle"). Not written when no mass is known. */
struct line_carbon {
	int scope; /* 1..3 */
	const char *basis;
	int64_t direct_mg, location_mg, market_mg, hourly_mg; /* milligrams CO2e, or LINE_UNKNOWN */
	double intensity_g_per_kwh;                           /* NaN unknown */
	int32_t rev;
};
bool line_add_carbon(struct buf *out, const struct line_series *meter, const struct line_carbon *carbon, int64_t utc_ns);

/* `site_total`: energy_j is the sum of the meters' rounded joules (struct line_slot), so it equals the sum of their points. */
struct line_site_total {
	int64_t energy_j, covered_s, expected_s, location_mg, market_mg, hourly_mg;
	int32_t rev;
};
bool line_add_site_total(struct buf *out, const struct line_series *site_point, const struct line_site_total *total, int64_t utc_ns);

/* `traffic` of a slot: octets, packets, seconds covered. */
struct line_traffic {
	int64_t rx_bytes, tx_bytes, captured_bytes, dropped_packets, covered_s;
};
bool line_add_traffic(struct buf *out, const struct line_series *traffic, const struct line_traffic *values, int64_t utc_ns);

/* `intensity` of a slot: only time in which energy and traffic are both covered. */
struct line_intensity {
	int64_t energy_j, uni_bytes, location_mg, valid_s;
};
bool line_add_intensity(struct buf *out, const struct line_series *site, const struct line_intensity *values, int64_t utc_ns);

/*
 * `chain`: the head of a site's chain of sealed periods, and how many statements it has. The 32 bytes of the head are eight numbers of 32 bits,
 * most significant first: fields are never texts, and a store that keeps doubles keeps these exactly.
 */
bool line_add_chain(struct buf *out, const struct line_series *site, int64_t statement_count, const uint8_t head[static 32],
		    int64_t utc_ns);

#endif
