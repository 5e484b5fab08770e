/* SPDX-License-Identifier: Apache-2.0 */
/* export_cells: the cells of totals.csv. One function a column; columns.def says which, under which name and in which order. */
#include "report/export_cells_priv.h"
#include "report/export_changes_priv.h"

#include "base/num.h"
#include "model/units.h"
#include "report/export_indicators_priv.h"
#include "report/export_scopes_priv.h"
#include "report/figure.h"

typedef void put_fn(struct buf *out, const struct export_row *cells);

static bool is_meter(const struct export_row *cells)
{
	return cells->row->level == REPORT_METER;
}

static const struct ledger_register_row *device_of(const struct export_row *cells)
{
	return cells->row->meter;
}

static void put_none(struct buf *out, const struct export_row *cells)
{
	(void)cells;
	buf_add_text(out, FIGURE_NONE);
}

/* A text, or n/a when the row has no such thing. */
static void put_if(struct buf *out, bool has, const char *text)
{
	export_put_text(out, has ? text : NULL);
}

static void put_i64_if(struct buf *out, bool has, int64_t value)
{
	if (has)
		buf_add_i64(out, value);
	else
		buf_add_text(out, FIGURE_NONE);
}

/* A word that only meters have. */
#define PUT_METER_WORD(name, word)                                              \
	static void put_##name(struct buf *out, const struct export_row *cells) \
	{                                                                       \
		put_if(out, is_meter(cells), is_meter(cells) ? (word) : NULL);  \
	}

PUT_METER_WORD(supply, supply_name(cells->row->meter->supply))
PUT_METER_WORD(metering_point, point_name(cells->row->meter->point))
PUT_METER_WORD(caliber, caliber_name(cells->row->meter->caliber))
PUT_METER_WORD(in_total, cells->row->meter->is_in_total ? "yes" : "no")

/* A text that all rows share. */
#define PUT_SHARED(name, member)                                                \
	static void put_##name(struct buf *out, const struct export_row *cells) \
	{                                                                       \
		export_put_text(out, cells->package->request->member);          \
	}

PUT_SHARED(export_id, export_id)
PUT_SHARED(software_version, software_version)
PUT_SHARED(generated_by, generated_by)

/* ---- Identity ---- */

static void put_period_start(struct buf *out, const struct export_row *cells)
{
	figure_add_utc(out, cells->row->start_s * UNITS_MS_PER_S);
}

static void put_period_end(struct buf *out, const struct export_row *cells)
{
	figure_add_utc(out, cells->row->end_s * UNITS_MS_PER_S);
}

static void put_tz(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, cells->row->site == NULL ? NULL : cells->row->site->time_zone);
}

static void put_period_label(struct buf *out, const struct export_row *cells)
{
	const struct report_register *reg = &cells->package->totals.reg;
	const struct report_site *site = cells->row->site != NULL ? cells->row->site : reg->site_count > 0 ? &reg->site[0] : NULL;

	export_put_text(out, site == NULL ? NULL : site->period.label);
}

static void put_node_text(struct buf *out, const char *site, const char *device, const char *key)
{
	struct buf node;

	buf_init(&node, EXPORT_NODE_BYTES_MAX);
	export_add_node(&node, site, device, key);
	export_put_text(out, buf_text(&node));
	buf_deinit(&node);
}

static void put_node_id(struct buf *out, const struct export_row *cells)
{
	const struct report_total *row = cells->row;

	if (row->level == REPORT_TOTAL)
		export_put_text(out, "total");
	else if (row->level == REPORT_OVERHEAD)
		put_node_text(out, row->site->id, REPORT_OVERHEAD_NODE, NULL);
	else
		put_node_text(out, row->site->id, row->meter != NULL ? row->meter->device : NULL,
			      row->level == REPORT_METER ? row->meter->key : NULL);
}

static void put_node_type(struct buf *out, const struct export_row *cells)
{
	buf_add_text(out, report_level_name(cells->row->level));
}

