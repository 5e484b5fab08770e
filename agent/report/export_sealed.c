/* SPDX-License-Identifier: Apache-2.0 */
/* export_sealed: the cells of totals.csv that tell which revision of a sealed period it is, and what it supersedes. */
#include "report/export_changes_priv.h"

#include "report/figure.h"

/* The statement that a row shows: its site's, also of the total of a single site. NULL: the period is not sealed, or there are several. */
static const struct report_sealed *sealed_of(const struct export_row *cells)
{
	const struct report_site *site = cells->row->site;

	return site == NULL || site->sealed.statement_id == 0 ? NULL : &site->sealed;
}

void export_put_revision(struct buf *out, const struct export_row *cells)
{
	const struct report_sealed *sealed = sealed_of(cells);

	buf_add_i64(out, sealed == NULL ? 0 : sealed->revision);
}

static const struct report_sealed *restated_of(const struct export_row *cells)
{
	const struct report_sealed *sealed = sealed_of(cells);

	return sealed == NULL || !sealed->has_previous ? NULL : sealed;
}

void export_put_restated(struct buf *out, const struct export_row *cells)
{
	buf_add_text(out, restated_of(cells) == NULL ? "no" : "yes");
}

void export_put_restate_reason(struct buf *out, const struct export_row *cells)
{
	const struct report_sealed *sealed = restated_of(cells);

	export_put_text(out, sealed == NULL ? NULL : sealed->reason_code);
}

/* Of a site as a whole: what its devices and meters said before is in statement_rows.csv. */
static const struct report_sealed *previous_of(const struct export_row *cells)
{
	const struct report_sealed *sealed = restated_of(cells);

	return sealed == NULL || cells->row->level > REPORT_SITE || !sealed->has_previous_location ? NULL : sealed;
}

void export_put_previous_value(struct buf *out, const struct export_row *cells)
{
	const struct report_sealed *sealed = previous_of(cells);

	if (sealed == NULL)
		buf_add_text(out, FIGURE_NONE);
	else
		figure_add_kg(out, sealed->previous_location_mg, 6);
}

void export_put_delta_pct(struct buf *out, const struct export_row *cells)
{
	const struct report_sealed *sealed = previous_of(cells);
	int64_t delta_mg = sealed == NULL ? 0 : cells->row->location_mg - sealed->previous_location_mg;

	if (sealed == NULL || !cells->row->has_location) {
		buf_add_text(out, FIGURE_NONE);
		return;
	}
	if (delta_mg < 0)
		buf_add_char(out, '-');
	figure_add_pct(out, delta_mg < 0 ? -delta_mg : delta_mg, sealed->previous_location_mg);
}
