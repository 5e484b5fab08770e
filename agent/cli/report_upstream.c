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

void report_upstream_print(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->count; i++) {
		const struct report_total *row = &totals->row[i];

		if (row->level == REPORT_SITE && (row->upstream.upstream_count > 0 || row->upstream.lost_count > 0))
			print_site(row);
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

	if (upstream->part_count == 0) {
		json_add_null(json, "scope3");
		return;
	}
	json_open_object(json, "scope3");
	add_mg(json, "cat3b_mg", report_upstream_has(upstream), upstream->upstream_mg);
	json_add_bool(json, "cat3b_included", report_upstream_is_included(upstream));
	add_mg(json, "cat3c_mg", report_upstream_has_lost(upstream), upstream->lost_mg);
	json_close_object(json);
}
