/* SPDX-License-Identifier: Apache-2.0 */
/* export_cells_priv: the cells of totals.csv that other files make, under the names that columns.def has for them. For agent/report/export*.c only. */
#ifndef WATTLEDGER_REPORT_EXPORT_CELLS_PRIV_H
#define WATTLEDGER_REPORT_EXPORT_CELLS_PRIV_H

#include "report/export_priv.h"

/* Of hourly factors: export_hourly.c. */
void export_put_hourly_kg(struct buf *out, const struct export_row *cells);
void export_put_hourly_mg(struct buf *out, const struct export_row *cells);
void export_put_hourly_coverage(struct buf *out, const struct export_row *cells);
void export_put_hourly_estimated(struct buf *out, const struct export_row *cells);
void export_put_hourly_millij(struct buf *out, const struct export_row *cells);
void export_put_hourly_estimated_millij(struct buf *out, const struct export_row *cells);
void export_put_hourly_covered_s(struct buf *out, const struct export_row *cells);
void export_put_hourly_basis(struct buf *out, const struct export_row *cells);
void export_put_hourly_source(struct buf *out, const struct export_row *cells);
void export_put_hourly_known_until(struct buf *out, const struct export_row *cells);
void export_put_hourly_gap_microg(struct buf *out, const struct export_row *cells);

/* Of fuel: export_fuel.c. */
void export_put_fuel_l(struct buf *out, const struct export_row *cells);
void export_put_fuel_method(struct buf *out, const struct export_row *cells);
void export_put_fuel_open_l(struct buf *out, const struct export_row *cells);
void export_put_fuel_delivered_l(struct buf *out, const struct export_row *cells);
void export_put_fuel_close_l(struct buf *out, const struct export_row *cells);
void export_put_scope1_kg(struct buf *out, const struct export_row *cells);
void export_put_scope1_mg(struct buf *out, const struct export_row *cells);
void export_put_cat3a_kg(struct buf *out, const struct export_row *cells);
void export_put_cat3a_mg(struct buf *out, const struct export_row *cells);
void export_put_gwp_set(struct buf *out, const struct export_row *cells);
void export_put_fuel_micro_l(struct buf *out, const struct export_row *cells);
void export_put_fuel_mg_per_l(struct buf *out, const struct export_row *cells);
void export_put_fuel_upstream_mg_per_l(struct buf *out, const struct export_row *cells);
void export_put_fuel_mg_per_kwh(struct buf *out, const struct export_row *cells);
void export_put_fuel_source(struct buf *out, const struct export_row *cells);

/* Of sites that several sources feed: export_supply.c. */
void export_put_battery_in_kwh(struct buf *out, const struct export_row *cells);
void export_put_battery_out_kwh(struct buf *out, const struct export_row *cells);
void export_put_stored_open_kwh(struct buf *out, const struct export_row *cells);
void export_put_stored_close_kwh(struct buf *out, const struct export_row *cells);
void export_put_stored_carbon_open_g(struct buf *out, const struct export_row *cells);
void export_put_stored_carbon_close_g(struct buf *out, const struct export_row *cells);
void export_put_balance_residual_pct(struct buf *out, const struct export_row *cells);
void export_put_battery_in_millij(struct buf *out, const struct export_row *cells);
void export_put_battery_out_millij(struct buf *out, const struct export_row *cells);
void export_put_stored_open_millij(struct buf *out, const struct export_row *cells);
void export_put_stored_close_millij(struct buf *out, const struct export_row *cells);
void export_put_stored_carbon_open_mg(struct buf *out, const struct export_row *cells);
void export_put_stored_carbon_close_mg(struct buf *out, const struct export_row *cells);
void export_put_m_intake_mg(struct buf *out, const struct export_row *cells);
void export_put_m_delivered_mg(struct buf *out, const struct export_row *cells);
void export_put_load_millij(struct buf *out, const struct export_row *cells);
void export_put_balance_residual_millij(struct buf *out, const struct export_row *cells);
void export_put_delivered_g_per_kwh(struct buf *out, const struct export_row *cells);

