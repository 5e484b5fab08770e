/* SPDX-License-Identifier: Apache-2.0 */
#include "output/openmetrics.h"

#include "base/num.h"
#include "base/text.h"

#include <string.h>

enum { LABEL_BYTES = 256, THOUSANDTHS_SCALE = 3 };

static const char *const SUFFIX[] = {[OPENMETRICS_GAUGE] = "", [OPENMETRICS_COUNTER] = "_total", [OPENMETRICS_INFO] = "_info"};
static const char *const TYPE[] = {[OPENMETRICS_GAUGE] = "gauge", [OPENMETRICS_COUNTER] = "counter", [OPENMETRICS_INFO] = "info"};

void openmetrics_init(struct openmetrics *metrics, struct buf *out, bool is_open)
{
	*metrics = (struct openmetrics){.out = out, .is_open = is_open};
}

/* The text format names a family as its samples, and knows no info. */
static void add_head(struct openmetrics *metrics, const char *what, const char *text)
{
	const struct openmetrics_family *family = metrics->family;

	buf_add_format(metrics->out, "# %s %s%s %s\n", what, family->name, metrics->is_open ? "" : SUFFIX[family->type], text);
}

void openmetrics_family(struct openmetrics *metrics, const struct openmetrics_family *family)
{
	bool is_known = metrics->is_open || family->type != OPENMETRICS_INFO;

	metrics->family = family;
	add_head(metrics, "TYPE", is_known ? TYPE[family->type] : TYPE[OPENMETRICS_GAUGE]);
	if (metrics->is_open && family->unit != NULL)
		add_head(metrics, "UNIT", family->unit);
	add_head(metrics, "HELP", family->help);
}

void openmetrics_begin(struct openmetrics *metrics)
{
	metrics->has_label = false;
	buf_add_text(metrics->out, metrics->family->name);
	buf_add_text(metrics->out, SUFFIX[metrics->family->type]);
}

void openmetrics_label(struct openmetrics *metrics, const char *name, const char *value)
{
	char clean[LABEL_BYTES];
	size_t bytes = value == NULL ? 0 : text_clean(clean, sizeof clean, value, strlen(value));

	buf_add_format(metrics->out, "%c%s=\"", metrics->has_label ? ',' : '{', name);
	metrics->has_label = true;
	for (size_t i = 0; i < bytes; i++) {
		if (clean[i] == '\\' || clean[i] == '"')
			buf_add_char(metrics->out, '\\');
		buf_add_char(metrics->out, clean[i]);
	}
	buf_add_text(metrics->out, bytes == 0 ? "none\"" : "\"");
}

static void end(struct openmetrics *metrics, const char *value)
{
	buf_add_format(metrics->out, "%s %s\n", metrics->has_label ? "}" : "", value);
}

void openmetrics_end_double(struct openmetrics *metrics, double value, int decimals)
{
	char text[NUM_TEXT_BYTES];

	num_print_double(text, value, decimals);
	end(metrics, text);
}

void openmetrics_end_i64(struct openmetrics *metrics, int64_t value)
{
	char text[NUM_TEXT_BYTES];

	num_print_i64(text, value);
	end(metrics, text);
}

void openmetrics_end_thousandths(struct openmetrics *metrics, int64_t value)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, value, THOUSANDTHS_SCALE, THOUSANDTHS_SCALE);
	end(metrics, text);
}

void openmetrics_finish(struct openmetrics *metrics)
{
	if (metrics->is_open)
		buf_add_text(metrics->out, "# EOF\n");
}