static void put_parent_id(struct buf *out, const struct export_row *cells)
{
	const struct report_total *row = cells->row;

	if (row->level == REPORT_TOTAL)
		buf_add_text(out, FIGURE_NONE);
	else if (row->level == REPORT_SITE)
		buf_add_text(out, "total");
	else if (row->level == REPORT_DEVICE || row->level == REPORT_OVERHEAD)
		put_node_text(out, row->site->id, NULL, NULL);
	else
		put_node_text(out, row->site->id, row->meter->device, row->meter->parent[0] == '\0' ? NULL : row->meter->parent);
}

static void put_asset_serial(struct buf *out, const struct export_row *cells)
{
	const struct ledger_register_row *device = device_of(cells);

	export_put_text(out, device == NULL ? NULL : device->serial);
}

static void put_site_id(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, cells->row->site == NULL || cells->row->level == REPORT_TOTAL ? NULL : cells->row->site->id);
}

static void put_zone(struct buf *out, const struct export_row *cells)
{
	if (is_meter(cells))
		export_put_text(out, cells->row->meter->grid_zone);
	else
		export_put_text(out, cells->row->site == NULL ? NULL : cells->row->site->grid_zone);
}

/* ---- Register ---- */

static void put_lifecycle_status(struct buf *out, const struct export_row *cells)
{
	int64_t from_ms = 0;
	int64_t to_ms = INT64_MAX;

	if (is_meter(cells))
		report_register_life(&cells->package->totals.reg, cells->row->meter->meter_id, &from_ms, &to_ms);
	put_if(out, is_meter(cells), is_meter(cells) && to_ms != INT64_MAX ? "retired" : "in-service");
}

/* First and last known to the ledger. */
static void put_life(struct buf *out, const struct export_row *cells, bool is_end)
{
	int64_t from_ms = 0;
	int64_t to_ms = INT64_MAX;

	if (is_meter(cells))
		report_register_life(&cells->package->totals.reg, cells->row->meter->meter_id, &from_ms, &to_ms);
	if (!is_meter(cells) || (is_end ? to_ms == INT64_MAX : from_ms == 0))
		buf_add_text(out, FIGURE_NONE);
	else
		figure_add_utc(out, is_end ? to_ms : from_ms);
}

static void put_commissioned(struct buf *out, const struct export_row *cells)
{
	put_life(out, cells, false);
}

static void put_decommissioned(struct buf *out, const struct export_row *cells)
{
	put_life(out, cells, true);
}

static void put_meter_id(struct buf *out, const struct export_row *cells)
{
	put_i64_if(out, is_meter(cells), is_meter(cells) ? cells->row->meter->meter_id : 0);
}

/* ---- Counters ---- */

static void put_raw(struct buf *out, const struct export_row *cells, uint64_t raw)
{
	if (is_meter(cells) && cells->evidence->has_raw)
		buf_add_u64(out, raw);
	else
		buf_add_text(out, FIGURE_NONE);
}

static void put_counter_open(struct buf *out, const struct export_row *cells)
{
	put_raw(out, cells, cells->evidence->raw_open);
}

static void put_counter_close(struct buf *out, const struct export_row *cells)
{
	put_raw(out, cells, cells->evidence->raw_close);
}

static void put_counter_unit(struct buf *out, const struct export_row *cells)
{
	put_if(out, is_meter(cells) && cells->row->meter->counter.unit_num > 0, "mJ");
}

static void put_resets(struct buf *out, const struct export_row *cells)
{
	put_raw(out, cells, cells->evidence->reset_count);
}

static void put_multiplier(struct buf *out, const struct export_row *cells)
{
	if (is_meter(cells))
		export_put_multiplier(out, &cells->row->meter->counter);
	else
		buf_add_text(out, FIGURE_NONE);
}

/* ---- Energy ---- */

static void put_kwh(struct buf *out, const struct export_row *cells, int64_t millij)
{
	if (cells->row->has_energy)
		figure_add_kwh(out, millij, 6);
	else
		buf_add_text(out, FIGURE_NONE);
}

