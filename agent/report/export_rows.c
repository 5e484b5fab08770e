/* SPDX-License-Identifier: Apache-2.0 */
/* export_rows: events.csv and factors.csv: the ledger's rows as they are. */
#include "report/export_priv.h"

#include "base/num.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "report/dictionary.h"
#include "report/figure.h"

#include <string.h>

/* ---- events.csv ---- */

struct event_writer {
	struct package *package;
	struct sheet *sheet;
	const struct report_site *site;
};

static enum err take_event(void *context, const struct ledger_event_row *event, struct err_info *info)
{
	struct event_writer *writer = context;
	struct sheet *sheet = writer->sheet;
	struct report_place place = report_register_place(&writer->package->totals.reg, event);
	char seconds[NUM_TEXT_BYTES];

	sheet_add_i64(sheet, event->event_id);
	if (event->utc_ms == 0)
		sheet_add_none(sheet);
	else
		figure_add_utc(sheet_begin_cell(sheet), event->utc_ms);
	sheet_add_text(sheet, event->boot_id);
	num_print_fixed(seconds, event->boot_ns / UNITS_NS_PER_MS, 3, 3);
	sheet_add_text(sheet, event->boot_id[0] == '\0' ? NULL : seconds);
	sheet_add_i64(sheet, event->level);
	sheet_add_text(sheet, event->code);
	sheet_add_text(sheet, event->site_id == 0 ? NULL : writer->site->id);
	sheet_add_text(sheet, place.device);
	sheet_add_text(sheet, place.meter);
	sheet_add_text(sheet, event->before);
	sheet_add_text(sheet, event->after);
	sheet_add_i64(sheet, event->millij);
	sheet_add_text(sheet, event->text);
	return sheet_end_row(sheet, info);
}

enum err export_write_events(struct package *package, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	struct event_writer writer = {.package = package};
	enum err err = dictionary_open_sheet(&writer.sheet, package->folder, "events.csv", info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		struct ledger_filter filter = {
		    .start_s = reg->site[i].span.start_s, .end_s = reg->site[i].span.end_s, .site_id = reg->site[i].site_id};

		writer.site = &reg->site[i];
		err = ledger_query_events(package->ledger, &filter, take_event, &writer, info);
	}
	return export_close_sheet(package, writer.sheet, err, info);
}

/* ---- factors.csv ---- */

enum { LOSS_DECIMALS = 6 };

enum { FACTOR_SERIES_COLUMNS = 6 };

static void add_factor_figures(struct sheet *sheet, const struct plan_factor *row)
{
	if (factor_is_losses(row->basis)) {
		sheet_add_none(sheet);
		sheet_add_none(sheet);
		return;
	}
	sheet_add_i64(sheet, row->microg_per_kwh);
	figure_add_g_per_kwh(sheet_begin_cell(sheet), row->microg_per_kwh);
}

static void add_loss(struct sheet *sheet, const struct plan_factor *row)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, row->microg_per_kwh, LOSS_DECIMALS, LOSS_DECIMALS);
	sheet_add_text(sheet, factor_is_losses(row->basis) ? text : NULL);
}

enum err export_write_factors(struct package *package, struct err_info *info)
{
	const struct report_factors *factors = &package->totals.factors;
	struct sheet *sheet;
	enum err err = dictionary_open_sheet(&sheet, package->folder, "factors.csv", info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < factors->count; i++) {
		const struct plan_factor *row = &factors->row[i];

		if (!factors->is_used[i])
			continue;
		sheet_add_text(sheet, row->zone);
		sheet_add_i64(sheet, row->year);
		sheet_add_text(sheet, row->basis);
		add_factor_figures(sheet, row);
		sheet_add_text(sheet, row->method);
		sheet_add_text(sheet, row->publisher);
		sheet_add_text(sheet, row->edition);
		sheet_add_text(sheet, row->licence);
		figure_add_sha256(sheet_begin_cell(sheet), row->table_sha256);
		for (int c = 0; c < FACTOR_SERIES_COLUMNS; c++)
			sheet_add_none(sheet);
		add_loss(sheet, row);
		err = sheet_end_row(sheet, info);
	}
	if (err == ERR_NONE)
		err = export_add_hourly_factors(package, sheet, info);
	return export_close_sheet(package, sheet, err, info);
}
