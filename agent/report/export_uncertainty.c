/* SPDX-License-Identifier: Apache-2.0 */
/* export_uncertainty: the cells of totals.csv that tell how sure a row is: expanded, k = 2, in per cent. */
#include "report/export_cells_priv.h"

#include "account/uncertainty.h"
#include "base/num.h"
#include "report/figure.h"

#include <math.h>
#include <stdint.h>

enum { PCT_DECIMALS = 2 };

/* Hundredths of a per cent: what a forged package can have more of is no figure. */
#define SHOWN_MAX 1e15

static const struct report_uncertainty *of(const struct export_row *cells)
{
	static const struct report_uncertainty NONE = {.has_energy = false};

	return cells->row_idx == SIZE_MAX ? &NONE : &cells->package->uncertainty[cells->row_idx];
}

static void put_pct(struct buf *out, bool has, double relative)
{
	char text[NUM_TEXT_BYTES];

	if (!has) {
		buf_add_text(out, FIGURE_NONE);
		return;
	}
	num_print_fixed(text, llround(fmin(UNCERTAINTY_K * relative * 1e4, SHOWN_MAX)), PCT_DECIMALS, PCT_DECIMALS);
	buf_add_text(out, text);
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

/* By the bits of enum report_uncertainty_basis. */
static void put_basis(struct buf *out, bool has, unsigned basis, const char *told)
{
	static const unsigned BOTH = REPORT_UNCERTAINTY_TOLD | REPORT_UNCERTAINTY_DEFAULT;
	const char *word = basis == BOTH ? "mixed" : basis == REPORT_UNCERTAINTY_TOLD ? told : "default";

	export_put_text(out, has ? word : NULL);
}

void export_put_u_energy_basis(struct buf *out, const struct export_row *cells)
{
	put_basis(out, of(cells)->has_energy, of(cells)->energy_basis, "class");
}

void export_put_u_ef_basis(struct buf *out, const struct export_row *cells)
{
	put_basis(out, of(cells)->has_total, of(cells)->factor_basis, "table");
}

void export_put_k(struct buf *out, const struct export_row *cells)
{
	if (of(cells)->has_energy)
		buf_add_i64(out, UNCERTAINTY_K);
	else
		buf_add_text(out, FIGURE_NONE);
}

/* Of the emissions; of the energy where there are none. */
void export_put_quality_tier(struct buf *out, const struct export_row *cells)
{
	const struct report_uncertainty *u = of(cells);

	export_put_text(out,
			u->has_energy ? account_uncertainty_tier(UNCERTAINTY_K * (u->has_total ? u->total_ratio : u->energy_ratio)) : NULL);
}
