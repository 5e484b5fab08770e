/* SPDX-License-Identifier: Apache-2.0 */
/* export_fuel: the cells of totals.csv that fuel makes: litres, how they are known, scope 1, and what came before the tank. */
#include "report/export_cells_priv.h"

#include "base/num.h"
#include "report/export_scopes_priv.h"
#include "report/figure.h"

#include <stdio.h>

enum { MICRO_DECIMALS = 6 };

#define SOURCE_DIESEL "diesel: US EPA 40 CFR 98 C-1, C-2"
#define SOURCE_UPSTREAM "UK DESNZ 2025, well to tank"
#define SOURCE_ENTERED "entered"
#define SOURCE_CDM "CDM AMS-I.F, tool 33"

static const struct report_fuel *fuel_of(const struct export_row *cells)
{
	return &cells->row->fuel;
}

void export_put_amount(struct buf *out, bool has, int64_t value)
{
	if (has)
		buf_add_i64(out, value);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_kg(struct buf *out, bool has, int64_t mg)
{
	if (has)
		figure_add_kg(out, mg, MICRO_DECIMALS);
	else
		buf_add_text(out, FIGURE_NONE);
}

static void put_litres(struct buf *out, bool has, int64_t micro_l)
{
	char text[NUM_TEXT_BYTES] = FIGURE_NONE;

	if (has)
		num_print_fixed(text, micro_l, MICRO_DECIMALS, MICRO_DECIMALS);
	buf_add_text(out, text);
}

void export_put_fuel_l(struct buf *out, const struct export_row *cells)
{
	put_litres(out, report_fuel_has_litres(fuel_of(cells)), fuel_of(cells)->sum.micro_l);
}

void export_put_fuel_micro_l(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, report_fuel_has_litres(fuel_of(cells)), fuel_of(cells)->sum.micro_l);
}

void export_put_fuel_method(struct buf *out, const struct export_row *cells)
{
	const struct report_fuel *fuel = fuel_of(cells);

	export_put_text(out, fuel->set_count == 0 ? NULL : fuel->has_many ? "several" : account_fuel_method_name(fuel->sum.method));
}

void export_put_fuel_open_l(struct buf *out, const struct export_row *cells)
{
	put_litres(out, report_fuel_has_dips(fuel_of(cells)), fuel_of(cells)->sum.open_micro_l);
}

void export_put_fuel_delivered_l(struct buf *out, const struct export_row *cells)
{
	put_litres(out, report_fuel_has_dips(fuel_of(cells)), fuel_of(cells)->sum.delivered_micro_l);
}

void export_put_fuel_close_l(struct buf *out, const struct export_row *cells)
{
	put_litres(out, report_fuel_has_dips(fuel_of(cells)), fuel_of(cells)->sum.close_micro_l);
}

void export_put_scope1_kg(struct buf *out, const struct export_row *cells)
{
	export_put_kg(out, report_fuel_has_scope1(fuel_of(cells)), fuel_of(cells)->sum.scope1_mg);
}

void export_put_scope1_mg(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, report_fuel_has_scope1(fuel_of(cells)), fuel_of(cells)->sum.scope1_mg);
}

void export_put_cat3a_kg(struct buf *out, const struct export_row *cells)
{
	export_put_kg(out, report_fuel_has_upstream(fuel_of(cells)), fuel_of(cells)->sum.upstream_mg);
}

void export_put_cat3a_mg(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, report_fuel_has_upstream(fuel_of(cells)), fuel_of(cells)->sum.upstream_mg);
}

/* ---- Factors ---- */

/* What a row's litres have in common. */
static bool has_one_factor(const struct report_fuel *fuel)
{
	return fuel->set_count > 0 && !fuel->has_many && fuel->sum.has_litres;
}

static bool is_diesel(const struct report_fuel *fuel)
{
	return has_one_factor(fuel) && fuel->sum.mg_per_l == ACCOUNT_FUEL_DIESEL_MG_PER_L;
}

void export_put_gwp_set(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, is_diesel(fuel_of(cells)) ? "AR5" : NULL);
}

void export_put_fuel_mg_per_l(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, has_one_factor(fuel_of(cells)), fuel_of(cells)->sum.mg_per_l);
}

void export_put_fuel_upstream_mg_per_l(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, has_one_factor(fuel_of(cells)), fuel_of(cells)->sum.upstream_mg_per_l);
}

void export_put_fuel_mg_per_kwh(struct buf *out, const struct export_row *cells)
{
	const struct report_fuel *fuel = fuel_of(cells);

	export_put_amount(out, !fuel->has_many && fuel->sum.method == ACCOUNT_FUEL_BY_CDM_DEFAULT, fuel->sum.mg_per_kwh);
}

static void put_both(struct buf *out, const char *burnt, const char *upstream)
{
	char text[sizeof(SOURCE_DIESEL) + sizeof(SOURCE_UPSTREAM) + 2];

	snprintf(text, sizeof(text), "%s; %s", burnt, upstream);
	export_put_text(out, text);
}

void export_put_fuel_source(struct buf *out, const struct export_row *cells)
{
	const struct report_fuel *fuel = fuel_of(cells);
	const char *burnt = is_diesel(fuel) ? SOURCE_DIESEL : SOURCE_ENTERED;
	bool is_default_upstream = fuel->sum.upstream_mg_per_l == ACCOUNT_FUEL_DIESEL_UPSTREAM_MG_PER_L;

	if (fuel->set_count == 0 || fuel->has_many || fuel->sum.method == ACCOUNT_FUEL_UNKNOWN)
		buf_add_text(out, fuel->has_many ? "several" : FIGURE_NONE);
	else if (!fuel->sum.has_litres)
		export_put_text(out, SOURCE_CDM);
	else
		put_both(out, burnt, is_default_upstream ? SOURCE_UPSTREAM : SOURCE_ENTERED);
}
