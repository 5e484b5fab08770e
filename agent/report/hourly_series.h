/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hourly_series: the series of hourly factors beside the ledger (settings/series.h), as reports use them: all imports of one publisher and basis
 * for a zone as one row of intervals, in which a later import takes the place of every row of an earlier one that it touches. Publishers
 * and bases are never mixed.
 */
#ifndef WATTLEDGER_REPORT_HOURLY_SERIES_H
#define WATTLEDGER_REPORT_HOURLY_SERIES_H

#include "base/err.h"
#include "settings/search.h"
#include "settings/series.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

struct report_series_row {
	int64_t start_s;
	int64_t microg_per_kwh;
	const struct series *file; /* which import says so; its own rows are not kept */
	int32_t duration_s;
	bool is_estimated;
	bool is_used; /* set by whoever counts with it */
};

/* Rows by start, none overlap. */
struct report_series {
	char zone[PLAN_ID_BYTES];
	enum factor_basis basis;
	char publisher[PLAN_NAME_BYTES];
	int64_t known_utc_ms;  /* imports after it are left out; INT64_MAX: none are */
	int64_t newest_utc_ms; /* of its imports */
	struct report_series_row *row;
	size_t count;
};

/* Zero-initialised it is empty. Items stay where they are until it is closed. */
struct report_hourly {
	char folder[PLAN_PATH_BYTES];
	struct search search;
	struct report_series **series;
	size_t count;
	size_t capacity;
	struct series **file;
	size_t file_count;
	size_t file_capacity;
};

/* Looks for series beside the ledger. None is fine. Errors: ERR_IO, ERR_PERMISSION, ERR_MEMORY. */
enum err report_hourly_open(struct report_hourly *out, const struct ledger *ledger, struct err_info *info) MUST_CHECK;
void report_hourly_close(struct report_hourly *hourly);

/* What is asked for: a zone, a half-open span of UTC seconds, and the instant after which nothing was known (INT64_MAX: now). */
struct report_series_wish {
	const char *zone;
	int64_t start_s;
	int64_t end_s;
	int64_t known_utc_ms;
};

/*
 * The series for a wish: *out NULL when no row lies in its span. Direct goes before lifecycle, then what was imported last. Errors:
 * series_file_open()'s, ERR_MEMORY.
 */
enum err report_hourly_find(struct report_hourly *hourly, const struct report_series_wish *wish, struct report_series **out,
			    struct err_info *info) MUST_CHECK;

#endif
