/* SPDX-License-Identifier: Apache-2.0 */
/* line_other: the line protocol of what is not energy, with the rules of line.h: tanks, batteries, rooms, states, and the agent itself. */
#ifndef WATTLEDGER_OUTPUT_LINE_OTHER_H
#define WATTLEDGER_OUTPUT_LINE_OTHER_H

#include "output/line.h"

/* `fuel`: litres and run time; NaN and LINE_UNKNOWN are left out. */
struct line_fuel {
	double level_l, used_l, delivered_l;
	int64_t run_s;
};
/* A double that is whole or NaN, as those integers are: LINE_UNKNOWN when it is not finite or beyond 2^53. */
int64_t line_whole(double value) MUST_CHECK;
bool line_add_fuel(struct buf *out, const struct line_series *device, const struct line_fuel *values, int64_t utc_ns);

/* `battery`: joules into and out of it, state of charge 0..1, CO2e of what is stored in milligrams. */
struct line_battery {
	int64_t in_j, out_j;
	double soc_ratio;
	int64_t stored_mg;
};
bool line_add_battery(struct buf *out, const struct line_series *device, const struct line_battery *values, int64_t utc_ns);

/* `environment`: degrees Celsius, relative humidity 0..1. */
struct line_environment {
	double temperature_c, humidity_ratio;
};
bool line_add_environment(struct buf *out, const struct line_series *device, const struct line_environment *values, int64_t utc_ns);

/* `state`: an enumerated state's number. */
bool line_add_state(struct buf *out, const struct line_series *device, int64_t value, int64_t utc_ns);

/*
 * `event`: something happened, field count = 1. What, is the tag `code` (an event's code in the ledger: "gap", "reset", ...), how grave it is
 * `level`: error, warning, notice, info. The sentence stays in the ledger.
 */
bool line_add_event(struct buf *out, const struct line_series *event, int64_t utc_ns);

/* `wattledger`: the agent's own figures, summed over its processes where there are several. Names: line_self_name(). */
enum line_self {
	LINE_SELF_CPU_US = 0,      /* user and system time since the start */
	LINE_SELF_RSS_BYTES,       /* resident now */
	LINE_SELF_WAKE_COUNT,      /* since the start */
	LINE_SELF_POLL_COUNT,      /* device reads begun since the start */
	LINE_SELF_MISSED_COUNT,    /* device reads that were due and were not begun, since the start */
	LINE_SELF_FAILED_COUNT,    /* device reads without any value, since the start */
	LINE_SELF_LOST_COUNT,      /* samples that bounded queues had no room for, since the start */
	LINE_SELF_LATENCY_US,      /* mean of the answers since the last such point */
	LINE_SELF_COMMIT_US,       /* the longest commit since the last such point */
	LINE_SELF_ENERGY_MILLIJ,   /* estimate of what the agent has used since the start: its processor time, and W of a busy processor */
	LINE_SELF_LEDGER_BYTES,    /* the ledger's file */
	LINE_SELF_OUTBOX_BYTES,    /* waiting for the stores */
	LINE_SELF_OUTBOX_POINTS,   /* the same in points */
	LINE_SELF_OUTBOX_OLDEST_S, /* age of the oldest batch that waits */
	LINE_SELF_PARKED_POINTS,   /* refused by a store and kept */
	LINE_SELF_DROPPED_POINTS,  /* thinned or dropped because the outbox was full, since the start */
	LINE_SELF_SENT_POINTS,     /* accepted by the stores, since the start */
	LINE_SELF_DEVICE_COUNT,    /* configured */
	LINE_SELF_UP_SNMP,         /* devices that answer, by source kind; unknown when the kind is not configured */
	LINE_SELF_UP_MODBUS,
	LINE_SELF_UP_RAPL,
	LINE_SELF_UP_IPMI,
	LINE_SELF_UP_TRAFFIC,
	LINE_SELF_COUNT
};

/* "cpu_us", "rss_bytes", ... */
const char *line_self_name(enum line_self field) MUST_CHECK;

/* `values` has LINE_SELF_COUNT items, LINE_UNKNOWN where not known. */
bool line_add_self(struct buf *out, const struct line_series *host, const int64_t *values, int64_t utc_ns);

#endif
