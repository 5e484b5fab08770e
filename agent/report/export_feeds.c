/* SPDX-License-Identifier: Apache-2.0 */
/* export_feeds: feeds.csv. How much of what a feed carried the devices on it explain. */
#include "report/export_priv.h"

#include "base/num.h"
#include "model/units.h"
#include "report/dictionary.h"
#include "report/feeds.h"

static enum err take_line(void *context, const struct report_feeds_line *line, struct err_info *info)
{
	struct sheet *sheet = context;
	char pct[NUM_TEXT_BYTES];

	sheet_add_text(sheet, line->site);
	sheet_add_text(sheet, line->node);
	sheet_add_text(sheet, line->role);
	sheet_add_text(sheet, line->fed_by);
	if (line->end->has_energy) {
		sheet_add_i64(sheet, line->end->energy_millij);
		sheet_add_i64(sheet, line->end->covered_ms / UNITS_MS_PER_S);
	} else {
		sheet_add_none(sheet);
		sheet_add_none(sheet);
	}
	num_print_fixed(pct, line->permille, 1, 1);
	sheet_add_text(sheet, line->permille >= 0 ? pct : NULL);
	sheet_add_text(sheet, line->finding);
	return sheet_end_row(sheet, info);
}

enum err export_write_feeds(struct package *package, struct err_info *info)
{
	struct report_feeds feeds;
	struct sheet *sheet = NULL;
	enum err err = report_feeds_make(&feeds, &package->totals, info);

	if (err != ERR_NONE)
		return err;
	err = dictionary_open_sheet(&sheet, package->folder, EXPORT_FEEDS, info);
	if (err == ERR_NONE)
		err = export_close_sheet(package, sheet, report_feeds_walk(&feeds, take_line, sheet, info), info);
	report_feeds_deinit(&feeds);
	return err;
}
