/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export: the package that an auditor gets: a folder of CSV files and a manifest with their digests. Everything in it can be computed again
 * from intervals.csv, register.csv and factors.csv; report/verify does.
 */
#ifndef WATTLEDGER_REPORT_EXPORT_H
#define WATTLEDGER_REPORT_EXPORT_H

#include "base/err.h"
#include "base/progress.h"
#include "report/register.h"
#include "report/totals.h"

#include <stddef.h>
#include <stdint.h>

enum { EXPORT_ID_BYTES = 37 };

#define EXPORT_SCHEMA "wattledger.package/1"
#define EXPORT_MANIFEST "manifest.json"
#define EXPORT_SUMS "SHA256SUMS"
#define EXPORT_INTERVALS "intervals.csv"
#define EXPORT_TRAFFIC "traffic.csv"
#define EXPORT_SUPPLY "supply.csv"
#define EXPORT_BATTERIES "batteries.csv"
#define EXPORT_ASSETS "assets.csv"
#define EXPORT_FEEDS "feeds.csv"
#define EXPORT_CORRECTIONS "corrections.csv"

struct ledger;
struct signature_key;

struct export_request {
	struct report_request report;
	enum report_level level;         /* rows of totals.csv go down to it */
	const char *out_dir;             /* must not be there yet, or be empty */
	char export_id[EXPORT_ID_BYTES]; /* a UUID of this package */
	const char *software_version;
	const char *generated_by;        /* who made it */
	const struct signature_key *key; /* NULL: not signed */
	const struct progress *progress; /* told of the interval rows, the long part of it; NULL: nobody */
};

/* What was written, for the user. */
struct export_result {
	size_t total_count;      /* rows of totals.csv */
	uint64_t interval_count; /* rows of intervals.csv */
	size_t site_count;
};

/*
 * Writes the package into a folder beside out_dir and renames it at the end, so that a package is whole or not there. `result` may be NULL.
 * Errors: report_totals_make()'s, ERR_IO, ERR_PERMISSION, ERR_USAGE when out_dir holds something, ERR_DATA when the
 * ledger has no meters.
 */
enum err export_write(struct ledger *ledger, const struct export_request *request, struct export_result *result,
		      struct err_info *info) MUST_CHECK;

/* The names of totals.csv's columns, in order, and how many. */
const char *const *export_columns(size_t *count) MUST_CHECK;

#endif
