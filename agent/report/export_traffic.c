/* SPDX-License-Identifier: Apache-2.0 */
/* export_traffic: traffic.csv, and the cells of totals.csv that are made of it. */
#include "report/export_cells_priv.h"

#include "model/interval.h"
#include "model/units.h"
#include "report/dictionary.h"
#include "report/figure.h"

#include <string.h>

/* The amounts are integers; each ratio is one division of them. valid_* are of the slots that have all of both: `intensity` in DESIGN. */
static void add_if(struct sheet *sheet, bool has, int64_t value)
{
	if (has)
		sheet_add_i64(sheet, value);
	else
		sheet_add_none(sheet);
}

/* RFC 2863 has a frame's check sequence in ifHCInOctets; Linux' counters and captures have it not. */
static const char *layer_of(const struct report_traffic *row)
{
	if (row->level < REPORT_TRAFFIC_PORT)
		return "frame";
	return strcmp(row->meter->source, "snmp") == 0 ? "frame_with_fcs" : "frame_without_fcs";
}

static void add_place(struct sheet *sheet, const struct report_traffic *row)
{
	bool is_flow = row->level == REPORT_TRAFFIC_FLOW;
	const char *key = row->level >= REPORT_TRAFFIC_PORT ? row->meter->key : NULL;

	sheet_add_text(sheet, report_traffic_level_name(row->level));
	sheet_add_text(sheet, row->site->id);
	sheet_add_text(sheet, row->level >= REPORT_TRAFFIC_DEVICE ? row->meter->device : NULL);
	sheet_add_text(sheet, is_flow ? row->meter->parent : key);
	sheet_add_text(sheet, is_flow ? key : "all");
	sheet_add_text(sheet, ref_name(row->ref));
	sheet_add_text(sheet, layer_of(row));
}

static void add_amounts(struct sheet *sheet, const struct report_traffic *row)
{
	add_if(sheet, row->has_rx, row->rx_octets);
	add_if(sheet, row->has_tx, row->tx_octets);
	sheet_add_i64(sheet, row->estimated_octets);
	add_if(sheet, row->has_capture, row->captured_octets);
	add_if(sheet, row->has_capture, row->captured_packets);
	add_if(sheet, row->has_capture, row->dropped_packets);
	add_if(sheet, row->has_capture, row->interface_octets);
	report_traffic_add_capture_pct(sheet_begin_cell(sheet), row);
	report_traffic_add_dropped_pct(sheet_begin_cell(sheet), row);
	sheet_add_i64(sheet, row->covered_ms / UNITS_MS_PER_S);
	sheet_add_i64(sheet, row->expected_ms / UNITS_MS_PER_S);
	interval_add_bits_text(sheet_begin_cell(sheet), row->status_bits);
}

static void add_intensity(struct sheet *sheet, const struct report_intensity *intensity)
{
	bool has = intensity->missing == NULL;

	add_if(sheet, has, intensity->valid_ms / UNITS_MS_PER_S);
	add_if(sheet, has, intensity->octets);
	add_if(sheet, has, intensity->energy_millij);
	add_if(sheet, has && intensity->has_location, intensity->location_mg);
	report_traffic_add_wh_per_gb(sheet_begin_cell(sheet), intensity);
	report_traffic_add_j_per_bit(sheet_begin_cell(sheet), intensity);
	report_traffic_add_g_per_gb(sheet_begin_cell(sheet), intensity);
	report_traffic_add_ncie(sheet_begin_cell(sheet), intensity);
	report_traffic_add_bit_per_j(sheet_begin_cell(sheet), intensity);
	sheet_add_text(sheet, intensity->missing);
}

enum err export_write_traffic(struct package *package, struct err_info *info)
{
	const struct report_traffics *traffics = &package->traffics;
	struct sheet *sheet;
	enum err err = dictionary_open_sheet(&sheet, package->folder, EXPORT_TRAFFIC, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < traffics->count; i++) {
		const struct report_traffic *row = &traffics->row[i];

		figure_add_utc(sheet_begin_cell(sheet), row->site->span.start_s * UNITS_MS_PER_S);
		figure_add_utc(sheet_begin_cell(sheet), row->site->span.end_s * UNITS_MS_PER_S);
		add_place(sheet, row);
		add_amounts(sheet, row);
		add_intensity(sheet, &row->intensity);
		err = sheet_end_row(sheet, info);
	}
	return export_close_sheet(package, sheet, err, info);
}

/* ---- Cells of totals.csv ---- */

/* The row at the users' side of a site or device; NULL: none. */
static const struct report_traffic *traffic_of(const struct export_row *cells)
{
	return report_traffic_find(&cells->package->traffics, cells->row);
}

void export_put_traffic_octets(struct buf *out, const struct export_row *cells)
{
	const struct report_traffic *row = traffic_of(cells);

	if (row != NULL && row->has_rx && row->has_tx)
		buf_add_i64(out, row->rx_octets + row->tx_octets);
	else
		buf_add_text(out, FIGURE_NONE);
}

void export_put_traffic_layer(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, traffic_of(cells) == NULL ? NULL : "frame");
}

void export_put_traffic_point(struct buf *out, const struct export_row *cells)
{
	export_put_text(out, traffic_of(cells) == NULL ? NULL : ref_name(REF_UNI));
}

/* Of the time, since these are octets of counters. */
void export_put_traffic_capture(struct buf *out, const struct export_row *cells)
{
	const struct report_traffic *row = traffic_of(cells);

	figure_add_pct(out, row == NULL ? 0 : row->covered_ms, row == NULL ? 0 : row->expected_ms);
}

#define PUT_INTENSITY(name, add)                                                \
	void export_put_##name(struct buf *out, const struct export_row *cells) \
	{                                                                       \
		const struct report_traffic *row = traffic_of(cells);           \
                                                                                \
		if (row == NULL)                                                \
			buf_add_text(out, FIGURE_NONE);                         \
		else                                                            \
			add(out, &row->intensity);                              \
	}

PUT_INTENSITY(wh_per_gb, report_traffic_add_wh_per_gb)
PUT_INTENSITY(j_per_bit, report_traffic_add_j_per_bit)
PUT_INTENSITY(gco2e_per_gb, report_traffic_add_g_per_gb)
PUT_INTENSITY(ee_dv, report_traffic_add_bit_per_j)
