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

static void add_kwh(struct buf *out, const char *before, int64_t millij)
{
	buf_add_text(out, before);
	figure_add_kwh(out, millij, DECIMALS);
}

static void add_delivery_line(struct buf *out, const struct report_site *site, const struct report_supply *supply)
{
	const struct report_supply_hour *sum = &supply->sum;
	int64_t residual_millij = report_supply_residual_millij(sum);

	buf_add_text(out, site->id);
	add_kwh(out, ": ", sum->in_millij[SUPPLY_GRID]);
	add_kwh(out, " kWh from the grid, ", sum->in_millij[SUPPLY_GENSET]);
	add_kwh(out, " from sets, ", sum->in_millij[SUPPLY_PV]);
	buf_add_text(out, " from the sun");
	if (supply->has_battery) {
		add_kwh(out, "; ", sum->charge_millij);
		add_kwh(out, " into the battery, ", sum->discharge_millij);
		buf_add_text(out, " out of it");
	}
	if (sum->out_millij != 0) {
		add_kwh(out, "; ", sum->out_millij);
		buf_add_text(out, " out to the grid");
	}
	if (!supply->has_load) {
		buf_add_text(out, "; no meter with supply none says what was delivered");
		return;
	}
	add_kwh(out, "; ", sum->load_millij);
	buf_add_text(out, " delivered");
	if (supply->has_carbon && sum->load_millij > 0) {
		buf_add_text(out, " at ");
		figure_add_g_per_kwh(out, report_supply_intensity(supply));
		buf_add_text(out, " g/kWh");
	}
	buf_add_text(out, residual_millij < 0 ? "; the balance is off by -" : "; the balance is off by ");
	figure_add_pct(out, residual_millij < 0 ? -residual_millij : residual_millij, report_supply_in_millij(sum));
	buf_add_text(out, " %");
}

void report_supply_print_fuel(const struct report_totals *totals)
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

/* "oslo carbon-free, hour by hour: 70.00 % of 240.000 kWh (...), 12 of 24 hours wholly; market-based, matched so: 1.440 kg CO2e" */
static void print_cfe(const struct report_site *site, const struct report_cfe *cfe)
{
	struct buf line;

	buf_init(&line, LINE_BYTES_MAX);
	buf_add_format(&line, "%s carbon-free, hour by hour: ", site->id);
	figure_add_pct(&line, cfe->sum.free_millij, cfe->sum.load_millij);
	add_kwh(&line, " % of ", cfe->sum.load_millij);
	buf_add_format(&line, " kWh (own sun and instruments of an hour, without the grid's own share), %lld of %lld hours wholly",
		       (long long)cfe->sum.free_hour_count, (long long)cfe->sum.hour_count);
	if (cfe->has_mg) {
		buf_add_text(&line, "; market-based, matched so: ");
		figure_add_kg(&line, cfe->mg, DECIMALS);
		buf_add_text(&line, " kg CO2e");
	}
	puts(buf_text(&line));
	buf_deinit(&line);
}

void report_supply_print(const struct report_supplies *supplies)
{
	for (size_t i = 0; supplies->site != NULL && i < supplies->totals->reg.site_count; i++) {
		const struct report_site *site = &supplies->totals->reg.site[i];
		const struct report_supply *supply = report_supplies_find(supplies, site);
		struct buf line;

		if (supply != NULL && supply->is_mixed) {
			buf_init(&line, LINE_BYTES_MAX);
			add_delivery_line(&line, site, supply);
			puts(buf_text(&line));
			buf_deinit(&line);
		}
		if (supply != NULL && supply->cfe.has)
			print_cfe(site, &supply->cfe);
	}
}

static void add_amount(struct json *json, const char *key, bool has, int64_t value)
{
	if (has)
		json_add_i64(json, key, value);
	else
		json_add_null(json, key);
}

void report_supply_add_fuel_json(struct json *json, const struct report_total *row)
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

static void add_site_json(struct json *json, const struct report_site *site, const struct report_supply *supply)
{
	json_open_object(json, NULL);
	json_add_text(json, "site", site->id);
	json_add_i64(json, "grid_millij", supply->sum.in_millij[SUPPLY_GRID]);
	json_add_i64(json, "genset_millij", supply->sum.in_millij[SUPPLY_GENSET]);
	json_add_i64(json, "pv_millij", supply->sum.in_millij[SUPPLY_PV]);
	add_amount(json, "charge_millij", supply->has_battery, supply->sum.charge_millij);
	add_amount(json, "discharge_millij", supply->has_battery, supply->sum.discharge_millij);
	add_amount(json, "load_millij", supply->has_load, supply->sum.load_millij);
	add_amount(json, "residual_millij", supply->has_load, report_supply_residual_millij(&supply->sum));
	add_amount(json, "intake_mg", supply->has_carbon, supply->sum.intake_mg);
	add_amount(json, "delivered_mg", supply->has_carbon, supply->sum.delivered_mg);
	json_add_i64(json, "grid_out_millij", supply->sum.out_millij);
	add_amount(json, "cfe_millij", supply->cfe.has, supply->cfe.sum.free_millij);
	add_amount(json, "cfe_load_millij", supply->cfe.has, supply->cfe.sum.load_millij);
	add_amount(json, "market_hourly_mg", supply->cfe.has_mg, supply->cfe.mg);
	json_close_object(json);
}

void report_supply_add_json(struct json *json, const struct report_supplies *supplies)
{
	json_open_array(json, "supply");
	for (size_t i = 0; supplies->site != NULL && i < supplies->totals->reg.site_count; i++) {
		const struct report_site *site = &supplies->totals->reg.site[i];
		const struct report_supply *supply = report_supplies_find(supplies, site);

		if (supply != NULL)
			add_site_json(json, site, supply);
	}
	json_close_array(json);
}
