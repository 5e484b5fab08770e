/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report_extras.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/feeds.h"
#include "cli/report_supply.h"
#include "cli/table.h"
#include "ledger/rows.h"
#include "model/interval.h"
#include "model/units.h"
#include "report/cfe.h"
#include "report/figure.h"

#include <string.h>

enum { SILENT_SHOWN = 8, CELL_BYTES_MAX = 256, GB_SCALE = 9, GB_DECIMALS = 6 };

enum cell { CELL_NODE = 0, CELL_REF, CELL_RX, CELL_TX, CELL_COVERED, CELL_SEEN, CELL_DROPPED, CELL_WH, CELL_G, CELL_J, CELL_COUNT };

static const struct table_column COLUMNS[CELL_COUNT] = {
    [CELL_NODE] = {"TRAFFIC", NULL, false},     [CELL_REF] = {"REF", NULL, false},          [CELL_RX] = {"RX GB", NULL, true},
    [CELL_TX] = {"TX GB", NULL, true},          [CELL_COVERED] = {"COVERED %", NULL, true}, [CELL_SEEN] = {"CAPTURED %", NULL, true},
    [CELL_DROPPED] = {"DROPPED %", NULL, true}, [CELL_WH] = {"Wh/GB", NULL, true},          [CELL_G] = {"gCO2e/GB", NULL, true},
    [CELL_J] = {"J/bit", NULL, true},
};

static void add_octets(struct buf *out, bool has, int64_t octets)
{
	char text[NUM_TEXT_BYTES] = FIGURE_NONE;

	if (has)
		num_print_fixed(text, octets, GB_SCALE, GB_DECIMALS);
	buf_add_text(out, text);
}

static void add_node(struct buf *out, const struct report_traffic *row)
{
	static const char *const INDENT[] = {"", "  ", "    ", "      "};

	buf_add_text(out, INDENT[row->level]);
	if (row->level == REPORT_TRAFFIC_SITE)
		buf_add_text(out, row->site->id);
	else if (row->level == REPORT_TRAFFIC_DEVICE)
		buf_add_text(out, row->meter->device);
	else if (row->level == REPORT_TRAFFIC_PORT)
		buf_add_format(out, "%s %s", row->meter->device, row->meter->key);
	else
		buf_add_text(out, row->meter->name[0] != '\0' ? row->meter->name : row->meter->key);
}

static void add_cell(struct buf *out, const struct report_traffic *row, enum cell cell)
{
	switch (cell) {
	case CELL_NODE: add_node(out, row); break;
	case CELL_REF: buf_add_text(out, ref_name(row->ref)); break;
	case CELL_RX: add_octets(out, row->has_rx, row->rx_octets); break;
	case CELL_TX: add_octets(out, row->has_tx, row->tx_octets); break;
	case CELL_COVERED: figure_add_pct(out, row->covered_ms, row->expected_ms); break;
	case CELL_SEEN: report_traffic_add_capture_pct(out, row); break;
	case CELL_DROPPED: report_traffic_add_dropped_pct(out, row); break;
	case CELL_WH: report_traffic_add_wh_per_gb(out, &row->intensity); break;
	case CELL_G: report_traffic_add_g_per_gb(out, &row->intensity); break;
	case CELL_J: report_traffic_add_j_per_bit(out, &row->intensity); break;
	case CELL_COUNT: break;
	}
}

static enum err add_row(struct table *table, const struct report_traffic *row, struct err_info *info)
{
	struct buf text[CELL_COUNT];
	const char *cell[CELL_COUNT];
	enum err err;

	for (int i = 0; i < CELL_COUNT; i++) {
		buf_init(&text[i], CELL_BYTES_MAX);
		add_cell(&text[i], row, (enum cell)i);
		cell[i] = buf_text(&text[i]);
	}
	err = table_add(table, cell, info);
	for (int i = 0; i < CELL_COUNT; i++)
		buf_deinit(&text[i]);
	return err;
}

