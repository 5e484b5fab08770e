/* SPDX-License-Identifier: Apache-2.0 */
/* seal_text: a statement as CSV. */
#include "base/text.h"
#include "model/units.h"
#include "report/figure.h"
#include "report/seal_priv.h"

#include <assert.h>
#include <string.h>

const char *const SEAL_STATEMENT_COLUMNS[SEAL_STATEMENT_COUNT] = {
    "site",   "period_label",   "period_start_utc", "period_end_utc", "revision",    "sealed_at",  "author",      "reason_code",
    "reason", "factor_edition", "energy_millij",    "m_scope2_lb_mg", "body_sha256", "row_sha256", "chain_sha256"};

/* The first four name the statement; the others are columns of totals.csv. */
static const char *const ROW_COLUMNS[] = {"site",
					  "statement_start_utc",
					  "statement_end_utc",
					  "revision",
					  "node_type",
					  "node_id",
					  "period_start_utc",
					  "period_end_utc",
					  "zone",
					  "supply",
					  "in_total",
					  "energy_millij",
					  "energy_measured_millij",
					  "energy_bridged_millij",
					  "energy_estimated_millij",
					  "energy_manual_millij",
					  "energy_static_millij",
					  "covered_s",
					  "expected_s",
					  "lb_year",
					  "lb_basis",
					  "lb_source",
					  "lb_edition",
					  "lb_table_sha256",
					  "ef_lb_microg_per_kwh",
					  "m_scope2_lb_mg",
					  "m_scope2_mb_mg",
					  "m_scope3_cat3a_mg",
					  "m_scope3_cat3b_mg",
					  "m_scope3_cat3c_mg"};

enum { ROW_COLUMN_COUNT = sizeof(ROW_COLUMNS) / sizeof(ROW_COLUMNS[0]) };

_Static_assert((int)ROW_COLUMN_COUNT == (int)SEAL_NAMING_COUNT + (int)REPORT_STATED_ROW_CELLS, "a row of a body");

const char *const *seal_row_columns(size_t *count)
{
	*count = ROW_COLUMN_COUNT;
	return ROW_COLUMNS;
}

static size_t column_of(const char *name)
{
	size_t count;
	const char *const *column = export_columns(&count);
	size_t at = 0;

	while (at < count && strcmp(column[at], name) != 0)
		at++;
	assert(at < count);
	return at;
}

void seal_add_body_row(struct buf *out, const struct export_row *cells)
{
	for (size_t i = SEAL_NAMING_COUNT; i < ROW_COLUMN_COUNT; i++) {
		if (i > SEAL_NAMING_COUNT)
			buf_add_char(out, ',');
		export_put_cell(out, cells, column_of(ROW_COLUMNS[i]));
	}
	buf_add_char(out, '\n');
}

static void add_text(struct buf *out, const char *text)
{
	buf_add_char(out, ',');
	export_put_text(out, text);
}

static void add_utc(struct buf *out, int64_t utc_ms)
{
	buf_add_char(out, ',');
	figure_add_utc(out, utc_ms);
}

static void add_amount(struct buf *out, bool has, int64_t value)
{
	buf_add_char(out, ',');
	if (has)
		buf_add_i64(out, value);
	else
		buf_add_text(out, FIGURE_NONE);
}

void seal_add_line(struct buf *out, const char *site, const struct ledger_statement *row, const uint8_t body_sha256[static 32])
{
	export_put_text(out, site);
	add_text(out, row->label);
	add_utc(out, row->start_s * UNITS_MS_PER_S);
	add_utc(out, row->end_s * UNITS_MS_PER_S);
	add_amount(out, true, row->revision);
	add_utc(out, row->sealed_utc_ms);
	add_text(out, row->author);
	add_text(out, row->reason_code);
	add_text(out, row->reason);
	add_text(out, row->edition);
	add_amount(out, row->has_energy, row->energy_millij);
	add_amount(out, row->has_location, row->location_mg);
	buf_add_char(out, ',');
	figure_add_sha256(out, body_sha256);
}
