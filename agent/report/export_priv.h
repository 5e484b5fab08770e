/* SPDX-License-Identifier: Apache-2.0 */
/* export_priv: what the parts of one export share. For agent/report/export*.c and verify*.c only. */
#ifndef WATTLEDGER_REPORT_EXPORT_PRIV_H
#define WATTLEDGER_REPORT_EXPORT_PRIV_H

#include "ledger/query.h"
#include "report/export.h"
#include "report/sheet.h"
#include "report/supplies.h"
#include "report/traffic.h"
#include "report/uncertainty.h"

#include <limits.h>
#include <stdbool.h>

enum { EXPORT_FILES_MAX = 16, EXPORT_COLUMNS = 202, EXPORT_NODE_BYTES_MAX = 4 << 10 };

/* What the interval rows of one meter's part tell beyond their sums. */
struct export_evidence {
	bool has_raw, has_gaps;
	uint64_t raw_open, raw_close;
	uint64_t reset_count;
	struct ledger_gaps gaps;
	struct uncertainty_spread spread;
};

struct export_config {
	int64_t from_utc_ms;
	uint8_t sha256[32];
};

/* An invoice for energy that is not void. */
struct export_invoice {
	int64_t from_utc_ms;
	int64_t to_utc_ms;
	int64_t micro_kwh;
	char *node; /* owned */
};

struct package {
	const struct export_request *request;
	struct ledger *ledger;
	struct report_totals totals; /* always down to meters */
	struct report_traffics traffics;
	struct report_supplies supplies;
	size_t *part; /* rows of totals that are meters, by meter id and start */
	size_t part_count;
	struct export_evidence *evidence;       /* one a row of totals */
	struct report_uncertainty *uncertainty; /* likewise */
	struct export_config *config;
	size_t config_count, config_capacity;
	struct export_invoice *invoice;
	size_t invoice_count, invoice_capacity;
	char folder[PATH_MAX]; /* where it is written */
	struct sheet_summary file[EXPORT_FILES_MAX];
	size_t file_count;
	size_t total_count;
};

/* Adds "SITE", "SITE/DEVICE", "SITE/DEVICE/KEY" (device and key may be NULL) as plain text. */
void export_add_node(struct buf *out, const char *site, const char *device, const char *key);

/* The digest of the configuration in force at an instant; NULL when the ledger has none. */
const uint8_t *export_config_at(const struct package *package, int64_t utc_ms) MUST_CHECK;

/* Index of the totals row of a meter that a slot belongs to; SIZE_MAX when there is none. */
size_t export_part_of(const struct package *package, uint32_t meter_id, int64_t slot_start_s) MUST_CHECK;

/* Whether gaps are told of a row of a meter: they are those of its whole period, so where it is one row, and nothing came after its seal. */
bool export_has_gaps(const struct package *package, size_t row_idx) MUST_CHECK;

/* How sure each row of totals is, from its evidence. ERR_MEMORY. */
enum err export_make_uncertainty(struct package *package, struct err_info *info) MUST_CHECK;

/* Frees what a package holds. */
void export_deinit(struct package *package);

/* Puts a CSV cell; NULL and "" become n/a. */
void export_put_text(struct buf *out, const char *text);

/* "mJ per step" as an exact number: "360000000", "1000/3"; n/a for a meter without a counter. */
void export_put_multiplier(struct buf *out, const struct counter_spec *counter);

/* A row of totals.csv while its cells are made. */
struct export_row {
	const struct package *package;
	const struct report_total *row;
	const struct export_evidence *evidence;
	size_t row_idx; /* in package->totals; SIZE_MAX: of a row that is not in there (REPORT_OVERHEAD) */
};

/* The row of a site's overhead, which stands below the site; false: it has none. */
bool export_make_overhead(struct report_total *out, const struct report_total *site) MUST_CHECK;

/* Adds the cell of a column, 0 .. EXPORT_COLUMNS - 1, as CSV; n/a for a digest. */
void export_put_cell(struct buf *out, const struct export_row *cells, size_t column);

/* export_entries: the invoices that touch the sites' spans, before the totals are written. */
enum err export_load_invoices(struct package *package, struct err_info *info) MUST_CHECK;
void export_drop_invoices(struct package *package);

/* The columns that are made of the other cells. */
enum export_digest { EXPORT_DIGEST_NONE = 0, EXPORT_DIGEST_ROW, EXPORT_DIGEST_CHAIN };
enum export_digest export_digest_of(size_t column) MUST_CHECK;

/* The files, in this order: intervals collects the evidence that totals shows. Each adds its summary to package->file. */
enum err export_write_intervals(struct package *package, struct err_info *info) MUST_CHECK;
/* The gaps of each meter's row, into its evidence. */
enum err export_find_gaps(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_totals(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_factors(struct package *package, struct err_info *info) MUST_CHECK;
/* Its rows of hourly factors, each that was used. */
enum err export_add_hourly_factors(const struct package *package, struct sheet *sheet, struct err_info *info) MUST_CHECK;
enum err export_write_events(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_register(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_feeds(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_traffic(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_supply(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_batteries(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_entries(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_assets(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_corrections(struct package *package, struct err_info *info) MUST_CHECK;
/* statements.csv and statement_rows.csv; marks the factors of all revisions as used, so it goes before export_write_factors(). */
enum err export_write_statements(struct package *package, struct err_info *info) MUST_CHECK;
enum err export_write_manifest(struct package *package, struct err_info *info) MUST_CHECK;
/* report.html, from all of the above. */
enum err export_write_html(struct package *package, struct err_info *info) MUST_CHECK;

/* Adds a chart a site. Errors: those of the ledger, ERR_MEMORY. */
enum err export_add_charts(struct buf *out, const struct package *package, struct err_info *info) MUST_CHECK;

/* Further tables of it. export_add_events, export_add_corrections: errors of the ledger. */
void export_add_gaps(struct buf *out, const struct package *package);
/* Nothing without a site whose IT or telecom equipment is metered. */
void export_add_indicators(struct buf *out, const struct package *package);
/* How sure the total and each site are. */
void export_add_uncertainty(struct buf *out, const struct package *package);
void export_add_factors(struct buf *out, const struct package *package);
void export_add_revisions(struct buf *out, const struct package *package);
enum err export_add_corrections(struct buf *out, const struct package *package, struct err_info *info) MUST_CHECK;
enum err export_add_events(struct buf *out, const struct package *package, struct err_info *info) MUST_CHECK;

/* What a reader must know and no column can say; for a request: what its signature shows, or that there is none. */
const char *const *export_limitations(const struct export_request *request, size_t *count) MUST_CHECK;

/* Closes a sheet after `err` and keeps its summary; returns the first error. */
enum err export_close_sheet(struct package *package, struct sheet *sheet, enum err err, struct err_info *info) MUST_CHECK;

#endif
