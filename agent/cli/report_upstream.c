/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_upstream.h"

#include "report/figure.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 1024, KG_DECIMALS = 3 };

static void add_kg(struct buf *out, bool has, int64_t mg)
{
	if (!has) {
		buf_add_text(out, "not known");
		return;
	}
	figure_add_kg(out, mg, KG_DECIMALS);
	buf_add_text(out, " kg CO2e");
}

static void print_site(const struct report_total *row)
{
	const struct report_upstream *upstream = &row->upstream;
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	buf_add_format(&line, "%s scope 3, category 3: B, before the plants: ", row->site->id);
	if (report_upstream_is_included(upstream))
		buf_add_text(&line, "in the lifecycle factor already");
	else
		add_kg(&line, report_upstream_has(upstream), upstream->upstream_mg);
	buf_add_text(&line, "; C, lost on the way: ");
	add_kg(&line, report_upstream_has_lost(upstream), upstream->lost_mg);
	puts(buf_text(&line));
	buf_deinit(&line);
}

static void print_leased(const struct report_total *row)
{
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	buf_add_format(&line, "%s scope 3, category 8, of what others control: ", row->site->id);
	add_kg(&line, report_leased_has(&row->leased), row->leased.mg);
	puts(buf_text(&line));
	buf_deinit(&line);
}

static void print_overhead(const struct report_total *row)
{
	const struct report_overhead *overhead = &row->overhead;
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	buf_add_format(&line, "%s overhead of the host, static, in no total: ", row->site->id);
	if (report_overhead_has(overhead)) {
		figure_add_kwh(&line, overhead->millij, KG_DECIMALS);
		buf_add_text(&line, " kWh; in scope 3, category 8: ");
	}
	add_kg(&line, report_overhead_has_mg(overhead), overhead->mg);
	puts(buf_text(&line));
	buf_deinit(&line);
}

static void print_embodied(const struct report_total *row)
{
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	buf_add_format(&line, "%s embodied, a memo item in no scope: ", row->site->id);
	add_kg(&line, true, row->assets.embodied_mg);
	puts(buf_text(&line));
	buf_deinit(&line);
}

void report_upstream_print(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];

		if (row->level == REPORT_SITE && (row->upstream.upstream_count > 0 || row->upstream.lost_count > 0))
			print_site(row);
		if (row->level == REPORT_SITE && row->leased.part_count > 0)
			print_leased(row);
		if (row->level == REPORT_SITE && row->overhead.part_count > 0)
			print_overhead(row);
		if (row->level == REPORT_SITE && row->assets.embodied_count > 0)
			print_embodied(row);
	}
}

static void add_mg(struct json *json, const char *key, bool has, int64_t mg)
{
	if (has)
		json_add_i64(json, key, mg);
	else
		json_add_null(json, key);
}

void report_upstream_add_json(struct json *json, const struct report_total *row)
{
	const struct report_upstream *upstream = &row->upstream;

	if (upstream->part_count == 0 && row->leased.part_count == 0) {
		json_add_null(json, "scope3");
		return;
	}
	json_open_object(json, "scope3");
	add_mg(json, "cat3b_mg", report_upstream_has(upstream), upstream->upstream_mg);
	json_add_bool(json, "cat3b_included", report_upstream_is_included(upstream));
	add_mg(json, "cat3c_mg", report_upstream_has_lost(upstream), upstream->lost_mg);
	add_mg(json, "cat8_mg", report_leased_has(&row->leased), row->leased.mg);
	add_mg(json, "overhead_millij", report_overhead_has(&row->overhead), row->overhead.millij);
	add_mg(json, "overhead_mg", report_overhead_has_mg(&row->overhead), row->overhead.mg);
	json_close_object(json);
}
