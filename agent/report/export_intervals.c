/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export_intervals: intervals.csv, and the gaps. The ledger keeps intervals by time, whatever their site: one pass serves all sites whose
 * period has the same bounds, so that many sites cost no more than their rows.
 */
#include "report/export_priv.h"

#include "base/num.h"
#include "ledger/query.h"
#include "ledger/rows.h"
#include "model/units.h"
#include "report/dictionary.h"
#include "report/figure.h"
#include "report/late.h"

#include <string.h>

enum { ROWS_PER_WORD = 1024 };

/* Sites whose period has the same bounds. */
struct group {
	struct package *package;
	const struct period_span *span;
	size_t site_count;
	const struct report_site *only; /* when it is one */
};

struct interval_writer {
	struct package *package;
	struct sheet *sheet;
	const struct group *group;
	struct report_late late;
	uint64_t row_count;
	double begun_ratio; /* of the work, when this group began; and its share */
	double share_ratio;
};

/* ---- Groups ---- */

static bool is_in(const struct group *group, const struct report_site *site)
{
	return site->span.start_s == group->span->start_s && site->span.end_s == group->span->end_s;
}

/* The sites that share the span of site `first`; none when an earlier one had it. */
static struct group group_of(struct package *package, size_t first)
{
	const struct report_register *reg = &package->totals.reg;
	struct group group = {.package = package, .span = &reg->site[first].span};

	for (size_t i = 0; i < reg->site_count; i++) {
		if (!is_in(&group, &reg->site[i]))
			continue;
		if (i < first)
			return (struct group){.package = package};
		group.site_count++;
	}
	group.only = group.site_count == 1 ? &reg->site[first] : NULL;
	return group;
}

static struct ledger_filter filter_of(const struct group *group)
{
	return (struct ledger_filter){
	    .start_s = group->span->start_s, .end_s = group->span->end_s, .site_id = group->only == NULL ? 0 : group->only->site_id};
}

/* ---- Rows that came after the seal ---- */

static enum err load_late(struct interval_writer *writer, struct err_info *info)
{
	const struct report_register *reg = &writer->package->totals.reg;
	enum err err = ERR_NONE;

	report_late_clear(&writer->late);
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		if (is_in(writer->group, &reg->site[i]))
			err = report_late_add(&writer->late, writer->package->ledger, &reg->site[i], info);
	}
	report_late_begin(&writer->late);
	return err;
}

/* ---- A row ---- */

static void note_evidence(struct package *package, uint32_t meter_id, const struct interval *interval)
{
	size_t row_idx = export_part_of(package, meter_id, interval->slot_start_s);
	struct export_evidence *evidence;

	if (row_idx == SIZE_MAX)
		return;
	evidence = &package->evidence[row_idx];
	if (interval->rev == 0 && (interval->status_bits & INTERVAL_RESET) != 0)
		evidence->reset_count++;
	if (interval->rev == 0)
		account_uncertainty_add_slot(&evidence->spread, interval->millij[COVERAGE_MEASURED] + interval->millij[COVERAGE_BRIDGED],
					     interval->covered_ms[COVERAGE_MEASURED] + interval->covered_ms[COVERAGE_BRIDGED]);
	if (!interval->has_raw)
		return;
	if (!evidence->has_raw)
		evidence->raw_open = interval->raw_open;
	evidence->raw_close = interval->raw_close;
	evidence->has_raw = true;
}

/* Of a counter's raw reading times its multiplier; NULL: it has no counter. */
static const char *unit_of(const struct ledger_register_row *row)
{
	switch (row->quantity) {
	case QUANTITY_RX_OCTETS:
	case QUANTITY_TX_OCTETS:
	case QUANTITY_CAPTURED_OCTETS: return "octet";
	case QUANTITY_CAPTURED_PACKETS:
	case QUANTITY_DROPPED_PACKETS: return "packet";
	case QUANTITY_FUEL_USED: return "l";
	default: return row->counter.unit_num > 0 ? "mJ" : NULL;
	}
}

