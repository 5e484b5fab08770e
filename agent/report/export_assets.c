/* SPDX-License-Identifier: Apache-2.0 */
/* export_assets: assets.csv, the register of hardware for e-waste reporting, and what totals.csv has of it. */
#include "report/export_scopes_priv.h"

#include "base/mem.h"
#include "base/num.h"
#include "report/assets.h"
#include "report/dictionary.h"
#include "report/figure.h"

#include <string.h>

enum { MICRO_DECIMALS = 6 };

/* ---- totals.csv ---- */

void export_put_mass_kg(struct buf *out, const struct export_row *cells)
{
	export_put_kg(out, cells->row->assets.mass_count > 0, cells->row->assets.mass_micro_kg);
}

void export_put_embodied_kg(struct buf *out, const struct export_row *cells)
{
	export_put_kg(out, cells->row->assets.embodied_count > 0, cells->row->assets.embodied_mg);
}

void export_put_embodied_mg(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, cells->row->assets.embodied_count > 0, cells->row->assets.embodied_mg);
}

/* ---- assets.csv ---- */

static void add_time(struct sheet *sheet, int64_t utc_ms)
{
	if (utc_ms == 0)
		sheet_add_none(sheet);
	else
		figure_add_utc(sheet_begin_cell(sheet), utc_ms);
}

static void add_kg(struct sheet *sheet, bool has, int64_t micro_kg)
{
	if (has)
		figure_add_kg(sheet_begin_cell(sheet), micro_kg, MICRO_DECIMALS);
	else
		sheet_add_none(sheet);
}

/* The newest row of the register that is of the asset: of its device, and with its serial where it has one. */
static const struct ledger_register_row *find_row(const struct report_register *reg, const struct report_site *site,
						  const struct report_asset *asset)
{
	const struct ledger_register_row *found = NULL;

	for (size_t i = 0; i < site->entry_count; i++) {
		const struct ledger_register_row *row = &reg->entry[site->first_entry + i].row;

		if (report_assets_is_of(asset->node, row->site, row->device) &&
		    (asset->serial[0] == '\0' || strcmp(asset->serial, row->serial) == 0) &&
		    (found == NULL || row->valid_from_ms > found->valid_from_ms))
			found = row;
	}
	return found;
}

static enum err add_row(struct sheet *sheet, const struct report_register *reg, const struct report_site *site,
			const struct report_asset *asset, struct err_info *info)
{
	const struct ledger_register_row *row = find_row(reg, site, asset);

	sheet_add_text(sheet, site->id);
	sheet_add_text(sheet, asset->node);
	sheet_add_text(sheet, asset->serial[0] != '\0' ? asset->serial : row == NULL ? NULL : row->serial);
	sheet_add_text(sheet, row == NULL ? NULL : row->vendor);
	sheet_add_text(sheet, row == NULL ? NULL : row->model);
	add_time(sheet, asset->commissioned_ms);
	add_kg(sheet, asset->has_mass, asset->mass_micro_kg);
	add_time(sheet, asset->disposed_ms);
	add_kg(sheet, asset->has_disposed, asset->disposed_micro_kg);
	sheet_add_text(sheet, asset->route);
	add_kg(sheet, asset->life_from_ms != 0, asset->embodied_mg);
	add_time(sheet, asset->life_from_ms);
	add_time(sheet, asset->life_to_ms);
	add_kg(sheet, asset->life_from_ms != 0, asset->period_mg);
	sheet_add_i64(sheet, (int64_t)asset->entry_count);
	return sheet_end_row(sheet, info);
}

enum err export_write_assets(struct package *package, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	struct sheet *sheet;
	enum err err = dictionary_open_sheet(&sheet, package->folder, EXPORT_ASSETS, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		struct report_asset *asset = NULL;
		size_t count = 0;

		err = report_assets_list(&asset, &count, &package->totals.entered, &reg->site[i], info);
		for (size_t n = 0; err == ERR_NONE && n < count; n++)
			err = add_row(sheet, reg, &reg->site[i], &asset[n], info);
		mem_free(asset);
	}
	return export_close_sheet(package, sheet, err, info);
}
