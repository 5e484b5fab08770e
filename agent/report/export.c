/* SPDX-License-Identifier: Apache-2.0 */
#include "report/export.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "ledger/query.h"
#include "ledger/rows.h"
#include "report/dictionary.h"
#include "report/export_priv.h"
#include "report/figure.h"
#include "report/signature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIGS_MAX = 1000000, FOLDER_MODE = 0755 };

/* ---- Small helpers of all parts ---- */

void export_put_text(struct buf *out, const char *text)
{
	text_add_csv(out, text == NULL || text[0] == '\0' ? FIGURE_NONE : text);
}

void export_put_multiplier(struct buf *out, const struct counter_spec *counter)
{
	if (counter->unit_num <= 0 || counter->unit_den <= 0) {
		buf_add_text(out, FIGURE_NONE);
		return;
	}
	buf_add_i64(out, counter->unit_num);
	if (counter->unit_den != 1) {
		buf_add_char(out, '/');
		buf_add_i64(out, counter->unit_den);
	}
}

void export_add_node(struct buf *out, const char *site, const char *device, const char *key)
{
	buf_add_text(out, site);
	if (device == NULL)
		return;
	buf_add_char(out, '/');
	buf_add_text(out, device);
	if (key == NULL)
		return;
	buf_add_char(out, '/');
	buf_add_text(out, key);
}

const uint8_t *export_config_at(const struct package *package, int64_t utc_ms)
{
	const uint8_t *found = NULL;

	for (size_t i = 0; i < package->config_count && package->config[i].from_utc_ms <= utc_ms; i++)
		found = package->config[i].sha256;
	return found;
}

enum err export_close_sheet(struct package *package, struct sheet *sheet, enum err err, struct err_info *info)
{
	struct sheet_summary summary;
	enum err closed;

	if (err != ERR_NONE) {
		(void)sheet_close(sheet, NULL, NULL);
		return err;
	}
	closed = sheet_close(sheet, &summary, info);
	if (closed == ERR_NONE)
		package->file[package->file_count++] = summary;
	return closed;
}

/* ---- Preparing ---- */

static enum err take_config(void *context, int64_t from_utc_ms, const uint8_t sha256[32], struct err_info *info)
{
	struct package *package = context;
	void *array = package->config;
	enum err err = mem_grow(&array, &package->config_capacity, package->config_count, CONFIGS_MAX, sizeof(*package->config));

	package->config = array;
	if (err != ERR_NONE)
		return err_set(info, err, "no room for %zu configurations", package->config_count + 1);
	package->config[package->config_count].from_utc_ms = from_utc_ms;
	memcpy(package->config[package->config_count++].sha256, sha256, 32);
	return ERR_NONE;
}

