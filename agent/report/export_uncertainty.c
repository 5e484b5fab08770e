/* SPDX-License-Identifier: Apache-2.0 */
/* export_uncertainty: the cells of totals.csv that tell how sure a row is: expanded, k = 2, in per cent. */
#include "report/export_cells_priv.h"

#include "report/figure.h"

#include <stdint.h>

static const struct report_uncertainty *of(const struct export_row *cells)
{
	static const struct report_uncertainty NONE = {.has_energy = false};

	return cells->row_idx == SIZE_MAX ? &NONE : &cells->package->uncertainty[cells->row_idx];
}

static void put_pct(struct buf *out, bool has, double relative)
{
	if (has)
		report_uncertainty_add_pct(out, relative);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_u_energy(struct buf *out, const struct export_row *cells)
{
	put_pct(out, of(cells)->has_energy, of(cells)->energy_ratio);
}

void export_put_u_ef(struct buf *out, const struct export_row *cells)
{
	put_pct(out, of(cells)->has_total, of(cells)->factor_ratio);
}

void export_put_u_total(struct buf *out, const struct export_row *cells)
{
	put_pct(out, of(cells)->has_total, of(cells)->total_ratio);
}

void export_put_u_energy_basis(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, of(cells)->has_energy ? report_uncertainty_energy_basis(of(cells)) : NULL);
}

void export_put_u_ef_basis(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, of(cells)->has_total ? report_uncertainty_factor_basis(of(cells)) : NULL);
}

void export_put_k(struct buf *out, const struct export_row *cells)
{
	if (of(cells)->has_energy)
		buf_add_i64(out, UNCERTAINTY_K);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_quality_tier(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, of(cells)->has_energy ? report_uncertainty_tier(of(cells)) : NULL);
}
