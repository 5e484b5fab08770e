/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_hourly.h"

#include "report/figure.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 1024, KG_DECIMALS = 3, NAME_BYTES_MAX = 128 };

void report_hourly_add_kg(struct buf *out, const struct report_total *row, int decimals)
{
	if (row->hourly.has)
		figure_add_kg(out, row->hourly.mg, decimals);
	else
		buf_add_text(out, FIGURE_NONE);
}

void report_hourly_add_coverage(struct buf *out, const struct report_total *row)
{
	figure_add_pct(out, row->hourly.millij, row->hourly.has ? row->grid_millij : 0);
}

void report_hourly_add_estimated(struct buf *out, const struct report_total *row)
{
	figure_add_pct(out, row->hourly.estimated_millij, row->hourly.has ? row->grid_millij : 0);
}

static void add_line(struct buf *out, const struct report_total *row)
{
	const struct report_hourly_total *hourly = &row->hourly;

	buf_add_format(out, "%s with hourly factors: ", row->site->id);
	report_hourly_add_kg(out, row, KG_DECIMALS);
	if (hourly->series != NULL)
		buf_add_format(out, " kg CO2e (%s, %s), which cover ", hourly->series->publisher, factor_basis_name(hourly->series->basis));
	else
		buf_add_text(out, " kg CO2e (several series), which cover ");
	report_hourly_add_coverage(out, row);
	buf_add_text(out, " % of the energy, ");
	report_hourly_add_estimated(out, row);
	buf_add_text(out, " % of it in hours that the publisher estimated");
	if (hourly->gap_factor != NULL) {
		buf_add_text(out, "; the rest has ");
		figure_add_g_per_kwh(out, hourly->gap_factor->microg_per_kwh);
		buf_add_format(out, " g/kWh of %d", (int)hourly->gap_factor->year);
	} else if (hourly->millij != row->grid_millij) {
		buf_add_text(out, "; the rest has annual factors");
	}
}

void report_hourly_print(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];
		struct buf line;

		if (row->level != REPORT_SITE || (!row->hourly.has && row->hourly.gap_unknown_count == 0))
			continue;
		buf_init(&line, LINE_BYTES_MAX);
		if (row->hourly.has)
			add_line(&line, row);
		else
			buf_add_format(
			    &line,
			    "%s with hourly factors: unknown: hours lack in the series, and there is no annual factor of its basis for "
			    "them (`wattledger factors import` takes one)",
			    row->site->id);
		puts(buf_text(&line));
		buf_deinit(&line);
	}
}

static void add_pct(struct json *json, const char *key, const struct report_total *row,
		    void (*add)(struct buf *out, const struct report_total *row))
{
	struct buf text;

	buf_init(&text, NAME_BYTES_MAX);
	add(&text, row);
	if (row->grid_millij > 0)
		json_add_raw(json, key, buf_text(&text));
	else
		json_add_null(json, key);
	buf_deinit(&text);
}

void report_hourly_add_json(struct json *json, const struct report_total *row)
{
	const struct report_hourly_total *hourly = &row->hourly;

	if (!hourly->has) {
		json_add_null(json, "hourly");
		return;
	}
	json_open_object(json, "hourly");
	json_add_i64(json, "location_mg", hourly->mg);
	add_pct(json, "coverage_pct", row, report_hourly_add_coverage);
	add_pct(json, "estimated_pct", row, report_hourly_add_estimated);
	json_add_i64(json, "covered_millij", hourly->millij);
	json_add_i64(json, "covered_ms", hourly->covered_ms);
	json_add_text(json, "basis", hourly->series == NULL ? NULL : factor_basis_name(hourly->series->basis));
	json_add_text(json, "publisher", hourly->series == NULL ? NULL : hourly->series->publisher);
	if (hourly->gap_factor != NULL)
		json_add_i64(json, "gap_microg_per_kwh", hourly->gap_factor->microg_per_kwh);
	else
		json_add_null(json, "gap_microg_per_kwh");
	json_close_object(json);
}