/* Each adds one cell. */
void export_put_invoice_kwh(struct buf *out, const struct export_row *cells);
void export_put_invoice_diff(struct buf *out, const struct export_row *cells);
void export_put_traffic_octets(struct buf *out, const struct export_row *cells);
void export_put_traffic_layer(struct buf *out, const struct export_row *cells);
void export_put_traffic_point(struct buf *out, const struct export_row *cells);
void export_put_traffic_capture(struct buf *out, const struct export_row *cells);
void export_put_wh_per_gb(struct buf *out, const struct export_row *cells);
void export_put_j_per_bit(struct buf *out, const struct export_row *cells);
void export_put_gco2e_per_gb(struct buf *out, const struct export_row *cells);
void export_put_ee_dv(struct buf *out, const struct export_row *cells);
void export_put_u_energy(struct buf *out, const struct export_row *cells);
void export_put_u_ef(struct buf *out, const struct export_row *cells);
void export_put_u_total(struct buf *out, const struct export_row *cells);
void export_put_u_energy_basis(struct buf *out, const struct export_row *cells);
void export_put_u_ef_basis(struct buf *out, const struct export_row *cells);
void export_put_k(struct buf *out, const struct export_row *cells);
void export_put_quality_tier(struct buf *out, const struct export_row *cells);

/* Under the names that columns.def has for them. */
#define put_traffic_octets export_put_traffic_octets
#define put_traffic_layer export_put_traffic_layer
#define put_traffic_point export_put_traffic_point
#define put_traffic_capture export_put_traffic_capture
#define put_wh_per_gb export_put_wh_per_gb
#define put_j_per_bit export_put_j_per_bit
#define put_gco2e_per_gb export_put_gco2e_per_gb
#define put_ee_dv export_put_ee_dv
#define put_hourly_kg export_put_hourly_kg
#define put_hourly_mg export_put_hourly_mg
#define put_hourly_coverage export_put_hourly_coverage
#define put_hourly_estimated export_put_hourly_estimated
#define put_hourly_millij export_put_hourly_millij
#define put_hourly_estimated_millij export_put_hourly_estimated_millij
#define put_hourly_covered_s export_put_hourly_covered_s
#define put_hourly_basis export_put_hourly_basis
#define put_hourly_source export_put_hourly_source
#define put_hourly_known_until export_put_hourly_known_until
#define put_hourly_gap_microg export_put_hourly_gap_microg
#define put_invoice_kwh export_put_invoice_kwh
#define put_invoice_diff export_put_invoice_diff
#define put_u_energy export_put_u_energy
#define put_u_ef export_put_u_ef
#define put_u_total export_put_u_total
#define put_u_energy_basis export_put_u_energy_basis
#define put_u_ef_basis export_put_u_ef_basis
#define put_k export_put_k
#define put_quality_tier export_put_quality_tier
#define put_fuel_l export_put_fuel_l
#define put_fuel_method export_put_fuel_method
#define put_fuel_open_l export_put_fuel_open_l
#define put_fuel_delivered_l export_put_fuel_delivered_l
#define put_fuel_close_l export_put_fuel_close_l
#define put_scope1_kg export_put_scope1_kg
#define put_scope1_mg export_put_scope1_mg
#define put_cat3a_kg export_put_cat3a_kg
#define put_cat3a_mg export_put_cat3a_mg
#define put_gwp_set export_put_gwp_set
#define put_fuel_micro_l export_put_fuel_micro_l
#define put_fuel_mg_per_l export_put_fuel_mg_per_l
#define put_fuel_upstream_mg_per_l export_put_fuel_upstream_mg_per_l
#define put_fuel_mg_per_kwh export_put_fuel_mg_per_kwh
#define put_fuel_source export_put_fuel_source
#define put_battery_in_kwh export_put_battery_in_kwh
#define put_battery_out_kwh export_put_battery_out_kwh
#define put_stored_open_kwh export_put_stored_open_kwh
#define put_stored_close_kwh export_put_stored_close_kwh
#define put_stored_carbon_open_g export_put_stored_carbon_open_g
#define put_stored_carbon_close_g export_put_stored_carbon_close_g
#define put_balance_residual_pct export_put_balance_residual_pct
#define put_battery_in_millij export_put_battery_in_millij
#define put_battery_out_millij export_put_battery_out_millij
#define put_stored_open_millij export_put_stored_open_millij
#define put_stored_close_millij export_put_stored_close_millij
#define put_stored_carbon_open_mg export_put_stored_carbon_open_mg
#define put_stored_carbon_close_mg export_put_stored_carbon_close_mg
#define put_m_intake_mg export_put_m_intake_mg
#define put_m_delivered_mg export_put_m_delivered_mg
#define put_load_millij export_put_load_millij
#define put_balance_residual_millij export_put_balance_residual_millij
#define put_delivered_g_per_kwh export_put_delivered_g_per_kwh

#endif
