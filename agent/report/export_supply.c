/* SPDX-License-Identifier: Apache-2.0 */
/* export_supply: supply.csv, the hours of sites that several sources feed, and what their rows of totals.csv say of it. */
#include "report/export_cells_priv.h"

#include "base/num.h"
#include "model/units.h"
#include "report/dictionary.h"
#include "report/figure.h"
#include "report/supply.h"

enum { DECIMALS = 6 };

/* ---- totals.csv ---- */

/* What a cell needs to be known. */
enum need { NEED_BATTERY, NEED_CARBON, NEED_STORE, NEED_LOAD };

/* Of the row of a site; NULL: there is none. */
static const struct report_supply *supply_of(const struct export_row *cells)
{
	return cells->row->level == REPORT_SITE ? report_supplies_find(&cells->package->supplies, cells->row->site) : NULL;
}

static bool has(const struct export_row *cells, enum need need)
{
	const struct report_supply *supply = supply_of(cells);

	if (supply == NULL)
		return false;
	switch (need) {
	case NEED_BATTERY: return supply->has_battery;
	case NEED_CARBON: return supply->has_carbon;
	case NEED_STORE: return supply->has_battery && supply->has_carbon;
	default: return supply->has_load;
	}
}

static void put_none(struct buf *out)
{
	buf_add_text(out, FIGURE_NONE);
}

#define PUT_I64(name, need, value)                                              \
	void export_put_##name(struct buf *out, const struct export_row *cells) \
	{                                                                       \
		if (has(cells, need))                                           \
			buf_add_i64(out, supply_of(cells)->value);              \
		else                                                            \
			put_none(out);                                          \
	}

#define PUT_KWH(name, need, value)                                              \
	void export_put_##name(struct buf *out, const struct export_row *cells) \
	{                                                                       \
		if (has(cells, need))                                           \
			figure_add_kwh(out, supply_of(cells)->value, DECIMALS); \
		else                                                            \
			put_none(out);                                          \
	}

PUT_KWH(battery_in_kwh, NEED_BATTERY, sum.charge_millij)
PUT_KWH(battery_out_kwh, NEED_BATTERY, sum.discharge_millij)
PUT_KWH(stored_open_kwh, NEED_BATTERY, open.millij)
PUT_KWH(stored_close_kwh, NEED_BATTERY, sum.store.millij)
PUT_I64(battery_in_millij, NEED_BATTERY, sum.charge_millij)
PUT_I64(battery_out_millij, NEED_BATTERY, sum.discharge_millij)
PUT_I64(stored_open_millij, NEED_BATTERY, open.millij)
PUT_I64(stored_close_millij, NEED_BATTERY, sum.store.millij)
PUT_I64(stored_carbon_open_mg, NEED_STORE, open.mg)
PUT_I64(stored_carbon_close_mg, NEED_STORE, sum.store.mg)
PUT_I64(m_intake_mg, NEED_CARBON, sum.intake_mg)
PUT_I64(m_delivered_mg, NEED_CARBON, sum.delivered_mg)
PUT_I64(load_millij, NEED_LOAD, sum.load_millij)

static void put_grams(struct buf *out, bool is_known, int64_t mg)
{
	char text[NUM_TEXT_BYTES] = FIGURE_NONE;

	if (is_known)
		num_print_fixed(text, mg, 3, 3);
	buf_add_text(out, text);
}

void export_put_stored_carbon_open_g(struct buf *out, const struct export_row *cells)
{
	bool is_known = has(cells, NEED_STORE);

	put_grams(out, is_known, is_known ? supply_of(cells)->open.mg : 0);
}

void export_put_stored_carbon_close_g(struct buf *out, const struct export_row *cells)
{
	bool is_known = has(cells, NEED_STORE);

	put_grams(out, is_known, is_known ? supply_of(cells)->sum.store.mg : 0);
}

void export_put_balance_residual_millij(struct buf *out, const struct export_row *cells)
{
	if (has(cells, NEED_LOAD))
		buf_add_i64(out, report_supply_residual_millij(&supply_of(cells)->sum));
	else
		put_none(out);
}

/* Of what came in; with its sign. */
void export_put_balance_residual_pct(struct buf *out, const struct export_row *cells)
{
	const struct report_supply *supply = supply_of(cells);
	int64_t residual = has(cells, NEED_LOAD) ? report_supply_residual_millij(&supply->sum) : 0;

	if (residual < 0)
		buf_add_char(out, '-');
	figure_add_pct(out, residual < 0 ? -residual : residual, has(cells, NEED_LOAD) ? report_supply_in_millij(&supply->sum) : 0);
}

