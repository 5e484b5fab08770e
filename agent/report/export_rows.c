/* SPDX-License-Identifier: Apache-2.0 */
/* export_rows: intervals.csv and events.csv, factors.csv and entries.csv: the ledger's rows as they are. */
#include "report/export_priv.h"

#include "base/mem.h"
#include "base/num.h"
#include "ledger/query.h"
#include "ledger/rows.h"
#include "ledger/statement.h"
#include "model/units.h"
#include "report/figure.h"

#include <string.h>

enum { LATE_MAX = 100000000, ROWS_PER_WORD = 1024 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- intervals.csv ---- */

static const char *const INTERVAL_COLUMNS[] = {
    "site",
    "device",
    "meter",
    "quantity",
    "slot_start_utc",
    "slot_s",
    "raw_open",
    "raw_close",
    "raw_unit",
    "multiplier",
    "open_utc",
    "close_utc",
    "boot_id",
    "measured_millij",
    "bridged_millij",
    "estimated_millij",
    "covered_s",
    "status_bits",
    "rev",
    "driver_sha256",
    "config_sha256",
    /* What the columns above cannot tell. */
    "manual_millij",
    "static_millij",
    "measured_ms",
    "bridged_ms",
};

/* The key of an interval row. */
struct interval_key {
	int64_t slot_start_s;
	uint32_t meter_id;
	int32_t rev;
};

struct interval_writer {
	struct package *package;
	struct sheet *sheet;
	enum quantity quantity;
	struct interval_key *late; /* rows that came after the seal and are not part of it, in the order of the intervals */
	size_t late_count;
	size_t late_capacity;
	size_t late_at;
	uint64_t row_count;
	double begun_ratio; /* of the work, when this site and quantity began; and their share */
	double share_ratio;
	const struct report_site *site;
};

static int compare_keys(const struct interval_key *a, const struct interval_key *b)
{
	if (a->slot_start_s != b->slot_start_s)
		return a->slot_start_s < b->slot_start_s ? -1 : 1;
	if (a->meter_id != b->meter_id)
		return a->meter_id < b->meter_id ? -1 : 1;
	return (a->rev > b->rev) - (a->rev < b->rev);
}

static enum err take_late(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct interval_writer *writer = context;
	void *array = writer->late;
	enum err err = mem_grow(&array, &writer->late_capacity, writer->late_count, LATE_MAX, sizeof(*writer->late));

	writer->late = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu late rows", writer->late_count + 1);
	writer->late[writer->late_count++] = (struct interval_key){interval->slot_start_s, meter_id, interval->rev};
	return ERR_NONE;
}

static enum err load_late(struct interval_writer *writer, const struct report_site *site, struct err_info *info)
{
	struct ledger_filter filter = {.start_s = site->span.start_s, .end_s = site->span.end_s, .site_id = site->site_id};

	writer->late_count = 0;
	if (site->sealed.statement_id == 0)
		return ERR_NONE;
	return ledger_query_late(writer->package->ledger, &filter, site->sealed.statement_id, take_late, writer, info);
}

/* Both come in the same order. */
static bool is_late(struct interval_writer *writer, uint32_t meter_id, const struct interval *interval)
{
	struct interval_key key = {interval->slot_start_s, meter_id, interval->rev};

	while (writer->late_at < writer->late_count && compare_keys(&writer->late[writer->late_at], &key) < 0)
		writer->late_at++;
	return writer->late_at < writer->late_count && compare_keys(&writer->late[writer->late_at], &key) == 0;
}

static void note_evidence(struct package *package, uint32_t meter_id, const struct interval *interval)
{
	size_t row_idx = export_part_of(package, meter_id, interval->slot_start_s);
	struct export_evidence *evidence;

	if (row_idx == SIZE_MAX)
		return;
	evidence = &package->evidence[row_idx];
	if (interval->rev == 0 && (interval->status_bits & INTERVAL_RESET) != 0)
		evidence->reset_count++;
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
	if (row->is_port)
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
	const struct period_span *span = &writer->site->span;

	if (++writer->row_count % ROWS_PER_WORD != 0)
		return;
	progress_tell(writer->package->request->progress, writer->begun_ratio + writer->share_ratio *
										    (double)(slot_start_s - span->start_s) /
										    (double)(span->end_s - span->start_s));
}

static enum err take_interval(void *context, uint32_t meter_id, const struct interval *interval, struct err_info *info)
{
	struct interval_writer *writer = context;
	struct package *package = writer->package;
	struct sheet *sheet = writer->sheet;
	int64_t start_ms = interval->slot_start_s * UNITS_MS_PER_S;
	const struct ledger_register_row *row = report_register_find(&package->totals.reg, meter_id, start_ms);
	const uint8_t *config = export_config_at(package, start_ms);

