/* SPDX-License-Identifier: Apache-2.0 */
/* export_upstream: the cells of totals.csv of scope 3, category 3 B and C, of electricity. */
#include "report/export_scopes_priv.h"

#include "base/num.h"
#include "report/figure.h"

enum { MICRO_DECIMALS = 6 };

static const struct report_upstream *upstream_of(const struct export_row *cells)
{
	return &cells->row->upstream;
}

void export_put_cat3b_kg(struct buf *out, const struct export_row *cells)
{
	if (report_upstream_is_included(upstream_of(cells)))
		buf_add_text(out, UPSTREAM_INCLUDED);
	else
		export_put_kg(out, report_upstream_has(upstream_of(cells)), upstream_of(cells)->upstream_mg);
}

void export_put_cat3b_mg(struct buf *out, const struct export_row *cells)
{
	if (report_upstream_is_included(upstream_of(cells)))
		buf_add_text(out, UPSTREAM_INCLUDED);
	else
		export_put_amount(out, report_upstream_has(upstream_of(cells)), upstream_of(cells)->upstream_mg);
}

void export_put_cat3c_kg(struct buf *out, const struct export_row *cells)
{
	export_put_kg(out, report_upstream_has_lost(upstream_of(cells)), upstream_of(cells)->lost_mg);
}

void export_put_cat3c_mg(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, report_upstream_has_lost(upstream_of(cells)), upstream_of(cells)->lost_mg);
}

/* Of output, with the table's digits. */
void export_put_td_loss_pct(struct buf *out, const struct export_row *cells)
{
	const struct plan_factor *losses = upstream_of(cells)->losses;
	char text[NUM_TEXT_BYTES];

	if (losses != NULL)
		num_print_fixed(text, losses->microg_per_kwh, MICRO_DECIMALS, MICRO_DECIMALS);
	export_put_text(out, upstream_of(cells)->has_many_losses ? "several" : losses == NULL ? NULL : text);
}

static void put_year(struct buf *out, bool has_many, const struct plan_factor *factor)
{
	char text[NUM_TEXT_BYTES] = "";

	if (factor != NULL)
		num_print_i64(text, factor->year);
	export_put_text(out, has_many ? "several" : text);
}

static void put_table(struct buf *out, bool has_many, const struct plan_factor *factor)
{
	if (factor != NULL)
		figure_add_sha256(out, factor->table_sha256);
	else
		export_put_text(out, has_many ? "several" : NULL);
}

void export_put_cat3b_microg(struct buf *out, const struct export_row *cells)
{
	const struct plan_factor *factor = upstream_of(cells)->of;

	export_put_amount(out, factor != NULL, factor == NULL ? 0 : factor->microg_per_kwh);
}

void export_put_cat3b_year(struct buf *out, const struct export_row *cells)
{
	put_year(out, upstream_of(cells)->has_many, upstream_of(cells)->of);
}

void export_put_cat3b_table(struct buf *out, const struct export_row *cells)
{
	put_table(out, upstream_of(cells)->has_many, upstream_of(cells)->of);
}

void export_put_td_loss_year(struct buf *out, const struct export_row *cells)
{
	put_year(out, upstream_of(cells)->has_many_losses, upstream_of(cells)->losses);
}

void export_put_td_loss_table(struct buf *out, const struct export_row *cells)
{
	put_table(out, upstream_of(cells)->has_many_losses, upstream_of(cells)->losses);
}
