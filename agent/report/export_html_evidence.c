/* SPDX-License-Identifier: Apache-2.0 */
/* export_html_evidence: report.html's tables of what speaks for its figures and against them: gaps, factors, events. */
#include "report/export_priv.h"

#include "base/log.h"
#include "base/mem.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "report/figure.h"
#include "report/html.h"

#include <stdlib.h>

enum { GAPS_SHOWN_MAX = 50, EVENTS_SHOWN_MAX = 200 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Gaps ---- */

struct gap_order {
	size_t row_idx;
	int64_t total_ms;
};

static int by_total(const void *a, const void *b)
{
	int64_t x = ((const struct gap_order *)a)->total_ms;
	int64_t y = ((const struct gap_order *)b)->total_ms;

	return (x < y) - (x > y);
}

static const struct html_column GAP_COLUMNS[] = {{"Meter", false},    {"In total", false},  {"gaps", true},
						 {"longest h", true}, {"together h", true}, {"resets", true}};

static void add_gap(struct buf *out, const struct package *package, size_t row_idx)
{
	const struct report_total *row = &package->totals.row[row_idx];
	const struct export_evidence *evidence = &package->evidence[row_idx];
	struct html_cells cells;

	html_begin_cells(&cells);
	export_add_node(html_next_cell(&cells), row->site->id, row->meter->device, row->meter->key);
	buf_add_text(html_next_cell(&cells), row->meter->is_in_total ? "yes" : "no");
	buf_add_u64(html_next_cell(&cells), evidence->gaps.gap_count);
	buf_add_format(html_next_cell(&cells), "%.2f", (double)evidence->gaps.longest_ms / UNITS_MS_PER_S / 3600);
	buf_add_format(html_next_cell(&cells), "%.2f", (double)evidence->gaps.total_ms / UNITS_MS_PER_S / 3600);
	buf_add_u64(html_next_cell(&cells), evidence->reset_count);
	html_end_cells(out, &cells, GAP_COLUMNS);
}

void export_add_gaps(struct buf *out, const struct package *package)
{
	struct gap_order *order = mem_new_array(package->totals.count + 1, sizeof(*order));
	size_t count = 0;

	html_add_heading(out, "Gaps");
	if (order == NULL) {
		out->is_failed = true;
		return;
	}
	for (size_t i = 0; i < package->totals.count; i++) {
		if (package->totals.row[i].level == REPORT_METER && package->evidence[i].has_gaps &&
		    package->evidence[i].gaps.gap_count > 0)
			order[count++] = (struct gap_order){i, package->evidence[i].gaps.total_ms};
	}
	qsort(order, count, sizeof(*order), by_total);
	if (count == 0) {
		html_add_paragraph(out, "No meter has a gap between its first and its last reading of the period.");
	} else {
		html_begin_table(out, GAP_COLUMNS, COUNT_OF(GAP_COLUMNS));
		for (size_t i = 0; i < count && i < GAPS_SHOWN_MAX; i++)
			add_gap(out, package, order[i].row_idx);
		html_end_table(out);
	}
	if (count > GAPS_SHOWN_MAX)
		html_add_paragraph(out, "The 50 meters with the longest gaps; totals.csv has all of them.");
	mem_free(order);
}

/* ---- How certain ---- */

static const struct html_column UNCERTAINTY_COLUMNS[] = {{"Site", false}, {"energy +- %", true},    {"by", false},   {"factors +- %", true},
							 {"by", false},   {"emissions +- %", true}, {"Rank", false}, {"read %", true}};

static void add_certain(struct buf *out, const struct report_total *row, const struct report_uncertainty *u)
{
	struct html_cells cells;

	html_begin_cells(&cells);
	buf_add_text(html_next_cell(&cells), row->level == REPORT_TOTAL ? "all" : row->site->id);
	report_uncertainty_add_pct(html_next_cell(&cells), u->energy_ratio);
	buf_add_text(html_next_cell(&cells), report_uncertainty_energy_basis(u));
	if (u->has_total) {
		report_uncertainty_add_pct(html_next_cell(&cells), u->factor_ratio);
		buf_add_text(html_next_cell(&cells), report_uncertainty_factor_basis(u));
		report_uncertainty_add_pct(html_next_cell(&cells), u->total_ratio);
	} else {
		for (int i = 0; i < 3; i++)
			buf_add_text(html_next_cell(&cells), FIGURE_NONE);
	}
	buf_add_text(html_next_cell(&cells), report_uncertainty_tier(u));
	figure_add_pct(html_next_cell(&cells), report_total_covered_millij(row), row->energy_millij);
	html_end_cells(out, &cells, UNCERTAINTY_COLUMNS);
}

void export_add_uncertainty(struct buf *out, const struct package *package)
{
	if (!package->uncertainty[0].has_energy)
		return;
	html_add_heading(out, "How certain it is");
	html_begin_table(out, UNCERTAINTY_COLUMNS, COUNT_OF(UNCERTAINTY_COLUMNS));
	for (size_t i = 0; i < package->totals.count; i++) {
		if (package->totals.row[i].level <= REPORT_SITE && package->uncertainty[i].has_energy)
			add_certain(out, &package->totals.row[i], &package->uncertainty[i]);
	}
	html_end_table(out);
	html_add_paragraph(
	    out,
	    "At about 95 % (k = 2). Devices differ by chance and average out; an error of a factor is the same in all that it multiplies and "
	    "does not: better meters do not help there. By class: as the meters' classes say; by table: as the publisher of the "
	    "factors says; by default: as is usual for such sources. Rank of the emissions: High to 5 %, Good to 15 %, Fair to 30 %, "
	    "Poor. It says nothing of what was not covered, nor of a lifecycle factor in the place of a direct one. Read: the share of the "
	    "energy that is measured or bridged, and not estimated.");
}

/* ---- Factors ---- */

static const struct html_column FACTOR_COLUMNS[] = {{"Zone", false},      {"Year", true},     {"g/kWh", true},    {"Basis", false},
						    {"Publisher", false}, {"Edition", false}, {"Licence", false}, {"Table SHA-256", false}};

static void add_factor_figure(struct buf *out, const struct plan_factor *row)
{
	figure_add_g_per_kwh(out, row->microg_per_kwh);
	if (factor_is_losses(row->basis))
		buf_add_text(out, " %");
}

void export_add_factors(struct buf *out, const struct package *package)
{
	const struct report_factors *factors = &package->totals.factors;

	html_add_heading(out, "Grid factors used");
	html_begin_table(out, FACTOR_COLUMNS, COUNT_OF(FACTOR_COLUMNS));
	for (size_t i = 0; i < factors->count; i++) {
		const struct plan_factor *row = &factors->row[i];
		struct html_cells cells;

		if (!factors->is_used[i])
			continue;
		html_begin_cells(&cells);
		buf_add_text(html_next_cell(&cells), row->zone);
		buf_add_i64(html_next_cell(&cells), row->year);
		add_factor_figure(html_next_cell(&cells), row);
		buf_add_text(html_next_cell(&cells), row->basis);
		buf_add_text(html_next_cell(&cells), row->publisher);
		buf_add_text(html_next_cell(&cells), row->edition);
		buf_add_text(html_next_cell(&cells), row->licence);
		figure_add_sha256(html_next_cell(&cells), row->table_sha256);
		html_end_cells(out, &cells, FACTOR_COLUMNS);
	}
	html_end_table(out);
}

/* ---- Events ---- */

static const struct html_column EVENT_COLUMNS[] = {{"UTC", false},    {"Code", false},  {"Where", false},
						   {"Before", false}, {"After", false}, {"What", false}};

struct event_list {
	struct buf *out;
	const struct report_register *reg;
	const struct report_site *site;
	size_t count;
};

/* Lesser levels are worse. */
static enum err take_event(void *context, const struct ledger_event_row *event, struct err_info *info)
{
	struct event_list *list = context;
	struct report_place place = report_register_place(list->reg, event);
	struct html_cells cells;

