/* SPDX-License-Identifier: Apache-2.0 */
/* export_indicators_priv: further cells of totals.csv (export_cells_priv.h), those of data-centre indicators. For agent/report/export*.c only. */
#ifndef WATTLEDGER_REPORT_EXPORT_INDICATORS_PRIV_H
#define WATTLEDGER_REPORT_EXPORT_INDICATORS_PRIV_H

#include "report/export_priv.h"

void export_put_pue(struct buf *out, const struct export_row *cells);
void export_put_ipue(struct buf *out, const struct export_row *cells);
void export_put_cue(struct buf *out, const struct export_row *cells);
void export_put_see(struct buf *out, const struct export_row *cells);
void export_put_ref(struct buf *out, const struct export_row *cells);
void export_put_pue_category(struct buf *out, const struct export_row *cells);
void export_put_it_millij(struct buf *out, const struct export_row *cells);
void export_put_telecom_millij(struct buf *out, const struct export_row *cells);
void export_put_indicator_term(struct buf *out, const struct export_row *cells);
void export_put_pue_missing(struct buf *out, const struct export_row *cells);
void export_put_wue(struct buf *out, const struct export_row *cells);
void export_put_water_l(struct buf *out, const struct export_row *cells);
void export_put_water_micro_l(struct buf *out, const struct export_row *cells);
void export_put_reused_kwh(struct buf *out, const struct export_row *cells);
void export_put_reused_millij(struct buf *out, const struct export_row *cells);
void export_put_erf(struct buf *out, const struct export_row *cells);

/* Under the names that columns.def has for them. */
#define put_pue export_put_pue
#define put_ipue export_put_ipue
#define put_cue export_put_cue
#define put_see export_put_see
#define put_ref export_put_ref
#define put_pue_category export_put_pue_category
#define put_it_millij export_put_it_millij
#define put_telecom_millij export_put_telecom_millij
#define put_indicator_term export_put_indicator_term
#define put_pue_missing export_put_pue_missing
#define put_wue export_put_wue
#define put_water_l export_put_water_l
#define put_water_micro_l export_put_water_micro_l
#define put_reused_kwh export_put_reused_kwh
#define put_reused_millij export_put_reused_millij
#define put_erf export_put_erf

#endif
