/* SPDX-License-Identifier: Apache-2.0 */
/* totals_assets: masses and embodied emissions of the rows, from what was entered. */
#include "report/totals_priv.h"

#include "base/mem.h"
#include "model/units.h"

static bool is_of(const struct report_total *row, const struct report_asset *asset, const struct report_site *site)
{
	if (row->level == REPORT_TOTAL)
		return true;
	if (row->site != site || row->level > REPORT_DEVICE)
		return false;
	if (row->level == REPORT_SITE)
		return true;
	return report_assets_is_of(asset->node, site->id, row->meter->device);
}

static enum err add_site(struct report_totals *totals, const struct report_site *site, struct err_info *info)
{
	struct report_asset *asset = NULL;
	size_t count = 0;
	enum err err = report_assets_list(&asset, &count, &totals->entered, site, info);

	for (size_t i = 0; err == ERR_NONE && i < count; i++) {
		for (size_t r = 0; r < totals->count; r++) {
			if (is_of(&totals->row[r], &asset[i], site))
				report_assets_add(&totals->row[r].assets, &asset[i], site->span.end_s * UNITS_MS_PER_S);
		}
	}
	mem_free(asset);
	return err;
}

enum err report_totals_add_assets(struct report_totals *totals, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < totals->reg.site_count; i++)
		err = add_site(totals, &totals->reg.site[i], info);
	return err;
}