	(void)info;
	if (event->level > (int)LOG_LEVEL_WARNING || list->count++ >= EVENTS_SHOWN_MAX)
		return ERR_NONE;
	if (list->count == 1)
		html_begin_table(list->out, EVENT_COLUMNS, COUNT_OF(EVENT_COLUMNS));
	html_begin_cells(&cells);
	if (event->utc_ms != 0)
		figure_add_utc(html_next_cell(&cells), event->utc_ms);
	else
		buf_add_text(html_next_cell(&cells), FIGURE_NONE);
	buf_add_text(html_next_cell(&cells), event->code);
	export_add_node(html_next_cell(&cells), event->site_id == 0 ? "all" : list->site->id, place.device, place.meter);
	buf_add_text(html_next_cell(&cells), event->before == NULL ? "" : event->before);
	buf_add_text(html_next_cell(&cells), event->after == NULL ? "" : event->after);
	buf_add_text(html_next_cell(&cells), event->text == NULL ? "" : event->text);
	html_end_cells(list->out, &cells, EVENT_COLUMNS);
	return ERR_NONE;
}

enum err export_add_events(struct buf *out, const struct package *package, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	struct event_list list = {.out = out, .reg = reg};
	enum err err = ERR_NONE;

	html_add_heading(out, "Warnings and errors");
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		struct ledger_filter filter = {
		    .start_s = reg->site[i].span.start_s, .end_s = reg->site[i].span.end_s, .site_id = reg->site[i].site_id};

		list.site = &reg->site[i];
		err = ledger_query_events(package->ledger, &filter, take_event, &list, info);
	}
	if (list.count == 0)
		html_add_paragraph(out, "None.");
	else
		html_end_table(out);
	if (list.count > EVENTS_SHOWN_MAX)
		html_add_paragraph(out, "The first 200; events.csv has all, and what is only worth a note.");
	return err;
}
