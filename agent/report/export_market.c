/* SPDX-License-Identifier: Apache-2.0 */
/* export_market: the cells of totals.csv of the market-based method: what instruments, the residual mix and a fallback stand for. */
#include "report/export_scopes_priv.h"

#include "base/mem.h"
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
static void add_ids(struct buf *ids, const struct export_row *cells, bool *is_told)
{
	const struct report_markets *markets = &cells->package->totals.markets;

	for (size_t i = 0; i < markets->use_count; i++) {
		const struct report_market_claim *claim = &markets->claim[markets->use[i].claim_idx];

		if (is_told[claim->first_idx] || !is_of(&markets->use[i], cells->row))
			continue;
		is_told[claim->first_idx] = true;
		buf_add_text(ids, ids->bytes == 0 ? "" : "; ");
		buf_add_text(ids, claim->terms.id);
	}
}

void export_put_mb_instrument_ids(struct buf *out, const struct export_row *cells)
{
	const struct report_markets *markets = &cells->package->totals.markets;
	bool *is_told = has_energy(cells) && markets->use_count > 0 ? mem_new_array(markets->claim_count, sizeof(*is_told)) : NULL;
	struct buf ids;

	buf_init(&ids, IDS_BYTES_MAX);
	if (is_told != NULL)
		add_ids(&ids, cells, is_told);
	/* Too many to tell: entries.csv has them. */
	export_put_text(out, ids.is_failed ? "many" : buf_text(&ids));
	buf_deinit(&ids);
	mem_free(is_told);
}

/* ---- The residual mix, and what the rest has ---- */

static void put_text(struct buf *out, bool has_many, const char *text)
{
	export_put_text(out, has_many ? "several" : text);
}

static void put_year(struct buf *out, bool has_many, const struct plan_factor *factor)
{
	char text[NUM_TEXT_BYTES] = "";

	if (factor != NULL)
		num_print_i64(text, factor->year);
	put_text(out, has_many, text);
}

static void put_table(struct buf *out, bool has_many, const struct plan_factor *factor)
{
	if (factor != NULL)
		figure_add_sha256(out, factor->table_sha256);
	else
		put_text(out, has_many, NULL);
}

#define PUT_FACTOR(name, factor, has_many)                                                   \
	void export_put_mb_##name##_microg(struct buf *out, const struct export_row *cells)  \
	{                                                                                    \
		const struct plan_factor *of = market_of(cells)->factor;                     \
                                                                                             \
		export_put_amount(out, of != NULL, of == NULL ? 0 : of->microg_per_kwh);     \
	}                                                                                    \
	void export_put_mb_##name##_year(struct buf *out, const struct export_row *cells)    \
	{                                                                                    \
		put_year(out, market_of(cells)->has_many, market_of(cells)->factor);         \
	}                                                                                    \
	void export_put_mb_##name##_edition(struct buf *out, const struct export_row *cells) \
	{                                                                                    \
		const struct plan_factor *of = market_of(cells)->factor;                     \
                                                                                             \
		put_text(out, market_of(cells)->has_many, of == NULL ? NULL : of->edition);  \
	}                                                                                    \
	void export_put_mb_##name##_table(struct buf *out, const struct export_row *cells)   \
	{                                                                                    \
		put_table(out, market_of(cells)->has_many, market_of(cells)->factor);        \
	}

PUT_FACTOR(residual, residual, has_many)
PUT_FACTOR(rest, rest, has_many_rests)
