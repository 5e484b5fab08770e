/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_indicators.h"

#include "base/num.h"
#include "report/figure.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 1024, SHOWN_DECIMALS = 3 };

typedef bool figure_fn(const struct report_indicators *indicators, int64_t *micro);

static const struct {
	const char *name;
	const char *key;
	const char *unit;
	figure_fn *figure;
} FIGURES[] = {
    {"CUE", "cue_micro", " kg CO2e/kWh", report_indicators_cue},
    {"REF", "ref_micro", "", report_indicators_ref},
    {"SEE", "see_micro", "", report_indicators_see},
    {"WUE", "wue_micro", " l/kWh", report_indicators_wue},
    {"ERF", "erf_micro", "", report_indicators_erf},
};

enum { FIGURE_KINDS = sizeof(FIGURES) / sizeof(FIGURES[0]) };

static void add_figure(struct buf *out, const char *name, int64_t micro, const char *unit)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, micro, INDICATORS_DECIMALS, SHOWN_DECIMALS);
	buf_add_format(out, "%s %s%s", name, text, unit);
}

static void add_line(struct buf *out, const struct report_site *site)
{
	const struct report_indicators *indicators = &site->indicators;
	const char *before = ": ";
	int64_t micro;

	buf_add_text(out, site->id);
	if (report_indicators_pue(indicators, &micro)) {
		buf_add_text(out, before);
		add_figure(out, indicators->is_year ? "PUE" : "iPUE", micro, "");
		buf_add_format(out, " (category %d, IT at %s: ", report_indicators_category(indicators->it_point),
			       point_name(indicators->it_point));
		figure_add_kwh(out, indicators->it_millij, SHOWN_DECIMALS);
		buf_add_text(out, " kWh)");
		before = ", ";
	} else if (indicators->missing != NULL) {
		buf_add_format(out, "%sno PUE: %s", before, indicators->missing);
		before = "; ";
	}
	for (size_t i = 0; i < FIGURE_KINDS; i++) {
		if (!FIGURES[i].figure(indicators, &micro))
			continue;
		buf_add_text(out, before);
		add_figure(out, FIGURES[i].name, micro, FIGURES[i].unit);
		before = ", ";
	}
}

void report_indicators_print(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->reg.site_count; i++) {
		struct buf line;

		if (!report_indicators_is_any(&totals->reg.site[i].indicators))
			continue;
		buf_init(&line, LINE_BYTES_MAX);
		add_line(&line, &totals->reg.site[i]);
		puts(buf_text(&line));
		buf_deinit(&line);
	}
}

static void add_micro(struct json *json, const char *key, const struct report_indicators *indicators, figure_fn *figure)
{
	int64_t micro;

	if (figure(indicators, &micro))
		json_add_i64(json, key, micro);
	else
		json_add_null(json, key);
}

void report_indicators_add_json(struct json *json, const struct report_site *site)
{
	const struct report_indicators *indicators = &site->indicators;

	if (!report_indicators_is_any(indicators)) {
		json_add_null(json, "indicators");
		return;
	}
	json_open_object(json, "indicators");
	add_micro(json, indicators->is_year ? "pue_micro" : "ipue_micro", indicators, report_indicators_pue);
	json_add_i64(json, "pue_category", report_indicators_category(indicators->it_point));
	for (size_t i = 0; i < FIGURE_KINDS; i++)
		add_micro(json, FIGURES[i].key, indicators, FIGURES[i].figure);
	json_add_text(json, "pue_missing", indicators->missing);
	json_close_object(json);
}
