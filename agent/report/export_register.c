/* SPDX-License-Identifier: Apache-2.0 */
/* export_register: register.csv. What was where, fed by what, and from when to when the ledger knew it so. */
#include "report/export_priv.h"

#include "model/feeds.h"
#include "model/units.h"
#include "report/dictionary.h"
#include "report/figure.h"

#include <string.h>

enum { BLANKS_OF_SITE = 15, BLANKS_OF_DEVICE = 8, CORRECTED_COLUMNS = 5, READ_COLUMNS = 6 };

struct writer {
	struct package *package;
	struct sheet *sheet;
	const struct report_site *site;
};

static void add_blanks(struct sheet *sheet, int count)
{
	for (int i = 0; i < count; i++)
		sheet_add_none(sheet);
}

static void add_time(struct sheet *sheet, int64_t utc_ms)
{
	/* 0: before the clock was ever trusted. */
	if (utc_ms == INT64_MAX || utc_ms == 0)
		sheet_add_none(sheet);
	else
		figure_add_utc(sheet_begin_cell(sheet), utc_ms);
}

static void add_zones(struct sheet *sheet, const struct ledger_register_row *row)
{
	sheet_add_text(sheet, row->grid_zone);
	sheet_add_text(sheet, row->time_zone);
}

/* SITE or SITE/DEVICE or SITE/DEVICE/KEY, through a buffer of its own: a node may need quotes. */
static enum err add_node(struct sheet *sheet, const char *site, const char *device, const char *key, struct err_info *info)
{
	struct buf node;
	bool is_failed;

	buf_init(&node, PLAN_PATH_BYTES);
	export_add_node(&node, site, device, key);
	is_failed = node.is_failed;
	sheet_add_text(sheet, buf_text(&node));
	buf_deinit(&node);
	return is_failed ? err_set(info, ERR_MEMORY, "register.csv: no memory for a node") : ERR_NONE;
}

/* "SITE/DEVICE" or "SITE/DEVICE/KEY", several behind each other with a semicolon between. */
static enum err add_feeds(struct sheet *sheet, const struct ledger_register_row *row, struct err_info *info)
{
	struct feed feed[FEEDS_MAX];
	size_t count = feeds_parse(feed, row->fed_by);
	struct buf text;
	bool is_failed;

	buf_init(&text, FEEDS_MAX * PLAN_PATH_BYTES);
	for (size_t i = 0; count <= FEEDS_MAX && i < count; i++) {
		buf_add_text(&text, i > 0 ? ";" : "");
		export_add_node(&text, row->site, feed[i].device, feed[i].key[0] == '\0' ? NULL : feed[i].key);
	}
	is_failed = text.is_failed;
	sheet_add_text(sheet, buf_text(&text));
	buf_deinit(&text);
	return is_failed ? err_set(info, ERR_MEMORY, "register.csv: no memory for feeds") : ERR_NONE;
}

static bool overlaps(const struct writer *writer, int64_t from_ms, int64_t to_ms)
{
	return from_ms < writer->site->span.end_s * UNITS_MS_PER_S && to_ms > writer->site->span.start_s * UNITS_MS_PER_S;
}

static enum err add_site_row(const struct writer *writer, int64_t from_ms, struct err_info *info)
{
	struct sheet *sheet = writer->sheet;
	struct ledger_register_row zones = {.grid_zone = writer->site->grid_zone, .time_zone = writer->site->time_zone};

	sheet_add_text(sheet, writer->site->id);
	sheet_add_text(sheet, "total");
	add_blanks(sheet, 2);
	add_time(sheet, from_ms);
	add_time(sheet, INT64_MAX);
	sheet_add_text(sheet, "site");
	sheet_add_text(sheet, writer->site->name);
	add_blanks(sheet, BLANKS_OF_SITE);
	add_zones(sheet, &zones);
	add_blanks(sheet, CORRECTED_COLUMNS + READ_COLUMNS);
	return sheet_end_row(sheet, info);
}

static void add_asset(struct sheet *sheet, const struct ledger_register_row *row)
{
	sheet_add_text(sheet, row->vendor);
	sheet_add_text(sheet, row->model);
	sheet_add_text(sheet, row->firmware);
	sheet_add_text(sheet, row->rack);
	sheet_add_text(sheet, row->tenant);
	sheet_add_text(sheet, row->driver);
	figure_add_sha256(sheet_begin_cell(sheet), row->driver_sha256);
}

static enum err add_device_row(const struct writer *writer, const struct ledger_register_row *row, int64_t to_ms, struct err_info *info)
{
	struct sheet *sheet = writer->sheet;
	enum err err = add_node(sheet, row->site, row->device, NULL, info);

	if (err == ERR_NONE)
		err = add_node(sheet, row->site, NULL, NULL, info);
	if (err == ERR_NONE)
		err = add_feeds(sheet, row, info);
	if (err != ERR_NONE)
		return err;
	sheet_add_text(sheet, row->serial);
	add_time(sheet, row->valid_from_ms);
	add_time(sheet, to_ms);
	sheet_add_text(sheet, "device");
	sheet_add_text(sheet, row->device_name);
	add_asset(sheet, row);
	add_blanks(sheet, BLANKS_OF_DEVICE);
	add_zones(sheet, row);
	add_blanks(sheet, CORRECTED_COLUMNS + READ_COLUMNS);
	return sheet_end_row(sheet, info);
}

static void add_corrected(struct sheet *sheet, const struct ledger_register_row *row)
{
	const struct report_entry *entry = report_register_entry(row);

	sheet_add_i64(sheet, row->phase);
	sheet_add_text(sheet, entry->is_corrected ? "yes" : "no");
	sheet_add_text(sheet, role_name(entry->stored.role));
	sheet_add_text(sheet, entry->stored.is_in_total ? "yes" : "no");
	sheet_add_i64(sheet, entry->stored.phase);
}

