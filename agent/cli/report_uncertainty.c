/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_uncertainty.h"

#include "base/mem.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 1024 };

static enum err make(struct report_uncertainty **out, const struct report_totals *totals, struct err_info *info)
{
	struct report_reading *reading = mem_new_array(totals->count, sizeof(*reading));
	enum err err;

	if (reading == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu rows", totals->count);
	for (size_t i = 0; i < totals->count; i++)
		reading[i].has_counter = totals->row[i].level == REPORT_METER && totals->row[i].meter->counter.unit_num > 0;
	err = report_uncertainty_make(out, totals, reading, info);
	mem_free(reading);
	return err;
}

enum err report_uncertainty_totals(struct report_totals *totals, struct report_uncertainty **out, struct ledger *ledger,
				   const struct report_request *request, struct err_info *info)
{
	enum err err = report_totals_make(totals, ledger, request, REPORT_METER, info);

	if (err != ERR_NONE)
		return err;
	err = make(out, totals, info);
	if (err != ERR_NONE)
		report_totals_deinit(totals);
	return err;
}

void report_uncertainty_cut(struct report_totals *totals, struct report_uncertainty *all, enum report_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < totals->count; i++) {
		if (totals->row[i].level > level)
			continue;
		totals->row[count] = totals->row[i];
		all[count++] = all[i];
	}
	totals->count = count;
}

void report_uncertainty_print(const struct report_uncertainty *all)
{
	struct buf line;

	if (!all->has_energy)
		return;
	buf_init(&line, LINE_BYTES_MAX);
	report_uncertainty_add_words(&line, all);
	puts(buf_text(&line));
	buf_deinit(&line);
}

static void add_pct(struct json *json, const char *key, bool has, double ratio)
{
	struct buf text;

	if (!has) {
		json_add_null(json, key);
		return;
	}
	buf_init(&text, LINE_BYTES_MAX);
	report_uncertainty_add_pct(&text, ratio);
	json_add_raw(json, key, buf_text(&text));
	buf_deinit(&text);
}

void report_uncertainty_add_json(struct json *json, const struct report_uncertainty *row)
{
	if (!row->has_energy) {
		json_add_null(json, "uncertainty");
		return;
	}
	json_open_object(json, "uncertainty");
	json_add_i64(json, "k", UNCERTAINTY_K);
	add_pct(json, "energy_pct", true, row->energy_ratio);
	json_add_text(json, "energy_basis", report_uncertainty_energy_basis(row));
	add_pct(json, "factor_pct", row->has_total, row->factor_ratio);
	json_add_text(json, "factor_basis", row->has_total ? report_uncertainty_factor_basis(row) : NULL);
	add_pct(json, "total_pct", row->has_total, row->total_ratio);
	json_add_text(json, "tier", report_uncertainty_tier(row));
	json_close_object(json);
}