	if (row == NULL)
		return err_set(info, ERR_DATA, "meter %u has intervals but is not in the register", meter_id);
	tell_progress(writer, interval->slot_start_s);
	if (is_late(writer, meter_id, interval))
		return ERR_NONE;
	if (writer->quantity == QUANTITY_ENERGY)
		note_evidence(package, meter_id, interval);
	sheet_add_text(sheet, row->site);
	sheet_add_text(sheet, row->device);
	sheet_add_text(sheet, row->key);
	sheet_add_text(sheet, quantity_name(row->quantity));
	figure_add_utc(sheet_begin_cell(sheet), start_ms);
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
	return sheet_end_row(sheet, info);
}

static struct ledger_filter filter_of(const struct report_site *site, enum quantity quantity)
{
	return (struct ledger_filter){
	    .start_s = site->span.start_s, .end_s = site->span.end_s, .site_id = site->site_id, .quantity = quantity};
}

enum err export_write_intervals(struct package *package, struct err_info *info)
{
	/* Octets and packets are whole ones in the columns of millijoules. */
	static const enum quantity QUANTITIES[] = {QUANTITY_ENERGY,         QUANTITY_ENERGY_OUT,      QUANTITY_RX_OCTETS,
						   QUANTITY_TX_OCTETS,      QUANTITY_CAPTURED_OCTETS, QUANTITY_CAPTURED_PACKETS,
						   QUANTITY_DROPPED_PACKETS};
	const struct report_register *reg = &package->totals.reg;
	struct interval_writer writer = {.package = package};
	enum err err = sheet_open(&writer.sheet, package->folder, "intervals.csv", INTERVAL_COLUMNS, COUNT_OF(INTERVAL_COLUMNS), info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		err = load_late(&writer, &reg->site[i], info);
		for (size_t q = 0; err == ERR_NONE && q < COUNT_OF(QUANTITIES); q++) {
			struct ledger_filter filter = filter_of(&reg->site[i], QUANTITIES[q]);

			writer.quantity = QUANTITIES[q];
			writer.late_at = 0;
			writer.site = &reg->site[i];
			/* Energy is nearly all of it. */
			writer.begun_ratio = ((double)i + (q == 0 ? 0 : 1)) / (double)reg->site_count;
			writer.share_ratio = q == 0 ? 1 / (double)reg->site_count : 0;
			err = ledger_query_intervals(package->ledger, &filter, take_interval, &writer, info);
		}
	}
	mem_free(writer.late);
	return export_close_sheet(package, writer.sheet, err, info);
}

/* ---- events.csv ---- */

static const char *const EVENT_COLUMNS[] = {"event_id", "utc",   "boot_id", "boot_s", "level",         "code", "site",
					    "device",   "meter", "before",  "after",  "energy_millij", "text"};

struct event_writer {
	struct package *package;
	struct sheet *sheet;
	const struct report_site *site;
};

/* Ids as they were at that time. A device is told by any of its meters; one that never had a meter has no row to tell it. */
static void add_event_place(struct sheet *sheet, const struct report_site *site, const struct report_register *reg,
			    const struct ledger_event_row *event)
{
	const struct ledger_register_row *meter = event->meter_id == 0 ? NULL : report_register_find(reg, event->meter_id, event->utc_ms);
	const char *device = meter == NULL ? NULL : meter->device;

	for (size_t i = 0; device == NULL && event->device_id != 0 && i < site->entry_count; i++) {
		if (reg->entry[site->first_entry + i].row.device_id == event->device_id)
			device = reg->entry[site->first_entry + i].row.device;
	}
	sheet_add_text(sheet, event->site_id == 0 ? NULL : site->id);
	sheet_add_text(sheet, device);
	sheet_add_text(sheet, meter == NULL ? NULL : meter->key);
}

static enum err take_event(void *context, const struct ledger_event_row *event, struct err_info *info)
{
	struct event_writer *writer = context;
	struct sheet *sheet = writer->sheet;
	char seconds[NUM_TEXT_BYTES];

