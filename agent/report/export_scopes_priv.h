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
void export_put_mb_rest_microg(struct buf *out, const struct export_row *cells);
void export_put_mb_rest_year(struct buf *out, const struct export_row *cells);
void export_put_mb_rest_edition(struct buf *out, const struct export_row *cells);
void export_put_mb_rest_table(struct buf *out, const struct export_row *cells);

/* Of energy matched hour by hour: export_cfe.c. */
void export_put_cfe_score(struct buf *out, const struct export_row *cells);
void export_put_cfe_millij(struct buf *out, const struct export_row *cells);
void export_put_cfe_load_millij(struct buf *out, const struct export_row *cells);
void export_put_cfe_hours(struct buf *out, const struct export_row *cells);
void export_put_cfe_full_hours(struct buf *out, const struct export_row *cells);
void export_put_cfe_basis(struct buf *out, const struct export_row *cells);
void export_put_cfe_instrument_millij(struct buf *out, const struct export_row *cells);
void export_put_market_hourly_mg(struct buf *out, const struct export_row *cells);
void export_put_market_hourly_kg(struct buf *out, const struct export_row *cells);

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

/* Of the configuration: export_facts.c. */
void export_put_entity(struct buf *out, const struct export_row *cells);
void export_put_boundary_approach(struct buf *out, const struct export_row *cells);
void export_put_meter_class(struct buf *out, const struct export_row *cells);
void export_put_ct_class(struct buf *out, const struct export_row *cells);
void export_put_calibration_due(struct buf *out, const struct export_row *cells);
void export_put_control(struct buf *out, const struct export_row *cells);
void export_put_scope3_category(struct buf *out, const struct export_row *cells);
void export_put_overhead_factor(struct buf *out, const struct export_row *cells);
void export_put_overhead_source(struct buf *out, const struct export_row *cells);
void export_put_overhead_year(struct buf *out, const struct export_row *cells);
void export_put_cat8_mg(struct buf *out, const struct export_row *cells);
void export_put_cat8_kg(struct buf *out, const struct export_row *cells);

/* Of assets: export_assets.c. */
void export_put_mass_kg(struct buf *out, const struct export_row *cells);
void export_put_embodied_kg(struct buf *out, const struct export_row *cells);
void export_put_embodied_mg(struct buf *out, const struct export_row *cells);

/* What cells of emissions share: an integer; kilograms of milligrams; n/a without. */
void export_put_amount(struct buf *out, bool has, int64_t value);
void export_put_kg(struct buf *out, bool has, int64_t mg);

/* Under the names that columns.def has for them. */
#define put_entity export_put_entity
#define put_boundary_approach export_put_boundary_approach
#define put_meter_class export_put_meter_class
#define put_ct_class export_put_ct_class
#define put_calibration_due export_put_calibration_due
#define put_control export_put_control
#define put_scope3_category export_put_scope3_category
#define put_cat8_mg export_put_cat8_mg
#define put_cat8_kg export_put_cat8_kg
#define put_overhead_factor export_put_overhead_factor
#define put_overhead_source export_put_overhead_source
#define put_overhead_year export_put_overhead_year
#define put_mass_kg export_put_mass_kg
#define put_embodied_kg export_put_embodied_kg
#define put_embodied_mg export_put_embodied_mg
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
#define put_mb_rest_microg export_put_mb_rest_microg
#define put_mb_rest_year export_put_mb_rest_year
#define put_mb_rest_edition export_put_mb_rest_edition
#define put_mb_rest_table export_put_mb_rest_table
#define put_cfe_score export_put_cfe_score
#define put_cfe_millij export_put_cfe_millij
#define put_cfe_load_millij export_put_cfe_load_millij
#define put_cfe_hours export_put_cfe_hours
#define put_cfe_full_hours export_put_cfe_full_hours
#define put_cfe_basis export_put_cfe_basis
#define put_cfe_instrument_millij export_put_cfe_instrument_millij
#define put_market_hourly_mg export_put_market_hourly_mg
#define put_market_hourly_kg export_put_market_hourly_kg
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