/* What the meter is in the ledger, and how it is read. */
static void add_read(struct sheet *sheet, const struct ledger_register_row *row)
{
	sheet_add_i64(sheet, row->meter_id);
	export_put_multiplier(sheet_begin_cell(sheet), &row->counter);
	sheet_add_text(sheet, row->source);
	sheet_add_text(sheet, row->is_product ? "yes" : "no");
	sheet_add_text(sheet, row->facts);
	sheet_add_text(sheet, row->site_facts);
}

static enum err add_meter_row(const struct writer *writer, const struct ledger_register_row *row, struct err_info *info)
{
	struct sheet *sheet = writer->sheet;
	enum err err = add_node(sheet, row->site, row->device, row->key, info);

	if (err == ERR_NONE)
		err = add_node(sheet, row->site, row->device, row->parent[0] == '\0' ? NULL : row->parent, info);
	if (err != ERR_NONE)
		return err;
	sheet_add_none(sheet);
	sheet_add_text(sheet, row->serial);
	add_time(sheet, row->valid_from_ms);
	add_time(sheet, row->valid_to_ms);
	sheet_add_text(sheet, "meter");
	sheet_add_text(sheet, row->name);
	add_asset(sheet, row);
	sheet_add_text(sheet, quantity_name(row->quantity));
	sheet_add_text(sheet, role_name(row->role));
	sheet_add_text(sheet, row->is_in_total ? "yes" : "no");
	sheet_add_text(sheet, point_name(row->point));
	sheet_add_text(sheet, supply_name(row->supply));
	sheet_add_text(sheet, caliber_name(row->caliber));
	sheet_add_text(sheet, row->is_derived ? "yes" : "no");
	sheet_add_text(sheet, row->is_component ? "yes" : "no");
	add_zones(sheet, row);
	add_corrected(sheet, row);
	add_read(sheet, row);
	return sheet_end_row(sheet, info);
}

static bool is_same_device_row(const struct ledger_register_row *a, const struct ledger_register_row *b)
{
	return a->meter_id == b->meter_id && strcmp(a->serial, b->serial) == 0 && strcmp(a->model, b->model) == 0 &&
	       strcmp(a->vendor, b->vendor) == 0 && strcmp(a->firmware, b->firmware) == 0 && strcmp(a->fed_by, b->fed_by) == 0 &&
	       strcmp(a->device, b->device) == 0 && strcmp(a->driver, b->driver) == 0 && strcmp(a->rack, b->rack) == 0;
}

/* The device's history is that of its first meter, joined where only the meter changed. `first` is that meter's first entry. */
static enum err add_device_rows(const struct writer *writer, size_t first, size_t end, struct err_info *info)
{
	const struct report_entry *entry = writer->package->totals.reg.entry;
	size_t at = first;

	while (at < end && entry[at].row.meter_id == entry[first].row.meter_id) {
		size_t last = at;
		enum err err = ERR_NONE;

		while (last + 1 < end && is_same_device_row(&entry[at].row, &entry[last + 1].row))
			last++;
		if (overlaps(writer, entry[at].row.valid_from_ms, entry[last].row.valid_to_ms))
			err = add_device_row(writer, &entry[at].row, entry[last].row.valid_to_ms, info);
		if (err != ERR_NONE)
			return err;
		at = last + 1;
	}
	return ERR_NONE;
}

static enum err add_site_rows(const struct writer *writer, struct err_info *info)
{
	const struct report_entry *entry = writer->package->totals.reg.entry;
	size_t first = writer->site->first_entry;
	size_t end = first + writer->site->entry_count;
	int64_t from_ms = INT64_MAX;
	enum err err;

	for (size_t i = first; i < end; i++)
		from_ms = entry[i].row.valid_from_ms < from_ms ? entry[i].row.valid_from_ms : from_ms;
	err = add_site_row(writer, from_ms, info);
	for (size_t i = first; err == ERR_NONE && i < end; i++) {
		const struct ledger_register_row *row = &entry[i].row;

		if (i == first || entry[i - 1].row.device_id != row->device_id)
			err = add_device_rows(writer, i, end, info);
		if (err == ERR_NONE && overlaps(writer, row->valid_from_ms, row->valid_to_ms))
			err = add_meter_row(writer, row, info);
	}
	return err;
}

/* Devices that never answered; of a site, or with NULL those of sites that have no meter at all. */
static enum err add_silent_rows(const struct writer *writer, struct err_info *info)
{
	const struct report_register *reg = &writer->package->totals.reg;
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < reg->meterless_count; i++) {
		const struct ledger_register_row *row = &reg->meterless[i].entry.row;
		bool is_here = writer->site == NULL ? !report_register_has_site(reg, row->site_id) : row->site_id == writer->site->site_id;

		if (is_here && !reg->meterless[i].has_answered)
			err = add_device_row(writer, row, row->valid_to_ms, info);
	}
	return err;
}

enum err export_write_register(struct package *package, struct err_info *info)
{
	struct writer writer = {.package = package};
	enum err err = dictionary_open_sheet(&writer.sheet, package->folder, "register.csv", info);

	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; err == ERR_NONE && i < package->totals.reg.site_count; i++) {
		writer.site = &package->totals.reg.site[i];
		err = add_site_rows(&writer, info);
		if (err == ERR_NONE)
			err = add_silent_rows(&writer, info);
	}
	writer.site = NULL;
	if (err == ERR_NONE)
		err = add_silent_rows(&writer, info);
	return export_close_sheet(package, writer.sheet, err, info);
}