/* Why a site has none; its ports and flows have the same reason. */
static void print_missing(const struct report_traffics *traffics)
{
	for (size_t i = 0; i < traffics->count; i++) {
		const struct report_traffic *row = &traffics->row[i];

		if (row->level == REPORT_TRAFFIC_SITE && row->ref == REF_UNI && row->intensity.missing != NULL)
			printf("%s has no energy per octet: %s.\n", row->site->id, row->intensity.missing);
		else if (row->level == REPORT_TRAFFIC_SITE && row->ref == REF_UNI)
			printf("%s: energy per octet is of %lld s in which all of both is known.\n", row->site->id,
			       (long long)(row->intensity.valid_ms / UNITS_MS_PER_S));
	}
}

static enum err print_traffic(const struct report_traffics *traffics, struct err_info *info)
{
	struct table *table;
	enum err err;

	if (traffics->count == 0)
		return ERR_NONE;
	table = table_new(COLUMNS, CELL_COUNT);
	err = table == NULL ? err_set(info, ERR_MEMORY, "no memory") : ERR_NONE;
	for (size_t i = 0; err == ERR_NONE && i < traffics->count; i++)
		err = add_row(table, &traffics->row[i], info);
	if (err == ERR_NONE) {
		putchar('\n');
		err = table_print(table, stdout, CLI_TABLE, info);
	}
	table_free(table);
	if (err == ERR_NONE)
		print_missing(traffics);
	return err;
}

/* ---- JSON ---- */

/* A figure that is text already; null when there is none. */
static void add_text_figure(struct json *json, const char *key, struct buf *text)
{
	if (strcmp(buf_text(text), FIGURE_NONE) == 0)
		json_add_null(json, key);
	else
		json_add_raw(json, key, buf_text(text));
	buf_deinit(text);
}

static void add_figure(struct json *json, const char *key, const struct report_traffic *row,
		       void (*add)(struct buf *, const struct report_intensity *))
{
	struct buf text;

	buf_init(&text, CELL_BYTES_MAX);
	add(&text, &row->intensity);
	add_text_figure(json, key, &text);
}

static void add_share(struct json *json, const char *key, const struct report_traffic *row, enum cell cell)
{
	struct buf text;

	buf_init(&text, CELL_BYTES_MAX);
	add_cell(&text, row, cell);
	add_text_figure(json, key, &text);
}

static void add_count(struct json *json, const char *key, bool has, int64_t value)
{
	if (has)
		json_add_i64(json, key, value);
	else
		json_add_null(json, key);
}

static void add_intensity(struct json *json, const struct report_traffic *row)
{
	const struct report_intensity *intensity = &row->intensity;
	bool has = intensity->missing == NULL;

	json_open_object(json, "intensity");
	add_figure(json, "wh_per_gb", row, report_traffic_add_wh_per_gb);
	add_figure(json, "j_per_bit", row, report_traffic_add_j_per_bit);
	add_figure(json, "gco2e_per_gb", row, report_traffic_add_g_per_gb);
	add_figure(json, "ncie_gco2e_per_gb", row, report_traffic_add_ncie);
	add_figure(json, "bit_per_j", row, report_traffic_add_bit_per_j);
	json_add_text(json, "missing", intensity->missing);
	add_count(json, "valid_ms", has, intensity->valid_ms);
	add_count(json, "octets", has, intensity->octets);
	add_count(json, "energy_millij", has, intensity->energy_millij);
	add_count(json, "location_mg", has && intensity->has_location, intensity->location_mg);
	json_close_object(json);
}

static void add_json_row(struct json *json, const struct report_traffic *row)
{
	bool has_meter = row->level >= REPORT_TRAFFIC_PORT;

	json_open_object(json, NULL);
	json_add_text(json, "level", report_traffic_level_name(row->level));
	json_add_text(json, "site", row->site->id);
	json_add_text(json, "device", row->level >= REPORT_TRAFFIC_DEVICE ? row->meter->device : NULL);
	json_add_text(json, "port", !has_meter ? NULL : row->level == REPORT_TRAFFIC_FLOW ? row->meter->parent : row->meter->key);
	json_add_text(json, "flow",
		      row->level != REPORT_TRAFFIC_FLOW ? "all"
		      : row->meter->name[0] != '\0'     ? row->meter->name
							: row->meter->key);
	json_add_text(json, "ref", ref_name(row->ref));
	add_count(json, "rx_bytes", row->has_rx, row->rx_octets);
	add_count(json, "tx_bytes", row->has_tx, row->tx_octets);
	add_count(json, "captured_bytes", row->has_capture, row->captured_octets);
	add_count(json, "captured_packets", row->has_capture, row->captured_packets);
	add_count(json, "dropped_packets", row->has_capture, row->dropped_packets);
	add_share(json, "coverage_pct", row, CELL_COVERED);
	add_share(json, "captured_pct", row, CELL_SEEN);
	add_share(json, "dropped_pct", row, CELL_DROPPED);
	json_add_bool(json, "lower_bound", (row->status_bits & INTERVAL_LOWER_BOUND) != 0);
	add_intensity(json, row);
	json_close_object(json);
}