static void add_interval_evidence(struct sheet *sheet, const struct ledger_register_row *row, const struct interval *interval)
{
	bool has_raw = interval->has_raw;

	if (has_raw) {
		sheet_add_u64(sheet, interval->raw_open);
		sheet_add_u64(sheet, interval->raw_close);
	} else {
		sheet_add_none(sheet);
		sheet_add_none(sheet);
	}
	sheet_add_text(sheet, unit_of(row));
	if (row->is_port || row->quantity == QUANTITY_FUEL_USED)
		sheet_add_i64(sheet, 1);
	else
		export_put_multiplier(sheet_begin_cell(sheet), &row->counter);
	if (has_raw) {
		figure_add_utc(sheet_begin_cell(sheet), interval->open_utc_ms);
		figure_add_utc(sheet_begin_cell(sheet), interval->close_utc_ms);
	} else {
		sheet_add_none(sheet);
		sheet_add_none(sheet);
	}
	sheet_add_none(sheet); /* boot_id: a slot in the ledger is placed in UTC and keeps none */
}

static void add_interval_sums(struct sheet *sheet, const struct interval *interval)
{
	char seconds[NUM_TEXT_BYTES];

	sheet_add_i64(sheet, interval->millij[COVERAGE_MEASURED]);
	sheet_add_i64(sheet, interval->millij[COVERAGE_BRIDGED]);
	sheet_add_i64(sheet, interval->millij[COVERAGE_ESTIMATED]);
	num_print_fixed(seconds, interval_total_ms(interval), 3, 3);
	sheet_add_text(sheet, seconds);
	interval_add_bits_text(sheet_begin_cell(sheet), interval->status_bits);
	sheet_add_i64(sheet, interval->rev);
}

/* Rows come in order of time, so the slot tells how far it is. */
static void tell_progress(struct interval_writer *writer, int64_t slot_start_s)
{
	const struct period_span *span = writer->group->span;

	if (++writer->row_count % ROWS_PER_WORD != 0)
		return;
	progress_tell(writer->package->request->progress, writer->begun_ratio + writer->share_ratio *
										    (double)(slot_start_s - span->start_s) /
										    (double)(span->end_s - span->start_s));
}

/* Octets, packets and litres are whole ones in the columns of millijoules. */
static bool is_exported(enum quantity quantity)
{
	switch (quantity) {
	case QUANTITY_ENERGY:
	case QUANTITY_ENERGY_OUT:
	case QUANTITY_RX_OCTETS:
	case QUANTITY_TX_OCTETS:
	case QUANTITY_CAPTURED_OCTETS:
	case QUANTITY_CAPTURED_PACKETS:
	case QUANTITY_DROPPED_PACKETS:
	case QUANTITY_FUEL_USED: return true;
	default: return false;
	}
}

/* What was renamed in the period is called what its row of totals.csv calls it, so that rows find it; register.csv has its former names. */
static const struct ledger_register_row *named(const struct package *package, const struct ledger_register_row *row, int64_t slot_start_s)
{
	size_t at = row->quantity == QUANTITY_ENERGY ? export_part_of(package, row->meter_id, slot_start_s) : SIZE_MAX;

	return at == SIZE_MAX ? report_register_find(&package->totals.reg, row->meter_id, INT64_MAX) : package->totals.row[at].meter;
}

static void add_interval(struct sheet *sheet, const struct ledger_register_row *name, const struct ledger_register_row *row,
			 const struct interval *interval, const uint8_t *config)
{
	sheet_add_text(sheet, name->site);
	sheet_add_text(sheet, name->device);
	sheet_add_text(sheet, name->key);
	sheet_add_text(sheet, quantity_name(row->quantity));
	figure_add_utc(sheet_begin_cell(sheet), interval->slot_start_s * UNITS_MS_PER_S);
	sheet_add_i64(sheet, interval->slot_s);
	add_interval_evidence(sheet, row, interval);
	add_interval_sums(sheet, interval);
	figure_add_sha256(sheet_begin_cell(sheet), row->driver_sha256);
	if (config != NULL)
		figure_add_sha256(sheet_begin_cell(sheet), config);
	else
		sheet_add_none(sheet);
	sheet_add_i64(sheet, interval->millij[COVERAGE_MANUAL]);
	sheet_add_i64(sheet, interval->millij[COVERAGE_STATIC]);
	sheet_add_i64(sheet, interval->covered_ms[COVERAGE_MEASURED]);
	sheet_add_i64(sheet, interval->covered_ms[COVERAGE_BRIDGED]);
}