	sheet_add_i64(sheet, event->event_id);
	if (event->utc_ms == 0)
		sheet_add_none(sheet);
	else
		figure_add_utc(sheet_begin_cell(sheet), event->utc_ms);
	sheet_add_text(sheet, event->boot_id);
	num_print_fixed(seconds, event->boot_ns / UNITS_NS_PER_MS, 3, 3);
	sheet_add_text(sheet, event->boot_id[0] == '\0' ? NULL : seconds);
	sheet_add_i64(sheet, event->level);
	sheet_add_text(sheet, event->code);
	add_event_place(sheet, writer->site, &writer->package->totals.reg, event);
	sheet_add_text(sheet, event->before);
	sheet_add_text(sheet, event->after);
	sheet_add_i64(sheet, event->millij);
	sheet_add_text(sheet, event->text);
	return sheet_end_row(sheet, info);
}

enum err export_write_events(struct package *package, struct err_info *info)
{
	const struct report_register *reg = &package->totals.reg;
	struct event_writer writer = {.package = package};
	enum err err = sheet_open(&writer.sheet, package->folder, "events.csv", EVENT_COLUMNS, COUNT_OF(EVENT_COLUMNS), info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < reg->site_count; i++) {
		struct ledger_filter filter = filter_of(&reg->site[i], QUANTITY_NONE);

		writer.site = &reg->site[i];
		err = ledger_query_events(package->ledger, &filter, take_event, &writer, info);
	}
	return export_close_sheet(package, writer.sheet, err, info);
}

/* ---- factors.csv ---- */

static const char *const FACTOR_COLUMNS[] = {"zone",   "year",      "basis",   "microg_per_kwh", "g_per_kwh",
					     "method", "publisher", "edition", "licence",        "table_sha256"};

enum err export_write_factors(struct package *package, struct err_info *info)
{
	const struct report_factors *factors = &package->totals.factors;
	struct sheet *sheet;
	enum err err = sheet_open(&sheet, package->folder, "factors.csv", FACTOR_COLUMNS, COUNT_OF(FACTOR_COLUMNS), info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < factors->count; i++) {
		const struct plan_factor *row = &factors->row[i];

		if (!factors->is_used[i])
			continue;
		sheet_add_text(sheet, row->zone);
		sheet_add_i64(sheet, row->year);
		sheet_add_text(sheet, row->basis);
		sheet_add_i64(sheet, row->microg_per_kwh);
		figure_add_g_per_kwh(sheet_begin_cell(sheet), row->microg_per_kwh);
		sheet_add_text(sheet, row->method);
		sheet_add_text(sheet, row->publisher);
		sheet_add_text(sheet, row->edition);
		sheet_add_text(sheet, row->licence);
		figure_add_sha256(sheet_begin_cell(sheet), row->table_sha256);
		err = sheet_end_row(sheet, info);
	}
	return export_close_sheet(package, sheet, err, info);
}
