/* SPDX-License-Identifier: Apache-2.0 */
/* export_market: the cells of totals.csv of the market-based method: what instruments, the residual mix and a fallback stand for. */
#include "report/export_scopes_priv.h"

#include "base/num.h"
#include "report/figure.h"

#include <string.h>

enum { MICRO_DECIMALS = 6, IDS_BYTES_MAX = 8 << 10 };

static const struct report_market *market_of(const struct export_row *cells)
{
	return &cells->row->market;
}

static bool has(const struct export_row *cells)
{
	return report_market_has(market_of(cells), cells->row->grid_count);
}

void export_put_market_kg(struct buf *out, const struct export_row *cells)
{
	export_put_kg(out, has(cells), market_of(cells)->mg);
}

void export_put_market_mg(struct buf *out, const struct export_row *cells)
{
	export_put_amount(out, has(cells), market_of(cells)->mg);
}

/* Energy is known where emissions are not. */
static bool has_energy(const struct export_row *cells)
{
	return market_of(cells)->part_count > 0 && market_of(cells)->part_count == cells->row->grid_count;
}

static void put_mwh(struct buf *out, const struct export_row *cells, int64_t millij)
{
	char text[NUM_TEXT_BYTES] = FIGURE_NONE;

	if (has_energy(cells))
		num_print_fixed(text, num_muldiv_half_even(millij, 1, ACCOUNT_MARKET_MILLIJ_PER_MICRO_MWH), MICRO_DECIMALS, MICRO_DECIMALS);
	buf_add_text(out, text);
}

#define PUT_ENERGY(name)                                                                    \
	void export_put_mb_##name##_mwh(struct buf *out, const struct export_row *cells)    \
	{                                                                                   \
		put_mwh(out, cells, market_of(cells)->name##_millij);                       \
	}                                                                                   \
	void export_put_mb_##name##_millij(struct buf *out, const struct export_row *cells) \
	{                                                                                   \
		export_put_amount(out, has_energy(cells), market_of(cells)->name##_millij); \
	}

PUT_ENERGY(instrument)
PUT_ENERGY(residual)
PUT_ENERGY(fallback)

/* ---- Which instruments ---- */

static bool is_of(const struct report_market_use *use, const struct report_total *row)
{
	if (row->level == REPORT_TOTAL)
		return true;
	if (use->site != row->site)
		return false;
	if (row->level == REPORT_SITE)
		return true;
	if (row->level == REPORT_DEVICE)
		return strcmp(use->meter->device, row->meter->device) == 0;
	return use->meter->meter_id == row->meter->meter_id && use->start_s == row->start_s;
}

/* Deliveries of one contract, hour by hour, are told once. */
static bool is_told(const struct report_markets *markets, const struct report_total *row, size_t upto)
{
	const char *id = markets->claim[markets->use[upto].claim_idx].terms.id;

	for (size_t i = upto; i-- > 0;) {
		const struct report_market_use *use = &markets->use[i];

		if (is_of(use, row) && strcmp(markets->claim[use->claim_idx].terms.id, id) == 0)
			return true;
	}
	return false;
}

void export_put_mb_instrument_ids(struct buf *out, const struct export_row *cells)
{
	const struct report_markets *markets = &cells->package->totals.markets;
	struct buf ids;

	buf_init(&ids, IDS_BYTES_MAX);
	for (size_t i = 0; has_energy(cells) && i < markets->use_count; i++) {
		if (!is_of(&markets->use[i], cells->row) || is_told(markets, cells->row, i))
			continue;
		buf_add_text(&ids, ids.bytes == 0 ? "" : "; ");
		buf_add_text(&ids, markets->claim[markets->use[i].claim_idx].terms.id);
	}
	/* Too many to tell: entries.csv has them. */
	export_put_text(out, ids.is_failed ? "many" : buf_text(&ids));
	buf_deinit(&ids);
}

/* ---- The residual mix ---- */

void export_put_mb_residual_microg(struct buf *out, const struct export_row *cells)
{
	const struct plan_factor *factor = market_of(cells)->residual;

	export_put_amount(out, factor != NULL, factor == NULL ? 0 : factor->microg_per_kwh);
}

static void put_text(struct buf *out, const struct export_row *cells, const char *text)
{
	export_put_text(out, market_of(cells)->has_many ? "several" : text);
}

void export_put_mb_residual_year(struct buf *out, const struct export_row *cells)
{
	const struct plan_factor *factor = market_of(cells)->residual;
	char text[NUM_TEXT_BYTES] = "";

	if (factor != NULL)
		num_print_i64(text, factor->year);
	put_text(out, cells, text);
}

void export_put_mb_residual_edition(struct buf *out, const struct export_row *cells)
{
	const struct plan_factor *factor = market_of(cells)->residual;

	put_text(out, cells, factor == NULL ? NULL : factor->edition);
}

void export_put_mb_residual_table(struct buf *out, const struct export_row *cells)
{
	if (market_of(cells)->residual != NULL)
		figure_add_sha256(out, market_of(cells)->residual->table_sha256);
	else
		put_text(out, cells, NULL);
}
