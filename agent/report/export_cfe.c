/* SPDX-License-Identifier: Apache-2.0 */
/* export_cfe: the cells of totals.csv of carbon-free energy and instruments that are matched hour by hour. */
#include "report/cfe.h"
#include "report/export_scopes_priv.h"
#include "report/figure.h"

static struct report_cfe cfe_of(const struct export_row *cells)
{
	return report_cfe_of(cells->package->supplies.site, &cells->package->totals, cells->row);
}

void export_put_cfe_score(struct buf *out, const struct export_row *cells)
{
	struct report_cfe cfe = cfe_of(cells);

	figure_add_pct(out, cfe.sum.free_millij, cfe.has ? cfe.sum.load_millij : 0);
}

void export_put_cfe_basis(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, cfe_of(cells).has ? "contracted" : NULL);
}

#define PUT_AMOUNT(name, member)                                                \
	void export_put_##name(struct buf *out, const struct export_row *cells) \
	{                                                                       \
		struct report_cfe cfe = cfe_of(cells);                          \
                                                                                \
		export_put_amount(out, cfe.has, cfe.sum.member);                \
	}

PUT_AMOUNT(cfe_millij, free_millij)
PUT_AMOUNT(cfe_load_millij, load_millij)
PUT_AMOUNT(cfe_hours, hour_count)
PUT_AMOUNT(cfe_full_hours, free_hour_count)
PUT_AMOUNT(cfe_instrument_millij, instrument_millij)

void export_put_market_hourly_mg(struct buf *out, const struct export_row *cells)
{
	struct report_cfe cfe = cfe_of(cells);

	export_put_amount(out, cfe.has_mg, cfe.mg);
}

void export_put_market_hourly_kg(struct buf *out, const struct export_row *cells)
{
	struct report_cfe cfe = cfe_of(cells);

	export_put_kg(out, cfe.has_mg, cfe.mg);
}
