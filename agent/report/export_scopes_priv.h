/* SPDX-License-Identifier: Apache-2.0 */
/* export_scopes_priv: further cells of totals.csv (export_cells_priv.h), those of other methods and scopes. For agent/report/export*.c only. */
#ifndef WATTLEDGER_REPORT_EXPORT_SCOPES_PRIV_H
#define WATTLEDGER_REPORT_EXPORT_SCOPES_PRIV_H

#include "report/export_priv.h"

/* Of the market-based method: export_market.c. */
void export_put_market_kg(struct buf *out, const struct export_row *cells);
void export_put_mb_instrument_mwh(struct buf *out, const struct export_row *cells);
void export_put_mb_residual_mwh(struct buf *out, const struct export_row *cells);
void export_put_mb_fallback_mwh(struct buf *out, const struct export_row *cells);
void export_put_mb_instrument_ids(struct buf *out, const struct export_row *cells);
void export_put_market_mg(struct buf *out, const struct export_row *cells);
void export_put_mb_instrument_millij(struct buf *out, const struct export_row *cells);
void export_put_mb_residual_millij(struct buf *out, const struct export_row *cells);
void export_put_mb_fallback_millij(struct buf *out, const struct export_row *cells);
void export_put_mb_residual_microg(struct buf *out, const struct export_row *cells);
void export_put_mb_residual_year(struct buf *out, const struct export_row *cells);
void export_put_mb_residual_edition(struct buf *out, const struct export_row *cells);
void export_put_mb_residual_table(struct buf *out, const struct export_row *cells);

/* Of scope 3, category 3 B and C: export_upstream.c. */
void export_put_cat3b_kg(struct buf *out, const struct export_row *cells);
void export_put_cat3b_mg(struct buf *out, const struct export_row *cells);
void export_put_cat3c_kg(struct buf *out, const struct export_row *cells);
void export_put_cat3c_mg(struct buf *out, const struct export_row *cells);
void export_put_td_loss_pct(struct buf *out, const struct export_row *cells);
void export_put_cat3b_microg(struct buf *out, const struct export_row *cells);
void export_put_cat3b_year(struct buf *out, const struct export_row *cells);
void export_put_cat3b_table(struct buf *out, const struct export_row *cells);
void export_put_td_loss_year(struct buf *out, const struct export_row *cells);
void export_put_td_loss_table(struct buf *out, const struct export_row *cells);

/* What cells of emissions share: an integer; kilograms of milligrams; n/a without. */
void export_put_amount(struct buf *out, bool has, int64_t value);
void export_put_kg(struct buf *out, bool has, int64_t mg);

/* Under the names that columns.def has for them. */
#define put_market_kg export_put_market_kg
#define put_mb_instrument_mwh export_put_mb_instrument_mwh
#define put_mb_residual_mwh export_put_mb_residual_mwh
#define put_mb_fallback_mwh export_put_mb_fallback_mwh
#define put_mb_instrument_ids export_put_mb_instrument_ids
#define put_market_mg export_put_market_mg
#define put_mb_instrument_millij export_put_mb_instrument_millij
#define put_mb_residual_millij export_put_mb_residual_millij
#define put_mb_fallback_millij export_put_mb_fallback_millij
#define put_mb_residual_microg export_put_mb_residual_microg
#define put_mb_residual_year export_put_mb_residual_year
#define put_mb_residual_edition export_put_mb_residual_edition
#define put_mb_residual_table export_put_mb_residual_table
#define put_cat3b_kg export_put_cat3b_kg
#define put_cat3b_mg export_put_cat3b_mg
#define put_cat3c_kg export_put_cat3c_kg
#define put_cat3c_mg export_put_cat3c_mg
#define put_td_loss_pct export_put_td_loss_pct
#define put_cat3b_microg export_put_cat3b_microg
#define put_cat3b_year export_put_cat3b_year
#define put_cat3b_table export_put_cat3b_table
#define put_td_loss_year export_put_td_loss_year
#define put_td_loss_table export_put_td_loss_table

#endif