static int compare_parts(const void *a, const void *b, void *context)
{
	const struct report_total *rows = context;
	const struct report_total *x = &rows[*(const size_t *)a];
	const struct report_total *y = &rows[*(const size_t *)b];

	if (x->meter->meter_id != y->meter->meter_id)
		return x->meter->meter_id < y->meter->meter_id ? -1 : 1;
	return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

static enum err index_parts(struct package *package, struct err_info *info)
{
	package->part = mem_new_array(package->totals.count, sizeof(*package->part));
	package->evidence = mem_new_array(package->totals.count, sizeof(*package->evidence));
	if (package->part == NULL || package->evidence == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu rows", package->totals.count);
	for (size_t i = 0; i < package->totals.count; i++) {
		if (package->totals.row[i].level == REPORT_METER)
			package->part[package->part_count++] = i;
	}
	qsort_r(package->part, package->part_count, sizeof(*package->part), compare_parts, package->totals.row);
	return ERR_NONE;
}

size_t export_part_of(const struct package *package, uint32_t meter_id, int64_t slot_start_s)
{
	size_t low = 0;
	size_t high = package->part_count;

	/* The last part that begins at or before the slot. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct report_total *row = &package->totals.row[package->part[middle]];

		if (row->meter->meter_id < meter_id || (row->meter->meter_id == meter_id && row->start_s <= slot_start_s))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || package->totals.row[package->part[low - 1]].meter->meter_id != meter_id)
		return SIZE_MAX;
	return package->part[low - 1];
}

/* ---- The package ---- */

/* A meter whose rows hold no reading of a counter was integrated from power, whatever its driver could read. */
enum err export_make_uncertainty(struct package *package, struct err_info *info)
{
	struct report_reading *reading = mem_new_array(package->totals.count, sizeof(*reading));
	enum err err;

	if (reading == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %zu rows", package->totals.count);
	for (size_t i = 0; i < package->totals.count; i++)
		reading[i] = (struct report_reading){package->evidence[i].has_raw, package->evidence[i].spread};
	err = report_uncertainty_make(&package->uncertainty, &package->totals, reading, info);
	mem_free(reading);
	return err;
}

static enum err write_dictionary(struct package *package, struct err_info *info)
{
	struct sheet *sheet;
	enum err err = dictionary_open_sheet(&sheet, package->folder, DICTIONARY_FILE, info);

	return err == ERR_NONE ? export_close_sheet(package, sheet, dictionary_add_rows(sheet, info), info) : err;
}

/* In this order: intervals collects what totals shows, statements marks factors as used, the page and the manifest tell of all before. */
typedef enum err write_fn(struct package *package, struct err_info *info);
static write_fn *const WRITERS[] = {
    export_write_intervals, export_find_gaps,    export_make_uncertainty,  export_write_totals,  export_write_statements,
    export_write_factors,   export_write_events, export_write_register,    export_write_traffic, export_write_feeds,
    export_write_entries,   export_write_assets, export_write_corrections, export_write_supply,  export_write_batteries,
    write_dictionary,       export_write_html,   export_write_manifest,
};

static enum err write_files(struct package *package, struct err_info *info)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; err == ERR_NONE && i < sizeof(WRITERS) / sizeof(WRITERS[0]); i++)
		err = WRITERS[i](package, info);
	return err;
}

static enum err prepare(struct package *package, struct err_info *info)
{
	enum err err = report_totals_make(&package->totals, package->ledger, &package->request->report, REPORT_METER, info);

	if (err == ERR_NONE && package->totals.reg.site_count == 0)
		err = err_set(info, ERR_DATA,
			      "the ledger has no meters yet, so there is nothing to export: `wattledger status` says what is awaited");
	if (err == ERR_NONE)
		err = report_supplies_make(&package->supplies, package->ledger, &package->totals, &package->request->report, info);
	if (err == ERR_NONE)
		err = report_traffic_make(&package->traffics, package->ledger, &package->totals, info);
	if (err == ERR_NONE)
		err = ledger_query_configs(package->ledger, take_config, package, info);
	if (err == ERR_NONE)
		err = export_load_invoices(package, info);
	return err == ERR_NONE ? index_parts(package, info) : err;
}

static void drop_folder(const struct package *package)
{
	static const char *const NAMES[] = {EXPORT_INTERVALS, "totals.csv",    "statements.csv", "statement_rows.csv", "factors.csv",
					    "events.csv",     "register.csv",  "entries.csv",    EXPORT_CORRECTIONS,   EXPORT_ASSETS,
					    DICTIONARY_FILE,  EXPORT_TRAFFIC,  EXPORT_SUPPLY,    EXPORT_BATTERIES,     EXPORT_FEEDS,
					    "report.html",    EXPORT_MANIFEST, SIGNATURE_FILE,   EXPORT_SUMS};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		if (file_join(path, sizeof(path), package->folder, NAMES[i], NULL) == ERR_NONE)
			(void)unlink(path);
	}
	(void)rmdir(package->folder);
}

/* Trailing slashes would put the temporary folder inside the package. */
static enum err make_folder(struct package *package, struct err_info *info)
{
	const char *out_dir = package->request->out_dir;
	size_t length = strlen(out_dir);
	int printed;

	while (length > 1 && out_dir[length - 1] == '/')
		length--;
	printed = snprintf(package->folder, sizeof(package->folder), "%.*s.tmp-%ld", (int)length, out_dir, (long)getpid());
	if (length == 0 || printed < 0 || (size_t)printed >= sizeof(package->folder))
		return err_set(info, ERR_USAGE, "--out '%s' cannot be made: name a folder that is not there yet", out_dir);
	return file_make_dirs(package->folder, FOLDER_MODE, info);
}

static enum err sync_folder(const char *path, struct err_info *info)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err err = ERR_NONE;

	if (fd < 0)
		return err_set_errno(info, ERR_IO, errno, "%s", path);
	if (fsync(fd) != 0 && errno != EINVAL)
		err = err_set_errno(info, ERR_IO, errno, "%s: cannot sync", path);
	close(fd);
	return err;
}

static enum err publish(const struct package *package, struct err_info *info)
{
	const char *out_dir = package->request->out_dir;
	enum err err = sync_folder(package->folder, info);

	if (err != ERR_NONE)
		return err;
	if (rename(package->folder, out_dir) == 0)
		return ERR_NONE;
	if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
		return err_set(info, ERR_USAGE, "%s is there already and not an empty folder; a package goes into a new one", out_dir);
	return err_set_errno(info, ERR_IO, errno, "%s: cannot put the package there", out_dir);
}

/* Said before minutes of work, not after. publish() has the last word. */
static enum err check_target(const char *out_dir, struct err_info *info)
{
	struct stat status;

	if (lstat(out_dir, &status) != 0 || S_ISDIR(status.st_mode))
		return ERR_NONE;
	return err_set(info, ERR_USAGE, "%s is there already and not a folder: name another with --out", out_dir);
}

void export_deinit(struct package *package)
{
	export_drop_invoices(package);
	mem_free(package->part);
	mem_free(package->evidence);
	mem_free(package->uncertainty);
	mem_free(package->config);
	report_traffic_deinit(&package->traffics);
	report_supplies_deinit(&package->supplies);
	report_totals_deinit(&package->totals);
}

/* Totals and the rows that they are made of are of one instant, also while the agent goes on writing. */
static enum err write_package(struct package *package, struct err_info *info)
{
	enum err err = ledger_begin_snapshot(package->ledger, info);

	if (err != ERR_NONE)
		return err;
	err = prepare(package, info);
	if (err == ERR_NONE)
		err = make_folder(package, info);
	if (err == ERR_NONE)
		err = write_files(package, info);
	return ledger_end_snapshot(package->ledger, err);
}

enum err export_write(struct ledger *ledger, const struct export_request *request, struct export_result *result, struct err_info *info)
{
	struct package package = {.request = request, .ledger = ledger};
	enum err err = check_target(request->out_dir, info);

	if (err == ERR_NONE)
		err = write_package(&package, info);
	if (err == ERR_NONE)
		err = publish(&package, info);
	if (err != ERR_NONE && package.folder[0] != '\0')
		drop_folder(&package);
	if (err == ERR_NONE && result != NULL)
		*result = (struct export_result){.total_count = package.total_count,
						 .interval_count = package.file[0].row_count,
						 .site_count = package.totals.reg.site_count};
	export_deinit(&package);
	return err;
}
