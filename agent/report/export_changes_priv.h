/* SPDX-License-Identifier: Apache-2.0 */
/* export_changes_priv: the cells of totals.csv that tell what changed: restatements and corrections. For agent/report/export*.c only. */
#ifndef WATTLEDGER_REPORT_EXPORT_CHANGES_PRIV_H
#define WATTLEDGER_REPORT_EXPORT_CHANGES_PRIV_H

#include "report/export_priv.h"

/* Of sealed periods: export_sealed.c. */
void export_put_revision(struct buf *out, const struct export_row *cells);
void export_put_restated(struct buf *out, const struct export_row *cells);
void export_put_restate_reason(struct buf *out, const struct export_row *cells);
void export_put_previous_value(struct buf *out, const struct export_row *cells);
void export_put_delta_pct(struct buf *out, const struct export_row *cells);

/* Of what corrections changed: export_corrections.c. */
void export_put_uncorrected_millij(struct buf *out, const struct export_row *cells);
void export_put_uncorrected_kwh(struct buf *out, const struct export_row *cells);
void export_put_uncorrected_mg(struct buf *out, const struct export_row *cells);
void export_put_correction_ids(struct buf *out, const struct export_row *cells);

/* Under the names that columns.def has for them. */
#define put_revision export_put_revision
#define put_restated export_put_restated
#define put_restate_reason export_put_restate_reason
#define put_previous_value export_put_previous_value
#define put_delta_pct export_put_delta_pct
#define put_uncorrected_millij export_put_uncorrected_millij
#define put_uncorrected_kwh export_put_uncorrected_kwh
#define put_uncorrected_mg export_put_uncorrected_mg
#define put_correction_ids export_put_correction_ids

#endif