static enum err take_interval(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct interval_writer *writer = context;
	struct package *package = writer->package;
	int64_t start_ms = interval->slot_start_s * UNITS_MS_PER_S;
	const struct ledger_register_row *row = report_register_find(&package->totals.reg, meter_id, start_ms);

	if (row == NULL)
		return err_set(info, ERR_DATA, "meter %u has intervals but is not in the register", meter_id);
	tell_progress(writer, interval->slot_start_s);
	if (!is_exported(row->quantity) || !is_in(writer->group, report_register_site(&package->totals.reg, row)) ||
	    report_late_has(&writer->late, meter_id, interval))
		return ERR_NONE;
	if (row->quantity == QUANTITY_ENERGY)
		note_evidence(package, meter_id, interval);
	add_interval(writer->sheet, named(package, row, interval->slot_start_s), row, interval, export_config_at(package, start_ms));
	return sheet_end_row(writer->sheet, info);
}

static enum err write_group(struct interval_writer *writer, const struct group *group, struct err_info *info)
{
	struct ledger_filter filter = filter_of(group);
	enum err err;

	filter.is_any_quantity = true;
	writer->group = group;
	writer->share_ratio = (double)group->site_count / (double)writer->package->totals.reg.site_count;
	err = load_late(writer, info);
	if (err == ERR_NONE)
		err = ledger_query_intervals(writer->package->ledger, &filter, take_interval, writer, info);
	writer->begun_ratio += writer->share_ratio;
	return err;
}

enum err export_write_intervals(struct package *package, struct err_info *info)
{
	struct interval_writer writer = {.package = package};
	enum err err = dictionary_open_sheet(&writer.sheet, package->folder, EXPORT_INTERVALS, info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < package->totals.reg.site_count; i++) {
		struct group group = group_of(package, i);

		if (group.site_count > 0)
			err = write_group(&writer, &group, info);
	}
	report_late_deinit(&writer.late);
	return export_close_sheet(package, writer.sheet, err, info);
}

/* ---- Gaps ---- */

bool export_has_gaps(const struct package *package, size_t row_idx)
{
	const struct report_total *row = &package->totals.row[row_idx];
	const struct report_total *next = row_idx + 1 < package->totals.count ? row + 1 : NULL;
	bool has_next = next != NULL && next->level == REPORT_METER && next->meter->meter_id == row->meter->meter_id &&
			next->meter->device_id == row->meter->device_id && strcmp(next->meter->key, row->meter->key) == 0;

	/* Gaps as they were when a period was sealed are not known any more once something came late. */
	return !has_next && row->site->sealed.late_count == 0 && row->start_s == row->site->span.start_s;
}

static enum err take_gaps(void *context, uint32_t meter_id, const struct ledger_gaps *gaps, struct err_info *info)
{
	const struct group *group = context;
	struct package *package = group->package;
	size_t last = export_part_of(package, meter_id, INT64_MAX);

	(void)info;
	if (last == SIZE_MAX)
		return ERR_NONE;
	if (!is_in(group, package->totals.row[last].site) || !export_has_gaps(package, last))
		return ERR_NONE;
	package->evidence[last].gaps = *gaps;
	package->evidence[last].has_gaps = true;
	return ERR_NONE;
}

enum err export_find_gaps(struct package *package, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < package->totals.reg.site_count; i++) {
		struct group group = group_of(package, i);
		struct ledger_filter filter;

		if (group.site_count == 0)
			continue;
		filter = filter_of(&group);
		err = ledger_query_gaps(package->ledger, &filter, take_gaps, &group, info);
	}
	return err;
}
