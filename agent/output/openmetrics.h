/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openmetrics: what Prometheus scrapes, in OpenMetrics 1.0 ("application/openmetrics-text; version=1.0.0") or in the older text format
 * 0.0.4 for scrapers that do not ask for it. The two differ in the names of counters' families, in units, and in the end of the text.
 *
 * One openmetrics_family(), then its samples: openmetrics_begin(), openmetrics_label()..., one of openmetrics_end_...(). All samples of a
 * family stand together. openmetrics_finish() ends the text.
 */
#ifndef WATTLEDGER_OUTPUT_OPENMETRICS_H
#define WATTLEDGER_OUTPUT_OPENMETRICS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum openmetrics_type { OPENMETRICS_GAUGE = 0, OPENMETRICS_COUNTER, OPENMETRICS_INFO };

struct openmetrics_family {
	const char *name; /* without _total or _info: "wattledger_energy_joules" */
	const char *unit; /* the end of its name: "joules"; NULL none */
	const char *help;
	enum openmetrics_type type;
};

/* Over `out` (borrowed); the family (borrowed) that samples now belong to. */
struct openmetrics {
	struct buf *out;
	const struct openmetrics_family *family;
	bool is_open;   /* OpenMetrics; else the text format 0.0.4 */
	bool has_label; /* the sample under way has one */
};

/* Starts a text at the end of `out`. */
void openmetrics_init(struct openmetrics *metrics, struct buf *out, bool is_open);

/* The head of a family. */
void openmetrics_family(struct openmetrics *metrics, const struct openmetrics_family *family);

/* A sample: its name as the family's type wants it, then labels. A NULL or empty value is written as "none"; any bytes are taken. */
void openmetrics_begin(struct openmetrics *metrics);
void openmetrics_label(struct openmetrics *metrics, const char *name, const char *value);

/* Its value: a finite double with at most `decimals` (0..9) digits; an integer; thousandths, exactly. */
void openmetrics_end_double(struct openmetrics *metrics, double value, int decimals);
void openmetrics_end_i64(struct openmetrics *metrics, int64_t value);
void openmetrics_end_thousandths(struct openmetrics *metrics, int64_t value);

/* The end of the text, where the format has one. */
void openmetrics_finish(struct openmetrics *metrics);

#endif
