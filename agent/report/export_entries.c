/* SPDX-License-Identifier: Apache-2.0 */
/* export_entries: entries.csv, and the invoices that are compared with the meters. */
#include "report/export_cells_priv.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "ledger/entry.h"
#include "model/units.h"
#include "report/dictionary.h"
#include "report/figure.h"

#include <string.h>

enum { INVOICES_MAX = 1000000, MICRO_DECIMALS = 6 };

/* 1 kWh is 3.6e9 mJ, so its millionth is 3600 mJ. */
#define MILLIJ_PER_MICRO_KWH INT64_C(3600)

static void add_time(struct sheet *sheet, int64_t utc_ms)
{
	if (utc_ms == 0)
		sheet_add_none(sheet);
	else
		figure_add_utc(sheet_begin_cell(sheet), utc_ms);
}

struct writer {
	struct sheet *sheet;
	const struct report_entered *entered;
};

static enum err take_entry(void *context, const struct ledger_entry *entry, struct err_info *info)
{
	const struct writer *writer = context;
	struct sheet *sheet = writer->sheet;
	char value[NUM_TEXT_BYTES];

	if (!report_entered_has(writer->entered, entry->voids != 0 ? entry->voids : entry->entry_id))
		return ERR_NONE; /* it voids what has nothing to do with the period */
	sheet_add_i64(sheet, entry->entry_id);
	sheet_add_text(sheet, entry->kind);
	sheet_add_text(sheet, entry->node);
	add_time(sheet, entry->from_utc_ms);
	add_time(sheet, entry->to_utc_ms);
	sheet_add_text(sheet, entry->what);
	num_print_fixed(value, entry->value_micro, MICRO_DECIMALS, MICRO_DECIMALS);
	sheet_add_text(sheet, value);
	sheet_add_text(sheet, entry->unit);
	if (entry->voids == 0)
		sheet_add_none(sheet);
	else
		sheet_add_i64(sheet, entry->voids);
	sheet_add_text(sheet, entry->note);
	sheet_add_text(sheet, entry->author);
	sheet_add_text(sheet, entry->reason);
	add_time(sheet, entry->entered_utc_ms);
	sheet_add_text(sheet, entry->is_voided ? "yes" : "no");
	sheet_add_text(sheet, report_entered_counts(writer->entered, entry->entry_id) ? "yes" : "no");
	return sheet_end_row(sheet, info);
}

enum err export_write_entries(struct package *package, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	struct writer writer = {.entered = &package->totals.entered};
	enum err err = dictionary_open_sheet(&writer.sheet, package->folder, "entries.csv", info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++)
		err = report_entered_walk(package->ledger, &reg->site[i], take_entry, &writer, info);
	return export_close_sheet(package, writer.sheet, err, info);
}

/* ---- Invoices ---- */

static enum err take_invoice(void *context, const struct ledger_entry *entry, struct err_info *info)
{
	struct package *package = context;
	void *array = package->invoice;
	struct export_invoice *invoice;
	enum err err;

	if (entry->is_voided || strcmp(entry->kind, "invoice") != 0 || strcmp(entry->what, "energy") != 0)
		return ERR_NONE;
	err = mem_grow(&array, &package->invoice_capacity, package->invoice_count, INVOICES_MAX, sizeof(*package->invoice));
	package->invoice = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu invoices", package->invoice_count + 1);
	invoice = &package->invoice[package->invoice_count++];
	*invoice = (struct export_invoice){entry->from_utc_ms, entry->to_utc_ms, entry->value_micro, mem_dup(entry->node)};
	return invoice->node == NULL ? err_set(info, ERR_MEMORY, "no memory for an invoice") : ERR_NONE;
}

enum err export_load_invoices(struct package *package, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < package->totals.reg.site_count; i++) {
		const struct report_site *site = &package->totals.reg.site[i];
		struct ledger_entry_filter filter = {.site_id = site->site_id, .start_s = site->span.start_s, .end_s = site->span.end_s};

		err = ledger_query_entries(package->ledger, &filter, take_invoice, package, info);
	}
	return err;
}

void export_drop_invoices(struct package *package)
{
	for (size_t i = 0; i < package->invoice_count; i++)
		mem_free(package->invoice[i].node);
	mem_free(package->invoice);
}

/* Sum of the invoices of the row's node for exactly its span, in millionths of a kWh; false when there is none. */
static bool find_invoices(const struct export_row *cells, int64_t *micro_kwh)
{
	const struct report_total *row = cells->row;
	bool has = false;
	struct buf node;

	*micro_kwh = 0;
	if (row->level == REPORT_TOTAL || row->level == REPORT_OVERHEAD)
		return false;
	buf_init(&node, EXPORT_NODE_BYTES_MAX);
	export_add_node(&node, row->site->id, row->meter != NULL ? row->meter->device : NULL,
			row->level == REPORT_METER ? row->meter->key : NULL);
	for (size_t i = 0; i < cells->package->invoice_count; i++) {
		const struct export_invoice *invoice = &cells->package->invoice[i];

		if (strcmp(invoice->node, buf_text(&node)) != 0 || invoice->from_utc_ms != row->start_s * UNITS_MS_PER_S ||
		    invoice->to_utc_ms != row->end_s * UNITS_MS_PER_S)
			continue;
		has = true;
		*micro_kwh += invoice->micro_kwh;
	}
	buf_deinit(&node);
	return has;
}

void export_put_invoice_kwh(struct buf *out, const struct export_row *cells)
{
	char text[NUM_TEXT_BYTES] = FIGURE_NONE;
	int64_t micro_kwh;

	if (find_invoices(cells, &micro_kwh))
		num_print_fixed(text, micro_kwh, MICRO_DECIMALS, MICRO_DECIMALS);
	buf_add_text(out, text);
}

/* What the meters say more (or less, with a minus) than the invoice. */
void export_put_invoice_diff(struct buf *out, const struct export_row *cells)
{
	int64_t micro_kwh;
	int64_t diff_millij;

	if (!find_invoices(cells, &micro_kwh) || micro_kwh <= 0 || micro_kwh > INT64_MAX / MILLIJ_PER_MICRO_KWH ||
	    !cells->row->has_energy) {
		buf_add_text(out, FIGURE_NONE);
		return;
	}
	diff_millij = cells->row->energy_millij - micro_kwh * MILLIJ_PER_MICRO_KWH;
	if (diff_millij < 0)
		buf_add_char(out, '-');
	figure_add_pct(out, diff_millij < 0 ? -diff_millij : diff_millij, micro_kwh * MILLIJ_PER_MICRO_KWH);
}