static void put_millij(struct buf *out, const struct export_row *cells, int64_t millij)
{
	put_i64_if(out, cells->row->has_energy, millij);
}

static void put_energy_kwh(struct buf *out, const struct export_row *cells)
{
	put_kwh(out, cells, cells->row->energy_millij);
}

static void put_energy_millij(struct buf *out, const struct export_row *cells)
{
	put_millij(out, cells, cells->row->energy_millij);
}

#define PUT_CLASS(name, coverage)                                                        \
	static void put_##name##_kwh(struct buf *out, const struct export_row *cells)    \
	{                                                                                \
		put_kwh(out, cells, cells->row->millij[coverage]);                       \
	}                                                                                \
	static void put_##name##_millij(struct buf *out, const struct export_row *cells) \
	{                                                                                \
		put_millij(out, cells, cells->row->millij[coverage]);                    \
	}

PUT_CLASS(measured, COVERAGE_MEASURED)
PUT_CLASS(bridged, COVERAGE_BRIDGED)
PUT_CLASS(estimated, COVERAGE_ESTIMATED)
PUT_CLASS(manual, COVERAGE_MANUAL)
PUT_CLASS(static, COVERAGE_STATIC)

/* ---- Coverage and gaps ---- */

static void put_coverage_time(struct buf *out, const struct export_row *cells)
{
	figure_add_pct(out, report_total_covered_ms(cells->row), cells->row->expected_ms);
}

static void put_coverage_energy(struct buf *out, const struct export_row *cells)
{
	figure_add_pct(out, report_total_covered_millij(cells->row), cells->row->has_energy ? cells->row->energy_millij : 0);
}

static void put_coverage_assets(struct buf *out, const struct export_row *cells)
{
	figure_add_pct(out, (int64_t)cells->row->metered_count, (int64_t)cells->row->asset_count);
}

static void put_seconds(struct buf *out, int64_t ms)
{
	char text[NUM_TEXT_BYTES];

	num_print_fixed(text, ms, 3, 3);
	buf_add_text(out, text);
}

static void put_covered_s(struct buf *out, const struct export_row *cells)
{
	put_seconds(out, report_total_covered_ms(cells->row));
}

static void put_expected_s(struct buf *out, const struct export_row *cells)
{
	put_seconds(out, cells->row->expected_ms);
}

static void put_gap_count(struct buf *out, const struct export_row *cells)
{
	put_i64_if(out, is_meter(cells) && cells->evidence->has_gaps, cells->evidence->gaps.gap_count);
}

static void put_gap_longest(struct buf *out, const struct export_row *cells)
{
	if (is_meter(cells) && cells->evidence->has_gaps)
		put_seconds(out, cells->evidence->gaps.longest_ms);
	else
		buf_add_text(out, FIGURE_NONE);
}

/* G1: the counter ran on over the gap. No other method is used. */
static void put_gap_methods(struct buf *out, const struct export_row *cells)
{
	bool is_bridged = cells->row->covered_ms[COVERAGE_BRIDGED] != 0 || cells->row->millij[COVERAGE_BRIDGED] != 0;

	put_if(out, is_meter(cells), is_bridged ? "G1" : "none");
}

/* ---- Carbon ---- */

static void put_ef_lb_microg(struct buf *out, const struct export_row *cells)
{
	put_i64_if(out, cells->row->factor != NULL, cells->row->factor == NULL ? 0 : cells->row->factor->microg_per_kwh);
}

/* Of several factors the energy-weighted mean, which is emissions over energy. */
static void put_ef_lb(struct buf *out, const struct export_row *cells)
{
	const struct report_total *row = cells->row;

	if (row->factor != NULL)
		figure_add_g_per_kwh(out, row->factor->microg_per_kwh);
	else if (row->has_location && row->grid_millij > 0)
		figure_add_g_per_kwh(out,
				     num_muldiv_half_even(row->location_mg, UNITS_MILLIJ_PER_KWH * UNITS_MICROG_PER_MG, row->grid_millij));
	else
		buf_add_text(out, FIGURE_NONE);
}