static void add_traffic_json(struct json *json, const struct report_traffics *traffics)
{
	json_open_array(json, "traffic");
	for (size_t i = 0; i < traffics->count; i++)
		add_json_row(json, &traffics->row[i]);
	json_close_array(json);
}

/* ---- All of it ---- */

/* Feeds, sources of its own and instruments of an hour are looked at meter by meter. */
static bool wants_meters(const struct report_totals *totals)
{
	for (size_t i = 0; i < totals->reg.entry_count; i++) {
		const struct ledger_register_row *row = &totals->reg.entry[i].row;

		if (row->fed_by[0] != '\0' || (row->supply != SUPPLY_GRID && row->supply != SUPPLY_NONE))
			return true;
	}
	for (size_t i = 0; i < totals->reg.site_count; i++) {
		if (report_cfe_is_hourly(totals, &totals->reg.site[i]))
			return true;
	}
	return false;
}

enum err report_extras_make(struct report_extras *extras, struct ledger *ledger, const struct report_totals *totals,
			    const struct report_request *request, struct err_info *info)
{
	enum err err = report_traffic_make(&extras->traffics, ledger, totals, info);

	extras->reg = &totals->reg;
	if (err != ERR_NONE || !wants_meters(totals))
		return err;
	err = report_totals_make(&extras->meters, ledger, request, REPORT_METER, info);
	if (err == ERR_NONE)
		err = report_supplies_make(&extras->supplies, ledger, &extras->meters, request, info);
	return err == ERR_NONE ? report_feeds_make(&extras->feeds, &extras->meters, info) : err;
}

void report_extras_deinit(struct report_extras *extras)
{
	report_feeds_deinit(&extras->feeds);
	report_supplies_deinit(&extras->supplies);
	report_traffic_deinit(&extras->traffics);
	report_totals_deinit(&extras->meters);
}

/* The names that fit a line or two; `status` has all, each with its reason. */
static void print_silent(const struct report_register *reg)
{
	size_t count = 0;

	for (size_t i = 0; i < reg->meterless_count; i++) {
		const struct ledger_register_row *row = &reg->meterless[i].entry.row;

		if (reg->meterless[i].has_answered)
			continue;
		if (count == 0)
			fputs("No reading by the period's end, and in no figure above (`wattledger status` says what they do now): ", stdout);
		if (count < SILENT_SHOWN)
			printf("%s%s/%s", count == 0 ? "" : ", ", row->site, row->device);
		count++;
	}
	if (count > SILENT_SHOWN)
		printf(" and %zu more", count - SILENT_SHOWN);
	if (count > 0)
		putchar('\n');
}

enum err report_extras_print(const struct report_extras *extras, struct err_info *info)
{
	enum err err;

	print_silent(extras->reg);
	report_supply_print(&extras->supplies);
	err = print_traffic(&extras->traffics, info);
	if (err != ERR_NONE || extras->feeds.group_count == 0)
		return err;
	putchar('\n');
	return feeds_print_table(&extras->feeds, CLI_TABLE, info);
}

enum err report_extras_add_json(struct json *json, const struct report_extras *extras, struct err_info *info)
{
	add_traffic_json(json, &extras->traffics);
	report_supply_add_json(json, &extras->supplies);
	json_open_array(json, "never_answered");
	for (size_t i = 0; i < extras->reg->meterless_count; i++) {
		if (extras->reg->meterless[i].has_answered)
			continue;
		json_open_object(json, NULL);
		json_add_text(json, "site", extras->reg->meterless[i].entry.row.site);
		json_add_text(json, "device", extras->reg->meterless[i].entry.row.device);
		json_close_object(json);
	}
	json_close_array(json);
	return feeds_add_json(json, "feeds", &extras->feeds, info);
}