void export_put_delivered_g_per_kwh(struct buf *out, const struct export_row *cells)
{
	int64_t microg_per_kwh = has(cells, NEED_LOAD) ? report_supply_intensity(supply_of(cells)) : 0;

	if (has(cells, NEED_LOAD) && has(cells, NEED_CARBON))
		figure_add_g_per_kwh(out, microg_per_kwh);
	else
		put_none(out);
}

/* ---- supply.csv ---- */

static void add_if(struct sheet *sheet, bool is_known, int64_t value)
{
	if (is_known)
		sheet_add_i64(sheet, value);
	else
		sheet_add_none(sheet);
}

static enum err add_hour(struct sheet *sheet, const struct report_site *site, const struct report_supply *supply, size_t at,
			 struct err_info *info)
{
	const struct report_supply_hour *hour = &supply->hour[at];
	bool has_carbon = supply->has_carbon;

	sheet_add_text(sheet, site->id);
	figure_add_utc(sheet_begin_cell(sheet), hour->start_s * UNITS_MS_PER_S);
	sheet_add_i64(sheet, hour->in_millij[SUPPLY_GRID]);
	sheet_add_i64(sheet, hour->in_millij[SUPPLY_GENSET]);
	sheet_add_i64(sheet, hour->in_millij[SUPPLY_PV]);
	add_if(sheet, has_carbon, hour->intake_mg);
	sheet_add_i64(sheet, hour->charge_millij);
	add_if(sheet, has_carbon, hour->charge_mg);
	sheet_add_i64(sheet, hour->discharge_millij);
	add_if(sheet, has_carbon, hour->discharge_mg);
	sheet_add_i64(sheet, hour->store.millij);
	add_if(sheet, has_carbon, hour->store.mg);
	sheet_add_i64(sheet, hour->load_millij);
	add_if(sheet, has_carbon, hour->delivered_mg);
	sheet_add_i64(sheet, report_supply_residual_millij(hour));
	sheet_add_i64(sheet, hour->out_millij);
	return sheet_end_row(sheet, info);
}

/* ---- batteries.csv ---- */

/* Of the hours that supply.csv has: what each battery of the site held before, did, and held then. */
static enum err add_batteries(struct sheet *sheet, const struct report_site *site, const struct report_supply *supply, size_t at,
			      struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < supply->batteries.count; i++) {
		const struct report_battery *battery = &supply->batteries.row[i];
		const struct report_battery_hour *hour = &battery->hour[at];
		const struct account_store *before = at == 0 ? &battery->open : &battery->hour[at - 1].store;

		sheet_add_text(sheet, site->id);
		sheet_add_text(sheet, battery->device);
		figure_add_utc(sheet_begin_cell(sheet), supply->hour[at].start_s * UNITS_MS_PER_S);
		sheet_add_i64(sheet, before->millij);
		add_if(sheet, supply->has_carbon, before->mg);
		sheet_add_i64(sheet, hour->charge_millij);
		add_if(sheet, supply->has_carbon, hour->charge_mg);
		sheet_add_i64(sheet, hour->discharge_millij);
		add_if(sheet, supply->has_carbon, hour->discharge_mg);
		sheet_add_i64(sheet, hour->store.millij);
		add_if(sheet, supply->has_carbon, hour->store.mg);
		err = sheet_end_row(sheet, info);
	}
	return err;
}

static bool has_row(const struct report_supply *supply, size_t at)
{
	return supply->hour[at].has_rows || supply->hour[at].intake_mg != 0;
}

typedef enum err add_fn(struct sheet *sheet, const struct report_site *site, const struct report_supply *supply, size_t at,
			struct err_info *info);

/* Each hour of each site in which there is anything. */
static enum err write_hours(struct package *package, const char *name, add_fn *add, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	struct sheet *sheet;
	enum err err = dictionary_open_sheet(&sheet, package->folder, name, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < reg->site_count; i++) {
		const struct report_supply *supply = report_supplies_find(&package->supplies, &reg->site[i]);

		for (size_t h = 0; err == ERR_NONE && supply != NULL && h < supply->count; h++) {
			if (has_row(supply, h))
				err = add(sheet, &reg->site[i], supply, h, info);
		}
	}
	return export_close_sheet(package, sheet, err, info);
}

enum err export_write_batteries(struct package *package, struct err_info *info)
{
	return write_hours(package, EXPORT_BATTERIES, add_batteries, info);
}

enum err export_write_supply(struct package *package, struct err_info *info)
{
	return write_hours(package, EXPORT_SUPPLY, add_hour, info);
}
