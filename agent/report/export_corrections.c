/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export_corrections: corrections.csv, what was wrong about meters and how their rows are to be read; and the columns of totals.csv that tell
 * what a row was without them.
 */
#include "report/export_changes_priv.h"

#include "ledger/entry.h"
#include "model/units.h"
#include "report/correction.h"
#include "report/dictionary.h"
#include "report/figure.h"

#include <string.h>

struct writer {
	const struct package *package;
	struct sheet *sheet;
	const struct report_site *site;
};

static enum err take_row(void *context, const struct ledger_entry *entry, struct err_info *info)
{
	const struct writer *writer = context;
	struct sheet *sheet = writer->sheet;
	enum report_correction_what what;

	if (strcmp(entry->kind, REPORT_CORRECTION) != 0 || !report_correction_find(entry->what, &what))
		return ERR_NONE;
	sheet_add_i64(sheet, entry->entry_id);
	sheet_add_text(sheet, writer->site->id);
	sheet_add_text(sheet, entry->node);
	figure_add_utc(sheet_begin_cell(sheet), entry->from_utc_ms);
	figure_add_utc(sheet_begin_cell(sheet), entry->to_utc_ms);
	sheet_add_text(sheet, entry->what);
	report_correction_add_value(sheet_begin_cell(sheet), what, entry->value_micro);
	sheet_add_text(sheet, entry->author);
	sheet_add_text(sheet, entry->reason);
	sheet_add_text(sheet, entry->note);
	figure_add_utc(sheet_begin_cell(sheet), entry->entered_utc_ms);
	sheet_add_text(sheet, entry->is_voided ? "yes" : "no");
	sheet_add_text(sheet, report_entered_counts(&writer->package->totals.entered, entry->entry_id) ? "yes" : "no");
	return sheet_end_row(sheet, info);
}

enum err export_write_corrections(struct package *package, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	struct writer writer = {.package = package};
	enum err err = dictionary_open_sheet(&writer.sheet, package->folder, EXPORT_CORRECTIONS, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		writer.site = &reg->site[i];
		err = report_entered_walk(package->ledger, writer.site, take_row, &writer, info);
	}
	return export_close_sheet(package, writer.sheet, err, info);
}

/* ---- The cells of totals.csv ---- */

void export_put_uncorrected_millij(struct buf *out, const struct export_row *cells)
{
	const struct report_uncorrected *uncorrected = &cells->row->uncorrected;

	if (uncorrected->is_corrected && uncorrected->has_energy)
		buf_add_i64(out, uncorrected->energy_millij);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_uncorrected_kwh(struct buf *out, const struct export_row *cells)
{
	const struct report_uncorrected *uncorrected = &cells->row->uncorrected;

	if (uncorrected->is_corrected && uncorrected->has_energy)
		figure_add_kwh(out, uncorrected->energy_millij, 6);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_uncorrected_mg(struct buf *out, const struct export_row *cells)
{
	const struct report_uncorrected *uncorrected = &cells->row->uncorrected;

	if (uncorrected->is_corrected && report_uncorrected_has_location(uncorrected))
		buf_add_i64(out, uncorrected->location_mg);
	else
		buf_add_text(out, FIGURE_NONE);
}

/* Whether the meter that is corrected is a row's, or one of those below it. */
static bool is_below(const struct export_row *cells, const struct report_correction *correction)
{
	const struct report_total *row = cells->row;
	uint32_t meter_id = correction->meter_id != 0 ? correction->meter_id : correction->out_id;
	const struct ledger_register_row *meter = report_register_find(&cells->package->totals.reg, meter_id, correction->from_ms);

	switch (row->level) {
	case REPORT_METER: return row->meter->meter_id == meter_id;
	case REPORT_DEVICE: return meter != NULL && row->meter->device_id == meter->device_id;
	case REPORT_SITE: return row->site->site_id == correction->site_id;
	default: return true;
	}
}

/* Of a row that is corrected, all that touch it; others have n/a. */
void export_put_correction_ids(struct buf *out, const struct export_row *cells)
{
	const struct report_register *reg = &cells->package->totals.reg;
	const struct report_total *row = cells->row;
	size_t count = 0;

	for (size_t i = 0; row->uncorrected.is_corrected && i < reg->correction_count; i++) {
		const struct report_correction *correction = &reg->correction[i];

		if (correction->from_ms >= row->end_s * UNITS_MS_PER_S || correction->to_ms <= row->start_s * UNITS_MS_PER_S ||
		    !is_below(cells, correction))
			continue;
		buf_add_text(out, count++ > 0 ? " " : "");
		buf_add_i64(out, correction->entry_id);
	}
	if (count == 0)
		buf_add_text(out, FIGURE_NONE);
}
