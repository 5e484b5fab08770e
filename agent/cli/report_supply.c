/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_supply.h"

#include "base/num.h"
#include "report/figure.h"

#include <stdio.h>

enum { LINE_BYTES_MAX = 1024, DECIMALS = 3, MICRO_DECIMALS = 6 };

static const char *method_text(const struct report_fuel *fuel)
{
	return fuel->has_many ? "several methods" : account_fuel_method_name(fuel->sum.method);
}

static void add_fuel_line(struct buf *out, const struct report_total *row)
{
	const struct report_fuel *fuel = &row->fuel;
	char litres[NUM_TEXT_BYTES];

	num_print_fixed(litres, fuel->sum.micro_l, MICRO_DECIMALS, DECIMALS);
	buf_add_text(out, row->site->id);
	if (report_fuel_has_litres(fuel))
		buf_add_format(out, " burnt %s l of fuel (%s): ", litres, method_text(fuel));
	else
		buf_add_format(out, " burnt fuel, of which litres are not known (%s): ", method_text(fuel));
	if (report_fuel_has_scope1(fuel))
		figure_add_kg(out, fuel->sum.scope1_mg, DECIMALS);
	else
		buf_add_text(out, FIGURE_NONE);
	buf_add_text(out, " kg CO2e in scope 1, ");
	if (report_fuel_has_upstream(fuel))
		figure_add_kg(out, fuel->sum.upstream_mg, DECIMALS);
	else
		buf_add_text(out, FIGURE_NONE);
	buf_add_text(out, " kg upstream of it in scope 3, category 3");
	if (!report_fuel_has_litres(fuel))
		buf_add_text(out, " (`wattledger enter fuel` takes deliveries and dips)");
}

void report_supply_print(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->count; i++) {
		struct buf line;

		if (totals->row[i].level != REPORT_SITE || totals->row[i].fuel.set_count == 0)
			continue;
		buf_init(&line, LINE_BYTES_MAX);
		add_fuel_line(&line, &totals->row[i]);
		puts(buf_text(&line));
		buf_deinit(&line);
	}
}

static void add_amount(struct json *json, const char *key, bool has, int64_t value)
{
	if (has)
		json_add_i64(json, key, value);
	else
		json_add_null(json, key);
}

void report_supply_add_json(struct json *json, const struct report_total *row)
{
	const struct report_fuel *fuel = &row->fuel;

	if (fuel->part_count == 0) {
		json_add_null(json, "fuel");
		return;
	}
	json_open_object(json, "fuel");
	json_add_text(json, "method",
		      fuel->set_count == 0 ? NULL
		      : fuel->has_many     ? "several"
					   : account_fuel_method_name(fuel->sum.method));
	add_amount(json, "micro_l", report_fuel_has_litres(fuel), fuel->sum.micro_l);
	add_amount(json, "scope1_mg", report_fuel_has_scope1(fuel), fuel->sum.scope1_mg);
	add_amount(json, "scope3_cat3a_mg", report_fuel_has_upstream(fuel), fuel->sum.upstream_mg);
	json_close_object(json);
}
