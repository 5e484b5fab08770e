/* SPDX-License-Identifier: Apache-2.0 */
/* export_indicators: the cells of totals.csv of the data-centre indicators. */
#include "report/export_indicators_priv.h"
#include "report/export_scopes_priv.h"

#include "base/num.h"
#include "report/figure.h"
#include "report/html.h"

/* Of a site, and of all when that is one site; NULL: another row. */
static const struct report_indicators *of(const struct export_row *cells)
{
	return cells->row->level <= REPORT_SITE && cells->row->site != NULL ? &cells->row->site->indicators : NULL;
}

typedef bool figure_fn(const struct report_indicators *indicators, int64_t *micro);

static void put_micro(struct buf *out, const struct report_indicators *indicators, figure_fn *figure)
{
	char text[NUM_TEXT_BYTES] = FIGURE_NONE;
	int64_t micro;

	if (indicators != NULL && figure(indicators, &micro))
		num_print_fixed(text, micro, INDICATORS_DECIMALS, INDICATORS_DECIMALS);
	buf_add_text(out, text);
}

static void put_pue_of(struct buf *out, const struct export_row *cells, bool is_year)
{
	put_micro(out, of(cells) != NULL && of(cells)->is_year == is_year ? of(cells) : NULL, report_indicators_pue);
}

void export_put_pue(struct buf *out, const struct export_row *cells)
{
	put_pue_of(out, cells, true);
}

void export_put_ipue(struct buf *out, const struct export_row *cells)
{
	put_pue_of(out, cells, false);
}

void export_put_cue(struct buf *out, const struct export_row *cells)
{
	put_micro(out, of(cells), report_indicators_cue);
}

void export_put_see(struct buf *out, const struct export_row *cells)
{
	put_micro(out, of(cells), report_indicators_see);
}

void export_put_ref(struct buf *out, const struct export_row *cells)
{
	put_micro(out, of(cells), report_indicators_ref);
}

void export_put_wue(struct buf *out, const struct export_row *cells)
{
	put_micro(out, of(cells), report_indicators_wue);
}

void export_put_erf(struct buf *out, const struct export_row *cells)
{
	put_micro(out, of(cells), report_indicators_erf);
}

static bool get_water(const struct report_indicators *indicators, int64_t *micro_l)
{
	*micro_l = indicators->water_micro_l;
	return indicators->has_water;
}

void export_put_water_l(struct buf *out, const struct export_row *cells)
{
	put_micro(out, of(cells), get_water);
}

void export_put_water_micro_l(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, of(cells) != NULL && of(cells)->has_water, of(cells) == NULL ? 0 : of(cells)->water_micro_l);
}

void export_put_reused_kwh(struct buf *out, const struct export_row *cells)
{
	if (of(cells) != NULL && of(cells)->has_reused)
		figure_add_kwh(out, of(cells)->reused_millij, INDICATORS_DECIMALS);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_reused_millij(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, of(cells) != NULL && of(cells)->has_reused, of(cells) == NULL ? 0 : of(cells)->reused_millij);
}

/* Of a meter by where it is; of a site by where its IT is metered. */
void export_put_pue_category(struct buf *out, const struct export_row *cells)
{
	enum point point = cells->row->level == REPORT_METER ? cells->row->meter->point
			   : of(cells) != NULL               ? of(cells)->it_point
							     : POINT_OTHER;
	int category = report_indicators_category(point);

	export_put_amount(out, category != 0, category);
}

void export_put_it_millij(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, of(cells) != NULL && of(cells)->has_it, of(cells) == NULL ? 0 : of(cells)->it_millij);
}

void export_put_telecom_millij(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, of(cells) != NULL && of(cells)->has_telecom, of(cells) == NULL ? 0 : of(cells)->telecom_millij);
}

void export_put_indicator_term(struct buf *out, const struct export_row *cells)
{
	static const char *const NAMES[] = {[INDICATOR_TERM_NONE] = NULL, [INDICATOR_TERM_IT] = "it", [INDICATOR_TERM_TELECOM] = "telecom"};

	export_put_text(out, cells->row->level == REPORT_METER ? NAMES[cells->row->term] : NULL);
}

void export_put_pue_missing(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, of(cells) == NULL ? NULL : of(cells)->missing);
}

/* ---- In report.html ---- */

static const struct html_column INDICATOR_COLUMNS[] = {{"Site", false},       {"PUE", true},           {"iPUE", true}, {"Category", true},
						       {"CUE, kg/kWh", true}, {"SEE", true},           {"REF", true},  {"WUE, l/kWh", true},
						       {"ERF", true},         {"No PUE, since", false}};

static void add_site(struct buf *out, const struct report_site *site)
{
	const struct report_indicators *indicators = &site->indicators;
	struct html_cells cells;

	html_begin_cells(&cells);
	buf_add_text(html_next_cell(&cells), site->id);
	put_micro(html_next_cell(&cells), indicators->is_year ? indicators : NULL, report_indicators_pue);
	put_micro(html_next_cell(&cells), indicators->is_year ? NULL : indicators, report_indicators_pue);
	export_put_amount(html_next_cell(&cells), report_indicators_category(indicators->it_point) != 0,
			  report_indicators_category(indicators->it_point));
	put_micro(html_next_cell(&cells), indicators, report_indicators_cue);
	put_micro(html_next_cell(&cells), indicators, report_indicators_see);
	put_micro(html_next_cell(&cells), indicators, report_indicators_ref);
	put_micro(html_next_cell(&cells), indicators, report_indicators_wue);
	put_micro(html_next_cell(&cells), indicators, report_indicators_erf);
	buf_add_text(html_next_cell(&cells), indicators->missing == NULL ? "" : indicators->missing);
	html_end_cells(out, &cells, INDICATOR_COLUMNS);
}

void export_add_indicators(struct buf *out, const struct package *package)
{
	const struct report_register *reg = &package->totals.reg;
	size_t count = 0;

	for (size_t i = 0; i < reg->site_count; i++)
		count += report_indicators_is_any(&reg->site[i].indicators) ? 1 : 0;
	if (count == 0)
		return;
	html_add_heading(out, "Data-centre indicators");
	html_begin_table(out, INDICATOR_COLUMNS, sizeof(INDICATOR_COLUMNS) / sizeof(INDICATOR_COLUMNS[0]));
	for (size_t i = 0; i < reg->site_count; i++)
		add_site(out, &reg->site[i]);
	html_end_table(out);
}
