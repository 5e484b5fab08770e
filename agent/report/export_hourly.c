/* SPDX-License-Identifier: Apache-2.0 */
/* export_hourly: the cells of totals.csv that hourly factors make, and the rows of factors.csv that they are. */
#include "report/export_cells_priv.h"

#include "base/clock.h"
#include "base/num.h"
#include "model/units.h"
#include "report/figure.h"

#define SERIES_METHOD "location-based average; one interval of a series"

/* ---- totals.csv ---- */

static void put_i64(struct buf *out, const struct export_row *cells, int64_t value)
{
	if (cells->row->hourly.has)
		buf_add_i64(out, value);
	else
		buf_add_text(out, FIGURE_NONE);
}

static void put_share(struct buf *out, const struct export_row *cells, int64_t millij)
{
	figure_add_pct(out, millij, cells->row->hourly.has ? cells->row->grid_millij : 0);
}

void export_put_hourly_kg(struct buf *out, const struct export_row *cells)
{
	if (cells->row->hourly.has)
		figure_add_kg(out, cells->row->hourly.mg, 6);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_hourly_mg(struct buf *out, const struct export_row *cells)
{
	put_i64(out, cells, cells->row->hourly.mg);
}

void export_put_hourly_coverage(struct buf *out, const struct export_row *cells)
{
	put_share(out, cells, cells->row->hourly.millij);
}

void export_put_hourly_estimated(struct buf *out, const struct export_row *cells)
{
	put_share(out, cells, cells->row->hourly.estimated_millij);
}

void export_put_hourly_millij(struct buf *out, const struct export_row *cells)
{
	put_i64(out, cells, cells->row->hourly.millij);
}

void export_put_hourly_estimated_millij(struct buf *out, const struct export_row *cells)
{
	put_i64(out, cells, cells->row->hourly.estimated_millij);
}

void export_put_hourly_covered_s(struct buf *out, const struct export_row *cells)
{
	char text[NUM_TEXT_BYTES] = FIGURE_NONE;

	if (cells->row->hourly.has)
		num_print_fixed(text, cells->row->hourly.covered_ms, 3, 3);
	buf_add_text(out, text);
}

/* What the series says, the word "several" where they differ. */
static void put_series_text(struct buf *out, const struct export_row *cells, const char *text)
{
	const struct report_hourly_total *hourly = &cells->row->hourly;

	export_put_text(out, !hourly->has ? NULL : hourly->series == NULL ? "several" : text);
}

void export_put_hourly_basis(struct buf *out, const struct export_row *cells)
{
	const struct report_series *series = cells->row->hourly.series;

	put_series_text(out, cells, series == NULL ? NULL : factor_basis_name(series->basis));
}

void export_put_hourly_source(struct buf *out, const struct export_row *cells)
{
	const struct report_series *series = cells->row->hourly.series;

	put_series_text(out, cells, series == NULL ? NULL : series->publisher);
}

void export_put_hourly_known_until(struct buf *out, const struct export_row *cells)
{
	const struct report_hourly_total *hourly = &cells->row->hourly;

	if (hourly->has && hourly->series != NULL && hourly->series->known_utc_ms != INT64_MAX)
		figure_add_utc(out, hourly->series->known_utc_ms);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_hourly_gap_microg(struct buf *out, const struct export_row *cells)
{
	const struct plan_factor *factor = cells->row->hourly.gap_factor;

	if (cells->row->hourly.has && factor != NULL)
		buf_add_i64(out, factor->microg_per_kwh);
	else
		buf_add_text(out, FIGURE_NONE);
}

/* ---- factors.csv ---- */

static int64_t year_of(int64_t utc_s)
{
	int64_t year;
	int month;
	int day;

	clock_civil_from_days(utc_s / UNITS_S_PER_DAY, &year, &month, &day);
	return year;
}

static enum err add_row(struct sheet *sheet, const struct report_series *series, const struct report_series_row *row, struct err_info *info)
{
	sheet_add_text(sheet, series->zone);
	sheet_add_i64(sheet, year_of(row->start_s));
	sheet_add_text(sheet, factor_basis_name(series->basis));
	sheet_add_i64(sheet, row->microg_per_kwh);
	figure_add_g_per_kwh(sheet_begin_cell(sheet), row->microg_per_kwh);
	sheet_add_text(sheet, SERIES_METHOD);
	sheet_add_text(sheet, series->publisher);
	sheet_add_text(sheet, row->file->edition);
	sheet_add_text(sheet, row->file->licence);
	figure_add_sha256(sheet_begin_cell(sheet), row->file->table_sha256);
	figure_add_utc(sheet_begin_cell(sheet), row->start_s * UNITS_MS_PER_S);
	sheet_add_i64(sheet, row->duration_s);
	sheet_add_text(sheet, row->is_estimated ? "yes" : "no");
	figure_add_utc(sheet_begin_cell(sheet), row->file->imported_utc_ms);
	sheet_add_text(sheet, row->file->source);
	figure_add_sha256(sheet_begin_cell(sheet), row->file->file_sha256);
	sheet_add_none(sheet); /* losses */
	return sheet_end_row(sheet, info);
}

enum err export_add_hourly_factors(const struct package *package, struct sheet *sheet, struct err_info *info)
{
	const struct report_hourly *hourly = &package->totals.hourly;
	enum err err = ERR_NONE;

	for (size_t s = 0; s < hourly->count; s++) {
		const struct report_series *series = hourly->series[s];

		for (size_t i = 0; err == ERR_NONE && i < series->count; i++) {
			if (series->row[i].is_used)
				err = add_row(sheet, series, &series->row[i], info);
		}
	}
	return err;
}