/* What the factors say, the word "several" where they differ. */
static void put_factor_text(struct buf *out, const struct export_row *cells, const char *text)
{
	export_put_text(out, cells->row->has_many_factors && cells->row->has_location ? "several"
			     : cells->row->factor == NULL                             ? NULL
										      : text);
}

static void put_lb_basis(struct buf *out, const struct export_row *cells)
{
	char text[64] = "";

	if (cells->row->factor != NULL)
		factor_choice_print(text, sizeof(text), &cells->row->choice);
	put_factor_text(out, cells, text);
}

#define PUT_FACTOR(name, member)                                                                             \
	static void put_##name(struct buf *out, const struct export_row *cells)                              \
	{                                                                                                    \
		put_factor_text(out, cells, cells->row->factor == NULL ? NULL : cells->row->factor->member); \
	}

PUT_FACTOR(lb_method, method)
PUT_FACTOR(lb_source, publisher)
PUT_FACTOR(lb_edition, edition)

static void put_lb_year(struct buf *out, const struct export_row *cells)
{
	char text[NUM_TEXT_BYTES] = "";

	if (cells->row->factor != NULL)
		num_print_i64(text, cells->row->factor->year);
	put_factor_text(out, cells, text);
}

static void put_lb_lag_years(struct buf *out, const struct export_row *cells)
{
	char text[NUM_TEXT_BYTES];

	num_print_i64(text, cells->row->choice.lag_years);
	put_factor_text(out, cells, text);
}

static void put_lb_table_sha256(struct buf *out, const struct export_row *cells)
{
	if (cells->row->factor != NULL)
		figure_add_sha256(out, cells->row->factor->table_sha256);
	else
		put_factor_text(out, cells, NULL);
}

static void put_scope2_lb_kg(struct buf *out, const struct export_row *cells)
{
	if (cells->row->has_location)
		figure_add_kg(out, cells->row->location_mg, 6);
	else
		buf_add_text(out, FIGURE_NONE);
}

static void put_scope2_lb_mg(struct buf *out, const struct export_row *cells)
{
	put_i64_if(out, cells->row->has_location, cells->row->location_mg);
}

/* ---- Provenance ---- */

/* The configuration in force at the end of the row's span. */
static void put_config_sha256(struct buf *out, const struct export_row *cells)
{
	const uint8_t *sha256 = export_config_at(cells->package, cells->row->end_s * UNITS_MS_PER_S - 1);

	if (sha256 == NULL)
		buf_add_text(out, FIGURE_NONE);
	else
		figure_add_sha256(out, sha256);
}

static void put_generated_at(struct buf *out, const struct export_row *cells)
{
	figure_add_utc(out, cells->package->request->report.now_utc_ms);
}

/* The two digests are put when all other cells are there. */
static void put_row_sha256(struct buf *out, const struct export_row *cells)
{
	put_none(out, cells);
}

static void put_chain_sha256(struct buf *out, const struct export_row *cells)
{
	put_none(out, cells);
}

/* ---- The table ---- */

#define COLUMN(name, function) #name,
static const char *const COLUMN_NAME[] = {
#include "report/columns.def"
};
#undef COLUMN

#define COLUMN(name, function) put_##function,
static put_fn *const COLUMN_PUT[] = {
#include "report/columns.def"
};
#undef COLUMN

_Static_assert(sizeof(COLUMN_NAME) / sizeof(COLUMN_NAME[0]) == EXPORT_COLUMNS, "columns.def and EXPORT_COLUMNS");

const char *const *export_columns(size_t *count)
{
	*count = EXPORT_COLUMNS;
	return COLUMN_NAME;
}

void export_put_cell(struct buf *out, const struct export_row *cells, size_t column)
{
	COLUMN_PUT[column](out, cells);
}

enum export_digest export_digest_of(size_t column)
{
	if (COLUMN_PUT[column] == put_row_sha256)
		return EXPORT_DIGEST_ROW;
	return COLUMN_PUT[column] == put_chain_sha256 ? EXPORT_DIGEST_CHAIN : EXPORT_DIGEST_NONE;
}
